//! Photon noise: Poisson and Gaussian deviates.

use crate::gamma::{LnFactorials, ln_gamma};
use crate::random::{Ran1, Seed};

/// Means from here on are drawn by rejection.
const REJECTION: f64 = 12.0;
/// Means above this are drawn from the Gaussian limit.
const GAUSSIAN: f64 = 1.0e6;

/// What the Poisson deviates of a mean need beside it (the static variables of C:3622). It depends
/// on the means that went before, and not on what was drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mean {
    /// The mean that the others were computed for.
    of: f32,
    sq: f32,
    alxm: f32,
    g: f32,
}

impl Default for Mean {
    fn default() -> Self {
        Mean { of: -1.0, sq: 0.0, alxm: 0.0, g: 0.0 }
    }
}

impl Mean {
    /// Whether a mean is drawn by rejection, which needs logarithms.
    pub(crate) fn needs_logarithms(xm: f32) -> bool {
        (REJECTION..=GAUSSIAN).contains(&f64::from(xm))
    }

    /// Goes on to the next mean, and computes what has changed (C:3632-3636, C:3647-3653).
    #[inline]
    pub(crate) fn advance(&mut self, xm: f32) {
        if f64::from(xm) > GAUSSIAN || xm == self.of {
            return;
        }
        self.of = xm;
        if f64::from(xm) < REJECTION {
            self.g = f64::from(-xm).exp() as f32;
        } else {
            self.sq = (2.0 * f64::from(xm)).sqrt() as f32;
            self.alxm = f64::from(xm).ln() as f32;
            self.g = xm * self.alxm - ln_gamma((f64::from(xm) + 1.0) as f32);
        }
    }
}

/// Poisson and Gaussian deviates with the C program's static variables (C:3616-3708).
#[derive(Clone, Debug)]
pub struct Noise {
    ran1: Ran1,
    seed: Seed,
    spare_gauss: Option<f32>,
    mean: Mean,
    ln_factorials: LnFactorials,
}

impl Noise {
    /// A stream that goes on with the shuffle table `ran1` and starts from `seed`.
    pub fn new(ran1: Ran1, seed: Seed) -> Self {
        Self {
            ran1,
            seed,
            spare_gauss: None,
            mean: Mean::default(),
            ln_factorials: LnFactorials::default(),
        }
    }

    /// What the last mean left behind, for [`Mean::advance`].
    pub(crate) fn mean(&self) -> Mean {
        self.mean
    }

    fn uniform(&mut self) -> f32 {
        self.ran1.uniform(&mut self.seed)
    }

    /// A Gaussian deviate of unit variance by the polar form of Box and Muller (C:3673).
    pub fn gaussian(&mut self) -> f32 {
        if let Some(spare) = self.spare_gauss.take() {
            return spare;
        }
        loop {
            let v1 = (2.0 * f64::from(self.uniform()) - 1.0) as f32;
            let v2 = (2.0 * f64::from(self.uniform()) - 1.0) as f32;
            let rsq = v1 * v1 + v2 * v2;
            if rsq < 1.0 && rsq != 0.0 {
                let rsq = f64::from(rsq);
                let factor = (-2.0 * rsq.ln() / rsq).sqrt() as f32;
                self.spare_gauss = Some(v1 * factor);
                return v2 * factor;
            }
        }
    }

    /// A Poisson deviate of mean `xm` photons (C:3616, `poidev` of Numerical Recipes): by
    /// products of uniform deviates below 12, by rejection up to 10⁶, and the Gaussian limit,
    /// not rounded to an integer, beyond. A negative mean gives 0.
    pub fn poisson(&mut self, xm: f32) -> f32 {
        self.mean.advance(xm);
        let mean = self.mean;
        self.poisson_of(xm, &mean)
    }

    /// The same where [`Mean::advance`] has been called for this mean and all before it.
    #[inline(always)]
    pub(crate) fn poisson_of(&mut self, xm: f32, mean: &Mean) -> f32 {
        if f64::from(xm) < REJECTION {
            self.by_products(mean)
        } else if f64::from(xm) > GAUSSIAN {
            let xm = f64::from(xm);
            (xm + xm.sqrt() * f64::from(self.gaussian())) as f32
        } else {
            self.by_rejection(xm, mean)
        }
    }

    /// Counts how many uniform deviates can be multiplied until the product is no longer above
    /// exp(-mean) (C:3637-3643).
    #[inline(always)]
    fn by_products(&mut self, mean: &Mean) -> f32 {
        let mut stream = self.ran1.stream(self.seed);
        let mut em = 0.0f32;
        let mut t = stream.uniform();
        while t > mean.g {
            em += 1.0;
            t *= stream.uniform();
        }
        let state = stream.state();
        self.seed = self.ran1.resume(state);
        em
    }

    /// Tries numbers from a Lorentzian until one is accepted (C:3654-3666).
    #[inline(never)]
    fn by_rejection(&mut self, xm: f32, mean: &Mean) -> f32 {
        loop {
            let (y, em) = loop {
                let y = (std::f64::consts::PI * f64::from(self.uniform())).tan() as f32;
                let em = mean.sq * y + xm;
                if em < 0.0 {
                    continue;
                }
                break (y, whole(em));
            };
            let exponent = em * mean.alxm - self.ln_factorials.of(em) - mean.g;
            let t = (0.9 * (1.0 + f64::from(y * y)) * f64::from(exponent).exp()) as f32;
            if self.uniform() > t {
                continue;
            }
            return em;
        }
    }
}

/// The whole part of a number that is not negative; the C library's `floor` would be a call.
fn whole(value: f32) -> f32 {
    // Beyond 2²³ there are no fractions.
    if value < 8_388_608.0 { value as i32 as f32 } else { value }
}

//! The logarithm of the gamma function, which the photon noise takes of every mean and every trial.

/// Factorials that are remembered.
const REMEMBERED: usize = 1 << 13;

/// ln n! of the numbers of photons that were tried, each computed once: many pixels try the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct LnFactorials {
    /// NaN where not yet computed.
    known: Vec<f32>,
}

impl LnFactorials {
    /// ln n! of a whole number of photons, not negative.
    pub(crate) fn of(&mut self, photons: f32) -> f32 {
        let compute = || ln_gamma((f64::from(photons) + 1.0) as f32);
        if photons >= REMEMBERED as f32 {
            return compute();
        }
        if self.known.is_empty() {
            self.known.resize(REMEMBERED, f32::NAN);
        }
        let known = &mut self.known[photons as usize];
        if known.is_nan() {
            *known = compute();
        }
        *known
    }
}

/// ln Γ(x) for x > 0 by Lanczos' series, returned in single precision (C:3741).
pub(crate) fn ln_gamma(xx: f32) -> f32 {
    const COEFFICIENTS: [f64; 6] = [
        76.18009172947146,
        -86.50532032941677,
        24.01409824083091,
        -1.231739572450155,
        0.1208650973866179e-2,
        -0.5395239384953e-5,
    ];
    let x = f64::from(xx);
    let mut y = x;
    let mut tmp = x + 5.5;
    tmp -= (x + 0.5) * tmp.ln();
    let mut series = 1.000000000190015;
    for coefficient in COEFFICIENTS {
        y += 1.0;
        series += coefficient / y;
    }
    (-tmp + (2.5066282746310005 * series / x).ln()) as f32
}

#[cfg(test)]
mod tests {
    use super::{LnFactorials, REMEMBERED, ln_gamma};

    #[test]
    fn what_is_remembered_is_what_was_computed() {
        let mut factorials = LnFactorials::default();
        for photons in [0, 1, 2, 100, REMEMBERED - 1, REMEMBERED, 1_000_000, 100] {
            let expected = ln_gamma((photons as f64 + 1.0) as f32);
            for _ in 0..2 {
                assert_eq!(factorials.of(photons as f32).to_bits(), expected.to_bits());
            }
        }
    }
}

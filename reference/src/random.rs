//! The C program's random streams: uniform, Gaussian and Poisson deviates and random rotations.
//!
//! All streams draw from one shuffle table, which the C program keeps in static variables: the
//! random orientation, the mosaic domains and the photon noise use it in this order, each with a
//! seed of its own. A stream whose seed is not positive fills the table anew at its first draw;
//! one with a positive seed goes on with the table that the previous stream left behind.
//!
//! Single precision is kept wherever the C program has it: the deviates depend on it.

use crate::vector::Matrix;

/// The state of one stream, `idum` in the C program: a seed before the first draw, the state of
/// the linear congruential generator after it. The C program negates the seeds that users give.
pub type Seed = i64;

const IA: i64 = 16807;
const IM: i64 = 2147483647;
const AM: f64 = 1.0 / IM as f64;
const IQ: i64 = 127773;
const IR: i64 = 2836;
const NTAB: usize = 32;
const NDIV: i64 = 1 + (IM - 1) / NTAB as i64;
const EPS: f64 = 1.2e-7;
const RNMX: f64 = 1.0 - EPS;

/// The shuffle table shared by all streams (the static variables of C:3773-3804).
#[derive(Clone, Debug, Default)]
pub struct Ran1 {
    last: i64,
    table: [i64; NTAB],
}

impl Ran1 {
    /// A uniform deviate in (0, 1) (C:3773, `ran1` of Numerical Recipes with 64-bit integers).
    pub fn uniform(&mut self, seed: &mut Seed) -> f32 {
        if *seed <= 0 || self.last == 0 {
            *seed = if -*seed < 1 { 1 } else { -*seed };
            for j in (0..NTAB + 8).rev() {
                advance(seed);
                if j < NTAB {
                    self.table[j] = *seed;
                }
            }
            self.last = self.table[0];
        }
        advance(seed);
        let j = (self.last / NDIV) as usize;
        self.last = self.table[j];
        self.table[j] = *seed;
        let value = (AM * self.last as f64) as f32;
        if f64::from(value) > RNMX { RNMX as f32 } else { value }
    }
}

/// One step of the minimal standard generator by Schrage's method.
fn advance(seed: &mut Seed) {
    let k = *seed / IQ;
    *seed = IA * (*seed - k * IQ) - IR * k;
    if *seed < 0 {
        *seed += IM;
    }
}

/// A random rotation within a spherical cap (C:3439). `mosaicity` is in radians; the rotation
/// angle is `mosaicity`·(1−r³²)^(1/3) in single precision, the axis uniform on the sphere.
pub fn mosaic_rotation(mosaicity: f32, ran1: &mut Ran1, seed: &mut Seed) -> Matrix {
    let r1 = 2.0 * f64::from(ran1.uniform(seed)) - 1.0;
    let r2 = 2.0 * f64::from(ran1.uniform(seed)) - 1.0;
    let r3 = 2.0 * f64::from(ran1.uniform(seed)) - 1.0;

    let xyrad = (1.0 - r2 * r2).sqrt();
    let third = (1.0f64 / 3.0) as f32;
    let angle = f64::from(mosaicity * ((1.0 - r3 * r3) as f32).powf(third));

    let v1 = xyrad * (std::f64::consts::PI * r1).sin();
    let v2 = xyrad * (std::f64::consts::PI * r1).cos();
    let v3 = r2;

    // Rodrigues' formula in the order in which the C program sums it.
    let t1 = angle.cos();
    let t2 = 1.0 - t1;
    let t3 = v1 * v1;
    let t6 = t2 * v1;
    let t7 = t6 * v2;
    let t8 = angle.sin();
    let t9 = t8 * v3;
    let t11 = t6 * v3;
    let t12 = t8 * v2;
    let t15 = v2 * v2;
    let t19 = t2 * v2 * v3;
    let t20 = t8 * v1;
    let t24 = v3 * v3;
    [
        t1 + t2 * t3,
        t7 - t9,
        t11 + t12,
        t7 + t9,
        t1 + t2 * t15,
        t19 - t20,
        t11 - t12,
        t19 + t20,
        t1 + t2 * t24,
    ]
}

/// A rotation uniform over all orientations, from three uniform deviates by way of a unit
/// quaternion (K. Shoemake, Graphics Gems III, 1992, p. 124). Used where the quirk
/// `random-misset-radians` is off.
pub fn uniform_rotation(ran1: &mut Ran1, seed: &mut Seed) -> Matrix {
    let u1 = f64::from(ran1.uniform(seed));
    let u2 = std::f64::consts::TAU * f64::from(ran1.uniform(seed));
    let u3 = std::f64::consts::TAU * f64::from(ran1.uniform(seed));
    let (low, high) = ((1.0 - u1).sqrt(), u1.sqrt());
    let (x, y) = (low * u2.sin(), low * u2.cos());
    let (z, w) = (high * u3.sin(), high * u3.cos());
    [
        1.0 - 2.0 * (y * y + z * z),
        2.0 * (x * y - z * w),
        2.0 * (x * z + y * w),
        2.0 * (x * y + z * w),
        1.0 - 2.0 * (x * x + z * z),
        2.0 * (y * z - x * w),
        2.0 * (x * z - y * w),
        2.0 * (y * z + x * w),
        1.0 - 2.0 * (x * x + y * y),
    ]
}

/// The rotations about x, y and z, radians, that a rotation matrix amounts to (C:3491).
///
/// The C program first replaces rows of zero length; the rows of a rotation matrix have unit
/// length, so only its normalisation, which changes the last digit, is left of that.
pub fn misset_angles(umat: &Matrix) -> [f64; 3] {
    let mut rows =
        [[umat[0], umat[1], umat[2]], [umat[3], umat[4], umat[5]], [umat[6], umat[7], umat[8]]];
    // The C program normalises the rows twice, before and after its checks.
    for _ in 0..2 {
        for row in &mut rows {
            let length = (row[0] * row[0] + row[1] * row[1] + row[2] * row[2]).sqrt();
            *row = row.map(|component| component / length);
        }
    }
    let [[uxx, uxy, _], [uyx, uyy, _], [uzx, uzy, uzz]] = rows;
    if uzx * uzx < 1.0 {
        [uzy.atan2(uzz), (-uzx).atan2((uzy * uzy + uzz * uzz).sqrt()), uyx.atan2(uxx)]
    } else {
        [1f64.atan2(1.0) * 4.0, 1f64.atan2(1.0) * 2.0, uxy.atan2(-uyy)]
    }
}

/// Poisson and Gaussian deviates with the C program's static variables (C:3616-3708).
#[derive(Clone, Debug)]
pub struct Noise {
    ran1: Ran1,
    seed: Seed,
    spare_gauss: Option<f32>,
    mean: f32,
    sq: f32,
    alxm: f32,
    g: f32,
}

impl Noise {
    /// A stream that goes on with the shuffle table `ran1` and starts from `seed`.
    pub fn new(ran1: Ran1, seed: Seed) -> Self {
        Self { ran1, seed, spare_gauss: None, mean: -1.0, sq: 0.0, alxm: 0.0, g: 0.0 }
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
        if f64::from(xm) > 1.0e6 {
            let mean = f64::from(xm);
            return (mean + mean.sqrt() * f64::from(self.gaussian())) as f32;
        }
        if f64::from(xm) < 12.0 {
            if xm != self.mean {
                self.mean = xm;
                self.g = f64::from(-xm).exp() as f32;
            }
            let mut em = -1.0f32;
            let mut t = 1.0f32;
            loop {
                em += 1.0;
                t *= self.uniform();
                if t > self.g {
                    continue;
                }
                return em;
            }
        }
        if xm != self.mean {
            self.mean = xm;
            self.sq = (2.0 * f64::from(xm)).sqrt() as f32;
            self.alxm = f64::from(xm).ln() as f32;
            self.g = xm * self.alxm - ln_gamma((f64::from(xm) + 1.0) as f32);
        }
        loop {
            let (y, em) = loop {
                let y = (std::f64::consts::PI * f64::from(self.uniform())).tan() as f32;
                let em = self.sq * y + xm;
                if em < 0.0 {
                    continue;
                }
                break (y, em.floor());
            };
            let exponent = em * self.alxm - ln_gamma((f64::from(em) + 1.0) as f32) - self.g;
            let t = (0.9 * (1.0 + f64::from(y * y)) * f64::from(exponent).exp()) as f32;
            if self.uniform() > t {
                continue;
            }
            return em;
        }
    }
}

/// ln Γ(x) for x > 0 by Lanczos' series, returned in single precision (C:3741).
fn ln_gamma(xx: f32) -> f32 {
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

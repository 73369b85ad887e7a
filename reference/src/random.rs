//! The C program's random streams: uniform, Gaussian and Poisson deviates and random rotations.
//!
//! All streams draw from one shuffle table, which the C program keeps in static variables: the
//! random orientation, the mosaic domains and the photon noise use it in this order, each with a
//! seed of its own. A stream whose seed is not positive fills the table anew at its first draw;
//! one with a positive seed goes on with the table that the previous stream left behind.
//!
//! Single precision is kept wherever the C program has it: the deviates depend on it.

use crate::vector::Matrix;

pub use crate::photons::Noise;

/// The state of one stream, `idum` in the C program: a seed before the first draw, the state of
/// the linear congruential generator after it. The C program negates the seeds that users give.
pub type Seed = i64;

const IA: i64 = 16807;
const IM: i64 = 2147483647;
const AM: f64 = 1.0 / IM as f64;
const IQ: i64 = 127773;
const IR: i64 = 2836;
const NTAB: usize = 32;
const NDIV: u64 = 1 + (IM as u64 - 1) / NTAB as u64;
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
        let mut stream = self.stream(*seed);
        let value = stream.uniform();
        let state = stream.state();
        *seed = self.resume(state);
        value
    }

    /// The stream that goes on from `seed`.
    pub(crate) fn stream(&mut self, seed: Seed) -> Stream<'_> {
        Stream { table: &mut self.table, last: self.last, seed }
    }

    /// Takes back what a stream has come to, and gives its seed.
    pub(crate) fn resume(&mut self, (seed, last): (Seed, i64)) -> Seed {
        self.last = last;
        seed
    }
}

/// A stream at work. Its numbers stand beside the table and not in it, so that loops of many
/// deviates can keep them in registers.
pub(crate) struct Stream<'a> {
    table: &'a mut [i64; NTAB],
    last: i64,
    seed: Seed,
}

impl Stream<'_> {
    /// Seed and last deviate, for [`Ran1::resume`].
    pub(crate) fn state(&self) -> (Seed, i64) {
        (self.seed, self.last)
    }

    /// The next uniform deviate.
    #[inline(always)]
    pub(crate) fn uniform(&mut self) -> f32 {
        if self.seed <= 0 || self.last == 0 {
            self.seed = fill(self.table, self.seed);
            self.last = self.table[0];
        }
        self.seed = advance(self.seed);
        let j = (self.last as u64 / NDIV) as usize % NTAB;
        self.last = self.table[j];
        self.table[j] = self.seed;
        let value = (AM * self.last as f64) as f32;
        if f64::from(value) > RNMX { RNMX as f32 } else { value }
    }
}

/// Fills the table from a seed that is not positive, or from the first one of the run.
#[cold]
fn fill(table: &mut [i64; NTAB], seed: Seed) -> Seed {
    let mut seed = if -seed < 1 { 1 } else { -seed };
    for j in (0..NTAB + 8).rev() {
        seed = advance(seed);
        if j < NTAB {
            table[j] = seed;
        }
    }
    seed
}

/// One step of the minimal standard generator, IA·seed modulo IM.
#[inline(always)]
fn advance(seed: Seed) -> Seed {
    if !(1..IM).contains(&seed) {
        return schrage(seed);
    }
    // IM is 2³¹ - 1: what lies above 31 bits counts once more. The next step waits for this one,
    // and Schrage's method, made for 32 bits, takes twice as long to give the same.
    let product = IA * seed;
    let folded = (product & IM) + (product >> 31);
    if folded < IM { folded } else { folded - IM }
}

/// The same step as the C program takes it, by Schrage's method. A seed beyond IM is not reduced.
#[cold]
fn schrage(seed: Seed) -> Seed {
    let k = seed / IQ;
    let next = IA * (seed - k * IQ) - IR * k;
    if next < 0 { next + IM } else { next }
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

#[cfg(test)]
mod tests {
    use super::{IM, advance, schrage};

    #[test]
    fn both_ways_to_advance_agree() {
        let few = [1, 2, 127_772, 127_773, 127_774, IM / 2, IM - 127_773, IM - 2, IM - 1];
        for seed in few.into_iter().chain((1..IM).step_by(10_007)) {
            assert_eq!(advance(seed), schrage(seed), "{seed}");
        }
    }
}

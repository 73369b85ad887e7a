//! Elementary functions of vectors, as polynomials on a reduced argument.
//!
//! Coefficients are Chebyshev fits made with 50 digits; the error bound of each is stated, and
//! `tests` holds it against the C library.

use pulp::Simd;

use crate::lanes::{Doubles, Lanes, three};

/// cos(π√u) on 0 ≤ u ≤ ¼, absolute error 2e-15.
const COSINE: [f64; 8] = [
    0.9999999999999981,
    -4.934802200543686,
    4.058712126333295,
    -1.3352627661817582,
    0.23533058831311196,
    -0.02580653197549436,
    0.0019278700513520395,
    -0.00010041646256406651,
];
/// The same for singles, absolute error 5e-8.
const COSINE_SINGLE: [f64; 5] = [
    0.9999999530274193,
    -4.934792802474597,
    4.058410790406354,
    -1.331872970129924,
    0.21968241750504722,
];
/// sin(π√u)/√u on 0 ≤ u ≤ ¼, absolute error 4e-16.
const SINE: [f64; 8] = [
    3.1415926535897927,
    -5.1677127800497855,
    2.5501640398618677,
    -0.599264528825223,
    0.08214587881629803,
    -0.007370364326451152,
    0.0004659870155545756,
    -2.1133627044696175e-05,
];
/// The same where a relative error of 8e-14 will do: that changes one pixel of a hundred thousand
/// in the last bit of its single precision.
const SINE_OF_QUOTIENT: [f64; 7] = [
    3.141592653589635,
    -5.167712779987959,
    2.550164035906745,
    -0.5992644339357286,
    0.08214479467064854,
    -0.007364005472115722,
    0.0004474920849077101,
];
/// The same for singles, absolute error 1.4e-8.
const SINE_SINGLE: [f64; 5] = [
    3.1415926400771763,
    -5.167710076664031,
    2.5500773864262305,
    -0.5982904105173209,
    0.0776559105259094,
];
/// exp(x) on |x| ≤ ½ ln 2, relative error 3e-18.
const EXPONENTIAL: [f64; 12] = [
    1.0,
    1.0,
    0.5000000000000019,
    0.1666666666666668,
    0.04166666666648795,
    0.008333333333319589,
    0.0013888888952352863,
    0.00019841269890076403,
    2.4801485441561313e-05,
    2.755724088722987e-06,
    2.763265472252779e-07,
    2.5110049204818658e-08,
];
/// 2^−y on |y| ≤ ½, relative error 2.2e-16.
const POWER: [f64; 11] = [
    1.0,
    -0.6931471805599497,
    0.24022650695908768,
    -0.05550410866445883,
    0.00961812910803459,
    -0.0013333558228561476,
    0.00015403529961135955,
    -1.5252658116561384e-05,
    1.3215662831846104e-06,
    -1.0208537904552164e-07,
    7.037279530582804e-09,
];
/// The same for singles, relative error 2e-9.
const POWER_SINGLE: [f64; 7] = [
    1.0000000005541647,
    -0.6931472057371958,
    0.24022646890645522,
    -0.05550328777105325,
    0.009618488956331182,
    -0.0013399931177239738,
    0.00015345812161311629,
];
/// ln 2 in two parts; the first has 32 bits, so that its product with an exponent is exact.
const LN_2: [f64; 2] = [0.6931471803691238, 1.9082149292705877e-10];
/// π/2 in three parts of 30, 30 and 53 bits.
const HALF_PI: [f64; 3] = [1.570796325802803, 9.920935791635221e-10, 5.170182981794105e-19];

/// The lower coefficients of a polynomial that is divided by its leading one.
const fn monic<const COUNT: usize, const LOWER: usize>(coefficients: [f64; COUNT]) -> [f64; LOWER] {
    assert!(LOWER + 1 == COUNT);
    let mut lower = [0.0; LOWER];
    let mut i = 0;
    while i < LOWER {
        lower[i] = coefficients[i] / coefficients[LOWER];
        i += 1;
    }
    lower
}

/// Σ coefficients\[i\] xⁱ by Horner's rule.
#[inline(always)]
pub(crate) fn polynomial<L: Lanes>(simd: L::Simd, coefficients: &[f64], x: L) -> L {
    let Some((&highest, lower)) = coefficients.split_last() else {
        return L::splat(simd, 0.0);
    };
    let mut sum = L::splat(simd, highest);
    for &coefficient in lower.iter().rev() {
        sum = sum.mul_add(x, L::splat(simd, coefficient));
    }
    sum
}

/// cos(π√u) for 0 ≤ u ≤ ¼.
#[inline(always)]
pub(crate) fn cosine<L: Lanes>(simd: L::Simd, u: L) -> L {
    if L::DOUBLE { polynomial(simd, &COSINE, u) } else { polynomial(simd, &COSINE_SINGLE, u) }
}

/// What [`scaled_cosines`] are to be multiplied by.
pub(crate) const fn cosine_scale(double: bool) -> f64 {
    if double { COSINE[COSINE.len() - 1] } else { COSINE_SINGLE[COSINE_SINGLE.len() - 1] }
}

/// What [`cosines`] are at 0.
pub(crate) const fn cosine_at_zero(double: bool) -> f64 {
    if double { COSINE[0] } else { COSINE_SINGLE[0] as f32 as f64 }
}

/// The coefficients of [`scaled_cosines`] below the leading one, which is 1.
const SCALED_COSINE: [f64; 7] = monic(COSINE);
const SCALED_COSINE_SINGLE: [f64; 4] = monic(COSINE_SINGLE);

/// What [`scaled_cosines`] are at 0.
pub(crate) const fn scaled_cosine_at_zero(double: bool) -> f64 {
    if double { SCALED_COSINE[0] } else { SCALED_COSINE_SINGLE[0] as f32 as f64 }
}

/// cos(π√u) over [`cosine_scale`] for three 0 ≤ u ≤ ¼.
#[inline(always)]
pub(crate) fn scaled_cosines<L: Lanes>(simd: L::Simd, u: [L; 3]) -> [L; 3] {
    if L::DOUBLE { monics(simd, &SCALED_COSINE, u) } else { monics(simd, &SCALED_COSINE_SINGLE, u) }
}

/// cos(π√u) for three 0 ≤ u ≤ ¼, step by step on all three: a vector unit works on several
/// operations that do not wait for each other.
#[inline(always)]
pub(crate) fn cosines<L: Lanes>(simd: L::Simd, u: [L; 3]) -> [L; 3] {
    if L::DOUBLE { polynomials(simd, &COSINE, u) } else { polynomials(simd, &COSINE_SINGLE, u) }
}

/// [`polynomial`] of three numbers, step by step on all three.
#[inline(always)]
fn polynomials<L: Lanes>(simd: L::Simd, coefficients: &[f64], x: [L; 3]) -> [L; 3] {
    let Some((&highest, lower)) = coefficients.split_last() else {
        return [L::splat(simd, 0.0); 3];
    };
    let mut sums = [L::splat(simd, highest); 3];
    for &coefficient in lower.iter().rev() {
        let coefficient = L::splat(simd, coefficient);
        sums = three!(i => sums[i].mul_add(x[i], coefficient));
    }
    sums
}

/// A polynomial whose leading coefficient is 1, of three numbers: it needs one product less.
#[inline(always)]
fn monics<L: Lanes>(simd: L::Simd, lower: &[f64], x: [L; 3]) -> [L; 3] {
    let Some((&next, lower)) = lower.split_last() else {
        return [L::splat(simd, 1.0); 3];
    };
    let next = L::splat(simd, next);
    let mut sums = three!(i => x[i] + next);
    for &coefficient in lower.iter().rev() {
        let coefficient = L::splat(simd, coefficient);
        sums = three!(i => sums[i].mul_add(x[i], coefficient));
    }
    sums
}

/// sin(π√u)/√u for 0 ≤ u ≤ ¼.
#[inline(always)]
pub(crate) fn sine_over<L: Lanes>(simd: L::Simd, u: L) -> L {
    if L::DOUBLE { polynomial(simd, &SINE, u) } else { polynomial(simd, &SINE_SINGLE, u) }
}

/// sin(π√u)/√u over a constant, for three 0 ≤ u ≤ ¼, with a relative error of 8e-14.
#[inline(always)]
pub(crate) fn scaled_sines_over<L: Lanes>(simd: L::Simd, u: [L; 3]) -> [L; 3] {
    const DOUBLE: [f64; 6] = monic(SINE_OF_QUOTIENT);
    const SINGLE: [f64; 4] = monic(SINE_SINGLE);
    if L::DOUBLE { monics(simd, &DOUBLE, u) } else { monics(simd, &SINGLE, u) }
}

/// exp(x) for x up to 709; 0 where the result would be below the smallest normal number. Doubles only.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: Doubles<S>) -> Doubles<S> {
    type D<S> = Doubles<S>;
    let low = D::splat(simd, -708.0);
    let vanishes = x.less(low);
    let x = x.max(low);
    let rounder = D::splat(simd, D::<S>::ROUNDER);
    let shifted = x.mul_add(D::splat(simd, std::f64::consts::LOG2_E), rounder);
    let exponent = shifted - rounder;
    let mut rest = x;
    for part in LN_2 {
        rest = exponent.mul_add(D::splat(simd, -part), rest);
    }
    let value = polynomial(simd, &EXPONENTIAL, rest);
    D::splat(simd, 0.0).select(vanishes, value * shifted.power_of_two())
}

/// 2^−y for y from −126 (singles) or −1022; 0 above y = 126.5 or 1022.5.
///
/// What is left of y beside a whole number is exact, which what is left of a multiple of ln 2 is not:
/// that saves [`exp`] a third of its work.
#[inline(always)]
pub(crate) fn power_of_half<L: Lanes>(simd: L::Simd, y: L) -> L {
    // There [`Lanes::power_of_two`] is 0.
    let y = y.min(L::splat(simd, if L::DOUBLE { 1023.0 } else { 127.0 }));
    let rounder = L::splat(simd, L::ROUNDER);
    let shifted = rounder - y;
    let rest = (shifted - rounder) + y;
    let value = if L::DOUBLE {
        polynomial(simd, &POWER, rest)
    } else {
        polynomial(simd, &POWER_SINGLE, rest)
    };
    value * shifted.power_of_two()
}

/// sin(x) and cos(x) for |x| up to 10⁵, absolute error 3e-16. Doubles only.
#[inline(always)]
pub(crate) fn sin_cos<S: Simd>(simd: S, x: Doubles<S>) -> [Doubles<S>; 2] {
    type D<S> = Doubles<S>;
    let quarter = (x * D::splat(simd, std::f64::consts::FRAC_2_PI)).round(simd);
    let mut rest = x;
    for part in HALF_PI {
        rest = quarter.mul_add(D::splat(simd, -part), rest);
    }
    // In units of π, where the polynomials live: |rest| ≤ π/4.
    let turns = rest * D::splat(simd, std::f64::consts::FRAC_1_PI);
    let u = turns.square();
    let (sine, cosine) = (turns * sine_over(simd, u), cosine_exact(simd, u));
    // Which quarter: q mod 4 by its halves.
    let half = D::splat(simd, 0.5);
    let pairs = (quarter * half).round(simd);
    let odd = (quarter - pairs - pairs).abs();
    let is_odd = half.less(odd);
    // With r = q mod 2 taken away, (q − r)/2 even or odd decides the sign.
    let even_part = (quarter - odd) * half;
    let rounded = (even_part * half).round(simd);
    let sign_odd = half.less((even_part - rounded - rounded).abs());
    let s = cosine.select(is_odd, sine);
    let c = (-sine).select(is_odd, cosine);
    [(-s).select(sign_odd, s), (-c).select(sign_odd, c)]
}

/// cos(π√u) near u = 0 to a relative error of 1e-16, for u ≤ 1/16.
#[inline(always)]
fn cosine_exact<L: Lanes>(simd: L::Simd, u: L) -> L {
    const TAYLOR: [f64; 10] = [
        1.0,
        -4.934802200544679,
        4.0587121264167685,
        -1.3352627688545895,
        0.2353306303588932,
        -0.02580689139001407,
        0.0019295743094039231,
        -0.000_104_638_104_924_845_7,
        4.303069587032947e-06,
        -1.3878952462213771e-07,
    ];
    polynomial(simd, &TAYLOR, u)
}

#[cfg(test)]
mod tests {
    use pulp::Scalar;

    use super::{cosine, exp, power_of_half, sin_cos, sine_over};
    use crate::lanes::{Doubles, Lanes, Singles};

    fn grid() -> impl Iterator<Item = f64> {
        (0..=10_000).map(|i| f64::from(i) / 20_000.0)
    }

    fn double(x: f64, f: impl Fn(Scalar, Doubles<Scalar>) -> Doubles<Scalar>) -> f64 {
        f(Scalar, Doubles::broadcast(Scalar, x)).raw()
    }

    fn single(x: f64, f: impl Fn(Scalar, Singles<Scalar>) -> Singles<Scalar>) -> f64 {
        f64::from(f(Scalar, Singles::broadcast(Scalar, x as f32)).raw())
    }

    #[test]
    fn polynomials_hold_their_bounds() {
        use std::f64::consts::PI;
        for x in grid() {
            let (c, s) = ((PI * x).cos(), (PI * x).sin());
            assert!((double(x * x, cosine) - c).abs() < 2.5e-15, "{x}");
            assert!((double(x * x, sine_over) * x - s).abs() < 6e-16, "{x}");
            let x = f64::from(x as f32);
            let u = f64::from((x * x) as f32);
            let (c, s) = ((PI * u.sqrt()).cos(), (PI * u.sqrt()).sin());
            assert!((single(u, cosine) - c).abs() < 3e-7, "{x}");
            assert!((single(u, sine_over) * u.sqrt() - s).abs() < 3e-7, "{x}");
        }
    }

    #[test]
    fn exponentials_hold_their_bounds() {
        for i in -7070..=700 {
            let x = f64::from(i) / 10.0;
            let expected = x.exp();
            assert!((double(x, exp) / expected - 1.0).abs() < 4e-16, "{x}");
        }
        assert_eq!(double(-800.0, exp), 0.0);
        assert_eq!(double(0.0, exp), 1.0);
    }

    #[test]
    fn powers_of_half_hold_their_bounds() {
        for i in -10_220..=10_220 {
            let y = f64::from(i) / 10.01;
            let expected = (-y).exp2();
            assert!((double(y, power_of_half) / expected - 1.0).abs() < 5e-16, "{y}");
            if y.abs() < 126.0 {
                let (found, expected) = (single(y, power_of_half), (-f64::from(y as f32)).exp2());
                assert!((found / expected - 1.0).abs() < 2e-7, "{y}");
            }
        }
        for y in [1022.6, 1023.0, 1e4, 1e300, f64::INFINITY] {
            assert_eq!(double(y, power_of_half).to_bits(), 0, "{y}");
            assert_eq!(single(y, power_of_half).to_bits(), 0, "{y}");
        }
        let small = double(1022.3, power_of_half);
        assert!((small / (-1022.3f64).exp2() - 1.0).abs() < 1e-15, "{small}");
        assert_eq!(double(0.0, power_of_half), 1.0);
        assert_eq!(double(1.0, power_of_half), 0.5);
    }

    #[test]
    fn all_quarters_have_their_signs() {
        for i in -40_000..=40_000 {
            let x = f64::from(i) * 0.01;
            let [s, c] = sin_cos(Scalar, Doubles::broadcast(Scalar, x)).map(Lanes::raw);
            assert!((s - x.sin()).abs() < 4e-16, "{x}: {s}");
            assert!((c - x.cos()).abs() < 4e-16, "{x}: {c}");
        }
    }
}

//! Interference functions of few cells as vectors compute them.
//!
//! With q = cos(πδ)/s, where s is any number (for vectors the leading coefficient of the polynomial that
//! stands for the cosine, for the kernels of a GPU 1), a polynomial of first or second degree in w = cos²πδ, divided by its own leading
//! coefficient, is t or t² + γ with t = q² + β: one operation for each degree. For even N it is
//! multiplied by q. What it was divided by is left to the weight of the term. Higher degrees are left
//! as they are: of their values little would be left in the exponents, and of the digits in single
//! precision.

use std::f64::consts::PI;

use crate::functions::{cosine_scale, scaled_cosine_at_zero};

/// What stands for the cosine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cosine {
    /// s: cos(πδ) over it.
    pub(crate) scale: f64,
    /// What it is at 0.
    pub(crate) at_zero: f64,
    /// Whether numbers are doubles.
    pub(crate) double: bool,
}

impl Cosine {
    /// That of vectors.
    pub(super) fn of_vectors(double: bool) -> Cosine {
        Cosine { scale: cosine_scale(double), at_zero: scaled_cosine_at_zero(double), double }
    }
}

/// Polynomials of the three axes, all of one degree, for numbers of one precision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Completed {
    /// β and γ of each axis.
    pub(crate) constants: [[f64; 2]; 3],
    /// p + q cos(πδ)/s, which multiplies the polynomial.
    pub(crate) parity: [[f64; 2]; 3],
    /// |F_latt|² over what is computed of it.
    pub(crate) unit: f64,
    /// How wrong singles may be near their zeros.
    pub(crate) blur: Blur,
}

/// How wrong the polynomial of an axis may be near its zeros in single precision.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Blur {
    /// For each error of the distance from the nearest index.
    pub(crate) of_distance: f64,
    /// By rounding.
    pub(crate) rounding: f64,
    /// That over how wrong q may be.
    pub(crate) of_parity: f64,
}

impl Completed {
    /// Those with some coefficients in w, lowest power first, for some numbers of cells; `None` where
    /// not all axes have the degree, or it is too high.
    pub(crate) fn new(
        coefficients: &[[f64; 9]; 3],
        cells: &[f64; 3],
        degree: usize,
        cosine: Cosine,
    ) -> Option<Completed> {
        let alike = coefficients.iter().all(|axis| axis[degree] != 0.0);
        if !(1..=2).contains(&degree) || !alike {
            return None;
        }
        // w over q².
        let square = cosine.scale * cosine.scale;
        let constants = coefficients.map(|axis| {
            let [constant, linear] = [0, 1].map(|power: usize| {
                axis[power] / (axis[degree] * square.powi(degree as i32 - power as i32))
            });
            if degree == 1 {
                [constant, 0.0]
            } else {
                [linear / 2.0, constant - (linear / 2.0).powi(2)]
            }
        });
        let parity =
            cells.map(|n| if (n as usize).is_multiple_of(2) { [0.0, 1.0] } else { [1.0, 0.0] });
        let mut completed = Completed { constants, parity, unit: 1.0, blur: Blur::default() };
        // The unit is such that rounding leaves no bias at the peak, which is N².
        let amplitudes = [0, 1, 2].map(|axis: usize| {
            cells[axis] / completed.at(axis, degree, cosine.at_zero, cosine.double)
        });
        completed.unit = amplitudes.iter().map(|ratio| ratio * ratio).product();
        completed.blur = Blur::of(cells, &amplitudes, cosine.scale);
        Some(completed)
    }

    /// What is made of an axis for some q.
    fn at(&self, axis: usize, degree: usize, q: f64, double: bool) -> f64 {
        let round = |value: f64| if double { value } else { f64::from(value as f32) };
        let [beta, gamma] = self.constants[axis].map(round);
        let [p, r] = self.parity[axis];
        let t = round(q.mul_add(q, beta));
        let factor = if degree == 2 { round(t.mul_add(t, gamma)) } else { t };
        factor * r.mul_add(q, p)
    }
}

impl Blur {
    /// That of axes with some numbers of cells, and amplitudes over what the vectors have of them.
    fn of(cells: &[f64; 3], amplitudes: &[f64; 3], scale: f64) -> Blur {
        // The steepest slope at a zero of sin(πNδ)/sin(πδ), or of that over cos(πδ), is at most 1.2 N²;
        // rounding leaves a part of N².
        const SLOPE: f64 = 1.2;
        const ROUNDING: f64 = 6e-8;
        let squares = cells.iter().zip(amplitudes).map(|(n, unit)| n * n / unit.abs());
        let most = squares.fold(0.0, f64::max);
        // The slope of cos(πδ) at its zero is π; rounding leaves three units.
        let of_cosine = PI * TYPICAL + 1.5e-7;
        Blur {
            of_distance: SLOPE * most,
            rounding: ROUNDING * most,
            of_parity: most * (SLOPE * TYPICAL + ROUNDING) * scale.abs() / of_cosine,
        }
    }
}

/// What a distance is wrong by in single precision, more or less.
const TYPICAL: f64 = 1.4e-7;

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use nanobragg_reference::vector::Vector;
    use pulp::Scalar;

    use super::super::lattice::Cosines;
    use super::Completed;
    use crate::kernel::lattice::{FewCells, Interference};
    use crate::lanes::{Doubles, Lanes, Singles};

    /// |F_latt|² as vectors of one lane compute it.
    fn squared<L: Lanes<Simd = Scalar>>(cosines: &Cosines, delta: [f64; 3]) -> f64 {
        fn of<L: Lanes<Simd = Scalar>, I: Interference>(way: I, delta: [f64; 3]) -> f64 {
            let delta = delta.map(|delta| L::splat(Scalar, delta));
            way.squared(Scalar, &way.ready::<L>(Scalar), delta).elements()[0].into()
        }
        let completed = cosines.completed.as_ref().expect("axes are alike");
        let Completed { unit, .. } = completed[usize::from(!L::DOUBLE)];
        unit * match (cosines.degree, cosines.even) {
            (1, false) => of::<L, _>(FewCells::<1, false>(completed), delta),
            (1, true) => of::<L, _>(FewCells::<1, true>(completed), delta),
            (_, false) => of::<L, _>(FewCells::<2, false>(completed), delta),
            (_, true) => of::<L, _>(FewCells::<2, true>(completed), delta),
        }
    }

    /// Amplitudes may be wrong by a part of the peak; squares are never negative.
    fn holds<L: Lanes<Simd = Scalar>>(cosines: &Cosines, cells: &Vector, delta: f64, error: f64) {
        let expected: f64 = cells
            .iter()
            .map(|n| if delta == 0.0 { *n } else { (n * PI * delta).sin() / (PI * delta).sin() })
            .product();
        let found = squared::<L>(cosines, [delta; 3]);
        let peak: f64 = cells.iter().product();
        assert!(found >= 0.0, "{cells:?}, {delta}: {found}");
        let off = (found.sqrt() - expected.abs()).abs();
        let bound =
            3.0 * error * peak.cbrt() * expected.abs().cbrt().powi(2) + error * error * peak;
        assert!(
            off <= bound + 3e-15 * peak,
            "{cells:?}, {delta}: {found} for {}",
            expected.powi(2)
        );
    }

    #[test]
    fn completed_squares_are_the_interference_function() {
        for cells in [[3.0; 3], [4.0; 3], [5.0; 3], [6.0; 3]] {
            let cosines = Cosines::new(&cells);
            for i in 0..=2000 {
                let delta = f64::from(i) / 4000.0;
                holds::<Doubles<Scalar>>(&cosines, &cells, delta, 3e-14);
                holds::<Singles<Scalar>>(&cosines, &cells, f64::from(delta as f32), 3e-6);
            }
        }
    }

    #[test]
    fn even_ones_vanish_half_way_between_peaks() {
        for cells in [[4.0; 3], [6.0; 3], [4.0, 3.0, 4.0], [6.0, 5.0, 6.0]] {
            let cosines = Cosines::new(&cells);
            for i in 0..1000 {
                let delta = 0.5 - f64::from(i) * 1e-11;
                let off = squared::<Doubles<Scalar>>(&cosines, [delta, 0.0, 0.0]).sqrt();
                let expected = (cells[0] * PI * delta).sin().abs() * cells[1] * cells[2];
                assert!((off - expected).abs() < 1e-12, "{cells:?}, {delta}: {off} {expected}");
                let delta = [0.5 - f64::from(i as f32 * 3e-8), 0.1, 0.1];
                assert!(squared::<Singles<Scalar>>(&cosines, delta) >= 0.0, "{cells:?}");
            }
        }
    }

    #[test]
    fn peaks_are_not_biased() {
        for cells in [[3.0; 3], [4.0, 4.0, 3.0], [5.0; 3], [6.0, 5.0, 6.0]] {
            let cosines = Cosines::new(&cells);
            let peak: f64 = cells.iter().map(|n| n * n).product();
            let double = squared::<Doubles<Scalar>>(&cosines, [0.0; 3]);
            let single = squared::<Singles<Scalar>>(&cosines, [0.0; 3]);
            assert!((double / peak - 1.0).abs() < 1e-14, "{cells:?}: {double}");
            // The unit here has no fused multiply-add, so that products are rounded as well.
            assert!((single / peak - 1.0).abs() < 1.5e-6, "{cells:?}: {single}");
        }
    }

    /// [`Interference::least`] over the value below which single precision leaves too little.
    fn clearness(cosines: &Cosines, delta: [f64; 3], error: f64) -> f64 {
        fn of<I: Interference>(way: I, delta: [f64; 3], error: f64) -> f64 {
            let ready = way.ready::<Singles<Scalar>>(Scalar);
            let delta = delta.map(|delta| Singles::splat(Scalar, delta));
            f64::from(way.least(Scalar, &ready, delta).elements()[0]) / way.faint(error)
        }
        let completed = cosines.completed.as_ref().expect("axes are alike");
        match (cosines.degree, cosines.even) {
            (1, false) => of(FewCells::<1, false>(completed), delta, error),
            (1, true) => of(FewCells::<1, true>(completed), delta, error),
            (_, false) => of(FewCells::<2, false>(completed), delta, error),
            (_, true) => of(FewCells::<2, true>(completed), delta, error),
        }
    }

    #[test]
    fn clear_ones_have_their_digits_and_most_are_clear() {
        // What a distance is wrong by at worst, and what that leaves of a square.
        const ERROR: f64 = 1.4e-7;
        const DIGITS: f64 = 1e-3;
        let all: [Vector; 6] =
            [[3.0; 3], [4.0; 3], [5.0; 3], [6.0; 3], [4.0, 3.0, 4.0], [6.0, 5.0, 6.0]];
        for cells in all {
            let cosines = Cosines::new(&cells);
            let mut faint = 0;
            for i in 1..=8000 {
                let delta = [f64::from((f64::from(i) / 16000.0) as f32), 0.125, 0.28125];
                let expected = |error: f64| -> f64 {
                    let one = |(n, x): (&f64, f64)| ((n * PI * x).sin() / (PI * x).sin()).powi(2);
                    cells.iter().zip([delta[0] + error, delta[1], delta[2]]).map(one).product()
                };
                if clearness(&cosines, delta, ERROR) < 1.0 {
                    faint += 1;
                    continue;
                }
                let found = squared::<Singles<Scalar>>(&cosines, delta);
                for expected in [expected(ERROR), expected(-ERROR)] {
                    let off = (found / expected - 1.0).abs();
                    assert!(off < DIGITS, "{cells:?}, {delta:?}: {found} for {expected}");
                }
            }
            assert!((1..240).contains(&faint), "{cells:?}: {faint} are faint");
        }
    }

    #[test]
    fn zeros_are_faint() {
        for (cells, zeros) in [
            ([3.0; 3], vec![1.0 / 3.0]),
            ([4.0; 3], vec![0.25, 0.5]),
            ([5.0; 3], vec![0.2, 0.4]),
            ([6.0; 3], vec![1.0 / 6.0, 1.0 / 3.0, 0.5]),
        ] {
            let cosines = Cosines::new(&cells);
            for zero in zeros {
                for axis in 0..3 {
                    let mut delta = [0.125, 0.28125, 0.0625];
                    delta[axis] = zero;
                    let clear = clearness(&cosines, delta, 1.4e-7);
                    assert!(clear < 0.1, "{cells:?}, {delta:?}: {clear}");
                }
            }
        }
    }

    #[test]
    fn axes_that_differ_are_not_completed() {
        let others: [Vector; 4] = [[5.0, 5.0, 3.0], [5.0, 1.0, 5.0], [7.0; 3], [2.0; 3]];
        for cells in others {
            assert!(Cosines::new(&cells).completed.is_none(), "{cells:?}");
        }
    }
}

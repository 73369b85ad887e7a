//! The choice of how the lattice factor is computed.
//!
//! For whole numbers of cells, sin(Nx)/sin(x) is a polynomial in cos x. Its degree is N − 1, and
//! its square needs only the even part: with w = cos²x, F = P(w) for odd N and F² = 4 w Q(w)² for
//! even N. That takes no division and no second sine, and it is exact at the peaks, where the
//! quotient is 0/0. Horner's rule loses about (1+√2)^(2m) ε in w and (1+√2)^m ε in 2w − 1, with m
//! the degree; beyond [`MOST_CELLS`] two sines are both faster and more accurate.

use nanobragg_reference::arguments::settings::Shape;
use nanobragg_reference::experiment::Crystal;
use nanobragg_reference::vector::{Vector, dot, magnitude, unitize};

use super::polynomials::{Completed, Cosine};

/// The largest slope of the root of a form, for each index, that vectors compute. Its square is far below
/// the largest number of single precision, also times what a distance adds.
const STEEPEST: f64 = 1e17;

/// The largest number of cells along an axis whose interference function is a polynomial.
const MOST_CELLS: f64 = 18.0;

/// How |F_latt|² is computed, up to a constant factor.
#[derive(Clone, Debug)]
pub(crate) enum LatticePlan {
    /// One cell along each axis: 1 everywhere.
    Single,
    /// Polynomials.
    Cosines(Box<Cosines>),
    /// Quotients of sines; the numbers of cells.
    Sines(Vector),
    /// A sphere: the diagonal form that gives the squared radius in index units.
    Round(Vector),
    /// A Gaussian: rows of the triangular form whose squares add up to the exponent of |F_latt|².
    Gauss(Triangle),
    /// A top-hat: the same for a squared radius that is compared with 1.
    Tophat(Triangle),
}

/// Polynomials of the three axes, padded to one degree.
#[derive(Clone, Debug)]
pub(crate) struct Cosines {
    /// Coefficients for each axis, lowest power first; in w up to [`Cosines::IN_SQUARE`], in
    /// 2w − 1 above.
    pub(crate) coefficients: [[f64; 9]; 3],
    /// The degree: 1, 2, 4 or 8.
    pub(crate) degree: usize,
    /// p + q w, which multiplies the square of the polynomial: 1 for odd N, 4 w for even N.
    pub(crate) parity: [[f64; 2]; 3],
    /// The largest N.
    pub(crate) most_cells: f64,
    /// Whether some N is even.
    pub(crate) even: bool,
    /// The same for vectors of doubles and of singles, where axes are alike and N is small.
    pub(crate) completed: Option<[Completed; 2]>,
}

impl Cosines {
    /// The highest degree in w.
    pub(crate) const IN_SQUARE: usize = 4;

    pub(super) fn new(cells: &Vector) -> Cosines {
        let needed = cells.iter().map(|&n| ((n as usize).max(1) - 1) / 2).max().unwrap_or(0);
        let degree = [1, 2, 4, 8].into_iter().find(|&degree| degree >= needed).unwrap_or(8);
        let even = |n: f64| (n as usize).is_multiple_of(2);
        let coefficients = cells.map(|n| interference(n as usize, degree <= Self::IN_SQUARE));
        let parity = cells.map(|n| if even(n) { [0.0, 4.0] } else { [1.0, 0.0] });
        let completed =
            |double| Completed::new(&coefficients, cells, degree, Cosine::of_vectors(double));
        let completed = completed(true).zip(completed(false)).map(<[Completed; 2]>::from);
        Cosines {
            coefficients,
            degree,
            most_cells: cells.iter().copied().fold(1.0, f64::max),
            parity,
            even: cells.iter().any(|&n| even(n)),
            completed,
        }
    }
}

/// Coefficients of sin(Nx)/sin(x) for odd N and sin(Nx)/sin(2x) for even N, in w = cos²x or in
/// y = cos 2x = 2w − 1. Both obey fₘ₊₁ = 2y fₘ − fₘ₋₁.
fn interference(cells: usize, in_square: bool) -> [f64; 9] {
    // 2y as a polynomial of first degree.
    let [p, q] = if in_square { [-2.0, 4.0] } else { [0.0, 2.0] };
    let (mut before, mut now) = ([0.0; 9], [0.0; 9]);
    before[0] = if cells % 2 == 1 { -1.0 } else { 0.0 };
    now[0] = 1.0;
    for _ in 0..cells.saturating_sub(1) / 2 {
        let mut next = [0.0; 9];
        for i in 0..9 {
            let lower = if i > 0 { now[i - 1] } else { 0.0 };
            next[i] = p * now[i] + q * lower - before[i];
        }
        before = now;
        now = next;
    }
    now
}

/// A factor that is finite, so that its product with a distance of 0 is 0 as in the C program, which
/// multiplies in another order. The plan of one that was not is extreme.
fn finite(factor: f64) -> f64 {
    const MOST: f64 = 1e300;
    if factor.abs() > MOST { MOST.copysign(factor) } else { factor }
}

/// A quadratic form as a sum of squares: Σᵢ (Σⱼ rows\[i\]\[j\] δⱼ)² · factor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Triangle {
    /// Upper triangle: 11 12 13 22 23 33.
    pub(crate) rows: [f64; 6],
    /// The factor.
    pub(crate) factor: f64,
}

impl Triangle {
    /// The squared length of δh a* + δk b* + δl c* (C:2853), by Gram and Schmidt.
    fn new(reciprocal: &[Vector; 3], factor: f64) -> Triangle {
        let [a, b, c] = reciprocal;
        let less = |v: &Vector, u: &Vector, part: f64| [0, 1, 2].map(|i| v[i] - part * u[i]);
        let (x, r11) = unitize(a);
        let (r12, r13) = (dot(&x, b), dot(&x, c));
        let (y, r22) = unitize(&less(b, &x, r12));
        let c = less(c, &x, r13);
        let r23 = dot(&y, &c);
        let r33 = magnitude(&less(&c, &y, r23));
        Triangle { rows: [r11, r12, r13, r22, r23, r33], factor }
    }

    /// The same form with a factor of 1, where only that it is more than 1 counts: 0 in place of a
    /// negative one.
    fn not_negative(self) -> Triangle {
        // What is no number stays none: nothing is within.
        let factor = if self.factor < 0.0 { 0.0 } else { self.factor };
        Triangle { factor, ..self }.times(1.0)
    }

    /// The form, which is not negative, times a positive number, with a factor of 1. Of a negative one
    /// nothing is left but what is no number.
    pub(crate) fn times(self, number: f64) -> Triangle {
        let scale = (number * self.factor).sqrt();
        Triangle { rows: self.rows.map(|part| part * scale), factor: 1.0 }
    }

    /// Whether the axes of the crystal are at right angles, as closely as the C program's rounding
    /// tells: the form is a sum of squares of the distances then, and their signs do not count.
    pub(crate) fn is_orthogonal(&self) -> bool {
        const ROUNDING: f64 = 2e-15;
        let [r11, r12, r13, r22, r23, r33] = self.rows.map(f64::abs);
        let least = r11.min(r22).min(r33);
        r12.max(r13).max(r23) <= ROUNDING * least
    }

    /// Whether the form may be as small as 1, or close to it, where an index is a half.
    pub(crate) fn reaches_halves(&self) -> bool {
        const CLOSE: f64 = 1.1;
        let [r11, r12, r13, r22, r23, r33] = self.rows;
        // The rows of the inverse: the form is at least a quarter over the square of one where that
        // index is a half.
        let last = (r12 * r23 - r13 * r22) / (r11 * r22 * r33);
        let inverse = [
            [1.0 / r11, -r12 / (r11 * r22), last],
            [0.0, 1.0 / r22, -r23 / (r22 * r33)],
            [0.0, 0.0, 1.0 / r33],
        ];
        let far = |row: &Vector| 0.5 * self.factor.sqrt() > CLOSE * magnitude(row);
        !inverse.iter().all(far)
    }

    /// Whether vectors of singles can hold its squares. False where some part is no number.
    fn is_moderate(&self) -> bool {
        let scale = self.factor.abs().sqrt();
        self.rows.iter().all(|row| (row * scale).abs() <= STEEPEST)
    }

    /// The largest derivative of the root of the form with respect to one index.
    pub(crate) fn steepest(&self) -> f64 {
        let [r11, r12, r13, r22, r23, r33] = self.rows;
        let longest = r11.max(r12.hypot(r22)).max(magnitude(&[r13, r23, r33]));
        longest * self.factor.abs().sqrt()
    }
}

/// The most by which a distance that is wrong by some error, and single precision behind it, make
/// F_latt wrong where it is small, relative to its peak.
///
/// Where F_latt is not small the error is larger and does not matter: it is relative to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uncertainty {
    slope: f64,
    rounding: f64,
}

impl Uncertainty {
    /// The uncertainty that an error of the distances makes.
    pub(crate) fn of(self, error: f64) -> f64 {
        self.slope * error + self.rounding
    }
}

impl LatticePlan {
    pub(crate) fn new(crystal: &Crystal) -> LatticePlan {
        let cells = crystal.cells;
        let volume: f64 = cells.iter().product();
        match crystal.shape {
            Shape::Square if cells.iter().all(|&n| n <= 1.0) => LatticePlan::Single,
            Shape::Square if cells.iter().all(|&n| n <= MOST_CELLS) => {
                LatticePlan::Cosines(Box::new(Cosines::new(&cells)))
            }
            Shape::Square => LatticePlan::Sines(cells),
            Shape::Round => LatticePlan::Round(cells.map(|n| finite(n * n * crystal.fudge))),
            Shape::Gauss => {
                let factor = finite(volume * volume / 0.63 * crystal.fudge);
                LatticePlan::Gauss(Triangle::new(&crystal.reciprocal, 2.0 * factor))
            }
            Shape::Tophat => {
                let factor = finite(volume * volume * crystal.fudge / 0.3969);
                LatticePlan::Tophat(Triangle::new(&crystal.reciprocal, factor).not_negative())
            }
        }
    }

    /// By how much single precision may make F_latt wrong where it is small.
    pub(crate) fn uncertainty(&self) -> Uncertainty {
        // Rounding of numbers of about one.
        const ROUNDING: f64 = 1.5e-7;
        let [slope, rounding] = match self {
            LatticePlan::Single => [0.0, 0.0],
            // The slopes at the first zero: of the quotient, and of the polynomial in w.
            LatticePlan::Cosines(cosines) => {
                let n = cosines.most_cells;
                let divisor = if cosines.completed.is_some() { 9.0 } else { 20.0 };
                [1.1 * n, ROUNDING * n * n / divisor]
            }
            LatticePlan::Sines(cells) => {
                let n = cells.iter().copied().fold(1.0, f64::max);
                [1.1 * n, ROUNDING]
            }
            LatticePlan::Round(squares) => {
                let n = squares.iter().copied().fold(0.0, f64::max).sqrt();
                [3.0 * 1.4 * n, 3.0 * ROUNDING]
            }
            LatticePlan::Gauss(form) => [1.5 * form.steepest(), ROUNDING],
            LatticePlan::Tophat(_) => [0.0, 1e-9],
        };
        Uncertainty { slope, rounding }
    }

    /// Whether vectors cannot do it: |F_latt|² grows with the distance from a lattice point, beyond all
    /// bounds (a negative `-fudge`), squares leave the range of single precision, or there are no
    /// numbers.
    pub(crate) fn is_extreme(&self) -> bool {
        match self {
            LatticePlan::Gauss(form) => form.factor < 0.0 || !form.is_moderate(),
            LatticePlan::Tophat(form) => !form.is_moderate(),
            LatticePlan::Round(squares) => {
                !squares.iter().all(|square| square.abs() <= STEEPEST * STEEPEST)
            }
            _ => false,
        }
    }

    /// |F_latt|² of this plan where the crystal is in reflecting position.
    pub(crate) fn peak(&self, crystal: &Crystal) -> f64 {
        match self {
            LatticePlan::Cosines(_) | LatticePlan::Sines(_) => {
                crystal.cells.iter().map(|n| n * n).product()
            }
            _ => 1.0,
        }
    }

    /// What vectors of doubles or singles leave out of it beside.
    pub(crate) fn unit(&self, double: bool) -> f64 {
        match self {
            LatticePlan::Cosines(cosines) => {
                cosines.completed.map_or(1.0, |completed| completed[usize::from(!double)].unit)
            }
            _ => 1.0,
        }
    }

    /// The constant that |F_latt|² of this plan leaves out (C:2838, C:2848, C:2859).
    pub(crate) fn gain(&self, crystal: &Crystal) -> f64 {
        let volume: f64 = crystal.cells.iter().product();
        match self {
            LatticePlan::Single | LatticePlan::Cosines(_) | LatticePlan::Sines(_) => 1.0,
            LatticePlan::Round(_) => (volume * 0.723601254558268).powi(2),
            LatticePlan::Gauss(_) | LatticePlan::Tophat(_) => volume * volume,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::{Cosines, LatticePlan, Triangle};

    #[test]
    fn polynomials_are_the_interference_function() {
        for cells in 1..=18 {
            let n = f64::from(cells);
            let plan = Cosines::new(&[n; 3]);
            for i in 1..1000 {
                let x = PI * f64::from(i) / 2000.0;
                let w = x.cos().powi(2);
                let y = if plan.degree <= Cosines::IN_SQUARE { w } else { 2.0 * w - 1.0 };
                let sum = plan.coefficients[0].iter().rev().fold(0.0, |sum, c| sum * y + c);
                let [p, q] = plan.parity[0];
                let expected = ((n * x).sin() / x.sin()).powi(2);
                let found = sum * sum * (p + q * w);
                assert!((found - expected).abs() < 1e-12 * n * n, "N = {n}, x = {x}");
            }
        }
    }

    #[test]
    fn right_angles_are_told_from_others() {
        use nanobragg_reference::vector::{Vector, rotate};
        let cells = |more: f64| [[0.01, more, 0.0], [0.0, 0.02, -more], [more, 0.0, 0.005]];
        let turned = |cell: [Vector; 3]| {
            Triangle::new(&cell.map(|axis| rotate(&axis, &[0.3, -0.7, 1.1])), 2.0)
        };
        assert!(Triangle::new(&cells(0.0), 2.0).is_orthogonal());
        assert!(turned(cells(0.0)).is_orthogonal(), "{:?}", turned(cells(0.0)));
        // A thousandth of a thousandth of a degree.
        assert!(!turned(cells(1e-10)).is_orthogonal());
        assert!(!turned([[0.01, 0.0, 0.0], [-0.004, 0.02, 0.0], [0.0, 0.0, 0.03]]).is_orthogonal());
    }

    #[test]
    fn a_form_times_a_number_has_a_factor_of_one() {
        for factor in [3.0, 0.0] {
            let form = Triangle { rows: [1.0, 0.5, 0.0, 2.0, 0.0, 4.0], factor };
            let times = form.times(2.0);
            assert_eq!(times.factor, 1.0);
            for (value, row) in times.rows.map(|row| row * row).iter().zip(form.rows) {
                assert!((value - 2.0 * factor * row * row).abs() < 1e-12, "{factor}");
            }
        }
        let form = |factor| Triangle { rows: [1.0; 6], factor };
        assert_eq!(form(-1.0).not_negative().rows, [0.0; 6]);
        assert!(form(f64::NAN).not_negative().rows.iter().all(|row| row.is_nan()));
    }

    #[test]
    fn what_vectors_cannot_do_is_told() {
        let form = |factor| Triangle { rows: [1.0, 0.0, 0.5, 1.0, 0.0, 2.0], factor };
        let factors = [-1.0, -0.0, 0.0, 1.0, 1e32, 1e36, f64::INFINITY, f64::NAN];
        let gauss = factors.map(|factor| LatticePlan::Gauss(form(factor)).is_extreme());
        assert_eq!(gauss, [true, false, false, false, false, true, true, true]);
        let tophat = |factor| LatticePlan::Tophat(form(factor).not_negative()).is_extreme();
        assert_eq!(factors.map(tophat), [false, false, false, false, false, true, true, true]);
        let round = factors.map(|factor| LatticePlan::Round([1.0, factor, 1.0]).is_extreme());
        assert_eq!(round, [false, false, false, false, false, true, true, true]);
    }

    #[test]
    fn halves_are_out_of_reach_where_they_are_far() {
        // The least of the form over the faces of the cube of distances, by looking.
        let least = |triangle: &Triangle| {
            let [r11, r12, r13, r22, r23, r33] = triangle.rows;
            let mut least = f64::INFINITY;
            for (axis, other, u, v) in (0..3).flat_map(|axis| {
                let steps = move |i: i32| (-50..=50).map(move |j| (i, j));
                (-50..=50).flat_map(steps).map(move |(i, j)| (axis, (axis + 1) % 3, i, j))
            }) {
                let mut delta = [0.0; 3];
                delta[axis] = 0.5;
                delta[other] = f64::from(u) / 100.0;
                delta[3 - axis - other] = f64::from(v) / 100.0;
                let [h, k, l] = delta;
                let (x, y) = (r11 * h + r12 * k + r13 * l, r22 * k + r23 * l);
                least = least.min((x * x + y * y + r33 * l * r33 * l) * triangle.factor);
            }
            least
        };
        let cells = [
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [[1.0, 0.2, -0.1], [0.3, 0.8, 0.4], [-0.5, 0.1, 1.3]],
            [[1.0, 0.9, 0.0], [0.0, 0.3, 0.9], [0.2, 0.0, 0.4]],
        ];
        let (mut near, mut far) = (0, 0);
        for (cell, factor) in cells.iter().flat_map(|cell| (1..40).map(move |i| (cell, i))) {
            let triangle = Triangle::new(cell, f64::from(factor)).not_negative();
            if triangle.reaches_halves() {
                near += 1;
            } else {
                far += 1;
                assert!(least(&triangle) > 1.2, "{cell:?} {factor}");
            }
        }
        assert!(near > 10 && far > 10, "{near} {far}");
        assert!(Triangle::new(&cells[0], -1.0).not_negative().reaches_halves());
    }
}

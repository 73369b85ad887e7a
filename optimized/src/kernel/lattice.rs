//! |F_latt|² of a vector of lanes, up to the constant that the plan leaves out.

use std::f64::consts::{LN_2, PI};

use super::form::Form;
use crate::functions::{
    cosine, cosines, power_of_half, scaled_cosines, scaled_sines_over, sine_over,
};
use crate::lanes::{Lanes, three};
use crate::plan::lattice::{Cosines, Triangle};
use crate::plan::polynomials::Completed;

/// A way to compute |F_latt|² from the distances δ to the nearest lattice point, in index units.
pub(crate) trait Lattice: Copy {
    /// Whether the signs of δ count, so that a lane at half an index has to choose its side as
    /// the C program does.
    const SIDED: bool;
    /// Whether |F_latt|² may be 0, where the C program does not look a structure factor up.
    const VANISHES: bool = false;
    /// Whether there are lanes with a margin that is too small.
    const GUARDED: bool;

    /// Whether [`Lattice::least`] tells where single precision leaves too little of a single term.
    const SINGLY: bool = false;

    /// Its parameters as vectors.
    type Ready<L: Lanes>: Copy;

    /// Puts the parameters into vectors, once for many lanes.
    fn ready<L: Lanes>(self, simd: L::Simd) -> Self::Ready<L>;

    /// A measure of how far |F_latt|² is from its zeros.
    #[inline(always)]
    fn least<L: Lanes>(self, simd: L::Simd, _ready: &Self::Ready<L>, _delta: [L; 3]) -> L {
        L::splat(simd, f64::INFINITY)
    }

    /// Below this measure single precision leaves less than three digits of F_latt where δ may be
    /// wrong by `error`.
    fn faint(self, _error: f64) -> f64 {
        0.0
    }

    /// |F_latt|².
    fn squared<L: Lanes>(self, simd: L::Simd, ready: &Self::Ready<L>, delta: [L; 3]) -> L;

    /// 1 where F_latt is not 0, 0 where it is: there the C program leaves out the term and all
    /// that follows it (C:2868).
    #[inline(always)]
    fn alive<L: Lanes>(
        self,
        simd: L::Simd,
        _ready: &Self::Ready<L>,
        _delta: [L; 3],
        _squared: L,
    ) -> L {
        L::splat(simd, 1.0)
    }

    /// How far the lanes are from where the C program's rounding decides their value.
    fn margin<L: Lanes>(self, simd: L::Simd, ready: &Self::Ready<L>, delta: [L; 3]) -> L;

    /// A margin that is smaller than this is too small.
    fn limit<L: Lanes>(self) -> f64;

    /// The same lattice factor of δ that may be wrong by `error`.
    fn within(self, _error: f64) -> Self {
        self
    }

    /// Whether it really does for a lane whose margin is too small.
    fn confirm(self, _delta: [f64; 3], _nearest: [f64; 3]) -> bool {
        true
    }
}

/// One cell along each axis.
#[derive(Clone, Copy)]
pub(crate) struct Single;

impl Lattice for Single {
    type Ready<L: Lanes> = ();

    const SIDED: bool = false;
    const GUARDED: bool = false;

    #[inline(always)]
    fn ready<L: Lanes>(self, _simd: L::Simd) {}

    #[inline(always)]
    fn squared<L: Lanes>(self, simd: L::Simd, _ready: &(), _delta: [L; 3]) -> L {
        L::splat(simd, 1.0)
    }

    #[inline(always)]
    fn margin<L: Lanes>(self, simd: L::Simd, _ready: &(), _delta: [L; 3]) -> L {
        L::splat(simd, 1.0)
    }

    #[inline(always)]
    fn limit<L: Lanes>(self) -> f64 {
        0.0
    }
}

/// Where sin(Nx)/sin(x) is a quotient of two roundings: close to a lattice point other than the
/// origin, at x = π(n + δ), the C program's x is off by up to 2⁻⁵³ πn, which counts against πδ.
#[derive(Clone, Copy)]
pub(crate) struct Peaks {
    /// The largest such distance anywhere.
    pub(crate) reach: f64,
    /// Which axes have more than one cell.
    pub(crate) active: [bool; 3],
}

impl Peaks {
    fn within(self, error: f64) -> Peaks {
        Peaks { reach: self.reach + error, ..self }
    }

    fn confirm(self, delta: [f64; 3], nearest: [f64; 3]) -> bool {
        (0..3)
            .any(|axis| self.active[axis] && nearest[axis] != 0.0 && delta[axis].abs() < self.reach)
    }
}

/// The interference function of a block of cells, sin(πNδ)/sin(πδ) along each axis.
pub(crate) trait Interference: Copy {
    /// [`Lattice::SINGLY`].
    const SINGLY: bool = false;

    /// Its parameters as vectors.
    type Ready<L: Lanes>: Copy;

    /// [`Lattice::least`].
    #[inline(always)]
    fn least<L: Lanes>(self, simd: L::Simd, _ready: &Self::Ready<L>, _delta: [L; 3]) -> L {
        L::splat(simd, f64::INFINITY)
    }

    /// [`Lattice::faint`].
    fn faint(self, _error: f64) -> f64 {
        0.0
    }

    /// Puts the parameters into vectors, once for many lanes.
    fn ready<L: Lanes>(self, simd: L::Simd) -> Self::Ready<L>;

    /// The distances that [`Interference::squared`] squares.
    #[inline(always)]
    fn distances<L: Lanes>(_simd: L::Simd, delta: [L; 3]) -> [L; 3] {
        delta
    }

    /// Its square.
    fn squared<L: Lanes>(self, simd: L::Simd, ready: &Self::Ready<L>, delta: [L; 3]) -> L;
}

/// |F_latt|² of a block of cells.
#[derive(Clone, Copy)]
pub(crate) struct Square<I>(pub(crate) I, pub(crate) Peaks);

impl<I: Interference> Lattice for Square<I> {
    const SIDED: bool = false;
    const GUARDED: bool = true;
    const SINGLY: bool = I::SINGLY;
    type Ready<L: Lanes> = I::Ready<L>;

    #[inline(always)]
    fn least<L: Lanes>(self, simd: L::Simd, ready: &Self::Ready<L>, delta: [L; 3]) -> L {
        self.0.least(simd, ready, delta)
    }

    fn faint(self, error: f64) -> f64 {
        self.0.faint(error)
    }

    #[inline(always)]
    fn ready<L: Lanes>(self, simd: L::Simd) -> Self::Ready<L> {
        self.0.ready(simd)
    }

    #[inline(always)]
    fn squared<L: Lanes>(self, simd: L::Simd, ready: &Self::Ready<L>, delta: [L; 3]) -> L {
        self.0.squared(simd, ready, delta)
    }

    #[inline(always)]
    fn margin<L: Lanes>(self, simd: L::Simd, _ready: &Self::Ready<L>, delta: [L; 3]) -> L {
        // Squares that are at hand.
        let [h, k, l] = I::distances(simd, delta);
        h.square().min(k.square()).min(l.square())
    }

    #[inline(always)]
    fn limit<L: Lanes>(self) -> f64 {
        self.1.reach * self.1.reach
    }

    fn within(mut self, error: f64) -> Self {
        self.1 = self.1.within(error);
        self
    }

    fn confirm(self, delta: [f64; 3], nearest: [f64; 3]) -> bool {
        self.1.confirm(delta, nearest)
    }
}

/// Polynomials of first or second degree in cos²πδ.
#[derive(Clone, Copy)]
pub(crate) struct FewCells<'a, const DEGREE: usize, const EVEN: bool>(
    pub(crate) &'a [Completed; 2],
);

/// The constants of [`FewCells`] as vectors.
#[derive(Clone, Copy)]
pub(crate) struct FewCellsOn<L> {
    constants: [[L; 2]; 3],
    parity: [[L; 2]; 3],
}

impl<const DEGREE: usize, const EVEN: bool> FewCells<'_, DEGREE, EVEN> {
    /// The polynomials of the axes, and what they are polynomials of.
    #[inline(always)]
    fn factors<L: Lanes>(simd: L::Simd, ready: &FewCellsOn<L>, delta: [L; 3]) -> [[L; 3]; 2] {
        // Step by step on all three axes: they are chains that do not wait for each other.
        let q = scaled_cosines(simd, three!(axis => delta[axis].square()));
        let t = three!(axis => q[axis].mul_add(q[axis], ready.constants[axis][0]));
        let mut factors = t;
        if DEGREE == 2 {
            factors = three!(axis => t[axis].mul_add(t[axis], ready.constants[axis][1]));
        }
        [factors, q]
    }
}

impl<const DEGREE: usize, const EVEN: bool> Interference for FewCells<'_, DEGREE, EVEN> {
    const SINGLY: bool = true;
    type Ready<L: Lanes> = FewCellsOn<L>;

    /// The smallest polynomial, or q where that is nearer to its zero.
    #[inline(always)]
    fn least<L: Lanes>(self, simd: L::Simd, ready: &FewCellsOn<L>, delta: [L; 3]) -> L {
        let [factors, q] = Self::factors(simd, ready, delta);
        let [h, k, l] = three!(axis => factors[axis].abs());
        let mut least = h.min(k).min(l);
        if EVEN {
            let ratio = L::splat(simd, self.0[usize::from(!L::DOUBLE)].blur.of_parity);
            for axis in 0..3 {
                let [p, r] = ready.parity[axis];
                least = least.min(q[axis].mul_add(r, p).abs() * ratio);
            }
        }
        least
    }

    fn faint(self, error: f64) -> f64 {
        // An amplitude that is this many times what it may be wrong by.
        const DIGITS: f64 = 2e3;
        let blur = &self.0[1].blur;
        DIGITS * (blur.of_distance * error + blur.rounding)
    }

    #[inline(always)]
    fn ready<L: Lanes>(self, simd: L::Simd) -> FewCellsOn<L> {
        let Completed { constants, parity, .. } = &self.0[usize::from(!L::DOUBLE)];
        let on = |pair: [f64; 2]| [L::splat(simd, pair[0]), L::splat(simd, pair[1])];
        FewCellsOn {
            constants: three!(axis => on(constants[axis])),
            parity: three!(axis => on(parity[axis])),
        }
    }

    #[inline(always)]
    fn squared<L: Lanes>(self, simd: L::Simd, ready: &FewCellsOn<L>, delta: [L; 3]) -> L {
        let [factors, q] = Self::factors(simd, ready, delta);
        let product = factors[0] * factors[1] * factors[2];
        if EVEN { (product * parities(&ready.parity, q)).square() } else { product.square() }
    }
}

/// The product of p + q x of all axes.
#[inline(always)]
fn parities<L: Lanes>(parity: &[[L; 2]; 3], x: [L; 3]) -> L {
    let [h, k, l] = three!(axis => {
        let [p, q] = parity[axis];
        x[axis].mul_add(q, p)
    });
    h * k * l
}

/// Polynomials of a degree in cos²πδ.
#[derive(Clone, Copy)]
pub(crate) struct Polynomials<'a, const DEGREE: usize, const EVEN: bool>(pub(crate) &'a Cosines);

/// The coefficients of [`Polynomials`] as vectors.
#[derive(Clone, Copy)]
pub(crate) struct PolynomialsOn<L> {
    coefficients: [[L; 5]; 3],
    parity: [[L; 2]; 3],
}

impl<const DEGREE: usize, const EVEN: bool> Interference for Polynomials<'_, DEGREE, EVEN> {
    type Ready<L: Lanes> = PolynomialsOn<L>;

    #[inline(always)]
    fn ready<L: Lanes>(self, simd: L::Simd) -> PolynomialsOn<L> {
        let zero = L::splat(simd, 0.0);
        let mut ready = PolynomialsOn { coefficients: [[zero; 5]; 3], parity: [[zero; 2]; 3] };
        for axis in 0..3 {
            for power in 0..=DEGREE {
                let coefficient = self.0.coefficients[axis][power];
                ready.coefficients[axis][power] = L::splat(simd, coefficient);
            }
            for part in 0..2 {
                ready.parity[axis][part] = L::splat(simd, self.0.parity[axis][part]);
            }
        }
        ready
    }

    #[inline(always)]
    fn squared<L: Lanes>(self, simd: L::Simd, ready: &PolynomialsOn<L>, delta: [L; 3]) -> L {
        // Step by step on all three axes, as above.
        let w = cosines(simd, three!(axis => delta[axis].square())).map(L::square);
        let mut factors = three!(axis => ready.coefficients[axis][DEGREE]);
        for power in (0..DEGREE).rev() {
            factors = three!(axis => {
                factors[axis].mul_add(w[axis], ready.coefficients[axis][power])
            });
        }
        let square = (factors[0] * factors[1] * factors[2]).square();
        if EVEN { square * parities(&ready.parity, w) } else { square }
    }
}

/// sin(πNδ)/sin(πδ) for any number of cells.
#[derive(Clone, Copy)]
pub(crate) struct Sines(pub(crate) [f64; 3]);

impl Interference for Sines {
    type Ready<L: Lanes> = [L; 3];

    #[inline(always)]
    fn ready<L: Lanes>(self, simd: L::Simd) -> [L; 3] {
        three!(axis => L::splat(simd, self.0[axis]))
    }

    #[inline(always)]
    fn distances<L: Lanes>(simd: L::Simd, delta: [L; 3]) -> [L; 3] {
        // Far below what matters, and keeps 0/0 away: the quotient is N there.
        let least = L::splat(simd, if L::DOUBLE { 1e-30 } else { 1e-12 });
        three!(axis => delta[axis] + least)
    }

    #[inline(always)]
    fn squared<L: Lanes>(self, simd: L::Simd, cells: &[L; 3], delta: [L; 3]) -> L {
        let delta = Self::distances(simd, delta);
        let phase = three!(axis => delta[axis] * cells[axis]);
        let phase = three!(axis => phase[axis] - phase[axis].round(simd));
        let below = scaled_sines_over(simd, three!(axis => delta[axis].square()));
        let above = scaled_sines_over(simd, three!(axis => phase[axis].square()));
        let below = (below[0] * below[1] * below[2]) * (delta[0] * delta[1] * delta[2]);
        let above = (above[0] * above[1] * above[2]) * (phase[0] * phase[1] * phase[2]);
        (above / below).square()
    }
}

/// The transform of a sphere: 3 (sin x − x cos x)/x³ with x = π√(Σ Nᵢ²δᵢ²).
#[derive(Clone, Copy)]
pub(crate) struct Round {
    /// N² of each axis.
    pub(crate) squares: [f64; 3],
    /// By how much the radius may be off.
    pub(crate) guard: f64,
}

#[inline(always)]
fn radius_sqr<L: Lanes>(&[a, b, c]: &[L; 3], [h, k, l]: [L; 3]) -> L {
    h.square().mul_add(a, k.square().mul_add(b, l.square() * c))
}

impl Lattice for Round {
    const SIDED: bool = false;
    const GUARDED: bool = true;
    type Ready<L: Lanes> = [L; 3];

    #[inline(always)]
    fn ready<L: Lanes>(self, simd: L::Simd) -> [L; 3] {
        three!(axis => L::splat(simd, self.squares[axis]))
    }

    #[inline(always)]
    fn squared<L: Lanes>(self, simd: L::Simd, squares: &[L; 3], delta: [L; 3]) -> L {
        let radius_sqr = radius_sqr(squares, delta);
        let radius = radius_sqr.sqrt();
        let phase = radius - radius.round(simd);
        let u = phase.square();
        // Both signs turn with the whole number of half turns taken away: the square does not.
        let (sine, cosine) = (phase * sine_over(simd, u), cosine(simd, u));
        let x = radius * L::splat(simd, PI);
        let three = L::splat(simd, 3.0);
        let value = (three * (sine - x * cosine) / (x * x * x)).square();
        // Close to the peak these lanes are taken again. What is added until then is taken back but
        // for its rounding, and the C program may find no peak there at all.
        let close = radius_sqr.less(L::splat(simd, self.limit::<L>()));
        L::splat(simd, 0.0).select(close, value)
    }

    /// Near a peak sin x/x − cos x cancels, and what is left of it is the C library's rounding.
    #[inline(always)]
    fn margin<L: Lanes>(self, _simd: L::Simd, squares: &[L; 3], delta: [L; 3]) -> L {
        radius_sqr(squares, delta)
    }

    #[inline(always)]
    fn limit<L: Lanes>(self) -> f64 {
        let close: f64 = if L::DOUBLE { 1e-2 } else { 5.5e-2 };
        (close + self.guard).powi(2)
    }
}

/// Gauss, exp(−r²). The side of half an index counts where axes are not at right angles.
#[derive(Clone, Copy)]
pub(crate) struct Gauss<const ORTHOGONAL: bool, const GUARDED: bool> {
    /// The form that is 1/|F_latt|² as a power of 2, with a factor of 1.
    pub(crate) powers: Triangle,
    /// Whether the rounding of an index shows in a term, as in crystals of a million cells.
    pub(crate) stiff: bool,
    /// By how much the root of the exponent may be off.
    pub(crate) guard: f64,
    /// Whether it matters that a term vanishes.
    pub(crate) vanishing: bool,
}

impl<const ORTHOGONAL: bool, const GUARDED: bool> Gauss<ORTHOGONAL, GUARDED> {
    /// The exponent of |F_latt|² where F_latt itself falls below 2^-1075.
    const VANISHES: f64 = 2.0 * 745.0;

    /// The exponent of |F_latt|².
    #[inline(always)]
    fn exponent<L: Lanes>(simd: L::Simd, form: &Form<L, ORTHOGONAL>, delta: [L; 3]) -> L {
        form.at(delta) * L::splat(simd, LN_2)
    }
}

impl<const ORTHOGONAL: bool, const GUARDED: bool> Lattice for Gauss<ORTHOGONAL, GUARDED> {
    const VANISHES: bool = true;
    const SIDED: bool = !ORTHOGONAL;
    const GUARDED: bool = GUARDED;

    type Ready<L: Lanes> = Form<L, ORTHOGONAL>;

    #[inline(always)]
    fn ready<L: Lanes>(self, simd: L::Simd) -> Form<L, ORTHOGONAL> {
        Form::new(simd, &self.powers)
    }

    #[inline(always)]
    fn squared<L: Lanes>(self, simd: L::Simd, form: &Self::Ready<L>, delta: [L; 3]) -> L {
        power_of_half(simd, form.at(delta))
    }

    /// F_latt, whose exponent is half that of its square, vanishes below 2^-1075.
    #[inline(always)]
    fn alive<L: Lanes>(
        self,
        simd: L::Simd,
        form: &Self::Ready<L>,
        delta: [L; 3],
        _squared: L,
    ) -> L {
        let some = Self::exponent(simd, form, delta).less(L::splat(simd, Self::VANISHES));
        L::splat(simd, 1.0).select(some, L::splat(simd, 0.0))
    }

    /// Where F_latt is about to vanish, or where it does not.
    #[inline(always)]
    fn margin<L: Lanes>(self, simd: L::Simd, form: &Self::Ready<L>, delta: [L; 3]) -> L {
        let exponent = Self::exponent(simd, form, delta);
        if self.stiff { exponent } else { (exponent - L::splat(simd, Self::VANISHES)).abs() }
    }

    #[inline(always)]
    fn limit<L: Lanes>(self) -> f64 {
        match (self.stiff, self.vanishing) {
            (true, _) => (Self::VANISHES.sqrt() + 1.0 + self.guard).powi(2),
            (false, true) => 2.0,
            (false, false) => -1.0,
        }
    }
}

/// How far r² may be off at r = 1 where r may be off by this.
pub(crate) fn rim(error: f64) -> f64 {
    4.0 * error * (1.0 + error)
}

/// 1 within r² = 1, 0 outside. The side of half an index counts where r² may be as small there, and
/// axes are not at right angles.
#[derive(Clone, Copy)]
pub(crate) struct Tophat<'a, const ORTHOGONAL: bool, const SIDED: bool> {
    /// The form r², with a factor of 1.
    pub(crate) triangle: &'a Triangle,
    /// How far r² may be from the C program's.
    pub(crate) guard: f64,
}

impl<const ORTHOGONAL: bool, const SIDED: bool> Lattice for Tophat<'_, ORTHOGONAL, SIDED> {
    const VANISHES: bool = true;
    const SIDED: bool = SIDED;
    const GUARDED: bool = true;

    type Ready<L: Lanes> = Form<L, ORTHOGONAL>;

    #[inline(always)]
    fn ready<L: Lanes>(self, simd: L::Simd) -> Form<L, ORTHOGONAL> {
        Form::new(simd, self.triangle)
    }

    #[inline(always)]
    fn squared<L: Lanes>(self, simd: L::Simd, form: &Self::Ready<L>, delta: [L; 3]) -> L {
        /// A little less than all that is taken again, whatever is rounded.
        const CLOSE: f64 = 0.9;
        // Close to the rim lanes are taken again, and begin outside: there is nothing to be taken back.
        let rim = L::splat(simd, 1.0 - CLOSE * self.guard);
        let inside = form.at(delta).less(rim);
        L::splat(simd, 1.0).select(inside, L::splat(simd, 0.0))
    }

    #[inline(always)]
    fn alive<L: Lanes>(
        self,
        _simd: L::Simd,
        _form: &Self::Ready<L>,
        _delta: [L; 3],
        squared: L,
    ) -> L {
        squared
    }

    #[inline(always)]
    fn margin<L: Lanes>(self, simd: L::Simd, form: &Self::Ready<L>, delta: [L; 3]) -> L {
        (form.at(delta) - L::splat(simd, 1.0)).abs()
    }

    #[inline(always)]
    fn limit<L: Lanes>(self) -> f64 {
        self.guard
    }

    fn within(mut self, error: f64) -> Self {
        self.guard += rim(self.triangle.steepest() * error) + 1e-5;
        self
    }
}

/// |F_latt|² |F_cell|²; 0 where the C program leaves the term out (`skips`) before it looks |F_cell|
/// up, which may then be no number.
#[inline(always)]
pub(crate) fn term<L: Lanes, T: Lattice>(simd: L::Simd, lattice: L, cell: L, skips: bool) -> L {
    if !T::VANISHES || !skips {
        return lattice * cell;
    }
    let zero = L::splat(simd, 0.0);
    zero.select(lattice.equals(zero), lattice * cell)
}

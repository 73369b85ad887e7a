//! |F_cell|² of a vector of lanes: one value for all, the nearest in the table, or the tricubic
//! interpolation (C:2929-3007).

use pulp::Simd;

use super::window::{Held, ROOM, Reach, Wanted, Window, WindowOn};
use crate::exact::{self, Evaluation};
use crate::lanes::{Doubles, Lanes};
use crate::plan::{Plan, Table};

type D<S> = Doubles<S>;

/// A way to find structure factors.
pub(crate) trait Factor: Copy {
    /// Whether the nearest indices are needed.
    const NEAREST: bool;
    /// Whether there is a range of the interpolation.
    const LIMITED: bool;
    /// Whether it is always 1.
    const ONE: bool = false;

    /// By how much single precision may make F_cell wrong, relative to the largest that goes into
    /// it: it may be a small difference of large numbers.
    const UNCERTAINTY: f64 = 0.0;

    /// Whether a term whose F_latt is 0 is 0 even if its |F_cell|² is no number (C:2868).
    #[inline(always)]
    fn skips(self, plan: &Plan<'_>) -> bool {
        !Self::ONE && plan.skips
    }

    /// How far the lanes are from a limit; far, where there is none.
    #[inline(always)]
    fn margin<S: Simd>(self, simd: S, _index: [D<S>; 3]) -> D<S> {
        D::splat(simd, 1.0)
    }

    /// Moves an index by its last digits, or out, so that it lies in the range of the interpolation
    /// if and only if the C program's expression says so.
    fn settle(self, _index: &mut [f64; 3], _inside: bool) {}

    /// |F_cell|², and 1 where an index is out of the range of the interpolation.
    fn squared<S: Simd>(self, simd: S, index: [D<S>; 3], nearest: [D<S>; 3]) -> [D<S>; 2];

    /// The same for one evaluation by the C program's own expressions.
    fn exactly(self, plan: &Plan<'_>, evaluation: &Evaluation) -> [f64; 2];

    /// Takes the structure factors around a tile out of the table; `None` where they are too many,
    /// or not all in the range.
    fn window(self, reach: &Reach, guard: f64, held: &mut Held) -> Option<Window>;

    /// |F_cell|² from a window, of the distances to the nearest indices, which are counted as the
    /// window's are.
    fn around<L: Lanes>(
        self,
        simd: L::Simd,
        window: (&Window, &WindowOn<L>, &[L::Element; ROOM]),
        delta: [L; 3],
        nearest: [L; 3],
    ) -> L;
}

/// The same everywhere; the plan's gain holds it.
#[derive(Clone, Copy)]
pub(crate) struct Constant;

impl Factor for Constant {
    const NEAREST: bool = false;
    const LIMITED: bool = false;
    const ONE: bool = true;

    #[inline(always)]
    fn squared<S: Simd>(self, simd: S, _index: [D<S>; 3], _nearest: [D<S>; 3]) -> [D<S>; 2] {
        [D::splat(simd, 1.0), D::splat(simd, 0.0)]
    }

    fn exactly(self, _plan: &Plan<'_>, _evaluation: &Evaluation) -> [f64; 2] {
        [1.0, 0.0]
    }

    #[inline(always)]
    fn window(self, _reach: &Reach, _guard: f64, _held: &mut Held) -> Option<Window> {
        Some(Window::ONE)
    }

    #[inline(always)]
    fn around<L: Lanes>(
        self,
        simd: L::Simd,
        _window: (&Window, &WindowOn<L>, &[L::Element; ROOM]),
        _delta: [L; 3],
        _nearest: [L; 3],
    ) -> L {
        L::splat(simd, 1.0)
    }
}

/// The nearest in the table.
#[derive(Clone, Copy)]
pub(crate) struct Nearest<'a> {
    table: Table<'a>,
    default_f: f64,
}

impl<'a> Nearest<'a> {
    pub(crate) fn new(plan: &Plan<'a>, table: Table<'a>) -> Nearest<'a> {
        Nearest { table, default_f: plan.experiment.structure.default_f }
    }
}

impl Factor for Nearest<'_> {
    const NEAREST: bool = true;
    const LIMITED: bool = false;

    #[inline(always)]
    fn squared<S: Simd>(self, simd: S, _index: [D<S>; 3], nearest: [D<S>; 3]) -> [D<S>; 2] {
        let factors = self.table.factors;
        let ranges = factors.ranges();
        let mut place = D::splat(simd, 0.0);
        let mut inside = D::splat(simd, 1.0);
        let zero = D::splat(simd, 0.0);
        for axis in 0..3 {
            let offset = nearest[axis] - D::splat(simd, f64::from(factors.min[axis]));
            let most = D::splat(simd, (ranges[axis] - 1) as f64);
            let within = offset.max(zero).min(most);
            inside = inside.select(within.equals(offset), zero);
            place = place.mul_add(D::splat(simd, ranges[axis] as f64), within);
        }
        let value = place.look_up(simd, self.table.values);
        let outside = inside.equals(zero);
        let value = D::splat(simd, self.default_f).select(outside, value);
        [value.square(), zero]
    }

    fn exactly(self, plan: &Plan<'_>, evaluation: &Evaluation) -> [f64; 2] {
        [exact::structure_factor(plan, evaluation, false).powi(2), 0.0]
    }

    #[inline(always)]
    fn window(self, reach: &Reach, _guard: f64, held: &mut Held) -> Option<Window> {
        let Nearest { table, default_f } = &self;
        let wanted = Wanted { table, default_f: *default_f, around: [0, 0], squares: true };
        held.window(&wanted, reach)
    }

    #[inline(always)]
    fn around<L: Lanes>(
        self,
        _simd: L::Simd,
        (window, on, values): (&Window, &WindowOn<L>, &[L::Element; ROOM]),
        _delta: [L; 3],
        nearest: [L; 3],
    ) -> L {
        let count = window.count();
        on.address(nearest).look_up_near(values, count)
    }
}

/// The tricubic interpolation; out of its range the nearest in the table.
#[derive(Clone, Copy)]
pub(crate) struct Tricubic<'a> {
    nearest: Nearest<'a>,
    /// Limits of the real-valued index; the upper one is excluded where `strict`.
    limits: [[f64; 2]; 3],
    strict: bool,
}

impl<'a> Tricubic<'a> {
    pub(crate) fn new(plan: &Plan<'a>, table: Table<'a>) -> Tricubic<'a> {
        let strict = plan.corrected.interpolation_sticks;
        let limits = std::array::from_fn(|axis| {
            let (min, max) = (table.factors.min[axis], table.factors.max[axis]);
            let (min, max) = (f64::from(min), f64::from(max));
            if strict { [min + 1.0, max - 1.0] } else { [min + 2.0, max - 2.0] }
        });
        Tricubic { nearest: Nearest::new(plan, table), limits, strict }
    }

    /// Where all indices lie in the range, as 1 and 0.
    #[inline(always)]
    fn inside<S: Simd>(self, simd: S, index: [D<S>; 3]) -> D<S> {
        let (zero, one) = (D::splat(simd, 0.0), D::splat(simd, 1.0));
        let mut inside = one;
        for axis in 0..3 {
            let [low, high] = self.limits[axis];
            let (low, high) = (D::splat(simd, low), D::splat(simd, high));
            inside = zero.select(index[axis].less(low), inside);
            inside = if self.strict {
                inside.select(index[axis].less(high), zero)
            } else {
                zero.select(high.less(index[axis]), inside)
            };
        }
        inside
    }

    /// Whether all pixels of a tile lie well inside the range.
    pub(crate) fn holds(&self, reach: &Reach, guard: f64) -> bool {
        (0..3).all(|axis| {
            let centre = reach.nearest[axis] + reach.fraction[axis][0];
            let extent = reach.extent[axis] + 1e-3 + guard;
            let [low, high] = self.limits[axis];
            low < centre - extent && centre + extent < high
        })
    }
}

impl Factor for Tricubic<'_> {
    const NEAREST: bool = true;
    const LIMITED: bool = true;
    const UNCERTAINTY: f64 = 6e-7;

    fn settle(self, index: &mut [f64; 3], inside: bool) {
        for axis in 0..3 {
            let [low, high] = self.limits[axis];
            let high = if self.strict { high.next_down() } else { high };
            if inside {
                index[axis] = index[axis].max(low).min(high);
            } else if index[axis] >= low && index[axis] <= high && axis == 0 {
                index[axis] = low - 1.0;
            }
        }
    }

    #[inline(always)]
    fn margin<S: Simd>(self, simd: S, index: [D<S>; 3]) -> D<S> {
        let mut least = D::splat(simd, 1.0);
        for axis in 0..3 {
            for limit in self.limits[axis] {
                least = least.min((index[axis] - D::splat(simd, limit)).abs());
            }
        }
        least
    }

    #[inline(always)]
    fn squared<S: Simd>(self, simd: S, index: [D<S>; 3], nearest: [D<S>; 3]) -> [D<S>; 2] {
        let (zero, one) = (D::splat(simd, 0.0), D::splat(simd, 1.0));
        let inside = self.inside(simd, index);
        let factors = self.nearest.table.factors;
        let ranges = factors.ranges();
        // The first of the 4×4×4 neighbours, and the weights of the four along each axis.
        let mut first = zero;
        let mut weights = [[zero; 4]; 3];
        for axis in 0..3 {
            let rounded = index[axis].round(simd);
            let floor = (rounded - one).select(index[axis].less(rounded), rounded);
            let offset = floor - D::splat(simd, f64::from(factors.min[axis]) + 1.0);
            let offset = offset.select(zero.less(inside), zero);
            first = first.mul_add(D::splat(simd, ranges[axis] as f64), offset);
            weights[axis] = lagrange(simd, index[axis] - floor);
        }
        let value = interpolate(simd, self.nearest.table.values, ranges, first, &weights).square();
        if inside.any(inside.less(one)) {
            let [fallback, _] = self.nearest.squared(simd, index, nearest);
            return [value.select(zero.less(inside), fallback), one - inside];
        }
        [value, zero]
    }

    fn exactly(self, plan: &Plan<'_>, evaluation: &Evaluation) -> [f64; 2] {
        let outside = !exact::interpolates(plan, &evaluation.index);
        let value = exact::structure_factor(plan, evaluation, true);
        [value.powi(2), f64::from(u8::from(outside))]
    }

    #[inline(always)]
    fn window(self, reach: &Reach, guard: f64, held: &mut Held) -> Option<Window> {
        if !self.holds(reach, guard) {
            return None;
        }
        let table = &self.nearest.table;
        let wanted = Wanted { table, default_f: 0.0, around: [2, 2], squares: false };
        let mut window = held.window(&wanted, reach)?;
        // Between its knots the interpolation may be larger than at them.
        window.largest *= 4.0;
        Some(window)
    }

    #[inline(always)]
    fn around<L: Lanes>(
        self,
        simd: L::Simd,
        (window, on, values): (&Window, &WindowOn<L>, &[L::Element; ROOM]),
        delta: [L; 3],
        nearest: [L; 3],
    ) -> L {
        let (zero, one) = (L::splat(simd, 0.0), L::splat(simd, 1.0));
        let mut weights = [[zero; 4]; 3];
        let mut first = [zero; 3];
        for axis in 0..3 {
            let below = delta[axis].less(zero);
            let part = (delta[axis] + one).select(below, delta[axis]);
            first[axis] = nearest[axis] - (one + one).select(below, one);
            weights[axis] = lagrange(simd, part);
        }
        interpolate(simd, values, window.size, on.place(first), &weights).square()
    }
}

/// Weights of the cubic Lagrange polynomial through −1, 0, 1, 2 (C:3807).
#[inline(always)]
fn lagrange<L: Lanes>(simd: L::Simd, x: L) -> [L; 4] {
    let one = L::splat(simd, 1.0);
    let [before, after, far] = [x + one, x - one, x - one - one];
    let inner = x * after;
    let outer = before * far;
    [
        inner * far * L::splat(simd, -1.0 / 6.0),
        outer * after * L::splat(simd, 0.5),
        outer * x * L::splat(simd, -0.5),
        inner * before * L::splat(simd, 1.0 / 6.0),
    ]
}

/// The interpolation along l, then k, then h (C:3831). Lanes with the same neighbourhood, as
/// close pixels mostly are, go together: each of its 64 values is then read once.
#[inline(always)]
fn interpolate<L: Lanes>(
    simd: L::Simd,
    table: &[L::Element],
    [_, row, column]: [usize; 3],
    first: L,
    [along_h, along_k, along_l]: &[[L; 4]; 3],
) -> L {
    let zero = L::splat(simd, 0.0);
    let mut result = zero;
    let mut pending = first;
    while let Some(&place) =
        pending.elements().iter().find(|&&place| place >= L::Element::default())
    {
        let base: f64 = place.into();
        let base = base as usize;
        let mut sum = zero;
        for i in 0..4 {
            let mut plane = zero;
            for j in 0..4 {
                let start = base + (i * row + j) * column;
                let Some(&[a, b, c, d]) = table.get(start..).and_then(|rest| rest.first_chunk())
                else {
                    continue;
                };
                let line = along_l[0] * L::broadcast(simd, a);
                let line = along_l[1].mul_add(L::broadcast(simd, b), line);
                let line = along_l[2].mul_add(L::broadcast(simd, c), line);
                let line = along_l[3].mul_add(L::broadcast(simd, d), line);
                plane = along_k[j].mul_add(line, plane);
            }
            sum = along_h[i].mul_add(plane, sum);
        }
        let here = pending.equals(L::broadcast(simd, place));
        result = sum.select(here, result);
        pending = L::splat(simd, -1.0).select(here, pending);
    }
    result
}

/// Finds out which evaluations are out of the range of the interpolation.
#[derive(Clone, Copy)]
pub(crate) struct Probe<'a>(pub(crate) Tricubic<'a>);

impl Factor for Probe<'_> {
    const NEAREST: bool = false;
    const LIMITED: bool = true;

    fn settle(self, index: &mut [f64; 3], inside: bool) {
        self.0.settle(index, inside);
    }

    #[inline(always)]
    fn margin<S: Simd>(self, simd: S, index: [D<S>; 3]) -> D<S> {
        self.0.margin(simd, index)
    }

    #[inline(always)]
    fn squared<S: Simd>(self, simd: S, index: [D<S>; 3], _nearest: [D<S>; 3]) -> [D<S>; 2] {
        let one = D::splat(simd, 1.0);
        [one, one - self.0.inside(simd, index)]
    }

    fn exactly(self, plan: &Plan<'_>, evaluation: &Evaluation) -> [f64; 2] {
        [1.0, f64::from(u8::from(!exact::interpolates(plan, &evaluation.index)))]
    }

    /// Where all is in range there is nothing to find.
    #[inline(always)]
    fn window(self, _reach: &Reach, _guard: f64, _held: &mut Held) -> Option<Window> {
        None
    }

    #[inline(always)]
    fn around<L: Lanes>(
        self,
        simd: L::Simd,
        _window: (&Window, &WindowOn<L>, &[L::Element; ROOM]),
        _delta: [L; 3],
        _nearest: [L; 3],
    ) -> L {
        L::splat(simd, 1.0)
    }
}

//! A tile of a flat detector.
//!
//! With R the position of the middle of a tile, and F and S the edges of a pixel, a pixel lies at
//! r = R + f F + s S. Its Miller index along an axis with the direct cell a is
//!
//! h = a·(r/|r| − s₀)/λ = (a·u + f a·F′ + s a·S′)/λ · |R|/|r| − a·s₀/λ
//!
//! with u = R/|R|, F′ = F/|R| and S′ = S/|R|. Products with the direct cell are numbers of the tile;
//! of a pixel there is only |R|/|r| = (1 + q)^(-1/2), where q is a polynomial in f and s. So is the
//! polarization factor times |r|².

use nanobragg_reference::experiment::Detector;
use nanobragg_reference::vector::{Vector, dot};

use super::middle::{Middle, Sight};
use super::scratch::{EDGE, Order, Scratch};
use crate::exact::Place;
use crate::lanes::{Doubles, Lanes, Singles, three};
use crate::number::{self, Number, constants};
use crate::plan::Plan;
use crate::plan::orientations::Orientation;
use crate::plan::sources::PlannedSource;

/// Half of the edge of a tile.
const HALF: f64 = EDGE as f64 / 2.0;

/// Coordinates of the pixels of a tile, counted from its middle.
#[rustfmt::skip]
pub(super) const STEPS: [f64; EDGE] =
    [-8.0, -7.0, -6.0, -5.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
/// The same in single precision.
#[rustfmt::skip]
pub(super) const SINGLE_STEPS: [f32; EDGE] =
    [-8.0, -7.0, -6.0, -5.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];

/// What the tiles of a flat detector have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surface {
    /// Edges of a pixel along fast and slow, m.
    edges: [Vector; 2],
    /// |r|², and |r|² times the polarization factor of the first source less one half.
    length: Form,
    polarization: Form,
}

/// A quadratic form on a flat detector.
#[derive(Clone, Copy, Debug)]
struct Form {
    rows: [Vector; 3],
    /// The form times each edge.
    edges: [Vector; 2],
    /// Its values for both edges once, for one and the other, for the other twice.
    squares: [f64; 3],
}

impl Form {
    /// That with the coefficients xx, yy, zz, and twice xy, xz, yz.
    fn new([xx, yy, zz, xy, xz, yz]: [f64; 6], edges: &[Vector; 2]) -> Form {
        let [xy, xz, yz] = [xy, xz, yz].map(|twice| 0.5 * twice);
        let rows = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]];
        let [fast, slow] = edges.map(|edge| times(&rows, &edge));
        let squares = [dot(&edges[0], &fast), 2.0 * dot(&edges[0], &slow), dot(&edges[1], &slow)];
        Form { rows, edges: [fast, slow], squares }
    }

    /// The form of r/|R| around some middle.
    #[inline(always)]
    fn around<N: Number>(&self, sight: &Sight<N>) -> Quadratic<N> {
        let Sight { unit, inverse, .. } = sight;
        let of = |value: f64| inverse.constant(value);
        let (square, twice) = (*inverse * *inverse, of(2.0) * *inverse);
        let [fast_sqr, both, slow_sqr] = three!(i => of(self.squares[i]) * square);
        let rows = three!(i => number::dot(&constants(*inverse, &self.rows[i]), unit));
        let fast = twice * number::dot(unit, &constants(*inverse, &self.edges[0]));
        let slow = twice * number::dot(unit, &constants(*inverse, &self.edges[1]));
        Quadratic([number::dot(unit, &rows), fast, slow, fast_sqr, both, slow_sqr])
    }
}

/// A symmetric matrix times a vector.
fn times(rows: &[Vector; 3], v: &Vector) -> Vector {
    three!(i => dot(&rows[i], v))
}

impl Surface {
    pub(crate) fn new(detector: &Detector, source: Option<&PlannedSource>) -> Surface {
        let size = detector.pixel_size;
        let edges = [detector.fdet, detector.sdet].map(|edge| edge.map(|part| part * size));
        let length = Form::new([1.0, 1.0, 1.0, 0.0, 0.0, 0.0], &edges);
        let polarization = source.map_or([0.0; 6], PlannedSource::polarization_form);
        let polarization = Form::new(polarization, &edges);
        Surface { edges, length, polarization }
    }

    /// |r|²/|R|² around some middle.
    #[inline(always)]
    pub(super) fn length<N: Number>(&self, sight: &Sight<N>) -> Quadratic<N> {
        let mut length = self.length.around(sight);
        // What rounding leaves of it would be more than the rest may be wrong.
        length.0[0] = sight.inverse.constant(1.0);
        length
    }

    /// The polarization factor of the first source less one half, times |r|²/|R|².
    #[inline(always)]
    pub(super) fn polarization<N: Number>(&self, sight: &Sight<N>) -> Quadratic<N> {
        self.polarization.around(sight)
    }

    /// Looks at some middle from a source, with 1/λ.
    #[inline(always)]
    pub(super) fn waves<N: Number>(
        &self,
        sight: &Sight<N>,
        source: &PlannedSource,
        waves: f64,
    ) -> Waves<N> {
        let Sight { unit, inverse, .. } = sight;
        let of = |value: f64| inverse.constant(value);
        let steps = of(waves) * *inverse;
        Waves {
            unit: three!(i => unit[i] * of(waves)),
            fast: three!(i => of(self.edges[0][i]) * steps),
            slow: three!(i => of(self.edges[1][i]) * steps),
            base: three!(i => of(source.direction[i] * waves)),
        }
    }
}

/// u, F′ and S′ over the wavelength, and −s₀/λ.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waves<N = f64> {
    unit: [N; 3],
    fast: [N; 3],
    slow: [N; 3],
    base: [N; 3],
}

impl<N: Number> Waves<N> {
    /// The indices of an orientation.
    #[inline(always)]
    pub(super) fn lines(&self, cell: &Orientation) -> [Line<N>; 3] {
        let Waves { unit, fast, slow, base } = self;
        three!(axis => {
            let a = constants(unit[0], &cell[axis]);
            Line {
                first: number::dot(&a, unit),
                fast: number::dot(&a, fast),
                slow: number::dot(&a, slow),
                base: number::dot(&a, base),
            }
        })
    }
}

/// 1/λ of a source. One without wavelength, whose terms a limit of the resolution culls, gives
/// indices of 0.
pub(super) fn inverse_wavelength(plan: &Plan<'_>, source: &PlannedSource) -> f64 {
    let waves = source.inverse_wavelength;
    if plan.culls && !waves.is_finite() { 0.0 } else { waves }
}

/// The solid angle of a pixel at some inverse distance (C:2724).
#[inline(always)]
pub(super) fn solid_angle<N: Number>(detector: &Detector, inverse: N) -> N {
    let area = detector.pixel_size * detector.pixel_size * detector.close_distance;
    if detector.point_pixel {
        inverse * inverse
    } else {
        inverse.constant(area) * inverse * inverse * inverse
    }
}

/// A tile of a flat detector at one sub-pixel of one layer, seen from one source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plane {
    /// Direction and distance of the middle.
    pub(crate) middle: Middle,
    /// What the coordinates of a scratch start from.
    pub(crate) start: [f64; 2],
    /// |r|²/|R|².
    pub(crate) length: Quadratic,
    /// The most that |R|/|r| is away from 1; infinite where nothing is known of it.
    pub(crate) turn: f64,
    waves: Waves,
}

/// The index along an axis: (`first` + f `fast` + s `slow`) |R|/|r| + `base`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<N = f64> {
    pub(crate) first: N,
    pub(crate) fast: N,
    pub(crate) slow: N,
    pub(crate) base: N,
}

impl Plane {
    /// The tile that some pixels lie in. Tiles start at multiples of [`EDGE`], whatever is rendered.
    pub(crate) fn of(plan: &Plan<'_>, origin: [u32; 2], place: Place) -> Plane {
        let middle = Middle::of(plan, place);
        let start =
            [0, 1].map(|axis: usize| f64::from(origin[axis]) - f64::from(middle.place.pixel[axis]));
        let length = plan.surface.length(&middle.sight);
        let none = [0.0; 3];
        let waves = Waves { unit: none, fast: none, slow: none, base: none };
        Plane { middle, start, length, turn: length.turn(), waves }
    }

    /// Looks at it from a source.
    pub(crate) fn seen_by(&mut self, plan: &Plan<'_>, source: &PlannedSource) {
        let waves = inverse_wavelength(plan, source);
        self.waves = plan.surface.waves(&self.middle.sight, source, waves);
    }

    /// The scattering vector of a pixel, 1/m, of its coordinates and |R|/|r|.
    pub(crate) fn scattering(&self, coordinates: [f64; 2], ratio: f64) -> Vector {
        let Waves { unit, fast, slow, base } = &self.waves;
        let [f, s] = [0, 1].map(|axis: usize| coordinates[axis] + self.start[axis]);
        three!(i => (unit[i] + f * fast[i] + s * slow[i]) * ratio + base[i])
    }

    /// [`Surface::polarization`].
    pub(crate) fn polarization(&self, plan: &Plan<'_>) -> Quadratic {
        plan.surface.polarization(&self.middle.sight)
    }

    /// The solid angle of a pixel in the middle.
    pub(crate) fn solid_angle(&self, detector: &Detector) -> f64 {
        solid_angle(detector, self.middle.sight.inverse)
    }

    /// [`Waves::lines`].
    #[inline(always)]
    pub(crate) fn lines(&self, cell: &Orientation) -> [Line; 3] {
        self.waves.lines(cell)
    }
}

impl Line {
    /// The index at the middle of the tile.
    #[inline(always)]
    pub(crate) fn middle(&self) -> f64 {
        self.first + self.base
    }

    /// The most that a sum of steps amounts to.
    #[inline(always)]
    pub(crate) fn walk(&self) -> f64 {
        HALF * (self.fast.abs() + self.slow.abs())
    }
}

/// A polynomial in the coordinates of a pixel, counted from the middle of its tile: the coefficients
/// of 1, f, s, f², f s, s².
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quadratic<N = f64>(pub(crate) [N; 6]);

impl<L: Lanes<Element = f64>> Quadratic<L> {
    /// That of a lane.
    #[inline(always)]
    pub(super) fn lane(&self, lane: usize) -> Quadratic {
        let [middle, fast, slow, fast_sqr, both, slow_sqr] = &self.0;
        let of = |vector: &L| vector.elements()[lane];
        Quadratic([of(middle), of(fast), of(slow), of(fast_sqr), of(both), of(slow_sqr)])
    }
}

/// The same as vectors.
#[derive(Clone, Copy)]
pub(crate) struct QuadraticOn<L>([L; 6]);

impl Quadratic {
    /// The most that it is away from its value at the middle of the tile.
    #[inline(always)]
    fn walk(&self) -> f64 {
        let [_, fast, slow, fast_sqr, both, slow_sqr] = self.0.map(f64::abs);
        HALF * (fast + slow) + HALF * HALF * (fast_sqr + both + slow_sqr)
    }

    /// Of [`Plane::length`]: the most that |R|/|r| is away from 1; infinite where nothing is known of
    /// it.
    #[inline(always)]
    pub(super) fn turn(&self) -> f64 {
        let most = self.walk();
        // No less than (1 - q)^(-1/2) - 1.
        if most < 1.0 { 0.5 * most / (1.0 - most) } else { f64::INFINITY }
    }

    /// Of [`Plane::polarization`]: bounds of the factors of the tile, where |R|/|r| is away from 1 by
    /// some number at most.
    #[inline(always)]
    pub(super) fn range_of_factor(&self, turn: f64) -> [f64; 2] {
        let (middle, walk) = (self.0[0], self.walk());
        let [least, most] = [(1.0 - turn) * (1.0 - turn), (1.0 + turn) * (1.0 + turn)];
        let [low, high] = [middle - walk, middle + walk];
        [0.5 + (low * least).min(low * most), 0.5 + (high * least).max(high * most)]
    }

    #[inline(always)]
    pub(crate) fn on<L: Lanes>(&self, simd: L::Simd) -> QuadraticOn<L> {
        let c = &self.0;
        QuadraticOn([
            L::splat(simd, c[0]),
            L::splat(simd, c[1]),
            L::splat(simd, c[2]),
            L::splat(simd, c[3]),
            L::splat(simd, c[4]),
            L::splat(simd, c[5]),
        ])
    }
}

impl<L: Lanes> QuadraticOn<L> {
    /// The value.
    #[inline(always)]
    pub(crate) fn at(&self, [f, s]: [L; 2]) -> L {
        self.0[0] + self.change([f, s])
    }

    /// The value less that at the middle of the tile.
    #[inline(always)]
    pub(crate) fn change(&self, [f, s]: [L; 2]) -> L {
        let [_, fast, slow, fast_sqr, both, slow_sqr] = self.0;
        let along_slow = s * slow_sqr.mul_add(s, slow);
        fast_sqr.mul_add(f, both.mul_add(s, fast)).mul_add(f, along_slow)
    }
}

/// A [`Quadratic`] on the rows of a whole tile: on each a polynomial in f alone.
#[repr(C, align(64))]
pub(super) struct Rows<L: Lanes> {
    constant: [L::Element; EDGE],
    linear: [L::Element; EDGE],
    square: L,
}

impl<L: Lanes> Rows<L> {
    #[inline(always)]
    pub(super) fn new(simd: L::Simd, quadratic: &Quadratic, steps: &[L::Element; EDGE]) -> Rows<L> {
        let none = [L::Element::default(); EDGE];
        let [_, fast, slow, square, both, slow_sqr] = quadratic.on::<L>(simd).0;
        let mut rows = Rows { constant: none, linear: none, square };
        for part in 0..EDGE / L::COUNT {
            let s = L::from_raw(simd, L::vectors(steps)[part]);
            let constant = s * slow_sqr.mul_add(s, slow);
            L::vectors_mut(&mut rows.constant)[part] = constant.raw();
            L::vectors_mut(&mut rows.linear)[part] = both.mul_add(s, fast).raw();
        }
        rows
    }

    /// [`QuadraticOn::change`] of pixels of a row.
    #[inline(always)]
    pub(super) fn change(&self, simd: L::Simd, row: usize, f: L) -> L {
        let [linear, constant] =
            [&self.linear, &self.constant].map(|column| L::broadcast(simd, column[row]));
        self.square.mul_add(f, linear).mul_add(f, constant)
    }
}

/// How the indices of lanes are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// From the steps of the rows and columns of a whole tile.
    Rows,
    /// From the coordinates of each lane.
    Lanes,
    /// From scattering vectors: the detector is curved.
    Curved,
}

impl Layout {
    #[inline(always)]
    pub(crate) fn of(scratch: &Scratch) -> Layout {
        match scratch.plane {
            None => Layout::Curved,
            Some(_) if scratch.is_whole(Order::Rows) => Layout::Rows,
            Some(_) => Layout::Lanes,
        }
    }
}

/// Parts of an index that all pixels of a column, or of a row, have in common: f `fast`, and
/// `first` + s `slow`.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Steps {
    pub(crate) fast: [[f64; EDGE]; 3],
    pub(crate) slow: [[f64; EDGE]; 3],
}

/// The same in single precision, of which `first` is a fraction.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct SingleSteps {
    pub(crate) fast: [[f32; EDGE]; 3],
    pub(crate) slow: [[f32; EDGE]; 3],
    /// `slow` with the rest of `first`.
    pub(crate) turned: [[f32; EDGE]; 3],
}

impl Steps {
    pub(crate) const ZERO: Steps = Steps { fast: [[0.0; EDGE]; 3], slow: [[0.0; EDGE]; 3] };

    #[inline(always)]
    pub(crate) fn set<S: pulp::Simd>(&mut self, simd: S, lines: &[Line; 3]) {
        type D<S> = Doubles<S>;
        for axis in 0..3 {
            let Line { first, fast, slow, .. } = lines[axis];
            let first = D::splat(simd, first);
            let (fast, slow) = (D::splat(simd, fast), D::splat(simd, slow));
            let to = D::<S>::vectors_mut(&mut self.fast[axis]);
            for (to, step) in to.iter_mut().zip(D::<S>::vectors(&STEPS)) {
                *to = (D::from_raw(simd, *step) * fast).raw();
            }
            let to = D::<S>::vectors_mut(&mut self.slow[axis]);
            for (to, step) in to.iter_mut().zip(D::<S>::vectors(&STEPS)) {
                *to = D::from_raw(simd, *step).mul_add(slow, first).raw();
            }
        }
    }
}

impl SingleSteps {
    pub(crate) const ZERO: SingleSteps =
        SingleSteps { fast: [[0.0; EDGE]; 3], slow: [[0.0; EDGE]; 3], turned: [[0.0; EDGE]; 3] };

    /// Sets them from the fraction of `first`, `fast`, `slow`, and the rest of `first` of each axis.
    #[inline(always)]
    pub(crate) fn set<S: pulp::Simd>(&mut self, simd: S, lines: &[[f32; 3]; 3], turned: &[f32; 3]) {
        type F<S> = Singles<S>;
        for axis in 0..3 {
            let [first, fast, slow] = lines[axis].map(|part| F::broadcast(simd, part));
            let to = F::<S>::vectors_mut(&mut self.fast[axis]);
            for (to, step) in to.iter_mut().zip(F::<S>::vectors(&SINGLE_STEPS)) {
                *to = (F::from_raw(simd, *step) * fast).raw();
            }
            let to = F::<S>::vectors_mut(&mut self.slow[axis]);
            for (to, step) in to.iter_mut().zip(F::<S>::vectors(&SINGLE_STEPS)) {
                *to = F::from_raw(simd, *step).mul_add(slow, first).raw();
            }
            let turned = F::broadcast(simd, turned[axis]);
            let slow = F::<S>::vectors(&self.slow[axis]);
            for (to, slow) in F::<S>::vectors_mut(&mut self.turned[axis]).iter_mut().zip(slow) {
                *to = (F::from_raw(simd, *slow) + turned).raw();
            }
        }
    }
}

//! The innermost loops in single precision.
//!
//! A Miller index of hundreds has no digits left in single precision for its fraction. Here the
//! index at the centre of the tile is computed in double precision, its fraction is taken there,
//! and single precision only sees how far a pixel is from the centre. The error of the fraction is
//! that of a small difference alone, and bounded for each orientation of each tile.

mod record;

use pulp::{Simd, WithSimd};

use super::factor::Factor;
use super::lattice::{Lattice, term};
use super::plane::{Layout, Line};
use super::record::records;
use super::scratch::{EDGE, Scratch};
use super::window::{Reach, Window, WindowOn};
use crate::exact;
use crate::lanes::{Lanes, Singles, three};
use crate::plan::Plan;
use crate::plan::orientations::Orientation;

use record::Note;
pub(super) use record::{Noted, Steps};

type F<S> = Singles<S>;

const EPSILON: f64 = f32::EPSILON as f64;

/// Orientations whose terms are added in single precision before the sum goes into a double.
pub(super) const BLOCK: usize = 32;

/// A pass over a tile in single precision.
pub(crate) struct OffsetPass<'a, L, T> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) lattice: L,
    pub(crate) factor: T,
    pub(crate) orientations: &'a [Orientation],
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) layer: usize,
    pub(crate) sub: [usize; 2],
    pub(crate) source: usize,
    /// Where the steps of one lane go, where they are wanted.
    pub(crate) steps: Option<Steps<'a>>,
}

impl<L: Lattice, T: Factor> WithSimd for OffsetPass<'_, L, T> {
    /// The orientations that single precision cannot do, by their numbers.
    type Output = Vec<usize>;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> Vec<usize> {
        let mut refused = Vec::new();
        let ready = self.lattice.ready::<F<S>>(simd);
        let lanes = self.scratch.lanes();
        let uncertainty = self.plan.lattice.uncertainty();
        let guard = self.plan.index_guard;
        let lattice = &self.plan.lattice;
        let most = BLOCK as f64 * lattice.peak(&self.plan.experiment.crystal) / lattice.unit(false);
        self.scratch.held.clear();
        let mut near = std::mem::take(&mut self.scratch.near);
        for start in (0..self.orientations.len()).step_by(BLOCK) {
            let end = (start + BLOCK).min(self.orientations.len());
            near.clear();
            let (cells, scratch) = (&self.orientations[start..end], &*self.scratch);
            near.extend(cells.iter().map(|cell| Near::new(cell, scratch, guard)));
            let mut doubt = 0.0;
            for number in start..end {
                let near = &near[number - start];
                let amplitude = uncertainty.of(near.error) + T::UNCERTAINTY;
                let window = if amplitude < MOST_DOUBT {
                    self.factor.window(&near.reach, guard, &mut self.scratch.held)
                } else {
                    None
                };
                // Squares that single precision cannot hold are left to double precision.
                let Some(window) = window.filter(|window| window.fits_singles(most)) else {
                    refused.push(number);
                    continue;
                };
                doubt += amplitude * amplitude * window.largest;
                self.orientation(simd, &ready, number, near, &window);
                if records::<S>() && self.steps.is_some() {
                    simd.vectorize(Note { pass: &mut self, number, near, window: &window });
                }
            }
            self.scratch.doubt += doubt * self.gather(lanes);
        }
        self.scratch.near = near;
        refused
    }
}

/// Amplitudes that are more uncertain than this, relative to the peak, would make an image's
/// brightest pixel answer for more than it can.
pub(super) const MOST_DOUBT: f64 = 4e-6;

impl<L: Lattice, T: Factor> OffsetPass<'_, L, T> {
    /// Whether lanes at half an index have to choose their side as the C program does.
    const SIDED: bool = T::NEAREST || L::SIDED;

    /// Adds the sums in single precision to those in double precision, and gives what one of the
    /// terms in them is multiplied by at most.
    #[inline(always)]
    fn gather(&mut self, lanes: usize) -> f64 {
        let unit = self.plan.singles_in_doubles();
        let Scratch { intensity, weight, single_sum, .. } = &mut *self.scratch;
        let weight = &weight.0[..lanes];
        let sums = intensity.0[..lanes].iter_mut().zip(&mut single_sum.0[..lanes]);
        for ((sum, single), weight) in sums.zip(weight) {
            *sum += f64::from(*single) * unit * weight;
            *single = 0.0;
        }
        let heaviest = if self.plan.uniform() {
            self.plan.weight()
        } else {
            weight.iter().fold(0.0f64, |most, weight| most.max(weight.abs()))
        };
        heaviest / self.plan.lattice.unit(true)
    }

    /// Adds the terms of one orientation.
    #[inline(always)]
    fn orientation<S: Simd>(
        &mut self,
        simd: S,
        ready: &L::Ready<F<S>>,
        number: usize,
        near: &Near,
        window: &Window,
    ) {
        let on = WindowOn::<F<S>>::new(simd, window);
        let around = Around::new(simd, near, self.scratch);
        let lattice = self.lattice.within(near.error);
        let mut farthest = F::splat(simd, 0.0);
        let mut margin = F::splat(simd, 1e30);
        for vector in 0..self.scratch.lanes() / F::<S>::COUNT {
            let [delta, nearest] = around.at(simd, self.scratch, vector);
            if Self::SIDED {
                let squares = delta.map(F::square);
                farthest = farthest.max(squares[0]).max(squares[1]).max(squares[2]);
            }
            if L::GUARDED {
                margin = margin.min(lattice.margin(simd, ready, delta));
            }
            let squared = lattice.squared(simd, ready, delta);
            let skips = self.factor.skips(self.plan);
            let scratch = &mut *self.scratch;
            let values = (window, &on, &scratch.held.singles);
            let cell = self.factor.around(simd, values, delta, nearest);
            let sum = load(simd, &scratch.single_sum.0, vector);
            store(
                &mut scratch.single_sum.0,
                vector,
                sum + term::<F<S>, L>(simd, squared, cell, skips),
            );
        }
        let limit = F::splat(simd, lattice.limit::<F<S>>());
        // The squares are rounded.
        let edge = around.edge.square() * F::splat(simd, 1.0 - 4.0 * f64::from(f32::EPSILON));
        if (Self::SIDED && limit.any(edge.less(farthest)))
            || (L::GUARDED && limit.any(margin.less(limit)))
        {
            simd.vectorize(Mend { pass: self, number, near, window, lattice });
        }
    }

    /// Puts right what was added for lanes that are close to a decision.
    #[inline(always)]
    fn mend<S: Simd>(&mut self, simd: S, number: usize, near: &Near, window: &Window, lattice: L) {
        let around = Around::new(simd, near, self.scratch);
        let ready = lattice.ready::<F<S>>(simd);
        let on = WindowOn::<F<S>>::new(simd, window);
        for vector in 0..self.scratch.lanes() / F::<S>::COUNT {
            let [delta, nearest] = around.at(simd, self.scratch, vector);
            let values = (window, &on, &self.scratch.held.singles);
            let cell = self.factor.around(simd, values, delta, nearest);
            let added = term::<F<S>, L>(
                simd,
                lattice.squared(simd, &ready, delta),
                cell,
                self.factor.skips(self.plan),
            );
            let decided = self.decided(simd, (&ready, &around, lattice), number, near, vector);
            let skips = self.factor.skips(self.plan);
            let scratch = &mut *self.scratch;
            let values = (window, &on, &scratch.held.singles);
            let cell = self.factor.around(simd, values, decided.delta, decided.nearest);
            let sum = load(simd, &scratch.single_sum.0, vector);
            store(
                &mut scratch.single_sum.0,
                vector,
                (sum - added) + term::<F<S>, L>(simd, decided.squared, cell, skips),
            );
        }
    }

    /// A vector of lanes, those that are close to a decision taken by the C program's expressions.
    #[inline(always)]
    fn decided<S: Simd>(
        &mut self,
        simd: S,
        (ready, around, lattice): (&L::Ready<F<S>>, &Around<S>, L),
        number: usize,
        near: &Near,
        vector: usize,
    ) -> Decided<S> {
        let centre = &near.reach.nearest;
        let [mut delta, mut nearest] = around.at(simd, self.scratch, vector);
        for lane in 0..F::<S>::COUNT {
            let distance = three!(axis => delta[axis].elements()[lane].abs());
            let farthest = distance[0].max(distance[1]).max(distance[2]);
            if Self::SIDED && farthest > around.edge.elements()[0] {
                let exact = self.exactly(number, vector * F::<S>::COUNT + lane);
                for axis in 0..3 {
                    nearest[axis].elements_mut()[lane] =
                        (exact.nearest[axis] - centre[axis]) as f32;
                    delta[axis].elements_mut()[lane] =
                        (exact.index[axis] - exact.nearest[axis]) as f32;
                }
            }
        }
        let mut squared = lattice.squared(simd, ready, delta);
        let margin = lattice.margin(simd, ready, delta);
        for lane in 0..F::<S>::COUNT {
            let near = three!(axis => f64::from(delta[axis].elements()[lane]));
            let whole = three!(axis => {
                f64::from(nearest[axis].elements()[lane]) + centre[axis]
            });
            let close = f64::from(margin.elements()[lane]) < lattice.limit::<F<S>>();
            if L::GUARDED && close && lattice.confirm(near, whole) {
                let exact = self.exactly(number, vector * F::<S>::COUNT + lane);
                let gain = self.plan.lattice_gain(false);
                let value = exact.f_latt * exact.f_latt / gain;
                squared.elements_mut()[lane] = value as f32;
            }
        }
        Decided { delta, nearest, squared }
    }

    #[cold]
    #[inline(never)]
    fn exactly(&mut self, number: usize, lane: usize) -> exact::Evaluation {
        self.scratch.guarded += 1;
        let place = self.scratch.place(lane, self.layer, self.sub);
        exact::evaluate(self.plan, place, self.source, &self.orientations[number])
    }
}

/// What [`OffsetPass::decided`] finds: distances to the nearest indices, these, counted from the
/// centre's, and |F_latt|².
struct Decided<S: Simd> {
    delta: [F<S>; 3],
    nearest: [F<S>; 3],
    squared: F<S>,
}

/// [`OffsetPass::mend`] as a call of its own, so that the loop around it stays small.
struct Mend<'a, 'p, L, T> {
    pass: &'a mut OffsetPass<'p, L, T>,
    number: usize,
    near: &'a Near,
    window: &'a Window,
    lattice: L,
}

impl<L: Lattice, T: Factor> WithSimd for Mend<'_, '_, L, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Mend { pass, number, near, window, lattice } = self;
        pass.mend(simd, number, near, window, lattice);
    }
}

/// An orientation around the centre of a tile.
#[derive(Clone, Copy)]
pub(crate) struct Near {
    reach: Reach,
    /// For each axis: the fraction at the centre and the steps between pixels; on a curved detector
    /// the vector of the direct cell, m.
    pub(super) cell: [[f32; 3]; 3],
    /// For each axis: what turns with the ray, less that fraction.
    pub(super) turned: [f32; 3],
    /// The fraction at the centre in two parts.
    fraction: [[f32; 2]; 3],
    /// The largest error of a distance.
    pub(super) error: f64,
    /// A distance from a lattice point beyond which it may not be the nearest.
    pub(super) edge: f32,
}

impl Near {
    #[inline(always)]
    fn new(orientation: &Orientation, scratch: &Scratch, guard: f64) -> Near {
        match &scratch.plane {
            Some(plane) => {
                let turn = (plane.turn, scratch.turn_roundings);
                Near::flat(&plane.lines(orientation), turn, guard)
            }
            None => Near::curved(orientation, scratch, guard),
        }
    }

    /// On a flat detector: of the steps between its pixels, and the most that |R|/|r| is away from 1
    /// with its largest error in roundings.
    #[inline(always)]
    pub(super) fn flat(lines: &[Line; 3], (turn, roundings): (f64, f64), guard: f64) -> Near {
        let reach = Reach::of(lines, turn);
        let most = reach.farthest();
        let turning = lines[0].first.abs().max(lines[1].first.abs()).max(lines[2].first.abs());
        // Steps, their products with coordinates, and two sums are rounded, the last three with
        // a fraction of up to one half in them; so is that fraction, and so are both factors of
        // what turns, one of which has an error of its own. The distance itself is exact.
        let of_turn = turn * (turning + most + 0.5) * (3.0 + roundings) / 2.0;
        let error = EPSILON * (2.0 * most + of_turn + 1.0);
        let fraction = three!(axis => reach.fraction[axis][0] + reach.fraction[axis][1]);
        let cell = three!(axis => {
            [fraction[axis] as f32, lines[axis].fast as f32, lines[axis].slow as f32]
        });
        let turned = three!(axis => (lines[axis].first - fraction[axis]) as f32);
        Near::within(reach, cell, turned, error, guard)
    }

    #[inline(always)]
    fn curved(orientation: &Orientation, scratch: &Scratch, guard: f64) -> Near {
        let reach = Reach::new(orientation, scratch);
        // Three products of rounded factors, three sums, and the same.
        let error = EPSILON * (2.5 * reach.farthest() + 0.25);
        let cell = three!(axis => three!(i => orientation[axis][i] as f32));
        Near::within(reach, cell, [0.0; 3], error, guard)
    }

    #[inline(always)]
    fn within(reach: Reach, cell: [[f32; 3]; 3], turned: [f32; 3], error: f64, guard: f64) -> Near {
        Near {
            cell,
            turned,
            fraction: three!(axis => reach.fraction[axis].map(|part| part as f32)),
            reach,
            error,
            edge: (0.5 - error - guard) as f32,
        }
    }
}

/// The same as vectors.
struct Around<S: Simd> {
    layout: Layout,
    cell: [[F<S>; 3]; 3],
    start: [F<S>; 2],
    turned: [F<S>; 3],
    coarse: [F<S>; 3],
    fine: [F<S>; 3],
    edge: F<S>,
}

impl<S: Simd> Around<S> {
    /// That of an orientation, whose steps go to the scratch.
    #[inline(always)]
    fn new(simd: S, near: &Near, scratch: &mut Scratch) -> Around<S> {
        let zero = F::splat(simd, 0.0);
        let layout = Layout::of(scratch);
        let (mut cell, mut fine, mut start) = ([[zero; 3]; 3], [zero; 3], [zero; 2]);
        if layout == Layout::Rows {
            scratch.single_steps.set(simd, &near.cell, &near.turned);
        } else {
            cell = three!(axis => three!(i => F::broadcast(simd, near.cell[axis][i])));
            fine = three!(axis => F::broadcast(simd, near.fraction[axis][1]));
        }
        if let Some(plane) = &scratch.plane {
            start = plane.start.map(|start| F::splat(simd, start));
        }
        Around {
            layout,
            cell,
            start,
            turned: three!(axis => F::broadcast(simd, near.turned[axis])),
            coarse: three!(axis => F::broadcast(simd, near.fraction[axis][0])),
            fine,
            edge: F::broadcast(simd, near.edge),
        }
    }

    /// Distances to the nearest indices, and these, counted from the centre's.
    #[inline(always)]
    fn at(&self, simd: S, scratch: &Scratch, vector: usize) -> [[F<S>; 3]; 2] {
        let index = match self.layout {
            Layout::Rows => {
                let steps = &scratch.single_steps;
                let turn = load(simd, &scratch.turn.0, vector);
                let (row, part) = (vector * F::<S>::COUNT / EDGE, vector % (EDGE / F::<S>::COUNT));
                three!(axis => {
                    let fast = load(simd, &steps.fast[axis], part);
                    let slow = F::broadcast(simd, steps.slow[axis][row % EDGE]);
                    let turned = F::broadcast(simd, steps.turned[axis][row % EDGE]);
                    turn.mul_add(fast + turned, fast + slow)
                })
            }
            Layout::Lanes => {
                let turn = load(simd, &scratch.turn.0, vector);
                let fast = load(simd, &scratch.single_coordinates[0].0, vector) + self.start[0];
                let slow = load(simd, &scratch.single_coordinates[1].0, vector) + self.start[1];
                three!(axis => {
                    let [first, step_fast, step_slow] = self.cell[axis];
                    let (along_fast, along_slow) =
                        (fast * step_fast, slow.mul_add(step_slow, first));
                    turn.mul_add(
                        along_fast + (along_slow + self.turned[axis]),
                        along_fast + along_slow,
                    )
                })
            }
            Layout::Curved => {
                let offset = three!(i => load(simd, &scratch.offsets[i].0, vector));
                let rest = three!(axis => {
                    let [x, y, z] = self.cell[axis];
                    let sum = z.mul_add(offset[2], self.fine[axis]);
                    x.mul_add(offset[0], y.mul_add(offset[1], sum))
                });
                let nearest = three!(axis => (rest[axis] + self.coarse[axis]).round(simd));
                let delta = three!(axis => rest[axis] + (self.coarse[axis] - nearest[axis]));
                return [delta, nearest];
            }
        };
        let nearest = three!(axis => index[axis].round(simd));
        [three!(axis => index[axis] - nearest[axis]), nearest]
    }
}

/// Puts a vector into a column.
#[inline(always)]
pub(crate) fn store<S: Simd>(column: &mut [f32], vector: usize, value: F<S>) {
    F::<S>::vectors_mut(column)[vector] = value.raw();
}

/// A vector of a column.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, column: &[f32], vector: usize) -> F<S> {
    F::from_raw(simd, F::<S>::vectors(column)[vector])
}

/// Takes over into single precision by how much pixels are nearer than the middle of their tile.
pub(crate) fn turn(scratch: &mut Scratch) {
    let lanes = scratch.lanes();
    for (turn, ratio) in scratch.turn.0.iter_mut().zip(&scratch.ratio.0).take(lanes) {
        *turn = (*ratio - 1.0) as f32;
    }
}

/// Counts the scattering vectors of a tile of a curved detector from its centre, in single
/// precision.
pub(crate) struct Centre<'a> {
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) centre: [f64; 3],
}

impl WithSimd for Centre<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Centre { scratch, centre } = self;
        scratch.centre = centre;
        let lanes = scratch.lanes();
        for i in 0..3 {
            let from = &scratch.scattering[i].0[..lanes];
            let to = &mut scratch.offsets[i].0[..lanes];
            let mut most = [0f32; 16];
            for (to, from) in to.chunks_exact_mut(16).zip(from.chunks_exact(16)) {
                for lane in 0..16 {
                    let offset = (from[lane] - centre[i]) as f32;
                    to[lane] = offset;
                    most[lane] = if offset.abs() > most[lane] { offset.abs() } else { most[lane] };
                }
            }
            scratch.extent[i] = f64::from(most.into_iter().fold(0.0, f32::max)) * 1.000001;
        }
    }
}

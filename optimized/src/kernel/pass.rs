//! The innermost loops: orientations outside, the pixels of a tile inside.
//!
//! One pass adds the terms of a list of orientations for one source at one sub-pixel of all pixels
//! of a tile. The direct cell stays in registers, the pixels stream from the first-level cache.

mod record;

use pulp::{Simd, WithSimd};

use super::factor::Factor;
use super::geometry::dot;
use super::lattice::{Lattice, term};
use super::plane::{Layout, Line};
use super::scratch::{EDGE, Scratch};
use super::window::{Reach, Window, WindowOn};
use crate::exact;
use crate::lanes::{Doubles, Lanes, three};
use crate::plan::Plan;
use crate::plan::orientations::Orientation;

pub(super) use record::{Note, Noted};

type D<S> = Doubles<S>;

/// A pass over a tile.
pub(crate) struct Pass<'a, L, F> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) lattice: L,
    pub(crate) factor: F,
    pub(crate) orientations: &'a [Orientation],
    pub(crate) scratch: &'a mut Scratch,
    /// Layer, sub-pixel and source.
    pub(crate) layer: usize,
    pub(crate) sub: [usize; 2],
    pub(crate) source: usize,
    /// Whether all is done by the C program's own expressions.
    pub(crate) exactly: bool,
}

/// A vector of lanes at one orientation.
#[derive(Clone, Copy)]
struct At<S: Simd> {
    index: [D<S>; 3],
    nearest: [D<S>; 3],
}

impl<S: Simd> At<S> {
    #[inline(always)]
    fn delta(&self) -> [D<S>; 3] {
        three!(axis => self.index[axis] - self.nearest[axis])
    }
}

/// An orientation as the indices of lanes are made of it.
#[derive(Clone, Copy)]
struct Cell<S: Simd> {
    layout: Layout,
    /// For each axis, where each lane is on its own: `first`, `fast` and `slow` of its [`Line`]; on
    /// a curved detector the vector of the direct cell.
    vectors: [[D<S>; 3]; 3],
    /// What the coordinates start from.
    start: [D<S>; 2],
    base: [D<S>; 3],
}

/// What one evaluation of a vector of lanes gives.
#[derive(Clone, Copy)]
struct Term<S: Simd> {
    /// |F_cell|² |F_latt|².
    value: D<S>,
    /// 1 where F_latt is not 0.
    alive: D<S>,
    /// 1 where the index is out of the range of the interpolation.
    outside: D<S>,
}

/// What a term is made of, once it is decided.
#[derive(Clone, Copy)]
struct Decided<S: Simd> {
    at: At<S>,
    /// |F_latt|², up to the constant that the plan leaves out.
    lattice: D<S>,
    /// |F_cell|², or 1 where the plan's gain has it.
    cell: D<S>,
    term: Term<S>,
}

impl<L: Lattice, F: Factor> WithSimd for Pass<'_, L, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let ready = self.lattice.ready::<D<S>>(simd);
        self.scratch.held.clear();
        for number in 0..self.orientations.len() {
            if self.plan.running {
                self.multiply(simd, &ready, number);
                continue;
            }
            if self.exactly {
                self.add_exactly(simd, number);
                continue;
            }
            let lines = self.lines(number);
            let window = if F::NEAREST {
                let reach = match (&lines, &self.scratch.plane) {
                    (Some(lines), Some(plane)) => Reach::of(lines, plane.turn),
                    _ => Reach::new(&self.orientations[number], self.scratch),
                };
                let guard = self.plan.index_guard;
                let window = self.factor.window(&reach, guard, &mut self.scratch.held);
                window.map(|window| (window, reach))
            } else {
                None
            };
            let cell = self.cell(simd, number, &lines);
            let close = match window {
                Some((window, reach)) => self.add_around(simd, &ready, &cell, &window, &reach),
                None => self.add(simd, &ready, &cell),
            };
            if close {
                simd.vectorize(Mend { pass: &mut self, number });
            }
        }
    }
}

/// [`Pass::mend`] as a call of its own, so that the loop around it stays small.
struct Mend<'a, 'p, L, F> {
    pass: &'a mut Pass<'p, L, F>,
    number: usize,
}

impl<L: Lattice, F: Factor> WithSimd for Mend<'_, '_, L, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.pass.mend(simd, self.number);
    }
}

impl<L: Lattice, F: Factor> Pass<'_, L, F> {
    /// Whether lanes at half an index have to choose their side as the C program does.
    const SIDED: bool = F::NEAREST || L::SIDED;

    /// Adds the terms of an orientation. Whether some lane is close to a decision.
    #[inline(always)]
    fn add<S: Simd>(&mut self, simd: S, ready: &L::Ready<D<S>>, cell: &Cell<S>) -> bool {
        let mut distance = D::splat(simd, 0.0);
        let (mut margin, mut limit) = (D::splat(simd, 1e300), D::splat(simd, 1.0));
        for vector in 0..self.scratch.lanes() / D::<S>::COUNT {
            let at = self.at(simd, cell, vector);
            if Self::SIDED {
                distance = distance.max(farthest(at.delta()));
            }
            if L::GUARDED {
                margin = margin.min(self.lattice.margin(simd, ready, at.delta()));
            }
            if F::LIMITED {
                limit = limit.min(self.factor.margin(simd, at.index));
            }
            let term = self.term(simd, ready, at);
            let sum = load(simd, &self.scratch.intensity.0, vector);
            let sum = self.added(simd, vector, term.value, sum);
            store(&mut self.scratch.intensity.0, vector, sum);
            if F::LIMITED {
                self.count(simd, vector, &term, 1.0);
            }
        }
        let guard = D::splat(simd, self.plan.index_guard);
        let limits = D::splat(simd, self.lattice.limit::<D<S>>());
        (Self::SIDED && guard.any(self.edge(simd).less(distance)))
            || (L::GUARDED && guard.any(margin.less(limits)))
            || (F::LIMITED && guard.any(limit.less(guard)))
    }

    /// The same where the structure factors around the tile are at hand.
    #[inline(always)]
    fn add_around<S: Simd>(
        &mut self,
        simd: S,
        ready: &L::Ready<D<S>>,
        cell: &Cell<S>,
        window: &Window,
        reach: &Reach,
    ) -> bool {
        let on = WindowOn::<D<S>>::new(simd, &window.absolute(reach));
        let mut distance = D::splat(simd, 0.0);
        let mut margin = D::splat(simd, 1e300);
        for vector in 0..self.scratch.lanes() / D::<S>::COUNT {
            let at = self.at(simd, cell, vector);
            let delta = at.delta();
            distance = distance.max(farthest(delta));
            if L::GUARDED {
                margin = margin.min(self.lattice.margin(simd, ready, delta));
            }
            let values = (window, &on, &self.scratch.held.doubles);
            let factor = self.factor.around(simd, values, delta, at.nearest);
            let lattice = self.lattice.squared(simd, ready, delta);
            let value = term::<D<S>, L>(simd, lattice, factor, self.factor.skips(self.plan));
            let sum = load(simd, &self.scratch.intensity.0, vector);
            let sum = self.added(simd, vector, value, sum);
            store(&mut self.scratch.intensity.0, vector, sum);
        }
        let limit = D::splat(simd, self.lattice.limit::<D<S>>());
        distance.any(self.edge(simd).less(distance))
            || (L::GUARDED && limit.any(margin.less(limit)))
    }

    /// Puts right what [`Pass::add`] has added for lanes that are close to a decision.
    #[inline(always)]
    fn mend<S: Simd>(&mut self, simd: S, number: usize) {
        let cell = self.cell(simd, number, &self.lines(number));
        let ready = self.lattice.ready::<D<S>>(simd);
        for vector in 0..self.scratch.lanes() / D::<S>::COUNT {
            let at = self.at(simd, &cell, vector);
            let added = self.term(simd, &ready, at);
            let decided = self.decided(simd, &ready, [number, vector], at).term;
            let sum = load(simd, &self.scratch.intensity.0, vector);
            let sum = self.added(simd, vector, decided.value - added.value, sum);
            store(&mut self.scratch.intensity.0, vector, sum);
            if F::LIMITED {
                self.count(simd, vector, &added, -1.0);
                self.count(simd, vector, &decided, 1.0);
            }
        }
    }

    /// The sum of a vector of lanes with a term added.
    #[inline(always)]
    fn added<S: Simd>(&self, simd: S, vector: usize, value: D<S>, sum: D<S>) -> D<S> {
        let weight = load(simd, &self.scratch.weight.0, vector);
        let next = value.mul_add(weight, sum);
        if !self.plan.culls {
            return next;
        }
        // What is culled is not looked at: it may be infinite.
        let culled = load(simd, &self.scratch.culled.0, vector);
        sum.select(D::splat(simd, 0.0).less(culled), next)
    }

    /// [`Pass::add`] by the C program's own expressions.
    fn add_exactly<S: Simd>(&mut self, simd: S, number: usize) {
        for vector in 0..self.scratch.lanes() / D::<S>::COUNT {
            let term = self.term_exactly(simd, [number, vector]);
            let sum = load(simd, &self.scratch.intensity.0, vector);
            let sum = self.added(simd, vector, term.value, sum);
            store(&mut self.scratch.intensity.0, vector, sum);
            if F::LIMITED {
                self.count(simd, vector, &term, 1.0);
            }
        }
    }

    /// [`Pass::term`] by the C program's own expressions.
    fn term_exactly<S: Simd>(&mut self, simd: S, [number, vector]: [usize; 2]) -> Term<S> {
        let zero = D::splat(simd, 0.0);
        let mut term = Term { value: zero, alive: zero, outside: zero };
        let (plan, factor) = (self.plan, self.factor);
        let gain = plan.lattice_gain(true);
        let all = [1.0; 16];
        self.decide(&all[..D::<S>::COUNT], number, vector * D::<S>::COUNT, |lane, exact| {
            let lattice = exact.f_latt * exact.f_latt / gain;
            let alive = exact.f_latt != 0.0;
            let [cell, outside] = factor.exactly(plan, &exact);
            // Where the water does not count, the C program leaves terms that are 0 out (C:2868).
            let value = if plan.skips && !alive { 0.0 } else { lattice * cell };
            term.value.elements_mut()[lane] = value;
            term.alive.elements_mut()[lane] = f64::from(u8::from(alive));
            term.outside.elements_mut()[lane] = outside;
        });
        term
    }

    /// Adds the terms of an orientation to sums that are multiplied behind each (C:2960-2975).
    #[inline(always)]
    fn multiply<S: Simd>(&mut self, simd: S, ready: &L::Ready<D<S>>, number: usize) {
        let cell = self.cell(simd, number, &self.lines(number));
        for vector in 0..self.scratch.lanes() / D::<S>::COUNT {
            let at = self.at(simd, &cell, vector);
            let term = if self.exactly {
                self.term_exactly(simd, [number, vector])
            } else {
                self.decided(simd, ready, [number, vector], at).term
            };
            let sum = load(simd, &self.scratch.intensity.0, vector);
            let multiplier = load(simd, &self.scratch.multiplier.0, vector);
            let next = self.added(simd, vector, term.value, sum) * multiplier;
            let dead = term.alive.equals(D::splat(simd, 0.0));
            let next = if self.plan.skips { sum.select(dead, next) } else { next };
            store(&mut self.scratch.intensity.0, vector, next);
            if F::LIMITED {
                self.count(simd, vector, &term, 1.0);
            }
        }
    }

    #[inline(always)]
    fn lines(&self, number: usize) -> Option<[Line; 3]> {
        self.scratch.plane.as_ref().map(|plane| plane.lines(&self.orientations[number]))
    }

    /// An orientation, whose steps go to the scratch.
    #[inline(always)]
    fn cell<S: Simd>(&mut self, simd: S, number: usize, lines: &Option<[Line; 3]>) -> Cell<S> {
        let zero = D::splat(simd, 0.0);
        let layout = Layout::of(self.scratch);
        let (mut vectors, mut start, mut base) = ([[zero; 3]; 3], [zero; 2], [zero; 3]);
        match (lines, &self.scratch.plane) {
            (Some(lines), Some(plane)) => {
                base = three!(axis => D::splat(simd, lines[axis].base));
                if layout == Layout::Rows {
                    self.scratch.steps.set(simd, lines);
                } else {
                    start = plane.start.map(|start| D::splat(simd, start));
                    vectors = three!(axis => {
                        let Line { first, fast, slow, .. } = lines[axis];
                        [D::splat(simd, first), D::splat(simd, fast), D::splat(simd, slow)]
                    });
                }
            }
            _ => {
                let cell = &self.orientations[number];
                vectors = three!(axis => three!(i => D::broadcast(simd, cell[axis][i])));
            }
        }
        Cell { layout, vectors, start, base }
    }

    /// The indices of a vector of lanes.
    ///
    /// Those of the lanes of a flat detector are the same bits in both layouts.
    #[inline(always)]
    fn at<S: Simd>(&self, simd: S, cell: &Cell<S>, vector: usize) -> At<S> {
        let scratch = &*self.scratch;
        let index = match cell.layout {
            Layout::Rows => {
                let steps = &scratch.steps;
                let ratio = load(simd, &scratch.ratio.0, vector);
                let (row, part) = (vector * D::<S>::COUNT / EDGE, vector % (EDGE / D::<S>::COUNT));
                three!(axis => {
                    let fast = D::from_raw(simd, D::<S>::vectors(&steps.fast[axis])[part]);
                    let slow = D::broadcast(simd, steps.slow[axis][row % EDGE]);
                    (fast + slow).mul_add(ratio, cell.base[axis])
                })
            }
            Layout::Lanes => {
                let ratio = load(simd, &scratch.ratio.0, vector);
                let fast = load(simd, &scratch.coordinates[0].0, vector) + cell.start[0];
                let slow = load(simd, &scratch.coordinates[1].0, vector) + cell.start[1];
                three!(axis => {
                    let [first, step_fast, step_slow] = cell.vectors[axis];
                    let sum = fast * step_fast + slow.mul_add(step_slow, first);
                    sum.mul_add(ratio, cell.base[axis])
                })
            }
            Layout::Curved => {
                let scattering = three!(i => load(simd, &scratch.scattering[i].0, vector));
                three!(axis => dot(cell.vectors[axis], scattering))
            }
        };
        At { index, nearest: three!(axis => index[axis].round(simd)) }
    }

    /// [`edge`] in all lanes.
    #[inline(always)]
    fn edge<S: Simd>(&self, simd: S) -> D<S> {
        D::splat(simd, edge(self.plan))
    }

    #[inline(always)]
    fn term<S: Simd>(&self, simd: S, ready: &L::Ready<D<S>>, at: At<S>) -> Term<S> {
        let lattice = self.lattice.squared(simd, ready, at.delta());
        let alive = self.lattice.alive(simd, ready, at.delta(), lattice);
        let [cell, outside] = self.factor.squared(simd, at.index, at.nearest);
        Term {
            value: term::<D<S>, L>(simd, lattice, cell, self.factor.skips(self.plan)),
            alive,
            outside,
        }
    }

    /// The same, with lanes that are close to a decision taken by the C program's expressions.
    #[inline(always)]
    fn decided<S: Simd>(
        &mut self,
        simd: S,
        ready: &L::Ready<D<S>>,
        [number, vector]: [usize; 2],
        mut at: At<S>,
    ) -> Decided<S> {
        let (zero, one) = (D::splat(simd, 0.0), D::splat(simd, 1.0));
        // Where the structure factor is looked up, which its range may move.
        let mut place = at.index;
        if Self::SIDED || F::LIMITED {
            let guard = D::splat(simd, self.plan.index_guard);
            let mut close = self.edge(simd).less(farthest(at.delta()));
            if F::LIMITED {
                close = guard.either(close, self.factor.margin(simd, at.index).less(guard));
            }
            if guard.any(close) {
                let flags = one.select(close, zero);
                let (plan, factor) = (self.plan, self.factor);
                self.decide(flags.elements(), number, vector * D::<S>::COUNT, |lane, exact| {
                    let mut index = exact.index;
                    if F::LIMITED {
                        factor.settle(&mut index, exact::interpolates(plan, &exact.index));
                    }
                    for axis in 0..3 {
                        at.index[axis].elements_mut()[lane] = exact.index[axis];
                        place[axis].elements_mut()[lane] = index[axis];
                        at.nearest[axis].elements_mut()[lane] = exact.nearest[axis];
                    }
                });
            }
        }
        let mut lattice = self.lattice.squared(simd, ready, at.delta());
        let mut alive = self.lattice.alive(simd, ready, at.delta(), lattice);
        if L::GUARDED {
            let limit = D::splat(simd, self.lattice.limit::<D<S>>());
            let fragile = self.lattice.margin(simd, ready, at.delta()).less(limit);
            if limit.any(fragile) {
                let flags = self.confirmed(simd, fragile, at.delta(), at.nearest);
                let gain = self.plan.lattice_gain(true);
                self.decide(flags.elements(), number, vector * D::<S>::COUNT, |lane, exact| {
                    lattice.elements_mut()[lane] = exact.f_latt * exact.f_latt / gain;
                    alive.elements_mut()[lane] = f64::from(u8::from(exact.f_latt != 0.0));
                });
            }
        }
        let [cell, outside] = self.factor.squared(simd, place, at.nearest);
        let value = term::<D<S>, L>(simd, lattice, cell, self.factor.skips(self.plan));
        Decided { at, lattice, cell, term: Term { value, alive, outside } }
    }

    /// Which of the lanes that may show the C program's rounding do, as 1 and 0.
    #[inline(always)]
    fn confirmed<S: Simd>(
        &self,
        simd: S,
        fragile: <D<S> as Lanes>::Mask,
        delta: [D<S>; 3],
        nearest: [D<S>; 3],
    ) -> D<S> {
        let mut flags = D::splat(simd, 1.0).select(fragile, D::splat(simd, 0.0));
        for lane in 0..D::<S>::COUNT {
            let delta = three!(axis => delta[axis].elements()[lane]);
            let nearest = three!(axis => nearest[axis].elements()[lane]);
            if flags.elements()[lane] != 0.0 && !self.lattice.confirm(delta, nearest) {
                flags.elements_mut()[lane] = 0.0;
            }
        }
        flags
    }

    /// Takes the flagged lanes by the C program's own expressions.
    #[cold]
    #[inline(never)]
    fn decide(
        &mut self,
        flags: &[f64],
        number: usize,
        first: usize,
        mut take: impl FnMut(usize, exact::Evaluation),
    ) {
        for (lane, _) in flags.iter().enumerate().filter(|(_, flag)| **flag != 0.0) {
            let place = self.scratch.place(first + lane, self.layer, self.sub);
            let orientation = &self.orientations[number];
            take(lane, exact::evaluate(self.plan, place, self.source, orientation));
            self.scratch.guarded += 1;
        }
    }

    /// Counts the evaluations out of the range of the interpolation, or takes them back.
    #[inline(always)]
    fn count<S: Simd>(&mut self, simd: S, vector: usize, term: &Term<S>, sign: f64) {
        let zero = D::splat(simd, 0.0);
        if !zero.any(zero.less(term.outside)) {
            return;
        }
        let scratch = &mut *self.scratch;
        let outside = if self.plan.skips { term.outside * term.alive } else { term.outside };
        let culled = load(simd, &scratch.culled.0, vector);
        let counted = load(simd, &scratch.out_of_range.0, vector);
        let outside = zero.select(zero.less(culled), outside) * D::splat(simd, sign);
        store(&mut scratch.out_of_range.0, vector, counted + outside);
    }
}

/// The square of the largest distance from a lattice point along an axis.
#[inline(always)]
pub(super) fn farthest<L: Lanes>(delta: [L; 3]) -> L {
    delta[0].square().max(delta[1].square()).max(delta[2].square())
}

/// The square of a distance from a lattice point beyond which it may not be the nearest.
pub(super) fn edge(plan: &Plan<'_>) -> f64 {
    (0.5 - plan.index_guard).powi(2)
}

/// A vector of a column.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, column: &[f64], vector: usize) -> D<S> {
    D::from_raw(simd, D::<S>::vectors(column)[vector])
}

/// Puts a vector into a column.
#[inline(always)]
pub(crate) fn store<S: Simd>(column: &mut [f64], vector: usize, value: D<S>) {
    D::<S>::vectors_mut(column)[vector] = value.raw();
}

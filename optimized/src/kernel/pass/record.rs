//! What the pass makes of one lane at an orientation, for the trace of a pixel.
//!
//! The functions are those of the pass itself, on the same columns, and so are the bits: the sum that
//! the pass leaves behind is the sum before and what is noted here.

use pulp::{Simd, WithSimd};

use super::{At, D, Decided, Pass, farthest};
use crate::exact;
use crate::kernel::factor::Factor;
use crate::kernel::lattice::{Lattice, term};
use crate::kernel::window::{Reach, WindowOn};
use crate::lanes::{Lanes, three};

/// Notes what a pass over one orientation makes of a lane; it is noted before the pass is done.
pub(in crate::kernel) struct Note<'p, L, F> {
    pub(in crate::kernel) pass: Pass<'p, L, F>,
    pub(in crate::kernel) lane: usize,
}

/// What was noted.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernel) struct Noted {
    pub(in crate::kernel) index: [f64; 3],
    pub(in crate::kernel) nearest: [f64; 3],
    pub(in crate::kernel) guarded: bool,
    /// |F_latt|², up to the constant that the plan leaves out.
    pub(in crate::kernel) lattice: f64,
    pub(in crate::kernel) alive: bool,
    /// |F_cell|², or 1 where the plan's gain has it.
    pub(in crate::kernel) cell: f64,
    pub(in crate::kernel) interpolated: bool,
    pub(in crate::kernel) value: f64,
    /// What was added at first, and what of it was taken back, where the value was put right.
    pub(in crate::kernel) mended: Option<[f64; 2]>,
}

impl<L: Lattice, F: Factor> WithSimd for Note<'_, L, F> {
    type Output = Noted;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Noted {
        let Note { mut pass, lane } = self;
        // Nothing but the pass itself counts.
        let guarded = pass.scratch.guarded;
        let noted = if pass.exactly { pass.note_exactly(lane) } else { pass.note(simd, lane) };
        pass.scratch.guarded = guarded;
        noted
    }
}

impl<L: Lattice, F: Factor> Pass<'_, L, F> {
    #[inline(always)]
    fn note<S: Simd>(&mut self, simd: S, lane: usize) -> Noted {
        let ready = self.lattice.ready::<D<S>>(simd);
        let (vector, place) = (lane / D::<S>::COUNT, lane % D::<S>::COUNT);
        let cell = self.cell(simd, 0, &self.lines(0));
        let at = self.at(simd, &cell, vector);
        let guarded = self.asks(simd, &ready, at, place);
        let decided = self.decided(simd, &ready, [0, vector], at);
        let of = |value: D<S>| value.elements()[place];
        let Decided { at: here, lattice, cell, term } = decided;
        let mut noted = Noted {
            index: three!(axis => of(here.index[axis])),
            nearest: three!(axis => of(here.nearest[axis])),
            guarded,
            lattice: of(lattice),
            alive: of(term.alive) != 0.0,
            cell: of(cell),
            interpolated: F::LIMITED && of(term.outside) == 0.0,
            value: of(term.value),
            mended: None,
        };
        // A sum that is multiplied behind each term has none put right.
        if !self.plan.running {
            let added = of(self.term(simd, &ready, at).value);
            let [first_cell, first] = self.first(simd, &ready, at).map(of);
            if added == noted.value || (added.is_nan() && noted.value.is_nan()) {
                (noted.cell, noted.value) = (first_cell, first);
            } else {
                noted.mended = Some([first, added]);
            }
        }
        noted
    }

    /// |F_cell|² and the value that are added at first.
    #[inline(always)]
    fn first<S: Simd>(&mut self, simd: S, ready: &L::Ready<D<S>>, at: At<S>) -> [D<S>; 2] {
        let delta = at.delta();
        let reach = Reach::new(&self.orientations[0], self.scratch);
        self.scratch.held.clear();
        let window = if F::NEAREST {
            self.factor.window(&reach, self.plan.index_guard, &mut self.scratch.held)
        } else {
            None
        };
        let cell = match &window {
            Some(window) => {
                let on = WindowOn::<D<S>>::new(simd, &window.absolute(&reach));
                let values = (window, &on, &self.scratch.held.doubles);
                self.factor.around(simd, values, delta, at.nearest)
            }
            None => self.factor.squared(simd, at.index, at.nearest)[0],
        };
        let lattice = self.lattice.squared(simd, ready, delta);
        [cell, term::<D<S>, L>(simd, lattice, cell, self.factor.skips(self.plan))]
    }

    /// Whether a lane is so close to a decision that the C program's expressions are asked.
    #[inline(always)]
    fn asks<S: Simd>(&self, simd: S, ready: &L::Ready<D<S>>, at: At<S>, place: usize) -> bool {
        let of = |value: D<S>| value.elements()[place];
        let (delta, guard) = (at.delta(), self.plan.index_guard);
        let sided = Self::SIDED && of(farthest(delta)) > of(self.edge(simd));
        let limited = F::LIMITED && of(self.factor.margin(simd, at.index)) < guard;
        let fragile = L::GUARDED
            && of(self.lattice.margin(simd, ready, delta)) < self.lattice.limit::<D<S>>()
            && self
                .lattice
                .confirm(three!(axis => of(delta[axis])), three!(axis => of(at.nearest[axis])));
        sided || limited || fragile
    }

    /// The same where all is done by the C program's own expressions.
    fn note_exactly(&self, lane: usize) -> Noted {
        let place = self.scratch.place(lane, self.layer, self.sub);
        let found = exact::evaluate(self.plan, place, self.source, &self.orientations[0]);
        let gain = self.plan.lattice_gain(true);
        let lattice = found.f_latt * found.f_latt / gain;
        let alive = found.f_latt != 0.0;
        let [cell, outside] = self.factor.exactly(self.plan, &found);
        Noted {
            index: found.index,
            nearest: found.nearest,
            guarded: true,
            lattice,
            alive,
            cell,
            interpolated: F::LIMITED && outside == 0.0,
            value: if self.plan.skips && !alive { 0.0 } else { lattice * cell },
            mended: None,
        }
    }
}

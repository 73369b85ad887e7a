//! What the pass in single precision makes of one lane at an orientation, for the trace of a pixel.

use pulp::{Simd, WithSimd};

use super::{Around, F, Near, OffsetPass};
use crate::kernel::factor::Factor;
use crate::kernel::lattice::{Lattice, term};
use crate::kernel::window::{Window, WindowOn};
use crate::lanes::{Lanes, three};

/// Where the steps of a lane go.
pub(in crate::kernel) struct Steps<'a> {
    pub(in crate::kernel) lane: usize,
    pub(in crate::kernel) noted: &'a mut Vec<Noted>,
}

/// What was noted; numbers are as they are in single precision, unless it is said.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernel) struct Noted {
    /// The number of the orientation within the pass.
    pub(in crate::kernel) number: usize,
    /// Nearest integers.
    pub(in crate::kernel) nearest: [f64; 3],
    /// Distances from them.
    pub(in crate::kernel) delta: [f64; 3],
    pub(in crate::kernel) guarded: bool,
    pub(in crate::kernel) lattice: f64,
    /// |F_cell|², or 1 where the plan's gain has it.
    pub(in crate::kernel) cell: f64,
    pub(in crate::kernel) value: f64,
    /// The sum of the block up to this orientation.
    pub(in crate::kernel) block_sum: f64,
}

/// Notes an orientation behind the pass over it.
pub(super) struct Note<'a, 'p, L, T> {
    pub(super) pass: &'a mut OffsetPass<'p, L, T>,
    pub(super) number: usize,
    pub(super) near: &'a Near,
    pub(super) window: &'a Window,
}

impl<L: Lattice, T: Factor> WithSimd for Note<'_, '_, L, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Note { pass, number, near, window } = self;
        let Some(lane) = pass.steps.as_ref().map(|steps| steps.lane) else { return };
        let (vector, place) = (lane / F::<S>::COUNT, lane % F::<S>::COUNT);
        let around = Around::new(simd, near, pass.scratch);
        let on = WindowOn::<F<S>>::new(simd, window);
        let lattice = pass.lattice.within(near.error);
        let ready = lattice.ready::<F<S>>(simd);
        // Nothing but the pass itself counts.
        let guarded = pass.scratch.guarded;
        let decided = pass.decided(simd, (&ready, &around, lattice), number, near, vector);
        pass.scratch.guarded = guarded;
        let [plain, _] = around.at(simd, pass.scratch, vector);
        let values = (window, &on, &pass.scratch.held.singles);
        let cell = pass.factor.around(simd, values, decided.delta, decided.nearest);
        let value = term::<F<S>, L>(simd, decided.squared, cell, pass.factor.skips(pass.plan));
        let of = |value: F<S>| f64::from(value.elements()[place]);
        let centre = &near.reach.nearest;
        let noted = Noted {
            number,
            nearest: three!(axis => of(decided.nearest[axis]) + centre[axis]),
            delta: three!(axis => of(decided.delta[axis])),
            guarded: of(lattice.squared(simd, &ready, plain)) != of(decided.squared)
                || (0..3).any(|axis| of(plain[axis]) != of(decided.delta[axis])),
            lattice: of(decided.squared),
            cell: of(cell),
            value: of(value),
            block_sum: f64::from(pass.scratch.single_sum.0[lane]),
        };
        if let Some(steps) = &mut pass.steps {
            steps.noted.push(noted);
        }
    }
}

//! One vector of pixels in double precision.

use pulp::Simd;

use super::tile::{Tile, Whole};
use crate::kernel::lattice::{Lattice, term};
use crate::kernel::middle::inverse_root;
use crate::kernel::pass::{edge, farthest};
use crate::kernel::simple::DARK;
use crate::lanes::{Doubles, Lanes, three};
use crate::plan::Plan;

type D<S> = Doubles<S>;

/// What all pixels of a tile have in common.
pub(super) struct Terms<'a, S: Simd, L: Lattice> {
    plan: &'a Plan<'a>,
    lattice: L,
    ready: L::Ready<D<S>>,
    base: [D<S>; 3],
    /// Solid angle of the middle of the tile at work.
    whole: D<S>,
    point: bool,
    pub(super) polarized: bool,
    weight: D<S>,
    background: D<S>,
    scale: D<S>,
    extremes: Extremes<S>,
}

/// How near the pixels were to what the C program's rounding decides.
struct Extremes<S: Simd> {
    darkest: D<S>,
    distance: D<S>,
    margin: D<S>,
}

/// A vector of pixels, and their solid angles.
pub(super) struct Photons<S: Simd> {
    pub(super) pixel: D<S>,
    pub(super) solid: D<S>,
}

impl<'a, S: Simd, L: Lattice> Terms<'a, S, L> {
    #[inline(always)]
    pub(super) fn new(simd: S, whole: Whole<'a>, lattice: L) -> Terms<'a, S, L> {
        let Whole { plan, scale, .. } = whole;
        let zero = D::splat(simd, 0.0);
        Terms {
            plan,
            lattice,
            ready: lattice.ready::<D<S>>(simd),
            base: [zero; 3],
            whole: zero,
            point: plan.experiment.detector.point_pixel,
            polarized: !plan.experiment.beam.nopolar,
            weight: D::splat(simd, plan.weight()),
            background: D::splat(simd, plan.background_in_sum()),
            scale: D::splat(simd, scale),
            extremes: Extremes { darkest: zero, distance: zero, margin: zero },
        }
    }

    /// Begins with the pixels of a tile.
    #[inline(always)]
    pub(super) fn begin(&mut self, simd: S, tile: &Tile) {
        self.base = three!(axis => D::splat(simd, tile.lines[axis].base));
        self.whole = D::splat(simd, tile.solid_angle);
        self.extremes = Extremes {
            darkest: D::splat(simd, 1.0),
            distance: D::splat(simd, 0.0),
            margin: D::splat(simd, 1e300),
        };
    }

    /// Pixels with some |r|²/|R|² − 1, polarization factor times |r|²/|R|² less one half, and indices
    /// less the base over |R|/|r|.
    #[inline(always)]
    pub(super) fn at(
        &mut self,
        simd: S,
        change: D<S>,
        polarization: D<S>,
        index: [D<S>; 3],
    ) -> Photons<S> {
        let (zero, one, half) = (D::splat(simd, 0.0), D::splat(simd, 1.0), D::splat(simd, 0.5));
        let Extremes { darkest, distance, margin } = &mut self.extremes;
        let ratio = inverse_root(simd, change);
        let square = ratio.square();
        let solid = self.whole * if self.point { square } else { square * ratio };
        let mut polar = one;
        if self.polarized {
            polar = polarization.mul_add(square, half);
            *darkest = darkest.min(polar.abs());
        }
        let index = three!(axis => index[axis].mul_add(ratio, self.base[axis]));
        let delta = three!(axis => index[axis] - index[axis].round(simd));
        if L::SIDED {
            *distance = distance.max(farthest(delta));
        }
        if L::GUARDED {
            *margin = margin.min(self.lattice.margin(simd, &self.ready, delta));
        }
        let squared = self.lattice.squared(simd, &self.ready, delta);
        let value = term::<D<S>, L>(simd, squared, one, false);
        let sum = value.mul_add(self.weight, self.background);
        // Added to a zero, as in the C program: a negative zero does not stay one.
        let pixel = (zero + sum * polar * solid * self.scale).to_single();
        Photons { pixel, solid }
    }

    /// Whether some pixel so far is one that the C program's rounding decides.
    #[inline(always)]
    pub(super) fn decided(&self, simd: S) -> bool {
        let Extremes { darkest, distance, margin } = &self.extremes;
        let limit = D::splat(simd, self.lattice.limit::<D<S>>());
        let edge = D::splat(simd, edge(self.plan));
        darkest.any(darkest.less(D::splat(simd, DARK)))
            || (L::SIDED && edge.any(edge.less(*distance)))
            || (L::GUARDED && margin.any(margin.less(limit)))
    }
}

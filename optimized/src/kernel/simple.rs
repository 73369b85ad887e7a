//! What [`super::geometry`] and [`super::beam`] do, for the experiments that most are: a flat
//! detector that captures all photons at its surface, no limit of the resolution, solid angle and
//! polarization of the first sub-pixel and source. Nothing is decided here but once for a tile.

use pulp::{Simd, WithSimd};

use super::middle::inverse_root;
use super::pass::{load, store};
use super::scratch::Scratch;
use crate::lanes::{Doubles, Lanes, three};
use crate::plan::Plan;

type D<S> = Doubles<S>;

/// Below this polarization factor the C program's rounding decides whether it counts as known.
pub(crate) const DARK: f64 = 1e-12;

/// What of a sub-pixel is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All, as for the first.
    First,
    /// All but what stays.
    Later,
    /// The distances.
    Distances,
}

/// The rays of a sub-pixel of a flat detector.
pub(crate) struct Simple<'a> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) part: Part,
}

impl WithSimd for Simple<'_> {
    /// Whether some pixel has a polarization factor so small that it has to be looked at.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        match self.part {
            Part::First => self.rays::<S, true>(simd),
            _ => self.rays::<S, false>(simd),
        }
    }
}

impl Simple<'_> {
    #[inline(always)]
    fn rays<S: Simd, const FIRST: bool>(self, simd: S) -> bool {
        let Simple { plan, scratch, part: wanted } = self;
        let Some(plane) = &scratch.plane else { return true };
        let detector = &plan.experiment.detector;
        let start = three!(axis => D::splat(simd, plane.start[axis.min(1)]));
        let length = plane.length.on::<D<S>>(simd);
        let polarization = plane.polarization(plan).on::<D<S>>(simd);
        let far = plane.middle.is_far();
        let polarized = !plan.experiment.beam.nopolar;
        let whole = D::splat(simd, plane.solid_angle(detector));
        let (one, half) = (D::splat(simd, 1.0), D::splat(simd, 0.5));
        let mut darkest = one;
        for vector in 0..scratch.lanes() / D::<S>::COUNT {
            let [fast, slow, _] = three!(axis => {
                load(simd, &scratch.coordinates[axis.min(1)].0, vector) + start[axis]
            });
            let ratio = if far {
                inverse_root(simd, length.change([fast, slow]))
            } else {
                one / length.at([fast, slow]).sqrt()
            };
            store(&mut scratch.ratio.0, vector, ratio);
            if FIRST {
                let square = ratio.square();
                let solid = whole * if detector.point_pixel { square } else { square * ratio };
                store(&mut scratch.omega.0, vector, solid);
                store(&mut scratch.omega_sum.0, vector, solid);
                let mut polar = one;
                if polarized {
                    polar = polarization.at([fast, slow]).mul_add(square, half);
                    darkest = darkest.min(polar.abs());
                }
                store(&mut scratch.polar.0, vector, polar);
            } else if wanted == Part::Later {
                let sum = load(simd, &scratch.omega_sum.0, vector);
                let omega = load(simd, &scratch.omega.0, vector);
                store(&mut scratch.omega_sum.0, vector, sum + omega);
            }
        }
        FIRST && darkest.any(darkest.less(D::splat(simd, DARK)))
    }
}

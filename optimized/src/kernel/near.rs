//! What [`super::simple`] does, in single precision.
//!
//! Of a pixel near the middle of its tile, |R|/|r| differs from 1 by g, a short series in q, and q
//! is a polynomial without a constant: nothing cancels, so that g is as exact, relative to itself,
//! as single precision is.

use pulp::{Simd, WithSimd};

use super::middle::inverse_root_less_one;
use super::offset::{load, store};
use super::plane::Plane;
use super::scratch::Scratch;
use crate::lanes::{Lanes, Singles, three};
use crate::plan::Plan;
use crate::plan::lattice::Uncertainty;

type F<S> = Singles<S>;

/// Below this polarization factor single precision is not good enough.
pub(super) const DARK: f64 = 3e-3;

/// The largest error of g, in roundings of the largest g: coefficients, sums and products of q are
/// four, its series five.
pub(crate) const ROUNDINGS: f64 = 10.0;

/// Amplitudes that are made more uncertain than this call for rays in double precision.
const MOST_DOUBT: f64 = 3e-6;

/// Whether rays in single precision are good enough for a tile.
pub(crate) fn suits(plan: &Plan<'_>, plane: &Plane) -> bool {
    plane.middle.is_far() && does(plane.turn, plan.largest_index, plan.lattice.uncertainty())
}

/// The same of a tile that the series reaches, whose |R|/|r| is away from 1 by `turn` at most: for
/// some largest index, and what errors of the distances make of F_latt.
#[inline(always)]
pub(super) fn does(turn: f64, largest_index: f64, uncertainty: Uncertainty) -> bool {
    let error = ROUNDINGS * 0.5 * f64::from(f32::EPSILON) * turn * largest_index;
    uncertainty.of(error) < MOST_DOUBT
}

/// Whether the series reaches all pixels of a tile.
pub(crate) fn reaches(plane: &Option<Plane>) -> bool {
    plane.as_ref().is_some_and(|plane| plane.middle.is_far())
}

/// Distances of the pixels of a tile of a flat detector, and what stays for a pixel where it is the first sub-pixel.
pub(crate) struct NearRays<'a> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) first: bool,
}

impl WithSimd for NearRays<'_> {
    /// Whether some pixel has so small a polarization factor that it has to be computed otherwise.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        if self.first { self.rays::<S, true>(simd) } else { self.rays::<S, false>(simd) }
    }
}

impl NearRays<'_> {
    #[inline(always)]
    fn rays<S: Simd, const FIRST: bool>(self, simd: S) -> bool {
        let NearRays { plan, scratch, .. } = self;
        let Some(plane) = &scratch.plane else { return true };
        let detector = &plan.experiment.detector;
        let start = three!(axis => F::splat(simd, plane.start[axis.min(1)]));
        let length = plane.length.on::<F<S>>(simd);
        let polarization = plane.polarization(plan).on::<F<S>>(simd);
        let whole = plane.solid_angle(detector);
        let (one, half) = (F::splat(simd, 1.0), F::splat(simd, 0.5));
        let mut darkest = one;
        for vector in 0..scratch.lanes() / F::<S>::COUNT {
            let [fast, slow, _] = three!(axis => {
                load(simd, &scratch.single_coordinates[axis.min(1)].0, vector) + start[axis]
            });
            let turn = inverse_root_less_one(simd, length.change([fast, slow]));
            store(&mut scratch.turn.0, vector, turn);
            if FIRST {
                let ratio = one + turn;
                let square = ratio.square();
                let solid = if detector.point_pixel { square } else { square * ratio };
                store(&mut scratch.single_omega.0, vector, solid);
                let mut polar = one;
                if !plan.experiment.beam.nopolar {
                    polar = polarization.at([fast, slow]).mul_add(square, half);
                    darkest = darkest.min(polar.abs());
                }
                store(&mut scratch.single_polar.0, vector, polar);
            }
        }
        let lanes = scratch.lanes();
        if !FIRST {
            for lane in 0..lanes {
                scratch.omega_sum.0[lane] += scratch.omega.0[lane];
            }
            return false;
        }
        for lane in 0..lanes {
            let omega = whole * f64::from(scratch.single_omega.0[lane]);
            scratch.omega.0[lane] = omega;
            scratch.omega_sum.0[lane] = omega;
            scratch.polar.0[lane] = f64::from(scratch.single_polar.0[lane]);
        }
        darkest.any(darkest.less(F::splat(simd, DARK)))
    }
}

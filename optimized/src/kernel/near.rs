//! What [`super::simple`] does, in single precision: rays are counted from the one in the middle of
//! the tile.
//!
//! With the middle at R u, u a unit vector, a pixel at R (u + d) has the ray (u + d)(1 + g), with
//! 1 + g = (1 + q)^(-1/2) and q = 2 u·d + d². It differs from u by d + g (d + u): nothing cancels,
//! so that the difference is as exact, relative to itself, as single precision is.

use pulp::{Simd, WithSimd};

use super::middle::{Middle, inverse_root_less_one};
use super::offset::{load, store};
use super::scratch::{EDGE, Scratch};
use crate::lanes::{Lanes, Singles, three};
use crate::plan::Plan;

type F<S> = Singles<S>;

/// Below this polarization factor single precision is not good enough.
const DARK: f64 = 1e-3;

/// The largest error of an offset, relative to the distance from the middle. Of the order of d are:
/// a product and a sum that make it, g, whose series and products round five times, the product of
/// g, the last sum, and the wavelength.
const ROUNDING: f64 = 6.0 * f32::EPSILON as f64;

/// Amplitudes that are made more uncertain than this call for rays in double precision.
const MOST_DOUBT: f64 = 3e-6;

/// Whether rays that are counted from the middle of a tile are good enough for the only source of
/// an experiment.
pub(crate) fn suits(plan: &Plan<'_>) -> bool {
    let detector = &plan.experiment.detector;
    let half = std::f64::consts::SQRT_2 * EDGE as f64 / 2.0;
    let spread = half * detector.pixel_size / detector.close_distance.abs();
    let error = ROUNDING * spread * plan.largest_index;
    plan.sources.len() == 1 && plan.lattice.uncertainty().of(error) < MOST_DOUBT
}

/// Scattering vectors of the only source from the middle of the tile, and what stays for a pixel
/// where it is the first sub-pixel.
pub(crate) struct NearRays<'a> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) middle: &'a Middle,
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
        let NearRays { plan, scratch, middle, .. } = self;
        let detector = &plan.experiment.detector;
        let planned = &plan.sources[0];
        let Middle { unit, distance, place, .. } = *middle;
        let origin = three!(axis => {
            let axis = axis.min(1);
            F::splat(simd, f64::from(scratch.origin[axis]) - f64::from(place.pixel[axis]))
        });
        let step = detector.pixel_size / distance;
        let fdet = three!(i => F::splat(simd, detector.fdet[i] * step));
        let sdet = three!(i => F::splat(simd, detector.sdet[i] * step));
        let scale = F::splat(simd, planned.inverse_wavelength);
        let form = planned.polarization_form();
        let squares = three!(i => F::splat(simd, form[i]));
        let mixed = three!(i => F::splat(simd, form[i + 3]));
        let unit = three!(i => F::splat(simd, unit[i]));
        let one = F::splat(simd, 1.0);
        let mut most = [F::splat(simd, 0.0); 3];
        let mut darkest = one;
        for vector in 0..scratch.lanes() / F::<S>::COUNT {
            let [fast, slow, _] = three!(axis => {
                load(simd, &scratch.single_coordinates[axis.min(1)].0, vector) + origin[axis]
            });
            let d = three!(i => fast.mul_add(fdet[i], slow * sdet[i]));
            let across = three!(i => unit[i] + unit[i] + d[i]);
            let q = d[0].mul_add(across[0], d[1].mul_add(across[1], d[2] * across[2]));
            let g = inverse_root_less_one(simd, q);
            let turn = three!(i => g.mul_add(d[i] + unit[i], d[i]));
            let offset = three!(i => turn[i] * scale);
            for i in 0..3 {
                most[i] = most[i].max(offset[i].abs());
                store(&mut scratch.offsets[i].0, vector, offset[i]);
            }
            if FIRST {
                let root = one + g;
                let solid = if detector.point_pixel { root * root } else { root * root * root };
                store(&mut scratch.single_omega.0, vector, solid);
                let mut polar = one;
                if !plan.experiment.beam.nopolar {
                    let [x, y, z] = three!(i => turn[i] + unit[i]);
                    let across = squares[0].mul_add(x, mixed[0].mul_add(y, mixed[1] * z));
                    let rest = squares[1].mul_add(y, mixed[2] * z);
                    let rest = y.mul_add(rest, squares[2] * z.square());
                    polar = x.mul_add(across, rest) + F::splat(simd, 0.5);
                    darkest = darkest.min(polar.abs());
                }
                store(&mut scratch.single_polar.0, vector, polar);
            }
        }
        scratch.slip = ROUNDING * middle.spread * planned.inverse_wavelength;
        scratch.centre = three!(i => {
            (middle.unit[i] + planned.direction[i]) * planned.inverse_wavelength
        });
        for i in 0..3 {
            scratch.extent[i] = f64::from(most[i].largest()) * 1.000001;
        }
        let lanes = scratch.lanes();
        if !FIRST {
            for lane in 0..lanes {
                scratch.omega_sum.0[lane] += scratch.omega.0[lane];
            }
            return false;
        }
        let area = detector.pixel_size * detector.pixel_size * detector.close_distance;
        let whole =
            if detector.point_pixel { 1.0 } else { area / distance } / (distance * distance);
        for lane in 0..lanes {
            let omega = whole * f64::from(scratch.single_omega.0[lane]);
            scratch.omega.0[lane] = omega;
            scratch.omega_sum.0[lane] = omega;
            scratch.polar.0[lane] = f64::from(scratch.single_polar.0[lane]);
        }
        darkest.any(darkest.less(F::splat(simd, DARK)))
    }
}

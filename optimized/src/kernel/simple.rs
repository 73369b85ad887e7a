//! What [`super::geometry`] and [`super::beam`] do, for the experiments that most are: a flat
//! detector that captures all photons at its surface, no limit of the resolution, solid angle and
//! polarization of the first sub-pixel and source. Nothing is decided here but once for a tile.

use pulp::{Simd, WithSimd};

use super::geometry::dot;
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
    /// The scattering vectors.
    Scattering,
}

/// The rays of a sub-pixel, and its first source.
pub(crate) struct Simple<'a> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) sub: [usize; 2],
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
        let Simple { plan, scratch, sub, part: wanted } = self;
        let detector = &plan.experiment.detector;
        let planned = &plan.sources[0];
        let scale = planned.inverse_wavelength;
        let several = plan.sources.len() > 1;
        let point = detector.point_pixel;
        let polarized = !plan.experiment.beam.nopolar;
        let oversample = D::splat(simd, plan.experiment.sampling.oversample as f64);
        let (size, half) = (plan.subpixel_size, plan.subpixel_size / 2.0);
        let (size, half) = (D::splat(simd, size), D::splat(simd, half));
        let origin = scratch.origin;
        let base = three!(axis => D::splat(simd, f64::from(origin[axis.min(1)])));
        let part = three!(axis => D::splat(simd, sub[axis.min(1)] as f64));
        let fdet = three!(i => D::splat(simd, detector.fdet[i]));
        let sdet = three!(i => D::splat(simd, detector.sdet[i]));
        let pix0 = three!(i => D::splat(simd, detector.pix0[i]));
        let incident = three!(i => D::splat(simd, planned.direction[i] * scale));
        let area = detector.pixel_size * detector.pixel_size * detector.close_distance;
        let area = D::splat(simd, area);
        let inverse_wavelength = D::splat(simd, scale);
        let form = planned.polarization_form();
        let squares = three!(i => D::splat(simd, form[i]));
        let mixed = three!(i => D::splat(simd, form[i + 3]));
        let (one, half_of) = (D::splat(simd, 1.0), D::splat(simd, 0.5));
        let mut darkest = one;
        for vector in 0..scratch.lanes() / D::<S>::COUNT {
            let [fast, slow, _] = three!(axis => {
                let pixel = load(simd, &scratch.coordinates[axis.min(1)].0, vector) + base[axis];
                pixel.mul_add(oversample, part[axis]).mul_add(size, half)
            });
            let position = three!(i => fast.mul_add(fdet[i], slow.mul_add(sdet[i], pix0[i])));
            let inverse = one / dot(position, position).sqrt();
            let inverse_sqr = inverse.square();
            let per_wave = inverse * inverse_wavelength;
            for i in 0..3 {
                let scattering = position[i].mul_add(per_wave, incident[i]);
                store(&mut scratch.scattering[i].0, vector, scattering);
            }
            if several {
                for i in 0..3 {
                    store(&mut scratch.ray[i].0, vector, position[i] * inverse);
                }
            }
            if FIRST {
                let solid = if point { inverse_sqr } else { inverse_sqr * inverse * area };
                store(&mut scratch.omega.0, vector, solid);
                store(&mut scratch.omega_sum.0, vector, solid);
                let mut polar = one;
                if polarized {
                    let [x, y, z] = position;
                    let across = mixed[0].mul_add(y, mixed[1] * z);
                    let across = squares[0].mul_add(x, across);
                    let rest = squares[1].mul_add(y, mixed[2] * z);
                    let rest = y.mul_add(rest, squares[2] * z.square());
                    let form = x.mul_add(across, rest);
                    polar = form.mul_add(inverse_sqr, half_of);
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

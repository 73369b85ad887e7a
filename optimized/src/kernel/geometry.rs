//! The rays to one sub-pixel of all pixels of a tile, and its first source (C:2691-2743).

use pulp::{Simd, WithSimd};

use super::beam::Beam;
use super::pass::{load, store};
use super::scratch::Scratch;
use crate::exact;
use crate::functions::{exp, sin_cos};
use crate::lanes::{Doubles, Lanes, three};
use crate::plan::Plan;

type D<S> = Doubles<S>;
type V<S> = [D<S>; 3];

/// Below this optical thickness of a layer, and above the other, the C library's own rounding
/// shows in the difference of two exponentials.
const THIN: f64 = 1e-3;
const THICK: f64 = 600.0;

/// Rays, solid angles and capture fractions of a sub-pixel in a layer, and what [`Beam`] does for
/// the first source, while the rays are at hand.
pub(crate) struct Geometry<'a> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) layer: usize,
    pub(crate) sub: [usize; 2],
}

impl WithSimd for Geometry<'_> {
    /// Whether any lane sees the first source.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> bool {
        let several = self.plan.sources.len() > 1;
        let one = D::splat(simd, 1.0);
        let middle = self.scratch.plane.map(|plane| D::splat(simd, plane.middle.sight.distance));
        let mut seen = false;
        for vector in 0..self.scratch.lanes() / D::<S>::COUNT {
            let position = self.position(simd, self.along(simd, vector));
            let inverse = one / dot(position, position).sqrt();
            let ray = three!(i => position[i] * inverse);
            if let Some(middle) = middle {
                store(&mut self.scratch.ratio.0, vector, middle * inverse);
            }
            if several {
                for i in 0..3 {
                    store(&mut self.scratch.ray[i].0, vector, ray[i]);
                }
            }
            self.solid_angle(simd, vector, inverse);
            if self.needs_parallax() {
                self.capture(simd, vector, ray);
            }
            let (plan, layer, sub) = (self.plan, self.layer, self.sub);
            let mut beam = Beam { plan, scratch: self.scratch, layer, sub, source: 0 };
            seen |= beam.vector(simd, vector, ray);
        }
        seen
    }
}

impl Geometry<'_> {
    fn first(&self) -> bool {
        self.layer == 0 && self.sub == [0, 0]
    }

    #[inline(always)]
    fn needs_parallax(&self) -> bool {
        self.plan.captures() || (self.plan.corrected.water_scale && self.first())
    }

    /// Positions along the fast and the slow axis.
    #[inline(always)]
    pub(super) fn along<S: Simd>(&self, simd: S, vector: usize) -> [D<S>; 2] {
        let plan = self.plan;
        let oversample = D::splat(simd, plan.experiment.sampling.oversample as f64);
        let size = D::splat(simd, plan.subpixel_size);
        let half = D::splat(simd, plan.subpixel_size / 2.0);
        let origin = self.scratch.origin;
        let [fast, slow, _] = three!(axis => {
            let axis = axis.min(1);
            let pixel = load(simd, &self.scratch.coordinates[axis].0, vector);
            let pixel = pixel + D::splat(simd, f64::from(origin[axis]));
            let number = pixel.mul_add(oversample, D::splat(simd, self.sub[axis] as f64));
            number.mul_add(size, half)
        });
        [fast, slow]
    }

    #[inline(always)]
    pub(super) fn position<S: Simd>(&self, simd: S, [fast, slow]: [D<S>; 2]) -> V<S> {
        let detector = &self.plan.experiment.detector;
        let depth = self.layer as f64 * detector.sensor.step;
        let flat = three!(i => {
            let corner = D::splat(simd, depth * detector.odet[i] + detector.pix0[i]);
            let along_slow = slow.mul_add(D::splat(simd, detector.sdet[i]), corner);
            fast.mul_add(D::splat(simd, detector.fdet[i]), along_slow)
        });
        if detector.curved { self.curve(simd, flat, [fast, slow]) } else { flat }
    }

    /// The position on a detector whose pixels all have the same distance (C:2707-2716).
    #[inline(always)]
    fn curve<S: Simd>(&self, simd: S, flat: V<S>, [fast, slow]: [D<S>; 2]) -> V<S> {
        let detector = &self.plan.experiment.detector;
        let inverse = D::splat(simd, 1.0 / detector.distance);
        let [about_slow, about_fast] = if self.plan.corrected.curved_axes {
            let [about_slow, about_fast] = exact::senses(self.plan.experiment);
            let [fbeam, sbeam] = detector.beam_spot;
            [
                (fast - D::splat(simd, fbeam)) * inverse * D::splat(simd, about_slow),
                (slow - D::splat(simd, sbeam)) * inverse * D::splat(simd, about_fast),
            ]
        } else {
            [flat[1] * inverse, flat[2] * inverse]
        };
        let direction = &self.plan.experiment.beam.direction;
        let spot = three!(i => D::splat(simd, direction[i] * detector.distance));
        let moved = rotate(simd, spot, &detector.sdet, about_slow);
        rotate(simd, moved, &detector.fdet, about_fast)
    }

    /// The solid angle, where it is not known yet or belongs to the sub-pixel (C:2723).
    #[inline(always)]
    fn solid_angle<S: Simd>(&mut self, simd: S, vector: usize, inverse: D<S>) {
        let detector = &self.plan.experiment.detector;
        let area = detector.pixel_size * detector.pixel_size * detector.close_distance;
        let flat = inverse * inverse * inverse * D::splat(simd, area);
        let fresh = if detector.point_pixel { inverse * inverse } else { flat };
        let first = self.first();
        let scratch = &mut *self.scratch;
        let (mut omega, mut omega_sum) = (fresh, fresh);
        if !first {
            if !self.plan.experiment.sampling.omega {
                let known = load(simd, &scratch.omega.0, vector);
                omega = fresh.select(known.equals(D::splat(simd, 0.0)), known);
            }
            omega_sum = load(simd, &scratch.omega_sum.0, vector) + omega;
        }
        store(&mut scratch.omega.0, vector, omega);
        store(&mut scratch.omega_sum.0, vector, omega_sum);
        if self.plan.corrected.solid_angle_report && self.layer == 0 {
            let oversample = self.plan.experiment.sampling.oversample;
            let share = D::splat(simd, 1.0 / (oversample * oversample) as f64);
            let sum = load(simd, &scratch.solid_angle.0, vector);
            store(&mut scratch.solid_angle.0, vector, flat.mul_add(share, sum));
        }
        if first && self.plan.corrected.water_scale {
            store(&mut scratch.first_omega.0, vector, omega);
        }
    }

    /// The fraction that the layer captures, where it is not known yet or belongs to the sub-pixel
    /// (C:2733).
    #[inline(always)]
    fn capture<S: Simd>(&mut self, simd: S, vector: usize, ray: V<S>) {
        let experiment = self.plan.experiment;
        let sensor = &experiment.detector.sensor;
        let normal = three!(i => D::splat(simd, experiment.detector.odet[i]));
        let parallax = dot(ray, normal);
        if self.first() {
            store(&mut self.scratch.first_parallax.0, vector, parallax);
        }
        if !self.plan.captures() {
            return;
        }
        let known = load(simd, &self.scratch.capture.0, vector);
        let zero = D::splat(simd, 0.0);
        let unknown = known.equals(zero);
        if !experiment.sampling.thick && !known.any(unknown) {
            return;
        }
        let depth = D::splat(simd, sensor.step * sensor.mu) / parallax;
        let tic = D::splat(simd, self.layer as f64);
        let next = D::splat(simd, (self.layer + 1) as f64);
        let mut fresh = exp(simd, -(tic * depth)) - exp(simd, -(next * depth));
        let benign = D::splat(simd, THIN).less(depth);
        let delicate = (next * depth).less(D::splat(simd, THICK));
        let one = D::splat(simd, 1.0);
        let flags = zero.select(benign, one).max(zero.select(delicate, one));
        if flags.any(zero.less(flags)) {
            for lane in 0..D::<S>::COUNT {
                if flags.elements()[lane] != 0.0 {
                    let place =
                        self.scratch.place(vector * D::<S>::COUNT + lane, self.layer, self.sub);
                    let cosine = exact::parallax(self.plan, place);
                    fresh.elements_mut()[lane] = exact::capture(self.plan, self.layer, cosine);
                }
            }
        }
        if self.plan.corrected.zero_capture && sensor.thickness == 0.0 {
            fresh = one;
        }
        let capture = if experiment.sampling.thick { fresh } else { fresh.select(unknown, known) };
        store(&mut self.scratch.capture.0, vector, capture);
    }
}

/// Inner product.
#[inline(always)]
pub(crate) fn dot<S: Simd>(a: V<S>, b: V<S>) -> D<S> {
    a[0].mul_add(b[0], a[1].mul_add(b[1], a[2] * b[2]))
}

/// Rotation about a unit vector by an angle of each lane (C:3354).
#[inline(always)]
fn rotate<S: Simd>(simd: S, v: V<S>, axis: &[f64; 3], angle: D<S>) -> V<S> {
    let [sin, cos] = sin_cos(simd, angle);
    let axis = three!(i => D::splat(simd, axis[i]));
    let along = dot(axis, v) * (D::splat(simd, 1.0) - cos);
    let across = [
        axis[1] * v[2] - axis[2] * v[1],
        axis[2] * v[0] - axis[0] * v[2],
        axis[0] * v[1] - axis[1] * v[0],
    ];
    three!(i => axis[i].mul_add(along, across[i].mul_add(sin, v[i] * cos)))
}

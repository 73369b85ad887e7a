//! Positions on the detector, and the three factors that depend on them.

use nanobragg_reference::Quirk;
use nanobragg_reference::experiment::Experiment;
use nanobragg_reference::vector::{Vector, cross, dot, rotate_axis, scale, unitize};

use super::Run;
use crate::faults::pixel::PixelFault;

/// The way from the sample to a sub-pixel of a sensor layer.
pub(super) struct Ray {
    /// Coordinates along the fast and slow axis from the outer corner of the first pixel, m.
    pub(super) fdet: f64,
    pub(super) sdet: f64,
    /// The sub-pixel's centre, m.
    pub(super) position: Vector,
    /// Unit vector towards it.
    pub(super) direction: Vector,
    /// Its distance from the sample, m.
    pub(super) distance: f64,
}

impl Run<'_> {
    /// The way to the centre of a sub-pixel.
    pub(super) fn ray(&self, [fast, slow]: [usize; 2], layer: usize, sub: [usize; 2]) -> Ray {
        let Experiment { detector, sampling, .. } = self.experiment;
        let size = detector.pixel_size / sampling.oversample as f64;
        let half = if self.wrong(PixelFault::SubPixelCorner) { 0.0 } else { size / 2.0 };
        let at =
            |pixel: usize, sub: usize| size * (pixel * sampling.oversample + sub) as f64 + half;
        let (fdet, sdet) = (at(fast, sub[0]), at(slow, sub[1]));
        let mut depth = layer as f64 * detector.sensor.step;
        if self.wrong(PixelFault::LayersFromOne) {
            depth += detector.sensor.step;
        }
        if self.wrong(PixelFault::LayersAtCentre) {
            depth += detector.sensor.step / 2.0;
        }
        if self.wrong(PixelFault::LayersInOnePlane) {
            depth = 0.0;
        }
        let flat = [0, 1, 2].map(|i| {
            fdet * detector.fdet[i]
                + sdet * detector.sdet[i]
                + depth * detector.odet[i]
                + detector.pix0[i]
        });
        let position = if detector.curved { self.curved(fdet, sdet, &flat) } else { flat };
        let (direction, distance) = unitize(&position);
        Ray { fdet, sdet, position, direction, distance }
    }

    /// The place on a detector whose pixels all have the same distance: the beam spot turned about
    /// the slow axis, then about the fast one (C:2707-2716).
    fn curved(&self, fdet: f64, sdet: f64, flat: &Vector) -> Vector {
        let Experiment { beam, detector, .. } = self.experiment;
        let distance = detector.distance;
        let spot = scale(&beam.direction, distance);
        let mut about_slow = flat[1] / distance;
        let mut about_fast = flat[2] / distance;
        if self.corrects(Quirk::CurvedAxes) {
            // The offsets from the spot as arcs, with the signs that move it along the axes.
            let along = |axis: &Vector, turned_about: &Vector| {
                dot(&cross(turned_about, &beam.direction), axis).signum()
            };
            let [fbeam, sbeam] = detector.beam_spot;
            about_slow = (fdet - fbeam) / distance * along(&detector.fdet, &detector.sdet);
            about_fast = (sdet - sbeam) / distance * along(&detector.sdet, &detector.fdet);
        }
        if self.wrong(PixelFault::SinglePrecisionCurve) {
            about_slow = f64::from(about_slow as f32);
            about_fast = f64::from(about_fast as f32);
        }
        rotate_axis(&rotate_axis(&spot, &detector.sdet, about_slow), &detector.fdet, about_fast)
    }

    /// Solid angle of a pixel, sr: size²/R²·(d_close/R). For a point pixel 1/R², 1/m² (C:2724).
    pub(super) fn solid_angle(&self, ray: &Ray, point_pixel: bool) -> f64 {
        let detector = &self.experiment.detector;
        let mut size = detector.pixel_size;
        if self.wrong(PixelFault::PositionsInAngstrom) {
            size /= 1e10;
        }
        if point_pixel {
            let area = if self.wrong(PixelFault::PointPixelWithArea) { size * size } else { 1.0 };
            return area / ray.distance / ray.distance;
        }
        let face_on = size * size / ray.distance / ray.distance;
        if self.wrong(PixelFault::NoObliquity) {
            return face_on;
        }
        if self.wrong(PixelFault::ObliquityOfBeamDistance) {
            return face_on * detector.distance / ray.distance;
        }
        face_on * detector.close_distance / ray.distance
    }

    /// Fraction of the photons that a layer takes out of the ray: exp(−tΔµ/p) − exp(−(t+1)Δµ/p)
    /// with p the cosine between ray and normal (C:2732).
    pub(super) fn capture(&self, ray: &Ray, layer: usize) -> f64 {
        let Experiment { beam, detector, .. } = self.experiment;
        let sensor = &detector.sensor;
        if sensor.thickness == 0.0 && self.corrects(Quirk::ZeroCapture) {
            return 1.0;
        }
        let parallax = if self.wrong(PixelFault::ParallaxFromBeam) {
            dot(&ray.direction, &beam.direction)
        } else if self.wrong(PixelFault::NoParallax) {
            1.0
        } else {
            dot(&ray.direction, &detector.odet)
        };
        let parallax =
            if self.wrong(PixelFault::ParallaxAbsolute) { parallax.abs() } else { parallax };
        let left = |depth: f64| (-depth * sensor.step * sensor.mu / parallax).exp();
        if self.wrong(PixelFault::CaptureWithoutAttenuation) {
            return 1.0 - left(1.0);
        }
        left(layer as f64) - left(layer as f64 + 1.0)
    }

    /// Kahn's polarization factor ½(1 + cos²2θ − K cos 2ψ sin²2θ), ψ the angle about the beam from
    /// the E-vector to the ray (C:4053). With e and b the components of the ray along the E-vector
    /// and the B-vector, cos 2ψ is (e² − b²)/(e² + b²).
    pub(super) fn polarization(&self, incident: &Vector, ray: &Vector) -> f64 {
        let beam = &self.experiment.beam;
        let mut incident = *incident;
        if self.wrong(PixelFault::IncidentComponentTwice) {
            incident[2] = incident[1];
        }
        let cos_two_theta = dot(&incident, ray);
        let cos_sqr = cos_two_theta * cos_two_theta;
        let sin_sqr = 1.0 - cos_sqr;
        let b_in = unitize(&cross(&beam.polar_vector, &incident)).0;
        let e_in = unitize(&cross(&incident, &b_in)).0;
        let (mut e, mut b) = (dot(ray, &e_in), dot(ray, &b_in));
        if self.wrong(PixelFault::PolarizationAcross) {
            (e, b) = (b, e);
        }
        let length_sqr = e * e + b * b;
        let mut cos_two_psi = if length_sqr > 0.0 { (e * e - b * b) / length_sqr } else { 1.0 };
        if self.wrong(PixelFault::PsiNotDoubled) && length_sqr > 0.0 {
            cos_two_psi = e / length_sqr.sqrt();
        }
        let factor = 1.0 + cos_sqr - beam.polarization * cos_two_psi * sin_sqr;
        if self.wrong(PixelFault::PolarizationWithoutHalf) { factor } else { 0.5 * factor }
    }
}

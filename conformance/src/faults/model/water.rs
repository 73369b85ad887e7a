//! The background of the water: in the sum of terms, as the C program has it, or as photons of
//! its own where the quirk `water-scale` is off.

use nanobragg_reference::Quirk;
use nanobragg_reference::experiment::Experiment;
use nanobragg_reference::vector::dot;

use super::{Factors, Run};

impl Run<'_> {
    /// Whether the factors that the `-oversample_` options give to the terms have to be given to
    /// the water for itself: where they do not go to the running sum.
    fn water_is_apart(&self) -> bool {
        let sampling = &self.experiment.sampling;
        self.corrects(Quirk::RunningProduct) && (sampling.thick || sampling.polar || sampling.omega)
    }

    /// What the sum of terms starts from (C:2665).
    pub(super) fn water_before(&self) -> f64 {
        let within = !self.corrects(Quirk::WaterScale) && !self.water_is_apart();
        if within { self.experiment.sampling.background } else { 0.0 }
    }

    /// What is added behind the terms.
    pub(super) fn water_behind(&self, factors: &Factors) -> f64 {
        if self.corrects(Quirk::WaterScale) || !self.water_is_apart() {
            return 0.0;
        }
        let sampling = &self.experiment.sampling;
        [
            (sampling.thick, factors.capture()),
            (sampling.polar, factors.polar()),
            (sampling.omega, factors.omega()),
        ]
        .iter()
        .filter(|(applied, _)| *applied)
        .fold(sampling.background, |water, (_, factor)| water * factor)
    }

    /// Photons of a pixel from the water, corrected: background × Ω × P of the first sub-pixel,
    /// layer and source × the fraction that the whole sensor captures.
    pub(super) fn water_photons(&self, pixel: [usize; 2]) -> f64 {
        let Experiment { beam, detector, sampling, .. } = self.experiment;
        if !self.corrects(Quirk::WaterScale) {
            return 0.0;
        }
        let ray = self.ray(pixel, 0, [0, 0]);
        let incident = beam.sources[0].direction.map(|component| -component);
        let polar = if beam.nopolar { 1.0 } else { self.polarization(&incident, &ray.direction) };
        let sensor = &detector.sensor;
        let capture = if sensor.thickness > 0.0 {
            let depth = sensor.layers as f64 * sensor.step;
            1.0 - (-depth * sensor.mu / dot(&ray.direction, &detector.odet)).exp()
        } else {
            1.0
        };
        sampling.background * self.solid_angle(&ray, detector.point_pixel) * polar * capture
    }
}

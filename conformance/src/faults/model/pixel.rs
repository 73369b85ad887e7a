//! The sum over a pixel.

use nanobragg_reference::Quirk;
use nanobragg_reference::engine::Observer;
use nanobragg_reference::experiment::{Experiment, R_E_SQR, Source};
use nanobragg_reference::vector::{Vector, dot, magnitude};

use super::optics::Ray;
use super::{Factors, Run};
use crate::faults::pixel::PixelFault;

/// A sub-pixel of a sensor layer.
struct Spot {
    ray: Ray,
    layer: usize,
    /// Whether it is the first one of the pixel.
    first: bool,
}

impl Run<'_> {
    /// One pixel: its photons, its statistics, its lines in the report.
    pub(super) fn pixel(&mut self, fast: usize, slow: usize, observer: &mut dyn Observer) {
        let Experiment { beam, detector, sampling, .. } = self.experiment;
        let layers = detector.sensor.layers;
        let disabled = if self.wrong(PixelFault::NopolarZero) { 0.0 } else { 1.0 };
        let mut factors = Factors { polar: beam.nopolar.then_some(disabled), ..Factors::default() };
        let next_worker = self.rendered.count.is_multiple_of(100);
        if self.wrong(PixelFault::OrientationLeftInPixel)
            || (next_worker && self.wrong(PixelFault::OrientationLeftByWorker))
        {
            self.evaluated = false;
        }
        // Corrected: layers are summed up one by one, each with its own fraction.
        let by_layer =
            self.corrects(Quirk::SensorLayers) || self.wrong(PixelFault::LayersWithOwnFraction);
        let mut layers_sum = 0.0;
        let mut sum = self.water_before();
        for layer in 0..layers {
            if layer == 0 || !self.wrong(PixelFault::CaptureOfFirstLayer) {
                factors.capture = (detector.sensor.thickness == 0.0).then_some(1.0);
            }
            if self.wrong(PixelFault::SolidAnglePerLayer) {
                factors.omega = None;
            }
            if layer > 0 && self.wrong(PixelFault::WaterPerLayer) {
                sum += sampling.background;
            }
            for sub_s in 0..sampling.oversample {
                for sub_f in 0..sampling.oversample {
                    let ray = self.ray([fast, slow], layer, [sub_f, sub_s]);
                    let first = layer == 0 && [sub_f, sub_s] == [0, 0];
                    self.sub_pixel(&Spot { ray, layer, first }, &mut factors, &mut sum, observer);
                }
            }
            if by_layer || layer + 1 == layers {
                sum += self.water_behind(&factors);
            }
            if by_layer {
                layers_sum += sum * if sampling.thick { 1.0 } else { factors.capture() };
                sum = self.water_before();
            }
        }
        let intensity = if by_layer { layers_sum } else { sum };

        let photons =
            self.photons(intensity, &factors, by_layer) + self.water_photons([fast, slow]);
        // Behind a sum, a zero is a positive one.
        let value = (0.0 + photons) as f32;
        self.count(value, [fast, slow]);
        if observer.wants(fast, slow) {
            observer.pixel(&self.trace([fast, slow], &factors, intensity, value));
        }
    }

    /// Photons from the sum over a pixel: with those factors that the terms have not had.
    fn photons(&self, intensity: f64, factors: &Factors, by_layer: bool) -> f64 {
        let Experiment { beam, sampling, .. } = self.experiment;
        let bare = self.wrong(PixelFault::WaterBare);
        let terms = if bare { intensity - sampling.background } else { intensity };
        let scale = |sum: f64| R_E_SQR * beam.fluence * sum / f64::from(sampling.steps);
        let mut photons = scale(terms);
        let twice = self.wrong(PixelFault::FactorsTwice);
        if (!sampling.thick && !by_layer) || twice {
            photons *= factors.capture();
        }
        if !sampling.polar || twice {
            photons *= factors.polar();
        }
        if !sampling.omega || twice {
            photons *= factors.omega();
        }
        if bare {
            photons += scale(sampling.background);
        }
        if self.wrong(PixelFault::DividedByWeights) && beam.divergence_steps < 0 {
            let weights: f64 = beam.sources.iter().map(|source| source.weight).sum();
            photons *= beam.sources.len() as f64 / weights;
        }
        photons
    }

    /// One sub-pixel of one layer: all sources.
    fn sub_pixel(
        &mut self,
        spot: &Spot,
        factors: &mut Factors,
        sum: &mut f64,
        observer: &mut dyn Observer,
    ) {
        let Experiment { beam, detector, sampling, .. } = self.experiment;
        let Spot { ray, layer, first } = spot;
        self.last.fdet = ray.fdet;
        self.last.sdet = ray.sdet;
        self.last.position = ray.position;
        if factors.omega.is_none() || sampling.omega || self.wrong(PixelFault::LastSolidAngle) {
            factors.omega = Some(self.solid_angle(ray, detector.point_pixel));
        }
        self.rendered.omega_sum += factors.omega();
        if self.corrects(Quirk::SolidAngleReport) && *layer == 0 {
            self.rendered.solid_angle +=
                self.solid_angle(ray, false) / (sampling.oversample * sampling.oversample) as f64;
        }
        if factors.capture.is_none() || sampling.thick || self.wrong(PixelFault::LastCapture) {
            factors.capture = Some(self.capture(ray, *layer));
        }
        if self.wrong(PixelFault::WaterPerSubPixel) {
            *sum += sampling.background;
        }
        for source in &beam.sources {
            let incident = source.direction.map(|component| -component);
            let scattering = self.scattering(ray, &incident, source);
            self.last.stol = self.stol(&scattering);
            if self.is_beyond_limit(self.last.stol) {
                continue;
            }
            if self.wrong(PixelFault::WaterPerSource) {
                *sum += sampling.background;
            }
            let disabled = beam.nopolar && self.corrects(Quirk::ZeroCapture);
            let again = (sampling.polar && !disabled)
                || self.wrong(PixelFault::LastPolarization)
                || (*first && self.wrong(PixelFault::PolarizationPerSource));
            if factors.polar.is_none() || again {
                factors.polar = Some(self.polarization(&incident, &ray.direction));
            }
            let weighs = self.wrong(PixelFault::SourceWeights) && beam.divergence_steps < 0;
            let weight = if weighs { source.weight } else { 1.0 };
            self.scatter(&scattering, weight, factors, sum, observer);
        }
    }

    /// The scattering vector (diffracted − incident)/λ, 1/m.
    fn scattering(&self, ray: &Ray, incident: &Vector, source: &Source) -> Vector {
        let wavelength = if self.wrong(PixelFault::CentralWavelength) {
            self.experiment.beam.wavelength
        } else {
            source.wavelength
        };
        [0, 1, 2].map(|i| {
            if self.wrong(PixelFault::IncidentNegated) {
                (ray.direction[i] + incident[i]) / wavelength
            } else {
                (ray.direction[i] - incident[i]) / wavelength
            }
        })
    }

    /// sin θ/λ of a scattering vector, 1/m.
    fn stol(&self, scattering: &Vector) -> f64 {
        let half = if self.wrong(PixelFault::StolWithoutHalf) { 1.0 } else { 0.5 };
        half * magnitude(scattering)
    }

    /// Whether the spacing 1/(2·sin θ/λ) is below the limit.
    fn is_beyond_limit(&self, stol: f64) -> bool {
        let limit = self.experiment.sampling.dmin;
        if limit <= 0.0 || stol <= 0.0 {
            return false;
        }
        let spacing = 0.5 / stol;
        if self.wrong(PixelFault::LimitOtherSide) { limit < spacing } else { limit > spacing }
    }

    /// The spindle steps and mosaic domains of one source.
    fn scatter(
        &mut self,
        scattering: &Vector,
        weight: f64,
        factors: &Factors,
        sum: &mut f64,
        observer: &mut dyn Observer,
    ) {
        let sampling = &self.experiment.sampling;
        let orientations = self.orientations;
        let cells = if self.evaluated { &orientations.later } else { &orientations.first };
        self.evaluated = true;
        for cell in cells {
            self.last.cell = *cell;
            self.last.index = self.index(cell, scattering);
            self.last.nearest = self.nearest(&self.last.index);
            self.last.f_latt = self.lattice_factor();
            if self.last.f_latt == 0.0 && sampling.water_size == 0.0 {
                continue;
            }
            self.last.f_cell = self.cell_factor(observer);
            self.add(self.term() * weight, factors, sum);
        }
    }

    /// Real-valued Miller indices.
    fn index(&self, cell: &[Vector; 3], scattering: &Vector) -> Vector {
        let index = [0, 1, 2].map(|axis| dot(&cell[axis], scattering));
        if self.wrong(PixelFault::SinglePrecisionIndices) {
            return index.map(|index| f64::from(index as f32));
        }
        index
    }

    /// (F_cell·F_latt)² of the last evaluation.
    fn term(&self) -> f64 {
        let (cell, lattice) = (self.last.f_cell, self.last.f_latt);
        if self.wrong(PixelFault::CellFactorOnce) {
            return cell * lattice * lattice;
        }
        if self.wrong(PixelFault::LatticeFactorOnce) {
            return cell * cell * lattice;
        }
        cell * cell * lattice * lattice
    }

    /// Adds a term. The factors of the `-oversample_` options go to the sum behind it, or, where
    /// that is corrected, to the term.
    fn add(&self, mut term: f64, factors: &Factors, sum: &mut f64) {
        let sampling = &self.experiment.sampling;
        let corrected = self.corrects(Quirk::RunningProduct);
        let mut running = 1.0;
        let mut apply = |applied: bool, factor: f64, fault: PixelFault| {
            if !applied {
                return 1.0;
            }
            if corrected || self.wrong(fault) {
                return factor;
            }
            running *= factor;
            1.0
        };
        term *= apply(sampling.thick, factors.capture(), PixelFault::ThickPerTerm);
        term *= apply(sampling.polar, factors.polar(), PixelFault::PolarPerTerm);
        term *= apply(sampling.omega, factors.omega(), PixelFault::OmegaPerTerm);
        *sum = (*sum + term) * running;
        if self.wrong(PixelFault::SinglePrecisionSum) {
            *sum = f64::from(*sum as f32);
        }
    }
}

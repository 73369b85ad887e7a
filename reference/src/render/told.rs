//! What an observer is told of a traced pixel: the variables of the walk as they stand.

use super::{Pixel, Walk, interpolate};
use crate::engine::Observer;
use crate::trace::{self, Line, Step, Working};
use crate::vector::Vector;

/// Tells of an evaluation that the C program leaves out (C:2868).
pub(super) fn skipped(step: Step, sum: f64, observer: &mut dyn Observer) {
    let skipped = Some("F_latt is 0");
    observer.trace(&Line::Step(Box::new(Step { skipped, sum, ..step })));
}

impl Walk<'_> {
    /// Layer, slow and fast number of a sub-pixel; length and direction of its ray, and the cosine
    /// of incidence.
    pub(super) fn tell_ray(
        &self,
        [layer, sub_slow, sub_fast]: [usize; 3],
        (airpath, diffracted, parallax): (f64, Vector, f64),
        pixel: &Pixel,
        observer: &mut dyn Observer,
    ) {
        observer.trace(&Line::Ray(Box::new(trace::Ray {
            layer,
            sub_slow,
            sub_fast,
            along_fast: self.fdet,
            along_slow: self.sdet,
            position: self.position,
            airpath,
            diffracted,
            omega: pixel.omega,
            parallax,
            capture: pixel.capture,
            working: Working::default(),
        })));
    }

    /// A source by its number; its scattering vector, and whether it is culled.
    pub(super) fn tell_source(
        &self,
        [layer, sub_slow, sub_fast]: [usize; 3],
        source: usize,
        (scattering, culled): (Vector, bool),
        pixel: &Pixel,
        observer: &mut dyn Observer,
    ) {
        let beam = &self.experiment.beam;
        observer.trace(&Line::Source(Box::new(trace::Source {
            layer,
            sub_slow,
            sub_fast,
            source,
            incident: beam.sources[source].direction.map(|component| -component),
            wavelength: beam.sources[source].wavelength,
            scattering,
            stol: self.stol,
            culled,
            polarization: pixel.polar,
            working: Working::default(),
        })));
    }

    /// The present evaluation as far as F_latt.
    pub(super) fn step(
        &self,
        ([layer, sub_slow, sub_fast], source): ([usize; 3], usize),
        [phi_step, domain]: [usize; 2],
        phi: f64,
    ) -> Step {
        Step {
            layer,
            sub_slow,
            sub_fast,
            source,
            phi_step,
            domain,
            phi,
            cell: self.cell,
            hkl: self.index,
            nearest: self.nearest.map(i64::from),
            fraction: [0, 1, 2].map(|axis| self.index[axis] - f64::from(self.nearest[axis])),
            f_latt: self.f_latt,
            f_latt_squared: self.f_latt * self.f_latt,
            ..Step::default()
        }
    }

    /// The present evaluation to its end: its term, and the sum behind it.
    pub(super) fn tell_step(&self, step: Step, term: f64, sum: f64, observer: &mut dyn Observer) {
        let factors = self.experiment.structure.factors.as_deref();
        // The switch of the interpolation is off behind the evaluation that ends it.
        let interpolated = factors.is_some_and(|factors| {
            self.interpolate
                && if self.corrected.interpolation_sticks {
                    interpolate::has_neighbourhood(factors, &self.index)
                } else {
                    interpolate::in_c_range(factors, &self.index)
                }
        });
        observer.trace(&Line::Step(Box::new(Step {
            interpolated: Some(interpolated),
            in_table: factors.map(|factors| factors.place(self.nearest).is_some()),
            f_cell: Some(self.f_cell),
            f_cell_squared: Some(self.f_cell * self.f_cell),
            term: Some(term),
            sum,
            ..step
        })));
    }

    /// The end of a layer: the sum of its terms.
    pub(super) fn tell_layer(
        &self,
        layer: usize,
        sum: f64,
        pixel: &Pixel,
        observer: &mut dyn Observer,
    ) {
        let apart = self.corrected.sensor_layers;
        observer.trace(&Line::Layer(Box::new(trace::Layer {
            layer,
            sum,
            capture: pixel.capture,
            layer_sum: apart.then_some(pixel.layer_intensity),
            working: Working::default(),
        })));
    }

    /// The end of the pixel: photons, and the pixel as it is written.
    pub(super) fn tell_pixel(
        &self,
        pixel: &Pixel,
        photons: f64,
        value: f32,
        observer: &mut dyn Observer,
    ) {
        let experiment = self.experiment;
        observer.trace(&Line::Pixel(Box::new(trace::Pixel {
            skipped: None,
            background: Some(self.background_in_sum()),
            sum: Some(pixel.intensity),
            steps: Some(experiment.sampling.steps),
            fluence: Some(experiment.beam.fluence),
            capture: Some(pixel.capture),
            polarization: Some(pixel.polar),
            omega: Some(pixel.omega),
            photons: Some(photons),
            pixel: f64::from(value),
            working: Working::default(),
        })));
    }
}

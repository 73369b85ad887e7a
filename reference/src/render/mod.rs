//! The pixel loop of the C program (C:2517-3090), literal and scalar.
//!
//! Loops nest as there: slow, fast, sensor layer, sub-pixel slow, sub-pixel fast, source, spindle
//! step, mosaic domain. What the C program keeps in variables across iterations is kept in
//! `Walk`: the orientation that a spindle step at zero leaves alone, the switch of the
//! interpolation, and the values that the report shows of a pixel.

mod interpolate;
mod lattice;
mod polarization;
mod told;

use std::ops::ControlFlow;

use ndarray::Array2;

use crate::engine::{Engine, Event, Maximum, Observer, PixelTrace, Rendered};
use crate::error::{Error, Result};
use crate::experiment::{Detector, Experiment, R_E_SQR};
use crate::host::filled;
use crate::quirks::Quirk;
use crate::trace::{self, Manner};
use crate::vector::{Vector, cross, dot, magnitude, rotate_axis, rotate_umat, unitize};

/// The reference engine.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReferenceEngine;

impl Engine for ReferenceEngine {
    fn label(&self) -> &'static str {
        "reference"
    }

    fn render(&self, experiment: &Experiment, observer: &mut dyn Observer) -> Result<Rendered> {
        render(experiment, observer)
    }
}

/// How this engine calculates, for traces.
const MANNER: Manner = Manner { engine: "reference", precision: "double", vector_unit: None };

/// Renders an experiment with the reference engine.
///
/// # Errors
/// [`Error::Cancelled`] where the observer asks for it, and memory that the system does not give.
pub fn render(experiment: &Experiment, observer: &mut dyn Observer) -> Result<Rendered> {
    let [fpixels, spixels] = experiment.detector.pixels;
    let image = filled("the image", fpixels * spixels, 0f32)?;
    let image = Array2::from_shape_vec((spixels, fpixels), image)
        .map_err(|error| Error::Impossible(error.to_string()))?;
    let mut walk = Walk::new(experiment, image);
    let traced = trace::begin(experiment, MANNER, observer);
    let total = experiment.detector.roi_pixels();
    let mut done = 0;
    for spixel in 0..spixels {
        let mut reported = done;
        for fpixel in 0..fpixels {
            if !experiment.detector.in_roi(fpixel, spixel) {
                continue;
            }
            done += 1;
            if !experiment.detector.masked(fpixel, spixel) {
                let mut asking = Asking { observer, done, total };
                let walked = if traced == Some([fpixel, spixel]) {
                    walk.pixel::<true>(fpixel, spixel, &mut asking)
                } else {
                    walk.pixel::<false>(fpixel, spixel, &mut asking)
                };
                if walked == ControlFlow::Break(()) {
                    return Err(Error::Cancelled);
                }
            }
            // Pixels of many steps are slow: ask after each of them, else after each row.
            let slow = experiment.sampling.steps > 1000;
            if (slow || fpixel + 1 == fpixels || done == total) && done > reported {
                reported = done;
                if observer.progress(done, total) == ControlFlow::Break(()) {
                    return Err(Error::Cancelled);
                }
            }
        }
    }
    Ok(walk.rendered)
}

/// The observer, and what it is told in the middle of a pixel.
struct Asking<'a> {
    observer: &'a mut dyn Observer,
    done: u64,
    total: u64,
}

/// A pixel of more steps than this asks whether to go on after each row of its sub-pixels.
const SLOW_PIXEL: i32 = 100_000;

/// Which corrections are in force, looked up once.
struct Corrected {
    stale_phi: bool,
    curved_axes: bool,
    interpolation_sticks: bool,
    sensor_layers: bool,
    running_product: bool,
    zero_capture: bool,
    water_scale: bool,
    solid_angle_report: bool,
}

/// The variables that live as long as the run.
struct Walk<'a> {
    experiment: &'a Experiment,
    corrected: Corrected,
    subpixel_size: f64,
    rendered: Rendered,
    /// The axis of the polarization, made a unit vector again at every use.
    polar_vector: Vector,
    /// Orientation after the spindle (`ap`, `bp`, `cp`).
    turned: [Vector; 3],
    /// Orientation after the mosaic domain (`a`, `b`, `c`).
    cell: [Vector; 3],
    /// Whether structure factors are interpolated from here on.
    interpolate: bool,
    fdet: f64,
    sdet: f64,
    position: Vector,
    stol: f64,
    index: Vector,
    nearest: [i32; 3],
    f_cell: f64,
    f_latt: f64,
}

/// The variables that live as long as a pixel.
struct Pixel {
    intensity: f64,
    polar: f64,
    omega: f64,
    capture: f64,
    /// Polarization of the first source, for a background that no resolution limit removes.
    first_polar: Option<f64>,
    /// Cosine between the ray to the first sub-pixel and the detector normal.
    first_parallax: Option<f64>,
    first_omega: f64,
    layer_intensity: f64,
}

impl<'a> Walk<'a> {
    fn new(experiment: &'a Experiment, image: Array2<f32>) -> Self {
        let off = |quirk| !experiment.quirks.has(quirk);
        Walk {
            experiment,
            corrected: Corrected {
                stale_phi: off(Quirk::StalePhi),
                curved_axes: off(Quirk::CurvedAxes),
                interpolation_sticks: off(Quirk::InterpolationSticks),
                sensor_layers: off(Quirk::SensorLayers),
                running_product: off(Quirk::RunningProduct),
                zero_capture: off(Quirk::ZeroCapture),
                water_scale: off(Quirk::WaterScale),
                solid_angle_report: off(Quirk::SolidAngleReport),
            },
            subpixel_size: experiment.detector.pixel_size / experiment.sampling.oversample as f64,
            rendered: Rendered {
                image,
                events: Vec::new(),
                out_of_range: 0,
                guarded: 0,
                omega_sum: 0.0,
                solid_angle: 0.0,
                maximum: Maximum::default(),
                sum: 0.0,
                sum_of_squares: 0.0,
                count: 0,
            },
            polar_vector: experiment.beam.polar_vector,
            turned: experiment.crystal.cell,
            cell: experiment.crystal.cell,
            interpolate: experiment.structure.interpolate,
            fdet: 0.0,
            sdet: 0.0,
            position: [0.0; 3],
            stol: 0.0,
            index: [0.0; 3],
            nearest: [0; 3],
            f_cell: experiment.structure.factors.as_ref().map_or(0.0, |table| table.last_read),
            f_latt: 0.0,
        }
    }

    /// One pixel (C:2663-3072); with `TRACED` the observer is told of every step.
    fn pixel<const TRACED: bool>(
        &mut self,
        fpixel: usize,
        spixel: usize,
        asking: &mut Asking<'_>,
    ) -> ControlFlow<()> {
        let Experiment { beam, detector, sampling, .. } = self.experiment;
        let sensor = &detector.sensor;
        let mut pixel = Pixel {
            intensity: self.background_in_sum(),
            polar: if beam.nopolar { 1.0 } else { 0.0 },
            omega: 0.0,
            capture: 0.0,
            first_polar: None,
            first_parallax: None,
            first_omega: 0.0,
            layer_intensity: 0.0,
        };
        for thick_tic in 0..sensor.layers {
            pixel.capture = if sensor.thickness == 0.0 { 1.0 } else { 0.0 };
            for sub_s in 0..sampling.oversample {
                for sub_f in 0..sampling.oversample {
                    self.sub_pixel::<TRACED>(
                        [fpixel, spixel],
                        [sub_f, sub_s],
                        thick_tic,
                        &mut pixel,
                        asking.observer,
                    );
                }
                if sampling.steps > SLOW_PIXEL {
                    asking.observer.progress(asking.done - 1, asking.total)?;
                }
            }
            if self.corrected.sensor_layers || thick_tic + 1 == sensor.layers {
                self.add_background(&mut pixel);
            }
            let sum = pixel.intensity;
            if self.corrected.sensor_layers {
                // Each layer's terms with its own fraction, unless each term has had its own.
                let fraction = if sampling.thick { 1.0 } else { pixel.capture };
                pixel.layer_intensity += pixel.intensity * fraction;
                pixel.intensity = self.background_in_sum();
            }
            if TRACED {
                self.tell_layer(thick_tic, sum, &pixel, asking.observer);
            }
        }
        if self.corrected.sensor_layers {
            pixel.intensity = pixel.layer_intensity;
        }
        self.finish::<TRACED>(fpixel, spixel, &pixel, asking.observer);
        ControlFlow::Continue(())
    }

    /// One sub-pixel of one layer, all sources (C:2691-3019).
    #[inline]
    fn sub_pixel<const TRACED: bool>(
        &mut self,
        [fpixel, spixel]: [usize; 2],
        [sub_f, sub_s]: [usize; 2],
        thick_tic: usize,
        pixel: &mut Pixel,
        observer: &mut dyn Observer,
    ) {
        let Experiment { beam, detector, sampling, .. } = self.experiment;
        let sensor = &detector.sensor;
        let oversample = sampling.oversample;
        let odet = thick_tic as f64 * sensor.step;
        self.fdet =
            self.subpixel_size * (fpixel * oversample + sub_f) as f64 + self.subpixel_size / 2.0;
        self.sdet =
            self.subpixel_size * (spixel * oversample + sub_s) as f64 + self.subpixel_size / 2.0;
        self.position = [0, 1, 2].map(|i| {
            self.fdet * detector.fdet[i]
                + self.sdet * detector.sdet[i]
                + odet * detector.odet[i]
                + detector.pix0[i]
        });
        if detector.curved {
            self.position = self.curve();
        }
        let (mut diffracted, airpath) = unitize(&self.position);

        if pixel.omega == 0.0 || sampling.omega {
            pixel.omega = self.solid_angle(airpath, detector.point_pixel);
        }
        self.rendered.omega_sum += pixel.omega;
        if self.corrected.solid_angle_report && thick_tic == 0 {
            self.rendered.solid_angle +=
                self.solid_angle(airpath, false) / (oversample * oversample) as f64;
        }
        let parallax = dot(&diffracted, &detector.odet);
        if pixel.first_parallax.is_none() {
            pixel.first_parallax = Some(parallax);
            pixel.first_omega = pixel.omega;
        }
        if pixel.capture == 0.0 || sampling.thick {
            let tic = thick_tic as f64;
            pixel.capture = (-tic * sensor.step * sensor.mu / parallax).exp()
                - (-(tic + 1.0) * sensor.step * sensor.mu / parallax).exp();
            if self.corrected.zero_capture && sensor.thickness == 0.0 {
                pixel.capture = 1.0;
            }
        }
        let place = [thick_tic, sub_s, sub_f];
        if TRACED {
            self.tell_ray(place, (airpath, diffracted, parallax), pixel, observer);
        }

        for (number, source) in beam.sources.iter().enumerate() {
            let mut incident = source.direction.map(|component| -component);
            let scattering = [0, 1, 2].map(|i| (diffracted[i] - incident[i]) / source.wavelength);
            self.stol = 0.5 * magnitude(&scattering);
            if self.corrected.water_scale && pixel.first_polar.is_none() {
                let (mut beam_in, mut ray, mut axis) = (incident, diffracted, self.polar_vector);
                pixel.first_polar = Some(if beam.nopolar {
                    1.0
                } else {
                    polarization::factor(beam.polarization, &mut beam_in, &mut ray, &mut axis)
                });
            }
            if sampling.dmin > 0.0 && self.stol > 0.0 && sampling.dmin > 0.5 / self.stol {
                if TRACED {
                    self.tell_source(place, number, (scattering, true), pixel, observer);
                }
                continue;
            }
            let undone = sampling.polar && !(self.corrected.zero_capture && beam.nopolar);
            if pixel.polar == 0.0 || undone {
                pixel.polar = polarization::factor(
                    beam.polarization,
                    &mut incident,
                    &mut diffracted,
                    &mut self.polar_vector,
                );
            }
            if TRACED {
                self.tell_source(place, number, (scattering, false), pixel, observer);
            }
            self.orientations::<TRACED>((place, number), &scattering, pixel, observer);
        }
    }

    /// The spindle steps and mosaic domains of one source (C:2779-3016).
    #[inline]
    fn orientations<const TRACED: bool>(
        &mut self,
        seen: ([usize; 3], usize),
        scattering: &Vector,
        pixel: &mut Pixel,
        observer: &mut dyn Observer,
    ) {
        let Experiment { crystal, spindle, sampling, .. } = self.experiment;
        for phi_tic in 0..spindle.sweep.count {
            let phi = spindle.phi(phi_tic);
            if phi != 0.0 {
                self.turned = crystal.cell.map(|vector| rotate_axis(&vector, &spindle.axis, phi));
            } else if self.corrected.stale_phi {
                self.turned = crystal.cell;
            }
            for (domain, umat) in crystal.domains.iter().enumerate() {
                self.cell = if crystal.mosaic_spread > 0.0 {
                    self.turned.map(|vector| rotate_umat(&vector, umat))
                } else {
                    self.turned
                };
                self.index = [0, 1, 2].map(|axis| dot(&self.cell[axis], scattering));
                // Below 2^31 in magnitude: checked when the experiment was resolved.
                self.nearest = self.index.map(|index| (index - 0.5).ceil() as i32);
                self.f_latt = lattice::factor(crystal, &self.index, &self.nearest);
                if self.f_latt == 0.0 && sampling.water_size == 0.0 {
                    if TRACED {
                        let step = self.step(seen, [phi_tic as usize, domain], phi);
                        told::skipped(step, pixel.intensity, observer);
                    }
                    continue;
                }
                self.f_cell = self.structure_factor(observer);

                let mut term = self.f_cell * self.f_cell * self.f_latt * self.f_latt;
                if self.corrected.running_product {
                    if sampling.thick {
                        term *= pixel.capture;
                    }
                    if sampling.polar {
                        term *= pixel.polar;
                    }
                    if sampling.omega {
                        term *= pixel.omega;
                    }
                    pixel.intensity += term;
                } else {
                    pixel.intensity += term;
                    if sampling.thick {
                        pixel.intensity *= pixel.capture;
                    }
                    if sampling.polar {
                        pixel.intensity *= pixel.polar;
                    }
                    if sampling.omega {
                        pixel.intensity *= pixel.omega;
                    }
                }
                if TRACED {
                    let step = self.step(seen, [phi_tic as usize, domain], phi);
                    self.tell_step(step, term, pixel.intensity, observer);
                }
            }
        }
    }

    /// The structure factor of the cell at the present indices (C:2929-3007).
    #[inline]
    fn structure_factor(&mut self, observer: &mut dyn Observer) -> f64 {
        let structure = &self.experiment.structure;
        let factors = structure.factors.as_deref();
        if let Some(factors) = factors
            && self.interpolate
        {
            let inside = if self.corrected.interpolation_sticks {
                interpolate::has_neighbourhood(factors, &self.index)
            } else {
                interpolate::in_c_range(factors, &self.index)
            };
            if inside {
                return interpolate::tricubic(factors, &self.index);
            }
            self.out_of_range(observer);
        }
        interpolate::nearest(factors, self.nearest, structure.default_f)
    }

    /// Notes an evaluation out of the range of the interpolation.
    #[cold]
    fn out_of_range(&mut self, observer: &mut dyn Observer) {
        self.rendered.out_of_range += 1;
        if self.rendered.events.is_empty() {
            let event = Event::OutOfRange { index: self.index, nearest: self.nearest };
            observer.event(&event);
            self.rendered.events.push(event);
        }
        if !self.corrected.interpolation_sticks {
            self.interpolate = false;
        }
    }

    /// Solid angle of a pixel at the distance `airpath` (C:2724-2726).
    #[inline]
    fn solid_angle(&self, airpath: f64, point_pixel: bool) -> f64 {
        let detector = &self.experiment.detector;
        if point_pixel {
            return 1.0 / airpath / airpath;
        }
        let size = detector.pixel_size;
        size * size / airpath / airpath * detector.close_distance / airpath
    }

    /// The present position on a detector whose pixels all have the same distance (C:2707-2716).
    fn curve(&self) -> Vector {
        let Experiment { beam, detector, .. } = self.experiment;
        let distance = detector.distance;
        let spot = beam.direction.map(|component| distance * component);
        let Detector { fdet, sdet, .. } = detector;
        if self.corrected.curved_axes {
            // An arc along each axis as long as the offset from the beam spot. The rotation about
            // the slow axis moves along the fast one, and the other way round.
            let [fbeam, sbeam] = detector.beam_spot;
            let sense =
                |axis: &Vector, moved: &Vector| dot(&cross(axis, &beam.direction), moved).signum();
            let about_slow = (self.fdet - fbeam) / distance * sense(sdet, fdet);
            let about_fast = (self.sdet - sbeam) / distance * sense(fdet, sdet);
            return rotate_axis(&rotate_axis(&spot, sdet, about_slow), fdet, about_fast);
        }
        let moved = rotate_axis(&spot, sdet, self.position[1] / distance);
        rotate_axis(&moved, fdet, self.position[2] / distance)
    }

    /// Scales the sum to photons and keeps the statistics (C:3032-3072).
    fn finish<const TRACED: bool>(
        &mut self,
        fpixel: usize,
        spixel: usize,
        pixel: &Pixel,
        observer: &mut dyn Observer,
    ) {
        let Experiment { beam, sampling, .. } = self.experiment;
        let mut photons = R_E_SQR * beam.fluence * pixel.intensity / f64::from(sampling.steps);
        if !sampling.thick && !self.corrected.sensor_layers {
            photons *= pixel.capture;
        }
        if !sampling.polar {
            photons *= pixel.polar;
        }
        if !sampling.omega {
            photons *= pixel.omega;
        }
        if self.corrected.water_scale {
            photons += self.water(pixel);
        }
        // Added to a zero, as in the C program: a negative zero does not stay one.
        let value = (0.0 + photons) as f32;
        self.rendered.image[[spixel, fpixel]] = value;
        if TRACED {
            self.tell_pixel(pixel, photons, value, observer);
        }

        let rendered = &mut self.rendered;
        if f64::from(value) > rendered.maximum.value {
            rendered.maximum =
                Maximum { value: f64::from(value), position: [self.fdet, self.sdet] };
        }
        rendered.sum += f64::from(value);
        rendered.sum_of_squares += f64::from(value * value);
        rendered.count += 1;
        if observer.wants(fpixel, spixel) {
            observer.pixel(&PixelTrace {
                fast: fpixel,
                slow: spixel,
                stol: self.stol,
                position: self.position,
                index: self.index,
                nearest: self.nearest,
                f_cell: self.f_cell,
                f_latt: self.f_latt,
                intensity: pixel.intensity,
                steps: sampling.steps,
                polar: pixel.polar,
                omega: pixel.omega,
                capture: pixel.capture,
                pixel: value,
                cell: self.cell,
            });
        }
    }

    /// Whether the water is added to the sum behind its terms: where the factors of the
    /// `-oversample_` options go to the terms, it has to get them for itself.
    fn background_apart(&self) -> bool {
        let sampling = &self.experiment.sampling;
        self.corrected.running_product && (sampling.thick || sampling.polar || sampling.omega)
    }

    /// What the C program's sum of terms starts from.
    fn background_in_sum(&self) -> f64 {
        if self.corrected.water_scale || self.background_apart() {
            return 0.0;
        }
        self.experiment.sampling.background
    }

    /// Adds the water of the C program with the factors that its terms have had.
    fn add_background(&self, pixel: &mut Pixel) {
        let sampling = &self.experiment.sampling;
        if self.corrected.water_scale || !self.background_apart() {
            return;
        }
        let mut background = sampling.background;
        for (applied, factor) in [
            (sampling.thick, pixel.capture),
            (sampling.polar, pixel.polar),
            (sampling.omega, pixel.omega),
        ] {
            if applied {
                background *= factor;
            }
        }
        pixel.intensity += background;
    }

    /// Photons from the water, once a pixel: background × solid angle × polarization × the
    /// fraction that the whole sensor captures. Used where the quirk `water-scale` is off.
    fn water(&self, pixel: &Pixel) -> f64 {
        let Experiment { detector, sampling, .. } = self.experiment;
        let sensor = &detector.sensor;
        let capture = match pixel.first_parallax {
            Some(parallax) if sensor.thickness > 0.0 => {
                1.0 - (-(sensor.layers as f64) * sensor.step * sensor.mu / parallax).exp()
            }
            _ => 1.0,
        };
        sampling.background * pixel.first_omega * pixel.first_polar.unwrap_or(1.0) * capture
    }
}

//! A second scalar engine, written from the formulas of `spec/quirks.md` and of the C program
//! (C:2517-3090), with places at which it can be made to go wrong.
//!
//! For a pixel: sum over sensor layers, sub-pixels, sources, spindle steps and mosaic domains of
//! (F_cell·F_latt)², times r_e²·fluence over the number of steps, times solid angle, polarization
//! factor and captured fraction. Those three are computed where they are needed for the first time
//! in a pixel, or at every turn with the `-oversample_` options.

mod cell;
mod optics;
mod orientation;
mod pixel;
mod water;

use nanobragg_reference::engine::{Engine, Maximum, Observer, PixelTrace, Rendered};
use nanobragg_reference::experiment::Experiment;
use nanobragg_reference::vector::Vector;
use nanobragg_reference::{Error, Quirk, Result};
use ndarray::Array2;

use super::pixel::PixelFault;
use orientation::{Orientations, UnitCell};

/// The second engine, right or with one fault.
#[derive(Clone, Copy, Debug, Default)]
pub struct Model {
    fault: Option<PixelFault>,
}

impl Model {
    /// The engine with a fault.
    pub fn with(fault: PixelFault) -> Model {
        Model { fault: Some(fault) }
    }
}

impl Engine for Model {
    fn label(&self) -> &'static str {
        "model"
    }

    fn render(&self, experiment: &Experiment, observer: &mut dyn Observer) -> Result<Rendered> {
        let detector = &experiment.detector;
        let orientations = Orientations::new(experiment, self.fault);
        let mut run = Run::new(experiment, &orientations, self.fault);
        let [width, height] = detector.pixels;
        let (mut done, total) = (0, detector.roi_pixels());
        for slow in 0..height {
            for fast in (0..width).filter(|&fast| detector.in_roi(fast, slow)) {
                done += 1;
                if !detector.masked(fast, slow) {
                    run.pixel(fast, slow, observer);
                }
            }
            if observer.progress(done, total).is_break() {
                return Err(Error::Cancelled);
            }
        }
        Ok(run.rendered)
    }
}

/// A run: what outlives a pixel.
struct Run<'a> {
    experiment: &'a Experiment,
    orientations: &'a Orientations,
    fault: Option<PixelFault>,
    /// Whether structure factors are interpolated from here on.
    interpolating: bool,
    /// Whether anything has been evaluated: a spindle step at 0 looks back.
    evaluated: bool,
    /// The last evaluation, which the report shows.
    last: Evaluation,
    /// The lowest indices of the last neighbourhood interpolated, for a fault.
    neighbourhood: Option<[i32; 3]>,
    rendered: Rendered,
}

/// What the report shows of an evaluation.
struct Evaluation {
    fdet: f64,
    sdet: f64,
    position: Vector,
    stol: f64,
    index: Vector,
    nearest: [i32; 3],
    f_cell: f64,
    f_latt: f64,
    cell: UnitCell,
}

/// What is computed once for a pixel (the captured fraction: for a layer) if nobody asks for more.
#[derive(Default)]
struct Factors {
    omega: Option<f64>,
    polar: Option<f64>,
    capture: Option<f64>,
}

impl Factors {
    fn omega(&self) -> f64 {
        self.omega.unwrap_or(0.0)
    }

    /// 0 in a pixel whose sources all lie beyond the resolution limit.
    fn polar(&self) -> f64 {
        self.polar.unwrap_or(0.0)
    }

    fn capture(&self) -> f64 {
        self.capture.unwrap_or(0.0)
    }
}

impl<'a> Run<'a> {
    fn new(
        experiment: &'a Experiment,
        orientations: &'a Orientations,
        fault: Option<PixelFault>,
    ) -> Self {
        let [width, height] = experiment.detector.pixels;
        Run {
            experiment,
            orientations,
            fault,
            interpolating: experiment.structure.interpolate,
            evaluated: false,
            last: Evaluation {
                fdet: 0.0,
                sdet: 0.0,
                position: [0.0; 3],
                stol: 0.0,
                index: [0.0; 3],
                nearest: [0; 3],
                f_cell: experiment.structure.factors.as_ref().map_or(0.0, |table| table.last_read),
                f_latt: 0.0,
                cell: experiment.crystal.cell,
            },
            neighbourhood: None,
            rendered: Rendered {
                image: Array2::zeros((height, width)),
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
        }
    }

    fn wrong(&self, fault: PixelFault) -> bool {
        self.fault == Some(fault)
    }

    /// Whether the corrected behaviour is asked for.
    fn corrects(&self, quirk: Quirk) -> bool {
        !self.experiment.quirks.has(quirk)
    }

    /// Puts a pixel into the image and the statistics.
    fn count(&mut self, value: f32, [fast, slow]: [usize; 2]) {
        let rendered = &mut self.rendered;
        rendered.image[[slow, fast]] = value;
        if f64::from(value) > rendered.maximum.value {
            rendered.maximum =
                Maximum { value: value.into(), position: [self.last.fdet, self.last.sdet] };
        }
        rendered.sum += f64::from(value);
        rendered.sum_of_squares += f64::from(value * value);
        rendered.count += 1;
    }

    fn trace(
        &self,
        [fast, slow]: [usize; 2],
        factors: &Factors,
        intensity: f64,
        pixel: f32,
    ) -> PixelTrace {
        let last = &self.last;
        PixelTrace {
            fast,
            slow,
            stol: last.stol,
            position: last.position,
            index: last.index,
            nearest: last.nearest,
            f_cell: last.f_cell,
            f_latt: last.f_latt,
            intensity,
            steps: self.experiment.sampling.steps,
            polar: factors.polar(),
            omega: factors.omega(),
            capture: factors.capture(),
            pixel,
            cell: last.cell,
        }
    }
}

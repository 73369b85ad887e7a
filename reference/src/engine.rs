//! What an engine is: it takes an experiment and gives an image, the events on the way, and what
//! the report needs. An engine neither prints nor touches a file.

use std::ops::ControlFlow;

use ndarray::Array2;
use serde::Serialize;

use crate::error::Result;
use crate::experiment::Experiment;
use crate::trace;
use crate::vector::Vector;

/// A way to render experiments.
pub trait Engine {
    /// The label that tests and reports use: `reference`, `cpu`, `cpu-mixed`, `cuda`, `cuda-mixed`.
    fn label(&self) -> &'static str;

    /// Renders an experiment.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`] where the observer asks for it, and what the machine refuses.
    fn render(&self, experiment: &Experiment, observer: &mut dyn Observer) -> Result<Rendered>;
}

/// Watches an engine at work.
pub trait Observer {
    /// Called now and then with the number of pixels done and the number there are.
    /// [`ControlFlow::Break`] ends the run.
    fn progress(&mut self, _done: u64, _total: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Called for each event, in the C program's order.
    fn event(&mut self, _event: &Event) {}

    /// Whether [`Observer::wants`] may hold for some pixel: an engine that renders many pixels at a
    /// time asks this first.
    fn wants_any(&self) -> bool {
        true
    }

    /// Whether [`Observer::pixel`] wants a pixel.
    fn wants(&self, _fast: usize, _slow: usize) -> bool {
        false
    }

    /// Called for each pixel that is wanted, in scan order, after the events that it caused.
    fn pixel(&mut self, _trace: &PixelTrace) {}

    /// The pixel (fast, slow) of which every step is wanted.
    fn traced(&self) -> Option<[usize; 2]> {
        None
    }

    /// Called for each line of the trace of that pixel, in order.
    fn trace(&mut self, _line: &trace::Line) {}
}

/// An observer that looks away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn wants_any(&self) -> bool {
        false
    }
}

/// Something that happened on the way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Event {
    /// The first evaluation out of the range of the interpolation (C:2937-2950). With the quirk
    /// `interpolation-sticks`, interpolation ends here.
    OutOfRange {
        /// Real-valued Miller indices.
        index: Vector,
        /// Nearest integers.
        nearest: [i32; 3],
    },
}

/// An engine's result.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Photons per pixel as they are written, `[slow, fast]`; 0 where nothing was rendered.
    pub image: Array2<f32>,
    /// Events in the C program's order.
    pub events: Vec<Event>,
    /// Evaluations out of the range of the interpolation; counted on where they do not end it.
    pub out_of_range: u64,
    /// Evaluations that a batched engine took by the C program's own expressions, because they were
    /// close to a decision; 0 for an engine that takes all of them so.
    pub guarded: u64,
    /// Sum of the solid angle over pixels, layers and sub-pixels, sr (1/m² for point pixels),
    /// with the cached value where it is not recomputed (`omega_sum`, C:2728).
    pub omega_sum: f64,
    /// Solid angle of the pixels rendered, sr, where the quirk `solid-angle-report` is off.
    pub solid_angle: f64,
    /// The largest pixel.
    pub maximum: Maximum,
    /// Sum of the pixels rendered, in scan order.
    pub sum: f64,
    /// Sum of their squares, each rounded to single precision.
    pub sum_of_squares: f64,
    /// Number of pixels rendered.
    pub count: u64,
}

/// The largest pixel, the first of equal ones in scan order (C:3042).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Maximum {
    /// Photons; 0 where no pixel is positive.
    pub value: f64,
    /// Detector coordinates of the last sub-pixel of that pixel, fast and slow, m.
    pub position: [f64; 2],
}

/// What the report shows of one pixel: the values of its last evaluation (C:3051-3069).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PixelTrace {
    /// Fast coordinate.
    pub fast: usize,
    /// Slow coordinate.
    pub slow: usize,
    /// sin θ/λ, 1/m.
    pub stol: f64,
    /// Position of the last sub-pixel, m.
    pub position: Vector,
    /// Real-valued Miller indices.
    pub index: Vector,
    /// Nearest integers.
    pub nearest: [i32; 3],
    /// Structure factor of the cell, electrons.
    pub f_cell: f64,
    /// Structure factor of the lattice.
    pub f_latt: f64,
    /// Sum over the pixel.
    pub intensity: f64,
    /// Divisor of the sum.
    pub steps: i32,
    /// Polarization factor.
    pub polar: f64,
    /// Solid angle.
    pub omega: f64,
    /// Capture fraction.
    pub capture: f64,
    /// The pixel as it is written.
    pub pixel: f32,
    /// Direct cell vectors, m.
    pub cell: [Vector; 3],
}

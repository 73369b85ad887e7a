//! Every step of one pixel, as an engine calculates it: what `-trace_pixel` writes.
//!
//! A trace is a list of [`Line`]s in the order in which the C program goes through a pixel: sensor
//! layer, sub-pixel slow, sub-pixel fast, source, spindle step, mosaic domain. Variables stand in
//! the order in which they are calculated. Engines tell the lines to an
//! [`Observer`]; [`Writer`] puts them into a file, one JSON object a line.
//!
//! All engines write the same variables. Those that an engine forms are its own numbers, bit for
//! bit. A batched engine does not form all that the C program does: it has |F_latt|² without its
//! constant factor where the C program has F_latt. What it lacks is *common*: restated from the
//! engine's own numbers, so that traces of two engines can be compared. The documentation of each
//! variable says which ones are common; [`Line`] has all of them. What an engine has in their place
//! stands apart, in [`Working`].

mod line;
mod writer;

pub use line::{Header, Layer, Line, Pixel, Ray, SCHEMA, Source, Step, UNITS, Units, Working};
pub use writer::Writer;

use crate::engine::Observer;
use crate::experiment::Experiment;

/// How an engine calculates, for the first line of a trace.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// The engine's label, `reference`, `cpu`, `cpu-mixed`, …
    pub engine: &'static str,
    /// `double` or `mixed`.
    pub precision: &'static str,
    /// The vector unit, where the engine uses one.
    pub vector_unit: Option<&'static str>,
}

/// Begins a trace where the observer wants one: tells the header, and for a pixel that is not
/// rendered why. Gives the pixel (fast, slow) whose steps are to follow.
pub fn begin(
    experiment: &Experiment,
    manner: Manner,
    observer: &mut dyn Observer,
) -> Option<[usize; 2]> {
    let [fast, slow] = observer.traced()?;
    observer.trace(&Line::Header(Box::new(Header::new(experiment, manner, [fast, slow]))));
    let detector = &experiment.detector;
    let reason = if !detector.in_roi(fast, slow) {
        "the pixel lies outside of -roi"
    } else if detector.masked(fast, slow) {
        "-mask leaves the pixel out"
    } else {
        return Some([fast, slow]);
    };
    let skipped = Pixel { skipped: Some(reason), ..Pixel::default() };
    observer.trace(&Line::Pixel(Box::new(skipped)));
    None
}

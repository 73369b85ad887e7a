//! A whole run: from a resolved request through an engine to the files.

use std::ops::ControlFlow;

use crate::arguments::Request;
use crate::arguments::settings::Printout;
use crate::engine::{Engine, Event, Observer, PixelTrace};
use crate::error::Result;
use crate::host::Host;
use crate::output::{self, Finished, printout};
use crate::report::Report;
use crate::resolve::{Job, resolve};

/// Takes the number of pixels done and the number there are; [`ControlFlow::Break`] ends the run.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64) -> ControlFlow<()>;

/// Resolves a request, renders it and writes its files.
///
/// # Errors
/// Whatever stands in the way; no file is left behind then.
pub fn run(
    request: &Request,
    engine: &dyn Engine,
    host: &Host,
    report: &mut Report<'_>,
    progress: Progress<'_>,
) -> Result<Finished> {
    let job = resolve(request, host, report)?;
    output::preflight(&job, host)?;
    let mut watch = Watch::new(&job, report, progress);
    let rendered = engine.render(&job.experiment, &mut watch)?;
    output::write(job, &rendered, host, report)
}

/// Puts what an engine tells into the report, in its order.
pub struct Watch<'a, 'r> {
    report: &'a mut Report<'r>,
    progress: Progress<'a>,
    printout: Printout,
    wavelength: f64,
}

impl<'a, 'r> Watch<'a, 'r> {
    /// Watches over the rendering of a job.
    pub fn new(job: &Job, report: &'a mut Report<'r>, progress: Progress<'a>) -> Self {
        let wavelength = job.experiment.beam.wavelength;
        Watch { report, progress, printout: job.outputs.printout, wavelength }
    }
}

impl Observer for Watch<'_, '_> {
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        (self.progress)(done, total)
    }

    fn event(&mut self, event: &Event) {
        output::warn(event, self.report);
    }

    fn wants_any(&self) -> bool {
        self.printout.on
    }

    fn wants(&self, fast: usize, slow: usize) -> bool {
        self.printout.wants(fast, slow)
    }

    fn pixel(&mut self, trace: &PixelTrace) {
        printout::describe(trace, self.wavelength, self.report);
    }
}

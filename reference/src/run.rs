//! A whole run: from a resolved request through an engine to the files.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::arguments::Request;
use crate::arguments::settings::Printout;
use crate::engine::{Engine, Event, Observer, PixelTrace};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::named::{self, Named};
use crate::output::staged::Staged;
use crate::output::{self, Finished, printout};
use crate::report::Report;
use crate::resolve::{Job, resolve};
use crate::trace::{Line, Writer};

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
    let job = prepare(request, host, report)?;
    let mut watch = Watch::new(&job, report, progress);
    let Some(trace) = &job.outputs.trace else {
        let rendered = engine.render(&job.experiment, &mut watch)?;
        return output::write(job, &rendered, host, report);
    };
    let mut rendered = Err(Error::Cancelled);
    let staged = Staged::write(&trace.file, host, |out| {
        let (watch, writer) = (&mut watch, Writer::new(out));
        let mut tracing = Tracing { watch, pixel: trace.pixel, writer };
        rendered = engine.render(&job.experiment, &mut tracing);
        tracing.writer.finish()
    });
    let staged = staged.map_err(|error| error.of_option(output::TRACE))?;
    // The trace appears behind the images, so that it is there only where they are.
    let finished = output::write(job, &rendered?, host, report)?;
    staged.commit()?;
    Ok(finished)
}

/// Resolves a request, and sees to it that its files can be written and that none of them lies where
/// the run reads.
///
/// # Errors
/// Whatever stands in the way of rendering.
pub fn prepare(request: &Request, host: &Host, report: &mut Report<'_>) -> Result<Job> {
    let notes = Named::of(request, &named::settings(request)?).check(host)?;
    let mut job = resolve(request, host, report)?;
    job.notes.extend(notes);
    output::preflight(&job, host, &mut BTreeSet::new())?;
    Ok(job)
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

/// The same with the steps of one pixel.
struct Tracing<'w, 'a, 'r, 'o> {
    watch: &'w mut Watch<'a, 'r>,
    /// The pixel (fast, slow).
    pixel: [usize; 2],
    writer: Writer<'o>,
}

impl Observer for Tracing<'_, '_, '_, '_> {
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        // A trace that cannot be written need not be calculated.
        if self.writer.has_failed() {
            return ControlFlow::Break(());
        }
        self.watch.progress(done, total)
    }

    fn event(&mut self, event: &Event) {
        self.watch.event(event);
    }

    fn wants_any(&self) -> bool {
        self.watch.wants_any()
    }

    fn wants(&self, fast: usize, slow: usize) -> bool {
        self.watch.wants(fast, slow)
    }

    fn pixel(&mut self, trace: &PixelTrace) {
        self.watch.pixel(trace);
    }

    fn traced(&self) -> Option<[usize; 2]> {
        Some(self.pixel)
    }

    fn trace(&mut self, line: &Line) {
        self.writer.line(line);
    }
}

//! The engine on the processor.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use nanobragg_reference::arguments::Precision;
use nanobragg_reference::engine::{Engine, Event, Maximum, Observer, Rendered};
use nanobragg_reference::trace::{self, Line, Manner};
use nanobragg_reference::{Error, Experiment, Result};
use ndarray::Array2;

use crate::blank::Blank;
use crate::exact;
use crate::kernel::tile::Address;
use crate::plan::Plan;
use crate::region::Region;
use crate::render::{Band, Job};
use crate::special;
use crate::threads;
use crate::trace::{Known, Tracer};
use crate::width::Width;

/// How often the observer is asked whether to go on.
const PERIOD: Duration = Duration::from_millis(50);

/// Lines of a trace after which the observer is asked whether to go on.
const LINES: u64 = 1024;

/// Most threads of an engine. No machine needs more, and among some thousand threads those that look
/// for work keep the others from it.
const MOST_THREADS: usize = 512;

/// The batched engine on the processor.
#[derive(Debug)]
pub struct CpuEngine {
    precision: Precision,
    width: Width,
    pool: Option<rayon::ThreadPool>,
}

impl CpuEngine {
    /// An engine on the widest vector unit, or the one that the environment variable `NB_SIMD`
    /// names, with a number of threads, of which it uses 512 at most; `None`: those of the process, one
    /// for each core. Threads of its own, as many as there are cores, stay on one each.
    ///
    /// # Errors
    /// A vector unit that this machine does not have, and threads that the system does not give.
    pub fn new(precision: Precision, threads: Option<NonZeroUsize>) -> Result<CpuEngine> {
        CpuEngine::with_width(precision, Width::choose()?, threads)
    }

    /// The same on a vector unit of choice.
    ///
    /// # Errors
    /// As [`CpuEngine::new`].
    pub fn with_width(
        precision: Precision,
        width: Width,
        threads: Option<NonZeroUsize>,
    ) -> Result<CpuEngine> {
        let pool = threads
            .map(|count| count.get().min(MOST_THREADS))
            .map(threads::pool)
            .transpose()
            .map_err(|error| Error::Unavailable(format!("-threads: {error}")))?;
        Ok(CpuEngine { precision, width, pool })
    }
}

impl Engine for CpuEngine {
    fn label(&self) -> &'static str {
        match self.precision {
            Precision::Double => "cpu",
            Precision::Mixed => "cpu-mixed",
        }
    }

    fn render(&self, experiment: &Experiment, observer: &mut dyn Observer) -> Result<Rendered> {
        let plan = Plan::new(experiment);
        let region = Region::new(&experiment.detector);
        let [width, height] = experiment.detector.pixels;
        let memory = Blank::new(width * height)?;
        let (cancelled, done) = (AtomicBool::new(false), AtomicU64::new(0));
        let total = experiment.detector.roi_pixels();
        tell_progress(observer, 0, total)?;
        let work = || {
            let how = (self.width, self.precision);
            let (mut job, event) = Job::new(&plan, &region, how, (&cancelled, &done));
            let (mut pixels, mut bands) = job.render(memory);
            job.settle(&mut pixels, &mut bands);
            (job, event, pixels, bands)
        };
        // What is rendered again is not more of the image.
        let progress = || (done.load(Ordering::Relaxed).min(total), total);
        let (mut job, event, pixels, bands) =
            watched(self.pool.as_ref(), work, observer, &cancelled, progress)?;
        if cancelled.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        tell_progress(observer, total, total)?;
        let all = Band::all(&bands);
        let maximum = maximum(&plan, &pixels, &bands, all.sums.maximum);
        let image = Array2::from_shape_vec((height, width), pixels)
            .map_err(|error| Error::Impossible(error.to_string()))?;
        // Where interpolation goes on, the first evaluation out of its range is known at the end.
        let event = event.or_else(|| {
            let pixel = all.outside?;
            special::outside(&plan, pixel, job.special.unrotated)
        });
        let out_of_range = match job.special.switch {
            Some(_) => 1,
            None => all.sums.out_of_range,
        };
        tell(&job, &image, event, observer);
        self.trace(&mut job, &bands, observer)?;
        Ok(Rendered {
            image,
            events: event.into_iter().map(|(_, event)| event).collect(),
            out_of_range,
            guarded: all.sums.guarded,
            omega_sum: all.sums.omega,
            solid_angle: all.sums.solid_angle,
            maximum,
            sum: all.sums.pixels,
            sum_of_squares: all.sums.squares,
            count: all.sums.count,
        })
    }
}

impl CpuEngine {
    /// Tells the observer of every step of the pixel that it wants.
    fn trace(&self, job: &mut Job<'_>, bands: &[Band], observer: &mut dyn Observer) -> Result<()> {
        let manner = manner(self.label(), self.precision, Some(self.width.name()));
        let Some(pixel) = trace::begin(job.plan.experiment, manner, observer) else {
            return Ok(());
        };
        let (cancelled, total) = (job.cancelled, job.plan.experiment.detector.roi_pixels());
        let mut teller = Teller::new(observer, total);
        job.trace(pixel.map(|coordinate| coordinate as u32), bands, &mut |line| {
            if teller.tell(&line).is_break() {
                cancelled.store(true, Ordering::Relaxed);
            }
        });
        if cancelled.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// How an engine calculates, for its traces.
pub(crate) fn manner(
    engine: &'static str,
    precision: Precision,
    vector_unit: Option<&'static str>,
) -> Manner {
    let precision = match precision {
        Precision::Double => "double",
        Precision::Mixed => "mixed",
    };
    Manner { engine, precision, vector_unit }
}

/// Tells the lines of a trace to an observer, and asks it now and then whether to go on.
pub(crate) struct Teller<'a> {
    observer: &'a mut dyn Observer,
    /// Pixels, all of which are done.
    total: u64,
    lines: u64,
}

impl<'a> Teller<'a> {
    pub(crate) fn new(observer: &'a mut dyn Observer, total: u64) -> Teller<'a> {
        Teller { observer, total, lines: 0 }
    }

    /// Tells a line.
    pub(crate) fn tell(&mut self, line: &Line) -> ControlFlow<()> {
        self.observer.trace(line);
        self.lines += 1;
        if self.lines.is_multiple_of(LINES) { self.ask() } else { ControlFlow::Continue(()) }
    }

    /// Asks whether to go on.
    pub(crate) fn ask(&mut self) -> ControlFlow<()> {
        self.observer.progress(self.total, self.total)
    }
}

/// Does the work on a pool, or on that of the process, while this thread asks the observer whether
/// to go on. A thread that belongs to a pool itself does it at once: were it to wait, nobody might be
/// left to do it.
pub(crate) fn watched<T: Send>(
    pool: Option<&rayon::ThreadPool>,
    work: impl FnOnce() -> T + Send,
    observer: &mut dyn Observer,
    cancelled: &AtomicBool,
    progress: impl Fn() -> (u64, u64),
) -> Result<T> {
    match (rayon::current_thread_index(), pool) {
        (Some(_), Some(pool)) => Ok(pool.install(work)),
        (Some(_), None) => Ok(work()),
        (None, Some(pool)) => {
            pool.in_place_scope(|scope| watch(scope, work, observer, cancelled, progress))
        }
        (None, None) => {
            rayon::in_place_scope(|scope| watch(scope, work, observer, cancelled, progress))
        }
    }
}

/// Tells the observer how far the run is, also where it is over before the observer is asked for
/// the first time.
fn tell_progress(observer: &mut dyn Observer, done: u64, total: u64) -> Result<()> {
    if observer.progress(done, total).is_break() { Err(Error::Cancelled) } else { Ok(()) }
}

/// Tells the observer of the event and of the pixels that it wants, in the C program's order: a
/// pixel is shown when it is done, behind the event that it caused.
pub(crate) fn tell(
    job: &Job<'_>,
    image: &Array2<f32>,
    event: Option<(Address, Event)>,
    observer: &mut dyn Observer,
) {
    let mut event = event;
    if observer.wants_any() {
        let detector = &job.plan.experiment.detector;
        let mut tracer = Tracer::new(job.plan, &job.region, &job.special);
        for slow in job.region.slow.clone() {
            for pixel in job.region.row(detector, slow) {
                let behind = |(address, _): &(Address, Event)| {
                    let [fast, slow] = address.place.pixel;
                    (slow, fast) <= (pixel[1], pixel[0])
                };
                if let Some((_, event)) = event.take_if(|event| behind(event)) {
                    observer.event(&event);
                }
                if observer.wants(pixel[0] as usize, pixel[1] as usize) {
                    let value = image[[pixel[1] as usize, pixel[0] as usize]];
                    let known = Known { value, ..job.single(pixel) };
                    observer.pixel(&tracer.trace(pixel, known));
                }
            }
        }
    }
    if let Some((_, event)) = event {
        observer.event(&event);
    }
}

/// Asks the observer now and then until the work is done.
fn watch<'s, T: Send + 's>(
    scope: &rayon::Scope<'s>,
    work: impl FnOnce() -> T + Send + 's,
    observer: &mut dyn Observer,
    cancelled: &AtomicBool,
    progress: impl Fn() -> (u64, u64),
) -> Result<T> {
    let (sender, receiver) = mpsc::channel();
    scope.spawn(move |_| drop(sender.send(work())));
    loop {
        match receiver.recv_timeout(PERIOD) {
            Err(RecvTimeoutError::Timeout) => {
                let (done, total) = progress();
                if observer.progress(done, total).is_break() {
                    cancelled.store(true, Ordering::Relaxed);
                }
            }
            found => return found.map_err(|_| Error::Cancelled),
        }
    }
}

/// The largest pixel, the first of equal ones in scan order (C:3042).
fn maximum(plan: &Plan<'_>, pixels: &[f32], bands: &[Band], value: f32) -> Maximum {
    let width = plan.experiment.detector.pixels[0];
    let band = bands.iter().find(|band| band.total.sums.maximum == value);
    let place = band.filter(|_| value > 0.0).and_then(|band| {
        let start = band.rows.start * width;
        let offset = pixels[start..].iter().position(|&pixel| pixel == value)?;
        Some(start + offset)
    });
    let Some(place) = place else { return Maximum::default() };
    let last = plan.experiment.sampling.oversample - 1;
    let position =
        [place % width, place / width].map(|pixel| exact::coordinate(plan, pixel as u32, last));
    Maximum { value: f64::from(value), position }
}

//! The engine on a GPU.
//!
//! The plan is taken to the device once: sources, the cells of the spindle steps, the rotations of
//! the domains, structure factors. One thread renders one pixel, in the C program's order of layers
//! and sub-pixels; its innermost loops add blocks of terms (`kernel/blocks.h`), or terms one by one
//! where a decision is close (`kernel/terms.h`). What happens once in a run, the first evaluation and
//! the end of the interpolation, is found by the engine on the processor beforehand.
//! The image comes back in bands of rows, one while the next is rendered; sums over pixels are made
//! on the device, row by row, so that they depend neither on the bands nor on the device.
//!
//! For the trace of a pixel one thread walks through it once more, in the functions of the kernels that
//! render, and records what they make of each evaluation (`kernel/record.h`, `kernel/trace.h`).
//!
//! The kernels are CUDA C++ that is plain C++ as well: with the feature `host` the same renderer runs
//! them on the processor, which is how they are tested where there is no device.

mod bands;
pub mod code;
mod device;
mod driver;
#[cfg(feature = "host")]
mod host;
mod memory;
mod parameters;
mod render;
mod running;
mod single;
mod source;
mod sums;
mod trace;
mod traffic;
mod unchecked;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nanobragg_reference::arguments::Precision;
use nanobragg_reference::engine::{Engine, Maximum, Observer, Rendered};
use nanobragg_reference::trace::begin;
use nanobragg_reference::{Error, Experiment, Result};
use ndarray::Array2;

pub use source::source;
pub use traffic::Traffic;

use crate::blank::zero_image;
use crate::engine::{CpuEngine, Teller, manner, tell, watched};
use crate::exact;
use crate::plan::Plan;
use crate::region::Region;
use crate::render::Job;
use crate::special;
use crate::width::Width;
use bands::Limits;
use device::Device;
use driver::Driver;
use render::Scene;
use sums::Sums;
use traffic::Meter;

/// The engine on a GPU.
pub struct CudaEngine {
    precision: Precision,
    backend: Backend,
    /// Limits of the user's, beside those of the device.
    memory: Option<usize>,
    pixels: Option<usize>,
    /// The vector unit that finds what happens once in a run.
    width: Width,
    meter: Meter,
}

/// What the kernels run on.
enum Backend {
    Driver(&'static Driver),
    #[cfg(feature = "host")]
    Host(host::Host),
}

impl CudaEngine {
    /// An engine on the first GPU of this machine.
    ///
    /// # Errors
    /// One line about what is missing: the driver, the GPU, or what it takes to run the kernels.
    pub fn new(precision: Precision) -> Result<CudaEngine> {
        CudaEngine::with(precision, Backend::Driver(Driver::shared()?))
    }

    /// What the kernels run on.
    pub fn device(&self) -> &str {
        match &self.backend {
            Backend::Driver(driver) => driver.name(),
            #[cfg(feature = "host")]
            Backend::Host(_) => "the processor",
        }
    }

    /// An engine whose kernels are compiled as plain C++ and run on the processor, for tests.
    ///
    /// # Errors
    /// A build without the feature `host`, and a machine without a C++ compiler.
    pub fn on_host(precision: Precision) -> Result<CudaEngine> {
        #[cfg(feature = "host")]
        return CudaEngine::with(precision, Backend::Host(host::Host::new()?));
        #[cfg(not(feature = "host"))]
        Err(Error::Unavailable(format!(
            "this build cannot run the kernels on the processor in {precision:?} precision: \
             it lacks the feature 'host'"
        )))
    }

    fn with(precision: Precision, backend: Backend) -> Result<CudaEngine> {
        let width = Width::choose()?;
        Ok(CudaEngine {
            precision,
            backend,
            memory: None,
            pixels: None,
            width,
            meter: Meter::default(),
        })
    }

    /// Fused multiply-adds a second that its device can do in its precision at its highest clock, as
    /// far as the device says.
    pub fn peak(&self) -> Option<f64> {
        match &self.backend {
            Backend::Driver(driver) => driver.peak(self.precision),
            #[cfg(feature = "host")]
            Backend::Host(_) => None,
        }
    }

    /// What its renderings have moved, held and taken.
    pub fn traffic(&self) -> Traffic {
        self.meter.read()
    }

    /// The same engine with so many bytes of device memory for the pixels at work.
    #[must_use]
    pub fn with_memory(mut self, bytes: usize) -> CudaEngine {
        self.memory = Some(bytes);
        self
    }

    /// The same engine with launches of about so many pixels.
    #[must_use]
    pub fn with_launches_of(mut self, pixels: usize) -> CudaEngine {
        self.pixels = Some(pixels);
        self
    }
}

impl Engine for CudaEngine {
    fn label(&self) -> &'static str {
        match (&self.backend, self.precision) {
            (Backend::Driver(_), Precision::Double) => "cuda",
            (Backend::Driver(_), Precision::Mixed) => "cuda-mixed",
            #[cfg(feature = "host")]
            (Backend::Host(_), Precision::Double) => "cuda-host",
            #[cfg(feature = "host")]
            (Backend::Host(_), Precision::Mixed) => "cuda-host-mixed",
        }
    }

    fn render(&self, experiment: &Experiment, observer: &mut dyn Observer) -> Result<Rendered> {
        match &self.backend {
            Backend::Driver(driver) => self.render_on(*driver, experiment, observer),
            #[cfg(feature = "host")]
            Backend::Host(host) => self.render_on(host, experiment, observer),
        }
    }
}

impl CudaEngine {
    fn limits(&self, device: &impl Device) -> Limits {
        let mut limits = device.limits(self.precision);
        limits.memory = self.memory.or(limits.memory);
        if let Some(pixels) = self.pixels {
            (limits.pixels, limits.steps) = (pixels, 0);
        }
        limits
    }

    fn render_on<D: Device>(
        &self,
        device: &D,
        experiment: &Experiment,
        observer: &mut dyn Observer,
    ) -> Result<Rendered> {
        let limits = self.limits(device);
        let plan = Plan::new(experiment);
        let region = Region::new(&experiment.detector);
        let [width, height] = experiment.detector.pixels;
        let mut pixels = zero_image(width * height)?;
        let (cancelled, done) = (AtomicBool::new(false), AtomicU64::new(0));
        let total = experiment.detector.roi_pixels();
        let mixed = self.precision == Precision::Mixed;
        let work = || {
            let how = (self.width, self.precision);
            let (job, event) = Job::new(&plan, &region, how, (&cancelled, &done));
            if cancelled.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            let watch = (&cancelled, &done, &self.meter);
            let mut scene = Scene::new(device, &plan, &region, &job.special, limits, watch)?;
            let sums = scene.render(&mut pixels, mixed)?;
            Ok((job, event, sums, scene))
        };
        // Rows that are rendered again do not count twice.
        let progress = || (done.load(Ordering::Relaxed).min(total), total);
        let (job, event, sums, scene) = watched(None, work, observer, &cancelled, progress)??;
        if cancelled.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        // An image of rounding is done again, evaluation by evaluation; which the processor can, and its
        // steps are what is traced.
        if job.is_rounding(sums.maximum) {
            return CpuEngine::with_width(Precision::Double, self.width, None)?
                .render(experiment, observer);
        }
        let maximum = maximum(&plan, &region, &sums);
        let image = Array2::from_shape_vec((height, width), pixels)
            .map_err(|error| Error::Impossible(error.to_string()))?;
        // Where interpolation goes on, the first evaluation out of its range is known at the end.
        let event = event.or_else(|| {
            let pixel = pixel(&region, sums.outside_at?);
            special::outside(&plan, pixel, job.special.unrotated)
        });
        let out_of_range = match job.special.switch {
            Some(_) => 1,
            None => sums.outside,
        };
        tell(&job, &image, event, observer);
        let manner = manner(self.label(), self.precision, None);
        if let Some(pixel) = begin(experiment, manner, observer) {
            scene.trace(pixel, &mut Teller::new(observer, total))?;
        }
        Ok(Rendered {
            image,
            events: event.into_iter().map(|(_, event)| event).collect(),
            out_of_range,
            guarded: sums.guarded,
            omega_sum: sums.omega,
            solid_angle: sums.solid_angle,
            maximum,
            sum: sums.pixels,
            sum_of_squares: sums.squares,
            count: sums.count,
        })
    }
}

/// Seconds that this process took to load the kernels, and to compile them where the driver did not
/// have them; 0 where it has not.
pub fn seconds_to_load() -> f64 {
    driver::seconds_to_load()
}

/// The pixel with a number within a region.
fn pixel(region: &Region, number: u64) -> [u32; 2] {
    let (width, number) = (region.fast.len(), number as usize);
    let [fast, slow] = [region.fast.start + number % width, region.slow.start + number / width];
    [fast as u32, slow as u32]
}

/// The largest pixel (C:3042).
fn maximum(plan: &Plan<'_>, region: &Region, sums: &Sums) -> Maximum {
    if sums.maximum <= 0.0 {
        return Maximum::default();
    }
    let last = plan.experiment.sampling.oversample - 1;
    let position =
        pixel(region, sums.maximum_at).map(|coordinate| exact::coordinate(plan, coordinate, last));
    Maximum { value: sums.maximum, position }
}

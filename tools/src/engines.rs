//! The engines of this build.

use std::num::NonZeroUsize;

use nanobragg_optimized::{CpuEngine, CudaEngine};
use nanobragg_reference::arguments::{EngineChoice, Precision};
use nanobragg_reference::engine::{Engine, Observer, Rendered};
use nanobragg_reference::{Error, Experiment, ReferenceEngine, Request, Result};

use crate::machine;

/// What `-engine` can name in this build; whether a machine has a GPU shows when it is asked for.
pub const AVAILABLE: [&str; 3] = ["reference", "cpu", "cuda"];

/// Steps from which on a GPU pays for its start: what the processor does in a second or two.
const WORTH_A_GPU: u64 = 2_000_000_000;

/// The engine that a request names; `say` is told which one `auto` takes.
///
/// # Errors
/// An engine that this machine does not have, and a precision that the engine does not have.
pub fn select(request: &Request, say: fn(&str)) -> Result<Box<dyn Engine + Send>> {
    let precision = request.precision;
    let threads = request.threads.and_then(NonZeroUsize::new).or_else(|| Some(machine::cores()));
    match (request.engine, precision) {
        (EngineChoice::Reference, Precision::Double) => Ok(Box::new(ReferenceEngine)),
        (EngineChoice::Reference, Precision::Mixed) => Err(Error::Unavailable(
            "-precision mixed: the reference engine computes in double precision only".into(),
        )),
        (EngineChoice::Cpu, _) => Ok(Box::new(CpuEngine::new(precision, threads)?)),
        (EngineChoice::Cuda, _) => Ok(Box::new(CudaEngine::new(precision)?)),
        (EngineChoice::Auto, _) => Ok(Box::new(Auto { precision, threads, say })),
    }
}

/// What there is of a GPU, in a line.
pub fn gpu() -> String {
    match CudaEngine::new(Precision::Double) {
        Ok(engine) => engine.device().to_owned(),
        Err(reason) => reason.to_string().trim_start_matches("-engine cuda: ").to_owned(),
    }
}

/// A GPU where there is one and the job is long enough to pay for its start, else the processor.
struct Auto {
    precision: Precision,
    threads: Option<NonZeroUsize>,
    say: fn(&str),
}

impl Engine for Auto {
    fn label(&self) -> &'static str {
        "auto"
    }

    fn render(&self, experiment: &Experiment, observer: &mut dyn Observer) -> Result<Rendered> {
        let engine = self.choose(experiment)?;
        engine.render(experiment, observer)
    }
}

impl Auto {
    fn choose(&self, experiment: &Experiment) -> Result<Box<dyn Engine>> {
        let detector = &experiment.detector;
        let per_pixel = u64::from(experiment.sampling.steps.unsigned_abs());
        let steps = detector.roi_pixels() * per_pixel * detector.sensor.layers as u64;
        let why = if steps < WORTH_A_GPU {
            "the job is too small for a GPU".to_owned()
        } else {
            match CudaEngine::new(self.precision) {
                Ok(engine) => {
                    (self.say)(&format!("-engine auto: cuda, on {}", engine.device()));
                    return Ok(Box::new(engine));
                }
                Err(_) => gpu(),
            }
        };
        (self.say)(&format!("-engine auto: cpu; {why}"));
        Ok(Box::new(CpuEngine::new(self.precision, self.threads)?))
    }
}

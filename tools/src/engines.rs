//! The engines of this build.

use std::num::NonZeroUsize;

use nanobragg_optimized::CpuEngine;
use nanobragg_reference::arguments::{EngineChoice, Precision};
use nanobragg_reference::{Engine, Error, ReferenceEngine, Request, Result};

/// What `-engine` can name in this build.
pub const AVAILABLE: [&str; 2] = ["reference", "cpu"];

/// The engine that a request names.
///
/// # Errors
/// An engine or a precision that this build does not have.
pub fn select(request: &Request) -> Result<Box<dyn Engine>> {
    let name = match request.engine {
        EngineChoice::Reference => "reference",
        EngineChoice::Cpu | EngineChoice::Auto => "cpu",
        EngineChoice::Cuda => "cuda",
    };
    match (name, request.precision) {
        ("reference", Precision::Double) => Ok(Box::new(ReferenceEngine)),
        ("cpu", precision) => {
            let threads = request.threads.and_then(NonZeroUsize::new);
            Ok(Box::new(CpuEngine::new(precision, threads)?))
        }
        ("reference", Precision::Mixed) => Err(Error::Unavailable(
            "-precision mixed: the reference engine computes in double precision only".into(),
        )),
        _ => Err(Error::Unavailable(format!(
            "-engine {name}: this build has no such engine yet; it has: {}",
            AVAILABLE.join(", ")
        ))),
    }
}

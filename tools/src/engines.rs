//! The engines of this build.

use nanobragg_reference::arguments::{EngineChoice, Precision};
use nanobragg_reference::{Engine, Error, ReferenceEngine, Request, Result};

/// The engine that a request names.
///
/// # Errors
/// An engine or a precision that this build does not have.
pub fn select(request: &Request) -> Result<Box<dyn Engine>> {
    let name = match request.engine {
        EngineChoice::Reference | EngineChoice::Auto => "reference",
        EngineChoice::Cpu => "cpu",
        EngineChoice::Cuda => "cuda",
    };
    match (name, request.precision) {
        ("reference", Precision::Double) => Ok(Box::new(ReferenceEngine)),
        ("reference", Precision::Mixed) => Err(Error::Unavailable(
            "-precision mixed: the reference engine computes in double precision only".into(),
        )),
        _ => Err(Error::Unavailable(format!(
            "-engine {name}: this build has no such engine yet; it has: reference"
        ))),
    }
}

//! The engines of this build by their labels, in one place.

use std::num::NonZeroUsize;

use nanobragg_optimized::{CpuEngine, CudaEngine};
use nanobragg_reference::arguments::Precision;
use nanobragg_reference::{Engine, Error, ReferenceEngine};

/// The labels of our engines, those that are still to come included, in the order in which tests
/// list them.
pub const LABELS: [&str; 5] = ["reference", "cpu", "cpu-mixed", "cuda", "cuda-mixed"];

/// The labels of the kernels of the GPU where they run on the processor, as plain C++: engines that
/// only tests have. What clauses say of an engine on the GPU holds for the one here too.
pub const ON_HOST: [&str; 2] = ["cuda-host", "cuda-host-mixed"];

/// The label of the C executable.
pub const C: &str = "c";

/// The engine that renders where the user does not name one.
pub const DEFAULT: &str = "cpu";

/// All labels: our engines and the C executable.
pub fn all() -> impl Iterator<Item = &'static str> {
    LABELS.into_iter().chain([C])
}

/// The labels of all that tests run: our engines, the kernels on the processor, the C executable.
pub fn tested() -> impl Iterator<Item = &'static str> {
    LABELS.into_iter().chain(ON_HOST).chain([C])
}

/// The labels of the batched engines, which promise to be close to the reference engine.
pub fn batched() -> impl Iterator<Item = &'static str> {
    LABELS.into_iter().filter(|label| *label != "reference").chain(ON_HOST)
}

/// The label that clauses and promises use for an engine.
pub fn public(label: &str) -> &str {
    match label {
        "cuda-host" => "cuda",
        "cuda-host-mixed" => "cuda-mixed",
        _ => label,
    }
}

/// Whether a word is the label of an engine of ours.
pub fn is_engine(word: &str) -> bool {
    LABELS.into_iter().chain(ON_HOST).any(|label| label == word)
}

/// Whether a word is a label.
pub fn is_label(word: &str) -> bool {
    all().any(|label| label == word)
}

/// An engine that can be handed to another thread.
pub type Renderer = Box<dyn Engine + Send + Sync>;

/// The engine with a label, with a thread for each core where it uses several.
///
/// # Errors
/// Why there is none, for people.
pub fn engine(label: &str) -> Result<Renderer, String> {
    with_threads(label, None)
}

/// The same with a number of threads, as `-threads` gives it; `None`: one for each core. The
/// reference engine computes with one, whatever it is given.
///
/// # Errors
/// As [`engine`].
pub fn with_threads(label: &str, threads: Option<NonZeroUsize>) -> Result<Renderer, String> {
    match label {
        "reference" => Ok(Box::new(ReferenceEngine)),
        "cpu" => cpu(Precision::Double, threads),
        "cpu-mixed" => cpu(Precision::Mixed, threads),
        "cuda" => boxed(CudaEngine::new(Precision::Double)),
        "cuda-mixed" => boxed(CudaEngine::new(Precision::Mixed)),
        "cuda-host" => boxed(CudaEngine::on_host(Precision::Double)),
        "cuda-host-mixed" => boxed(CudaEngine::on_host(Precision::Mixed)),
        _ => Err(format!("'{label}' is not an engine; the engines are {}", LABELS.join(", "))),
    }
}

fn cpu(precision: Precision, threads: Option<NonZeroUsize>) -> Result<Renderer, String> {
    boxed(CpuEngine::new(precision, threads))
}

fn boxed(engine: Result<impl Engine + Send + Sync + 'static, Error>) -> Result<Renderer, String> {
    Ok(Box::new(engine.map_err(|error| error.to_string())?))
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT, LABELS, ON_HOST, engine};

    #[test]
    fn an_engine_has_its_label_or_a_reason_to_be_missing() {
        for label in LABELS.into_iter().chain(ON_HOST) {
            match engine(label) {
                Ok(engine) => assert_eq!(engine.label(), label),
                Err(reason) => {
                    assert!(label.starts_with("cuda"), "{label}: {reason}");
                    assert!(!reason.contains('\n'), "{reason}");
                }
            }
        }
        assert!(engine(DEFAULT).is_ok());
        assert!(engine("gpu").is_err_and(|reason| reason.contains("'gpu'")));
    }
}

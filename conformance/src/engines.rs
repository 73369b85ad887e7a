//! The engines of this build by their labels, in one place.

use std::num::NonZeroUsize;

use nanobragg_optimized::CpuEngine;
use nanobragg_reference::arguments::Precision;
use nanobragg_reference::{Engine, ReferenceEngine};

/// The labels of our engines, those that are still to come included, in the order in which tests
/// list them.
pub const LABELS: [&str; 5] = ["reference", "cpu", "cpu-mixed", "cuda", "cuda-mixed"];

/// The label of the C executable.
pub const C: &str = "c";

/// The engine that renders where the user does not name one.
pub const DEFAULT: &str = "cpu";

/// All labels: our engines and the C executable.
pub fn all() -> impl Iterator<Item = &'static str> {
    LABELS.into_iter().chain([C])
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
        _ if LABELS.contains(&label) => Err(format!("the engine {label} does not exist yet")),
        _ => Err(format!("'{label}' is not an engine; the engines are {}", LABELS.join(", "))),
    }
}

fn cpu(precision: Precision, threads: Option<NonZeroUsize>) -> Result<Renderer, String> {
    Ok(Box::new(CpuEngine::new(precision, threads).map_err(|error| error.to_string())?))
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT, LABELS, engine};

    #[test]
    fn an_engine_has_its_label_or_a_reason_to_be_missing() {
        for label in LABELS {
            match engine(label) {
                Ok(engine) => assert_eq!(engine.label(), label),
                Err(reason) => assert_eq!(reason, format!("the engine {label} does not exist yet")),
            }
        }
        assert!(engine(DEFAULT).is_ok());
        assert!(engine("gpu").is_err_and(|reason| reason.contains("'gpu'")));
    }
}

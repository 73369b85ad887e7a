//! Where the report says that the largest pixel lies.

use nanobragg_reference::Experiment;

/// Detector coordinates of the last sub-pixel of a pixel, fast and slow, m (C:2699-2701).
pub fn position(experiment: &Experiment, fast: usize, slow: usize) -> [f64; 2] {
    let oversample = experiment.sampling.oversample;
    let size = experiment.detector.pixel_size / oversample as f64;
    [fast, slow].map(|count| size * (count * oversample + oversample - 1) as f64 + size / 2.0)
}

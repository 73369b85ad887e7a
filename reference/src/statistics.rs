//! Mean and spread of the image (C:3095-3119).

use crate::engine::Rendered;
use crate::experiment::Experiment;
use crate::quirks::Quirk;

/// What the report says of the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics {
    /// Mean of the pixels rendered.
    pub mean: f64,
    /// Root of the sum of their squares over their number less one.
    pub rms: f64,
    /// Root mean square deviation from the mean, over the region to render.
    pub rmsd: f64,
}

/// Computes the statistics. With the quirk `masked-pixels`, the rmsd counts masked pixels as
/// zeros.
pub fn statistics(experiment: &Experiment, rendered: &Rendered) -> Statistics {
    let mut count = rendered.count.max(1);
    let mean = rendered.sum / count as f64;
    count = count.max(2);
    let rms = (rendered.sum_of_squares / (count - 1) as f64).sqrt();

    let masked_count = experiment.quirks.has(Quirk::MaskedPixels);
    let mut sum = 0.0;
    let mut count = 0u64;
    for ((slow, fast), &value) in rendered.image.indexed_iter() {
        let detector = &experiment.detector;
        if !detector.in_roi(fast, slow) || (!masked_count && detector.masked(fast, slow)) {
            continue;
        }
        let deviation = f64::from(value) - mean;
        sum += deviation * deviation;
        count += 1;
    }
    let rmsd = (sum / (count.max(2) - 1) as f64).sqrt();
    Statistics { mean, rms, rmsd }
}

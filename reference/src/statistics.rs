//! Mean and spread of the image (C:3095-3119).

use crate::engine::Rendered;
use crate::experiment::Experiment;
use crate::region::Region;

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
    statistics_of(&Region::of(experiment, &rendered.image), rendered)
}

/// The same for a region that is at hand.
pub(crate) fn statistics_of(region: &Region<'_>, rendered: &Rendered) -> Statistics {
    let mut count = rendered.count.max(1);
    let mean = rendered.sum / count as f64;
    count = count.max(2);
    let rms = (rendered.sum_of_squares / (count - 1) as f64).sqrt();

    // One sum in scan order: another order would end in other digits.
    let mut sum = 0.0;
    let mut add = |photons: f32| {
        let deviation = f64::from(photons) - mean;
        sum += deviation * deviation;
    };
    let mut count = 0;
    for piece in region.pieces(0..region.photons().len()) {
        match piece.counts {
            None => {
                piece.photons.iter().copied().for_each(&mut add);
                count += piece.photons.len();
            }
            Some(counts) => {
                let counted = piece.photons.iter().zip(counts).filter(|(_, counts)| **counts);
                count += counted.map(|(&photons, _)| add(photons)).count();
            }
        }
    }
    let rmsd = (sum / (count.max(2) - 1) as f64).sqrt();
    Statistics { mean, rms, rmsd }
}

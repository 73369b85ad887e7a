//! Experiments that are too large: for the numbers that hold them, and for a lifetime.

use crate::cformat::g;
use crate::error::{Error, Result};
use crate::experiment::{Detector, Sampling, Source};
use crate::vector::magnitude;

/// Most evaluations (pixels × layers × steps) that are accepted: three years of the reference
/// engine.
const MOST_EVALUATIONS: f64 = 1e15;

/// The divisor of every pixel (C:2462); the C program lets it overflow.
pub(super) fn steps(
    sources: usize,
    domains: usize,
    phisteps: i32,
    oversample: usize,
) -> Result<i32> {
    let product = sources as u128 * domains as u128 * phisteps as u128;
    let product = product * (oversample as u128).pow(2);
    i32::try_from(product).map_err(|_| {
        Error::Impossible(format!(
            "{sources} sources x {domains} mosaic domains x {phisteps} spindle steps x \
             {oversample}x{oversample} sub-pixels are {product} steps a pixel, more than {}",
            i32::MAX
        ))
    })
}

/// Refuses experiments whose Miller indices would not fit into 32 bits.
pub(super) fn check_indices(direct: &[[f64; 3]; 3], sources: &[Source]) -> Result<()> {
    let longest = direct.iter().map(magnitude).fold(0.0, f64::max);
    let wavelengths = sources.iter().map(|source| source.wavelength).filter(|&w| w > 0.0);
    let shortest = wavelengths.fold(f64::INFINITY, f64::min);
    let largest = 2.0 * longest / shortest;
    if largest < f64::from(i32::MAX) {
        return Ok(());
    }
    Err(Error::Impossible(format!(
        "a cell of {} Å at a wavelength of {} Å: Miller indices reach {}",
        g(longest * 1e10),
        g(shortest * 1e10),
        g(largest)
    )))
}

/// Refuses runs that would take years.
pub(super) fn check_work(detector: &Detector, sampling: &Sampling) -> Result<()> {
    let evaluations =
        detector.roi_pixels() as f64 * detector.sensor.layers as f64 * f64::from(sampling.steps);
    if evaluations <= MOST_EVALUATIONS {
        return Ok(());
    }
    Err(Error::Impossible(format!(
        "{} pixels x {} sensor layers x {} steps are {} evaluations, more than {}: years of work",
        detector.roi_pixels(),
        detector.sensor.layers,
        sampling.steps,
        g(evaluations),
        g(MOST_EVALUATIONS)
    )))
}

//! Which of two images is nearer to the exact values, where they differ by more than the bound.

use nanobragg_reference::Experiment;

use super::{Oracle, Undecided};
use crate::tolerance::pixels::Pixel;

/// How many times nearer an engine has to be for the C program's rounding to be the reason.
pub const NEARER: f64 = 2.0;

/// Most pixels of an image that are evaluated.
const MOST_PIXELS: usize = 200;

/// A pixel of two images and its exact value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Place in scan order.
    pub place: usize,
    /// The exact value, photons.
    pub exact: f64,
    /// How far the reference is from it, photons.
    pub reference: f64,
    /// How far the engine is from it, photons.
    pub engine: f64,
}

impl Verdict {
    /// How many times nearer the engine is; below 1 where the reference is.
    pub fn factor(&self) -> f64 {
        if self.engine == 0.0 && self.reference == 0.0 { 1.0 } else { self.reference / self.engine }
    }

    /// Whether the engine is nearer by [`NEARER`].
    pub fn is_rounding_of_reference(&self) -> bool {
        self.engine * NEARER <= self.reference && self.reference > 0.0
    }
}

/// Judges pixels of an experiment that differ.
///
/// # Errors
/// A pixel without an exact value, too many pixels.
pub fn judge(experiment: &Experiment, pixels: &[Pixel]) -> Result<Vec<Verdict>, Undecided> {
    if pixels.len() > MOST_PIXELS {
        return Err(Undecided("too many pixels"));
    }
    let oracle = Oracle::new(experiment)?;
    let width = experiment.detector.pixels[0];
    let verdict = |pixel: &Pixel| {
        let Pixel { place, expected, found } = *pixel;
        let exact = oracle.pixel(place % width, place / width)?;
        Ok(Verdict {
            place,
            exact: exact.to_f64(),
            reference: exact.distance(expected)?,
            engine: exact.distance(found)?,
        })
    };
    pixels.iter().map(verdict).collect()
}

#[cfg(test)]
mod tests {
    use super::{Verdict, judge};
    use crate::execute::CommandLine;
    use crate::tolerance::pixels::Pixel;

    #[test]
    fn only_an_engine_that_is_nearer_is_excused() {
        let verdict = |reference, engine| Verdict { place: 0, exact: 1.0, reference, engine };
        assert!(verdict(1.0, 0.0).is_rounding_of_reference());
        assert!(verdict(1.0, 0.5).is_rounding_of_reference());
        assert!(!verdict(1.0, 0.6).is_rounding_of_reference());
        assert!(!verdict(1.0, 2.0).is_rounding_of_reference());
        assert!(!verdict(0.0, 0.0).is_rounding_of_reference());
        assert!(!verdict(1.0, f64::NAN).is_rounding_of_reference());
        assert_eq!(verdict(1.0, 0.25).factor(), 4.0);
    }

    #[test]
    fn a_pixel_that_is_no_number_has_no_verdict() {
        let line = CommandLine::new("-cell 50 60 70 90 90 90 -N 3 -default_F 9 -detpixels 4");
        let experiment = line.resolve().expect("an experiment");
        let pixel = Pixel { place: 5, expected: 1.0, found: f64::NAN };
        assert!(judge(&experiment, &[pixel]).is_err());
        assert!(judge(&experiment, &[Pixel { found: 2.0, ..pixel }; 1000]).is_err());
        assert_eq!(judge(&experiment, &[]), Ok(Vec::new()));
    }
}

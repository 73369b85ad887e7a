//! Float images within a bound.

use super::Bound;

/// A pixel of two images.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pixel {
    /// Place in scan order.
    pub place: usize,
    /// Photons that were expected.
    pub expected: f64,
    /// Photons that were found.
    pub found: f64,
}

/// How two float images compare.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pixels {
    /// Whether they are the same bit for bit.
    pub identical: bool,
    /// The largest part of what the bound allows that a pixel uses; above 1 it is broken.
    pub worst: f64,
    /// The pixel that uses it.
    pub at: Pixel,
    /// Pixels out of the bound, in scan order.
    pub broken: Vec<Pixel>,
    /// The largest pixel of the one and of the other, where they lie apart but the two are equal
    /// within the bound.
    pub tie: Option<[usize; 2]>,
}

impl Pixels {
    /// Compares two images of the same number of pixels.
    pub fn compare(expected: &[f64], found: &[f64], bound: Bound) -> Pixels {
        let maximum = expected.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        let mut pixels = Pixels { identical: true, ..Pixels::default() };
        for (place, (&expected, &found)) in expected.iter().zip(found).enumerate() {
            if expected.to_bits() == found.to_bits() {
                continue;
            }
            pixels.identical = false;
            let pixel = Pixel { place, expected, found };
            let share = share(bound.allowed(expected, maximum), (expected - found).abs());
            if share > pixels.worst {
                (pixels.worst, pixels.at) = (share, pixel);
            }
            if bound.broken(expected, found, maximum) {
                pixels.broken.push(pixel);
            }
        }
        pixels.tie = tie(expected, found, bound);
        pixels
    }

    /// What differs, for people; `None` where all pixels keep the bound. `width` is the number of
    /// pixels along fast.
    pub fn difference(&self, width: usize, bound: Bound, maximum: f64) -> Option<String> {
        let Pixel { place, expected, found } = *self.broken.first()?;
        Some(format!(
            "{} pixels are out of bounds; the first is fast {}, slow {}: {found:e} instead of \
             {expected:e}, off by {:.2e} where {:.2e} is allowed",
            self.broken.len(),
            place % width.max(1),
            place / width.max(1),
            (expected - found).abs(),
            bound.allowed(expected, maximum)
        ))
    }
}

/// The part of what is allowed that a distance uses; infinite where it is no number.
fn share(allowed: f64, distance: f64) -> f64 {
    let share = if distance == 0.0 { 0.0 } else { distance / allowed };
    if share.is_nan() { f64::INFINITY } else { share }
}

/// The first of the largest pixels of each image, where they are not the same pixel and the second
/// is, among the expected ones, as large as the first within the bound.
fn tie(expected: &[f64], found: &[f64], bound: Bound) -> Option<[usize; 2]> {
    let (a, b) = (largest(expected)?, largest(found)?);
    let is_tie = !bound.broken(expected[a], expected[b], expected[a]);
    (a != b && is_tie).then_some([a, b])
}

/// The first of the largest pixels, where one is positive (C:3042).
fn largest(image: &[f64]) -> Option<usize> {
    let mut best = (None, 0.0);
    for (place, &value) in image.iter().enumerate() {
        if value > best.1 {
            best = (Some(place), value);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::{Bound, Pixels};

    const BOUND: Bound = Bound { relative: 1e-2, of_maximum: 1e-3 };

    #[test]
    fn the_worst_pixel_is_the_one_that_uses_most_of_its_bound() {
        let pixels = Pixels::compare(&[10.0, 1.0, 0.0], &[10.05, 1.01, 0.0], BOUND);
        assert!(!pixels.identical && pixels.broken.is_empty());
        assert_eq!(pixels.at.place, 1);
        assert!((pixels.worst - 0.5).abs() < 1e-9);
        let pixels = Pixels::compare(&[10.0, 0.0], &[10.0, 0.02], BOUND);
        assert_eq!((pixels.broken.len(), pixels.at.place), (1, 1));
        assert!(
            pixels.difference(2, BOUND, 10.0).is_some_and(|text| text.contains("fast 1, slow 0"))
        );
        assert!(Pixels::compare(&[1.0], &[1.0], BOUND).identical);
        assert_eq!(Pixels::compare(&[1.0], &[f64::NAN], BOUND).worst, f64::INFINITY);
    }

    #[test]
    fn maxima_may_change_places_within_the_bound() {
        assert_eq!(Pixels::compare(&[9.99, 10.0], &[10.0, 9.99], BOUND).tie, Some([1, 0]));
        assert_eq!(Pixels::compare(&[9.0, 10.0], &[10.0, 9.0], BOUND).tie, None);
        assert_eq!(Pixels::compare(&[10.0, 10.0], &[10.0, 10.0], BOUND).tie, None);
        assert_eq!(Pixels::compare(&[0.0], &[0.0], BOUND).tie, None);
    }
}

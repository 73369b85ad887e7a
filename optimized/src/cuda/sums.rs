//! Sums over pixels as they come from the device.

use super::parameters::SUMS_WORDS;

/// Structure `Sums` of `kernel/parameters.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    /// Of the pixels.
    pub(super) pixels: f64,
    /// Of their squares, each rounded to single precision.
    pub(super) squares: f64,
    /// Of the solid angles, over layers and sub-pixels.
    pub(super) omega: f64,
    /// Of the solid angles of the pixels.
    pub(super) solid_angle: f64,
    /// The largest doubt of a pixel.
    pub(super) doubt: f64,
    /// The largest pixel, 0 where none is positive.
    pub(super) maximum: f64,
    /// Its number within the region, row by row; the first of equal ones.
    pub(super) maximum_at: u64,
    /// Number of pixels rendered.
    pub(super) count: u64,
    /// Evaluations out of the range of the interpolation.
    pub(super) outside: u64,
    /// The number of the first pixel that has some.
    pub(super) outside_at: Option<u64>,
    /// Evaluations by the C program's own expressions.
    pub(super) guarded: u64,
}

impl Sums {
    /// The sums that the device left in memory.
    pub(super) fn from_words(words: &[u64; SUMS_WORDS]) -> Sums {
        let &[
            pixels,
            squares,
            omega,
            solid_angle,
            doubt,
            maximum,
            at,
            count,
            outside,
            first,
            guarded,
        ] = words;
        Sums {
            pixels: f64::from_bits(pixels),
            squares: f64::from_bits(squares),
            omega: f64::from_bits(omega),
            solid_angle: f64::from_bits(solid_angle),
            doubt: f64::from_bits(doubt),
            maximum: f64::from_bits(maximum),
            maximum_at: at,
            count,
            outside,
            outside_at: (first.cast_signed() >= 0).then_some(first),
            guarded,
        }
    }

    /// The sums of all groups, in their order.
    pub(super) fn total(groups: &[Sums]) -> Sums {
        groups.iter().fold(Sums::default(), |mut sums, next| {
            sums.pixels += next.pixels;
            sums.squares += next.squares;
            sums.omega += next.omega;
            sums.solid_angle += next.solid_angle;
            sums.doubt = sums.doubt.max(next.doubt);
            if next.maximum > sums.maximum {
                (sums.maximum, sums.maximum_at) = (next.maximum, next.maximum_at);
            }
            sums.count += next.count;
            sums.outside += next.outside;
            sums.outside_at = sums.outside_at.or(next.outside_at);
            sums.guarded += next.guarded;
            sums
        })
    }
}

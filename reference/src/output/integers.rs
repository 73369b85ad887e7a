//! Pixels as integers: the scaled image (C:3140-3156), the preview (C:3196-3212), and the casts
//! of C.

use std::io::{self, Write};

use super::blocks;
use crate::cformat::g;
use crate::region::Region;

/// Makes the pixels of the SMV image: scaled, offset, clamped and rounded. `take` has them as bytes
/// in scan order.
pub(super) fn make_counts(
    region: &Region<'_>,
    scale: f64,
    adc_offset: f64,
    take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    blocks::convert_each(region, |photons| counts(photons, scale, adc_offset), take)
}

/// Scaled, offset, clamped, and rounded by way of single precision (C:3152-3155).
fn counts(photons: f32, scale: f64, adc_offset: f64) -> u16 {
    let counts = (f64::from(photons) * scale + adc_offset).clamp(0.0, 65535.0);
    floor((counts + 0.5) as f32)
}

/// The whole part of a number from 0 to 65535.5; 0 for NaN. Unlike a cast, which checks its range,
/// this compiles to vector instructions.
fn floor(value: f32) -> u16 {
    // The last bit of a number from 2²³ on counts ones: the sum is rounded to a whole number.
    const ONES: f32 = 8_388_608.0;
    let sum = value + ONES;
    let rounded_up = sum - ONES > value;
    (sum.to_bits() - u32::from(rounded_up)) as u16
}

/// Writes the PGM preview (C:3188-3228). Negative pixels wrap around.
pub(super) fn write_pgm(
    region: &Region<'_>,
    [width, height]: [usize; 2],
    scale: f64,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "P5\n{width} {height}\n# pixels scaled by {}\n255\n", g(scale))?;
    blocks::convert_each(region, |photons| grey(photons, scale), |bytes| out.write_all(bytes))
}

/// A scaled pixel, cast to a byte as [`cast_through_32_bits`] does (C:3205-3207), again without a
/// cast that checks its range.
fn grey(photons: f32, scale: f64) -> u8 {
    const ONES: f64 = 4_503_599_627_370_496.0;
    let grey = (f64::from(photons) * scale).min(255.0);
    let size = grey.abs();
    let sum = size + ONES;
    let rounded_up = sum - ONES > size;
    let whole = sum.to_bits().wrapping_sub(u64::from(rounded_up));
    let signed = if grey < 0.0 { whole.wrapping_neg() } else { whole };
    if grey > -2147483649.0 { signed as u8 } else { 0 }
}

/// A double cast to a short integer as an x86 processor does it: through 32 bits, whose low end is
/// kept. Out of the range of 32 bits the result is 0.
pub(super) fn cast_through_32_bits(value: f64) -> i32 {
    if value > -2147483649.0 && value < 2147483648.0 { value as i32 } else { i32::MIN }
}

#[cfg(test)]
mod tests {
    use super::{cast_through_32_bits, counts, floor, grey};

    #[test]
    fn counts_are_clamped_and_rounded_in_single_precision() {
        for (photons, scale, adc_offset, expected) in [
            (0.0, 1.0, 40.0, 40),
            (0.5, 1.0, 0.0, 1),
            (0.49, 1.0, 0.0, 0),
            (-50.0, 1.0, 40.0, 0),
            (1e30, 1.0, 40.0, 65535),
            // 40,000.999 is 40,001 in single precision.
            (40000.0, 1.0, 0.499, 40001),
            (0.0, f64::INFINITY, 40.0, 0),
        ] {
            assert_eq!(counts(photons, scale, adc_offset), expected, "{photons} {scale}");
        }
    }

    #[test]
    fn floors_and_greys_are_casts() {
        for step in 0..=4 * 65535 + 2 {
            for value in [step as f32 / 4.0, (step as f32 / 4.0).next_down().max(0.0)] {
                assert_eq!(floor(value), value as u16, "{value}");
            }
        }
        assert_eq!(floor(f32::NAN), 0);
        let edges = [0.0, 1.0, 254.5, 255.0, 256.0, 65535.9, 2147483648.0, 2147483649.0, 1e30];
        let close = edges.into_iter().flat_map(|x: f32| [x.next_down(), x, x.next_up()]);
        let steps = (0..100_000).map(|step| step as f32 / 64.0);
        for photons in close.chain(steps).flat_map(|x| [x, -x]) {
            for scale in [1.0, 0.3, 1.0 / 3.0] {
                let value = (f64::from(photons) * scale).min(255.0);
                let expected = cast_through_32_bits(value) as u8;
                assert_eq!(grey(photons, scale), expected, "{photons} {scale}");
            }
        }
    }

    #[test]
    fn casts_keep_the_low_bits() {
        assert_eq!(cast_through_32_bits(-1.0) as u16, 65535);
        assert_eq!(cast_through_32_bits(-1.0) as u8, 255);
        assert_eq!(cast_through_32_bits(-1e10) as u16, 0);
    }
}

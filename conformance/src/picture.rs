//! Pictures for people: images in one grey scale, and their difference in colours. No number of a
//! comparison comes from here.

use ndarray::{Array2, ArrayView2, Axis, concatenate};
use png::{BitDepth, ColorType, Encoder, EncodingError};

/// How [`grey`] and [`white`] scale.
pub(crate) const METHOD: &str = "linear from 0 to the percentile of the pixels of both images \
                                 together, in the region compared; their maximum where that is 0";

/// The value that is white: a percentile (0 to 100) of all pixels together that are finite, between
/// two of them by linear interpolation. Where that is not positive, their maximum; where no pixel is
/// positive, 1.
pub(crate) fn white<const N: usize>(images: [ArrayView2<'_, f32>; N], percentile: f64) -> f64 {
    let mut pixels: Vec<f32> =
        images.iter().flatten().copied().filter(|pixel| pixel.is_finite()).collect();
    if pixels.is_empty() {
        return 1.0;
    }
    let rank = (pixels.len() - 1) as f64 * percentile / 100.0;
    let (_, &mut below, above) = pixels.select_nth_unstable_by(rank as usize, f32::total_cmp);
    let next = above.iter().copied().min_by(f32::total_cmp).unwrap_or(below);
    let largest = above.iter().copied().max_by(f32::total_cmp).unwrap_or(below);
    let (below, next) = (f64::from(below), f64::from(next));
    let value = below + rank.fract() * (next - below);
    [value, f64::from(largest)].into_iter().find(|value| *value > 0.0).unwrap_or(1.0)
}

/// An 8-bit grey picture: 0 is black, `white` and all above it is white.
pub(crate) fn grey(image: &Array2<f32>, white: f64) -> Result<Vec<u8>, EncodingError> {
    let level = |pixel: &f32| (255.0 * (f64::from(*pixel) / white).clamp(0.0, 1.0)).round() as u8;
    encode(image.dim(), ColorType::Grayscale, &image.iter().map(level).collect::<Vec<u8>>())
}

/// A difference: white is 0, red positive, blue negative, in full colour from `strong` on.
pub(crate) fn heat_map(difference: &Array2<f32>, strong: f64) -> Result<Vec<u8>, EncodingError> {
    encode(
        difference.dim(),
        ColorType::Rgb,
        &difference.iter().flat_map(|pixel| colour(*pixel, strong)).collect::<Vec<u8>>(),
    )
}

/// Three panels in one picture: the expected image, the one found less it, and the one found.
///
/// Both images have the same size. The difference is in full colour at its own largest value.
pub(crate) fn panels(
    expected: &Array2<f32>,
    found: &Array2<f32>,
) -> Result<Vec<u8>, EncodingError> {
    let white = white([expected.view(), found.view()], 99.5);
    let difference = found - expected;
    let strong = difference
        .iter()
        .map(|pixel| f64::from(pixel.abs()))
        .filter(|size| size.is_finite() && *size > 0.0)
        .fold(f64::MIN_POSITIVE, f64::max);
    let level = |pixel: &f32| {
        let level = (255.0 * (f64::from(*pixel) / white).clamp(0.0, 1.0)).round() as u8;
        [level; 3]
    };
    let parts =
        [expected.map(level), difference.map(|pixel| colour(*pixel, strong)), found.map(level)];
    let gap = Array2::from_elem((expected.nrows(), 2), [96, 96, 160]);
    let row = [parts[0].view(), gap.view(), parts[1].view(), gap.view(), parts[2].view()];
    // Parts of one height always fit beside each other.
    let picture = concatenate(Axis(1), &row).unwrap_or_else(|_| parts[2].clone());
    encode(picture.dim(), ColorType::Rgb, &picture.iter().flatten().copied().collect::<Vec<u8>>())
}

/// White for 0, red for positive, blue for negative values, full from `strong` on.
fn colour(pixel: f32, strong: f64) -> [u8; 3] {
    let share = (f64::from(pixel) / strong).clamp(-1.0, 1.0);
    let pale = (255.0 * (1.0 - share.abs())).round() as u8;
    if share > 0.0 { [255, pale, pale] } else { [pale, pale, 255] }
}

fn encode(
    (height, width): (usize, usize),
    colours: ColorType,
    pixels: &[u8],
) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    // No side of an image is longer than 32 bits: its file would not fit into memory.
    let mut encoder = Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(colours);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{grey, heat_map, white};
    use ndarray::arr2;

    fn pixels(png: &[u8]) -> Vec<u8> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a small picture")];
        reader.next_frame(&mut pixels).expect("a frame");
        pixels
    }

    #[test]
    fn percentiles_of_both_images_together() {
        let (x, y) = (arr2(&[[0f32, 30.0]]), arr2(&[[20f32, 10.0], [f32::NAN, 40.0]]));
        let of = |percentile| white([x.view(), y.view()], percentile);
        assert_eq!((of(100.0), of(50.0), of(75.0)), (40.0, 20.0, 30.0));
        // A quarter of the way from the third to the fourth of five.
        assert_eq!(of(56.25), 22.5);
    }

    #[test]
    fn dark_images_have_a_scale_too() {
        let spot = arr2(&[[0f32, 0.0, 0.0, 5.0]]);
        assert_eq!(white([spot.view()], 50.0), 5.0);
        assert_eq!(white([arr2(&[[0f32, -1.0]]).view()], 50.0), 1.0);
        assert_eq!(white([arr2(&[[f32::NAN]]).view()], 50.0), 1.0);
    }

    #[test]
    fn pixels_become_levels() {
        let image = arr2(&[[-1f32, 0.0, 1.0], [2.0, 9.0, f32::NAN]]);
        assert_eq!(pixels(&grey(&image, 2.0).expect("a PNG")), [0, 0, 128, 255, 255, 0]);
        let image = arr2(&[[-3f32, 0.0, 1.0]]);
        let colours = pixels(&heat_map(&image, 2.0).expect("a PNG"));
        assert_eq!(colours, [0, 0, 255, 255, 255, 255, 255, 128, 128]);
    }
}

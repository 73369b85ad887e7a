//! Pictures for people: images in one grey scale, their difference in colours, and all of them
//! beside each other ([`panels`]). No number of a comparison comes from here.

mod canvas;
pub(crate) mod panels;

use ndarray::{Array2, ArrayView2};
use png::{BitDepth, ColorType, Encoder, EncodingError};

/// How [`grey`] and [`white`] scale.
pub(crate) const METHOD: &str = "linear from 0 to the percentile of the pixels of both images \
                                 together, in the region compared; their maximum where that is 0";

/// The value that is white: a percentile (0 to 100) of all pixels together that are finite, between
/// two of them by linear interpolation. Where that is not positive, their maximum; where no pixel is
/// positive, 1.
pub(crate) fn white<T: Copy + Into<f64>, const N: usize>(
    images: [ArrayView2<'_, T>; N],
    percentile: f64,
) -> f64 {
    let mut pixels: Vec<f64> = images
        .iter()
        .flatten()
        .map(|&pixel| pixel.into())
        .filter(|pixel: &f64| pixel.is_finite())
        .collect();
    if pixels.is_empty() {
        return 1.0;
    }
    let rank = (pixels.len() - 1) as f64 * percentile / 100.0;
    let (_, &mut below, above) = pixels.select_nth_unstable_by(rank as usize, f64::total_cmp);
    let next = above.iter().copied().min_by(f64::total_cmp).unwrap_or(below);
    let largest = above.iter().copied().max_by(f64::total_cmp).unwrap_or(below);
    let value = below + rank.fract() * (next - below);
    [value, largest].into_iter().find(|value| *value > 0.0).unwrap_or(1.0)
}

/// An 8-bit grey picture: 0 is black, `white` and all above it is white.
pub(crate) fn grey<T: Copy + Into<f64>>(
    image: &Array2<T>,
    white: f64,
) -> Result<Vec<u8>, EncodingError> {
    let levels: Vec<u8> = image.iter().map(|&pixel| level(pixel.into(), white)).collect();
    encode(image.dim(), ColorType::Grayscale, &levels)
}

/// The grey of a pixel: 0 is black, and so is NaN; `white` and all above it is white.
pub(crate) fn level(pixel: f64, white: f64) -> u8 {
    (255.0 * (pixel / white).clamp(0.0, 1.0)).round() as u8
}

/// A difference: white is 0, red positive, blue negative, in full colour from `strong` on.
pub(crate) fn heat_map<T: Copy + Into<f64>>(
    difference: &Array2<T>,
    strong: f64,
) -> Result<Vec<u8>, EncodingError> {
    encode(
        difference.dim(),
        ColorType::Rgb,
        &difference.iter().flat_map(|pixel| colour(*pixel, strong)).collect::<Vec<u8>>(),
    )
}

/// White for 0, red for positive, blue for negative values, full from `strong` on.
fn colour<T: Copy + Into<f64>>(pixel: T, strong: f64) -> [u8; 3] {
    shade(pixel.into() / strong)
}

/// White for 0, red up to 1, blue down to −1.
pub(crate) fn shade(share: f64) -> [u8; 3] {
    let share = share.clamp(-1.0, 1.0);
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

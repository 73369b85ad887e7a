//! Two images and their difference in one picture: left, right less left, right.
//!
//! Both images are grey, from 0 (black) to one value for both (white). The difference has a signed
//! logarithmic scale: a difference d has the share
//!
//! > sign(d) · ln(1 + |d|/l) / ln(1 + m/l)
//!
//! of the full colour, where m is the largest |d| and l = m/10⁴: red is where the right image is
//! larger, blue where the left one is, white where they are the same. Up to about l the scale is
//! linear, above it each decade takes a quarter of it. What is not finite is magenta.
//!
//! Images of more than [`LONGEST`] pixels a side are reduced by a whole factor: each pixel of a panel
//! shows the largest value of its block, that of the difference the one of the largest size. Small
//! images are enlarged by a whole factor.

use nanobragg_reference::cformat::g;
use ndarray::{Array2, ArrayView2, s};
use png::EncodingError;
use serde::Serialize;

use super::canvas::{Align, Canvas, Colour, LETTER};
use super::{level, shade};

/// No side of a panel is longer than this, pixels.
const LONGEST: usize = 1200;

/// Images are enlarged as long as their longer side is no longer than this, pixels.
const ENOUGH: usize = 600;

/// What titles and scales need, pixels.
const NARROWEST: usize = 264;

/// How many times the largest difference is the one up to which its scale is linear.
const RANGE: f64 = 1e4;

/// Around and between the panels, pixels.
const MARGIN: usize = 12;

/// Height of the bar that shows a scale, pixels.
const BAR: usize = 10;

const NOT_FINITE: Colour = [255, 0, 255];

/// A picture and how it was made.
pub(crate) struct Panels {
    pub(crate) png: Vec<u8>,
    pub(crate) layout: Layout,
}

/// How a picture was made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Layout {
    /// The value that is white in the panels of the images.
    pub(crate) white: f64,
    /// The largest difference, which has the full colour; 0 where no pixel differs.
    pub(crate) full: f64,
    /// The difference up to which the scale is linear.
    pub(crate) linear: f64,
    /// How many pixels of the image, along each side, share one pixel of a panel.
    pub(crate) reduced_by: usize,
    /// How many pixels of a panel, along each side, show one pixel of the image.
    pub(crate) enlarged_by: usize,
    /// First column, first row, width and height of each panel in the picture.
    pub(crate) panels: [[usize; 4]; 3],
}

impl Layout {
    /// How much of the full colour a difference has, with its sign.
    fn share(&self, difference: f64) -> f64 {
        if self.full == 0.0 {
            return 0.0;
        }
        let size = (difference.abs() / self.linear).ln_1p() / (self.full / self.linear).ln_1p();
        size.copysign(difference)
    }
}

/// Draws two images of one shape. `white` is the value that is white in both.
pub(crate) fn draw(
    [left, right]: [ArrayView2<'_, f64>; 2],
    [left_title, right_title]: [&str; 2],
    white: f64,
) -> Result<Panels, EncodingError> {
    let difference = &right - &left;
    let (height, width) = left.dim();
    let side = height.max(width).max(1);
    let reduced_by = side.div_ceil(LONGEST);
    let enlarged_by = (ENOUGH / side).max(1);
    let along = |pixels: usize| pixels.div_ceil(reduced_by) * enlarged_by;
    let (panel_width, panel_height) = (along(width), along(height));
    let column = panel_width.max(NARROWEST);
    let top = MARGIN + LETTER[1] + 4;
    let full =
        difference.iter().map(|d| d.abs()).filter(|size| size.is_finite()).fold(0.0, f64::max);
    let start = |number: usize| MARGIN + number * (column + MARGIN);
    let layout = Layout {
        white,
        full,
        linear: (full / RANGE).max(f64::MIN_POSITIVE),
        reduced_by,
        enlarged_by,
        panels: [0, 1, 2].map(|number| {
            [start(number) + (column - panel_width) / 2, top, panel_width, panel_height]
        }),
    };
    let below = top + panel_height + MARGIN / 2;
    let mut canvas = Canvas::new(start(3), below + BAR + 2 * (LETTER[1] + 2) + MARGIN);

    let less = format!("{right_title} - {left_title}");
    for (number, title) in [left_title, &less, right_title].into_iter().enumerate() {
        canvas.write(title, start(number) + column / 2, MARGIN, Align::Centre, column);
    }
    let grey = |value: f64| if value.is_nan() { NOT_FINITE } else { [level(value, white); 3] };
    let signed = |value: f64| {
        if value.is_finite() { shade(layout.share(value)) } else { NOT_FINITE }
    };
    let of_size = |a: f64, b: f64| if b.abs() > a.abs() { b } else { a };
    for (panel, image) in [(layout.panels[0], left), (layout.panels[2], right)] {
        paint(&mut canvas, panel, &reduced(image, reduced_by, f64::max), enlarged_by, grey);
    }
    let middle = reduced(difference.view(), reduced_by, of_size);
    paint(&mut canvas, layout.panels[1], &middle, enlarged_by, signed);

    for number in [0, 2] {
        let bar = [start(number), below, column, BAR];
        let ends = ["0", "", &g(white)];
        scale(&mut canvas, bar, ends, |share| [level(share, 1.0); 3]);
    }
    // The bar is drawn as the differences are, so that its colours stand for sizes, not for shares.
    let bar = [start(1), below, column, BAR];
    let (note, ends) = if full == 0.0 {
        ("no pixel differs".to_owned(), [String::new(), "0".into(), String::new()])
    } else {
        let note = format!("logarithmic; linear below {}", g(layout.linear));
        (note, [format!("-{}", g(full)), "0".into(), format!("+{}", g(full))])
    };
    scale(&mut canvas, bar, [&ends[0], &ends[1], &ends[2]], |share| shade(2.0 * share - 1.0));
    let line = below + BAR + LETTER[1] + 4;
    canvas.write(&note, start(1) + column / 2, line, Align::Centre, column);
    Ok(Panels { png: canvas.png()?, layout })
}

/// An image of which each pixel stands for a block of `factor`² pixels; what is not finite prevails.
fn reduced(
    image: ArrayView2<'_, f64>,
    factor: usize,
    larger: impl Fn(f64, f64) -> f64,
) -> Array2<f64> {
    if factor == 1 {
        return image.to_owned();
    }
    let (height, width) = image.dim();
    let shape = (height.div_ceil(factor), width.div_ceil(factor));
    let of_two = |a: f64, b: f64| match (a.is_finite(), b.is_finite()) {
        (true, true) => larger(a, b),
        (true, false) => b,
        (false, _) => a,
    };
    Array2::from_shape_fn(shape, |(slow, fast)| {
        let [rows, columns] = [(slow, height), (fast, width)]
            .map(|(place, size)| place * factor..((place + 1) * factor).min(size));
        let block = image.slice(s![rows, columns]);
        block.iter().copied().reduce(of_two).unwrap_or(f64::NAN)
    })
}

/// Paints an image into its panel.
fn paint(
    canvas: &mut Canvas,
    [x, y, ..]: [usize; 4],
    image: &Array2<f64>,
    factor: usize,
    colour: impl Fn(f64) -> Colour,
) {
    for ((slow, fast), &value) in image.indexed_iter() {
        canvas.fill([x + fast * factor, y + slow * factor, factor, factor], colour(value));
    }
}

/// A bar whose colours go from the share 0 on its left end to 1 on its right end, and the numbers
/// below its left end, its middle and its right end.
fn scale(
    canvas: &mut Canvas,
    [x, y, width, height]: [usize; 4],
    [low, middle, high]: [&str; 3],
    colour: impl Fn(f64) -> Colour,
) {
    for place in 0..width {
        let share = place as f64 / (width - 1) as f64;
        canvas.fill([x + place, y, 1, height], colour(share));
    }
    let below = y + height + 2;
    canvas.write(low, x, below, Align::Left, width);
    canvas.write(middle, x + width / 2, below, Align::Centre, width);
    canvas.write(high, x + width - 1, below, Align::Right, width);
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Layout, NOT_FINITE, draw};
    use ndarray::{Array2, arr2};

    /// The picture of two images, and the colour of a pixel of a panel.
    fn drawn(
        left: &Array2<f64>,
        right: &Array2<f64>,
    ) -> (Layout, impl Fn(usize, [usize; 2]) -> [u8; 3] + use<>) {
        let panels = draw([left.view(), right.view()], ["a", "b"], 10.0).expect("a picture");
        let decoder = png::Decoder::new(std::io::Cursor::new(panels.png));
        let mut reader = decoder.read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a small picture")];
        reader.next_frame(&mut pixels).expect("a frame");
        let width = reader.info().width as usize;
        let layout = panels.layout;
        let at = move |panel: usize, [slow, fast]: [usize; 2]| {
            let [x, y, ..] = layout.panels[panel];
            let place = 3 * ((y + slow) * width + x + fast);
            [pixels[place], pixels[place + 1], pixels[place + 2]]
        };
        (layout, at)
    }

    #[test]
    fn colours_tell_sign_and_size() {
        let left = arr2(&[[0.0, 5.0, 10.0], [8.0, f64::NAN, 0.0]]);
        let right = arr2(&[[1.0, 5.0, 9.0], [8.0 + 1e-4, 1.0, f64::INFINITY]]);
        let (layout, at) = drawn(&left, &right);
        assert_eq!((layout.full, layout.linear), (1.0, 1e-4));
        assert_eq!((layout.reduced_by, layout.enlarged_by), (1, 200));
        let of = |panel, slow: usize, fast: usize| at(panel, [slow * 200, fast * 200 + 199]);
        assert_eq!([of(0, 0, 0), of(0, 0, 1), of(0, 0, 2)], [[0; 3], [128; 3], [255; 3]]);
        assert_eq!([of(2, 0, 0), of(2, 0, 2), of(2, 1, 2)], [[26; 3], [230; 3], [255; 3]]);
        // The right image is larger: red; smaller: blue.
        assert_eq!([of(1, 0, 0), of(1, 0, 1), of(1, 0, 2)], [[255, 0, 0], [255; 3], [0, 0, 255]]);
        // ln(2) of ln(10001).
        assert_eq!(of(1, 1, 0), [255, 236, 236]);
        assert_eq!([of(0, 1, 1), of(1, 1, 1), of(1, 1, 2)], [NOT_FINITE; 3]);
    }

    #[test]
    fn large_images_are_reduced_by_their_largest_values() {
        let mut left = Array2::from_elem((3, 2 * LONGEST + 1), 5.0);
        let mut right = left.clone();
        // A difference of −2 and one of +1 in one block.
        (left[[0, 3]], right[[0, 4]]) = (7.0, 6.0);
        right[[2, 2 * LONGEST]] = 10.0;
        let (layout, at) = drawn(&left, &right);
        assert_eq!((layout.reduced_by, layout.enlarged_by), (3, 1));
        assert_eq!(layout.panels.map(|panel| [panel[2], panel[3]]), [[801, 1]; 3]);
        assert_eq!([at(0, [0, 0]), at(0, [0, 1]), at(2, [0, 800])], [[128; 3], [179; 3], [255; 3]]);
        let [red, green, blue] = at(1, [0, 1]);
        assert!(red == green && red < 40 && blue == 255, "{red} {green} {blue}");
        assert_eq!(at(1, [0, 800]), [255, 0, 0]);
    }

    #[test]
    fn odd_images_have_a_picture_too() {
        for shape in [(1, 1), (1, 5000), (5000, 1), (7, 300)] {
            let image = Array2::from_elem(shape, -1.0);
            let (layout, at) = drawn(&image, &image);
            assert_eq!((layout.full, at(1, [0, 0]), at(0, [0, 0])), (0.0, [255; 3], [0; 3]));
        }
        let far = arr2(&[[f64::MAX, f64::MIN, 5e-324]]);
        let (layout, at) = drawn(&far, &far.mapv(|pixel: f64| -pixel));
        assert_eq!(at(1, [0, 0]), NOT_FINITE);
        assert_eq!(layout.full, 1e-323);
    }
}

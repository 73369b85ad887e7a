//! Images by their pixels: shape, region, resampling.

use std::ops::RangeInclusive;

use ndarray::{Array2, ArrayView2, s};

use super::isolate::Isolated;
use super::text;
use crate::compare::floats;
use crate::execute::{CommandLine, Outcome};
use crate::outputs::smv_shape;

/// The float image of a run, `[slow, fast]`.
///
/// Raw floats do not tell their shape. The header of an SMV image that the same run wrote does (the
/// C program always writes one). Without one the shape is what the arguments resolve to, else a
/// square: programs that are compared may have options of their own.
///
/// # Errors
/// What does not fit, for people.
pub(super) fn read(bytes: &[u8], outcome: &Outcome, run: &Isolated) -> Result<Array2<f64>, String> {
    let name = &run.names.float;
    if bytes.is_empty() || !bytes.len().is_multiple_of(4) {
        return Err(format!("{name} has {} bytes, which are no 4-byte floats", bytes.len()));
    }
    let count = bytes.len() / 4;
    let shape = match headers(outcome, run).next() {
        Some((_, shape)) if count_of(shape) == Some(count) => shape,
        Some((smv, shape)) => {
            return Err(format!("{name} has {count} pixels, but {smv} has {}", text(shape)));
        }
        None => from_arguments(&run.line)
            .filter(|shape| count_of(*shape) == Some(count))
            .or_else(|| square(count))
            .ok_or_else(|| {
                format!(
                    "{name} has {count} pixels, which is neither what the arguments say nor a \
                     square, and no SMV image tells their arrangement"
                )
            })?,
    };
    arranged(floats(bytes).map(f64::from).collect(), shape)
}

/// What may tell the shape `(slow, fast)` of raw floats in a file.
pub(super) struct Hints<'a> {
    /// The shape that the user names.
    pub(super) named: Option<(usize, usize)>,
    /// The command line, where there is one.
    pub(super) line: Option<&'a CommandLine>,
    /// The shape of the image on the other side, where a file tells it.
    pub(super) other: Option<(usize, usize)>,
}

impl Hints<'_> {
    /// The shape of a number of pixels, and a note where nobody has said so: what the user names,
    /// else what the arguments resolve to, else the shape of the other side, else a square.
    ///
    /// # Errors
    /// A number that does not fit.
    pub(super) fn shape(&self, count: usize) -> Result<((usize, usize), Option<String>), String> {
        let fits = |shape: &(usize, usize)| count_of(*shape) == Some(count);
        if let Some(shape) = self.named {
            return if fits(&shape) {
                Ok((shape, None))
            } else {
                Err(format!("{count} pixels, but --shape says {}", text(shape)))
            };
        }
        if let Some(shape) = self.line.and_then(from_arguments).filter(fits) {
            return Ok((shape, None));
        }
        let guess = |shape, why| (shape, Some(format!("taken for {} pixels, {why}", text(shape))));
        self.other
            .filter(fits)
            .map(|shape| guess(shape, "as on the other side; --shape names another shape"))
            .or_else(|| Some(guess(square(count)?, "a square; --shape names another shape")))
            .ok_or_else(|| {
                let (slow, fast) = nearly_square(count);
                format!(
                    "{count} pixels make no square; --shape FASTxSLOW tells their arrangement, such as \
                     --shape {}",
                    text((slow, fast)).replace(' ', "")
                )
            })
    }
}

/// Pixels in scan order as an image.
pub(super) fn arranged(pixels: Vec<f64>, shape: (usize, usize)) -> Result<Array2<f64>, String> {
    Array2::from_shape_vec(shape, pixels).map_err(|error| error.to_string())
}

/// The SMV images that a run wrote, with their shapes.
fn headers<'a>(
    outcome: &'a Outcome,
    run: &'a Isolated,
) -> impl Iterator<Item = (&'a str, (usize, usize))> {
    run.names
        .smv
        .iter()
        .filter_map(|name| Some((name.as_str(), smv_shape(outcome.files.get(name)?)?)))
}

/// What the arguments resolve to where they are ours; unknown ones are passed over.
fn from_arguments(line: &CommandLine) -> Option<(usize, usize)> {
    let mut line = line.clone();
    line.arguments.insert(0, "-lenient".into());
    let [fast, slow] = line.resolve().ok()?.detector.pixels;
    Some((slow, fast))
}

fn square(count: usize) -> Option<(usize, usize)> {
    let side = count.isqrt();
    (side * side == count).then_some((side, side))
}

/// The shape `(slow, fast)` of so many pixels whose sides differ least: an example.
fn nearly_square(count: usize) -> (usize, usize) {
    let slow = (1..=count.isqrt()).rev().find(|slow| count.is_multiple_of(*slow)).unwrap_or(1);
    (slow, count / slow)
}

fn count_of((slow, fast): (usize, usize)) -> Option<usize> {
    slow.checked_mul(fast)
}

/// The part of the image that is compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Region {
    fast: RangeInclusive<usize>,
    slow: RangeInclusive<usize>,
}

impl Region {
    /// The region that the user names, or all of an image of this shape, `(slow, fast)`. As with
    /// the C program's `-roi`, it may reach beyond the image and ends there.
    ///
    /// # Errors
    /// A region without a pixel of the image.
    pub(super) fn of(roi: Option<[usize; 4]>, shape: (usize, usize)) -> Result<Region, String> {
        let (slow, fast) = (shape.0 - 1, shape.1 - 1);
        let [xmin, xmax, ymin, ymax] = roi.unwrap_or([0, fast, 0, slow]);
        let complaint =
            |reason: String| Err(format!("--roi {xmin} {xmax} {ymin} {ymax}: {reason}"));
        if xmin > xmax || ymin > ymax {
            return complaint("the first pixel lies behind the last".into());
        }
        if xmin > fast || ymin > slow {
            return complaint(format!("no such pixel: the image has {}", text(shape)));
        }
        Ok(Region { fast: xmin..=xmax.min(fast), slow: ymin..=ymax.min(slow) })
    }

    /// First and last fast pixel, first and last slow pixel.
    pub(super) fn bounds(&self) -> [usize; 4] {
        [*self.fast.start(), *self.fast.end(), *self.slow.start(), *self.slow.end()]
    }

    /// The first pixel, `[slow, fast]`.
    pub(super) fn start(&self) -> [usize; 2] {
        [*self.slow.start(), *self.fast.start()]
    }

    /// The pixels of an image in this region.
    pub(super) fn of_image<'a>(&self, image: &'a Array2<f64>) -> ArrayView2<'a, f64> {
        image.slice(s![self.slow.clone(), self.fast.clone()])
    }
}

/// An image of another shape, each pixel from the one whose area holds its centre: pixel i of n
/// comes from pixel ⌊(i + ½)·m/n⌋ of m.
pub(super) fn resample(image: &Array2<f64>, shape: (usize, usize)) -> Array2<f64> {
    let (slow, fast) = image.dim();
    let source = |place: usize, to: usize, from: usize| (2 * place + 1) * from / (2 * to);
    Array2::from_shape_fn(shape, |(y, x)| {
        image[[source(y, shape.0, slow), source(x, shape.1, fast)]]
    })
}

#[cfg(test)]
mod tests {
    use super::{Hints, Region, resample};
    use crate::execute::CommandLine;
    use ndarray::{Array2, arr2};

    #[test]
    fn regions_include_both_ends_and_end_with_the_image() {
        let image = Array2::from_shape_fn((4, 6), |(slow, fast)| (10 * slow + fast) as f64);
        let region = Region::of(Some([1, 2, 3, 3]), image.dim()).expect("inside");
        assert_eq!(region.of_image(&image), arr2(&[[31.0, 32.0]]));
        assert_eq!(region.start(), [3, 1]);
        let whole = Region::of(None, image.dim()).expect("all of it");
        assert_eq!(whole.of_image(&image), image);
        let beyond = Region::of(Some([5, 9, 2, usize::MAX]), image.dim()).expect("in part");
        assert_eq!(beyond.bounds(), [5, 5, 2, 3]);
        for bad in [[2, 1, 0, 0], [0, 0, 1, 0], [6, 6, 0, 3], [0, 5, 4, 4]] {
            assert!(Region::of(Some(bad), image.dim()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn resampling_takes_the_nearest_centre() {
        let image = arr2(&[[1f64, 2.0], [3.0, 4.0]]);
        let double = arr2(&[
            [1f64, 1.0, 2.0, 2.0],
            [1.0, 1.0, 2.0, 2.0],
            [3.0, 3.0, 4.0, 4.0],
            [3.0, 3.0, 4.0, 4.0],
        ]);
        assert_eq!(resample(&image, (4, 4)), double);
        assert_eq!(resample(&double, (2, 2)), image);
        assert_eq!(resample(&image, (1, 3)), arr2(&[[3f64, 4.0, 4.0]]));
        assert_eq!(resample(&image, (2, 2)), image);
    }

    #[test]
    fn the_shape_of_raw_floats() {
        let line = CommandLine::new(
            "-cell 9 9 9 90 90 90 -N 1 -default_F 1 -detpixels_x 8 \
                                     -detpixels_y 2 -unknown 3",
        );
        let hints = |named, line, other| Hints { named, line, other };
        let all = hints(Some((4, 4)), Some(&line), Some((1, 16)));
        assert_eq!(all.shape(16), Ok(((4, 4), None)));
        assert_eq!(all.shape(15), Err("15 pixels, but --shape says 4 x 4".into()));
        assert_eq!(hints(None, Some(&line), Some((1, 16))).shape(16), Ok(((2, 8), None)));
        let (shape, note) = hints(None, None, Some((1, 16))).shape(16).expect("a shape");
        assert!(shape == (1, 16) && note.is_some_and(|note| note.contains("the other side")));
        let (shape, note) = hints(None, Some(&line), Some((1, 9))).shape(25).expect("a shape");
        assert!(shape == (5, 5) && note.is_some_and(|note| note.contains("a square")));
        let why = hints(None, Some(&line), None).shape(15).expect_err("no shape");
        assert!(
            why.starts_with("15 pixels make no square") && why.ends_with("--shape 5x3"),
            "{why}"
        );
        let why = hints(None, None, None).shape(0x7fff_ffff).expect_err("no shape");
        assert!(why.ends_with("--shape 2147483647x1"), "{why}");
        let huge = hints(Some((usize::MAX, 2)), None, None);
        assert!(huge.shape(usize::MAX).is_err());
    }
}

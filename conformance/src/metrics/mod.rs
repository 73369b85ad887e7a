//! How two images compare: the numbers that tests and `nb-compare` show.
//!
//! Below, x_i and y_i are the pixels of the left and the right image, i = 1…n, and x̄, ȳ their
//! means. Every sum is taken in double precision, whatever the pixels are; single-precision pixels
//! are converted exactly. The functions that take two images ask for the same shape and at least
//! one pixel ([`Unfit`]); images are indexed `[slow, fast]`.
//!
//! Pixels that are not finite do not hide: a pair of which both are the same value, or both NaN,
//! has the difference 0, any other pair with a NaN or an infinity in it has an infinite one.
//!
//! [`relative`] has the distribution of relative errors, [`divergence`] the pixels that break a
//! tolerance, and [`fit`](mod@fit) the straight line between two images.

pub mod divergence;
pub mod fit;
pub mod relative;

use nanobragg_reference::engine::Rendered;
use ndarray::ArrayView2;

/// Why two images cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// No pixel to compare.
    #[error("there is no pixel to compare")]
    Empty,
    /// Different shapes, each `[slow, fast]`.
    #[error("the shapes differ: {} x {} and {} x {} pixels", .left[1], .left[0], .right[1], .right[0])]
    Shapes {
        /// Shape of the left image.
        left: [usize; 2],
        /// Shape of the right image.
        right: [usize; 2],
    },
}

/// Whether two renderings are the same bit for bit: images, statistics, counts.
///
/// # Errors
/// What is not the same, with the first pixel where it is the image.
pub fn same(expected: &Rendered, found: &Rendered) -> Result<(), String> {
    if expected.image.dim() != found.image.dim() {
        return Err(format!(
            "the shapes {:?} and {:?} are not the same",
            found.image.dim(),
            expected.image.dim()
        ));
    }
    for ((place, expected), found) in expected.image.indexed_iter().zip(&found.image) {
        if expected.to_bits() != found.to_bits() {
            let (slow, fast) = place;
            return Err(format!(
                "pixel {fast}, {slow}: {found:e} and {expected:e} are not the same"
            ));
        }
    }
    let statistics = |rendered: &Rendered| {
        let sums = [
            rendered.omega_sum,
            rendered.solid_angle,
            rendered.sum,
            rendered.sum_of_squares,
            rendered.maximum.value,
            rendered.maximum.position[0],
            rendered.maximum.position[1],
        ];
        (sums.map(f64::to_bits), rendered.count, rendered.out_of_range, rendered.guarded)
    };
    if statistics(expected) != statistics(found) {
        return Err("the statistics are not the same".to_owned());
    }
    Ok(())
}

/// The largest difference of two images and its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Largest {
    /// max |y_i − x_i|.
    pub value: f64,
    /// `[slow, fast]` of the first pixel, in scan order, that has it.
    pub at: [usize; 2],
}

/// All numbers about two images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Number of pixels compared, n.
    pub pixels: usize,
    /// Number of pixels that differ in at least one bit ([`differing`]).
    pub differing: usize,
    /// [`correlation`]; `None` where it is undefined.
    pub correlation: Option<f64>,
    /// [`mse`].
    pub mse: f64,
    /// [`rmse`].
    pub rmse: f64,
    /// [`largest_difference`].
    pub largest: Largest,
    /// Sum of each image, left then right.
    pub sums: [f64; 2],
    /// [`sum_ratio`]; `None` where it is undefined.
    pub sum_ratio: Option<f64>,
    /// Whether each image is constant, left then right ([`is_constant`]).
    pub constant: [bool; 2],
}

impl Comparison {
    /// Compares two images.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn of<T: Copy + Into<f64>>(
        left: ArrayView2<'_, T>,
        right: ArrayView2<'_, T>,
    ) -> Result<Comparison, Unfit> {
        Ok(Comparison {
            pixels: left.len(),
            differing: differing(left, right)?,
            correlation: correlation(left, right)?,
            mse: mse(left, right)?,
            rmse: rmse(left, right)?,
            largest: largest_difference(left, right)?,
            sums: [sum(left), sum(right)],
            sum_ratio: sum_ratio(left, right),
            constant: [is_constant(left), is_constant(right)],
        })
    }

    /// Whether every pixel is the same, bit for bit.
    pub fn is_identical(&self) -> bool {
        self.differing == 0
    }

    /// Why there is no correlation, where there is none.
    pub fn why_undefined(&self) -> Option<&'static str> {
        let reason = match (self.correlation, self.constant) {
            (Some(_), _) => return None,
            (None, [true, true]) if self.is_identical() => {
                "both images are the same constant, bit for bit"
            }
            (None, [true, true]) => "both images are constant",
            (None, [true, false]) => "the left image is constant",
            (None, [false, true]) => "the right image is constant",
            (None, [false, false]) => "not all pixels are finite",
        };
        Some(reason)
    }
}

/// Pearson's correlation coefficient,
/// r = Σ(x_i − x̄)(y_i − ȳ) / √(Σ(x_i − x̄)² Σ(y_i − ȳ)²), from −1 to 1.
///
/// It is undefined, `None`, where an image is constant (the denominator is 0) and where a pixel is
/// not finite. Means are found first, as differences from the first pixel, and deviations are
/// summed in a second pass, so that a large offset costs no digits; deviations are scaled by the largest of them, so that no square
/// overflows or vanishes. Images that are the same give exactly 1.
///
/// # Errors
/// [`Unfit`].
pub fn correlation<T: Copy + Into<f64>>(
    left: ArrayView2<'_, T>,
    right: ArrayView2<'_, T>,
) -> Result<Option<f64>, Unfit> {
    check(left, right)?;
    let (Some(x), Some(y)) = (Deviations::of(left), Deviations::of(right)) else {
        return Ok(None);
    };
    let [mut xx, mut yy, mut xy] = [0.0; 3];
    for (a, b) in pairs(left, right) {
        let (a, b) = (x.scaled(a), y.scaled(b));
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    let correlation = xy / (xx * yy).sqrt();
    Ok(correlation.is_finite().then(|| correlation.clamp(-1.0, 1.0)))
}

/// Mean squared error, Σ(y_i − x_i)² / n.
///
/// # Errors
/// [`Unfit`].
pub fn mse<T: Copy + Into<f64>>(
    left: ArrayView2<'_, T>,
    right: ArrayView2<'_, T>,
) -> Result<f64, Unfit> {
    check(left, right)?;
    let total: f64 = pairs(left, right).map(|(a, b)| difference(a, b).powi(2)).sum();
    Ok(total / left.len() as f64)
}

/// Root of the mean squared error.
///
/// # Errors
/// [`Unfit`].
pub fn rmse<T: Copy + Into<f64>>(
    left: ArrayView2<'_, T>,
    right: ArrayView2<'_, T>,
) -> Result<f64, Unfit> {
    mse(left, right).map(f64::sqrt)
}

/// The largest absolute difference, max |y_i − x_i|, and where it is.
///
/// # Errors
/// [`Unfit`].
pub fn largest_difference<T: Copy + Into<f64>>(
    left: ArrayView2<'_, T>,
    right: ArrayView2<'_, T>,
) -> Result<Largest, Unfit> {
    check(left, right)?;
    let mut largest = Largest { value: 0.0, at: [0, 0] };
    for (place, (a, b)) in pairs(left, right).enumerate() {
        let value = difference(a, b);
        if value > largest.value {
            largest = Largest { value, at: [place / left.ncols(), place % left.ncols()] };
        }
    }
    Ok(largest)
}

/// How many pixels differ in at least one bit; 0 and −0 do.
///
/// # Errors
/// [`Unfit`].
pub fn differing<T: Copy + Into<f64>>(
    left: ArrayView2<'_, T>,
    right: ArrayView2<'_, T>,
) -> Result<usize, Unfit> {
    check(left, right)?;
    Ok(pairs(left, right).filter(|(a, b)| a.to_bits() != b.to_bits()).count())
}

/// Sum of the pixels, Σx_i.
pub fn sum<T: Copy + Into<f64>>(image: ArrayView2<'_, T>) -> f64 {
    image.iter().map(|&pixel| pixel.into()).sum()
}

/// Ratio of the sums, Σy_i / Σx_i: right to left. `None` where the left sum is 0 or one of them
/// is not finite.
pub fn sum_ratio<T: Copy + Into<f64>>(
    left: ArrayView2<'_, T>,
    right: ArrayView2<'_, T>,
) -> Option<f64> {
    Some(sum(right) / sum(left)).filter(|ratio| ratio.is_finite())
}

/// Whether all pixels have one finite value. An image without pixels is not constant.
pub fn is_constant<T: Copy + Into<f64>>(image: ArrayView2<'_, T>) -> bool {
    let Some(&first) = image.first() else {
        return false;
    };
    let first = first.into();
    first.is_finite() && image.iter().all(|&pixel| pixel.into() == first)
}

/// Refuses images that cannot be compared.
fn check<T>(left: ArrayView2<'_, T>, right: ArrayView2<'_, T>) -> Result<(), Unfit> {
    if left.dim() != right.dim() {
        let shape = |image: ArrayView2<'_, T>| [image.nrows(), image.ncols()];
        return Err(Unfit::Shapes { left: shape(left), right: shape(right) });
    }
    if left.is_empty() { Err(Unfit::Empty) } else { Ok(()) }
}

/// The pixels of two images of one shape, in scan order however they lie in memory.
fn pairs<'a, T: Copy + Into<f64>>(
    left: ArrayView2<'a, T>,
    right: ArrayView2<'a, T>,
) -> impl Iterator<Item = (f64, f64)> {
    let double = |pixel: T| -> f64 { pixel.into() };
    left.into_iter().zip(right).map(move |(&a, &b)| (double(a), double(b)))
}

/// |b − a|, with the rule of this module for what is not finite.
fn difference(a: f64, b: f64) -> f64 {
    if a == b || (a.is_nan() && b.is_nan()) {
        return 0.0;
    }
    let difference = (b - a).abs();
    if difference.is_nan() { f64::INFINITY } else { difference }
}

/// What makes the deviations of an image from its mean numbers between −1 and 1.
struct Deviations {
    first: f64,
    /// Mean of x_i − x_1.
    mean: f64,
    largest: f64,
}

impl Deviations {
    /// `None` where an image is constant or not finite.
    fn of<T: Copy + Into<f64>>(image: ArrayView2<'_, T>) -> Option<Deviations> {
        let pixels = || image.iter().map(|&pixel| -> f64 { pixel.into() });
        if is_constant(image) || pixels().any(|pixel| !pixel.is_finite()) {
            return None;
        }
        let first = pixels().next()?;
        // Each term is divided, not their sum, which could overflow.
        let count = image.len() as f64;
        let mean = pixels().map(|pixel| (pixel - first) / count).sum();
        let unscaled = Deviations { first, mean, largest: 1.0 };
        let largest = pixels().map(|pixel| unscaled.scaled(pixel).abs()).fold(0.0, f64::max);
        Some(Deviations { largest, ..unscaled })
    }

    fn scaled(&self, pixel: f64) -> f64 {
        (pixel - self.first - self.mean) / self.largest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, arr2};

    #[test]
    fn small_images_by_hand() {
        // Means 2.5 and 3; deviations -1.5 -0.5 0.5 1.5 and -2 -1 1 2:
        // r = 7 / sqrt(5 * 10).
        let (x, y) = (arr2(&[[1f32, 2.0], [3.0, 4.0]]), arr2(&[[1f32, 2.0], [4.0, 5.0]]));
        let found = Comparison::of(x.view(), y.view()).expect("images that fit");
        assert!((found.correlation.expect("defined") - 7.0 / 50f64.sqrt()).abs() < 1e-15);
        assert_eq!((found.mse, found.rmse), (0.5, 0.5f64.sqrt()));
        assert_eq!(found.largest, Largest { value: 1.0, at: [1, 0] });
        assert_eq!((found.sums, found.sum_ratio), ([10.0, 12.0], Some(1.2)));
        assert_eq!((found.pixels, found.differing, found.is_identical()), (4, 2, false));
        assert_eq!((found.constant, found.why_undefined()), ([false; 2], None));
    }

    #[test]
    fn correlation_does_not_see_scale_and_offset() {
        let x = Array2::from_shape_fn((5, 7), |(slow, fast)| ((slow * 7 + fast * 3) % 11) as f64);
        assert_eq!(correlation(x.view(), x.view()), Ok(Some(1.0)));
        // Even an offset that leaves the deviations a few bits, or squares that overflow.
        for (scale, offset) in [(3.0, 0.0), (1.0, 1e14), (1e200, 0.0), (1e-200, 0.0)] {
            let y = x.mapv(|pixel| scale * pixel + offset);
            let found = correlation(x.view(), y.view()).expect("images that fit");
            assert!((found.expect("defined") - 1.0).abs() < 1e-14, "{scale} {offset}: {found:?}");
            let found = correlation(x.view(), (-y).view()).expect("images that fit");
            assert!((found.expect("defined") + 1.0).abs() < 1e-14, "{scale} {offset}: {found:?}");
        }
    }

    #[test]
    fn constant_images_have_no_correlation() {
        let (flat, other) = (arr2(&[[0.1f32, 0.1, 0.1]]), arr2(&[[0.2f32, 0.2, 0.2]]));
        let steps = arr2(&[[1f32, 2.0, 3.0]]);
        let why = |x: &Array2<f32>, y: &Array2<f32>| {
            let found = Comparison::of(x.view(), y.view()).expect("images that fit");
            assert_eq!(found.correlation, None);
            found.why_undefined().expect("a reason")
        };
        assert_eq!(why(&flat, &flat), "both images are the same constant, bit for bit");
        assert_eq!(why(&flat, &other), "both images are constant");
        assert_eq!(why(&flat, &steps), "the left image is constant");
        assert_eq!(why(&steps, &flat), "the right image is constant");
        let dark = arr2(&[[0f32, 0.0, 0.0]]);
        assert_eq!(sum_ratio(dark.view(), flat.view()), None);
        assert_eq!(sum_ratio(flat.view(), dark.view()), Some(0.0));
    }

    #[test]
    fn what_is_not_finite_does_not_hide() {
        let bad = arr2(&[[f32::NAN, f32::INFINITY, 1.0]]);
        let good = arr2(&[[f32::NAN, f32::INFINITY, 3.0]]);
        let found = Comparison::of(bad.view(), good.view()).expect("images that fit");
        assert_eq!(found.largest, Largest { value: 2.0, at: [0, 2] });
        assert_eq!(found.why_undefined(), Some("not all pixels are finite"));
        assert_eq!((found.sum_ratio, found.differing), (None, 1));
        for other in [f32::NAN, f32::NEG_INFINITY, 0.0] {
            let other = arr2(&[[0.0, other, 1.0]]);
            let found = Comparison::of(other.view(), bad.view()).expect("images that fit");
            assert_eq!(found.largest, Largest { value: f64::INFINITY, at: [0, 0] });
            assert_eq!(found.mse, f64::INFINITY);
        }
    }

    #[test]
    fn signs_of_zero_count_as_a_difference() {
        let (plus, minus) = (arr2(&[[0f32, 1.0]]), arr2(&[[-0f32, 1.0]]));
        assert_eq!(differing(plus.view(), minus.view()), Ok(1));
        assert_eq!(mse(plus.view(), minus.view()), Ok(0.0));
    }

    #[test]
    fn images_that_do_not_fit_are_refused() {
        let image = |rows, columns| Array2::<f32>::zeros((rows, columns));
        let unfit = Unfit::Shapes { left: [2, 3], right: [3, 2] };
        assert_eq!(Comparison::of(image(2, 3).view(), image(3, 2).view()), Err(unfit));
        assert_eq!(unfit.to_string(), "the shapes differ: 3 x 2 and 2 x 3 pixels");
        assert_eq!(mse(image(0, 3).view(), image(0, 3).view()), Err(Unfit::Empty));
        assert!(!is_constant(image(0, 0).view()));
    }

    #[test]
    fn the_layout_in_memory_does_not_matter() {
        let x = Array2::from_shape_fn((3, 4), |(slow, fast)| (slow * fast) as f32);
        let y =
            Array2::from_shape_fn((3, 4), |(slow, fast)| if fast > 1 { 9.0 } else { slow as f32 });
        let standard = Comparison::of(x.view(), y.view());
        let columns = x.t().as_standard_layout().into_owned();
        assert_eq!(Comparison::of(columns.t(), y.view()), standard);
    }
}

//! How relative errors are distributed over the pixels of two images.
//!
//! The relative error of a pixel is |x − y| / max(|x|, |y|): 0 for equal values, 2 for opposite
//! ones, the same whichever image is the left one. It says little of a pixel that is all but dark:
//! such pixels, below a part of the largest one, are counted by themselves, and their errors are
//! measured by that largest pixel.

use ndarray::ArrayView2;

use super::{Unfit, check, difference, pairs};

/// The parts of the pixels, in thousandths, whose errors [`RelativeErrors::quantiles`] bounds.
pub const QUANTILES: [usize; 5] = [500, 900, 990, 999, 1000];

/// The first decade of the histogram, as a power of ten. No two doubles lie closer than 2⁻⁵³.
pub const LOWEST_DECADE: i32 = -16;

/// The lower ends of the decades, 10⁻¹⁶ to 1.
const DECADES: [f64; 17] = [
    1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3,
    1e-2, 1e-1, 1.0,
];

/// The distribution of relative errors. Every pixel is one of these: 0 in both images
/// ([`zero`](Self::zero)), not finite in one of them, dark, or measured.
#[derive(Clone, Debug, PartialEq)]
pub struct RelativeErrors {
    /// Pixels of one value in both images, whatever that is: 0, NaN and infinities too.
    pub equal: usize,
    /// Pixels that are 0 in both images.
    pub zero: usize,
    /// Pixels that are not finite in one image or both.
    pub not_finite: usize,
    /// Pixels that are darker in both images than the floor.
    pub dark: usize,
    /// The largest |x − y| of the dark pixels, as a part of the largest pixel.
    pub dark_largest: Option<f64>,
    /// The value of the floor: a part of the largest |pixel| of both images.
    pub floor: f64,
    /// All other pixels, whose errors are below.
    pub measured: usize,
    /// The smallest error that as many of the measured pixels keep as [`QUANTILES`] says: the last
    /// is the largest error. `None` where no pixel is measured.
    pub quantiles: Option<[f64; 5]>,
    /// How many measured pixels have an error of at least 10ᵏ and less than 10ᵏ⁺¹, for k from
    /// [`LOWEST_DECADE`] to 0; those of error 0 are in none of them.
    pub decades: [usize; DECADES.len()],
}

impl RelativeErrors {
    /// Measures two images; `floor` is the part of the largest pixel below which pixels are dark.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn of<T: Copy + Into<f64>>(
        left: ArrayView2<'_, T>,
        right: ArrayView2<'_, T>,
        floor: f64,
    ) -> Result<RelativeErrors, Unfit> {
        check(left, right)?;
        let sizes = pairs(left, right).flat_map(|(x, y)| [x.abs(), y.abs()]);
        let largest = sizes.filter(|size| size.is_finite()).fold(0.0, f64::max);
        let mut found = RelativeErrors {
            equal: 0,
            zero: 0,
            not_finite: 0,
            dark: 0,
            dark_largest: None,
            floor: floor * largest,
            measured: 0,
            quantiles: None,
            decades: [0; DECADES.len()],
        };
        let mut errors = Vec::new();
        for (x, y) in pairs(left, right) {
            found.equal += usize::from(difference(x, y) == 0.0);
            let size = x.abs().max(y.abs());
            if !(x.is_finite() && y.is_finite()) {
                found.not_finite += 1;
            } else if size == 0.0 {
                found.zero += 1;
            } else if size < found.floor {
                found.dark += 1;
                let error = ratio(x, y, largest);
                found.dark_largest = Some(found.dark_largest.unwrap_or(0.0).max(error));
            } else {
                errors.push(ratio(x, y, size));
            }
        }
        for error in &errors {
            let decade = DECADES.partition_point(|start| start <= error);
            if let Some(count) = decade.checked_sub(1).and_then(|k| found.decades.get_mut(k)) {
                *count += 1;
            }
        }
        errors.sort_unstable_by(f64::total_cmp);
        found.measured = errors.len();
        if !errors.is_empty() {
            // The rank is the number of pixels that keep the error, rounded up.
            let error =
                |thousandths: usize| errors[(errors.len() * thousandths).div_ceil(1000) - 1];
            found.quantiles = Some(QUANTILES.map(error));
        }
        Ok(found)
    }
}

/// |x − y| / size.
fn ratio(x: f64, y: f64, size: f64) -> f64 {
    let ratio = (x - y).abs() / size;
    // The difference of the largest numbers leaves their range.
    if ratio.is_finite() { ratio } else { (x / size - y / size).abs() }
}

#[cfg(test)]
mod tests {
    use super::{LOWEST_DECADE, RelativeErrors};
    use ndarray::{Array2, arr2};

    fn of(left: &Array2<f64>, right: &Array2<f64>, floor: f64) -> RelativeErrors {
        RelativeErrors::of(left.view(), right.view(), floor).expect("images that fit")
    }

    /// The number of pixels in the decade from 10ᵏ.
    fn decade(found: &RelativeErrors, k: i32) -> usize {
        found.decades[(k - LOWEST_DECADE) as usize]
    }

    #[test]
    fn a_thousand_pixels_of_known_errors() {
        // 900 equal pixels, 90 with an error of 1/1024, 9 with 1/4, one with the opposite value.
        let left = Array2::from_elem((10, 100), 1.0);
        let right = Array2::from_shape_fn((10, 100), |(slow, fast)| match 100 * slow + fast {
            0..900 => 1.0,
            900..990 => 1.0 - 1.0 / 1024.0,
            990..999 => 0.75,
            _ => -1.0,
        });
        for (a, b) in [(&left, &right), (&right, &left)] {
            let found = of(a, b, 1e-6);
            assert_eq!((found.equal, found.measured, found.zero), (900, 1000, 0));
            assert_eq!(found.quantiles, Some([0.0, 0.0, 1.0 / 1024.0, 0.25, 2.0]));
            assert_eq!((decade(&found, -4), decade(&found, -1), decade(&found, 0)), (90, 9, 1));
            assert_eq!(found.decades.iter().sum::<usize>(), 100);
        }
    }

    #[test]
    fn the_ends_of_a_decade_belong_to_the_higher_one() {
        let found = of(&arr2(&[[1.0, 1000.0]]), &arr2(&[[0.0, 999.0]]), 0.0);
        assert_eq!((decade(&found, 0), decade(&found, -3)), (1, 1));
    }

    #[test]
    fn dark_zero_and_odd_pixels_are_counted_by_themselves() {
        let [nan, inf] = [f64::NAN, f64::INFINITY];
        let left = arr2(&[[100.0, 0.0, 0.5, 0.25, nan, inf, inf, 1.0]]);
        let right = arr2(&[[100.0, -0.0, 0.0, 0.25, nan, inf, -inf, nan]]);
        let found = of(&left, &right, 0.01);
        assert_eq!((found.zero, found.dark, found.not_finite, found.measured), (1, 2, 4, 1));
        assert_eq!((found.floor, found.dark_largest), (1.0, Some(0.005)));
        // Of the first four pixels all but one, and the equal ones that are not finite.
        assert_eq!(found.equal, 5);
        assert_eq!(found.quantiles, Some([0.0; 5]));
    }

    #[test]
    fn nothing_to_measure() {
        let nothing = arr2(&[[0.0, f64::NAN]]);
        let found = of(&nothing, &nothing, 1e-6);
        assert_eq!((found.quantiles, found.measured, found.floor), (None, 0, 0.0));
        let ends = (arr2(&[[f64::MAX]]), arr2(&[[f64::MIN]]));
        assert_eq!(of(&ends.0, &ends.1, 0.0).quantiles, Some([2.0; 5]));
    }
}

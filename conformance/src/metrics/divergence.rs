//! Where two images part: the pixels that are further apart than a tolerance allows.

use ndarray::ArrayView2;

use super::{Unfit, check, difference, pairs};
use crate::tolerance::{Bound, SMALLEST};

/// A pixel whose values differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diverging {
    /// `[slow, fast]`.
    pub at: [usize; 2],
    /// The left value.
    pub left: f64,
    /// The right value.
    pub right: f64,
    /// How far apart the two may be.
    pub allowed: f64,
    /// The part of that which they use; above 1 it is broken.
    pub used: f64,
}

impl Diverging {
    /// Whether the tolerance leaves the two values no room, so that what they use of it says nothing.
    pub fn allows_nothing(&self) -> bool {
        self.allowed <= SMALLEST
    }
}

/// How two images keep a tolerance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Divergence {
    /// Number of pixels that are further apart than allowed.
    pub broken: usize,
    /// The first of them, in scan order: slow, then fast.
    pub first: Option<Diverging>,
    /// The first of the pixels that use the largest part of what is allowed; `None` where no pixel
    /// differs.
    pub worst: Option<Diverging>,
}

impl Divergence {
    /// Looks for the pixels that break a bound. What is allowed follows from the left image: its
    /// pixel, and its largest finite |pixel|. A pixel that is finite in one image alone breaks any
    /// bound.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn of<T: Copy + Into<f64>>(
        left: ArrayView2<'_, T>,
        right: ArrayView2<'_, T>,
        bound: Bound,
    ) -> Result<Divergence, Unfit> {
        check(left, right)?;
        let size = |&pixel: &T| -> f64 { Into::<f64>::into(pixel).abs() };
        let sizes = left.iter().map(size);
        let maximum = sizes.filter(|size| size.is_finite()).fold(0.0, f64::max);
        let mut found = Divergence { broken: 0, first: None, worst: None };
        let columns = left.ncols();
        for (place, (x, y)) in pairs(left, right).enumerate() {
            let distance = difference(x, y);
            if distance == 0.0 {
                continue;
            }
            let allowed = bound.allowed(if x.is_finite() { x } else { 0.0 }, maximum);
            // The difference of two large finite numbers may be infinite, and so may what is
            // allowed.
            let used = if distance.is_infinite() { f64::INFINITY } else { distance / allowed };
            let at = [place / columns, place % columns];
            let pixel = Diverging { at, left: x, right: y, allowed, used };
            if used > 1.0 {
                found.broken += 1;
                found.first.get_or_insert(pixel);
            }
            if found.worst.is_none_or(|worst| used > worst.used) {
                found.worst = Some(pixel);
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::Divergence;
    use crate::tolerance::Bound;
    use ndarray::{Array2, arr2};

    const BOUND: Bound = Bound { relative: 1e-2, of_maximum: 1e-3 };

    fn of(left: &Array2<f64>, right: &Array2<f64>) -> Divergence {
        Divergence::of(left.view(), right.view(), BOUND).expect("images that fit")
    }

    #[test]
    fn the_first_and_the_worst_pixel() {
        // Allowed: 0.11, 0.02, 0.01, 0.11.
        let left = arr2(&[[10.0, 1.0], [0.0, 10.0]]);
        let right = arr2(&[[10.1, 1.0], [0.02, 10.55]]);
        let found = of(&left, &right);
        assert_eq!(found.broken, 2);
        let (first, worst) = (found.first.expect("a pixel"), found.worst.expect("a pixel"));
        assert_eq!((first.at, first.left, first.right), ([1, 0], 0.0, 0.02));
        assert!((first.used - 2.0).abs() < 1e-12, "{first:?}");
        assert_eq!(worst.at, [1, 1]);
        assert!((worst.used - 5.0).abs() < 1e-12, "{worst:?}");
        assert!((worst.allowed - 0.11).abs() < 1e-15, "{worst:?}");
    }

    #[test]
    fn within_the_bound_there_is_a_worst_pixel_only() {
        let found = of(&arr2(&[[10.0, 5.0]]), &arr2(&[[10.01, 5.0]]));
        assert_eq!((found.broken, found.first), (0, None));
        assert_eq!(found.worst.map(|pixel| pixel.at), Some([0, 0]));
        let same = arr2(&[[f64::NAN, f64::INFINITY, 0.0]]);
        assert_eq!(of(&same, &same).worst, None);
    }

    #[test]
    fn what_is_not_finite_breaks_any_bound() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let (left, right) = (arr2(&[[1.0, value]]), arr2(&[[1.0, 1.0]]));
            for (a, b) in [(&left, &right), (&right, &left)] {
                let found = of(a, b);
                assert_eq!(found.first.map(|pixel| pixel.at), Some([0, 1]), "{value}");
                assert_eq!(found.worst.map(|pixel| pixel.used), Some(f64::INFINITY));
            }
        }
    }
}

//! The straight line between two images: what makes photons of counts.

use ndarray::ArrayView2;

use super::{Unfit, check, pairs};

/// The line y = scale·x + offset through the pixels of two images, by least squares.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Fit {
    /// Slope of the right image over the left one.
    pub scale: f64,
    /// The right pixel where the left one is 0.
    pub offset: f64,
    /// Root of the mean squared distance of the right pixels from the line.
    pub rms: f64,
}

/// The line that fits best. All pairs of finite pixels have the same weight, also counts that stand
/// at the end of their range. `None` where the left image has one value throughout, and where the
/// squares leave the range of numbers.
///
/// # Errors
/// [`Unfit`].
pub fn fit<T: Copy + Into<f64>>(
    left: ArrayView2<'_, T>,
    right: ArrayView2<'_, T>,
) -> Result<Option<Fit>, Unfit> {
    check(left, right)?;
    let finite = || pairs(left, right).filter(|(x, y)| x.is_finite() && y.is_finite());
    let Some(first) = finite().next() else { return Ok(None) };
    let count = finite().count() as f64;
    // Means as differences from the first pixel, so that a large offset costs no digits.
    let mean = finite().fold([0.0; 2], |[x, y], pair| {
        [x + (pair.0 - first.0) / count, y + (pair.1 - first.1) / count]
    });
    let deviations = || finite().map(|(x, y)| (x - first.0 - mean[0], y - first.1 - mean[1]));
    let [xx, xy] = deviations().fold([0.0; 2], |[xx, xy], (x, y)| [xx + x * x, xy + x * y]);
    let scale = xy / xx;
    let squares: f64 = deviations().map(|(x, y)| (y - scale * x).powi(2)).sum();
    let found = Fit {
        scale,
        offset: first.1 + mean[1] - scale * (first.0 + mean[0]),
        rms: (squares / count).sqrt(),
    };
    let finite = [found.scale, found.offset, found.rms].into_iter().all(f64::is_finite);
    Ok(finite.then_some(found))
}

#[cfg(test)]
mod tests {
    use super::fit;
    use ndarray::{Array2, arr2};

    #[test]
    fn counts_on_photons_give_scale_and_offset() {
        let photons = Array2::from_shape_fn((4, 5), |(slow, fast)| (slow * 5 + fast) as f64 / 8.0);
        let counts = photons.mapv(|x| 500.0 * x + 40.0);
        let found = fit(photons.view(), counts.view()).expect("images that fit").expect("a line");
        assert!((found.scale - 500.0).abs() < 1e-10, "{found:?}");
        assert!((found.offset - 40.0).abs() < 1e-10, "{found:?}");
        assert!(found.rms < 1e-10, "{found:?}");
    }

    #[test]
    fn what_lies_off_the_line_is_told() {
        let (x, y) = (arr2(&[[0.0, 1.0, 2.0, f64::NAN]]), arr2(&[[0.0, 3.0, 0.0, 1.0]]));
        let found = fit(x.view(), y.view()).expect("images that fit").expect("a line");
        // The mean is 1; distances -1, 2, -1.
        assert_eq!((found.scale, found.offset, found.rms), (0.0, 1.0, 2f64.sqrt()));
    }

    #[test]
    fn one_value_throughout_has_no_line() {
        let (flat, steps) = (arr2(&[[1.0, 1.0]]), arr2(&[[1.0, 2.0]]));
        assert_eq!(fit(flat.view(), steps.view()), Ok(None));
        assert!(fit(steps.view(), flat.view()).expect("images that fit").is_some());
        let wide = arr2(&[[f64::MAX, f64::MIN]]);
        assert_eq!(fit(wide.view(), wide.view()), Ok(None));
        let nothing = arr2(&[[f64::NAN, f64::INFINITY]]);
        assert_eq!(fit(nothing.view(), steps.view()), Ok(None));
    }
}

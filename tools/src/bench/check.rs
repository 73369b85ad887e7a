//! Whether what was timed is right: images against an image of the same run.

use nanobragg_conformance::execute::C_EXECUTABLE;
use nanobragg_conformance::{compare, engines};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// How far a pixel may be off: |a − b| ≤ relative · |b| + of_maximum · max b.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// Part of the pixel.
    pub relative: f64,
    /// Part of the largest pixel.
    pub of_maximum: f64,
}

impl Bound {
    /// The bound of an engine.
    pub fn of(label: &str) -> Bound {
        if label.ends_with("-mixed") {
            Bound { relative: 1e-4, of_maximum: 1e-6 }
        } else {
            Bound { relative: 1e-6, of_maximum: 1e-9 }
        }
    }
}

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The entry whose image is taken for right; missing where this is that entry.
    pub against: Option<String>,
    /// Whether the image may stand for it.
    pub valid: bool,
    /// Why not.
    pub reason: Option<String>,
    /// Pixels that both have rendered.
    pub pixels: u64,
    /// Those of them that differ.
    pub different: u64,
    /// The largest difference of a pixel as a multiple of its bound.
    pub worst: f64,
}

/// An image and the region of it that was rendered: xmin, xmax, ymin, ymax.
pub type Region<'a> = (&'a Array2<f32>, [usize; 4]);

/// Compares an image with that of the entry `against`, where both were rendered.
pub fn compare(label: &str, image: Region<'_>, against: &str, other: Region<'_>) -> Check {
    let bound = Bound::of(label);
    let [a, b] = [image.1, other.1];
    let (left, right) = (a[0].max(b[0]), a[1].min(b[1]));
    let (low, high) = (a[2].max(b[2]), a[3].min(b[3]));
    let pairs = || {
        let place = move |slow| (left..=right).map(move |fast| [slow, fast]);
        (low..=high).flat_map(place).map(|place| (image.0[place], other.0[place]))
    };
    let maximum = pairs().fold(0.0, |maximum, (_, b)| f64::from(b).abs().max(maximum));
    let (mut pixels, mut different, mut worst) = (0, 0, 0f64);
    for (a, b) in pairs() {
        pixels += 1;
        if a.to_bits() == b.to_bits() {
            continue;
        }
        different += 1;
        let allowed = bound.relative * f64::from(b).abs() + bound.of_maximum * maximum;
        let ratio = (f64::from(a) - f64::from(b)).abs() / allowed;
        worst = if ratio.is_finite() { worst.max(ratio) } else { f64::MAX };
    }
    let reason = if pixels == 0 {
        Some("no pixel was rendered by both".to_owned())
    } else if worst > 1.0 {
        Some(format!("a pixel is off by {worst:.3} times what is allowed"))
    } else {
        None
    };
    let valid = reason.is_none();
    Check { against: Some(against.to_owned()), valid, reason, pixels, different, worst }
}

impl Check {
    /// Of the image that the others are held against.
    pub fn authority(region: [usize; 4]) -> Check {
        let pixels = (region[1] - region[0] + 1) * (region[3] - region[2] + 1);
        let pixels = pixels as u64;
        Check { against: None, valid: true, reason: None, pixels, different: 0, worst: 0.0 }
    }

    /// Of something that gave no image.
    pub fn failed(reason: impl ToString) -> Check {
        let reason = Some(reason.to_string());
        Check { against: None, valid: false, reason, pixels: 0, different: 0, worst: 0.0 }
    }

    /// Demands the same bits, as `--exact` does of the reference engine and the C program.
    #[must_use]
    pub fn exact(mut self, label: &str) -> Check {
        let other = self.against.as_deref().unwrap_or_default();
        let c = other.split('/').nth(2) == Some(engines::C);
        if label == "reference" && c && self.valid && self.different > 0 {
            self.valid = false;
            self.reason = Some(format!(
                "{} pixels are not those of {C_EXECUTABLE}, bit for bit",
                self.different
            ));
        }
        self
    }
}

/// The image in a file of raw floats, of square shape.
///
/// # Errors
/// A file of another size.
pub fn square(bytes: &[u8], size: usize) -> Result<Array2<f32>, String> {
    let found = bytes.len();
    Array2::from_shape_vec((size, size), compare::floats(bytes).collect())
        .map_err(|_| format!("{found} bytes are no image of {size} × {size} floats"))
}

#[cfg(test)]
mod tests {
    use super::{Check, compare};
    use ndarray::array;

    const ALL: [usize; 4] = [0, 1, 0, 1];

    #[test]
    fn a_pixel_may_be_off_by_a_part_of_itself_and_of_the_largest() {
        let right = array![[100.0f32, 1.0], [0.0, 50.0]];
        let mut image = right.clone();
        let check = compare("cpu", (&image, ALL), "plain/2/c", (&right, ALL));
        assert_eq!((check.valid, check.different, check.pixels), (true, 0, 4));
        image[[1, 1]] = 50.00004;
        let check = compare("cpu", (&image, ALL), "plain/2/c", (&right, ALL));
        assert_eq!((check.valid, check.different), (true, 1));
        assert!(!check.exact("reference").valid);
        image[[1, 1]] = 50.001;
        assert!(!compare("cpu", (&image, ALL), "plain/2/c", (&right, ALL)).valid);
        assert!(compare("cpu-mixed", (&image, ALL), "plain/2/c", (&right, ALL)).valid);
        image[[1, 1]] = f32::NAN;
        assert!(!compare("cpu-mixed", (&image, ALL), "plain/2/c", (&right, ALL)).valid);
    }

    #[test]
    fn only_what_both_have_rendered_counts() {
        let right = array![[1.0f32, 2.0], [3.0, 4.0]];
        let strip = array![[0.0f32, 2.0], [0.0, 4.0]];
        let check = compare("cpu", (&strip, [1, 1, 0, 1]), "plain/2/c", (&right, ALL));
        assert_eq!((check.valid, check.pixels), (true, 2));
        let check = compare("cpu", (&strip, [1, 1, 0, 1]), "plain/2/c", (&right, [0, 0, 0, 1]));
        assert!(!check.valid);
        assert!(!Check::failed("no engine").valid);
    }
}

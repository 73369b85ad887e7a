//! Where the outcomes of two runs of one command line differ.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::cases::Kind;
use crate::compare::{difference, floats};
use crate::execute::{Outcome, normalized};

/// How far a pixel of an engine may lie from the reference engine's:
/// `relative`·|pixel| + `of_maximum`·|largest pixel|.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Fraction of the pixel.
    pub relative: f64,
    /// Fraction of the largest pixel of the image.
    pub of_maximum: f64,
}

/// The bounds by the engine's label. What is not listed gives the same bytes.
pub const TOLERANCES: [(&str, Tolerance); 4] = [
    ("cpu", Tolerance { relative: 1e-6, of_maximum: 1e-9 }),
    ("cpu-mixed", Tolerance { relative: 1e-4, of_maximum: 1e-6 }),
    ("cuda", Tolerance { relative: 1e-6, of_maximum: 1e-9 }),
    ("cuda-mixed", Tolerance { relative: 1e-4, of_maximum: 1e-6 }),
];

/// The report shows six digits: the seventh may turn the sixth over.
const LAST_DIGIT: f64 = 1.000_001e-5;

/// The bound of a label; none where the bytes are to be the same.
pub fn tolerance(label: &str) -> Option<Tolerance> {
    TOLERANCES.iter().find(|(name, _)| *name == label).map(|(_, tolerance)| *tolerance)
}

/// What differs, for people; empty where nothing does. `names` tells the kinds of the files.
///
/// Two runs that fail agree, whatever they say and leave: only one that succeeds promises
/// anything. With a tolerance, the noise image need only have the same size: one photon more or
/// less moves all random numbers behind it.
pub fn differences(
    expected: &Outcome,
    found: &Outcome,
    names: &BTreeMap<Kind, PathBuf>,
    tolerance: Option<Tolerance>,
) -> Vec<String> {
    if (expected.status == 0) != (found.status == 0) {
        let said = [expected, found].map(|outcome| outcome.stderr.trim().to_owned()).concat();
        return vec![format!(
            "exit status {} instead of {}: {said}",
            found.status, expected.status
        )];
    }
    if expected.status != 0 {
        return Vec::new();
    }
    let mut differences = Vec::new();
    let files: BTreeSet<&String> = expected.files.keys().chain(found.files.keys()).collect();
    for name in files {
        let said = match (expected.files.get(name), found.files.get(name)) {
            (Some(_), None) => Some("is missing".to_owned()),
            (None, Some(_)) => Some("should not be there".to_owned()),
            (Some(a), Some(b)) => file_difference(kind(name, names), a, b, tolerance),
            (None, None) => None,
        };
        differences.extend(said.map(|said| format!("{name}: {said}")));
    }
    let (a, b) = (normalized(&expected.stdout), normalized(&found.stdout));
    let said = match tolerance {
        None => difference(Kind::Stdout, &a, &b),
        Some(tolerance) => report_difference(&a, &b, tolerance),
    };
    differences.extend(said.map(|said| format!("report: {said}")));
    differences
}

/// The kind of a file; what no option names is compared as plain bytes.
fn kind(name: &str, names: &BTreeMap<Kind, PathBuf>) -> Kind {
    let found = names.iter().find(|(_, path)| path.as_os_str() == name);
    found.map_or(Kind::Fdump, |(kind, _)| *kind)
}

fn file_difference(
    kind: Kind,
    expected: &[u8],
    found: &[u8],
    tolerance: Option<Tolerance>,
) -> Option<String> {
    let Some(tolerance) = tolerance else {
        return difference(kind, expected, found);
    };
    if expected.len() != found.len() {
        return difference(kind, expected, found);
    }
    match kind {
        Kind::Float => far_pixel(floats(expected), floats(found), tolerance),
        // Scaled to 16 and 8 bits: one count by rounding, more by the bound.
        Kind::Int => far_count(&words(expected), &words(found), tolerance),
        Kind::Pgm => far_count(&widened(expected), &widened(found), tolerance),
        Kind::Noise => None,
        Kind::Fdump | Kind::Stdout => difference(kind, expected, found),
    }
}

fn far_pixel(
    expected: impl Iterator<Item = f32>,
    found: impl Iterator<Item = f32>,
    tolerance: Tolerance,
) -> Option<String> {
    let pairs: Vec<(f64, f64)> = expected.map(f64::from).zip(found.map(f64::from)).collect();
    let maximum = pairs.iter().map(|(pixel, _)| pixel.abs()).fold(0.0, f64::max);
    let bound = |pixel: f64| tolerance.relative * pixel.abs() + tolerance.of_maximum * maximum;
    // A difference that is no number is not close.
    let is_close = |&(a, b): &(f64, f64)| (a - b).abs() <= bound(a);
    let far = pairs.iter().filter(|pair| !is_close(pair)).count();
    let at = pairs.iter().position(|pair| !is_close(pair))?;
    let (a, b) = pairs[at];
    Some(format!(
        "{far} of {} pixels are out of the bound; the first is pixel {at}: {b:e} instead of {a:e} \
         (bound {:e})",
        pairs.len(),
        bound(a)
    ))
}

fn words(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks_exact(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]])).collect()
}

fn widened(bytes: &[u8]) -> Vec<u16> {
    bytes.iter().map(|&byte| u16::from(byte)).collect()
}

/// Headers are among the counts: their text is the same, or differs by more than the bound.
fn far_count(expected: &[u16], found: &[u16], tolerance: Tolerance) -> Option<String> {
    let far = |a: u16, b: u16| f64::from(a.abs_diff(b)) > 1.0 + tolerance.relative * f64::from(a);
    let at = expected.iter().zip(found).position(|(&a, &b)| far(a, b))?;
    Some(format!("count {at}: {} instead of {}", found[at], expected[at]))
}

/// Words are the same, numbers within the bound. The line about the photons of the noise image
/// is left out.
fn report_difference(expected: &[u8], found: &[u8], tolerance: Tolerance) -> Option<String> {
    let lines = |text: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(text).into_owned();
        let lines = text.lines().filter(|line| !line.contains(" photons on noise image ("));
        lines.map(str::to_owned).collect()
    };
    let (expected, found) = (lines(expected), lines(found));
    if expected.len() != found.len() {
        return Some(format!("{} lines instead of {}", found.len(), expected.len()));
    }
    let bound = 10.0 * tolerance.relative + LAST_DIGIT;
    let close = |a: &str, b: &str| {
        a == b
            || match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(x), Ok(y)) => (x - y).abs() <= bound * x.abs(),
                _ => false,
            }
    };
    let same = |a: &String, b: &String| {
        let split = |line: &str| -> Vec<String> {
            line.split([' ', ',', '(', ')', '=', '%']).map(str::to_owned).collect()
        };
        let (a, b) = (split(a), split(b));
        a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| close(a, b))
    };
    let at = expected.iter().zip(&found).position(|(a, b)| !same(a, b))?;
    Some(format!("line {}: '{}' instead of '{}'", at + 1, found[at], expected[at]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::{Tolerance, differences};
    use crate::cases::Kind;
    use crate::execute::Outcome;

    fn outcome(status: i32, pixels: [f32; 3], report: &str) -> Outcome {
        Outcome {
            status,
            stdout: report.into(),
            stderr: String::new(),
            files: BTreeMap::from([("f".into(), pixels.map(f32::to_ne_bytes).concat())]),
            elapsed: Duration::ZERO,
        }
    }

    fn compare(a: &Outcome, b: &Outcome, relative: Option<f64>) -> Vec<String> {
        let names = BTreeMap::from([(Kind::Float, "f".into())]);
        let tolerance = relative.map(|relative| Tolerance { relative, of_maximum: 1e-9 });
        differences(a, b, &names, tolerance)
    }

    #[test]
    fn the_same_bytes_or_within_the_bound() {
        let a = outcome(0, [1.0, 2.0, 3.0], "max_I = 3  at 0.1 0.2\n");
        let b = outcome(0, [1.0, 2.000_001, 3.0], "max_I = 3.00001  at 0.1 0.2\n");
        assert!(compare(&a, &a, None).is_empty());
        assert_eq!(compare(&a, &b, None).len(), 2);
        assert!(compare(&a, &b, Some(1e-6)).is_empty(), "{:?}", compare(&a, &b, Some(1e-6)));
        assert_eq!(compare(&a, &b, Some(1e-8)).len(), 1);
        let nan = outcome(0, [1.0, f32::NAN, 3.0], "max_I = 3  at 0.1 0.2\n");
        assert_eq!(compare(&a, &nan, Some(1e-6)).len(), 1);
        let other = outcome(0, [1.0, 2.0, 3.0], "min_I = 3  at 0.1 0.2\n");
        assert_eq!(compare(&a, &other, Some(1e-6)).len(), 1);
    }

    #[test]
    fn only_the_class_of_the_status_counts() {
        let a = outcome(0, [1.0; 3], "");
        let (b, c) = (outcome(1, [2.0; 3], "x"), outcome(139, [3.0; 3], "y"));
        assert!(compare(&b, &c, None).is_empty());
        assert_eq!(compare(&a, &b, None).len(), 1);
    }

    #[test]
    fn files_that_one_run_alone_left() {
        let a = outcome(0, [1.0; 3], "");
        let mut b = a.clone();
        b.files.insert("g".into(), Vec::new());
        assert_eq!(compare(&a, &b, None), ["g: should not be there"]);
        assert_eq!(compare(&b, &a, None), ["g: is missing"]);
    }
}

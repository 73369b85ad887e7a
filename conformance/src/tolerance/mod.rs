//! How far an engine may lie from the C program's numbers, and the comparison that holds it to
//! that.
//!
//! [`bound`] is the table of the engines' promises, [`compare`] the comparison of two runs,
//! [`outputs`] that of what they wrote, and [`report`] that of what they said.

pub mod maximum;
pub mod outputs;
pub mod pixels;
pub mod report;

use outputs::Comparison;

use crate::engines::{self, C};
use crate::execute::{CommandLine, Outcome};
use crate::outputs as written;

/// The smallest single above 0: what is allowed where a bound allows nothing.
pub const SMALLEST: f64 = f32::from_bits(1) as f64;

/// How far a pixel may be from the expected one: relative to it, and to the largest pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// Part of the pixel.
    pub relative: f64,
    /// Part of the largest pixel.
    pub of_maximum: f64,
}

impl Bound {
    /// How far a pixel may be from this value; at least by the smallest single, on the grid of
    /// which images lie.
    pub fn allowed(self, value: f64, maximum: f64) -> f64 {
        (self.relative * value.abs() + self.of_maximum * maximum).max(SMALLEST)
    }

    /// Whether a pixel is too far; one that is no number always is.
    pub fn broken(self, expected: f64, found: f64, maximum: f64) -> bool {
        let distance = (expected - found).abs();
        distance.is_nan() || distance > self.allowed(expected, maximum)
    }
}

/// What engines promise that compute in double precision.
pub const DOUBLE: Bound = Bound { relative: 1e-6, of_maximum: 1e-9 };

/// What engines promise that compute in mixed precision.
pub const MIXED: Bound = Bound { relative: 1e-4, of_maximum: 1e-6 };

/// What is allowed to the reference engine where another C library rounds its functions: about one
/// unit of the last place.
pub const REFERENCE: Bound = Bound { relative: 2e-7, of_maximum: 1e-12 };

/// The bounds by label. What is not listed gives the same bytes. The C program is here for a build
/// of it that contracts multiplications and additions.
const BOUNDS: [(&str, Bound); 5] =
    [(C, DOUBLE), ("cpu", DOUBLE), ("cpu-mixed", MIXED), ("cuda", DOUBLE), ("cuda-mixed", MIXED)];

/// The bound that an engine promises; `None` where it promises the same bytes.
pub fn bound(label: &str) -> Option<Bound> {
    BOUNDS.iter().find(|(name, _)| *name == engines::public(label)).map(|(_, bound)| *bound)
}

/// Compares two runs of one command line within a bound. Runs that both fail agree, whatever they
/// say and leave: only one that succeeds promises anything.
///
/// # Errors
/// Arguments that are refused, an image of a size that its header does not have.
pub fn compare(
    line: &CommandLine,
    expected: &Outcome,
    found: &Outcome,
    bound: Bound,
) -> Result<Comparison, String> {
    let mut comparison = Comparison::default();
    let list = &mut comparison.differences;
    match (expected.status == 0, found.status == 0) {
        (true, true) => {}
        (false, false) => return Ok(comparison),
        _ => {
            let said = [expected, found].map(|outcome| outcome.stderr.trim().to_owned()).concat();
            list.push(format!(
                "exit status {} instead of {}: {said}",
                found.status, expected.status
            ));
            return Ok(comparison);
        }
    }
    if let Some(name) = expected.files.keys().find(|name| !found.files.contains_key(*name)) {
        list.push(format!("{name} was not written"));
        return Ok(comparison);
    }
    if let Some(name) = found.files.keys().find(|name| !expected.files.contains_key(*name)) {
        list.push(format!("{name} was written, and should not have been"));
    }
    // Where outputs share a name, what the one file holds follows from the last one written.
    let pair = (written::all(line, expected)?, written::all(line, found)?);
    if let (Some(expected), Some(found)) = pair {
        comparison.extend(outputs::compare(line, &expected, &found, bound)?);
    }
    Ok(comparison)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::{Bound, DOUBLE, bound, compare};
    use crate::engines::LABELS;
    use crate::execute::{CommandLine, Outcome};

    fn outcome(status: i32, report: &str) -> Outcome {
        Outcome {
            status,
            stdout: report.into(),
            stderr: String::new(),
            files: BTreeMap::new(),
            elapsed: Duration::ZERO,
        }
    }

    fn differences(a: &Outcome, b: &Outcome) -> Vec<String> {
        let line = CommandLine::new("-N 1");
        compare(&line, a, b, DOUBLE).expect("arguments that can be read").differences
    }

    #[test]
    fn only_the_reference_promises_bytes() {
        let exact: Vec<_> = LABELS.into_iter().filter(|label| bound(label).is_none()).collect();
        assert_eq!(exact, ["reference"]);
    }

    #[test]
    fn what_is_no_number_is_never_close() {
        let bound = Bound { relative: 1.0, of_maximum: 1.0 };
        assert!(bound.broken(1.0, f64::NAN, 1.0) && bound.broken(f64::NAN, 1.0, 1.0));
        assert!(!bound.broken(1.0, 3.0, 1.0) && bound.broken(1.0, 3.01, 1.0));
    }

    #[test]
    fn next_to_nothing_one_unit_of_a_single_is_close() {
        let [a, b, c] = [7, 8, 9].map(|bits| f64::from(f32::from_bits(bits)));
        assert!(!DOUBLE.broken(a, b, b) && DOUBLE.broken(a, c, c));
    }

    #[test]
    fn only_the_class_of_the_status_counts() {
        let [fine, refused, crashed] =
            [outcome(0, "a\n"), outcome(1, "b\n"), outcome(139, "c\nd\n")];
        assert!(differences(&refused, &crashed).is_empty());
        assert_eq!(differences(&fine, &refused).len(), 1);
        assert_eq!(differences(&refused, &fine).len(), 1);
    }

    #[test]
    fn files_that_one_run_alone_left() {
        let bare = outcome(0, "");
        let mut more = bare.clone();
        more.files.insert("g".into(), Vec::new());
        assert_eq!(differences(&bare, &more), ["g was written, and should not have been"]);
        assert_eq!(differences(&more, &bare), ["g was not written"]);
    }
}

//! What two runs wrote, within a bound.

use nanobragg_reference::Experiment;

use super::Bound;
use super::maximum;
use super::pixels::Pixels;
use super::report::{self, Leeway};
use crate::cases::Kind;
use crate::execute::CommandLine;
use crate::outputs::{smv_shape, values};
use crate::run::Outputs;

/// How two runs compare.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// What differs, for people; empty where nothing does.
    pub differences: Vec<String>,
    /// The float images, where both runs wrote one.
    pub pixels: Option<Pixels>,
}

impl Comparison {
    /// Takes up another comparison of the same runs.
    pub(super) fn extend(&mut self, other: Comparison) {
        self.differences.extend(other.differences);
        self.pixels = other.pixels;
    }
}

/// Compares outputs of one command line: the float image within the bound, integer images by
/// counts, headers and report by words and numbers, everything else by its bytes.
///
/// # Errors
/// An image that has fewer bytes than its size asks for.
pub fn compare(
    line: &CommandLine,
    expected: &Outputs,
    found: &Outputs,
    bound: Bound,
) -> Result<Comparison, String> {
    let mut comparison = Comparison::default();
    let list = &mut comparison.differences;
    let mut leeway = Leeway::of(bound);
    let (mut count, mut identical) = (0, true);
    if let (Some(a), Some(b)) = (expected.get(&Kind::Float), found.get(&Kind::Float)) {
        if a.len() != b.len() {
            list.push(format!("an image of {} pixels instead of {}", b.len() / 4, a.len() / 4));
            return Ok(comparison);
        }
        count = a.len() / 4;
        let (a, b) = (values(a, Kind::Float, count)?, values(b, Kind::Float, count)?);
        let pixels = Pixels::compare(&a, &b, bound);
        identical = pixels.identical;
        if !pixels.broken.is_empty() {
            let maximum = a.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
            list.extend(pixels.difference(width(line, expected), bound, maximum));
        }
        if let Some(places) = pixels.tie {
            leeway.tie = line.resolve().ok().map(|experiment| positions(&experiment, places));
        }
        comparison.pixels = Some(pixels);
    }
    leeway.drawn = !identical;
    let text = |outputs: &Outputs| {
        outputs.get(&Kind::Stdout).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    let reports = text(expected).zip(text(found));
    if let Some((expected, _)) = &reports
        && !identical
    {
        leeway.measure_flatness(expected, bound);
    }
    for (kind, a) in expected {
        let Some(b) = found.get(kind) else { continue };
        let name = kind.name();
        match kind {
            Kind::Fdump if a != b => list.push(format!("the {name} has other bytes")),
            // The stream of the noise follows the last bit of every pixel before.
            Kind::Noise if identical && a != b => list.push(format!("{name}: other bytes")),
            Kind::Int | Kind::Pgm | Kind::Noise => list.extend(header(a, b, *kind, &leeway)),
            _ => {}
        }
        if matches!(kind, Kind::Int | Kind::Pgm) && a != b {
            let (a, b) = (values(a, *kind, count)?, values(b, *kind, count)?);
            list.extend(counts(&a, &b, *kind, bound, &leeway));
        }
    }
    if let Some((expected, found)) = reports {
        list.extend(report::difference(&expected, &found, &leeway));
    }
    Ok(comparison)
}

/// The number of pixels along fast: from the integer image, or from what the line resolves to.
fn width(line: &CommandLine, outputs: &Outputs) -> usize {
    let from_image = outputs.get(&Kind::Int).and_then(|bytes| smv_shape(bytes));
    let shape = from_image.map(|(_, fast)| fast);
    shape.or_else(|| Some(line.resolve().ok()?.detector.pixels[0])).unwrap_or(1)
}

/// Where the report says that the largest pixels lie, m.
fn positions(experiment: &Experiment, places: [usize; 2]) -> [[f64; 2]; 2] {
    let width = experiment.detector.pixels[0];
    places.map(|place| maximum::position(experiment, place % width, place / width))
}

/// Counts of an integer image: one by rounding, more by what the bound allows to the pixel and to
/// the scale, which follows from the largest pixel or from the rms deviation.
fn counts(a: &[f64], b: &[f64], kind: Kind, bound: Bound, leeway: &Leeway) -> Option<String> {
    let most = a.iter().copied().fold(0.0, f64::max);
    let scale = if kind == Kind::Pgm { leeway.flatness } else { 0.0 };
    let excess = |(a, b): (&f64, &f64)| {
        let off = (a - b).abs();
        // A grey value that passes 255 wraps around to 0.
        let wraps = kind == Kind::Pgm && off == 255.0;
        let allowed = 1.0 + 2.0 * bound.allowed(*a, most) + 2.0 * scale * a;
        if wraps || off <= allowed.floor() { 0.0 } else { off }
    };
    let worst = a.iter().zip(b).map(excess).fold(0.0, f64::max);
    (worst > 0.0).then(|| format!("the {} image differs by {worst} counts", kind.name()))
}

/// The text before the pixels of an SMV image.
fn header(a: &[u8], b: &[u8], kind: Kind, leeway: &Leeway) -> Option<String> {
    let text = |bytes: &[u8]| {
        let end = bytes.iter().position(|&byte| byte == b'\x0c').unwrap_or(bytes.len().min(64));
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    };
    let difference = report::difference(&text(a), &text(b), &leeway.of_header());
    let is_smv = a.starts_with(b"{");
    difference.filter(|_| is_smv).map(|what| format!("the header of the {}: {what}", kind.name()))
}

#[cfg(test)]
mod tests {
    use super::compare;
    use crate::cases::Kind;
    use crate::execute::CommandLine;
    use crate::run::Outputs;
    use crate::tolerance::{Bound, DOUBLE};

    fn outputs(pixels: [f32; 3], report: &str) -> Outputs {
        Outputs::from([
            (Kind::Float, pixels.map(f32::to_ne_bytes).concat()),
            (Kind::Stdout, report.into()),
        ])
    }

    fn differences(a: &Outputs, b: &Outputs, relative: f64) -> Vec<String> {
        let line = CommandLine::new("-cell 9 9 9 90 90 90 -N 1 -default_F 1 -detpixels 3");
        let bound = Bound { relative, ..DOUBLE };
        compare(&line, a, b, bound).expect("whole images").differences
    }

    #[test]
    fn pixels_keep_the_bound_and_the_report_its_digits() {
        let a = outputs([1.0, 2.0, 3.0], "max_I = 3  at 0.1 0.2\n");
        let b = outputs([1.0, 2.000_001, 3.0], "max_I = 3.00001  at 0.1 0.2\n");
        assert!(differences(&a, &a, 1e-6).is_empty());
        assert!(differences(&a, &b, 1e-6).is_empty(), "{:?}", differences(&a, &b, 1e-6));
        assert_eq!(differences(&a, &b, 1e-8).len(), 1);
        let nan = outputs([1.0, f32::NAN, 3.0], "max_I = 3  at 0.1 0.2\n");
        assert_eq!(differences(&a, &nan, 1e-6).len(), 1);
        let other = outputs([1.0, 2.0, 3.0], "min_I = 3  at 0.1 0.2\n");
        assert_eq!(differences(&a, &other, 1e-6).len(), 1);
    }

    #[test]
    fn the_largest_pixel_may_be_another_one_where_both_are_as_large() {
        let a = outputs([3.0, 2.0, 2.999_999_5], "max_I = 3  at 5e-05 5e-05\n");
        let tie = outputs([2.999_999_5, 2.0, 3.0], "max_I = 3  at 0.00025 5e-05\n");
        assert!(differences(&a, &tie, 1e-6).is_empty(), "{:?}", differences(&a, &tie, 1e-6));
        // A position that is not that of the pixel.
        let stray = outputs([2.999_999_5, 2.0, 3.0], "max_I = 3  at 0.00015 5e-05\n");
        assert_eq!(differences(&a, &stray, 1e-6).len(), 1);
        // Not as large.
        let a = outputs([3.0, 2.0, 2.9], "max_I = 3  at 5e-05 5e-05\n");
        assert!(!differences(&a, &tie, 1e-6).is_empty());
    }
}

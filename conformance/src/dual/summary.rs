//! What a comparison found: `summary.json` for programs, a line and a table for people.

use std::fmt::Display;
use std::io::Write;

use nanobragg_reference::cformat::g;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::findings::{Findings, Place};
use super::image::Region;
use super::sides::Side;
use super::{Options, say};
use crate::metrics::Comparison;
use crate::picture::{self, panels::Layout};

/// Everything that `summary.json` tells. A field without a value, and a number that is not finite,
/// is null there; every field is always present.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    /// The program that made it, and its version.
    tool: String,
    /// When, in UTC.
    created: String,
    /// Exit status of the comparison.
    pub(super) exit_status: u8,
    /// Why it is not 0.
    pub(super) error: Option<String>,
    /// The arguments as typed.
    args: Vec<String>,
    /// Which of them were forwarded otherwise, and whether the region was cut.
    pub(super) notes: Vec<String>,
    /// First and last fast pixel, first and last slow pixel of the region, where one was given.
    roi: Option<[usize; 4]>,
    /// The same for what was compared.
    roi_compared: Option<[usize; 4]>,
    /// Smallest correlation that is good enough.
    threshold: Option<f64>,
    /// Whether images of different shapes were to be compared.
    resample: bool,
    /// What was done to do so.
    pub(super) resample_note: Option<String>,
    /// How the previews were made.
    png_scale_method: &'static str,
    png_scale_percentile: f64,
    /// The value that is white in them.
    pub(super) png_scale_max: Option<f64>,
    /// What was measured on each side, in the fields of [`SideSummary`] with `_left` and `_c`,
    /// `_right` and `_py` behind their names.
    #[serde(skip)]
    pub(super) sides: [SideSummary; 2],
    /// What the images have to do with each other.
    #[serde(flatten)]
    numbers: Numbers,
    /// How the picture of both images and their difference was made.
    comparison_png: Option<Layout>,
    /// What was found beside, in the fields of [`Findings::fields`].
    #[serde(skip)]
    findings: Option<Findings>,
}

/// One side.
#[derive(Clone, Debug, Default)]
pub(super) struct SideSummary {
    /// Label: `reference`, `c`, … (`left`, `right`).
    label: String,
    /// The executable, the engine or the file (`binaries`).
    binary: String,
    /// `engine`, `executable` or `file` (`kind_left`, `kind_right`).
    kind: &'static str,
    /// The format of a file (`format_left`, `format_right`).
    pub(super) format: Option<String>,
    /// Whether a file holds counts, which a program has scaled.
    pub(super) counts: bool,
    /// Wall time, ms.
    pub(super) runtime_ms: Option<f64>,
    /// Pixels along fast and slow.
    pub(super) shape: Option<[usize; 2]>,
    /// Digest of the float image, as written.
    pub(super) sha256: Option<String>,
    /// Sum of the pixels compared.
    sum: Option<f64>,
    /// Whether they all have one value.
    constant: Option<bool>,
}

/// The metrics, over the pixels compared.
#[derive(Debug, Default, Serialize)]
struct Numbers {
    /// Number of pixels compared.
    pixels: Option<usize>,
    /// How many of them differ in at least one bit.
    pixels_differing: Option<usize>,
    /// Whether none does.
    bit_identical: Option<bool>,
    /// Pearson's coefficient; null where it is undefined.
    correlation: Option<f64>,
    /// Why it is undefined.
    correlation_note: Option<&'static str>,
    mse: Option<f64>,
    rmse: Option<f64>,
    max_abs_diff: Option<f64>,
    /// The pixel that has it; null where no pixel differs in value.
    max_abs_diff_at: Option<Place>,
    /// Sum of the right side over that of the left.
    sum_ratio: Option<f64>,
}

impl Summary {
    /// What is known before the runs.
    pub(super) fn new(
        options: &Options,
        sides: &[Side; 2],
        notes: &[String],
        created: String,
    ) -> Summary {
        let side = |side: &Side| SideSummary {
            label: side.label.clone(),
            binary: side.binary(),
            kind: side.kind(),
            ..SideSummary::default()
        };
        Summary {
            tool: format!("nb-compare {}", env!("CARGO_PKG_VERSION")),
            created,
            exit_status: 0,
            error: None,
            args: options.arguments.clone(),
            notes: notes.to_vec(),
            roi: options.roi,
            roi_compared: None,
            threshold: options.threshold,
            resample: options.resample,
            resample_note: None,
            png_scale_method: picture::METHOD,
            png_scale_percentile: options.png_scale,
            png_scale_max: None,
            sides: [side(&sides[0]), side(&sides[1])],
            numbers: Numbers::default(),
            comparison_png: None,
            findings: None,
        }
    }

    /// Takes up the metrics.
    pub(super) fn compared(&mut self, found: &Comparison, region: &Region) {
        self.roi_compared = Some(region.bounds());
        for (number, side) in self.sides.iter_mut().enumerate() {
            side.sum = Some(found.sums[number]);
            side.constant = Some(found.constant[number]);
        }
        self.numbers = Numbers {
            pixels: Some(found.pixels),
            pixels_differing: Some(found.differing),
            bit_identical: Some(found.is_identical()),
            correlation: found.correlation,
            correlation_note: found.why_undefined(),
            mse: Some(found.mse),
            rmse: Some(found.rmse),
            max_abs_diff: Some(found.largest.value),
            max_abs_diff_at: (found.largest.value > 0.0)
                .then(|| Place::within(region, found.largest.at)),
            sum_ratio: found.sum_ratio,
        };
    }

    /// Takes up what was found beside the metrics.
    pub(super) fn found(&mut self, findings: Findings, picture: Layout) {
        self.findings = Some(findings);
        self.comparison_png = Some(picture);
    }

    /// `summary.json`.
    pub(super) fn json(&self) -> serde_json::Result<Vec<u8>> {
        let mut fields = Map::new();
        if let Value::Object(shared) = serde_json::to_value(self)? {
            fields.extend(shared);
        }
        let mut binaries = Map::new();
        for (side, words) in self.sides.iter().zip([["left", "c"], ["right", "py"]]) {
            fields.insert(words[0].into(), json!(side.label));
            fields.insert(format!("kind_{}", words[0]), json!(side.kind));
            fields.insert(format!("format_{}", words[0]), json!(side.format));
            for word in words {
                binaries.insert(word.into(), json!(side.binary));
                fields.insert(format!("runtime_{word}_ms"), json!(side.runtime_ms));
                fields.insert(format!("shape_{word}"), json!(side.shape));
                fields.insert(format!("sha256_{word}"), json!(side.sha256));
                fields.insert(format!("sum_{word}"), json!(side.sum));
                fields.insert(format!("constant_{word}"), json!(side.constant));
            }
        }
        fields.insert("binaries".into(), Value::Object(binaries));
        for (name, value) in Findings::fields(self.findings.as_ref()) {
            fields.insert(name.into(), value);
        }
        let mut text = serde_json::to_vec_pretty(&fields)?;
        text.push(b'\n');
        Ok(text)
    }

    /// A line and a table.
    pub(super) fn print(&self, found: &Comparison, out: &mut dyn Write) {
        let correlation = match (found.correlation, found.why_undefined()) {
            (Some(value), _) => format!("{value:.9}"),
            (None, reason) => format!("undefined ({})", reason.unwrap_or_default()),
        };
        let place = self.numbers.max_abs_diff_at;
        let at = place.map_or(String::new(), |at| format!(" at fast {} slow {}", at.fast, at.slow));
        let verdict = if found.is_identical() { ", the same bit for bit" } else { "" };
        say(
            out,
            format_args!(
                "correlation {correlation}, rmse {}, largest difference {}{at}, sum ratio {}{verdict}",
                g(found.rmse),
                g(found.largest.value),
                found.sum_ratio.map_or("undefined".into(), |ratio| format!("{ratio:.9}")),
            ),
        );
        if let Some(note) = &self.resample_note {
            say(out, note);
        }
        let [left, right] = &self.sides;
        let both = |of: fn(&SideSummary) -> String| [of(left), of(right)];
        let shape = |side: &SideSummary| match side.shape {
            Some([fast, slow]) => format!("{fast} x {slow}"),
            None => String::new(),
        };
        say(out, row("", ["left".into(), "right".into()]));
        say(out, row("program", both(|side| side.label.clone())));
        say(out, row("runtime (ms)", both(|side| number(side.runtime_ms))));
        say(out, row("image (fast x slow)", both(shape)));
        let unit = match self.sides.each_ref().map(|side| side.counts) {
            [false, false] => "sum (photons)",
            [true, true] => "sum (counts)",
            _ => "sum",
        };
        say(out, row(unit, both(|side| number(side.sum))));
        say(
            out,
            format_args!("{:<22}{} of {}", "pixels that differ", found.differing, found.pixels),
        );
    }
}

fn number(value: Option<f64>) -> String {
    value.map(g).unwrap_or_default()
}

fn row(name: &str, [left, right]: [String; 2]) -> impl Display {
    format!("{name:<22}{left:<20}{right}")
}

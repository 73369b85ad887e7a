//! What one quirk of the C program does to one command line: it is run twice, with the switch on and
//! with this switch alone turned off, and all that the two runs wrote is compared.

use std::collections::BTreeSet;
use std::path::Path;

use nanobragg_reference::{Engine, Quirk};
use ndarray::Array2;

use crate::cases::Kind;
use crate::dual::isolated;
use crate::execute::{CommandLine, Outcome, Program, normalized};
use crate::outputs::{header_value, smv_shape, values, written};
use crate::picture::{self, panels};
use crate::{Error, Result};

/// Images in the order in which one is chosen for the picture.
const IMAGES: [Kind; 4] = [Kind::Float, Kind::Int, Kind::Noise, Kind::Pgm];

/// The percentile of the pixels that is white in a picture: a difference of weak pixels is to show
/// beside that of a strong one.
const WHITE: f64 = 98.0;

/// The two runs of a command line.
pub struct Effect {
    as_c: Run,
    corrected: Run,
}

struct Run {
    line: CommandLine,
    outcome: Outcome,
}

impl Effect {
    /// Runs a command line with a switch on and off, in directories of their own with copies of the
    /// input files that it names; nothing is written into `directory`.
    ///
    /// # Errors
    /// An input file that cannot be read, `-quirks` among the arguments.
    pub fn of(
        quirk: Quirk,
        arguments: &[String],
        directory: &Path,
        engine: &dyn Engine,
    ) -> Result<Effect> {
        if arguments.iter().any(|argument| argument.trim_start_matches('-') == "quirks") {
            return Err(Error::Run("-quirks is set for each of the two runs".into()));
        }
        let plain = isolated(arguments, directory)?;
        let run = |switches: String| -> Result<Run> {
            let mut line = plain.clone();
            // In front: what stands at the end matters to the C program.
            line.arguments.splice(0..0, ["-quirks".to_owned(), switches]);
            let outcome = line.execute(Program::Engine(engine))?;
            Ok(Run { line, outcome })
        };
        Ok(Effect { as_c: run("c".into())?, corrected: run(format!("c,-{}", quirk.name()))? })
    }

    /// Whether any output differs.
    pub fn any(&self) -> bool {
        let (a, b) = (&self.as_c.outcome, &self.corrected.outcome);
        a.status != b.status || a.files != b.files || self.report() != (Vec::new(), Vec::new())
    }

    /// What differs, for people: `-` before what the C program says, `+` before the corrected.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let (a, b) = (&self.as_c.outcome, &self.corrected.outcome);
        if a.status != 0 || b.status != 0 {
            for (sign, run) in [('-', a), ('+', b)] {
                lines.push(format!("  {sign} exit status {}", run.status));
                lines.extend(run.stderr.lines().map(|line| format!("  {sign} {line}")));
            }
            return lines;
        }
        for kind in IMAGES {
            lines.extend(self.image_line(kind));
        }
        for kind in [Kind::Int, Kind::Noise] {
            let header = |run: &Run| run.bytes(kind).map(header).unwrap_or_default();
            let (left, right) = only(&header(&self.as_c), &header(&self.corrected));
            mark(&mut lines, &format!("header of the {} image", kind.name()), left, right);
        }
        let (left, right) = self.report();
        mark(&mut lines, "report", left, right);
        lines
    }

    /// A picture of the first image that differs: as the C program writes it, the difference
    /// (corrected less that: red is positive), and corrected; none where no image differs.
    ///
    /// # Errors
    /// What the encoder says.
    pub fn picture(&self) -> Result<Option<Vec<u8>>> {
        for kind in IMAGES {
            let (Some(left), Some(right)) = (self.as_c.seen(kind), self.corrected.seen(kind))
            else {
                continue;
            };
            if left != right && left.dim() == right.dim() {
                let [left, right] = [left, right].map(|image| image.mapv(f64::from));
                let white = picture::white([left.view(), right.view()], WHITE);
                let titles = ["C program", "corrected"];
                let panels = panels::draw([left.view(), right.view()], titles, white);
                let panels = panels.map_err(|error| Error::Run(error.to_string()))?;
                return Ok(Some(panels.png));
            }
        }
        Ok(None)
    }

    fn image_line(&self, kind: Kind) -> Option<String> {
        let name = kind.name();
        let (left, right) = match (self.as_c.bytes(kind), self.corrected.bytes(kind)) {
            (None, None) => return None,
            (Some(_), None) => return Some(format!("{name} image: not written when corrected")),
            (None, Some(_)) => return Some(format!("{name} image: written only when corrected")),
            (Some(left), Some(right)) if left == right => return None,
            (Some(left), Some(right)) => (left, right),
        };
        let mut words = Vec::new();
        if left.len() != right.len() {
            words.push(format!("{} bytes, corrected {}", left.len(), right.len()));
        }
        match (self.as_c.seen(kind), self.corrected.seen(kind)) {
            (Some(left), Some(right)) if left.dim() == right.dim() => {
                words.extend(pixels(&left, &right));
            }
            _ => words.push("another number of pixels".into()),
        }
        // Nothing remains where the headers alone differ; they have lines of their own.
        (!words.is_empty()).then(|| format!("{name} image: {}", words.join("; ")))
    }

    /// The lines of the report that only one of the runs has.
    fn report(&self) -> (Vec<String>, Vec<String>) {
        let lines = |run: &Run| -> Vec<String> {
            let text = normalized(&run.outcome.stdout);
            String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
        };
        only(&lines(&self.as_c), &lines(&self.corrected))
    }
}

impl Run {
    fn bytes(&self, kind: Kind) -> Option<&[u8]> {
        written(&self.line, &self.outcome, kind).ok()
    }

    /// An image as a reader sees it, who takes the pixels from where the header says that they are.
    fn seen(&self, kind: Kind) -> Option<Array2<f32>> {
        let shape = smv_shape(self.bytes(Kind::Int)?)?;
        let count = shape.0 * shape.1;
        let mut bytes = self.bytes(kind)?;
        if let Some(start) = header_value(bytes, "HEADER_BYTES").and_then(|n| n.parse().ok()) {
            let end = 2 * count + usize::min(start, bytes.len());
            bytes = bytes.get(..end)?;
        }
        let pixels = values(bytes, kind, count).ok()?.into_iter().map(|pixel| pixel as f32);
        Array2::from_shape_vec(shape, pixels.collect()).ok()
    }
}

/// How far two images differ, if they do.
fn pixels(left: &Array2<f32>, right: &Array2<f32>) -> Vec<String> {
    let pairs = || left.iter().zip(right).map(|(&a, &b)| (f64::from(a), f64::from(b)));
    let count = pairs().filter(|(a, b)| a != b).count();
    let largest = pairs().map(|(a, b)| a.abs().max(b.abs())).fold(0.0, f64::max);
    let most = pairs().map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let sum = |image: &Array2<f32>| image.iter().map(|&pixel| f64::from(pixel)).sum::<f64>();
    if count == 0 {
        return Vec::new();
    }
    let share = 100.0 * most / largest;
    vec![
        format!("{count} of {} pixels differ, at most by {share:.1} % of the largest", left.len()),
        format!("sum {:.4e}, corrected {:.4e}", sum(left), sum(right)),
    ]
}

/// The text of an SMV header.
fn header(bytes: &[u8]) -> Vec<String> {
    let end = bytes.iter().position(|&byte| byte == b'\x0c').unwrap_or(0);
    String::from_utf8_lossy(&bytes[..end]).lines().map(str::to_owned).collect()
}

/// The lines that one text has and the other lacks.
fn only(left: &[String], right: &[String]) -> (Vec<String>, Vec<String>) {
    let lacking = |these: &[String], those: &[String]| -> Vec<String> {
        let those: BTreeSet<&String> = those.iter().collect();
        these.iter().filter(|line| !those.contains(line)).cloned().collect()
    };
    (lacking(left, right), lacking(right, left))
}

fn mark(lines: &mut Vec<String>, title: &str, left: Vec<String>, right: Vec<String>) {
    if left.is_empty() && right.is_empty() {
        return;
    }
    lines.push(format!("{title}:"));
    lines.extend(left.iter().map(|line| format!("  - {}", line.trim())));
    lines.extend(right.iter().map(|line| format!("  + {}", line.trim())));
}

#[cfg(test)]
mod tests {
    use super::Effect;
    use nanobragg_reference::{Quirk, ReferenceEngine};

    fn of(quirk: Quirk, arguments: &str) -> Effect {
        let base = "-cell 60 60 60 90 90 90 -N 3 -default_F 100 -distance 100 -pixel 1 \
                    -detpixels 16 -oversample 1 -seed 1";
        let words: Vec<String> = base
            .split_whitespace()
            .chain(arguments.split_whitespace())
            .map(str::to_owned)
            .collect();
        let directory = tempfile::tempdir().expect("a directory");
        Effect::of(quirk, &words, directory.path(), &ReferenceEngine).expect("two runs")
    }

    #[test]
    fn an_image_that_differs_has_a_picture() {
        let effect = of(Quirk::StalePhi, "-phi 0 -osc 2 -phisteps 2");
        assert!(effect.any());
        assert!(effect.lines()[0].starts_with("float image: 2"), "{:?}", effect.lines());
        let picture = effect.picture().expect("a PNG").expect("a picture");
        let reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().expect("a PNG");
        // Three panels, their titles, and bars.
        assert!(reader.info().width > 3 * 16 * 10 && reader.info().height > 16 * 10);
    }

    #[test]
    fn a_report_that_differs_has_lines_and_no_picture() {
        let effect = of(Quirk::SolidAngleReport, "-mosaic 1 -mosaic_dom 2");
        assert!(effect.any());
        assert_eq!(effect.lines().len(), 3, "{:?}", effect.lines());
        assert!(effect.picture().expect("no PNG").is_none());
    }

    #[test]
    fn a_run_that_is_refused_says_why() {
        // The value of -pix0_vector: behind the sample.
        let effect = of(Quirk::Pix0Ignored, "-pix0_vector -0.1 0 0");
        assert!(effect.any());
        let lines = effect.lines();
        assert_eq!(&lines[..1], ["  - exit status 0"]);
        assert!(lines.iter().any(|line| line == "  + exit status 1"), "{lines:?}");
    }

    #[test]
    fn nothing_differs_where_the_switch_does_not_matter() {
        let effect = of(Quirk::StalePhi, "-phi 1 -osc 2");
        assert!(!effect.any());
        assert!(effect.lines().is_empty());
        assert!(effect.picture().expect("no PNG").is_none());
    }

    #[test]
    fn the_switch_is_the_only_one_that_is_set() {
        let arguments = ["-quirks".to_owned(), "none".to_owned()];
        let directory = tempfile::tempdir().expect("a directory");
        assert!(
            Effect::of(Quirk::StalePhi, &arguments, directory.path(), &ReferenceEngine).is_err()
        );
    }
}

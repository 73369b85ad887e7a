//! Whether a run gives what the C program gives, as closely as its engine promises.

use std::collections::BTreeSet;

use super::ran::{image, names, written};
use super::session::Session;
use crate::cases::{Kind, Origin};
use crate::engines::C;
use crate::execute::{CommandLine, Outcome, normalized};

/// How far a pixel may be from the C program's: relative to it, and to the largest pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// Part of the pixel.
    pub relative: f64,
    /// Part of the largest pixel.
    pub of_maximum: f64,
}

impl Bound {
    /// How far a pixel may be from this value.
    pub fn allowed(self, value: f64, maximum: f64) -> f64 {
        self.relative * value.abs() + self.of_maximum * maximum
    }

    /// Whether a pixel is too far; one that is no number always is.
    pub fn broken(self, expected: f64, found: f64, maximum: f64) -> bool {
        let distance = (expected - found).abs();
        distance.is_nan() || distance > self.allowed(expected, maximum)
    }
}

/// What is allowed to the reference engine where another C library rounds its functions: about one
/// unit of the last place.
pub const REFERENCE: Bound = Bound { relative: 2e-7, of_maximum: 1e-12 };

/// The bound that an engine promises; `None` where it promises the same bytes.
pub fn bound(label: &str) -> Option<Bound> {
    match label {
        "reference" => None,
        "cpu-mixed" | "cuda-mixed" => Some(Bound { relative: 1e-4, of_maximum: 1e-6 }),
        _ => Some(Bound { relative: 1e-6, of_maximum: 1e-9 }),
    }
}

/// Where this platform's C library rounds its functions as the one did that the records come from.
const SAME_PLATFORM: bool =
    cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"));

/// What differs between a run and the C program's; empty where nothing does.
pub fn differences(
    session: &Session,
    label: &'static str,
    line: &CommandLine,
    outcome: &Outcome,
) -> Result<Vec<String>, String> {
    let exact = match label {
        C => session.c_is_exact()? && recorded_from_c(session, line),
        "reference" => SAME_PLATFORM,
        _ => false,
    };
    if exact {
        return Ok(session.truth.records.check(line, outcome).err().into_iter().collect());
    }
    let expected = session.truth.outcome(line)?;
    let bound = bound(label).unwrap_or(REFERENCE);
    compare(line, &expected, outcome, bound)
}

fn recorded_from_c(session: &Session, line: &CommandLine) -> bool {
    session.truth.records.get(line).is_none_or(|record| record.from == Origin::C)
}

/// Finds out what kind of build the C executable is.
pub(super) fn probe(session: &Session) -> Result<bool, String> {
    let line = CommandLine::new(
        "-cell 70 80 90 75 85 95 -misset 10 20 30 -lambda 1.1 -distance 100 -detpixels 48 -N 5 \
         -default_F 100 -mosaic 0.5 -mosaic_dom 3 -oversample 2 -seed 1 -noprogress",
    );
    let (found, expected) = (session.run(C, &line)?, session.run("reference", &line)?);
    if found.status != 0 {
        return Err(format!("the C executable ended with exit status {}", found.status));
    }
    let (a, b) = (written(&line, &found, Kind::Float)?, written(&line, &expected, Kind::Float)?);
    if a == b {
        return Ok(true);
    }
    let bound = Bound { relative: 1e-6, of_maximum: 1e-9 };
    match compare(&line, &expected, &found, bound)?.first() {
        None => Ok(false),
        Some(text) => Err(format!("the C executable is another program: {text}")),
    }
}

/// Compares two runs of one command line within a bound.
pub fn compare(
    line: &CommandLine,
    expected: &Outcome,
    found: &Outcome,
    bound: Bound,
) -> Result<Vec<String>, String> {
    let mut list = Vec::new();
    if (expected.status == 0) != (found.status == 0) {
        list.push(format!("exit status {} instead of {}", found.status, expected.status));
        return Ok(list);
    }
    if let Some(name) = expected.files.keys().find(|name| !found.files.contains_key(*name)) {
        list.push(format!("{name} was not written"));
        return Ok(list);
    }
    if let Some(name) = found.files.keys().find(|name| !expected.files.contains_key(*name)) {
        list.push(format!("{name} was written, and should not have been"));
    }
    if share_a_name(line)? {
        // One file is left of several; which bytes it has follows from the last one written.
        return Ok(list);
    }
    let same_pixels = pixels(line, expected, found, bound, &mut list)?;
    for (kind, name) in names(line)? {
        let name = name.to_str().unwrap_or("");
        let (Some(a), Some(b)) = (expected.files.get(name), found.files.get(name)) else {
            continue;
        };
        match kind {
            Kind::Fdump if a != b => list.push(format!("{name} has other bytes")),
            // The stream of the noise follows the last bit of every pixel before.
            Kind::Noise if same_pixels && a != b => list.push(format!("{name} has other bytes")),
            Kind::Int | Kind::Pgm | Kind::Noise => header(a, b, name, &mut list),
            _ => {}
        }
        if matches!(kind, Kind::Int | Kind::Pgm) {
            let (a, b) = (image(line, expected, kind)?, image(line, found, kind)?);
            let worst = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            if worst > 1.0 && !(kind == Kind::Pgm && worst == 255.0) {
                list.push(format!("{name} differs by {worst} counts"));
            }
        }
    }
    let (a, b) = (normalized(&expected.stdout), normalized(&found.stdout));
    list.extend(report(&String::from_utf8_lossy(&a), &String::from_utf8_lossy(&b), same_pixels));
    Ok(list)
}

/// Whether two outputs of a command line have the same name.
fn share_a_name(line: &CommandLine) -> Result<bool, String> {
    let names = names(line)?;
    let distinct: BTreeSet<_> = names.values().collect();
    Ok(distinct.len() < names.len())
}

/// Compares the float images; whether they are the same bit for bit.
fn pixels(
    line: &CommandLine,
    expected: &Outcome,
    found: &Outcome,
    bound: Bound,
    list: &mut Vec<String>,
) -> Result<bool, String> {
    if !names(line)?
        .get(&Kind::Float)
        .and_then(|name| name.to_str())
        .is_some_and(|name| expected.files.contains_key(name))
    {
        return Ok(true);
    }
    let (a, b) = (image(line, expected, Kind::Float)?, image(line, found, Kind::Float)?);
    if a.dim() != b.dim() {
        list.push(format!("an image of {:?} pixels instead of {:?}", b.dim(), a.dim()));
        return Ok(false);
    }
    let maximum = a.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    let allowed = |value: f64| bound.allowed(value, maximum);
    let wrong = |a: f64, b: f64| bound.broken(a, b, maximum);
    let mut bad = a.indexed_iter().zip(&b).filter(|((_, a), b)| wrong(**a, **b));
    if let Some((((slow, fast), a), b)) = bad.next() {
        list.push(format!(
            "{} pixels are out of bounds; the first is fast {fast}, slow {slow}: {b:e} instead of \
             {a:e}, off by {:.2e} where {:.2e} is allowed",
            bad.count() + 1,
            (a - b).abs(),
            allowed(*a)
        ));
    }
    Ok(a.iter().zip(&b).all(|(a, b)| a.to_bits() == b.to_bits()))
}

/// The text before the pixels: the same words, its numbers to six digits.
fn header(a: &[u8], b: &[u8], name: &str, list: &mut Vec<String>) {
    let text = |bytes: &[u8]| {
        let end = bytes.iter().position(|&byte| byte == b'\x0c').unwrap_or(bytes.len().min(64));
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    };
    if a.starts_with(b"{") {
        list.extend(report(&text(a), &text(b), true).map(|what| format!("{name}: {what}")));
    }
}

/// The first line in which two reports differ: words must be the same, numbers the same to about
/// five digits, for the report gives six.
fn report(expected: &str, found: &str, same_pixels: bool) -> Option<String> {
    let (mut a, mut b) = (expected.lines(), found.lines());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return None,
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => {
                let photons = "photons on noise image";
                let drawn = !same_pixels && a.contains(photons) && b.contains(photons);
                if !drawn && !like(a, b) {
                    return Some(format!("the report says '{b}' instead of '{a}'"));
                }
            }
            (a, b) => {
                return Some(format!(
                    "the report says '{}' instead of '{}'",
                    b.unwrap_or("nothing more"),
                    a.unwrap_or("nothing more")
                ));
            }
        }
    }
}

fn like(a: &str, b: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| c.is_whitespace() || ",;=()".contains(c)).map(str::to_owned).collect()
    };
    let (a, b) = (words(a), words(b));
    a.len() == b.len()
        && a.iter().zip(&b).all(|(a, b)| {
            a == b
                || match (a.parse::<f64>(), b.parse::<f64>()) {
                    (Ok(a), Ok(b)) => (a - b).abs() <= 2e-5 * a.abs().max(b.abs()),
                    _ => false,
                }
        })
}

/// The command that runs a line again, ready to paste.
pub fn command(label: &str, line: &CommandLine) -> String {
    let mut words = match label {
        C => vec!["$NB_C_BIN".to_owned()],
        "reference" => vec!["nanobragg".into(), "-engine".into(), "reference".into()],
        _ => {
            let name = label.strip_suffix("-mixed").unwrap_or(label);
            let precision = if label.ends_with("-mixed") { "mixed" } else { "double" };
            ["nanobragg", "-engine", name, "-precision", precision].map(str::to_owned).to_vec()
        }
    };
    words.extend(line.arguments.iter().map(|word| quote(word)));
    words.join(" ")
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,+:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::{like, report};

    #[test]
    fn reports_differ_in_words_and_in_digits() {
        assert!(like("max_I = 1.23456  at 0.5", "max_I = 1.23457  at 0.5"));
        assert!(!like("max_I = 1.23456", "max_I = 1.23556"));
        assert!(!like("pivot beam", "pivot sample"));
        assert!(report("a\nb 1\n", "a\nb 1\n", true).is_none());
        assert!(report("a\nb 1\n", "a\n", true).is_some_and(|text| text.contains("nothing more")));
        assert!(report("a\n", "a\nb\n", true).is_some());
    }
}

//! `nb-compare --trace`.

use std::io::Write;
use std::path::Path;

use super::align::{Comparison, Tally, compare};
use super::record::{Record, Value};
use crate::dual::{Exit, shown};

/// The tolerance where the user names none.
pub(crate) const TOLERANCE: f64 = 1e-9;

/// Compares two traces, says where they part, and how that ends.
pub fn run(
    [left, right]: [&Path; 2],
    tolerance: f64,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    if !(tolerance >= 0.0 && tolerance.is_finite()) {
        let tolerance = shown(tolerance);
        drop(writeln!(err, "error: --tolerance {tolerance}: it is a finite number from 0 on"));
        return Exit::Usage;
    }
    match compare(left, right, tolerance) {
        Ok(found) => {
            // A reader that has gone away is no error.
            drop(tell(&found, [left, right], tolerance, out));
            if found.is_same() { Exit::Success } else { Exit::Threshold }
        }
        Err(error) => {
            drop(writeln!(err, "error: {error}"));
            Exit::Data
        }
    }
}

fn tell(
    found: &Comparison,
    paths: [&Path; 2],
    tolerance: f64,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    for (side, (path, header)) in ["left", "right"].iter().zip(paths.iter().zip(&found.headers)) {
        writeln!(out, "{side:<5}  {}: {}", path.display(), describe(header))?;
    }
    writeln!(out, "{:<16}  {:>9}  {:>9}  largest difference", "variable", "compared", "different")?;
    for (name, tally) in found.variables.iter().filter(|(_, tally)| tally.compared > 0) {
        let (compared, different) = (tally.compared, tally.different);
        writeln!(out, "{name:<16}  {compared:>9}  {different:>9}  {:.3e}", tally.largest)?;
    }
    for (number, side) in ["left", "right"].iter().enumerate() {
        let alone = |(name, tally): &(String, Tally)| match tally.alone[number] {
            0 => None,
            lines => Some(format!("{name} ({lines})")),
        };
        let alone: Vec<String> = found.variables.iter().filter_map(alone).collect();
        if !alone.is_empty() {
            let alone = alone.join(", ");
            writeln!(out, "not compared, as only the {side} trace has it (lines): {alone}")?;
        }
    }
    for (side, count) in ["left", "right"].iter().zip(found.alone).filter(|(_, count)| *count > 0) {
        writeln!(out, "lines that only the {side} trace has: {count}")?;
    }
    match &found.first {
        Some(first) => writeln!(out, "first difference: {first}"),
        None if tolerance == 0.0 => writeln!(out, "the traces are the same bit for bit"),
        None => writeln!(out, "the traces are the same within {tolerance:e}"),
    }
}

/// Engine, vector unit and pixel.
fn describe(header: &Record) -> String {
    let words = ["engine", "precision"].map(|name| header.word(name));
    let words = words.into_iter().chain([header.working("vector_unit")]);
    let mut words: Vec<String> = words.flatten().map(str::to_owned).collect();
    if let Some(Value::Numbers(pixel)) = header.get("traced")
        && let [slow, fast] = pixel.as_slice()
    {
        words.push(format!("pixel slow {slow}, fast {fast}"));
    }
    words.join(", ")
}

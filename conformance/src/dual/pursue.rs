//! How to go on from the first pixel that breaks the tolerance.

use std::path::Path;

use super::findings::Place;
use super::isolate::Isolated;
use super::sides::Side;
use super::{Files, Options};
use crate::clause::agree;
use crate::execute::{CommandLine, Outcome, Program};
use crate::{Error, Result, trace};

/// Names of the traces in the folder.
pub(super) const TRACES: [&str; 2] = ["c_trace.jsonl", "py_trace.jsonl"];

/// Pixels of more steps are not traced: a step is a line of some hundred bytes.
const MOST_STEPS: i32 = 100_000;

/// Traces of a pixel by both sides, into the files of the comparison, and in words the first variable
/// that differs by more than a tolerance. `None` where a side does not write traces, or where the
/// pixel has too many steps.
///
/// # Errors
/// An engine that fails, a trace that cannot be written for a while.
pub(super) fn traces(
    at: Place,
    sides: &[Side; 2],
    run: &Isolated,
    tolerance: f64,
    files: &mut Files,
) -> Result<Option<String>> {
    let few = || run.line.resolve().is_ok_and(|found| found.sampling.steps <= MOST_STEPS);
    let asked = run.line.arguments.iter().any(|word| word.ends_with("-trace_pixel"));
    if asked || !sides.iter().all(Side::is_engine) || !few() {
        return Ok(None);
    }
    let folder = tempfile::tempdir().map_err(Error::file(std::env::temp_dir()))?;
    for (side, name) in sides.iter().zip(TRACES) {
        let trace = traced(at, side, run, name)?;
        let path = folder.path().join(name);
        std::fs::write(&path, &trace).map_err(Error::file(&path))?;
        files.insert(name.into(), trace);
    }
    let [left, right] = TRACES.map(|name| folder.path().join(name));
    let found = trace::first_difference(&left, &right, tolerance)?;
    Ok(Some(match found {
        Some(difference) => without(folder.path(), &difference.to_string()),
        None => format!("no variable differs by more than {tolerance} of its largest"),
    }))
}

/// The trace of a pixel by a side.
fn traced(at: Place, side: &Side, run: &Isolated, name: &str) -> Result<Vec<u8>> {
    let mut line = run.line.clone();
    line.arguments.extend(["-trace_pixel".into(), at.slow.to_string(), at.fast.to_string()]);
    line.arguments.extend(["-tracefile".into(), name.into()]);
    let Some(program @ Program::Engine(_)) = side.program() else {
        return Ok(Vec::new());
    };
    let Outcome { mut files, stderr, .. } = line.execute(program)?;
    let missing = || Error::Run(format!("{} wrote no trace: {}", side.label, stderr.trim()));
    files.remove(name).ok_or_else(missing)
}

/// A text that does not name a folder that will be gone.
fn without(folder: &Path, text: &str) -> String {
    text.replace(&format!("{}{}", folder.display(), std::path::MAIN_SEPARATOR), "")
}

/// For each side that is a program, the command that describes this pixel in its report
/// (`-printout_pixel`), ready to paste into a directory of its own.
pub(super) fn commands(at: Place, sides: &[Side; 2], options: &Options) -> Vec<String> {
    let mut line = CommandLine { arguments: options.arguments.clone(), ..CommandLine::default() };
    let place = ["-printout_pixel".to_owned(), at.fast.to_string(), at.slow.to_string()];
    line.arguments.extend(place);
    let programs = sides.iter().filter(|side| side.program().is_some());
    let mut commands: Vec<String> = programs
        .map(|side| {
            if side.is_engine() {
                agree::command(&side.label, &line)
            } else {
                agree::command_of(&side.binary(), &line)
            }
        })
        .collect();
    commands.dedup();
    commands
}

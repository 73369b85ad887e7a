//! Recording goldens and verifying them.

use std::ffi::OsStr;
use std::path::Path;

use nanobragg_reference::{Engine, ReferenceEngine};
use rayon::prelude::*;

use crate::cases::{Case, Kind, Origin};
use crate::compare::difference;
use crate::manifest::{CProgram, Entry, Manifest};
use crate::run::{Outputs, command_line, with_c, with_engine};
use crate::tolerance::{self, Bound, bound};
use crate::{Error, Result, store};

/// Runs cases and records what they write. Cases of the C program are run with `executable`,
/// without which they are left as they are. `done` is called after each case.
///
/// # Errors
/// The first case that fails; what was recorded before it stays.
pub fn record(
    folder: &Path,
    cases: &[Case],
    executable: Option<(&OsStr, CProgram)>,
    manifest: &mut Manifest,
    done: &(dyn Fn(&Case) + Sync),
) -> Result<usize> {
    let entries: Vec<(String, Entry)> = cases
        .par_iter()
        .filter_map(|case| {
            let outputs = match (case.from, &executable) {
                (Origin::Reference, _) => with_engine(case, folder, &ReferenceEngine),
                (Origin::C, Some((executable, _))) => with_c(case, folder, executable),
                (Origin::C, None) => return None,
            };
            let recorded = outputs.and_then(|outputs| {
                for (&kind, bytes) in &outputs {
                    store::write(folder, &case.name, kind, bytes)?;
                }
                Entry::of(case, folder, &outputs)
            });
            done(case);
            Some(recorded.map(|entry| (case.name.clone(), entry)))
        })
        .collect::<Result<_>>()?;
    if let Some((_, program)) = executable {
        manifest.c_program = program;
    }
    let count = entries.len();
    manifest.cases.extend(entries);
    Ok(count)
}

/// Checks a case against its golden: bit by bit, or within the bound that the engine promises. The
/// list of what differs is empty where nothing does.
///
/// # Errors
/// A case that fails to run, or whose golden is missing, damaged, or older than its command line
/// or its inputs.
pub fn verify(
    folder: &Path,
    case: &Case,
    manifest: &Manifest,
    engine: &dyn Engine,
) -> Result<Vec<String>> {
    let outputs = with_engine(case, folder, engine)?;
    verify_outputs(folder, case, manifest, &outputs, bound(engine.label()))
}

/// As [`verify`], with outputs that are there already, and the bound that they are to keep.
///
/// # Errors
/// As [`verify`].
pub fn verify_outputs(
    folder: &Path,
    case: &Case,
    manifest: &Manifest,
    outputs: &Outputs,
    bound: Option<Bound>,
) -> Result<Vec<String>> {
    let expected = recorded(folder, case, manifest, outputs)?;
    let Some(bound) = bound else {
        let difference = |(kind, found): (&Kind, &Vec<u8>)| {
            let text = difference(*kind, expected.get(kind)?, found)?;
            Some(format!("{}: {text}", kind.name()))
        };
        return Ok(outputs.iter().filter_map(difference).collect());
    };
    let line = command_line(case, folder)?;
    let comparison = tolerance::outputs::compare(&line, &expected, outputs, bound);
    Ok(comparison.map_err(Error::Run)?.differences)
}

/// The golden of a case, of the kinds of output that there are.
fn recorded(folder: &Path, case: &Case, manifest: &Manifest, outputs: &Outputs) -> Result<Outputs> {
    let entry = manifest.cases.get(&case.name).ok_or_else(|| {
        Error::Run(format!("{}: no golden; record it with nb-goldens record", case.name))
    })?;
    let now = Entry::of(case, folder, outputs)?;
    if (&entry.command_line, &entry.inputs, entry.from)
        != (&now.command_line, &now.inputs, now.from)
    {
        return Err(Error::Run(format!(
            "{}: the command line or an input has changed since the golden was recorded",
            case.name
        )));
    }
    let read = |&kind: &Kind| {
        let expected = store::read(folder, &case.name, kind)?;
        let recorded = entry.outputs.get(&kind);
        if recorded.is_none_or(|recorded| recorded.sha256 != store::sha256(&expected)) {
            return Err(Error::Run(format!(
                "{}: the golden of the {} does not match the manifest",
                case.name,
                kind.name()
            )));
        }
        Ok((kind, expected))
    };
    outputs.keys().map(read).collect()
}

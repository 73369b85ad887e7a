//! Recording goldens and verifying them.

use std::ffi::OsStr;
use std::path::Path;

use nanobragg_reference::{Engine, ReferenceEngine};
use rayon::prelude::*;

use crate::cases::{Case, Origin};
use crate::compare::difference;
use crate::manifest::{CProgram, Entry, Manifest};
use crate::run::{with_c, with_engine};
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

/// Checks a case against its golden, bit by bit. The list of what differs is empty where nothing
/// does.
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
    verify_outputs(folder, case, manifest, &with_engine(case, folder, engine)?)
}

/// As [`verify`], with outputs that are there already.
///
/// # Errors
/// As [`verify`].
pub fn verify_outputs(
    folder: &Path,
    case: &Case,
    manifest: &Manifest,
    outputs: &crate::run::Outputs,
) -> Result<Vec<String>> {
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
    let mut differences = Vec::new();
    for (&kind, found) in outputs {
        let expected = store::read(folder, &case.name, kind)?;
        let recorded = entry.outputs.get(&kind);
        if recorded.is_none_or(|recorded| recorded.sha256 != store::sha256(&expected)) {
            return Err(Error::Run(format!(
                "{}: the golden of the {} does not match the manifest",
                case.name,
                kind.name()
            )));
        }
        if let Some(text) = difference(kind, &expected, found) {
            differences.push(format!("{}: {text}", kind.name()));
        }
    }
    Ok(differences)
}

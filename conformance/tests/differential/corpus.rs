//! Stored cases: what once differed stays equal.

use std::sync::Arc;

use libtest_mimic::{Completion, Failed, Trial};
use nanobragg_conformance::fuzz::check::{Pair, Verdict, check};
use nanobragg_conformance::fuzz::corpus::{self, Entry};
use nanobragg_conformance::{Result, engines, execute};

/// Trials for each case: as recorded, as the C program does it, and within the bound of each other
/// engine of ours.
pub(super) fn trials() -> Result<Vec<Trial>> {
    let entries = corpus::read(&corpus::default_folder())?;
    let trials = entries.into_iter().flat_map(|entry| {
        let entry = Arc::new(entry);
        let ours = engines::batched().map(|label| ours(Arc::clone(&entry), label));
        ours.chain([reference(Arc::clone(&entry)), c_program(Arc::clone(&entry))])
            .collect::<Vec<_>>()
    });
    Ok(trials.collect())
}

fn reference(entry: Arc<Entry>) -> Trial {
    Trial::test(format!("differential::corpus::reference::{}", entry.name), move || {
        let differences = entry.verify().map_err(|error| error.to_string())?;
        if differences.is_empty() { Ok(()) } else { Err(failure(&entry, &differences)) }
    })
}

fn c_program(entry: Arc<Entry>) -> Trial {
    Trial::ignorable_test(format!("differential::corpus::c::{}", entry.name), move || {
        let Some(executable) = execute::c_executable() else {
            return Ok(Completion::ignored_with(format!("{} not set", execute::C_EXECUTABLE)));
        };
        compared(&entry, Pair::reference_against_c(executable.as_os_str()))
    })
}

fn ours(entry: Arc<Entry>, label: &'static str) -> Trial {
    let name = format!("differential::corpus::{label}::{}", entry.name);
    Trial::ignorable_test(name, move || match engines::engine(label) {
        Ok(engine) => compared(&entry, Pair::against_reference(engine.as_ref())),
        Err(reason) => Ok(Completion::ignored_with(reason)),
    })
}

/// Runs a case with two programs; a case that is refused is refused by both.
fn compared(entry: &Entry, pair: Pair<'_>) -> std::result::Result<Completion, Failed> {
    let line = entry.command_line().map_err(|error| error.to_string())?;
    match check(&line, pair).map_err(|error| error.to_string())?.verdict {
        Verdict::Same | Verdict::Rounding(_) => Ok(Completion::Completed),
        Verdict::Refused(_) if entry.status != 0 => Ok(Completion::Completed),
        Verdict::Refused(reason) | Verdict::Skipped(reason) => {
            Err(failure(entry, &[format!("not compared: {reason}")]))
        }
        Verdict::Differs(differences) => Err(failure(entry, &differences)),
    }
}

fn failure(entry: &Entry, differences: &[String]) -> Failed {
    format!("{}\n  {}", entry.about, differences.join("\n  ")).into()
}

//! Stored cases: what once differed stays equal.

use std::sync::Arc;

use libtest_mimic::{Completion, Failed, Trial};
use nanobragg_conformance::fuzz::check::{Against, Verdict, check};
use nanobragg_conformance::fuzz::corpus::{self, Entry};
use nanobragg_conformance::{Result, execute};

/// Two trials for each case: as recorded, and as the C program does it.
pub(super) fn trials() -> Result<Vec<Trial>> {
    let entries = corpus::read(&corpus::default_folder())?;
    let trials = entries.into_iter().flat_map(|entry| {
        let entry = Arc::new(entry);
        [reference(Arc::clone(&entry)), c_program(entry)]
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
        let line = entry.command_line().map_err(|error| error.to_string())?;
        let checked = check(&line, Against::C(executable.as_os_str()));
        match checked.map_err(|error| error.to_string())?.verdict {
            Verdict::Same => Ok(Completion::Completed),
            Verdict::Refused(_) if entry.status != 0 => Ok(Completion::Completed),
            Verdict::Refused(reason) | Verdict::Skipped(reason) => {
                Err(failure(&entry, &[format!("not compared: {reason}")]))
            }
            Verdict::Differs(differences) => Err(failure(&entry, &differences)),
        }
    })
}

fn failure(entry: &Entry, differences: &[String]) -> Failed {
    format!("{}\n  {}", entry.about, differences.join("\n  ")).into()
}

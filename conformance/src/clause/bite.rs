//! Which clauses notice a fault: the proof that the suite bites.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nanobragg_reference::{ReferenceEngine, Request};

use super::document::Suite;
use super::session::{Session, Truth};
use super::syntax::Tool;
use crate::execute::{CommandLine, Outcome, Program};
use crate::faults::{self, Fault};
use crate::{Error, Result, workers};

/// The engine whose place a fault takes: one that renders in double precision.
pub const LABEL: &str = "cpu";

/// Tests that are run before it is asked whether enough have failed.
const CHUNK: usize = 24;

/// A session in which the model, with a fault or without, stands for an engine.
pub fn session(truth: &Arc<Truth>, fault: Option<&'static Fault>) -> Arc<Session> {
    Arc::new(Session::with(truth, LABEL, Box::new(move |line| run(fault, line))))
}

/// The tests that fail in a session, by name, of the clauses whose id is wanted; `enough` of them
/// end the search. Small images come first.
pub fn failing(
    suite: &Suite,
    session: &Arc<Session>,
    wanted: &(dyn Fn(&str) -> bool + Sync),
    enough: usize,
) -> Vec<String> {
    let mut trials: Vec<_> = suite
        .trials()
        .into_iter()
        .filter(|trial| trial.label == LABEL && wanted(&trial.clause.id))
        // The model is a scalar engine: what the scalar engine does not run, as what a record says
        // of an engine, is not about it.
        .filter(|trial| !trial.case.excluded.contains_key("reference"))
        .filter(|trial| trial.skipped(session).is_none())
        // The tools render with engines of their own, which have no fault.
        .filter(|trial| trial.case.runs.iter().all(|run| run.tool == Tool::Nanobragg))
        .collect();
    trials.sort_by_key(|trial| trial.cost());
    let mut names = Vec::new();
    for some in trials.chunks(CHUNK) {
        let failed = workers::each(some, |trial| !trial.run(session).failures.is_empty());
        let failed = some.iter().zip(failed).filter(|(_, failed)| *failed);
        names.extend(failed.map(|(trial, _)| trial.name()));
        if names.len() >= enough {
            break;
        }
    }
    names
}

/// The clauses that are known to notice each fault, by its name: `conformance/bite.json`.
pub type Known = BTreeMap<String, Vec<String>>;

/// Where the list lies.
pub fn known_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bite.json")
}

/// Reads the list; an empty one where there is none.
///
/// # Errors
/// A file that cannot be read.
pub fn known() -> Result<Known> {
    let path = known_path();
    if !path.exists() {
        return Ok(Known::new());
    }
    let text = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
    serde_json::from_str(&text).map_err(|error| Error::format(&path, error))
}

/// Writes the list.
///
/// # Errors
/// A file that cannot be written.
pub fn record(known: &Known) -> Result<()> {
    let path = known_path();
    let mut text =
        serde_json::to_string_pretty(known).map_err(|error| Error::format(&path, error))?;
    text.push('\n');
    std::fs::write(&path, text).map_err(Error::file(&path))
}

/// The id of the clause in the name of a test.
pub fn clause_of(name: &str) -> &str {
    name.split("::").nth(1).unwrap_or(name)
}

fn run(fault: Option<&'static Fault>, line: &CommandLine) -> std::result::Result<Outcome, String> {
    let outcome = if Request::parse(&line.arguments).is_ok_and(|request| request.help) {
        // No fault is about the help, which is no run.
        line.execute(Program::Engine(&ReferenceEngine))
    } else {
        line.execute_with(|directory| {
            let run = faults::run(fault, line.arguments.clone(), directory);
            let (status, lines) = match &run.finished {
                Ok(finished) => (0, finished.messages()),
                Err(error) => (i32::from(error.exit_status()), vec![error.message()]),
            };
            let stderr = lines.iter().map(|line| format!("{line}\n")).collect();
            (status, run.report.into_bytes(), stderr)
        })
    };
    outcome.map_err(|error| error.to_string())
}

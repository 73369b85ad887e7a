//! The report: every clause, on every engine, with what was measured beside the bound.

mod html;

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::clause::deviations::Deviation;
use crate::clause::document::Suite;
use crate::clause::evidence::{Evidence, keep};
use crate::clause::session::Session;
use crate::clause::trial::{Skipped, Trial};
use crate::engines::{self, C};
use crate::execute::c_executable;
use crate::store::sha256;
use crate::{Error, Result, workers};

pub use html::page;

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Everything held.
    Passed,
    /// Something did not.
    Failed,
    /// The clause is not for this engine.
    Excluded,
    /// The engine or the tool is not here.
    Missing,
}

/// One expectation.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// As it stands in the clause.
    pub text: String,
    /// Whether it holds.
    pub holds: bool,
    /// The value.
    pub measured: String,
    /// The bound.
    pub bound: String,
    /// The share of the bound that is used up.
    pub used: Option<f64>,
}

/// One test.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The clause.
    pub clause: String,
    /// The case.
    pub case: String,
    /// The engine.
    pub engine: &'static str,
    /// The whole name.
    pub name: String,
    /// `file:line:column` of the block.
    pub place: String,
    /// How it ended.
    pub status: Status,
    /// Why it did not run.
    pub reason: Option<String>,
    /// What was measured.
    pub measured: Vec<Measured>,
    /// The runs, compared with the C program's.
    pub evidence: Vec<Evidence>,
    /// What failed.
    pub failures: Vec<String>,
    /// Pictures of what failed: the names of their files in the report's folder, and PNG bytes.
    #[serde(skip)]
    pub pictures: Vec<(String, Vec<u8>)>,
}

/// A whole run of the suite.
#[derive(Serialize)]
pub struct Report {
    /// What it ran on, line by line.
    pub environment: Vec<(String, String)>,
    /// Every test.
    pub entries: Vec<Entry>,
}

impl Report {
    /// Runs the suite. `done` is called after each test.
    ///
    /// # Errors
    /// Pictures that cannot be written for a while.
    pub fn make(suite: &Suite, session: &Arc<Session>, done: &(dyn Fn() + Sync)) -> Result<Report> {
        let scratch = tempfile::tempdir().map_err(Error::file(std::env::temp_dir()))?;
        let entries = workers::each(&suite.trials(), |trial| {
            let entry = entry(trial, session, scratch.path());
            done();
            entry
        });
        let entries = entries.into_iter().collect::<Result<_>>()?;
        Ok(Report { environment: environment(session), entries })
    }

    /// The number of tests of an engine that ended in a way.
    pub fn count(&self, engine: &str, status: Status) -> usize {
        self.entries.iter().filter(|e| e.engine == engine && e.status == status).count()
    }

    /// Whether a test failed.
    pub fn failed(&self) -> bool {
        self.entries.iter().any(|entry| entry.status == Status::Failed)
    }

    /// The page and the evidence, `report.html` and `evidence.json`, into a folder, and the pictures of
    /// what failed beside them.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, suite: &Suite, deviations: &[Deviation], folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            let half = folder.join(format!(".{name}.part"));
            std::fs::write(&half, bytes).map_err(Error::file(&half))?;
            std::fs::rename(&half, &path).map_err(Error::file(&path))
        };
        for (name, bytes) in self.entries.iter().flat_map(|entry| &entry.pictures) {
            write(name, bytes)?;
        }
        write("report.html", page(self, suite, deviations).as_bytes())?;
        let json = serde_json::to_string_pretty(self).map_err(|e| Error::Run(e.to_string()))?;
        write("evidence.json", json.as_bytes())
    }
}

fn entry(trial: &Trial<'_>, session: &Arc<Session>, scratch: &Path) -> Result<Entry> {
    let mut entry = Entry {
        clause: trial.clause.id.clone(),
        case: trial.case.name.clone(),
        engine: trial.label,
        name: trial.name(),
        place: trial.clause.source.locate(trial.case.span.start),
        status: Status::Passed,
        reason: None,
        measured: Vec::new(),
        evidence: Vec::new(),
        failures: Vec::new(),
        pictures: Vec::new(),
    };
    match trial.skipped(session) {
        Some(Skipped::Excluded(why)) => {
            (entry.status, entry.reason) = (Status::Excluded, Some(why));
            return Ok(entry);
        }
        Some(Skipped::Missing(why)) => {
            (entry.status, entry.reason) = (Status::Missing, Some(why));
            return Ok(entry);
        }
        None => {}
    }
    let verdict = trial.run(session);
    entry.measured = verdict
        .findings
        .iter()
        .map(|finding| Measured {
            text: finding.text.split_whitespace().collect::<Vec<_>>().join(" "),
            holds: finding.holds,
            measured: finding.measured.clone(),
            bound: finding.bound.clone(),
            used: finding.used.filter(|used| used.is_finite()),
        })
        .collect();
    entry.evidence = verdict.runs.iter().filter_map(|ran| Evidence::of(ran, trial.label)).collect();
    if !verdict.failures.is_empty() {
        entry.status = Status::Failed;
        if let Some(folder) = keep(scratch, &trial.name(), &verdict)? {
            entry.pictures = pictures(&trial.name(), &folder)?;
        }
        entry.failures = verdict.failures;
    }
    Ok(entry)
}

/// The pictures in a folder, in the order of their names, which the name of the test goes before.
fn pictures(test: &str, folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut list = Vec::new();
    for file in std::fs::read_dir(folder).map_err(Error::file(folder))? {
        let path = file.map_err(Error::file(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "png") {
            let bytes = std::fs::read(&path).map_err(Error::file(&path))?;
            let run = path.file_stem().unwrap_or_default().to_string_lossy();
            list.push((format!("{}-{run}.png", test.replace("::", "-")), bytes));
        }
    }
    list.sort();
    Ok(list)
}

fn environment(session: &Session) -> Vec<(String, String)> {
    let mut lines = vec![
        ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ("time".to_owned(), jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
        ("system".to_owned(), format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        (
            "processors".to_owned(),
            std::thread::available_parallelism().map_or("unknown".into(), |n| n.to_string()),
        ),
        (
            "recorded from".to_owned(),
            format!(
                "{}, {} {}",
                session.truth.records.c_program.source,
                session.truth.records.c_program.compiler,
                session.truth.records.c_program.flags
            ),
        ),
    ];
    if let Some(path) = c_executable() {
        let digest = std::fs::read(&path).map_or("unreadable".into(), |bytes| sha256(&bytes));
        lines.push(("C executable".into(), format!("{}, sha256 {digest}", path.display())));
    }
    for label in engines::LABELS.into_iter().chain([C]) {
        let state = session.missing(label).unwrap_or("available");
        lines.push((format!("engine {label}"), state.to_owned()));
    }
    lines
}

//! The table of deviations from the upstream text, `spec/deviations.md`.

use std::collections::BTreeSet;
use std::path::Path;

use super::case::Step;
use super::document::Suite;
use crate::{Error, Result};

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// The clause.
    pub clause: String,
    /// The case that shows it, or several, parted by commas.
    pub case: String,
    /// What deviates: `statement`, `bound`, `set-up` or `meaning`.
    pub kind: String,
    /// What the earlier text says.
    pub earlier: String,
    /// What the clause says.
    pub here: String,
    /// How it is known.
    pub evidence: String,
    /// The line of the row, counted from 1.
    pub line: usize,
}

const KINDS: [&str; 4] = ["statement", "bound", "set-up", "meaning"];

/// Reads the table; a specification that deviates from nothing has none.
///
/// # Errors
/// A file that cannot be read, and a row that has not six columns.
pub fn read(folder: &Path) -> Result<Vec<Deviation>> {
    let path = folder.join("deviations.md");
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
    let mut rows = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let Some(row) = line.strip_prefix("| AT-") else { continue };
        let cells: Vec<&str> =
            row.trim_end().trim_end_matches('|').split(" | ").map(str::trim).collect();
        let [clause, case, kind, earlier, here, evidence] = cells[..] else {
            return Err(Error::format(
                &path,
                format!("line {}: {} columns instead of 6", place + 1, cells.len()),
            ));
        };
        rows.push(Deviation {
            clause: format!("AT-{clause}"),
            case: case.to_owned(),
            kind: kind.to_owned(),
            earlier: earlier.to_owned(),
            here: here.to_owned(),
            evidence: evidence.to_owned(),
            line: place + 1,
        });
    }
    Ok(rows)
}

/// What is wrong between the table and the clauses: a row that names no case, a row of a false
/// statement whose case does not show that it is false, and a case that shows one without a row.
pub fn check(suite: &Suite, rows: &[Deviation]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut listed = BTreeSet::new();
    for row in rows {
        let place = format!("spec/deviations.md:{}", row.line);
        if !KINDS.contains(&row.kind.as_str()) {
            wrong.push(format!("{place}: '{}' is none of {}", row.kind, KINDS.join(", ")));
        }
        for name in row.case.split(", ") {
            let clause = suite.clause(&row.clause);
            let case = clause
                .and_then(|clause| clause.cases.iter().find(|case| has_name(&case.name, name)));
            let Some(case) = case else {
                wrong.push(format!("{place}: {} has no case {name}", row.clause));
                continue;
            };
            let shows = case.steps.iter().any(|step| matches!(step, Step::Upstream(_)));
            if row.kind == "statement" && !shows {
                wrong.push(format!("{place}: no 'upstream' in {} {name}", row.clause));
            }
            listed.insert((row.clause.clone(), name.to_owned()));
        }
    }
    for clause in &suite.clauses {
        for case in &clause.cases {
            let shows = case.steps.iter().any(|step| matches!(step, Step::Upstream(_)));
            let known =
                listed.iter().any(|(id, name)| *id == clause.id && has_name(&case.name, name));
            if shows && !known {
                wrong.push(format!(
                    "{}: the 'upstream' of {} {} is not in spec/deviations.md",
                    clause.source.locate(case.span.start),
                    clause.id,
                    case.name
                ));
            }
        }
    }
    wrong
}

/// Whether a case is the one of a name, or one of those that its `each` makes.
fn has_name(case: &str, name: &str) -> bool {
    case == name || case.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
}

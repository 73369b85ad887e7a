//! What must hold of the specification as a whole: nothing lost, nothing loosened, nothing that
//! no run reaches.

use std::collections::BTreeSet;

use nanobragg_conformance::cases;
use nanobragg_conformance::clause::document::{self, Suite};
use nanobragg_conformance::clause::records::{self, Records};
use nanobragg_conformance::clause::trial::command_lines;
use nanobragg_conformance::clause::{deviations, functions, listing};
use nanobragg_reference::arguments::options::OPTIONS;
use nanobragg_reference::{Quirk, Request};

/// The ids of the earlier text, and how many there are of each subject; it has no AT-PARALLEL-019.
const UPSTREAM: [(&str, u32); 18] = [
    ("GEO", 6),
    ("SAM", 3),
    ("ABS", 1),
    ("STR", 4),
    ("POL", 1),
    ("BKG", 1),
    ("NOISE", 1),
    ("IO", 4),
    ("SRC", 2),
    ("PRE", 2),
    ("ROI", 1),
    ("FLU", 1),
    ("STA", 1),
    ("CLI", 9),
    ("PARALLEL", 29),
    ("PERF", 8),
    ("TOOLS", 1),
    ("CORE", 16),
];

fn suite() -> Suite {
    let inputs = cases::default_folder().join("inputs");
    let (suite, problems) =
        Suite::read(&document::default_folder(), &inputs).expect("a readable specification");
    assert!(problems.is_empty(), "{}", problems[0]);
    suite
}

#[test]
fn every_upstream_id_is_a_clause() {
    let suite = suite();
    let mut count = 0;
    for (subject, last) in UPSTREAM {
        for number in 1..=last {
            let id = format!("AT-{subject}-{number:03}");
            if id != "AT-PARALLEL-019" {
                count += 1;
                assert!(suite.clause(&id).is_some(), "{id} is missing");
            }
        }
    }
    // 74 ids, and the sixteen numbered criteria.
    assert_eq!(count, 74 + 16);
}

#[test]
fn clauses_and_bounds_are_those_reviewed() {
    let suite = suite();
    let files = listing::files(&suite);
    let counts = files.iter().map(|stem| {
        let count = suite.clauses.iter().filter(|clause| clause.source.stem() == *stem).count();
        format!("{stem} {count}")
    });
    insta::assert_snapshot!("files", counts.collect::<Vec<_>>().join("\n"));
    for stem in files {
        insta::assert_snapshot!(format!("clauses-{stem}"), listing::file(&suite, stem));
    }
}

#[test]
fn deviations_are_listed_and_needed() {
    let rows = deviations::read(&document::default_folder()).expect("a table");
    assert!(rows.len() > 30, "{} rows", rows.len());
    let wrong = deviations::check(&suite(), &rows);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_command_line_is_recorded_and_no_other() {
    let records = Records::read(&records::default_path()).expect("readable records");
    let lines = command_lines(&suite());
    for (key, (from, line)) in &lines {
        let record = records.runs.get(key);
        let record = record.unwrap_or_else(|| panic!("not recorded: {}", line.arguments.join(" ")));
        assert_eq!(record.from, *from, "{}", record.arguments);
        let is_help = |word: &String| ["h", "help"].contains(&word.trim_start_matches('-'));
        let helps = line.arguments.iter().any(is_help);
        assert!(helps || !record.files.is_empty(), "{}", record.arguments);
    }
    let stray = records.runs.iter().find(|(key, _)| !lines.contains_key(*key));
    assert!(stray.is_none(), "recorded for no clause: {stray:?}");
}

#[test]
fn every_option_stands_in_a_run() {
    let mut reached = BTreeSet::new();
    for case in suite().clauses.iter().flat_map(|clause| &clause.cases) {
        for arguments in case.runs.iter().flat_map(|run| run.arguments()) {
            if let Ok(request) = Request::parse(&arguments) {
                reached.extend(
                    request.scanned.actions.iter().map(|action| format!("{:?}", action.id)),
                );
            }
        }
    }
    let missing: Vec<String> = OPTIONS
        .iter()
        .map(|option| format!("{:?}", option.id))
        .filter(|id| !reached.contains(id))
        .collect();
    assert!(missing.is_empty(), "no run has: {}", missing.join(", "));
}

#[test]
fn every_quirk_has_a_clause_for_both_states() {
    let suite = suite();
    for (place, quirk) in Quirk::ALL.iter().enumerate() {
        let id = format!("AT-QRK-{:03}", place + 1);
        let clause = suite.clause(&id).unwrap_or_else(|| panic!("{id} is missing"));
        assert!(clause.title.contains(quirk.name()), "{id} is not about {}", quirk.name());
        let runs = || clause.cases.iter().flat_map(|case| &case.runs);
        let switches = |run: &&nanobragg_conformance::clause::case::Planned| {
            run.arguments
                .iter()
                .position(|word| word == "-quirks")
                .map(|at| run.arguments[at + 1].clone())
        };
        let off = runs()
            .filter_map(|run| switches(&run))
            .any(|list| list.contains(quirk.name()) || list == "none");
        let on = runs().any(|run| switches(&run).is_none_or(|list| list == "c"));
        assert!(on && off, "{id}: both states of {} must be run", quirk.name());
    }
}

#[test]
fn the_language_is_taught_as_it_is() {
    let path = document::default_folder().join("README.md");
    let text = std::fs::read_to_string(path).expect("a readable file");
    for function in functions::all() {
        let line = format!("{:45} {}", function.signature, function.about);
        assert!(text.contains(&line), "spec/README.md lacks: {line}");
    }
}

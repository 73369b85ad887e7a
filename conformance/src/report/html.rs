//! The report as one page that needs no other file.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Entry, Report, Status};
use crate::clause::deviations::Deviation;
use crate::clause::document::{Clause, Suite};
use crate::engines;

const STYLE: &str = "
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1.5rem; }
th, td { border-bottom: 1px solid #ccc; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
th { background: #f2f2f5; position: sticky; top: 0; }
code, pre { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
.passed { color: #17692d; } .failed { color: #fff; background: #a31621; padding: 0 0.3rem; }
.excluded, .missing { color: #777; }
details { margin: 0.25rem 0; } summary { cursor: pointer; }
img { image-rendering: pixelated; max-width: 100%; min-width: 30rem; border: 1px solid #999; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
";

/// The page.
pub fn page(report: &Report, suite: &Suite, deviations: &[Deviation]) -> String {
    let mut by_clause: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in &report.entries {
        by_clause.entry(&entry.clause).or_default().push(entry);
    }
    let entries = |clause: &Clause| by_clause.get(clause.id.as_str()).cloned().unwrap_or_default();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "nanobragg: conformance report" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Conformance report" }
                (introduction(report))
                h2 id="clauses" { "Clauses" }
                (overview(suite, &entries))
                (failures(report))
                h2 id="measured" { "What was measured" }
                p {
                    "The share is the part of the bound that is used up: 100 % is at the bound, 10 % \
                     leaves a factor of ten. Where engines of ours keep a tighter bound than the \
                     clause states, the tighter one counts."
                }
                @for clause in &suite.clauses { (details(clause, &entries(clause))) }
                h2 id="deviations" { "Deviations from the earlier text" }
                (table_of_deviations(deviations))
                h2 id="skipped" { "Not run" }
                (skipped(report))
            }
        }
    }
    .into_string()
}

fn introduction(report: &Report) -> Markup {
    html! {
        p {
            "nanoBragg computes the X-ray diffraction image of a small crystal. Each clause of its \
             specification is executed here, on every engine that exists, and every image is \
             compared with the one that the C program gives for the same command line."
        }
        p {
            "“Not for it” means that the clause gives a reason why it cannot hold for an engine; “not \
             here” that the engine or the tool is missing. “Tightest” is the largest share of a bound \
             that is used up by anything measured."
        }
        nav {
            a href="#clauses" { "Clauses" } " · " a href="#failures" { "Failures" } " · "
            a href="#measured" { "What was measured" } " · "
            a href="#deviations" { "Deviations" } " · " a href="#skipped" { "Not run" }
        }
        table {
            tr { th { "engine" } th { "passed" } th { "failed" } th { "not for it" } th { "not here" } }
            @for engine in engines::all() {
                tr {
                    td { code { (engine) } }
                    @for status in [Status::Passed, Status::Failed, Status::Excluded, Status::Missing] {
                        td.number { (report.count(engine, status)) }
                    }
                }
            }
        }
        table {
            @for (name, value) in &report.environment {
                tr { th { (name) } td { (value) } }
            }
        }
    }
}

/// One row for each clause: its state on each engine, and the tightest margin.
fn overview<'r>(suite: &Suite, entries: &dyn Fn(&Clause) -> Vec<&'r Entry>) -> Markup {
    html! {
        table {
            tr {
                th { "clause" } th { "subject" }
                @for engine in engines::all() { th { (engine) } }
                th { "tightest" }
            }
            @for clause in &suite.clauses {
                @let list = entries(clause);
                tr {
                    td { a href={ "#" (clause.id) } { (clause.id) } }
                    td { (clause.title) }
                    @for engine in engines::all() { td { (state(&list, engine)) } }
                    td.number { (share(tightest(&list))) }
                }
            }
        }
    }
}

fn state(entries: &[&Entry], engine: &str) -> Markup {
    let of = |status| entries.iter().filter(|e| e.engine == engine && e.status == status).count();
    let (passed, failed) = (of(Status::Passed), of(Status::Failed));
    html! {
        @if failed > 0 { span.failed { (failed) " failed" } }
        @else if passed > 0 { span.passed { (passed) " passed" } }
        @else if of(Status::Missing) > 0 { span.missing { "not here" } }
        @else { span.excluded { "not for it" } }
    }
}

fn tightest(entries: &[&Entry]) -> Option<f64> {
    entries
        .iter()
        .flat_map(|entry| {
            let runs = entry.evidence.iter().map(|run| run.used);
            entry.measured.iter().filter_map(|measured| measured.used).chain(runs)
        })
        .reduce(f64::max)
}

fn share(used: Option<f64>) -> String {
    match used {
        None => String::new(),
        Some(0.0) => "0 %".into(),
        Some(used) if used < 0.001 => format!("{:.0e} %", used * 100.0),
        Some(used) => format!("{:.1} %", used * 100.0),
    }
}

fn failures(report: &Report) -> Markup {
    let failed: Vec<&Entry> =
        report.entries.iter().filter(|entry| entry.status == Status::Failed).collect();
    html! {
        h2 id="failures" { "Failures" }
        @if failed.is_empty() { p { "None." } }
        @for entry in failed {
            h3 { (entry.name) }
            p { code { (entry.place) } }
            @for failure in &entry.failures { pre { (failure) } }
            @if !entry.pictures.is_empty() {
                p { "Left to right: the C program's image, the difference (red: too bright), the image found." }
            }
            @for (_, picture) in &entry.pictures {
                @let data = BASE64_STANDARD.encode(picture);
                img alt="expected, difference, found" src={ "data:image/png;base64," (data) };
            }
        }
    }
}

fn details(clause: &Clause, entries: &[&Entry]) -> Markup {
    html! {
        h3 id=(clause.id) { (clause.id) " " (clause.title) }
        ul { @for sentence in &clause.sentences { li { (sentence) } } }
        @for entry in entries.iter().filter(|e| matches!(e.status, Status::Passed | Status::Failed)) {
            details {
                summary { (entry.case) ", " code { (entry.engine) } " — " (share(tightest(&[*entry]))) }
                table {
                    tr { th { "expected" } th { "measured" } th { "bound" } th { "share" } }
                    @for measured in &entry.measured {
                        tr {
                            td { code { (measured.text) } }
                            td { (measured.measured) }
                            td { (measured.bound) }
                            td.number { (share(measured.used)) }
                        }
                    }
                }
                table {
                    tr {
                        th { "run" } th { "correlation" } th { "sum ratio" } th { "largest difference" }
                        th { "pixels that differ" } th { "sha256" }
                    }
                    @for run in &entry.evidence {
                        tr {
                            td { code { (run.command) } }
                            td.number { (run.correlation.map(|value| format!("{value:.9}")).unwrap_or("constant image".into())) }
                            td.number { (run.sum_ratio.map(|value| format!("{value:.9}")).unwrap_or("–".into())) }
                            td.number { (format!("{:.3e}", run.largest_difference)) }
                            td.number { (run.differing) }
                            td { code { (&run.sha256[..16]) } }
                        }
                    }
                }
            }
        }
    }
}

fn table_of_deviations(deviations: &[Deviation]) -> Markup {
    html! {
        table {
            tr { th { "clause" } th { "case" } th { "kind" } th { "the earlier text" } th { "this clause" } th { "evidence" } }
            @for row in deviations {
                tr {
                    td { a href={ "#" (row.clause) } { (row.clause) } } td { (row.case) } td { (row.kind) }
                    td { (row.earlier) } td { (row.here) } td { (row.evidence) }
                }
            }
        }
    }
}

/// Tests that did not run, by reason.
fn skipped(report: &Report) -> Markup {
    let mut reasons: BTreeMap<(&str, &str), (usize, BTreeSet<&str>)> = BTreeMap::new();
    for entry in &report.entries {
        if let Some(reason) = &entry.reason {
            let (tests, clauses) = reasons.entry((reason, entry.engine)).or_default();
            *tests += 1;
            clauses.insert(&entry.clause);
        }
    }
    html! {
        table {
            tr { th { "reason" } th { "engine" } th { "tests" } th { "clauses" } }
            @for ((reason, engine), (tests, clauses)) in reasons {
                tr {
                    td { (reason) } td { code { (engine) } } td.number { (tests) }
                    td {
                        @if clauses.len() > 12 { (clauses.len()) " clauses" }
                        @else { (clauses.into_iter().collect::<Vec<_>>().join(", ")) }
                    }
                }
            }
        }
    }
}

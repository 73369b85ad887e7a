//! The suite as text, for review: a clause that is lost or a bound that is loosened shows in it.

use std::fmt::Write;

use super::case::{Case, Step};
use super::document::{Clause, Suite};
use super::source::Source;
use super::syntax::Tool;

/// The clauses of a file as text.
pub fn file(suite: &Suite, stem: &str) -> String {
    let mut text = String::new();
    for clause in suite.clauses.iter().filter(|clause| clause.source.stem() == stem) {
        // Writing to a string cannot fail.
        let _ = self::clause(&mut text, clause);
    }
    text
}

/// The names of the files with clauses.
pub fn files(suite: &Suite) -> Vec<&str> {
    let mut stems: Vec<&str> = suite.clauses.iter().map(|clause| clause.source.stem()).collect();
    stems.dedup();
    stems
}

fn clause(text: &mut String, clause: &Clause) -> std::fmt::Result {
    writeln!(text, "{} {}", clause.id, clause.title)?;
    for sentence in &clause.sentences {
        writeln!(text, "  {sentence}")?;
    }
    clause.cases.iter().try_for_each(|case| self::case(text, &clause.source, case))
}

fn case(text: &mut String, source: &Source, case: &Case) -> std::fmt::Result {
    writeln!(text, "  [{}]", case.name)?;
    for (label, why) in &case.excluded {
        writeln!(text, "    not {label}: {why}")?;
    }
    for need in &case.needs {
        writeln!(text, "    needs {}", need.value)?;
    }
    for run in &case.runs {
        let tool = if run.tool == Tool::Compare { "compare" } else { "run" };
        let fails = if run.fails { " fails" } else { "" };
        let over = match &run.over {
            Some((name, values)) => format!(" over {name} in {}", values.join(" ")),
            None => String::new(),
        };
        writeln!(text, "    {tool} {}{over}{fails}: {}", run.name, run.arguments.join(" "))?;
        if !run.inputs.is_empty() {
            let names: Vec<&str> = run.inputs.keys().map(String::as_str).collect();
            writeln!(text, "      beside {}", names.join(" "))?;
        }
    }
    for step in &case.steps {
        match step {
            Step::Let(name, value) => {
                writeln!(
                    text,
                    "    let {} = {}",
                    name.value,
                    one_line(&source.text[value.span.clone()])
                )?;
            }
            Step::Expect(expect) | Step::Upstream(expect) => {
                writeln!(text, "    {}", one_line(&expect.text.value))?;
            }
        }
    }
    Ok(())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

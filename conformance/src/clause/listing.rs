//! The suite as text, for review: a clause that is lost or a bound that is loosened shows in it.

use std::fmt::Write;

use super::case::{Case, Step};
use super::document::{Clause, Suite};
use super::source::Source;
use super::syntax::Tool;
use crate::store::sha256;

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
            Some((name, values)) => format!(" over {name} in {}", words(values)),
            None => String::new(),
        };
        writeln!(text, "    {tool} {}{over}{fails}: {}", run.name, words(&run.arguments))?;
        for (name, contents) in &run.inputs {
            let digest = sha256(contents);
            writeln!(text, "      beside {name}, {} bytes, {}", contents.len(), &digest[..16])?;
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

/// Words of a command line, those that hold white space in quotes.
fn words(list: &[String]) -> String {
    let quoted = |word: &String| {
        let plain = !word.is_empty() && !word.contains(char::is_whitespace);
        if plain { word.clone() } else { format!("{word:?}") }
    };
    list.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// A statement on one line, without its comments.
fn one_line(text: &str) -> String {
    let without = |line: &str| {
        let mut quoted = false;
        let comment = line.find(|c| {
            quoted ^= c == '"';
            c == '#' && !quoted
        });
        line[..comment.unwrap_or(line.len())].to_owned()
    };
    let lines: Vec<String> = text.lines().map(without).collect();
    lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

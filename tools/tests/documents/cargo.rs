//! What a document asks of cargo. Nothing is built within a test: programs are those that were built
//! with it, and names of programs, packages and tests are looked up.

use std::fs;
use std::path::Path;

use nanobragg_conformance::cases;
use nanobragg_conformance::clause::document::{self, Suite};

use crate::copy::{PROGRAMS, files};

/// What to do for a command of cargo.
pub(crate) enum Asked {
    /// A program of this build is to run: this command of a shell.
    Run(String),
    /// All is well, there is nothing to run.
    Known,
    /// There is a reason not to run it.
    Ignored(&'static str),
}

/// What a command asks of cargo; nothing if it is no command of cargo.
pub(crate) fn asked(root: &Path, command: &str) -> Option<Result<Asked, String>> {
    let rest = without_variables(command).strip_prefix("cargo ")?;
    let (before, after) = rest.split_once(" -- ").unwrap_or((rest, ""));
    let Some(words) = shlex::split(before) else { return Some(Err("quotes do not match".into())) };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Some(match words.as_slice() {
        ["run", "--release", "--bin", program] => program_exists(program)
            .map(|()| Asked::Run(format!("target/release/{program} {after}"))),
        ["build", "--release"] => Ok(Asked::Known),
        ["test", "--release"] => Ok(Asked::Ignored("runs all tests, this one too")),
        ["test", "--release", filter] => selects(root, filter).map(|()| Asked::Known),
        _ => Err(format!("this test does not know `cargo {before}`")),
    })
}

/// A command without the `NAME=value` in front of it.
fn without_variables(command: &str) -> &str {
    let (first, rest) = command.split_once(' ').unwrap_or((command, ""));
    match first.split_once('=') {
        Some((name, _)) if name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') => {
            without_variables(rest)
        }
        _ => command,
    }
}

fn program_exists(program: &str) -> Result<(), String> {
    if PROGRAMS.iter().any(|(name, _)| *name == program) {
        return Ok(());
    }
    Err(format!("there is no program {program}"))
}

/// Whether there are tests with these words in their names.
fn selects(root: &Path, filter: &str) -> Result<(), String> {
    let text = |error: nanobragg_conformance::Error| error.to_string();
    let folder = cases::default_folder();
    let (suite, _) =
        Suite::read(&document::default_folder(), &folder.join("inputs")).map_err(text)?;
    let clauses = suite.trials().iter().any(|trial| trial.name().contains(filter));
    let goldens = cases::read(&folder).map_err(text)?;
    let goldens = goldens.iter().any(|case| format!("goldens::{}::", case.name).contains(filter));
    if clauses || goldens || named(root, filter)? {
        return Ok(());
    }
    Err(format!("no test has '{filter}' in its name"))
}

/// Whether a test program calls its tests `FILTER::…`.
fn named(root: &Path, filter: &str) -> Result<bool, String> {
    let mut names = Vec::new();
    for folder in ["conformance/tests", "tools/tests"] {
        files(root, Path::new(folder), &mut names).map_err(|error| error.to_string())?;
    }
    let prefix = format!("\"{filter}::");
    Ok(names
        .iter()
        .filter(|name| name.extension().is_some_and(|ending| ending == "rs"))
        .filter_map(|name| fs::read_to_string(root.join(name)).ok())
        .any(|text| text.contains(&prefix)))
}

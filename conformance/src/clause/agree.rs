//! Whether a run gives what the C program gives, as closely as its engine promises.

use super::session::Session;
use crate::cases::{Kind, Origin};
use crate::engines::C;
use crate::execute::{CommandLine, Outcome};
use crate::outputs::written;
use crate::tolerance::{DOUBLE, REFERENCE, bound, compare};

/// Where this platform's C library rounds its functions as the one did that the records come from.
const SAME_PLATFORM: bool =
    cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"));

/// What differs between a run and the C program's; empty where nothing does.
pub fn differences(
    session: &Session,
    label: &'static str,
    line: &CommandLine,
    outcome: &Outcome,
) -> Result<Vec<String>, String> {
    let exact = match label {
        C => session.c_is_exact()? && recorded_from_c(session, line),
        "reference" => SAME_PLATFORM,
        _ => false,
    };
    if exact {
        return Ok(session.truth.records.check(line, outcome).err().into_iter().collect());
    }
    let expected = session.truth.outcome(line)?;
    let bound = bound(label).unwrap_or(REFERENCE);
    Ok(compare(line, &expected, outcome, bound)?.differences)
}

fn recorded_from_c(session: &Session, line: &CommandLine) -> bool {
    session.truth.records.get(line).is_none_or(|record| record.from == Origin::C)
}

/// Finds out what kind of build the C executable is.
pub(super) fn probe(session: &Session) -> Result<bool, String> {
    let line = CommandLine::new(
        "-cell 70 80 90 75 85 95 -misset 10 20 30 -lambda 1.1 -distance 100 -detpixels 48 -N 5 \
         -default_F 100 -mosaic 0.5 -mosaic_dom 3 -oversample 2 -seed 1 -noprogress",
    );
    let (found, expected) = (session.run(C, &line)?, session.run("reference", &line)?);
    if found.status != 0 {
        return Err(format!("the C executable ended with exit status {}", found.status));
    }
    let (a, b) = (written(&line, &found, Kind::Float)?, written(&line, &expected, Kind::Float)?);
    if a == b {
        return Ok(true);
    }
    match compare(&line, &expected, &found, DOUBLE)?.differences.first() {
        None => Ok(false),
        Some(text) => Err(format!("the C executable is another program: {text}")),
    }
}

/// The command that runs a line again, ready to paste.
pub fn command(label: &str, line: &CommandLine) -> String {
    let mut words = match label {
        C => vec!["$NB_C_BIN".to_owned()],
        "reference" => vec!["nanobragg".into(), "-engine".into(), "reference".into()],
        _ => {
            let name = label.strip_suffix("-mixed").unwrap_or(label);
            let precision = if label.ends_with("-mixed") { "mixed" } else { "double" };
            ["nanobragg", "-engine", name, "-precision", precision].map(str::to_owned).to_vec()
        }
    };
    words.extend(line.arguments.iter().map(|word| quote(word)));
    words.join(" ")
}

/// The same for an executable.
pub(crate) fn command_of(executable: &str, line: &CommandLine) -> String {
    let words = std::iter::once(executable).chain(line.arguments.iter().map(String::as_str));
    words.map(quote).collect::<Vec<_>>().join(" ")
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,+:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

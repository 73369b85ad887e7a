//! The commands that are not run here, with the reason.

use libtest_mimic::Trial;

use crate::copy::c_program;
use crate::markdown::Command;

/// Commands that hold some words, and why they are not run.
const NEVER: [(&str, &str); 7] = [
    ("nanoBragg.c", "needs the source of the C program, which is not part of the repository"),
    ("nb-spec record", "writes into the repository"),
    ("nb-goldens record --c-source", "writes into the repository"),
    ("nb-bench run --record", "writes into the repository"),
    ("nb-spec report --out target/report", "takes minutes: it runs every clause"),
    ("nb-bench run --quick", "takes minutes: it measures every workload"),
    ("nb-bench run --out", "takes minutes: it measures every workload"),
];

/// Why a command is not run, if so.
pub(crate) fn reason(command: &str) -> Option<String> {
    if cfg!(not(unix)) {
        return Some("needs a POSIX shell".into());
    }
    if let Some((_, why)) = NEVER.iter().find(|(words, _)| command.contains(words)) {
        return Some((*why).into());
    }
    if command.contains("./nanoBragg") && c_program().is_none() {
        return Some("NB_C_BIN not set".into());
    }
    if command.starts_with("python") {
        return missing_module(command);
    }
    None
}

/// The first of the Python modules that a command imports and this machine lacks.
fn missing_module(command: &str) -> Option<String> {
    let python = command.split_whitespace().next()?;
    let modules = command.split("import ").skip(1);
    let modules = modules.filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next());
    for module in modules {
        let import = format!("import {module}");
        let probe = std::process::Command::new(python).args(["-c", &import]).output();
        if !probe.is_ok_and(|output| output.status.success()) {
            return Some(format!("there is no {python} with {module}"));
        }
    }
    None
}

/// Each line of the list above is about a command that a document has.
pub(crate) fn all_needed<'c>(commands: impl Iterator<Item = &'c Command>) -> Trial {
    let texts: Vec<&str> = commands.map(|command| command.text.as_str()).collect();
    let idle = NEVER.iter().find(|(words, _)| !texts.iter().any(|text| text.contains(words)));
    Trial::test("documents::what-is-left-out-is-there", move || match idle {
        Some((words, _)) => Err(format!("no document has a command with '{words}'").into()),
        None => Ok(()),
    })
}

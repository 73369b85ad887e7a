//! Running one golden's case.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nanobragg_reference::arguments::apply::apply;
use nanobragg_reference::arguments::settings::Settings;
use nanobragg_reference::{Engine, Request};

use crate::cases::{Case, Kind};
use crate::execute::{CommandLine, Outcome, Program, normalized};
use crate::{Error, Result};

/// What a run wrote.
pub type Outputs = BTreeMap<Kind, Vec<u8>>;

/// Runs a case with an engine of ours, within this process.
///
/// # Errors
/// What the engine or the files give.
pub fn with_engine(case: &Case, folder: &Path, engine: &dyn Engine) -> Result<Outputs> {
    let line = command_line(case, folder)?;
    collect(case, &line, line.execute(Program::Engine(engine))?)
}

/// Runs a case with the C executable, with one thread.
///
/// # Errors
/// An executable that cannot be started or ends with an error.
pub fn with_c(case: &Case, folder: &Path, executable: &OsStr) -> Result<Outputs> {
    let line = command_line(case, folder)?;
    collect(case, &line, line.execute(Program::Executable(executable))?)
}

/// The command line of a case with its input files.
///
/// # Errors
/// An input that cannot be read.
pub fn command_line(case: &Case, folder: &Path) -> Result<CommandLine> {
    let mut inputs = BTreeMap::new();
    for (name, source) in &case.inputs {
        let source = folder.join("inputs").join(source);
        let bytes = std::fs::read(&source).map_err(Error::file(&source))?;
        inputs.insert(name.clone(), Arc::from(bytes));
    }
    Ok(CommandLine { arguments: case.arguments(), inputs })
}

/// Takes up the outputs that the case keeps.
fn collect(case: &Case, line: &CommandLine, mut outcome: Outcome) -> Result<Outputs> {
    if outcome.status != 0 {
        return Err(Error::Run(format!(
            "{}: exit status {}: {}",
            case.name,
            outcome.status,
            outcome.stderr.trim()
        )));
    }
    let names = names(case)?;
    let mut outputs = Outputs::new();
    for &kind in &case.keep {
        let bytes = match names.get(&kind).and_then(|name| name.to_str()) {
            Some(name) => outcome
                .files
                .remove(name)
                // A dump that was read and written again, the same.
                .or_else(|| line.inputs.get(name).map(|bytes| bytes.to_vec()))
                .ok_or_else(|| Error::Run(format!("{}: wrote no {name}", case.name)))?,
            None => normalized(&outcome.stdout),
        };
        outputs.insert(kind, bytes);
    }
    Ok(outputs)
}

/// The names of the output files that a command line asks for.
fn names(case: &Case) -> Result<BTreeMap<Kind, PathBuf>> {
    output_names(&case.arguments()).map_err(|error| Error::Run(format!("{}: {error}", case.name)))
}

/// The names of the output files that arguments ask for.
///
/// # Errors
/// Arguments that are refused.
pub fn output_names(arguments: &[String]) -> nanobragg_reference::Result<BTreeMap<Kind, PathBuf>> {
    let request = Request::parse(arguments)?;
    let mut settings = Settings::default();
    apply(&request.scanned.actions, &mut settings, &mut Vec::new())?;
    let dump = settings.inputs.dump.unwrap_or_else(|| PathBuf::from("Fdump.bin"));
    Ok(BTreeMap::from([
        (Kind::Float, settings.outputs.float),
        (Kind::Int, settings.outputs.int),
        (Kind::Noise, settings.outputs.noise),
        (Kind::Pgm, settings.outputs.pgm),
        (Kind::Fdump, dump),
    ]))
}

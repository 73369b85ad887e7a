//! Running one case in a directory of its own.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nanobragg_reference::arguments::apply::apply;
use nanobragg_reference::arguments::settings::Settings;
use nanobragg_reference::host::Host;
use nanobragg_reference::report::Report;
use nanobragg_reference::{Engine, Request, run};
use tempfile::TempDir;

use crate::cases::{Case, Kind};
use crate::{Error, Result};

/// What a run wrote.
pub type Outputs = BTreeMap<Kind, Vec<u8>>;

/// The environment variable that names the C executable.
pub const C_EXECUTABLE: &str = "NB_C_BIN";

/// The C executable, where the environment names one.
pub fn c_executable() -> Option<PathBuf> {
    std::env::var_os(C_EXECUTABLE).filter(|name| !name.is_empty()).map(PathBuf::from)
}

/// Runs a case with an engine of ours, within this process.
///
/// # Errors
/// What the engine or the files give.
pub fn with_engine(case: &Case, folder: &Path, engine: &dyn Engine) -> Result<Outputs> {
    let directory = prepare(case, folder)?;
    let failed = |error: nanobragg_reference::Error| Error::Run(format!("{}: {error}", case.name));
    let request = Request::parse(case.arguments()).map_err(failed)?;
    let host = Host { directory: directory.path().to_owned(), ..Host::at(0) };
    let mut report = Report::collect();
    run::run(&request, engine, &host, &mut report, &mut |_, _| ControlFlow::Continue(()))
        .map_err(failed)?;
    collect(case, directory.path(), report.text().as_bytes().to_vec())
}

/// Runs a case with the C executable, with one thread.
///
/// # Errors
/// An executable that cannot be started or ends with an error.
pub fn with_c(case: &Case, folder: &Path, executable: &OsStr) -> Result<Outputs> {
    let directory = prepare(case, folder)?;
    let output = Command::new(executable)
        .args(case.arguments())
        .current_dir(directory.path())
        .env("OMP_NUM_THREADS", "1")
        .stdin(Stdio::null())
        .output()
        .map_err(Error::file(executable))?;
    if !output.status.success() {
        return Err(Error::Run(format!(
            "{}: {} ended with {}: {}",
            case.name,
            executable.to_string_lossy(),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        )));
    }
    collect(case, directory.path(), output.stdout)
}

/// A directory with the inputs of a case.
fn prepare(case: &Case, folder: &Path) -> Result<TempDir> {
    let directory = tempfile::tempdir().map_err(Error::file(std::env::temp_dir()))?;
    for (name, source) in &case.inputs {
        let source = folder.join("inputs").join(source);
        std::fs::copy(&source, directory.path().join(name)).map_err(Error::file(&source))?;
    }
    Ok(directory)
}

/// Takes up the outputs that the case keeps.
fn collect(case: &Case, directory: &Path, stdout: Vec<u8>) -> Result<Outputs> {
    let names = names(case)?;
    let mut outputs = Outputs::new();
    for &kind in &case.keep {
        let bytes = match names.get(&kind) {
            Some(name) => {
                let path = directory.join(name);
                std::fs::read(&path).map_err(Error::file(path))?
            }
            None => normalized(&stdout),
        };
        outputs.insert(kind, bytes);
    }
    Ok(outputs)
}

/// The names of the output files that a command line asks for.
fn names(case: &Case) -> Result<BTreeMap<Kind, PathBuf>> {
    let failed = |error: nanobragg_reference::Error| Error::Run(format!("{}: {error}", case.name));
    let request = Request::parse(case.arguments()).map_err(failed)?;
    let mut settings = Settings::default();
    apply(&request.scanned.actions, &mut settings, &mut Vec::new()).map_err(failed)?;
    let dump = settings.inputs.dump.unwrap_or_else(|| PathBuf::from("Fdump.bin"));
    Ok(BTreeMap::from([
        (Kind::Float, settings.outputs.float),
        (Kind::Int, settings.outputs.int),
        (Kind::Noise, settings.outputs.noise),
        (Kind::Pgm, settings.outputs.pgm),
        (Kind::Fdump, dump),
    ]))
}

/// The report without what no two runs share: progress, and the address in the `mmap` line.
pub fn normalized(stdout: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    for line in stdout.split_inclusive(|&b| b == b'\n') {
        let is_progress = line
            .strip_suffix(b"% done\n")
            .is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit));
        if is_progress {
            continue;
        }
        let address = line.windows(6).position(|window| window == b") = 0x");
        match address {
            Some(at) if line.starts_with(b"mmap(") => {
                lines.extend_from_slice(&line[..at]);
                lines.extend_from_slice(b") = 0x0\n");
            }
            _ => lines.extend_from_slice(line),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn progress_and_addresses_go() {
        let text = b"a\n12% done\nmmap(x.img) = 0x7ffe12\n5% done it\n% done\n";
        assert_eq!(normalized(text), b"a\nmmap(x.img) = 0x0\n5% done it\n% done\n");
    }
}

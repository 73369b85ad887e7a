//! The tools that clauses run, within this process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::{Instant, SystemTime};

use crate::dual::{self, Surroundings};
use crate::execute::{CommandLine, Outcome, c_executable};
use crate::{Error, Result};

/// Runs `nb-compare`. The files of the folder that it leaves come back under their own names.
///
/// # Errors
/// A directory that cannot be made or read.
pub(super) fn compare(line: &CommandLine) -> Result<Outcome> {
    let directory = line.prepare()?;
    let surroundings = Surroundings {
        directory: directory.path().to_owned(),
        c_bin: c_executable().map(OsString::from),
        py_bin: None,
        path: std::env::var_os("PATH"),
        now: SystemTime::now(),
    };
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let start = Instant::now();
    let arguments = line.arguments.iter().map(OsString::from);
    let exit = dual::program(arguments, &surroundings, &mut stdout, &mut stderr);
    let elapsed = start.elapsed();
    let mut files = BTreeMap::new();
    let parent = directory.path().join("comparisons");
    if parent.is_dir() {
        for entry in std::fs::read_dir(&parent).map_err(Error::file(&parent))? {
            let folder = entry.map_err(Error::file(&parent))?.path();
            files.extend(line.collect(&folder)?);
        }
    }
    Ok(Outcome {
        status: exit as i32,
        stdout,
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
        files,
        elapsed,
    })
}

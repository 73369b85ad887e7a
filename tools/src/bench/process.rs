//! Whole processes: how long they take and how much memory they hold.
//!
//! The system tells the largest resident memory of the children of a process, of all of them
//! together, and counts for a child what its parent held when it started it. So this program starts
//! itself anew for each measurement, as `nb-bench child PROGRAM ARGUMENTS`: a small process with a
//! single child. What that small process holds, a few MB, is the least that can be measured.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::{Error, Result};

/// The hidden command that runs a single child.
pub const CHILD: &str = "child";

/// A program, and how it is told about threads.
#[derive(Clone, Debug)]
pub struct Program {
    /// The executable.
    pub executable: PathBuf,
    /// Arguments in front of the workload's.
    pub arguments: Vec<String>,
    /// Variables of its environment.
    pub environment: Vec<(&'static str, String)>,
}

/// What a process took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// From its start to its end, s.
    pub seconds: f64,
    /// Its largest resident memory, where the system tells.
    pub peak_bytes: Option<u64>,
    /// Whether it ended with status 0.
    pub success: bool,
}

/// Runs a program in a directory.
///
/// # Errors
/// A program that cannot be started or fails.
pub fn measure(program: &Program, arguments: &[String], directory: &Path) -> Result<Usage> {
    let this = std::env::current_exe().map_err(Error::file("nb-bench"))?;
    let output = Command::new(&this)
        .arg(CHILD)
        .arg(&program.executable)
        .args(&program.arguments)
        .args(arguments)
        .envs(program.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .map_err(Error::file(&this))?;
    let usage: Option<Usage> = serde_json::from_slice(&output.stdout).ok();
    usage.filter(|usage| usage.success).ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        let name = program.executable.display();
        Error::Run(format!("{name} {}: {}", arguments.join(" "), said.trim()))
    })
}

/// Runs the one child of this process: a program and its arguments.
///
/// # Errors
/// A program that cannot be started.
pub fn run_child(command: &[OsString]) -> Result<Usage> {
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| Error::Usage(format!("{CHILD} needs a program and its arguments")))?;
    let start = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status()
        .map_err(Error::file(program))?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Usage { seconds, peak_bytes: peak_of_children(), success: status.success() })
}

/// The largest resident memory of the children that have ended.
#[cfg(unix)]
fn peak_of_children() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    // In bytes on systems of Apple, in KiB elsewhere.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    u64::try_from(usage.max_rss()).ok().map(|size| size * unit)
}

#[cfg(not(unix))]
fn peak_of_children() -> Option<u64> {
    None
}

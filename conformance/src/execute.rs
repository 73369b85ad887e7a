//! Running one command line in a directory of its own, with an engine of ours or an executable.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nanobragg_reference::host::Host;
use nanobragg_reference::output::Finished;
use nanobragg_reference::report::Report;
use nanobragg_reference::resolve::resolve;
use nanobragg_reference::{Engine, Experiment, Request, arguments, run};
use tempfile::TempDir;

use crate::{Error, Result};

/// The environment variable that names the C executable.
pub const C_EXECUTABLE: &str = "NB_C_BIN";

/// The C executable, where the environment names one. It runs in other directories, so that a path
/// is made absolute; a bare name is looked for as a shell does.
pub fn c_executable() -> Option<PathBuf> {
    let name = PathBuf::from(std::env::var_os(C_EXECUTABLE).filter(|name| !name.is_empty())?);
    if name.components().count() == 1 { Some(name) } else { std::path::absolute(&name).ok() }
}

/// Arguments, and the files that they speak of.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandLine {
    /// What follows the name of the program.
    pub arguments: Vec<String>,
    /// Files that lie in the directory before the run, by name; a name may lead into a folder.
    pub inputs: BTreeMap<String, Arc<[u8]>>,
}

/// What renders.
#[derive(Clone, Copy)]
pub enum Program<'a> {
    /// An engine of ours, within this process.
    Engine(&'a dyn Engine),
    /// An executable that takes the C program's options, with one thread.
    Executable(&'a OsStr),
}

/// What a run left.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Exit status; for a process that a signal ended, 128 and the signal's number.
    pub status: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
    /// The files in the directory after the run that were not inputs, or whose bytes changed.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Wall time of the run.
    pub elapsed: Duration,
}

/// Exit status, standard output and standard error of a program.
pub type Ended = (i32, Vec<u8>, String);

impl CommandLine {
    /// A command line without input files, its arguments parted by white space.
    pub fn new(arguments: &str) -> CommandLine {
        CommandLine {
            arguments: arguments.split_whitespace().map(str::to_owned).collect(),
            inputs: BTreeMap::new(),
        }
    }

    /// Runs it in a new directory, which is gone afterwards.
    ///
    /// # Errors
    /// A directory that cannot be made or read, an executable that cannot be started. A run that
    /// fails is no error here: its [`Outcome::status`] says so.
    pub fn execute(&self, program: Program<'_>) -> Result<Outcome> {
        let directory = self.prepare()?;
        let start = Instant::now();
        let ended = match program {
            Program::Engine(engine) => self.with_engine(engine, directory.path()),
            Program::Executable(name) => self.with_executable(name, directory.path())?,
        };
        self.take_up(ended, start, directory.path())
    }

    /// Runs it with a program of the caller's, which takes the directory and gives its exit
    /// status, standard output and standard error.
    ///
    /// # Errors
    /// As [`CommandLine::execute`].
    pub fn execute_with(&self, program: impl FnOnce(&Path) -> Ended) -> Result<Outcome> {
        let directory = self.prepare()?;
        let start = Instant::now();
        let ended = program(directory.path());
        self.take_up(ended, start, directory.path())
    }

    fn take_up(&self, ended: Ended, start: Instant, directory: &Path) -> Result<Outcome> {
        let elapsed = start.elapsed();
        let (status, stdout, stderr) = ended;
        Ok(Outcome { status, stdout, stderr, files: self.collect(directory)?, elapsed })
    }

    /// What the arguments and files resolve to.
    ///
    /// # Errors
    /// As [`CommandLine::execute`], and a request that is refused.
    pub fn resolve(&self) -> Result<Experiment> {
        let directory = self.prepare()?;
        let failed = |error: nanobragg_reference::Error| Error::Run(error.to_string());
        let request = Request::parse(&self.arguments).map_err(failed)?;
        let host = Host { directory: directory.path().to_owned(), ..Host::at(0) };
        let job = resolve(&request, &host, &mut Report::collect()).map_err(failed)?;
        Ok(job.experiment)
    }

    /// A directory with the inputs.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn prepare(&self) -> Result<TempDir> {
        let directory = tempfile::tempdir().map_err(Error::file(std::env::temp_dir()))?;
        for (name, bytes) in &self.inputs {
            let path = directory.path().join(name);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
            }
            std::fs::write(&path, bytes).map_err(Error::file(&path))?;
        }
        Ok(directory)
    }

    /// As the program `nanobragg` does it, without starting one.
    fn with_engine(&self, engine: &dyn Engine, directory: &Path) -> Ended {
        let mut report = Report::collect();
        let host = Host { directory: directory.to_owned(), ..Host::at(0) };
        let result = Request::parse(&self.arguments).and_then(|request| {
            if request.help {
                write!(report, "{}", arguments::help::text());
                return Ok(None);
            }
            let mut go_on = |_, _| ControlFlow::Continue(());
            run::run(&request, engine, &host, &mut report, &mut go_on).map(Some)
        });
        let (status, lines) = match &result {
            Ok(finished) => (0, finished.as_ref().map(Finished::messages).unwrap_or_default()),
            Err(error) => (i32::from(error.exit_status()), vec![error.message()]),
        };
        let stderr = lines.iter().map(|line| format!("{line}\n")).collect();
        (status, report.text().as_bytes().to_vec(), stderr)
    }

    fn with_executable(&self, name: &OsStr, directory: &Path) -> Result<Ended> {
        let output = Command::new(name)
            .args(&self.arguments)
            .current_dir(directory)
            .env("OMP_NUM_THREADS", "1")
            .stdin(Stdio::null())
            .output()
            .map_err(Error::file(name))?;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok((exit_status(output.status), output.stdout, stderr))
    }

    /// Takes up what the run left; an input that it did not touch is not taken.
    pub(crate) fn collect(&self, directory: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(directory).map_err(Error::file(directory))? {
            let path = entry.map_err(Error::file(directory))?.path();
            let Some(name) = path.file_name().and_then(OsStr::to_str) else { continue };
            if path.is_file() {
                let bytes = std::fs::read(&path).map_err(Error::file(&path))?;
                if self.inputs.get(name).is_none_or(|input| **input != *bytes) {
                    files.insert(name.to_owned(), bytes);
                }
            }
        }
        Ok(files)
    }
}

#[cfg(unix)]
fn exit_status(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}

#[cfg(not(unix))]
fn exit_status(status: std::process::ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

/// The report without what no two runs share: progress, and the address in the `mmap` line.
pub fn normalized(stdout: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    for line in stdout.split_inclusive(|&b| b == b'\n') {
        // What stands before it in its line, as behind the warning of the interpolation, stays.
        if let Some(text) = line.strip_suffix(b"% done\n") {
            let digits = text.iter().rev().take_while(|b| b.is_ascii_digit()).count();
            if digits > 0 {
                lines.extend_from_slice(&text[..text.len() - digits]);
                continue;
            }
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
    use super::{CommandLine, Program, normalized};
    use nanobragg_reference::ReferenceEngine;

    #[test]
    fn progress_and_addresses_go() {
        let text =
            b"a\n12% done\nmmap(x.img) = 0x7ffe12\n5% done it\n% done\nb! 0% done\n5% done\n\n";
        assert_eq!(normalized(text), b"a\nmmap(x.img) = 0x0\n5% done it\n% done\nb! \n");
    }

    #[test]
    fn a_run_leaves_its_files_report_and_status() {
        let line =
            CommandLine::new("-cell 90 90 90 90 90 90 -N 3 -default_F 9 -detpixels 8 -seed 1");
        let outcome = line.execute(Program::Engine(&ReferenceEngine)).expect("a directory");
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
        let names: Vec<&str> = outcome.files.keys().map(String::as_str).collect();
        assert_eq!(names, ["floatimage.bin", "image.pgm", "intimage.img", "noiseimage.img"]);
        assert_eq!(outcome.files["floatimage.bin"].len(), 256);

        let refused = CommandLine::new("-cell 90 90 90 90 90 90 -N 3 -default_G 9")
            .execute(Program::Engine(&ReferenceEngine))
            .expect("a directory");
        assert_eq!(refused.status, 1);
        assert!(refused.stderr.starts_with("error: "), "{}", refused.stderr);
        assert!(refused.files.is_empty());
    }
}

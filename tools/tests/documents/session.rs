//! The commands of one document, one after the other in one copy of the tree.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nanobragg_reference::output;
use tempfile::TempDir;

use crate::End;
use crate::cargo::{Asked, asked};
use crate::markdown::{Command, Document};
use crate::{copy, expected, left_out, pictures};

/// No command here takes longer; examples are short.
const LIMIT: Duration = Duration::from_secs(120);

/// Options of our programs that name a file or a folder that is written, beside those of the images.
const OUTPUTS: [&str; 3] = ["-dump", "--out", "--picture"];

/// A document and how far its commands have run.
pub(crate) struct Session {
    root: PathBuf,
    pub(crate) document: Document,
    done: Mutex<Done>,
}

#[derive(Default)]
struct Done {
    home: Option<TempDir>,
    ends: Vec<End>,
}

impl Session {
    pub(crate) fn new(root: &Path, document: Document) -> Session {
        Session { root: root.to_owned(), document, done: Mutex::default() }
    }

    /// Runs a command, and before it those that stand above it and have not run yet.
    pub(crate) fn command(&self, place: usize) -> End {
        // A test that panicked has failed; the others go on.
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(reason) = self.run_to(place + 1, &mut done) {
            return End::Bad(reason);
        }
        done.ends[place].clone()
    }

    /// Compares a picture with what the commands of the document give.
    pub(crate) fn picture(&self, place: usize) -> End {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(reason) = self.run_to(self.document.commands.len(), &mut done) {
            return End::Bad(reason);
        }
        if cfg!(not(unix)) {
            return End::Ignored("the commands need a POSIX shell".into());
        }
        let Some(home) = &done.home else { return End::Bad("the document has no commands".into()) };
        let kept = self.root.join(&self.document.pictures[place].path);
        match pictures::check(&kept, &home.path().join("target")) {
            Ok(()) => End::Good,
            Err(reason) => End::Bad(reason),
        }
    }

    fn run_to(&self, end: usize, done: &mut Done) -> Result<(), String> {
        if done.home.is_none() && end > 0 {
            done.home = Some(copy::copy(&self.root).map_err(|error| error.to_string())?);
        }
        let Some(home) = &done.home else { return Ok(()) };
        for command in &self.document.commands[done.ends.len()..end.max(done.ends.len())] {
            done.ends.push(self.run(command, home.path()));
        }
        Ok(())
    }

    fn run(&self, command: &Command, home: &Path) -> End {
        if let Some(reason) = left_out::reason(&command.text) {
            return End::Ignored(reason);
        }
        let text = match asked(&self.root, &command.text) {
            None => command.text.clone(),
            Some(Ok(Asked::Run(text))) => text,
            Some(Ok(Asked::Known)) => return End::Good,
            Some(Ok(Asked::Ignored(reason))) => return End::Ignored(reason.into()),
            Some(Err(reason)) => return End::Bad(reason),
        };
        let outputs = outputs(&text, home);
        let verdict = clear(&outputs).and_then(|()| shell(&text, home)).and_then(|printed| {
            written(&outputs)?;
            match command.output.as_slice() {
                [] => Ok(()),
                shown => expected::compare(shown, &printed),
            }
        });
        match verdict {
            Ok(()) => End::Good,
            Err(reason) => End::Bad(format!("{text}\n{reason}")),
        }
    }
}

/// Runs a command in a folder; the text is what it printed on both outputs.
fn shell(text: &str, home: &Path) -> Result<String, String> {
    let string = |error: std::io::Error| error.to_string();
    let path = home.join("target/.printed");
    let file = fs::File::create(&path).map_err(string)?;
    let other = file.try_clone().map_err(string)?;
    let mut process = Process::new("sh");
    process.args(["-c", text]).current_dir(home).stdin(Stdio::null()).stdout(file).stderr(other);
    for name in ["NB_C_BIN", "NB_PY_BIN", "NB_SIMD", "COLUMNS"] {
        process.env_remove(name);
    }
    // A program may stand without its folder, as one that is installed.
    let mut programs = home.join("target/release").into_os_string();
    if let Some(others) = std::env::var_os("PATH") {
        programs.push(":");
        programs.push(others);
    }
    process.env("PATH", programs);
    let mut child = process.spawn().map_err(string)?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(string)? {
            break status;
        }
        if start.elapsed() > LIMIT {
            // It may have ended by itself just now.
            drop(child.kill());
            child.wait().map_err(string)?;
            return Err(format!("still running after {} s", LIMIT.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let printed = String::from_utf8_lossy(&fs::read(&path).map_err(string)?).into_owned();
    if status.success() { Ok(printed) } else { Err(format!("{status}\n{printed}")) }
}

/// The files and folders that a command names as its outputs, where the name has no variable.
fn outputs(text: &str, home: &Path) -> Vec<PathBuf> {
    // What stands in a document that the shell writes is not run.
    let text = text.split("<<").next().unwrap_or_default();
    let words = shlex::split(text).unwrap_or_default();
    // A dump is an input without reflections.
    let reads_dump = !words.iter().any(|word| word == "-hkl");
    words
        .windows(2)
        .filter(|pair| output::options().chain(OUTPUTS).any(|option| option == pair[0]))
        .filter(|pair| pair[0] != "-dump" || !reads_dump)
        .map(|pair| pair[1].trim_end_matches(';'))
        .filter(|name| !name.contains('$'))
        .map(|name| home.join(name))
        .collect()
}

/// Removes the output files that an earlier command left under the same names.
fn clear(outputs: &[PathBuf]) -> Result<(), String> {
    outputs.iter().filter(|path| path.is_file()).try_for_each(|path| {
        fs::remove_file(path).map_err(|error| format!("{}: {error}", path.display()))
    })
}

/// The outputs are there and hold something.
fn written(outputs: &[PathBuf]) -> Result<(), String> {
    let empty = |path: &&PathBuf| !fs::metadata(path).is_ok_and(|entry| entry.len() > 0);
    match outputs.iter().find(empty) {
        Some(path) => Err(format!("{} was not written", path.display())),
        None => Ok(()),
    }
}

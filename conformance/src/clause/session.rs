//! The runs of a session: each command line is rendered once by each program, in parallel, within
//! a memory budget.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use nanobragg_reference::{ReferenceEngine, Request};

use super::cache::Cache;
use super::records::Records;
use crate::engines::{self, C, Renderer};
use crate::execute::{C_EXECUTABLE, CommandLine, Outcome, Program, c_executable};

/// What a run takes for each pixel: the image in single and double precision, integers, noise,
/// preview, and the files as they are kept.
const BYTES_PER_PIXEL: usize = 64;

/// Runs a command line.
pub type Runner = dyn Fn(&CommandLine) -> Result<Outcome, String> + Send + Sync;

/// What runs have given so far, and what can run.
pub struct Session {
    runners: BTreeMap<&'static str, Box<Runner>>,
    missing: BTreeMap<&'static str, String>,
    /// What the C program gives.
    pub truth: Arc<Truth>,
    kept: Cache<(&'static str, CommandLine)>,
    exact: OnceLock<Result<bool, String>>,
}

/// What the C program gives: the reference engine's files, which are checked against what was
/// recorded. Sessions share it.
pub struct Truth {
    /// What was recorded from the C program.
    pub records: Records,
    kept: Cache<CommandLine>,
}

impl Truth {
    /// The truth of some records.
    pub fn new(records: Records) -> Arc<Truth> {
        Arc::new(Truth { records, kept: Cache::default() })
    }

    /// What the C program gives for a command line.
    ///
    /// # Errors
    /// A run that cannot be had, and bytes that are not those recorded.
    pub fn outcome(&self, line: &CommandLine) -> Result<Arc<Outcome>, String> {
        let outcome = self.rendered(line)?;
        self.records.check(line, &outcome)?;
        Ok(outcome)
    }

    /// What the reference engine gives, not checked.
    fn rendered(&self, line: &CommandLine) -> Result<Arc<Outcome>, String> {
        self.kept.get(line, cost(&line.arguments), || {
            line.execute(Program::Engine(&ReferenceEngine)).map_err(|error| error.to_string())
        })
    }
}

impl Session {
    /// A session with the engines that exist here and the C executable that the environment names.
    pub fn new(records: Records) -> Session {
        let mut session = Session::empty(Truth::new(records));
        for label in engines::batched() {
            match engines::engine(label) {
                Ok(engine) => session.provide(label, runner(label, engine)),
                Err(why) => drop(session.missing.insert(label, why)),
            }
        }
        match c_executable() {
            Some(path) => session.provide(C, c_runner(path)),
            None => drop(session.missing.insert(C, format!("{C_EXECUTABLE} not set"))),
        }
        session
    }

    /// A session in which a program of the caller's stands for the engine of a label.
    pub fn with(truth: &Arc<Truth>, label: &'static str, runner: Box<Runner>) -> Session {
        let mut session = Session::empty(Arc::clone(truth));
        session.provide(label, runner);
        session
    }

    fn empty(truth: Arc<Truth>) -> Session {
        Session {
            runners: BTreeMap::new(),
            missing: BTreeMap::new(),
            truth,
            kept: Cache::default(),
            exact: OnceLock::new(),
        }
    }

    fn provide(&mut self, label: &'static str, runner: Box<Runner>) {
        self.runners.insert(label, runner);
    }

    /// Why there is no program of this label.
    pub fn missing(&self, label: &str) -> Option<&str> {
        if label == "reference" || self.runners.contains_key(label) {
            return None;
        }
        Some(self.missing.get(label).map_or("there is no such engine", String::as_str))
    }

    /// Runs a command line, or gives what it gave before.
    ///
    /// # Errors
    /// A program that is not there or cannot be started.
    pub fn run(&self, label: &'static str, line: &CommandLine) -> Result<Arc<Outcome>, String> {
        if label == "reference" && !self.runners.contains_key(label) {
            return self.truth.rendered(line);
        }
        self.kept.get(&(label, line.clone()), cost(&line.arguments), || {
            let runner = self.runners.get(label).ok_or_else(|| {
                self.missing(label).unwrap_or("there is no such engine").to_owned()
            })?;
            runner(line)
        })
    }

    /// What the C program gives: the executable where there is one, else what was recorded.
    ///
    /// # Errors
    /// As [`Session::run`] and [`Truth::outcome`].
    pub fn oracle(&self, line: &CommandLine) -> Result<Arc<Outcome>, String> {
        if self.runners.contains_key(C) && !super::case::has_own_option(&line.arguments) {
            return self.run(C, line);
        }
        self.truth.outcome(line)
    }

    /// Whether the C executable gives the recorded bytes, or, being compiled with contracted
    /// multiply-adds, numbers next to them.
    ///
    /// # Errors
    /// An executable that is another program.
    pub fn c_is_exact(&self) -> Result<bool, String> {
        self.exact.get_or_init(|| super::agree::probe(self)).clone()
    }
}

/// Runs an engine of ours, with as many threads as the command line asks for.
fn runner(label: &'static str, engine: Renderer) -> Box<Runner> {
    Box::new(move |line| {
        let threads = Request::parse(&line.arguments).ok().and_then(|request| request.threads);
        let outcome = match threads.and_then(NonZeroUsize::new) {
            None => line.execute(Program::Engine(engine.as_ref())),
            threads => {
                let engine = engines::with_threads(label, threads)?;
                line.execute(Program::Engine(engine.as_ref()))
            }
        };
        outcome.map_err(|error| error.to_string())
    })
}

fn c_runner(path: PathBuf) -> Box<Runner> {
    Box::new(move |line| {
        line.execute(Program::Executable(path.as_os_str())).map_err(|error| error.to_string())
    })
}

/// What a run takes, bytes.
pub(super) fn cost(arguments: &[String]) -> usize {
    let mut pixels = [1024usize; 2];
    for (place, word) in arguments.iter().enumerate() {
        let value = arguments.get(place + 1).and_then(|value| value.parse().ok());
        match (word.as_str(), value) {
            ("-detpixels", Some(count)) => pixels = [count; 2],
            ("-detpixels_f" | "-detpixels_x", Some(count)) => pixels[0] = count,
            ("-detpixels_s" | "-detpixels_y", Some(count)) => pixels[1] = count,
            _ => {}
        }
    }
    pixels[0].saturating_mul(pixels[1]).saturating_mul(BYTES_PER_PIXEL)
}

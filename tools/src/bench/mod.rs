//! The benchmark program `nb-bench`: how fast the engines are, measured against each other and
//! against the C program, in turns, in one run.
//!
//! [`suites`] says what is measured, [`contender`] is one engine with a number of threads on one
//! workload, [`turns`] lets contenders take turns for as long as [`budget`] allows, [`check`]
//! compares their images, [`record`] is the result as data. [`summary`], [`plots`] and [`folder`]
//! write it; [`glance`] holds all workloads side by side and [`compare`] two results.
//! `benchmarks/README.md` documents the folder and its schema.

pub mod budget;
pub mod check;
pub mod cli;
pub mod compare;
pub mod contender;
pub mod engines;
pub mod environment;
pub mod estimate;
pub mod folder;
pub mod glance;
pub mod loops;
pub mod names;
pub mod pairs;
pub mod plots;
pub mod process;
pub mod programs;
pub mod progress;
pub mod ratios;
pub mod record;
pub mod run;
pub mod stages;
pub mod statistics;
pub mod suites;
pub mod summary;
pub mod turns;

use std::path::PathBuf;

/// What can stand in the way of a measurement.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the user asks for makes no sense.
    #[error("{0}")]
    Usage(String),
    /// An engine or a program that is not there.
    #[error("{0}")]
    Unavailable(String),
    /// A file that could not be read or written, or that makes no sense.
    #[error("{}: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A rendering or a process that failed.
    #[error("{0}")]
    Run(String),
}

/// The result of measuring.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The exit status that it ends the program with.
    pub fn exit_status(&self) -> u8 {
        match self {
            Error::Usage(_) => 2,
            Error::Unavailable(_) => 3,
            Error::File { .. } | Error::Run(_) => 4,
        }
    }

    /// An error with a file, for `map_err`.
    pub(crate) fn file<E: ToString>(path: impl Into<PathBuf>) -> impl FnOnce(E) -> Error {
        let path = path.into();
        move |reason| Error::File { path, reason: reason.to_string() }
    }

    /// An error of a run, for `map_err`.
    pub(crate) fn run(error: impl ToString) -> Error {
        Error::Run(error.to_string())
    }
}

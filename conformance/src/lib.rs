//! The suite that holds engines to the specification and to the C program.
//!
//! A golden is what a program wrote for one command line: images, headers, report. [`cases`] lists
//! the command lines, [`execute`] runs one with an engine of ours or with the C executable,
//! [`store`] keeps the outputs, [`manifest`] says how they were made, [`compare`] says where two
//! outputs differ, [`tolerance`] whether they differ by more than an engine promises, and [`exact`]
//! which of two pixels is nearer to the truth.
//!
//! [`clause`] reads the specification and runs its clauses, [`report`] shows what was measured.
//! [`faults`] does things wrong on purpose, to prove that the clauses notice. [`fuzz`] makes command
//! lines that nobody wrote. [`engines`] names the
//! engines, [`metrics`] compares images in numbers, and [`dual`] holds two programs side by side: it
//! is what the program `nb-compare` does. [`workers`] does many of these things at once.

pub mod bench_record;
pub mod cases;
pub mod clause;
pub mod compare;
pub mod dual;
pub mod engines;
pub mod exact;
pub mod execute;
pub mod faults;
pub mod fuzz;
pub mod manifest;
pub mod metrics;
pub mod outputs;
mod picture;
pub mod record;
pub mod report;
pub mod run;
pub mod store;
pub mod tolerance;
pub mod workers;

use std::path::PathBuf;

/// What can go wrong with goldens.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file of ours does not make sense.
    #[error("{}: {reason}", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A program ended with an error.
    #[error("{0}")]
    Run(String),
}

/// The result of working with goldens.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        move |source| Error::File { path, source }
    }

    pub(crate) fn format(path: impl Into<PathBuf>, reason: impl ToString) -> Error {
        Error::Format { path: path.into(), reason: reason.to_string() }
    }
}

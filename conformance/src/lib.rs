//! The suite that holds engines to the specification and to the C program, and that shows that it would
//! notice.
//!
//! A *clause* is a paragraph of `spec/` with a block that executes it. A *golden* is what the C program
//! wrote for one command line: images, headers, report. Both run on every engine of this build and on any
//! program that takes the C program's options.
//!
//! ```
//! use nanobragg_conformance::execute::{CommandLine, Program};
//! use nanobragg_conformance::metrics::Comparison;
//! use nanobragg_conformance::outputs::image;
//! use nanobragg_conformance::{cases::Kind, engines};
//!
//! // One command line with two engines, and how far their images differ.
//! let line = CommandLine::new("-cell 70 80 90 75 85 95 -N 5 -default_F 100 -detpixels 32 -seed 1");
//! let mut images = Vec::new();
//! for label in ["reference", "cpu"] {
//!     let engine = engines::engine(label)?;
//!     let outcome = line.execute(Program::Engine(engine.as_ref()))?;
//!     images.push(image(&line, &outcome, Kind::Float)?);
//! }
//! let comparison = Comparison::of(images[0].view(), images[1].view())?;
//! assert!(comparison.correlation.is_some_and(|value| value > 0.999_999));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # From a command line to a verdict
//!
//! 1. [`execute`] runs a command line in a directory of its own, with one of the [`engines`] or an
//!    executable; [`outputs`] finds what it wrote.
//! 2. [`tolerance`] says how far an engine may lie from the C program and whether two outputs differ by
//!    more; [`compare`] says where they differ, [`metrics`] by how much, [`peaks`] finds the peaks of both, and
//!    [`exact`] says which of two pixels is nearer to the truth.
//! 3. [`cases`], [`run`], [`store`], [`manifest`] and [`record`] are the goldens: the list of command lines,
//!    running one, the recorded files, how they were made, and recording and verifying.
//! 4. [`clause`] reads the specification and runs its clauses; [`report`] shows what was measured.
//! 5. [`faults`] does things wrong on purpose: each of them must turn a clause red.
//! 6. [`fuzz`] makes command lines that nobody wrote, and makes those that fail smaller.
//! 7. [`dual`] holds two programs side by side, [`effect`] the C program's behaviour and the corrected one.
//! 8. [`trace`] says where the calculations of one pixel by two engines part.
//! 9. [`bench_record`] reads the benchmark that the clauses about speed are held to. [`workers`] does many
//!    such things at once, [`temporary`] makes the folders that become results.
//!
//! # How to go on
//!
//! The programs `nb-spec`, `nb-goldens`, `nb-fuzz` and `nb-compare` of `nanobragg_tools` are these modules on
//! the command line; `docs/examples.md` has an example for each, and `spec/README.md` teaches the language
//! of the clauses.

pub mod bench_record;
pub mod cases;
pub mod clause;
pub mod compare;
pub mod dual;
pub mod effect;
pub mod engines;
pub mod exact;
pub mod execute;
pub mod faults;
pub mod fuzz;
pub mod manifest;
pub mod metrics;
pub mod outputs;
pub mod peaks;
mod picture;
pub mod record;
pub mod report;
pub mod run;
pub mod store;
pub mod temporary;
pub mod tolerance;
pub mod trace;
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

//! The programs, and what they share.
//!
//! | program | what it does | where |
//! |---|---|---|
//! | `nanobragg` | renders an image, a drop-in for the C program | `nanobragg_reference::run` |
//! | `nanobragg batch` | renders many images, resumes where it was ended | [`mod@batch`] |
//! | `nb-spec` | runs the clauses of the specification | `nanobragg_conformance::clause` |
//! | `nb-goldens` | verifies recorded images of the C program, and records them | `nanobragg_conformance::record` |
//! | `nb-compare` | compares two programs | `nanobragg_conformance::dual` |
//! | `nb-fuzz` | looks for command lines on which two programs differ | `nanobragg_conformance::fuzz` |
//! | `nb-bench` | measures speed and memory | [`mod@bench`] |
//!
//! A program is short: it reads its arguments, calls the module of the table and ends with an exit status
//! that its `--help` explains. What it does on the way is here, from the arguments of `nanobragg` to its
//! pixels:
//!
//! 1. [`engines`] chooses the engine that the arguments ask for.
//! 2. [`machine`] says what the run may take of the machine: time, directory, memory, threads.
//! 3. [`progress`] shows how far it has come, and ends it where a signal asks for that.
//! 4. [`limits`] makes a file that grows too large an error that is told.
//! 5. [`console`] prints; a reader that has gone away is no error.
//!
//! ```
//! use nanobragg_reference::{Engine, Request};
//! use nanobragg_tools::engines;
//!
//! let request = Request::parse("-engine reference -cell 100 100 100 90 90 90 -default_F 1".split(' '))?;
//! let engine = engines::select(&request, |note| eprintln!("{note}"))?;
//! assert_eq!(engine.label(), "reference");
//! # Ok::<(), nanobragg_reference::Error>(())
//! ```
//!
//! `docs/examples.md` has a worked example for each program.

pub mod batch;
pub mod bench;
pub mod console;
pub mod engines;
pub mod limits;
pub mod machine;
pub mod progress;

/// The Rust of the documents, compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

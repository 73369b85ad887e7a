//! The diffraction image of a small crystal with the numbers of the C program nanoBragg (J. Holton,
//! K. Frankel): from a command line to the files, in scalar double precision.
//!
//! Arguments, input files, the experiment that they describe, reports and output files exist once, here,
//! and serve every engine. The engine of this crate, [`ReferenceEngine`], is a literal port that is read
//! side by side with the C source; `nanobragg_optimized` has faster ones for the same
//! [`Experiment`].
//!
//! # From arguments to pixels
//!
//! The modules in the order in which the data goes through them:
//!
//! 1. [`arguments`] takes a command line apart as the C program does, into a [`Request`].
//! 2. [`files`] and [`reflections`] read what the request names: structure factors, matrices, masks,
//!    headers, sources.
//! 3. [`resolve`] applies conventions, defaults and precedence. The result is a
//!    [`Job`](resolve::Job): an [`Experiment`], and what is to be written.
//! 4. [`experiment`] is what is rendered, as plain data: SI units, unit vectors, positive counts. An
//!    engine checks nothing again.
//! 5. [`engine`] says what an engine is: an [`Experiment`] in, [`Rendered`] out, events and progress to an
//!    [`Observer`]. It prints nothing and touches no file.
//! 6. [`mod@render`] is the pixel loop: for each pixel the sum over sub-pixels, sensor layers, sources,
//!    spindle steps and mosaic domains.
//! 7. [`output`] scales, adds photon noise and writes the files; [`statistics`] and [`report`] say what the
//!    C program says on standard output.
//! 8. [`mod@run`] does all of this in one call.
//!
//! Beside the way stand [`quirks`], the switches between what the C program does and what its physics
//! means; [`random`], its random streams; [`cnumber`] and [`cformat`], numbers read and written as the C
//! library does; [`host`], what a run takes from its machine; [`named`],
//! the files that it must not write over; and [`error`], what the user is told.
//!
//! # An image in memory
//!
//! ```
//! use nanobragg_reference::engine::Unobserved;
//! use nanobragg_reference::host::Host;
//! use nanobragg_reference::report::Report;
//! use nanobragg_reference::resolve::resolve;
//! use nanobragg_reference::{Request, render};
//!
//! let request = Request::parse("-cell 100 100 100 90 90 90 -N 5 -default_F 100 -detpixels 64".split(' '))?;
//! let job = resolve(&request, &Host::at(0), &mut Report::collect())?;
//! let rendered = render(&job.experiment, &mut Unobserved)?;
//! // Photons per pixel, indexed [slow, fast].
//! assert_eq!(rendered.image.dim(), (64, 64));
//! assert!(rendered.maximum.value > 0.0);
//! # Ok::<(), nanobragg_reference::Error>(())
//! ```
//!
//! # A whole run, with its files
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use nanobragg_reference::host::Host;
//! use nanobragg_reference::report::Report;
//! use nanobragg_reference::run::run;
//! use nanobragg_reference::{ReferenceEngine, Request};
//!
//! let folder = tempfile::tempdir()?;
//! let host = Host { directory: folder.path().to_owned(), ..Host::at(0) };
//! let request = Request::parse("-cell 80 80 80 90 90 90 -N 3 -default_F 50 -detpixels 16".split(' '))?;
//! let mut report = Report::collect();
//! run(&request, &ReferenceEngine, &host, &mut report, &mut |_, _| ControlFlow::Continue(()))?;
//! assert!(folder.path().join("floatimage.bin").exists());
//! assert!(report.text().contains("1 mosaic domains"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Conventions
//!
//! Lengths are in metres, angles in radians and structure factors in electrons, where a name or a
//! comment does not say otherwise; images are indexed `[slow, fast]`. `C:123` is line 123 of
//! `nanoBragg.c` with the sha256 digest
//! `ff65983e2e527f171c08142c9e34e0558d43c0c5579e4e73f2757796520a3343`, and `AT-GEO-001` a clause of
//! `spec/`, the specification that is executed.
//!
//! # How to go on
//!
//! `nanobragg_optimized` renders the same experiment on vector units, all cores and GPUs;
//! `nanobragg_conformance` holds engines to the specification and to recorded images of the C program.

pub mod arguments;
pub mod cformat;
pub mod cnumber;
pub mod engine;
pub mod error;
pub mod experiment;
pub mod files;
mod gamma;
pub mod host;
pub mod named;
pub mod output;
mod photons;
pub mod quirks;
pub mod random;
pub mod reflections;
mod region;
pub mod render;
pub mod report;
pub mod resolve;
pub mod run;
pub mod statistics;
mod suggest;
pub mod trace;
pub mod vector;

pub use arguments::Request;
pub use engine::{Engine, Observer, Rendered};
pub use error::{Error, Result};
pub use experiment::Experiment;
pub use quirks::{Quirk, Quirks};
pub use render::{ReferenceEngine, render};

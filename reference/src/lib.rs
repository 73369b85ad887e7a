//! Literal scalar port of nanoBragg (J. Holton, K. Frankel): the C program's own numbers.
//!
//! The way of the data: command line → [`arguments::Request`] → [`resolve::resolve`] →
//! [`experiment::Experiment`] → an [`engine::Engine`] → [`engine::Rendered`] →
//! [`output::write`]. Parsing, resolving and writing exist once and serve every engine; the engine
//! of this crate, [`ReferenceEngine`], is read side by side with the C source.
//!
//! `C:123` in the documentation is line 123 of `nanoBragg.c` with the sha256 digest
//! `ff65983e2e527f171c08142c9e34e0558d43c0c5579e4e73f2757796520a3343`.
//!
//! ```
//! use nanobragg_reference::{Request, engine::Unobserved, host::Host, render, report::Report, resolve::resolve};
//!
//! let request = Request::parse("-cell 100 100 100 90 90 90 -N 5 -default_F 100 -detpixels 64".split(' '))?;
//! let mut report = Report::collect();
//! let job = resolve(&request, &Host::at(0), &mut report)?;
//! let rendered = render(&job.experiment, &mut Unobserved)?;
//! assert_eq!(rendered.image.dim(), (64, 64));
//! assert!(rendered.maximum.value > 0.0);
//! # Ok::<(), nanobragg_reference::Error>(())
//! ```

pub mod arguments;
pub mod cformat;
pub mod cnumber;
pub mod engine;
pub mod error;
pub mod experiment;
pub mod files;
mod gamma;
pub mod host;
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
pub mod vector;

pub use arguments::Request;
pub use engine::{Engine, Observer, Rendered};
pub use error::{Error, Result};
pub use experiment::Experiment;
pub use quirks::{Quirk, Quirks};
pub use render::{ReferenceEngine, render};

//! Pixels to any precision, to tell which of two images is nearer to the truth where they differ.
//!
//! The C program rounds N·π·h before it takes the sine. For thousands of cells and indices in the
//! hundreds, and close to the top of a spot, what it writes is then its own rounding, and an engine
//! that computes better lies outside of its bound. [`Oracle`] evaluates a pixel from the
//! experiment's numbers, taken as exact, with 256 bits; [`verdict`] says which of two
//! values is nearer; [`patched`] shows that nothing else differs.
//!
//! Decisions are not what this is about: where a pixel's value follows from one that is too close
//! to call (a nearest index, a resolution limit, the rim of a top-hat spot), it has no exact value.

mod lattice;
mod number;
mod optics;
mod oracle;
pub mod patched;
mod vector;
pub mod verdict;

pub use oracle::{Exact, Oracle};

/// Why a pixel has no exact value here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no exact value: {0}")]
pub struct Undecided(pub(crate) &'static str);

//! Two traces of a pixel side by side: the first variable that differs.
//!
//! A trace is what `-trace_pixel` writes, see [`nanobragg_reference::trace`]. Lines of two traces
//! belong together where their kinds and indices are the same, in whatever order they come.
//! Variables are compared in the order in which the left trace has them, which is that of the
//! calculation. All engines write the same ones; those that only one trace has, which another program
//! may have written, are counted. How an engine works, the member `working` of a line, is not compared.
//!
//! Two numbers are taken as the same where they differ by no more than the tolerance times the
//! largest magnitude that the variable has in either trace, so that one which is nothing but
//! rounding beside others does not count. With a tolerance of 0 every bit counts.

mod align;
mod cli;
mod difference;
mod read;
mod record;

use std::path::Path;

pub use align::{Comparison, Tally, compare};
pub(crate) use cli::TOLERANCE;
pub use cli::run;
pub use difference::{Difference, Side};
pub use read::Reader;
pub use record::{Kind, Place, Record, Value};

use crate::Error;

/// The first variable in which two traces differ, or the first line that only one of them has;
/// `None` where they are the same.
///
/// # Errors
/// A trace that cannot be read or understood, with file and line, and traces of different pixels.
pub fn first_difference(
    left: &Path,
    right: &Path,
    tolerance: f64,
) -> Result<Option<Difference>, Error> {
    Ok(compare(left, right, tolerance)?.first)
}

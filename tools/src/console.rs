//! What the programs say on standard output.

use std::fmt::Display;
use std::io::{Write, stdout};

/// Writes text; a reader that has gone away is no error.
pub fn tell(text: impl Display) {
    drop(write!(stdout(), "{text}"));
}

/// Writes a line; a reader that has gone away is no error.
pub fn say(line: impl Display) {
    tell(format_args!("{line}\n"));
}

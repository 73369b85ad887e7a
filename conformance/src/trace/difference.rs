//! Where two traces part.

use std::fmt;
use std::path::PathBuf;

use super::record::{Place, Value};

/// One of two traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The first.
    Left,
    /// The second.
    Right,
}

/// Where two traces part.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// A variable differs.
    Variable {
        /// The line that it belongs to.
        place: Place,
        /// Its name.
        name: String,
        /// Both values, each with its file and line.
        left: (Value, PathBuf, u64),
        /// The same for the right side.
        right: (Value, PathBuf, u64),
        /// The largest difference of two components, relative to the larger one of them; `None`
        /// where the values are no numbers.
        relative: Option<f64>,
    },
    /// A line that only one trace has.
    Line {
        /// The line.
        place: Place,
        /// Who has it.
        side: Side,
        /// In which file and line.
        at: (PathBuf, u64),
    },
}

impl Difference {
    /// Where it is.
    pub fn place(&self) -> &Place {
        match self {
            Difference::Variable { place, .. } | Difference::Line { place, .. } => place,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Left => "left",
            Side::Right => "right",
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Variable { place, name, left, right, relative } => {
                write!(f, "{name} differs in {place}")?;
                for (side, (value, path, line)) in [("left", left), ("right", right)] {
                    write!(f, "\n  {side:<5}  {value}  ({}:{line})", path.display())?;
                }
                match relative {
                    Some(relative) => write!(f, "\n  relative difference {relative:.3e}"),
                    None => Ok(()),
                }
            }
            Difference::Line { place, side, at: (path, line) } => {
                write!(f, "only the {side} trace has {place}  ({}:{line})", path.display())
            }
        }
    }
}

/// The largest difference of two components relative to the larger one, 0 where all are the same.
/// Numbers that are not finite are the same, and infinitely far from all others.
pub(super) fn relative(left: &[f64], right: &[f64]) -> f64 {
    let pairs = left.iter().zip(right).map(|(&a, &b)| match distance(a, b) {
        0.0 => 0.0,
        distance => distance / a.abs().max(b.abs()),
    });
    pairs.map(|ratio| if ratio.is_nan() { f64::INFINITY } else { ratio }).fold(0.0, f64::max)
}

/// How far two numbers are from each other.
pub(super) fn distance(a: f64, b: f64) -> f64 {
    match (a.is_finite(), b.is_finite()) {
        (true, true) => (a - b).abs(),
        (false, false) => 0.0,
        _ => f64::INFINITY,
    }
}

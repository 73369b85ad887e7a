//! Whether structure factors are interpolated.

use crate::arguments::settings::{Interpolation, Settings};
use crate::report::Report;

/// Whether the run starts with interpolation (C:1778).
pub(super) fn starts(settings: &Settings, cells: [f64; 3]) -> bool {
    match settings.interpolation {
        Interpolation::On => true,
        Interpolation::Off => false,
        Interpolation::Auto => cells.iter().any(|&count| count <= 2.0),
    }
}

/// What the C program says of its choice (C:1783).
pub(super) fn report(interpolate: bool, report: &mut Report<'_>) {
    if interpolate {
        writeln!(report, "auto-selected tricubic interpolation of structure factors");
    } else {
        writeln!(report, "auto-selected no interpolation");
    }
}

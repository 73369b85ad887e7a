//! What scatters beside the crystal: water, and a table that the C program reads and does not use.

use super::crystal::AVOGADRO;
use crate::arguments::settings::Settings;
use crate::cformat::g;
use crate::error::{Error, Result};
use crate::experiment::R_E_SQR;
use crate::files::columns::read_columns;
use crate::host::Host;
use crate::report::Report;

/// Water: structure factor in electrons and molecular weight in g/mol (C:229-230).
const WATER_F: f64 = 2.57;
const WATER_MW: f64 = 18.0;

/// The background of the water in the C program's units (C:2515).
pub(super) fn background(water_size: f64, fluence: f64) -> Result<f64> {
    if water_size < 0.0 {
        return Err(Error::Usage(format!(
            "-water {} µm: a negative thickness",
            g(water_size * 1e6)
        )));
    }
    let background = WATER_F
        * WATER_F
        * R_E_SQR
        * fluence
        * water_size
        * water_size
        * water_size
        * 1e6
        * AVOGADRO
        / WATER_MW;
    if background.is_finite() {
        return Ok(background);
    }
    Err(Error::Usage(format!("-water {} µm: the background is {background}", g(water_size * 1e6))))
}

/// Reads the table of amorphous structure factors, which has no effect (C:2261-2305).
pub(super) fn amorphous(settings: &Settings, host: &Host, report: &mut Report<'_>) -> Result<()> {
    let Some(path) = &settings.inputs.stol else {
        return Ok(());
    };
    writeln!(report, "reading {}", path.display());
    let rows = read_columns::<2>(path, host).map_err(|error| error.of_option("-stol"))?;
    if rows.is_empty() {
        return Err(Error::content(path, "no data in the file"));
    }
    Ok(())
}

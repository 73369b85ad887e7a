//! Sources: directions and wavelengths (C:2314-2431).

use crate::arguments::Scanned;
use crate::arguments::settings::{Settings, Sweep};
use crate::cformat::{g, g_digits};
use crate::error::{Error, Result};
use crate::experiment::Source;
use crate::files::columns::read_columns;
use crate::host::Host;
use crate::report::Report;
use crate::vector::{Vector, rotate_axis, unitize};

use super::sampling::check_list;

/// Distance of generated sources from the sample, m (C:201).
const SOURCE_DISTANCE: f64 = 10.0;

/// A source before its direction is made a unit vector.
struct Placed {
    position: Vector,
    weight: f64,
    wavelength: f64,
    /// Where it comes from, for error messages.
    line: Option<usize>,
}

/// The directions of the beam that sources are made from.
pub(super) struct Directions {
    pub(super) beam: Vector,
    pub(super) polar: Vector,
    pub(super) vertical: Vector,
}

/// What is sampled.
pub(super) struct Spread {
    pub(super) hdiv: Sweep,
    pub(super) vdiv: Sweep,
    pub(super) dispersion: Sweep,
}

/// The sources and the number of directions that were generated, -1 with a file.
pub(super) fn sources(
    settings: &Settings,
    directions: &Directions,
    spread: &Spread,
    host: &Host,
    report: &mut Report<'_>,
) -> Result<(Vec<Source>, i32)> {
    let (placed, divsteps) = match &settings.inputs.sources {
        Some(_) => (from_file(settings, directions, host)?, -1),
        None => generate(settings, directions, spread, report)?,
    };
    writeln!(report, "  created a total of {} sources:", placed.len());
    let mut sources = Vec::with_capacity(placed.len());
    for source in &placed {
        let (direction, length) = unitize(&source.position);
        let problem = if length == 0.0 || !length.is_finite() {
            Some(format!("a source at {:?} has no direction", source.position))
        } else if !is_usable(source.wavelength, settings.dmin) {
            Some(format!(
                "a wavelength of {} m (columns that are missing before anything but a line feed count as 0)",
                g(source.wavelength)
            ))
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(match (&settings.inputs.sources, source.line) {
                (Some(path), Some(line)) => Error::content_at(path, line, problem),
                _ => Error::Impossible(problem),
            });
        }
        let [x, y, z] = source.position.map(g);
        writeln!(report, "{x} {y} {z}   {} {}", g(source.weight), g(source.wavelength));
        let Placed { weight, wavelength, .. } = *source;
        sources.push(Source { direction, wavelength, weight });
    }
    Ok((sources, divsteps))
}

/// Whether a wavelength can be rendered. One of 0 scatters at infinite resolution, which any limit
/// leaves out; without a limit it makes the image NaN.
fn is_usable(wavelength: f64, dmin: f64) -> bool {
    wavelength.is_finite() && (wavelength > 0.0 || (wavelength == 0.0 && dmin > 0.0))
}

/// Sources from a table: position, weight, wavelength in metres (C:2317-2345).
fn from_file(settings: &Settings, directions: &Directions, host: &Host) -> Result<Vec<Placed>> {
    let Some(path) = &settings.inputs.sources else {
        return Ok(Vec::new());
    };
    let rows = read_columns::<5>(path, host).map_err(|error| error.of_option("-sourcefile"))?;
    if rows.is_empty() {
        return Err(Error::content(path, "no sources in the file"));
    }
    check_list("sources", rows.len() as u128)?;
    let or = |value: f64, default: f64| if value.is_nan() { default } else { value };
    Ok(rows
        .into_iter()
        .map(|row| Placed {
            position: [0, 1, 2].map(|i| or(row.values[i], -SOURCE_DISTANCE * directions.beam[i])),
            weight: or(row.values[3], 1.0),
            wavelength: or(row.values[4], settings.wavelength),
            line: Some(row.line),
        })
        .collect())
}

/// Sources from divergence and dispersion: horizontal outermost, then vertical, then wavelength
/// (C:2348-2417).
fn generate(
    settings: &Settings,
    directions: &Directions,
    spread: &Spread,
    report: &mut Report<'_>,
) -> Result<(Vec<Placed>, i32)> {
    let Spread { hdiv, vdiv, dispersion } = spread;
    let grid = hdiv.count as u128 * vdiv.count as u128;
    check_list("beam directions (-hdivsteps, -vdivsteps)", grid)?;
    check_list("sources (-hdivsteps, -vdivsteps, -dispsteps)", grid * dispersion.count as u128)?;

    let at = |sweep: &Sweep, tic: i32| sweep.step * f64::from(tic) - sweep.range / 2.0;
    // The term that widens the ellipse for an even number of points.
    let even = |sweep: &Sweep| sweep.step * sweep.step / 4.0 * f64::from(1 - sweep.count % 2);
    let mut kept = Vec::new();
    for hdiv_tic in 0..hdiv.count {
        for vdiv_tic in 0..vdiv.count {
            let (h, v) = (at(hdiv, hdiv_tic), at(vdiv, vdiv_tic));
            // With a range of zero this is 0/0, and the comparison keeps the point.
            let mut test = (h * h - even(hdiv)) / hdiv.range / hdiv.range;
            test += (v * v - even(vdiv)) / vdiv.range / vdiv.range;
            if settings.round_div && test * 4.0 > 1.1 {
                continue;
            }
            writeln!(report, "divergence deviation: {} {}", g(h), g(v));
            kept.push((h, v));
        }
    }
    let wavelength = |tic: i32| {
        settings.wavelength * (1.0 + dispersion.step * f64::from(tic) - dispersion.range / 2.0)
    };
    for tic in 0..dispersion.count {
        writeln!(report, "lambda{tic} = {}", g_digits(wavelength(tic), 15));
    }
    if kept.is_empty() {
        return Err(Error::Impossible(
            "no source is left: every point of the divergence lies outside its ellipse \
             (-square_div keeps them)"
                .into(),
        ));
    }
    let weight = 1.0 / (kept.len() * dispersion.count as usize) as f64;
    let mut placed = Vec::new();
    for (h, v) in &kept {
        let straight = directions.beam.map(|component| -SOURCE_DISTANCE * component);
        let raised = rotate_axis(&straight, &directions.polar, *v);
        let position = rotate_axis(&raised, &directions.vertical, *h);
        for tic in 0..dispersion.count {
            placed.push(Placed { position, weight, wavelength: wavelength(tic), line: None });
        }
    }
    Ok((placed, kept.len() as i32))
}

/// Whether options for divergence or dispersion are given, which the sources of a file do not have.
pub(super) fn asks_for_spread(scanned: &Scanned) -> bool {
    use crate::arguments::options::Id::{
        Dispersion, Dispsteps, Divergence, Divsteps, Hdivrange, Hdivstep, Hdivsteps, RoundDiv,
        SquareDiv, Vdivrange, Vdivstep, Vdivsteps,
    };
    let spread = [
        Dispersion, Dispsteps, Divergence, Divsteps, Hdivrange, Hdivstep, Hdivsteps, RoundDiv,
        SquareDiv, Vdivrange, Vdivstep, Vdivsteps,
    ];
    scanned.actions.iter().any(|action| spread.contains(&action.id))
}

/// Says so where sources of no wavelength are left out by the resolution limit.
pub(super) fn silent(sources: &[Source]) -> Option<String> {
    let they = match sources.iter().filter(|source| source.wavelength == 0.0).count() {
        0 => return None,
        1 => "1 source has a wavelength of 0 and gives".to_owned(),
        count => format!("{count} sources have a wavelength of 0 and give"),
    };
    Some(format!("-sourcefile: {they} nothing"))
}

//! From a command line to the experiment that it describes.
//!
//! [`resolve`] follows the C program's `main` from its option loop to its pixel loop
//! (C:394-2515), one module for each subject, and writes the same report on the way.

mod beam;
pub(crate) mod crystal;
mod decisive;
mod detector;
mod domains;
mod headers;
mod interpolation;
mod limits;
mod pixels;
mod sampling;
mod sources;
mod structure;
mod summary;
pub mod tables;
mod water;

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::arguments::apply::apply;
use crate::arguments::settings::{
    Interpolation, Misset, OutputSettings, RTD, SeedChoice, Settings, Sweep,
};
use crate::arguments::{Request, Scanned};
use crate::cformat::g;
use crate::error::Result;
use crate::experiment::{
    Beam, Crystal, Detector, Experiment, Parameters, Sampling, Spindle, Structure,
};
use crate::files::smv::SmvFile;
use crate::host::Host;
use crate::quirks::{Quirk, Quirks};
use crate::random::{Noise, Ran1, Seed};
use crate::report::Report;
use crate::vector::scale;

pub use sampling::LARGEST_LIST;
pub(crate) use structure::DEFAULT_DUMP;
use tables::{Key, Tables};

/// What a command line resolves to: the experiment, and what becomes of its image.
#[derive(Clone, Debug, Serialize)]
pub struct Job {
    /// What is rendered.
    pub experiment: Experiment,
    /// What is written.
    pub outputs: OutputSettings,
    /// Dump of the structure factors to write.
    pub dump: Option<PathBuf>,
    /// Under what runs that share tables find that of the structure factors, where there is one.
    #[serde(skip)]
    pub table: Option<Key>,
    /// The random stream of the noise image, where the mosaic domains left it.
    #[serde(skip)]
    pub noise: Noise,
    /// Quirks that made a difference so far.
    pub decisive: Quirks,
    /// What the user should know, for standard error.
    pub notes: Vec<String>,
}

/// Resolves a request.
///
/// # Errors
/// Files that cannot be read or used, and requests that cannot be simulated or would not fit in
/// memory.
pub fn resolve(request: &Request, host: &Host, report: &mut Report<'_>) -> Result<Job> {
    resolve_sharing(request, host, &Tables::default(), report)
}

/// The same where runs share tables of structure factors. A table stays with the others until it is
/// forgotten.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_sharing(
    request: &Request,
    host: &Host,
    tables: &Tables,
    report: &mut Report<'_>,
) -> Result<Job> {
    let quirks = request.quirks;
    let mut notes = request.scanned.notes.clone();
    let mut decisive = Quirks::NONE;
    if request.scanned.collided {
        decisive.insert(Quirk::FlagCollisions);
    }

    let (mut settings, mask) = settings(&request.scanned, quirks, host, &mut notes, report)?;
    let mask = mask.map(|file| file.nonzero()).transpose()?.map(Arc::new);
    settings.outputs.add(request);
    if settings.inputs.sources.is_some() && sources::asks_for_spread(&request.scanned) {
        notes.push(
            "-sourcefile: divergence and dispersion options have no effect on its sources".into(),
        );
    }

    let pixels = pixels::pixels(&mut settings)?;
    pixels::traced(&settings, pixels)?;
    if decisive::headers(&request.scanned, &settings, quirks, host) {
        decisive.insert(Quirk::HeaderSubstring);
    }
    beam::wavelength(&settings, &request.scanned)?;
    let fluence = beam::fluence(&settings)?;
    let sample_size = beam::clip_sample(&settings, quirks, &mut decisive, report);

    let frame = detector::frame(&settings, quirks)?;
    if frame.made_normal {
        writeln!(report, "WARNING: auto-generating odet_vector");
    }
    writeln!(
        report,
        "nanoBragg nanocrystal diffraction simulator - James Holton and Ken Frankel 5-17-17"
    );
    let origin = structure::origin(&settings, request.column.as_deref(), quirks, host, tables)?;
    let file_cell = structure::adopt_cell(&origin, &mut settings, &mut notes);
    if settings.inputs.matrix.is_none() && settings.cell_lengths[0] == 0.0 {
        return Err(structure::no_cell(origin));
    }
    host.check_memory(
        &format!("an image of {} x {} pixels (-detpixels, -detsize)", pixels[0], pixels[1]),
        pixels[0] as u128 * pixels[1] as u128,
        size_of::<f32>(),
    )?;

    let sweep = sampling::phi(settings.phi)?;
    let hdiv =
        sampling::spread("horizontal divergence steps (-hdivsteps, -hdivstep)", settings.hdiv)?;
    let vdiv =
        sampling::spread("vertical divergence steps (-vdivsteps, -vdivstep)", settings.vdiv)?;
    let dispersion = sampling::spread(
        "wavelength steps (-dispsteps)",
        Sweep { range: settings.dispersion, step: -1.0, count: settings.dispsteps },
    )?;
    let sensor = sampling::sensor(&settings, quirks, report)?;
    if decisive::sensor(&settings, &sensor, quirks) {
        decisive.insert(Quirk::SensorLayers);
    }
    let (mosaic_spread, domain_count) = sampling::mosaic(&settings, report)?;

    let place = detector::place(&settings, &frame, quirks)?;
    decisive::geometry(&settings, quirks, &mut decisive);
    detector::report(&settings, &frame, &place, report);

    let mut interpolate = interpolation::starts(&settings, settings.cells);
    if settings.interpolation == Interpolation::Auto && quirks.has(Quirk::InterpolationEarly) {
        interpolation::report(interpolate, report);
    }

    let mut ran1 = Ran1::default();
    let mut misset_seed = crystal::misset_seed(&settings, quirks, host.now);
    if settings.misset == Misset::Random {
        decisive.insert(Quirk::RandomMissetRadians);
        if settings.misset_seed == SeedChoice::Default && settings.seed != SeedChoice::Default {
            decisive.insert(Quirk::MissetClock);
        }
    }
    let cell =
        crystal::cell(&settings, quirks, &mut ran1, &mut misset_seed, host, &mut decisive, report)?;
    let direct = cell.direct.map(|vector| scale(&vector, 1e-10));
    notes.extend(file_cell.and_then(|file| structure::other_cell(&file, &cell.direct)));

    let cells = crystal::cells(&settings, &sample_size, &direct);
    let late = interpolation::starts(&settings, cells);
    if settings.interpolation == Interpolation::Auto {
        if late != interpolate && !matches!(origin, structure::Origin::Default) {
            decisive.insert(Quirk::InterpolationEarly);
        }
        if !quirks.has(Quirk::InterpolationEarly) {
            interpolate = late;
            interpolation::report(interpolate, report);
        }
    }
    let size = crystal::size(&settings, cells, &direct, place.distance, report)?;

    let from = (quirks, host, tables);
    let loaded = structure::load(&settings, origin, from, &mut decisive, &mut notes, report)?;
    let interpolate = interpolate && loaded.factors.is_some();
    water::amorphous(&settings, host, report)?;

    for tic in 0..sensor.layers {
        writeln!(report, "thick{tic} = {} um", g(sensor.step * tic as f64 * 1e6));
    }
    let spindle = Spindle { axis: frame.axes.spindle, phi0: settings.phi0, sweep };
    for tic in 0..sweep.count {
        writeln!(report, "phi{tic} = {}", g(spindle.phi(tic) * RTD));
    }
    let directions = sources::Directions {
        beam: frame.axes.beam,
        polar: frame.axes.polar,
        vertical: frame.vertical,
    };
    let spread = sources::Spread { hdiv, vdiv, dispersion };
    let (source_list, divergence_steps) =
        sources::sources(&settings, &directions, &spread, host, report)?;
    limits::check_indices(&direct, &source_list)?;
    notes.extend(sources::silent(&source_list));

    let mut mosaic_seed: Seed = match settings.mosaic_seed {
        SeedChoice::Default => -12345678,
        SeedChoice::Given(seed) => -i64::from(seed),
    };
    let domains = domains::domains(mosaic_spread, domain_count, &mut ran1, &mut mosaic_seed, host)?;
    writeln!(report, "  created a total of {domain_count} mosaic domains");

    let steps = limits::steps(source_list.len(), domain_count, sweep.count, size.oversample)?;
    let sampling = Sampling {
        oversample: size.oversample,
        thick: settings.oversample_thick,
        polar: settings.oversample_polar,
        omega: settings.oversample_omega,
        steps,
        dmin: settings.dmin,
        water_size: settings.water_size,
        background: water::background(settings.water_size, fluence)?,
    };
    let seed = match settings.seed {
        SeedChoice::Default => -host.now,
        SeedChoice::Given(seed) => -i64::from(seed),
    };

    let detector = Detector {
        pixels,
        pixel_size: settings.pixel_size,
        size: settings.detsize,
        convention: settings.convention,
        pivot: frame.pivot,
        fdet: place.fdet,
        sdet: place.sdet,
        odet: place.odet,
        pix0: place.pix0,
        distance: place.distance,
        close_distance: place.close_distance,
        beam_center: frame.beam_center,
        beam_spot: place.beam_spot,
        close_point: frame.close_point,
        near_point: place.near_point,
        org: place.org,
        dials_origin: place.dials_origin,
        twotheta: settings.twotheta,
        curved: settings.curved_detector,
        point_pixel: settings.point_pixel,
        roi: pixels::roi(&settings, pixels),
        mask,
        sensor,
    };
    pixels::check_mask(&detector, &settings)?;
    notes.extend(pixels::not_printed(settings.outputs.printout, &detector));
    notes.extend(pixels::all_masked(&detector, &settings));
    limits::check_work(&detector, &sampling)?;
    let experiment = Experiment {
        quirks,
        parameters: Parameters {
            cell_lengths: settings.cell_lengths,
            cell_angles: settings.cell_angles,
            matrix: cell.matrix,
            misset_angles: cell.misset_angles,
            misset: settings.misset,
            mosaic_spread: settings.mosaic_spread.max(0.0),
            wavelength: settings.wavelength,
            dispersion: settings.dispersion,
            divergence: [hdiv.range, vdiv.range],
            exposure: settings.exposure,
            distance: settings.distance,
            close_distance: settings.close_distance,
            detector_rotation: settings.detector_rotation,
            twotheta: settings.twotheta,
            twotheta_axis: frame.axes.twotheta,
        },
        beam: Beam {
            direction: frame.axes.beam,
            polar_vector: frame.axes.polar,
            polarization: settings.polarization,
            nopolar: settings.nopolar,
            fluence,
            wavelength: settings.wavelength,
            dispersion,
            hdiv,
            vdiv,
            divergence_steps,
            sources: source_list,
        },
        detector,
        crystal: Crystal {
            cell: direct,
            reciprocal: cell.reciprocal,
            volume: cell.volume,
            cells: size.cells,
            shape: settings.shape,
            fudge: settings.fudge,
            mosaic_spread,
            domains: Arc::new(domains),
        },
        spindle,
        structure: Structure {
            factors: loaded.factors,
            default_f: settings.default_f,
            choice: settings.interpolation,
            interpolate,
        },
        sampling,
    };
    decisive::experiment(&experiment, &mut decisive);
    summary::summary(&experiment, &settings, seed, report);
    Ok(Job {
        experiment,
        outputs: settings.outputs,
        dump: loaded.dump,
        table: loaded.key,
        noise: Noise::new(ran1, seed),
        // A switch that is off cannot have been decisive.
        decisive: quirks
            .iter()
            .filter(|quirk| decisive.has(*quirk))
            .fold(Quirks::NONE, |set, quirk| set.with(quirk, true)),
        notes,
    })
}

/// Settings from defaults, then headers, then the command line; and the mask's file.
fn settings(
    scanned: &Scanned,
    quirks: Quirks,
    host: &Host,
    notes: &mut Vec<String>,
    report: &mut Report<'_>,
) -> Result<(Settings, Option<SmvFile>)> {
    // A first pass finds the names of the files whose headers come before the options.
    let mut names = Settings::default();
    apply(&scanned.actions, &mut names, &mut Vec::new())?;
    let mut settings = Settings::default();
    let mask = headers::read(&names, scanned, &mut settings, quirks, host, notes, report)?;
    apply(&scanned.actions, &mut settings, notes)?;
    Ok((settings, mask))
}

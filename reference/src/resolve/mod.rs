//! From a command line to the experiment that it describes.
//!
//! [`resolve`] follows the C program's `main` from its option loop to its pixel loop
//! (C:394-2515), one module for each subject, and writes the same report on the way.

pub(crate) mod crystal;
mod decisive;
mod detector;
mod headers;
mod sampling;
mod sources;
mod structure;
pub mod tables;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::arguments::apply::apply;
use crate::arguments::settings::{
    Interpolation, Misset, OutputSettings, RTD, SeedChoice, Settings, Shape, Sweep,
};
use crate::arguments::{Request, Scanned};
use crate::cformat::{f, g};
use crate::error::{Error, Result};
use crate::experiment::{
    Beam, Crystal, Detector, Experiment, Parameters, R_E_SQR, Sampling, Source, Spindle, Structure,
};
use crate::files::columns::read_columns;
use crate::files::smv::SmvFile;
use crate::host::{Host, filled};
use crate::quirks::{Quirk, Quirks};
use crate::random::{Noise, Ran1, Seed, mosaic_rotation};
use crate::report::Report;
use crate::vector::{IDENTITY, Matrix, cross, magnitude, scale};

pub use sampling::LARGEST_LIST;
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

/// Most evaluations (pixels × layers × steps) that are accepted: three years of the reference
/// engine.
const MOST_EVALUATIONS: f64 = 1e15;

/// Water: structure factor in electrons and molecular weight in g/mol (C:229-230).
const WATER_F: f64 = 2.57;
const WATER_MW: f64 = 18.0;

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
    settings.outputs.png = request.png.clone();
    settings.outputs.npy = request.npy.clone();
    settings.outputs.cbf = request.cbf.clone();
    settings.outputs.trace = request.trace.clone();
    if settings.inputs.sources.is_some() && sources_ignore_spread(&request.scanned) {
        notes.push(
            "-sourcefile: divergence and dispersion options have no effect on its sources".into(),
        );
    }

    let pixels = pixels(&mut settings)?;
    traced(&settings, pixels)?;
    if decisive::headers(&request.scanned, &settings, quirks, host) {
        decisive.insert(Quirk::HeaderSubstring);
    }
    wavelength(&settings)?;
    let fluence = fluence(&settings)?;
    let sample_size = clip_sample(&settings, quirks, &mut decisive, report);

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
        return Err(Error::Usage(
            "no unit cell: give -cell a b c α β γ or -mat FILE (-help shows examples)".into(),
        ));
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

    let mut interpolate = interpolation(&settings, settings.cells);
    if settings.interpolation == Interpolation::Auto && quirks.has(Quirk::InterpolationEarly) {
        report_interpolation(interpolate, report);
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
    let late = interpolation(&settings, cells);
    if settings.interpolation == Interpolation::Auto {
        if late != interpolate && !matches!(origin, structure::Origin::Default) {
            decisive.insert(Quirk::InterpolationEarly);
        }
        if !quirks.has(Quirk::InterpolationEarly) {
            interpolate = late;
            report_interpolation(interpolate, report);
        }
    }
    let size = crystal::size(&settings, cells, &direct, place.distance, report)?;

    let from = (quirks, host, tables);
    let loaded = structure::load(&settings, origin, from, &mut decisive, &mut notes, report)?;
    let interpolate = interpolate && loaded.factors.is_some();
    amorphous(&settings, host, report)?;

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
    check_indices(&direct, &source_list)?;
    notes.extend(silent_sources(&source_list));

    let mut mosaic_seed: Seed = match settings.mosaic_seed {
        SeedChoice::Default => -12345678,
        SeedChoice::Given(seed) => -i64::from(seed),
    };
    let domains = domains(mosaic_spread, domain_count, &mut ran1, &mut mosaic_seed, host)?;
    writeln!(report, "  created a total of {domain_count} mosaic domains");

    let steps = steps(source_list.len(), domain_count, sweep.count, size.oversample)?;
    let sampling = Sampling {
        oversample: size.oversample,
        thick: settings.oversample_thick,
        polar: settings.oversample_polar,
        omega: settings.oversample_omega,
        steps,
        dmin: settings.dmin,
        water_size: settings.water_size,
        background: background(settings.water_size, fluence)?,
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
        roi: roi(&settings, pixels),
        mask,
        sensor,
    };
    check_mask(&detector, &settings)?;
    check_work(&detector, &sampling)?;
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
    summary(&experiment, &settings, seed, report);
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

fn sources_ignore_spread(scanned: &Scanned) -> bool {
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

/// Refuses to trace a pixel that the detector does not have.
fn traced(settings: &Settings, [width, height]: [usize; 2]) -> Result<()> {
    match settings.outputs.trace.as_ref().map(|trace| trace.pixel) {
        Some([fast, slow]) if fast >= width || slow >= height => Err(Error::Usage(format!(
            "-trace_pixel {slow} {fast}: the detector has the pixels 0 to {} along slow and 0 to {} \
             along fast",
            height - 1,
            width - 1
        ))),
        _ => Ok(()),
    }
}

/// Number of pixels from sizes or counts, and the sizes that go with them (C:1119-1128).
fn pixels(settings: &mut Settings) -> Result<[usize; 2]> {
    let pixel = settings.pixel_size;
    if pixel <= 0.0 {
        return Err(Error::Usage(format!("-pixel {} mm: must be positive", g(pixel * 1000.0))));
    }
    let mut counts = [0; 2];
    for (axis, name) in ["fast", "slow"].into_iter().enumerate() {
        if settings.pixels[axis] != 0 {
            settings.detsize[axis] = pixel * f64::from(settings.pixels[axis]);
        }
        let count = (settings.detsize[axis] / pixel - 0.5).ceil();
        if !(1.0..=f64::from(i32::MAX)).contains(&count) {
            return Err(Error::Usage(format!(
                "-detpixels, -detsize: {} pixels along the {name} axis ({} mm of {} mm)",
                g(count + 0.0),
                g(settings.detsize[axis] * 1000.0),
                g(pixel * 1000.0)
            )));
        }
        counts[axis] = count as usize;
    }
    let total = counts[0] as u64 * counts[1] as u64;
    if total > i32::MAX as u64 {
        return Err(Error::Usage(format!(
            "-detpixels, -detsize: {} x {} = {total} pixels are more than a 32-bit count holds; \
             the image alone would need {:.1} GiB",
            counts[0],
            counts[1],
            total as f64 * 4.0 / f64::from(1 << 30)
        )));
    }
    Ok(counts)
}

fn wavelength(settings: &Settings) -> Result<()> {
    if settings.wavelength > 0.0 && settings.wavelength.is_finite() {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "-lambda, -energy or the header: a wavelength of {} Å",
        g(settings.wavelength * 1e10)
    )))
}

/// Photons per m² (C:1131).
fn fluence(settings: &Settings) -> Result<f64> {
    let Settings { flux, exposure, beamsize, .. } = *settings;
    let fluence = if flux != 0.0 && exposure > 0.0 && beamsize >= 0.0 {
        flux * exposure / beamsize / beamsize
    } else {
        settings.fluence
    };
    if fluence.is_finite() {
        return Ok(fluence);
    }
    Err(Error::Usage(format!(
        "-flux {} with -beamsize {} mm gives a fluence of {}",
        g(flux),
        g(beamsize * 1000.0),
        g(fluence)
    )))
}

/// Crystal size after the beam has clipped it (C:1134-1142).
fn clip_sample(
    settings: &Settings,
    quirks: Quirks,
    decisive: &mut Quirks,
    report: &mut Report<'_>,
) -> [f64; 3] {
    let mut size = settings.sample_size;
    let beam = settings.beamsize;
    let clips = beam >= 0.0 && (beam < size[1] || beam < size[2]);
    let asked_for = settings.beamsize_given && beam > 0.0;
    if clips && !asked_for {
        decisive.insert(Quirk::DefaultBeamsize);
    }
    if !clips || (!asked_for && !quirks.has(Quirk::DefaultBeamsize)) {
        return size;
    }
    for (axis, name) in [(1, "high"), (2, "wide")] {
        if beam < size[axis] {
            writeln!(
                report,
                "WARNING: clipping sample ({} m {name}) with beam ({} m)",
                g(size[axis]),
                g(beam)
            );
            size[axis] = beam;
        }
    }
    size
}

/// Whether the run starts with interpolation (C:1778).
fn interpolation(settings: &Settings, cells: [f64; 3]) -> bool {
    match settings.interpolation {
        Interpolation::On => true,
        Interpolation::Off => false,
        Interpolation::Auto => cells.iter().any(|&count| count <= 2.0),
    }
}

fn report_interpolation(interpolate: bool, report: &mut Report<'_>) {
    if interpolate {
        writeln!(report, "auto-selected tricubic interpolation of structure factors");
    } else {
        writeln!(report, "auto-selected no interpolation");
    }
}

/// Reads the table of amorphous structure factors, which has no effect (C:2261-2305).
fn amorphous(settings: &Settings, host: &Host, report: &mut Report<'_>) -> Result<()> {
    let Some(path) = &settings.inputs.stol else {
        return Ok(());
    };
    writeln!(report, "reading {}", path.display());
    if read_columns::<2>(path, host)?.is_empty() {
        return Err(Error::content(path, "no data in the file"));
    }
    Ok(())
}

/// Refuses experiments whose Miller indices would not fit into 32 bits.
fn check_indices(direct: &[[f64; 3]; 3], sources: &[Source]) -> Result<()> {
    let longest = direct.iter().map(magnitude).fold(0.0, f64::max);
    let wavelengths = sources.iter().map(|source| source.wavelength).filter(|&w| w > 0.0);
    let shortest = wavelengths.fold(f64::INFINITY, f64::min);
    let largest = 2.0 * longest / shortest;
    if largest < f64::from(i32::MAX) {
        return Ok(());
    }
    Err(Error::Impossible(format!(
        "a cell of {} Å at a wavelength of {} Å: Miller indices reach {}",
        g(longest * 1e10),
        g(shortest * 1e10),
        g(largest)
    )))
}

/// Says so where sources of no wavelength are left out by the resolution limit.
fn silent_sources(sources: &[Source]) -> Option<String> {
    let silent = sources.iter().filter(|source| source.wavelength == 0.0).count();
    (silent > 0)
        .then(|| format!("-sourcefile: {silent} sources have a wavelength of 0 and give nothing"))
}

/// Orientations of the mosaic domains; the first is the identity (C:2436-2458).
fn domains(
    spread: f64,
    count: usize,
    ran1: &mut Ran1,
    seed: &mut Seed,
    host: &Host,
) -> Result<Vec<Matrix>> {
    let what = format!("{count} mosaic domains");
    host.check_memory(&what, count as u128, size_of::<Matrix>())?;
    let mut domains = filled(&what, count, IDENTITY)?;
    for (tic, domain) in domains.iter_mut().enumerate() {
        let rotation = mosaic_rotation(spread as f32, ran1, seed);
        if tic > 0 {
            *domain = rotation;
        }
    }
    Ok(domains)
}

/// The divisor of every pixel (C:2462); the C program lets it overflow.
fn steps(sources: usize, domains: usize, phisteps: i32, oversample: usize) -> Result<i32> {
    let product = sources as u128 * domains as u128 * phisteps as u128;
    let product = product * (oversample as u128).pow(2);
    i32::try_from(product).map_err(|_| {
        Error::Impossible(format!(
            "{sources} sources x {domains} mosaic domains x {phisteps} spindle steps x \
             {oversample}x{oversample} sub-pixels are {product} steps a pixel, more than {}",
            i32::MAX
        ))
    })
}

/// The background of the water in the C program's units (C:2515).
fn background(water_size: f64, fluence: f64) -> Result<f64> {
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
        * crystal::AVOGADRO
        / WATER_MW;
    if background.is_finite() {
        return Ok(background);
    }
    Err(Error::Usage(format!("-water {} µm: the background is {background}", g(water_size * 1e6))))
}

/// The region to render (C:1166-1169).
fn roi(settings: &Settings, pixels: [usize; 2]) -> [i32; 4] {
    let [xmin, xmax, ymin, ymax] = settings.roi;
    let or = |value: i32, default: i32| if value < 0 { default } else { value };
    [or(xmin, 0), or(xmax, pixels[0] as i32), or(ymin, 0), or(ymax, pixels[1] as i32)]
}

fn check_mask(detector: &Detector, settings: &Settings) -> Result<()> {
    let Some(mask) = &detector.mask else {
        return Ok(());
    };
    let (height, width) = mask.dim();
    let [fast, slow] = detector.pixels;
    if (width, height) == (fast, slow) {
        return Ok(());
    }
    let path = settings.inputs.mask.as_deref().unwrap_or(Path::new("-mask"));
    Err(Error::content(
        path,
        format!("a mask of {width} x {height} pixels for a detector of {fast} x {slow}"),
    ))
}

/// Refuses runs that would take years.
fn check_work(detector: &Detector, sampling: &Sampling) -> Result<()> {
    let evaluations =
        detector.roi_pixels() as f64 * detector.sensor.layers as f64 * f64::from(sampling.steps);
    if evaluations <= MOST_EVALUATIONS {
        return Ok(());
    }
    Err(Error::Impossible(format!(
        "{} pixels x {} sensor layers x {} steps are {} evaluations, more than {}: years of work",
        detector.roi_pixels(),
        detector.sensor.layers,
        sampling.steps,
        g(evaluations),
        g(MOST_EVALUATIONS)
    )))
}

/// The lines of the report that sum everything up (C:2465-2511).
fn summary(experiment: &Experiment, settings: &Settings, seed: Seed, report: &mut Report<'_>) {
    let Experiment { beam, detector, crystal, spindle, sampling, structure, .. } = experiment;
    let hkls = structure.factors.as_ref().map_or(0, |factors| factors.count);
    writeln!(report, "  {hkls} initialized hkls (all others ={})", g(structure.default_f));
    let shape = match crystal.shape {
        Shape::Round => "ellipsoidal",
        Shape::Square => "parallelpiped",
        Shape::Gauss => "gaussian",
        Shape::Tophat => "tophat-spot",
    };
    let [na, nb, nc] = crystal.cells.map(|count| f(count, 0));
    writeln!(report, "  {shape} xtal: {na}x{nb}x{nc} cells");
    writeln!(
        report,
        "  wave={} meters +/- {}% in {} steps",
        g(beam.wavelength),
        g(beam.dispersion.range * 100.0),
        beam.dispersion.count
    );
    if beam.nopolar {
        writeln!(report, "  polarization effect disabled");
    } else {
        writeln!(report, "  Kahn polarization factor: {}", f(beam.polarization, 6));
    }
    if detector.curved {
        writeln!(report, "  curved detector: all pixels same distance from origin");
    }
    if detector.point_pixel {
        writeln!(report, "  pixel obliquity effect disabled");
    }
    writeln!(report, "  incident fluence: {} photons/m^2", g(beam.fluence));
    writeln!(
        report,
        "  distance={} detsize={}x{}  pixel={} meters ({}x{} pixels)",
        g(detector.distance),
        g(detector.size[0]),
        g(detector.size[1]),
        g(detector.pixel_size),
        detector.pixels[0],
        detector.pixels[1]
    );
    writeln!(
        report,
        "  sensor is {} m thick in {} layers with mu= {}",
        g(detector.sensor.thickness),
        detector.sensor.layers,
        g(detector.sensor.mu)
    );
    let pair = |[x, y]: [f64; 2]| [g(x), g(y)];
    let [x, y] = pair(detector.beam_center);
    writeln!(report, "  Xbeam={x} Ybeam={y}");
    let [x, y] = pair(detector.beam_spot);
    writeln!(report, "  Fbeam={x} Sbeam={y}");
    let [x, y] = pair(detector.close_point);
    writeln!(report, "  Xclose={x} Yclose={y}");
    let [x, y] = pair(detector.near_point);
    writeln!(report, "  Fclose={x} Sclose={y}");
    for (name, vector) in [
        ("DIRECTION_OF_DETECTOR_X-AXIS", detector.fdet),
        ("DIRECTION_OF_DETECTOR_Y-AXIS", detector.sdet),
        ("DIRECTION_OF_DETECTOR_Z-AXIS", detector.odet),
        ("INCIDENT_BEAM_DIRECTION", beam.direction),
        ("spindle ROTATION_AXIS", spindle.axis),
        ("POLARIZATION_PLANE_NORMAL", cross(&beam.direction, &beam.polar_vector)),
        ("dials origin", detector.dials_origin),
    ] {
        let [x, y, z] = vector.map(g);
        writeln!(report, "  {name}= {x} {y} {z}");
    }
    let [xmin, xmax, ymin, ymax] = detector.roi;
    writeln!(report, "  roi: {xmin} < x < {xmax} && {ymin} < y < {ymax}");
    for (name, sweep) in [("hdiv", beam.hdiv), ("vdiv", beam.vdiv)] {
        writeln!(report, "  {name}range={} {name}step={}  radians", g(sweep.range), g(sweep.step));
    }
    writeln!(report, "  {} divergence steps", beam.divergence_steps);
    writeln!(report, "  {} sources", beam.sources.len());
    writeln!(
        report,
        "  {} mosaic domains over mosaic spread of {} degrees",
        crystal.domains.len(),
        g(crystal.mosaic_spread * RTD)
    );
    writeln!(
        report,
        "  {} phi steps from {} to {} degrees",
        spindle.sweep.count,
        g(spindle.phi0 * RTD),
        g((spindle.phi0 + spindle.sweep.range) * RTD)
    );
    write!(report, "  {0}x{0} pixel oversample steps", sampling.oversample);
    for (name, on) in
        [("thick", sampling.thick), ("polar", sampling.polar), ("omega", sampling.omega)]
    {
        if on {
            write!(report, " +{name}");
        }
    }
    writeln!(report);
    if let (Some(_), Some(path)) = (&detector.mask, &settings.inputs.mask) {
        writeln!(report, "  skipping zero-flagged pixels in {}", path.display());
    }
    if settings.outputs.calculate_noise {
        writeln!(report, "\n  noise image paramters:");
        writeln!(report, "  seed: {seed}");
        writeln!(report, "  water droplet size: {} m", g(sampling.water_size));
    }
}

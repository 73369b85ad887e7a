//! From the image to files and the end of the report (C:3090-3288).

mod blocks;
pub mod cbf;
mod files;
mod integers;
mod noise;
mod npy;
pub mod png;
pub mod printout;
mod ready;
mod rehearsal;
pub mod smv;
pub(crate) mod staged;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::arguments::settings::{OutputSettings, Shape};
use crate::cformat::{f, g};
use crate::engine::{Event, Rendered};
use crate::error::{Error, Result};
use crate::experiment::{Crystal, Experiment};
use crate::host::Host;
use crate::quirks::{Quirk, Quirks};
use crate::region::Region;
use crate::report::Report;
use crate::resolve::Job;
use crate::statistics::Statistics;
use files::Files;
use noise::Drawn;

pub use files::File;
pub use ready::{Beside, Ready};
pub use rehearsal::Rehearsal;

/// How the line begins that names the quirks that made a difference.
pub const DECISIVE: &str = "note: quirks of the C program that made a difference: ";

/// What is known at the end of a run.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Quirks that made a difference.
    pub decisive: Quirks,
    /// What the user should know, for standard error.
    pub notes: Vec<String>,
}

impl Finished {
    /// The lines for standard error: the notes, and the quirks that made a difference.
    pub fn messages(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.notes.iter().map(|note| format!("note: {note}")).collect();
        let names: Vec<&str> = self.decisive.iter().map(Quirk::name).collect();
        if !names.is_empty() {
            lines.push(format!("{DECISIVE}{} (see -quirks)", names.join(", ")));
        }
        lines
    }
}

/// The option that names the file of a trace.
pub(crate) const TRACE: &str = "-tracefile";

/// The options that name files that are written, whatever else is asked for: not `-dump`, which names
/// an input without `-hkl`.
pub fn options() -> impl Iterator<Item = &'static str> {
    File::IMAGES.into_iter().map(File::option).chain([TRACE])
}

/// The images that are asked for, and the trace: the option that names each of them, and its name.
pub fn names(outputs: &OutputSettings) -> Vec<(&'static str, &Path)> {
    let image = |file: File| Some((file.option(), file.image(outputs)?));
    let trace = outputs.trace.as_ref().map(|trace| (TRACE, trace.file.as_path()));
    File::IMAGES.into_iter().filter_map(image).chain(trace).collect()
}

/// Refuses output names that cannot be written, before any work is done. Each folder is tried out
/// once, and those that can be written are then among the ones `tried`.
///
/// # Errors
/// What the operating system says, with the option and the file's name.
pub fn preflight(job: &Job, host: &Host, tried: &mut BTreeSet<PathBuf>) -> Result<()> {
    names(&job.outputs).into_iter().try_for_each(|(option, name)| {
        staged::probe(name, host, tried).map_err(|error| error.of_option(option))
    })
}

/// Where an output is to be, links followed, from the root on: two names of one file have one place.
/// `None` for a device or a pipe.
///
/// # Errors
/// A folder, a name in a folder that does not exist, a file that may not be written.
pub fn place(name: &Path, host: &Host) -> Result<Option<PathBuf>> {
    staged::absolute_place(name, host)
}

/// The name of the output that a temporary file was for, `.NAMExxxxxx.partial`. A run that is killed
/// leaves such files beside the places of its outputs.
pub fn output_of(temporary: &str) -> Option<&str> {
    staged::output_of(temporary)
}

/// The line that ends the pixel loop, and what engines leave to be said (C:2943, C:3090).
///
/// The C program prints the warning while it renders, and so does [`crate::run::run`].
pub fn warn(event: &Event, report: &mut Report<'_>) {
    let Event::OutOfRange { index, nearest } = event;
    let [h, k, l] = index.map(g);
    let [h0, k0, l0] = nearest;
    writeln!(
        report,
        "WARNING: out of range for three point interpolation: h,k,l,h0,k0,l0: {h},{k},{l},{h0},{k0},{l0} "
    );
    write!(report, "WARNING: further warnings will not be printed! ");
}

/// Writes all files of a job and the rest of the report. Either all files are put in their
/// places, or none is.
///
/// # Errors
/// An image that is not finite, and files that cannot be written.
pub fn write(
    job: Job,
    rendered: &Rendered,
    host: &Host,
    report: &mut Report<'_>,
) -> Result<Finished> {
    stage(job, rendered, host, report)?.commit()
}

/// Writes all files of a job beside their places, and the rest of the report.
///
/// # Errors
/// As [`write()`].
pub fn stage(job: Job, rendered: &Rendered, host: &Host, report: &mut Report<'_>) -> Result<Ready> {
    let mut job = job;
    settle_scale(&mut job, rendered);
    let (mut decisive, mut notes) = (job.decisive, std::mem::take(&mut job.notes));
    let Job { experiment, outputs, .. } = &job;
    let files = Files::new(&job, rendered, host);
    let mut ahead = files.ahead();
    let statistics = files.statistics();
    check_finite(experiment, &files.region, statistics)?;

    let mut staged = Vec::new();
    if let Some(file) = ahead.turn(File::Dump) {
        staged.push(file.staged?);
    }
    interpolation_events(experiment, rendered, &mut decisive, &mut notes);
    guarded_evaluations(rendered, &mut notes);
    report_solid_angle(experiment, rendered, report);

    writeln!(
        report,
        "writing {} as {} 4-byte floats",
        outputs.float.display(),
        experiment.detector.count()
    );
    if let Some(file) = ahead.turn(File::Float) {
        staged.push(file.staged?);
    }

    let [x, y] = rendered.maximum.position.map(g);
    writeln!(report, "max_I = {}  at {x} {y}", g(rendered.maximum.value));
    writeln!(
        report,
        "mean= {} rms= {} rmsd= {}",
        g(statistics.mean),
        g(statistics.rms),
        g(statistics.rmsd)
    );
    writeln!(report, "intfile_scale = {}", g(outputs.int_scale));
    if smv::overflows(experiment) && experiment.quirks.has(Quirk::SmvHeaderOverflow) {
        decisive.insert(Quirk::SmvHeaderOverflow);
    }
    announce(&outputs.int, 2, report);
    if let Some(file) = ahead.turn(File::Int) {
        staged.push(file.staged?);
    }

    if outputs.write_pgm {
        writeln!(report, "pgm_scale = {}", g(files.pgm_scale()));
        announce(&outputs.pgm, 1, report);
    }
    if let Some(file) = ahead.turn(File::Pgm) {
        staged.push(file.staged?);
    }

    if let Some(file) = ahead.turn(File::Noise) {
        wraps(&file.drawn, experiment, &mut decisive);
        writeln!(
            report,
            "{} photons on noise image ({} overloads)",
            f(file.drawn.photons, 0),
            file.drawn.overloads
        );
        announce(&outputs.noise, 2, report);
        staged.push(file.staged?);
    }
    for file in [File::Png, File::Npy, File::Cbf, File::NoiseCbf] {
        if let Some(file) = ahead.turn(file) {
            wraps(&file.drawn, experiment, &mut decisive);
            staged.push(file.staged?);
        }
    }
    for name in [&outputs.cbf, &outputs.noise_cbf].into_iter().flatten() {
        notes.extend(cbf::unsaid(experiment, name));
    }
    Ok(Ready::new(staged, Finished { decisive, notes }))
}

/// Marks that counts of a noise image have wrapped around.
fn wraps(drawn: &Drawn, experiment: &Experiment, decisive: &mut Quirks) {
    if drawn.wrapped && experiment.quirks.has(Quirk::NoiseWrap) {
        decisive.insert(Quirk::NoiseWrap);
    }
}

/// The scale of the SMV image where the user gives none (C:3135-3138).
fn settle_scale(job: &mut Job, rendered: &Rendered) {
    if job.outputs.int_scale <= 0.0 {
        let maximum = rendered.maximum.value;
        job.outputs.int_scale = if maximum > 0.0 { 55000.0 / maximum } else { 1.0 };
    }
}

fn announce(name: &Path, bytes: usize, report: &mut Report<'_>) {
    writeln!(report, "writing {} as {bytes}-byte integers", name.display());
}

/// Refuses an image with a pixel that is no number: the integer images would hold nonsense.
fn check_finite(
    experiment: &Experiment,
    region: &Region<'_>,
    statistics: &Statistics,
) -> Result<()> {
    // A sum of squares that is finite tells so for all of its terms.
    if region.is_whole() && statistics.rmsd.is_finite() {
        return Ok(());
    }
    let photons = region.photons();
    let count = photons.iter().filter(|value| !value.is_finite()).count();
    let Some(first) = photons.iter().position(|value| !value.is_finite()) else {
        return Ok(());
    };
    let [fast, slow] = region.coordinates(first);
    let Crystal { shape, fudge, .. } = experiment.crystal;
    let advice = if shape == Shape::Round && fudge < 0.0 {
        format!("-round_xtal takes the square root of -fudge, which is {}", g(fudge))
    } else {
        "look for values that are too large among -fluence, -flux, -default_F, -hkl, -N".into()
    };
    Err(Error::Impossible(format!(
        "{count} of {} pixels are not finite: the first is {} at fast {fast}, slow {slow}; {advice}",
        photons.len(),
        g(f64::from(photons[first]))
    )))
}

fn interpolation_events(
    experiment: &Experiment,
    rendered: &Rendered,
    decisive: &mut Quirks,
    notes: &mut Vec<String>,
) {
    if rendered.events.is_empty() {
        return;
    }
    if experiment.quirks.has(Quirk::InterpolationSticks) {
        decisive.insert(Quirk::InterpolationSticks);
    } else {
        notes.push(format!(
            "{} evaluations were out of the range of the interpolation and took the nearest structure factor",
            rendered.out_of_range
        ));
    }
}

/// How the note ends that says how often a batched engine left a decision to the C program's own
/// expressions: how often that is depends on the engine.
pub const GUARDED: &str = "too close to a decision and done by the C program's own expressions";

/// Says how often a batched engine left a decision to the C program's own expressions.
fn guarded_evaluations(rendered: &Rendered, notes: &mut Vec<String>) {
    let times = match rendered.guarded {
        0 => return,
        1 => "1 evaluation was".to_owned(),
        count => format!("{count} evaluations were"),
    };
    notes.push(format!("{times} {GUARDED}"));
}

/// The solid angle as the report gives it (C:3093).
fn report_solid_angle(experiment: &Experiment, rendered: &Rendered, report: &mut Report<'_>) {
    let (angle, percent) = if experiment.quirks.has(Quirk::SolidAngleReport) {
        let steps = f64::from(experiment.sampling.steps);
        (
            rendered.omega_sum / steps,
            100.0 * rendered.omega_sum / steps / 4.0 / std::f64::consts::PI,
        )
    } else {
        (rendered.solid_angle, 100.0 * rendered.solid_angle / 4.0 / std::f64::consts::PI)
    };
    writeln!(
        report,
        "\nsolid angle subtended by detector = {} steradian ( {}% sphere)",
        g(angle),
        g(percent)
    );
}

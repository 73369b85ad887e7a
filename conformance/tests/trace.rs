//! The trace of a pixel is the engine's own arithmetic: `trace::SCENE::LABEL::sum` adds up what was
//! traced and finds the pixel of the image, bit for bit, and so does `trace::golden::NAME::LABEL` for the
//! brightest pixel of each golden; `trace::SCENE::LABEL::agrees` holds the trace against that of the
//! reference engine, and `trace::SCENE::LABEL::fields` the members of its lines;
//! `trace::fields::LABEL` spoils members one by one, and `trace::culled::LABEL` looks at sources that
//! are culled; `trace::names::CHANGE` changes one input and looks for its name; `trace::stopped::LABEL`
//! ends one halfway; `trace::one-term::LABEL` adds up each pixel of some that have one term;
//! `trace::hostile::FILE` reads what is no trace.

#[path = "trace/chain.rs"]
mod chain;
#[path = "trace/fields.rs"]
mod fields;
#[path = "trace/files.rs"]
mod files;
#[path = "trace/scenes.rs"]
mod scenes;

use std::ops::ControlFlow;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use nanobragg_conformance::cases::default_folder as folder;
use nanobragg_conformance::engines::{Renderer, engine};
use nanobragg_conformance::run;
use nanobragg_conformance::trace::{Difference, Tally, compare};
use nanobragg_reference::engine::{Engine, Observer, Rendered};
use nanobragg_reference::trace::Line;
use nanobragg_reference::{Error, Experiment};

use scenes::{SCENES, experiment};

/// Engines with the tolerance that their traces have to agree with the reference engine's within.
const ENGINES: [(&str, f64); 7] = [
    ("reference", 0.0),
    ("cpu", 2e-9),
    ("cpu-mixed", 2e-5),
    ("cuda", 2e-9),
    ("cuda-mixed", 2e-5),
    ("cuda-host", 2e-9),
    ("cuda-host-mixed", 2e-5),
];

/// Inputs that change, and the variable that shows it first.
const CHANGES: [(&str, &str, &str); 11] = [
    ("-lambda 1.1", "-lambda 1.1001", "wavelength"),
    ("-distance 60", "-distance 60.01", "position"),
    ("-point_pixel", "", "omega"),
    ("-hdivrange 2 -hdivsteps 2", "-hdivrange 2.001 -hdivsteps 2", "incident"),
    ("-nopolar", "-polar 0.7", "polarization"),
    ("-mosaic 0.6 -mosaic_dom 3", "-mosaic 0.601 -mosaic_dom 3", "cell"),
    ("-osc 1 -phisteps 2 -phi 1", "-osc 1.001 -phisteps 2 -phi 1", "phi"),
    ("-Nb 5", "-Nb 6", "f_latt"),
    ("-default_F 9", "-default_F 9.001", "f_cell"),
    ("-flux 1e12", "-flux 1.001e12", "fluence"),
    ("-phisteps 2 -osc 1", "-phisteps 3 -osc 1", "phi_steps"),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = files::trials();
    for (scene, more) in SCENES {
        for (label, tolerance) in ENGINES {
            trials.push(trial(format!("trace::{scene}::{label}::sum"), label, move |engine| {
                let experiment = experiment(more)?;
                pixels(engine, &experiment)?
                    .into_iter()
                    .try_for_each(|pixel| chain::check(engine, &experiment, pixel))
            }));
            trials.push(trial(format!("trace::{scene}::{label}::agrees"), label, move |engine| {
                let experiment = experiment(more)?;
                agrees(engine, &experiment, tolerance)
            }));
            trials.push(trial(format!("trace::{scene}::{label}::fields"), label, move |engine| {
                let experiment = experiment(more)?;
                pixels(engine, &experiment)?
                    .into_iter()
                    .try_for_each(|pixel| fields::check(engine, &experiment, pixel))
            }));
        }
    }
    for case in nanobragg_conformance::cases::read(&folder()).unwrap_or_default() {
        for (label, _) in ENGINES {
            let case = case.clone();
            let name = format!("trace::golden::{}::{label}", case.name);
            trials.push(trial(name, label, move |engine| {
                let experiment = run::command_line(&case, &folder())?.resolve()?;
                let brightest = pixels(engine, &experiment)?[2];
                chain::check(engine, &experiment, brightest)
            }));
        }
    }
    for (label, tolerance) in ENGINES {
        trials.push(trial(format!("trace::stopped::{label}"), label, stopped));
        trials.push(trial(format!("trace::fields::{label}"), label, fields::bites));
        trials.push(trial(format!("trace::culled::{label}"), label, move |engine| {
            culled(engine, tolerance)
        }));
    }
    trials.push(trial("trace::one-term::cpu-mixed".to_owned(), "cpu-mixed", one_term));
    for (before, after, variable) in CHANGES {
        for (label, _) in ENGINES {
            let change = before.split(' ').next().unwrap_or_default().trim_start_matches('-');
            let name = format!("trace::names::{change}::{label}");
            trials.push(trial(name, label, move |engine| names(engine, [before, after], variable)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A test of an engine, ignored where there is none.
fn trial(
    name: String,
    label: &'static str,
    test: impl FnOnce(&dyn Engine) -> Result<(), Failed> + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || {
        let engine: Renderer = match engine(label) {
            Ok(engine) => engine,
            Err(reason) => return Ok(Completion::ignored_with(reason)),
        };
        test(engine.as_ref()).map(|()| Completion::Completed)
    })
}

/// Keeps the lines of a trace.
struct Keep {
    pixel: [usize; 2],
    lines: Vec<Line>,
}

impl Observer for Keep {
    fn traced(&self) -> Option<[usize; 2]> {
        Some(self.pixel)
    }

    fn trace(&mut self, line: &Line) {
        self.lines.push(line.clone());
    }
}

/// Says stop once a line has been told.
struct Stop {
    lines: usize,
}

impl Observer for Stop {
    fn progress(&mut self, _: u64, _: u64) -> ControlFlow<()> {
        if self.lines > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn traced(&self) -> Option<[usize; 2]> {
        Some([22, 12])
    }

    fn trace(&mut self, _: &Line) {
        self.lines += 1;
    }
}

/// A trace ends soon where the observer says so.
fn stopped(engine: &dyn Engine) -> Result<(), Failed> {
    let mut stop = Stop { lines: 0 };
    match engine.render(&experiment(scenes::MANY_STEPS)?, &mut stop) {
        Err(Error::Cancelled) if stop.lines < 3000 => Ok(()),
        Err(Error::Cancelled) => Err(format!("it told {} lines", stop.lines).into()),
        Err(other) => Err(other.into()),
        Ok(_) => Err("it went on".into()),
    }
}

/// Of pixels of one term some are in single precision up to their photons, and those near a zero of
/// the interference function are not; each is what was traced.
fn one_term(engine: &dyn Engine) -> Result<(), Failed> {
    for more in ["-N 5", "-Na 4 -Nb 3 -Nc 4 -nopolar", "-N 6 -water 30 -point_pixel"] {
        let experiment =
            experiment(&format!("-default_F 9 -distance 600 -lambda 2.1 -oversample 1 {more}"))?;
        let (mut singles, mut doubles) = (0, 0);
        for slow in 0..32 {
            for fast in 0..32 {
                chain::check(engine, &experiment, [fast, slow])?;
                match traced(engine, &experiment, [fast, slow])?.1.last() {
                    Some(Line::Pixel(end)) if end.working.one_term.is_some() => singles += 1,
                    _ => doubles += 1,
                }
            }
        }
        if singles < 200 || doubles == 0 {
            return Err(format!("{more}: {singles} in single, {doubles} in double").into());
        }
    }
    Ok(())
}

/// An image, and the trace of one of its pixels (fast, slow).
fn traced(
    engine: &dyn Engine,
    experiment: &Experiment,
    pixel: [usize; 2],
) -> Result<(Rendered, Vec<Line>), Failed> {
    let mut keep = Keep { pixel, lines: Vec::new() };
    let rendered = engine.render(experiment, &mut keep)?;
    Ok((rendered, keep.lines))
}

/// Some pixels (fast, slow) of an image: the first one, one in the last tile, the brightest one, and
/// one halfway.
fn pixels(engine: &dyn Engine, experiment: &Experiment) -> Result<Vec<[usize; 2]>, Failed> {
    let mut unwatched = nanobragg_reference::engine::Unobserved;
    let image = engine.render(experiment, &mut unwatched)?.image;
    let (slow, fast) = image.dim();
    let brightest = image.indexed_iter().max_by(|a, b| a.1.total_cmp(b.1));
    let ((brightest_slow, brightest_fast), _) = brightest.ok_or("an empty image")?;
    Ok(vec![[0, 0], [fast - 1, slow - 1], [brightest_fast, brightest_slow], [fast / 2, slow / 3]])
}

/// Traces agree with those of the reference engine: no variable differs, no line is missing.
fn agrees(engine: &dyn Engine, experiment: &Experiment, tolerance: f64) -> Result<(), Failed> {
    let reference = nanobragg_reference::ReferenceEngine;
    // Where the image is bright: elsewhere a pixel is nothing but the last digits of its terms.
    let pixel = pixels(&reference, experiment)?[2];
    let folder = tempfile::tempdir()?;
    let paths = ["reference", "engine"].map(|name| folder.path().join(format!("{name}.jsonl")));
    scenes::write(&paths[0], &traced(&reference, experiment, pixel)?.1)?;
    scenes::write(&paths[1], &traced(engine, experiment, pixel)?.1)?;
    let found = compare(&paths[0], &paths[1], tolerance)?;
    if let Some(first) = found.first {
        return Err(format!("pixel {pixel:?}: {first}").into());
    }
    if let Some((name, tally)) = found.variables.iter().find(|(_, tally)| tally.alone != [0, 0]) {
        return Err(format!("{name}: {tally:?}").into());
    }
    let table = experiment.structure.factors.as_ref().map(|_| "in_table");
    for name in COMPARED.into_iter().chain(table) {
        let compared = |(known, tally): &(String, Tally)| known == name && tally.compared > 0;
        if !found.variables.iter().any(compared) {
            return Err(format!("{name} was not compared").into());
        }
    }
    Ok(())
}

/// Variables that have a value in the trace of each bright pixel.
const COMPARED: [&str; 28] = [
    "domains",
    "along_fast",
    "along_slow",
    "position",
    "airpath",
    "diffracted",
    "omega",
    "parallax",
    "capture",
    "incident",
    "wavelength",
    "scattering",
    "stol",
    "culled",
    "polarization",
    "phi",
    "cell",
    "hkl",
    "nearest",
    "fraction",
    "f_latt",
    "f_latt_squared",
    "interpolated",
    "f_cell",
    "f_cell_squared",
    "term",
    "sum",
    "photons",
];

/// Rays and sources agree with those of the reference engine in pixels some sources of which, or all,
/// are culled.
fn culled(engine: &dyn Engine, tolerance: f64) -> Result<(), Failed> {
    let reference = nanobragg_reference::ReferenceEngine;
    let folder = tempfile::tempdir()?;
    let paths = ["reference", "engine"].map(|name| folder.path().join(format!("{name}.jsonl")));
    let seen = |line: &Line| matches!(line, Line::Header(_) | Line::Ray(_) | Line::Source(_));
    let (mut gone, mut left) = (0, 0);
    for more in ["", " -oversample_polar -oversample_omega -nopolar", " -dispersion 1 -dispsteps 3"]
    {
        let limit = "-default_F 9 -dmin 18 -oversample 2 -hdivrange 60 -hdivsteps 3";
        let experiment = experiment(&format!("{limit}{more}"))?;
        for pixel in [[0, 0], [21, 3], [21, 18], [30, 12], [42, 36]] {
            for (path, engine) in paths.iter().zip([&reference as &dyn Engine, engine]) {
                let mut lines = traced(engine, &experiment, pixel)?.1;
                lines.retain(seen);
                for line in &lines {
                    if let Line::Source(source) = line {
                        *if source.culled { &mut gone } else { &mut left } += 1;
                    }
                }
                lines.push(Line::Pixel(Box::default()));
                scenes::write(path, &lines)?;
            }
            if let Some(first) = compare(&paths[0], &paths[1], tolerance)?.first {
                return Err(format!("{more}: pixel {pixel:?}: {first}").into());
            }
        }
    }
    if gone < 40 || left < 40 {
        return Err(format!("{gone} culled, {left} left").into());
    }
    Ok(())
}

/// The first variable that differs tells which input has changed.
fn names(engine: &dyn Engine, changes: [&str; 2], variable: &str) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut paths = Vec::new();
    for (number, change) in changes.into_iter().enumerate() {
        let path = folder.path().join(format!("{number}.jsonl"));
        let experiment = experiment(&format!("-default_F 9 {change}"))?;
        scenes::write(&path, &traced(engine, &experiment, [20, 11])?.1)?;
        paths.push(path);
    }
    match compare(&paths[0], &paths[1], 1e-9)?.first {
        Some(Difference::Variable { name, .. }) if name == variable => Ok(()),
        Some(other) => Err(format!("{other} instead of {variable}").into()),
        None => Err("nothing differs".into()),
    }
}

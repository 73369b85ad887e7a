//! A whole run with a fault, or without.

use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use nanobragg_reference::host::Host;
use nanobragg_reference::output::{self, Finished};
use nanobragg_reference::report::Report;
use nanobragg_reference::resolve::Job;
use nanobragg_reference::run::{Watch, prepare};
use nanobragg_reference::{Engine, Error, Experiment, Request, Result};

use super::{Fault, Made, Model, Stage, options};
use crate::cases::Kind;

/// What a run leaves behind beside its files.
#[derive(Debug)]
pub struct Run {
    /// Standard output.
    pub report: String,
    /// What is said on standard error at the end, or why the run ended early.
    pub finished: Result<Finished>,
    /// What was rendered, where the request could be resolved.
    pub experiment: Option<Experiment>,
}

/// Runs a command line in a directory, with a fault or without, rendered by [`Model`]. Relative
/// file names start from the directory; the clock stands at 0.
pub fn run(fault: Option<&Fault>, mut arguments: Vec<String>, directory: &Path) -> Run {
    let stage = fault.map(|fault| fault.stage);
    match stage {
        Some(Stage::Arguments(change)) => change(&mut arguments),
        Some(Stage::Quirk(quirk)) => options::turn_off(&mut arguments, quirk),
        _ => (),
    }
    let host = Host { directory: directory.to_owned(), ..Host::at(0) };
    let mut report = Report::collect();
    let mut experiment = None;
    let finished = Inputs::spoil(stage, directory).and_then(|inputs| {
        let finished = perform(stage, arguments, &host, &mut report, &mut experiment);
        inputs.restore().and(finished)
    });
    let mut text = report.text().to_owned();
    if let Some(Stage::Report(change)) = stage {
        change(&mut text);
    }
    Run { report: text, finished, experiment }
}

/// The steps of [`nanobragg_reference::run::run`], each with its faults.
fn perform(
    stage: Option<Stage>,
    arguments: Vec<String>,
    host: &Host,
    report: &mut Report<'_>,
    experiment: &mut Option<Experiment>,
) -> Result<Finished> {
    let request = Request::parse(&arguments)?;
    let mut job = prepare(&request, host, report)?;
    if let Some(Stage::Resolved(change)) = stage {
        change(&mut job, &arguments);
    }
    let experiment = &*experiment.insert(job.experiment.clone());
    affordable(experiment)?;
    let engine = match stage {
        Some(Stage::Pixel(fault)) => Model::with(fault),
        _ => Model::default(),
    };
    let mut go_on = |_, _| ControlFlow::Continue(());
    let mut watch = Watch::new(&job, report, &mut go_on);
    let mut rendered = engine.render(experiment, &mut watch)?;
    if let Some(Stage::Rendered(change)) = stage {
        change(&mut rendered, experiment);
    }
    let outputs = job.outputs.clone();
    let written = match stage {
        Some(Stage::File(kind, _)) => written(&job, kind),
        _ => None,
    };
    let finished = output::write(job, &rendered, host, report)?;
    if let (Some(Stage::File(_, change)), Some(name)) = (stage, written) {
        let made = Made { experiment, outputs: &outputs, rendered: &rendered };
        rewrite(&host.locate(&name), |bytes| change(bytes, &made))?;
    }
    Ok(finished)
}

/// Evaluations that a run with a fault may take: some ten times what the longest clause takes.
const EVALUATIONS: f64 = 5e8;

/// Refuses a request that a fault has made endless, such as one whose refusal it takes away.
fn affordable(experiment: &Experiment) -> Result<()> {
    let evaluations = f64::from(experiment.sampling.steps)
        * experiment.detector.sensor.layers as f64
        * experiment.detector.roi_pixels() as f64;
    if evaluations <= EVALUATIONS {
        return Ok(());
    }
    Err(Error::Impossible(format!("{evaluations:e} evaluations are too many for a faulty run")))
}

/// The output file of a kind, where the job writes one.
fn written(job: &Job, kind: Kind) -> Option<PathBuf> {
    let outputs = &job.outputs;
    match kind {
        Kind::Float => Some(outputs.float.clone()),
        Kind::Int => Some(outputs.int.clone()),
        Kind::Pgm => outputs.write_pgm.then(|| outputs.pgm.clone()),
        Kind::Noise => outputs.calculate_noise.then(|| outputs.noise.clone()),
        Kind::Fdump => job.experiment.structure.factors.as_ref().and(job.dump.clone()),
        Kind::Stdout => None,
    }
}

/// Changes the contents of a file. Returns what it held, and what it holds.
fn rewrite(path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> Result<(Vec<u8>, Vec<u8>)> {
    let old = std::fs::read(path).map_err(|error| Error::reading(path, error))?;
    let mut new = old.clone();
    change(&mut new);
    std::fs::write(path, &new).map_err(|error| Error::writing(path, error))?;
    Ok((old, new))
}

/// Input files that a fault has changed for the time of a run.
struct Inputs(Vec<(PathBuf, Vec<u8>, Vec<u8>)>);

impl Inputs {
    /// Changes the files that the fault is about.
    fn spoil(stage: Option<Stage>, directory: &Path) -> Result<Inputs> {
        let mut inputs = Inputs(Vec::new());
        let Some(Stage::Input(ending, change)) = stage else {
            return Ok(inputs);
        };
        let failed = |error| Error::reading(directory, error);
        for entry in std::fs::read_dir(directory).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_file() && path.extension() == Some(OsStr::new(ending)) {
                let (old, new) = rewrite(&path, change)?;
                inputs.0.push((path, old, new));
            }
        }
        Ok(inputs)
    }

    /// Puts the old contents back, unless the run has written a file of its own in the place.
    fn restore(self) -> Result<()> {
        for (path, old, new) in self.0 {
            rewrite(&path, |bytes| {
                if *bytes == new {
                    *bytes = old;
                }
            })?;
        }
        Ok(())
    }
}

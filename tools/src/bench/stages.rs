//! Where the time of a whole run goes.

use std::time::Instant;

use nanobragg_conformance::engines::C;
use nanobragg_reference::engine::{Rendered, Unobserved};
use nanobragg_reference::host::Host;
use nanobragg_reference::report::Report;
use nanobragg_reference::resolve::{Job, resolve};
use nanobragg_reference::{Request, output};
use serde::{Deserialize, Serialize};

use super::contender::Contender;
use super::statistics::median;
use super::{Error, Result};

/// Times that each stage is measured; the median counts.
const ROUNDS: usize = 3;

/// Switches the noise image on, also behind `-nonoise`.
const NOISE: [&str; 2] = ["-noisefile", "noiseimage.img"];

/// One stage of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// How long it takes, s.
    pub seconds: f64,
}

/// The stages of a contender's run. The noise image is serial by nature, as each pixel draws from
/// one random stream where the pixel before it stopped; it is a stage of its own, and no other
/// measurement contains it.
///
/// # Errors
/// A rendering or a process that fails.
pub fn profile(contender: &mut Contender) -> Result<Vec<Stage>> {
    if contender.label == C { of_process(contender) } else { of_engine(contender) }
}

/// Stages of an engine within this process.
fn of_engine(contender: &Contender) -> Result<Vec<Stage>> {
    let Some(engine) = contender.engine() else { return Ok(Vec::new()) };
    let host = Host { directory: contender.directory().to_owned(), ..Host::at(0) };
    let (quiet, mut noisy) = (contender.arguments().to_vec(), contender.arguments().to_vec());
    noisy.extend(NOISE.map(str::to_owned));
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        let (reading, job) = timed(|| read(&quiet, &host))?;
        let (rendering, rendered) =
            timed(|| engine.render(&job.experiment, &mut Unobserved).map_err(Error::run))?;
        let (writing, ()) = timed(|| write(job, &rendered, &host))?;
        let job = read(&noisy, &host)?;
        let (all, ()) = timed(|| write(job, &rendered, &host))?;
        for (times, seconds) in times.iter_mut().zip([reading, rendering, writing, all - writing]) {
            times.push(seconds);
        }
    }
    let names = [
        "arguments and experiment",
        "plan and pixels",
        "statistics, float and integer files",
        "noise image",
    ];
    Ok(stages(names, &times))
}

/// Stages of the C program, by differences of processes.
fn of_process(contender: &mut Contender) -> Result<Vec<Stage>> {
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        let mut run = |more: &[&str]| contender.process(more).map(Option::unwrap_or_default);
        let (one, all) = (run(&["-roi", "0", "0", "0", "0"])?, run(&[])?);
        let noisy = run(&NOISE)?;
        for (times, seconds) in times.iter_mut().zip([one, all - one, noisy - all]) {
            times.push(seconds);
        }
    }
    let names = ["start, arguments, float and integer files", "plan and pixels", "noise image"];
    Ok(stages(names, &times))
}

fn stages<const N: usize>(names: [&str; N], times: &[Vec<f64>; N]) -> Vec<Stage> {
    let stage = |(name, times): (&str, &Vec<f64>)| {
        Some(Stage { name: name.into(), seconds: median(times)?.max(0.0) })
    };
    names.into_iter().zip(times).filter_map(stage).collect()
}

fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let start = Instant::now();
    let value = work()?;
    Ok((start.elapsed().as_secs_f64(), value))
}

fn read(arguments: &[String], host: &Host) -> Result<Job> {
    let request = Request::parse(arguments).map_err(Error::run)?;
    resolve(&request, host, &mut Report::collect()).map_err(Error::run)
}

fn write(job: Job, rendered: &Rendered, host: &Host) -> Result<()> {
    output::write(job, rendered, host, &mut Report::collect()).map(drop).map_err(Error::run)
}

#[cfg(test)]
mod tests {
    use super::profile;
    use crate::bench::contender::{Budget, Contender};
    use crate::bench::names::Threads;
    use crate::bench::programs::Programs;
    use crate::bench::suites::{Selection, select};

    #[test]
    fn an_engine_has_four_stages_and_the_noise_is_the_last() {
        let suites = vec!["large".into()];
        let selection = Selection { suites, sizes: vec![64], ..Selection::default() };
        let workload = &select(&selection).expect("a suite")[0];
        let programs = Programs { nanobragg: None, c: None, c_threads: false, cores: 2 };
        let budget = Budget { c: 1, reference: 1 };
        let one = ("reference", Threads::Count(1));
        let mut contender = Contender::new(workload, one, &programs, budget).expect("one");
        assert_eq!(contender.pixels, 64 * 64);
        let stages = profile(&mut contender).expect("stages");
        assert_eq!((stages.len(), stages[3].name.as_str()), (4, "noise image"));
        assert!(stages[1].seconds > 0.0);
        assert!(contender.directory().join("noiseimage.img").is_file());
    }
}

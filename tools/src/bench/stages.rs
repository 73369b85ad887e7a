//! Where the time of a whole run goes.

use std::time::Instant;

use nanobragg_conformance::engines::C;
use nanobragg_reference::Request;
use nanobragg_reference::engine::{Rendered, Unobserved};
use nanobragg_reference::host::Host;
use nanobragg_reference::output::{File, Rehearsal};
use nanobragg_reference::report::Report;
use nanobragg_reference::resolve::{Job, resolve};
use serde::{Deserialize, Serialize};

use super::contender::Contender;
use super::statistics::median;
use super::{Error, Result};

/// Times that each stage is measured; the median counts.
const ROUNDS: usize = 3;

/// Switches the noise image and the PGM on, also behind `-nonoise` and `-nopgm`.
const NOISE: [&str; 2] = ["-noisefile", "noiseimage.img"];
const IMAGES: [&str; 4] = ["-noisefile", "noiseimage.img", "-pgmfile", "image.pgm"];

/// A single pixel.
const PIXEL: [&str; 5] = ["-roi", "0", "0", "0", "0"];

/// One stage of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// How long it takes, s.
    pub seconds: f64,
}

/// The stages of a contender's run, one after the other, and the time of a whole process that
/// writes all images. Where the files of a large image are written side by side, as ours are, that
/// process takes less than its stages do. The noise image is serial by nature, as each pixel draws
/// from one random stream where the pixel before it stopped; no other measurement contains it.
///
/// # Errors
/// A rendering or a process that fails.
pub fn profile(contender: &mut Contender) -> Result<(Vec<Stage>, Option<f64>)> {
    let stages = if contender.label == C { of_process(contender)? } else { of_engine(contender)? };
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        times.extend(contender.process(&IMAGES)?);
    }
    Ok((stages, median(&times)))
}

/// Stages of an engine within this process.
fn of_engine(contender: &Contender) -> Result<Vec<Stage>> {
    let Some(engine) = contender.engine() else { return Ok(Vec::new()) };
    let directory = contender.directory().to_owned();
    let host = Host { directory, threads: contender.threads, ..Host::at(0) };
    let with = |more: &[&str]| {
        let own = contender.arguments().iter().map(String::as_str);
        read(own.chain(more.iter().copied()), &host)
    };
    let render = |job: &Job| engine.render(&job.experiment, &mut Unobserved).map_err(Error::run);
    let mut times = [const { Vec::new() }; 8];
    for _ in 0..ROUNDS {
        let (reading, mut job) = timed(|| with(&IMAGES))?;
        let pixel = with(&PIXEL)?;
        let (planning, _) = timed(|| render(&pixel))?;
        let (rendering, rendered) = timed(|| render(&job))?;
        let pixels = rendering - planning;
        let mut stages = vec![reading, planning, pixels];
        stages.extend(writing(&mut job, &rendered, &host)?);
        for (times, seconds) in times.iter_mut().zip(stages) {
            times.push(seconds);
        }
    }
    let names = [
        "arguments and experiment",
        "plan and one pixel",
        "pixels",
        "statistics",
        "float image",
        "integer image",
        "PGM",
        "noise image",
    ];
    Ok(stages(names, &times))
}

/// The statistics and the files, one by one.
fn writing(job: &mut Job, rendered: &Rendered, host: &Host) -> Result<[f64; 5]> {
    let files = Rehearsal::new(job, rendered, host);
    let (statistics, _) = timed(|| Ok(*files.statistics()))?;
    let write = |file| timed(|| files.write(file).map_err(Error::run)).map(|(seconds, _)| seconds);
    Ok([statistics, write(File::Float)?, write(File::Int)?, write(File::Pgm)?, write(File::Noise)?])
}

/// Stages of the C program, by differences of processes: those that were measured already, and one
/// that writes the noise image.
fn of_process(contender: &mut Contender) -> Result<Vec<Stage>> {
    let mut noisy = Vec::new();
    for _ in 0..ROUNDS {
        noisy.extend(contender.process(&NOISE)?);
    }
    let samples = &contender.samples;
    let times = [&samples.empty, &samples.cold, &noisy].map(|times| median(times));
    let [Some(one), Some(all), Some(noisy)] = times else { return Ok(Vec::new()) };
    let names = ["start, float and integer images", "pixels and statistics", "noise image"];
    Ok(stages(names, &[vec![one], vec![all - one], vec![noisy - all]]))
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

fn read<'a>(arguments: impl IntoIterator<Item = &'a str>, host: &Host) -> Result<Job> {
    let request = Request::parse(arguments).map_err(Error::run)?;
    resolve(&request, host, &mut Report::collect()).map_err(Error::run)
}

#[cfg(test)]
mod tests {
    use super::profile;
    use crate::bench::contender::{Budget, Contender};
    use crate::bench::names::Threads;
    use crate::bench::programs::Programs;
    use crate::bench::suites::{Selection, select};

    #[test]
    fn an_engine_has_a_stage_for_each_file_and_leaves_none() {
        let suites = vec!["large".into()];
        let selection = Selection { suites, sizes: vec![64], ..Selection::default() };
        let workload = &select(&selection).expect("a suite")[0];
        let programs = Programs { nanobragg: None, c: None, c_threads: false, cores: 2 };
        let budget = Budget { c: 1, reference: u64::MAX, cpu: u64::MAX };
        let one = ("reference", Threads::Count(1));
        let mut contender = Contender::new(workload, one, &programs, budget).expect("one");
        assert_eq!(contender.pixels, 64 * 64);
        let (stages, all_images) = profile(&mut contender).expect("stages");
        let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(
            names[3..],
            ["statistics", "float image", "integer image", "PGM", "noise image"]
        );
        assert!(stages.iter().skip(2).all(|stage| stage.seconds > 0.0), "{stages:?}");
        // Nothing runs as a process here.
        assert_eq!(all_images, None);
        let left = std::fs::read_dir(contender.directory()).expect("a directory").count();
        assert_eq!(left, 0);
    }
}

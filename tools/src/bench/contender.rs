//! A contender: an engine or the C program with a number of threads, on one workload.

use std::time::Instant;

use nanobragg_conformance::engines::{C, Renderer};
use nanobragg_optimized::CudaEngine;
use nanobragg_optimized::cuda::Traffic;
use nanobragg_reference::engine::Unobserved;
use nanobragg_reference::{Engine, Experiment};
use ndarray::Array2;
use tempfile::TempDir;

use super::budget::Cost;
use super::engines;
use super::names::{self, Threads};
use super::process::{self, Program};
use super::programs::Programs;
use super::suites::{Kind, Workload, region};
use super::{Error, Result, check};

/// What a process takes beside plan and pixels, s, about: its start and small files.
const START: f64 = 0.005;

/// Steps that a contender takes at most; where a workload has more, it renders a strip.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// The C program, where it need not render all pixels.
    pub c: u64,
    /// The reference engine.
    pub reference: u64,
    /// The batched engines on the processor.
    pub cpu: u64,
}

impl Budget {
    /// The region that a contender renders: xmin, xmax, ymin, ymax.
    pub(super) fn region(
        &self,
        workload: &Workload,
        label: &str,
        steps_per_pixel: u64,
    ) -> [usize; 4] {
        let limit = match (label, workload.template.kind) {
            (_, Kind::Processes)
            | (C, Kind::Render { whole: true } | Kind::Portable | Kind::Profile) => u64::MAX,
            (C, _) => self.c,
            ("reference", _) => self.reference,
            _ if label.starts_with("cpu") => self.cpu,
            _ => u64::MAX,
        };
        region(workload.size, steps_per_pixel, limit)
    }
}

/// Times of a contender, s; one element for each round.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Renderings within this process.
    pub warm: Vec<Vec<f64>>,
    /// Whole processes.
    pub cold: Vec<f64>,
    /// Whole processes of the C program that render a single pixel.
    pub empty: Vec<f64>,
    /// The largest resident memory of a process.
    pub peak_bytes: Option<u64>,
    /// Evaluations of one rendering that were done by the C program's own expressions.
    pub guarded: Option<u64>,
    /// The GPU's own time of each rendering, s.
    pub device: Vec<f64>,
}

/// An engine within this process.
enum Contestant {
    Any(Renderer),
    /// One that tells what it does on its GPU.
    Gpu(CudaEngine),
}

impl Contestant {
    fn engine(&self) -> &dyn Engine {
        match self {
            Contestant::Any(engine) => engine.as_ref(),
            Contestant::Gpu(engine) => engine,
        }
    }
}

/// One engine with a number of threads on one workload.
pub struct Contender {
    /// The engine's label.
    pub label: String,
    /// The number of threads.
    pub threads: usize,
    /// The name of its entry.
    pub name: String,
    /// What it renders.
    pub experiment: Experiment,
    /// The region that it renders: xmin, xmax, ymin, ymax.
    pub region: [usize; 4],
    /// Pixels in it.
    pub pixels: u64,
    /// Steps of one rendering, sensor layers counted.
    pub steps: u64,
    /// Steps of the whole detector.
    pub all_steps: u64,
    /// What was measured.
    pub samples: Samples,
    engine: Option<Contestant>,
    program: Option<Program>,
    /// The time of the process that gave the image, s.
    first_process: Option<f64>,
    arguments: Vec<String>,
    directory: TempDir,
}

impl Contender {
    /// Prepares one.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where there is no such engine, with the reason; a command line that
    /// is refused.
    pub fn new(
        workload: &Workload,
        (label, threads): (&str, Threads),
        programs: &Programs,
        budget: Budget,
    ) -> Result<Contender> {
        let count = threads.count(programs.cores);
        let kind = workload.template.kind;
        let engine = match kind {
            _ if label == C => None,
            Kind::Portable if label != "reference" => {
                Some(engines::portable(label, count).map(Contestant::Any))
            }
            _ => match engines::gpu(label) {
                Some(engine) => Some(engine.map(Contestant::Gpu)),
                None => Some(engines::engine(label, count).map(Contestant::Any)),
            },
        };
        let engine = engine.transpose().map_err(Error::Unavailable)?;
        let whole = workload.line.resolve().map_err(Error::run)?;
        let steps_per_pixel = steps_per_pixel(&whole);
        let region = budget.region(workload, label, steps_per_pixel);
        let is_whole = pixels_of(region) == workload.size.pow(2) as u64;
        let mut line = workload.line.clone();
        let mut experiment = whole;
        if !is_whole {
            line.arguments.push("-roi".into());
            line.arguments.extend(region.iter().map(usize::to_string));
            experiment = line.resolve().map_err(Error::run)?;
        }
        let program = match kind {
            // What chooses the instructions is no option of the program.
            Kind::Portable if label != "reference" && label != C => None,
            // The process of a strip tells nothing of ours that its rendering does not tell.
            _ if label != C && !(is_whole && workload.template.processes) => None,
            _ => programs.of(label, count)?,
        };
        let pixels = experiment.detector.roi_pixels();
        Ok(Contender {
            label: label.to_owned(),
            threads: count,
            name: names::entry(workload.template.name, workload.size, label, threads),
            region,
            pixels,
            steps: pixels * steps_per_pixel,
            all_steps: experiment.detector.count() as u64 * steps_per_pixel,
            experiment,
            samples: Samples::default(),
            engine: engine.filter(|_| kind != Kind::Processes),
            program,
            first_process: None,
            directory: line.prepare().map_err(Error::run)?,
            arguments: line.arguments,
        })
    }

    /// Renders once within this process: the time, and the image. `None` for what runs as a
    /// process only.
    ///
    /// # Errors
    /// What the engine refuses.
    pub fn render(&mut self) -> Result<Option<(f64, Array2<f32>)>> {
        let Some(engine) = &self.engine else { return Ok(None) };
        let start = Instant::now();
        let rendered =
            engine.engine().render(&self.experiment, &mut Unobserved).map_err(Error::run)?;
        let seconds = start.elapsed().as_secs_f64();
        self.samples.guarded = Some(rendered.guarded);
        Ok(Some((seconds, rendered.image)))
    }

    /// What a turn of it takes, behind [`Contender::image`]: by a rendering, or by the process that
    /// gave the image.
    ///
    /// # Errors
    /// What the engine refuses.
    pub fn cost(&mut self) -> Result<Cost> {
        let rendering = self.render()?.map_or(0.0, |(seconds, _)| seconds);
        let processes = match (&self.program, self.first_process) {
            (None, _) => 0.0,
            (Some(_), Some(seconds)) => seconds,
            (Some(_), None) => rendering + START,
        };
        Ok(Cost { rendering, processes })
    }

    /// One round: so many renderings, and a process.
    ///
    /// # Errors
    /// A rendering or a process that fails.
    pub fn round(&mut self, repeats: usize) -> Result<()> {
        if self.engine.is_some() {
            let mut times = Vec::with_capacity(repeats);
            for _ in 0..repeats {
                let before = self.traffic();
                times.extend(self.render()?.map(|(seconds, _)| seconds));
                if let Some((before, after)) = before.zip(self.traffic()) {
                    let nanoseconds = after.kernel_nanoseconds - before.kernel_nanoseconds;
                    self.samples.device.push(nanoseconds as f64 * 1e-9);
                }
            }
            self.samples.warm.push(times);
        }
        if let Some(seconds) = self.process(&[])? {
            self.samples.cold.push(seconds);
        }
        if self.label == C
            && let Some(seconds) = self.process(&["-roi", "0", "0", "0", "0"])?
        {
            self.samples.empty.push(seconds);
        }
        Ok(())
    }

    /// Runs a process with further arguments and takes its time.
    ///
    /// # Errors
    /// A process that fails.
    pub fn process(&mut self, more: &[&str]) -> Result<Option<f64>> {
        let Some(program) = &self.program else { return Ok(None) };
        let mut arguments = self.arguments.clone();
        arguments.extend(more.iter().map(|&argument| argument.to_owned()));
        let usage = process::measure(program, &arguments, self.directory.path())?;
        if more.is_empty() {
            self.samples.peak_bytes = self.samples.peak_bytes.max(usage.peak_bytes);
        }
        Ok(Some(usage.seconds))
    }

    /// The image: rendered, or that which a process writes.
    ///
    /// # Errors
    /// A rendering or a process that fails.
    pub fn image(&mut self) -> Result<Array2<f32>> {
        if let Some((_, image)) = self.render()? {
            return Ok(image);
        }
        let process = self.process(&[])?;
        self.first_process = process;
        process
            .ok_or_else(|| Error::Unavailable("nanobragg does not lie beside nb-bench".into()))?;
        let path = self.directory.path().join("floatimage.bin");
        let bytes = std::fs::read(&path).map_err(Error::file(&path))?;
        let [fast, _] = self.experiment.detector.pixels;
        check::square(&bytes, fast).map_err(Error::Run)
    }

    /// Whether it renders the whole detector.
    pub fn is_whole(&self) -> bool {
        self.pixels == self.experiment.detector.count() as u64
    }

    /// The engine within this process.
    pub fn engine(&self) -> Option<&dyn Engine> {
        self.engine.as_ref().map(Contestant::engine)
    }

    /// What the engine has moved and held on its GPU.
    pub fn traffic(&self) -> Option<Traffic> {
        match &self.engine {
            Some(Contestant::Gpu(engine)) => Some(engine.traffic()),
            _ => None,
        }
    }

    /// Multiply-adds a second that the engine's GPU can do in its precision.
    pub fn gpu_rate(&self) -> Option<f64> {
        match &self.engine {
            Some(Contestant::Gpu(engine)) => engine.peak(),
            _ => None,
        }
    }

    /// The arguments that it was given.
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// The directory with its inputs.
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }
}

/// Pixels of a region.
pub(super) fn pixels_of([left, right, low, high]: [usize; 4]) -> u64 {
    ((right + 1 - left) * (high + 1 - low)) as u64
}

/// Steps of one pixel, sensor layers counted.
pub(super) fn steps_per_pixel(experiment: &Experiment) -> u64 {
    experiment.sampling.steps.unsigned_abs() as u64 * experiment.detector.sensor.layers as u64
}

#[cfg(test)]
mod tests {
    use super::{Budget, Contender};
    use crate::bench::names::Threads;
    use crate::bench::programs::Programs;
    use crate::bench::suites::{Selection, select};

    #[test]
    fn the_reference_engine_renders_a_strip_within_its_budget() {
        let suites = vec!["absorption".into()];
        let selection = Selection { suites, sizes: vec![16], ..Selection::default() };
        let workload = &select(&selection).expect("a suite")[0];
        let programs = Programs { nanobragg: None, c: None, c_threads: false, cores: 2 };
        let budget = Budget { c: 10_000, reference: 640, cpu: u64::MAX };
        let one = ("reference", Threads::Count(1));
        let mut contender = Contender::new(workload, one, &programs, budget).expect("a contender");
        assert_eq!((contender.region, contender.pixels), ([7, 8, 0, 15], 32));
        assert_eq!(contender.steps, 640);
        let (_, image) = contender.render().expect("a rendering").expect("an engine");
        assert!(image[[8, 8]] > 0.0 && image[[8, 0]] == 0.0);
        for missing in [("c", Threads::Count(1)), ("reference", Threads::Cores)] {
            assert!(Contender::new(workload, missing, &programs, budget).is_err());
        }
    }
}

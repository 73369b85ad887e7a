//! How long a workload will take, before it is measured.

use nanobragg_conformance::engines::C;
use nanobragg_reference::Experiment;

use super::budget::{Cost, Limits};
use super::contender::{Budget, pixels_of, steps_per_pixel};
use super::names::Threads;
use super::pairs::{once, pairs};
use super::programs::Programs;
use super::suites::{Kind, Workload};
use super::{Error, Result};

/// Start and end of a process, and the files of one pixel, s.
const PROCESS: f64 = 0.005;
const FILES: f64 = 10e-9;

/// What is beside the contenders' turns: the arguments, the experiments, the pools of threads and
/// the small loops of fused multiply-adds, s.
const REST: f64 = 0.3;

/// All images of the suite `large`, for one pixel, and how often they are made in its profile.
const IMAGES: f64 = 80e-9;

/// The time that a workload takes on a machine of today where nothing else runs, s. Each engine has
/// a nominal time of a step, so a slower machine takes longer.
///
/// # Errors
/// A command line that is refused.
pub fn seconds(
    workload: &Workload,
    labels: &[String],
    programs: &Programs,
    budget: Budget,
    limits: Limits,
) -> Result<f64> {
    let kind = workload.template.kind;
    if matches!(kind, Kind::Interference | Kind::Product) {
        return Ok(REST);
    }
    let experiment = workload.line.resolve().map_err(Error::run)?;
    let (pairs, _) = once(pairs(labels, &workload.threads), programs.cores);
    let all = workload.size.pow(2) as u64;
    let mut profile = 0.0;
    let costs: Vec<Cost> = pairs
        .into_iter()
        .map(|(label, threads)| {
            let steps = steps_per_pixel(&experiment);
            let pixels = pixels_of(budget.region(workload, label, steps));
            let rendering = (pixels * steps) as f64 * nanoseconds(label, &experiment) * 1e-9
                / used(label, threads, programs.cores);
            let process = PROCESS + FILES * all as f64;
            let whole = pixels == all && workload.template.processes;
            if kind == Kind::Profile && pixels == all {
                profile += 3.0 * (rendering + IMAGES * all as f64);
            }
            match label {
                C => Cost { rendering: 0.0, processes: rendering + 2.0 * process },
                _ if kind == Kind::Processes => {
                    Cost { rendering: 0.0, processes: rendering + process }
                }
                _ if whole => Cost { rendering, processes: rendering + process },
                _ => Cost { rendering, processes: 0.0 },
            }
        })
        .collect();
    Ok(REST + profile + limits.seconds(&costs))
}

/// Nominal time of a step on one thread, ns.
fn nanoseconds(label: &str, experiment: &Experiment) -> f64 {
    let steps = experiment.sampling.steps.unsigned_abs();
    let geometry = f64::from(u8::from(steps < 10));
    let tricubic = f64::from(u8::from(experiment.structure.interpolate));
    match label {
        C | "reference" => 85.0 + 85.0 * geometry + 140.0 * tricubic,
        "cpu" => 2.2 + 2.5 * geometry + 9.0 * tricubic,
        "cpu-mixed" => 1.3 + 3.4 * geometry + 7.0 * tricubic,
        // On a GPU.
        _ => 0.02,
    }
}

/// The threads that share the work.
fn used(label: &str, threads: Threads, cores: usize) -> f64 {
    if label.starts_with("cuda") { 1.0 } else { threads.count(cores).min(cores) as f64 }
}

#[cfg(test)]
mod tests {
    use super::seconds;
    use crate::bench::budget::Limits;
    use crate::bench::contender::Budget;
    use crate::bench::programs::Programs;
    use crate::bench::suites::{Selection, select};

    #[test]
    fn a_strip_is_estimated_as_a_strip() {
        let selection = Selection { suites: vec!["scaling-1e11".into()], ..Selection::default() };
        let workload = &select(&selection).expect("a suite")[0];
        let programs = Programs { nanobragg: None, c: None, c_threads: false, cores: 2 };
        let limits = Limits { rounds: 5, seconds: 3.5, repeats: 3 };
        let estimate = |cpu| {
            let budget = Budget { c: 5_000_000, reference: 1_500_000, cpu };
            seconds(workload, &["cpu".to_owned()], &programs, budget, limits).expect("a time")
        };
        let (strip, whole) = (estimate(1_000_000_000), estimate(u64::MAX));
        assert!((1.0..20.0).contains(&strip) && whole > 50.0 * strip, "{strip} {whole}");
    }
}

//! From what was measured of a workload to entries: medians, rates, and ratios to the baseline.

use nanobragg_conformance::engines::C;
use nanobragg_optimized::cost::fused_operations;
use nanobragg_optimized::cuda::Traffic;

use super::contender::Contender;
use super::record::Entry;
use super::statistics::{Spread, median};
use super::suites::Workload;
use super::turns::Measured;

/// The entries of a workload.
pub fn entries(workload: &Workload, measured: &Measured, cores: usize) -> Vec<Entry> {
    let contenders = &measured.contenders;
    let with_baseline = |(contender, check): (&Contender, _)| {
        let mut entry = alone(workload, contender, cores);
        entry.check = Some(Clone::clone(check));
        entry.rounds = Some(measured.rounds);
        bound(&mut entry, contender, measured);
        if let Some(baseline) = baseline(contender, contenders) {
            compare(&mut entry, contender, baseline);
        }
        entry
    };
    contenders.iter().zip(&measured.checks).map(with_baseline).collect()
}

/// What an entry says of a contender by itself.
fn alone(workload: &Workload, contender: &Contender, cores: usize) -> Entry {
    let samples = &contender.samples;
    let cold = Spread::of(&samples.cold);
    let warm = if contender.label == C { cold } else { Spread::of(&samples.warm.concat()) };
    let kernel = if contender.label == C {
        Spread::of(&rounds(contender))
    } else if samples.device.is_empty() {
        warm
    } else {
        // A GPU's own time is that of its kernels alone.
        Spread::of(&samples.device)
    };
    // What one of all renderings has moved.
    let traffic = contender.traffic().filter(|traffic| traffic.renderings > 0);
    let each = |count: fn(&Traffic) -> u64| {
        traffic.as_ref().map(|traffic| count(traffic) / traffic.renderings)
    };
    let kernel = kernel.filter(|spread| spread.median > 0.0);
    let seconds = warm.map(|spread| spread.median);
    let steps = contender.steps as f64;
    let per_second = |count: f64| seconds.map(|seconds| count / seconds);
    Entry {
        name: contender.name.clone(),
        suite: workload.suite.into(),
        workload: workload.template.name.into(),
        size: workload.size,
        engine: contender.label.clone(),
        device: if contender.label.starts_with("cuda") { "gpu" } else { "cpu" }.into(),
        precision: if contender.label.ends_with("-mixed") { "mixed" } else { "double" }.into(),
        threads: contender.threads,
        cores,
        arguments: contender.arguments().join(" "),
        region: Some(contender.region),
        pixels: Some(contender.pixels),
        steps: Some(contender.steps),
        warm_seconds: seconds,
        spread_seconds: warm.map(|spread| spread.width()),
        cold_seconds: cold.map(|spread| spread.median),
        process_seconds: process(contender),
        calls_per_second: per_second(1.0),
        pixels_per_second: per_second(contender.pixels as f64),
        steps_per_second: per_second(steps),
        kernel_seconds: kernel.map(|spread| spread.median),
        nanoseconds_per_step: kernel.map(|spread| spread.median / steps * 1e9),
        kernel,
        cold,
        peak_bytes: samples.peak_bytes.filter(|_| contender.is_whole()),
        guarded: samples.guarded,
        device_bytes: traffic.map(|traffic| traffic.held),
        host_to_device_bytes: each(|traffic| traffic.to_device),
        device_to_host_bytes: each(|traffic| traffic.from_device),
        compile_seconds: traffic.map(|_| nanobragg_optimized::cuda::seconds_to_load()),
        ..Entry::default()
    }
}

/// The share of the bound by fused multiply-adds.
fn bound(entry: &mut Entry, contender: &Contender, measured: &Measured) {
    let operations = fused_operations(&contender.experiment, entry.precision == "mixed");
    let rate = match entry.device.as_str() {
        "gpu" => contender.gpu_rate(),
        _ => measured.fma.get(&contender.threads).copied(),
    };
    entry.operations_per_step = Some(operations);
    entry.fma_per_second = rate;
    entry.fma_share = rate
        .zip(entry.nanoseconds_per_step)
        .map(|(rate, nanoseconds)| operations / (nanoseconds * 1e-9) / rate);
}

/// What a contender is held against: the C program with as many threads, else the C program with
/// one, else the reference engine.
fn baseline<'a>(contender: &Contender, all: &'a [Contender]) -> Option<&'a Contender> {
    let c = || all.iter().filter(|other| other.label == C);
    c().find(|other| other.threads == contender.threads)
        .or_else(|| c().find(|other| other.threads == 1))
        .or_else(|| all.iter().find(|other| other.label == "reference"))
        .filter(|other| other.name != contender.name)
}

fn compare(entry: &mut Entry, contender: &Contender, baseline: &Contender) {
    entry.baseline = Some(baseline.name.clone());
    let (mine, theirs) = (rounds(contender), rounds(baseline));
    // Regions may differ, so times of a step are compared.
    let scale = contender.steps as f64 / baseline.steps as f64;
    let positive = |value: &f64| *value > 0.0;
    let medians = median(&theirs).filter(positive).zip(median(&mine).filter(positive));
    entry.ratio = medians.map(|(theirs, mine)| theirs / mine * scale);
    let each: Vec<f64> =
        theirs.iter().zip(&mine).map(|(theirs, mine)| theirs / mine * scale).collect();
    entry.ratio_of_rounds = median(&each).filter(|_| entry.ratio.is_some());
    let processes = process(baseline).zip(process(contender));
    entry.process_ratio = processes.map(|(theirs, mine)| theirs / mine);
}

/// A whole process that renders the whole detector, s. Where the C program rendered a strip, it is
/// the process of a single pixel, which writes files of the same size, and the time of a step for
/// each step of the detector.
fn process(contender: &Contender) -> Option<f64> {
    let samples = &contender.samples;
    if contender.is_whole() {
        return median(&samples.cold);
    }
    let scale = contender.all_steps as f64 / contender.steps as f64;
    let parts = median(&samples.empty).zip(median(&rounds(contender)));
    parts.filter(|_| contender.label == C).map(|(one, strip)| one + strip * scale)
}

/// Plan and pixels, s, for each round: the median of its renderings; for the C program, which
/// renders once in a process, the process less one that renders a single pixel. What the two
/// processes share (the arguments, the table of structure factors, the orientations of domains, the
/// start of threads, the files) falls out of the difference.
fn rounds(contender: &Contender) -> Vec<f64> {
    let samples = &contender.samples;
    if contender.label == C {
        return samples.cold.iter().zip(&samples.empty).map(|(all, one)| all - one).collect();
    }
    samples.warm.iter().filter_map(|times| median(times)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::entries;
    use crate::bench::check::Check;
    use crate::bench::contender::{Budget, Contender, Samples};
    use crate::bench::names::Threads;
    use crate::bench::programs::Programs;
    use crate::bench::suites::{Selection, select};
    use crate::bench::turns::Measured;

    /// The C program renders a quarter of the detector in 10 ms, the reference engine an eighth in
    /// 20 ms.
    #[test]
    fn ratios_are_of_steps() {
        let suites = vec!["many".into()];
        let selection = Selection { suites, sizes: vec![16], ..Selection::default() };
        let workload = &select(&selection).expect("a suite")[0];
        let c = Some("nanoBragg".into());
        let programs = Programs { nanobragg: None, c, c_threads: false, cores: 4 };
        let budget = Budget { c: 64 * 720, reference: 32 * 720, cpu: u64::MAX };
        let mut contenders = ["c", "reference"].map(|label| {
            Contender::new(workload, (label, Threads::Count(1)), &programs, budget)
                .expect("a contender")
        });
        contenders[0].samples = Samples {
            cold: vec![0.013, 0.015, 0.010],
            empty: vec![0.003, 0.004, 0.002],
            ..Samples::default()
        };
        contenders[1].samples = Samples {
            warm: vec![vec![0.02, 0.03, 0.02], vec![0.02], vec![0.04]],
            ..Samples::default()
        };
        let checks = vec![Check::failed("no image"); 2];
        let fma = BTreeMap::from([(1, 1e10)]);
        let measured = Measured { contenders: contenders.into(), checks, fma, rounds: 3 };
        let [c, reference] = &entries(workload, &measured, 4)[..] else { panic!("two") };
        let near = |found: Option<f64>, expected: f64| {
            assert!(found.is_some_and(|x| (x / expected - 1.0).abs() < 1e-9), "{found:?}");
        };
        near(c.kernel_seconds, 0.010);
        near(c.warm_seconds, 0.013);
        // A process of one pixel and four times the quarter.
        near(c.process_seconds, 0.003 + 4.0 * 0.010);
        near(c.nanoseconds_per_step, 0.010 * 1e9 / (64.0 * 720.0));
        assert_eq!((c.baseline.as_deref(), c.ratio), (None, None));
        near(reference.warm_seconds, 0.02);
        near(reference.pixels_per_second, 32.0 / 0.02);
        near(reference.ratio, 0.25);
        near(reference.ratio_of_rounds, 0.25);
        assert_eq!(reference.baseline.as_deref(), Some("many/16/c/threads=1"));
        assert_eq!((reference.process_ratio, reference.cores, reference.threads), (None, 4, 1));
        assert!(reference.fma_share.is_some_and(|share| share > 0.0) && !reference.valid());
    }
}

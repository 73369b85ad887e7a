//! The functions of the innermost loop, called on vectors: interference and scalar product.

use std::hint::black_box;
use std::time::Instant;

use super::check::Check;
use super::engines::{self, Loops};
use super::names::{self, Threads};
use super::record::{Entry, LeftOut};
use super::statistics::{Spread, median};
use super::suites::{Kind, Workload};

/// Calls in one measurement, about.
const CALLS: usize = 2_000_000;

/// Cells along the axis.
const CELLS: f64 = 5.0;

/// How far a value may be from that of the first contender, as a part of the largest.
const BOUND: f64 = 1e-9;

/// Measures a function of several engines in so many rounds, in turns.
pub fn measure(
    workload: &Workload,
    labels: &[String],
    rounds: usize,
    cores: usize,
) -> (Vec<Entry>, Vec<LeftOut>) {
    let one = Threads::Count(1);
    let name = |label: &str| names::entry(workload.template.name, workload.size, label, one);
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    for label in labels {
        match engines::loops(label) {
            Ok(loops) => found.push((label, loops)),
            Err(reason) => left_out.push(LeftOut { name: name(label), reason }),
        }
    }
    let data = Data::new(workload.size);
    let mut values = vec![Vec::new(); found.len()];
    let mut times = vec![Vec::new(); found.len()];
    // The first round is not counted.
    for round in 0..=rounds {
        for (place, (_, loops)) in found.iter().enumerate() {
            let seconds = data.time(loops, workload.template.kind, &mut values[place]);
            if round > 0 {
                times[place].push(seconds);
            }
        }
    }
    let entry = |(place, (label, _)): (usize, &(&String, Loops))| {
        let spread = Spread::of(&times[place]);
        let seconds = spread.map(|spread| spread.median);
        let of_rounds: Vec<f64> =
            times[0].iter().zip(&times[place]).map(|(first, mine)| first / mine).collect();
        let first = || median(&times[0]).zip(seconds).map(|(first, mine)| first / mine);
        Entry {
            name: name(label),
            suite: workload.suite.into(),
            workload: workload.template.name.into(),
            size: workload.size,
            engine: (*label).clone(),
            device: "cpu".into(),
            precision: if label.ends_with("-mixed") { "mixed" } else { "double" }.into(),
            threads: 1,
            cores,
            warm_seconds: seconds,
            spread_seconds: spread.map(|spread| spread.width()),
            kernel_seconds: seconds,
            kernel: spread,
            calls_per_second: seconds.map(|seconds| workload.size as f64 / seconds),
            baseline: (place > 0).then(|| name(found[0].0)),
            ratio: first().filter(|_| place > 0),
            ratio_of_rounds: median(&of_rounds).filter(|_| place > 0),
            check: Some(check(&values[place], &values[0], (place > 0).then(|| name(found[0].0)))),
            ..Entry::default()
        }
    };
    (found.iter().enumerate().map(entry).collect(), left_out)
}

/// Miller indices and vectors.
struct Data {
    index: Vec<f64>,
    vectors: [Vec<f64>; 3],
}

impl Data {
    fn new(size: usize) -> Data {
        let ramp = |from: f64, step: f64| (0..size).map(|i| from + step * i as f64).collect();
        Data {
            index: ramp(-20.3, 40.7 / size.max(1) as f64),
            vectors: [ramp(0.1, 1e-4), ramp(-0.2, 2e-4), ramp(0.9, -1e-4)],
        }
    }

    /// Calls a function on all elements, again and again: the seconds of one time.
    fn time(&self, loops: &Loops, kind: Kind, values: &mut Vec<f64>) -> f64 {
        values.resize(self.index.len(), 0.0);
        let times = (CALLS / self.index.len().max(1)).max(1);
        let [x, y, z] = &self.vectors;
        let start = Instant::now();
        for _ in 0..times {
            match kind {
                Kind::Product => {
                    let vectors = black_box([&x[..], &y[..], &z[..]]);
                    (loops.product)(vectors, [11.0, 7.0, 5.0], values);
                }
                _ => (loops.interference)(black_box(&self.index), CELLS, values),
            }
            black_box(&mut *values);
        }
        start.elapsed().as_secs_f64() / times as f64
    }
}

fn check(values: &[f64], right: &[f64], against: Option<String>) -> Check {
    let largest = right.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    let off = |(a, b): (&f64, &f64)| (a - b).abs() / (BOUND * largest);
    let worst = values.iter().zip(right).map(off).fold(0.0, f64::max);
    let valid = worst <= 1.0 && values.iter().all(|value| value.is_finite());
    Check {
        against,
        valid,
        reason: (!valid).then(|| format!("a value is off by {worst:.3} times what is allowed")),
        pixels: values.len() as u64,
        different: values.iter().zip(right).filter(|(a, b)| a != b).count() as u64,
        worst: if worst.is_finite() { worst } else { f64::MAX },
    }
}

#[cfg(test)]
mod tests {
    use super::{check, measure};
    use crate::bench::suites::{Selection, select};

    #[test]
    fn functions_are_called_and_what_is_missing_has_a_reason() {
        for name in ["interference", "product"] {
            let suites = vec![name.to_owned()];
            let selection = Selection { suites, sizes: vec![64], ..Selection::default() };
            let workload = &select(&selection).expect("a suite")[0];
            let labels = ["reference".to_owned(), "gpu".to_owned()];
            let (entries, left_out) = measure(workload, &labels, 2, 4);
            assert_eq!(entries[0].name, format!("{name}/64/reference/threads=1"));
            assert!(entries[0].calls_per_second > Some(1e5) && entries[0].valid());
            assert_eq!(left_out[0].name, format!("{name}/64/gpu/threads=1"));
        }
    }

    #[test]
    fn a_wrong_value_is_found() {
        assert!(check(&[5.0, 1.0], &[5.0, 1.0 + 1e-9], None).valid);
        assert!(!check(&[5.0, 1.0], &[5.0, 1.1], None).valid);
        assert!(!check(&[f64::NAN], &[5.0], None).valid);
    }
}

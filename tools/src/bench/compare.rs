//! Two results against each other: what became slower or larger.

use super::record::{Entry, Record};

/// What became of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Worse by more than the tolerance.
    Regression,
    /// Better by more than the tolerance.
    Improvement,
    /// Neither.
    Same,
}

/// One number of one entry in both results.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The entry.
    pub name: String,
    /// What the number is.
    pub what: &'static str,
    /// In the old result.
    pub old: f64,
    /// In the new one.
    pub new: f64,
    /// How many times worse the new one is: above 1, slower or larger.
    pub factor: f64,
    /// Whether that counts.
    pub verdict: Verdict,
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Numbers that both have.
    pub changes: Vec<Change>,
    /// Entries that only the old result has.
    pub missing: Vec<String>,
    /// Entries of the new result whose images are wrong.
    pub invalid: Vec<String>,
}

/// Compares a new result with an old one. `tolerance` is the part by which a number may be worse.
///
/// Where both hold an entry against the same baseline, their ratios are compared: those were
/// measured in turns, so that the speed of the machine falls out. Else the times of a step, or of a
/// call, are compared, and two machines show as what they are.
pub fn compare(old: &Record, new: &Record, tolerance: f64) -> Comparison {
    let mut comparison = Comparison::default();
    for before in &old.entries {
        match new.entry(&before.name) {
            Some(after) => comparison.changes.extend(changes(before, after, tolerance)),
            None => comparison.missing.push(before.name.clone()),
        }
    }
    let invalid = new.entries.iter().filter(|entry| !entry.valid());
    comparison.invalid = invalid.map(|entry| entry.name.clone()).collect();
    comparison
}

fn changes(old: &Entry, new: &Entry, tolerance: f64) -> Vec<Change> {
    let change = |what, old: Option<f64>, new: Option<f64>, larger_is_better: bool| {
        let (old, new) = old.zip(new).filter(|(old, new)| *old > 0.0 && *new > 0.0)?;
        let factor = if larger_is_better { old / new } else { new / old };
        let verdict = if factor > 1.0 + tolerance {
            Verdict::Regression
        } else if factor < 1.0 / (1.0 + tolerance) {
            Verdict::Improvement
        } else {
            Verdict::Same
        };
        Some((what, old, new, factor, verdict))
    };
    let same_baseline = old.baseline.is_some() && old.baseline == new.baseline;
    let ratio = |of: fn(&Entry) -> Option<f64>, what| {
        let (old, new) = (of(old), of(new));
        if same_baseline { change(what, old, new, true) } else { None }
    };
    let speed = ratio(|entry| entry.ratio, "ratio to the baseline")
        .or_else(|| {
            let (old, new) = (old.nanoseconds_per_step, new.nanoseconds_per_step);
            change("ns per step", old, new, false)
        })
        .or_else(|| change("seconds", old.kernel_seconds, new.kernel_seconds, false));
    let process = ratio(|entry| entry.process_ratio, "ratio of processes")
        .or_else(|| change("seconds of a process", old.cold_seconds, new.cold_seconds, false));
    let bytes = |entry: &Entry| entry.peak_bytes.map(|bytes| bytes as f64);
    let memory = change("bytes of memory", bytes(old), bytes(new), false);
    // The C program is the same in both.
    let ours = old.engine != nanobragg_conformance::engines::C;
    [speed, process, memory]
        .into_iter()
        .flatten()
        .filter(|_| ours)
        .map(|(what, old, new_value, factor, verdict)| Change {
            name: new.name.clone(),
            what,
            old,
            new: new_value,
            factor,
            verdict,
        })
        .collect()
}

impl Comparison {
    /// Whether the new result is worse.
    pub fn failed(&self) -> bool {
        let worse = |change: &Change| change.verdict == Verdict::Regression;
        self.changes.iter().any(worse) || !self.invalid.is_empty()
    }

    /// As a table for people: what changed, and how much did not.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let mut same = 0;
        for change in &self.changes {
            let word = match change.verdict {
                Verdict::Regression => "worse",
                Verdict::Improvement => "better",
                Verdict::Same => {
                    same += 1;
                    continue;
                }
            };
            text.push_str(&format!(
                "{word:<7}{:<40} {}: {} -> {} ({:.2} times worse)\n",
                change.name,
                change.what,
                short(change.old),
                short(change.new),
                change.factor
            ));
        }
        for name in &self.missing {
            text.push_str(&format!("missing {name}\n"));
        }
        for name in &self.invalid {
            text.push_str(&format!("invalid {name}: its image is wrong\n"));
        }
        text + &format!("{same} of {} numbers are the same\n", self.changes.len())
    }
}

/// A number with four digits.
fn short(value: f64) -> String {
    if (1e-3..1e5).contains(&value) { format!("{value:.4}") } else { format!("{value:.3e}") }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, compare};
    use crate::bench::check::Check;
    use crate::bench::record::{Entry, tests::record};

    fn entry(name: &str, ratio: f64, nanoseconds: f64) -> Entry {
        Entry {
            name: name.into(),
            engine: "cpu".into(),
            baseline: Some("plain/64/c".into()),
            ratio: Some(ratio),
            nanoseconds_per_step: Some(nanoseconds),
            peak_bytes: Some(1000),
            ..Entry::default()
        }
    }

    #[test]
    fn a_ratio_counts_before_a_time() {
        let old = record(vec![entry("plain/64/cpu", 30.0, 4.0)]);
        // Another machine, twice as slow, with the same ratio.
        let same = compare(&old, &record(vec![entry("plain/64/cpu", 29.0, 8.0)]), 0.1);
        assert!(!same.failed() && same.changes[0].verdict == Verdict::Same);
        let slower = compare(&old, &record(vec![entry("plain/64/cpu", 20.0, 4.0)]), 0.1);
        assert!(slower.failed() && slower.to_text().starts_with("worse  plain/64/cpu"));
        let faster = compare(&old, &record(vec![entry("plain/64/cpu", 60.0, 4.0)]), 0.1);
        assert!(!faster.failed() && faster.changes[0].verdict == Verdict::Improvement);
    }

    #[test]
    fn without_a_common_baseline_times_count() {
        let without = |nanoseconds| Entry { baseline: None, ..entry("a/1/cpu", 1.0, nanoseconds) };
        let compared = compare(&record(vec![without(4.0)]), &record(vec![without(5.0)]), 0.1);
        assert_eq!((compared.changes[0].what, compared.failed()), ("ns per step", true));
        let compared = compare(&record(vec![without(4.0)]), &record(vec![without(5.0)]), 0.3);
        assert!(!compared.failed());
    }

    #[test]
    fn memory_wrong_images_and_what_is_gone_are_reported() {
        let old = record(vec![entry("a/1/cpu", 9.0, 1.0), entry("b/1/cpu", 9.0, 1.0)]);
        let larger = Entry { peak_bytes: Some(2000), ..entry("a/1/cpu", 9.0, 1.0) };
        let found = compare(&old, &record(vec![larger]), 0.1);
        assert!(found.failed() && found.missing == ["b/1/cpu"]);
        assert!(found.to_text().contains("missing b/1/cpu"));
        let wrong = Entry { check: Some(Check::failed("x")), ..entry("b/1/cpu", 9.0, 1.0) };
        let found = compare(&old, &record(vec![entry("a/1/cpu", 9.0, 1.0), wrong]), 0.1);
        assert!(found.failed() && found.invalid == ["b/1/cpu"]);
    }
}

//! The tables that hold all workloads side by side.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::record::{Entry, Record};

/// How many times faster than the baseline engines are, and than themselves with one thread, as
/// Markdown.
///
/// # Errors
/// None that a text gives.
pub fn markdown(record: &Record) -> Result<String, std::fmt::Error> {
    let counts = |entry: &&Entry| entry.valid() && entry.same_as.is_none();
    let entries: Vec<&Entry> = record.entries.iter().filter(counts).collect();
    let mut text = String::new();
    ratios(&mut text, &entries)?;
    threads(&mut text, &entries)?;
    Ok(text)
}

/// A table with a row for each key, in the order in which they come, and columns of engines.
#[derive(Default)]
struct Table {
    rows: Vec<(String, BTreeMap<String, String>)>,
}

impl Table {
    fn put(&mut self, row: String, column: &str, value: String) {
        let place = self.rows.iter().position(|(name, _)| *name == row);
        let place = place.unwrap_or_else(|| {
            self.rows.push((row, BTreeMap::new()));
            self.rows.len() - 1
        });
        self.rows[place].1.insert(column.to_owned(), value);
    }

    /// Writes it with a heading; the keys have the columns that `keys` names.
    fn write(&self, text: &mut String, heading: &str, keys: &[&str]) -> std::fmt::Result {
        let mut columns: Vec<&String> =
            self.rows.iter().flat_map(|(_, values)| values.keys()).collect();
        columns.sort();
        columns.dedup();
        if columns.is_empty() {
            return Ok(());
        }
        let names = keys.iter().copied().chain(columns.iter().map(|column| column.as_str()));
        writeln!(text, "{heading}\n\n| {} |", names.collect::<Vec<_>>().join(" | "))?;
        writeln!(text, "|{}{}", "---|".repeat(keys.len()), "--:|".repeat(columns.len()))?;
        for (row, values) in &self.rows {
            write!(text, "| {row} |")?;
            for column in &columns {
                write!(text, " {} |", values.get(*column).map_or("", String::as_str))?;
            }
            writeln!(text)?;
        }
        writeln!(text)
    }
}

/// A row for each workload and baseline; the kernel and the whole process of each engine.
fn ratios(text: &mut String, entries: &[&Entry]) -> std::fmt::Result {
    let mut table = Table::default();
    let ours = |entry: &&&Entry| !matches!(entry.engine.as_str(), "c" | "reference");
    for entry in entries.iter().filter(ours) {
        let Some(baseline) = entry.baseline.as_deref() else { continue };
        let row = format!("{}/{} | `{baseline}`", entry.workload, entry.size);
        if let Some(ratio) = entry.ratio {
            table.put(row.clone(), &format!("kernel, {}", entry.engine), format!("{ratio:.1}"));
        }
        if let Some(ratio) = entry.process_ratio {
            let computed = entries.iter().any(|other| other.name == baseline && is_strip(other));
            let about = if computed { "≈ " } else { "" };
            let value = format!("{about}{ratio:.1}");
            table.put(row, &format!("process, {}", entry.engine), value);
        }
    }
    let heading = "## Times faster than the baseline\n\n\
                   *Kernel* is plan and pixels, *process* the whole command with the float and the \
                   integer image. Where the baseline rendered a strip, its process is computed (≈): \
                   that of one pixel, and the time of a step for each step of the detector.";
    table.write(text, heading, &["workload", "baseline"])
}

/// Whether an entry rendered less than its detector.
fn is_strip(entry: &Entry) -> bool {
    entry.pixels.is_some_and(|pixels| pixels < (entry.size * entry.size) as u64)
}

/// A row for each workload and number of threads: how many times faster than one thread.
fn threads(text: &mut String, entries: &[&Entry]) -> std::fmt::Result {
    let mut table = Table::default();
    for entry in entries.iter().filter(|entry| entry.threads > 1 && entry.device == "cpu") {
        let alone = entries.iter().find(|other| {
            let name = |entry: &Entry| (entry.workload.clone(), entry.size, entry.engine.clone());
            other.threads == 1 && name(other) == name(entry)
        });
        let times = alone.and_then(|one| one.nanoseconds_per_step).zip(entry.nanoseconds_per_step);
        if let Some((one, many)) = times {
            let row = format!("{}/{} | {}", entry.workload, entry.size, entry.threads);
            table.put(row, &entry.engine, format!("{:.2}", one / many));
        }
    }
    let heading = "## Times faster than with one thread\n\nKernel.";
    table.write(text, heading, &["workload", "threads"])
}

#[cfg(test)]
mod tests {
    use super::markdown;
    use crate::bench::record::{Entry, tests::record};

    #[test]
    fn a_workload_is_a_row_and_an_engine_a_column() {
        let entry = |engine: &str, threads: usize, ratio: Option<f64>, pixels| Entry {
            name: format!("plain/64/{engine}/threads={threads}"),
            workload: "plain".into(),
            size: 64,
            engine: engine.into(),
            device: "cpu".into(),
            threads,
            pixels: Some(pixels),
            nanoseconds_per_step: Some(100.0 / threads as f64),
            baseline: ratio.map(|_| format!("plain/64/c/threads={threads}")),
            ratio,
            process_ratio: ratio.map(|ratio| ratio / 2.0),
            ..Entry::default()
        };
        let all = vec![
            entry("c", 1, None, 64),
            entry("reference", 1, Some(1.0), 4096),
            entry("cpu", 1, Some(30.0), 4096),
            entry("cpu-mixed", 1, Some(60.0), 4096),
            entry("c", 2, None, 4096),
            entry("cpu", 2, Some(28.0), 4096),
        ];
        let text = markdown(&record(all)).expect("a text");
        for line in [
            "| workload | baseline | kernel, cpu | kernel, cpu-mixed | process, cpu | process, cpu-mixed |",
            "| plain/64 | `plain/64/c/threads=1` | 30.0 | 60.0 | ≈ 15.0 | ≈ 30.0 |",
            "| plain/64 | `plain/64/c/threads=2` | 28.0 |  | 14.0 |  |",
            "| workload | threads | c | cpu |",
            "| plain/64 | 2 | 2.00 | 2.00 |",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert_eq!(markdown(&record(Vec::new())).expect("a text"), "");
    }
}

//! `summary.md`: the record as tables for people.

use std::fmt::Write as _;

use super::glance;
use super::record::{Entry, Record};
use super::statistics::Spread;

/// The record as Markdown.
///
/// # Errors
/// None that a text gives.
pub fn markdown(record: &Record) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    header(&mut text, record)?;
    text.push_str(&glance::markdown(record)?);
    let same = |a: &Entry, b: &Entry| a.workload == b.workload && a.size == b.size;
    for entries in record.entries.chunk_by(same) {
        workload(&mut text, entries)?;
    }
    if !record.left_out.is_empty() {
        writeln!(text, "## Not measured\n")?;
        for left in &record.left_out {
            writeln!(text, "- `{}`: {}", left.name, left.reason)?;
        }
    }
    text.truncate(text.trim_end().len());
    Ok(text + "\n")
}

fn header(text: &mut String, record: &Record) -> std::fmt::Result {
    let here = &record.environment;
    let commit = here.commit.as_deref().unwrap_or("of unknown sources");
    writeln!(text, "# Benchmark of {}\n", record.created)?;
    writeln!(text, "nanobragg {} ({commit}), {}.  ", here.version, here.compiler)?;
    let units = here.vector_units.join(", ");
    writeln!(text, "{}, {} cores, vector units {units}; {}.  ", here.cpu, here.cores, here.system)?;
    if here.gpus.is_empty() {
        writeln!(text, "No GPU.  ")?
    } else {
        writeln!(text, "GPU: {}.  ", here.gpus.join("; "))?
    }
    match &here.c_program {
        Some(c) => writeln!(
            text,
            "C program `{}` (sha256 {}…), {}, flags {}, {} OpenMP.\n",
            c.file,
            &c.sha256[..c.sha256.len().min(12)],
            c.compiler.as_deref().unwrap_or("compiler unknown"),
            c.flags.as_deref().unwrap_or("not given"),
            if c.openmp { "with" } else { "without" }
        )?,
        None => writeln!(text, "No C program.\n")?,
    }
    let wrong = record.entries.iter().filter(|entry| !entry.valid()).count();
    let checked = record.entries.len() - wrong;
    writeln!(text, "{checked} of {} outputs are right.", record.entries.len())?;
    writeln!(
        text,
        "Contenders took turns in at most {} rounds. *Kernel* is plan and pixels without files; \
         ranges are the smallest and the largest time. A *ratio* is the baseline's time of a step \
         by this one's (above 1, this one is faster), of medians and in brackets as the median of \
         the ratios within each round. *FMA* is the share of the fused multiply-adds that the \
         machine did beside it. *Guarded* evaluations were too close to a decision and done by the \
         C program's own expressions.\n",
        record.rounds
    )
}

fn workload(text: &mut String, entries: &[Entry]) -> std::fmt::Result {
    let Some(first) = entries.first() else { return Ok(()) };
    writeln!(text, "## {}/{}\n", first.workload, first.size)?;
    if !first.arguments.is_empty() {
        let arguments = first.arguments.split(" -roi").next().unwrap_or_default();
        writeln!(text, "`{arguments}`\n")?;
    }
    writeln!(
        text,
        "| engine | threads | pixels | kernel | ns/step | calls/s | ratio | process | memory | FMA \
         | guarded | output |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|"
    )?;
    for entry in entries.iter().filter(|entry| entry.same_as.is_none()) {
        let output = match &entry.check {
            Some(check) if !check.valid => check.reason.as_deref().unwrap_or("wrong"),
            Some(check) if check.against.is_none() => "taken for right",
            Some(check) if check.different == 0 => "same bits",
            _ => "within its bound",
        };
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {output} |",
            entry.engine,
            entry.threads,
            entry.pixels.map_or(String::new(), |pixels| pixels.to_string()),
            range(entry.kernel),
            entry.nanoseconds_per_step.map_or(String::new(), |value| format!("{value:.3}")),
            entry.calls_per_second.map_or(String::new(), count),
            ratio(entry),
            range(entry.cold),
            entry.peak_bytes.map_or(String::new(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6)),
            entry.fma_share.map_or(String::new(), |share| format!("{:.1} %", share * 100.0)),
            entry.guarded.map_or(String::new(), |count| count.to_string()),
        )?;
    }
    writeln!(text)?;
    let single = |entry: &&Entry| !entry.stages.is_empty() && entry.same_as.is_none();
    for entry in entries.iter().filter(single) {
        let all: f64 = entry.stages.iter().map(|stage| stage.seconds).sum();
        writeln!(text, "| stage of `{}` | time | share |\n|---|--:|--:|", entry.name)?;
        for stage in &entry.stages {
            let share = stage.seconds / all * 100.0;
            writeln!(text, "| {} | {} | {share:.1} % |", stage.name, seconds(stage.seconds))?;
        }
        writeln!(text, "| all, one after the other | {} | 100 % |\n", seconds(all))?;
        if let Some(process) = entry.all_images_seconds {
            let process = seconds(process);
            writeln!(text, "The whole process with all images takes {process}.\n")?;
        }
    }
    Ok(())
}

fn range(spread: Option<Spread>) -> String {
    spread.map_or(String::new(), |spread| {
        let [median, least, most] = [spread.median, spread.minimum, spread.maximum].map(seconds);
        format!("{median} ({least} to {most})")
    })
}

/// The ratio of medians, and that of the rounds.
fn ratio(entry: &Entry) -> String {
    let of_rounds =
        entry.ratio_of_rounds.map_or(String::new(), |of_rounds| format!(" ({of_rounds:.2})"));
    entry.ratio.map_or(String::new(), |ratio| format!("{ratio:.2}{of_rounds}"))
}

/// A time with three or four digits.
fn seconds(value: f64) -> String {
    let (factor, unit) = match value.abs() {
        size if size >= 1.0 => (1.0, "s"),
        size if size >= 1e-3 => (1e3, "ms"),
        _ => (1e6, "µs"),
    };
    let value = value * factor;
    if value.abs() < 100.0 { format!("{value:.2} {unit}") } else { format!("{value:.0} {unit}") }
}

fn count(value: f64) -> String {
    if value >= 1e4 { format!("{value:.3e}") } else { format!("{value:.1}") }
}

#[cfg(test)]
mod tests {
    use super::{markdown, seconds};
    use crate::bench::check::Check;
    use crate::bench::record::{Entry, LeftOut, tests::record};

    #[test]
    fn times_have_fitting_units() {
        let found = [12.5, 0.0123, 1.2e-5, 0.4567].map(seconds);
        assert_eq!(found, ["12.50 s", "12.30 ms", "12.00 µs", "457 ms"]);
    }

    #[test]
    fn each_workload_has_a_table_and_what_is_missing_a_reason() {
        let entry = |engine: &str, ratio| Entry {
            name: format!("plain/64/{engine}"),
            workload: "plain".into(),
            size: 64,
            engine: engine.into(),
            ratio,
            check: Some(Check::authority([0, 63, 0, 63])),
            ..Entry::default()
        };
        let wrong = Entry { check: Some(Check::failed("it is off")), ..entry("cpu-mixed", None) };
        let mut all = record(vec![entry("c", None), entry("cpu", Some(31.5)), wrong]);
        let reason = "the engine cuda does not exist yet".into();
        all.left_out.push(LeftOut { name: "plain/64/cuda".into(), reason });
        let text = markdown(&all).expect("a text");
        assert!(text.contains("2 of 3 outputs are right"), "{text}");
        assert_eq!(text.matches("## plain/64").count(), 1);
        assert!(text.contains("| 31.50 |") && text.contains("| it is off |"), "{text}");
        assert!(
            text.ends_with("- `plain/64/cuda`: the engine cuda does not exist yet\n"),
            "{text}"
        );
    }
}

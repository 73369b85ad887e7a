//! The result as data: `results.json`. `benchmarks/README.md` documents it for readers.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::check::Check;
use super::environment::Environment;
use super::stages::Stage;
use super::statistics::Spread;
use super::{Error, Result};

/// The name of the schema; a change that readers notice gives it another number.
pub const SCHEMA: &str = "nanobragg-bench/1";

/// The file in the folder of a result.
pub const FILE: &str = "results.json";

/// A result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: String,
    /// When it was made, UTC.
    pub created: String,
    /// Rounds in which the contenders took turns, at most.
    pub rounds: usize,
    /// Whether all suites were run as they stand, and not a selection of them.
    pub complete: bool,
    /// The machine and the versions of all programs.
    pub environment: Environment,
    /// What was measured.
    pub entries: Vec<Entry>,
    /// What was not, and why.
    pub left_out: Vec<LeftOut>,
}

/// An engine that is not there, or a contender that did not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The label of the engine, or the name that the entry would have.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// One contender on one workload. Numbers that have no meaning are missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// `WORKLOAD/SIZE/ENGINE` or `WORKLOAD/SIZE/ENGINE/threads=N`.
    pub name: String,
    /// The entry that this one repeats: where a machine has four cores, `threads=4` and one thread
    /// for each core are one measurement with two names.
    pub same_as: Option<String>,
    /// The suite.
    pub suite: String,
    /// The workload.
    pub workload: String,
    /// Pixels along each edge, or the length of vectors.
    pub size: usize,
    /// The engine's label.
    pub engine: String,
    /// `cpu` or `gpu`.
    pub device: String,
    /// `double` or `mixed`.
    pub precision: String,
    /// Threads of the CPU.
    pub threads: usize,
    /// Cores of the machine.
    pub cores: usize,
    /// Arguments behind the program's name.
    pub arguments: String,
    /// The region rendered: xmin, xmax, ymin, ymax.
    pub region: Option<[usize; 4]>,
    /// Pixels in it.
    pub pixels: Option<u64>,
    /// Steps of one rendering.
    pub steps: Option<u64>,
    /// Median of renderings behind two that are not counted; of whole processes for `c`, s.
    pub warm_seconds: Option<f64>,
    /// Largest less smallest of them, s.
    pub spread_seconds: Option<f64>,
    /// Median of whole processes, s.
    pub cold_seconds: Option<f64>,
    /// A whole process that renders the whole detector, s: `cold_seconds`, or computed for the C
    /// program where it rendered a strip.
    pub process_seconds: Option<f64>,
    /// Median of whole processes that write all images, s, for the suite `large`.
    pub all_images_seconds: Option<f64>,
    /// 1 / `warm_seconds`; for functions, calls of the function, 1/s.
    pub calls_per_second: Option<f64>,
    /// `pixels` / `warm_seconds`, 1/s.
    pub pixels_per_second: Option<f64>,
    /// `steps` / `warm_seconds`, 1/s.
    pub steps_per_second: Option<f64>,
    /// Median of plan and pixels alone, s; for `c`, of whole processes less those of one pixel.
    pub kernel_seconds: Option<f64>,
    /// `kernel_seconds` / `steps`, ns.
    pub nanoseconds_per_step: Option<f64>,
    /// All times that `kernel_seconds` is the median of.
    pub kernel: Option<Spread>,
    /// All times that `cold_seconds` is the median of.
    pub cold: Option<Spread>,
    /// Operations of one step by the count of `nanobragg_optimized::cost`.
    pub operations_per_step: Option<f64>,
    /// Fused multiply-adds a second that the machine did beside it, with as many threads.
    pub fma_per_second: Option<f64>,
    /// Share of them that the steps needed.
    pub fma_share: Option<f64>,
    /// Largest resident memory of the process; missing where it rendered a strip.
    pub peak_bytes: Option<u64>,
    /// Largest memory held on the GPU.
    pub device_bytes: Option<u64>,
    /// Part of `cold_seconds` that compiles GPU code, s.
    pub compile_seconds: Option<f64>,
    /// Bytes copied to the GPU during one rendering.
    pub host_to_device_bytes: Option<u64>,
    /// Bytes copied back.
    pub device_to_host_bytes: Option<u64>,
    /// The entry that the ratios are to.
    pub baseline: Option<String>,
    /// The baseline's time of a step by this one's, kernel: above 1, this one is faster.
    pub ratio: Option<f64>,
    /// The median over the rounds of the same ratio within a round.
    pub ratio_of_rounds: Option<f64>,
    /// The ratio of `process_seconds`.
    pub process_ratio: Option<f64>,
    /// Evaluations of a rendering that were too close to a decision and done by the C program's own
    /// expressions.
    pub guarded: Option<u64>,
    /// Rounds in which it took its turn.
    pub rounds: Option<usize>,
    /// Where the time goes, for the suite `large`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// Whether the image is right.
    pub check: Option<Check>,
}

impl Entry {
    /// Whether what was timed gave the right image.
    pub fn valid(&self) -> bool {
        self.check.as_ref().is_none_or(|check| check.valid)
    }
}

impl Record {
    /// An entry by its name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// Whether all images were right.
    pub fn valid(&self) -> bool {
        self.entries.iter().all(Entry::valid)
    }

    /// As a text that ends with a line feed. What is missing is left out.
    ///
    /// # Errors
    /// None that a record of ours gives.
    pub fn to_json(&self) -> Result<String> {
        let mut value = serde_json::to_value(self).map_err(Error::run)?;
        prune(&mut value);
        let text = serde_json::to_string_pretty(&value).map_err(Error::run)?;
        Ok(text + "\n")
    }

    /// Reads a result: the file, or a folder with it.
    ///
    /// # Errors
    /// A file that is not there, is no result, or has another schema.
    pub fn read(path: &Path) -> Result<Record> {
        let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
        let text = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
        let record: Record = serde_json::from_str(&text).map_err(Error::file(&path))?;
        if record.schema != SCHEMA {
            let reason = format!("the schema is {}, and not {SCHEMA}", record.schema);
            return Err(Error::File { path, reason });
        }
        Ok(record)
    }
}

/// Takes out the members of objects that are null.
fn prune(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(prune);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Entry, FILE, Record, SCHEMA};
    use crate::bench::environment::Environment;

    pub(crate) fn record(entries: Vec<Entry>) -> Record {
        Record {
            schema: SCHEMA.into(),
            created: "2026-01-01T00:00:00Z".into(),
            rounds: 5,
            complete: true,
            environment: Environment::default(),
            entries,
            left_out: Vec::new(),
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a directory");
        let entry =
            Entry { name: "plain/8/cpu".into(), warm_seconds: Some(0.25), ..Entry::default() };
        let written = record(vec![entry]);
        let text = written.to_json().expect("a text");
        assert!(text.contains("\"warm_seconds\": 0.25") && !text.contains("null"), "{text}");
        std::fs::write(folder.path().join(FILE), &text).expect("a file");
        assert_eq!(Record::read(folder.path()).expect("a record"), written);
        std::fs::write(folder.path().join(FILE), text.replace(SCHEMA, "x/9")).expect("a file");
        let refused = Record::read(folder.path()).expect_err("another schema");
        assert!(refused.to_string().contains("x/9"), "{refused}");
    }
}

//! A whole run: contenders of all workloads, in turns, and the folder that it leaves.

use std::path::PathBuf;

use jiff::Timestamp;
use nanobragg_conformance::engines::{self as known, C};
use nanobragg_conformance::execute::C_EXECUTABLE;

use super::budget::Limits;
use super::contender::{Budget, Contender};
use super::environment::{self, CProgram, Environment};
use super::folder::{self, Files, Place};
use super::names;
use super::pairs::{once, pairs};
use super::programs::Programs;
use super::progress::Progress;
use super::record::{Entry, FILE, LeftOut, Record, SCHEMA};
use super::suites::{self, Kind, Selection, Workload};
use super::{Error, Result, engines, estimate, loops, plots, ratios, stages, summary, turns};
use crate::machine;

/// Rounds, at most, and with `--quick`.
const ROUNDS: usize = 5;
const QUICK_ROUNDS: usize = 3;

/// Rounds of the suite `memory`, where times do not matter.
const ROUNDS_OF_MEMORY: usize = 1;

/// Time for the rounds of a workload, s.
const SECONDS: f64 = 3.5;

/// What to run.
#[derive(Debug)]
pub struct Plan {
    /// Which workloads.
    pub selection: Selection,
    /// Labels of engines; all where empty. One that is named must be there.
    pub engines: Vec<String>,
    /// Rounds, for all workloads; `None`: as many as fit into the time for one.
    pub rounds: Option<usize>,
    /// Whether engines on the processor render the longest workloads as a whole.
    pub long: bool,
    /// Whether the reference engine must give the C program's bits.
    pub exact: bool,
    /// The program that runs our engines as processes.
    pub nanobragg: Option<PathBuf>,
    /// The C program.
    pub c: Option<PathBuf>,
    /// The flags that it was built with.
    pub c_flags: Option<String>,
}

/// Measures what the plan says.
///
/// # Errors
/// An engine that is named and not there, and what stops all measurements.
pub fn measure(plan: &Plan) -> Result<Record> {
    let workloads = suites::select(&plan.selection)?;
    let c_program = c_program(plan)?;
    let programs = Programs {
        nanobragg: plan.nanobragg.clone(),
        c: plan.c.clone(),
        c_threads: c_program.as_ref().is_some_and(|program| program.openmp),
        cores: machine::cores().get(),
    };
    let (labels, left_out) = labels(plan)?;
    let times = workloads
        .iter()
        .map(|workload| {
            estimate::seconds(workload, &labels, &programs, plan.budget(), plan.limits(workload))
        })
        .collect::<Result<Vec<f64>>>()?;
    let mut progress = Progress::start(&times);
    let mut record = Record {
        schema: SCHEMA.into(),
        created: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        rounds: plan.most_rounds(),
        complete: plan.complete(),
        environment: Environment::here(c_program),
        entries: Vec::new(),
        left_out,
    };
    for workload in &workloads {
        progress.next(&format!("{}/{}", workload.template.name, workload.size));
        let (entries, left_out) = one(workload, &labels, &programs, plan)?;
        record.entries.extend(entries);
        record.left_out.extend(left_out);
    }
    progress.finish();
    Ok(record)
}

impl Plan {
    /// Whether it is all suites as they stand.
    fn complete(&self) -> bool {
        let Selection { suites, sizes, threads, quick, .. } = &self.selection;
        let own = suites.is_empty() && sizes.is_empty() && threads.is_empty() && !quick;
        own && self.engines.is_empty()
    }

    fn most_rounds(&self) -> usize {
        let own = if self.selection.quick { QUICK_ROUNDS } else { ROUNDS };
        self.rounds.unwrap_or(own)
    }

    /// How long a workload may take.
    fn limits(&self, workload: &Workload) -> Limits {
        let Workload { template, .. } = workload;
        let most = self.most_rounds();
        Limits {
            rounds: if template.kind == Kind::Processes {
                most.min(ROUNDS_OF_MEMORY)
            } else {
                most
            },
            seconds: if self.rounds.is_some() { f64::INFINITY } else { SECONDS },
            repeats: if self.selection.quick { 3 } else { template.repeats },
        }
    }

    /// Steps that a contender takes at most.
    fn budget(&self) -> Budget {
        let cpu = if self.long { u64::MAX } else { 1_100_000_000 };
        if self.selection.quick {
            Budget { c: 2_000_000, reference: 1_000_000, cpu }
        } else {
            Budget { c: 3_000_000, reference: 1_000_000, cpu }
        }
    }
}

/// The files of a record, sealed.
///
/// # Errors
/// None that a record of ours gives.
pub fn files(record: &Record) -> Result<Files> {
    let mut files = plots::all(record)?;
    let environment = serde_json::to_string_pretty(&record.environment).map_err(Error::run)? + "\n";
    files.insert(FILE.into(), record.to_json()?.into_bytes());
    let summary = summary::markdown(record).map_err(Error::run)?;
    files.insert("summary.md".into(), summary.into_bytes());
    files.insert("env.json".into(), environment.into_bytes());
    folder::seal(&mut files);
    Ok(files)
}

/// The folder for a result that the user gives no name.
pub fn default_folder() -> PathBuf {
    format!("bench/{}", Timestamp::now().strftime("%Y%m%d-%H%M%S")).into()
}

/// Where a result goes, found out before it is measured.
///
/// # Errors
/// A place that is taken or cannot be written to.
pub fn place(folder: Option<PathBuf>, force: bool) -> Result<(PathBuf, Place)> {
    let path = folder.unwrap_or_else(default_folder);
    Place::new(&path, force).map(|place| (path, place))
}

fn c_program(plan: &Plan) -> Result<Option<CProgram>> {
    let look = |path: &PathBuf| environment::c_program(path, plan.c_flags.clone());
    let wanted = plan.engines.is_empty() || plan.engines.iter().any(|label| label == C);
    plan.c.as_ref().filter(|_| wanted).map(look).transpose()
}

/// The labels to measure, the C program first as its image is taken for right, and the engines that
/// are not there.
fn labels(plan: &Plan) -> Result<(Vec<String>, Vec<LeftOut>)> {
    for label in &plan.engines {
        if !known::is_label(label) {
            let names: Vec<&str> = known::all().collect();
            let text = format!("'{label}' is no engine; there are {}", names.join(", "));
            return Err(Error::Usage(text));
        }
    }
    let (mut labels, mut left_out) = (Vec::new(), Vec::new());
    for label in [C].into_iter().chain(known::LABELS) {
        let named = plan.engines.iter().any(|engine| engine == label);
        if !plan.engines.is_empty() && !named {
            continue;
        }
        let there = match label {
            C if plan.c.is_none() => Err(format!("{C_EXECUTABLE} is not set")),
            C => Ok(()),
            _ => engines::engine(label, 1).map(drop),
        };
        match there {
            Ok(()) => labels.push(label.to_owned()),
            Err(reason) if named => return Err(Error::Unavailable(reason)),
            Err(reason) => left_out.push(LeftOut { name: label.into(), reason }),
        }
    }
    Ok((labels, left_out))
}

/// One workload.
fn one(
    workload: &Workload,
    labels: &[String],
    programs: &Programs,
    plan: &Plan,
) -> Result<(Vec<Entry>, Vec<LeftOut>)> {
    let kind = workload.template.kind;
    if matches!(kind, Kind::Interference | Kind::Product) {
        let ours: Vec<String> = labels.iter().filter(|label| *label != C).cloned().collect();
        return Ok(loops::measure(workload, &ours, plan.most_rounds(), programs.cores));
    }
    let (mut contenders, mut left_out) = (Vec::new(), Vec::new());
    let name =
        |(label, threads)| names::entry(workload.template.name, workload.size, label, threads);
    let (pairs, repeated) = once(pairs(labels, &workload.threads), programs.cores);
    for pair in pairs {
        match Contender::new(workload, pair, programs, plan.budget()) {
            Ok(contender) => contenders.push(contender),
            Err(Error::Unavailable(reason)) => {
                left_out.push(LeftOut { name: name(pair), reason });
            }
            Err(error) => return Err(error),
        }
    }
    let mut measured = turns::measure(contenders, plan.limits(workload), plan.exact);
    let mut entries = ratios::entries(workload, &measured, programs.cores);
    if kind == Kind::Profile {
        for (entry, contender) in entries.iter_mut().zip(&mut measured.contenders) {
            if entry.valid() && contender.is_whole() {
                (entry.stages, entry.all_images_seconds) = stages::profile(contender)?;
            }
        }
    }
    for (again, first) in repeated {
        let measured = entries.iter().find(|entry| entry.name == name(first)).cloned();
        let same = |entry: Entry| Entry { name: name(again), same_as: Some(entry.name), ..entry };
        entries.extend(measured.map(same));
    }
    Ok((entries, left_out))
}

//! `nanobragg batch`: many images in one go.
//!
//! [`file`](mod@file) reads the batch file: [`text`], or a [`list`](mod@list) whose words are
//! [`template`]s that [`sweep`]s fill. [`command`] tells what each run reads and writes, [`places`]
//! refuses what collides, and [`inputs`] takes the digests of what is read. The [`journal`] keeps
//! [`records`] of what is done; [`resume`] tells which runs are left, and [`plan`] resolves those and
//! says what they need of the [`means`] there are. Then [`schedule`] hands them to [`workers`], which
//! render them one by one with [`render`]; [`progress`] shows how far they are.

pub mod cli;
pub mod command;
pub mod file;
pub mod inputs;
pub mod journal;
pub mod list;
pub mod listing;
pub mod means;
pub mod places;
pub mod plan;
pub mod progress;
pub mod records;
pub mod render;
pub mod resume;
pub mod schedule;
pub mod shard;
pub mod size;
pub mod sweep;
pub mod template;
pub mod text;
pub mod words;
pub mod workers;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use nanobragg_reference::Error;

use journal::{Found, Journal};
use means::Means;
use progress::{Progress, Summary};
use records::History;
use resume::{Campaign, Standing};
use shard::Shard;
use size::Bytes;

/// Why a batch does not start, or does not go on.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// What is wrong with the batch file, each with its place.
    #[error("{}", .0.join("\n"))]
    Wrong(Vec<String>),
    /// Anything that ends a single run, too.
    #[error(transparent)]
    Program(#[from] Error),
}

impl Stop {
    /// One thing is wrong.
    pub fn wrong(text: String) -> Stop {
        Stop::Wrong(vec![text])
    }

    /// The exit status of the program.
    pub fn exit_status(&self) -> u8 {
        match self {
            Stop::Wrong(_) => 1,
            Stop::Program(error) => error.exit_status(),
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// The batch file.
    pub file: PathBuf,
    /// The part of it.
    pub shard: Shard,
    /// Memory for all runs that are rendered at the same time.
    pub memory: Option<Bytes>,
    /// Threads for all of them.
    pub threads: Option<usize>,
    /// How many are rendered at the same time.
    pub jobs: Option<usize>,
    /// Render what is done once more.
    pub force: bool,
    /// Arguments before those of all runs.
    pub defaults: Vec<String>,
    /// The journal of the whole batch.
    pub journal: PathBuf,
    /// A folder for the reports of the runs.
    pub logs: Option<PathBuf>,
    /// Whether progress is shown.
    pub progress: Option<bool>,
}

/// Reads the batch file, and refuses what cannot be one.
fn campaign(options: &Options) -> Result<Campaign, Stop> {
    let mut runs = file::read(&options.file)?;
    for run in &mut runs {
        run.args.splice(0..0, options.defaults.iter().cloned());
    }
    Campaign::new(runs, options)
}

/// Renders what is left of a batch. A set `stop` ends it; `starting` is called before the first
/// file is begun.
///
/// # Errors
/// What is wrong with the batch, before anything is rendered.
pub fn run(options: &Options, stop: &AtomicBool, starting: impl FnOnce()) -> Result<Summary, Stop> {
    let campaign = campaign(options)?;
    let (means, progress) = (Means::of(options), Progress::start(options.progress));
    let folder = journal::folder(&options.journal)?;
    let left = |standing: &Standing| {
        if options.force { campaign.share().collect() } else { standing.pending.clone() }
    };
    // All is checked before anything is touched.
    let before = History::of(journal::look(&options.journal)?.records, &folder);
    let planned: Vec<usize> = left(&campaign.stand(&before, false));
    let mut plan = plan::plan(&campaign, &planned, &means, &progress)?;
    plan::check_logs(options.logs.as_deref())?;

    let (journal, Found { records, notes }) = Journal::open(&options.journal, options.shard)?;
    let standing = campaign.stand(&History::of(records, &folder), true);
    let pending = left(&standing);
    if pending != planned {
        // Another process has ended in the meantime.
        plan = plan::plan(&campaign, &pending, &means, &progress)?;
    }
    let notes = notes.iter().chain(&standing.notes).chain(&plan.notes);
    notes.for_each(|note| progress.note(note));
    campaign.clear(&pending);
    if options.force {
        campaign.begin_anew(&journal, &standing.pending)?;
    }
    starting();
    let context = workers::Context {
        campaign: &campaign,
        plan: &plan,
        journal: &journal,
        folder: &folder,
        logs: options.logs.as_deref(),
        stop,
    };
    Ok(workers::work(&context, &means, progress))
}

/// Tells what a batch would do.
///
/// # Errors
/// What is wrong with the batch.
pub fn list(options: &Options) -> Result<String, Stop> {
    let campaign = campaign(options)?;
    let Found { records, .. } = journal::look(&options.journal)?;
    let history = History::of(records, &journal::folder(&options.journal)?);
    let standing = campaign.stand(&history, false);
    let all: Vec<usize> = campaign.share().collect();
    let means = Means::of(options);
    let plan = plan::plan(&campaign, &all, &means, &Progress::start(Some(false)))?;
    let pending = if options.force { &all } else { &standing.pending };
    Ok(listing::text(&campaign, &plan, pending, options.shard))
}

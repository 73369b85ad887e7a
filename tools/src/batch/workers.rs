//! The threads that render.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use nanobragg_reference::arguments::{EngineChoice, Precision};
use nanobragg_reference::engine::Engine;
use nanobragg_reference::{Error, Result};

use super::journal::Journal;
use super::means::Means;
use super::plan::{self, Plan, Task};
use super::progress::{Progress, Summary};
use super::render;
use super::resume::Campaign;
use super::schedule::{Claim, Limits, Schedule};
use crate::engines;

/// What all threads share.
pub struct Context<'a> {
    /// All runs.
    pub campaign: &'a Campaign,
    /// Those that are left.
    pub plan: &'a Plan,
    /// Where they are recorded.
    pub journal: &'a Journal,
    /// The folder of the journal, from the root on.
    pub folder: &'a Path,
    /// The folder for the reports of the runs.
    pub logs: Option<&'a Path>,
    /// Set where the batch is to end.
    pub stop: &'a AtomicBool,
}

/// Renders all runs that are left.
pub fn work(context: &Context<'_>, means: &Means, progress: Progress) -> Summary {
    let plan = context.plan;
    let tables: Vec<(u64, bool)> =
        plan.tables.iter().map(|(key, bytes)| (*bytes, plan.store.bytes(key).is_some())).collect();
    // Where a number of runs at a time was asked for, there are as many workers.
    let threads = if means.jobs.is_some() { usize::MAX } else { means.threads };
    let limits = Limits { threads, memory: means.memory.0 };
    let schedule = Schedule::new(&plan.tasks, limits, &tables);
    let engines = Engines::default();
    let runs = context.campaign.share().count();
    progress.begin(runs, plan.tasks.len());
    let worker = || {
        while let Some(claim) = schedule.claim() {
            one(context, &engines, &progress, claim);
            if context.stop.load(Ordering::Relaxed) {
                schedule.stop();
            }
        }
    };
    let workers = means.jobs.unwrap_or(means.threads).min(plan.tasks.len());
    thread::scope(|scope| {
        for _ in 1..workers {
            // Where no thread can be had, the others do its work.
            drop(thread::Builder::new().spawn_scoped(scope, worker));
        }
        worker();
    });
    progress.finish(context.stop.load(Ordering::Relaxed))
}

fn one(context: &Context<'_>, engines: &Engines, progress: &Progress, claim: Claim<'_>) {
    let task = claim.task;
    let origin = &context.campaign.runs[task.run].origin;
    let rendered = engines.take(context, &task).and_then(|engine| {
        let rendered = render::render(context, &task, engine.1.as_ref(), || claim.loaded());
        engines.put(engine);
        rendered
    });
    claim.end(|table| context.plan.store.forget(&context.plan.tables[table].0));
    match rendered {
        Ok(messages) => progress.done(origin, &messages),
        Err(Error::Cancelled) => {}
        Err(error) => progress.failed(origin, &error),
    }
}

/// An engine and how it was made.
type Kept = ((EngineChoice, Precision, usize), Box<dyn Engine + Send>);

/// Engines that nobody uses at the moment: their threads, or their GPU, are kept for the next run.
#[derive(Default)]
struct Engines(Mutex<Vec<Kept>>);

impl Engines {
    fn take(&self, context: &Context<'_>, task: &Task) -> Result<Kept> {
        let mut request = plan::request(context.campaign, task.run, task.threads)?;
        request.engine = task.engine;
        let how = (task.engine, request.precision, task.threads);
        let kept = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let found = kept.iter().position(|(known, _)| *known == how);
            found.map(|at| kept.swap_remove(at))
        };
        match kept {
            Some(kept) => Ok(kept),
            None => Ok((how, engines::select(&request, |_| ())?)),
        }
    }

    fn put(&self, engine: Kept) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(engine);
    }
}

//! One run of a batch: rendered, recorded, and its files put into their places.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

use nanobragg_reference::engine::Engine;
use nanobragg_reference::output::{self, Beside, Ready};
use nanobragg_reference::report::Report;
use nanobragg_reference::resolve::resolve_sharing;
use nanobragg_reference::run::Watch;
use nanobragg_reference::{Error, Result};

use super::plan::{self, Task};
use super::records::{Done, Record, Undone, Written};
use super::resume::now;
use super::words;
use super::workers::Context;

/// Renders a run. `resolved` is called as soon as its inputs are read. Gives what the user should
/// know.
///
/// # Errors
/// Whatever stands in the way; the run has no files then, and no record.
pub fn render(
    context: &Context<'_>,
    task: &Task,
    engine: &dyn Engine,
    resolved: impl FnOnce(),
) -> Result<Vec<String>> {
    let mut log = begin_log(context, task.run)?;
    let finished = attempt(context, task, engine, resolved, &mut log);
    let lines = match &finished {
        Ok(messages) => messages.clone(),
        Err(error) => vec![error.message()],
    };
    // As with a single run, images count more than what is said of them.
    lines.iter().for_each(|line| drop(writeln!(log, "{line}")));
    drop(log.flush());
    finished
}

fn attempt(
    context: &Context<'_>,
    task: &Task,
    engine: &dyn Engine,
    resolved: impl FnOnce(),
    log: &mut dyn Write,
) -> Result<Vec<String>> {
    let start = Instant::now();
    let request = plan::request(context.campaign, task.run, task.threads)?;
    let host = plan::host(context.campaign, task.run, task.threads);
    let mut report = Report::to(log);
    let job = resolve_sharing(&request, &host, &context.plan.store, &mut report);
    resolved();
    let job = job?;
    output::preflight(&job, &host, &mut BTreeSet::new())?;
    let stopped = || context.stop.load(Ordering::Relaxed);
    let mut progress =
        |_, _| if stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let mut watch = Watch::new(&job, &mut report, &mut progress);
    let rendered = engine.render(&job.experiment, &mut watch)?;
    let ready = output::stage(job, &rendered, &host, &mut report)?;
    if stopped() {
        return Err(Error::Cancelled);
    }
    unchanged(context, task.run)?;
    put(context, task.run, ready, start)
}

/// Refuses images whose inputs are no longer what they were when the batch began.
fn unchanged(context: &Context<'_>, run: usize) -> Result<()> {
    let campaign = context.campaign;
    let mut inputs = campaign.outlines[run].inputs.iter();
    match inputs.find(|input| campaign.digests.changed(&input.name)) {
        Some(input) => Err(Error::content(&input.name, "changed while the batch was running")),
        None => Ok(()),
    }
}

/// Records a run and puts its files into their places. From the record on the run is done: should
/// the process be killed, the next one puts the files there.
fn put(context: &Context<'_>, run: usize, ready: Ready, start: Instant) -> Result<Vec<String>> {
    ready.sync()?;
    let campaign = context.campaign;
    let mut outputs = Vec::new();
    for Beside { temporary, place, bytes } in ready.files()? {
        let place = absolute(&place)?;
        let file = place.strip_prefix(context.folder).unwrap_or(&place).to_owned();
        let beside = temporary.file_name().unwrap_or_default().to_string_lossy().into_owned();
        outputs.push(Written { file, bytes, beside });
    }
    let id = campaign.id(run).to_owned();
    context.journal.append(&Record::Done(Done {
        run: id.clone(),
        at: now(),
        origin: campaign.runs[run].origin.to_string(),
        seconds: start.elapsed().as_secs_f64(),
        outputs,
    }))?;
    let finished = ready.commit().inspect_err(|_| {
        // Should this fail, too, what lies at the places tells by its size that the run is not done.
        drop(context.journal.append(&Record::Undone(Undone { run: id, at: now() })));
    })?;
    Ok(finished.messages())
}

/// A place from the root on. The last component may be a file that is not there yet.
fn absolute(place: &Path) -> Result<PathBuf> {
    let parent = place.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new(".")).canonicalize();
    let folder = folder.map_err(|source| Error::writing(place, source))?;
    Ok(folder.join(place.file_name().unwrap_or_default()))
}

/// Where the report of a run goes: to a file of its own, or nowhere.
fn begin_log(context: &Context<'_>, run: usize) -> Result<Box<dyn Write>> {
    let Some(folder) = context.logs else { return Ok(Box::new(std::io::sink())) };
    let run = &context.campaign.runs[run];
    let path = folder.join(format!("{:06}.log", run.index));
    let file = File::create(&path).map_err(|source| Error::writing(&path, source))?;
    let mut log = BufWriter::new(file);
    drop(writeln!(log, "{}: nanobragg {}", run.origin, words::join(&run.args)));
    Ok(Box::new(log))
}

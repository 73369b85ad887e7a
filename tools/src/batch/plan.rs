//! What the runs that are left need: memory, threads, tables.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use nanobragg_reference::arguments::{EngineChoice, Precision};
use nanobragg_reference::host::Host;
use nanobragg_reference::quirks::Quirks;
use nanobragg_reference::report::Report;
use nanobragg_reference::resolve::resolve_sharing;
use nanobragg_reference::resolve::tables::{Key, Tables};
use nanobragg_reference::{Error, Experiment, Request};
use nanobragg_reference::{named, output};

use super::means::{Means, SHORT, share_threads};
use super::progress::Progress;
use super::resume::Campaign;
use super::size::Bytes;
use super::{Stop, command};
use crate::{engines, machine};

/// Memory of a run beside its image, and that of a pixel: the image, and the copies that files are
/// made from.
const BASE: u64 = 16 << 20;
const PIXEL: u64 = 16;

/// Memory of a mosaic domain: its matrix, and the cell that it turns.
const DOMAIN: u64 = 144;

/// A run that is left, and what it needs.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// The run, from 0.
    pub run: usize,
    /// Its engine; `auto` only where it may take a GPU.
    pub engine: EngineChoice,
    /// Threads.
    pub threads: usize,
    /// Memory in bytes, without the table.
    pub memory: u64,
    /// Its table of structure factors.
    pub table: Option<usize>,
    /// Evaluations: pixels × sensor layers × steps.
    pub steps: f64,
}

/// The runs that are left.
#[derive(Debug)]
pub struct Plan {
    /// In the order in which they start.
    pub tasks: Vec<Task>,
    /// Tables of structure factors, with their sizes in bytes.
    pub tables: Vec<(Key, u64)>,
    /// Those of them that were read and are at hand.
    pub store: Tables,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Resolves runs and says what they need.
///
/// # Errors
/// All that single runs would end with before they render; more memory than there may be.
pub fn plan(
    campaign: &Campaign,
    runs: &[usize],
    means: &Means,
    progress: &Progress,
) -> Result<Plan, Stop> {
    let mut planner = Planner {
        campaign,
        means,
        store: Tables::default(),
        sources: HashMap::new(),
        tables: Vec::new(),
        numbers: HashMap::new(),
        engines: Vec::new(),
        tried: BTreeSet::new(),
    };
    let (mut tasks, mut problems) = (Vec::new(), Vec::new());
    for (number, &run) in runs.iter().enumerate() {
        progress.checking(number, runs.len());
        match planner.task(run) {
            Ok(task) => tasks.push(task),
            // An engine that is not there is so for all runs.
            Err(error @ Error::Unavailable(_)) => return Err(error.into()),
            Err(error) => problems.push(format!("{}: {error}", campaign.runs[run].origin)),
        }
    }
    if !problems.is_empty() {
        return Err(Stop::Wrong(problems));
    }
    share_threads(&mut tasks, means);
    // Runs of one table follow each other, so that it can go before the next one comes.
    tasks.sort_by_key(|task| (task.table, std::cmp::Reverse(task.threads)));
    // The first run starts whatever is at hand.
    if planner.is_short() {
        planner.keep(tasks.first().and_then(|task| task.table));
    }
    let Planner { store, tables, .. } = planner;
    Ok(Plan { tasks, tables, store, notes: notes(campaign, runs) })
}

fn notes(campaign: &Campaign, runs: &[usize]) -> Vec<String> {
    let unseeded = runs.iter().filter(|&&run| campaign.outlines[run].seed.is_some()).count();
    if unseeded == 0 {
        return Vec::new();
    }
    let who = match unseeded {
        1 => "1 run without -seed gets one, made from its command line".to_owned(),
        count => format!("{count} runs without -seed get one each, made from their command lines"),
    };
    vec![format!("{who} and the same at each try (-list shows it)")]
}

/// Refuses a folder for reports that cannot be had.
///
/// # Errors
/// What the operating system says.
pub fn check_logs(folder: Option<&Path>) -> Result<(), Error> {
    match folder {
        Some(folder) => {
            let failed = |source| Error::writing(folder, source).of_option("-logs");
            std::fs::create_dir_all(folder).map_err(failed)
        }
        None => Ok(()),
    }
}

/// What decides which table a run has: its files, the column, the bits of what the file lacks, and the
/// quirks of reading.
type Source = (Option<PathBuf>, Option<PathBuf>, Option<String>, u64, Quirks);

struct Planner<'a> {
    campaign: &'a Campaign,
    means: &'a Means,
    store: Tables,
    tables: Vec<(Key, u64)>,
    /// The table of each source, or that it has none.
    sources: HashMap<Source, Option<usize>>,
    numbers: HashMap<Key, usize>,
    /// Engines that are there.
    engines: Vec<(EngineChoice, Precision)>,
    /// Folders that can be written.
    tried: BTreeSet<PathBuf>,
}

impl Planner<'_> {
    fn task(&mut self, run: usize) -> Result<Task, Error> {
        let request = request(self.campaign, run, self.means.threads)?;
        self.check_engine(&request)?;
        let source = source(&request)?;
        self.make_room(&source);
        let host = host(self.campaign, run, self.means.threads);
        let job =
            resolve_sharing(&request, &host, &self.store, &mut Report::to(&mut std::io::sink()))?;
        output::preflight(&job, &host, &mut self.tried)?;
        let table = job.table.clone().map(|key| self.table(key));
        self.sources.insert(source, table);
        let (memory, steps) = (memory(&job.experiment), steps(&job.experiment));
        let held = table.map_or(0, |table| self.tables[table].1);
        if memory + held > self.means.memory.0 {
            return Err(Error::Impossible(format!(
                "needs about {} of memory, and may have {} (-memory)",
                Bytes(memory + held),
                self.means.memory
            )));
        }
        let engine = match request.engine {
            EngineChoice::Auto if steps < SHORT => EngineChoice::Cpu,
            engine => engine,
        };
        Ok(Task { run, engine, threads: 1, memory, table, steps })
    }

    fn check_engine(&mut self, request: &Request) -> Result<(), Error> {
        let asked = (request.engine, request.precision);
        if !self.engines.contains(&asked) {
            engines::select(request, |_| ())?;
            self.engines.push(asked);
        }
        Ok(())
    }

    /// Lets go of the tables at hand where a run needs another one that has no room beside them. They
    /// are read again when their runs come.
    fn make_room(&self, source: &Source) {
        let here = |table: usize| self.store.bytes(&self.tables[table].0).is_some();
        let at_hand = self.sources.get(source).is_some_and(|table| table.is_none_or(here));
        if !at_hand && self.is_short() {
            self.keep(None);
        }
    }

    /// Whether the memory does not hold another table beside those at hand: one as large as the largest
    /// so far.
    fn is_short(&self) -> bool {
        let held: u64 = self.tables.iter().filter_map(|(key, _)| self.store.bytes(key)).sum();
        let largest = self.tables.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
        BASE + held + largest > self.means.memory.0
    }

    /// Lets go of all tables but one.
    fn keep(&self, table: Option<usize>) {
        for (number, (key, _)) in self.tables.iter().enumerate() {
            if Some(number) != table {
                self.store.forget(key);
            }
        }
    }

    /// The number of a table.
    fn table(&mut self, key: Key) -> usize {
        *self.numbers.entry(key.clone()).or_insert_with(|| {
            let bytes = self.store.bytes(&key).unwrap_or(0);
            self.tables.push((key, bytes));
            self.tables.len() - 1
        })
    }
}

fn source(request: &Request) -> Result<Source, Error> {
    let settings = named::settings(request)?;
    let inputs = settings.inputs;
    let missing = settings.default_f.to_bits();
    Ok((inputs.hkl, inputs.dump, request.column.clone(), missing, request.quirks))
}

/// The request of a run.
///
/// # Errors
/// As [`command::request`].
pub fn request(campaign: &Campaign, run: usize, threads: usize) -> Result<Request, Error> {
    let mut request = command::request(&campaign.runs[run].args)?;
    request.threads = Some(threads);
    Ok(request)
}

/// The machine as a run sees it: its clock shows the seed that the run gets from its command line.
pub fn host(campaign: &Campaign, run: usize, threads: usize) -> Host {
    let mut host = machine::host(Some(threads));
    host.now = campaign.outlines[run].seed.unwrap_or(host.now);
    host
}

fn memory(experiment: &Experiment) -> u64 {
    let domains = experiment.crystal.domains.len() as u64;
    BASE + PIXEL * experiment.detector.count() as u64 + DOMAIN * domains
}

fn steps(experiment: &Experiment) -> f64 {
    let detector = &experiment.detector;
    detector.roi_pixels() as f64
        * detector.sensor.layers as f64
        * f64::from(experiment.sampling.steps)
}

//! Which runs of a batch are done, and which are left.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use nanobragg_reference::output;

use super::command::{self, Outline};
use super::file::Run;
use super::inputs::Digests;
use super::journal::Journal;
use super::places::{self, Places};
use super::records::{Before, History, Record, Undone};
use super::shard::Shard;
use super::{Options, Stop};

/// All runs of a batch file, with what each reads and writes.
#[derive(Debug)]
pub struct Campaign {
    /// All runs, of every shard.
    pub runs: Vec<Run>,
    /// What each of them reads and writes.
    pub outlines: Vec<Outline>,
    /// Where each of them writes.
    places: Vec<Places>,
    /// What the inputs of the shard hold.
    pub digests: Digests,
    /// The digest of each run of the shard; nothing for the others.
    ids: Vec<String>,
    shard: Shard,
}

/// How a batch stands.
#[derive(Debug, Default)]
pub struct Standing {
    /// The runs of the shard that are left, from 0.
    pub pending: Vec<usize>,
    /// What the user should know.
    pub notes: Vec<String>,
}

impl Campaign {
    /// Checks all command lines, where they write, and what those of the shard read.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn new(runs: Vec<Run>, options: &Options) -> Result<Campaign, Stop> {
        let (mut outlines, mut problems) = (Vec::with_capacity(runs.len()), Vec::new());
        for run in &runs {
            match command::outline(&run.args) {
                Ok(outline) => outlines.push(outline),
                Err(error) => problems.push(format!("{}: {error}", run.origin)),
            }
        }
        if !problems.is_empty() {
            return Err(Stop::Wrong(problems));
        }
        let kept = [options.file.clone(), options.journal.clone()];
        let places = places::check(&runs, &outlines, &kept).unwrap_or_else(|found| {
            problems = found;
            Vec::new()
        });
        let mut digests = Digests::default();
        let mut ids = vec![String::new(); runs.len()];
        for (at, (run, outline)) in runs.iter().zip(&outlines).enumerate() {
            if !options.shard.has(run.index) {
                continue;
            }
            match id(run, outline, &mut digests) {
                Ok(id) => ids[at] = id,
                Err(problem) => problems.push(format!("{}: {problem}", run.origin)),
            }
        }
        if !problems.is_empty() {
            return Err(Stop::Wrong(problems));
        }
        Ok(Campaign { runs, outlines, places, digests, ids, shard: options.shard })
    }

    /// The runs of the shard, from 0.
    pub fn share(&self) -> impl Iterator<Item = usize> {
        (0..self.runs.len()).filter(|&run| self.shard.has(run + 1))
    }

    /// The digest of a run of the shard.
    pub fn id(&self, run: usize) -> &str {
        &self.ids[run]
    }

    /// Where a run writes files.
    fn files(&self, run: usize) -> impl Iterator<Item = &PathBuf> {
        self.places[run].iter().flatten()
    }

    /// Tells the runs that are left. With `put`, files that a killed process left beside their
    /// places are put there.
    pub fn stand(&self, history: &History, put: bool) -> Standing {
        let mut standing = Standing::default();
        let (mut changed, mut lost) = (Vec::new(), Vec::new());
        for run in self.share() {
            match history.before(&self.ids[run], self.files(run), put) {
                Before::Finished => continue,
                Before::Nothing => {}
                Before::Changed => changed.push(run),
                Before::Lost => lost.push(run),
            }
            standing.pending.push(run);
        }
        for (runs, why) in [
            (changed, "was rendered with another command line or from other inputs"),
            (lost, "was rendered, and its files are no longer what they were"),
        ] {
            let Some(&first) = runs.first() else { continue };
            let others = match runs.len() - 1 {
                0 => String::new(),
                others => format!(" (and {others} more)"),
            };
            let origin = &self.runs[first].origin;
            standing.notes.push(format!("{origin} {why}{others}: rendered again"));
        }
        standing
    }

    /// Makes the records of runs that are done count no longer; `pending` are the others.
    ///
    /// # Errors
    /// A journal that cannot be written.
    pub fn begin_anew(&self, journal: &Journal, pending: &[usize]) -> Result<(), Stop> {
        let pending: HashSet<usize> = pending.iter().copied().collect();
        for run in self.share().filter(|run| !pending.contains(run)) {
            journal.append(&Record::Undone(Undone { run: self.ids[run].clone(), at: now() }))?;
        }
        Ok(())
    }

    /// Removes what killed processes left of runs: files beside the places of their outputs.
    pub fn clear(&self, runs: &[usize]) {
        let outputs: HashSet<&PathBuf> = runs.iter().flat_map(|&run| self.files(run)).collect();
        let folders: BTreeSet<_> = outputs.iter().filter_map(|output| output.parent()).collect();
        for folder in folders {
            // What cannot be listed or removed stays; it is in nobody's way.
            let Ok(entries) = std::fs::read_dir(folder) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name();
                let output = name.to_str().and_then(output::output_of);
                if output.is_some_and(|output| outputs.contains(&folder.join(output))) {
                    drop(std::fs::remove_file(entry.path()));
                }
            }
        }
    }
}

/// The digest of a run: of its command line, and of what its inputs hold.
fn id(run: &Run, outline: &Outline, digests: &mut Digests) -> Result<String, String> {
    let mut words = vec![hex(&command::digest(&run.args))];
    for input in &outline.inputs {
        let known = digests.of(input)?;
        words.push(known.map_or("absent".into(), |known| hex(&known.digest)));
    }
    Ok(hex(&command::digest(&words)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Milliseconds since 1970.
pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| since.as_millis().try_into().unwrap_or(u64::MAX))
}

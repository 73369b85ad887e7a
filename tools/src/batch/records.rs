//! What a journal records, and what follows from it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Record {
    /// The files of a run are whole, and get their places next.
    Done(Done),
    /// What was recorded of a run counts no longer.
    Undone(Undone),
}

/// A run that was rendered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// The digest of its command line and its inputs.
    pub run: String,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Where it stands in the batch file, for people.
    pub origin: String,
    /// What it took, s.
    pub seconds: f64,
    /// Its files.
    pub outputs: Vec<Written>,
}

/// A file of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Its place: from the folder of the journal, or from the root on where it lies elsewhere.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// The name that it has beside its place until it is put there.
    pub beside: String,
}

/// A run whose record counts no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// The digest of its command line and its inputs.
    pub run: String,
    /// When, in milliseconds since 1970.
    pub at: u64,
}

impl Record {
    fn at(&self) -> u64 {
        match self {
            Record::Done(done) => done.at,
            Record::Undone(undone) => undone.at,
        }
    }

    /// Makes it no earlier than the record before it, where a clock was put back. Gives its time.
    pub fn not_before(&mut self, earliest: u64) -> u64 {
        let (Record::Done(Done { at, .. }) | Record::Undone(Undone { at, .. })) = self;
        *at = earliest.max(*at);
        *at
    }
}

/// What all journals of a batch say.
#[derive(Debug, Default)]
pub struct History {
    /// What each run wrote last.
    done: HashMap<String, Vec<Written>>,
    /// Who wrote each place last.
    writers: HashMap<PathBuf, String>,
}

/// What became of a run before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing is known of it.
    Nothing,
    /// Its files are there.
    Finished,
    /// Another command line, or other inputs, made what lies at the places of its outputs.
    Changed,
    /// It was rendered, and its files are no longer what they were.
    Lost,
}

impl History {
    /// What records of several journals come to, by their time. `folder` is that of the journals.
    pub fn of(records: impl IntoIterator<Item = Record>, folder: &Path) -> History {
        let mut records: Vec<Record> = records.into_iter().collect();
        // Those of one journal keep their order.
        records.sort_by_key(Record::at);
        let mut history = History::default();
        for record in records {
            match record {
                Record::Done(done) => history.take(done, folder),
                Record::Undone(undone) => history.forget(&undone.run),
            }
        }
        history
    }

    fn forget(&mut self, run: &str) {
        for output in self.done.remove(run).unwrap_or_default() {
            if self.writers.get(&output.file).is_some_and(|writer| writer == run) {
                self.writers.remove(&output.file);
            }
        }
    }

    fn take(&mut self, done: Done, folder: &Path) {
        let mut outputs = done.outputs;
        for output in &mut outputs {
            output.file = folder.join(&output.file);
            self.writers.insert(output.file.clone(), done.run.clone());
        }
        self.done.insert(done.run, outputs);
    }

    /// What became of a run with such outputs. With `put`, files that a killed process left beside
    /// their places are put there.
    pub fn before<'a>(
        &self,
        run: &str,
        places: impl IntoIterator<Item = &'a PathBuf>,
        put: bool,
    ) -> Before {
        let places: HashSet<&PathBuf> = places.into_iter().collect();
        let Some(outputs) = self.done.get(run) else {
            let known =
                places.iter().any(|place| self.writers.contains_key(*place) && place.exists());
            return if known { Before::Changed } else { Before::Nothing };
        };
        let recorded: HashSet<&PathBuf> = outputs.iter().map(|output| &output.file).collect();
        let mine = |place: &&PathBuf| self.writers.get(*place).is_some_and(|writer| writer == run);
        if recorded != places || !recorded.iter().all(mine) {
            return Before::Changed;
        }
        for output in outputs {
            let beside = output.file.with_file_name(&output.beside);
            let waits = size(&beside) == Some(output.bytes);
            if waits && put {
                // What cannot be put there is lost, as the next lines find.
                drop(std::fs::rename(&beside, &output.file));
            }
            let there = size(&output.file) == Some(output.bytes);
            if !there && (put || !waits) {
                return Before::Lost;
            }
        }
        Before::Finished
    }
}

fn size(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().filter(|found| found.is_file()).map(|found| found.len())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Before, Done, History, Record, Undone, Written};

    fn done(run: &str, at: u64, file: &str, bytes: u64) -> Record {
        let beside = format!(".{file}abcdef.partial");
        let outputs = vec![Written { file: file.into(), bytes, beside }];
        Record::Done(Done { run: run.into(), at, origin: "b:1".into(), seconds: 1.0, outputs })
    }

    fn write(folder: &Path, name: &str, bytes: usize) {
        std::fs::write(folder.join(name), vec![0; bytes]).expect("a file");
    }

    #[test]
    fn files_beside_their_places_are_put_there() {
        let folder = tempfile::tempdir().expect("a directory");
        let place = folder.path().join("a");
        let history = History::of([done("x", 1, "a", 3)], folder.path());
        let before = |put| history.before("x", [&place], put);
        assert_eq!(before(true), Before::Lost);
        // Too short: no file of this run.
        write(folder.path(), ".aabcdef.partial", 2);
        assert_eq!(before(true), Before::Lost);
        write(folder.path(), ".aabcdef.partial", 3);
        assert_eq!(before(false), Before::Finished);
        assert!(!place.exists());
        assert_eq!(before(true), Before::Finished);
        assert_eq!(before(true), Before::Finished);
        write(folder.path(), "a", 4);
        assert_eq!(before(true), Before::Lost);
    }

    #[test]
    fn the_last_writer_of_a_place_counts() {
        let folder = tempfile::tempdir().expect("a directory");
        let place = folder.path().join("a");
        write(folder.path(), "a", 3);
        // From two journals, so not in their order.
        let history = History::of([done("y", 2, "a", 3), done("x", 1, "a", 3)], folder.path());
        assert_eq!(history.before("x", [&place], true), Before::Changed);
        assert_eq!(history.before("y", [&place], true), Before::Finished);
        assert_eq!(history.before("z", [&place], true), Before::Changed);
        let other = folder.path().join("b");
        assert_eq!(history.before("z", [&other], true), Before::Nothing);
        assert_eq!(history.before("y", [&place, &other], true), Before::Changed);
    }

    #[test]
    fn what_is_undone_counts_no_longer() {
        let undone = |at| Record::Undone(Undone { run: "x".into(), at });
        let none: [&PathBuf; 0] = [];
        let run =
            |at| Done { run: "x".into(), at, origin: String::new(), seconds: 0.0, outputs: vec![] };
        let history = |records: Vec<Record>| History::of(records, Path::new("/"));
        let before = |records| history(records).before("x", none, true);
        assert_eq!(before(vec![Record::Done(run(1))]), Before::Finished);
        assert_eq!(before(vec![Record::Done(run(1)), undone(1)]), Before::Nothing);
        assert_eq!(before(vec![Record::Done(run(3)), undone(2)]), Before::Finished);
        let mut late = undone(2);
        assert_eq!((late.not_before(3), late.not_before(1)), (3, 3));
        assert_eq!(before(vec![Record::Done(run(3)), late]), Before::Nothing);
    }
}

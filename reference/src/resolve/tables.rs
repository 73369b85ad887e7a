//! Tables of structure factors that several runs share.
//!
//! A campaign of many images often has one file of structure factors. [`resolve`](super::resolve)
//! reads it for its run alone; [`resolve_sharing`](super::resolve_sharing) reads it where no run
//! before has.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::experiment::StructureFactors;
use crate::host::Host;
use crate::quirks::Quirks;

/// All that decides what a table holds, and what the report says of its reading. Files are told by
/// the names that the user gave: a file under two names is read twice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The name as given, which the report repeats.
    name: PathBuf,
    /// Where that is.
    place: PathBuf,
    format: Format,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Format {
    Reflections {
        column: Option<String>,
        /// The bits of `-default_F`, which fills what the file lacks.
        default_f: u64,
        /// Quirk `hkl-tokens`.
        tokens: bool,
    },
    Dump {
        /// Quirk `implicit-fdump`.
        swallow: bool,
    },
}

impl Key {
    pub(super) fn reflections(
        name: &Path,
        (column, default_f, tokens): (Option<&str>, f64, bool),
        host: &Host,
    ) -> Key {
        let column = column.map(str::to_owned);
        let format = Format::Reflections { column, default_f: default_f.to_bits(), tokens };
        Key { name: name.to_owned(), place: host.locate(name), format }
    }

    pub(super) fn dump(name: &Path, swallow: bool, host: &Host) -> Key {
        Key { name: name.to_owned(), place: host.locate(name), format: Format::Dump { swallow } }
    }
}

/// A table, and what its reading had to say.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) factors: Arc<StructureFactors>,
    /// The unit cell of the file, where it gives one.
    pub(super) cell: Option<[f64; 6]>,
    /// The lines of the report.
    pub(super) said: String,
    pub(super) notes: Vec<String>,
    pub(super) decisive: Quirks,
}

/// Tables that were read and not yet forgotten.
#[derive(Debug, Default)]
pub struct Tables(Mutex<HashMap<Key, Arc<Table>>>);

impl Tables {
    /// The memory of a table in bytes, where it is here.
    pub fn bytes(&self, key: &Key) -> Option<u64> {
        let table = self.get(key)?;
        Some((table.factors.values.len() * size_of::<f64>()) as u64)
    }

    /// Lets go of a table. Experiments that have it keep it.
    pub fn forget(&self, key: &Key) {
        self.lock().remove(key);
    }

    pub(super) fn get(&self, key: &Key) -> Option<Arc<Table>> {
        self.lock().get(key).cloned()
    }

    pub(super) fn insert(&self, key: Key, table: Arc<Table>) {
        self.lock().insert(key, table);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Table>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Tables;
    use crate::Request;
    use crate::host::Host;
    use crate::report::Report;
    use crate::resolve::{Job, resolve, resolve_sharing};

    fn request(more: &str) -> Request {
        let line = format!("-cell 90 90 90 90 90 90 -detpixels 8 -hkl P1.hkl {more}");
        Request::parse(line.split_whitespace()).expect("a request")
    }

    #[test]
    fn a_table_is_read_once_and_said_to_be_read_each_time() {
        let folder = tempfile::tempdir().expect("a directory");
        let file = folder.path().join("P1.hkl");
        std::fs::write(&file, "1 0 0 5\n0 1 0 7\nend\n").expect("a file");
        let host = Host { directory: folder.path().to_owned(), ..Host::at(0) };
        let tables = Tables::default();
        let share = |more: &str| -> (Job, String) {
            let mut report = Report::collect();
            let job = resolve_sharing(&request(more), &host, &tables, &mut report).expect("a job");
            (job, report.text().to_owned())
        };
        let (first, said) = share("-lambda 1");
        let mut alone = Report::collect();
        let job = resolve(&request("-lambda 1"), &host, &mut alone).expect("a job");
        assert_eq!(said, alone.text());
        // From here on the file is not needed.
        std::fs::remove_file(&file).expect("a file to remove");
        let (second, again) = share("-lambda 1");
        assert_eq!((&again, &second.notes), (&said, &job.notes));
        let factors = |job: &Job| job.experiment.structure.factors.clone().expect("a table");
        assert!(Arc::ptr_eq(&factors(&first), &factors(&second)));
        assert_eq!(factors(&first).values, factors(&job).values);

        let key = first.table.expect("a key");
        assert_eq!(tables.bytes(&key), Some(4 * 8));
        assert!(resolve_sharing(&request("-default_F 3"), &host, &tables, &mut alone).is_err());
        tables.forget(&key);
        assert_eq!(tables.bytes(&key), None);
        assert!(resolve_sharing(&request(""), &host, &tables, &mut alone).is_err());
    }
}

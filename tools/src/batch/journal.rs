//! Journals: which runs of a batch are done, kept beside the batch file.
//!
//! A journal has a line of JSON for each record. A line is on the disk before the files that it
//! tells of get their places, so that a run is done from that moment on: who finds the line and the
//! files still beside their places puts them there. A line that a killed process has not finished
//! counts as none.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use nanobragg_reference::Error;

use super::Stop;
use super::records::Record;
use super::shard::Shard;

/// The first line of a journal.
const HEADER: &str = "{\"nanobragg-batch\":1}\n";

/// The journal of a process, locked for as long as it lives.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<(File, u64)>,
}

/// What journals hold, and what the user should know of them.
#[derive(Debug, Default)]
pub struct Found {
    /// All records, journal by journal.
    pub records: Vec<Record>,
    /// For standard error.
    pub notes: Vec<String>,
}

/// The journal of a shard; `base` is that of the whole batch.
fn path_of(base: &Path, shard: Shard) -> PathBuf {
    if shard.is_whole() {
        return base.to_owned();
    }
    let mut name = OsString::from(base);
    name.push(format!(".{}", shard.to_string().replace('/', "-of-")));
    name.into()
}

/// Whether a name is one that the system makes for what a process has open, such as `/dev/stdin`.
fn is_of_the_system(file: &Path) -> bool {
    let parent = file.parent();
    file.starts_with("/proc") || ["/dev", "/dev/fd"].iter().any(|of| parent == Some(Path::new(of)))
}

/// Whether a batch file lies where its journal can lie beside it: not where a pipe or a device is.
/// One that is missing is told when it is read.
pub fn can_lie_beside(file: &Path) -> bool {
    std::fs::metadata(file)
        .map_or(true, |found| !is_of_the_system(file) && (found.is_file() || found.is_dir()))
}

/// Refuses what can be no journal: a folder, a device, a pipe. To read it could take for ever.
fn check(path: &Path) -> Result<(), Stop> {
    let other = std::fs::metadata(path).is_ok_and(|found| !found.is_file());
    if !other && !is_of_the_system(path) {
        return Ok(());
    }
    let path = path.display();
    Err(Stop::wrong(format!("-journal {path}: a journal is a regular file, which this is not")))
}

/// The folder of the journals of a batch, from the root on.
///
/// # Errors
/// A folder that is not there.
pub fn folder(base: &Path) -> Result<PathBuf, Error> {
    let parent = base.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new("."));
    folder.canonicalize().map_err(|source| Error::reading(folder, source).of_option("-journal"))
}

/// The journals that a batch has, of whatever shards.
fn journals(base: &Path) -> Result<Vec<(PathBuf, Shard)>, Stop> {
    check(base)?;
    let folder = folder(base)?;
    let failed = |source| Error::reading(&folder, source).of_option("-journal");
    let own = base.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let shard = name.to_str().and_then(|name| {
            let rest = name.strip_prefix(&own)?;
            if rest.is_empty() {
                return Some(Shard::WHOLE);
            }
            rest.strip_prefix('.')?.replacen("-of-", "/", 1).parse().ok()
        });
        found.extend(shard.map(|shard| (base.with_file_name(&name), shard)));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.iter().try_for_each(|(path, _)| check(path))?;
    Ok(found)
}

/// What the journals of a batch hold, without touching them.
///
/// # Errors
/// Files that cannot be read, or are no journals.
pub fn look(base: &Path) -> Result<Found, Stop> {
    let mut found = Found::default();
    for (path, _) in journals(base)? {
        let failed = |source| Error::reading(&path, source).of_option("-journal");
        let bytes = std::fs::read(&path).map_err(failed)?;
        parse(&path, &bytes, &mut found)?;
    }
    Ok(found)
}

impl Journal {
    /// Opens and locks the journal of a shard, or begins it, and reads those of the others.
    ///
    /// # Errors
    /// Another process that works on the same runs, files that are no journals.
    pub fn open(base: &Path, shard: Shard) -> Result<(Journal, Found), Stop> {
        let path = path_of(base, shard);
        check(base)?;
        check(&path)?;
        let failed = |source| Error::writing(&path, source).of_option("-journal");
        let options =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let mut file = options.open(&path).map_err(failed)?;
        let mut found = Found::default();
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy(&path)),
            Err(TryLockError::Error(_)) => found.notes.push(format!(
                "{}: no locks on this file system; see that no other process works on these runs",
                path.display()
            )),
        }
        for (other, division) in journals(base)? {
            if division == shard {
                continue;
            }
            let failed = |source| Error::reading(&other, source).of_option("-journal");
            let mut file = File::open(&other).map_err(failed)?;
            let locked = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
            if locked && !division.goes_with(shard) {
                return Err(busy(&other));
            }
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(failed)?;
            parse(&other, &bytes, &mut found)?;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let whole = parse(&path, &bytes, &mut found)?;
        // What a killed process has not finished makes room for the next line.
        file.set_len(whole).and_then(|()| file.seek(SeekFrom::End(0))).map_err(failed)?;
        let journal = Journal { path: path.clone(), file: Mutex::new((file, whole)) };
        if whole == 0 {
            journal.write(HEADER)?;
        }
        Ok((journal, found))
    }

    /// Adds a record; when this returns, it is on the disk.
    ///
    /// # Errors
    /// What the operating system says; there is no record then.
    pub fn append(&self, record: &Record) -> Result<(), Error> {
        let line = serde_json::to_string(record);
        let line = line.map_err(|error| Error::writing(&self.path, error.into()))?;
        self.write(&(line + "\n"))
    }

    fn write(&self, line: &str) -> Result<(), Error> {
        let mut guard = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, length) = &mut *guard;
        let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_data());
        if let Err(source) = written {
            // A part of a line, as a full disk leaves it, would spoil the next one.
            drop(file.set_len(*length).and_then(|()| file.seek(SeekFrom::End(0))));
            return Err(Error::writing(&self.path, source));
        }
        *length += line.len() as u64;
        Ok(())
    }
}

fn busy(path: &Path) -> Stop {
    let path = path.display();
    Stop::wrong(format!("{path}: another process works on these runs; wait for it or end it"))
}

/// Adds the records of a journal; the length of its whole lines.
fn parse(path: &Path, bytes: &[u8], found: &mut Found) -> Result<u64, Stop> {
    if HEADER.as_bytes().starts_with(bytes) {
        return Ok(if bytes.len() == HEADER.len() { bytes.len() as u64 } else { 0 });
    }
    let Some(lines) = bytes.strip_prefix(HEADER.as_bytes()) else {
        return Err(Stop::wrong(format!("{}: no journal of a batch", path.display())));
    };
    let whole = lines.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let mut latest = 0;
    for (line, number) in lines[..whole].split_inclusive(|&byte| byte == b'\n').zip(2..) {
        match serde_json::from_slice::<Record>(line) {
            Ok(mut record) => {
                latest = record.not_before(latest);
                found.records.push(record);
            }
            Err(error) => found.notes.push(format!(
                "{}:{number}: not understood, and left out: {error}",
                path.display()
            )),
        }
    }
    Ok((HEADER.len() + whole) as u64)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;

    use super::{HEADER, Journal, look};
    use crate::batch::Stop;
    use crate::batch::records::{Record, Undone};
    use crate::batch::shard::Shard;

    fn record(run: &str) -> Record {
        Record::Undone(Undone { run: run.into(), at: 1 })
    }

    fn open(base: &Path, shard: &str) -> Result<(Journal, usize), Stop> {
        let (journal, found) = Journal::open(base, shard.parse().expect("a shard"))?;
        Ok((journal, found.records.len()))
    }

    #[test]
    fn a_torn_line_counts_as_none() {
        let folder = tempfile::tempdir().expect("a directory");
        let base = folder.path().join("b.journal");
        let torn = |bytes: &[u8]| {
            let mut file = std::fs::OpenOptions::new().append(true).open(&base).expect("a journal");
            file.write_all(bytes).expect("to write");
        };
        let (journal, records) = open(&base, "1/1").expect("a journal");
        journal.append(&record("a")).expect("to write");
        drop(journal);
        torn(b"{\"undone\":{\"run\":\"b");
        let (journal, more) = open(&base, "1/1").expect("a journal");
        assert_eq!((records, more), (0, 1));
        journal.append(&record("c")).expect("to write");
        drop(journal);
        torn(b"nonsense\n");
        let found = look(&base).expect("a journal");
        assert_eq!(found.records, [record("a"), record("c")]);
        assert!(found.notes.len() == 1 && found.notes[0].contains("b.journal:4: "));
    }

    #[test]
    fn a_journal_that_was_hardly_begun_begins_anew() {
        let folder = tempfile::tempdir().expect("a directory");
        let base = folder.path().join("b.journal");
        for length in 0..=HEADER.len() {
            std::fs::write(&base, &HEADER[..length]).expect("a file");
            drop(Journal::open(&base, Shard::WHOLE).expect("a journal"));
            assert_eq!(std::fs::read_to_string(&base).expect("a journal"), HEADER);
        }
        for text in ["no journal", "{\"nanobragg-batch\":2}\n", "\n"] {
            std::fs::write(&base, text).expect("a file");
            assert!(Journal::open(&base, Shard::WHOLE).is_err(), "{text}");
            assert_eq!(std::fs::read_to_string(&base).expect("a file"), text);
        }
    }

    #[test]
    fn one_process_works_on_a_run() {
        let folder = tempfile::tempdir().expect("a directory");
        let base = folder.path().join("b.journal");
        let (first, _) = open(&base, "1/2").expect("a journal");
        assert!(open(&base, "1/2").is_err());
        // The other half is no hindrance; another division is.
        let (second, _) = open(&base, "2/2").expect("a journal");
        assert!(open(&base, "1/1").is_err() && open(&base, "1/3").is_err());
        first.append(&record("a")).expect("to write");
        second.append(&record("b")).expect("to write");
        drop((first, second));
        assert_eq!(open(&base, "1/3").expect("a journal").1, 2);
        assert_eq!(open(&base, "1/1").expect("a journal").1, 2);
    }
}

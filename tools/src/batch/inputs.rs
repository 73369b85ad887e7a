//! The files that runs read: what they hold, and that they stay as they are.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::command::Input;

/// Digests of input files; each file is read once.
#[derive(Debug, Default)]
pub struct Digests(HashMap<PathBuf, Result<Known, String>>);

/// A file as it was when its digest was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its digest.
    pub digest: [u8; 32],
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Digests {
    /// A file; `None` for one that is missing and that the run can do without.
    ///
    /// # Errors
    /// A file that is missing, cannot be read, or is a pipe or a device.
    pub fn of(&mut self, input: &Input) -> Result<Option<Known>, String> {
        let Input { option, name, optional } = input;
        if *optional && !name.exists() {
            return Ok(None);
        }
        let known = self.0.entry(name.clone()).or_insert_with(|| read(name));
        known.clone().map(Some).map_err(|reason| format!("{option} {}: {reason}", name.display()))
    }

    /// Whether a file no longer holds what it did when its digest was taken. It is read again where
    /// its size or its date has changed.
    pub fn changed(&self, name: &Path) -> bool {
        let Some(Ok(known)) = self.0.get(name) else { return false };
        let same =
            |found: Metadata| found.len() == known.bytes && found.modified().ok() == known.modified;
        !std::fs::metadata(name).is_ok_and(same)
            && !read(name).is_ok_and(|now| now.digest == known.digest)
    }
}

fn read(name: &Path) -> Result<Known, String> {
    let failed = |error: std::io::Error| error.to_string();
    let found = std::fs::metadata(name).map_err(failed)?;
    if !found.is_file() {
        return Err("no file; a batch reads its inputs more than once".into());
    }
    let mut sha = Sha256::new();
    let mut file = BufReader::with_capacity(1 << 16, File::open(name).map_err(failed)?);
    loop {
        let bytes = file.fill_buf().map_err(failed)?;
        if bytes.is_empty() {
            break;
        }
        sha.update(bytes);
        let length = bytes.len();
        file.consume(length);
    }
    let digest = sha.finalize().into();
    Ok(Known { digest, bytes: found.len(), modified: found.modified().ok() })
}

#[cfg(test)]
mod tests {
    use super::{Digests, Input};

    #[test]
    fn a_change_is_noticed_and_a_missing_file_named() {
        let folder = tempfile::tempdir().expect("a directory");
        let name = folder.path().join("P1.hkl");
        let input = |optional| Input { option: "-hkl", name: name.clone(), optional };
        assert!(Digests::default().of(&input(false)).is_err_and(|text| text.starts_with("-hkl ")));
        assert_eq!(Digests::default().of(&input(true)), Ok(None));
        std::fs::write(&name, "1 0 0 5").expect("a file");
        let mut digests = Digests::default();
        let first = digests.of(&input(false)).expect("a digest");
        assert!(first.is_some() && !digests.changed(&name));
        let file = std::fs::File::options().append(true).open(&name).expect("a file");
        file.set_modified(std::time::UNIX_EPOCH).expect("a date");
        assert!(!digests.changed(&name));
        std::fs::write(&name, "1 0 0 6").expect("a file");
        assert!(digests.changed(&name));
        assert_ne!(Digests::default().of(&input(false)), Ok(first));
        let folder = Input { option: "-hkl", name: folder.path().to_owned(), optional: false };
        assert!(digests.of(&folder).is_err());
    }
}

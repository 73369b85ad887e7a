//! The folder of a result. It appears as a whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use nanobragg_conformance::store::sha256;
use nanobragg_conformance::temporary;
use tempfile::TempDir;

use super::{Error, Result};

/// Files by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The file with the digests of the others.
pub const DIGESTS: &str = "sha256.txt";

/// Adds the file with the digests, which `sha256sum -c` reads.
pub fn seal(files: &mut Files) {
    let line = |(name, bytes): (&String, &Vec<u8>)| format!("{}  {name}\n", sha256(bytes));
    let text: String = files.iter().map(line).collect();
    files.insert(DIGESTS.into(), text.into_bytes());
}

/// Where a folder will be.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    force: bool,
}

impl Place {
    /// A place that can be written to, before any time is spent on measuring.
    ///
    /// # Errors
    /// Something that is there already, unless `force`; a parent that cannot be written to.
    pub fn new(path: &Path, force: bool) -> Result<Place> {
        let place = Place { path: path.to_owned(), force };
        place.check_free()?;
        // Nothing is left of the trial, not even the folders that are missing above the place.
        let exists = |ancestor: &&Path| ancestor.symlink_metadata().is_ok();
        let nearest = place.parent().ancestors().find(exists).unwrap_or(Path::new("."));
        staging(nearest).map(|_| place)
    }

    fn parent(&self) -> &Path {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        parent.unwrap_or(Path::new("."))
    }

    fn check_free(&self) -> Result<()> {
        if !self.force && self.path.symlink_metadata().is_ok() {
            let name = self.path.display();
            return Err(Error::Usage(format!("{name} is there already; --force replaces it")));
        }
        if self.path.symlink_metadata().is_ok() && !is_result(&self.path) {
            let name = self.path.display();
            let text = format!("{name} has more in it than a result of nb-bench: it stays");
            return Err(Error::Usage(text));
        }
        Ok(())
    }

    /// Writes the files.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write(&self, files: &Files) -> Result<()> {
        fs::create_dir_all(self.parent()).map_err(Error::file(self.parent()))?;
        let staged = staging(self.parent())?;
        for (name, bytes) in files {
            let path = staged.path().join(name);
            fs::write(&path, bytes).map_err(Error::file(path))?;
        }
        // It may have come while measuring.
        self.check_free()?;
        let old = staging(self.parent())?;
        let aside = old.path().join("old");
        let replaces = self.path.is_dir();
        if replaces {
            fs::rename(&self.path, &aside).map_err(Error::file(&self.path))?;
        }
        let put = fs::rename(staged.path(), &self.path).map_err(Error::file(&self.path));
        if put.is_err() && replaces {
            fs::rename(&aside, &self.path).map_err(Error::file(&self.path))?;
        }
        put.map(|()| drop(staged.keep()))
    }
}

/// Whether a folder holds a result and nothing else: its digests name all files in it.
fn is_result(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let digests = fs::read_to_string(folder.join(DIGESTS)).unwrap_or_default();
    let names: Vec<&str> = digests.lines().filter_map(|line| line.split("  ").nth(1)).collect();
    entries.flatten().all(|entry| {
        let name = entry.file_name();
        name == DIGESTS || names.iter().any(|known| name == *known)
    })
}

/// A temporary folder beside the place.
fn staging(parent: &Path) -> Result<TempDir> {
    temporary::folder(parent, ".nb-bench-").map_err(Error::file(parent))
}

/// Puts the files into a folder that also has others, each of them as a whole.
///
/// # Errors
/// What the operating system says.
pub fn put(folder: &Path, files: &Files) -> Result<()> {
    fs::create_dir_all(folder).map_err(Error::file(folder))?;
    for (name, bytes) in files {
        let path = folder.join(name);
        let staged = tempfile::NamedTempFile::new_in(folder).map_err(Error::file(folder))?;
        fs::write(staged.path(), bytes).map_err(Error::file(&path))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let permissions = fs::Permissions::from_mode(0o644);
            fs::set_permissions(staged.path(), permissions).map_err(Error::file(&path))?;
        }
        staged.persist(&path).map_err(Error::file(&path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{DIGESTS, Files, Place, put, seal};
    use std::fs;

    fn files(text: &str) -> Files {
        let mut files = Files::from([("results.json".to_owned(), text.as_bytes().to_vec())]);
        seal(&mut files);
        files
    }

    #[test]
    fn digests_are_those_of_the_files() {
        let text = String::from_utf8(files("abc")[DIGESTS].clone()).expect("a text");
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(text, format!("{abc}  results.json\n"));
    }

    #[test]
    fn a_result_is_replaced_only_on_demand_and_other_things_never() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("deep/result");
        Place::new(&path, false).expect("a place").write(&files("one")).expect("a folder");
        assert!(Place::new(&path, false).is_err());
        Place::new(&path, true).expect("a place").write(&files("two")).expect("a folder");
        assert_eq!(fs::read_to_string(path.join("results.json")).expect("a file"), "two");
        assert_eq!(fs::read_dir(home.path().join("deep")).expect("a directory").count(), 1);
        fs::write(path.join("notes"), "x").expect("a file");
        assert!(Place::new(&path, true).is_err());
        fs::write(home.path().join("thesis"), "x").expect("a file");
        assert!(Place::new(&home.path().join("thesis"), true).is_err());
        fs::write(home.path().join("deep/notes"), "x").expect("a file");
        assert!(Place::new(&home.path().join("deep"), true).is_err());
        put(&home.path().join("deep"), &files("three")).expect("files");
        let text = fs::read_to_string(home.path().join("deep/results.json")).expect("a file");
        assert_eq!(text, "three");
    }
}

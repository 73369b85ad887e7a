//! The folder that a comparison leaves: `YYYYMMDD-HHMMSS-<hash>` in `comparisons`, or in the directory
//! that the user names.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::TempDir;

use super::{Files, Options, Problem, Surroundings};
use crate::{Error, Result, store};

/// Where the folder is to be.
pub(super) struct Folder {
    /// What it lies in, absolute, and as the user knows it.
    parent: PathBuf,
    shown: PathBuf,
    /// Its name, unless there is one already.
    name: String,
    created: Timestamp,
}

impl Folder {
    /// Names the folder: the time (UTC) and the first eight hexadecimal digits of the SHA-256 of
    /// the arguments as typed, with a zero byte between each two.
    pub(super) fn name(
        options: &Options,
        surroundings: &Surroundings,
    ) -> std::result::Result<Folder, Problem> {
        let created = Timestamp::try_from(surroundings.now).map_err(Problem::data)?;
        let hash = store::sha256(options.arguments.join("\0").as_bytes());
        let shown = options.outdir.clone();
        Ok(Folder {
            parent: surroundings.directory.join(&shown),
            shown,
            name: format!("{}-{}", created.strftime("%Y%m%d-%H%M%S"), &hash[..8]),
            created,
        })
    }

    /// When the comparison began, in UTC, to the second.
    pub(super) fn created(&self) -> String {
        self.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// Whether the folder could be made, without leaving a trace: before any time is spent on runs.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn probe(&self) -> Result<()> {
        let existing = |place: &&Path| place.symlink_metadata().is_ok();
        let nearest = self.parent.ancestors().find(existing).unwrap_or(&self.parent);
        temporary(nearest).map(drop)
    }

    /// Writes the files into a temporary folder beside the place and puts that in its place, so
    /// that the folder is there as a whole or not at all. A name that is taken gets a number.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn save(&self, files: &Files) -> Result<PathBuf> {
        fs::create_dir_all(&self.parent).map_err(Error::file(&self.parent))?;
        let staging = temporary(&self.parent)?;
        for (name, bytes) in files {
            let path = staging.path().join(name);
            fs::write(&path, bytes).map_err(Error::file(path))?;
        }
        let mut number = 1;
        loop {
            let name = match number {
                1 => self.name.clone(),
                _ => format!("{}-{number}", self.name),
            };
            let place = self.parent.join(&name);
            // An empty folder would be replaced, so the name is looked at first; a comparison that
            // runs beside this one may still take it in between.
            if place.symlink_metadata().is_err() {
                match fs::rename(staging.path(), &place) {
                    Ok(()) => {
                        drop(staging.keep());
                        return Ok(self.shown.join(name));
                    }
                    Err(error) if is_taken(error.kind()) => {}
                    Err(error) => return Err(Error::file(place)(error)),
                }
            }
            number += 1;
        }
    }
}

fn is_taken(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty)
}

/// A temporary folder, with the permissions of one that a user makes.
fn temporary(parent: &Path) -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".nb-compare-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    builder.tempdir_in(parent).map_err(|source| Error::File { path: parent.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn folder(directory: &Path, arguments: &str) -> Folder {
        let surroundings = Surroundings {
            directory: directory.to_owned(),
            c_bin: None,
            py_bin: None,
            path: None,
            // 2000-02-29 12:34:56 UTC
            now: UNIX_EPOCH + Duration::from_secs(951_827_696),
        };
        Folder::name(&Options::new(arguments.split(' ')), &surroundings).expect("a name")
    }

    #[test]
    fn the_name_has_the_time_and_the_arguments() {
        let home = tempfile::tempdir().expect("a directory");
        let folder = folder(home.path(), "-lambda 1");
        // printf '%s\0%s' -lambda 1 | sha256sum
        assert_eq!(folder.name, "20000229-123456-7b8ce982");
        assert_eq!(folder.created(), "2000-02-29T12:34:56Z");
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_else_is_left() {
        let home = tempfile::tempdir().expect("a directory");
        let folder = folder(home.path(), "x");
        folder.probe().expect("a place");
        assert_eq!(fs::read_dir(home.path()).expect("a directory").count(), 0);
        let files = |text: &str| Files::from([("file".to_owned(), text.as_bytes().to_vec())]);
        let first = folder.save(&files("first")).expect("a folder");
        let second = folder.save(&files("second")).expect("a folder");
        assert_eq!(second, PathBuf::from(format!("{}-2", first.display())));
        for (place, text) in [(first, "first"), (second, "second")] {
            let found = fs::read_to_string(home.path().join(place).join("file")).expect("a file");
            assert_eq!(found, text);
        }
        let parent = home.path().join("comparisons");
        assert_eq!(fs::read_dir(parent).expect("a directory").count(), 2);
    }
}

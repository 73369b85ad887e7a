//! The folder that a comparison leaves: `YYYYMMDD-HHMMSS-<hash>` in `comparisons`, or in the directory
//! that the user names; and the picture that the user wants elsewhere.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::{Builder, NamedTempFile};

use super::isolate::Isolated;
use super::sides::Side;
use super::{Exit, Files, Options, Problem, Surroundings};
use crate::{Error, Result, store, temporary};

/// How the names of temporary files and folders begin.
const PREFIX: &str = ".nb-compare-";

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
    /// the arguments as typed, with a zero byte between each two. Without arguments, the names of
    /// the two files take their place.
    pub(super) fn name(
        options: &Options,
        surroundings: &Surroundings,
    ) -> std::result::Result<Folder, Problem> {
        let created = Timestamp::try_from(surroundings.now).map_err(Problem::data)?;
        let files = || [&options.left, &options.right].into_iter().flatten().cloned().collect();
        let words: Vec<String> = Some(options.arguments.clone())
            .filter(|arguments| !arguments.is_empty())
            .unwrap_or_else(files);
        let hash = store::sha256(words.join("\0").as_bytes());
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
    /// Something else where the directory should be; what the operating system says.
    pub(super) fn probe(&self) -> Result<()> {
        let existing = |place: &&Path| place.symlink_metadata().is_ok();
        let nearest = self.parent.ancestors().find(existing).unwrap_or(&self.parent);
        if nearest.is_dir() {
            return temporary::folder(nearest, PREFIX).map(drop).map_err(Error::file(nearest));
        }
        let what = if nearest == self.parent { "it" } else { "a part of this path" };
        Err(Error::format(&self.shown, format!("{what} is no directory, where one is wanted")))
    }

    /// Writes the files into a temporary folder beside the place and puts that in its place, so
    /// that the folder is there as a whole or not at all. A name that is taken gets a number.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn save(&self, files: &Files) -> Result<PathBuf> {
        fs::create_dir_all(&self.parent).map_err(Error::file(&self.parent))?;
        let staging = temporary::folder(&self.parent, PREFIX).map_err(Error::file(&self.parent))?;
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

/// The picture of a comparison, at a place that the user names; one that is there is replaced.
pub(super) struct PictureFile {
    /// As the user names it, and where it is to be; links are followed.
    name: PathBuf,
    path: PathBuf,
}

impl PictureFile {
    /// The picture of a name.
    pub(super) fn of(name: &Path, directory: &Path) -> PictureFile {
        let path = directory.join(name);
        let path = path.canonicalize().unwrap_or(path);
        PictureFile { name: name.to_owned(), path }
    }

    /// Refuses a place where something lies that is compared, or that the programs read.
    pub(super) fn spare(
        &self,
        sides: &[Side; 2],
        run: &Isolated,
    ) -> std::result::Result<(), Problem> {
        let [left, right] = sides.each_ref().map(Side::place);
        let compared = [(left, "the left side"), (right, "the right side")];
        let compared = compared.into_iter().filter_map(|(place, what)| Some((place?, what)));
        let read = run.read.iter().map(|place| (place.as_path(), "a file that the programs read"));
        let is_here = |place: &Path| place.canonicalize().is_ok_and(|place| place == self.path);
        match compared.chain(read).find(|(place, _)| is_here(place)) {
            None => Ok(()),
            Some((_, what)) => Err(Problem {
                exit: Exit::Usage,
                message: format!("--picture {} would be written over {what}", self.name.display()),
            }),
        }
    }

    /// Whether it could be written, without leaving a trace.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn probe(&self) -> Result<()> {
        if self.path.is_dir() {
            return Err(Error::file(&self.path)(ErrorKind::IsADirectory.into()));
        }
        if self.is_special() { Ok(()) } else { self.temporary().map(drop) }
    }

    /// Writes it as a whole; a device or a pipe is written directly.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn write(&self, picture: &[u8]) -> Result<()> {
        if self.is_special() {
            return fs::write(&self.path, picture).map_err(Error::file(&self.path));
        }
        let file = self.temporary()?;
        fs::write(file.path(), picture).map_err(Error::file(&self.path))?;
        file.persist(&self.path).map_err(|error| Error::file(&self.path)(error.error))?;
        Ok(())
    }

    fn is_special(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|found| !found.is_file())
    }

    /// A file beside the place.
    fn temporary(&self) -> Result<NamedTempFile> {
        let parent = self.path.parent().unwrap_or(Path::new("."));
        // Opened here: tempfile would put the temporary name into its errors, and would give nobody
        // but the user permissions.
        let open = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
        let made = Builder::new().prefix(PREFIX).make_in(parent, open);
        made.map_err(Error::file(&self.path))
    }
}

fn is_taken(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty)
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

    #[test]
    fn two_files_are_told_apart_by_their_names() {
        let home = tempfile::tempdir().expect("a directory");
        let surroundings = |now| Surroundings {
            directory: home.path().to_owned(),
            c_bin: None,
            py_bin: None,
            path: None,
            now,
        };
        let name = |left: &str| {
            let none: [&str; 0] = [];
            let right = Some("b.npy".to_owned());
            let options = Options { left: Some(left.into()), right, ..Options::new(none) };
            Folder::name(&options, &surroundings(UNIX_EPOCH)).expect("a name").name
        };
        // printf '%s\0%s' a.bin b.npy | sha256sum
        assert_eq!(name("a.bin"), "19700101-000000-c456ca21");
        assert_ne!(name("a.bin"), name("c.bin"));
    }

    #[test]
    fn a_picture_takes_its_place_as_a_whole() {
        let home = tempfile::tempdir().expect("a directory");
        let of = |name: &str| PictureFile::of(Path::new(name), home.path());
        fs::write(home.path().join("old.png"), "old").expect("a file");
        for name in ["old.png", "new.png"] {
            of(name).probe().expect("a place");
            of(name).write(b"new").expect("a picture");
            assert_eq!(fs::read(home.path().join(name)).expect("a picture"), b"new");
        }
        assert_eq!(fs::read_dir(home.path()).expect("a directory").count(), 2);
        assert!(of(".").probe().is_err() && of("none/new.png").probe().is_err());
    }
}

//! Files that are written and not yet in their places.

use std::path::PathBuf;

use super::Finished;
use super::staged::Staged;
use crate::error::{Error, Result};

/// All files of a job, beside their places. Dropped, they are gone.
pub struct Ready {
    staged: Vec<Staged>,
    finished: Finished,
}

/// A file beside its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// The temporary file, in the folder of its place.
    pub temporary: PathBuf,
    /// Where it goes.
    pub place: PathBuf,
    /// Its size.
    pub bytes: u64,
}

impl Ready {
    pub(super) fn new(staged: Vec<Staged>, finished: Finished) -> Ready {
        Ready { staged, finished }
    }

    /// The files. Devices and pipes are not among them: they have been written.
    ///
    /// # Errors
    /// What the operating system says, with the file's name.
    pub fn files(&self) -> Result<Vec<Beside>> {
        let mut files = Vec::new();
        for staged in &self.staged {
            let Some((file, place)) = staged.beside() else { continue };
            let found = file.as_file().metadata();
            let bytes = found.map_err(|source| Error::writing(staged.name(), source))?.len();
            let (temporary, place) = (file.path().to_owned(), place.to_owned());
            files.push(Beside { temporary, place, bytes });
        }
        Ok(files)
    }

    /// Waits until the files would outlive the machine's end.
    ///
    /// # Errors
    /// What the operating system says, with the file's name.
    pub fn sync(&self) -> Result<()> {
        let files = self.staged.iter().filter_map(|staged| Some((staged, staged.beside()?.0)));
        for (staged, file) in files {
            let synced = file.as_file().sync_all();
            synced.map_err(|source| Error::writing(staged.name(), source))?;
        }
        Ok(())
    }

    /// Puts all files in their places.
    ///
    /// # Errors
    /// What the operating system says, with the file's name.
    pub fn commit(self) -> Result<Finished> {
        self.staged.into_iter().try_for_each(Staged::commit)?;
        Ok(self.finished)
    }
}

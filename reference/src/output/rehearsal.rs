//! Files written one by one, to see what each of them takes.

use super::files::{File, Files};
use crate::engine::Rendered;
use crate::error::Result;
use crate::host::Host;
use crate::resolve::Job;
use crate::statistics::Statistics;

/// The files of a job, written beside their places and taken away again. [`super::write`] writes
/// those of a large image side by side; here each waits for its call.
pub struct Rehearsal<'a>(Files<'a>);

impl<'a> Rehearsal<'a> {
    /// Of a job and its image. The threads of the host help with the noise image alone.
    pub fn new(job: &'a mut Job, rendered: &'a Rendered, host: &'a Host) -> Self {
        super::settle_scale(job, rendered);
        Rehearsal(Files::new(job, rendered, host))
    }

    /// Mean and spread, which the report and the scale of the PGM need; computed at the first call.
    pub fn statistics(&self) -> &Statistics {
        self.0.statistics()
    }

    /// Writes a file: whether the job asks for it.
    ///
    /// # Errors
    /// What the operating system says, with the file's name.
    pub fn write(&self, file: File) -> Result<bool> {
        let written = self.0.write(file).map(|written| written.staged.map(drop)).transpose()?;
        Ok(written.is_some())
    }
}

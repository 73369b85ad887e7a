//! A run that has happened, as expressions see it.

use std::sync::{Arc, OnceLock};

use super::session::Session;
use super::value::Image;
use crate::cases::Kind;
use crate::execute::{CommandLine, Outcome};
use crate::outputs::{header_value, image, written};

/// A run that has happened.
pub struct Ran {
    /// The name in the expressions, with the value of the sweep.
    pub name: String,
    /// What was run.
    pub line: CommandLine,
    /// What it left.
    pub outcome: Arc<Outcome>,
    /// Where the oracle's image comes from.
    pub session: Arc<Session>,
    float: OnceLock<Result<Arc<Image>, String>>,
}

impl Ran {
    /// A run.
    pub fn new(
        name: String,
        line: CommandLine,
        outcome: Arc<Outcome>,
        session: Arc<Session>,
    ) -> Ran {
        Ran { name, line, outcome, session, float: OnceLock::new() }
    }

    /// The float image, photons.
    pub fn float(&self) -> Result<Arc<Image>, String> {
        self.float
            .get_or_init(|| image(&self.line, &self.outcome, Kind::Float).map(Arc::new))
            .clone()
    }

    /// An image of a kind: photons, counts or grey values.
    pub fn image(&self, kind: Kind) -> Result<Arc<Image>, String> {
        match kind {
            Kind::Float => self.float(),
            _ => image(&self.line, &self.outcome, kind).map(Arc::new),
        }
    }

    /// The float image of the C program for the same command line: of the executable where there
    /// is one, else that of the reference engine, whose bytes are checked against what was
    /// recorded from the C program.
    pub fn oracle(&self) -> Result<Arc<Image>, String> {
        let outcome = self.session.oracle(&self.line)?;
        image(&self.line, &outcome, Kind::Float).map(Arc::new)
    }

    /// The image to hold beside this one: what was recorded of the C program, so that another
    /// program in its place is not held beside itself; without a record the C program's, or what the
    /// reference engine gives here.
    pub(super) fn expected(&self) -> Option<Arc<Image>> {
        let recorded = self.session.truth.outcome(&self.line);
        let outcome = recorded
            .or_else(|_| self.session.oracle(&self.line))
            .or_else(|_| self.session.run("reference", &self.line))
            .ok()?;
        image(&self.line, &outcome, Kind::Float).ok().map(Arc::new)
    }

    /// A file that the run wrote, or that lay there before.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.outcome
            .files
            .get(name)
            .map(Vec::as_slice)
            .or_else(|| self.line.inputs.get(name).map(AsRef::as_ref))
    }

    /// The value of a key in the header of the integer or the noise image.
    pub fn header(&self, key: &str, kind: Kind) -> Result<String, String> {
        let bytes = written(&self.line, &self.outcome, kind)?;
        header_value(bytes, key).ok_or_else(|| format!("the header has no {key}"))
    }
}

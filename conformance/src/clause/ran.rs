//! A run that has happened, as expressions see it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use ndarray::Array2;

use super::session::Session;
use super::value::Image;
use crate::cases::Kind;
use crate::execute::{CommandLine, Outcome};
use crate::run::output_names;

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

    /// The image to hold beside this one: the C program's, or, where its record does not agree
    /// with it, what the reference engine gives here.
    pub(super) fn expected(&self) -> Option<Arc<Image>> {
        self.oracle().ok().or_else(|| {
            let outcome = self.session.run("reference", &self.line).ok()?;
            image(&self.line, &outcome, Kind::Float).ok().map(Arc::new)
        })
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

/// The names of the outputs of a command line.
pub(super) fn names(line: &CommandLine) -> Result<BTreeMap<Kind, PathBuf>, String> {
    output_names(&line.arguments).map_err(|error| error.to_string())
}

/// The bytes of an output.
pub(super) fn written<'o>(
    line: &CommandLine,
    outcome: &'o Outcome,
    kind: Kind,
) -> Result<&'o [u8], String> {
    let names = names(line)?;
    let name = names.get(&kind).and_then(|name| name.to_str()).unwrap_or("");
    outcome.files.get(name).map(Vec::as_slice).ok_or_else(|| {
        let last = outcome.stderr.lines().last().unwrap_or("");
        format!(
            "the run wrote no {} image{}{last}",
            kind.name(),
            if last.is_empty() { "" } else { ": " }
        )
    })
}

/// An output as an image. The size comes from the header of the integer image, which every run
/// writes.
pub(super) fn image(line: &CommandLine, outcome: &Outcome, kind: Kind) -> Result<Image, String> {
    let header = written(line, outcome, Kind::Int)?;
    let size = |key: &str| {
        header_value(header, key)
            .and_then(|value| value.parse::<usize>().ok())
            .ok_or_else(|| format!("the header has no {key}"))
    };
    let (fast, slow) = (size("SIZE1")?, size("SIZE2")?);
    let bytes = written(line, outcome, kind)?;
    let count = fast * slow;
    let width = match kind {
        Kind::Float => 4,
        Kind::Pgm => 1,
        _ => 2,
    };
    // The pixels are the end of the file: the text before them may be longer than it says.
    let start = bytes.len().checked_sub(count * width).ok_or_else(|| {
        format!("the {} image has {} bytes, too few for {fast} × {slow}", kind.name(), bytes.len())
    })?;
    let pixels = &bytes[start..];
    let big = header_value(bytes, "BYTE_ORDER").is_some_and(|order| order == "big_endian");
    let values: Vec<f64> = match kind {
        Kind::Float => crate::compare::floats(pixels).map(f64::from).collect(),
        Kind::Pgm => pixels.iter().map(|&grey| f64::from(grey)).collect(),
        _ => pixels
            .chunks_exact(2)
            .map(|pair| {
                let pair = [pair[0], pair[1]];
                f64::from(if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
            })
            .collect(),
    };
    Array2::from_shape_vec((slow, fast), values).map_err(|error| error.to_string())
}

/// The value of a key: the text behind `KEY=` at the start of a line, up to `;` or its end.
fn header_value(bytes: &[u8], key: &str) -> Option<String> {
    let end = bytes.iter().position(|&b| b == b'\x0c').unwrap_or(0);
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    Some(value.trim_end().trim_end_matches(';').to_owned())
}

//! What a run left, by its kinds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use nanobragg_reference::files::smv::SmvFile;
use ndarray::Array2;

use crate::cases::Kind;
use crate::compare::floats;
use crate::execute::{CommandLine, Outcome, normalized};
use crate::run::{Outputs, output_names};

/// The names of the outputs of a command line.
///
/// # Errors
/// Arguments that are refused.
pub fn names(line: &CommandLine) -> Result<BTreeMap<Kind, PathBuf>, String> {
    output_names(&line.arguments).map_err(|error| error.to_string())
}

/// The bytes of an output.
///
/// # Errors
/// Arguments that are refused, an output that was not written.
pub fn written<'o>(
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

/// All that a run left, the report included; `None` where two outputs have the same name, so that
/// one file is left of both.
///
/// # Errors
/// Arguments that are refused.
pub fn all(line: &CommandLine, outcome: &Outcome) -> Result<Option<Outputs>, String> {
    let names = names(line)?;
    if names.values().collect::<BTreeSet<_>>().len() < names.len() {
        return Ok(None);
    }
    let mut outputs: Outputs = names
        .into_iter()
        .filter_map(|(kind, name)| Some((kind, outcome.files.get(name.to_str()?)?.clone())))
        .collect();
    outputs.insert(Kind::Stdout, normalized(&outcome.stdout));
    Ok(Some(outputs))
}

/// The pixels of an SMV image, `(slow, fast)`; `None` where its header does not tell.
pub fn smv_shape(bytes: &[u8]) -> Option<(usize, usize)> {
    let image = SmvFile::parse(Path::new("image"), bytes.to_vec(), true).ok()?;
    // Both are positive, as the file could not be parsed otherwise.
    Some((image.height() as usize, image.width() as usize))
}

/// An output as an image: photons, counts or grey values. The size comes from the header of the
/// integer image, which every run writes.
///
/// # Errors
/// An output that was not written, a size that does not fit.
pub fn image(line: &CommandLine, outcome: &Outcome, kind: Kind) -> Result<Array2<f64>, String> {
    let shape = smv_shape(written(line, outcome, Kind::Int)?)
        .ok_or("the header of the integer image has no size")?;
    let values = values(written(line, outcome, kind)?, kind, shape.0 * shape.1)?;
    Array2::from_shape_vec(shape, values).map_err(|error| error.to_string())
}

/// The last `count` pixels of an output: the text before them may be longer than it says.
///
/// # Errors
/// Fewer bytes than that.
pub fn values(bytes: &[u8], kind: Kind, count: usize) -> Result<Vec<f64>, String> {
    let width = match kind {
        Kind::Float => 4,
        Kind::Pgm => 1,
        _ => 2,
    };
    let start = bytes.len().checked_sub(count * width).ok_or_else(|| {
        format!("the {} image has {} bytes, too few for {count} pixels", kind.name(), bytes.len())
    })?;
    let pixels = &bytes[start..];
    let big = header_value(bytes, "BYTE_ORDER").is_some_and(|order| order == "big_endian");
    Ok(match kind {
        Kind::Float => floats(pixels).map(f64::from).collect(),
        Kind::Pgm => pixels.iter().map(|&grey| f64::from(grey)).collect(),
        _ => pixels
            .chunks_exact(2)
            .map(|pair| {
                let pair = [pair[0], pair[1]];
                f64::from(if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
            })
            .collect(),
    })
}

/// The text of a key in the header of an SMV image: what stands behind `KEY=` at the start of a
/// line, up to `;` or its end.
pub fn header_value(bytes: &[u8], key: &str) -> Option<String> {
    let end = bytes.iter().position(|&b| b == b'\x0c').unwrap_or(0);
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    Some(value.trim_end().trim_end_matches(';').to_owned())
}

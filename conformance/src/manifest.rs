//! How the goldens were made, `goldens/manifest.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cases::{Case, Kind, Origin};
use crate::run::Outputs;
use crate::store::sha256;
use crate::{Error, Result};

/// The manifest of a folder.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The C program that was run.
    pub c_program: CProgram,
    /// One entry for each case, by name.
    pub cases: BTreeMap<String, Entry>,
}

/// What the C goldens come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CProgram {
    /// Repository and file of the source.
    pub source: String,
    /// sha256 of the source.
    pub source_sha256: String,
    /// The compiler.
    pub compiler: String,
    /// Its flags.
    pub flags: String,
    /// The C library and the machine.
    pub platform: String,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What it was recorded from.
    pub from: Origin,
    /// The command line.
    pub command_line: String,
    /// sha256 of each input, by its name in the run.
    pub inputs: BTreeMap<String, String>,
    /// Statistics of the float image.
    pub image: ImageStatistics,
    /// sha256 and size of each output.
    pub outputs: BTreeMap<Kind, Recorded>,
}

/// One output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// Bytes before compression.
    pub bytes: usize,
    /// sha256 before compression.
    pub sha256: String,
}

/// Statistics of a float image, in photons.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageStatistics {
    /// Number of pixels.
    pub pixels: usize,
    /// Number of pixels that are not zero.
    pub nonzero: usize,
    /// Smallest.
    pub min: f32,
    /// Largest.
    pub max: f32,
    /// Sum in double precision.
    pub sum: f64,
}

impl ImageStatistics {
    /// Statistics of an image as it lies in a file.
    pub fn of(bytes: &[u8]) -> ImageStatistics {
        let mut statistics =
            ImageStatistics { pixels: 0, nonzero: 0, min: f32::MAX, max: f32::MIN, sum: 0.0 };
        for value in crate::compare::floats(bytes) {
            statistics.pixels += 1;
            statistics.nonzero += usize::from(value != 0.0);
            statistics.min = statistics.min.min(value);
            statistics.max = statistics.max.max(value);
            statistics.sum += f64::from(value);
        }
        statistics
    }
}

impl Entry {
    /// The entry of a case that has just been run.
    ///
    /// # Errors
    /// Inputs that cannot be read.
    pub fn of(case: &Case, folder: &Path, outputs: &Outputs) -> Result<Entry> {
        let mut inputs = BTreeMap::new();
        for (name, source) in &case.inputs {
            let path = folder.join("inputs").join(source);
            let bytes = std::fs::read(&path).map_err(Error::file(&path))?;
            inputs.insert(name.clone(), sha256(&bytes));
        }
        let float = outputs.get(&Kind::Float).map_or(&[][..], Vec::as_slice);
        Ok(Entry {
            from: case.from,
            command_line: case.command_line().to_owned(),
            inputs,
            image: ImageStatistics::of(float),
            outputs: outputs
                .iter()
                .map(|(&kind, bytes)| {
                    (kind, Recorded { bytes: bytes.len(), sha256: sha256(bytes) })
                })
                .collect(),
        })
    }
}

/// Reads the manifest of a folder; an empty one where there is none.
///
/// # Errors
/// A manifest that cannot be read.
pub fn read(folder: &Path) -> Result<Manifest> {
    let path = folder.join("manifest.json");
    if !path.exists() {
        return Ok(Manifest::default());
    }
    let text = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
    serde_json::from_str(&text).map_err(|error| Error::format(&path, error))
}

/// Writes the manifest of a folder.
///
/// # Errors
/// A file that cannot be written.
pub fn write(folder: &Path, manifest: &Manifest) -> Result<()> {
    let path = folder.join("manifest.json");
    let mut text =
        serde_json::to_string_pretty(manifest).map_err(|error| Error::format(&path, error))?;
    text.push('\n');
    std::fs::write(&path, text).map_err(Error::file(&path))
}

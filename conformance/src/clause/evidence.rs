//! What stays of a run: numbers for the report, and pictures of what failed.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::agree;
use super::ran::Ran;
use super::trial::Verdict;
use crate::cases::Kind;
use crate::metrics::Comparison;
use crate::outputs::written;
use crate::picture::{self, panels};
use crate::store::sha256;
use crate::{Error, Result, tolerance};

/// How a run compares with the C program's for the same command line.
#[derive(Clone, Debug, Serialize)]
pub struct Evidence {
    /// The name of the run in its block.
    pub run: String,
    /// The command, ready to paste.
    pub command: String,
    /// Digest of the float image.
    pub sha256: String,
    /// Pearson's correlation; none for a constant image.
    pub correlation: Option<f64>,
    /// Sum of its pixels over that of the C program's; none where that is 0.
    pub sum_ratio: Option<f64>,
    /// Largest difference of two pixels, photons.
    pub largest_difference: f64,
    /// Number of pixels whose bits differ.
    pub differing: usize,
    /// Largest share of what the engine's bound allows, over all pixels.
    pub used: f64,
}

impl Evidence {
    /// The evidence of a run; none where it wrote no image.
    pub fn of(ran: &Ran, label: &str) -> Option<Evidence> {
        let bytes = written(&ran.line, &ran.outcome, Kind::Float).ok()?;
        let (found, expected) = (ran.float().ok()?, ran.oracle().ok()?);
        let comparison = Comparison::of(expected.view(), found.view()).ok()?;
        let bound = tolerance::bound(label).unwrap_or(tolerance::REFERENCE);
        let maximum = expected.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        let used = expected
            .iter()
            .zip(found.iter())
            .filter(|(a, b)| a.to_bits() != b.to_bits())
            .map(|(a, b)| (a - b).abs() / bound.allowed(*a, maximum))
            .fold(0.0, f64::max);
        Some(Evidence {
            run: ran.name.clone(),
            command: agree::command(label, &ran.line),
            sha256: sha256(bytes),
            correlation: comparison.correlation,
            sum_ratio: comparison.sum_ratio,
            largest_difference: comparison.largest.value.abs(),
            differing: comparison.differing,
            used,
        })
    }
}

/// Keeps what a failed test was about in a folder of its own: for each run a picture of the C
/// program's image, the difference and the image found, and both as floats.
///
/// # Errors
/// A file that cannot be written.
pub fn keep(folder: &Path, name: &str, verdict: &Verdict) -> Result<Option<PathBuf>> {
    let folder = folder.join(name.replace("::", "/"));
    let mut kept = false;
    for ran in &verdict.runs {
        let Ok(found) = ran.float() else { continue };
        std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let write = |ending: &str, bytes: &[u8]| {
            let name: String =
                ran.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
            let path = folder.join(format!("{name}.{ending}"));
            std::fs::write(&path, bytes).map_err(Error::file(&path))
        };
        let floats = |image: &super::value::Image| -> Vec<u8> {
            image.iter().flat_map(|&pixel| (pixel as f32).to_ne_bytes()).collect()
        };
        write("found.bin", &floats(&found))?;
        kept = true;
        let Some(expected) = ran.expected() else { continue };
        if expected.dim() == found.dim() {
            write("expected.bin", &floats(&expected))?;
            let white = picture::white([expected.view(), found.view()], 99.5);
            let titles = ["expected", "found"];
            let panels = panels::draw([expected.view(), found.view()], titles, white);
            write("png", &panels.map_err(|error| Error::Run(error.to_string()))?.png)?;
        }
    }
    Ok(kept.then_some(folder))
}

//! Reflection files of crystallographers: MTZ and CIF, with their symmetry expanded to P1.
//!
//! A text file of structure factors lists all of P1 ([`crate::files::hkl`]). MTZ files (of CCP4) and
//! CIF files (mmCIF of the Protein Data Bank, and those of small molecules) list unique reflections,
//! together with the cell and the space group. [`ReflectionFile::read`] tells them by their contents
//! and [`ReflectionFile::table`] makes the table of P1:
//!
//! - Columns are chosen by name, or by what they hold: amplitudes before intensities, and a pair for
//!   the two Friedel mates before a mean. Of an intensity I, the amplitude is √max(I, 0).
//! - Each reflection stands for its equivalents h·R and, where the file has nothing else for them,
//!   for their Friedel mates.
//! - What the space group extinguishes is 0. All else that the file lacks is `-default_F`; that is
//!   true of F(0 0 0), too.
//!
//! Symmetry operations are taken from the file where it lists them, and else from the Hall symbol, the
//! Hermann-Mauguin symbol or the number that it gives.

mod cif;
mod columns;
mod expand;
mod mtz;
mod symmetry;

use std::io::Read;
use std::path::Path;

use columns::{Column, Other};
pub(crate) use expand::cell_text;
use symmetry::Symmetry;

use crate::error::{Error, Result};
use crate::experiment::StructureFactors;
use crate::files::packed;
use crate::host::Host;

/// Largest Miller index that is accepted: what single precision, in which MTZ files store them,
/// holds exactly.
const LARGEST_INDEX: i32 = 1 << 24;

/// Most bytes that a compressed file may hold.
const LONGEST_UNPACKED: u64 = 1 << 30;

/// How text in UTF-32 and UTF-16 begins, in both byte orders: its mark, which no number and no name
/// begins with. The longer ones come first.
const UTF: [(&str, &[u8]); 4] = [
    ("UTF-32", b"\xff\xfe\0\0"),
    ("UTF-32", b"\0\0\xfe\xff"),
    ("UTF-16", b"\xff\xfe"),
    ("UTF-16", b"\xfe\xff"),
];

/// A file that was read, of unique reflections.
#[derive(Debug)]
pub struct ReflectionFile {
    /// The unit cell: a, b, c in Å and α, β, γ in degrees, where the file gives one.
    pub cell: Option<[f64; 6]>,
    /// What is wrong with the cell of a CIF file where it cannot be used, and its parameters, with ? for
    /// each that is missing.
    pub unusable_cell: Option<String>,
    symmetry: Symmetry,
    index: Vec<[i32; 3]>,
    /// The line of each reflection; in a binary file, there are none.
    lines: Vec<usize>,
    columns: Vec<Column>,
    /// The columns that hold something else, but for the indices.
    others: Vec<Other>,
    notes: Vec<String>,
}

/// What the table of a file came to.
#[derive(Debug)]
pub struct Expanded {
    /// Structure factors of P1.
    pub factors: StructureFactors,
    /// What the user should know.
    pub notes: Vec<String>,
}

impl ReflectionFile {
    /// Reads a file by what it holds: an MTZ file, a CIF file, or either of them compressed with
    /// gzip. `None` for anything else.
    ///
    /// # Errors
    /// A file that breaks off, contradicts itself, or lacks what is needed; text in UTF-16 or UTF-32; a file
    /// that a program other than gzip compressed.
    pub fn read(path: &Path, bytes: &[u8], host: &Host) -> Result<Option<ReflectionFile>> {
        let unpacked = unpack(path, bytes, host)?;
        let bytes = unpacked.as_deref().unwrap_or(bytes);
        if let Some(what) = packed(bytes) {
            let reason =
                format!("{what}; unpack it first (files of gzip alone are read as they are)");
            return Err(Error::content(path, reason));
        }
        if let Some((code, _)) = UTF.iter().find(|(_, mark)| bytes.starts_with(mark)) {
            let reason = format!("text in {code}; save it as UTF-8 (as plain text)");
            return Err(Error::content(path, reason));
        }
        let found = if bytes.starts_with(mtz::MAGIC) {
            mtz::read(path, bytes)?
        } else if cif::is_cif(bytes) {
            cif::read(path, bytes)?
        } else if unpacked.is_some() {
            let reason = "a gzip file, and neither an MTZ nor a CIF file in it";
            return Err(Error::content(path, reason));
        } else {
            return Ok(None);
        };
        Ok(Some(found))
    }

    /// The unit cell of the column that [`ReflectionFile::table`] takes: that of its data set, or
    /// else that of the file.
    pub fn cell_of(&self, column: Option<&str>) -> Option<[f64; 6]> {
        // Where no column can be chosen, that is said when the table is made.
        let choice = columns::choose(&self.columns, &self.others, column, Path::new("")).ok();
        choice.and_then(|choice| choice.plus.cell).or(self.cell)
    }

    /// The table of P1, from the column named or the one preferred. What is missing is `default_f`.
    ///
    /// # Errors
    /// No such column, a table that would not fit in memory.
    pub fn table(
        &self,
        path: &Path,
        column: Option<&str>,
        default_f: f64,
        host: &Host,
    ) -> Result<Expanded> {
        let choice = columns::choose(&self.columns, &self.others, column, path)?;
        let mut expanded = expand::expand(self, path, &choice, default_f, host)?;
        expanded.notes.splice(0..0, self.notes.iter().cloned());
        Ok(expanded)
    }

    /// Where a reflection stands, for messages.
    fn place(&self, row: usize) -> String {
        match self.lines.get(row) {
            Some(line) => format!("line {line}"),
            None => format!("reflection {}", row + 1),
        }
    }
}

/// What a gzip file holds; `None` for another file.
fn unpack(path: &Path, bytes: &[u8], host: &Host) -> Result<Option<Vec<u8>>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(None);
    }
    let mut unpacked = Vec::new();
    let limit = (host.memory)().unwrap_or(u64::MAX).min(LONGEST_UNPACKED);
    flate2::read::MultiGzDecoder::new(bytes)
        .take(limit + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| Error::content(path, format!("cannot be unpacked: {error}")))?;
    if unpacked.len() as u64 > limit {
        return Err(Error::content(path, format!("unpacks to more than {limit} bytes")));
    }
    Ok(Some(unpacked))
}

/// A cell that can be one: positive lengths, and angles between 0 and 180 degrees.
fn checked_cell(cell: [f64; 6]) -> Option<[f64; 6]> {
    let lengths = cell[..3].iter().all(|&length| length > 0.0 && length.is_finite());
    let angles = cell[3..].iter().all(|&angle| angle > 0.0 && angle < 180.0);
    (lengths && angles).then_some(cell)
}

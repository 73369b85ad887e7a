//! MTZ files of CCP4 (<https://www.ccp4.ac.uk/html/mtzformat.html>).
//!
//! Twenty words of 4 bytes tell where the header stands and in which byte order; single-precision
//! numbers follow, one row to a reflection; then the header, in records of 80 characters.

mod header;

use std::path::Path;

use header::Header;

use super::symmetry::Symmetry;
use super::{LARGEST_INDEX, ReflectionFile};
use crate::error::{Error, Result};

/// The first bytes of every MTZ file.
pub(super) const MAGIC: &[u8] = b"MTZ ";

/// Where the reflections begin.
const DATA: usize = 80;
const RECORD: usize = 80;

/// Reads a file.
///
/// # Errors
/// A file that breaks off or contradicts itself; unmerged data.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<ReflectionFile> {
    let bad = |reason: String| Error::content(path, reason);
    let words = Words::of(bytes).map_err(bad)?;
    let header = Header::read(words.header().map_err(bad)?).map_err(bad)?;
    let width = header.labels.len();
    if width != header.columns || header.labels.iter().filter(|l| l.kind == "H").count() < 3 {
        return Err(bad(format!(
            "the header announces {} columns and describes {width}; h, k and l, of type H, must be \
             among them",
            header.columns
        )));
    }
    let needed = header.rows.saturating_mul(width).saturating_mul(4).saturating_add(DATA);
    let there = bytes.len().min(words.header_start);
    if needed > there {
        return Err(bad(format!(
            "truncated: {} reflections of {width} columns end at byte {needed}, but there are {there} \
             bytes of them",
            header.rows
        )));
    }
    if header.batches > 0 || header.labels.iter().any(|label| label.kind == "B") {
        return Err(bad("unmerged reflections; merge them first (AIMLESS, dials.merge)".into()));
    }
    let symmetry = symmetry(&header).map_err(bad)?;
    let at = |row: usize, column: usize| words.float(DATA + 4 * (row * width + column));
    let missing = |value: f32| value.is_nan() || header.missing == Some(value);
    let has_values = |column: usize| (0..header.rows).any(|row| !missing(at(row, column)));
    let mut file = ReflectionFile {
        cell: header.cell,
        unusable_cell: None,
        symmetry,
        index: Vec::new(),
        lines: Vec::new(),
        columns: header.columns(has_values),
        others: header.others(),
        notes: Vec::new(),
    };
    let places: Vec<usize> =
        (0..width).filter(|&k| header.labels[k].quantity().is_some()).collect();
    let [h, k, l] = header.index_columns();
    for row in 0..header.rows {
        let mut index = [0; 3];
        for (axis, column) in [h, k, l].into_iter().enumerate() {
            let value = at(row, column);
            if value.fract() != 0.0 || value.abs() > LARGEST_INDEX as f32 || value.is_nan() {
                return Err(bad(format!(
                    "reflection {}: {} is {value}, not an integer within ±{LARGEST_INDEX}",
                    row + 1,
                    header.labels[column].name
                )));
            }
            index[axis] = value as i32;
        }
        file.index.push(index);
        for (column, &place) in file.columns.iter_mut().zip(&places) {
            let value = at(row, place);
            if value.is_infinite() {
                let name = &column.name;
                return Err(bad(format!("reflection {}: {name} is {value}", row + 1)));
            }
            column.values.push(if missing(value) { f64::NAN } else { f64::from(value) });
        }
    }
    Ok(file)
}

/// The file as words, in its byte order.
struct Words<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    header_start: usize,
}

impl<'a> Words<'a> {
    fn of(bytes: &'a [u8]) -> std::result::Result<Self, String> {
        if bytes.len() < DATA {
            return Err(format!("truncated: {} bytes are no MTZ file", bytes.len()));
        }
        // The machine stamp: a digit each for the format of floats, integers and text.
        let stamp = [bytes[8] >> 4, bytes[9] >> 4];
        let big_endian = match stamp {
            [1, 1] => true,
            // Some programs leave it out.
            [4, 4] | [0, 0] => false,
            [float, integer] => {
                return Err(format!(
                    "numbers of a format that is not read: {float} and {integer} in the machine \
                     stamp; 4 is little-endian, 1 big-endian"
                ));
            }
        };
        let mut words = Words { bytes, big_endian, header_start: 0 };
        let word = i64::from(words.integer(4));
        // The place of a header beyond 2³¹ words stands in the next two.
        let word = if word == -1 { words.long(12) } else { word };
        let start = word.checked_sub(1).and_then(|word| word.checked_mul(4));
        let start = start.and_then(|start| usize::try_from(start).ok());
        words.header_start =
            start.filter(|&start| start >= DATA && start < bytes.len()).ok_or_else(|| {
                format!(
                    "truncated: the header should begin at word {word}, the file has {} bytes",
                    bytes.len()
                )
            })?;
        Ok(words)
    }

    fn four(&self, at: usize) -> [u8; 4] {
        let mut four = [0; 4];
        if let Some(stored) = self.bytes.get(at..at + 4) {
            four.copy_from_slice(stored);
        }
        if self.big_endian {
            four.reverse();
        }
        four
    }

    fn integer(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.four(at))
    }

    fn long(&self, at: usize) -> i64 {
        let (first, second) = (self.four(at), self.four(at + 4));
        let [low, high] = if self.big_endian { [second, first] } else { [first, second] };
        i64::from(u32::from_le_bytes(low)) | (i64::from(i32::from_le_bytes(high)) << 32)
    }

    fn float(&self, at: usize) -> f32 {
        f32::from_le_bytes(self.four(at))
    }

    /// The records of the header, up to its end.
    fn header(&self) -> std::result::Result<Vec<String>, String> {
        let mut records = Vec::new();
        for record in self.bytes[self.header_start..].chunks(RECORD) {
            let record = String::from_utf8_lossy(record).trim_end().to_owned();
            if record.split_whitespace().next().is_some_and(|key| key.eq_ignore_ascii_case("END")) {
                return Ok(records);
            }
            records.push(record);
        }
        Err("truncated: the header has no END".into())
    }
}

/// The symmetry: from the operations, or else from the name or the number.
fn symmetry(header: &Header) -> std::result::Result<Symmetry, String> {
    if !header.operators.is_empty() {
        return Symmetry::listed(&header.operators);
    }
    let Some((name, number)) = &header.space_group else {
        return Err("no symmetry: the header has neither SYMM nor SYMINF".into());
    };
    Symmetry::named(name, header.cell.as_ref())
        .or_else(|| Symmetry::numbered(*number, header.cell.as_ref()))
        .ok_or_else(|| format!("the space group '{name}' ({number}) is not known"))
}

#[cfg(test)]
mod tests;

//! Text files of structure factors, one reflection of P1 after the other (C:2132-2208).

use std::path::Path;

use super::plain;
use crate::cnumber::{self, Scanner};
use crate::error::{Error, Result};

/// One reflection: Miller indices and amplitude in electrons.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reflection {
    /// h, k, l.
    pub index: [i32; 3],
    /// F.
    pub amplitude: f64,
}

/// The reflections of a file, in its order.
#[derive(Debug)]
pub struct Reflections {
    /// At least one reflection.
    pub list: Vec<Reflection>,
    /// Line at which reading as a stream of numbers stopped short of the end of the file.
    pub stopped: Option<usize>,
    /// Whether reading line by line would have given something else.
    pub not_line_by_line: bool,
}

/// Indices beyond this are refused: the C program's range of indices starts from it (C:2149).
const LARGEST_INDEX: i32 = 1_000_000_000;

/// Reads the bytes of a file as a stream of numbers, four to a reflection, as the C program does.
///
/// # Errors
/// A file that holds no reflection, ends within one, or has an index that is no integer, at which
/// the C program's second pass loses step.
pub fn read_tokens(path: &Path, bytes: &[u8]) -> Result<Reflections> {
    let mut scanner = Scanner::new(bytes);
    let mut list = Vec::new();
    let mut stopped = None;
    let mut all_plain = true;
    'reflections: while !scanner.at_end() {
        if let Some((reflection, used)) = plain::line(scanner.rest()) {
            scanner.skip(used);
            list.push(reflection);
            continue;
        }
        all_plain = false;
        let line = scanner.line();
        let mut index = [0; 3];
        for (axis, name) in ["h", "k", "l"].into_iter().enumerate() {
            let start = scanner.position();
            let Some(value) = scanner.double() else {
                stopped = Some(line);
                break 'reflections;
            };
            let token = &bytes[start..scanner.position()];
            index[axis] = integer_token(token, value).ok_or_else(|| {
                Error::content_at(
                    path,
                    line,
                    format!(
                        "{name} is {}, not an integer within ±{LARGEST_INDEX}; the file is read as a \
                         stream of four numbers a reflection (for one reflection a line: -quirks c,-hkl-tokens)",
                        String::from_utf8_lossy(token.trim_ascii())
                    ),
                )
            })?;
        }
        let Some(amplitude) = scanner.double() else {
            stopped = Some(line);
            break;
        };
        list.push(Reflection { index, amplitude: finite(path, line, amplitude)? });
    }
    if list.is_empty() {
        return Err(Error::content(path, "no reflections (h k l F) at its beginning"));
    }
    if let Some(line) = stopped
        && scanner.at_end()
        && is_cut_short(bytes)
    {
        return Err(Error::content_at(path, line, "ends within a reflection"));
    }
    let not_line_by_line = stopped.is_some() || !(all_plain || four_a_line(bytes));
    Ok(Reflections { list, stopped, not_line_by_line })
}

/// Reads the bytes of a file line by line: four columns, further ones ignored, `#` starts a comment.
///
/// # Errors
/// A file that holds no reflection, or a line that is none.
pub fn read_lines(path: &Path, bytes: &[u8]) -> Result<Reflections> {
    let mut list = Vec::new();
    for (number, line) in bytes.split(|&b| b == b'\n').enumerate() {
        let number = number + 1;
        if let Some((reflection, _)) = plain::line(line) {
            list.push(reflection);
            continue;
        }
        let text = line.split(|&b| b == b'#').next().unwrap_or_default();
        let mut tokens = text.split(|b| b.is_ascii_whitespace()).filter(|t| !t.is_empty());
        let Some(first) = tokens.next() else {
            continue;
        };
        let bad = |what: &str| Error::content_at(path, number, format!("{what}: expected h k l F"));
        let mut index = [0; 3];
        let mut token = Some(first);
        for (axis, name) in ["h", "k", "l"].into_iter().enumerate() {
            let text = token.ok_or_else(|| bad("too few columns"))?;
            let value = cnumber::double(text).value;
            index[axis] =
                integer_token(text, value).ok_or_else(|| bad(&format!("{name} is no integer")))?;
            token = tokens.next();
        }
        let text = token.ok_or_else(|| bad("too few columns"))?;
        let found = cnumber::double(text);
        if found.used < text.len() {
            return Err(bad("F is no number"));
        }
        list.push(Reflection { index, amplitude: finite(path, number, found.value)? });
    }
    if list.is_empty() {
        return Err(Error::content(path, "no reflections (h k l F)"));
    }
    Ok(Reflections { list, stopped: None, not_line_by_line: false })
}

/// The value of a token that is an integer as a whole and in range.
fn integer_token(token: &[u8], value: f64) -> Option<i32> {
    let found = cnumber::integer(token)?;
    let whole = found.used == token.len() && found.is_number();
    (whole && value.abs() <= f64::from(LARGEST_INDEX)).then_some(found.value)
}

fn finite(path: &Path, line: usize, amplitude: f64) -> Result<f64> {
    if amplitude.is_finite() {
        Ok(amplitude)
    } else {
        Err(Error::content_at(path, line, format!("F is {amplitude}")))
    }
}

/// Number of columns of each line that has any.
fn columns(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    bytes
        .split(|&b| b == b'\n')
        .map(|line| line.split(|b| b.is_ascii_whitespace()).filter(|t| !t.is_empty()).count())
        .filter(|&count| count > 0)
}

/// Whether every line holds four columns or none.
fn four_a_line(bytes: &[u8]) -> bool {
    columns(bytes).all(|count| count == 4)
}

/// Whether a file of four columns a line has lost the end of its last line. In other files the
/// stream of numbers may well end within a reflection.
fn is_cut_short(bytes: &[u8]) -> bool {
    let lines = columns(bytes).count();
    columns(bytes).take(lines.saturating_sub(1)).all(|count| count == 4)
        && columns(bytes).last().is_some_and(|count| count < 4)
}

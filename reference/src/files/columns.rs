//! Tables of numbers in columns, as the C program's `read_text_file` reads them (C:3867-3967).

use std::path::Path;

use crate::cnumber;
use crate::error::Result;
use crate::host::Host;

const DELIMITERS: &[u8] = b" \t,;:!";
const NUMBER: &[u8] = b"0123456789-+.EGeg";
/// The C program's line buffer holds 10,240 bytes with the final zero; a longer line goes on as
/// the next row.
const LONGEST_LINE: usize = 10_239;

/// One row: its line in the file, counted from 1, and the values, NaN where a column is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<const N: usize> {
    /// Line in the file.
    pub line: usize,
    /// The columns.
    pub values: [f64; N],
}

/// The rows of a table of `N` columns. Blank lines are skipped. A column is missing only where the
/// line ends with a line feed right after the column before it; where something else follows, the
/// rest of the columns is 0, as in the C program.
///
/// # Errors
/// A file that cannot be read.
pub fn read_columns<const N: usize>(path: &Path, host: &Host) -> Result<Vec<Row<N>>> {
    Ok(parse(&host.read(path)?))
}

fn parse<const N: usize>(text: &[u8]) -> Vec<Row<N>> {
    let mut rows = Vec::new();
    for (number, whole) in text.split_inclusive(|&b| b == b'\n').enumerate() {
        for piece in whole.chunks(LONGEST_LINE) {
            // A C string ends at its first zero byte.
            let end = piece.iter().position(|&b| b == 0).unwrap_or(piece.len());
            let token = skip(&piece[..end], DELIMITERS);
            if token != b"\n" {
                rows.push(Row { line: number + 1, values: row(token) });
            }
        }
    }
    rows
}

fn row<const N: usize>(mut token: &[u8]) -> [f64; N] {
    let mut values = [f64::NAN; N];
    for value in &mut values {
        *value = cnumber::double(token).value;
        token = skip(token, NUMBER);
        if token == b"\n" {
            break;
        }
        let word = token.iter().take_while(|b| !DELIMITERS.contains(b)).count();
        token = skip(&token[word..], DELIMITERS);
        if token == b"\n" {
            break;
        }
    }
    values
}

fn skip<'a>(text: &'a [u8], set: &[u8]) -> &'a [u8] {
    let count = text.iter().take_while(|b| set.contains(b)).count();
    &text[count..]
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn rows(text: &str) -> Vec<[f64; 3]> {
        parse::<3>(text.as_bytes()).into_iter().map(|row| row.values).collect()
    }

    #[test]
    fn missing_columns_depend_on_what_ends_the_line() {
        let text = format!("{:?}", rows("1 2\n\n 3,4;5 6\n7\r\n8 9"));
        assert_eq!(text, "[[1.0, 2.0, NaN], [3.0, 4.0, 5.0], [7.0, 0.0, 0.0], [8.0, 9.0, 0.0]]");
    }

    #[test]
    fn comments_are_rows_of_zeros_and_fortran_exponents_are_cut() {
        assert_eq!(rows("# a b c\n"), [[0.0; 3]]);
        assert_eq!(rows("1D-10 2 3\n"), [[1.0, 2.0, 3.0]]);
    }

    #[test]
    fn a_line_beyond_the_buffer_is_two_rows() {
        let text = format!("1 2 3{}4 5 6\n", " ".repeat(10_234));
        assert_eq!(rows(&text), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    }
}

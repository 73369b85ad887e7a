//! Arrays of NumPy, <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>:
//! versions 1.0 to 3.0, numbers of either byte order, in the order of C or of Fortran.
//!
//! The header is a Python dictionary of three keys. Only what NumPy writes there for an array of
//! numbers is understood. (Crates that read any literal of Python take a time that grows as a power
//! of its nested brackets, and memory as the shape claims before they look at the file's length.)

use nom::branch::alt;
use nom::bytes::complete::{is_not, tag};
use nom::character::complete::{char, multispace0, usize as whole};
use nom::combinator::{map, opt, value};
use nom::multi::separated_list0;
use nom::sequence::{delimited, preceded, separated_pair, terminated};
use nom::{IResult, Parser};

use super::{Stored, size_of, words};

/// What every file begins with.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// A value of the dictionary.
#[derive(Clone, Debug, PartialEq)]
enum Entry<'h> {
    Text(&'h str),
    Flag(bool),
    Shape(Vec<usize>),
}

/// What the header says.
#[derive(Debug, PartialEq)]
struct Header<'h> {
    descr: &'h str,
    fortran: bool,
    /// Pixels along slow and fast.
    shape: (usize, usize),
}

/// Reads an array of two axes: slow, then fast. Axes of length 1 before them do not count.
pub(super) fn read(bytes: &[u8]) -> Result<Stored, String> {
    let (text, data) = split(bytes)?;
    let Header { descr, fortran, shape } = header(text)?;
    let (order, kind) = descr.split_at_checked(1).unwrap_or(("", descr));
    let big = match order {
        ">" => true,
        "<" | "|" => false,
        "=" => cfg!(target_endian = "big"),
        _ => return Err(not_numbers(descr)),
    };
    let width = kind.get(1..).and_then(|digits| digits.parse::<usize>().ok());
    let width = width.ok_or_else(|| not_numbers(descr))?;
    let (slow, fast) = shape;
    match size_of(shape, width) {
        Some(0) => return Err(format!("an array of {fast} x {slow} pixels has none")),
        Some(wanted) if wanted == data.len() => {}
        Some(wanted) if wanted < data.len() => {
            return Err(format!(
                "{} bytes follow the {fast} x {slow} pixels that the header tells of",
                data.len() - wanted
            ));
        }
        _ => {
            return Err(format!(
                "truncated: {} bytes of pixels, where the header tells of {fast} x {slow} pixels \
                 of {width} bytes",
                data.len()
            ));
        }
    }
    let pixels = numbers(data, kind, big).ok_or_else(|| not_numbers(descr))?;
    let pixels = if fortran { transposed(&pixels, shape) } else { pixels };
    Ok(Stored {
        pixels,
        shape: Some(shape),
        counts: !kind.starts_with('f'),
        format: format!("NumPy array of {descr}{}", if fortran { ", Fortran order" } else { "" }),
        notes: Vec::new(),
    })
}

/// The text of the header, and the bytes behind it.
fn split(bytes: &[u8]) -> Result<(&str, &[u8]), String> {
    let truncated = || "truncated: the file ends within the header".to_owned();
    let rest = bytes.strip_prefix(MAGIC).ok_or("no NumPy array")?;
    let (version, rest) = rest.split_first_chunk::<2>().ok_or_else(truncated)?;
    let (length, rest) = match version {
        [1, 0] => {
            let (length, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        }
        [2 | 3, 0] => {
            let (length, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
            (u32::from_le_bytes(*length) as usize, rest)
        }
        [major, minor] => {
            return Err(format!("version {major}.{minor} of the format is not known"));
        }
    };
    let (text, data) = rest.split_at_checked(length).ok_or_else(truncated)?;
    let text = std::str::from_utf8(text).map_err(|_| "the header is no text")?;
    Ok((text, data))
}

fn header(text: &str) -> Result<Header<'_>, String> {
    let wrong = || {
        let shown: String = text.trim_end().chars().take(80).collect();
        format!("the header is not that of an array of numbers: {shown}")
    };
    let (rest, entries) = dictionary(text).map_err(|_| wrong())?;
    if !rest.trim().is_empty() || entries.len() != 3 {
        return Err(wrong());
    }
    let entry = |key| entries.iter().find(|(name, _)| *name == key).map(|(_, entry)| entry);
    let (Some(Entry::Text(descr)), Some(Entry::Flag(fortran)), Some(Entry::Shape(axes))) =
        (entry("descr"), entry("fortran_order"), entry("shape"))
    else {
        return Err(wrong());
    };
    let single = axes.iter().take(axes.len().saturating_sub(2)).all(|&length| length == 1);
    match *axes.as_slice() {
        [.., slow, fast] if single => Ok(Header { descr, fortran: *fortran, shape: (slow, fast) }),
        _ => Err(format!("an image has two axes, not the {} of {axes:?}", axes.len())),
    }
}

fn dictionary(text: &str) -> IResult<&str, Vec<(&str, Entry<'_>)>> {
    let pair = separated_pair(spaced(quoted), spaced(char(':')), spaced(entry));
    let pairs = terminated(separated_list0(spaced(char(',')), pair), opt(spaced(char(','))));
    delimited(spaced(char('{')), pairs, spaced(char('}'))).parse(text)
}

fn entry(text: &str) -> IResult<&str, Entry<'_>> {
    let axes =
        terminated(separated_list0(spaced(char(',')), spaced(whole)), opt(spaced(char(','))));
    alt((
        map(quoted, Entry::Text),
        value(Entry::Flag(true), tag("True")),
        value(Entry::Flag(false), tag("False")),
        map(delimited(char('('), axes, spaced(char(')'))), Entry::Shape),
    ))
    .parse(text)
}

fn quoted(text: &str) -> IResult<&str, &str> {
    alt((
        delimited(char('\''), is_not("'\\"), char('\'')),
        delimited(char('"'), is_not("\"\\"), char('"')),
    ))
    .parse(text)
}

fn spaced<'a, T>(
    parser: impl Parser<&'a str, Output = T, Error = nom::error::Error<&'a str>>,
) -> impl Parser<&'a str, Output = T, Error = nom::error::Error<&'a str>> {
    preceded(multispace0, parser)
}

/// The numbers of a type, as NumPy names it; `None` for one that is not known.
fn numbers(bytes: &[u8], kind: &str, big: bool) -> Option<Vec<f64>> {
    Some(match kind {
        "f4" => words(bytes, big, |word| f32::from_le_bytes(word).into()),
        "f8" => words(bytes, big, f64::from_le_bytes),
        "u1" | "b1" => words(bytes, big, |word| u8::from_le_bytes(word).into()),
        "u2" => words(bytes, big, |word| u16::from_le_bytes(word).into()),
        "u4" => words(bytes, big, |word| u32::from_le_bytes(word).into()),
        // Numbers above 2⁵³ are rounded.
        "u8" => words(bytes, big, |word| u64::from_le_bytes(word) as f64),
        "i1" => words(bytes, big, |word| i8::from_le_bytes(word).into()),
        "i2" => words(bytes, big, |word| i16::from_le_bytes(word).into()),
        "i4" => words(bytes, big, |word| i32::from_le_bytes(word).into()),
        "i8" => words(bytes, big, |word| i64::from_le_bytes(word) as f64),
        _ => return None,
    })
}

/// Pixels in scan order, from such whose first axis is the fast one.
fn transposed(pixels: &[f64], (slow, fast): (usize, usize)) -> Vec<f64> {
    (0..slow).flat_map(|s| (0..fast).map(move |f| pixels[f * slow + s])).collect()
}

fn not_numbers(descr: &str) -> String {
    let descr: String = descr.chars().take(40).collect();
    format!("pixels of type '{descr}'; known are f4, f8, i1 to i8, u1 to u8 and b1")
}

#[cfg(test)]
mod tests {
    use super::read;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.extend(data);
        bytes
    }

    fn array(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}   \n");
        file(&header, data)
    }

    #[track_caller]
    fn refused(bytes: &[u8], reason: &str) {
        let why = read(bytes).expect_err("an error");
        assert!(why.contains(reason), "{why}");
    }

    #[test]
    fn both_orders_of_bytes_and_of_axes() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let little = values.map(|value| (value as f32).to_le_bytes()).concat();
        let big = values.map(f64::to_be_bytes).concat();
        let stored = read(&array("<f4", "False", "(2, 3)", &little)).expect("an array");
        assert_eq!((stored.shape, stored.counts), (Some((2, 3)), false));
        assert_eq!(stored.pixels, values);
        assert_eq!(
            read(&array(">f8", "False", "(1, 3, 2)", &big)).expect("an array").pixels,
            values
        );
        let stored = read(&array(">f8", "True", "(2, 3)", &big)).expect("an array");
        assert_eq!(stored.pixels, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
        assert_eq!(stored.format, "NumPy array of >f8, Fortran order");
    }

    #[test]
    fn whole_numbers_of_all_sizes() {
        let data = [1u8, 0, 0, 0, 0, 0, 0, 0x80];
        for (descr, shape, expected) in [
            ("|b1", "(2, 4)", vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 128.0]),
            ("|i1", "(2, 4)", vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -128.0]),
            ("<u2", "(2, 2)", vec![1.0, 0.0, 0.0, 32768.0]),
            (">i2", "(2,2,)", vec![256.0, 0.0, 0.0, 128.0]),
            ("<i4", "(1, 2)", vec![1.0, -2147483648.0]),
            (">u4", "(2, 1)", vec![16777216.0, 128.0]),
            ("<u8", "(1, 1)", vec![9223372036854775809.0]),
            ("<i8", "(1, 1)", vec![-9223372036854775807.0]),
        ] {
            let stored = read(&array(descr, "False", shape, &data)).expect("an array");
            assert_eq!((stored.pixels, stored.counts), (expected, true), "{descr}");
        }
    }

    #[test]
    fn later_versions_have_longer_headers() {
        let header = b"{\"shape\":(1,1),\"fortran_order\":False,\"descr\":\"|u1\"}\n";
        let mut bytes = b"\x93NUMPY\x03\x00".to_vec();
        bytes.extend((header.len() as u32).to_le_bytes());
        bytes.extend(header);
        bytes.push(7);
        assert_eq!(read(&bytes).expect("an array").pixels, [7.0]);
        bytes[6] = 4;
        refused(&bytes, "version 4.0");
    }

    #[test]
    fn hostile_files_are_refused() {
        let whole = array("<f4", "False", "(1, 2)", &[0; 8]);
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
        refused(&array("<f4", "False", "(1, 2)", &[0; 9]), "1 bytes follow");
        refused(&array("<f4", "False", "(4000000000, 4000000000)", &[0; 8]), "truncated");
        refused(&array("<f4", "False", "(4294967296, 4294967296)", &[]), "truncated");
        refused(&array("<f4", "False", "(99999999999999999999999, 1)", &[]), "the header");
        refused(&array("<f4", "False", "(-1, 8)", &[0; 8]), "the header");
        refused(&array("<f4", "False", "(0, 8)", &[]), "has none");
        refused(&array("<f4", "False", "(8,)", &[0; 32]), "two axes, not the 1");
        refused(&array("<f4", "False", "()", &[0; 4]), "two axes, not the 0");
        refused(&array("<f4", "False", "(2, 2, 2)", &[0; 32]), "two axes, not the 3");
        refused(&array("<f4", "Maybe", "(1, 1)", &[0; 4]), "the header");
        for descr in ["<c8", "|O8", "<f2", "<f", "f4", "<U9", "é4", "<fé"] {
            let width = descr.chars().filter_map(|c| c.to_digit(10)).next_back().unwrap_or(1);
            let data = vec![0; width as usize];
            refused(&array(descr, "False", "(1, 1)", &data), "pixels of type");
        }
        refused(
            &file("{'descr': [('a', '<f4')], 'fortran_order': False}\n", &[0; 4]),
            "the header",
        );
        for bracket in ["[", "(", "{", "{'a':"] {
            refused(&file(&bracket.repeat(60_000 / bracket.len()), &[]), "the header");
        }
        refused(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{", "within the header");
        refused(b"\x93NUMPY\x01\x00\x02\x00\xff\xfe", "no text");
    }
}

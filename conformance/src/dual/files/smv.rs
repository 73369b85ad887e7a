//! SMV images (ADSC, Rigaku): a header of `KEY=value;` in braces, then the pixels.
//!
//! What an image for `-img` and `-mask` must be is narrower, as the C program reads those. Here any
//! type of number is read, white space may stand about keys and values, and the last of two values
//! of one key counts.

use super::{Stored, size_of, whole, words};

/// How far into the file its first key is looked for, bytes.
const FIRST_KEY: usize = 64;

/// Whether a file begins as an SMV image does.
pub(super) fn begins(head: &[u8]) -> bool {
    let Some(rest) = head.strip_prefix(b"{") else { return false };
    rest[..rest.len().min(FIRST_KEY)].trim_ascii_start().starts_with(b"HEADER_BYTES")
}

/// Reads an image.
pub(super) fn read(bytes: &[u8]) -> Result<Stored, String> {
    // The first key tells how long the header is, and stands within the first 512 bytes.
    let length: usize = Keys::of(&bytes[..bytes.len().min(512)]).whole("HEADER_BYTES")?;
    let (header, data) = bytes.split_at_checked(length).ok_or_else(|| {
        format!("HEADER_BYTES is {length}, but the file has {} bytes", bytes.len())
    })?;
    let keys = Keys::of(header);
    if let Some(dimensions) = keys.value("DIM").filter(|value| *value != "2") {
        return Err(format!("DIM is {dimensions}; an image has two"));
    }
    let shape @ (slow, fast) = (keys.whole("SIZE2")?, keys.whole("SIZE1")?);
    let kind = kind(&keys)?;
    let order = keys.value("BYTE_ORDER").map(str::to_ascii_lowercase);
    let big = match order.as_deref() {
        Some("little_endian") => false,
        Some("big_endian") => true,
        Some(other) => return Err(format!("BYTE_ORDER is {other}")),
        None if kind.width == 1 => false,
        None => return Err("the header has no BYTE_ORDER".into()),
    };
    let pixels = size_of(shape, kind.width).and_then(|size| data.get(..size)).ok_or_else(|| {
        format!(
            "truncated: {} bytes of pixels, where the header tells of {fast} x {slow} pixels of {} \
             bytes",
            data.len(),
            kind.width
        )
    })?;
    let behind = data.len() - pixels.len();
    Ok(Stored {
        pixels: (kind.numbers)(pixels, big),
        shape: Some(shape),
        counts: kind.counts,
        format: format!(
            "SMV image of {}, {}",
            kind.name,
            if big { "big_endian" } else { "little_endian" }
        ),
        notes: (behind > 0)
            .then(|| format!("{behind} bytes behind its pixels are not looked at"))
            .into_iter()
            .collect(),
    })
}

/// The keys of a header.
struct Keys<'h> {
    pairs: Vec<(&'h str, &'h str)>,
}

impl<'h> Keys<'h> {
    /// Those up to the closing brace; bytes that are no text end it too.
    fn of(header: &'h [u8]) -> Keys<'h> {
        let end = header.iter().position(|byte| b"}\0\x0c".contains(byte)).unwrap_or(header.len());
        let text = match std::str::from_utf8(&header[..end]) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&header[..error.valid_up_to()]).unwrap_or(""),
        };
        let pairs = text.trim_start_matches('{').split([';', '\n']).filter_map(|entry| {
            let (key, value) = entry.split_once('=')?;
            Some((key.trim(), value.trim()))
        });
        Keys { pairs: pairs.collect() }
    }

    fn value(&self, key: &str) -> Option<&'h str> {
        self.pairs.iter().rfind(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    fn whole(&self, key: &str) -> Result<usize, String> {
        whole(key, self.value(key))
    }
}

/// A type of pixels.
struct Kind {
    name: &'static str,
    width: usize,
    counts: bool,
    numbers: fn(&[u8], bool) -> Vec<f64>,
}

/// The type that TYPE (ADSC) or Data_type (Rigaku) names; unsigned numbers of 2 bytes where neither
/// is given.
fn kind(keys: &Keys<'_>) -> Result<Kind, String> {
    let given = keys.value("TYPE").or_else(|| keys.value("Data_type")).unwrap_or("unsigned_short");
    let name = given.to_ascii_lowercase().replace(' ', "_");
    let kind = |name, width, counts, numbers| Ok(Kind { name, width, counts, numbers });
    match name.as_str() {
        "unsigned_short" | "unsigned_short_int" => kind("unsigned_short", 2, true, |bytes, big| {
            words(bytes, big, |word| u16::from_le_bytes(word).into())
        }),
        "short" | "signed_short" | "short_int" => kind("signed_short", 2, true, |bytes, big| {
            words(bytes, big, |word| i16::from_le_bytes(word).into())
        }),
        "unsigned_byte" | "unsigned_char" => kind("unsigned_byte", 1, true, |bytes, big| {
            words(bytes, big, |word| u8::from_le_bytes(word).into())
        }),
        "unsigned_long" | "unsigned_int" | "unsigned_long_int" => {
            kind("unsigned_long", 4, true, |bytes, big| {
                words(bytes, big, |word| u32::from_le_bytes(word).into())
            })
        }
        "long" | "signed_long" | "int" | "long_int" => {
            kind("signed_long", 4, true, |bytes, big| {
                words(bytes, big, |word| i32::from_le_bytes(word).into())
            })
        }
        "float" | "float_ieee" => kind("float", 4, false, |bytes, big| {
            words(bytes, big, |word| f32::from_le_bytes(word).into())
        }),
        "double" => kind("double", 8, false, |bytes, big| words(bytes, big, f64::from_le_bytes)),
        _ => {
            let shown: String = given.chars().take(40).collect();
            Err(format!(
                "TYPE is '{shown}'; known are unsigned_short, signed_short, unsigned_byte, \
                 unsigned_long, signed_long, float and double"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    fn file(keys: &str, length: usize, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = format!("{{\nHEADER_BYTES={length:5};\n{keys}}}\x0c").into_bytes();
        bytes.resize(length, b' ');
        bytes.extend(pixels);
        bytes
    }

    const SHORTS: &str =
        "DIM=2;\nBYTE_ORDER=little_endian;\nTYPE=unsigned_short;\nSIZE1=3;\nSIZE2=1;\n";

    #[track_caller]
    fn refused(bytes: &[u8], reason: &str) {
        let why = read(bytes).expect_err("an error");
        assert!(why.contains(reason), "{why}");
    }

    #[test]
    fn the_pixels_begin_where_the_header_says() {
        for length in [512, 1024] {
            let stored = read(&file(SHORTS, length, &[1, 0, 0, 1, 255, 255])).expect("an image");
            assert_eq!(stored.pixels, [1.0, 256.0, 65535.0]);
            assert_eq!((stored.shape, stored.counts), (Some((1, 3)), true));
            assert_eq!(stored.format, "SMV image of unsigned_short, little_endian");
            assert!(stored.notes.is_empty());
        }
        let stored = read(&file(SHORTS, 512, &[0; 8])).expect("an image");
        assert_eq!(stored.notes, ["2 bytes behind its pixels are not looked at"]);
    }

    #[test]
    fn other_types_and_orders() {
        for (name, order, pixels, expected) in [
            ("TYPE = signed_short", "big_endian", vec![255, 254], -2.0),
            ("Data_type=unsigned short int", "big_endian", vec![1, 2], 258.0),
            ("TYPE=unsigned_byte", "little_endian", vec![200], 200.0),
            ("TYPE=long", "little_endian", vec![255, 255, 255, 255], -1.0),
            ("TYPE=unsigned_long", "big_endian", vec![255, 0, 0, 0], 4278190080.0),
            ("TYPE=Float", "big_endian", 1.5f32.to_be_bytes().to_vec(), 1.5),
            ("TYPE=double", "little_endian", 1e-300f64.to_le_bytes().to_vec(), 1e-300),
        ] {
            let keys = format!("{name};\nBYTE_ORDER={order};\nSIZE1= 1;\nSIZE2 =1;\n");
            assert_eq!(read(&file(&keys, 512, &pixels)).expect("an image").pixels, [expected]);
        }
        // One byte has no order, and two bytes are what is not named.
        let keys = "TYPE=unsigned_char;SIZE1=1;SIZE2=1;\n";
        assert_eq!(read(&file(keys, 512, &[9])).expect("an image").pixels, [9.0]);
        let keys = "BYTE_ORDER=little_endian;\nSIZE1=1;\nSIZE2=1;\n";
        assert_eq!(read(&file(keys, 512, &[9, 0])).expect("an image").pixels, [9.0]);
    }

    #[test]
    fn headers_that_lie_are_refused() {
        let whole = file(SHORTS, 512, &[0; 6]);
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
        refused(&whole[..517], "truncated: 5 bytes");
        refused(b"{\nHEADER_BYTES=99999999999999999999999;\n}", "HEADER_BYTES is '999999");
        refused(b"{\nHEADER_BYTES=-512;\n}", "no positive whole number");
        refused(b"{\nHEADER_BYTES=512;\n}", "the file has 21 bytes");
        refused(b"{\nHEADER_BYTES", "no HEADER_BYTES");
        for (keys, reason) in [
            ("SIZE1=3;\n", "no SIZE2"),
            ("SIZE1=0;\nSIZE2=1;\n", "SIZE1 is '0'"),
            ("SIZE1=4294967296;\nSIZE2=4294967296;\nBYTE_ORDER=big_endian;\n", "truncated"),
            ("SIZE1=1;\nSIZE2=1;\n", "no BYTE_ORDER"),
            ("SIZE1=1;\nSIZE2=1;\nBYTE_ORDER=middle_endian;\n", "BYTE_ORDER is middle_endian"),
            ("SIZE1=1;\nSIZE2=1;\nTYPE=mad;\n", "TYPE is 'mad'"),
            ("DIM=3;\nSIZE1=1;\nSIZE2=1;\n", "DIM is 3"),
        ] {
            refused(&file(keys, 512, &[0; 8]), reason);
        }
        refused(&file("\u{fffd}SIZE1=1;\nSIZE2=1;\n", 512, &[0; 2]), "no SIZE1");
    }
}

//! Images in files: raw floats, SMV, CBF, NumPy arrays. What a file is, its contents tell, not its name.

mod cbf;
mod npy;
mod smv;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::compare::floats;
use crate::{Error, Result};

/// How much of a file tells what it is, bytes.
const HEAD: u64 = 512;

/// How files begin that are no images, or none that are read. No image of floats is likely to begin so.
const FOREIGN: [(&str, &[u8]); 5] = [
    ("a PNG picture", b"\x89PNG\r\n\x1a\n"),
    ("an HDF5 file", b"\x89HDF\r\n\x1a\n"),
    ("a TIFF picture", b"II*\0"),
    ("a TIFF picture", b"MM\0*\0\0\0\x08"),
    ("an MTZ file", b"MTZ "),
];

/// The image of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Stored {
    /// Pixels in scan order.
    pub(super) pixels: Vec<f64>,
    /// Pixels along slow and fast; `None` for raw floats, which do not tell.
    pub(super) shape: Option<(usize, usize)>,
    /// Whether the pixels are whole numbers: counts, which a program has scaled.
    pub(super) counts: bool,
    /// The format, for people.
    pub(super) format: String,
    /// What a reader should know beside.
    pub(super) notes: Vec<String>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contents {
    /// A NumPy array.
    Npy,
    /// An SMV image.
    Smv,
    /// A CBF image.
    Cbf,
    /// Something compressed, by its name for people.
    Packed(&'static str),
    /// A file of another known format, by its name for people.
    Foreign(&'static str),
    /// A program in the format of a system, or a script that names its interpreter.
    Program,
    /// Nothing but text.
    Text,
    /// Anything else, which can only be raw floats.
    Raw,
}

impl Contents {
    /// What a file is by its first bytes.
    fn of(head: &[u8]) -> Contents {
        let text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
        // ELF, a script, Windows, macOS (64 bits, several processors).
        let programs: [&[u8]; 5] =
            [b"\x7fELF", b"#!", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"];
        if head.starts_with(npy::MAGIC) {
            Contents::Npy
        } else if smv::begins(head) {
            Contents::Smv
        } else if head.starts_with(cbf::MAGIC) {
            Contents::Cbf
        } else if let Some(what) = packed(head) {
            Contents::Packed(what)
        } else if let Some((what, _)) = FOREIGN.iter().find(|(_, magic)| head.starts_with(magic)) {
            Contents::Foreign(what)
        } else if programs.iter().any(|magic| head.starts_with(magic)) {
            Contents::Program
        } else if !head.is_empty() && head.iter().all(text) {
            Contents::Text
        } else {
            Contents::Raw
        }
    }

    /// What a file is; `None` for what is no file.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn of_file(path: &Path) -> Result<Option<Contents>> {
        if !path.is_file() {
            return Ok(None);
        }
        let mut head = Vec::new();
        let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
        read.map_err(Error::file(path))?;
        Ok(Some(Contents::of(&head)))
    }
}

/// Reads an image.
///
/// # Errors
/// What is wrong with the file, for people.
pub(super) fn read(path: &Path) -> std::result::Result<Stored, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    match Contents::of(&bytes[..bytes.len().min(HEAD as usize)]) {
        Contents::Npy => npy::read(&bytes),
        Contents::Smv => smv::read(&bytes),
        Contents::Cbf => cbf::read(&bytes),
        Contents::Packed(what) => Err(format!("{what}; unpack it first")),
        Contents::Foreign(what) => {
            Err(format!("{what}; raw floats, SMV and CBF images, and NumPy arrays are read"))
        }
        Contents::Program | Contents::Text | Contents::Raw => raw(&bytes),
    }
}

/// What a compressed file is, by its first bytes.
fn packed(head: &[u8]) -> Option<&'static str> {
    // Deflate is the one method of gzip, and five flags are defined: floats that begin so are below
    // 3e-20.
    let is_gzip = matches!(head, [0x1f, 0x8b, 8, flags, ..] if *flags < 0x20);
    if is_gzip { Some("a gzip file") } else { nanobragg_reference::files::packed(head) }
}

/// Raw floats of 4 bytes in the order of this machine, as programs write them.
fn raw(bytes: &[u8]) -> std::result::Result<Stored, String> {
    if bytes.is_empty() {
        return Err("the file is empty".into());
    }
    if !bytes.len().is_multiple_of(4) {
        return Err(format!("{} bytes are no 4-byte floats", bytes.len()));
    }
    Ok(Stored {
        pixels: floats(bytes).map(f64::from).collect(),
        shape: None,
        counts: false,
        format: "raw 4-byte floats".into(),
        notes: Vec::new(),
    })
}

/// Numbers of `N` bytes each, from the little end on unless `big`.
fn words<const N: usize>(bytes: &[u8], big: bool, number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let (words, _) = bytes.as_chunks::<N>();
    let number = |word: &[u8; N]| {
        let mut word = *word;
        if big {
            word.reverse();
        }
        number(word)
    };
    words.iter().map(number).collect()
}

/// A positive whole number that a key of a header gives.
fn whole(key: &str, value: Option<&str>) -> std::result::Result<usize, String> {
    let value = value.ok_or_else(|| format!("the header has no {key}"))?;
    let number = value.parse().ok().filter(|&number: &usize| number > 0);
    number.ok_or_else(|| {
        let shown: String = value.chars().take(40).collect();
        format!("{key} is '{shown}', no positive whole number")
    })
}

/// The bytes that pixels of a size take up; `None` for more than there can be.
fn size_of((slow, fast): (usize, usize), width: usize) -> Option<usize> {
    slow.checked_mul(fast)?.checked_mul(width)
}

#[cfg(test)]
mod tests {
    use super::{Contents, cbf, npy, raw, smv, words};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_an_image_or_an_error(
            tail in proptest::collection::vec(any::<u8>(), 0..200),
            text in "[A-Z{}'(),:;=0-9 a-z<>|\n_-]{0,120}",
        ) {
            let mut array = b"\x93NUMPY\x01\x00".to_vec();
            array.extend((text.len() as u16).to_le_bytes());
            for head in [&array[..], b"\x93NUMPY", b"{\nHEADER_BYTES=60;\n", CBF_HEAD, b""] {
                let bytes = [head, text.as_bytes(), &tail].concat();
                drop((npy::read(&bytes), smv::read(&bytes), cbf::read(&bytes), raw(&bytes)));
            }
            // The five bytes of pixels are of any value.
            let pixels = [&tail[..], &[0; 5]].concat();
            drop(cbf::read(&[CBF_HEAD, &pixels].concat()));
        }
    }

    /// What stands in front of three pixels of five bytes.
    const CBF_HEAD: &[u8] = b"###CBF: x-CBF_BYTE_OFFSET\nX-Binary-Size-Fastest-Dimension: 3\n\
        X-Binary-Size-Second-Dimension: 1\nX-Binary-Size: 5\n\x0c\x1a\x04\xd5";

    #[test]
    fn the_pixels_of_a_cbf_are_reached() {
        let pixels = |bytes: &[u8]| cbf::read(&[CBF_HEAD, bytes].concat()).map(|read| read.pixels);
        assert_eq!(pixels(&[1, 0x80, 0x2c, 1, 0xff]), Ok(vec![1.0, 301.0, 300.0]));
        for (bytes, why) in [
            ([1, 1, 1, 1, 1], "5 pixels, where the header tells of 3 x 1"),
            ([1, 1, 1, 0x80, 1], "truncated: the pixels end within a difference"),
        ] {
            assert!(pixels(&bytes).is_err_and(|told| told == why), "{why}");
        }
    }

    #[test]
    fn contents_tell_what_a_file_is() {
        for (head, contents) in [
            (&b"\x93NUMPY\x01\x00"[..], Contents::Npy),
            (b"{\nHEADER_BYTES=512;\n", Contents::Smv),
            (b"{\r\nHEADER_BYTES = 1024;", Contents::Smv),
            (b"###CBF: VERSION 1.5, nanobragg\r\n", Contents::Cbf),
            (b"\x1f\x8b\x08\0\0", Contents::Packed("a gzip file")),
            // A pixel of 10, nearly.
            (b"\x1f\x8b\x1f\x41", Contents::Raw),
            (b"PK\x03\x04\x14\0", Contents::Packed("a zip file")),
            (b"BZh91AY&SY", Contents::Packed("a bzip2 file")),
            (b"BZh9\0\0\0\0\0\0", Contents::Raw),
            (b"\x89PNG\r\n\x1a\n\0\0", Contents::Foreign("a PNG picture")),
            (b"II*\0\x08\0\0\0", Contents::Foreign("a TIFF picture")),
            (b"MTZ \xf3\0\0\0", Contents::Foreign("an MTZ file")),
            (b"#!/bin/sh\n", Contents::Program),
            (b"\x7fELF\x02", Contents::Program),
            (b"-cell 1 2 3\n", Contents::Text),
            (b"{ \"a\": 1 }", Contents::Text),
            (b"\0\0\x80\x3f", Contents::Raw),
            (b"", Contents::Raw),
        ] {
            assert_eq!(Contents::of(head), contents, "{head:?}");
        }
    }

    #[test]
    fn words_have_either_order() {
        let number = |word| f64::from(u16::from_le_bytes(word));
        assert_eq!(words(&[1, 2, 3, 4], false, number), [513.0, 1027.0]);
        assert_eq!(words(&[1, 2, 3, 4], true, number), [258.0, 772.0]);
    }

    #[test]
    fn raw_floats_have_no_shape() {
        let bytes = [1f32, -0.5].map(f32::to_ne_bytes).concat();
        let stored = raw(&bytes).expect("floats");
        assert_eq!((stored.pixels, stored.shape), (vec![1.0, -0.5], None));
        assert!(raw(&bytes[..7]).is_err_and(|why| why == "7 bytes are no 4-byte floats"));
        assert!(raw(b"").is_err_and(|why| why == "the file is empty"));
    }
}

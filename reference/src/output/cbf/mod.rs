//! CBF images: the counts of an SMV image as 32-bit integers, compressed, behind a header as
//! detectors of Dectris write it (miniCBF). DIALS, XDS, fabio and others read it.

pub mod byte_offset;
mod header;

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use crate::experiment::Experiment;
pub(super) use byte_offset::Encoder;
pub(super) use header::unsaid;

/// What separates the parts of the binary section.
const BOUNDARY: &str = "--CIF-BINARY-FORMAT-SECTION--";
/// The end of text for programs that show files, and the mark of binary data.
const MARK: [u8; 4] = [0x0c, 0x1a, 0x04, 0xd5];
/// Zeros behind the pixels, for programs that read by blocks.
const PADDING: usize = 4095;

/// Takes counts of 16 bits, as bytes in native order.
pub(super) type Take<'a> = &'a mut dyn FnMut(&[u8]) -> io::Result<()>;

/// The MD5 of compressed pixels as the header has it, behind `Content-MD5`: in base64.
pub fn content_md5(pixels: &[u8]) -> String {
    STANDARD.encode(Md5::digest(pixels))
}

/// Writes an image of all counts of an SMV image, which `fill` hands over.
pub(super) fn write(
    experiment: &Experiment,
    fill: impl FnOnce(Take<'_>) -> io::Result<()>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut encoder = Encoder::default();
    fill(&mut |counts| encoder.extend(counts))?;
    write_pixels(experiment, &encoder.finish(), out)
}

/// Writes an image of counts that are compressed already.
pub(super) fn write_pixels(
    experiment: &Experiment,
    pixels: &[u8],
    out: &mut dyn Write,
) -> io::Result<()> {
    let [fast, slow] = experiment.detector.pixels;
    // Parts of a binary section are separated by carriage return and line feed.
    let binary_header = [
        BOUNDARY.to_owned(),
        "Content-Type: application/octet-stream;".to_owned(),
        "     conversions=\"x-CBF_BYTE_OFFSET\"".to_owned(),
        "Content-Transfer-Encoding: BINARY".to_owned(),
        format!("X-Binary-Size: {}", pixels.len()),
        "X-Binary-ID: 1".to_owned(),
        "X-Binary-Element-Type: \"signed 32-bit integer\"".to_owned(),
        "X-Binary-Element-Byte-Order: LITTLE_ENDIAN".to_owned(),
        format!("Content-MD5: {}", content_md5(pixels)),
        format!("X-Binary-Number-of-Elements: {}", fast * slow),
        format!("X-Binary-Size-Fastest-Dimension: {fast}"),
        format!("X-Binary-Size-Second-Dimension: {slow}"),
        format!("X-Binary-Size-Padding: {PADDING}"),
    ];
    out.write_all(header::text(experiment).as_bytes())?;
    out.write_all(b"_array_data.data\r\n;\r\n")?;
    for line in binary_header {
        write!(out, "{line}\r\n")?;
    }
    out.write_all(b"\r\n")?;
    out.write_all(&MARK)?;
    out.write_all(pixels)?;
    out.write_all(&[0; PADDING])?;
    write!(out, "\r\n{BOUNDARY}--\r\n;\r\n")
}

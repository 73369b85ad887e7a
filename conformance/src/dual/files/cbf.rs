//! CBF images with byte-offset compression, as the program and detectors of Dectris write them
//! (<https://www.iucr.org/resources/cif/dictionaries/cif_img>, `x-CBF_BYTE_OFFSET`).

use nanobragg_reference::output::cbf::byte_offset::decode;

use super::{Stored, size_of, whole};

/// What every file begins with.
pub(super) const MAGIC: &[u8] = b"###CBF:";
/// What stands in front of the pixels.
const MARK: &[u8] = &[0x0c, 0x1a, 0x04, 0xd5];
/// The one encoding that is read.
const ENCODING: &str = "x-CBF_BYTE_OFFSET";

/// Reads an image.
pub(super) fn read(bytes: &[u8]) -> Result<Stored, String> {
    let mark = bytes.windows(MARK.len()).position(|four| four == MARK);
    let (header, data) = mark
        .map(|at| (&bytes[..at], &bytes[at + MARK.len()..]))
        .ok_or("truncated: no mark of binary data")?;
    let header = String::from_utf8_lossy(header);
    if !header.contains(ENCODING) {
        return Err(format!("its pixels are not compressed by {ENCODING}, which alone is read"));
    }
    let whole = |key: &str| {
        let line = header.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix(':'));
        whole(key, line.map(str::trim))
    };
    let shape @ (slow, fast) =
        (whole("X-Binary-Size-Second-Dimension")?, whole("X-Binary-Size-Fastest-Dimension")?);
    let size = whole("X-Binary-Size")?;
    let data = data.get(..size).ok_or_else(|| {
        format!("truncated: {} bytes of pixels, where X-Binary-Size is {size}", data.len())
    })?;
    // A pixel takes a byte at least: what is claimed fits in memory.
    let wanted = size_of(shape, 1).filter(|&wanted| wanted <= data.len());
    let pixels = decode(data)?;
    if wanted != Some(pixels.len()) {
        return Err(format!("{} pixels, where the header tells of {fast} x {slow}", pixels.len()));
    }
    Ok(Stored {
        pixels: pixels.into_iter().map(f64::from).collect(),
        shape: Some(shape),
        counts: true,
        format: "CBF image, byte offsets".into(),
        notes: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    fn file(keys: &str, data: &[u8]) -> Vec<u8> {
        let head =
            format!("###CBF: VERSION 1.5\r\n conversions=\"x-CBF_BYTE_OFFSET\"\r\n{keys}\r\n");
        [head.as_bytes(), &[0x0c, 0x1a, 0x04, 0xd5], data, b"\0\0\0"].concat()
    }

    const KEYS: &str = "X-Binary-Size: 9\r\nX-Binary-Size-Fastest-Dimension: 3\r\n\
                        X-Binary-Size-Second-Dimension: 1";

    #[test]
    fn the_header_and_the_pixels_have_to_agree() {
        let stored = read(&file(KEYS, &[1, 0x80, 0, 0x80, 0, 0, 1, 0, 1])).expect("an image");
        assert_eq!((stored.shape, stored.counts), (Some((1, 3)), true));
        assert_eq!(stored.pixels, [1.0, 65537.0, 65538.0]);
        let refused = |keys: &str, data: &[u8], reason: &str| {
            let why = read(&file(keys, data)).expect_err(reason);
            assert!(why.contains(reason), "{why}");
        };
        refused(KEYS, &[1; 9], "9 pixels, where the header tells of 3 x 1");
        refused(KEYS, &[1; 5], "truncated: 8 bytes of pixels, where X-Binary-Size is 9");
        refused("", &[1], "the header has no X-Binary-Size-Second-Dimension");
        refused(&KEYS.replace(": 3", ": -3"), &[1; 9], "'-3', no positive whole number");
        refused(&KEYS.replace(": 3", ": 9999999999999999999"), &[1; 9], "tells of");
        assert!(read(b"###CBF: VERSION 1.5\r\n").is_err_and(|why| why.contains("no mark")));
        let other = b"###CBF: x-CBF_PACKED\x0c\x1a\x04\xd5";
        assert!(read(other).is_err_and(|why| why.contains("x-CBF_BYTE_OFFSET, which alone")));
    }
}

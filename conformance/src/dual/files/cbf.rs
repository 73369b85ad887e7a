//! CBF images with byte-offset compression, as the program and detectors of Dectris write them
//! (<https://www.iucr.org/resources/cif/dictionaries/cif_img>, `x-CBF_BYTE_OFFSET`).

use nanobragg_reference::output::cbf::{byte_offset::decode, content_md5};

use super::{Stored, size_of, whole};

/// What every file begins with.
pub(super) const MAGIC: &[u8] = b"###CBF:";
/// What stands in front of the pixels.
const MARK: &[u8] = &[0x0c, 0x1a, 0x04, 0xd5];
/// The one encoding that is read.
const ENCODING: &str = "x-CBF_BYTE_OFFSET";

/// Reads an image. What the header says twice, or of the pixels' bytes, has to agree with them: a file
/// that was damaged on its way is no image.
pub(super) fn read(bytes: &[u8]) -> Result<Stored, String> {
    let mark = bytes.windows(MARK.len()).position(|four| four == MARK);
    let (header, data) = mark
        .map(|at| (&bytes[..at], &bytes[at + MARK.len()..]))
        .ok_or("truncated: no mark of binary data")?;
    let header = String::from_utf8_lossy(header);
    if !header.contains(ENCODING) {
        return Err(format!("its pixels are not compressed by {ENCODING}, which alone is read"));
    }
    let value = |key: &str| {
        let line = header.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix(':'));
        line.map(str::trim)
    };
    let whole = |key: &str| whole(key, value(key));
    let shape @ (slow, fast) =
        (whole("X-Binary-Size-Second-Dimension")?, whole("X-Binary-Size-Fastest-Dimension")?);
    let size = whole("X-Binary-Size")?;
    let data = data.get(..size).ok_or_else(|| {
        format!("truncated: {} bytes of pixels, where X-Binary-Size is {size}", data.len())
    })?;
    const DIGEST: &str = "Content-MD5";
    const COUNT: &str = "X-Binary-Number-of-Elements";
    if let Some(told) = value(DIGEST) {
        let found = content_md5(data);
        if told != found {
            let told: String = told.chars().take(40).collect();
            return Err(format!(
                "damaged: the MD5 of its {size} bytes of pixels is {found}, where {DIGEST} is {told}"
            ));
        }
    }
    // A pixel takes a byte at least: what is claimed fits in memory.
    let wanted = size_of(shape, 1).filter(|&wanted| wanted <= data.len());
    let pixels = decode(data)?;
    if wanted != Some(pixels.len()) {
        return Err(format!("{} pixels, where the header tells of {fast} x {slow}", pixels.len()));
    }
    if value(COUNT).is_some() && whole(COUNT)? != pixels.len() {
        let told = whole(COUNT)?;
        return Err(format!("{fast} x {slow} pixels, where {COUNT} is {told}"));
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
        refused(
            &format!("X-Binary-Number-of-Elements: 4\r\n{KEYS}"),
            &[1, 0x80, 0, 0x80, 0, 0, 1, 0, 1],
            "3 x 1 pixels, where X-Binary-Number-of-Elements is 4",
        );
        assert!(read(b"###CBF: VERSION 1.5\r\n").is_err_and(|why| why.contains("no mark")));
        let other = b"###CBF: x-CBF_PACKED\x0c\x1a\x04\xd5";
        assert!(read(other).is_err_and(|why| why.contains("x-CBF_BYTE_OFFSET, which alone")));
    }

    #[test]
    fn the_digest_has_to_be_that_of_the_pixels() {
        let whole = [1, 0x80, 0, 0x80, 0, 0, 1, 0, 1];
        // python3 -c 'import base64,hashlib; print(base64.b64encode(hashlib.md5(bytes([1,128,0,128,0,0,1,0,1])).digest()))'
        let keys = format!(
            "Content-MD5: v3mynvN9/6wX2HfaQM1ECQ==\r\nX-Binary-Number-of-Elements: 3\r\n{KEYS}"
        );
        assert!(read(&file(&keys, &whole)).is_ok());
        for place in [0, 6, 8] {
            let mut damaged = whole;
            damaged[place] ^= 1;
            let why = read(&file(&keys, &damaged)).expect_err("a damaged file");
            let told = "where Content-MD5 is v3mynvN9/6wX2HfaQM1ECQ==";
            assert!(
                why.starts_with("damaged: the MD5 of its 9 bytes") && why.ends_with(told),
                "{why}"
            );
        }
    }
}

//! Small SMV images written in words, for masks and for headers.
//!
//! ```text
//! size 32 24
//! fill 1
//! box 4 7 10 12 0
//! bytes 1024
//! BYTE_ORDER little_endian
//! DISTANCE 120
//! ```
//!
//! `size` gives the pixels along fast and slow, `fill` the value of all of them, `box` that of
//! those from fast 4 to 7 and slow 10 to 12, both ends included, `bytes` the length of the header,
//! which is 512 otherwise. Every other line is a key of the header and its value, in that order;
//! `SIZE1`, `SIZE2` and `BYTE_ORDER` are added where they are not given.

/// A line, and what is wrong with it.
pub(super) type Wrong<'s> = (&'s str, String);

/// The bytes of an image.
pub(super) fn image(text: &str) -> Result<Vec<u8>, Wrong<'_>> {
    let mut size = None;
    let mut pixels: Vec<u16> = Vec::new();
    let mut length = 512;
    let mut keys: Vec<(&str, &str)> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "size" => {
                let [fast, slow] = numbers(line, rest)?;
                size = Some([fast, slow]);
                pixels = vec![0; fast * slow];
            }
            "fill" => {
                let [value] = numbers(line, rest)?;
                pixels.fill(value as u16);
            }
            "box" => {
                let Some([width, height]) = size else {
                    return Err((line, "a box before the size".into()));
                };
                let [fast0, fast1, slow0, slow1, value] = numbers(line, rest)?;
                if fast0 > fast1 || slow0 > slow1 || fast1 >= width || slow1 >= height {
                    return Err((line, "a box that is empty or leaves the image".into()));
                }
                for slow in slow0..=slow1 {
                    pixels[slow * width + fast0..=slow * width + fast1].fill(value as u16);
                }
            }
            "bytes" => {
                let [bytes] = numbers(line, rest)?;
                length = bytes;
            }
            _ if word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') => {
                keys.push((word, rest.trim()));
            }
            _ => return Err((line, format!("'{word}' is no word of an image"))),
        }
    }
    let Some([width, height]) = size else {
        return Err((text, "an image without its size".into()));
    };
    let has = |key: &str| keys.iter().any(|(name, _)| *name == key);
    let big = keys.contains(&("BYTE_ORDER", "big_endian"));
    let mut header = format!("{{\nHEADER_BYTES={length};\n");
    if !has("BYTE_ORDER") {
        header.push_str("BYTE_ORDER=little_endian;\n");
    }
    if !has("SIZE1") {
        header.push_str(&format!("SIZE1={width};\nSIZE2={height};\n"));
    }
    for (key, value) in &keys {
        header.push_str(&format!("{key}={value};\n"));
    }
    header.push_str("}\x0c");
    if header.len() > length {
        return Err((text, format!("the header has {} bytes, more than {length}", header.len())));
    }
    let mut bytes = header.into_bytes();
    bytes.resize(length, b' ');
    for pixel in pixels {
        bytes.extend_from_slice(&if big { pixel.to_be_bytes() } else { pixel.to_le_bytes() });
    }
    Ok(bytes)
}

fn numbers<'s, const N: usize>(line: &'s str, rest: &str) -> Result<[usize; N], Wrong<'s>> {
    let wrong = || (line, format!("expected {N} whole numbers of at most 65535"));
    let list: Vec<usize> = rest
        .split_whitespace()
        .map(|word| word.parse::<u16>().map(usize::from))
        .collect::<Result<_, _>>()
        .map_err(|_| wrong())?;
    list.try_into().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::image;

    #[test]
    fn an_image_has_its_header_and_its_box() {
        let bytes = image("size 4 3\nfill 1\nbox 1 2 2 2 0\nDISTANCE 120\n").expect("an image");
        assert_eq!(bytes.len(), 512 + 24);
        let header = String::from_utf8_lossy(&bytes[..512]);
        assert!(header.starts_with("{\nHEADER_BYTES=512;\n") && header.contains("DISTANCE=120;"));
        let pixels: Vec<u8> = bytes[512..].iter().step_by(2).copied().collect();
        assert_eq!(pixels, [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1]);
    }

    #[test]
    fn what_makes_no_image_is_named() {
        for text in ["fill 1", "size 4", "size 2 2\nbox 0 2 0 0 1", "size 2 2\nblob 3", ""] {
            assert!(image(text).is_err(), "{text}");
        }
    }
}

//! SMV images for `-mask` and `-img`.

/// An SMV image: header keys and pixels of 16 bits.
#[derive(Clone, Debug, PartialEq)]
pub struct Smv {
    /// Pixels along fast and slow.
    pub size: [usize; 2],
    /// The keys between the size and the end of the header, in their order.
    pub keys: Vec<(String, String)>,
    /// What stands between `=` and the value.
    pub space: &'static str,
    /// Whether the pixels are stored with the high byte first.
    pub big_endian: bool,
    /// What fills the header behind its closing brace.
    pub padding: u8,
    /// The size is given by DETECTOR_DIMENSIONS alone.
    pub dimensions: bool,
    /// Values in scan order, `size[0]·size[1]` of them.
    pub pixels: Vec<u16>,
}

impl Smv {
    /// The same with a single pixel.
    pub fn single(&self) -> Smv {
        Smv { size: [1, 1], pixels: vec![1], ..self.clone() }
    }

    /// The file: a header of the least multiple of 512 bytes, then the pixels.
    pub fn bytes(&self) -> Vec<u8> {
        let [width, height] = self.size;
        let order = if self.big_endian { "big_endian" } else { "little_endian" };
        let mut body = format!("DIM=2;\nBYTE_ORDER={order};\nTYPE=unsigned_short;\n");
        let (size1, size2) = if self.dimensions { (0, 0) } else { (width, height) };
        body += &format!("SIZE1={}{size1};\nSIZE2={}{size2};\n", self.space, self.space);
        if self.dimensions {
            body += &format!("DETECTOR_DIMENSIONS={}{width};\n", self.space);
        }
        for (key, value) in &self.keys {
            body += &format!("{key}={}{value};\n", self.space);
        }
        body += "}\x0c";
        // "{\nHEADER_BYTES=12345;\n" stands before it.
        let length = (22 + body.len()).next_multiple_of(512);
        let mut bytes = format!("{{\nHEADER_BYTES={length:5};\n{body}").into_bytes();
        bytes.resize(length, self.padding);
        for pixel in &self.pixels {
            let word = if self.big_endian { pixel.to_be_bytes() } else { pixel.to_le_bytes() };
            bytes.extend(word);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::Smv;

    #[test]
    fn the_pixels_begin_where_the_header_says() {
        let image = Smv {
            size: [2, 1],
            keys: vec![("NOTE".into(), "x".repeat(600))],
            space: "",
            big_endian: true,
            padding: b' ',
            dimensions: false,
            pixels: vec![1, 258],
        };
        let bytes = image.bytes();
        assert!(bytes.starts_with(b"{\nHEADER_BYTES= 1024;\n"));
        assert_eq!(bytes[1024..], [0, 1, 1, 2]);
    }
}

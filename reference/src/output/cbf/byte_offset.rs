//! Byte-offset compression: each pixel is stored as its difference to the pixel before, in one byte
//! where that is enough, else behind a mark in two, four or eight
//! (<https://www.iucr.org/resources/cif/dictionaries/cif_img>, `x-CBF_BYTE_OFFSET`).

use std::io;

/// Most bytes that a count of 16 bits takes: two marks, of 1 and 2 bytes, and the difference.
const LONGEST: usize = 7;

/// Compresses pixels as they come.
#[derive(Default)]
pub(super) struct Encoder {
    bytes: Vec<u8>,
    before: i64,
}

impl Encoder {
    /// Appends counts of 16 bits in native byte order.
    ///
    /// # Errors
    /// Memory that the system does not give.
    pub(super) fn extend(&mut self, counts: &[u8]) -> io::Result<()> {
        self.bytes
            .try_reserve(counts.len() / 2 * LONGEST)
            .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        for count in counts.chunks_exact(2) {
            self.push(u16::from_ne_bytes([count[0], count[1]]).into());
        }
        Ok(())
    }

    fn push(&mut self, pixel: i32) {
        let difference = i64::from(pixel) - self.before;
        self.before = i64::from(pixel);
        // The smallest number of each size marks that a longer one follows.
        if difference.abs() < 1 << 7 {
            self.bytes.push(difference as i8 as u8);
            return;
        }
        self.bytes.push(0x80);
        if difference.abs() < 1 << 15 {
            self.bytes.extend((difference as i16).to_le_bytes());
            return;
        }
        self.bytes.extend(i16::MIN.to_le_bytes());
        if difference.abs() < 1 << 31 {
            self.bytes.extend((difference as i32).to_le_bytes());
            return;
        }
        self.bytes.extend(i32::MIN.to_le_bytes());
        self.bytes.extend(difference.to_le_bytes());
    }

    /// The compressed pixels.
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Encoder;

    fn encode(pixels: &[i32]) -> Vec<u8> {
        let mut encoder = Encoder::default();
        pixels.iter().for_each(|&pixel| encoder.push(pixel));
        encoder.finish()
    }

    fn decode(mut bytes: &[u8]) -> Vec<i32> {
        fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
            let (first, rest) = bytes.split_first_chunk().expect("bytes");
            *bytes = rest;
            *first
        }
        let mut pixels = Vec::new();
        let mut value = 0i64;
        while !bytes.is_empty() {
            let mut difference = i64::from(i8::from_le_bytes(take(&mut bytes)));
            if difference == i64::from(i8::MIN) {
                difference = i16::from_le_bytes(take(&mut bytes)).into();
                if difference == i64::from(i16::MIN) {
                    difference = i32::from_le_bytes(take(&mut bytes)).into();
                    if difference == i64::from(i32::MIN) {
                        difference = i64::from_le_bytes(take(&mut bytes));
                    }
                }
            }
            value += difference;
            pixels.push(i32::try_from(value).expect("a pixel"));
        }
        pixels
    }

    #[test]
    fn sizes_and_marks() {
        assert_eq!(encode(&[40, 40, 167, 40]), [40, 0, 127, 0x81]);
        assert_eq!(encode(&[128]), [0x80, 128, 0]);
        assert_eq!(encode(&[-128]), [0x80, 0x80, 0xff]);
        assert_eq!(encode(&[65535]), [0x80, 0, 0x80, 0xff, 0xff, 0, 0]);
        assert_eq!(encode(&[i32::MIN]).len(), 15);
    }

    #[test]
    fn counts_are_not_negative() {
        let counts = [0u16, 65535, 0, 32768];
        let mut encoder = Encoder::default();
        encoder.extend(bytemuck::cast_slice(&counts)).expect("memory");
        let bytes = encoder.finish();
        assert!(bytes.len() <= counts.len() * super::LONGEST);
        assert_eq!(decode(&bytes), counts.map(i32::from));
    }

    proptest! {
        #[test]
        fn pixels_come_back(pixels: Vec<i32>, close in prop::collection::vec(-300..300i32, 0..99)) {
            prop_assert_eq!(decode(&encode(&pixels)), pixels);
            prop_assert_eq!(decode(&encode(&close)), close);
        }
    }
}

//! Byte-offset compression: each pixel is stored as its difference to the pixel before, in one byte
//! where that is enough, else behind a mark in two, four or eight
//! (<https://www.iucr.org/resources/cif/dictionaries/cif_img>, `x-CBF_BYTE_OFFSET`).

use std::io;

/// Most bytes that a count of 16 bits takes: two marks, of 1 and 2 bytes, and the difference.
const LONGEST: usize = 7;

/// Compresses pixels as they come.
#[derive(Default)]
pub(crate) struct Encoder {
    bytes: Vec<u8>,
    before: i64,
}

impl Encoder {
    /// Appends counts of 16 bits in native byte order.
    ///
    /// # Errors
    /// Memory that the system does not give.
    pub(crate) fn extend(&mut self, counts: &[u8]) -> io::Result<()> {
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
    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// The pixels of compressed bytes.
///
/// # Errors
/// Bytes that end within a pixel, and a pixel beyond 32 bits.
pub fn decode(mut bytes: &[u8]) -> Result<Vec<i32>, &'static str> {
    let mut take = |width: usize| {
        let (first, rest) = bytes.split_at_checked(width)?;
        bytes = rest;
        let negative = first.last().is_some_and(|byte| *byte >= 0x80);
        let mut word = [if negative { 0xff } else { 0 }; 8];
        word[..width].copy_from_slice(first);
        Some(i64::from_le_bytes(word))
    };
    let (mut value, mut pixels) = (0i64, Vec::new());
    while let Some(mut difference) = take(1) {
        let marks: [(i64, usize); 3] =
            [(i8::MIN.into(), 2), (i16::MIN.into(), 4), (i32::MIN.into(), 8)];
        for (mark, longer) in marks {
            if difference != mark {
                break;
            }
            difference = take(longer).ok_or("truncated: the pixels end within a difference")?;
        }
        value = value.checked_add(difference).ok_or(BEYOND)?;
        pixels.push(i32::try_from(value).map_err(|_| BEYOND)?);
    }
    Ok(pixels)
}

const BEYOND: &str = "a pixel beyond 32 bits";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Encoder, decode};

    fn encode(pixels: &[i32]) -> Vec<u8> {
        let mut encoder = Encoder::default();
        pixels.iter().for_each(|&pixel| encoder.push(pixel));
        encoder.finish()
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
        assert_eq!(decode(&bytes), Ok(counts.map(i32::from).to_vec()));
    }

    #[test]
    fn differences_of_all_sizes() {
        assert_eq!(decode(&[40, 0, 127, 0x81]), Ok(vec![40, 40, 167, 40]));
        assert_eq!(decode(&[0x80, 128, 0, 0x80, 0x80, 0xff]), Ok(vec![128, 0]));
        assert_eq!(decode(&[0x80, 0, 0x80, 0xff, 0xff, 0, 0]), Ok(vec![65535]));
        let most = [0x80, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(decode(&most), Ok(vec![i32::MIN]));
        let beyond = [0x80, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0];
        assert!(decode(&beyond).is_err_and(|why| why.contains("32 bits")));
        assert!(decode(&[1, 0x80, 5]).is_err_and(|why| why.contains("within a difference")));
    }

    proptest! {
        #[test]
        fn pixels_come_back(pixels: Vec<i32>, close in prop::collection::vec(-300..300i32, 0..99)) {
            prop_assert_eq!(decode(&encode(&pixels)), Ok(pixels));
            prop_assert_eq!(decode(&encode(&close)), Ok(close));
        }
    }
}

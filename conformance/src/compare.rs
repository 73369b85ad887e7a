//! Where two outputs differ.

use crate::cases::Kind;

/// The pixels of a raw float image.
pub fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> + '_ {
    bytes.chunks_exact(4).map(|word| f32::from_ne_bytes([word[0], word[1], word[2], word[3]]))
}

/// Distance of two floats in units of the last place; 0 only for the same bits.
pub fn ulps(a: f32, b: f32) -> u64 {
    let ordered = |x: f32| {
        let bits = i64::from(x.to_bits() as i32);
        if bits < 0 { i64::from(i32::MIN) - bits - 1 } else { bits }
    };
    ordered(a).abs_diff(ordered(b))
}

/// What differs between two outputs of a kind, for people; `None` where they are the same bytes.
pub fn difference(kind: Kind, expected: &[u8], found: &[u8]) -> Option<String> {
    if expected == found {
        return None;
    }
    if expected.len() != found.len() && kind != Kind::Stdout {
        return Some(format!("{} bytes instead of {}", found.len(), expected.len()));
    }
    Some(match kind {
        Kind::Float => float_difference(expected, found),
        Kind::Stdout => line_difference(expected, found),
        _ => {
            let at = expected.iter().zip(found).position(|(a, b)| a != b).unwrap_or(0);
            let count = expected.iter().zip(found).filter(|(a, b)| a != b).count();
            format!(
                "{count} bytes differ, the first at {at}: {} instead of {}",
                found[at], expected[at]
            )
        }
    })
}

fn float_difference(expected: &[u8], found: &[u8]) -> String {
    let mut count = 0;
    let mut first = None;
    let mut worst = 0;
    for (place, (a, b)) in floats(expected).zip(floats(found)).enumerate() {
        if a.to_bits() != b.to_bits() {
            count += 1;
            worst = worst.max(ulps(a, b));
            first.get_or_insert((place, a, b));
        }
    }
    let (place, a, b) = first.unwrap_or_default();
    format!(
        "{count} of {} pixels differ by up to {worst} units of the last place; the first is pixel \
         {place}: {b:e} instead of {a:e}",
        expected.len() / 4
    )
}

fn line_difference(expected: &[u8], found: &[u8]) -> String {
    let mut lines = expected.split(|&b| b == b'\n').zip(found.split(|&b| b == b'\n')).enumerate();
    match lines.find(|(_, (a, b))| a != b) {
        Some((number, (a, b))) => format!(
            "line {}: '{}' instead of '{}'",
            number + 1,
            String::from_utf8_lossy(b),
            String::from_utf8_lossy(a)
        ),
        None => format!("{} bytes of report instead of {}", found.len(), expected.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::{difference, ulps};
    use crate::cases::Kind;

    #[test]
    fn neighbours_are_one_ulp_apart() {
        assert_eq!(ulps(1.0, f32::from_bits(1.0f32.to_bits() + 1)), 1);
        assert_eq!(ulps(1.0, 1.0), 0);
        assert_eq!(ulps(0.0, -0.0), 1);
        assert_eq!(ulps(f32::from_bits(1), f32::from_bits(0x8000_0001)), 3);
    }

    #[test]
    fn differences_name_the_place() {
        let image = |values: [f32; 3]| values.map(f32::to_ne_bytes).concat();
        let text = difference(Kind::Float, &image([1.0, 2.0, 3.0]), &image([1.0, 2.5, 3.0]));
        assert!(text.is_some_and(|text| text.contains("1 of 3") && text.contains("pixel 1")));
        assert_eq!(difference(Kind::Int, b"ab", b"ab"), None);
        let text = difference(Kind::Stdout, b"a\nb\n", b"a\nc\n");
        assert_eq!(text.as_deref(), Some("line 2: 'c' instead of 'b'"));
        let text = difference(Kind::Pgm, b"abc", b"ab");
        assert_eq!(text.as_deref(), Some("2 bytes instead of 3"));
    }
}

//! The plain line of a reflection file: three integers and a decimal number.
//!
//! What stands here is taken over only where every C conversion would read the same: the numbers
//! have no exponents, prefixes or words, none is long, and blanks end each of them.

use super::hkl::Reflection;

/// Digits of an index: those of the largest one that is accepted, less one.
const INDEX_DIGITS: usize = 9;
/// Characters of an amplitude: too few for one that is not finite.
const AMPLITUDE_CHARACTERS: usize = 30;

/// The reflection of a line that is plain, and the bytes up to the end of its last number. Behind
/// that, only blanks stand before the end of the line or of the file; before it, there may be
/// empty lines.
pub(super) fn line(text: &[u8]) -> Option<(Reflection, usize)> {
    let mut at = text.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count();
    let mut index = [0; 3];
    for value in &mut index {
        at += blanks(&text[at..]);
        let (found, used) = integer(&text[at..])?;
        *value = found;
        at += used;
        if !text.get(at).is_some_and(is_blank) {
            return None;
        }
    }
    at += blanks(&text[at..]);
    let (amplitude, used) = decimal(&text[at..])?;
    at += used;
    let end = at + blanks(&text[at..]);
    let ends = text.get(end).is_none_or(|&b| b == b'\n');
    ends.then_some((Reflection { index, amplitude }, at))
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|b| is_blank(b)).count()
}

/// Bytes of the sign.
fn sign(text: &[u8]) -> usize {
    usize::from(matches!(text.first(), Some(b'+' | b'-')))
}

fn integer(text: &[u8]) -> Option<(i32, usize)> {
    let start = sign(text);
    let mut value = 0;
    let mut digits = 0;
    for byte in text[start..].iter().take_while(|b| b.is_ascii_digit()) {
        digits += 1;
        if digits > INDEX_DIGITS {
            return None;
        }
        value = value * 10 + i32::from(byte - b'0');
    }
    let value = if text.first() == Some(&b'-') { -value } else { value };
    (digits > 0).then_some((value, start + digits))
}

/// A number with or without a point, rounded as the C library rounds it: correctly.
fn decimal(text: &[u8]) -> Option<(f64, usize)> {
    let start = sign(text);
    let body = text[start..].iter().take_while(|b| b.is_ascii_digit() || **b == b'.');
    let used = start + body.count();
    if used > AMPLITUDE_CHARACTERS {
        return None;
    }
    // Two points or no digit are refused here.
    let value = std::str::from_utf8(&text[..used]).ok()?.parse().ok()?;
    Some((value, used))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::line;
    use crate::cnumber::Scanner;
    use crate::files::hkl::Reflection;

    proptest! {
        #[test]
        fn what_is_taken_is_what_the_c_library_reads(
            text in "[ \\r\\n]{0,2}([-+]?[0-9]{1,10}[ \\t]{1,2}){2}[-+0-9.ex# \\n\\t]{1,30}"
        ) {
            if let Some((reflection, used)) = line(text.as_bytes()) {
                let mut scanner = Scanner::new(text.as_bytes());
                for index in reflection.index {
                    prop_assert_eq!(scanner.double(), Some(f64::from(index)));
                }
                let amplitude = scanner.double().map(f64::to_bits);
                prop_assert_eq!(amplitude, Some(reflection.amplitude.to_bits()));
                prop_assert_eq!(scanner.position(), used);
            }
        }
    }

    #[test]
    fn plain_lines_are_taken() {
        for (text, index, amplitude, used) in [
            ("1 2 3 4.5\n", [1, 2, 3], 4.5, 9),
            ("\n \r\n -1\t+2  -30 -4.25 \r\nx", [-1, 2, -30], -4.25, 21),
            ("0 0 0 .5", [0, 0, 0], 0.5, 8),
            ("0 0 -0 5.\t", [0, 0, 0], 5.0, 9),
            ("999999999 0 0 1\n", [999_999_999, 0, 0], 1.0, 15),
        ] {
            assert_eq!(
                line(text.as_bytes()),
                Some((Reflection { index, amplitude }, used)),
                "{text:?}"
            );
        }
    }

    #[test]
    fn anything_else_is_left_alone() {
        for text in [
            "",
            "\n",
            "1 2 3",
            "1 2 3\n4",
            "1 2\n3 4\n",
            "1 2 3 4 5\n",
            "1.0 2 3 4\n",
            "1 2 3 4e1\n",
            "1 2 3 0x10\n",
            "1 2 3 inf\n",
            "1 2 3 nan\n",
            "1 2 3 4#\n",
            "1 2 3 4,\n",
            "1 2 3 .\n",
            "1 2 3 -\n",
            "1 2 3 1.2.3\n",
            "1000000000 2 3 4\n",
            "1 2 3 4\x0b\n",
            "1 2 3 4\0\n",
            "h k l F\n",
            "1 2 3 1111111111111111111111111111111\n",
            "1 2 -3-4 5\n",
            "1 2 3 4 #\n",
            "1 2 3D 4\n",
        ] {
            assert_eq!(line(text.as_bytes()), None, "{text:?}");
        }
    }
}

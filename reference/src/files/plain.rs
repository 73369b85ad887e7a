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
    let (mut digits, mut point, mut whole) = (0, None, 0u64);
    let mut used = start;
    for byte in &text[start..] {
        match byte {
            b'0'..=b'9' => {
                whole = whole.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                digits += 1;
            }
            b'.' if point.is_none() => point = Some(digits),
            b'.' => return None,
            _ => break,
        }
        used += 1;
    }
    if digits == 0 || used > AMPLITUDE_CHARACTERS {
        return None;
    }
    let decimals = point.map_or(0, |point| digits - point);
    if digits > SHORT {
        return Some((std::str::from_utf8(&text[..used]).ok()?.parse().ok()?, used));
    }
    // Both are exact, so that their quotient is rounded once.
    let value = whole as f64 / POWERS[decimals];
    Some((if text.first() == Some(&b'-') { -value } else { value }, used))
}

/// Digits of a whole number that a double holds, whichever they are.
const SHORT: usize = 15;

/// Powers of ten.
const POWERS: [f64; SHORT + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

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

    proptest! {
        #[test]
        fn amplitudes_are_correctly_rounded(
            text in "[-+]?([0-9]{1,20}[.]?|[0-9]{0,12}[.][0-9]{1,15})"
        ) {
            let expected = text.parse::<f64>().expect("a number").to_bits();
            let found = line(format!("1 2 3 {text}\n").as_bytes());
            prop_assert_eq!(found.map(|(found, _)| found.amplitude.to_bits()), Some(expected));
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

//! Numbers read as the C library's `atof`, `atoi` and `fscanf` read them: the longest prefix that
//! is a number counts, and what follows it is left alone.

/// What a C conversion made of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prefix<T> {
    /// The value; 0 where the text starts with no number, as `atof` and `atoi` return.
    pub value: T,
    /// Bytes used, leading white space included; 0 where the text starts with no number.
    pub used: usize,
}

impl<T> Prefix<T> {
    /// Whether the text began with a number at all.
    pub fn is_number(&self) -> bool {
        self.used > 0
    }
}

/// White space in the sense of C's `isspace`.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// `strtod`: decimal and hexadecimal numbers, `inf`, `infinity` and `nan`, in any case.
pub fn double(text: &[u8]) -> Prefix<f64> {
    let none = Prefix { value: 0.0, used: 0 };
    let start = text.iter().take_while(|&&b| is_space(b)).count();
    let mut at = start;
    let negative = text.get(at) == Some(&b'-');
    if matches!(text.get(at), Some(b'+' | b'-')) {
        at += 1;
    }
    let body = &text[at..];
    let (value, length) = if let Some(length) = word(body, b"infinity").or(word(body, b"inf")) {
        (f64::INFINITY, length)
    } else if let Some(length) = word(body, b"nan") {
        (f64::NAN, length + nan_payload(&body[length..]))
    } else if let Some((value, length)) = hexadecimal(body) {
        (value, length)
    } else if let Some((value, length)) = decimal(body) {
        (value, length)
    } else {
        return none;
    };
    Prefix { value: if negative { -value } else { value }, used: at + length }
}

/// `strtol` with base 10, cast to `int`; `None` where the value does not fit, which the C program
/// lets overflow.
pub fn integer(text: &[u8]) -> Option<Prefix<i32>> {
    let start = text.iter().take_while(|&&b| is_space(b)).count();
    let mut at = start;
    let negative = text.get(at) == Some(&b'-');
    if matches!(text.get(at), Some(b'+' | b'-')) {
        at += 1;
    }
    let digits = digits_in(&text[at..]);
    if digits == 0 {
        return Some(Prefix { value: 0, used: 0 });
    }
    let mut value: i64 = 0;
    for &digit in &text[at..at + digits] {
        value = value * 10 + i64::from(digit - b'0');
        if value > i64::from(i32::MAX) + 1 {
            return None;
        }
    }
    let value = i32::try_from(if negative { -value } else { value }).ok()?;
    Some(Prefix { value, used: at + digits })
}

fn digits_in(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_digit()).count()
}

fn word(text: &[u8], word: &[u8]) -> Option<usize> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then_some(word.len())
}

/// Length of the `(…)` that may follow `nan`.
fn nan_payload(text: &[u8]) -> usize {
    if text.first() != Some(&b'(') {
        return 0;
    }
    let inner = text[1..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    if text.get(inner + 1) == Some(&b')') { inner + 2 } else { 0 }
}

/// Length of `e±digits` (or `p±digits`) at the start of `text`; 0 if it is not complete.
fn exponent_length(text: &[u8], letter: u8) -> usize {
    if text.first().map(u8::to_ascii_lowercase) != Some(letter) {
        return 0;
    }
    let sign = usize::from(matches!(text.get(1), Some(b'+' | b'-')));
    match digits_in(&text[1 + sign..]) {
        0 => 0,
        digits => 1 + sign + digits,
    }
}

fn decimal(text: &[u8]) -> Option<(f64, usize)> {
    let whole = digits_in(text);
    let mut length = whole;
    let mut fraction = 0;
    if text.get(length) == Some(&b'.') {
        fraction = digits_in(&text[length + 1..]);
        length += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    length += exponent_length(&text[length..], b'e');
    // Rust's parser rounds correctly, as glibc's does, and takes every form accepted above.
    let value = std::str::from_utf8(&text[..length]).ok()?.parse().ok()?;
    Some((value, length))
}

fn hexadecimal(text: &[u8]) -> Option<(f64, usize)> {
    word(text, b"0x")?;
    let mut mantissa: u64 = 0;
    let mut exponent: i64 = 0;
    let mut length = 2;
    let mut digits = 0;
    let mut point = false;
    while let Some(&byte) = text.get(length) {
        if byte == b'.' && !point {
            point = true;
        } else if let Some(digit) = char::from(byte).to_digit(16) {
            digits += 1;
            if mantissa >> 59 == 0 {
                mantissa = mantissa << 4 | u64::from(digit);
                exponent -= if point { 4 } else { 0 };
            } else {
                // Beyond 60 bits a digit only decides a tie: keep it as a sticky bit.
                mantissa |= u64::from(digit != 0);
                exponent += if point { 0 } else { 4 };
            }
        } else {
            break;
        }
        length += 1;
    }
    if digits == 0 {
        return None;
    }
    let tail = exponent_length(&text[length..], b'p');
    if tail > 0 {
        let written = std::str::from_utf8(&text[length + 1..length + tail]).ok()?;
        let shift: i64 =
            written.parse().unwrap_or(if written.starts_with('-') { -100_000 } else { 100_000 });
        exponent = exponent.saturating_add(shift);
        length += tail;
    }
    let exponent = exponent.clamp(-5000, 5000) as i32;
    // Two steps keep the scale factor itself in range; only a denormal result can round twice.
    let half = exponent / 2;
    let value = mantissa as f64 * 2f64.powi(half) * 2f64.powi(exponent - half);
    Some((value, length))
}

/// Walks over the tokens of a text file as `fscanf` does.
pub struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    counted_to: usize,
    line: usize,
}

impl<'a> Scanner<'a> {
    /// Starts at the beginning of `text`.
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, counted_to: 0, line: 1 }
    }

    /// The next `%lg`, or `None` where the conversion fails. Unlike `strtod`, glibc's `fscanf`
    /// takes an exponent that has no digits, with its sign, for a part of the number, and a `0x`
    /// without digits for none.
    pub fn double(&mut self) -> Option<f64> {
        let rest = &self.text[self.at..];
        let found = double(rest);
        let (token, behind) = rest.split_at(found.used);
        let has = |letter: u8| token.iter().any(|b| b.eq_ignore_ascii_case(&letter));
        let next = behind.first().map(u8::to_ascii_lowercase);
        let mut used = found.used;
        let digits = token.trim_ascii_start();
        if next == Some(b'x') && matches!(digits, b"0" | b"+0" | b"-0") {
            return None;
        }
        let exponent = if has(b'x') { b'p' } else { b'e' };
        if found.value.is_finite() && next == Some(exponent) && !has(exponent) {
            used += 1 + usize::from(matches!(behind.get(1), Some(b'+' | b'-')));
        }
        self.take(if found.is_number() { used } else { 0 }).then_some(found.value)
    }

    /// The next `%d`, or `None` where the conversion fails or the value does not fit.
    pub fn integer(&mut self) -> Option<i32> {
        let found = integer(&self.text[self.at..])?;
        self.take(found.used).then_some(found.value)
    }

    /// Skips white space, as white space in a format string does.
    pub fn skip_space(&mut self) {
        while self.text.get(self.at).is_some_and(|&b| is_space(b)) {
            self.at += 1;
        }
    }

    /// Whether nothing but white space is left.
    pub fn at_end(&self) -> bool {
        self.text[self.at..].iter().all(|&b| is_space(b))
    }

    /// What is not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.text[self.at..]
    }

    /// Passes over bytes that were read by other means.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Number of the line that the next token stands on, counted from 1.
    pub fn line(&mut self) -> usize {
        let mut at = self.at;
        while self.text.get(at).is_some_and(|&b| is_space(b)) {
            at += 1;
        }
        // Counted once for each byte, so that a reader may ask at every token.
        self.line += self.text[self.counted_to..at].iter().filter(|&&b| b == b'\n').count();
        self.counted_to = at;
        self.line
    }

    fn take(&mut self, used: usize) -> bool {
        self.at += used;
        used > 0
    }
}

#[cfg(test)]
mod tests {
    use super::{Scanner, double, integer};

    #[test]
    fn doubles_as_strtod() {
        for (text, value, used) in [
            ("12.5mm", 12.5, 4),
            ("  -1e3", -1000.0, 6),
            ("1e", 1.0, 1),
            ("1e+x", 1.0, 1),
            (".5", 0.5, 2),
            ("5.", 5.0, 2),
            ("1D-10", 1.0, 1),
            ("abc", 0.0, 0),
            ("-", 0.0, 0),
            (".", 0.0, 0),
            ("", 0.0, 0),
            ("0x10", 16.0, 4),
            ("0x1.8p1z", 3.0, 7),
            ("0xz", 0.0, 1),
            ("0x1p-2000", 0.0, 9),
            ("0x123456789abcdef01", 20988295479420645121.0, 19),
            ("-Infinity", f64::NEG_INFINITY, 9),
            ("info", f64::INFINITY, 3),
        ] {
            let found = double(text.as_bytes());
            assert_eq!((found.value, found.used), (value, used), "{text:?}");
        }
        assert_eq!(double(b"NAN(x1)y").used, 7);
        assert_eq!(double(b"nan(x").used, 3);
        assert!(double(b"nan").value.is_nan());
    }

    #[test]
    fn integers_as_atoi() {
        for (text, value, used) in [
            ("2.7", 2, 1),
            ("-5x", -5, 2),
            ("+3", 3, 2),
            ("abc", 0, 0),
            ("-2147483648", i32::MIN, 11),
        ] {
            let found = integer(text.as_bytes()).expect("fits");
            assert_eq!((found.value, found.used), (value, used), "{text:?}");
        }
        assert!(integer(b"2147483648").is_none());
        assert!(integer(b"99999999999999999999").is_none());
    }

    #[test]
    fn doubles_as_fscanf() {
        for (text, first, second) in [
            ("12e", Some(12.0), None),
            ("12e+ 5", Some(12.0), Some(5.0)),
            ("12ex 7", Some(12.0), None),
            ("0x 5", None, None),
            ("-0x 5", None, None),
            ("633.30x", Some(633.3), None),
            ("0x1p 5", Some(1.0), Some(5.0)),
            ("infx 5", Some(f64::INFINITY), None),
            ("1e5e 4", Some(1e5), None),
            ("5.e 3", Some(5.0), Some(3.0)),
            ("631END", Some(631.0), None),
            ("- 5", None, None),
        ] {
            let mut scanner = Scanner::new(text.as_bytes());
            let found = scanner.double();
            assert_eq!(found, first, "{text:?}");
            if found.is_some() {
                assert_eq!(scanner.double(), second, "{text:?}");
            }
        }
    }

    #[test]
    fn scanner_counts_lines_of_tokens() {
        let mut scanner = Scanner::new(b"1 2\n\n 3.5\nx");
        assert_eq!(scanner.integer(), Some(1));
        assert_eq!(scanner.line(), 1);
        assert_eq!(scanner.integer(), Some(2));
        assert_eq!(scanner.line(), 3);
        assert_eq!(scanner.double(), Some(3.5));
        assert_eq!(scanner.double(), None);
        assert_eq!(scanner.line(), 4);
    }
}

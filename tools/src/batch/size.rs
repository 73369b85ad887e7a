//! Amounts of memory, as people write them.

use std::fmt;
use std::str::FromStr;

/// Bytes: `8G`, `512M`, `1.5GiB`. The units are powers of 1024.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

const UNITS: [&str; 5] = ["", "K", "M", "G", "T"];

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Bytes, String> {
        let wrong = || format!("'{text}' is no amount of memory, such as 8G or 512M");
        let letters = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, unit) = text.split_at(letters);
        let unit = unit.to_ascii_uppercase();
        let unit = unit.strip_suffix("IB").or(unit.strip_suffix('B')).unwrap_or(&unit);
        let power = UNITS.iter().position(|known| *known == unit).ok_or_else(wrong)?;
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        let bytes = number * 1024f64.powi(power as i32);
        if !(1.0..1e18).contains(&bytes) {
            return Err(wrong());
        }
        Ok(Bytes(bytes as u64))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = self.0 as f64;
        let mut unit = 0;
        while value >= 1024.0 && unit + 1 < UNITS.len() {
            value /= 1024.0;
            unit += 1;
        }
        let digits = if value < 10.0 && unit > 0 { 1 } else { 0 };
        write!(f, "{value:.digits$} {}{}", UNITS[unit], if unit > 0 { "iB" } else { "B" })
    }
}

#[cfg(test)]
mod tests {
    use super::Bytes;

    #[test]
    fn amounts_are_read_and_shown() {
        for (text, bytes) in [
            ("8G", 8 << 30),
            ("512m", 512 << 20),
            ("1.5GiB", 3 << 29),
            ("4096", 4096),
            ("64 KB", 64 << 10),
            ("2T", 2 << 40),
        ] {
            assert_eq!(text.parse(), Ok(Bytes(bytes)), "{text}");
        }
        for text in ["", "G", "-1G", "0", "8X", "1e40", "nan", "inf", "8 G B"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
        assert_eq!(Bytes(3 << 29).to_string(), "1.5 GiB");
        assert_eq!(Bytes(1000).to_string(), "1000 B");
        assert_eq!(Bytes(20 << 20).to_string(), "20 MiB");
    }
}

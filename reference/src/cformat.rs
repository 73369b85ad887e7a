//! Numbers written as the C library's `printf` writes them.
//!
//! The report lines and the image headers of the C program are made with `%g`, `%f` and their
//! relatives; byte equality needs the same digits. Rust's formatter is exact and rounds to nearest
//! as glibc does, so only the choice between the two notations and the dropping of zeros is ours.

/// `%g`: six significant digits.
pub fn g(value: f64) -> String {
    g_digits(value, 6)
}

/// `%.Ng`: `digits` significant digits, the shorter of fixed and exponential notation, without
/// trailing zeros.
pub fn g_digits(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return not_finite(value);
    }
    let digits = digits.max(1);
    let scientific = format!("{:.*e}", digits - 1, value);
    let (mantissa, exponent) = split_exponent(&scientific);
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trim_zeros(mantissa), exponent.abs())
    } else {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        trim_zeros(&format!("{value:.decimals$}")).to_owned()
    }
}

/// `%.Nf`: `decimals` digits behind the point.
pub fn f(value: f64, decimals: usize) -> String {
    if value.is_finite() { format!("{value:.decimals$}") } else { not_finite(value) }
}

/// How glibc prints what is no number: the sign bit of a NaN shows.
fn not_finite(value: f64) -> String {
    let name = if value.is_nan() { "nan" } else { "inf" };
    let sign = if value.is_sign_negative() { "-" } else { "" };
    format!("{sign}{name}")
}

/// Mantissa and exponent of Rust's `{:e}` notation, which always holds one `e` and an integer.
fn split_exponent(text: &str) -> (&str, i32) {
    match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, exponent.parse().unwrap_or(0)),
        None => (text, 0),
    }
}

fn trim_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::{f, g, g_digits};

    #[test]
    fn six_digits_as_printf() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (100000.0, "100000"),
            (1e6, "1e+06"),
            (999999.5, "1e+06"),
            (123456.5, "123456"),
            (0.0001, "0.0001"),
            (0.00001234, "1.234e-05"),
            (1.25932015286227e29, "1.25932e+29"),
            (-3.25e-100, "-3.25e-100"),
            (f64::INFINITY, "inf"),
            (-f64::NAN, "-nan"),
        ] {
            assert_eq!(g(value), text);
        }
    }

    #[test]
    fn other_widths_as_printf() {
        assert_eq!(g_digits(1e-10, 15), "1e-10");
        assert_eq!(g_digits(1.0 / 3.0, 15), "0.333333333333333");
        assert_eq!(g_digits(0.1, 25), "0.1000000000000000055511151");
        assert_eq!(f(0.5, 0), "0");
        assert_eq!(f(1.5, 0), "2");
        assert_eq!(f(-95.137_483, 6), "-95.137483");
    }
}

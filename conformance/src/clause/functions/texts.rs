//! Functions of text: the numbers and lines of a report.

use std::sync::Arc;

use super::{Call, Function, Value, whole};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "number",
        "number(text, \"label\", nth)",
        "the first (or nth) number behind the first place of the label, on the same line",
        (2, 3),
        |call| {
            let nth = whole(call.number_or(2, 1.0)?)?;
            let list = behind(call)?;
            list.get(nth.wrapping_sub(1))
                .map(|&number| Value::Number(number))
                .ok_or_else(|| format!("{} numbers stand there", list.len()))
        },
    ),
    Function::new(
        "numbers",
        "numbers(text, \"label\", count)",
        "the numbers behind the first place of the label, on the same line",
        (3, 3),
        |call| {
            let mut list = behind(call)?;
            let count = call.place(2)?;
            if list.len() < count {
                return Err(format!("{} numbers stand there", list.len()));
            }
            list.truncate(count);
            Ok(Value::List(list))
        },
    ),
    Function::new(
        "line",
        "line(text, \"label\", nth)",
        "the first (or nth) line that holds the label, without its end",
        (2, 3),
        |call| {
            let (text, label) = (call.text(0)?, call.text(1)?);
            let nth = whole(call.number_or(2, 1.0)?)?;
            let mut lines = text.lines().filter(|line| line.contains(&*label));
            lines
                .nth(nth.wrapping_sub(1))
                .map(|line| Value::Text(Arc::from(line)))
                .ok_or_else(|| format!("no such line holds {label:?}"))
        },
    ),
    Function::new(
        "occurrences",
        "occurrences(text, \"what\")",
        "how often something stands in a text",
        (2, 2),
        |call| {
            let (text, what) = (call.text(0)?, call.text(1)?);
            Ok(Value::Number(text.matches(&*what).count() as f64))
        },
    ),
    Function::new("lines", "lines(text)", "the number of lines of a text", (1, 1), |call| {
        Ok(Value::Number(call.text(0)?.lines().count() as f64))
    }),
];

/// The numbers behind a label, up to the end of its line.
fn behind(call: &Call) -> Result<Vec<f64>, String> {
    let (text, label) = (call.text(0)?, call.text(1)?);
    let at = text.find(&*label).ok_or_else(|| format!("{label:?} stands nowhere"))?;
    let rest = text[at + label.len()..].lines().next().unwrap_or("");
    Ok(rest
        .split(|c: char| c.is_whitespace() || "(),;:=%".contains(c))
        .filter_map(as_number)
        .collect())
}

/// A word as a number; units stuck to it, as in `0.1mm`, are left off.
fn as_number(word: &str) -> Option<f64> {
    if !word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return None;
    }
    (1..=word.len())
        .rev()
        .filter(|&end| word.is_char_boundary(end))
        .find_map(|end| word[..end].parse().ok())
        .filter(|number: &f64| !number.is_nan())
}

#[cfg(test)]
mod tests {
    use super::as_number;

    #[test]
    fn numbers_lose_their_units() {
        for (word, number) in
            [("1.5", Some(1.5)), ("-3e-05m", Some(-3e-5)), ("x1", None), ("0.1x", Some(0.1))]
        {
            assert_eq!(as_number(word), number, "{word}");
        }
        assert_eq!(as_number("-nan"), None);
    }
}

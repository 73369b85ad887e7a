//! Words with placeholders, such as `out/{phi:05.1}.img`.

use std::fmt::Write;

/// Widest field of a placeholder, and most digits behind its point.
const WIDEST: usize = 64;
const MOST_DIGITS: usize = 17;

/// What a placeholder stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// Another number.
    Real(f64),
    /// Text, put in as it is: a placeholder in it is none.
    Text(String),
}

/// A word with placeholders. `{{` and `}}` stand for braces.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Value { name: String, form: Form },
}

/// How a value is written: `{name:05.2}` asks for zeros, a width of 5 and two digits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Form {
    zeros: bool,
    width: usize,
    digits: Option<usize>,
}

impl Template {
    /// Reads a word.
    pub fn parse(word: &str) -> Result<Template, String> {
        let (mut parts, mut text) = (Vec::new(), String::new());
        let mut rest = word;
        while let Some(at) = rest.find(['{', '}']) {
            text.push_str(&rest[..at]);
            let brace = &rest[at..at + 1];
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix(brace) {
                text.push_str(brace);
                rest = behind;
                continue;
            }
            let inside = (brace == "{").then(|| rest.split_once('}')).flatten();
            let Some((inside, behind)) = inside else {
                return Err(format!("'{word}': a single '{brace}'; {brace}{brace} stands for it"));
            };
            rest = behind;
            let (name, form) = inside.split_once(':').unwrap_or((inside, ""));
            if !is_name(name) {
                return Err(format!("'{word}': '{name}' is no name of a placeholder"));
            }
            let form = Form::parse(form).ok_or_else(|| {
                format!("'{word}': '{form}' is no format; 05 and 8.3 are, and 07.3")
            })?;
            parts.push(Part::Text(std::mem::take(&mut text)));
            parts.push(Part::Value { name: name.to_owned(), form });
        }
        text.push_str(rest);
        parts.push(Part::Text(text));
        Ok(Template(parts))
    }

    /// The names of the placeholders.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Value { name, .. } => Some(name.as_str()),
        })
    }

    /// The word with values in the place of its placeholders.
    pub fn fill<'v>(&self, find: impl Fn(&str) -> Option<&'v Value>) -> Result<String, String> {
        let mut word = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => word.push_str(text),
                Part::Value { name, form } => {
                    let value =
                        find(name).ok_or_else(|| format!("{{{name}}}: no sweep has this name"))?;
                    form.write(name, value, &mut word)?;
                }
            }
        }
        Ok(word)
    }
}

/// Whether a text can name a placeholder: letters, digits and underscores, no digit first.
pub fn is_name(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.bytes().all(word) && text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}

impl Form {
    fn parse(text: &str) -> Option<Form> {
        let (width, digits) = match text.split_once('.') {
            Some((width, digits)) => (width, Some(number(digits, MOST_DIGITS)?)),
            None => (text, None),
        };
        let zeros = width.len() > 1 && width.starts_with('0');
        let width = if width.is_empty() { 0 } else { number(width, WIDEST)? };
        Some(Form { zeros, width, digits })
    }

    fn write(self, name: &str, value: &Value, out: &mut String) -> Result<(), String> {
        let Form { zeros, width, digits } = self;
        let text = match (value, digits) {
            (Value::Text(text), None) if !zeros => text.clone(),
            (Value::Text(text), _) => {
                return Err(format!("{{{name}}}: '{text}' is no number, and has no such format"));
            }
            (Value::Integer(number), None) => number.to_string(),
            (Value::Integer(number), Some(digits)) => format!("{:.digits$}", *number as f64),
            (Value::Real(number), None) => number.to_string(),
            (Value::Real(number), Some(digits)) => format!("{number:.digits$}"),
        };
        let missing = width.saturating_sub(text.chars().count());
        let (sign, bare) = match text.strip_prefix('-') {
            Some(bare) if zeros => ("-", bare),
            _ => ("", text.as_str()),
        };
        let fill = if zeros { "0" } else { " " }.repeat(missing);
        let _ = if zeros { write!(out, "{sign}{fill}{bare}") } else { write!(out, "{fill}{text}") };
        Ok(())
    }
}

/// A number of digits alone.
fn number(text: &str, most: usize) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&number| digits && number <= most)
}

#[cfg(test)]
mod tests {
    use super::{Template, Value};

    fn fill(word: &str, value: Value) -> Result<String, String> {
        Template::parse(word)?.fill(|name| (name == "x").then_some(&value))
    }

    #[test]
    fn values_take_their_places() {
        let cases = [
            ("plain", Value::Integer(1), "plain"),
            ("a{x}b{x}", Value::Integer(7), "a7b7"),
            ("{x:05}", Value::Integer(42), "00042"),
            ("{x:05}", Value::Integer(-42), "-0042"),
            ("{x:5}", Value::Integer(42), "   42"),
            ("{x:07.2}", Value::Real(1.5), "0001.50"),
            ("{x:.3}", Value::Integer(2), "2.000"),
            ("{x}", Value::Real(0.25), "0.25"),
            ("{x}", Value::Real(30.0), "30"),
            ("{{{x}", Value::Integer(1), "{1"),
            ("{{x}}{x}", Value::Integer(1), "{x}1"),
            // What is put in is not looked at again.
            ("{x}", Value::Text("{x} {{y".into()), "{x} {{y"),
            ("é{x:4}é", Value::Text("µ".into()), "é   µé"),
        ];
        for (word, value, expected) in cases {
            assert_eq!(fill(word, value), Ok(expected.to_owned()), "{word}");
        }
    }

    #[test]
    fn what_is_no_placeholder_is_refused() {
        for word in [
            "{",
            "}",
            "{x",
            "x}",
            "{}",
            "{1}",
            "{x y}",
            "{x:}}",
            "{x:a}",
            "{x:99}",
            "{x:.99}",
            "{x:-5}",
            "{x:5.}",
            "{y}",
            "{x:99999999999999999999}",
        ] {
            assert!(fill(word, Value::Integer(1)).is_err(), "{word}");
        }
        assert!(fill("{x:05}", Value::Text("a".into())).is_err());
        assert!(fill("{x:.2}", Value::Text("a".into())).is_err());
    }
}

//! What expressions are about.

use std::sync::Arc;

use ndarray::Array2;

use super::ran::Ran;

/// An image in double precision, index `[slow, fast]`.
pub type Image = Array2<f64>;

/// The value of an expression.
#[derive(Clone)]
pub enum Value {
    /// A number.
    Number(f64),
    /// Whether something is so.
    Truth(bool),
    /// Text.
    Text(Arc<str>),
    /// Numbers, such as the components of a vector.
    List(Vec<f64>),
    /// An image.
    Image(Arc<Image>),
    /// A run; where an image is wanted, its float image.
    Run(Arc<Ran>),
    /// One value for each run of a sweep.
    Family(Vec<Value>),
}

impl Value {
    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Number(_) => "a number",
            Value::Truth(_) => "a truth value",
            Value::Text(_) => "text",
            Value::List(_) => "a list of numbers",
            Value::Image(_) => "an image",
            Value::Run(_) => "a run",
            Value::Family(_) => "the values of a sweep",
        }
    }

    /// A number, or text where it is none.
    pub fn word(word: &str) -> Value {
        match word.trim().parse() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::Text(Arc::from(word)),
        }
    }

    /// An image.
    pub fn image(image: Image) -> Value {
        Value::Image(Arc::new(image))
    }

    /// As an image, where it is one or a run.
    pub fn as_image(&self) -> Result<Arc<Image>, String> {
        match self {
            Value::Image(image) => Ok(Arc::clone(image)),
            Value::Run(run) => run.float(),
            _ => Err(format!("an image is wanted here, not {}", self.kind())),
        }
    }

    /// As numbers: a number is a list of one, a sweep of numbers a list.
    pub fn as_list(&self) -> Result<Vec<f64>, String> {
        match self {
            Value::Number(number) => Ok(vec![*number]),
            Value::List(list) => Ok(list.clone()),
            Value::Family(members) => members.iter().map(Value::as_number).collect(),
            _ => Err(format!("numbers are wanted here, not {}", self.kind())),
        }
    }

    /// As one number.
    pub fn as_number(&self) -> Result<f64, String> {
        match self {
            Value::Number(number) => Ok(*number),
            _ => Err(format!("a number is wanted here, not {}", self.kind())),
        }
    }

    /// As text.
    pub fn as_text(&self) -> Result<Arc<str>, String> {
        match self {
            Value::Text(text) => Ok(Arc::clone(text)),
            _ => Err(format!("text is wanted here, not {}", self.kind())),
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Number(number) => write!(f, "{number}"),
            Value::Truth(truth) => write!(f, "{truth}"),
            Value::Text(text) if text.chars().count() > 200 => {
                let start: String = text.chars().take(200).collect();
                write!(f, "{start:?}…")
            }
            Value::Text(text) => write!(f, "{text:?}"),
            Value::List(list) if list.len() > 12 => write!(f, "{} numbers", list.len()),
            Value::List(list) => write!(f, "{list:?}"),
            Value::Image(image) => {
                let (slow, fast) = image.dim();
                write!(f, "an image of {fast} × {slow}")
            }
            Value::Run(run) => write!(f, "the run {}", run.name),
            Value::Family(members) => {
                f.write_str("(")?;
                for (place, member) in members.iter().enumerate() {
                    write!(f, "{}{member}", if place == 0 { "" } else { "; " })?;
                }
                f.write_str(")")
            }
        }
    }
}

//! Sweeps: variables that take one value after the other.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};

use super::template::{Value, is_name};

/// Variables that change together: the first value of each, then the second of each.
pub type Axis = BTreeMap<String, Values>;

/// The values of a variable.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// One by one.
    List(Vec<Value>),
    /// Equally spaced.
    Steps(Steps),
}

/// Equally spaced values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steps {
    spacing: Spacing,
    count: u64,
}

/// The first value and the distance to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Spacing {
    Whole(i64, i64),
    Real(f64, f64),
}

/// Equally spaced values as they are written, both ends included.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    start: Value,
    stop: Value,
    step: Option<Value>,
    count: Option<u64>,
}

impl Values {
    /// Their number.
    pub fn count(&self) -> u64 {
        match self {
            Values::List(list) => list.len() as u64,
            Values::Steps(steps) => steps.count,
        }
    }

    /// One of them, from 0.
    pub fn get(&self, tic: u64) -> Option<Value> {
        if tic >= self.count() {
            return None;
        }
        match self {
            Values::List(list) => list.get(tic as usize).cloned(),
            Values::Steps(Steps { spacing: Spacing::Whole(start, step), .. }) => {
                Some(Value::Integer(start.saturating_add(step.saturating_mul(tic as i64))))
            }
            Values::Steps(Steps { spacing: Spacing::Real(start, step), .. }) => {
                Some(Value::Real(rounded(start + step * tic as f64)))
            }
        }
    }
}

/// Checks an axis; its number of steps.
pub fn length(axis: &Axis) -> Result<u64, String> {
    let mut lengths = axis.iter().map(|(name, values)| (name, values.count()));
    let Some((first, length)) = lengths.next() else {
        return Err("a sweep without a variable".into());
    };
    for name in axis.keys() {
        if !is_name(name) {
            return Err(format!("sweep '{name}': a name has letters, digits and underscores"));
        }
        if name == "index" {
            return Err("sweep 'index': that is the number of the run".into());
        }
    }
    if length == 0 {
        return Err(format!("sweep '{first}' has no values"));
    }
    match lengths.find(|(_, other)| *other != length) {
        Some((name, other)) => Err(format!(
            "sweeps '{first}' and '{name}' change together, and have {length} and {other} values"
        )),
        None => Ok(length),
    }
}

impl Range {
    fn steps(&self) -> Result<Steps, String> {
        let number = |value: &Value| match value {
            Value::Integer(number) => Ok(*number as f64),
            Value::Real(number) if number.is_finite() => Ok(*number),
            _ => Err("start, stop and step are numbers".to_owned()),
        };
        let (start, stop) = (number(&self.start)?, number(&self.stop)?);
        let (count, step) = match (&self.step, self.count) {
            (Some(step), None) => {
                let step = number(step)?;
                let steps = (stop - start) / step;
                if step == 0.0 || steps.is_nan() || steps < 0.0 {
                    return Err(format!("steps of {step} do not lead from {start} to {stop}"));
                }
                // A stop that is missed by rounding is meant.
                ((steps * (1.0 + 1e-12) + 1e-9).floor() + 1.0, step)
            }
            (None, Some(0)) => return Err("a count of 0".into()),
            (None, Some(1)) if start != stop => {
                return Err(format!("a count of 1 does not lead from {start} to {stop}"));
            }
            (None, Some(1)) => (1.0, 0.0),
            (None, Some(count)) => (count as f64, (stop - start) / (count - 1) as f64),
            _ => return Err("a range has start, stop, and either step or count".into()),
        };
        let spacing = match (&self.start, &self.step) {
            (Value::Integer(start), Some(Value::Integer(step))) => Spacing::Whole(*start, *step),
            _ => Spacing::Real(start, step),
        };
        // A count beyond 64 bits is as far from being rendered as any.
        Ok(Steps { spacing, count: count as u64 })
    }
}

/// A number without what the addition of many steps leaves behind its twelfth digit.
fn rounded(number: f64) -> f64 {
    format!("{number:.11e}").parse().unwrap_or(number)
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Values, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Values;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of values, or a range with start, stop and step or count")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Values, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element()? {
                    values.push(value);
                }
                Ok(Values::List(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Values, A::Error> {
                let range = Range::deserialize(MapAccessDeserializer::new(map))?;
                range.steps().map(Values::Steps).map_err(A::Error::custom)
            }
        }

        deserializer.deserialize_any(Visit)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        struct Visit;

        impl Visitor<'_> for Visit {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a text")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Integer(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
                let number = i64::try_from(number).map_err(|_| E::custom("a number too large"))?;
                Ok(Value::Integer(number))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
                Ok(Value::Real(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }
        }

        deserializer.deserialize_any(Visit)
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Value, Values, length};

    fn values(json: &str) -> Result<Vec<String>, String> {
        let found: Values = serde_json::from_str(json).map_err(|error| error.to_string())?;
        Ok((0..found.count())
            .filter_map(|tic| found.get(tic))
            .map(|value| match value {
                Value::Integer(number) => number.to_string(),
                Value::Real(number) => number.to_string(),
                Value::Text(text) => text,
            })
            .collect())
    }

    #[test]
    fn ranges_have_both_ends() {
        for (json, expected) in [
            (r#"{"start": 0, "stop": 3, "step": 1}"#, vec!["0", "1", "2", "3"]),
            (r#"{"start": 0, "stop": 3, "step": 2}"#, vec!["0", "2"]),
            (r#"{"start": 3, "stop": 1, "step": -1}"#, vec!["3", "2", "1"]),
            (r#"{"start": 0, "stop": 0.4, "step": 0.1}"#, vec!["0", "0.1", "0.2", "0.3", "0.4"]),
            (r#"{"start": 1, "stop": 2, "count": 3}"#, vec!["1", "1.5", "2"]),
            (r#"{"start": 5, "stop": 5, "count": 1}"#, vec!["5"]),
            (r#"[1, 2.5, "a b"]"#, vec!["1", "2.5", "a b"]),
        ] {
            assert_eq!(
                values(json),
                Ok(expected.into_iter().map(str::to_owned).collect()),
                "{json}"
            );
        }
        let long = values(r#"{"start": 0, "stop": 360, "step": 0.1}"#).expect("values");
        assert_eq!((long.len(), long[3600].as_str(), long[7].as_str()), (3601, "360", "0.7"));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for json in [
            r#"{"start": 0, "stop": 3}"#,
            r#"{"start": 0, "stop": 3, "step": 1, "count": 2}"#,
            r#"{"start": 0, "stop": 3, "step": 0}"#,
            r#"{"start": 0, "stop": 3, "step": -1}"#,
            r#"{"start": 0, "stop": 3, "count": 0}"#,
            r#"{"start": 0, "stop": 1, "count": 1}"#,
            r#"{"start": 0, "stop": 3, "count": -1}"#,
            r#"{"start": "a", "stop": 3, "count": 2}"#,
            r#"{"start": 0, "stop": 3, "step": 1, "steps": 2}"#,
            r#"{"stop": 3, "step": 1}"#,
            "[[1]]",
            "[true]",
            "7",
            "[18446744073709551615]",
        ] {
            assert!(values(json).is_err(), "{json}");
        }
    }

    #[test]
    fn axes_have_names_and_one_length() {
        let axis = |json: &str| length(&serde_json::from_str::<Axis>(json).expect("an axis"));
        assert_eq!(axis(r#"{"a": [1, 2], "b": {"start": 0, "stop": 1, "count": 2}}"#), Ok(2));
        for json in [
            "{}",
            r#"{"a": []}"#,
            r#"{"a": [1], "b": [1, 2]}"#,
            r#"{"index": [1]}"#,
            r#"{"a b": [1]}"#,
        ] {
            assert!(axis(json).is_err(), "{json}");
        }
    }
}

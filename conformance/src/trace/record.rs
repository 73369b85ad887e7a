//! One line of a trace.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

/// The kind of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first line.
    Header,
    /// A sub-pixel.
    Ray,
    /// A source.
    Source,
    /// An evaluation.
    Step,
    /// The end of a layer.
    Layer,
    /// The last line.
    Pixel,
}

impl Kind {
    fn of(name: &str) -> Option<Kind> {
        Some(match name {
            "header" => Kind::Header,
            "ray" => Kind::Ray,
            "source" => Kind::Source,
            "step" => Kind::Step,
            "layer" => Kind::Layer,
            "pixel" => Kind::Pixel,
            _ => return None,
        })
    }

    /// The indices that a line of this kind has, by name and as people read them.
    fn indices(self) -> &'static [(&'static str, &'static str)] {
        const ALL: [(&str, &str); 6] = [
            ("layer", "layer"),
            ("sub_slow", "sub-pixel slow"),
            ("sub_fast", "sub-pixel fast"),
            ("source", "source"),
            ("phi_step", "spindle step"),
            ("domain", "mosaic domain"),
        ];
        match self {
            Kind::Header | Kind::Pixel => &[],
            Kind::Layer => &ALL[..1],
            Kind::Ray => &ALL[..3],
            Kind::Source => &ALL[..4],
            Kind::Step => &ALL,
        }
    }
}

/// Where a line stands in the C program's order: its kind and indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The kind.
    pub kind: Kind,
    /// Layer, sub-pixel slow and fast, source, spindle step, mosaic domain; 0 where the kind has no
    /// such index.
    pub indices: [u64; 6],
}

impl Place {
    /// Places are in the C program's order where these are.
    fn rank(&self) -> [u64; 7] {
        let [layer, slow, fast, source, phi, domain] = self.indices;
        match self.kind {
            Kind::Header => [0; 7],
            Kind::Ray => [1, layer, slow, fast, 0, 0, 0],
            Kind::Source => [1, layer, slow, fast, source + 1, 0, 0],
            Kind::Step => [1, layer, slow, fast, source + 1, phi + 1, domain],
            Kind::Layer => [1, layer, u64::MAX, 0, 0, 0, 0],
            Kind::Pixel => [2, 0, 0, 0, 0, 0, 0],
        }
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Place) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Place) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.kind {
            Kind::Header => "the header",
            Kind::Ray => "ray",
            Kind::Source => "source",
            Kind::Step => "step",
            Kind::Layer => "end of the layer",
            Kind::Pixel => "the end of the pixel",
        };
        f.write_str(name)?;
        for (number, (_, name)) in self.kind.indices().iter().enumerate() {
            let comma = if number == 0 { " at" } else { "," };
            write!(f, "{comma} {name} {}", self.indices[number])?;
        }
        Ok(())
    }
}

/// The value of a variable.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number, or the components of a vector or of several.
    Numbers(Vec<f64>),
    /// Yes or no.
    Flag(bool),
    /// A word.
    Word(String),
}

impl Value {
    /// Whether `null` stands there: nothing, or a number that is not finite.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Numbers(numbers) if matches!(numbers.as_slice(), [number] if number.is_nan()))
    }
}

/// A number as people read it.
fn number(number: &f64) -> String {
    if number.is_finite() { format!("{number:e}") } else { "null".to_owned() }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Numbers(numbers) if numbers.len() == 1 => f.write_str(&number(&numbers[0])),
            Value::Numbers(numbers) => {
                let text: Vec<String> = numbers.iter().map(number).collect();
                write!(f, "[{}]", text.join(", "))
            }
            Value::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
            Value::Word(word) => write!(f, "'{word}'"),
        }
    }
}

/// A line: where it stands, and its variables in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Where it stands.
    pub place: Place,
    /// The variables by name, in the order of the file.
    pub variables: Vec<(String, Value)>,
    /// The words among what tells how an engine worked, by name.
    pub working: Vec<(String, String)>,
    /// Its number within the file, from 1.
    pub line: u64,
}

impl Record {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &[u8], line: u64) -> Result<Record, String> {
        let Members(members) =
            serde_json::from_slice(text).map_err(|error| format!("no JSON object: {error}"))?;
        let (mut kind, mut indices) = (None, Vec::new());
        let mut variables: Vec<(String, Value)> = Vec::new();
        let mut working: Option<Vec<(String, String)>> = None;
        for (name, json) in members {
            if kind.is_none() {
                let known = (name == "line").then(|| json.as_str().and_then(Kind::of)).flatten();
                kind = Some(known.ok_or("it does not begin with \"line\" and a kind of line")?);
                continue;
            }
            let expected = kind.map_or(&[][..], Kind::indices);
            if let Some((index, _)) = expected.get(indices.len()) {
                if name != *index {
                    return Err(format!("'{name}' stands where '{index}' is expected"));
                }
                let number = json.as_u64().filter(|number| *number < 1 << 40);
                indices.push(number.ok_or_else(|| format!("'{name}' is {json}, not an index"))?);
            } else if variables.iter().any(|(known, _)| *known == name) {
                return Err(format!("'{name}' stands there twice"));
            } else if name == WORKING {
                let members = json.as_object().ok_or_else(|| format!("'{WORKING}' is {json}"))?;
                let word = |(name, json): (&String, &Json)| {
                    json.as_str().map(|word| (name.clone(), word.to_owned()))
                };
                if working.replace(members.iter().filter_map(word).collect()).is_some() {
                    return Err(format!("'{WORKING}' stands there twice"));
                }
            } else if let Some(value) = value(&json).map_err(|()| format!("'{name}' is {json}"))? {
                variables.push((name, value));
            }
        }
        let kind = kind.ok_or("an empty object")?;
        if let Some((missing, _)) = kind.indices().get(indices.len()) {
            return Err(format!("'{missing}' is missing"));
        }
        indices.resize(6, 0);
        let indices = indices.try_into().map_err(|_| "too many indices")?;
        let working = working.unwrap_or_default();
        Ok(Record { place: Place { kind, indices }, variables, working, line })
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A word among what tells how an engine worked.
    pub fn working(&self, name: &str) -> Option<&str> {
        self.working.iter().find(|(known, _)| known == name).map(|(_, word)| word.as_str())
    }

    /// The value of a variable that is a word.
    pub fn word(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Value::Word(word)) => Some(word),
            _ => None,
        }
    }
}

/// The member of a line that tells how an engine worked.
const WORKING: &str = "working";

/// What a value stands for; `None` for the units of the header, which are no variables.
fn value(json: &Json) -> Result<Option<Value>, ()> {
    Ok(Some(match json {
        Json::Bool(flag) => Value::Flag(*flag),
        Json::String(word) => Value::Word(word.clone()),
        Json::Object(_) => return Ok(None),
        _ => {
            let mut numbers = Vec::new();
            flatten(json, &mut numbers)?;
            Value::Numbers(numbers)
        }
    }))
}

/// The numbers of nested lists; `null` is one that is not finite.
fn flatten(json: &Json, numbers: &mut Vec<f64>) -> Result<(), ()> {
    match json {
        Json::Null => numbers.push(f64::NAN),
        Json::Number(number) => numbers.push(number.as_f64().ok_or(())?),
        Json::Array(items) => items.iter().try_for_each(|item| flatten(item, numbers))?,
        _ => return Err(()),
    }
    Ok(())
}

/// The members of an object in their order.
struct Members(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        struct Ordered;
        impl<'de> Visitor<'de> for Ordered {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Ordered)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Record, Value};

    const STEP: &str = "{\"line\":\"step\",\"layer\":0,\"sub_slow\":1,\"sub_fast\":2,\"source\":3,\
                        \"phi_step\":4,\"domain\":5,\"zeta\":[[0.1,null],[-0.0,7]],\"alpha\":true}";

    #[test]
    fn variables_keep_their_order_and_bits() {
        let record = Record::parse(STEP.as_bytes(), 9).expect("a step");
        assert_eq!(record.place.kind, Kind::Step);
        assert_eq!(record.place.indices, [0, 1, 2, 3, 4, 5]);
        let names: Vec<&str> = record.variables.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["zeta", "alpha"]);
        let Some(Value::Numbers(numbers)) = record.get("zeta") else { panic!("numbers") };
        let bits: Vec<u64> = numbers.iter().map(|number| number.to_bits()).collect();
        assert_eq!(bits, [0.1, f64::NAN, -0.0, 7.0].map(f64::to_bits));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, reason) in [
            ("", "no JSON object"),
            ("[]", "no JSON object"),
            ("{}", "an empty object"),
            ("{\"layer\":0}", "does not begin with \"line\""),
            ("{\"line\":\"stop\"}", "does not begin with \"line\""),
            ("{\"line\":\"layer\"}", "'layer' is missing"),
            ("{\"line\":\"layer\",\"layer\":-1}", "'layer' is -1"),
            ("{\"line\":\"layer\",\"sum\":1}", "'sum' stands where 'layer'"),
            ("{\"line\":\"pixel\",\"sum\":1,\"sum\":2}", "'sum' stands there twice"),
            ("{\"line\":\"pixel\",\"working\":{},\"working\":{}}", "'working' stands there twice"),
            ("{\"line\":\"pixel\",\"sum\":[{}]}", "'sum' is [{}]"),
            ("{\"line\":\"pixel\",\"working\":[{}]}", "'working' is [{}]"),
            ("{\"line\":\"pixel\",\"working\":\"well\"}", "'working' is \"well\""),
            ("{\"line\":\"pixel\",\"sum\":1", "no JSON object"),
        ] {
            let error = Record::parse(text.as_bytes(), 1).expect_err(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}

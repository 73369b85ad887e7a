//! Batch files in TOML and JSON: lists of runs with sweeps.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};

use super::sweep::{self, Axis};
use super::template::{Template, Value};
use super::words;

/// A batch file; `R` is a run, with or without its place in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List<R> {
    /// Arguments of all runs, before their own.
    #[serde(default)]
    pub common: Arguments,
    /// Sweeps of all runs, outside of their own.
    #[serde(default)]
    pub sweep: Vec<Axis>,
    /// The runs.
    pub run: Vec<R>,
}

/// A run, or as many as its sweeps make of it.
#[derive(Debug)]
pub struct Entry {
    args: Arguments,
    sweep: Vec<Axis>,
}

/// A command line in one piece, or in words.
#[derive(Debug)]
pub enum Arguments {
    /// Split as a shell does.
    Line(String),
    /// As they are.
    Words(Vec<String>),
}

impl Default for Arguments {
    fn default() -> Self {
        Arguments::Words(Vec::new())
    }
}

impl Arguments {
    fn templates(&self) -> Result<Vec<Template>, String> {
        let words = match self {
            Arguments::Line(line) => words::split(line)?,
            Arguments::Words(words) => words::without_program(words.clone()),
        };
        words.iter().map(|word| Template::parse(word)).collect()
    }
}

/// A run whose sweeps are checked and not yet carried out.
pub struct Expansion<'a> {
    words: Vec<Template>,
    axes: Vec<(&'a Axis, u64)>,
}

impl<'a> Expansion<'a> {
    /// Checks a run.
    ///
    /// # Errors
    /// Words and sweeps that are none, placeholders without a sweep and sweeps without a
    /// placeholder.
    pub fn new<R>(list: &'a List<R>, entry: &'a Entry) -> Result<Expansion<'a>, String> {
        let mut words = list.common.templates()?;
        words.extend(entry.args.templates()?);
        let mut axes = Vec::new();
        let mut swept = BTreeSet::new();
        for axis in list.sweep.iter().chain(&entry.sweep) {
            axes.push((axis, sweep::length(axis)?));
            if let Some(twice) = axis.keys().find(|name| !swept.insert(name.as_str())) {
                return Err(format!("sweep '{twice}' stands there twice"));
            }
        }
        let used: BTreeSet<&str> = words.iter().flat_map(Template::names).collect();
        if let Some(idle) = swept.iter().find(|name| !used.contains(*name)) {
            return Err(format!(
                "sweep '{idle}' is used nowhere: write {{{idle}}} where it belongs"
            ));
        }
        let known = |name: &&&str| swept.contains(**name) || **name == "index";
        if let Some(unknown) = used.iter().find(|name| !known(name)) {
            return Err(format!("{{{unknown}}}: no sweep has this name; {{{{ stands for a brace"));
        }
        Ok(Expansion { words, axes })
    }

    /// How many runs there are.
    pub fn count(&self) -> u128 {
        self.axes
            .iter()
            .fold(1, |product, (_, length)| u128::saturating_mul(product, (*length).into()))
    }

    /// How that number comes about, such as `10 x 20`.
    pub fn product(&self) -> String {
        let lengths: Vec<String> = self.axes.iter().map(|(_, length)| length.to_string()).collect();
        if lengths.is_empty() { "1".into() } else { lengths.join(" x ") }
    }

    /// One of the runs; the last sweep changes fastest. `index` is its number among all.
    ///
    /// # Errors
    /// A value that its placeholder's format does not fit.
    pub fn run(&self, number: u64, index: usize) -> Result<Vec<String>, String> {
        let mut left = number;
        let mut values = vec![("index", Value::Integer(index as i64))];
        for (axis, length) in self.axes.iter().rev() {
            let tic = left % length;
            left /= length;
            let found =
                axis.iter().filter_map(|(name, list)| Some((name.as_str(), list.get(tic)?)));
            values.extend(found);
        }
        let find = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, v)| v);
        self.words.iter().map(|word| word.fill(find)).collect()
    }
}

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Arguments, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Arguments;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a command line, as a text or a list of words")
            }

            fn visit_str<E: Error>(self, line: &str) -> Result<Arguments, E> {
                Ok(Arguments::Line(line.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Arguments, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = list.next_element::<Value>()? {
                    words.push(match word {
                        Value::Integer(number) => number.to_string(),
                        Value::Real(number) => number.to_string(),
                        Value::Text(text) => text,
                    });
                }
                Ok(Arguments::Words(words))
            }
        }

        deserializer.deserialize_any(Visit)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entry, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields {
            args: Arguments,
            #[serde(default)]
            sweep: Vec<Axis>,
        }

        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a command line, or args with sweep")
            }

            fn visit_str<E: Error>(self, line: &str) -> Result<Entry, E> {
                Ok(Entry { args: Arguments::Line(line.to_owned()), sweep: Vec::new() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                let Fields { args, sweep } = Fields::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Entry { args, sweep })
            }
        }

        deserializer.deserialize_any(Visit)
    }
}

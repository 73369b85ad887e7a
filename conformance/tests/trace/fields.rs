//! The members of each kind of line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use libtest_mimic::Failed;
use nanobragg_reference::engine::Engine;
use nanobragg_reference::trace::{Line, Writer};
use nanobragg_reference::{Experiment, ReferenceEngine};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::{experiment, traced};

/// The members of a line in their order.
#[derive(Clone)]
struct Members(Vec<(String, Value)>);

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

impl Members {
    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Kind and indices: what stands before the first variable.
    fn place(&self) -> String {
        let place = ["line", "layer", "sub_slow", "sub_fast", "source", "phi_step", "domain"];
        let here = self.0.iter().take_while(|(name, _)| place.contains(&name.as_str()));
        here.map(|(name, value)| format!("{name} {value}, ")).collect()
    }

    /// The variables that have no value.
    fn nulls(&self) -> BTreeSet<String> {
        self.0.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name.clone()).collect()
    }
}

/// The members of the lines of a trace, as they are written.
fn members(lines: &[Line]) -> Result<Vec<Members>, Failed> {
    let mut text = Vec::new();
    let mut writer = Writer::new(&mut text);
    lines.iter().for_each(|line| writer.line(line));
    writer.finish()?;
    let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    Ok(lines.map(serde_json::from_slice).collect::<Result<_, _>>()?)
}

/// The lines of a pixel (fast, slow) have the members that those of the reference engine have, in the
/// same order, and the same ones are `null`.
pub(super) fn check(
    engine: &dyn Engine,
    experiment: &Experiment,
    pixel: [usize; 2],
) -> Result<(), Failed> {
    let reference = members(&traced(&ReferenceEngine, experiment, pixel)?.1)?;
    let lines = members(&traced(engine, experiment, pixel)?.1)?;
    same(&reference, &lines).map_err(|reason| format!("pixel {pixel:?}: {reason}").into())
}

fn same(reference: &[Members], lines: &[Members]) -> Result<(), String> {
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut nulls = BTreeMap::new();
    for line in reference {
        let (kind, names) = (line.0[0].1.to_string(), line.names());
        let known = kinds.entry(kind).or_insert_with(|| names.clone());
        if *known != names || names.last().map(String::as_str) != Some("working") {
            return Err(format!("{names:?} of the reference engine"));
        }
        nulls.insert(line.place(), line.nulls());
    }
    if lines.len() != nulls.len() {
        return Err(format!("{} lines instead of {}", lines.len(), nulls.len()));
    }
    for line in lines {
        let (place, names) = (line.place(), line.names());
        let kind = line.0.first().map(|(_, kind)| kind.to_string()).unwrap_or_default();
        let expected = kinds.get(&kind).ok_or_else(|| format!("a line {kind}"))?;
        if names != *expected {
            return Err(format!("{names:?} instead of {expected:?}"));
        }
        let expected = nulls.get(&place).ok_or_else(|| format!("no {place}"))?;
        if line.nulls() != *expected {
            return Err(format!("{:?} are null in {place}not {expected:?}", line.nulls()));
        }
    }
    Ok(())
}

/// Each member that is left out of the lines of an engine is missed, or is null, or stands elsewhere.
pub(super) fn bites(engine: &dyn Engine) -> Result<(), Failed> {
    let experiment = experiment("-hkl p1.hkl -default_F 3 -oversample 1")?;
    let lines = members(&traced(engine, &experiment, [20, 11])?.1)?;
    let reference = members(&traced(&ReferenceEngine, &experiment, [20, 11])?.1)?;
    same(&reference, &lines)?;
    let mut spoilt = 0;
    for number in 0..reference.len() {
        for member in 0..reference[number].0.len() {
            let (mut without, mut empty, mut moved) = (lines.clone(), lines.clone(), lines.clone());
            without[number].0.remove(member);
            empty[number].0[member].1 = Value::Null;
            let gone = moved[number].0.remove(member);
            moved[number].0.insert((member + 1) % reference[number].0.len(), gone);
            let was_empty = reference[number].0[member].1.is_null();
            for (what, lines) in [("without", without), ("null", empty), ("moved", moved)] {
                if same(&reference, &lines).is_ok() && !(was_empty && what == "null") {
                    let name = &reference[number].0[member].0;
                    return Err(format!("line {number}, {name}: {what}").into());
                }
                spoilt += 1;
            }
        }
    }
    if spoilt < 150 { Err(format!("{spoilt} spoilt").into()) } else { Ok(()) }
}

//! The members of each kind of line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use libtest_mimic::Failed;
use nanobragg_reference::engine::Engine;
use nanobragg_reference::trace::{Line, Writer};
use nanobragg_reference::{Experiment, ReferenceEngine};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::traced;

/// The members of a line in their order.
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
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut nulls = BTreeMap::new();
    for line in members(&traced(&ReferenceEngine, experiment, pixel)?.1)? {
        let (kind, names) = (line.0[0].1.to_string(), line.names());
        let known = kinds.entry(kind).or_insert_with(|| names.clone());
        if *known != names || names.last().map(String::as_str) != Some("working") {
            return Err(format!("{names:?} of the reference engine").into());
        }
        nulls.insert(line.place(), line.nulls());
    }
    let lines = members(&traced(engine, experiment, pixel)?.1)?;
    if lines.len() != nulls.len() {
        return Err(format!("{} lines instead of {}", lines.len(), nulls.len()).into());
    }
    for line in lines {
        let (kind, place) = (line.0[0].1.to_string(), line.place());
        let (names, expected) = (line.names(), &kinds[&kind]);
        if names != *expected {
            return Err(format!("pixel {pixel:?}: {names:?} instead of {expected:?}").into());
        }
        let expected = nulls.get(&place).ok_or_else(|| format!("no {place}"))?;
        if line.nulls() != *expected {
            let nulls = line.nulls();
            return Err(format!("pixel {pixel:?}: no {nulls:?} in {place} not {expected:?}").into());
        }
    }
    Ok(())
}

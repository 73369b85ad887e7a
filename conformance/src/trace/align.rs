//! The lines of two traces, pair by pair.

use std::collections::BTreeMap;
use std::path::Path;

use super::difference::{Difference, Side, distance, relative};
use super::read::Reader;
use super::record::{Place, Record, Value};
use crate::{Error, Result};

/// The counts of the header, which say how many lines there are.
const COUNTS: [&str; 5] = ["layers", "oversample", "sources", "phi_steps", "domains"];

/// What tells that a step adds nothing: where it is missing, nothing is said.
const SKIPPED: &str = "skipped";

/// What was found about one variable.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Lines in which it stands in both traces, and is not `null` in both.
    pub compared: u64,
    /// Lines in which it stands in the left one alone, and in the right one alone: of a program that
    /// writes fewer variables than the engines, all of which write the same. They are no difference.
    pub alone: [u64; 2],
    /// Lines in which it differs.
    pub different: u64,
    /// The largest difference of two components relative to the largest magnitude of the variable;
    /// 0 for what is no number.
    pub largest: f64,
}

/// What was found about two traces.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Both headers.
    pub headers: [Record; 2],
    /// Lines that both have, but for the headers.
    pub lines: u64,
    /// Lines that only the left one and only the right one has.
    pub alone: [u64; 2],
    /// What was found about each variable, in the order of their first lines.
    pub variables: Vec<(String, Tally)>,
    /// The first difference in the C program's order.
    pub first: Option<Difference>,
}

/// Compares two traces line by line.
///
/// # Errors
/// As [`super::first_difference`].
pub fn compare(left: &Path, right: &Path, tolerance: f64) -> Result<Comparison> {
    let mut scales = BTreeMap::new();
    for path in [left, right] {
        let mut reader = Reader::open(path)?;
        while let Some(record) = reader.read()? {
            note_largest(&record, &mut scales);
        }
    }
    let mut readers = [Reader::open(left)?, Reader::open(right)?];
    let headers = [readers[0].header().clone(), readers[1].header().clone()];
    if headers[0].get("traced") != headers[1].get("traced") {
        let reason = format!("line 1: another pixel than that of {}", left.display());
        return Err(Error::format(right, reason));
    }
    let mut work = Work {
        paths: [left, right],
        tolerance,
        scales,
        comparison: Comparison {
            headers: headers.clone(),
            lines: 0,
            alone: [0; 2],
            variables: Vec::new(),
            first: None,
        },
    };
    let counts = |record: &Record| Record {
        variables: record
            .variables
            .iter()
            .filter(|(name, _)| COUNTS.contains(&name.as_str()))
            .cloned()
            .collect(),
        ..record.clone()
    };
    work.pair(&counts(&headers[0]), &counts(&headers[1]));
    // Lines that have not met their like yet. Engines keep to the same order but for a few.
    let mut waiting: [BTreeMap<Place, Record>; 2] = Default::default();
    loop {
        let mut ended = true;
        for side in 0..2 {
            let Some(record) = readers[side].read()? else { continue };
            ended = false;
            if let Some(other) = waiting[1 - side].remove(&record.place) {
                let [left, right] = if side == 0 { [&record, &other] } else { [&other, &record] };
                work.comparison.lines += 1;
                work.pair(left, right);
                continue;
            }
            let (place, line) = (record.place, record.line);
            if waiting[side].insert(place, record).is_some() {
                let reason = format!("line {line}: {place} stands there twice");
                return Err(Error::format(readers[side].path(), reason));
            }
        }
        if ended {
            break;
        }
    }
    for (side, name) in [Side::Left, Side::Right].into_iter().enumerate() {
        work.comparison.alone[side] = waiting[side].len() as u64;
        if let Some((place, record)) = waiting[side].first_key_value() {
            let at = (work.paths[side].to_owned(), record.line);
            work.found(Difference::Line { place: *place, side: name, at });
        }
    }
    let nothing =
        |(name, tally): &(String, Tally)| tally.compared == 0 || COUNTS.contains(&name.as_str());
    if work.comparison.lines > 0 && work.comparison.variables.iter().all(nothing) {
        let reason = format!("it has no variable in common with {}", left.display());
        return Err(Error::format(right, reason));
    }
    Ok(work.comparison)
}

/// Notes the largest magnitude of each variable.
fn note_largest(record: &Record, scales: &mut BTreeMap<String, f64>) {
    for (name, value) in &record.variables {
        let Value::Numbers(numbers) = value else { continue };
        let most = numbers.iter().filter(|number| number.is_finite());
        let most = most.fold(0.0, |most: f64, number| most.max(number.abs()));
        match scales.get_mut(name) {
            Some(scale) => *scale = scale.max(most),
            None => drop(scales.insert(name.clone(), most)),
        }
    }
}

/// A comparison at work.
struct Work<'a> {
    paths: [&'a Path; 2],
    tolerance: f64,
    /// The largest magnitude of each variable.
    scales: BTreeMap<String, f64>,
    comparison: Comparison,
}

impl Work<'_> {
    /// Compares two lines with the same place.
    fn pair(&mut self, left: &Record, right: &Record) {
        let mut first = None;
        let nothing = Value::Numbers(vec![f64::NAN]);
        for (name, value) in &left.variables {
            match right.get(name).or((name == SKIPPED).then_some(&nothing)) {
                None => self.tally(name).alone[0] += 1,
                Some(other) if value.is_null() && other.is_null() => {}
                Some(other) => {
                    if self.differs(name, value, other) && first.is_none() {
                        first = Some((name.clone(), value.clone(), other.clone()));
                    }
                }
            }
        }
        for (name, other) in right.variables.iter().filter(|(name, _)| left.get(name).is_none()) {
            if name != SKIPPED {
                self.tally(name).alone[1] += 1;
            } else if !other.is_null() && self.differs(name, &nothing, other) && first.is_none() {
                first = Some((name.clone(), nothing.clone(), other.clone()));
            }
        }
        let Some((name, value, other)) = first else { return };
        let relative = match (&value, &other) {
            (Value::Numbers(a), Value::Numbers(b)) if a.len() == b.len() => Some(relative(a, b)),
            _ => None,
        };
        self.found(Difference::Variable {
            place: left.place,
            name,
            left: (value, self.paths[0].to_owned(), left.line),
            right: (other, self.paths[1].to_owned(), right.line),
            relative,
        });
    }

    /// Whether a variable differs, which is noted.
    fn differs(&mut self, name: &str, left: &Value, right: &Value) -> bool {
        let scale = self.scales.get(name).copied().unwrap_or(0.0);
        let (different, largest) = match (left, right) {
            (Value::Numbers(a), Value::Numbers(b)) if a.len() == b.len() => {
                let most = a.iter().zip(b).map(|(&a, &b)| distance(a, b)).fold(0.0, f64::max);
                let bits = |numbers: &[f64]| -> Vec<u64> {
                    let finite = |number: &f64| if number.is_finite() { *number } else { f64::NAN };
                    numbers.iter().map(|number| finite(number).to_bits()).collect()
                };
                let different = if self.tolerance == 0.0 {
                    bits(a) != bits(b)
                } else {
                    most > self.tolerance * scale
                };
                (different, if most == 0.0 { 0.0 } else { most / scale })
            }
            (a, b) => (a != b, 0.0),
        };
        let tally = self.tally(name);
        tally.compared += 1;
        tally.different += u64::from(different);
        tally.largest = tally.largest.max(largest);
        different
    }

    /// What is found about a variable.
    fn tally(&mut self, name: &str) -> &mut Tally {
        let variables = &mut self.comparison.variables;
        let known = variables.iter().position(|(known, _)| known == name);
        let place = known.unwrap_or(variables.len());
        if known.is_none() {
            variables.push((name.to_owned(), Tally::default()));
        }
        &mut variables[place].1
    }

    /// Keeps the first difference.
    fn found(&mut self, difference: Difference) {
        let first = &mut self.comparison.first;
        if first.as_ref().is_none_or(|first| difference.place() < first.place()) {
            *first = Some(difference);
        }
    }
}

impl Comparison {
    /// Whether the traces are the same, as far as the tolerance goes.
    pub fn is_same(&self) -> bool {
        self.first.is_none()
    }
}

//! Unique reflections to all of P1.

use std::path::Path;

use super::columns::{Choice, Quantity};
use super::symmetry::Operator;
use super::{Expanded, ReflectionFile};
use crate::cformat::g;
use crate::error::{Error, Result};
use crate::experiment::StructureFactors;
use crate::host::Host;

/// The amplitudes of a row for h k l and for -h -k -l, NaN where there is none.
#[derive(Clone, Copy)]
struct Pair {
    plus: f64,
    minus: f64,
}

/// How often something was met, and in which row first.
#[derive(Default)]
struct Met {
    count: usize,
    first: Option<usize>,
}

impl Met {
    fn note(&mut self, row: usize) {
        self.count += 1;
        self.first.get_or_insert(row);
    }
}

/// About the least amplitude whose square single precision cannot hold, in which images have their
/// pixels: √(2¹²⁸). No unit cell has so many electrons.
const TOO_LARGE: f64 = 18_446_744_073_709_551_616.0;

/// What was met on the way.
#[derive(Default)]
struct Tally {
    /// Intensities below 0.
    negative: usize,
    /// Amplitudes below 0.
    signed: Met,
    /// Amplitudes from [`TOO_LARGE`] on.
    huge: Met,
    /// Reflections that the space group extinguishes, with values.
    absent: Met,
    /// Reflections that contradict earlier ones.
    repeated: Met,
}

/// Makes the table.
pub(super) fn expand(
    file: &ReflectionFile,
    path: &Path,
    choice: &Choice<'_>,
    default_f: f64,
    host: &Host,
) -> Result<Expanded> {
    let rotations = file.symmetry.rotations();
    let mut tally = Tally::default();
    let rows: Vec<(usize, Pair)> = (0..file.index.len())
        .map(|row| (row, pair(file, choice, row, &mut tally)))
        .filter(|(_, pair)| !(pair.plus.is_nan() && pair.minus.is_nan()))
        .collect();
    let (min, max) = box_of(file, &rows, &rotations);
    let mut factors = StructureFactors::allocate(min, max, host)
        .map_err(|error| Error::content(path, error.to_string()))?;
    // What no reflection reaches stays NaN until the end.
    factors.values.fill(f64::NAN);

    for &(row, pair) in &rows {
        for operator in &rotations {
            let known = put(&mut factors, operator.apply(file.index[row]), pair.plus);
            // A row meets its own value again where an operation leaves its index in place.
            if known.is_some_and(|known| known != pair.plus) && !pair.plus.is_nan() {
                tally.repeated.note(row);
                break;
            }
        }
        factors.last_read = if pair.plus.is_nan() { pair.minus } else { pair.plus };
    }
    for &(row, pair) in &rows {
        for operator in &rotations {
            put(&mut factors, opposite(operator.apply(file.index[row])), pair.minus);
        }
    }
    // Where the file has one of two Friedel mates, both are equal.
    for &(row, pair) in &rows {
        for operator in &rotations {
            let index = operator.apply(file.index[row]);
            put(&mut factors, opposite(index), pair.plus);
            put(&mut factors, index, pair.minus);
        }
    }
    let mut count = 0u64;
    let mut lacks_origin = true;
    for ((h, k, l), value) in factors.values.indexed_iter_mut() {
        let index = [h, k, l].map(|place| place as i32);
        let index = [0, 1, 2].map(|axis| index[axis] + min[axis]);
        if !value.is_nan() {
            count += 1;
            lacks_origin &= index != [0; 3];
        } else if file.symmetry.is_absent(index) {
            *value = 0.0;
        } else {
            *value = default_f;
        }
    }
    factors.count = i32::try_from(count)
        .map_err(|_| Error::content(path, "more reflections than a 32-bit count holds"))?;
    let notes = notes(file, path, choice, &tally, lacks_origin.then_some(default_f));
    Ok(Expanded { factors, notes })
}

/// The amplitudes of a row.
fn pair(file: &ReflectionFile, choice: &Choice<'_>, row: usize, tally: &mut Tally) -> Pair {
    let stored =
        [choice.plus.values[row], choice.minus.map_or(f64::NAN, |minus| minus.values[row])];
    let is_absent = file.symmetry.is_absent(file.index[row]);
    if is_absent && stored.iter().any(|value| !value.is_nan() && *value != 0.0) {
        tally.absent.note(row);
    }
    let [plus, minus] = stored.map(|value| match choice.quantity() {
        _ if value.is_nan() => f64::NAN,
        _ if is_absent => 0.0,
        Quantity::Amplitude => {
            if value < 0.0 {
                tally.signed.note(row);
            }
            value
        }
        Quantity::Intensity => {
            tally.negative += usize::from(value < 0.0);
            value.max(0.0).sqrt()
        }
    });
    for amplitude in [plus, minus] {
        if amplitude.abs() >= TOO_LARGE {
            tally.huge.note(row);
        }
    }
    Pair { plus, minus }
}

/// The smallest and the largest indices of all equivalents and their Friedel mates.
fn box_of(
    file: &ReflectionFile,
    rows: &[(usize, Pair)],
    rotations: &[Operator],
) -> ([i32; 3], [i32; 3]) {
    let mut max = [0; 3];
    for (row, _) in rows {
        for operator in rotations {
            let index = operator.apply(file.index[*row]);
            max = [0, 1, 2].map(|axis| max[axis].max(index[axis].abs()));
        }
    }
    (max.map(|most| -most), max)
}

/// Stores an amplitude where there is none yet. Gives the one that was there.
fn put(factors: &mut StructureFactors, index: [i32; 3], amplitude: f64) -> Option<f64> {
    let place = factors.place(index)?;
    let value = &mut factors.values[place];
    if !value.is_nan() {
        return Some(*value);
    }
    *value = amplitude;
    None
}

fn opposite(index: [i32; 3]) -> [i32; 3] {
    index.map(|part| -part)
}

fn notes(
    file: &ReflectionFile,
    path: &Path,
    choice: &Choice<'_>,
    tally: &Tally,
    origin: Option<f64>,
) -> Vec<String> {
    let path = path.display();
    let names = choice.names();
    let mut notes = Vec::new();
    if choice.quantity() == Quantity::Intensity {
        notes.push(format!(
            "{path}: amplitudes are the square roots of the intensities {names}; {} below 0 count as 0",
            tally.negative
        ));
    } else {
        notes.push(format!("{path}: structure factors from {names}"));
    }
    let at = |row: usize| format!("{}, {}", index_text(file.index[row]), file.place(row));
    if let Some(row) = tally.signed.first {
        let they = match tally.signed.count {
            1 => "1 amplitude is below 0 and keeps its sign".to_owned(),
            count => format!("{count} amplitudes are below 0 and keep their signs"),
        };
        notes.push(format!(
            "{path}: {they}, which count in the interpolation alone (the first: {})",
            at(row)
        ));
    }
    if let Some(row) = tally.huge.first {
        let they = match tally.huge.count {
            1 => "1 amplitude is".to_owned(),
            count => format!("{count} amplitudes are"),
        };
        notes.push(format!(
            "{path}: {they} so large that pixels, in single precision, cannot hold the square (the \
             first: {})",
            at(row)
        ));
    }
    if let Some(row) = tally.absent.first {
        let they = match tally.absent.count {
            1 => "1 reflection that the space group extinguishes has a value and counts".to_owned(),
            count => {
                format!(
                    "{count} reflections that the space group extinguishes have values and count"
                )
            }
        };
        notes.push(format!("{path}: {they} as 0 (the first: {})", at(row)));
    }
    if let Some(row) = tally.repeated.first {
        let they = match tally.repeated.count {
            1 => "1 reflection is equivalent to an earlier one of another value and has".to_owned(),
            count => {
                format!(
                    "{count} reflections are equivalent to earlier ones of other values and have"
                )
            }
        };
        notes.push(format!(
            "{path}: {they} no effect (the first: {}); unmerged data has to be merged first",
            at(row)
        ));
    }
    if let Some(own) = choice.plus.cell {
        let other = file.cell.map_or(String::new(), |cell| format!(", not {}", cell_text(&cell)));
        notes.push(format!(
            "{path}: the data set of {} has a unit cell of its own, {}{other}",
            choice.plus.name,
            cell_text(&own)
        ));
    }
    if let (None, Some(difference)) = (choice.minus, &choice.plus.difference) {
        notes.push(format!(
            "{path}: Friedel mates are equal; the anomalous difference {difference} is not used"
        ));
    }
    if let Some(cell) = choice.plus.cell.or(file.cell).filter(|cell| !file.symmetry.fits(cell)) {
        notes.push(format!(
            "{path}: the cell {} does not have the symmetry of the space group",
            cell_text(&cell)
        ));
    }
    if let Some(default_f) = origin {
        notes.push(format!("{path}: no F(0 0 0); -default_F stands for it ({})", g(default_f)));
    }
    notes
}

fn index_text([h, k, l]: [i32; 3]) -> String {
    format!("{h} {k} {l}")
}

/// A cell for messages.
pub(crate) fn cell_text(cell: &[f64; 6]) -> String {
    cell.map(g).join(" ")
}

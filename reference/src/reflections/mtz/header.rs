//! The header of an MTZ file: records of 80 characters, each with a key in front.

use crate::reflections::checked_cell;
use crate::reflections::columns::{Column, Other, Quantity};
use crate::reflections::symmetry::Operator;

/// Most columns that are accepted.
const MOST_COLUMNS: usize = 10_000;

/// Most that cells may differ by and be the same, Å and degrees: headers have four digits.
const SAME_CELL: f64 = 1e-3;

/// Names of measured amplitudes, in the order of preference.
const MEASURED: [&str; 10] =
    ["F", "FP", "FO", "FOBS", "F-obs", "F_obs", "Fobs", "FMEAS", "F-obs-filtered", "FNAT"];
/// Names of computed amplitudes.
const COMPUTED: [&str; 6] = ["FC", "FCALC", "F-model", "FMODEL", "FC_ALL", "F-calc"];
/// Names of intensities.
const INTENSITIES: [&str; 6] = ["IMEAN", "I", "IOBS", "I-obs", "I_obs", "J"];

/// A column as the header describes it.
pub(super) struct Label {
    pub(super) name: String,
    pub(super) kind: String,
    /// The number of its data set.
    pub(super) dataset: Option<i64>,
}

impl Label {
    /// What the column holds, if that can be structure factors.
    pub(super) fn quantity(&self) -> Option<Quantity> {
        match self.kind.as_str() {
            "F" | "G" => Some(Quantity::Amplitude),
            "J" | "K" => Some(Quantity::Intensity),
            _ => None,
        }
    }
}

/// What the header tells.
#[derive(Default)]
pub(super) struct Header {
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) batches: i64,
    pub(super) cell: Option<[f64; 6]>,
    /// The cells of data sets, with their numbers.
    pub(super) cells: Vec<(i64, [f64; 6])>,
    pub(super) operators: Vec<Operator>,
    pub(super) space_group: Option<(String, u32)>,
    /// The number that stands for a missing one; NaN does so in any case.
    pub(super) missing: Option<f32>,
    pub(super) labels: Vec<Label>,
}

impl Header {
    pub(super) fn read(records: Vec<String>) -> std::result::Result<Header, String> {
        let mut header = Header::default();
        let mut sized = false;
        for record in records {
            let (key, rest) = record.split_once(char::is_whitespace).unwrap_or((&record, ""));
            let words: Vec<&str> = rest.split_whitespace().collect();
            let bad = || format!("the header record '{record}' cannot be read");
            match key.to_ascii_uppercase().as_str() {
                "NCOL" => {
                    let number = |k: usize| words.get(k)?.parse::<i64>().ok();
                    let size = |k, most| number(k).filter(|n| (0..=most).contains(n));
                    header.columns = size(0, MOST_COLUMNS as i64).ok_or_else(bad)? as usize;
                    header.rows = size(1, i64::from(i32::MAX)).ok_or_else(bad)? as usize;
                    header.batches = number(2).unwrap_or(0);
                    sized = true;
                }
                "CELL" => header.cell = cell(&words).filter(is_crystal),
                // That of a data set, with its number in front.
                "DCELL" => {
                    let number = words.first().and_then(|number| number.parse().ok());
                    let found = words.get(1..).and_then(cell);
                    header.cells.extend(number.zip(found).filter(|(_, cell)| is_crystal(cell)));
                }
                "SYMINF" => header.space_group = space_group(rest),
                "SYMM" => header.operators.push(Operator::parse(rest).ok_or_else(bad)?),
                "VALM" => header.missing = words.first().and_then(|value| value.parse().ok()),
                "COLUMN" | "COL" => {
                    let [name, kind, ..] = words[..] else { return Err(bad()) };
                    let dataset = words.get(4).and_then(|number| number.parse().ok());
                    header.labels.push(Label { name: name.into(), kind: kind.into(), dataset });
                }
                _ => {}
            }
        }
        header.cell = header.cell.or(header.cells.first().map(|(_, cell)| *cell));
        if sized { Ok(header) } else { Err("no NCOL in the header".into()) }
    }

    /// The cell of a column's data set, where it is not that of the file.
    fn own_cell(&self, label: &Label) -> Option<[f64; 6]> {
        let (_, cell) = *self.cells.iter().find(|(number, _)| Some(*number) == label.dataset)?;
        let apart = |(own, file): (&f64, &f64)| (own - file).abs() > SAME_CELL;
        cell.iter().zip(self.cell.as_ref()?).any(apart).then_some(cell)
    }

    /// The anomalous difference of the data set of a column, where there is one with values.
    fn difference(&self, label: &Label, has_values: impl Fn(usize) -> bool) -> Option<String> {
        let dataset = label.dataset?;
        let belongs = |other: &Label| other.kind == "D" && other.dataset == Some(dataset);
        let place =
            (0..self.labels.len()).find(|&at| belongs(&self.labels[at]) && has_values(at))?;
        Some(self.labels[place].name.clone())
    }

    /// The places of h, k, l: the first three columns of indices.
    pub(super) fn index_columns(&self) -> [usize; 3] {
        let mut places = (0..self.labels.len()).filter(|&place| self.labels[place].kind == "H");
        [0; 3].map(|_: usize| places.next().unwrap_or_default())
    }

    /// The columns that can hold structure factors, without their values. `has_values` tells of the
    /// column at a place whether a reflection has one.
    pub(super) fn columns(&self, has_values: impl Fn(usize) -> bool) -> Vec<Column> {
        let possible = || self.labels.iter().filter(|label| label.quantity().is_some());
        possible()
            .filter_map(|label| {
                let quantity = label.quantity()?;
                let partner = minus(&label.name)
                    .filter(|name| possible().any(|l| l.name == *name && l.kind == label.kind));
                let rank = rank(&label.name, quantity, partner.is_some());
                Some(Column {
                    name: label.name.clone(),
                    quantity,
                    rank,
                    partner,
                    dataset: label.dataset,
                    cell: self.own_cell(label),
                    difference: self.difference(label, &has_values),
                    values: Vec::new(),
                })
            })
            .collect()
    }

    /// The columns that hold neither structure factors nor indices.
    pub(super) fn others(&self) -> Vec<Other> {
        let is_other = |label: &&Label| label.quantity().is_none() && label.kind != "H";
        let other = |Label { name, kind, .. }: &Label| Other {
            name: name.clone(),
            kind: format!("type {kind}"),
        };
        self.labels.iter().filter(is_other).map(other).collect()
    }
}

/// Whether a cell is one: programs that have none write lengths of 1 Å.
fn is_crystal(cell: &[f64; 6]) -> bool {
    cell[..3] != [1.0; 3]
}

fn cell(words: &[&str]) -> Option<[f64; 6]> {
    let mut cell = [0.0; 6];
    for (value, word) in cell.iter_mut().zip(words) {
        *value = word.parse().ok()?;
    }
    checked_cell(cell)
}

/// Name and number of the space group: `4 4 P 19 'P 21 21 21' PG222`.
fn space_group(text: &str) -> Option<(String, u32)> {
    let number = text.split_whitespace().nth(3)?.parse().ok()?;
    let name = match text.split_once('\'') {
        Some((_, behind)) => behind.split('\'').next()?,
        None => text.split_whitespace().nth(4)?,
    };
    Some((name.to_owned(), number))
}

/// The name of the column for -h -k -l that belongs to one for h k l.
pub(super) fn minus(name: &str) -> Option<String> {
    if name.contains("(+)") {
        return Some(name.replace("(+)", "(-)"));
    }
    [("+", "-"), ("plus", "minus"), ("PLUS", "MINUS"), ("PLUS", "MINU")]
        .iter()
        .find_map(|(plus, minus)| name.strip_suffix(plus).map(|stem| format!("{stem}{minus}")))
}

/// How much a column is preferred. Coefficients of maps have to be named.
pub(super) fn rank(name: &str, quantity: Quantity, is_pair: bool) -> Option<u32> {
    let upper = name.to_ascii_uppercase();
    let place = |names: &[&str]| {
        names.iter().position(|known| known.eq_ignore_ascii_case(name)).map(|place| place as u32)
    };
    match quantity {
        Quantity::Amplitude if upper.ends_with("WT") || upper.contains("FOFC") => None,
        Quantity::Amplitude if is_pair => Some(0),
        Quantity::Amplitude => place(&MEASURED)
            .map(|place| 100 + place)
            .or_else(|| place(&COMPUTED).map(|place| 200 + place))
            .or(Some(300)),
        Quantity::Intensity if is_pair => Some(400),
        Quantity::Intensity => place(&INTENSITIES).map(|place| 500 + place).or(Some(600)),
    }
}

//! Which columns of a reflection file hold the structure factors.

use std::path::Path;

use crate::error::{Error, Result};
use crate::suggest;

/// What the numbers of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    /// |F|.
    Amplitude,
    /// |F|², or the intensity that it was measured as.
    Intensity,
}

impl Quantity {
    /// What it is called in messages.
    fn text(self) -> &'static str {
        match self {
            Quantity::Amplitude => "amplitudes",
            Quantity::Intensity => "intensities",
        }
    }
}

/// A column that may hold the structure factors.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its name in the file.
    pub(super) name: String,
    /// What it holds.
    pub(super) quantity: Quantity,
    /// How much it is preferred, the smallest rank most; without one, it has to be named.
    pub(super) rank: Option<u32>,
    /// For F(+), the name of F(-).
    pub(super) partner: Option<String>,
    /// The number of its data set, in a file that has several.
    pub(super) dataset: Option<i64>,
    /// The unit cell of its data set, where that is not the file's.
    pub(super) cell: Option<[f64; 6]>,
    /// An anomalous difference of its data set, which is not used.
    pub(super) difference: Option<String>,
    /// One value for each reflection, NaN where there is none.
    pub(super) values: Vec<f64>,
}

impl Column {
    fn has_values(&self) -> bool {
        self.values.iter().any(|value| !value.is_nan())
    }
}

/// A column that cannot hold the structure factors, for messages.
#[derive(Clone, Debug)]
pub(super) struct Other {
    /// Its name in the file.
    pub(super) name: String,
    /// What the file tells of it: the type of an MTZ column.
    pub(super) kind: String,
}

/// Most columns of each sort that a message names: some programs write hundreds.
const MOST_NAMED: usize = 20;

/// The columns that were chosen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice<'a> {
    /// The values of h k l; of both Friedel mates where there is no other column.
    pub(super) plus: &'a Column,
    /// The values of -h -k -l.
    pub(super) minus: Option<&'a Column>,
}

impl Choice<'_> {
    /// The names, for messages.
    pub(super) fn names(&self) -> String {
        match self.minus {
            Some(minus) => format!("{} and {}", self.plus.name, minus.name),
            None => self.plus.name.clone(),
        }
    }

    /// What the columns hold.
    pub(super) fn quantity(&self) -> Quantity {
        self.plus.quantity
    }
}

/// Chooses the column `wanted`, or else the one that is preferred. Where a column is one of a pair
/// for Friedel mates, both are chosen.
///
/// # Errors
/// No column, or several with nothing to prefer one, with the names of those that there are, also of
/// the `others`.
pub(super) fn choose<'a>(
    columns: &'a [Column],
    others: &[Other],
    wanted: Option<&str>,
    path: &Path,
) -> Result<Choice<'a>> {
    let candidates = candidates(columns);
    if candidates.is_empty() {
        let named = wanted.map_or(String::new(), |wanted| format!("-column {wanted}: "));
        let there = unusable(columns, others).unwrap_or_else(|| "indices alone".into());
        let none = "no column of amplitudes or intensities with values";
        return Err(Error::content(path, format!("{named}{none}; the file has {there}")));
    }
    if let Some(wanted) = wanted {
        let exact = candidates.iter().find(|choice| choice.answers_to(wanted, str::eq));
        if candidates.iter().filter(|choice| choice.answers_to(wanted, str::eq)).count() > 1 {
            let all = list(&candidates);
            let reason = format!("-column {wanted} is the name of several columns among {all}");
            return Err(Error::content(path, reason));
        }
        let found = exact.or_else(|| {
            candidates.iter().find(|choice| choice.answers_to(wanted, str::eq_ignore_ascii_case))
        });
        return found.copied().ok_or_else(|| {
            let both = |choice: &Choice<'a>| [Some(choice.plus), choice.minus];
            let names = candidates.iter().flat_map(both).flatten().map(|one| one.name.as_str());
            let hint = suggest::nearest(wanted, names)
                .map_or(String::new(), |name| format!("; did you mean {name}?"));
            let all = list(&candidates);
            let rest = unusable(columns, others)
                .map_or(String::new(), |rest| format!("; no structure factors are in {rest}"));
            Error::content(path, format!("-column {wanted} is not among {all}{rest}{hint}"))
        });
    }
    let best = candidates.iter().filter_map(|choice| choice.plus.rank).min();
    let preferred: Vec<&Choice> =
        candidates.iter().filter(|choice| best.is_some() && choice.plus.rank == best).collect();
    match preferred.as_slice() {
        [only] => Ok(**only),
        _ => Err(Error::content(
            path,
            format!("which structure factors? -column takes one of {}", list(&candidates)),
        )),
    }
}

impl Choice<'_> {
    fn answers_to(&self, wanted: &str, same: fn(&str, &str) -> bool) -> bool {
        same(&self.plus.name, wanted) || self.minus.is_some_and(|minus| same(&minus.name, wanted))
    }
}

/// All that can be chosen: columns with values, pairs taken together.
fn candidates(columns: &[Column]) -> Vec<Choice<'_>> {
    let filled: Vec<&Column> = columns.iter().filter(|column| column.has_values()).collect();
    let find = |name: &str| filled.iter().copied().find(|column| column.name == name);
    let is_second = |column: &Column| {
        filled.iter().any(|plus| plus.partner.as_deref() == Some(column.name.as_str()))
    };
    filled
        .iter()
        .filter(|column| !is_second(column))
        .map(|plus| Choice { plus, minus: plus.partner.as_deref().and_then(find) })
        .collect()
}

fn list(candidates: &[Choice<'_>]) -> String {
    let entry = |choice: &Choice<'_>| {
        let kind = choice.quantity().text();
        // Names are told apart by their data sets where they have to be.
        let alike = candidates.iter().filter(|other| other.plus.name == choice.plus.name).count();
        match choice.plus.dataset.filter(|_| alike > 1) {
            Some(number) => format!("{} ({kind}, data set {number})", choice.names()),
            None => format!("{} ({kind})", choice.names()),
        }
    };
    let mut entries: Vec<String> = candidates.iter().take(MOST_NAMED).map(entry).collect();
    entries.extend(more(candidates.len()));
    entries.join(", ")
}

/// What is said of the columns of a sort that are not named.
fn more(count: usize) -> Option<String> {
    (count > MOST_NAMED).then(|| format!("and {} more", count - MOST_NAMED))
}

/// The columns that cannot be chosen, those of one kind together, in the order of the file; `None`
/// where there are none.
fn unusable(columns: &[Column], others: &[Other]) -> Option<String> {
    let bare = columns
        .iter()
        .filter(|column| !column.has_values())
        .map(|column| (column.name.as_str(), format!("{} without values", column.quantity.text())));
    let all = others.iter().map(|other| (other.name.as_str(), other.kind.clone())).chain(bare);
    let all: Vec<(&str, String)> = all.collect();
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, kind) in all.iter().take(MOST_NAMED) {
        match groups.iter_mut().find(|(known, _)| known == kind) {
            Some((_, names)) => names.push(name),
            None => groups.push((kind, vec![name])),
        }
    }
    let text = |(kind, names): (&str, Vec<&str>)| format!("{} ({kind})", names.join(", "));
    let mut entries: Vec<String> = groups.into_iter().map(text).collect();
    entries.extend(more(all.len()));
    (!entries.is_empty()).then(|| entries.join(", "))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Column, Quantity, choose};

    fn column(name: &str, rank: Option<u32>, partner: Option<&str>) -> Column {
        Column {
            name: name.into(),
            quantity: if name.starts_with('I') { Quantity::Intensity } else { Quantity::Amplitude },
            rank,
            partner: partner.map(Into::into),
            dataset: None,
            cell: None,
            difference: None,
            values: vec![f64::NAN, if name.ends_with('0') { f64::NAN } else { 1.0 }],
        }
    }

    #[test]
    fn the_smallest_rank_or_the_name() {
        let columns = [
            column("FWT", None, None),
            column("FP", Some(2), None),
            column("F(+)", Some(1), Some("F(-)")),
            column("F(-)", Some(1), None),
            column("I", Some(3), None),
            column("F0", Some(0), None),
        ];
        let names =
            |wanted| choose(&columns, &[], wanted, Path::new("x.mtz")).map(|choice| choice.names());
        assert_eq!(names(None).expect("one"), "F(+) and F(-)");
        assert_eq!(names(Some("F(-)")).expect("one"), "F(+) and F(-)");
        assert_eq!(names(Some("fwt")).expect("one"), "FWT");
        assert_eq!(
            names(Some("FPP")).expect_err("unknown").to_string(),
            "x.mtz: -column FPP is not among FWT (amplitudes), FP (amplitudes), F(+) and F(-) \
             (amplitudes), I (intensities); no structure factors are in F0 (amplitudes without values); \
             did you mean FP?"
        );
        assert!(names(Some("F0")).is_err(), "no values");
    }

    #[test]
    fn columns_of_one_name_are_not_told_apart_by_chance() {
        let of = |dataset| Column { dataset: Some(dataset), ..column("F", Some(1), None) };
        let columns = [of(1), of(2), column("FP", Some(2), None)];
        let error = |wanted| {
            choose(&columns, &[], wanted, Path::new("x.mtz"))
                .expect_err("two of a name")
                .to_string()
        };
        let all = "F (amplitudes, data set 1), F (amplitudes, data set 2), FP (amplitudes)";
        assert_eq!(
            error(Some("F")),
            format!("x.mtz: -column F is the name of several columns among {all}")
        );
        assert!(error(None).ends_with(all), "{}", error(None));
    }

    #[test]
    fn nothing_is_chosen_by_chance() {
        let columns = [column("A", Some(5), None), column("B", Some(5), None)];
        let error = choose(&columns, &[], None, Path::new("x.mtz")).expect_err("two");
        assert_eq!(
            error.to_string(),
            "x.mtz: which structure factors? -column takes one of A (amplitudes), B (amplitudes)"
        );
        assert!(choose(&columns[..0], &[], None, Path::new("x")).is_err());
        assert!(choose(&[column("FWT", None, None)], &[], None, Path::new("x")).is_err());
    }
}

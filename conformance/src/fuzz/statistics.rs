//! What the cases of a campaign reached.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use nanobragg_reference::Request;
use nanobragg_reference::arguments::options::OPTIONS;
use nanobragg_reference::quirks::Quirk;

use super::agreement::{Images, Rounding};
use super::branches::{BRANCHES, Seen};
use super::case::Case;
use super::check::{Checked, Verdict};
use super::reach;
use super::strategy::OWN_OPTIONS;

/// Counts of a campaign.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    /// Cases generated.
    pub cases: u64,
    /// Cases that were run and agree.
    pub same: u64,
    /// Cases that differ.
    pub differing: u64,
    /// Pixels in which the engine is right and the C program's rounding is not.
    pub rounding: Rounding,
    /// What the float images of both have in common.
    pub images: Images,
    /// Requests refused on purpose, by the rule.
    pub refused: BTreeMap<&'static str, u64>,
    /// Cases not run, by the reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Cases that were run in which each row of the table of options acted, by its first name
    /// and what it did; and the kinds of its first values.
    pub options: BTreeMap<String, Reached>,
    /// Branches of the program that were taken, by name.
    pub branches: BTreeMap<&'static str, u64>,
    /// Quirks that made a difference, by name.
    pub quirks: BTreeMap<&'static str, u64>,
    /// Edges of decisions that were reached, by name.
    pub edges: BTreeMap<&'static str, u64>,
}

/// How often an option acted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Cases.
    pub cases: u64,
    /// The classes of its first value.
    pub values: BTreeMap<&'static str, u64>,
}

impl Statistics {
    /// Takes up a case and its verdict.
    pub fn add(&mut self, case: &Case, checked: &Checked) {
        self.cases += 1;
        match &checked.verdict {
            Verdict::Same => self.same += 1,
            Verdict::Rounding(verdicts) => self.rounding.add(case, verdicts),
            Verdict::Differs(_) => self.differing += 1,
            Verdict::Refused(rule) => return *self.refused.entry(rule).or_default() += 1,
            Verdict::Skipped(reason) => return *self.skipped.entry(reason).or_default() += 1,
        }
        self.add_options(case);
        if let Some(pixels) = &checked.pixels {
            self.images.add(case, pixels, matches!(checked.verdict, Verdict::Same));
        }
        for edge in &checked.edges {
            *self.edges.entry(edge).or_default() += 1;
        }
        if let (Some(experiment), Some(outcome)) = (&checked.experiment, &checked.outcome) {
            let report = String::from_utf8_lossy(&outcome.stdout);
            let seen = Seen { experiment, report: &report };
            for (name, _) in BRANCHES.iter().filter(|(_, is_taken)| is_taken(&seen)) {
                *self.branches.entry(name).or_default() += 1;
            }
            for quirk in decisive(&outcome.stderr) {
                *self.quirks.entry(quirk.name()).or_default() += 1;
            }
        }
    }

    /// Takes up the options of a case alone.
    pub fn add_options(&mut self, case: &Case) {
        let Ok(request) = Request::parse(&case.command_line().arguments) else {
            return;
        };
        let mut acted = BTreeSet::new();
        for action in &request.scanned.actions {
            let Some(name) = OPTIONS.iter().find(|row| row.id == action.id).map(row_name) else {
                continue;
            };
            let reached = self.options.entry(name.clone()).or_default();
            reached.cases += u64::from(acted.insert(name));
            if let Some(value) = action.values.first() {
                *reached.values.entry(class(&value.to_string_lossy())).or_default() += 1;
            }
        }
        for name in OWN_OPTIONS.into_iter().filter(|name| case.has(&[name])) {
            self.options.entry(name.to_owned()).or_default().cases += 1;
        }
    }

    /// The rows of the table of options on which no case acted.
    pub fn unreached(&self) -> Vec<String> {
        let reached = |name: &String| self.options.get(name).is_some_and(|seen| seen.cases > 0);
        OPTIONS.iter().map(row_name).filter(|name| !reached(name)).collect()
    }
}

/// A name for a row of the table of options: two of them share one on the command line.
fn row_name(row: &nanobragg_reference::arguments::options::Opt) -> String {
    let name = row.names.first().copied().unwrap_or_default();
    if row.placeholder == "random" { format!("{name} random") } else { name.to_owned() }
}

/// The class of a value.
fn class(text: &str) -> &'static str {
    let Ok(value) = text.parse::<f64>() else {
        let first = text.trim_start_matches([' ', '\t', '+', '-']).bytes().next();
        let is_number = first.is_some_and(|byte| byte.is_ascii_digit() || byte == b'.');
        return if is_number { "odd spelling" } else { "word" };
    };
    match value {
        0.0 => "zero",
        x if x < 0.0 => "negative",
        x if x.fract() != 0.0 => "fraction",
        x if x > 1e6 => "large",
        1.0 => "one",
        _ => "integer",
    }
}

/// The quirks that a run's last line on standard error names.
fn decisive(stderr: &str) -> impl Iterator<Item = Quirk> + '_ {
    let line = stderr.lines().find_map(|line| line.split_once("made a difference: "));
    let names: BTreeSet<&str> = line
        .map(|(_, names)| names.split([',', ' ']).filter(|name| !name.is_empty()).collect())
        .unwrap_or_default();
    Quirk::ALL.iter().copied().filter(move |quirk| names.contains(quirk.name()))
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} cases: {} agree, {} differ, {} by C's rounding, {} refused on purpose, {} not run",
            self.cases,
            self.same,
            self.differing,
            self.rounding.cases,
            self.refused.values().sum::<u64>(),
            self.skipped.values().sum::<u64>()
        )?;
        counts(f, "refused", self.refused.iter())?;
        counts(f, "not run", self.skipped.iter())?;
        writeln!(f, "options (cases; classes of their first values):")?;
        for (name, reached) in self.options.iter().filter(|(_, reached)| reached.cases > 0) {
            let classes: Vec<String> =
                reached.values.iter().map(|(class, count)| format!("{class} {count}")).collect();
            writeln!(f, "  {:7}  -{name}  {}", reached.cases, classes.join(", "))?;
        }
        let never = self.unreached();
        writeln!(f, "options never reached: {}", listed(never.iter().map(String::as_str)))?;
        let taken: BTreeMap<_, _> = BRANCHES
            .iter()
            .map(|(name, _)| (*name, self.branches.get(name).copied().unwrap_or(0)))
            .collect();
        counts(f, "branches", taken.iter().filter(|(_, count)| **count > 0))?;
        let never = taken.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name);
        writeln!(f, "branches never taken: {}", listed(never))?;
        counts(f, "quirks that made a difference", self.quirks.iter())?;
        let never = Quirk::ALL.iter().map(|quirk| quirk.name());
        let never = never.filter(|name| !self.quirks.contains_key(name));
        writeln!(f, "quirks that never made a difference: {}", listed(never))?;
        counts(f, "edges of decisions", self.edges.iter())?;
        let never = reach::names().filter(|name| !self.edges.contains_key(name));
        writeln!(f, "edges never reached: {}", listed(never))?;
        write!(f, "{}{}", self.rounding, self.images)
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

fn counts<'a>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    counts: impl Iterator<Item = (&'a &'static str, &'a u64)>,
) -> fmt::Result {
    let mut counts: Vec<_> = counts.collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), **name));
    if !counts.is_empty() {
        writeln!(f, "{title}:")?;
    }
    counts.into_iter().try_for_each(|(name, count)| writeln!(f, "  {count:7}  {name}"))
}

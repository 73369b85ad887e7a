//! Finding the options in a command line.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use super::looks_like_option;
use super::options::{Id, OPTIONS, Opt, Pattern};
use crate::error::{Error, Result};
use crate::quirks::{Quirk, Quirks};
use crate::suggest;

/// An option that acts, with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// What it does.
    pub id: Id,
    /// The argument as it was typed.
    pub typed: OsString,
    /// Place on the command line, counted from 0, our own options left out.
    pub place: usize,
    /// Its values: as many as the option takes, for `-cell` one to six.
    pub values: Vec<OsString>,
}

/// The options found in a command line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scanned {
    /// Those that act, in the order in which they do.
    pub actions: Vec<Action>,
    /// What the user should know: arguments without effect.
    pub notes: Vec<String>,
    /// Whether the C program's way of matching found something else than whole names would.
    pub collided: bool,
}

/// Finds the options as the C program does (C:402-413, C:506-1116), or by whole names where the
/// quirk `flag-collisions` is off.
///
/// # Errors
/// An argument that looks like an option and on which the C program does not act, unless
/// `lenient`; an option that lacks its value where the C program reads past its arguments.
pub fn scan(arguments: &[OsString], quirks: Quirks, lenient: bool) -> Result<Scanned> {
    let mut scan = Scan {
        arguments,
        found: Scanned::default(),
        is_value: vec![false; arguments.len()],
        acted: vec![false; arguments.len()],
    };
    let as_the_c_program = quirks.has(Quirk::FlagCollisions);
    if as_the_c_program {
        scan.as_the_c_program()?;
    } else {
        scan.by_whole_names()?;
    }
    scan.idle(as_the_c_program, lenient)?;
    Ok(scan.found)
}

struct Scan<'a> {
    arguments: &'a [OsString],
    found: Scanned,
    is_value: Vec<bool>,
    acted: Vec<bool>,
}

impl Scan<'_> {
    fn as_the_c_program(&mut self) -> Result<()> {
        for place in 0..self.arguments.len() {
            let argument = self.arguments[place].as_encoded_bytes();
            if !argument.starts_with(b"-") {
                continue;
            }
            let mut ids = BTreeSet::new();
            for option in OPTIONS {
                if !option.patterns.iter().any(|pattern| pattern.matches(argument)) {
                    continue;
                }
                let Some(values) = self.values_in_c(option, place)? else {
                    continue;
                };
                ids.insert(option.id as u32);
                let stop = option.last || (option.id == Id::Cell && values < 6);
                self.act(option, place, values);
                if stop {
                    break;
                }
            }
            let by_name = whole_name(&self.arguments[place])
                .iter()
                .flat_map(|option| expected(option.id, &ids))
                .collect();
            if !ids.is_empty() && (ids != by_name || self.is_value[place]) {
                self.found.collided = true;
            }
        }
        Ok(())
    }

    /// How many values the option takes here, or `None` where the C program's guard fails.
    fn values_in_c(&self, option: &Opt, place: usize) -> Result<Option<usize>> {
        let left = self.arguments.len() - place - 1;
        let next = self.arguments.get(place + 1);
        Ok(match option.id {
            // The guard that should check for the value passes without one (C:743-760).
            Id::DetectorAbs | Id::DetectorThick | Id::DetectorThicksteps | Id::Thicksteps
                if left == 0 =>
            {
                let typed = self.arguments[place].to_string_lossy();
                return Err(Error::Usage(format!(
                    "{typed} needs a value, and is the last argument"
                )));
            }
            // The guard asks for an argument that is not used (C:806).
            Id::CurvedDet => (left > 0).then_some(0),
            Id::MissetRandom => next.filter(|value| is_random(value)).map(|_| 1),
            Id::Cell if left > 0 => Some(
                self.arguments[place + 1..]
                    .iter()
                    .take(6)
                    .take_while(|value| !value.as_encoded_bytes().starts_with(b"-"))
                    .count(),
            ),
            _ => (left >= option.values).then_some(option.values),
        })
    }

    fn by_whole_names(&mut self) -> Result<()> {
        let mut place = 0;
        while place < self.arguments.len() {
            let at = place;
            place += 1;
            let options = whole_name(&self.arguments[at]);
            let Some(first) = options.first() else {
                continue;
            };
            let given = self.arguments[at + 1..]
                .iter()
                .take_while(|value| !looks_like_option(value))
                .count();
            let is_random = first.id == Id::MissetRandom
                && self.arguments.get(at + 1).is_some_and(|value| is_random(value));
            let option = match (options.get(1), is_random) {
                (Some(angles), false) => angles,
                _ => first,
            };
            let wanted = option.values;
            if given < wanted {
                return Err(Error::Usage(format!(
                    "{} needs {}: {}",
                    self.arguments[at].to_string_lossy(),
                    count(wanted, "value"),
                    option.placeholder
                )));
            }
            let taken = if option.id == Id::Cell { given.min(6) } else { wanted };
            self.act(option, at, taken);
            if option.id == Id::PrintoutPixel {
                self.act(row(Id::Printout), at, 0);
            }
            place += taken;
        }
        Ok(())
    }

    fn act(&mut self, option: &Opt, place: usize, values: usize) {
        self.acted[place] = true;
        self.is_value[place + 1..place + 1 + values].fill(true);
        self.found.actions.push(Action {
            id: option.id,
            typed: self.arguments[place].clone(),
            place,
            values: self.arguments[place + 1..place + 1 + values].to_vec(),
        });
    }

    /// Whether an option, or the other row of its name, acts at a place.
    fn did(&self, option: &Opt, place: usize) -> bool {
        let actions = &self.found.actions;
        actions.iter().any(|action| {
            action.place == place
                && (action.id == option.id
                    || (option.id == Id::Misset && action.id == Id::MissetRandom))
        })
    }

    /// Reports the arguments that have no effect.
    fn idle(&mut self, as_the_c_program: bool, lenient: bool) -> Result<()> {
        for (place, argument) in self.arguments.iter().enumerate() {
            // Where whole names count, those that lack their values have been refused before.
            let option = if as_the_c_program { meant(argument) } else { None };
            // An option that lacks its values may still act as another one, whose name it
            // contains; that is not what was meant.
            let is_idle = match option {
                Some(option) if self.acted[place] => {
                    !whole_name(argument).is_empty() && !self.did(option, place)
                }
                _ => !self.acted[place],
            };
            if !is_idle || self.is_value[place] {
                continue;
            }
            let typed = argument.to_string_lossy();
            if !looks_like_option(argument) {
                self.found.notes.push(format!("'{typed}' belongs to no option and is ignored"));
                continue;
            }
            if option.is_some_and(|option| option.id == Id::CurvedDet) {
                // Only as the last argument, where the C program's guard fails.
                self.found.collided = true;
                self.found.notes.push(format!(
                    "{typed} as the last argument is ignored, as the C program does"
                ));
                continue;
            }
            let problem = match option {
                Some(option) => format!(
                    "{typed} needs {}: {}",
                    count(option.values, "value"),
                    option.placeholder
                ),
                None => unknown(&typed),
            };
            if !lenient {
                return Err(Error::Usage(problem));
            }
            self.found.notes.push(format!("{problem}; ignored"));
        }
        Ok(())
    }
}

/// The rows whose names include the argument without its dashes: two for `-misset`, else one.
fn whole_name(argument: &OsStr) -> Vec<&'static Opt> {
    let bytes = argument.as_encoded_bytes();
    let Some(name) = bytes.strip_prefix(b"-") else {
        return Vec::new();
    };
    let name = name.strip_prefix(b"-").unwrap_or(name);
    OPTIONS
        .iter()
        .filter(|option| option.names.iter().any(|known| known.as_bytes() == name))
        .collect()
}

/// The option that an argument names, or that the C program would take it for if its values were
/// there.
fn meant(argument: &OsStr) -> Option<&'static Opt> {
    let bytes = argument.as_encoded_bytes();
    whole_name(argument).last().copied().or_else(|| {
        let matches = |option: &&Opt| option.patterns.iter().any(|pattern| pattern.matches(bytes));
        bytes.starts_with(b"-").then(|| OPTIONS.iter().rev().find(matches)).flatten()
    })
}

/// What a whole name means, in the terms of the C program's rules.
fn expected(id: Id, matched: &BTreeSet<u32>) -> Vec<u32> {
    match id {
        Id::PrintoutPixel => vec![Id::Printout as u32, id as u32],
        Id::Pix0VectorMm => vec![Id::Pix0Vector as u32, id as u32],
        // The one of the two rows that applies.
        Id::Misset | Id::MissetRandom if !matched.contains(&(id as u32)) => Vec::new(),
        _ => vec![id as u32],
    }
}

fn row(id: Id) -> &'static Opt {
    OPTIONS.iter().find(|option| option.id == id).unwrap_or(&OPTIONS[0])
}

fn is_random(value: &OsStr) -> bool {
    Pattern::Contains("rand").matches(value.as_encoded_bytes())
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn unknown(typed: &str) -> String {
    let name = typed.trim_start_matches('-');
    let name: String = name.chars().take(60).collect();
    let own = super::own::OWN.iter().map(|option| option.name);
    let known = OPTIONS.iter().flat_map(|option| option.names.iter().copied());
    let shown: String = typed.chars().take(60).collect();
    match suggest::nearest(&name, known.chain(own)) {
        Some(nearest) => format!("unknown option {shown}; did you mean -{nearest}?"),
        None => format!("unknown option {shown}; -help lists all of them"),
    }
}

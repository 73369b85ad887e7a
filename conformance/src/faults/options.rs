//! Changing a list of arguments.
//!
//! Options are known by their whole names, behind one dash or two; what else matches in the C
//! program stays as it is.

use nanobragg_reference::{Quirk, Quirks};

/// Degrees in a radian.
pub(super) const DEGREES: f64 = 180.0 * std::f64::consts::FRAC_1_PI;

/// Turns a quirk off, behind whatever the command line says of quirks.
pub(super) fn turn_off(arguments: &mut Vec<String>, quirk: Quirk) {
    let given = places(arguments, &["quirks"]).last().and_then(|at| arguments.get(at + 1));
    // A list that cannot be read stays the last word, so that the run says so.
    let quirks = given.map_or(Ok(Quirks::C), |given| Quirks::parse(given));
    if let Ok(quirks) = quirks {
        arguments.push("-quirks".into());
        arguments.push(quirks.with(quirk, false).to_string());
    }
}

/// The name of an option without its dashes.
fn name(argument: &str) -> Option<&str> {
    let name = argument.strip_prefix('-')?;
    Some(name.strip_prefix('-').unwrap_or(name))
}

/// Where options of these names stand.
pub(super) fn places(arguments: &[String], names: &[&str]) -> Vec<usize> {
    let known = |argument: &String| name(argument).is_some_and(|name| names.contains(&name));
    (0..arguments.len()).filter(|&place| known(&arguments[place])).collect()
}

/// Whether one of the options is there.
pub(super) fn has(arguments: &[String], names: &[&str]) -> bool {
    !places(arguments, names).is_empty()
}

/// Changes the n-th value of each option of these names, where it is a number.
pub(super) fn change(
    arguments: &mut [String],
    names: &[&str],
    nth: usize,
    new: impl Fn(f64) -> f64,
) {
    for place in places(arguments, names) {
        if let Some(value) = arguments.get_mut(place + 1 + nth)
            && let Ok(number) = value.parse::<f64>()
        {
            *value = new(number).to_string();
        }
    }
}

/// Multiplies the first `count` values.
pub(super) fn scale(arguments: &mut [String], names: &[&str], count: usize, factor: f64) {
    for nth in 0..count {
        change(arguments, names, nth, |number| number * factor);
    }
}

/// Exchanges two values of an option.
pub(super) fn swap_values(arguments: &mut [String], name: &str, one: usize, other: usize) {
    for place in places(arguments, &[name]) {
        let (one, other) = (place + 1 + one, place + 1 + other);
        if one.max(other) < arguments.len() {
            arguments.swap(one, other);
        }
    }
}

/// Exchanges two options; their values stay where they are.
pub(super) fn swap_names(arguments: &mut [String], one: &str, other: &str) {
    let (ones, others) = (places(arguments, &[one]), places(arguments, &[other]));
    for (places, new) in [(ones, other), (others, one)] {
        for place in places {
            arguments[place] = format!("-{new}");
        }
    }
}

/// Takes options and their values away. A value that looks like an option ends them.
pub(super) fn remove(arguments: &mut Vec<String>, names: &[&str], values: usize) {
    for place in places(arguments, names).into_iter().rev() {
        let is_value =
            |argument: &&String| !argument.starts_with('-') || argument.parse::<f64>().is_ok();
        let found = arguments[place + 1..].iter().take(values).take_while(is_value).count();
        arguments.drain(place..=place + found);
    }
}

/// Puts an option before all others, which can still override it.
pub(super) fn prepend(arguments: &mut Vec<String>, option: &str, value: &str) {
    arguments.splice(0..0, [option.to_owned(), value.to_owned()]);
}

/// As [`prepend`], where none of the options is there.
pub(super) fn default(arguments: &mut Vec<String>, names: &[&str], option: &str, value: &str) {
    if !has(arguments, names) {
        prepend(arguments, option, value);
    }
}

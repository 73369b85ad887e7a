//! How options are typed: their order, other names, other spellings of numbers, options twice.

use std::collections::BTreeSet;

use nanobragg_reference::arguments::options::{OPTIONS, Pattern};
use proptest::prelude::*;

use crate::fuzz::case::Group;

/// The groups in some order and in some spelling; `odd` ones more often so.
pub(super) fn typed(groups: Vec<Group>, odd: bool) -> BoxedStrategy<Vec<Group>> {
    let weight = if odd { 0.25 } else { 0.04 };
    let spelled: Vec<BoxedStrategy<Group>> =
        groups.iter().map(|group| spelled(group.clone(), weight)).collect();
    let again = prop::option::weighted(0.1, any::<prop::sample::Index>());
    let as_value = prop::bool::weighted(0.01);
    let shuffled = prop_oneof![
        1 => spelled.clone().boxed(),
        6 => spelled.prop_shuffle().boxed(),
    ];
    (shuffled, again, as_value)
        .prop_map(|(mut groups, again, as_value)| {
            if let Some(index) = again.filter(|_| !groups.is_empty()) {
                let group = groups[index.index(groups.len())].clone();
                groups.push(group);
            }
            if as_value {
                // One option is the value of another, and both act.
                groups.push(Group::new("floatfile", ["-nopgm"]));
            }
            groups
        })
        .boxed()
}

/// One group with other names for its option and other spellings of its numbers.
fn spelled(group: Group, weight: f64) -> BoxedStrategy<Group> {
    let Group { option, values, file } = group;
    let name = name(option, weight);
    if file.is_some() {
        return name
            .prop_map(move |option| Group { option, values: values.clone(), file: file.clone() })
            .boxed();
    }
    let values: Vec<BoxedStrategy<String>> =
        values.into_iter().map(|value| value_of(value, weight)).collect();
    (name, values).prop_map(|(option, values)| Group { option, values, file: None }).boxed()
}

/// Another name of an option, or a longer word in which the C program finds the same options.
fn name(option: String, weight: f64) -> BoxedStrategy<String> {
    let bare = option.trim_start_matches('-').to_owned();
    let row = OPTIONS.iter().find(|row| row.names.contains(&bare.as_str()));
    let Some(row) = row else {
        return Just(option).boxed();
    };
    let alias = prop::sample::select(row.names).prop_map(|name| format!("-{name}"));
    let words = ["-{}", "{}s", "{}_x1", "-my{}", "{}X"].map(|word| word.replace("{}", &option));
    let found = found_in(&option);
    let words: Vec<String> = words.into_iter().filter(|word| found_in(word) == found).collect();
    let longer =
        if words.is_empty() { Just(option).boxed() } else { prop::sample::select(words).boxed() };
    let plain = (100.0 * (1.0 - weight)) as u32;
    prop_oneof![plain => alias.boxed(), 100 - plain => longer].boxed()
}

/// The options that the C program finds in an argument.
fn found_in(argument: &str) -> BTreeSet<u32> {
    let found = |pattern: &Pattern| match pattern {
        Pattern::Contains(text) => argument.contains(text),
        // The project also takes these behind two dashes, the C program does not.
        Pattern::Exact(text) => argument == *text,
    };
    OPTIONS.iter().filter(|row| row.patterns.iter().any(found)).map(|row| row.id as u32).collect()
}

/// A spelling that the C library's `atof` and `atoi` read, now and then.
fn value_of(value: String, weight: f64) -> BoxedStrategy<String> {
    if !value.parse::<f64>().is_ok_and(f64::is_finite) {
        return Just(value).boxed();
    }
    let plain = !value.starts_with('-');
    let mut odd = vec![
        format!("{value}abc"),
        format!("{value} 7"),
        format!("{value},"),
        value.to_uppercase(),
        format!("\t{value}"),
    ];
    if plain {
        odd.extend([format!("+{value}"), format!(" {value}"), format!("0{value}")]);
    }
    if let Some(rest) = value.strip_prefix("0.") {
        odd.push(format!(".{rest}"));
    }
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        odd.extend([
            format!("{value}."),
            format!("{value}.7"),
            format!("{value}e0"),
            format!("0x{value}"),
        ]);
    }
    prop::option::weighted(weight, prop::sample::select(odd))
        .prop_map(move |odd| odd.unwrap_or_else(|| value.clone()))
        .boxed()
}

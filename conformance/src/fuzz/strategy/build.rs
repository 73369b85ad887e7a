//! The bricks of the strategies: groups that are there or not, and numbers in many spellings.

use std::ops::Range;

use proptest::option;
use proptest::prelude::*;
use proptest::strategy::Union;

use crate::fuzz::case::Group;

/// A strategy for some groups.
pub(super) type Groups = BoxedStrategy<Vec<Group>>;

/// A strategy for one value of an option.
pub(super) type Value = BoxedStrategy<String>;

/// No group.
pub(super) fn none() -> Groups {
    Just(Vec::new()).boxed()
}

/// These groups.
pub(super) fn these(groups: impl IntoIterator<Item = Group>) -> Groups {
    Just(groups.into_iter().collect::<Vec<_>>()).boxed()
}

/// All of some parts.
pub(super) fn all(parts: impl IntoIterator<Item = Groups>) -> Groups {
    let parts: Vec<Groups> = parts.into_iter().collect();
    parts.prop_map(|parts| parts.concat()).boxed()
}

/// A part with a probability.
pub(super) fn some(probability: f64, part: Groups) -> Groups {
    option::weighted(probability, part).prop_map(Option::unwrap_or_default).boxed()
}

/// One of some parts, by weight; of weight 0 never.
pub(super) fn either(parts: impl IntoIterator<Item = (u32, Groups)>) -> Groups {
    Union::new_weighted(parts.into_iter().filter(|(weight, _)| *weight > 0).collect()).boxed()
}

/// An option without values.
pub(super) fn flag(name: &'static str) -> Groups {
    these([Group::flag(name)])
}

/// One of some options without values.
pub(super) fn flag_of(names: &'static [&'static str]) -> Groups {
    prop::sample::select(names).prop_map(|name| vec![Group::flag(name)]).boxed()
}

/// An option with one value.
pub(super) fn with(name: &'static str, value: Value) -> Groups {
    value.prop_map(move |value| vec![Group::new(name, [value])]).boxed()
}

/// An option with three values.
pub(super) fn with_three(name: &'static str, values: [Value; 3]) -> Groups {
    values.prop_map(move |values| vec![Group::new(name, values)]).boxed()
}

/// An option with this value.
pub(super) fn is(name: &'static str, value: impl ToString) -> Groups {
    these([Group::new(name, [value])])
}

/// One of some words.
pub(super) fn word_of(words: &'static [&'static str]) -> Value {
    prop::sample::select(words).prop_map(str::to_owned).boxed()
}

/// An integer of a range.
pub(super) fn integer(range: std::ops::RangeInclusive<i64>) -> Value {
    range.prop_map(|number| number.to_string()).boxed()
}

/// A number of a range, in some spelling.
pub(super) fn number(range: Range<f64>) -> Value {
    (range, style()).prop_map(|(x, style)| style.spell(x)).boxed()
}

/// A number whose logarithm (base 10) is uniform in a range, in some spelling.
pub(super) fn decades(exponent: Range<f64>) -> Value {
    (exponent, style()).prop_map(|(e, style)| style.spell(10f64.powf(e))).boxed()
}

/// A given number in some spelling; it may be rounded to two digits.
pub(super) fn about(x: f64) -> Value {
    style().prop_map(move |style| style.spell(x)).boxed()
}

/// One of these values or, as often as each of them, `other`.
pub(super) fn often(values: &'static [&'static str], other: Value) -> Value {
    Union::new_weighted(vec![(values.len() as u32, word_of(values)), (1, other)]).boxed()
}

/// How a number is written.
#[derive(Clone, Copy, Debug)]
struct Style {
    digits: usize,
    kind: u8,
}

fn style() -> impl Strategy<Value = Style> {
    (2usize..8, 0u8..8).prop_map(|(digits, kind)| Style { digits, kind })
}

impl Style {
    fn spell(self, x: f64) -> String {
        let digits = self.digits;
        match self.kind {
            0..4 => rounded(x, digits).to_string(),
            4 | 5 if x.abs() >= 0.1 => format!("{x:.digits$}"),
            6 => x.to_string(),
            _ => format!("{x:.digits$e}"),
        }
    }
}

/// A number rounded to some significant digits.
pub(super) fn rounded(x: f64, digits: usize) -> f64 {
    format!("{x:.*e}", digits.saturating_sub(1)).parse().unwrap_or(x)
}

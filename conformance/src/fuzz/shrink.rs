//! Making a case smaller while it keeps failing.
//!
//! First groups are dropped, by halves, quarters and so on down to single ones, then lines of
//! files, then names and numbers become simpler, and all of it again until nothing helps.

use std::ops::Range;

use nanobragg_reference::arguments::options::OPTIONS;
use proptest::strategy::ValueTree;

use super::case::{Case, Content, Group};
use super::dump::Dump;
use super::smv::Smv;

/// A case and the smaller ones that can be made of it.
#[derive(Clone, Debug)]
pub struct CaseTree {
    /// The smallest case known to fail.
    best: Case,
    /// The case to try.
    current: Case,
    /// Edits of the best case, simplest result first, and which of them comes next.
    edits: Vec<Edit>,
    next: usize,
    /// Whether an edit has helped since the first of them was tried.
    helped: bool,
}

/// One way to make a case smaller.
#[derive(Clone, Debug)]
enum Edit {
    /// Drop some groups.
    Groups(Range<usize>),
    /// Drop a file that no option names.
    Unnamed(String),
    /// Replace a file by a smaller one.
    File(Place, Content),
    /// Type the option by its documented name.
    Name(usize, String),
    /// Give a value of a group another text.
    Value(usize, usize, String),
}

/// Where a file belongs.
#[derive(Clone, Debug)]
enum Place {
    /// To a group.
    Group(usize),
    /// To none.
    Unnamed(String),
}

impl CaseTree {
    /// A tree whose first value is `case`.
    pub fn new(case: Case) -> CaseTree {
        let edits = edits(&case);
        CaseTree { best: case.clone(), current: case, edits, next: 0, helped: false }
    }

    /// Makes the next edit of the best case the current one.
    fn advance(&mut self) -> bool {
        if self.next >= self.edits.len() {
            if !self.helped {
                self.current = self.best.clone();
                return false;
            }
            (self.next, self.helped) = (0, false);
        }
        let Some(edit) = self.edits.get(self.next) else {
            return false;
        };
        self.next += 1;
        self.current = edit.apply(&self.best);
        true
    }
}

impl ValueTree for CaseTree {
    type Value = Case;

    fn current(&self) -> Case {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        if self.current != self.best {
            self.best = self.current.clone();
            self.edits = edits(&self.best);
            self.helped = true;
            // What stands at the place of the edit that helped is another edit now.
            self.next = self.next.saturating_sub(1);
        }
        self.advance()
    }

    fn complicate(&mut self) -> bool {
        self.current != self.best && self.advance()
    }
}

impl Edit {
    fn apply(&self, case: &Case) -> Case {
        let mut case = case.clone();
        match self {
            Edit::Groups(range) => drop(case.groups.drain(range.clone())),
            Edit::Unnamed(name) => drop(case.unnamed.remove(name)),
            Edit::File(Place::Group(group), content) => {
                case.groups[*group].file = Some(content.clone());
            }
            Edit::File(Place::Unnamed(name), content) => {
                drop(case.unnamed.insert(name.clone(), content.clone()));
            }
            Edit::Name(group, name) => case.groups[*group].option.clone_from(name),
            Edit::Value(group, index, text) => case.groups[*group].values[*index].clone_from(text),
        }
        case
    }
}

fn edits(case: &Case) -> Vec<Edit> {
    let mut edits: Vec<Edit> = chunks(case.groups.len(), 1).map(Edit::Groups).collect();
    edits.extend(case.unnamed.keys().cloned().map(Edit::Unnamed));
    for (name, content) in &case.unnamed {
        let place = Place::Unnamed(name.clone());
        edits.extend(smaller(content).map(|content| Edit::File(place.clone(), content)));
    }
    for (place, group) in case.groups.iter().enumerate() {
        edits.extend(plain_name(group).map(|name| Edit::Name(place, name)));
        if let Some(content) = &group.file {
            edits.extend(smaller(content).map(|content| Edit::File(Place::Group(place), content)));
        } else {
            for (index, value) in group.values.iter().enumerate() {
                edits.extend(simpler(value).map(|text| Edit::Value(place, index, text)));
            }
        }
    }
    edits
}

/// Smaller contents of a file.
fn smaller(content: &Content) -> Box<dyn Iterator<Item = Content> + '_> {
    match content {
        Content::Text(text) => {
            let mut pieces: Vec<&str> = text.split_inclusive('\n').collect();
            if pieces.len() == 1 {
                pieces = text.split_inclusive(' ').collect();
            }
            // A long file becomes shorter from round to round.
            let count = pieces.len();
            let dropped = chunks(count, count / 32);
            Box::new(dropped.filter(move |range| range.len() < count).map(move |range| {
                let kept = pieces.iter().enumerate().filter(|(at, _)| !range.contains(at));
                Content::Text(kept.map(|(_, piece)| *piece).collect())
            }))
        }
        Content::Smv(image) => {
            let single = (image.pixels.len() > 1).then(|| image.single());
            let plain = image.pixels.iter().any(|&pixel| pixel != 1);
            let plain = plain.then(|| Smv { pixels: vec![1; image.pixels.len()], ..image.clone() });
            let without = |key: usize| {
                let mut image = image.clone();
                image.keys.remove(key);
                image
            };
            let fewer = (0..image.keys.len()).map(without);
            Box::new(single.into_iter().chain(plain).chain(fewer).map(Content::Smv))
        }
        Content::Dump(dump) => {
            let long = (0..3).filter(|&axis| dump.counts[axis] > 1);
            let halved = long.map(|axis| dump.halved(axis));
            let plain = dump.values.iter().skip(1).any(|&value| value != 1.0);
            let mut values = vec![1.0; dump.values.len()];
            // The first value may matter by its first byte.
            values[0] = dump.values[0];
            let plain = plain.then(|| Dump { values, ..dump.clone() });
            Box::new(halved.chain(plain).map(Content::Dump))
        }
    }
}

/// Ranges that cover `count` items by halves, quarters, … down to `smallest` items.
fn chunks(count: usize, smallest: usize) -> impl Iterator<Item = Range<usize>> {
    let sizes = std::iter::successors(Some(count), |&size| (size > 1).then_some(size / 2)).skip(1);
    sizes.filter(move |&size| size >= smallest.max(1)).flat_map(move |size| {
        (0..count).step_by(size).map(move |start| start..(start + size).min(count))
    })
}

/// The documented name of the only option that the C program finds in what is typed.
fn plain_name(group: &Group) -> Option<String> {
    let typed = group.option.as_bytes();
    let mut found = OPTIONS
        .iter()
        .filter(|option| option.patterns.iter().any(|pattern| pattern.matches(typed)));
    let name = format!("-{}", found.next()?.names.first()?);
    (found.next().is_none() && name != group.option).then_some(name)
}

/// Simpler texts for a number, the simplest first; none for other words.
fn simpler(text: &str) -> impl Iterator<Item = String> {
    let end = text.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
    let number: Option<f64> = text[..end].trim_start().parse().ok().filter(|x: &f64| x.is_finite());
    let candidates = number.into_iter().flat_map(|x| {
        let fixed = ["0", "1", "2", "10", "100"].map(str::to_owned).into_iter();
        let whole = (x.abs() < 1e15).then(|| format!("{:.0}", x.trunc()));
        let rounded = (0..7).filter_map(move |digits| format!("{x:.digits$e}").parse().ok());
        fixed.chain(whole).chain(rounded.map(|x: f64| shortest(x))).chain([shortest(x)])
    });
    let rank = |text: &str| (text.len(), text.to_owned());
    let limit = rank(text);
    candidates.filter(move |candidate| rank(candidate) < limit)
}

/// A number in as few characters as it takes.
pub fn shortest(x: f64) -> String {
    let (plain, exponent) = (format!("{x}"), format!("{x:e}"));
    if plain.len() <= exponent.len() { plain } else { exponent }
}

#[cfg(test)]
mod tests {
    use proptest::strategy::ValueTree;

    use super::{CaseTree, simpler};
    use crate::fuzz::case::{Case, Content, Group};

    /// The smallest case that still fails.
    fn minimum(case: Case, fails: impl Fn(&Case) -> bool) -> Case {
        let mut tree = CaseTree::new(case);
        assert!(fails(&tree.current()));
        let mut tries = 0;
        let mut go_on = tree.simplify();
        while go_on {
            tries += 1;
            assert!(tries < 10_000, "shrinking does not end");
            go_on = if fails(&tree.current()) { tree.simplify() } else { tree.complicate() };
        }
        tree.current()
    }

    #[test]
    fn what_does_not_matter_goes() {
        let text = (0..100).map(|h| format!("{h} 0 0 {h}\n")).collect();
        let groups = vec![
            Group::new("N", [7]),
            Group::new("cell", ["87.25", "3", "9"]),
            Group::new("-nopgm_x", ["unused"]),
            Group::file("hkl", "a.hkl", Content::Text(text)),
            Group::new("-lambda", ["+1.73205abc"]),
            Group::flag("noprogress"),
        ];
        let fails = |case: &Case| {
            let line = case.command_line();
            let has = |word: &str| line.arguments.iter().any(|argument| argument.contains(word));
            let value = |at: usize| line.arguments.get(at).map(|text| text.parse().unwrap_or(9.9));
            let at = line.arguments.iter().position(|argument| argument.contains("lambda"));
            let long = at.and_then(|at| value(at + 1)).is_some_and(|x: f64| x > 1.7);
            let line_47 = line.inputs.values().any(|file| file.windows(6).any(|w| w == b"47 0 0"));
            long && line_47 && has("nopgm")
        };
        let least = minimum(Case { groups, ..Case::default() }, fails);
        let line = least.command_line();
        assert_eq!(line.arguments, ["-nopgm", "unused", "-hkl", "a.hkl", "-lambda", "2"]);
        assert_eq!(&*line.inputs["a.hkl"], b"47 0 0 ");
    }

    #[test]
    fn numbers_become_shorter_and_words_stay() {
        assert_eq!(simpler("0").count(), 0);
        assert_eq!(simpler("random").count(), 0);
        assert_eq!(simpler("5").collect::<Vec<_>>(), ["0", "1", "2"]);
        let all: Vec<String> = simpler("-3.14159").collect();
        assert_eq!(
            all,
            ["0", "1", "2", "10", "100", "-3", "-3", "-3.1", "-3.14", "-3.142", "-3.1416"]
        );
    }
}

//! A generated command line: groups of an option, its values and its file.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dump::Dump;
use super::smv::Smv;
use crate::execute::CommandLine;

/// One option with its values, and the file that the first of them names.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The option as it is typed, dash included.
    pub option: String,
    /// What follows it.
    pub values: Vec<String>,
    /// What the file that `values[0]` names contains.
    pub file: Option<Content>,
}

/// The contents of an input file, in a form that can be made smaller.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Text, smaller by lines.
    Text(String),
    /// An SMV image, smaller by header keys and pixel values.
    Smv(Smv),
    /// A dump of structure factors, smaller by ranges.
    Dump(Dump),
}

/// A command line and its files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// The options in their order.
    pub groups: Vec<Group>,
    /// Files that lie in the directory though no option names them.
    pub unnamed: BTreeMap<String, Content>,
}

impl Group {
    /// An option, named without its dash, and its values.
    pub fn new<V: ToString>(name: &str, values: impl IntoIterator<Item = V>) -> Group {
        Group {
            option: format!("-{name}"),
            values: values.into_iter().map(|value| value.to_string()).collect(),
            file: None,
        }
    }

    /// An option without values.
    pub fn flag(name: &str) -> Group {
        Group::new::<String>(name, [])
    }

    /// An option that names a file.
    pub fn file(name: &str, path: &str, content: Content) -> Group {
        Group { file: Some(content), ..Group::new(name, [path]) }
    }

    /// The option and its values.
    pub fn words(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.option).chain(&self.values)
    }
}

impl Content {
    /// The file as it lies on disk.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Content::Text(text) => text.clone().into_bytes(),
            Content::Smv(image) => image.bytes(),
            Content::Dump(dump) => dump.bytes(),
        }
    }
}

impl Case {
    /// What is run.
    pub fn command_line(&self) -> CommandLine {
        let named =
            self.groups.iter().filter_map(|group| Some((&group.values[..], group.file.as_ref()?)));
        let named = named.filter_map(|(values, content)| Some((values.first()?, content)));
        let inputs = self
            .unnamed
            .iter()
            .chain(named)
            .map(|(name, content)| (name.clone(), Arc::from(content.bytes())))
            .collect();
        CommandLine {
            arguments: self.groups.iter().flat_map(Group::words).cloned().collect(),
            inputs,
        }
    }

    /// Whether a group's option is one of some names, without the dash.
    pub fn has(&self, names: &[&str]) -> bool {
        self.groups.iter().any(|group| names.contains(&group.option.trim_start_matches('-')))
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, Content, Group};

    #[test]
    fn groups_become_arguments_and_files() {
        let hkl = Group::file("hkl", "a b.hkl", Content::Text("0 0 0 1\n".into()));
        let case = Case { groups: vec![Group::new("N", [3]), hkl], ..Case::default() };
        let line = case.command_line();
        assert_eq!(line.arguments, ["-N", "3", "-hkl", "a b.hkl"]);
        assert_eq!(&*line.inputs["a b.hkl"], b"0 0 0 1\n");
        assert!(case.has(&["hkl"]) && !case.has(&["mat"]));
    }
}

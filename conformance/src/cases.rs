//! The list of cases, `goldens/cases.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{Error, Result};

/// A kind of output.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Raw float image.
    Float,
    /// SMV image.
    Int,
    /// SMV image with noise.
    Noise,
    /// PGM preview.
    Pgm,
    /// Dump of the structure factors.
    Fdump,
    /// Standard output.
    Stdout,
}

impl Kind {
    /// The name in file names and reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Float => "float",
            Kind::Int => "int",
            Kind::Noise => "noise",
            Kind::Pgm => "pgm",
            Kind::Fdump => "fdump",
            Kind::Stdout => "stdout",
        }
    }
}

/// What a golden is recorded from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The C program.
    #[default]
    C,
    /// The reference engine: what the C program cannot do.
    Reference,
}

/// One case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Unique name.
    pub name: String,
    /// What it covers.
    pub about: String,
    args: String,
    /// Names in the directory of the run, and the files under `goldens/inputs` that they are.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// What is recorded.
    pub keep: BTreeSet<Kind>,
    /// What it is recorded from.
    #[serde(default)]
    pub from: Origin,
}

impl Case {
    /// The arguments.
    pub fn arguments(&self) -> Vec<String> {
        self.args.split_whitespace().map(str::to_owned).collect()
    }

    /// The command line, ready to paste behind the program's name.
    pub fn command_line(&self) -> &str {
        &self.args
    }
}

/// The folder of the goldens in this repository.
pub fn default_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("goldens")
}

/// Reads the list of a folder.
///
/// # Errors
/// A list that cannot be read, has a name twice, or a case that keeps no image.
pub fn read(folder: &Path) -> Result<Vec<Case>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct List {
        case: Vec<Case>,
    }
    let path = folder.join("cases.toml");
    let text = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
    let list: List = toml::from_str(&text).map_err(|error| Error::format(&path, error))?;
    let mut names = BTreeSet::new();
    for case in &list.case {
        if !names.insert(&case.name) {
            return Err(Error::format(&path, format!("the name {} stands twice", case.name)));
        }
        if !case.keep.contains(&Kind::Float) {
            return Err(Error::format(&path, format!("{} keeps no float image", case.name)));
        }
        if !case.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(Error::format(&path, format!("{} is no kebab-case name", case.name)));
        }
    }
    Ok(list.case)
}

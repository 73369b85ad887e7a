//! Stored cases, `conformance/corpus/*.toml`: what once differed, and what it took.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nanobragg_reference::ReferenceEngine;
use serde::{Deserialize, Serialize};

use crate::cases::Kind;
use crate::execute::{CommandLine, Outcome, Program};
use crate::{Error, Result, run, store};

/// One stored case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The name, that of the file.
    pub name: String,
    /// What was wrong, or easily could be.
    pub about: String,
    /// The arguments.
    pub args: Vec<String>,
    /// Exit status of the reference engine.
    pub status: i32,
    /// sha256 of the float image of the reference engine, where it writes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub float_sha256: Option<String>,
    /// Input files by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, Input>,
}

/// The contents of an input file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    /// Text.
    Text(String),
    /// Bytes as hexadecimal digits.
    Hex(String),
}

/// The stored cases of this repository.
pub fn default_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// Reads all cases of a folder, by name.
///
/// # Errors
/// A file that cannot be read, or whose name is not that of its case.
pub fn read(folder: &Path) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for file in std::fs::read_dir(folder).map_err(Error::file(folder))? {
        let path = file.map_err(Error::file(folder))?.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
        let entry: Entry = toml::from_str(&text).map_err(|error| Error::format(&path, error))?;
        if path.file_stem().is_none_or(|stem| stem != entry.name.as_str()) {
            return Err(Error::format(&path, format!("holds the case {}", entry.name)));
        }
        entries.push(entry);
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

impl Entry {
    /// A case with what the reference engine makes of it now.
    ///
    /// # Errors
    /// A directory that cannot be made.
    pub fn record(name: &str, about: &str, line: &CommandLine) -> Result<Entry> {
        let outcome = line.execute(Program::Engine(&ReferenceEngine))?;
        let inputs = line.inputs.iter().map(|(name, bytes)| (name.clone(), Input::of(bytes)));
        Ok(Entry {
            name: name.to_owned(),
            about: about.to_owned(),
            args: line.arguments.clone(),
            status: outcome.status,
            float_sha256: float_digest(line, &outcome),
            inputs: inputs.collect(),
        })
    }

    /// Writes the case into a folder, which is made where it is missing.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf> {
        let path = folder.join(format!("{}.toml", self.name));
        let text = toml::to_string_pretty(self).map_err(|error| Error::format(&path, error))?;
        std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
        std::fs::write(&path, text).map_err(Error::file(&path))?;
        Ok(path)
    }

    /// The command line with its files.
    ///
    /// # Errors
    /// Digits that are not hexadecimal.
    pub fn command_line(&self) -> Result<CommandLine> {
        let mut inputs = BTreeMap::new();
        for (name, input) in &self.inputs {
            let bytes = input.bytes().ok_or_else(|| {
                Error::Run(format!("{}: {name} is not written in hexadecimal digits", self.name))
            })?;
            inputs.insert(name.clone(), Arc::from(bytes));
        }
        Ok(CommandLine { arguments: self.args.clone(), inputs })
    }

    /// Runs the case with the reference engine and compares with what is recorded; what differs.
    ///
    /// # Errors
    /// As [`Entry::command_line`], and a directory that cannot be made.
    pub fn verify(&self) -> Result<Vec<String>> {
        let line = self.command_line()?;
        let outcome = line.execute(Program::Engine(&ReferenceEngine))?;
        let mut differences = Vec::new();
        if outcome.status != self.status {
            let said = outcome.stderr.trim();
            differences
                .push(format!("exit status {} instead of {}: {said}", outcome.status, self.status));
        }
        let digest = float_digest(&line, &outcome);
        if digest != self.float_sha256 {
            let shown = |digest: &Option<String>| digest.clone().unwrap_or("no file".into());
            let (now, then) = (shown(&digest), shown(&self.float_sha256));
            differences.push(format!("the float image is {now} instead of {then}"));
        }
        Ok(differences)
    }
}

/// sha256 of the float image that a run left.
fn float_digest(line: &CommandLine, outcome: &Outcome) -> Option<String> {
    let names = run::output_names(&line.arguments).ok()?;
    let bytes = outcome.files.get(names.get(&Kind::Float)?.to_str()?)?;
    Some(store::sha256(bytes))
}

impl Input {
    /// Text where it is plain, else hexadecimal digits, 32 bytes to a line.
    fn of(bytes: &[u8]) -> Input {
        let plain = |byte: &u8| (b' '..0x7f).contains(byte) || b"\n\t\r".contains(byte);
        match std::str::from_utf8(bytes) {
            Ok(text) if bytes.iter().all(plain) => Input::Text(text.to_owned()),
            _ => {
                let digits = |line: &[u8]| line.iter().map(|byte| format!("{byte:02x}")).collect();
                let lines: Vec<String> = bytes.chunks(32).map(digits).collect();
                Input::Hex(lines.join("\n"))
            }
        }
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        let digits = match self {
            Input::Text(text) => return Some(text.clone().into_bytes()),
            Input::Hex(digits) => digits,
        };
        let digits: Vec<u8> = digits.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let pair = |pair: &[u8]| {
            let text = std::str::from_utf8(pair).ok().filter(|text| text.len() == 2)?;
            u8::from_str_radix(text, 16).ok()
        };
        digits.chunks(2).map(pair).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Input};
    use crate::execute::CommandLine;
    use std::sync::Arc;

    #[test]
    fn a_case_is_read_back_as_written() {
        let folder = tempfile::tempdir().expect("a directory");
        let mut line = CommandLine::new("-cell 50 60 70 90 90 90 -N 3 -detpixels 4 -hkl a -seed 1");
        line.inputs.insert("a".into(), Arc::from(&b"0 0 0 7\n1 1 1 5\n"[..]));
        line.inputs.insert("Fdump.bin".into(), Arc::from((0..=255u8).collect::<Vec<_>>()));
        let entry = Entry::record("some-case", "nothing was wrong", &line).expect("a directory");
        assert_eq!(entry.status, 0);
        assert!(entry.float_sha256.is_some());
        entry.write(folder.path()).expect("a file");
        let all = super::read(folder.path()).expect("a folder");
        assert_eq!(all, std::slice::from_ref(&entry));
        assert_eq!(all[0].command_line().expect("digits"), line);
        assert!(all[0].verify().expect("a directory").is_empty());
        let other = Entry { status: 1, float_sha256: None, ..entry };
        assert_eq!(other.verify().expect("a directory").len(), 2);
        assert_eq!(Input::Hex("0g".into()).bytes(), None);
        assert_eq!(Input::Hex("012".into()).bytes(), None);
    }
}

//! What the C program gave for each command line of the clauses: digests of its files and report,
//! `goldens/clauses.json`.
//!
//! The images themselves are not kept: the reference engine makes them again, and its bytes are
//! checked here. Command lines that the C program does not understand are recorded from the
//! reference engine, and say so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cases::Origin;
use crate::execute::{CommandLine, Outcome, normalized};
use crate::manifest::CProgram;
use crate::store::sha256;
use crate::{Error, Result};

/// Digits of a digest that are kept: 128 bits.
const DIGITS: usize = 32;

/// The records of a folder.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// The C program that was run.
    pub c_program: CProgram,
    /// One record for each command line, by the digest of its arguments and inputs.
    pub runs: BTreeMap<String, Record>,
}

/// What one command line gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// What it was recorded from.
    pub from: Origin,
    /// The arguments.
    pub arguments: String,
    /// The digest of each file.
    pub files: BTreeMap<String, String>,
    /// The digest of the report, without what no two runs share.
    pub stdout: String,
}

/// Where the records of this repository lie.
pub fn default_path() -> PathBuf {
    crate::cases::default_folder().join("clauses.json")
}

impl Records {
    /// Reads records; none where there is no file.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(path: &Path) -> Result<Records> {
        if !path.exists() {
            return Ok(Records::default());
        }
        let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
        serde_json::from_str(&text).map_err(|error| Error::format(path, error))
    }

    /// Writes records.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut text =
            serde_json::to_string_pretty(self).map_err(|error| Error::format(path, error))?;
        text.push('\n');
        std::fs::write(path, text).map_err(Error::file(path))
    }

    /// The record of a command line.
    pub fn get(&self, line: &CommandLine) -> Option<&Record> {
        self.runs.get(&key(line))
    }

    /// Compares a run with its record, byte by byte.
    ///
    /// # Errors
    /// What differs, or that there is no record.
    pub fn check(&self, line: &CommandLine, outcome: &Outcome) -> std::result::Result<(), String> {
        let record = self.get(line).ok_or_else(|| {
            "there is no record of this command line; make one with 'nb-spec record'".to_owned()
        })?;
        let found = Record::of(record.from, line, outcome);
        let source = match record.from {
            Origin::C => "the C program",
            Origin::Reference => "what was recorded",
        };
        for (name, digest) in &record.files {
            match found.files.get(name) {
                None => return Err(format!("{name} was not written; {source} writes it")),
                Some(other) if other != digest => {
                    return Err(format!("{name} does not have the bytes of {source}"));
                }
                Some(_) => {}
            }
        }
        if let Some(stray) = found.files.keys().find(|name| !record.files.contains_key(*name)) {
            return Err(format!("{stray} was written; {source} does not write it"));
        }
        if found.stdout != record.stdout {
            return Err(format!("the report differs from that of {source}"));
        }
        Ok(())
    }
}

impl Record {
    /// The record of a run.
    pub fn of(from: Origin, line: &CommandLine, outcome: &Outcome) -> Record {
        Record {
            from,
            arguments: line.arguments.join(" "),
            files: outcome
                .files
                .iter()
                .map(|(name, bytes)| (name.clone(), digest(bytes)))
                .collect(),
            stdout: digest(&normalized(&outcome.stdout)),
        }
    }
}

fn digest(bytes: &[u8]) -> String {
    let mut digits = sha256(bytes);
    digits.truncate(DIGITS);
    digits
}

/// The digest of what is run.
pub fn key(line: &CommandLine) -> String {
    let mut bytes = Vec::new();
    for argument in &line.arguments {
        bytes.extend_from_slice(argument.as_bytes());
        bytes.push(0);
    }
    for (name, contents) in &line.inputs {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(sha256(contents).as_bytes());
    }
    let mut digits = sha256(&bytes);
    digits.truncate(16);
    digits
}

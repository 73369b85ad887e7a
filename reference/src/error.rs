//! What can go wrong, in the user's words.

use std::io;
use std::path::{Path, PathBuf};

/// An error that a user's input, files or machine can cause. The message names the culprit.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Wrong usage: an option that does not exist, lacks a value, or has an impossible one.
    #[error("{0}")]
    Usage(String),
    /// An input file was read, but its contents cannot be used.
    #[error("{path}{}: {reason}", .line.map(|l| format!(":{l}")).unwrap_or_default(), path = .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1, where there is one.
        line: Option<usize>,
        /// What is wrong with it.
        reason: String,
    },
    /// A request that is well formed and cannot be simulated.
    #[error("{0}")]
    Impossible(String),
    /// A file could not be read or written.
    #[error("{}cannot {action} {path}: {source}", .option.map(|o| format!("{o}: ")).unwrap_or_default(), path = .path.display())]
    File {
        /// The option that names the file, where that is known.
        option: Option<&'static str>,
        /// What was tried: `read`, `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The engine asked for does not exist here.
    #[error("{0}")]
    Unavailable(String),
    /// The observer asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// The result of everything that a user's input can make fail.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The exit status of the program: 1 wrong usage or input, 2 a file could not be read or
    /// written, 3 the engine is not available, 130 interrupted.
    pub fn exit_status(&self) -> u8 {
        match self {
            Error::Usage(_) | Error::Content { .. } | Error::Impossible(_) => 1,
            Error::File { .. } => 2,
            Error::Unavailable(_) => 3,
            Error::Cancelled => 130,
        }
    }

    /// The line for standard error.
    pub fn message(&self) -> String {
        format!("error: {self}")
    }

    /// A file's contents cannot be used, for the reason given.
    pub fn content(path: &Path, reason: impl Into<String>) -> Self {
        Error::Content { path: path.to_owned(), line: None, reason: reason.into() }
    }

    /// As [`Error::content`], at a line counted from 1.
    pub fn content_at(path: &Path, line: usize, reason: impl Into<String>) -> Self {
        Error::Content { path: path.to_owned(), line: Some(line), reason: reason.into() }
    }

    /// A file could not be read.
    pub fn reading(path: &Path, source: io::Error) -> Self {
        Error::File { option: None, action: "read", path: path.to_owned(), source }
    }

    /// A file could not be written.
    pub fn writing(path: &Path, source: io::Error) -> Self {
        Error::File { option: None, action: "write", path: path.to_owned(), source }
    }

    /// The same where it is about a file that an option names.
    pub fn of_option(self, option: &'static str) -> Self {
        match self {
            Error::File { option: None, action, path, source } => {
                Error::File { option: Some(option), action, path, source }
            }
            other => other,
        }
    }
}

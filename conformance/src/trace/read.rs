//! A trace, line by line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use nanobragg_reference::trace::SCHEMA;

use super::record::{Kind, Record, Value};
use crate::{Error, Result};

/// No line of a trace is longer.
const LONGEST: u64 = 1 << 20;

/// Reads a trace; it is never in memory as a whole.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    line: u64,
    /// The first line.
    header: Record,
    ended: bool,
}

impl Reader {
    /// Opens a trace and reads its header.
    ///
    /// # Errors
    /// A file that cannot be read, and one that is no trace.
    pub fn open(path: &Path) -> Result<Reader> {
        let file = File::open(path).map_err(Error::file(path))?;
        let mut file = BufReader::with_capacity(1 << 16, file);
        let header = record(path, &mut file, 1)?
            .ok_or_else(|| Error::format(path, "line 1: the file is empty"))?;
        if header.place.kind != Kind::Header {
            return Err(Error::format(path, "line 1: a trace begins with its header"));
        }
        if header.word("schema") != Some(SCHEMA) {
            let reason = format!("line 1: the schema is not '{SCHEMA}'");
            return Err(Error::format(path, reason));
        }
        for (name, count) in [("traced", 2), ("sources", 1)] {
            if !matches!(header.get(name), Some(Value::Numbers(all)) if all.len() == count) {
                return Err(Error::format(path, format!("line 1: '{name}' is missing")));
            }
        }
        Ok(Reader { path: path.to_owned(), file, line: 1, header, ended: false })
    }

    /// The header.
    pub fn header(&self) -> &Record {
        &self.header
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The next line; `None` behind the last one.
    ///
    /// # Errors
    /// A file that cannot be read, lines that are none, and an end before the end of the pixel.
    pub fn read(&mut self) -> Result<Option<Record>> {
        let number = self.line + 1;
        let wrong =
            |reason: &str| Err(Error::format(&self.path, format!("line {number}: {reason}")));
        let Some(record) = record(&self.path, &mut self.file, number)? else {
            if !self.ended {
                return wrong("the trace ends before its pixel does");
            }
            return Ok(None);
        };
        if self.ended {
            return wrong("something stands behind the end of the pixel");
        }
        if record.place.kind == Kind::Header {
            return wrong("a second header");
        }
        self.ended = record.place.kind == Kind::Pixel;
        self.line = number;
        Ok(Some(record))
    }
}

/// The line with a number, where there is one.
fn record(path: &Path, file: &mut impl BufRead, number: u64) -> Result<Option<Record>> {
    let mut text = Vec::new();
    file.by_ref().take(LONGEST).read_until(b'\n', &mut text).map_err(Error::file(path))?;
    let wrong = |reason: String| Error::format(path, format!("line {number}: {reason}"));
    match text.pop() {
        None => Ok(None),
        Some(b'\n') => Record::parse(&text, number).map(Some).map_err(wrong),
        Some(_) if text.len() as u64 + 1 == LONGEST => {
            Err(wrong(format!("longer than {LONGEST} bytes")))
        }
        Some(_) => Err(wrong("the line does not end: the trace is cut off".into())),
    }
}

//! A trace as JSON lines.

use std::io::{self, Write};

use super::Line;

/// Writes the lines of a trace as they arise: one JSON object a line, nothing kept in memory.
///
/// Numbers have as many digits as it takes to tell them from all others in double precision.
pub struct Writer<'a> {
    out: &'a mut dyn Write,
    failed: Option<io::Error>,
}

impl<'a> Writer<'a> {
    /// Writes to `out`, which should be buffered.
    pub fn new(out: &'a mut dyn Write) -> Writer<'a> {
        Writer { out, failed: None }
    }

    /// Writes a line. After a failure nothing more is written.
    pub fn line(&mut self, line: &Line) {
        if self.failed.is_none() {
            let written = serde_json::to_writer(&mut *self.out, line).map_err(io::Error::from);
            self.failed = written.and_then(|()| self.out.write_all(b"\n")).err();
        }
    }

    /// Whether a line could not be written.
    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// What went wrong.
    ///
    /// # Errors
    /// The first line that could not be written.
    pub fn finish(self) -> io::Result<()> {
        self.failed.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use super::Writer;
    use crate::trace::{Layer, Line};

    /// A disk with room for one line.
    struct Small(Vec<u8>);

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.contains(&b'\n') {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_first_failure_is_kept() {
        let mut disk = Small(Vec::new());
        let mut writer = Writer::new(&mut disk);
        let line = Line::Layer(Box::new(Layer { sum: 0.1, ..Layer::default() }));
        writer.line(&line);
        assert!(!writer.has_failed());
        writer.line(&line);
        writer.line(&line);
        assert!(writer.has_failed());
        let error = writer.finish().expect_err("a full disk");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        let written = "{\"line\":\"layer\",\"layer\":0,\"sum\":0.1,\"capture\":0.0,\
                       \"layer_sum\":null,\"working\":{}}\n";
        assert_eq!(disk.0, written.as_bytes());
    }
}

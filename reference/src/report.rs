//! The report on standard output, the C program's own lines.

use std::fmt;
use std::io::Write;

/// Takes the lines of the report as they arise.
pub struct Report<'a> {
    sink: Sink<'a>,
}

enum Sink<'a> {
    Text(String),
    Writer(&'a mut dyn Write),
}

impl<'a> Report<'a> {
    /// Keeps the report as text.
    pub fn collect() -> Report<'static> {
        Report { sink: Sink::Text(String::new()) }
    }

    /// Passes the report on to a writer. A writer that fails, such as a closed pipe, does not stop
    /// the run: the images are what was asked for.
    pub fn to(writer: &'a mut dyn Write) -> Report<'a> {
        Report { sink: Sink::Writer(writer) }
    }

    /// Adds text; `write!` and `writeln!` work on a report and cannot fail.
    pub fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) {
        match &mut self.sink {
            Sink::Text(text) => text.push_str(&arguments.to_string()),
            Sink::Writer(writer) => drop(writer.write_fmt(arguments)),
        }
    }

    /// What was kept; empty for a report that was passed on.
    pub fn text(&self) -> &str {
        match &self.sink {
            Sink::Text(text) => text,
            Sink::Writer(_) => "",
        }
    }
}

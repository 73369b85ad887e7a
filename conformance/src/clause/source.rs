//! A file of the specification, and what is wrong with it.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// A range of bytes in a file.
pub type Span = Range<usize>;

/// A file of the specification.
#[derive(Debug)]
pub struct Source {
    /// Where it lies, for messages.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

impl Source {
    /// The name of the file without its extension: the first part of the names of its tests.
    pub fn stem(&self) -> &str {
        self.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("spec")
    }

    /// Line and column of a byte, both counted from 1; the column counts characters.
    pub fn place(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..offset.min(self.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }

    /// `path:line:column` of a byte.
    pub fn locate(&self, offset: usize) -> String {
        let (line, column) = self.place(offset);
        format!("{}:{line}:{column}", self.path.display())
    }

    /// The span of a piece of this file's text.
    ///
    /// The piece must be a slice of [`Source::text`]; a slice of other text gives an empty span at
    /// the start.
    pub fn span_of(&self, piece: &str) -> Span {
        let start = (piece.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        if start > self.text.len() { 0..0 } else { start..start + piece.len() }
    }
}

/// Something wrong in a file of the specification.
#[derive(Clone, Debug)]
pub struct Problem {
    source: Arc<Source>,
    span: Span,
    title: String,
    label: String,
}

impl Problem {
    /// A problem at a place; the label says what was expected there.
    pub fn new(
        source: &Arc<Source>,
        span: Span,
        title: impl Into<String>,
        label: impl Into<String>,
    ) -> Problem {
        Problem { source: Arc::clone(source), span, title: title.into(), label: label.into() }
    }

    /// What is wrong, in one line.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.source.path
    }

    /// `path:line:column` of its start.
    pub fn location(&self) -> String {
        self.source.locate(self.span.start)
    }
}

impl std::fmt::Display for Problem {
    /// The text underlined in its file.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.source.path.display().to_string();
        let end = self.span.end.min(self.source.text.len());
        let start = self.span.start.min(end);
        let snippet = Snippet::source(self.source.text.as_str())
            .path(path)
            .annotation(AnnotationKind::Primary.span(start..end).label(self.label.as_str()));
        let report = [Level::ERROR.primary_title(self.title.as_str()).element(snippet)];
        f.write_str(&Renderer::plain().render(&report))
    }
}

#[cfg(test)]
mod tests {
    use super::{Problem, Source};
    use std::sync::Arc;

    #[test]
    fn a_problem_underlines_its_place() {
        let text = "one\ntwo é three\n".to_owned();
        let source = Arc::new(Source { path: "spec/x.md".into(), text });
        let word = &source.text[source.text.find("three").expect("it is there")..][..5];
        let problem =
            Problem::new(&source, source.span_of(word), "a wrong word", "expected 'four'");
        assert_eq!(problem.location(), "spec/x.md:2:7");
        let shown = problem.to_string();
        assert!(
            shown.contains("spec/x.md:2:7") && shown.contains("^^^^^ expected 'four'"),
            "{shown}"
        );
    }
}

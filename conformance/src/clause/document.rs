//! From the files of the specification to its clauses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::case::{self, Case, Scope};
use super::markdown::{Part, parts};
use super::source::{Problem, Source, Span};
use super::{smv, statement};
use crate::Error;

/// A clause: a requirement and what executes it.
#[derive(Debug)]
pub struct Clause {
    /// `AT-GEO-001`
    pub id: String,
    /// What the heading says behind the id.
    pub title: String,
    /// Its normative sentences: those with SHALL or MUST.
    pub sentences: Vec<String>,
    /// The file.
    pub source: Arc<Source>,
    /// The heading.
    pub span: Span,
    /// Its cases, in order.
    pub cases: Vec<Case>,
}

/// The whole specification.
#[derive(Debug)]
pub struct Suite {
    /// All clauses, file by file.
    pub clauses: Vec<Clause>,
}

/// The folder of the specification in this repository.
pub fn default_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("spec")
}

impl Suite {
    /// Reads all Markdown files of a folder. `inputs` is the folder of the input files.
    ///
    /// # Errors
    /// A file that cannot be read.
    ///
    /// What is wrong in the files comes back as a list, beside the suite.
    pub fn read(folder: &Path, inputs: &Path) -> crate::Result<(Suite, Vec<Problem>)> {
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(Error::file(folder))? {
            let path = entry.map_err(Error::file(folder))?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                paths.push(path);
            }
        }
        paths.sort();
        let (mut clauses, mut problems) = (Vec::new(), Vec::new());
        for path in paths {
            let text = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
            let shown =
                path.file_name().map_or_else(|| path.clone(), |name| Path::new("spec").join(name));
            let source = Arc::new(Source { path: shown, text });
            match Reader::new(&source, inputs).read() {
                Ok(found) => clauses.extend(found),
                Err(problem) => problems.push(problem),
            }
        }
        if clauses.is_empty() && problems.is_empty() {
            return Err(Error::Run(format!("{} has no clause", folder.display())));
        }
        let mut names = BTreeMap::new();
        for clause in &clauses {
            if let Some(first) = names.insert(&clause.id, clause) {
                problems.push(Problem::new(
                    &clause.source,
                    clause.span.clone(),
                    format!("the clause {} stands twice", clause.id),
                    format!("the first is at {}", first.source.locate(first.span.start)),
                ));
            }
        }
        Ok((Suite { clauses }, problems))
    }

    /// The clause of an id.
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }
}

/// A heading and what stands under it.
struct Section {
    level: usize,
    scope: Scope,
    clause: Option<usize>,
}

struct Reader<'s> {
    source: &'s Arc<Source>,
    inputs: &'s Path,
    sections: Vec<Section>,
    clauses: Vec<Clause>,
}

impl<'s> Reader<'s> {
    fn new(source: &'s Arc<Source>, inputs: &'s Path) -> Self {
        let top = Section { level: 0, scope: Scope::default(), clause: None };
        Reader { source, inputs, sections: vec![top], clauses: Vec::new() }
    }

    fn problem(&self, span: &Span, title: impl Into<String>, label: impl Into<String>) -> Problem {
        Problem::new(self.source, span.clone(), title, label)
    }

    fn read(mut self) -> Result<Vec<Clause>, Problem> {
        let odd = self.source.text.find(['\r', '\u{feff}']);
        if let Some(at) = odd {
            return Err(self.problem(
                &(at..at + 1),
                "a carriage return or a byte order mark",
                "expected lines that end with a line feed alone",
            ));
        }
        for part in parts(self.source)? {
            match part {
                Part::Heading { level, text, span } => self.heading(level, &text, span)?,
                Part::Prose { text, span } => self.prose(&text, &span)?,
                Part::Fence { info, body, span } => self.fence(&info, body, &span)?,
            }
        }
        for clause in &self.clauses {
            if clause.cases.is_empty() {
                return Err(self.problem(
                    &clause.span,
                    format!("the clause {} has no acceptance block", clause.id),
                    "expected a block '```acceptance NAME' under this heading",
                ));
            }
            if clause.sentences.is_empty() {
                return Err(self.problem(
                    &clause.span,
                    format!("the clause {} requires nothing", clause.id),
                    "expected a sentence with SHALL under this heading",
                ));
            }
        }
        Ok(self.clauses)
    }

    fn heading(&mut self, level: usize, text: &str, span: Span) -> Result<(), Problem> {
        while self.sections.len() > 1 && self.sections.last().is_some_and(|s| s.level >= level) {
            self.sections.pop();
        }
        let word = text.split_whitespace().next().unwrap_or("");
        let enclosing = self.clause();
        let clause = if is_id(word) {
            if enclosing.is_some() {
                return Err(self.problem(
                    &span,
                    "a clause within a clause",
                    "expected a heading of the same level as that of the clause above",
                ));
            }
            self.clauses.push(Clause {
                id: word.to_owned(),
                title: text[word.len()..]
                    .trim()
                    .trim_start_matches(['—', '-', ':'])
                    .trim()
                    .to_owned(),
                sentences: Vec::new(),
                source: Arc::clone(self.source),
                span,
                cases: Vec::new(),
            });
            Some(self.clauses.len() - 1)
        } else {
            if is_almost_an_id(word) {
                return Err(self.problem(
                    &span,
                    format!("'{word}' is almost the id of a clause"),
                    "expected AT-, a subject in capitals, '-' and three digits, as in AT-GEO-001",
                ));
            }
            if is_normative(text) {
                return Err(self.problem(
                    &span,
                    "a requirement in a heading",
                    "expected it in the text of a clause",
                ));
            }
            enclosing
        };
        self.sections.push(Section { level, scope: Scope::default(), clause });
        Ok(())
    }

    fn clause(&self) -> Option<usize> {
        self.sections.iter().rev().find_map(|section| section.clause)
    }

    fn prose(&mut self, text: &str, span: &Span) -> Result<(), Problem> {
        if text.starts_with('#') {
            return Err(self.problem(
                span,
                "a heading without a space behind its marks",
                "expected '### AT-…'",
            ));
        }
        for sentence in sentences(text).filter(|sentence| is_normative(sentence)) {
            match self.clause() {
                Some(clause) => self.clauses[clause].sentences.push(sentence.to_owned()),
                None => {
                    return Err(self.problem(
                        span,
                        "a normative sentence that no clause holds",
                        "expected SHALL and MUST only under the heading of a clause",
                    ));
                }
            }
        }
        Ok(())
    }

    fn fence(&mut self, info: &[&'s str], body: &'s str, span: &Span) -> Result<(), Problem> {
        match info {
            ["acceptance", name] => self.acceptance(name, body, span),
            ["setup"] => self.setup(body),
            ["file", name] => self.input(name, body.as_bytes().to_vec(), span),
            ["smv", name] => {
                let bytes = smv::image(body).map_err(|(at, reason)| {
                    self.problem(&self.source.span_of(at), reason, "in this line of the image")
                })?;
                self.input(name, bytes, span)
            }
            ["text" | "console" | "math", ..] => Ok(()),
            ["acceptance", ..] => Err(self.problem(
                span,
                "an acceptance block without a name of one word",
                "expected '```acceptance NAME'",
            )),
            _ => Err(self.problem(
                span,
                format!("an unknown kind of block '{}'", info.join(" ")),
                "expected acceptance NAME, setup, file NAME, smv NAME, text, console or math",
            )),
        }
    }

    fn setup(&mut self, body: &'s str) -> Result<(), Problem> {
        let statements = statement::statements(self.source, body)?;
        case::check_setup(self.source, &statements)?;
        if let Some(section) = self.sections.last_mut() {
            section.scope.statements.extend(statements);
        }
        Ok(())
    }

    fn input(&mut self, name: &str, bytes: Vec<u8>, span: &Span) -> Result<(), Problem> {
        if bytes.is_empty() {
            return Err(self.problem(
                span,
                format!("the file {name} is empty"),
                "expected contents",
            ));
        }
        let twice = self.sections.iter().any(|section| section.scope.inputs.contains_key(name));
        if twice {
            return Err(self.problem(
                span,
                format!("the file {name} stands twice"),
                "expected another name: one further up is in force here",
            ));
        }
        if let Some(section) = self.sections.last_mut() {
            section.scope.inputs.insert(name.to_owned(), Arc::from(bytes));
        }
        Ok(())
    }

    fn acceptance(&mut self, name: &str, body: &'s str, span: &Span) -> Result<(), Problem> {
        let Some(clause) = self.clause() else {
            return Err(self.problem(
                span,
                "an acceptance block outside a clause",
                "expected a heading with an id such as AT-GEO-001 above",
            ));
        };
        if !is_case_name(name) {
            return Err(self.problem(
                span,
                format!("'{name}' is no name of a case"),
                "expected small letters, digits and dashes",
            ));
        }
        let statements = statement::statements(self.source, body)?;
        let scopes = self.sections.iter().map(|section| &section.scope);
        let cases = case::build(self.source, span, name, scopes, &statements, self.inputs)?;
        let mut names: BTreeSet<&str> =
            self.clauses[clause].cases.iter().map(|case| case.name.as_str()).collect();
        if let Some(twice) = cases.iter().find(|case| !names.insert(case.name.as_str())) {
            return Err(self.problem(
                span,
                format!("the case {} stands twice in this clause", twice.name),
                "expected another name",
            ));
        }
        self.clauses[clause].cases.extend(cases);
        Ok(())
    }
}

fn is_id(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    matches!(parts[..], ["AT", subject, number]
        if !subject.is_empty()
            && subject.chars().all(|c| c.is_ascii_uppercase())
            && number.len() == 3
            && number.chars().all(|c| c.is_ascii_digit()))
}

/// Whether a word was perhaps meant as an id.
fn is_almost_an_id(word: &str) -> bool {
    let mut letters = word.chars().map(|c| c.to_ascii_uppercase());
    letters.next() == Some('A')
        && letters.next() == Some('T')
        && letters.next().is_some_and(|c| !c.is_ascii_alphanumeric())
}

fn is_case_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn is_normative(sentence: &str) -> bool {
    sentence.split(|c: char| !c.is_alphabetic()).any(|word| word == "SHALL" || word == "MUST")
}

/// Splits prose where a sentence ends: at a full stop, before white space and a capital.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut starts = vec![0];
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices(". ") {
        if bytes.get(at + 2).is_some_and(|b| b.is_ascii_uppercase() || *b == b'`' || *b == b'-') {
            starts.push(at + 2);
        }
    }
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts.into_iter().zip(ends).map(move |(start, end)| text[start..end].trim())
}

#[cfg(test)]
mod tests {
    use super::{is_id, is_normative, sentences};

    #[test]
    fn ids_have_one_form() {
        assert!(is_id("AT-GEO-001") && is_id("AT-PARALLEL-029"));
        for word in ["AT-GEO-1", "AT-geo-001", "AT--001", "GEO-001", "AT-GEO-0011", "AT-GEO"] {
            assert!(!is_id(word), "{word}");
        }
    }

    #[test]
    fn sentences_end_at_full_stops() {
        let text = "R is 0.5 mm. The pixel SHALL be 1. It is, e.g. so, right.";
        let list: Vec<&str> = sentences(text).collect();
        assert_eq!(list.len(), 3);
        assert!(is_normative(list[1]) && !is_normative(list[2]));
        assert!(!is_normative("MARSHALL"));
    }
}

//! The grammar of statements: what an acceptance or set-up block may say.

use std::sync::Arc;

use nom::Parser;
use nom::bytes::complete::tag;
use nom::combinator::{map, opt};
use nom::sequence::preceded;

use super::expression::Expressions;
use super::grammar::{Parsed, Stop, expect, keyword, name, quoted, sign, space, stop, token};
use super::source::{Problem, Source};
use super::syntax::{Expect, Relation, Run, Spanned, Statement, Tolerance, Tool, Unit};

/// The words that begin a statement.
const KEYWORDS: [&str; 11] = [
    "args", "engines", "not", "needs", "input", "each", "run", "compare", "let", "expect",
    "upstream",
];

/// Parses the body of a block, which is a slice of the file's text. A statement begins at the
/// start of a line and goes on over the lines below it that begin with white space.
///
/// # Errors
/// The first thing that cannot be understood.
pub(super) fn statements(
    source: &Arc<Source>,
    body: &str,
) -> Result<Vec<Spanned<Statement>>, Problem> {
    let mut list = Vec::new();
    for piece in split(body) {
        swallowed(source, piece)?;
        let span = source.span_of(piece.trim_end());
        let grammar = Statements { source };
        let value = match grammar.statement(piece) {
            Ok(("", statement)) => Ok(statement),
            Ok((rest, _)) => Err(Stop { at: rest, expected: "the end of the statement".into() }),
            Err(nom::Err::Error(stop) | nom::Err::Failure(stop)) => Err(stop),
            Err(nom::Err::Incomplete(_)) => Err(Stop { at: piece, expected: "more".into() }),
        };
        match value {
            Ok(value) => list.push(Spanned { value, span }),
            Err(stop) => return Err(problem(source, piece, &stop)),
        }
    }
    Ok(list)
}

/// Refuses a further line that looks like a statement of its own.
fn swallowed(source: &Arc<Source>, piece: &str) -> Result<(), Problem> {
    for line in piece.lines().skip(1) {
        let word = line.split_whitespace().next().unwrap_or("");
        if KEYWORDS.contains(&word) {
            let start = source.span_of(line.trim_start()).start;
            return Err(Problem::new(
                source,
                start..start + word.len(),
                format!("'{word}' would become a part of the statement above"),
                "expected it at the start of its line",
            ));
        }
    }
    Ok(())
}

fn problem(source: &Arc<Source>, piece: &str, stop: &Stop<'_>) -> Problem {
    let word = stop.at.split_whitespace().next().unwrap_or("");
    let (title, span) = if word.is_empty() {
        let end = source.span_of(piece.trim_end()).end;
        ("the statement ends too early".to_owned(), end..end)
    } else {
        (format!("'{word}' does not belong here"), source.span_of(&stop.at[..word.len()]))
    };
    Problem::new(source, span, title, format!("expected {}", stop.expected))
}

/// The statements of a block, each with its further lines.
fn split(body: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start: Option<usize> = None;
    let mut offset = 0;
    for line in body.split_inclusive('\n') {
        let blank = line.trim().is_empty();
        let further = line.starts_with([' ', '\t']) && start.is_some();
        if !blank && !further {
            pieces.extend(start.map(|from| &body[from..offset]));
            start = (!line.starts_with('#')).then_some(offset);
        }
        offset += line.len();
    }
    pieces.extend(start.map(|from| &body[from..]));
    pieces
}

#[derive(Clone, Copy)]
struct Statements<'s> {
    source: &'s Source,
}

impl Statements<'_> {
    fn statement(self, input: &str) -> Parsed<'_, Statement> {
        let end =
            input.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(input.len());
        let (word, after) = input.split_at(end);
        let (rest, ()) = space(after)?;
        match word {
            "args" => map(|i| self.words(i), Statement::Args).parse(rest),
            "engines" => self
                .labels(rest)
                .map(|(rest, (labels, why))| (rest, Statement::Engines(labels, why))),
            "not" => {
                self.labels(rest).map(|(rest, (labels, why))| (rest, Statement::Not(labels, why)))
            }
            "needs" => map(|i| self.word(i), Statement::Needs).parse(rest),
            "input" => self.input(rest),
            "each" => {
                map(|i| self.sweep(i), |(name, values)| Statement::Each(name, values)).parse(rest)
            }
            "run" => self.run(Tool::Nanobragg, rest),
            "compare" => self.run(Tool::Compare, rest),
            "let" => self.binding(rest),
            "expect" => map(|i| self.expectation(input, i), Statement::Expect).parse(rest),
            "upstream" => map(|i| self.expectation(input, i), Statement::Upstream).parse(rest),
            _ => {
                let nearest = KEYWORDS
                    .into_iter()
                    .max_by(|a, b| strsim::jaro(word, a).total_cmp(&strsim::jaro(word, b)))
                    .filter(|near| strsim::jaro(word, near) > 0.7);
                let hint =
                    nearest.map(|near| format!("; did you mean '{near}'?")).unwrap_or_default();
                stop(input, format!("one of: {}{hint}", KEYWORDS.join(", ")))
            }
        }
    }

    /// A name.
    fn name(self, input: &str) -> Parsed<'_, Spanned<String>> {
        map(expect("a name", token(name)), |word: &str| Spanned {
            value: word.to_owned(),
            span: self.source.span_of(word),
        })
        .parse(input)
    }

    /// A word of a command line: up to white space, or in double quotes.
    fn word(self, input: &str) -> Parsed<'_, Spanned<String>> {
        if input.starts_with('"') {
            let (rest, value) = quoted(input)?;
            let span = self.source.span_of(&input[..input.len() - rest.len()]);
            return Ok((space(rest)?.0, Spanned { value, span }));
        }
        let end = input.find(char::is_whitespace).unwrap_or(input.len());
        if end == 0 {
            return Err(nom::Err::Error(Stop { at: input, expected: "a word".into() }));
        }
        let span = self.source.span_of(&input[..end]);
        Ok((space(&input[end..])?.0, Spanned { value: input[..end].to_owned(), span }))
    }

    /// All words to the end.
    fn words(self, input: &str) -> Parsed<'_, Vec<Spanned<String>>> {
        let (mut rest, mut words) = (input, Vec::new());
        while !rest.is_empty() {
            let (after, word) = self.word(rest)?;
            words.push(word);
            rest = after;
        }
        Ok((rest, words))
    }

    /// `reference cpu: "why"`.
    fn labels(self, input: &str) -> Parsed<'_, (Vec<Spanned<String>>, String)> {
        let Some((labels, _)) = input.split_once(':') else {
            return stop(input, "engine labels, ':' and the reason in double quotes");
        };
        let (_, labels) = self.words(labels)?;
        if labels.is_empty() {
            return stop(input, "at least one engine label");
        }
        let after = &input[input.find(':').unwrap_or(0)..];
        let (rest, reason) =
            preceded(sign(":"), expect("the reason in double quotes", token(quoted)))
                .parse(after)?;
        if reason.trim().is_empty() {
            return stop(after, "a reason that says something");
        }
        Ok((rest, (labels, reason)))
    }

    fn input(self, input: &str) -> Parsed<'_, Statement> {
        let (rest, name) = self.word(input)?;
        let (rest, _) = expect("'=' and a file of goldens/inputs", sign("=")).parse(rest)?;
        let (rest, file) = self.word(rest)?;
        Ok((rest, Statement::Input(name, file)))
    }

    /// `N in 1 2 5`.
    fn sweep(self, input: &str) -> Parsed<'_, (Spanned<String>, Vec<Spanned<String>>)> {
        let (rest, name) = self.name(input)?;
        let (rest, _) = keyword("in").parse(rest)?;
        let (rest, values) = self.words(rest)?;
        if values.is_empty() {
            return stop(rest, "at least one value");
        }
        Ok((rest, (name, values)))
    }

    fn run(self, tool: Tool, input: &str) -> Parsed<'_, Statement> {
        let (rest, name) = self.name(input)?;
        let Some(colon) = rest
            .find(": ")
            .or_else(|| rest.strip_suffix(':').map(str::len))
            .or_else(|| rest.find(":\n"))
        else {
            return stop(rest, "':' and the arguments");
        };
        let (head, tail) = rest.split_at(colon);
        let (head, over) = opt(preceded(keyword("over"), |i| self.sweep(i))).parse(head)?;
        let (over, fails) = match over {
            Some((name, mut values)) => {
                let fails = values.last().is_some_and(|last| last.value == "fails");
                if fails {
                    values.pop();
                }
                if values.is_empty() {
                    return stop(head, "at least one value");
                }
                (Some((name, values)), fails)
            }
            None => {
                let (left, fails) = opt(keyword("fails")).parse(head)?;
                if !left.is_empty() {
                    return stop(left, "'over NAME in VALUES', 'fails' or ':'");
                }
                (None, fails.is_some())
            }
        };
        let (tail, _) = (tag(":"), space).parse(tail)?;
        let (rest, arguments) = self.words(tail)?;
        Ok((rest, Statement::Run(Run { name, over, fails, tool, arguments })))
    }

    fn binding(self, input: &str) -> Parsed<'_, Statement> {
        let (rest, name) = self.name(input)?;
        let (rest, _) = expect("'='", sign("=")).parse(rest)?;
        let (rest, value) = Expressions { source: self.source }.sum(rest)?;
        Ok((rest, Statement::Let(name, value)))
    }

    fn expectation<'a>(self, whole: &'a str, input: &'a str) -> Parsed<'a, Expect> {
        let expressions = Expressions { source: self.source };
        let (mut rest, left) = expressions.sum(input)?;
        let mut right = None;
        for (text, relation) in Relation::ALL {
            if let Ok((after, _)) = relation_sign(text, rest) {
                let (after, value) = expressions.sum(after)?;
                (rest, right) = (after, Some((relation, value)));
                break;
            }
        }
        let (rest, within) = opt(preceded(keyword("within"), |i| self.tolerance(i))).parse(rest)?;
        let bound = |word: &'static str| opt(preceded(keyword(word), move |i| expressions.sum(i)));
        let (rest, ours) = bound("ours").parse(rest)?;
        let (rest, mixed) = bound("mixed").parse(rest)?;
        if !rest.is_empty() {
            return stop(
                rest,
                "a relation (= != < <= > >= contains lacks), 'within', 'ours', 'mixed', or the end",
            );
        }
        let text = whole.trim_end();
        let text = Spanned { value: text.to_owned(), span: self.source.span_of(text) };
        Ok((rest, Expect { left, right, within, ours, mixed, text }))
    }

    fn tolerance(self, input: &str) -> Parsed<'_, Tolerance> {
        let (rest, size) = Expressions { source: self.source }.sum(input)?;
        let percent = map(sign("%"), |_| Unit::Percent);
        let ulps = map(keyword("ulps"), |_| Unit::Ulps);
        let (rest, unit) = opt(nom::branch::alt((percent, ulps))).parse(rest)?;
        Ok((rest, Tolerance { size, unit: unit.unwrap_or(Unit::Absolute) }))
    }
}

/// A relation: a sign, or a word that ends there.
fn relation_sign<'a>(text: &'static str, input: &'a str) -> Parsed<'a, &'a str> {
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        keyword(text)(input)
    } else {
        sign(text)(input)
    }
}

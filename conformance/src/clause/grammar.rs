//! The pieces of the grammar that statements and expressions share.

use nom::error::{ErrorKind, ParseError};
use nom::{IResult, Parser};

/// Where parsing stopped, and what would have gone on there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stop<'a> {
    /// The rest of the text.
    pub(super) at: &'a str,
    /// What was expected.
    pub(super) expected: String,
}

pub(super) type Parsed<'a, T> = IResult<&'a str, T, Stop<'a>>;

impl<'a> ParseError<&'a str> for Stop<'a> {
    fn from_error_kind(at: &'a str, _: ErrorKind) -> Self {
        Stop { at, expected: String::new() }
    }

    fn append(_: &'a str, _: ErrorKind, other: Self) -> Self {
        other
    }

    /// The alternative that got further says more.
    fn or(self, other: Self) -> Self {
        if other.at.len() < self.at.len()
            || (other.at.len() == self.at.len() && self.expected.is_empty())
        {
            other
        } else {
            self
        }
    }
}

/// Names what is expected where a parser stops without saying so itself.
pub(super) fn expect<'a, T>(
    what: &'static str,
    mut parser: impl Parser<&'a str, Output = T, Error = Stop<'a>>,
) -> impl FnMut(&'a str) -> Parsed<'a, T> {
    move |input| {
        parser.parse(input).map_err(|error| {
            error.map(|stop| {
                if stop.expected.is_empty() || stop.at.len() == input.len() {
                    Stop { at: input, expected: what.to_owned() }
                } else {
                    stop
                }
            })
        })
    }
}

/// A stop that no alternative can mend.
pub(super) fn stop<'a, T>(at: &'a str, expected: impl Into<String>) -> Parsed<'a, T> {
    Err(nom::Err::Failure(Stop { at, expected: expected.into() }))
}

/// White space, line ends within a statement, and comments from `#` to the end of the line.
pub(super) fn space(input: &str) -> Parsed<'_, ()> {
    let mut rest = input;
    loop {
        rest = rest.trim_start();
        match rest.strip_prefix('#') {
            Some(comment) => rest = &comment[comment.find('\n').unwrap_or(comment.len())..],
            None => return Ok((rest, ())),
        }
    }
}

/// A parser and the white space after it.
pub(super) fn token<'a, T>(
    mut parser: impl Parser<&'a str, Output = T, Error = Stop<'a>>,
) -> impl FnMut(&'a str) -> Parsed<'a, T> {
    move |input| {
        let (rest, value) = parser.parse(input)?;
        let (rest, ()) = space(rest)?;
        Ok((rest, value))
    }
}

/// A sign.
pub(super) fn sign<'a>(sign: &'static str) -> impl FnMut(&'a str) -> Parsed<'a, &'a str> {
    token(nom::bytes::complete::tag(sign))
}

/// A name: a letter, then letters, digits and `_`.
pub(super) fn name(input: &str) -> Parsed<'_, &str> {
    let end = input.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(input.len());
    if end == 0 || !input.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(nom::Err::Error(Stop { at: input, expected: "a name".into() }));
    }
    Ok((&input[end..], &input[..end]))
}

/// A word that ends where no letter follows.
pub(super) fn keyword<'a>(word: &'static str) -> impl FnMut(&'a str) -> Parsed<'a, &'a str> {
    move |input: &'a str| match input.strip_prefix(word) {
        Some(rest)
            if !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-') =>
        {
            let (rest, ()) = space(rest)?;
            Ok((rest, &input[..word.len()]))
        }
        _ => Err(nom::Err::Error(Stop { at: input, expected: format!("'{word}'") })),
    }
}

/// Text between double quotes; `\"`, `\\` and `\n` are understood.
pub(super) fn quoted(input: &str) -> Parsed<'_, String> {
    let Some(body) = input.strip_prefix('"') else {
        return Err(nom::Err::Error(Stop { at: input, expected: "text in double quotes".into() }));
    };
    let mut text = String::new();
    let mut letters = body.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((&body[at + 1..], text)),
            '\n' => break,
            '\\' => match letters.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                _ => return stop(&body[at..], "one of \\\" \\\\ \\n"),
            },
            _ => text.push(letter),
        }
    }
    stop(input, "a closing double quote on the same line")
}

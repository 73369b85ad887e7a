//! The grammar of expressions.
//!
//! ```text
//! sum     = product { (+|-) product }
//! product = sign { (*|/) sign }
//! sign    = - sign | not sign | power
//! power   = item [ ^ sign ]
//! item    = primary { [ digits ] }
//! primary = number | "text" | name | name(arguments) | (sum) | [sum, …]
//! ```

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::digit1;
use nom::combinator::{consumed, map, opt, recognize};
use nom::multi::{many0, separated_list0};
use nom::number::complete::recognize_float;
use nom::sequence::{delimited, preceded};

use super::grammar::{Parsed, Stop, expect, keyword, name, quoted, sign, space, stop, token};
use super::source::Source;
use super::syntax::{Expr, ExprKind, Operator, Spanned};

/// Parses expressions of one file.
#[derive(Clone, Copy)]
pub(super) struct Expressions<'s> {
    pub(super) source: &'s Source,
}

/// An argument of a call.
enum Argument {
    Positional(Expr),
    Named(Spanned<String>, Expr),
}

impl<'s> Expressions<'s> {
    fn make<'a>(
        self,
        mut parser: impl Parser<&'a str, Output = ExprKind, Error = Stop<'a>>,
    ) -> impl FnMut(&'a str) -> Parsed<'a, Expr> {
        move |input| {
            let (rest, (text, kind)) = consumed(|i| parser.parse(i)).parse(input)?;
            let span = self.source.span_of(text.trim_end());
            let (rest, ()) = space(rest)?;
            Ok((rest, Expr { kind, span }))
        }
    }

    fn join(left: Expr, operator: Operator, right: Expr) -> Expr {
        let span = left.span.start..right.span.end;
        Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), span }
    }

    /// A sum: the widest expression.
    pub(super) fn sum(self, input: &str) -> Parsed<'_, Expr> {
        let (rest, first) = self.product(input)?;
        let operator =
            alt((map(sign("+"), |_| Operator::Add), map(sign("-"), |_| Operator::Subtract)));
        let (rest, more) =
            many0((operator, expect("an expression", |i| self.product(i)))).parse(rest)?;
        Ok((rest, more.into_iter().fold(first, |left, (op, right)| Self::join(left, op, right))))
    }

    fn product(self, input: &str) -> Parsed<'_, Expr> {
        let (rest, first) = self.signed(input)?;
        let operator =
            alt((map(sign("*"), |_| Operator::Multiply), map(sign("/"), |_| Operator::Divide)));
        let (rest, more) =
            many0((operator, expect("an expression", |i| self.signed(i)))).parse(rest)?;
        Ok((rest, more.into_iter().fold(first, |left, (op, right)| Self::join(left, op, right))))
    }

    fn signed(self, input: &str) -> Parsed<'_, Expr> {
        let negative = self.make(preceded(
            sign("-"),
            map(|i| self.signed(i), |inner| ExprKind::Negative(Box::new(inner))),
        ));
        let not = self.make(preceded(
            keyword("not"),
            map(|i| self.signed(i), |inner| ExprKind::Not(Box::new(inner))),
        ));
        alt((negative, not, |i| self.power(i))).parse(input)
    }

    fn power(self, input: &str) -> Parsed<'_, Expr> {
        let (rest, base) = self.item(input)?;
        let (rest, exponent) =
            opt(preceded(sign("^"), expect("an exponent", |i| self.signed(i)))).parse(rest)?;
        Ok((
            rest,
            match exponent {
                Some(exponent) => Self::join(base, Operator::Power, exponent),
                None => base,
            },
        ))
    }

    fn item(self, input: &str) -> Parsed<'_, Expr> {
        let (mut rest, mut value) = self.primary(input)?;
        loop {
            let index = delimited(
                sign("["),
                token(expect("a place, counted from 0", digit1)),
                expect("']'", tag("]")),
            );
            let (after, found) = opt(consumed(index)).parse(rest)?;
            let Some((text, digits)) = found else { return Ok((rest, value)) };
            let Ok(place) = digits.parse() else { return stop(digits, "a smaller number") };
            let span = value.span.start..self.source.span_of(text).end;
            value = Expr { kind: ExprKind::Item(Box::new(value), place), span };
            rest = space(after)?.0;
        }
    }

    fn primary<'a>(self, input: &'a str) -> Parsed<'a, Expr> {
        let number = self.make(|i: &'a str| {
            let (rest, text) = recognize(recognize_float).parse(i)?;
            match text.parse() {
                Ok(value) if !text.starts_with(['+', '-']) => Ok((rest, ExprKind::Number(value))),
                _ => Err(nom::Err::Error(Stop { at: i, expected: String::new() })),
            }
        });
        let text = self.make(map(quoted, ExprKind::Text));
        let list = self.make(map(
            delimited(
                sign("["),
                separated_list0(sign(","), expect("an expression", |i| self.sum(i))),
                expect("',' or ']'", tag("]")),
            ),
            ExprKind::List,
        ));
        let grouped = token(delimited(
            sign("("),
            expect("an expression", |i| self.sum(i)),
            expect("')'", tag(")")),
        ));
        let word = self.make(|i| self.name_or_call(i));
        expect("an expression", alt((number, text, list, grouped, word))).parse(input)
    }

    fn name_or_call<'a>(self, input: &'a str) -> Parsed<'a, ExprKind> {
        let (rest, word) = name(input)?;
        let (after, open) = opt(sign("(")).parse(rest)?;
        if open.is_none() {
            return Ok((rest, ExprKind::Name(word.to_owned())));
        }
        let arguments =
            separated_list0(sign(","), expect("an argument", |i: &'a str| self.argument(i)));
        let (rest, (arguments, _)) = (arguments, expect("',' or ')'", tag(")"))).parse(after)?;
        let function = Spanned { value: word.to_owned(), span: self.source.span_of(word) };
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        for argument in arguments {
            match argument {
                Argument::Positional(value) => positional.push(value),
                Argument::Named(key, value) => named.push((key, value)),
            }
        }
        Ok((rest, ExprKind::Call(function, positional, named)))
    }

    fn argument(self, input: &str) -> Parsed<'_, Argument> {
        let (rest, key) = opt((token(name), sign("="))).parse(input)?;
        let (rest, value) = self.sum(rest)?;
        Ok((
            rest,
            match key {
                Some((word, _)) => {
                    let span = self.source.span_of(word);
                    Argument::Named(Spanned { value: word.to_owned(), span }, value)
                }
                None => Argument::Positional(value),
            },
        ))
    }
}

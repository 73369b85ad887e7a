//! What can be said of a case without running it. Each near miss that would let a test say
//! nothing is an error here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nanobragg_reference::Request;

use super::case::{Case, Step};
use super::source::{Problem, Source, Span};
use super::syntax::{Expect, Expr, ExprKind, Relation, Tool};
use super::value::Value;
use super::{evaluate, functions, trial};
use crate::engines::C;

/// Names that are always there.
const CONSTANTS: [&str; 1] = ["pi"];

/// Checks a case.
///
/// # Errors
/// The first thing wrong.
pub(super) fn case(source: &Arc<Source>, case: &Case) -> Result<(), Problem> {
    let checker = Checker { source, case };
    checker.runs()?;
    checker.steps()
}

struct Checker<'s> {
    source: &'s Arc<Source>,
    case: &'s Case,
}

impl Checker<'_> {
    fn problem<T>(
        &self,
        span: &Span,
        title: impl Into<String>,
        label: impl Into<String>,
    ) -> Result<T, Problem> {
        Err(Problem::new(self.source, span.clone(), title, label))
    }

    fn runs(&self) -> Result<(), Problem> {
        if let Some(need) = self.case.needs.iter().find(|need| !trial::is_need(&need.value)) {
            return self.problem(
                &need.span,
                format!("nothing is called '{}'", need.value),
                "expected nb-compare, benchmark-record or benchmark-of-8-cores",
            );
        }
        if self.case.runs.is_empty() && self.case.needs.is_empty() {
            return self.problem(
                &self.case.span,
                "a block without a run",
                "expected 'run NAME: …'",
            );
        }
        let mut names = BTreeSet::new();
        for run in &self.case.runs {
            if !names.insert(&run.name) {
                return self.problem(
                    &run.span,
                    format!("the name {} stands twice", run.name),
                    "expected another name",
                );
            }
            for word in &run.arguments {
                let hole = word
                    .find('{')
                    .and_then(|at| word[at..].find('}').map(|end| &word[at + 1..at + end]));
                let known = |hole: &str| {
                    run.over.as_ref().is_some_and(|(name, _)| name == hole)
                        || (run.tool == Tool::Compare && hole == "engine")
                };
                if hole.is_some_and(|hole| !known(hole)) {
                    return self.problem(
                        &run.span,
                        format!("nothing stands for {word}"),
                        "expected the variable of 'over' or 'each'",
                    );
                }
            }
            let lines: BTreeSet<Vec<String>> = run.arguments().into_iter().collect();
            if lines.len() < run.arguments().len() {
                return self.problem(
                    &run.span,
                    "a sweep with the same run twice",
                    "expected '{NAME}' in the arguments, and different values",
                );
            }
            if run.fails && run.tool == Tool::Nanobragg && !self.reads_stderr(&run.name) {
                let misspelt = run.arguments().iter().find_map(|arguments| {
                    let error = Request::parse(arguments).err()?.to_string();
                    error.starts_with("unknown option").then_some(error)
                });
                if let Some(error) = misspelt {
                    return self.problem(
                        &run.span,
                        format!("this run fails for another reason than it seems: {error}"),
                        "expected 'stderr(…)' of it in an expectation, or another spelling",
                    );
                }
            }
            for name in run.inputs.keys() {
                let used = |words: &[String]| words.iter().any(|word| word == name);
                if name != "Fdump.bin" && !self.case.runs.iter().any(|run| used(&run.arguments)) {
                    return self.problem(
                        &run.span,
                        format!("no run of this block reads the file {name}"),
                        "expected its name among the arguments",
                    );
                }
            }
        }
        Ok(())
    }

    /// Whether an expectation speaks of what a run says on standard error.
    fn reads_stderr(&self, run: &str) -> bool {
        let mut found = false;
        let mut look = |part: &Expr| {
            if let ExprKind::Call(function, arguments, _) = &part.kind
                && function.value == "stderr"
            {
                let of = |argument: &Expr| {
                    let mut named = false;
                    argument.walk(&mut |part| {
                        named |= matches!(&part.kind, ExprKind::Name(name) if name == run);
                    });
                    named
                };
                found |= arguments.iter().any(of);
            }
        };
        for step in &self.case.steps {
            match step {
                Step::Let(_, value) => value.walk(&mut look),
                Step::Expect(expect) | Step::Upstream(expect) => {
                    expect.expressions().for_each(|part| part.walk(&mut look));
                }
            }
        }
        found
    }

    fn steps(&self) -> Result<(), Problem> {
        let mut known: BTreeSet<&str> = CONSTANTS.into_iter().collect();
        known.extend(self.case.constant.as_ref().map(|(name, _)| name.as_str()));
        for run in &self.case.runs {
            if !known.insert(&run.name) {
                return self.problem(
                    &run.span,
                    format!("the name {} stands twice", run.name),
                    "expected another name",
                );
            }
        }
        self.variables(&mut known)?;
        // Names that come from a run: an expectation without one could not fail.
        let mut live: BTreeSet<&str> = self.case.runs.iter().map(|run| run.name.as_str()).collect();
        let mut used: BTreeSet<&str> = BTreeSet::new();
        let mut lets: Vec<(&str, &Span)> = Vec::new();
        let mut count = 0;
        for step in &self.case.steps {
            match step {
                Step::Let(name, value) => {
                    self.expression(value, &known, &mut used)?;
                    if !known.insert(&name.value) {
                        return self.problem(
                            &name.span,
                            format!("the name {} stands twice", name.value),
                            "expected another name",
                        );
                    }
                    if is_live(value, &live) {
                        live.insert(&name.value);
                    }
                    lets.push((&name.value, &name.span));
                }
                Step::Expect(expect) | Step::Upstream(expect) => {
                    count += 1;
                    for expression in expect.expressions() {
                        self.expression(expression, &known, &mut used)?;
                    }
                    self.expectation(expect, &live)?;
                }
            }
        }
        if count == 0 {
            return self.problem(
                &self.case.span,
                "a block that asserts nothing",
                "expected 'expect …' in it",
            );
        }
        for run in &self.case.runs {
            if !used.contains(run.name.as_str()) {
                return self.problem(
                    &run.span,
                    format!("nothing is asserted of the run {}", run.name),
                    "expected an 'expect' that speaks of it",
                );
            }
        }
        match lets.iter().find(|(name, _)| !used.contains(name)) {
            Some((name, span)) => {
                self.problem(span, format!("{name} is never used"), "expected an 'expect' with it")
            }
            None => Ok(()),
        }
    }

    /// The variables of sweeps have names of their own. One that stands for different values in
    /// two sweeps has no meaning in an expression.
    fn variables<'a>(&'a self, known: &mut BTreeSet<&'a str>) -> Result<(), Problem> {
        let mut sweeps: BTreeMap<&str, Option<&[String]>> = BTreeMap::new();
        for run in &self.case.runs {
            let Some((name, values)) = &run.over else { continue };
            if known.contains(name.as_str()) {
                return self.problem(
                    &run.span,
                    format!("the name {name} stands twice"),
                    "expected another name for the variable",
                );
            }
            let one = sweeps.entry(name).or_insert(Some(values));
            *one = one.filter(|others| others == values);
        }
        known.extend(
            sweeps.into_iter().filter(|(_, values)| values.is_some()).map(|(name, _)| name),
        );
        Ok(())
    }

    fn expression<'a>(
        &self,
        expression: &'a Expr,
        known: &BTreeSet<&str>,
        used: &mut BTreeSet<&'a str>,
    ) -> Result<(), Problem> {
        let mut problem = None;
        expression.walk(&mut |part| match &part.kind {
            ExprKind::Name(name) => {
                used.insert(name);
                if !known.contains(name.as_str()) {
                    problem.get_or_insert_with(|| {
                        let hint = nearest(name, known.iter().copied());
                        Problem::new(
                            self.source,
                            part.span.clone(),
                            format!("nothing is called {name}"),
                            format!(
                                "expected a run, a 'let' above, or the variable of a sweep{hint}"
                            ),
                        )
                    });
                }
            }
            ExprKind::Call(function, positional, named) => {
                let keys: Vec<&str> = named.iter().map(|(key, _)| key.value.as_str()).collect();
                if let Err((title, label)) =
                    functions::check(&function.value, positional.len(), &keys)
                {
                    problem.get_or_insert_with(|| {
                        Problem::new(self.source, function.span.clone(), title, label)
                    });
                }
                if function.value == "resolved" && !self.case.excluded.contains_key(C) {
                    problem.get_or_insert_with(|| {
                        Problem::new(
                            self.source,
                            function.span.clone(),
                            "the C program does not tell what it resolves",
                            "expected 'not c: \"why\"' in the block, or the report instead",
                        )
                    });
                }
            }
            _ => {}
        });
        problem.map_or(Ok(()), Err)
    }

    fn expectation(&self, expect: &Expect, live: &BTreeSet<&str>) -> Result<(), Problem> {
        let span = &expect.text.span;
        let sides = std::iter::once(&expect.left).chain(expect.right.as_ref().map(|(_, r)| r));
        if !sides.into_iter().any(|side| is_live(side, live)) {
            return self.problem(
                span,
                "an assertion that no run takes part in",
                "expected the name of a run in it",
            );
        }
        if let Some((_, right)) = &expect.right
            && self.words(&expect.left.span) == self.words(&right.span)
        {
            return self.problem(span, "both sides are the same", "expected two different sides");
        }
        let relation = expect.right.as_ref().map(|(relation, _)| *relation);
        if expect.within.is_some() && !matches!(relation, Some(Relation::Equal | Relation::Unequal))
        {
            return self.problem(span, "a tolerance without '='", "expected 'a = b within …'");
        }
        self.tighter(expect)
    }

    /// A piece of the file without white space.
    fn words(&self, span: &Span) -> String {
        self.source.text[span.clone()].split_whitespace().collect()
    }

    /// Our own bound must be tighter than the clause's.
    fn tighter(&self, expect: &Expect) -> Result<(), Problem> {
        let (stated, smaller_is_tighter) = match (&expect.within, &expect.right) {
            (Some(within), _) => (&within.size, true),
            (None, Some((Relation::Less | Relation::AtMost, bound))) => (bound, true),
            (None, Some((Relation::Greater | Relation::AtLeast, bound))) => (bound, false),
            _ if expect.ours.is_some() || expect.mixed.is_some() => {
                return self.problem(
                    &expect.text.span,
                    "a bound of ours without a bound to tighten",
                    "expected 'within', '<', '<=', '>' or '>='",
                );
            }
            _ => return Ok(()),
        };
        for bound in expect.ours.iter().chain(&expect.mixed) {
            let number = |expression| match evaluate::value(expression, &evaluate::Names::new()) {
                Ok(Value::Number(number)) => Some(number),
                _ => None,
            };
            let (Some(stated), Some(ours)) = (number(stated), number(bound)) else {
                continue;
            };
            if !(if smaller_is_tighter { ours < stated && ours >= 0.0 } else { ours > stated }) {
                return self.problem(
                    &bound.span,
                    "a bound of ours that is not tighter",
                    format!(
                        "expected {} than {stated}",
                        if smaller_is_tighter { "less" } else { "more" }
                    ),
                );
            }
        }
        Ok(())
    }
}

fn is_live(expression: &Expr, live: &BTreeSet<&str>) -> bool {
    let mut found = false;
    expression.walk(&mut |part| {
        found |= matches!(&part.kind, ExprKind::Name(name) if live.contains(name.as_str()));
        found |= matches!(&part.kind, ExprKind::Call(function, ..) if function.value == "record");
    });
    found
}

/// `; did you mean …?`, where something is near.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|name| (strsim::jaro(word, name), name))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.75)
        .map(|(_, name)| format!("; did you mean '{name}'?"))
        .unwrap_or_default()
}

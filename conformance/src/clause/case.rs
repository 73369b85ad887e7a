//! One test of a clause: its engines, its runs, and what must hold of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use nanobragg_reference::arguments::is_own_option;

use super::check;
use super::source::{Problem, Source, Span};
use super::syntax::{Expect, Expr, Run, Spanned, Statement, Tool};
use crate::engines::{C, is_label};

/// What a section hands down to the blocks below it.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) statements: Vec<Spanned<Statement>>,
    pub(super) inputs: BTreeMap<String, Arc<[u8]>>,
}

/// One case of a clause.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name of the block, and the value of its `each`.
    pub name: String,
    /// Where the block stands.
    pub span: Span,
    /// The engines that it is not for, with the reason.
    pub excluded: BTreeMap<String, String>,
    /// What must exist for it to run.
    pub needs: Vec<Spanned<String>>,
    /// The value of `each`, under its name.
    pub constant: Option<(String, String)>,
    /// Its runs, in order.
    pub runs: Vec<Planned>,
    /// `let` and `expect`, in order.
    pub steps: Vec<Step>,
}

/// A run with all that it inherits.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The name in the expressions.
    pub name: String,
    /// The variable of a sweep and its values.
    pub over: Option<(String, Vec<String>)>,
    /// Whether it is to fail.
    pub fails: bool,
    /// Which program.
    pub tool: Tool,
    /// All arguments; `{name}` stands for the value of a sweep's variable.
    pub arguments: Vec<String>,
    /// The files that lie beside it.
    pub inputs: BTreeMap<String, Arc<[u8]>>,
    /// Where it stands.
    pub span: Span,
}

/// A step after the runs.
#[derive(Clone, Debug)]
pub enum Step {
    /// A name for a value.
    Let(Spanned<String>, Expr),
    /// Something that must hold.
    Expect(Box<Expect>),
    /// Something that must not hold: what the upstream text says and the C program does not do.
    Upstream(Box<Expect>),
}

/// Whether arguments hold an option that the C program does not know.
pub(super) fn has_own_option(arguments: &[String]) -> bool {
    arguments.iter().any(|word| is_own_option(OsStr::new(word)))
}

/// Refuses in a set-up block what only an acceptance block may say.
pub(super) fn check_setup(
    source: &Arc<Source>,
    statements: &[Spanned<Statement>],
) -> Result<(), Problem> {
    for statement in statements {
        if matches!(
            statement.value,
            Statement::Run(_)
                | Statement::Let(..)
                | Statement::Expect(_)
                | Statement::Upstream(_)
                | Statement::Each(..)
        ) {
            return Err(Problem::new(
                source,
                statement.span.clone(),
                "a set-up block only sets up",
                "expected args, engines, not, needs or input",
            ));
        }
    }
    Ok(())
}

/// Makes the cases of a block: one, or one for each value of its `each`.
pub(super) fn build<'a>(
    source: &Arc<Source>,
    span: &Span,
    name: &str,
    scopes: impl Iterator<Item = &'a Scope>,
    statements: &'a [Spanned<Statement>],
    folder: &Path,
) -> Result<Vec<Case>, Problem> {
    let mut inputs: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    let mut all: Vec<&Spanned<Statement>> = Vec::new();
    for scope in scopes {
        all.extend(&scope.statements);
        inputs.extend(scope.inputs.iter().map(|(name, bytes)| (name.clone(), Arc::clone(bytes))));
    }
    all.extend(statements);
    let mut builder = Builder { inputs, ..Builder::empty(source, folder) };
    for statement in all {
        builder.statement(statement)?;
    }
    let cases = builder.finish(span, name)?;
    cases.iter().try_for_each(|case| check::case(source, case))?;
    Ok(cases)
}

struct Builder<'s> {
    source: &'s Arc<Source>,
    folder: &'s Path,
    inputs: BTreeMap<String, Arc<[u8]>>,
    args: Vec<String>,
    excluded: BTreeMap<String, String>,
    needs: Vec<Spanned<String>>,
    each: Option<(Spanned<String>, Vec<Spanned<String>>)>,
    runs: Vec<Planned>,
    steps: Vec<Step>,
}

impl<'s> Builder<'s> {
    fn empty(source: &'s Arc<Source>, folder: &'s Path) -> Self {
        Builder {
            source,
            folder,
            inputs: BTreeMap::new(),
            args: Vec::new(),
            excluded: BTreeMap::new(),
            needs: Vec::new(),
            each: None,
            runs: Vec::new(),
            steps: Vec::new(),
        }
    }

    fn problem(&self, span: &Span, title: impl Into<String>, label: impl Into<String>) -> Problem {
        Problem::new(self.source, span.clone(), title, label)
    }

    fn statement(&mut self, statement: &Spanned<Statement>) -> Result<(), Problem> {
        match &statement.value {
            Statement::Args(words) => {
                if !self.runs.is_empty() {
                    return Err(self.problem(
                        &statement.span,
                        "arguments behind a run",
                        "expected args before the first run",
                    ));
                }
                self.args.extend(words.iter().map(|word| word.value.clone()));
            }
            Statement::Engines(labels, why) => {
                self.labels(labels)?;
                let kept: BTreeSet<&str> =
                    labels.iter().map(|label| label.value.as_str()).collect();
                for label in crate::engines::all().filter(|label| !kept.contains(label)) {
                    self.excluded.insert(label.to_owned(), why.clone());
                }
            }
            Statement::Not(labels, why) => {
                self.labels(labels)?;
                for label in labels {
                    self.excluded.insert(label.value.clone(), why.clone());
                }
            }
            Statement::Needs(word) => self.needs.push(word.clone()),
            Statement::Input(name, file) => self.input(name, file)?,
            Statement::Each(name, values) => {
                if self.each.is_some() || !self.runs.is_empty() {
                    return Err(self.problem(
                        &statement.span,
                        "a second 'each', or one behind a run",
                        "expected one 'each' before the first run",
                    ));
                }
                self.each = Some((name.clone(), values.clone()));
            }
            Statement::Run(run) => self.run(run, &statement.span),
            Statement::Let(name, value) => self.steps.push(Step::Let(name.clone(), value.clone())),
            Statement::Expect(expect) => self.steps.push(Step::Expect(Box::new(expect.clone()))),
            Statement::Upstream(expect) => {
                self.steps.push(Step::Upstream(Box::new(expect.clone())));
            }
        }
        Ok(())
    }

    fn labels(&self, labels: &[Spanned<String>]) -> Result<(), Problem> {
        for label in labels {
            if !is_label(&label.value) {
                return Err(self.problem(
                    &label.span,
                    format!("'{}' matches no engine", label.value),
                    format!(
                        "expected one of: {}",
                        crate::engines::all().collect::<Vec<_>>().join(", ")
                    ),
                ));
            }
        }
        Ok(())
    }

    fn input(&mut self, name: &Spanned<String>, file: &Spanned<String>) -> Result<(), Problem> {
        let path = self.folder.join(&file.value);
        let bytes = std::fs::read(&path).map_err(|error| {
            self.problem(&file.span, format!("goldens/inputs/{}: {error}", file.value), "this file")
        })?;
        if self.inputs.insert(name.value.clone(), Arc::from(bytes)).is_some() {
            return Err(self.problem(
                &name.span,
                format!("the file {} stands twice", name.value),
                "expected another name: one further up is in force here",
            ));
        }
        Ok(())
    }

    fn run(&mut self, run: &Run, span: &Span) {
        let own = run.arguments.iter().map(|word| word.value.clone());
        let arguments = match run.tool {
            Tool::Nanobragg => self.args.iter().cloned().chain(own).collect(),
            Tool::Compare => own
                .flat_map(|word| if word == "{args}" { self.args.clone() } else { vec![word] })
                .collect(),
        };
        self.runs.push(Planned {
            name: run.name.value.clone(),
            over: run.over.as_ref().map(|(name, values)| {
                (name.value.clone(), values.iter().map(|value| value.value.clone()).collect())
            }),
            fails: run.fails,
            tool: run.tool,
            arguments,
            inputs: self.inputs.clone(),
            span: span.clone(),
        });
    }

    fn finish(self, span: &Span, name: &str) -> Result<Vec<Case>, Problem> {
        let knows_own =
            |run: &Planned| run.tool == Tool::Nanobragg && has_own_option(&run.arguments);
        if let Some(run) = self.runs.iter().find(|run| knows_own(run))
            && !self.excluded.contains_key(C)
        {
            return Err(self.problem(
                &run.span,
                "an option that the C program does not know",
                "expected 'not c: \"why\"' in the block",
            ));
        }
        if crate::engines::all().all(|label| self.excluded.contains_key(label)) {
            return Err(self.problem(
                span,
                "a block for no engine",
                "expected at least one engine",
            ));
        }
        let base = Case {
            name: name.to_owned(),
            span: span.clone(),
            excluded: self.excluded,
            needs: self.needs,
            constant: None,
            runs: self.runs,
            steps: self.steps,
        };
        let Some((variable, values)) = self.each else { return Ok(vec![base]) };
        let cases: Vec<Case> =
            values.iter().map(|v| base.with_constant(&variable.value, &v.value)).collect();
        let same = |a: &Case, b: &Case| {
            a.runs.iter().zip(&b.runs).all(|(a, b)| a.arguments() == b.arguments())
        };
        if let [first, others @ ..] = &cases[..]
            && others.iter().any(|other| same(first, other))
        {
            let title = "two values of 'each' give the same runs";
            let label = format!("expected '{{{}}}' in the arguments", variable.value);
            return Err(Problem::new(self.source, variable.span, title, label));
        }
        Ok(cases)
    }
}

impl Case {
    /// The case for one value of its `each`.
    fn with_constant(&self, variable: &str, value: &str) -> Case {
        let mut case = self.clone();
        case.name = format!("{}-{}", self.name, kebab(value));
        case.constant = Some((variable.to_owned(), value.to_owned()));
        for run in &mut case.runs {
            run.arguments = substitute(&run.arguments, variable, value);
        }
        case
    }
}

impl Planned {
    /// The command lines of a run: one, or one for each value of its sweep.
    pub fn arguments(&self) -> Vec<Vec<String>> {
        match &self.over {
            None => vec![self.arguments.clone()],
            Some((name, values)) => {
                values.iter().map(|value| substitute(&self.arguments, name, value)).collect()
            }
        }
    }
}

/// Puts a value in the place of `{name}`; a value of several words gives several arguments.
fn substitute(arguments: &[String], name: &str, value: &str) -> Vec<String> {
    let hole = format!("{{{name}}}");
    arguments
        .iter()
        .flat_map(|word| {
            if *word == hole {
                value.split_whitespace().map(str::to_owned).collect()
            } else {
                vec![word.replace(&hole, value)]
            }
        })
        .collect()
}

/// A value as a part of a name: small letters, digits, dots become `p`, signs become `m`.
fn kebab(value: &str) -> String {
    let mut name = String::new();
    for letter in value.chars() {
        match letter {
            'A'..='Z' => name.push(letter.to_ascii_lowercase()),
            'a'..='z' | '0'..='9' => name.push(letter),
            '.' => name.push('p'),
            '-' if name.is_empty() && value[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                name.push('m');
            }
            _ if !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    name.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{kebab, substitute};

    #[test]
    fn values_become_names() {
        for (value, name) in
            [("50", "50"), ("-1.5", "m1p5"), ("0 10.25 0", "0-10p25-0"), ("XDS", "xds")]
        {
            assert_eq!(kebab(value), name);
        }
    }

    #[test]
    fn a_hole_takes_several_words() {
        let words = ["-misset", "{angles}", "-x{angles}"].map(str::to_owned);
        assert_eq!(substitute(&words, "angles", "1 2"), ["-misset", "1", "2", "-x1 2"]);
    }
}

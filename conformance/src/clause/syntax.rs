//! The words of an acceptance block, parsed.

use super::source::Span;

/// Something and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    /// The thing.
    pub value: T,
    /// Its bytes in the file.
    pub span: Span,
}

/// A line of a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `args -N 5 …`: arguments of every run that follows in the scope.
    Args(Vec<Spanned<String>>),
    /// `engines reference cpu`: the only engines that the block is for.
    Engines(Vec<Spanned<String>>, String),
    /// `not c: "why"`: engines that the block is not for.
    Not(Vec<Spanned<String>>, String),
    /// `needs nb-compare`: what must exist for the block to run.
    Needs(Spanned<String>),
    /// `input name = file`: an input file from `goldens/inputs`.
    Input(Spanned<String>, Spanned<String>),
    /// `each name in a b c`: the block once for each value.
    Each(Spanned<String>, Vec<Spanned<String>>),
    /// `run A: -xds`.
    Run(Run),
    /// `let x = max(A)`.
    Let(Spanned<String>, Expr),
    /// `expect max(A) > 0`.
    Expect(Expect),
    /// `upstream max(A) > 0`: what the upstream text says and must not hold.
    Upstream(Expect),
}

/// A run of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its name in the expressions.
    pub name: Spanned<String>,
    /// `over N in 1 2 5`: one run for each value.
    pub over: Option<(Spanned<String>, Vec<Spanned<String>>)>,
    /// Whether it is to end with an error.
    pub fails: bool,
    /// Which program.
    pub tool: Tool,
    /// Its own arguments, after the common ones.
    pub arguments: Vec<Spanned<String>>,
}

/// A program of this project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `nanobragg`, or the C program.
    Nanobragg,
    /// `nb-compare`.
    Compare,
}

/// What must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Expect {
    /// The left-hand side, or the whole condition.
    pub left: Expr,
    /// The relation and the right-hand side.
    pub right: Option<(Relation, Expr)>,
    /// How far apart equal numbers may be.
    pub within: Option<Tolerance>,
    /// The bound that our engines keep, where it is tighter than the clause's own.
    pub ours: Option<Expr>,
    /// The same for engines of mixed precision.
    pub mixed: Option<Expr>,
    /// All of it as it stands in the file.
    pub text: Spanned<String>,
}

/// A relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `contains`
    Contains,
    /// `lacks`
    Lacks,
}

impl Relation {
    /// All of them, a sign before the signs that it starts with.
    pub const ALL: [(&'static str, Relation); 8] = [
        ("!=", Relation::Unequal),
        ("<=", Relation::AtMost),
        (">=", Relation::AtLeast),
        ("=", Relation::Equal),
        ("<", Relation::Less),
        (">", Relation::Greater),
        ("contains", Relation::Contains),
        ("lacks", Relation::Lacks),
    ];

    /// How it is written.
    pub fn sign(self) -> &'static str {
        Relation::ALL.iter().find(|(_, relation)| *relation == self).map_or("?", |(sign, _)| sign)
    }
}

/// How far apart equal numbers may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Tolerance {
    /// The size.
    pub size: Expr,
    /// Its unit.
    pub unit: Unit,
}

/// The unit of a tolerance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// That of the numbers.
    Absolute,
    /// Percent of the right-hand side.
    Percent,
    /// Units of the last place in single precision.
    Ulps,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `1e-9`
    Number(f64),
    /// `"text"`
    Text(String),
    /// A run, a `let`, the variable of a sweep.
    Name(String),
    /// `[1, 2, 3]`
    List(Vec<Expr>),
    /// `f(a, b, key = c)`
    Call(Spanned<String>, Vec<Expr>, Vec<(Spanned<String>, Expr)>),
    /// `-a`
    Negative(Box<Expr>),
    /// `not a`
    Not(Box<Expr>),
    /// `a + b`
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `a[1]`, counted from 0.
    Item(Box<Expr>, usize),
}

/// An operator between two numbers, vectors or images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `^`
    Power,
}

impl Expr {
    /// Calls `visit` for this expression and all within it.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        match &self.kind {
            ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Name(_) => {}
            ExprKind::List(items) => items.iter().for_each(|item| item.walk(visit)),
            ExprKind::Call(_, items, named) => {
                items.iter().for_each(|item| item.walk(visit));
                named.iter().for_each(|(_, item)| item.walk(visit));
            }
            ExprKind::Negative(inner) | ExprKind::Not(inner) | ExprKind::Item(inner, _) => {
                inner.walk(visit);
            }
            ExprKind::Binary(_, left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
        }
    }
}

impl Expect {
    /// Its expressions, in the order in which they stand.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        std::iter::once(&self.left)
            .chain(self.right.as_ref().map(|(_, right)| right))
            .chain(self.within.as_ref().map(|within| &within.size))
            .chain(&self.ours)
            .chain(&self.mixed)
    }
}

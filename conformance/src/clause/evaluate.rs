//! The values of expressions, and whether what is expected holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use ndarray::Zip;

use super::functions;
use super::source::Span;
use super::syntax::{Expect, Expr, ExprKind, Operator, Relation, Unit};
use super::value::Value;

/// The names that expressions may use.
pub type Names = BTreeMap<String, Value>;

/// Why an expression has no value, and where.
#[derive(Debug)]
pub struct Undefined {
    /// The part of the expression.
    pub span: Span,
    /// Why.
    pub why: String,
}

/// What came out of an expectation.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The expectation as it stands in the file.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Whether it holds.
    pub holds: bool,
    /// The value measured.
    pub measured: String,
    /// The bound.
    pub bound: String,
    /// The share of the bound that is used up: 1 is at the bound, 0.1 leaves a factor of ten.
    pub used: Option<f64>,
}

/// The precision whose bounds count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// The bounds of the clause: the C program.
    Stated,
    /// The tighter bounds of our engines.
    Ours,
    /// Those of engines of mixed precision.
    Mixed,
}

/// The value of an expression.
///
/// # Errors
/// The part of it that has none.
pub fn value(expression: &Expr, names: &Names) -> Result<Value, Undefined> {
    let undefined = |why: String| Undefined { span: expression.span.clone(), why };
    match &expression.kind {
        ExprKind::Number(number) => Ok(Value::Number(*number)),
        ExprKind::Text(text) => Ok(Value::Text(Arc::from(text.as_str()))),
        ExprKind::Name(name) if name == "pi" => Ok(Value::Number(std::f64::consts::PI)),
        ExprKind::Name(name) => {
            names.get(name).cloned().ok_or_else(|| undefined(format!("nothing is called {name}")))
        }
        ExprKind::List(items) => {
            let mut list = Vec::new();
            for item in items {
                list.push(value(item, names)?.as_number().map_err(undefined)?);
            }
            Ok(Value::List(list))
        }
        ExprKind::Call(function, positional, named) => {
            let positional = positional
                .iter()
                .map(|argument| value(argument, names))
                .collect::<Result<_, _>>()?;
            let named = named
                .iter()
                .map(|(key, argument)| Ok((key.value.clone(), value(argument, names)?)))
                .collect::<Result<_, Undefined>>()?;
            functions::call(&function.value, positional, named).map_err(undefined)
        }
        ExprKind::Negative(inner) => {
            let inner = value(inner, names)?;
            binary(Operator::Subtract, &Value::Number(0.0), &inner).map_err(undefined)
        }
        ExprKind::Not(inner) => match value(inner, names)? {
            Value::Truth(truth) => Ok(Value::Truth(!truth)),
            other => Err(undefined(format!("'not' wants a truth value, not {}", other.kind()))),
        },
        ExprKind::Binary(operator, left, right) => {
            let (left, right) = (value(left, names)?, value(right, names)?);
            binary(*operator, &left, &right).map_err(undefined)
        }
        ExprKind::Item(list, place) => match value(list, names)? {
            Value::Family(members) => members
                .get(*place)
                .cloned()
                .ok_or_else(|| undefined(format!("the sweep has {} runs", members.len()))),
            other => {
                let list = other.as_list().map_err(undefined)?;
                list.get(*place)
                    .map(|&number| Value::Number(number))
                    .ok_or_else(|| undefined(format!("the list has {} numbers", list.len())))
            }
        },
    }
}

fn operate(operator: Operator, a: f64, b: f64) -> f64 {
    match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::Power if b == 2.0 => a * a,
        Operator::Power => a.powf(b),
    }
}

fn binary(operator: Operator, left: &Value, right: &Value) -> Result<Value, String> {
    let apply = |a: f64, b: f64| operate(operator, a, b);
    match (left, right) {
        (Value::Family(a), Value::Family(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .map(|(a, b)| binary(operator, a, b))
            .collect::<Result<_, _>>()
            .map(Value::Family),
        (Value::Family(a), Value::Family(b)) => {
            Err(format!("sweeps of {} and of {} runs", a.len(), b.len()))
        }
        (Value::Family(members), other) => members
            .iter()
            .map(|member| binary(operator, member, other))
            .collect::<Result<_, _>>()
            .map(Value::Family),
        (other, Value::Family(members)) => members
            .iter()
            .map(|member| binary(operator, other, member))
            .collect::<Result<_, _>>()
            .map(Value::Family),
        (Value::Number(a), Value::Number(b)) => Ok(Value::Number(apply(*a, *b))),
        (Value::List(a), Value::List(b)) if a.len() == b.len() => {
            Ok(Value::List(a.iter().zip(b).map(|(&a, &b)| apply(a, b)).collect()))
        }
        (Value::List(a), Value::List(b)) => {
            Err(format!("lists of {} and of {} numbers", a.len(), b.len()))
        }
        (Value::List(list), Value::Number(b)) => {
            Ok(Value::List(list.iter().map(|&a| apply(a, *b)).collect()))
        }
        (Value::Number(a), Value::List(list)) => {
            Ok(Value::List(list.iter().map(|&b| apply(*a, b)).collect()))
        }
        (Value::Number(a), image) => Ok(Value::image(image.as_image()?.mapv(|b| apply(*a, b)))),
        (image, Value::Number(b)) => Ok(Value::image(image.as_image()?.mapv(|a| apply(a, *b)))),
        (left, right) => {
            let (a, b) = (left.as_image()?, right.as_image()?);
            if a.dim() != b.dim() {
                return Err(format!("images of {:?} and {:?} pixels", a.dim(), b.dim()));
            }
            Ok(Value::image(Zip::from(&*a).and(&*b).map_collect(|&a, &b| apply(a, b))))
        }
    }
}

/// Whether an expectation holds.
///
/// # Errors
/// The part of it that has no value.
pub fn judge(expect: &Expect, names: &Names, strictness: Strictness) -> Result<Finding, Undefined> {
    let left = value(&expect.left, names)?;
    let finding = |holds: bool, measured: String, bound: String, used: Option<f64>| Finding {
        text: expect.text.value.clone(),
        span: expect.text.span.clone(),
        holds,
        measured,
        bound,
        used,
    };
    let undefined = |why: String| Undefined { span: expect.text.span.clone(), why };
    let Some((relation, right)) = &expect.right else {
        let holds = truths(&left).map_err(undefined)?;
        return Ok(finding(holds, left.to_string(), "true".into(), None));
    };
    let ours = match strictness {
        Strictness::Stated => None,
        Strictness::Ours => expect.ours.as_ref(),
        Strictness::Mixed => expect.mixed.as_ref(),
    };
    match relation {
        Relation::Contains | Relation::Lacks => {
            let right = value(right, names)?;
            let holds =
                contains(&left, &right).map_err(undefined)? == (*relation == Relation::Contains);
            let bound = format!("{} {right}", relation.sign());
            Ok(finding(holds, left.to_string(), bound, None))
        }
        Relation::Equal | Relation::Unequal => {
            let right = value(right, names)?;
            let (size, unit) = match &expect.within {
                Some(within) => {
                    let size = value(ours.unwrap_or(&within.size), names)?;
                    let size = size.as_number().map_err(undefined)?;
                    if !(size.is_finite() && size >= 0.0) {
                        return Err(undefined(format!("{size} is no tolerance")));
                    }
                    (size, within.unit)
                }
                None => (0.0, Unit::Absolute),
            };
            let wanted = *relation == Relation::Equal;
            let (distance, unit_text) = distance(&left, &right, unit).map_err(undefined)?;
            let holds = (distance <= size) == wanted;
            let measured = format!("{left} and {right}, {distance:.3e}{unit_text} apart");
            let bound =
                format!("{} {size:e}{unit_text}", if wanted { "at most" } else { "more than" });
            let used = (wanted && size > 0.0).then(|| distance / size);
            Ok(finding(holds, measured, bound, used))
        }
        Relation::Less | Relation::AtMost | Relation::Greater | Relation::AtLeast => {
            let right = value(ours.unwrap_or(right), names)?;
            let compared = compare(*relation, &left, &right).map_err(undefined)?;
            let bound = format!("{} {right}", relation.sign());
            Ok(finding(compared.holds, left.to_string(), bound, compared.used))
        }
    }
}

fn truths(value: &Value) -> Result<bool, String> {
    match value {
        Value::Truth(truth) => Ok(*truth),
        Value::Family(members) => {
            members.iter().try_fold(true, |all, member| Ok(all && truths(member)?))
        }
        other => Err(format!("a condition is wanted here, not {}", other.kind())),
    }
}

fn contains(left: &Value, right: &Value) -> Result<bool, String> {
    match left {
        Value::Family(members) => {
            members.iter().try_fold(true, |all, member| Ok(all && contains(member, right)?))
        }
        _ => {
            let part = right.as_text()?;
            if part.is_empty() {
                return Err("every text contains the empty one".into());
            }
            Ok(left.as_text()?.contains(&*part))
        }
    }
}

/// The largest distance between two values, in a unit; infinite where one is no number.
fn distance(left: &Value, right: &Value, unit: Unit) -> Result<(f64, &'static str), String> {
    let text = match unit {
        Unit::Absolute => "",
        Unit::Percent => " %",
        Unit::Ulps => " ulps",
    };
    let one = |a: f64, b: f64| {
        if a.is_nan() || b.is_nan() {
            return Err(format!("{a} and {b} cannot be compared"));
        }
        let distance = match unit {
            _ if a == b => 0.0,
            Unit::Absolute => (a - b).abs(),
            Unit::Percent => 100.0 * ((a - b) / b).abs(),
            Unit::Ulps => crate::compare::ulps(a as f32, b as f32) as f64,
        };
        Ok(if distance.is_nan() { f64::INFINITY } else { distance })
    };
    let worst = |pairs: &mut dyn Iterator<Item = (f64, f64)>| -> Result<f64, String> {
        let mut worst: f64 = 0.0;
        for (a, b) in pairs {
            worst = worst.max(one(a, b)?);
        }
        Ok(worst)
    };
    let distance = match (left, right) {
        (Value::Text(a), Value::Text(b)) => {
            if a == b {
                0.0
            } else {
                f64::INFINITY
            }
        }
        (Value::Truth(a), Value::Truth(b)) => {
            if a == b {
                0.0
            } else {
                f64::INFINITY
            }
        }
        (Value::Text(_), Value::Number(_)) | (Value::Number(_), Value::Text(_)) => f64::INFINITY,
        (Value::Family(a), Value::Family(b)) if a.len() == b.len() => {
            farthest(a.iter().zip(b), unit)?
        }
        (Value::Family(a), Value::Family(b)) => {
            return Err(format!("sweeps of {} and of {} runs", a.len(), b.len()));
        }
        (Value::Family(members), Value::List(list)) if members.len() == list.len() => {
            let numbers = left.as_list()?;
            worst(&mut numbers.into_iter().zip(list.iter().copied()))?
        }
        (Value::Family(members), other) => {
            farthest(members.iter().map(|member| (member, other)), unit)?
        }
        (other, Value::Family(members)) => {
            farthest(members.iter().map(|member| (other, member)), unit)?
        }
        (Value::Image(_) | Value::Run(_), Value::Number(b)) => {
            worst(&mut left.as_image()?.iter().map(|&a| (a, *b)))?
        }
        (Value::Run(a), Value::Run(b)) if a.line == b.line => {
            return Err("a run is compared with itself".into());
        }
        (Value::Image(_) | Value::Run(_), _) => {
            let (a, b) = (left.as_image()?, right.as_image()?);
            if a.dim() != b.dim() {
                return Err(format!("images of {:?} and {:?} pixels", a.dim(), b.dim()));
            }
            worst(&mut a.iter().copied().zip(b.iter().copied()))?
        }
        _ => {
            let (a, b) = (left.as_list()?, right.as_list()?);
            if a.len() != b.len() {
                return Err(format!("{} and {} numbers", a.len(), b.len()));
            }
            worst(&mut a.into_iter().zip(b))?
        }
    };
    Ok((distance, text))
}

/// The largest of the distances of some pairs.
fn farthest<'v>(
    pairs: impl Iterator<Item = (&'v Value, &'v Value)>,
    unit: Unit,
) -> Result<f64, String> {
    let mut worst: f64 = 0.0;
    for (a, b) in pairs {
        worst = worst.max(distance(a, b, unit)?.0);
    }
    Ok(worst)
}

struct Compared {
    holds: bool,
    used: Option<f64>,
}

/// Every number of the left side against the right side.
fn compare(relation: Relation, left: &Value, right: &Value) -> Result<Compared, String> {
    let (a, b) = match (left, right) {
        (Value::Image(_) | Value::Run(_), _) => {
            (left.as_image()?.iter().copied().collect(), right.as_list()?)
        }
        _ => (left.as_list()?, right.as_list()?),
    };
    if a.is_empty() || (b.len() != 1 && a.len() != b.len()) {
        return Err(format!("{} and {} numbers", a.len(), b.len()));
    }
    let mut result = Compared { holds: true, used: Some(0.0) };
    for (place, &a) in a.iter().enumerate() {
        let b = if b.len() == 1 { b[0] } else { b[place] };
        if a.is_nan() || b.is_nan() {
            return Err(format!("{a} and {b} cannot be compared"));
        }
        result.holds &= match relation {
            Relation::Less => a < b,
            Relation::AtMost => a <= b,
            Relation::Greater => a > b,
            _ => a >= b,
        };
        // Of a bound near 1 on a correlation, what matters is the distance from 1.
        let used = match relation {
            Relation::Less | Relation::AtMost if b > 0.0 => Some(a / b),
            Relation::Greater | Relation::AtLeast if (0.5..1.0).contains(&b) && a <= 1.0 => {
                Some((1.0 - a) / (1.0 - b))
            }
            Relation::Greater | Relation::AtLeast if b > 0.0 && a > 0.0 => Some(b / a),
            _ => None,
        };
        result.used = result.used.zip(used).map(|(worst, used)| worst.max(used));
    }
    Ok(result)
}

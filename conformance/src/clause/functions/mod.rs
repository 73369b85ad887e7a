//! The functions of the clause language.

mod fourier;
mod images;
mod numbers;
mod peaks;
mod runs;
mod texts;

use std::sync::Arc;

use super::value::{Image, Value};

/// A function of the language.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// How it is called.
    pub signature: &'static str,
    /// What it gives, in one sentence.
    pub about: &'static str,
    /// Smallest and largest number of arguments without a name.
    arity: (usize, usize),
    /// Arguments with a name.
    named: &'static [&'static str],
    /// Whether it takes all values of a sweep together; else it is applied to each.
    gathers: bool,
    apply: fn(&Call) -> Result<Value, String>,
}

impl Function {
    /// A function that is applied to each run of a sweep and has no named arguments.
    const fn new(
        name: &'static str,
        signature: &'static str,
        about: &'static str,
        arity: (usize, usize),
        apply: fn(&Call) -> Result<Value, String>,
    ) -> Function {
        Function { name, signature, about, arity, named: &[], gathers: false, apply }
    }

    /// The same with named arguments.
    const fn named(mut self, named: &'static [&'static str]) -> Function {
        self.named = named;
        self
    }

    /// The same, but it takes all values of a sweep together.
    const fn gathering(mut self) -> Function {
        self.gathers = true;
        self
    }
}

/// A call.
pub struct Call {
    positional: Vec<Value>,
    named: Vec<(String, Value)>,
}

/// All functions, in the order in which the language is taught.
pub fn all() -> impl Iterator<Item = &'static Function> {
    runs::FUNCTIONS
        .iter()
        .chain(texts::FUNCTIONS)
        .chain(images::FUNCTIONS)
        .chain(peaks::FUNCTIONS)
        .chain(fourier::FUNCTIONS)
        .chain(numbers::FUNCTIONS)
}

fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}

/// Whether a call is well formed; if not, what is wrong and what was expected.
pub(super) fn check(name: &str, positional: usize, named: &[&str]) -> Result<(), (String, String)> {
    let Some(function) = find(name) else {
        let hint = super::check::nearest(name, all().map(|function| function.name));
        return Err((
            format!("no function is called {name}"),
            format!("expected one that spec/README.md lists{hint}"),
        ));
    };
    let (least, most) = function.arity;
    let stray = named.iter().find(|key| !function.named.contains(key));
    if positional < least || positional > most || stray.is_some() {
        return Err((
            format!("{name} is called in another way"),
            format!("expected {}", function.signature),
        ));
    }
    Ok(())
}

/// Calls a function.
///
/// # Errors
/// Why it has no value.
pub(super) fn call(
    name: &str,
    positional: Vec<Value>,
    named: Vec<(String, Value)>,
) -> Result<Value, String> {
    let function = find(name).ok_or_else(|| format!("no function is called {name}"))?;
    let mut members = None;
    for value in &positional {
        if let Value::Family(family) = value {
            let count = *members.get_or_insert(family.len());
            if count != family.len() {
                return Err(format!("{name}: sweeps of {count} and of {} runs", family.len()));
            }
        }
    }
    let (Some(count), false) = (members, function.gathers) else {
        return (function.apply)(&Call { positional, named })
            .map_err(|why| format!("{name}: {why}"));
    };
    (0..count)
        .map(|place| {
            let one = positional
                .iter()
                .map(|value| match value {
                    Value::Family(family) => family[place].clone(),
                    other => other.clone(),
                })
                .collect();
            call(name, one, named.clone())
        })
        .collect::<Result<_, _>>()
        .map(Value::Family)
}

impl Call {
    fn value(&self, place: usize) -> Result<&Value, String> {
        self.positional.get(place).ok_or_else(|| format!("argument {} is missing", place + 1))
    }

    fn number(&self, place: usize) -> Result<f64, String> {
        self.value(place)?.as_number()
    }

    fn number_or(&self, place: usize, default: f64) -> Result<f64, String> {
        self.positional.get(place).map_or(Ok(default), Value::as_number)
    }

    /// A whole number that is not negative.
    fn place(&self, place: usize) -> Result<usize, String> {
        whole(self.number(place)?)
    }

    fn named(&self, key: &str, default: f64) -> Result<f64, String> {
        self.named
            .iter()
            .find(|(name, _)| name == key)
            .map_or(Ok(default), |(_, value)| value.as_number())
    }

    fn list(&self, place: usize) -> Result<Vec<f64>, String> {
        self.value(place)?.as_list()
    }

    fn vector(&self, place: usize) -> Result<[f64; 3], String> {
        self.list(place)?.try_into().map_err(|_| "a vector of three numbers is wanted".to_owned())
    }

    fn image(&self, place: usize) -> Result<Arc<Image>, String> {
        self.value(place)?.as_image()
    }

    /// Two images of the same size.
    fn pair(&self) -> Result<(Arc<Image>, Arc<Image>), String> {
        let (left, right) = (self.image(0)?, self.image(1)?);
        if left.dim() == right.dim() {
            Ok((left, right))
        } else {
            let ((ls, lf), (rs, rf)) = (left.dim(), right.dim());
            Err(format!("images of {lf} × {ls} and {rf} × {rs}"))
        }
    }

    fn text(&self, place: usize) -> Result<Arc<str>, String> {
        self.value(place)?.as_text()
    }

    fn run(&self, place: usize) -> Result<&Arc<super::ran::Ran>, String> {
        match self.value(place)? {
            Value::Run(run) => Ok(run),
            other => Err(format!("a run is wanted here, not {}", other.kind())),
        }
    }
}

fn whole(number: f64) -> Result<usize, String> {
    if number >= 0.0 && number.fract() == 0.0 && number < 1e9 {
        Ok(number as usize)
    } else {
        Err(format!("{number} is no place or count"))
    }
}

#[cfg(test)]
mod tests {
    use super::{all, check};
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_signatures_begin_with_them() {
        let mut names = BTreeSet::new();
        for function in all() {
            assert!(names.insert(function.name), "{}", function.name);
            assert!(function.signature.starts_with(&format!("{}(", function.name)));
        }
    }

    #[test]
    fn calls_are_checked() {
        assert!(check("max", 1, &[]).is_ok());
        assert!(check("max", 2, &[]).is_err());
        assert!(check("peaks_matched", 2, &["within"]).is_ok());
        assert!(check("peaks_matched", 2, &["withn"]).is_err());
        let (_, label) = check("corelation", 2, &[]).expect_err("misspelt");
        assert!(label.contains("'correlation'"), "{label}");
    }
}

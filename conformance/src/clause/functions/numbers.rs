//! Functions of numbers and vectors. Those of one number also take lists and images, element by
//! element.

use super::{Call, Function, Value};

macro_rules! elementwise {
    ($name:literal, $about:literal, $function:expr) => {
        Function {
            name: $name,
            signature: concat!($name, "(x)"),
            about: $about,
            arity: (1, 1),
            named: &[],
            gathers: false,
            apply: |call| map(call.value(0)?, $function),
        }
    };
}

pub(super) const FUNCTIONS: &[Function] = &[
    elementwise!("abs", "absolute value", f64::abs),
    elementwise!("sqrt", "square root", f64::sqrt),
    elementwise!("exp", "exponential", f64::exp),
    elementwise!("log", "natural logarithm", f64::ln),
    elementwise!("sin", "sine of an angle in radians", f64::sin),
    elementwise!("cos", "cosine", f64::cos),
    elementwise!("tan", "tangent", f64::tan),
    elementwise!("asin", "arc sine, radians", f64::asin),
    elementwise!("acos", "arc cosine, radians", f64::acos),
    elementwise!("atan", "arc tangent, radians", f64::atan),
    elementwise!("floor", "the next whole number downwards", f64::floor),
    elementwise!("ceil", "the next whole number upwards", f64::ceil),
    elementwise!("radians", "degrees as radians", f64::to_radians),
    elementwise!("degrees", "radians as degrees", f64::to_degrees),
    elementwise!("single", "rounded to single precision", |x| f64::from(x as f32)),
    Function {
        name: "atan2",
        signature: "atan2(y, x)",
        about: "the angle of a point, radians",
        arity: (2, 2),
        named: &[],
        gathers: false,
        apply: |call| Ok(Value::Number(call.number(0)?.atan2(call.number(1)?))),
    },
    Function {
        name: "clamp",
        signature: "clamp(x, low, high)",
        about: "each number, not below the one and not above the other",
        arity: (3, 3),
        named: &[],
        gathers: false,
        apply: |call| {
            let (low, high) = (call.number(1)?, call.number(2)?);
            map(call.value(0)?, move |x| x.max(low).min(high))
        },
    },
    Function {
        name: "dot",
        signature: "dot(a, b)",
        about: "the scalar product of two vectors",
        arity: (2, 2),
        named: &[],
        gathers: false,
        apply: |call| Ok(Value::Number(dot(call.vector(0)?, call.vector(1)?))),
    },
    Function {
        name: "cross",
        signature: "cross(a, b)",
        about: "the vector product",
        arity: (2, 2),
        named: &[],
        gathers: false,
        apply: |call| Ok(Value::List(cross(call.vector(0)?, call.vector(1)?).to_vec())),
    },
    Function {
        name: "norm",
        signature: "norm(a)",
        about: "the length of a vector",
        arity: (1, 1),
        named: &[],
        gathers: false,
        apply: |call| Ok(Value::Number(norm(call)?)),
    },
    Function {
        name: "unit",
        signature: "unit(a)",
        about: "the vector of length 1 along another",
        arity: (1, 1),
        named: &[],
        gathers: false,
        apply: |call| {
            let length = norm(call)?;
            Ok(Value::List(call.list(0)?.iter().map(|x| x / length).collect()))
        },
    },
    Function {
        name: "rotated",
        signature: "rotated(a, axis, degrees)",
        about: "a vector turned about a unit vector, right-handed",
        arity: (3, 3),
        named: &[],
        gathers: false,
        apply: |call| {
            let angle = call.number(2)?.to_radians();
            Ok(Value::List(rotated(call.vector(0)?, call.vector(1)?, angle).to_vec()))
        },
    },
    Function {
        name: "slope",
        signature: "slope(x, y)",
        about: "the slope of the straight line that fits the points of a sweep best",
        arity: (2, 2),
        named: &[],
        gathers: true,
        apply: |call| Ok(Value::Number(fit(call)?.0)),
    },
    Function {
        name: "r2",
        signature: "r2(x, y)",
        about: "the part of the variance of y that this line explains",
        arity: (2, 2),
        named: &[],
        gathers: true,
        apply: |call| Ok(Value::Number(fit(call)?.1)),
    },
    Function {
        name: "largest",
        signature: "largest(values)",
        about: "the largest of the values of a sweep",
        arity: (1, 1),
        named: &[],
        gathers: true,
        apply: |call| {
            Ok(Value::Number(call.list(0)?.into_iter().fold(f64::NEG_INFINITY, f64::max)))
        },
    },
    Function {
        name: "smallest",
        signature: "smallest(values)",
        about: "the smallest of the values of a sweep",
        arity: (1, 1),
        named: &[],
        gathers: true,
        apply: |call| Ok(Value::Number(call.list(0)?.into_iter().fold(f64::INFINITY, f64::min))),
    },
    Function {
        name: "values",
        signature: "values(sweep)",
        about: "the numbers of a sweep as one list",
        arity: (1, 1),
        named: &[],
        gathers: true,
        apply: |call| call.list(0).map(Value::List),
    },
];

fn map(value: &Value, function: impl Fn(f64) -> f64) -> Result<Value, String> {
    match value {
        Value::Number(number) => Ok(Value::Number(function(*number))),
        Value::List(list) => Ok(Value::List(list.iter().map(|&x| function(x)).collect())),
        other => Ok(Value::image(other.as_image()?.mapv(function))),
    }
}

// These are written out here, and not taken from an engine, so that an engine's mistake does not
// excuse itself.

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn cross([a, b, c]: [f64; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [b * z - c * y, c * x - a * z, a * y - b * x]
}

/// Rodrigues' formula: v·cos θ + (k × v)·sin θ + k·(k·v)·(1 − cos θ).
fn rotated(v: [f64; 3], k: [f64; 3], angle: f64) -> [f64; 3] {
    let (sine, cosine) = angle.sin_cos();
    let (across, along) = (cross(k, v), dot(k, v) * (1.0 - cosine));
    [0, 1, 2].map(|i| v[i] * cosine + across[i] * sine + k[i] * along)
}

fn norm(call: &Call) -> Result<f64, String> {
    Ok(call.list(0)?.iter().map(|x| x * x).sum::<f64>().sqrt())
}

/// Slope and coefficient of determination of a least-squares line.
fn fit(call: &Call) -> Result<(f64, f64), String> {
    let (x, y) = (call.list(0)?, call.list(1)?);
    if x.len() != y.len() || x.len() < 2 {
        return Err(format!("{} and {} values make no line", x.len(), y.len()));
    }
    let count = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / count, y.iter().sum::<f64>() / count);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(&y) {
        xx += (x - mean_x).powi(2);
        xy += (x - mean_x) * (y - mean_y);
        yy += (y - mean_y).powi(2);
    }
    if xx == 0.0 || yy == 0.0 {
        return Err("the values do not vary".into());
    }
    Ok((xy / xx, xy * xy / (xx * yy)))
}

#[cfg(test)]
mod tests {
    use super::super::call;
    use super::Value;

    #[test]
    fn a_power_law_has_its_slope() {
        let x: Vec<f64> = vec![1.0, 2.0, 4.0];
        let y = x.iter().map(|x: &f64| 3.0 * x.powi(6));
        let family = |list: Vec<f64>| Value::Family(list.into_iter().map(Value::Number).collect());
        let logs =
            vec![family(x.iter().map(|x| x.ln()).collect()), family(y.map(f64::ln).collect())];
        let Ok(Value::Number(slope)) = call("slope", logs, vec![]) else { panic!("no slope") };
        assert!((slope - 6.0).abs() < 1e-12);
    }

    #[test]
    fn rotations_are_right_handed() {
        let list = |v: [f64; 3]| Value::List(v.to_vec());
        let turned = call(
            "rotated",
            vec![list([1., 0., 0.]), list([0., 0., 1.]), Value::Number(90.)],
            vec![],
        );
        let Ok(Value::List(v)) = turned else { panic!("no vector") };
        assert!((v[1] - 1.0).abs() < 1e-15 && v[0].abs() < 1e-15);
    }
}

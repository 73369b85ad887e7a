//! Functions of numbers and vectors. Those of one number also take lists and images, element by
//! element.

use super::{Call, Function, Value};

macro_rules! elementwise {
    ($name:literal, $about:literal, $function:expr) => {
        Function::new($name, concat!($name, "(x)"), $about, (1, 1), |call| {
            map(call.value(0)?, $function)
        })
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
    Function::new("atan2", "atan2(y, x)", "the angle of a point, radians", (2, 2), |call| {
        Ok(Value::Number(call.number(0)?.atan2(call.number(1)?)))
    }),
    Function::new(
        "clamp",
        "clamp(x, low, high)",
        "each number, not below the one and not above the other",
        (3, 3),
        |call| {
            let (low, high) = (call.number(1)?, call.number(2)?);
            let clamped = |x: f64| if x.is_nan() { x } else { x.max(low).min(high) };
            map(call.value(0)?, clamped)
        },
    ),
    Function::new("dot", "dot(a, b)", "the scalar product of two vectors", (2, 2), |call| {
        Ok(Value::Number(dot(call.vector(0)?, call.vector(1)?)))
    }),
    Function::new("cross", "cross(a, b)", "the vector product", (2, 2), |call| {
        Ok(Value::List(cross(call.vector(0)?, call.vector(1)?).to_vec()))
    }),
    Function::new("norm", "norm(a)", "the length of a vector", (1, 1), |call| {
        Ok(Value::Number(norm(call)?))
    }),
    Function::new("unit", "unit(a)", "the vector of length 1 along another", (1, 1), |call| {
        let length = norm(call)?;
        Ok(Value::List(call.list(0)?.iter().map(|x| x / length).collect()))
    }),
    Function::new(
        "rotated",
        "rotated(a, axis, degrees)",
        "a vector turned about a unit vector, right-handed",
        (3, 3),
        |call| {
            let angle = call.number(2)?.to_radians();
            Ok(Value::List(rotated(call.vector(0)?, call.vector(1)?, angle).to_vec()))
        },
    ),
    Function::new(
        "slope",
        "slope(x, y)",
        "the slope of the straight line that fits the points of a sweep best",
        (2, 2),
        |call| Ok(Value::Number(fit(call)?.0)),
    )
    .gathering(),
    Function::new(
        "r2",
        "r2(x, y)",
        "the part of the variance of y that this line explains",
        (2, 2),
        |call| Ok(Value::Number(fit(call)?.1)),
    )
    .gathering(),
    Function::new(
        "largest",
        "largest(values)",
        "the largest of the values of a sweep",
        (1, 1),
        |call| Ok(Value::Number(extreme(call.list(0)?, f64::NEG_INFINITY, f64::max))),
    )
    .gathering(),
    Function::new(
        "smallest",
        "smallest(values)",
        "the smallest of the values of a sweep",
        (1, 1),
        |call| Ok(Value::Number(extreme(call.list(0)?, f64::INFINITY, f64::min))),
    )
    .gathering(),
    Function::new(
        "values",
        "values(sweep)",
        "the numbers of a sweep as one list",
        (1, 1),
        |call| call.list(0).map(Value::List),
    )
    .gathering(),
];

fn map(value: &Value, function: impl Fn(f64) -> f64) -> Result<Value, String> {
    match value {
        Value::Number(number) => Ok(Value::Number(function(*number))),
        Value::List(list) => Ok(Value::List(list.iter().map(|&x| function(x)).collect())),
        other => Ok(Value::image(other.as_image()?.mapv(function))),
    }
}

/// The largest or smallest of some numbers; no number where one of them is none, as it could not be
/// compared alone.
pub(super) fn extreme(list: Vec<f64>, start: f64, join: fn(f64, f64) -> f64) -> f64 {
    if list.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    list.into_iter().fold(start, join)
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

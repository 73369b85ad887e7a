//! The engines that can be measured, by their labels, with a number of threads.

use std::f64::consts::PI;
use std::num::NonZeroUsize;

use nanobragg_conformance::engines::{self as built, Renderer};
use nanobragg_optimized::{CpuEngine, CudaEngine, Width, loops as batched};
use nanobragg_reference::arguments::Precision;
use nanobragg_reference::vector;

/// The engine with a label that uses so many threads.
///
/// # Errors
/// Why there is none.
pub fn engine(label: &str, threads: usize) -> Result<Renderer, String> {
    match label {
        "reference" if threads != 1 => Err("the reference engine has one thread".into()),
        _ => built::with_threads(label, NonZeroUsize::new(threads)),
    }
}

/// The engine on a GPU that a label names.
pub fn gpu(label: &str) -> Option<Result<CudaEngine, String>> {
    let precision = match label {
        "cuda" => Precision::Double,
        "cuda-mixed" => Precision::Mixed,
        _ => return None,
    };
    Some(CudaEngine::new(precision).map_err(|error| error.to_string()))
}

/// The same engine with no other vector instructions than those that every processor of its kind
/// has.
///
/// # Errors
/// Why there is none.
pub fn portable(label: &str, threads: usize) -> Result<Renderer, String> {
    let precision = match label {
        "cpu" => Precision::Double,
        "cpu-mixed" => Precision::Mixed,
        _ => return Err(format!("the engine {label} has no vector instructions to choose from")),
    };
    let threads = NonZeroUsize::new(threads);
    let engine = CpuEngine::with_width(precision, Width::Portable, threads);
    Ok(Box::new(engine.map_err(|error| error.to_string())?))
}

/// The functions of the innermost loop, on vectors of equal lengths.
#[derive(Clone, Copy, Debug)]
pub struct Loops {
    /// sin(πNh)/sin(πh) of each h, with N.
    pub interference: fn(&[f64], f64, &mut [f64]),
    /// Scalar products: of each of the vectors, given as x, y and z, with one vector.
    pub product: fn([&[f64]; 3], [f64; 3], &mut [f64]),
}

/// The functions of an engine.
///
/// # Errors
/// Why there are none.
pub fn loops(label: &str) -> Result<Loops, String> {
    match label {
        "reference" => Ok(Loops { interference, product }),
        "cpu" => Ok(Loops { interference: batched_interference, product: batched_product }),
        _ => engine(label, 1).and_then(|_| Err(format!("{label} shows no functions"))),
    }
}

/// The C program's expression (C:3291).
fn interference(h: &[f64], n: f64, values: &mut [f64]) {
    for (value, h) in values.iter_mut().zip(h) {
        let x = PI * h;
        *value = if x == 0.0 { n } else { (x * n).sin() / x.sin() };
    }
}

fn product([x, y, z]: [&[f64]; 3], vector: [f64; 3], values: &mut [f64]) {
    for (value, ((x, y), z)) in values.iter_mut().zip(x.iter().zip(y).zip(z)) {
        *value = vector::dot(&[*x, *y, *z], &vector);
    }
}

fn batched_interference(h: &[f64], n: f64, values: &mut [f64]) {
    batched::interference(widest(), h, n, values);
}

fn batched_product(vectors: [&[f64]; 3], vector: [f64; 3], values: &mut [f64]) {
    batched::product(widest(), vectors, vector, values);
}

/// The vector unit that engines use.
fn widest() -> Width {
    Width::choose().unwrap_or(Width::Portable)
}

#[cfg(test)]
mod tests {
    use super::{engine, loops};

    #[test]
    fn an_engine_renders_with_the_threads_it_is_given_or_says_why_not() {
        assert!(engine("reference", 1).is_ok());
        assert!(engine("reference", 2).is_err_and(|reason| reason.contains("one thread")));
        assert!(engine("gpu", 1).is_err_and(|reason| reason.contains("'gpu'")));
    }

    #[test]
    fn the_functions_are_what_they_say() {
        let loops = loops("reference").expect("the reference engine");
        let mut values = [0.0; 2];
        (loops.interference)(&[0.0, 0.5], 5.0, &mut values);
        assert!((values[0] - 5.0).abs() + (values[1] - 1.0).abs() < 1e-12, "{values:?}");
        (loops.product)([&[1.0, 0.0], &[2.0, 0.0], &[3.0, 1.0]], [4.0, 5.0, 6.0], &mut values);
        assert_eq!(values, [32.0, 6.0]);
    }
}

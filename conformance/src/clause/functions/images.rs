//! Functions of images.

use std::sync::Arc;

use ndarray::{Array2, s};

use super::numbers::extreme;
use super::{Call, Function, Image, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "max",
        "max(image)",
        "the largest pixel, or the largest of some numbers",
        (1, 1),
        |call| Ok(Value::Number(extreme(pixels(call)?, f64::NEG_INFINITY, f64::max))),
    ),
    Function::new(
        "min",
        "min(image)",
        "the smallest pixel, or the smallest of some numbers",
        (1, 1),
        |call| Ok(Value::Number(extreme(pixels(call)?, f64::INFINITY, f64::min))),
    ),
    Function::new(
        "sum",
        "sum(image)",
        "the sum of all pixels, or of some numbers",
        (1, 1),
        |call| Ok(Value::Number(pixels(call)?.iter().sum())),
    ),
    Function::new(
        "mean",
        "mean(image)",
        "the mean of all pixels, or of some numbers",
        (1, 1),
        |call| {
            let list = pixels(call)?;
            Ok(Value::Number(list.iter().sum::<f64>() / list.len() as f64))
        },
    ),
    Function::new("rms", "rms(image)", "the root of the mean square", (1, 1), |call| {
        let list = pixels(call)?;
        let squares: f64 = list.iter().map(|value| value * value).sum();
        Ok(Value::Number((squares / list.len() as f64).sqrt()))
    }),
    Function::new(
        "count",
        "count(image)",
        "the number of pixels that are not zero",
        (1, 1),
        |call| {
            Ok(Value::Number(call.image(0)?.iter().filter(|&&value| value != 0.0).count() as f64))
        },
    ),
    Function::new(
        "count_of",
        "count_of(image, value)",
        "the number of pixels of just this value",
        (2, 2),
        |call| {
            let wanted = call.number(1)?;
            Ok(
                Value::Number(
                    call.image(0)?.iter().filter(|&&value| value == wanted).count() as f64
                ),
            )
        },
    ),
    Function::new(
        "finite",
        "finite(image)",
        "whether every pixel is a finite number",
        (1, 1),
        |call| Ok(Value::Truth(call.image(0)?.iter().all(|value| value.is_finite()))),
    ),
    Function::new(
        "shape",
        "shape(image)",
        "the number of pixels along fast and slow",
        (1, 1),
        |call| {
            let (slow, fast) = call.image(0)?.dim();
            Ok(Value::List(vec![fast as f64, slow as f64]))
        },
    ),
    Function::new("pixel", "pixel(image, fast, slow)", "one pixel", (3, 3), |call| {
        let (image, fast, slow) = (call.image(0)?, call.place(1)?, call.place(2)?);
        image
            .get((slow, fast))
            .map(|&value| Value::Number(value))
            .ok_or_else(|| format!("the image has no pixel {fast} {slow}"))
    }),
    Function::new(
        "crop",
        "crop(image, fast0, fast1, slow0, slow1)",
        "the pixels of a rectangle, both ends included",
        (5, 5),
        |call| {
            let (image, [f0, f1, s0, s1]) = rectangle(call)?;
            Ok(Value::image(image.slice(s![s0..=s1, f0..=f1]).to_owned()))
        },
    ),
    Function::new(
        "outside",
        "outside(image, fast0, fast1, slow0, slow1)",
        "the image with a rectangle set to zero, both ends included",
        (5, 5),
        |call| {
            let (image, [f0, f1, s0, s1]) = rectangle(call)?;
            let mut outside = image.as_ref().clone();
            outside.slice_mut(s![s0..=s1, f0..=f1]).fill(0.0);
            Ok(Value::image(outside))
        },
    ),
    Function::new(
        "transposed",
        "transposed(image)",
        "the image with fast and slow exchanged",
        (1, 1),
        |call| Ok(Value::image(call.image(0)?.t().to_owned())),
    ),
    Function::new(
        "flipped",
        "flipped(image)",
        "the image with the order of its rows turned round",
        (1, 1),
        |call| Ok(Value::image(call.image(0)?.slice(s![..;-1, ..]).to_owned())),
    ),
    Function::new(
        "mirrored",
        "mirrored(image)",
        "the image with the order of its columns turned round",
        (1, 1),
        |call| Ok(Value::image(call.image(0)?.slice(s![.., ..;-1]).to_owned())),
    ),
    Function::new(
        "fast",
        "fast(image)",
        "an image of the fast index of each pixel, for formulas",
        (1, 1),
        |call| {
            Ok(Value::image(Array2::from_shape_fn(call.image(0)?.dim(), |(_, fast)| fast as f64)))
        },
    ),
    Function::new(
        "slow",
        "slow(image)",
        "an image of the slow index of each pixel",
        (1, 1),
        |call| {
            Ok(Value::image(Array2::from_shape_fn(call.image(0)?.dim(), |(slow, _)| slow as f64)))
        },
    ),
    Function::new(
        "argmax",
        "argmax(image)",
        "fast and slow index of the largest pixel, the first of equal ones",
        (1, 1),
        |call| {
            let image = call.image(0)?;
            varied(&image)?;
            let (mut place, mut most) = ((0, 0), f64::NEG_INFINITY);
            for (at, &value) in image.indexed_iter() {
                if value > most {
                    (place, most) = (at, value);
                }
            }
            Ok(Value::List(vec![place.1 as f64, place.0 as f64]))
        },
    ),
    Function::new(
        "centroid",
        "centroid(image)",
        "fast and slow index of the centre of intensity",
        (1, 1),
        |call| {
            let image = call.image(0)?;
            let total = image.sum();
            if total == 0.0 {
                return Err("the image is empty".into());
            }
            let (mut fast, mut slow) = (0.0, 0.0);
            for ((s, f), value) in image.indexed_iter() {
                fast += f as f64 * value / total;
                slow += s as f64 * value / total;
            }
            Ok(Value::List(vec![fast, slow]))
        },
    ),
    Function::new(
        "identical",
        "identical(image, image)",
        "whether all pixels are the same; images of one value throughout show nothing and are refused",
        (2, 2),
        |call| {
            let (left, right) = comparable(call)?;
            let same = left.iter().zip(right.iter()).all(|(a, b)| a.to_bits() == b.to_bits());
            Ok(Value::Truth(same))
        },
    ),
    Function::new(
        "difference",
        "difference(image, image)",
        "the largest difference of two pixels at the same place",
        (2, 2),
        |call| {
            let (left, right) = comparable(call)?;
            let worst = left
                .iter()
                .zip(right.iter())
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, |worst: f64, next| if next.is_nan() { next } else { worst.max(next) });
            Ok(Value::Number(worst))
        },
    ),
    Function::new(
        "correlation",
        "correlation(image, image)",
        "Pearson's correlation of the pixels at the same places",
        (2, 2),
        |call| {
            same_run(call)?;
            let (left, right) = call.pair()?;
            varied(&left)?;
            varied(&right)?;
            crate::metrics::correlation(left.view(), right.view())
                .map_err(|unfit| unfit.to_string())?
                .map(Value::Number)
                .ok_or_else(|| "the correlation is not defined".into())
        },
    ),
];

fn pixels(call: &Call) -> Result<Vec<f64>, String> {
    let list: Vec<f64> = match call.value(0)? {
        Value::Image(_) | Value::Run(_) => call.image(0)?.iter().copied().collect(),
        _ => call.list(0)?,
    };
    if list.is_empty() { Err("there is nothing in it".into()) } else { Ok(list) }
}

fn rectangle(call: &Call) -> Result<(Arc<Image>, [usize; 4]), String> {
    let image = call.image(0)?;
    let [f0, f1, s0, s1] = [call.place(1)?, call.place(2)?, call.place(3)?, call.place(4)?];
    let (slow, fast) = image.dim();
    if f0 > f1 || s0 > s1 || f1 >= fast || s1 >= slow {
        return Err(format!("the rectangle leaves the image of {fast} × {slow}"));
    }
    Ok((image, [f0, f1, s0, s1]))
}

/// Refuses an image that is empty, has one value throughout, or a pixel that is no number.
pub(super) fn varied(image: &Image) -> Result<(), String> {
    let first = image.iter().next().ok_or("the image is empty")?;
    if image.iter().any(|value| value.is_nan()) {
        return Err("a pixel is no number".into());
    }
    if image.iter().all(|value| value == first) {
        return Err(format!("every pixel is {first}: nothing can be seen in such an image"));
    }
    Ok(())
}

/// Two images that are worth comparing: of one size, of different runs, and one of them varied.
fn comparable(call: &Call) -> Result<(Arc<Image>, Arc<Image>), String> {
    same_run(call)?;
    let (left, right) = call.pair()?;
    if let (Err(why), Err(_)) = (varied(&left), varied(&right)) {
        return Err(why);
    }
    Ok((left, right))
}

/// Refuses to compare a run with itself.
fn same_run(call: &Call) -> Result<(), String> {
    match (call.value(0)?, call.value(1)?) {
        (Value::Run(left), Value::Run(right)) if left.line == right.line => {
            Err("a run is compared with itself".into())
        }
        _ => Ok(()),
    }
}

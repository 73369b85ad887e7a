//! Functions of the peaks of images: where they are, how sharp, how two images' peaks match.
//!
//! What a peak is stands in [`crate::peaks`]. Its place is refined to the centre of intensity of
//! the pixels within `centre` of it, where that is given.

use super::images::varied;
use super::{Call, Function, Image, Value};
use crate::peaks::{self, Choice, Pair, Peak};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "peaks",
        "peaks(image, top =, percentile =, radius =)",
        "the number of peaks",
        (1, 1),
        |call| Ok(Value::Number(find(&*call.image(0)?, call)?.len() as f64)),
    ).named(CHOICE),
    Function::new(
        "peaks_matched",
        "peaks_matched(image, image, within =, top =, percentile =, radius =)",
        "the part of the first image's peaks with a peak of the second within so many pixels, each used once",
        (2, 2),
        |call| {
            let (peaks, matches) = matches(call)?;
            Ok(Value::Number(matches.len() as f64 / peaks as f64))
        },
    ).named(CHOICE),
    Function::new(
        "peak_shift",
        "peak_shift(image, image, quantile =, within =, top =, percentile =, radius =, centre =)",
        "a quantile (1: the largest) of the distances of matched peaks, pixels",
        (2, 2),
        |call| {
            let (_, matches) = matches(call)?;
            let mut distances: Vec<f64> = matches.iter().map(|pair| pair.distance).collect();
            distances.sort_by(f64::total_cmp);
            let quantile = call.named("quantile", 1.0)?.clamp(0.0, 1.0);
            let place = ((distances.len() as f64 * quantile).ceil() as usize)
                .clamp(1, distances.len().max(1));
            distances
                .get(place - 1)
                .map(|&d| Value::Number(d))
                .ok_or_else(|| "no peaks match".into())
        },
    ).named(CHOICE),
    Function::new(
        "peak_ratio_error",
        "peak_ratio_error(image, image, within =, top =, percentile =, radius =)",
        "the root mean square of (second / first − 1) over matched peaks",
        (2, 2),
        |call| {
            let (_, matches) = matches(call)?;
            if matches.is_empty() {
                return Err("no peaks match".into());
            }
            let squares: f64 =
                matches.iter().map(|pair| (pair.second.height / pair.first.height - 1.0).powi(2)).sum();
            Ok(Value::Number((squares / matches.len() as f64).sqrt()))
        },
    ).named(CHOICE),
    Function::new(
        "fwhm",
        "fwhm(image, top =, percentile =, radius =)",
        "the mean full width at half maximum of the peaks along fast and slow, pixels",
        (1, 1),
        |call| {
            let image = call.image(0)?;
            let peaks = find(&image, call)?;
            if peaks.is_empty() {
                return Err("there is no peak".into());
            }
            let widths: f64 = peaks
                .iter()
                .map(|peak| (width(&image, peak, [1, 0]) + width(&image, peak, [0, 1])) / 2.0)
                .sum();
            Ok(Value::Number(widths / peaks.len() as f64))
        },
    ).named(CHOICE),
];

const CHOICE: &[&str] = &["top", "percentile", "radius", "within", "quantile", "centre"];

/// The peaks of an image, the highest first.
fn find(image: &Image, call: &Call) -> Result<Vec<Peak>, String> {
    varied(image)?;
    let top = call.named("top", f64::INFINITY)?;
    let choice = Choice {
        percentile: call.named("percentile", 99.0)?.clamp(0.0, 100.0),
        radius: call.named("radius", 1.0)?.max(1.0) as usize,
        centre: call.named("centre", 0.0)? as usize,
        top: if top.is_finite() { top as usize } else { usize::MAX },
    };
    Ok(peaks::find(image.view(), &choice))
}

/// The number of the first image's peaks, and the pairs, the nearest first, each peak used once.
fn matches(call: &Call) -> Result<(usize, Vec<Pair>), String> {
    let (left, right) = call.pair()?;
    let within = call.named("within", 1.0)?;
    let (first, second) = (find(&left, call)?, find(&right, call)?);
    if first.is_empty() {
        return Err("the first image has no peak".into());
    }
    Ok((first.len(), peaks::pairs(&first, &second, within)))
}

/// Full width at half maximum along a direction, between the two places where a line through the
/// pixels falls to one half; the border of the image ends it too.
fn width(image: &Image, peak: &Peak, [along_fast, along_slow]: [isize; 2]) -> f64 {
    let half = peak.height / 2.0;
    let reach = |sign: isize| {
        let mut last = peak.height;
        for step in 1.. {
            let fast = peak.fast.checked_add_signed(sign * step * along_fast);
            let slow = peak.slow.checked_add_signed(sign * step * along_slow);
            let next = fast.zip(slow).and_then(|(f, s)| image.get((s, f)));
            match next {
                Some(&value) if value > half => last = value,
                Some(&value) => return (step - 1) as f64 + (last - half) / (last - value),
                None => return (step - 1) as f64,
            }
        }
        0.0
    };
    reach(1) + reach(-1)
}

#[cfg(test)]
mod tests {
    use super::super::call;
    use super::Value;
    use ndarray::Array2;

    fn spots(shift: f64) -> Value {
        Value::image(Array2::from_shape_fn((24, 24), |(slow, fast)| {
            [[6.0, 6.0], [17.0, 12.0]]
                .map(|[f, s]: [f64; 2]| {
                    let r2 = (fast as f64 - f - shift).powi(2) + (slow as f64 - s).powi(2);
                    (1.0 + f / 10.0) * (-r2 / 4.0).exp()
                })
                .iter()
                .sum()
        }))
    }

    fn number(name: &str, images: Vec<Value>, named: &[(&str, f64)]) -> f64 {
        let named = named.iter().map(|(key, value)| ((*key).to_owned(), Value::Number(*value)));
        match call(name, images, named.collect()) {
            Ok(Value::Number(number)) => number,
            other => panic!("{}", other.map_or_else(|why| why, |value| value.to_string())),
        }
    }

    #[test]
    fn peaks_are_found_and_matched() {
        assert_eq!(number("peaks", vec![spots(0.0)], &[("percentile", 90.0)]), 2.0);
        let both = || vec![spots(0.0), spots(1.0)];
        let near = [("percentile", 90.0), ("within", 1.0)];
        assert_eq!(number("peaks_matched", both(), &near), 1.0);
        assert_eq!(number("peak_shift", both(), &near), 1.0);
        assert_eq!(number("peaks_matched", both(), &[("percentile", 90.0), ("within", 0.5)]), 0.0);
    }

    #[test]
    fn the_width_of_a_gaussian_is_known() {
        // exp(−r²/4): full width at half maximum 2·√(4 ln 2) = 3.33 pixels.
        let width = number("fwhm", vec![spots(0.0)], &[("percentile", 90.0)]);
        assert!((width - 3.33).abs() < 0.1, "{width}");
    }
}

//! The Fourier content of images.

use ndarray::Array2;
use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

use super::{Function, Image, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "spectrum",
        "spectrum(image)",
        "the power |FFT|² of an image, the zero frequency at [0, 0]",
        (1, 1),
        |call| Ok(Value::image(power(&*call.image(0)?))),
    ),
    Function::new(
        "high_frequency",
        "high_frequency(image, cutoff)",
        "the part of the power of an image less its mean that lies beyond so many cycles per image",
        (2, 2),
        |call| {
            let mut spectrum = power(&*call.image(0)?);
            spectrum[[0, 0]] = 0.0;
            let cutoff = call.number(1)?;
            let (height, width) = spectrum.dim();
            let cycles = |place: usize, size: usize| place.min(size - place) as f64;
            let high: f64 = spectrum
                .indexed_iter()
                .filter(|((slow, fast), _)| {
                    cycles(*slow, height).hypot(cycles(*fast, width)) > cutoff
                })
                .map(|(_, power)| power)
                .sum();
            let total = spectrum.sum();
            if total > 0.0 {
                Ok(Value::Number(high / total))
            } else {
                Err("the image is constant".into())
            }
        },
    ),
];

fn power(image: &Image) -> Image {
    let (height, width) = image.dim();
    let mut planner = FftPlanner::new();
    let mut values: Array2<Complex<f64>> = image.mapv(|value| Complex::new(value, 0.0));
    let rows = planner.plan_fft_forward(width);
    for mut row in values.rows_mut() {
        let mut line = row.to_vec();
        rows.process(&mut line);
        row.assign(&ndarray::aview1(&line));
    }
    let columns = planner.plan_fft_forward(height);
    for mut column in values.columns_mut() {
        let mut line = column.to_vec();
        columns.process(&mut line);
        column.assign(&ndarray::aview1(&line));
    }
    values.mapv(|value| value.norm_sqr())
}

#[cfg(test)]
mod tests {
    use super::super::call;
    use super::Value;
    use ndarray::Array2;

    #[test]
    fn a_wave_has_the_power_of_its_frequency() {
        let wave = Array2::from_shape_fn((16, 32), |(_, fast)| {
            (std::f64::consts::TAU * 5.0 * fast as f64 / 32.0).cos()
        });
        let part = |cutoff: f64| match call(
            "high_frequency",
            vec![Value::image(wave.clone()), Value::Number(cutoff)],
            vec![],
        ) {
            Ok(Value::Number(number)) => number,
            _ => f64::NAN,
        };
        assert!((part(4.5) - 1.0).abs() < 1e-12 && part(5.5) < 1e-12);
    }
}

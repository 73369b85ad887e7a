//! A preview for people: 8-bit grey, dark spots on a light background.

use std::io::{self, Write};

use ndarray::Array2;

use crate::experiment::Experiment;

/// Grey of a pixel without intensity.
const PAPER: f64 = 250.0;
/// Share of the pixels that may be black.
const SATURATED: f64 = 0.002;
/// Exponent of the tone curve: below 1, so that weak spots show beside strong ones.
const GAMMA: f64 = 0.4;

/// The contrast chosen for an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// Photons shown as paper.
    pub low: f64,
    /// Photons shown as black.
    pub high: f64,
}

impl Contrast {
    /// Paper is the median, black a value that few pixels exceed.
    pub fn of(experiment: &Experiment, image: &Array2<f32>) -> Contrast {
        let detector = &experiment.detector;
        // A sample is enough, and keeps large images quick.
        let stride = (image.len() / 1_000_000).max(1);
        let mut values: Vec<f32> = image
            .indexed_iter()
            .step_by(stride)
            .filter(|((slow, fast), _)| {
                detector.in_roi(*fast, *slow) && !detector.masked(*fast, *slow)
            })
            .map(|(_, &value)| value)
            .collect();
        if values.is_empty() {
            return Contrast { low: 0.0, high: 1.0 };
        }
        values.sort_unstable_by(f32::total_cmp);
        let last = values.len() - 1;
        let low = f64::from(values[last / 2]);
        let dark = ((1.0 - SATURATED) * last as f64).floor() as usize;
        let mut high = f64::from(values[dark]);
        if high <= low {
            // Fewer bright pixels than may be black: the brightest sets the scale.
            high = f64::from(values[last]);
        }
        if high <= low {
            high = low + 1.0;
        }
        Contrast { low, high }
    }

    /// The grey of a pixel.
    pub fn grey(&self, photons: f32) -> u8 {
        let share = (f64::from(photons) - self.low) / (self.high - self.low);
        (PAPER * (1.0 - share.clamp(0.0, 1.0).powf(GAMMA))).round() as u8
    }
}

/// Writes the preview.
pub(crate) fn write(
    experiment: &Experiment,
    image: &Array2<f32>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let [width, height] = experiment.detector.pixels;
    let mut encoder = png::Encoder::new(out, width as u32, height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(io::Error::from)?;
    let mut stream = writer.stream_writer().map_err(io::Error::from)?;
    let contrast = Contrast::of(experiment, image);
    let mut line = vec![0u8; width];
    for row in image.rows() {
        for (grey, &photons) in line.iter_mut().zip(row) {
            *grey = contrast.grey(photons);
        }
        stream.write_all(&line)?;
    }
    stream.finish().map_err(io::Error::from)
}

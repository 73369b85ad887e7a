//! Faults in the image and its statistics.

use ndarray::{Array2, Axis, s};

use super::{Fault, Stage, recorded, typical};

pub(super) const LIST: &[Fault] = &[
    typical(
        "image-transposed",
        "The image lies in memory column by column.",
        Stage::Rendered(|rendered, _| {
            let columns: Vec<f32> = rendered.image.t().iter().copied().collect();
            if let Ok(image) = Array2::from_shape_vec(rendered.image.dim(), columns) {
                rendered.image = image;
            }
        }),
    ),
    typical(
        "image-upside-down",
        "The rows of the image stand from the last to the first.",
        Stage::Rendered(|rendered, _| rendered.image.invert_axis(Axis(0))),
    ),
    typical(
        "image-mirrored",
        "The columns of the image stand from the last to the first.",
        Stage::Rendered(|rendered, _| rendered.image.invert_axis(Axis(1))),
    ),
    typical(
        "image-divided-by-maximum",
        "The image is divided by its maximum.",
        Stage::Rendered(|rendered, _| {
            let maximum = rendered.maximum.value as f32;
            if maximum > 0.0 {
                rendered.image.mapv_inplace(|pixel| pixel / maximum);
            }
        }),
    ),
    typical(
        "last-maximum-wins",
        "The place of the maximum is the last of equal pixels, not the first.",
        Stage::Rendered(|rendered, experiment| {
            let maximum = rendered.maximum.value;
            let equal = rendered.image.indexed_iter().filter(|(_, v)| f64::from(**v) == maximum);
            if let Some(((slow, fast), _)) = equal.last()
                && maximum > 0.0
            {
                let sub = experiment.detector.pixel_size / experiment.sampling.oversample as f64;
                let last = |pixel: usize| {
                    let count = experiment.sampling.oversample;
                    sub * (pixel * count + count - 1) as f64 + sub / 2.0
                };
                rendered.maximum.position = [last(fast), last(slow)];
            }
        }),
    ),
    typical(
        "maximum-at-corner",
        "The place of the maximum is the corner of its pixel.",
        Stage::Rendered(|rendered, experiment| {
            let pixel = experiment.detector.pixel_size;
            rendered.maximum.position =
                rendered.maximum.position.map(|at| (at / pixel).floor() * pixel);
        }),
    ),
    typical(
        "statistics-lost-in-reduction",
        "Maximum and sum are those of the lower half of the image alone.",
        Stage::Rendered(|rendered, _| {
            let rows = rendered.image.nrows();
            let half = rendered.image.slice(s![rows / 2.., ..]).mapv(f64::from);
            rendered.maximum.value = half.iter().copied().fold(0.0, f64::max);
            rendered.sum = half.sum();
        }),
    ),
    typical(
        "tail-pixels-skipped",
        "The pixels behind the last whole block of 256 are not rendered.",
        Stage::Rendered(|rendered, _| {
            let whole = rendered.image.len() / 256 * 256;
            rendered.image.iter_mut().skip(whole).for_each(|pixel| *pixel = 0.0);
        }),
    ),
    recorded(
        "image-buffer-not-cleared",
        "The buffer of the upper half is not cleared for the lower half.",
        "cctbx/cctbx_project 6d24e36f3f",
        Stage::Rendered(|rendered, _| {
            let half = rendered.image.nrows() / 2;
            let before = rendered.image.slice(s![..half, ..]).to_owned();
            let mut behind = rendered.image.slice_mut(s![half..2 * half, ..]);
            behind += &before;
        }),
    ),
    typical(
        "mean-over-whole-detector",
        "The statistics count the pixels that were not rendered.",
        Stage::Rendered(|rendered, _| rendered.count = rendered.image.len() as u64),
    ),
    typical(
        "rms-divides-by-n",
        "The root mean square is divided by N, not by N−1.",
        Stage::Rendered(|rendered, _| {
            let count = rendered.count.max(2) as f64;
            rendered.sum_of_squares *= (count - 1.0) / count;
        }),
    ),
    typical(
        "solid-angle-of-first-sub-pixels",
        "The solid angle in the report counts one sub-pixel of each pixel.",
        Stage::Rendered(|rendered, experiment| {
            let oversample = experiment.sampling.oversample as f64;
            rendered.omega_sum /= oversample * oversample;
        }),
    ),
];

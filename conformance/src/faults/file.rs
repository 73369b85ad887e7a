//! Faults in the pixels of output files.

use nanobragg_reference::Quirk;

use super::{Fault, Made, Stage, recorded, typical};
use crate::cases::Kind;

pub(super) const LIST: &[Fault] = &[
    typical(
        "float-image-other-byte-order",
        "The float image has the other byte order.",
        Stage::File(Kind::Float, |bytes, _| reverse_words(bytes, 4)),
    ),
    typical(
        "float-image-double",
        "The float image holds doubles.",
        Stage::File(Kind::Float, |bytes, made| {
            *bytes = made.rendered.image.iter().flat_map(|v| f64::from(*v).to_ne_bytes()).collect();
        }),
    ),
    recorded(
        "int-image-truncated",
        "The integer image is truncated, not rounded.",
        "hoidn/nanoBragg 685aee7e",
        Stage::File(Kind::Int, |bytes, made| {
            convert(bytes, made, |counts| counts.clamp(0.0, 65535.0) as u16);
        }),
    ),
    typical(
        "int-image-rounded-in-double",
        "The integer image is rounded without the step through single precision.",
        Stage::File(Kind::Int, |bytes, made| {
            convert(bytes, made, |counts| (counts.clamp(0.0, 65535.0) + 0.5) as u16);
        }),
    ),
    typical(
        "int-image-wraps",
        "Values beyond 65535 wrap around in the integer image.",
        Stage::File(Kind::Int, |bytes, made| {
            convert(bytes, made, |counts| ((counts + 0.5) as f32).floor() as i64 as u16);
        }),
    ),
    typical(
        "int-image-without-adc",
        "The integer image lacks the offset of -adc.",
        Stage::File(Kind::Int, |bytes, made| {
            let offset = made.outputs.adc_offset;
            convert(bytes, made, |counts| rounded(counts - offset));
        }),
    ),
    typical(
        "int-image-adc-twice",
        "The integer image has the offset of -adc twice.",
        Stage::File(Kind::Int, |bytes, made| {
            let offset = made.outputs.adc_offset;
            convert(bytes, made, |counts| rounded(counts + offset));
        }),
    ),
    typical(
        "autoscale-to-65535",
        "The automatic scale takes the maximum to 65535, not to 55000.",
        Stage::File(Kind::Int, |bytes, made| {
            let offset = made.outputs.adc_offset;
            let factor = if made.outputs.int_scale > 0.0 { 1.0 } else { 65535.0 / 55000.0 };
            convert(bytes, made, |counts| rounded((counts - offset) * factor + offset));
        }),
    ),
    typical(
        "int-image-other-byte-order",
        "The integer image has another byte order than its header says.",
        Stage::File(Kind::Int, |bytes, made| {
            let start = bytes.len().saturating_sub(2 * made.rendered.image.len());
            reverse_words(&mut bytes[start..], 2);
        }),
    ),
    typical(
        "roi-outside-gets-adc",
        "Pixels outside the region have the offset of -adc.",
        Stage::File(Kind::Int, |bytes, made| {
            let offset = made.outputs.adc_offset.clamp(0.0, 65535.0) as u16;
            for_pixels(bytes, made, |[fast, slow], pixel| {
                if made.experiment.detector.in_roi(fast, slow) { pixel } else { offset }
            });
        }),
    ),
    typical(
        "noise-without-adc",
        "The noise image lacks the offset of -adc.",
        Stage::File(Kind::Noise, |bytes, made| {
            let offset = made.outputs.adc_offset as i64;
            for_pixels(bytes, made, |_, pixel| (i64::from(pixel) - offset).max(0) as u16);
        }),
    ),
    typical(
        "noise-without-noise",
        "The noise image holds the rounded mean.",
        Stage::File(Kind::Noise, |bytes, made| {
            let offset = made.outputs.adc_offset;
            for_pixels(bytes, made, |[fast, slow], _| {
                (f64::from(made.rendered.image[[slow, fast]]) + offset).round() as u16
            });
        }),
    ),
    typical(
        "pgm-rounded",
        "The PGM preview is rounded, not truncated.",
        Stage::File(Kind::Pgm, |bytes, made| {
            let Some(scale) = grey_scale(bytes) else { return };
            let start = bytes.len().saturating_sub(made.rendered.image.len());
            for (grey, value) in bytes[start..].iter_mut().zip(&made.rendered.image) {
                *grey = (f64::from(*value) * scale).min(255.0).round() as u8;
            }
        }),
    ),
    typical(
        "pgm-wraps",
        "Values beyond 255 wrap around in the PGM preview.",
        Stage::File(Kind::Pgm, |bytes, made| {
            let Some(scale) = grey_scale(bytes) else { return };
            let start = bytes.len().saturating_sub(made.rendered.image.len());
            for (grey, value) in bytes[start..].iter_mut().zip(&made.rendered.image) {
                *grey = (f64::from(*value) * scale) as i64 as u8;
            }
        }),
    ),
    typical(
        "pgm-scale-from-maximum",
        "The automatic scale of the PGM preview is 250 over the maximum.",
        Stage::File(Kind::Pgm, |bytes, made| {
            if made.outputs.pgm_scale > 0.0 || made.rendered.maximum.value <= 0.0 {
                return;
            }
            let scale = 250.0 / made.rendered.maximum.value;
            let start = bytes.len().saturating_sub(made.rendered.image.len());
            for (grey, value) in bytes[start..].iter_mut().zip(&made.rendered.image) {
                *grey = (f64::from(*value) * scale).min(255.0) as u8;
            }
        }),
    ),
    typical(
        "pgm-without-comment",
        "The PGM preview lacks the comment with its scale.",
        Stage::File(Kind::Pgm, |bytes, _| {
            let is_feed = |byte: &&u8| **byte == b'\n';
            let at = bytes.iter().position(|&byte| byte == b'#');
            if let Some(at) = at {
                let length = bytes[at..].iter().take_while(|byte| !is_feed(byte)).count();
                bytes.drain(at..(at + length + 1).min(bytes.len()));
            }
        }),
    ),
];

/// Turns the bytes of each word round.
pub(super) fn reverse_words(bytes: &mut [u8], size: usize) {
    bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
}

/// Where the grid of a dump begins.
pub(super) fn grid(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| byte == 0x0c).map_or(0, |at| at + 1)
}

/// The scale in the comment of a PGM preview.
fn grey_scale(bytes: &[u8]) -> Option<f64> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    head.split_once("# pixels scaled by ")?.1.lines().next()?.parse().ok()
}

/// Makes the pixels of an SMV image anew.
fn for_pixels(bytes: &mut [u8], made: &Made<'_>, mut new: impl FnMut([usize; 2], u16) -> u16) {
    let image = &made.rendered.image;
    let start = bytes.len().saturating_sub(2 * image.len());
    let words = bytes[start..].chunks_exact_mut(2);
    for (((slow, fast), _), word) in image.indexed_iter().zip(words) {
        let pixel = new([fast, slow], u16::from_ne_bytes([word[0], word[1]]));
        word.copy_from_slice(&pixel.to_ne_bytes());
    }
}

/// Makes the integer image anew from scaled values with offset that are not clamped.
fn convert(bytes: &mut [u8], made: &Made<'_>, integer: impl Fn(f64) -> u16) {
    let maximum = made.rendered.maximum.value;
    let scale = match made.outputs.int_scale {
        given if given > 0.0 => given,
        _ if maximum > 0.0 => 55000.0 / maximum,
        _ => 1.0,
    };
    let detector = &made.experiment.detector;
    let masked_too = made.experiment.quirks.has(Quirk::MaskedPixels);
    for_pixels(bytes, made, |[fast, slow], pixel| {
        if !detector.in_roi(fast, slow) || (!masked_too && detector.masked(fast, slow)) {
            return pixel;
        }
        let value = f64::from(made.rendered.image[[slow, fast]]);
        integer(value * scale + made.outputs.adc_offset)
    });
}

/// Clamped and rounded as it should be (C:3152).
fn rounded(counts: f64) -> u16 {
    ((counts.clamp(0.0, 65535.0) + 0.5) as f32).floor() as u16
}

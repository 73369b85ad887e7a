//! The noise image (C:3235-3256).

use std::io;
use std::sync::mpsc;
use std::thread;

use super::blocks;
use super::integers::cast_through_32_bits;
use crate::experiment::Experiment;
use crate::photons::{Mean, Noise};
use crate::quirks::Quirk;
use crate::region::{Piece, Region};

/// What the report says of the noise image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Drawn {
    /// Photons of all pixels that count.
    pub(super) photons: f64,
    /// Pixels above the largest count.
    pub(super) overloads: u64,
    /// Whether a negative count has wrapped around.
    pub(super) wrapped: bool,
}

/// Draws the photons of each pixel in scan order; `take` has the pixels on the way, as bytes. Masked
/// pixels draw too. Where `take` fails the rest is drawn all the same, since the report tells of the
/// photons before it comes to the file.
///
/// One random stream serves all pixels. Only what it needs of the means can be prepared beside it:
/// by a thread of its own where `helped`, which [`pays`] only for bright images.
pub(super) fn draw(
    experiment: &Experiment,
    region: &Region<'_>,
    adc_offset: f64,
    noise: Noise,
    helped: bool,
    take: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> (Drawn, io::Result<()>) {
    let wraps = experiment.quirks.has(Quirk::NoiseWrap);
    let rows = region.pieces(0..region.photons().len()).map(|piece| piece.photons);
    let mut mean = noise.mean();
    let mut next = move |&photons: &f32| {
        mean.advance(photons);
        mean
    };
    if !helped {
        let means = rows.flatten().map(next);
        return pixels(region, adc_offset, wraps, noise, means, take);
    }
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(READY);
        let prepare = move || {
            let batches = rows.flat_map(|photons| photons.chunks(BATCH));
            batches
                .map(|batch| batch.iter().map(&mut next).collect::<Vec<Mean>>())
                .try_for_each(|batch| sender.send(batch))
        };
        match thread::Builder::new().spawn_scoped(scope, prepare) {
            Ok(_) => pixels(region, adc_offset, wraps, noise, receiver.into_iter().flatten(), take),
            Err(_) => draw(experiment, region, adc_offset, noise, false, take),
        }
    })
}

/// Whether a thread beside the stream has enough to prepare: where a tenth of the means, as far as a
/// sample tells, need logarithms. Those below need an exponential, which is computed sooner than
/// handed over.
pub(super) fn pays(photons: &[f32]) -> bool {
    let sample = photons.iter().step_by(61);
    let size = sample.len();
    let costly = sample.filter(|&&photons| Mean::needs_logarithms(photons)).count();
    costly > 0 && costly * 10 >= size
}

/// Most means to a batch, and batches that may wait to be used.
const BATCH: usize = 1 << 11;
const READY: usize = 64;

fn pixels(
    region: &Region<'_>,
    adc_offset: f64,
    wraps: bool,
    mut noise: Noise,
    mut means: impl Iterator<Item = Mean>,
    take: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> (Drawn, io::Result<()>) {
    let mut drawn = Drawn::default();
    let mut written = Ok(());
    let piece = |piece: &Piece<'_>, pixels: &mut [u16]| {
        let places = pixels.iter_mut().zip(piece.photons).zip(&mut means).enumerate();
        for (place, ((pixel, &photons), mean)) in places {
            let photons = f64::from(noise.poisson_of(photons, &mean));
            if piece.counts.is_some_and(|counts| !counts[place]) {
                *pixel = 0;
                continue;
            }
            drawn.photons += photons;
            let mut counts = photons + adc_offset;
            if counts > 65535.0 {
                counts = 65535.0;
                drawn.overloads += 1;
            }
            if counts < 0.0 && !wraps {
                counts = 0.0;
            }
            drawn.wrapped |= counts <= -1.0;
            *pixel = cast_through_32_bits(counts) as u16;
        }
    };
    let take_or_draw_on = |bytes: &[u8]| {
        if written.is_ok() {
            written = take(bytes);
        }
        Ok(())
    };
    let finished = blocks::convert(region, piece, take_or_draw_on);
    (drawn, written.and(finished))
}

#[cfg(test)]
mod tests {
    use super::pays;

    #[test]
    fn bright_images_pay_for_help() {
        assert!(!pays(&[]) && !pays(&[0.5; 1000]));
        assert!(pays(&[100.0; 1000]));
        // From the Gaussian limit on nothing is prepared.
        assert!(!pays(&[1e7; 1000]));
    }
}

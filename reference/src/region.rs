//! The pixels that count, as pieces of rows: the loops over them test neither the region nor the
//! mask for each pixel.

use std::borrow::Cow;
use std::ops::Range;

use ndarray::{Array2, ArrayView1, s};

use crate::experiment::Experiment;
use crate::quirks::Quirk;

/// An image with the region to render, and with the mask where it leaves pixels out: where the
/// quirk `masked-pixels` is off.
pub(crate) struct Region<'a> {
    /// Photons in scan order.
    photons: Cow<'a, [f32]>,
    width: usize,
    columns: Range<usize>,
    rows: Range<usize>,
    mask: Option<&'a Array2<bool>>,
}

/// Neighbours in a row, all of them in the region.
pub(crate) struct Piece<'a> {
    /// Place of the first pixel in the scan.
    pub(crate) first: usize,
    /// Photons of each pixel.
    pub(crate) photons: &'a [f32],
    /// Whether each pixel counts; all do where there is nothing.
    pub(crate) counts: Option<ArrayView1<'a, bool>>,
}

impl<'a> Region<'a> {
    /// The region of an experiment in its image.
    pub(crate) fn of(experiment: &'a Experiment, image: &'a Array2<f32>) -> Region<'a> {
        let detector = &experiment.detector;
        let [xmin, xmax, ymin, ymax] = detector.roi;
        let (height, width) = image.dim();
        let masked_too = experiment.quirks.has(Quirk::MaskedPixels);
        Region {
            photons: match image.as_slice() {
                Some(photons) => photons.into(),
                None => image.iter().copied().collect(),
            },
            width,
            columns: within(xmin, xmax, width),
            rows: within(ymin, ymax, height),
            mask: detector.mask.as_deref().filter(|_| !masked_too),
        }
    }

    /// The photons of all pixels in scan order.
    pub(crate) fn photons(&self) -> &[f32] {
        &self.photons
    }

    /// Whether every pixel of the image counts.
    pub(crate) fn is_whole(&self) -> bool {
        self.mask.is_none() && self.columns.len() * self.rows.len() == self.photons.len()
    }

    /// Fast and slow coordinate of a place in the scan.
    pub(crate) fn coordinates(&self, place: usize) -> [usize; 2] {
        let width = self.width.max(1);
        [place % width, place / width]
    }

    /// The pieces in a part of the scan, in its order.
    pub(crate) fn pieces(&self, part: Range<usize>) -> impl Iterator<Item = Piece<'_>> {
        let width = self.width.max(1);
        let first_row = self.rows.start.max(part.start / width);
        let last_row = self.rows.end.min(part.end.div_ceil(width));
        (first_row..last_row).filter_map(move |slow| {
            let row = slow * width;
            let from = part.start.max(row + self.columns.start);
            let to = part.end.min(row + self.columns.end);
            (from < to).then(|| Piece {
                first: from,
                photons: &self.photons[from..to],
                counts: self.mask.map(|mask| mask.slice(s![slow, from - row..to - row])),
            })
        })
    }
}

/// The part of an axis of `size` pixels between two coordinates, both included.
fn within(min: i32, max: i32, size: usize) -> Range<usize> {
    let place = |coordinate: i64| coordinate.clamp(0, size as i64) as usize;
    place(i64::from(min))..place(i64::from(max) + 1)
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn regions_end_with_the_detector() {
        assert_eq!(within(0, 10, 10), 0..10);
        assert_eq!(within(3, 5, 10), 3..6);
        assert_eq!(within(-5, i32::MAX, 10), 0..10);
        assert!(within(7, 3, 10).is_empty() && within(20, 30, 10).is_empty());
    }
}

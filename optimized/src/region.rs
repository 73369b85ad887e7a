//! Which pixels are rendered together.

use std::ops::Range;

use nanobragg_reference::experiment::Detector;

use crate::kernel::scratch::EDGE;

/// The part of the detector that is rendered: the region of interest, cut at the detector's edges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) fast: Range<usize>,
    pub(crate) slow: Range<usize>,
}

impl Region {
    pub(crate) fn new(detector: &Detector) -> Region {
        let [xmin, xmax, ymin, ymax] = detector.roi;
        let range = |min: i32, max: i32, size: usize| {
            let end = (i64::from(max) + 1).clamp(0, size as i64) as usize;
            (min.max(0) as usize).min(end)..end
        };
        Region {
            fast: range(xmin, xmax, detector.pixels[0]),
            slow: range(ymin, ymax, detector.pixels[1]),
        }
    }

    /// The first pixel.
    pub(crate) fn corner(&self) -> [u32; 2] {
        [self.fast.start as u32, self.slow.start as u32]
    }

    pub(crate) fn contains(&self, [fast, slow]: [u32; 2]) -> bool {
        self.fast.contains(&(fast as usize)) && self.slow.contains(&(slow as usize))
    }

    /// The pixels of a row that are rendered.
    pub(crate) fn row<'a>(
        &self,
        detector: &'a Detector,
        slow: usize,
    ) -> impl Iterator<Item = [u32; 2]> + use<'a> {
        self.fast
            .clone()
            .filter(move |&fast| !detector.masked(fast, slow))
            .map(move |fast| [fast as u32, slow as u32])
    }

    /// The tiles that the region touches, cut to it, row by row.
    pub(crate) fn tiles(&self) -> impl Iterator<Item = Region> + Clone {
        pieces(self.slow.clone()).flat_map(|slow| {
            pieces(self.fast.clone()).map(move |fast| Region { fast, slow: slow.clone() })
        })
    }
}

/// A range cut at the multiples of [`EDGE`].
pub(crate) fn pieces(range: Range<usize>) -> impl Iterator<Item = Range<usize>> + Clone {
    let tiles = if range.is_empty() { 0..0 } else { range.start / EDGE..range.end.div_ceil(EDGE) };
    tiles.map(move |tile| (tile * EDGE).max(range.start)..((tile + 1) * EDGE).min(range.end))
}

#[cfg(test)]
mod tests {
    use super::{Region, pieces};

    #[test]
    fn pieces_cover_a_range_once() {
        let all: Vec<_> = pieces(5..40).collect();
        assert_eq!(all, [5..16, 16..32, 32..40]);
        assert_eq!(pieces(7..7).count(), 0);
    }

    #[test]
    fn tiles_start_at_multiples_whatever_the_region() {
        let region = Region { fast: 10..20, slow: 0..17 };
        let tiles: Vec<_> = region.tiles().collect();
        assert_eq!(tiles.len(), 4);
        assert_eq!(tiles[1], Region { fast: 16..20, slow: 0..16 });
    }
}

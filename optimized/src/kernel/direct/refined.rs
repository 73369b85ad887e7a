//! Some pixels of a tile, in double precision where the others are in single precision.

use pulp::{Simd, WithSimd};

use super::terms::{Photons, Terms};
use super::tile::{Tile, Whole};
use super::{Bits, InOne};
use crate::kernel::finish::Sums;
use crate::kernel::lattice::Lattice;
use crate::kernel::plane::{Line, STEPS};
use crate::kernel::scratch::{EDGE, PIXELS};
use crate::lanes::{Doubles, Lanes, three};

type D<S> = Doubles<S>;

/// A tile with pixels that are to be refined.
pub(super) struct Faint {
    /// Its number among the tiles that are wanted.
    pub(super) number: usize,
    pub(super) tile: Tile,
    /// Sums over its pixels, in which those are replaced.
    pub(super) sums: Sums,
    pub(super) made: InOne,
    /// Whether the C program's rounding decides one of them.
    pub(super) decided: bool,
}

pub(super) struct Refine<'a, 'l, L> {
    pub(super) whole: Whole<'a>,
    pub(super) lattice: L,
    pub(super) rows: &'a mut [&'l mut [f32]],
    pub(super) tiles: &'a mut [Faint],
}

impl<L: Lattice> WithSimd for Refine<'_, '_, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Refine { whole, lattice, rows, tiles } = self;
        // All of them are found first: how many there are is not foreseen, and a processor that has
        // taken the wrong way does nothing ahead.
        let mut groups = Vec::with_capacity(2 * tiles.len());
        let mut places = Places::NONE;
        for (number, faint) in tiles.iter().enumerate() {
            let found = places.of(&faint.made.refined);
            groups.extend(found.iter().map(|places| (number, *places)));
        }
        let mut terms = Terms::new(simd, whole, lattice);
        for (number, places) in groups {
            let faint = &mut tiles[number];
            terms.begin(simd, &faint.tile);
            faint.refine(simd, &mut terms, rows, &places);
            faint.decided |= terms.decided(simd);
        }
    }
}

impl Faint {
    /// Refines some pixels, one of them several times where they are fewer.
    #[inline(always)]
    fn refine<S: Simd, L: Lattice>(
        &mut self,
        simd: S,
        terms: &mut Terms<'_, S, L>,
        rows: &mut [&mut [f32]],
        places: &[u8; GROUP],
    ) {
        let Faint { tile, sums, .. } = self;
        let tile = &*tile;
        let Tile { length, lines, polarization, .. } = tile;
        let length = length.on::<D<S>>(simd);
        let polarization = polarization.on::<D<S>>(simd);
        let (mut pixels, mut squares, mut brightest) = (0.0, 0.0, 0.0f32);
        for places in places.chunks_exact(D::<S>::COUNT) {
            let (mut f, mut s) = (D::splat(simd, 0.0), D::splat(simd, 0.0));
            let steps = f.elements_mut().iter_mut().zip(s.elements_mut());
            for ((f, s), place) in steps.zip(places) {
                *f = STEPS[usize::from(place % EDGE as u8)];
                *s = STEPS[usize::from(place / EDGE as u8)];
            }
            let index = three!(axis => {
                let Line { first, fast, slow, .. } = lines[axis];
                let first = D::splat(simd, first);
                let (fast, slow) = (D::splat(simd, fast), D::splat(simd, slow));
                f * fast + s.mul_add(slow, first)
            });
            let (change, polar) = (length.change([f, s]), polarization.at([f, s]));
            let Photons { pixel, .. } = terms.at(simd, change, polar, index);
            for (&place, &new) in places.iter().zip(pixel.elements()) {
                let Some(pixel) = tile.pixel(rows, place) else { continue };
                // Of one that is done already this is the same once more.
                let old = f64::from(std::mem::replace(pixel, new as f32));
                pixels += new - old;
                squares += new * new - old * old;
                brightest = brightest.max(old as f32);
            }
        }
        sums.pixels += pixels;
        sums.squares += squares;
        // The largest pixel may have been one of them.
        if brightest >= sums.maximum {
            let brightest = |row: &mut &mut [f32]| {
                tile.of(row).map_or(0.0, |row| row.iter().copied().fold(0.0f32, f32::max))
            };
            sums.maximum = rows.iter_mut().map(brightest).fold(0.0f32, f32::max);
        }
    }
}

/// The pixels that are refined together: a vector of them, or several.
const GROUP: usize = 8;

/// Numbers of pixels of a tile.
struct Places([u8; PIXELS + GROUP]);

impl Places {
    const NONE: Places = Places([0; PIXELS + GROUP]);

    /// The numbers of the pixels whose bits are set, row by row; the first one several times where
    /// the last group is not full.
    #[inline(always)]
    fn of(&mut self, pixels: &Bits) -> &[[u8; GROUP]] {
        let mut count = 0;
        for (part, rows) in pixels.chunks_exact(4).enumerate() {
            let rows = [rows[0], rows[1], rows[2], rows[3]].map(u64::from);
            let mut bits = rows[0] | rows[1] << 16 | rows[2] << 32 | rows[3] << 48;
            let end = count + bits.count_ones() as usize;
            // Four numbers whether or not there are as many, since that is seldom one way or the
            // other for long. What is too much is written over.
            loop {
                for place in &mut self.0[count..count + 4] {
                    *place = (part * 64 + bits.trailing_zeros() as usize) as u8;
                    bits &= bits.wrapping_sub(1);
                }
                count += 4;
                if count >= end {
                    break;
                }
            }
            count = end;
        }
        let first = self.0[0];
        self.0[count..count + GROUP].fill(first);
        self.0[..count.next_multiple_of(GROUP)].as_chunks().0
    }
}

#[cfg(test)]
mod tests {
    use super::{EDGE, Places};

    #[test]
    fn pixels_are_found_row_by_row() {
        let mut places = Places::NONE;
        let mut pixels = [0; EDGE];
        assert!(places.of(&pixels).is_empty());
        (pixels[0], pixels[3], pixels[15]) = (0b1101, 1 << 15, 1);
        assert_eq!(places.of(&pixels), [[0, 2, 3, 63, 240, 0, 0, 0]], "the first one fills up");
        assert!(places.of(&[u16::MAX; EDGE]).as_flattened().iter().copied().eq(0..=255));
        (pixels[0], pixels[3], pixels[15]) = (0, 0, 0x1ff);
        let nine =
            [[240, 241, 242, 243, 244, 245, 246, 247], [248, 240, 240, 240, 240, 240, 240, 240]];
        assert_eq!(places.of(&pixels), nine);
    }
}

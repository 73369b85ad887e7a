//! Some pixels of a tile, in double precision where the others are in single precision.

use pulp::{Simd, WithSimd};

use super::terms::{Photons, Terms};
use super::tile::{Tile, Whole};
use super::{Bits, InOne};
use crate::kernel::finish::Sums;
use crate::kernel::lattice::Lattice;
use crate::kernel::pass::load;
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
        let mut terms = Terms::new(simd, whole, lattice);
        for faint in tiles {
            terms.begin(simd, &faint.tile);
            faint.refine(simd, &mut terms, rows);
            faint.decided = terms.decided(simd);
        }
    }
}

impl Faint {
    #[inline(always)]
    fn refine<S: Simd, L: Lattice>(
        &mut self,
        simd: S,
        terms: &mut Terms<'_, S, L>,
        rows: &mut [&mut [f32]],
    ) {
        let Faint { tile, sums, made, .. } = self;
        let tile = &*tile;
        let Tile { length, lines, polarization, .. } = tile;
        let length = length.on::<D<S>>(simd);
        let polarization = polarization.on::<D<S>>(simd);
        let (mut places, count) = places(&made.refined);
        // A vector that is not full has the first pixel several times.
        let first = places[0];
        let end = count.next_multiple_of(D::<S>::COUNT).min(PIXELS);
        places[count..end].fill(first);
        let zero = D::splat(simd, 0.0);
        let (mut pixels, mut squares, mut largest) = (zero, zero, zero);
        for (number, places) in places[..end].chunks_exact(D::<S>::COUNT).enumerate() {
            let [mut f, mut s, mut before] = [[0.0; EDGE]; 3];
            for (lane, &place) in places.iter().enumerate() {
                f[lane] = STEPS[usize::from(place) % EDGE];
                s[lane] = STEPS[usize::from(place) / EDGE];
                before[lane] = tile.pixel(rows, place).map_or(0.0, |pixel| f64::from(*pixel));
            }
            let (f, s) = (load(simd, &f, 0), load(simd, &s, 0));
            let index = three!(axis => {
                let Line { first, fast, slow, .. } = lines[axis];
                let first = D::splat(simd, first);
                let (fast, slow) = (D::splat(simd, fast), D::splat(simd, slow));
                f * fast + s.mul_add(slow, first)
            });
            let (change, polar) = (length.change([f, s]), polarization.at([f, s]));
            let Photons { pixel, .. } = terms.at(simd, change, polar, index);
            let wanted = count - number * D::<S>::COUNT;
            for (lane, &new) in pixel.elements().iter().enumerate() {
                if lane >= wanted {
                    before[lane] = new;
                } else if let Some(pixel) = tile.pixel(rows, places[lane]) {
                    *pixel = new as f32;
                }
            }
            let before = load(simd, &before, 0);
            pixels = pixels + (pixel - before);
            squares = squares + (pixel.square() - before.square());
            largest = largest.max(before);
        }
        sums.pixels += pixels.elements().iter().sum::<f64>();
        sums.squares += squares.elements().iter().sum::<f64>();
        // The largest pixel may have been one of them.
        if largest.largest() >= f64::from(sums.maximum) {
            let brightest = |row: &mut &mut [f32]| {
                tile.of(row).map_or(0.0, |row| row.iter().copied().fold(0.0f32, f32::max))
            };
            sums.maximum = rows.iter_mut().map(brightest).fold(0.0f32, f32::max);
        }
    }
}

/// The numbers of the pixels whose bits are set, row by row, and how many there are.
#[inline(always)]
fn places(pixels: &Bits) -> ([u8; PIXELS], usize) {
    let mut places = [0; PIXELS];
    let mut count = 0;
    for (part, rows) in pixels.chunks_exact(4).enumerate() {
        // Four rows at once: most have no such pixel.
        let rows = [rows[0], rows[1], rows[2], rows[3]].map(u64::from);
        let mut bits = rows[0] | rows[1] << 16 | rows[2] << 32 | rows[3] << 48;
        while bits != 0 {
            places[count] = (part * 64) as u8 + bits.trailing_zeros() as u8;
            count += 1;
            bits &= bits - 1;
        }
    }
    (places, count)
}

#[cfg(test)]
mod tests {
    use super::{EDGE, places};

    #[test]
    fn pixels_are_found_row_by_row() {
        let mut pixels = [0; EDGE];
        assert_eq!(places(&pixels).1, 0);
        (pixels[0], pixels[3], pixels[15]) = (0b1101, 1 << 15, 1);
        let (all, count) = places(&pixels);
        assert_eq!(all[..count], [0, 2, 3, 63, 240]);
        let (all, count) = places(&[u16::MAX; EDGE]);
        assert!(count == 256 && (0..=255).eq(all), "all of them");
    }
}

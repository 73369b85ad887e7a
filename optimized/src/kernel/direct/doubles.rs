//! The pixels of a tile in double precision.

use pulp::{Simd, WithSimd};

use super::put;
use super::terms::{Photons, Terms};
use super::tile::{Tile, Whole};
use crate::kernel::finish::{PARTS, Sums, largest, total};
use crate::kernel::lattice::Lattice;
use crate::kernel::pass::load;
use crate::kernel::plane::{Rows, STEPS};
use crate::kernel::scratch::{EDGE, PIXELS, Scratch};
use crate::lanes::{Doubles, Lanes, three};

type D<S> = Doubles<S>;

pub(super) struct InDoubles<'a, 'l, L> {
    pub(super) whole: Whole<'a>,
    pub(super) tile: &'a Tile,
    pub(super) lattice: L,
    pub(super) scratch: &'a mut Scratch,
    pub(super) rows: &'a mut [&'l mut [f32]],
}

impl<L: Lattice> WithSimd for InDoubles<'_, '_, L> {
    /// `None` where the C program's rounding decides a pixel.
    type Output = Option<Sums>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Option<Sums> {
        let InDoubles { whole, tile, lattice, scratch, rows } = self;
        let Tile { length, lines, polarization, .. } = tile;
        let mut terms = Terms::new(simd, whole, lattice);
        terms.begin(simd, tile);
        let length = Rows::<D<S>>::new(simd, length, &STEPS);
        let polar_in_middle = D::splat(simd, polarization.0[0]);
        let polarization = Rows::<D<S>>::new(simd, polarization, &STEPS);
        let steps = &mut scratch.steps;
        steps.set(simd, lines);
        let zero = D::splat(simd, 0.0);
        let (mut pixels, mut squares) = ([zero; PARTS], [zero; PARTS]);
        let (mut omega, mut maximum) = ([zero; PARTS], [zero; PARTS]);
        for (number, row) in rows.iter_mut().enumerate().take(EDGE) {
            let row = tile.of(row)?;
            let slow = three!(axis => D::broadcast(simd, steps.slow[axis][number]));
            for part in 0..EDGE / D::<S>::COUNT {
                let fast = load(simd, &STEPS, part);
                let change = length.change(simd, number, fast);
                let mut polar = zero;
                if terms.polarized {
                    polar = polar_in_middle + polarization.change(simd, number, fast);
                }
                let index = three!(axis => load(simd, &steps.fast[axis], part) + slow[axis]);
                let Photons { pixel, solid } = terms.at(simd, change, polar, index);
                put(row, part, pixel);
                let to = part % (PARTS / D::<S>::COUNT);
                pixels[to] = pixels[to] + pixel;
                squares[to] = squares[to] + pixel.square().to_single();
                maximum[to] = maximum[to].max(pixel);
                omega[to] = omega[to] + solid;
            }
        }
        if terms.decided(simd) {
            return None;
        }
        Some(Sums {
            pixels: total(&pixels),
            squares: total(&squares),
            omega: total(&omega),
            count: PIXELS as u64,
            maximum: largest(&maximum),
            ..Sums::default()
        })
    }
}

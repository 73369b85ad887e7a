//! The pixels of a tile in single precision.

use pulp::{Simd, WithSimd};

use super::tile::{Tile, Whole};
use super::{Bits, InOne, put};
use crate::kernel::finish::{ANSWER, Sums};
use crate::kernel::lattice::{Lattice, term};
use crate::kernel::middle::inverse_root_less_one;
use crate::kernel::near;
use crate::kernel::offset::{MOST_DOUBT, Near, load};
use crate::kernel::pass::farthest;
use crate::kernel::plane::{Rows, SINGLE_STEPS};
use crate::kernel::scratch::{EDGE, PIXELS, Scratch};
use crate::lanes::{Lanes, Singles, three};

type F<S> = Singles<S>;

/// Photons of a perfect crystal in reflecting position, the least and, with the water, the most that
/// leave single precision room for all that they are made of, and for the sum of their squares.
const ROOM: [f64; 2] = [1e-10, 1e17];

pub(super) struct InSingles<'a, 'l, L> {
    pub(super) whole: Whole<'a>,
    pub(super) tile: &'a Tile,
    pub(super) lattice: L,
    pub(super) scratch: &'a mut Scratch,
    pub(super) rows: &'a mut [&'l mut [f32]],
}

impl<L: Lattice> WithSimd for InSingles<'_, '_, L> {
    /// `None` where single precision does not do, or the C program's rounding decides a pixel.
    type Output = Option<(Sums, InOne)>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Option<(Sums, InOne)> {
        let InSingles { whole: all, tile, lattice, scratch, rows } = self;
        let (plan, Tile { length, lines, polarization, .. }) = (all.plan, tile);
        let detector = &plan.experiment.detector;
        let (point, polarized) = (detector.point_pixel, !plan.experiment.beam.nopolar);
        let near = Near::flat(lines, (tile.turn, near::ROUNDINGS), plan.index_guard);
        let amplitude = all.uncertainty.of(near.error);
        let lattice = lattice.within(near.error);
        let whole = all.scale * tile.solid_angle;
        let peak = all.peak * whole;
        let background = plan.background_in_sum() * whole;
        let [least, most] = ROOM;
        let [darkest, brightest] =
            if polarized { polarization.range_of_factor(tile.turn) } else { [1.0; 2] };
        // Numbers that are none do not hold either.
        if !(amplitude < MOST_DOUBT
            && peak > least
            && peak + background < most
            && darkest > near::DARK)
        {
            return None;
        }
        let brightest = (1.0 + tile.turn).powi(3) * brightest;
        let photons = [(all.unit * whole) as f32, background as f32];
        let [weight, background] = photons.map(|photons| F::broadcast(simd, photons));
        let faint = F::splat(simd, lattice.faint(near.error));
        let mut refined: Bits = [0; EDGE];
        let length = Rows::<F<S>>::new(simd, length, &SINGLE_STEPS);
        let polar_in_middle = F::splat(simd, polarization.0[0]);
        let polarization = Rows::<F<S>>::new(simd, polarization, &SINGLE_STEPS);
        let steps = &mut scratch.single_steps;
        steps.set(simd, &near.cell, &near.turned);
        let (zero, one, half) = (F::splat(simd, 0.0), F::splat(simd, 1.0), F::splat(simd, 0.5));
        let ready = lattice.ready::<F<S>>(simd);
        let (mut distance, mut margin) = (zero, F::splat(simd, 1e30));
        let mut maximum = zero;
        let (mut pixels, mut squares, mut omega) = ([zero; EDGE], [zero; EDGE], [zero; EDGE]);
        for (number, row) in rows.iter_mut().enumerate().take(EDGE) {
            let row = tile.of(row)?;
            let slow = three!(axis => F::broadcast(simd, steps.slow[axis][number]));
            let turned = three!(axis => F::broadcast(simd, steps.turned[axis][number]));
            for part in 0..EDGE / F::<S>::COUNT {
                let along = load(simd, &SINGLE_STEPS, part);
                let turn = inverse_root_less_one(simd, length.change(simd, number, along));
                let ratio = one + turn;
                let square = ratio.square();
                let solid = if point { square } else { square * ratio };
                let mut factor = solid;
                if polarized {
                    let polar = polar_in_middle + polarization.change(simd, number, along);
                    let polar = polar.mul_add(square, half);
                    factor = solid * polar;
                }
                let delta = three!(axis => {
                    let fast = load(simd, &steps.fast[axis], part);
                    let index = turn.mul_add(fast + turned[axis], fast + slow[axis]);
                    index - index.round(simd)
                });
                if L::SIDED {
                    distance = distance.max(farthest(delta));
                }
                if L::GUARDED {
                    margin = margin.min(lattice.margin(simd, &ready, delta));
                }
                let least = lattice.least(simd, &ready, delta);
                refined[number] |= (least.bits(least.less(faint)) << (part * F::<S>::COUNT)) as u16;
                let squared = lattice.squared(simd, &ready, delta);
                let value = term::<F<S>, L>(simd, squared, one, false);
                let pixel = zero + value.mul_add(weight, background) * factor;
                put(row, part, pixel);
                maximum = maximum.max(pixel);
                pixels[part] = pixels[part] + pixel;
                squares[part] = pixel.mul_add(pixel, squares[part]);
                omega[part] = omega[part] + solid;
            }
        }
        let limit = F::splat(simd, lattice.limit::<F<S>>());
        // The squares are rounded.
        let edge = f64::from(near.edge).powi(2) * (1.0 - 4.0 * f64::from(f32::EPSILON));
        let decided = (L::SIDED && zero.any(F::splat(simd, edge).less(distance)))
            || (L::GUARDED && zero.any(margin.less(limit)));
        if decided {
            return None;
        }
        let sums = Sums {
            pixels: total(&pixels),
            squares: total(&squares),
            omega: total(&omega) * tile.solid_angle,
            doubt: amplitude * amplitude * ANSWER * peak * brightest,
            count: PIXELS as u64,
            maximum: maximum.largest().max(0.0),
            ..Sums::default()
        };
        Some((sums, InOne { photons, refined }))
    }
}

/// The sum over the columns of a tile, each the sum of its pixels, in an order that does not depend
/// on the width of the vectors.
#[inline(always)]
fn total<S: Simd>(columns: &[F<S>; EDGE]) -> f64 {
    let mut all = [0.0f32; EDGE];
    for (to, column) in all.chunks_exact_mut(F::<S>::COUNT).zip(columns) {
        to.copy_from_slice(column.elements());
    }
    for half in [8, 4, 2, 1] {
        let (low, high) = all.split_at_mut(half);
        for (low, high) in low.iter_mut().zip(high) {
            *low += *high;
        }
    }
    f64::from(all[0])
}

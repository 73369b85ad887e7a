//! The pixels of a tile in double precision.

use pulp::{Simd, WithSimd};

use super::{Pixels, Tile, put};
use crate::kernel::finish::{PARTS, Sums, largest, scale, total};
use crate::kernel::lattice::{Lattice, term};
use crate::kernel::middle::inverse_root;
use crate::kernel::pass::{edge, farthest, load};
use crate::kernel::plane::{Rows, STEPS};
use crate::kernel::scratch::{EDGE, PIXELS};
use crate::kernel::simple::DARK;
use crate::lanes::{Doubles, Lanes, three};

type D<S> = Doubles<S>;

pub(super) struct InDoubles<'a, 'l, L>(pub(super) Pixels<'a, 'l, L>);

impl<L: Lattice> WithSimd for InDoubles<'_, '_, L> {
    type Output = Option<Sums>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Option<Sums> {
        let Pixels { tile: Tile { plan, plane, lines }, lattice, scratch, rows } = self.0;
        let detector = &plan.experiment.detector;
        let (point, polarized) = (detector.point_pixel, !plan.experiment.beam.nopolar);
        let length = Rows::<D<S>>::new(simd, &plane.length, &STEPS);
        let polarization = plane.polarization(plan);
        let polar_in_middle = D::splat(simd, polarization.0[0]);
        let polarization = Rows::<D<S>>::new(simd, &polarization, &STEPS);
        let steps = &mut scratch.steps;
        steps.set(simd, &lines);
        let base = three!(axis => D::splat(simd, lines[axis].base));
        let whole = D::splat(simd, plane.solid_angle(detector));
        let (zero, one, half) = (D::splat(simd, 0.0), D::splat(simd, 1.0), D::splat(simd, 0.5));
        let weight = D::splat(simd, plan.weight());
        let background = D::splat(simd, plan.background_in_sum());
        let scale = D::splat(simd, scale(plan));
        let ready = lattice.ready::<D<S>>(simd);
        let (mut darkest, mut distance, mut margin) = (one, zero, D::splat(simd, 1e300));
        let (mut pixels, mut squares) = ([zero; PARTS], [zero; PARTS]);
        let (mut omega, mut maximum) = ([zero; PARTS], [zero; PARTS]);
        for (number, row) in rows.iter_mut().enumerate().take(EDGE) {
            let row: &mut [f32; EDGE] = (&mut **row).try_into().ok()?;
            let slow = three!(axis => D::broadcast(simd, steps.slow[axis][number]));
            for part in 0..EDGE / D::<S>::COUNT {
                let fast = load(simd, &STEPS, part);
                let ratio = inverse_root(simd, length.change(simd, number, fast));
                let square = ratio.square();
                let solid = whole * if point { square } else { square * ratio };
                let mut polar = one;
                if polarized {
                    polar = polar_in_middle + polarization.change(simd, number, fast);
                    polar = polar.mul_add(square, half);
                    darkest = darkest.min(polar.abs());
                }
                let index = three!(axis => {
                    (load(simd, &steps.fast[axis], part) + slow[axis]).mul_add(ratio, base[axis])
                });
                let delta = three!(axis => index[axis] - index[axis].round(simd));
                if L::SIDED {
                    distance = distance.max(farthest(delta));
                }
                if L::GUARDED {
                    margin = margin.min(lattice.margin(simd, &ready, delta));
                }
                let squared = lattice.squared(simd, &ready, delta);
                let value = term::<D<S>, L>(simd, squared, one, plan.skips);
                let sum = value.mul_add(weight, background);
                // Added to a zero, as in the C program: a negative zero does not stay one.
                let pixel = (zero + sum * polar * solid * scale).to_single();
                put(row, part, pixel);
                let to = part % (PARTS / D::<S>::COUNT);
                pixels[to] = pixels[to] + pixel;
                squares[to] = squares[to] + pixel.square().to_single();
                maximum[to] = maximum[to].max(pixel);
                omega[to] = omega[to] + solid;
            }
        }
        let limit = D::splat(simd, lattice.limit::<D<S>>());
        let decided = zero.any(darkest.less(D::splat(simd, DARK)))
            || (L::SIDED && zero.any(D::splat(simd, edge(plan)).less(distance)))
            || (L::GUARDED && zero.any(margin.less(limit)));
        if decided {
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

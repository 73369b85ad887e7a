//! Whole tiles whose pixels have one term each: from coordinates to photons without a stop.
//!
//! What the general way ([`super::simple`], [`super::pass`], [`super::finish`]) keeps in columns from
//! one step to the next stays in registers here. The operations are those of the general way, and so
//! are the bits. A tile with a lane that the C program's rounding decides is left to that way.

use pulp::{Simd, WithSimd};

use super::finish::{PARTS, Sums, largest, scale, total};
use super::lattice::{Lattice, term};
use super::middle::inverse_root;
use super::pass::{edge, farthest, load};
use super::plane::{Plane, Rows, STEPS};
use super::scratch::{EDGE, PIXELS, Scratch};
use super::shapes::{self, WithLattice};
use super::simple::DARK;
use crate::exact::Place;
use crate::lanes::{Doubles, Lanes, three};
use crate::plan::Plan;

type D<S> = Doubles<S>;

/// Whether an experiment's tiles may go this way.
pub(crate) fn suits(plan: &Plan<'_>) -> bool {
    let sampling = &plan.experiment.sampling;
    plan.is_simple()
        && plan.table.is_none()
        && !plan.corrected.sensor_layers
        && plan.experiment.detector.mask.is_none()
        && plan.experiment.detector.sensor.layers == 1
        && sampling.oversample == 1
        && plan.sources.len() == 1
        && plan.orientations.count() == 1
}

/// A whole tile, whose first pixel is the origin of the scratch.
pub(crate) struct Direct<'a, 'l, S> {
    pub(crate) simd: S,
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) scratch: &'a mut Scratch,
    /// Its rows in the image.
    pub(crate) rows: &'a mut [&'l mut [f32]],
}

impl<S: Simd> Direct<'_, '_, S> {
    /// Renders it. `None` where it has to go the general way, whatever its rows are then.
    pub(crate) fn render(self) -> Option<Sums> {
        let Direct { plan, .. } = self;
        shapes::with_lattice(plan, self)
    }
}

impl<S: Simd> WithLattice for Direct<'_, '_, S> {
    type Output = Option<Sums>;

    fn with<L: Lattice>(self, lattice: L) -> Option<Sums> {
        let Direct { simd, plan, scratch, rows } = self;
        simd.vectorize(Pixels { plan, lattice, scratch, rows })
    }
}

/// The pixels of a tile, once their lattice factor is known as a type.
struct Pixels<'a, 'l, L> {
    plan: &'a Plan<'a>,
    lattice: L,
    scratch: &'a mut Scratch,
    rows: &'a mut [&'l mut [f32]],
}

impl<L: Lattice> WithSimd for Pixels<'_, '_, L> {
    type Output = Option<Sums>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Option<Sums> {
        let Pixels { plan, lattice, scratch, rows } = self;
        let corner = Place { pixel: scratch.origin, layer: 0, sub: [0, 0] };
        let mut plane = Plane::of(plan, corner.pixel, corner);
        if !plane.middle.is_far() {
            return None;
        }
        plane.seen_by(plan, plan.sources.first()?);
        let cell = plan.orientations.part(0..1, &mut scratch.orientations).first()?;
        let lines = plane.lines(cell);
        let detector = &plan.experiment.detector;
        let (point, polarized) = (detector.point_pixel, !plan.experiment.beam.nopolar);
        let length = Rows::new(simd, &plane.length);
        let polarization = Rows::new(simd, &plane.polarization(plan));
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
                    polar = polarization.at(simd, number, fast).mul_add(square, half);
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

/// Puts a vector of pixels into a row.
#[inline(always)]
fn put<S: Simd>(row: &mut [f32; EDGE], part: usize, pixels: D<S>) {
    let to = row.chunks_exact_mut(D::<S>::COUNT).nth(part).unwrap_or_default();
    for (to, &pixel) in to.iter_mut().zip(pixels.elements()) {
        *to = pixel as f32;
    }
}

//! Whole tiles whose pixels have one term each: from coordinates to photons without a stop.
//!
//! What the general way ([`super::simple`], [`super::near`], [`super::pass`], [`super::offset`],
//! [`super::finish`]) keeps in columns from one step to the next stays in registers here. A tile with
//! a lane that the C program's rounding decides is left to that way.
//!
//! In double precision the operations are those of the general way, and so are the bits. In single
//! precision the photons are singles as well.

mod doubles;
mod singles;

use pulp::Simd;

use self::doubles::InDoubles;
use self::singles::InSingles;
use super::finish::Sums;
use super::lattice::Lattice;
use super::near;
use super::plane::{Line, Plane};
use super::scratch::{EDGE, Scratch};
use super::shapes::{self, WithLattice};
use crate::exact::Place;
use crate::lanes::Lanes;
use crate::plan::Plan;

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
    /// Whether to use single precision where it is good enough.
    pub(crate) single: bool,
}

impl<S: Simd> Direct<'_, '_, S> {
    /// Renders it, and tells whether in single precision. `None` where it has to go the general way,
    /// whatever its rows are then.
    pub(crate) fn render(mut self) -> Option<(Sums, bool)> {
        let plan = self.plan;
        let source = plan.sources.first()?;
        let corner = Place { pixel: self.scratch.origin, layer: 0, sub: [0, 0] };
        let mut plane = Plane::of(plan, corner.pixel, corner);
        if !plane.middle.is_far() {
            return None;
        }
        plane.seen_by(plan, source);
        let mut buffer = std::mem::take(&mut self.scratch.orientations);
        let cell = plan.orientations.part(0..1, &mut buffer).first().copied();
        self.scratch.orientations = buffer;
        let cell = cell?;
        let tile = Tile { plan, plane: &plane, lines: plane.lines(&cell) };
        if self.single && near::suits(plan, &plane) {
            let singles = self.with(tile, true);
            if singles.is_some() {
                return singles.map(|sums| (sums, true));
            }
        }
        self.with(tile, false).map(|sums| (sums, false))
    }

    fn with(&mut self, tile: Tile<'_>, single: bool) -> Option<Sums> {
        let (scratch, rows) = (&mut *self.scratch, &mut *self.rows);
        let run = Run { simd: self.simd, tile, scratch, rows, single };
        shapes::with_lattice(tile.plan, run)
    }
}

/// A tile and the orientation that it is seen in.
#[derive(Clone, Copy)]
struct Tile<'a> {
    plan: &'a Plan<'a>,
    plane: &'a Plane,
    lines: [Line; 3],
}

struct Run<'a, 'l, S> {
    simd: S,
    tile: Tile<'a>,
    scratch: &'a mut Scratch,
    rows: &'a mut [&'l mut [f32]],
    single: bool,
}

impl<S: Simd> WithLattice for Run<'_, '_, S> {
    type Output = Option<Sums>;

    fn with<L: Lattice>(self, lattice: L) -> Option<Sums> {
        let Run { simd, tile, scratch, rows, single } = self;
        let pixels = Pixels { tile, lattice, scratch, rows };
        if single { simd.vectorize(InSingles(pixels)) } else { simd.vectorize(InDoubles(pixels)) }
    }
}

/// The pixels of a tile, once their lattice factor is known as a type.
struct Pixels<'a, 'l, L> {
    tile: Tile<'a>,
    lattice: L,
    scratch: &'a mut Scratch,
    rows: &'a mut [&'l mut [f32]],
}

/// Puts a vector of pixels into a row.
#[inline(always)]
fn put<L: Lanes>(row: &mut [f32; EDGE], part: usize, pixels: L) {
    let to = row.chunks_exact_mut(L::COUNT).nth(part).unwrap_or_default();
    for (to, &pixel) in to.iter_mut().zip(pixels.elements()) {
        *to = Into::<f64>::into(pixel) as f32;
    }
}

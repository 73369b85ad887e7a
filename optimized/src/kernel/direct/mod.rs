//! Whole tiles whose pixels have one term each: from coordinates to photons without a stop.
//!
//! What the general way ([`super::simple`], [`super::near`], [`super::pass`], [`super::offset`],
//! [`super::finish`]) keeps in columns from one step to the next stays in registers here. A tile with
//! a lane that the C program's rounding decides is left to that way.
//!
//! In double precision the operations are those of the general way, and so are the bits. In single
//! precision the terms are those of the general way, and the photons are singles as well. A pixel near
//! a zero of the interference function, of which single precision would leave a few digits only, is
//! then computed once more in double precision: the eye may pass over it, a report does not.

mod doubles;
mod refined;
mod singles;
mod terms;
mod tile;

use pulp::Simd;

use self::doubles::InDoubles;
use self::refined::{Faint, Refine};
use self::singles::InSingles;
use self::tile::{BESIDE, Look, NO_TILES, Tile, Whole};
use super::finish::Sums;
use super::lattice::Lattice;
use super::near;
use super::scratch::{EDGE, Scratch};
use super::shapes::{self, WithLattice};
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

/// Whole tiles beside each other.
pub(crate) struct Direct<'a, 'l, S> {
    pub(crate) simd: S,
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) scratch: &'a mut Scratch,
    /// The pixel that the rows begin with.
    pub(crate) corner: [u32; 2],
    /// Their rows in the image.
    pub(crate) rows: &'a mut [&'l mut [f32]],
    /// A bit for each tile that is wanted, which has to be whole.
    pub(crate) wanted: u64,
    /// Whether to use single precision where it is good enough.
    pub(crate) single: bool,
    /// Takes what a tile gives. One that has to go the general way gives nothing, whatever its rows
    /// are then.
    pub(crate) take: &'a mut dyn FnMut(usize, Done),
}

/// What a tile gives.
pub(crate) struct Done {
    pub(crate) sums: Sums,
    /// The precision of its pixels.
    pub(crate) made: Made,
}

/// The precision that the pixels of a tile were made in.
pub(crate) enum Made {
    Doubles,
    Singles(InOne),
}

/// Pixels that were made in single precision from the term to the photons.
#[derive(Clone, Copy)]
pub(crate) struct InOne {
    /// Photons of a term of 1 and of the water, before solid angle and polarization.
    pub(crate) photons: [f32; 2],
    /// The pixels, row by row a bit for each, that were not.
    pub(crate) refined: Bits,
}

/// A bit for each pixel of a tile, row by row.
pub(crate) type Bits = [u16; EDGE];

impl<S: Simd> Direct<'_, '_, S> {
    /// Renders them.
    pub(crate) fn render(self) {
        shapes::with_lattice(self.plan, self);
    }
}

impl<S: Simd> WithLattice for Direct<'_, '_, S> {
    type Output = ();

    #[inline(always)]
    fn with<L: Lattice>(mut self, lattice: L) {
        let Direct { simd, plan, corner, wanted, .. } = self;
        let Some(source) = plan.sources.first() else { return };
        let mut buffer = std::mem::take(&mut self.scratch.orientations);
        let cell = plan.orientations.part(0..1, &mut buffer).first().copied();
        self.scratch.orientations = buffer;
        let Some(cell) = cell else { return };
        let whole = Whole::of(plan);
        let mut faint = Vec::with_capacity(wanted.count_ones() as usize);
        let mut tiles = NO_TILES;
        // The first one may begin left of the rows.
        let first = corner[0] - corner[0] % EDGE as u32;
        for (group, mut wanted) in wanted.to_le_bytes().into_iter().enumerate() {
            if wanted == 0 {
                continue;
            }
            let pixel = [first + (group * BESIDE * EDGE) as u32, corner[1]];
            let (cell, start, tiles) = (&cell, corner[0], &mut tiles);
            simd.vectorize(Look { plan, source, cell, pixel, start, tiles });
            while wanted != 0 {
                let number = wanted.trailing_zeros() as usize;
                wanted &= wanted - 1;
                let (number, tile) = (group * BESIDE + number, &tiles[number]);
                faint.extend(self.tile(whole, lattice, number, tile));
            }
        }
        if !faint.is_empty() {
            let (rows, tiles) = (self.rows, &mut faint);
            simd.vectorize(Refine { whole, lattice, rows, tiles });
        }
        for Faint { number, sums, made, .. } in faint.iter().filter(|tile| !tile.decided) {
            (self.take)(*number, Done { sums: *sums, made: Made::Singles(*made) });
        }
    }
}

impl<S: Simd> Direct<'_, '_, S> {
    /// Renders a tile. One that has pixels to be refined is handed back: these wait for each other, and
    /// those of one tile alone would not keep a vector unit busy.
    #[inline(always)]
    fn tile<L: Lattice>(
        &mut self,
        whole: Whole<'_>,
        lattice: L,
        number: usize,
        tile: &Tile,
    ) -> Option<Faint> {
        let Direct { simd, plan, scratch, rows, single, take, .. } = self;
        if !tile.far {
            return None;
        }
        if L::SINGLY && *single && near::does(tile.turn, plan.largest_index, whole.uncertainty) {
            let singles = simd.vectorize(InSingles { whole, tile, lattice, scratch, rows });
            if let Some((sums, made)) = singles {
                if made.refined != [0; EDGE] {
                    return Some(Faint { number, tile: *tile, sums, made, decided: false });
                }
                take(number, Done { sums, made: Made::Singles(made) });
                return None;
            }
        }
        if let Some(sums) = simd.vectorize(InDoubles { whole, tile, lattice, scratch, rows }) {
            take(number, Done { sums, made: Made::Doubles });
        }
        None
    }
}

/// Puts a vector of pixels into a row.
#[inline(always)]
fn put<L: Lanes>(row: &mut [f32; EDGE], part: usize, pixels: L) {
    let to = row.chunks_exact_mut(L::COUNT).nth(part).unwrap_or_default();
    for (to, &pixel) in to.iter_mut().zip(pixels.elements()) {
        *to = Into::<f64>::into(pixel) as f32;
    }
}

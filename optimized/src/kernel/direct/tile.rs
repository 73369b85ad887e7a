//! What is known of a tile before its pixels.

use crate::kernel::finish::scale;
use crate::kernel::plane::{Line, Plane, Quadratic};
use crate::kernel::scratch::EDGE;
use crate::plan::Plan;
use crate::plan::lattice::Uncertainty;
use crate::plan::orientations::Orientation;

/// A tile and the orientation that it is seen in.
pub(super) struct Tile {
    /// Where it begins in the rows.
    pub(super) column: usize,
    /// As [`Plane::length`], [`Plane::turn`], [`Plane::polarization`], [`Plane::lines`] and
    /// [`Plane::solid_angle`] have it.
    pub(super) length: Quadratic,
    pub(super) turn: f64,
    pub(super) polarization: Quadratic,
    pub(super) lines: [Line; 3],
    pub(super) solid_angle: f64,
}

impl Tile {
    #[inline(always)]
    pub(super) fn new(plan: &Plan<'_>, plane: &Plane, cell: &Orientation, column: usize) -> Tile {
        Tile {
            column,
            length: plane.length,
            turn: plane.turn,
            polarization: plane.polarization(plan),
            lines: plane.lines(cell),
            solid_angle: plane.solid_angle(&plan.experiment.detector),
        }
    }

    /// The pixels of one of its rows.
    #[inline(always)]
    pub(super) fn of<'r>(&self, row: &'r mut [f32]) -> Option<&'r mut [f32; EDGE]> {
        row.get_mut(self.column..)?.first_chunk_mut()
    }

    /// One of its pixels, counted row by row.
    #[inline(always)]
    pub(super) fn pixel<'r>(&self, rows: &'r mut [&mut [f32]], place: u8) -> Option<&'r mut f32> {
        let place = usize::from(place);
        Some(&mut self.of(rows.get_mut(place / EDGE)?)?[place % EDGE])
    }
}

/// What all tiles have in common.
#[derive(Clone, Copy)]
pub(super) struct Whole<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) uncertainty: Uncertainty,
    /// Photons of a term of 1, before solid angle and polarization.
    pub(super) scale: f64,
    /// Terms of a perfect crystal in reflecting position, and of what single precision has as 1.
    pub(super) peak: f64,
    pub(super) unit: f64,
}

impl<'a> Whole<'a> {
    pub(super) fn of(plan: &'a Plan<'a>) -> Whole<'a> {
        Whole {
            plan,
            uncertainty: plan.lattice.uncertainty(),
            scale: scale(plan),
            peak: plan.gain * plan.lattice.peak(&plan.experiment.crystal),
            unit: plan.gain * plan.lattice.unit(false),
        }
    }
}

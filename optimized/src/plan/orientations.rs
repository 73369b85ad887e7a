//! The direct cells of all spindle steps and mosaic domains, as the C program computes them
//! (C:2781-2811), bit for bit.

use std::ops::Range;
use std::sync::Arc;

use nanobragg_reference::experiment::{Experiment, Spindle};
use nanobragg_reference::quirks::Quirk;
use nanobragg_reference::vector::{Matrix, Vector, rotate_axis, rotate_umat};

/// Direct cell vectors a, b, c, m.
pub(crate) type Orientation = [Vector; 3];

/// Orientations up to this number are kept; more of them are computed again for each tile.
const KEPT: usize = 1 << 16;

/// All orientations: spindle steps outside, mosaic domains inside.
pub(crate) struct Orientations {
    cell: Orientation,
    spindle: Spindle,
    /// Whether a step at φ = 0 keeps the orientation before it.
    stale: bool,
    /// Whether the domains differ.
    mosaic: bool,
    domains: Arc<Vec<Matrix>>,
    kept: Vec<Orientation>,
    leading: usize,
}

impl Orientations {
    /// Orientations that are worked on at a time.
    pub(crate) const CHUNK: usize = 256;

    pub(crate) fn new(experiment: &Experiment) -> Orientations {
        let crystal = &experiment.crystal;
        let spindle = experiment.spindle;
        let stale = experiment.quirks.has(Quirk::StalePhi);
        let steps = spindle.sweep.count;
        let leading = (0..steps).take_while(|&tic| spindle.phi(tic) == 0.0).count();
        let mut all = Orientations {
            cell: crystal.cell,
            spindle,
            stale,
            mosaic: crystal.mosaic_spread > 0.0,
            domains: Arc::clone(&crystal.domains),
            kept: Vec::new(),
            leading: if stale && leading < steps as usize { leading } else { 0 },
        };
        if all.count() <= KEPT {
            let mut kept = Vec::new();
            all.compute(0..all.count(), &mut kept);
            all.kept = kept;
        }
        all
    }

    /// Number of spindle steps times number of domains.
    pub(crate) fn count(&self) -> usize {
        self.spindle.sweep.count as usize * self.domains.len()
    }

    /// Orientations at the start of the list that the first evaluation of the run finds unrotated,
    /// and all later ones as the last spindle step left them behind: those of the steps at φ = 0
    /// that no other step precedes (quirk `stale-phi`).
    pub(crate) fn leading(&self) -> usize {
        self.leading * self.domains.len()
    }

    /// A part of the list, computed into the buffer where it is not kept.
    pub(crate) fn part<'a>(
        &'a self,
        range: Range<usize>,
        buffer: &'a mut Vec<Orientation>,
    ) -> &'a [Orientation] {
        if let Some(kept) = self.kept.get(range.clone()) {
            return kept;
        }
        self.compute(range, buffer);
        buffer
    }

    /// The cells after each spindle step, before the mosaic domains turn them.
    pub(crate) fn turned_cells(&self) -> Vec<Orientation> {
        (0..self.spindle.sweep.count).map(|tic| self.turned(tic)).collect()
    }

    /// The leading orientations as the first evaluation of the run finds them.
    pub(crate) fn unrotated(&self) -> Vec<Orientation> {
        (0..self.leading()).map(|index| self.in_domain(&self.cell, index)).collect()
    }

    /// One orientation, as the first evaluation of the run finds it or as all later ones do.
    pub(crate) fn at(
        &self,
        number: usize,
        first: bool,
        buffer: &mut Vec<Orientation>,
    ) -> Orientation {
        if first && number < self.leading() {
            return self.in_domain(&self.cell, number);
        }
        self.part(number..number + 1, buffer)[0]
    }

    fn compute(&self, range: Range<usize>, buffer: &mut Vec<Orientation>) {
        buffer.clear();
        let mut last = None;
        for index in range {
            let tic = index / self.domains.len();
            let turned = match last {
                Some((known, turned)) if known == tic => turned,
                _ => self.turned(tic as i32),
            };
            last = Some((tic, turned));
            buffer.push(self.in_domain(&turned, index));
        }
    }

    /// The cell after a spindle step (C:2783-2788).
    fn turned(&self, tic: i32) -> Orientation {
        let count = self.spindle.sweep.count;
        let steps = if self.stale { count } else { 1 };
        // Backwards from this step, around the end of the sweep, to one that turns.
        (0..steps)
            .map(|back| self.spindle.phi((tic - back).rem_euclid(count)))
            .find(|&phi| phi != 0.0)
            .map_or(self.cell, |phi| {
                self.cell.map(|vector| rotate_axis(&vector, &self.spindle.axis, phi))
            })
    }

    fn in_domain(&self, turned: &Orientation, index: usize) -> Orientation {
        if !self.mosaic {
            return *turned;
        }
        let matrix = &self.domains[index % self.domains.len()];
        turned.map(|vector| rotate_umat(&vector, matrix))
    }
}

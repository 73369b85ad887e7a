//! The orientations of the cell: spindle, then mosaic domain.

use nanobragg_reference::Quirk;
use nanobragg_reference::experiment::Experiment;
use nanobragg_reference::vector::{Vector, rotate_axis, rotate_umat};

use crate::faults::pixel::PixelFault;

/// Direct cell vectors a, b, c, m.
pub(super) type UnitCell = [Vector; 3];

/// The orientations of a whole sweep: spindle steps, and for each of them the domains.
///
/// With the quirk `stale-phi` a step at φ = 0 keeps what the step before it has left. The step
/// before the first one is the last one of the sweep before; only the first sweep has none.
pub(super) struct Orientations {
    /// For the first sweep of a run.
    pub(super) first: Vec<UnitCell>,
    /// For all others.
    pub(super) later: Vec<UnitCell>,
}

impl Orientations {
    pub(super) fn new(experiment: &Experiment, fault: Option<PixelFault>) -> Orientations {
        let (first, left) = sweep(experiment, fault, experiment.crystal.cell);
        let (later, _) = sweep(experiment, fault, left);
        Orientations { first, later }
    }
}

/// A sweep that starts with what the one before it has `left`, and what it leaves itself.
fn sweep(
    experiment: &Experiment,
    fault: Option<PixelFault>,
    mut left: UnitCell,
) -> (Vec<UnitCell>, UnitCell) {
    let Experiment { crystal, spindle, quirks, .. } = experiment;
    let wrong = |which| fault == Some(which);
    let mut cells = Vec::new();
    for tic in 0..spindle.sweep.count {
        let mut phi = spindle.phi(tic);
        if wrong(PixelFault::PhiAtMiddle) {
            phi += spindle.sweep.step / 2.0;
        }
        let spin = |vector: &Vector| rotate_axis(vector, &spindle.axis, phi);
        let start = if wrong(PixelFault::PhiAccumulates) { left } else { crystal.cell };
        if phi != 0.0 {
            left = start.map(|vector| spin(&vector));
        } else if !quirks.has(Quirk::StalePhi) {
            left = crystal.cell;
        }
        let mut turned = left;
        for domain in crystal.domains.iter() {
            let mosaic = |cell: UnitCell| {
                if crystal.mosaic_spread > 0.0 {
                    cell.map(|vector| rotate_umat(&vector, domain))
                } else {
                    cell
                }
            };
            cells.push(if wrong(PixelFault::MosaicBeforeSpindle) {
                mosaic(crystal.cell).map(|vector| spin(&vector))
            } else {
                mosaic(turned)
            });
            if wrong(PixelFault::MosaicAccumulates) {
                turned = mosaic(turned);
            }
        }
    }
    (cells, left)
}

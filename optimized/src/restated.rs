//! Variables of a trace that batched engines do not form, restated from what they have: squares have
//! the signs that the C program's formulas give at the engine's own indices.

use nanobragg_reference::trace::Step;
use nanobragg_reference::vector::{Vector, magnitude};

use crate::exact::{self, Evaluation, Place};
use crate::plan::{Plan, Table};

/// An evaluation as an engine has it: |F_latt|² with its constant factor.
pub(crate) fn evaluation(
    plan: &Plan<'_>,
    [index, nearest]: [Vector; 2],
    f_latt_squared: f64,
) -> Evaluation {
    let sign = exact::lattice_factor(plan.experiment, &index, &nearest);
    Evaluation { index, nearest, f_latt: f_latt_squared.sqrt().copysign(sign) }
}

/// The structure factor of an evaluation whose square an engine has. Where one is that of all, the
/// engine has the square of that.
pub(crate) fn f_cell(
    plan: &Plan<'_>,
    evaluation: &Evaluation,
    interpolated: bool,
    squared: f64,
) -> f64 {
    let found = exact::structure_factor(plan, evaluation, interpolated);
    if plan.table.is_some() { squared.sqrt().copysign(found) } else { found }
}

/// A step with what is looked up in its place.
pub(crate) fn looked_up(
    plan: &Plan<'_>,
    step: Step,
    (interpolated, f_cell, f_cell_squared): (bool, f64, f64),
) -> Step {
    let place =
        |table: &Table<'_>| table.factors.place(step.nearest.map(|index| index as i32)).is_some();
    Step {
        interpolated: Some(interpolated),
        in_table: plan.table.as_ref().map(place),
        f_cell: Some(f_cell),
        f_cell_squared: Some(f_cell_squared),
        ..step
    }
}

/// The scattering vector of a source, and sin θ/λ. An engine does not look at one that is culled.
pub(crate) fn scattering(
    plan: &Plan<'_>,
    (place, source): (Place, usize),
    seen: Option<Vector>,
) -> (Vector, f64) {
    let scattering = seen.unwrap_or_else(|| exact::scattering(plan, place, source));
    (scattering, 0.5 * magnitude(&scattering))
}

//! Where single precision behind the fraction of an index is good enough.

use crate::plan::Plan;
use crate::plan::lattice::LatticePlan;

/// Terms of a ray from which on single precision is faster.
const FEW: usize = 3;

/// Amplitudes that are more uncertain than this, relative to the peak, would make an image's
/// brightest pixel answer for more than it can.
const MOST_DOUBT: f64 = 3e-6;

/// |F_latt|² at a peak beyond which a square may overflow.
const MOST_PEAK: f64 = 1e30;

/// Indices that leave 32 bits for the fraction, and one for the sum of index and 1.5 · 2^20.
const MOST_INDEX: f64 = 262_144.0;

/// Whether the kernels in mixed precision can render a plan within their bound. Sums that are
/// multiplied behind each term keep no bound of it; and only the interference function of a
/// parallelepiped is made for it: the other shapes take few operations beside the index.
pub(super) fn suffices(plan: &Plan<'_>) -> bool {
    let square = matches!(plan.lattice, LatticePlan::Cosines(_) | LatticePlan::Sines(_));
    square
        && !plan.running
        && plan.orientations.count() * plan.sources.len() >= FEW
        && plan.largest_index < MOST_INDEX
        && plan.lattice.peak(&plan.experiment.crystal) < MOST_PEAK
        && uncertainty(plan) < MOST_DOUBT
}

/// By how much single precision makes F_latt wrong where it is small, relative to its peak: fractions
/// are multiples of 2⁻³² and are rounded then.
pub(super) fn uncertainty(plan: &Plan<'_>) -> f64 {
    match &plan.lattice {
        LatticePlan::Cosines(_) => plan.lattice.uncertainty().of(f64::from(f32::EPSILON) / 4.0),
        // Sines of phases of up to half a turn, in three factors, and the grain of the fraction in
        // the phase.
        LatticePlan::Sines(cells) => 4e-7 + 4e-10 * cells.iter().copied().fold(1.0, f64::max),
        _ => 0.0,
    }
}

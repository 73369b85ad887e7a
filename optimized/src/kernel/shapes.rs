//! The lattice factor that an experiment has, as a type.

use std::f64::consts::LOG2_E;

use super::lattice::{
    FewCells, Gauss, Lattice, Polynomials, Round, Sines, Single, Square, Tophat, rim,
};
use crate::plan::Plan;
use crate::plan::lattice::{Cosines, LatticePlan, Triangle};

/// The highest degree of a polynomial that takes vector units less time than the quotient of two sines,
/// whose division they do beside other work.
const MOST_DEGREE: usize = 4;

/// Work that is compiled for each lattice factor.
pub(super) trait WithLattice: Sized {
    type Output;

    fn with<L: Lattice>(self, lattice: L) -> Self::Output;
}

/// Does work with the lattice factor of a plan.
pub(super) fn with_lattice<W: WithLattice>(plan: &Plan<'_>, work: W) -> W::Output {
    let peaks = plan.peaks();
    match &plan.lattice {
        LatticePlan::Single => work.with(Single),
        LatticePlan::Sines(cells) => work.with(Square(Sines(*cells), peaks)),
        LatticePlan::Round(diagonal) => work.with(Round {
            squares: *diagonal,
            guard: plan.index_guard * diagonal.iter().sum::<f64>().abs().sqrt(),
        }),
        LatticePlan::Gauss(triangle) => with_gauss(plan, triangle, work),
        LatticePlan::Tophat(triangle) => {
            let guard = rim(triangle.steepest() * plan.index_guard) + 1e-12;
            match (triangle.is_orthogonal(), triangle.reaches_halves()) {
                (true, _) => work.with(Tophat::<true, false> { triangle, guard }),
                (false, false) => work.with(Tophat::<false, false> { triangle, guard }),
                (false, true) => work.with(Tophat::<false, true> { triangle, guard }),
            }
        }
        LatticePlan::Cosines(cosines) => with_cosines(plan, cosines, work),
    }
}

fn with_gauss<W: WithLattice>(plan: &Plan<'_>, triangle: &Triangle, work: W) -> W::Output {
    let guard = triangle.steepest() * plan.index_guard;
    // Errors of an index that make one of 10⁻⁷ in a term.
    let stiff = guard > 5e-8;
    // Terms that vanish are not multiplied, and not counted as out of range.
    let vanishing = plan.running || plan.experiment.structure.interpolate;
    let powers = triangle.times(LOG2_E);
    if stiff || vanishing {
        return work.with(Gauss::<false, true> { powers, stiff, guard, vanishing });
    }
    if triangle.is_orthogonal() {
        return work.with(Gauss::<true, false> { powers, stiff, guard, vanishing });
    }
    work.with(Gauss::<false, false> { powers, stiff, guard, vanishing })
}

fn with_cosines<W: WithLattice>(plan: &Plan<'_>, cosines: &Cosines, work: W) -> W::Output {
    let peaks = plan.peaks();
    if let Some(few) = &cosines.completed {
        return match (cosines.degree, cosines.even) {
            (1, false) => work.with(Square(FewCells::<1, false>(few), peaks)),
            (1, true) => work.with(Square(FewCells::<1, true>(few), peaks)),
            (_, false) => work.with(Square(FewCells::<2, false>(few), peaks)),
            (_, true) => work.with(Square(FewCells::<2, true>(few), peaks)),
        };
    }
    if cosines.degree > MOST_DEGREE {
        return work.with(Square(Sines(plan.experiment.crystal.cells), peaks));
    }
    match (cosines.degree, cosines.even) {
        (1 | 2, false) => work.with(Square(Polynomials::<2, false>(cosines), peaks)),
        (1 | 2, true) => work.with(Square(Polynomials::<2, true>(cosines), peaks)),
        (_, false) => work.with(Square(Polynomials::<MOST_DEGREE, false>(cosines), peaks)),
        (_, true) => work.with(Square(Polynomials::<MOST_DEGREE, true>(cosines), peaks)),
    }
}

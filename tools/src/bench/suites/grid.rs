//! The suite `grid`: one thing varied at a time.

use super::Template;
use super::Threads::Count;
use super::list::WHOLE;

macro_rules! grid {
    ($name:literal, $cell:literal, $rest:literal) => {
        Template {
            name: $name,
            arguments: concat!(
                "-cell ",
                $cell,
                " ",
                $rest,
                " -detector_abs 500 -detector_thick 450 -detector_thicksteps 2 -polar 0.95 \
                 -mosaic 0.2 -mosaic_dom 3"
            ),
            sizes: &[(1024, &[Count(8)])],
            ..WHOLE
        }
    };
}

/// Its workloads.
pub(super) const GRID: &[Template] = &[
    Template {
        sizes: &[(1024, &[Count(1), Count(4), Count(8)])],
        ..grid!("grid", "100 100 100 90 90 90", "-lambda 1.0 -N 5 -oversample 1")
    },
    grid!("grid-triclinic", "70 80 90 85 95 105", "-lambda 1.0 -N 5 -oversample 1"),
    grid!("grid-N1", "100 100 100 90 90 90", "-lambda 1.0 -N 1 -oversample 1"),
    grid!("grid-N10", "100 100 100 90 90 90", "-lambda 1.0 -N 10 -oversample 1"),
    grid!("grid-N20", "100 100 100 90 90 90", "-lambda 1.0 -N 20 -oversample 1"),
    grid!("grid-oversample2", "100 100 100 90 90 90", "-lambda 1.0 -N 5 -oversample 2"),
    grid!("grid-oversample4", "100 100 100 90 90 90", "-lambda 1.0 -N 5 -oversample 4"),
    grid!("grid-lambda0.5", "100 100 100 90 90 90", "-lambda 0.5 -N 5 -oversample 1"),
    grid!("grid-lambda1.5", "100 100 100 90 90 90", "-lambda 1.5 -N 5 -oversample 1"),
    grid!("grid-lambda6.2", "100 100 100 90 90 90", "-lambda 6.2 -N 5 -oversample 1"),
];

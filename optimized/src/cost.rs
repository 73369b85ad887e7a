//! What an experiment asks of the vector unit, counted in fused multiply-adds.
//!
//! The unit of the count is one lane of a fused multiply-add, or of a multiplication or addition
//! that finds no partner, in double precision. A lane in single precision counts a half, as a
//! vector holds twice as many. Divisions, conversions, comparisons and gathers are not counted: the
//! count bounds the speed from above.

use nanobragg_reference::Experiment;
use nanobragg_reference::arguments::settings::Shape;

/// h, k and l: a product each with the distance of the pixel; on a curved detector three products
/// of three components.
const INDICES: [f64; 2] = [3.0, 9.0];

/// Product of the three axes, square, and the sum of the pixel.
const TERM: f64 = 4.0;

/// Tricubic interpolation: twenty-one polynomials through four values, and their weights.
const TRICUBIC: f64 = 84.0 + 30.0;

/// The other shapes: the distance from the nearest spot (9), and a sphere's transform, an
/// exponential or a comparison of it (17 for the first two).
const OTHER_SHAPES: f64 = 9.0 + 17.0;

/// Distance and solid angle of a sub-pixel of a layer: a polynomial in its coordinates, and a root.
const SUB_PIXEL: f64 = 17.0;

/// Capture fraction of a layer: two exponentials.
const LAYER: f64 = 25.0;

/// Polarization of a source, seen from a sub-pixel: another such polynomial.
const SOURCE: f64 = 6.0;

/// Operations of one step (sub-pixel × layer × source × spindle step × domain). What is computed
/// once for a sub-pixel or a source is shared by its steps. With `mixed` all is counted in single
/// precision.
pub fn fused_operations(experiment: &Experiment, mixed: bool) -> f64 {
    let orientations =
        f64::from(experiment.spindle.sweep.count) * experiment.crystal.domains.len() as f64;
    let sources = experiment.beam.sources.len() as f64;
    let layer = if experiment.detector.sensor.thickness > 0.0 { LAYER } else { 0.0 };
    let geometry = (SOURCE + (SUB_PIXEL + layer) / sources) / orientations;
    let tricubic = if experiment.structure.interpolate { TRICUBIC } else { 0.0 };
    let indices = INDICES[usize::from(experiment.detector.curved)];
    let all = indices + lattice(experiment) + TERM + tricubic + geometry;
    if mixed { all / 2.0 } else { all }
}

/// The lattice factor.
fn lattice(experiment: &Experiment) -> f64 {
    match experiment.crystal.shape {
        Shape::Square => {
            let cells = experiment.crystal.cells;
            let [h, k, l] = cells.map(degree);
            let few = h == k && k == l && (1.0..=2.0).contains(&h);
            cells.iter().map(|&cells| interference(cells, few)).sum()
        }
        Shape::Round | Shape::Gauss | Shape::Tophat => OTHER_SHAPES,
    }
}

/// sin(πNδ)/sin(πδ) for N cells along an axis.
///
/// Up to 10 cells: δ², a polynomial for cos(πδ) of degree 7, its square, and the Chebyshev polynomial
/// of that, of degree ⌊(N−1)/2⌋, with a factor cos(πδ) where N is even. The square of the cosine is
/// part of that polynomial where all axes have one of first or second degree (`few`). More cells: two
/// sines.
fn interference(cells: f64, few: bool) -> f64 {
    const MANY: f64 = 10.0;
    if cells <= 1.0 {
        return 0.0;
    }
    if cells > MANY {
        return 17.0;
    }
    let (square, cosine) = (1.0, 7.0);
    let factor = if cells % 2.0 == 0.0 { 2.0 } else { 0.0 };
    let in_square = if few { 0.0 } else { 1.0 };
    square + cosine + in_square + degree(cells) + factor
}

/// The degree of a Chebyshev polynomial.
fn degree(cells: f64) -> f64 {
    ((cells - 1.0) / 2.0).floor()
}

#[cfg(test)]
mod tests {
    use super::{fused_operations, interference};
    use nanobragg_reference::host::Host;
    use nanobragg_reference::report::Report;
    use nanobragg_reference::resolve::resolve;
    use nanobragg_reference::{Experiment, Request};

    fn experiment(more: &str) -> Experiment {
        let line = format!("-cell 90 90 90 90 90 90 -default_F 9 -detpixels 8 {more}");
        let request = Request::parse(line.split_whitespace()).expect("a request");
        resolve(&request, &Host::at(0), &mut Report::collect()).expect("a job").experiment
    }

    #[test]
    fn few_cells_are_cheaper_than_many() {
        let alone = |cells| interference(cells, false);
        assert_eq!([1.0, 2.0, 5.0, 8.0].map(alone), [0.0, 11.0, 11.0, 14.0]);
        assert_eq!([10.0, 11.0, 19.0].map(alone), [15.0, 17.0, 17.0]);
        assert_eq!(interference(5.0, true), 10.0);
    }

    #[test]
    fn geometry_is_shared_by_the_steps_of_a_source() {
        let one = fused_operations(&experiment("-N 5"), false);
        assert_eq!(one, 3.0 + 30.0 + 4.0 + 6.0 + 17.0);
        let many = fused_operations(&experiment("-N 5 -mosaic 1 -mosaic_dom 50"), false);
        assert!((many - (37.0 + 23.0 / 50.0)).abs() < 1e-12, "{many}");
        let mixed = fused_operations(&experiment("-curved_det -N 5"), true);
        assert_eq!(mixed, (9.0 + 30.0 + 4.0 + 23.0) / 2.0);
    }
}

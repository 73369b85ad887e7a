//! Experiments that sit on decisions of the pixel loop, where one rounding flips a whole term:
//! random ones hardly ever do.
//!
//! A plain experiment is resolved, the value at which one of its pixels decides is computed, and
//! an option is set to that value, or to one a few units of the last place beside it.

use nanobragg_reference::Experiment;
use nanobragg_reference::vector::{Vector, dot, magnitude, unitize};
use proptest::prelude::*;

use super::build::*;
use super::scene::{Scene, scenes};
use super::{basis, geometry, spindle};
use crate::fuzz::case::{Case, Content, Group};

/// What an experiment is at the edge of.
#[derive(Clone, Copy, Debug)]
enum Edge {
    /// A Miller index half-way between two integers.
    HalfIndex(usize),
    /// A Miller index at the end of the range of the interpolation.
    Limit(usize),
    /// A resolution limit at a pixel's resolution.
    Resolution,
    /// The rim of a top-hat spot through a pixel.
    Rim,
}

/// A pixel by fractions of the detector, and a distance in units of the last place.
type Aim = ([f64; 2], i64);

/// Edge cases of all kinds.
pub(super) fn edges() -> impl Strategy<Value = Case> {
    let edge = prop_oneof![
        3 => (0..3usize).prop_map(Edge::HalfIndex),
        3 => (0..3usize).prop_map(Edge::Limit),
        2 => Just(Edge::Resolution),
        2 => Just(Edge::Rim),
    ];
    let computed = scenes().prop_ind_flat_map(move |scene| {
        let aim = (prop::array::uniform2(0.0..1.0f64), -2..=2i64);
        (plain(&scene), edge.clone(), aim).prop_map(|(groups, edge, aim)| at(edge, groups, aim))
    });
    let others = scenes().prop_ind_flat_map(|scene| {
        either([
            (3, equal_maxima()),
            (3, zero_in_the_sweep(&scene)),
            (3, few_cells(&scene)),
            (2, all([plain(&scene), rims(scene.pixels)])),
            (2, all([plain(&scene), one_pixel()])),
        ])
    });
    prop_oneof![3 => computed, 2 => others].prop_map(|groups| Case { groups, ..Case::default() })
}

/// A detector of the scene, in its geometry, with one sub-pixel a pixel, and a cell of right
/// angles.
fn plain(scene: &Scene) -> Groups {
    let [a, b, c, ..] = scene.cell;
    let groups = vec![
        Group::new("cell", [a, b, c, 90.0, 90.0, 90.0]),
        Group::new("Na", [scene.cells[0]]),
        Group::new("Nb", [scene.cells[1]]),
        Group::new("Nc", [scene.cells[2]]),
        Group::new("default_F", [100]),
        Group::new("detpixels_f", [scene.pixels[0]]),
        Group::new("detpixels_s", [scene.pixels[1]]),
        Group::new("pixel", [scene.pixel]),
        Group::new("lambda", [scene.wavelength]),
        Group::new("oversample", [1]),
        Group::new("seed", [1]),
    ];
    let angle = || number(-180.0..180.0);
    let misset = some(0.6, with_three("misset", [angle(), angle(), angle()]));
    all([these(groups), geometry::geometry(scene), misset])
}

/// The groups with the value of one option at an edge; unchanged where there is none.
fn at(edge: Edge, mut groups: Vec<Group>, (fractions, ulps): Aim) -> Vec<Group> {
    let case = Case { groups: groups.clone(), ..Case::default() };
    let Ok(experiment) = case.command_line().resolve() else {
        return groups;
    };
    let size = experiment.detector.pixels;
    let pixel =
        [0, 1].map(|axis| ((fractions[axis] * size[axis] as f64) as usize).min(size[axis] - 1));
    let scattering = scattering(&experiment, pixel);
    let index = experiment.crystal.cell.map(|vector| dot(&vector, &scattering));
    match edge {
        Edge::HalfIndex(axis) => {
            scale_cell(
                &mut groups,
                axis,
                index[axis],
                index[axis].trunc() + 0.5f64.copysign(index[axis]),
                ulps,
            );
            groups.push(table(&index, 4, "checkers.hkl"));
        }
        Edge::Limit(axis) => {
            let end = index[axis].round();
            scale_cell(&mut groups, axis, index[axis], end, ulps);
            groups.push(table(&index, 2, "narrow.hkl"));
            groups.push(Group::flag("interpolate"));
        }
        Edge::Resolution => {
            let limit = 1e10 / magnitude(&scattering);
            groups.push(Group::new("dmin", [beside(limit, ulps)]));
        }
        Edge::Rim => {
            let fudge = 0.3969 / radius_sqr(&experiment, &index);
            groups.push(Group::flag("tophat_spots"));
            groups.extend(fudge.is_finite().then(|| Group::new("fudge", [beside(fudge, ulps)])));
        }
    }
    groups
}

/// The scattering vector at the middle of a pixel, 1/m.
fn scattering(experiment: &Experiment, pixel: [usize; 2]) -> Vector {
    let detector = &experiment.detector;
    let [fast, slow] = pixel.map(|count| detector.pixel_size * (count as f64 + 0.5));
    let position =
        [0, 1, 2].map(|i| detector.pix0[i] + fast * detector.fdet[i] + slow * detector.sdet[i]);
    let (ray, _) = unitize(&position);
    let source = &experiment.beam.sources[0];
    [0, 1, 2].map(|i| (ray[i] + source.direction[i]) / source.wavelength)
}

/// Squared distance from the nearest lattice point in 1/Å², times (Na Nb Nc)².
fn radius_sqr(experiment: &Experiment, index: &Vector) -> f64 {
    let crystal = &experiment.crystal;
    let offset = index.map(|x| x - (x - 0.5).ceil());
    let distance = [0, 1, 2]
        .map(|i| (0..3).map(|axis| offset[axis] * crystal.reciprocal[axis][i]).sum::<f64>());
    dot(&distance, &distance) * crystal.cells.iter().product::<f64>().powi(2)
}

/// A number some units of the last place beside another.
fn beside(x: f64, ulps: i64) -> f64 {
    f64::from_bits(x.to_bits().wrapping_add_signed(ulps))
}

/// Makes a cell length such that an index gets another value; indices near 0 stay.
fn scale_cell(groups: &mut [Group], axis: usize, index: f64, wanted: f64, ulps: i64) {
    let Some(cell) = groups.iter_mut().find(|group| group.option == "-cell") else {
        return;
    };
    let length: f64 = cell.values[axis].parse().unwrap_or(40.0);
    let wanted = beside(length * wanted / index, ulps);
    if (2.0..500.0).contains(&wanted) {
        cell.values[axis] = wanted.to_string();
    }
}

/// Reflections around an index, none like its neighbours.
fn table(index: &Vector, reach: i64, name: &str) -> Group {
    let middle = index.map(|x| (x.round() as i64).clamp(-50, 50));
    let range = |axis: usize| middle[axis] - reach..=middle[axis] + reach;
    let mut text = String::new();
    for h in range(0) {
        for k in range(1) {
            for l in range(2) {
                let f = 10 + (7 * h + 3 * k + 5 * l).rem_euclid(97);
                text += &format!("{h} {k} {l} {f}\n");
            }
        }
    }
    Group::file("hkl", name, Content::Text(text))
}

/// Images with pixels that are equal by symmetry.
fn equal_maxima() -> Groups {
    let centre = (1usize..=24, prop::sample::select(vec!["xds", "adxv", "dials", "denzo"]))
        .prop_map(|(count, convention)| {
            let middle = (count as f64 + 1.0) / 2.0;
            vec![
                Group::new("detpixels", [count]),
                Group::flag(convention),
                Group::new("ORGX", [middle]),
                Group::new("ORGY", [middle]),
                Group::new("Xbeam", [count as f64 * 0.5]),
                Group::new("Ybeam", [count as f64 * 0.5]),
            ]
        })
        .boxed();
    let flat =
        all([is("N", 1), flag("point_pixel"), flag("nopolar"), some(0.5, flag("curved_det"))]);
    all([these(basis()), centre, either([(1, none()), (1, flat)]), some(0.3, is("oversample", 2))])
}

/// A sweep with a step at exactly 0, with everything that a stale orientation passes through.
fn zero_in_the_sweep(scene: &Scene) -> Groups {
    let mut scene = scene.clone();
    scene.counts.phi = 6;
    let more = [
        all([is("mosaic", 1), is("mosaic_dom", 3)]),
        is("dispersion", 2),
        is("divergence", 3),
        is("detector_thick", 100),
        is("oversample", 2),
        these([Group::new("roi", [1, 5, 2, 6])]),
    ];
    all([
        these(basis()),
        spindle::through_zero(6),
        all(more.map(|part| some(0.3, part))),
        some(0.3, geometry::geometry(&scene)),
    ])
}

/// One, two or three cells along each axis, with each shape and with a table.
fn few_cells(scene: &Scene) -> Groups {
    let cells = ["Na", "Nb", "Nc"].map(|name| with(name, integer(1..=3)));
    let shapes = flag_of(&["square_xtal", "round_xtal", "gauss_xtal", "tophat_spots"]);
    let reflections = these([table(&[0.0; 3], 4, "few.hkl")]);
    let interpolation = flag_of(&["interpolate", "nointerpolate"]);
    all([
        plain(scene),
        all(cells),
        some(0.7, shapes),
        some(0.7, reflections),
        some(0.3, interpolation),
    ])
}

/// Regions along the border of the detector.
fn rims([fast, slow]: [usize; 2]) -> Groups {
    let [fast, slow] = [fast, slow].map(|count| count as i64 - 1);
    let regions = vec![
        [0, fast, 0, slow],
        [0, fast + 1, 0, slow + 1],
        [0, 0, 0, slow],
        [fast, fast, 0, slow],
        [0, fast, 0, 0],
        [0, fast, slow, slow],
        [fast, fast, slow, slow],
        [fast + 1, fast + 5, 0, slow],
        [fast, 0, 0, slow],
        [-1, fast, 0, -1],
    ];
    prop::sample::select(regions).prop_map(|region| vec![Group::new("roi", region)]).boxed()
}

/// Images of one pixel, one row, one column.
fn one_pixel() -> Groups {
    let prime = || word_of(&["1", "1", "2", "3", "37"]);
    let pixels = all([with("detpixels_f", prime()), with("detpixels_s", prime())]);
    all([pixels, some(0.3, flag("printout")), some(0.3, these([Group::new("roi", [0, 0, 0, 0])]))])
}

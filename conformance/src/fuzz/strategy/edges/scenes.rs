//! Set-ups that are at an edge as a whole.

use proptest::prelude::*;

use super::super::build::*;
use super::super::scene::Scene;
use super::super::{basis, geometry, spindle};
use super::{plain, table};
use crate::fuzz::case::{Content, Group};
use crate::fuzz::smv::Smv;

/// All of them.
pub(super) fn others(scene: &Scene) -> Groups {
    let regions =
        either([(3, rims(scene.pixels)), (2, mask(scene.pixels)), (1, points(scene.pixels))]);
    either([
        (3, equal_maxima()),
        (2, zero_in_the_sweep(scene)),
        (3, few_cells(scene)),
        (2, all([plain(scene), regions])),
        (2, all([plain(scene), one_pixel()])),
        (2, all([plain(scene), sensor()])),
        (2, all([plain(scene), factors_for_each_term()])),
        (2, all([plain(scene), curved()])),
    ])
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
pub(super) fn zero_in_the_sweep(scene: &Scene) -> Groups {
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
    let reflections = these([table(&[0.0; 3], [[4; 2]; 3], "few.hkl")]);
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

/// A region of one pixel, one column or one row, anywhere.
fn points([fast, slow]: [usize; 2]) -> Groups {
    (0..fast, 0..slow, 0u8..3)
        .prop_map(move |(x, y, kind)| {
            let columns = if kind == 2 { [0, fast - 1] } else { [x, x] };
            let rows = if kind == 1 { [0, slow - 1] } else { [y, y] };
            vec![Group::new("roi", [columns, rows].concat())]
        })
        .boxed()
}

/// A mask of one pixel, one column, every second pixel, or nothing.
fn mask(size: [usize; 2]) -> Groups {
    let [fast, slow] = size;
    (0..fast, 0..slow, 0u8..5)
        .prop_map(move |(x, y, kind)| {
            let is_on = |place: usize| match kind {
                0 | 1 => place == y * fast + x,
                2 => place % fast == x,
                3 => place.is_multiple_of(2),
                _ => false,
            };
            let pixels = (0..fast * slow).map(|place| u16::from(is_on(place))).collect();
            let image = Smv {
                size,
                keys: Vec::new(),
                space: "",
                big_endian: false,
                padding: b' ',
                dimensions: false,
                pixels,
            };
            vec![Group::file("mask", "mask.img", Content::Smv(image))]
        })
        .boxed()
}

/// Images of one pixel, one row, one column.
fn one_pixel() -> Groups {
    let prime = || word_of(&["1", "1", "2", "3", "37"]);
    let pixels = all([with("detpixels_f", prime()), with("detpixels_s", prime())]);
    all([pixels, some(0.3, flag("printout")), some(0.3, these([Group::new("roi", [0, 0, 0, 0])]))])
}

/// Sensors that capture next to nothing, or everything in their first layers, so that the last
/// ones capture 0.
fn sensor() -> Groups {
    all([
        with("detector_thick", word_of(&["1e-6", "0.001", "1", "1e4", "1e5", "1e7"])),
        with("detector_abs", word_of(&["0.01", "1", "10", "1000", "1e6", "1e9"])),
        with("thicksteps", integer(1..=6)),
        some(0.3, flag("oversample_thick")),
        some(0.3, is("oversample", 2)),
    ])
}

/// All `-oversample_` options together, with something to multiply.
fn factors_for_each_term() -> Groups {
    all([
        flag("oversample_thick"),
        flag("oversample_polar"),
        flag("oversample_omega"),
        some(0.8, all([is("detector_thick", 300), is("detector_abs", 200), is("thicksteps", 2)])),
        some(0.5, is("oversample", 2)),
        some(0.4, all([is("dispersion", 2), is("dispsteps", 2)])),
        some(0.2, flag("nopolar")),
        some(0.3, is("water", 1)),
    ])
}

/// A detector whose pixels all have the same distance.
fn curved() -> Groups {
    all([
        flag("curved_det"),
        some(0.3, flag("point_pixel")),
        some(0.3, is("oversample", 2)),
        some(0.3, all([is("detector_thick", 300), is("thicksteps", 2)])),
        // As the last argument -curved_det would do nothing.
        flag("noprogress"),
    ])
}

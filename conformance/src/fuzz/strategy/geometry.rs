//! Conventions, axes, pivot, beam centre, distances and rotations of the detector.

use nanobragg_reference::vector::Vector;
use proptest::prelude::*;

use super::Subject;
use super::build::*;
use super::scene::{Frame, Scene, times};
use crate::fuzz::case::Group;

/// Options of the geometry.
pub(super) fn geometry(scene: &Scene) -> Groups {
    let odds = |otherwise| scene.odds(Subject::Geometry, otherwise);
    all([
        convention(scene),
        some(odds(0.15), with("pivot", word_of(&["sample", "beam"]))),
        distance(scene.distance),
        some(odds(0.15), centre(scene)),
        some(odds(0.18), rotations()),
        some(odds(0.14), with("twotheta", number(-35.0..35.0))),
    ])
}

fn convention(scene: &Scene) -> Groups {
    let another = flag_of(&["mosflm", "xds", "adxv", "denzo", "dials"]);
    match scene.frame {
        Frame::Default => none(),
        Frame::Named(name) => all([flag(name), some(0.05, another)]),
        Frame::Custom => all([axes(scene), some(0.08, another)]),
    }
}

/// Axes that fit together, all of them or some.
fn axes(scene: &Scene) -> Groups {
    let turned = |vector: Vector| times(&scene.rotation, vector);
    let tilted = |vector: Vector| times(&scene.tilt, vector);
    let [beam, fast, slow] = [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]].map(turned);
    let detector = |axes: [Vector; 3]| {
        let [fast, slow, normal] = axes;
        let normal = either([(3, axis("odet_vector", normal)), (1, exact("odet_vector", normal))]);
        all([axis("fdet_vector", fast), axis("sdet_vector", slow), normal])
    };
    let flat = [fast, slow, beam];
    let detectors = either([(3, detector(flat)), (2, detector(flat.map(tilted)))]);
    // Each of these alone still gives a detector in the beam, as the default axes are close.
    let single = either([
        (1, axis("fdet_vector", tilted([0.0, 0.0, 1.0]))),
        (1, axis("sdet_vector", tilted([0.0, -1.0, 0.0]))),
        (1, axis("odet_vector", tilted([1.0, 0.0, 0.0]))),
        (1, these([Group::new("odet_vector", [0.96, 0.28, 0.0])])),
        (1, axis("beam_vector", tilted([1.0, 0.0, 0.0]))),
    ]);
    let rest = [
        some(0.7, axis("polar_vector", fast)),
        some(0.7, axis("spindle_axis", fast)),
        some(0.3, either([(3, axis("twotheta_axis", fast)), (1, whole_axis())])),
        some(0.12, origin()),
    ];
    all([either([(4, all([axis("beam_vector", beam), detectors])), (2, single)]), all(rest)])
}

/// A direction in some spelling, of unit length or not.
fn axis(name: &'static str, vector: Vector) -> Groups {
    let length = prop_oneof![3 => Just(1.0).boxed(), 1 => (0.3..4.0f64).boxed()];
    (length, prop::sample::select(vec![3, 5, 9]))
        .prop_map(move |(length, digits)| {
            let words = vector.map(|x| rounded(x * length, digits));
            vec![Group::new(name, words)]
        })
        .boxed()
}

/// A direction to the last bit.
fn exact(name: &'static str, vector: Vector) -> Groups {
    these([Group::new(name, vector)])
}

/// A two-theta axis of small integers.
fn whole_axis() -> Groups {
    with_three("twotheta_axis", [integer(-3..=3), integer(-1..=1), word_of(&["1"])])
}

fn origin() -> Groups {
    let values = || [number(-1.0..1.0), number(-1.0..1.0), number(-1.0..1.0)];
    either([(2, with_three("pix0_vector", values())), (1, with_three("pix0_vector_mm", values()))])
}

fn distance(mm: f64) -> Groups {
    let [along, near] = ["distance", "close_distance"];
    either([
        (10, with(along, about(mm))),
        (2, with(near, about(mm))),
        (1, all([with(near, about(mm)), with(along, number(mm * 0.7..mm * 1.3))])),
    ])
}

/// Beam spot, nearest point or XDS origin.
fn centre(scene: &Scene) -> Groups {
    let [width, height] = scene.size();
    let [fast, slow] = scene.pixels.map(|count| count as f64);
    let along = |length: f64| either_number(length);
    let pair = |x: Groups, y: Groups| all([some(0.9, x), some(0.9, y)]);
    let spot = pair(with("Xbeam", along(width)), with("Ybeam", along(height)));
    let near = pair(with("Xclose", along(width)), with("Yclose", along(height)));
    let org = pair(with("ORGX", along(fast)), with("ORGY", along(slow)));
    either([
        (3, spot.clone()),
        (2, near.clone()),
        (3, org.clone()),
        (1, all([spot.clone(), near.clone()])),
        (1, all([spot, near, org])),
    ])
}

/// A position on the detector mostly, beside it, or its middle.
fn either_number(length: f64) -> Value {
    prop_oneof![
        6 => number(length * 0.2..length * 0.8),
        2 => number(length * -0.2..length * 1.2),
        1 => about(length / 2.0),
    ]
    .boxed()
}

fn rotations() -> Groups {
    let angle = || often(&["0"], prop_oneof![number(-25.0..25.0), number(-3.0..3.0)].boxed());
    all(["detector_rotx", "detector_roty", "detector_rotz"]
        .map(|name| some(0.6, with(name, angle()))))
}

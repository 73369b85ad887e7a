//! Experiments that sit on decisions of the pixel loop, where one rounding flips a whole term:
//! random ones hardly ever do.
//!
//! [`aim`] computes the value of an option at which a pixel decides. [`scenes`] are set-ups that
//! are at an edge as a whole: equal maxima, regions and masks of a pixel, sensors that capture
//! nothing, sweeps through 0.

mod aim;
mod scenes;

use nanobragg_reference::quirks::Quirk;
use proptest::prelude::*;

use super::build::*;
use super::geometry;
use super::scene::{self, Scene};
use crate::fuzz::case::{Case, Content, Group};
use aim::{Aim, Edge, at};

/// Edge cases of all kinds; with `own_options`, quirks are switched among them.
pub(super) fn edges(own_options: bool) -> impl Strategy<Value = Case> {
    let computed = scene::scenes().prop_ind_flat_map(move |scene| {
        let aim = (prop::array::uniform2(0.0..1.0f64), -2..=2i64, 1usize..=3, 0u8..3);
        let aim = aim.prop_map(|(fractions, ulps, oversample, kind)| Aim {
            fractions,
            ulps,
            // Most of them with one sub-pixel a pixel.
            oversample: if kind == 0 { oversample } else { 1 },
        });
        (plain(&scene), edge(own_options), aim)
            .prop_map(|(groups, edge, aim)| at(edge, groups, aim))
    });
    let swept = scene::scenes().prop_ind_flat_map(|scene| {
        let aim = prop::array::uniform2(0.0..1.0f64);
        (scenes::zero_in_the_sweep(&scene), aim).prop_map(|(groups, fractions)| {
            at(Edge::Resolution, groups, Aim { fractions, ulps: 0, oversample: 1 })
        })
    });
    let others = scene::scenes().prop_ind_flat_map(|scene| scenes::others(&scene));
    let quirks = if own_options { some(0.5, switched()) } else { none() };
    (prop_oneof![12 => computed, 2 => swept, 8 => others], quirks).prop_map(
        |(mut groups, quirks)| {
            // The edge may ask for a switch of its own.
            if !groups.iter().any(|group| group.option == "-quirks") {
                groups.extend(quirks);
            }
            Case { groups, ..Case::default() }
        },
    )
}

/// What a case is aimed at; corrected rules are, as the C program has none, among `own_options`.
fn edge(own_options: bool) -> BoxedStrategy<Edge> {
    let axis = 0..3usize;
    let exponent = prop::sample::select(vec![340.0, 372.3, 700.0, 708.4, 744.44, 745.13, 760.0]);
    let corrected = any::<bool>().prop_map(move |corrected| corrected && own_options);
    let limit = (axis.clone(), corrected, any::<bool>());
    prop_oneof![
        3 => axis.clone().prop_map(Edge::HalfIndex),
        3 => limit.prop_map(|(axis, corrected, upper)| Edge::Limit { axis, corrected, upper }),
        2 => Just(Edge::Resolution),
        2 => Just(Edge::Rim),
        1 => Just(Edge::Perpendicular),
        2 => (axis, prop::sample::select(vec![1000, 2500, 5000]))
            .prop_map(|(axis, cells)| Edge::Top { axis, cells }),
        1 => Just(Edge::RoundTop),
        1 => exponent.prop_map(Edge::Tail),
    ]
    .boxed()
}

/// No quirk, all but one, or a single one.
fn switched() -> Groups {
    let one = |start: &'static str| {
        prop::sample::select(Quirk::ALL)
            .prop_map(move |quirk| vec![Group::new("quirks", [format!("{start}{}", quirk.name())])])
            .boxed()
    };
    either([(2, is("quirks", "none")), (1, one("c,-")), (1, one("none,+"))])
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

/// Reflections around an index, none like its neighbours: from so many below to so many above it
/// along each axis.
fn table(index: &[f64; 3], reach: [[i64; 2]; 3], name: &str) -> Group {
    let middle = index.map(|x| (x.round() as i64).clamp(-1000, 1000));
    let range = |axis: usize| middle[axis] - reach[axis][0]..=middle[axis] + reach[axis][1];
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

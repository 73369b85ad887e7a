//! Pixels, their size, the region, the sensor.

use proptest::prelude::*;

use super::Subject;
use super::build::*;
use super::scene::Scene;
use crate::fuzz::case::Group;

/// Options of the detector.
pub(super) fn detector(scene: &Scene) -> Groups {
    let odds = |otherwise| scene.odds(Subject::Detector, otherwise);
    all([
        size(scene),
        some(0.95, with("pixel", exactly(scene.pixel))),
        some(odds(0.2), roi(scene.pixels)),
        some(odds(0.06), flag("curved_det")),
        some(odds(0.06), flag("point_pixel")),
        sensor(scene),
    ])
}

/// A number that other options were chosen for.
fn exactly(x: f64) -> Value {
    Just(rounded(x, 9).to_string()).boxed()
}

/// The number of pixels, in one of the ways to give it.
fn size(scene: &Scene) -> Groups {
    let [fast, slow] = scene.pixels;
    let pixel = scene.pixel;
    let in_pixels = all([is("detpixels_f", fast), is("detpixels_s", slow)]);
    let mm = move |name: &'static str, count: usize| {
        let value = (-0.4..0.4f64)
            .prop_map(move |part| rounded((count as f64 + part) * pixel, 9).to_string());
        with(name, value.boxed())
    };
    let mut ways = vec![
        (4, in_pixels.clone()),
        (3, all([mm("detsize_f", fast), mm("detsize_s", slow)])),
        (1, all([is("detpixels_f", fast), mm("detsize_s", slow)])),
        // Loses against the number of pixels.
        (1, all([in_pixels, with("detsize", number(1.0..50.0))])),
    ];
    if fast == slow {
        ways.extend([(4, is("detpixels", fast)), (3, mm("detsize", fast))]);
    }
    either(ways)
}

/// A region: within the detector mostly, one pixel wide, at its rim, or reaching beyond it.
fn roi([fast, slow]: [usize; 2]) -> Groups {
    let span = |count: usize| {
        let last = count as i64 - 1;
        let within = (0..=last, 0..=last).prop_map(|(a, b)| (a.min(b), a.max(b))).boxed();
        let one = (0..=last).prop_map(|at| (at, at)).boxed();
        prop_oneof![
            8 => within,
            1 => one,
            1 => (-1..=last).prop_map(|to| (-1, to)).boxed(),
            1 => (0..=last, -3..0i64).boxed(),
            1 => (0..=last, last..last + 6).boxed(),
            1 => Just((0, last + 100)).boxed(),
            1 => Just((last, 0)).boxed(),
        ]
    };
    (span(fast), span(slow))
        .prop_map(|((xmin, xmax), (ymin, ymax))| vec![Group::new("roi", [xmin, xmax, ymin, ymax])])
        .boxed()
}

/// Thickness, layers and absorption.
fn sensor(scene: &Scene) -> Groups {
    let most = scene.counts.layers as i64;
    let steps = prop::sample::select(vec!["thicksteps", "detector_thicksteps"]);
    let steps = move |range| {
        (steps.clone(), integer(range))
            .prop_map(|(name, count)| vec![Group::new(name, [count])])
            .boxed()
    };
    if most < 2 {
        return some(0.05, steps(1..=5));
    }
    let thickness = either([
        (9, with("detector_thick", often(&["100", "300", "450"], number(5.0..2000.0)))),
        (1, is("detector_thick", -100)),
    ]);
    let absorption = either([
        (9, with("detector_abs", often(&["100", "200"], number(10.0..3000.0)))),
        (1, with("detector_abs", word_of(&["inf", "infinity", "0", "-50"]))),
    ]);
    all([thickness, some(0.7, steps(1..=most)), some(0.8, absorption)])
}

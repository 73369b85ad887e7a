//! Output files, their scales, what is printed.

use proptest::prelude::*;

use super::Subject;
use super::build::*;
use super::scene::Scene;
use crate::fuzz::case::Group;

/// Options of the output.
pub(super) fn outputs(scene: &Scene) -> Groups {
    let odds = |otherwise| scene.odds(Subject::Outputs, otherwise);
    let scale = || often(&["1", "0", "-1"], decades(-3.0..4.0));
    all([
        some(odds(0.1), with("floatfile", word_of(&["f.bin", "float image.dat"]))),
        some(odds(0.1), with("intfile", word_of(&["i.img", "int image.img"]))),
        some(odds(0.1), with("pgmfile", word_of(&["p.pgm", "picture"]))),
        some(odds(0.1), with("noisefile", word_of(&["n.img", "noise"]))),
        some(odds(0.07), flag("nonoise")),
        some(odds(0.07), flag("nopgm")),
        some(odds(0.15), with("scale", scale())),
        some(odds(0.15), with("pgmscale", scale())),
        some(odds(0.2), with("adc", offset())),
        some(0.5, flag("noprogress")),
        some(0.1, flag("progress")),
        some(if scene.is_about(Subject::Outputs) { 0.15 } else { 0.04 }, printout(scene)),
    ])
}

fn offset() -> Value {
    often(&["0", "10", "100", "-100", "0.5", "60000", "-1000"], number(-60.0..500.0))
}

fn printout(scene: &Scene) -> Groups {
    let [fast, slow] = scene.pixels.map(|count| count as i64);
    let pixel = (0..fast, 0..slow)
        .prop_map(|(fast, slow)| vec![Group::new("printout_pixel", [fast, slow])])
        .boxed();
    let all_pixels = u32::from(fast * slow <= 200);
    either([(all_pixels, flag("printout")), (2, pixel)])
}

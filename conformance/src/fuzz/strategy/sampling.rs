//! Sub-pixels, resolution limit and water.

use super::Subject;
use super::build::*;
use super::scene::Scene;

/// Options of the sampling.
pub(super) fn sampling(scene: &Scene) -> Groups {
    let odds = |otherwise| scene.odds(Subject::Sampling, otherwise);
    let limit = 1.0 / scene.resolution();
    let thick = if scene.counts.layers > 1 { 0.25 } else { 0.02 };
    all([
        oversample(scene),
        some(thick, flag("oversample_thick")),
        some(odds(0.1), flag("oversample_polar")),
        some(odds(0.1), flag("oversample_omega")),
        some(odds(0.15), with("dmin", number(limit * 0.5..limit * 2.0))),
        some(odds(0.2), with("water", decades(-1.6..0.6))),
        some(odds(0.04), flag("coherent")),
    ])
}

/// A number of sub-pixels; none where the program's own choice is as small.
fn oversample(scene: &Scene) -> Groups {
    let most = scene.counts.oversample as i64;
    let given = with("oversample", integer(1..=most));
    if scene.recommended() <= scene.counts.oversample {
        let automatic = either([(4, none()), (1, with("oversample", word_of(&["0", "-1"])))]);
        return either([(1, automatic), (1, given)]);
    }
    given
}

//! The spindle.

use proptest::prelude::*;

use super::Subject;
use super::build::*;
use super::scene::Scene;
use crate::fuzz::case::Group;

/// Options of the spindle.
pub(super) fn spindle(scene: &Scene) -> Groups {
    let most = scene.counts.phi as i64;
    let start = with("phi", often(&["0", "10", "-30"], number(-180.0..180.0)));
    if most < 2 {
        return some(scene.odds(Subject::Spindle, 0.1), start);
    }
    let range = with("osc", often(&["0.1", "0.5", "1", "5", "30"], number(0.01..90.0)));
    let step = with("phistep", number(0.05..5.0));
    let steps = with("phisteps", integer(2..=most));
    let start = some(0.5, start);
    either([
        (2, steps.clone()),
        (1, all([start.clone(), range.clone()])),
        (1, all([start.clone(), step.clone()])),
        (4, all([start.clone(), range.clone(), steps.clone()])),
        (2, all([start.clone(), range_over_step(most)])),
        (1, all([start, range.clone(), step.clone(), steps.clone()])),
        (1, all([range.clone(), is("phistep", 0), steps.clone()])),
        (1, all([step, steps.clone()])),
        (2, all([is("phi", 0), range, steps])),
        (5, through_zero(most)),
    ])
}

/// A number of steps that follows from range and step.
fn range_over_step(most: i64) -> Groups {
    (0.05..2.0f64, 2..=most, 0.1..0.9f64)
        .prop_map(|(step, count, part)| {
            let step = rounded(step, 4);
            let range = rounded(step * (count as f64 - part), 4);
            vec![Group::new("phistep", [step]), Group::new("osc", [range])]
        })
        .boxed()
}

/// A step at exactly 0, behind others.
pub(super) fn through_zero(most: i64) -> Groups {
    (prop::sample::select(vec![0.25, 0.5, 1.0, 2.0, 10.0]), 1i64..=2, 0i64..=2, any::<bool>())
        .prop_map(move |(angle, before, after, halves)| {
            if halves {
                let groups = [("phi", -angle), ("osc", 2.0 * angle), ("phisteps", 2.0)];
                return groups.map(|(name, value)| Group::new(name, [value])).to_vec();
            }
            let count = (before + 1 + after).min(most);
            vec![
                Group::new("phi", [-angle * before as f64]),
                Group::new("osc", [angle * count as f64]),
                Group::new("phistep", [angle]),
                Group::new("phisteps", [count]),
            ]
        })
        .boxed()
}

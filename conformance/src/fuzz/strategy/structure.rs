//! Structure factors: files, the default, interpolation, tables without effect.

use proptest::prelude::*;

use super::Subject;
use super::build::*;
use super::reflections;
use super::scene::Scene;
use crate::fuzz::case::{Content, Group};

/// Options of the structure factors.
pub(super) fn structure(scene: &Scene) -> Groups {
    let odds = |otherwise| scene.odds(Subject::Structure, otherwise);
    let amplitude = || with("default_F", often(&["100", "50", "7", "-20"], decades(-1.0..4.0)));
    let file = either([(8, reflection_file(scene)), (1, dump(scene))]);
    let share = if scene.is_about(Subject::Structure) { 16 } else { 10 };
    all([
        either([(share, all([file, some(0.5, amplitude())])), (20 - share, amplitude())]),
        some(odds(0.12), flag_of(&["interpolate", "interpolate", "nointerpolate"])),
        some(odds(0.05), amorphous()),
        some(odds(0.02), with("stolout", word_of(&["out.stol"]))),
    ])
}

fn reflection_file(scene: &Scene) -> Groups {
    let names = prop::sample::select(vec!["P1.hkl", "P1.hkl", "a b.hkl"]);
    let file = reflections::ranges(scene, scene.is_about(Subject::Structure))
        .prop_ind_flat_map(reflections::file);
    let hkl = (names, file)
        .prop_map(|(name, text)| vec![Group::file("hkl", name, Content::Text(text))])
        .boxed();
    all([hkl, some(0.15, with("dump", word_of(&["Fd.bin", "my dump", "Fdump.bin"])))])
}

/// A dump that `-dump` names.
fn dump(scene: &Scene) -> Groups {
    reflections::ranges(scene, true)
        .prop_ind_flat_map(reflections::dump)
        .prop_map(|dump| vec![Group::file("dump", "given.dump", Content::Dump(dump))])
        .boxed()
}

/// A dump of the default name that lies in the directory.
pub(super) fn left_behind(scene: &Scene) -> BoxedStrategy<Option<(String, Content)>> {
    let file = reflections::ranges(scene, true)
        .prop_ind_flat_map(reflections::dump)
        .prop_map(|dump| ("Fdump.bin".to_owned(), Content::Dump(dump)));
    prop::option::weighted(scene.odds(Subject::Structure, 0.05).min(0.15), file).boxed()
}

/// A table of amorphous structure factors.
fn amorphous() -> Groups {
    let names = prop::sample::select(vec!["stol", "4stol", "Q"]);
    let strange = prop::sample::select(vec!["", "", "", "0.5\n", "\n", "0.3 2.5 and more\n"]);
    (names, 1usize..30, strange)
        .prop_map(|(name, count, strange)| {
            let lines = (0..count).map(|line| format!("{:.2} {}\n", line as f64 * 0.02, line % 7));
            let text = lines.collect::<String>() + strange;
            vec![Group::file(name, "water.stol", Content::Text(text))]
        })
        .boxed()
}

//! The options that the project has beside those of the C program.

use nanobragg_reference::quirks::Quirk;
use proptest::prelude::*;

use super::build::*;
use crate::fuzz::case::Group;

/// Switches of quirks, images of our own, leniency.
pub(super) fn own() -> Groups {
    all([
        some(0.5, quirks()),
        some(0.05, is("pngfile", "picture.png")),
        some(0.05, is("npyfile", "image.npy")),
        some(0.05, is("cbffile", "image.cbf")),
        some(0.05, is("noisecbf", "noise.cbf")),
        some(0.05, flag("lenient")),
        some(0.05, with("threads", integer(1..=3))),
    ])
}

/// No quirk, some switched off, or some switched on.
fn quirks() -> Groups {
    let some_of = || prop::sample::subsequence(Quirk::ALL.to_vec(), 1..=5);
    let list = |start: &'static str, sign: &'static str| {
        some_of().prop_map(move |quirks| {
            let names = quirks.iter().map(|quirk| format!(",{sign}{}", quirk.name()));
            vec![Group::new("quirks", [start.to_owned() + &names.collect::<String>()])]
        })
    };
    either([(2, is("quirks", "none")), (3, list("c", "-").boxed()), (2, list("none", "+").boxed())])
}

//! SMV images for `-mask` and `-img`, whose headers set the camera.

use proptest::collection::vec;
use proptest::prelude::*;

use super::Subject;
use super::build::*;
use super::scene::Scene;
use crate::fuzz::case::{Content, Group};
use crate::fuzz::smv::Smv;

/// A mask, an image, or both.
pub(super) fn headers(scene: &Scene) -> Groups {
    let mask = image(scene, "mask", "mask.img");
    let camera = image(scene, "img", "in.img");
    let odds = scene.odds(Subject::Headers, 0.08);
    some(odds, either([(2, mask.clone()), (2, camera.clone()), (1, all([mask, camera]))]))
}

fn image(scene: &Scene, name: &'static str, file: &'static str) -> Groups {
    let size = scene.pixels;
    let space = prop::sample::select(vec!["", "", " ", "   "]);
    let layout =
        (space, any::<bool>(), prop::sample::select(vec![b' ', 0]), prop::bool::weighted(0.1));
    (keys(scene), pixels(size[0] * size[1]), layout)
        .prop_map(move |(keys, pixels, (space, big_endian, padding, dimensions))| {
            let dimensions = dimensions && size[0] == size[1];
            let image = Smv { size, keys, space, big_endian, padding, dimensions, pixels };
            vec![Group::file(name, file, Content::Smv(image))]
        })
        .boxed()
}

/// Header keys in any order, the first of them twice now and then.
fn keys(scene: &Scene) -> BoxedStrategy<Vec<(String, String)>> {
    let key = |probability: f64, name: &'static str, value: Value| {
        let pair = value.prop_map(move |value| (name.to_owned(), value));
        prop::option::weighted(probability, pair).boxed()
    };
    let [width, height] = scene.size();
    let [fast, slow] = scene.pixels.map(|count| count as f64);
    let part = |length: f64| number(length * 0.3..length * 0.7);
    let mut keys = vec![
        key(0.75, "PIXEL_SIZE", Just(scene.pixel.to_string()).boxed()),
        key(0.6, "DISTANCE", about(scene.distance)),
        key(0.25, "CLOSE_DISTANCE", number(scene.distance * 0.9..scene.distance * 1.1)),
        key(0.5, "WAVELENGTH", about(scene.wavelength)),
        key(0.5, "BEAM_CENTER_X", part(width)),
        key(0.5, "BEAM_CENTER_Y", part(height)),
        key(0.2, "ORGX", part(fast)),
        key(0.2, "XDS_ORGY", part(slow)),
        key(0.1, "XDS_ORGX", part(fast)),
        key(0.1, "ORGY", part(slow)),
        key(0.2, "PHI", word_of(&["0", "10", "-5.5"])),
        key(0.1, "OSC_PHI", word_of(&["0", "10", "-5.5"])),
        key(0.25, "TWOTHETA", word_of(&["0", "7", "-3.5"])),
        key(0.3, "DETECTOR_SN", word_of(&["000"])),
        // Values that are no numbers, or more than one.
        key(0.04, "PHI", word_of(&["", "abc", "1e1", "5 deg", "+.5", "0x1p3"])),
        key(0.04, "BEAM_CENTER_Y", word_of(&["", "x", "12 13", "1e", "-0"])),
    ];
    // Spindle steps of a header come on top of those of the scene.
    if scene.counts.phi > 1 {
        keys.push(key(0.3, "OSC_RANGE", word_of(&["1", "0.5", "0"])));
    }
    (keys, prop::bool::weighted(0.1))
        .prop_map(|(keys, twice)| {
            let mut keys: Vec<_> = keys.into_iter().flatten().collect();
            let again = keys.first().cloned().filter(|_| twice);
            keys.extend(again);
            keys
        })
        .prop_shuffle()
        .boxed()
}

/// Pixel values, of which some are 0.
fn pixels(count: usize) -> BoxedStrategy<Vec<u16>> {
    let zero = prop::sample::select(vec![0.05, 0.3, 0.7]);
    let scattered = zero.prop_flat_map(move |zero| {
        let value = prop_oneof![Just(1u16), Just(u16::MAX), any::<u16>()];
        vec(prop::option::weighted(1.0 - zero, value).prop_map(Option::unwrap_or_default), count)
    });
    let half =
        (0..count).prop_map(move |from| (0..count).map(|at| u16::from(at >= from)).collect());
    prop_oneof![3 => scattered.boxed(), 1 => half.boxed(), 1 => Just(vec![1; count]).boxed()]
        .boxed()
}

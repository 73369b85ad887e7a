//! Seeds of the three random streams.

use proptest::prelude::*;

use super::build::*;

/// A seed for the noise always, for the mosaic domains mostly.
pub(super) fn seeds() -> Groups {
    all([with("seed", seed()), some(0.7, with("mosaic_seed", seed()))])
}

fn seed() -> Value {
    prop_oneof![
        14 => integer(1..=99_999),
        3 => integer(-99_999..=-1),
        1 => word_of(&["0"]),
        1 => word_of(&["2147483647"]),
        2 => integer(100_000..=2_147_483_646),
    ]
    .boxed()
}

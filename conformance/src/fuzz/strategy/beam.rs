//! Wavelength, fluence and polarization.

use proptest::prelude::*;

use super::Subject;
use super::build::*;
use super::scene::Scene;
use crate::fuzz::case::Group;

/// Options of the beam.
pub(super) fn beam(scene: &Scene) -> Groups {
    let odds = |otherwise| scene.odds(Subject::Beam, otherwise);
    all([
        wavelength(scene),
        some(odds(0.3), either([(1, with("fluence", decades(26.5..31.5))), (1, flux())])),
        some(0.03, ignored()),
        some(odds(0.25), with("polar", often(&["0", "1", "0.5", "-1", "1.7"], number(-1.0..1.0)))),
        some(odds(0.1), flag("nopolar")),
    ])
}

fn wavelength(scene: &Scene) -> Groups {
    let angstrom = scene.wavelength;
    let default = u32::from(angstrom == 1.0) * 3;
    either([
        (default, none()),
        (6, is("lambda", angstrom)),
        (2, with("energy", about(12398.42 / angstrom))),
    ])
}

/// A fluence from flux, exposure and beam size.
fn flux() -> Groups {
    (26.5..31.5f64, -3.0..-0.5f64, prop::option::of(-2.0..1.0f64), any::<bool>())
        .prop_map(|(fluence, size, exposure, also_fluence)| {
            let size = rounded(10f64.powf(size), 4);
            let seconds = rounded(10f64.powf(exposure.unwrap_or(0.0)), 3);
            let flux = 10f64.powf(fluence) * (size * 1e-3).powi(2) / seconds;
            let mut groups =
                vec![Group::new("flux", [rounded(flux, 5)]), Group::new("beamsize", [size])];
            groups.extend(exposure.map(|_| Group::new("exposure", [seconds])));
            groups.extend(also_fluence.then(|| Group::new("fluence", ["1e27"])));
            groups
        })
        .boxed()
}

/// Parts of a fluence without the flux that they belong to.
fn ignored() -> Groups {
    either([
        (1, with("exposure", word_of(&["2", "0", "-1"]))),
        (1, with("beamsize", word_of(&["0", "-1", "0.05"]))),
        (1, is("flux", 0)),
    ])
}

//! Wavelength and fluence of the beam, and how much of the crystal it meets.

use crate::arguments::options::Id;
use crate::arguments::scan::{Action, Scanned};
use crate::arguments::settings::Settings;
use crate::cformat::g;
use crate::error::{Error, Result};
use crate::quirks::{Quirk, Quirks};
use crate::report::Report;

/// Refuses a wavelength that gives no diffraction, in the words of the user.
pub(super) fn wavelength(settings: &Settings, scanned: &Scanned) -> Result<()> {
    if settings.wavelength > 0.0 && settings.wavelength.is_finite() {
        return Ok(());
    }
    let sets = |action: &&Action| matches!(action.id, Id::Lambda | Id::Energy);
    let from = match scanned.actions.iter().rfind(sets) {
        Some(Action { typed, values, .. }) => {
            values.iter().fold(typed.to_string_lossy().into_owned(), |text, value| {
                format!("{text} {}", value.to_string_lossy())
            })
        }
        None => match &settings.wavelength_header {
            Some((option, path)) => format!("the header of {option} {}", path.display()),
            None => "-lambda".into(),
        },
    };
    Err(Error::Usage(format!("{from}: a wavelength of {} Å", g(settings.wavelength * 1e10))))
}

/// Photons per m² (C:1131).
pub(super) fn fluence(settings: &Settings) -> Result<f64> {
    let Settings { flux, exposure, beamsize, .. } = *settings;
    let fluence = if flux != 0.0 && exposure > 0.0 && beamsize >= 0.0 {
        flux * exposure / beamsize / beamsize
    } else {
        settings.fluence
    };
    if fluence.is_finite() {
        return Ok(fluence);
    }
    Err(Error::Usage(format!(
        "-flux {} with -beamsize {} mm gives a fluence of {}",
        g(flux),
        g(beamsize * 1000.0),
        g(fluence)
    )))
}

/// Crystal size after the beam has clipped it (C:1134-1142).
pub(super) fn clip_sample(
    settings: &Settings,
    quirks: Quirks,
    decisive: &mut Quirks,
    report: &mut Report<'_>,
) -> [f64; 3] {
    let mut size = settings.sample_size;
    let beam = settings.beamsize;
    let clips = beam >= 0.0 && (beam < size[1] || beam < size[2]);
    let asked_for = settings.beamsize_given && beam > 0.0;
    if clips && !asked_for {
        decisive.insert(Quirk::DefaultBeamsize);
    }
    if !clips || (!asked_for && !quirks.has(Quirk::DefaultBeamsize)) {
        return size;
    }
    for (axis, name) in [(1, "high"), (2, "wide")] {
        if beam < size[axis] {
            writeln!(
                report,
                "WARNING: clipping sample ({} m {name}) with beam ({} m)",
                g(size[axis]),
                g(beam)
            );
            size[axis] = beam;
        }
    }
    size
}

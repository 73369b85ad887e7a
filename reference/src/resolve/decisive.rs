//! Which switches make a difference for a request, as far as that is known before it is rendered.

use super::{detector, sampling};
use crate::arguments::Scanned;
use crate::arguments::settings::{Settings, Sweep};
use crate::error::Error;
use crate::experiment::{Experiment, Sensor};
use crate::host::Host;
use crate::quirks::{Quirk, Quirks};
use crate::report::Report;

/// Whether headers that are read by whole keys would describe another camera. `here` is the one
/// that the C program's way gives.
pub(super) fn headers(scanned: &Scanned, here: &Settings, quirks: Quirks, host: &Host) -> bool {
    let files: Vec<_> = here.inputs.image.iter().chain(&here.inputs.mask).collect();
    if files.is_empty() || !quirks.has(Quirk::HeaderSubstring) {
        return false;
    }
    if files.iter().any(|path| !host.locate(path).is_file()) {
        // A pipe cannot be read again.
        return true;
    }
    let whole_keys = quirks.with(Quirk::HeaderSubstring, false);
    let mut report = Report::collect();
    let other = super::settings(scanned, whole_keys, host, &mut Vec::new(), &mut report);
    let other = other.and_then(|(mut other, _)| super::pixels::pixels(&mut other).map(|_| other));
    let Ok(other) = other else {
        return true;
    };
    let camera = |settings: &Settings| {
        let frame = detector::frame(settings, quirks)?;
        let place = detector::place(settings, &frame, quirks)?;
        let Sweep { range, step, .. } = settings.phi;
        let numbers = [settings.pixel_size, settings.wavelength, settings.phi0, range, step];
        let numbers = numbers.into_iter().chain(settings.detsize).chain(frame.beam_center);
        Ok::<_, Error>((place, numbers.chain([settings.twotheta]).collect::<Vec<f64>>()))
    };
    match (camera(here), camera(&other)) {
        (Ok(here), Ok(other)) => here != other,
        (here, _) => here.is_ok(),
    }
}

/// Marks the switches that change where the detector is, or the beam centre of the image headers,
/// by placing it with each of them off.
pub(super) fn geometry(settings: &Settings, quirks: Quirks, decisive: &mut Quirks) {
    let placed = |quirks| {
        let frame = detector::frame(settings, quirks).ok()?;
        let place = detector::place(settings, &frame, quirks).ok()?;
        let numbers = [&place.pix0[..], &place.beam_spot, &frame.beam_center, &[place.distance]];
        Some(numbers.concat())
    };
    let now = placed(quirks);
    for quirk in [Quirk::ConventionPivot, Quirk::Pix0Ignored, Quirk::TwothetaRatio] {
        let differs = match (&now, placed(quirks.with(quirk, false))) {
            (Some(now), Some(other)) => {
                let scale = now.iter().fold(0f64, |most, value| most.max(value.abs())) * 1e-9;
                now.iter().zip(other).any(|(a, b)| (a - b).abs() > scale)
            }
            _ => true,
        };
        if differs {
            decisive.insert(quirk);
        }
    }
}

/// Whether the sensor would be another one without the switch `sensor-layers`.
pub(super) fn sensor(settings: &Settings, here: &Sensor, quirks: Quirks) -> bool {
    let corrected = quirks.with(Quirk::SensorLayers, false);
    match sampling::sensor(settings, corrected, &mut Report::collect()) {
        Ok(other) => *here != other && (here.thickness > 0.0 || other.thickness > 0.0),
        Err(_) => true,
    }
}

/// Marks the switches that the experiment itself tells to be decisive.
pub(super) fn experiment(experiment: &Experiment, decisive: &mut Quirks) {
    let Experiment { quirks, detector, sampling, spindle, beam, .. } = experiment;
    let sensor = &detector.sensor;
    let phis = || (0..spindle.sweep.count).map(|tic| spindle.phi(tic));
    let mut mark = |quirk, decides: bool| {
        if decides {
            decisive.insert(quirk);
        }
    };
    mark(Quirk::StalePhi, phis().any(|phi| phi == 0.0) && phis().any(|phi| phi != 0.0));
    mark(Quirk::CurvedAxes, detector.curved);
    // Where each term has its own fraction, a layer after the other changes nothing.
    let own_fractions = sampling.thick
        && !quirks.has(Quirk::RunningProduct)
        && (sampling.background == 0.0 || !quirks.has(Quirk::WaterScale));
    mark(Quirk::SensorLayers, sensor.thickness > 0.0 && !own_fractions);
    let polar = sampling.polar && (!beam.nopolar || quirks.has(Quirk::ZeroCapture));
    let products = (sampling.thick && sensor.thickness > 0.0) || polar || sampling.omega;
    let terms = u64::from(sampling.steps.unsigned_abs()) * sensor.layers as u64;
    mark(Quirk::RunningProduct, products && (terms > 1 || sampling.background != 0.0));
    mark(
        Quirk::ZeroCapture,
        (sampling.thick && sensor.thickness == 0.0) || (sampling.polar && beam.nopolar),
    );
    mark(Quirk::WaterScale, sampling.water_size != 0.0);
    if detector.mask.is_some() {
        let [fast, slow] = detector.pixels;
        let masked =
            (0..slow).any(|s| (0..fast).any(|f| detector.in_roi(f, s) && detector.masked(f, s)));
        mark(Quirk::MaskedPixels, masked);
    }
    let sub_pixels = sampling.oversample * sampling.oversample;
    mark(
        Quirk::SolidAngleReport,
        sampling.steps as usize != sub_pixels || sensor.layers > 1 || detector.point_pixel,
    );
}

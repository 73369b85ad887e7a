//! Where a ray hits the detector, and what the detector makes of it.

use nanobragg_reference::experiment::{Beam, Detector};
use nanobragg_reference::vector::{self, Vector};
use nanobragg_reference::{Experiment, Quirk};

use super::Undecided;
use super::number::{Number, abs, exp, number, quotient};
use super::vector::{Long, cross, dot, exactly, plus, rotate, times, unit};

/// A place on the detector.
pub(super) struct Place {
    /// Unit vector from the sample.
    pub(super) ray: Long,
    /// Distance from the sample, m.
    pub(super) distance: Number,
}

/// The middle of a sub-pixel at the depth of a sensor layer (C:2699-2722).
pub(super) fn place(
    experiment: &Experiment,
    pixel: [usize; 2],
    sub_pixel: [usize; 2],
    layer: usize,
) -> Result<Place, Undecided> {
    let Detector { pixel_size, fdet, sdet, odet, pix0, sensor, .. } = &experiment.detector;
    let oversample = experiment.sampling.oversample;
    let along = |axis: usize| -> Result<Number, Undecided> {
        let halves = (2 * (pixel[axis] * oversample + sub_pixel[axis]) + 1) as f64;
        Ok(number(*pixel_size)? * number(halves)? / number(2.0 * oversample as f64)?)
    };
    let (fast, slow) = (along(0)?, along(1)?);
    let depth = number(layer as f64)? * number(sensor.step)?;
    let on_plane = plus(&times(&exactly(fdet)?, &fast), &times(&exactly(sdet)?, &slow));
    let mut position = plus(&plus(&on_plane, &times(&exactly(odet)?, &depth)), &exactly(pix0)?);
    if experiment.detector.curved {
        position = curve(experiment, &position, [&fast, &slow])?;
    }
    let (ray, distance) = unit(&position)?;
    Ok(Place { ray, distance })
}

/// A place on a detector whose pixels all have the same distance (C:2707-2716).
fn curve(
    experiment: &Experiment,
    position: &Long,
    [fast, slow]: [&Number; 2],
) -> Result<Long, Undecided> {
    let Experiment { beam, detector, .. } = experiment;
    let distance = number(detector.distance)?;
    let spot = times(&exactly(&beam.direction)?, &distance);
    let (fdet, sdet) = (exactly(&detector.fdet)?, exactly(&detector.sdet)?);
    let (about_slow, about_fast) = if experiment.quirks.has(Quirk::CurvedAxes) {
        (quotient(&position[1], &distance)?, quotient(&position[2], &distance)?)
    } else {
        let sense = |axis: &Vector, moved: &Vector| {
            vector::dot(&vector::cross(axis, &beam.direction), moved).signum()
        };
        let [fspot, sspot] = detector.beam_spot;
        let angle = |offset: Number, sense: f64| quotient(&(offset * number(sense)?), &distance);
        (
            angle(fast - number(fspot)?, sense(&detector.sdet, &detector.fdet))?,
            angle(slow - number(sspot)?, sense(&detector.fdet, &detector.sdet))?,
        )
    };
    rotate(&rotate(&spot, &sdet, &about_slow)?, &fdet, &about_fast)
}

/// Solid angle of a pixel, sr; 1/R² for point pixels (C:2724).
pub(super) fn solid_angle(detector: &Detector, distance: &Number) -> Result<Number, Undecided> {
    let square = distance * distance;
    if detector.point_pixel {
        return quotient(&number(1.0)?, &square);
    }
    let size = number(detector.pixel_size)?;
    let close = number(detector.close_distance)?;
    quotient(&(&size * &size * close), &(square * distance))
}

/// The fraction of the photons that a sensor layer captures (C:2733-2742).
pub(super) fn capture(detector: &Detector, ray: &Long, layer: usize) -> Result<Number, Undecided> {
    let sensor = &detector.sensor;
    if sensor.thickness == 0.0 {
        return number(1.0);
    }
    let parallax = dot(ray, &exactly(&detector.odet)?);
    let per_layer = quotient(&(number(sensor.step)? * number(sensor.mu)?), &parallax)?;
    let left = |layers: usize| exp(&(-(number(layers as f64)? * &per_layer)));
    Ok(left(layer)? - left(layer + 1)?)
}

/// Kahn's polarization factor, ½ (1 + cos²2θ − K cos 2ψ sin²2θ), with cos 2ψ from the components of
/// the ray along and across the E-vector (C:4053-4095).
pub(super) fn polarization(beam: &Beam, incident: &Long, ray: &Long) -> Result<Number, Undecided> {
    let (incident, axis) = (unit(incident)?.0, unit(&exactly(&beam.polar_vector)?)?.0);
    let one = number(1.0)?;
    let cos = dot(&incident, ray);
    let cos_sqr = &cos * &cos;
    let sin_sqr = &one - &cos_sqr;
    let mut anisotropy = number(0.0)?;
    if beam.polarization != 0.0 {
        let across = unit(&cross(&axis, &incident))?.0;
        let along = cross(&incident, &across);
        let (e, b) = (dot(ray, &along), dot(ray, &across));
        let (e, b) = (&e * &e, &b * &b);
        let sum = &e + &b;
        let cos_two_psi = if abs(&sum) == Number::ZERO { one.clone() } else { (e - b) / sum };
        anisotropy = number(beam.polarization)? * cos_two_psi * sin_sqr;
    }
    Ok((one + cos_sqr - anisotropy) * number(0.5)?)
}

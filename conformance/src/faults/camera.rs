//! Putting a resolved detector elsewhere.

use nanobragg_reference::Quirk;
use nanobragg_reference::arguments::settings::{Convention, Pivot};
use nanobragg_reference::experiment::{Experiment, Parameters};
use nanobragg_reference::resolve::Job;
use nanobragg_reference::vector::{Vector, dot, magnitude, rotate, rotate_axis, scale};

/// A vector after the two-theta swing by `factor` times the angle.
pub(super) fn swing(vector: &Vector, parameters: &Parameters, factor: f64) -> Vector {
    rotate_axis(vector, &parameters.twotheta_axis, factor * parameters.twotheta)
}

/// A vector of the detector before rotations and swing.
fn unturned(vector: &Vector, parameters: &Parameters) -> Vector {
    let [x, y, z] = parameters.detector_rotation.map(|angle| -angle);
    let back = swing(vector, parameters, -1.0);
    rotate(&rotate(&rotate(&back, &[0.0, 0.0, z]), &[0.0, y, 0.0]), &[x, 0.0, 0.0])
}

/// Distance at which the beam passes through the detector, m.
fn along_beam(experiment: &Experiment) -> f64 {
    let Experiment { detector, beam, .. } = experiment;
    dot(&detector.pix0, &detector.odet) / dot(&beam.direction, &detector.odet)
}

/// Cosine between beam and normal as distances use it: without the swing, unless that is corrected.
fn tilt(experiment: &Experiment) -> f64 {
    let Experiment { detector, beam, parameters, quirks, .. } = experiment;
    let without_swing = swing(&detector.odet, parameters, -1.0);
    let odet = if quirks.has(Quirk::TwothetaRatio) { &without_swing } else { &detector.odet };
    dot(&beam.direction, odet)
}

/// Distance of the nearest point that was asked for, by itself or by way of the distance along the
/// beam and the tilt without the swing, m.
pub(super) fn nominal_close(experiment: &Experiment) -> f64 {
    let Experiment { detector, beam, parameters, .. } = experiment;
    let tilt = dot(&beam.direction, &swing(&detector.odet, parameters, -1.0));
    parameters.close_distance.unwrap_or_else(|| (tilt * parameters.distance).abs())
}

/// Turns the detector in another way about its pivot.
pub(super) fn turn(job: &mut Job, turned: impl Fn(&Vector, &Parameters) -> Vector) {
    let along = along_beam(&job.experiment);
    let Experiment { parameters, beam, detector, .. } = &mut job.experiment;
    let again = |vector: &Vector| turned(&unturned(vector, parameters), parameters);
    let [fdet, sdet, odet] = [detector.fdet, detector.sdet, detector.odet].map(|v| again(&v));
    let same = [(fdet, detector.fdet), (sdet, detector.sdet), (odet, detector.odet)];
    if same.iter().all(|(new, old)| is_near(new, old)) {
        return;
    }
    // Where the beam passes: what a turn about the beam spot leaves in place.
    let spot = [0, 1, 2].map(|i| along * beam.direction[i] - detector.pix0[i]);
    let [fbeam, sbeam] = [dot(&spot, &detector.fdet), dot(&spot, &detector.sdet)];
    let pix0 = match detector.pivot {
        Pivot::Sample => again(&detector.pix0),
        Pivot::Beam => {
            [0, 1, 2].map(|i| along * beam.direction[i] - fbeam * fdet[i] - sbeam * sdet[i])
        }
    };
    (detector.fdet, detector.sdet, detector.odet) = (fdet, sdet, odet);
    place(job, pix0);
}

/// Whether two vectors differ by rounding alone.
pub(super) fn is_near(one: &Vector, other: &Vector) -> bool {
    let size = magnitude(one).max(magnitude(other));
    (0..3).all(|i| (one[i] - other[i]).abs() <= 1e-12 * size)
}

/// Lets the sample be the pivot where it is the beam spot, and the other way round.
pub(super) fn exchange_pivot(job: &mut Job) {
    let close = nominal_close(&job.experiment);
    let Experiment { parameters, beam, detector, .. } = &job.experiment;
    let along = match detector.pivot {
        Pivot::Beam => along_beam(&job.experiment),
        Pivot::Sample => close / dot(&beam.direction, &swing(&detector.odet, parameters, -1.0)),
    };
    let to_sample = [0, 1, 2].map(|i| close * detector.odet[i] - along * beam.direction[i]);
    let sign = if detector.pivot == Pivot::Beam { 1.0 } else { -1.0 };
    move_by(job, &scale(&to_sample, sign));
}

/// Moves the beam spot, in pixels along fast and slow, in one convention.
pub(super) fn shift_spot(job: &mut Job, convention: Convention, pixels: [f64; 2]) {
    let detector = &job.experiment.detector;
    if detector.convention == convention {
        let shift = pixels.map(|pixels| -pixels * detector.pixel_size);
        let shift = [0, 1, 2].map(|i| shift[0] * detector.fdet[i] + shift[1] * detector.sdet[i]);
        move_by(job, &shift);
    }
}

/// Which of the beam centres X and Y differ from the default of MOSFLM and DENZO.
pub(super) fn given_centers(job: &Job) -> [bool; 2] {
    let detector = &job.experiment.detector;
    [0, 1].map(|i| {
        let default = (detector.size[1 - i] + detector.pixel_size) / 2.0;
        (detector.beam_center[i] - default).abs() > 1e-9
    })
}

/// Where the corner of the first pixel is for a beam spot along fast and slow.
fn corner(experiment: &Experiment, [fbeam, sbeam]: [f64; 2]) -> Vector {
    let along = along_beam(experiment);
    let Experiment { beam, detector, .. } = experiment;
    [0, 1, 2]
        .map(|i| along * beam.direction[i] - fbeam * detector.fdet[i] - sbeam * detector.sdet[i])
}

/// Puts the beam spot at other coordinates along fast and slow.
pub(super) fn aim(job: &mut Job, spot: [f64; 2]) {
    let pix0 = corner(&job.experiment, spot);
    move_to(job, pix0);
}

/// Keeps the coordinates of the beam spot where axes have changed.
pub(super) fn place_at_spot(job: &mut Job) {
    let pix0 = corner(&job.experiment, job.experiment.detector.beam_spot);
    place(job, pix0);
}

/// Moves the detector along its normal, m.
pub(super) fn move_back(job: &mut Job, distance: f64) {
    let shift = scale(&job.experiment.detector.odet, distance);
    move_by(job, &shift);
}

/// Moves the detector, m.
pub(super) fn move_by(job: &mut Job, shift: &Vector) {
    let pix0 = job.experiment.detector.pix0;
    move_to(job, [0, 1, 2].map(|i| pix0[i] + shift[i]));
}

/// Moves the corner of the first pixel, unless it is there already: a fault that has nothing to do
/// must not show by its rounding.
pub(super) fn move_to(job: &mut Job, pix0: Vector) {
    if !is_near(&pix0, &job.experiment.detector.pix0) {
        place(job, pix0);
    }
}

/// Derives what follows from axes and corner.
pub(super) fn place(job: &mut Job, pix0: Vector) {
    let tilt = tilt(&job.experiment);
    let beam = job.experiment.beam.direction;
    let detector = &mut job.experiment.detector;
    detector.pix0 = pix0;
    detector.near_point = [-dot(&pix0, &detector.fdet), -dot(&pix0, &detector.sdet)];
    detector.close_distance = dot(&pix0, &detector.odet);
    detector.distance = detector.close_distance / tilt;
    let spot = [0, 1, 2].map(|i| detector.distance * beam[i] - pix0[i]);
    detector.beam_spot = [dot(&spot, &detector.fdet), dot(&spot, &detector.sdet)];
    detector.org = detector.near_point.map(|near| near / detector.pixel_size + 0.5);
    detector.dials_origin = [pix0[2], pix0[1], -pix0[0]].map(|metres| metres * 1000.0);
}

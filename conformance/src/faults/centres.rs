//! Faults in beam centre and nearest point.

use nanobragg_reference::arguments::settings::Convention;

use super::camera::{aim, given_centers, move_by, shift_spot};
use super::options;
use super::{Fault, Stage, recorded, typical};

pub(super) const LIST: &[Fault] = &[
    recorded(
        "mosflm-half-pixel-missing",
        "The beam centre of MOSFLM lacks its half pixel.",
        "hoidn/nanoBragg 70369f3d, 1d6737ef, 5cc56c84",
        Stage::Resolved(|job, _| shift_spot(job, Convention::Mosflm, [-0.5, -0.5])),
    ),
    recorded(
        "mosflm-half-pixel-twice",
        "The beam centre of MOSFLM gets its half pixel twice.",
        "hoidn/nanoBragg ce0fe24b, f1cafad6, 21cbe5cd, a7c6af53",
        Stage::Resolved(|job, _| shift_spot(job, Convention::Mosflm, [0.5, 0.5])),
    ),
    recorded(
        "mosflm-half-pixel-only-when-auto",
        "A beam centre of MOSFLM that is given lacks the half pixel that a default one has.",
        "hoidn/nanoBragg 28726af5, reverted by e5381ec2",
        Stage::Resolved(|job, _| {
            let [x, y] = given_centers(job).map(|given| if given { -0.5 } else { 0.0 });
            shift_spot(job, Convention::Mosflm, [y, x]);
        }),
    ),
    recorded(
        "mosflm-default-centre-no-extra-half",
        "The default beam centre of MOSFLM and DENZO is the middle of the detector, half a pixel short.",
        "hoidn/nanoBragg 71ca0167",
        Stage::Resolved(|job, _| {
            let [x, y] = given_centers(job).map(|given| if given { 0.0 } else { -0.5 });
            shift_spot(job, Convention::Mosflm, [y, x]);
            shift_spot(job, Convention::Denzo, [y, x]);
        }),
    ),
    recorded(
        "beam-centre-constant",
        "A beam centre that nobody gave is 51.2 mm, whatever the size of the detector.",
        "hoidn/nanoBragg 7d24acc8, 8e065bff",
        Stage::Arguments(|arguments| {
            options::default(arguments, &["Xbeam"], "-Xbeam", "51.2");
            options::default(arguments, &["Ybeam"], "-Ybeam", "51.2");
        }),
    ),
    recorded(
        "mosflm-xbeam-ybeam-not-swapped",
        "Xbeam of MOSFLM is counted along fast and Ybeam along slow.",
        "hoidn/nanoBragg 9828c298, 6372749c",
        Stage::Resolved(|job, _| {
            let detector = &job.experiment.detector;
            if detector.convention == Convention::Mosflm {
                let half = 0.5 * detector.pixel_size;
                aim(job, detector.beam_center.map(|center| center + half));
            }
        }),
    ),
    recorded(
        "denzo-treated-as-mosflm",
        "The beam centre of DENZO has the half pixel of MOSFLM.",
        "hoidn/nanoBragg ed02bfd2",
        Stage::Resolved(|job, _| shift_spot(job, Convention::Denzo, [0.5, 0.5])),
    ),
    recorded(
        "adxv-no-slow-flip",
        "The beam centre of ADXV is counted from the first row, not from the last.",
        "hoidn/nanoBragg ed02bfd2",
        Stage::Resolved(|job, _| {
            if job.experiment.detector.convention == Convention::Adxv {
                aim(job, job.experiment.detector.beam_center);
            }
        }),
    ),
    recorded(
        "xds-uses-xbeam-ybeam",
        "Xbeam and Ybeam place the detector of XDS and DIALS.",
        "hoidn/nanoBragg ed02bfd2",
        Stage::Resolved(|job, _| {
            let detector = &job.experiment.detector;
            if matches!(detector.convention, Convention::Xds | Convention::Dials) {
                let [f, s] = [0, 1].map(|i| detector.near_point[i] - detector.beam_center[i]);
                let shift = [0, 1, 2].map(|i| f * detector.fdet[i] + s * detector.sdet[i]);
                move_by(job, &shift);
            }
        }),
    ),
    recorded(
        "custom-adds-half-pixel",
        "The custom convention has the half pixel of MOSFLM, and its X and Y.",
        "hoidn/nanoBragg e61ce646",
        Stage::Resolved(|job, _| {
            let detector = &job.experiment.detector;
            if detector.convention == Convention::Custom {
                let [x, y] = detector.beam_center.map(|center| center + 0.5 * detector.pixel_size);
                aim(job, [y, x]);
            }
        }),
    ),
    recorded(
        "beam-centre-mm-as-m",
        "The beam centre is divided by 1000 once more.",
        "hoidn/nanoBragg 315a54cc",
        Stage::Arguments(|arguments| options::scale(arguments, &["Xbeam", "Ybeam"], 1, 1e-3)),
    ),
    typical(
        "beam-centre-exchanged",
        "Xbeam and Ybeam are exchanged.",
        Stage::Arguments(|arguments| options::swap_names(arguments, "Xbeam", "Ybeam")),
    ),
    typical(
        "orgx-no-half-pixel",
        "ORGX and ORGY lack their half pixel.",
        Stage::Arguments(|arguments| {
            options::change(arguments, &["ORGX", "ORGY"], 0, |org| org + 0.5);
        }),
    ),
    typical(
        "mask-beam-y-not-flipped",
        "BEAM_CENTER_Y of a mask counts from the first row, as that of -img does.",
        Stage::Arguments(|arguments| {
            if !options::has(arguments, &["img"]) {
                options::swap_names(arguments, "mask", "img");
            }
        }),
    ),
];

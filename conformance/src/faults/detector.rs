//! Faults in axes, pivot, distance and pixels of the detector.

use nanobragg_reference::arguments::settings::{Convention, Pivot};
use nanobragg_reference::vector::{cross, dot, rotate, rotate_axis, scale};

use super::camera::{
    exchange_pivot, move_back, move_to, nominal_close, place, place_at_spot, swing, turn,
};
use super::options;
use super::{Fault, Stage, recorded, typical};

pub(super) const LIST: &[Fault] = &[
    recorded(
        "mosflm-twotheta-axis-y",
        "The two-theta swing of MOSFLM is about y, not about −z.",
        "hoidn/nanoBragg 70369f3d, 9828c298",
        Stage::Resolved(|job, _| {
            if job.experiment.detector.convention == Convention::Mosflm {
                turn(job, |vector, parameters| {
                    let turned = rotate(vector, &parameters.detector_rotation);
                    rotate_axis(&turned, &[0.0, 1.0, 0.0], parameters.twotheta)
                });
            }
        }),
    ),
    recorded(
        "dials-axes-copied-from-xds",
        "DIALS has the axes of XDS: two-theta swing, spindle and E-vector along x, not along y.",
        "hoidn/nanoBragg 9828c298",
        Stage::Resolved(|job, _| {
            const X: [f64; 3] = [1.0, 0.0, 0.0];
            if job.experiment.detector.convention == Convention::Dials {
                job.experiment.spindle.axis = X;
                job.experiment.beam.polar_vector = X;
                turn(job, |vector, parameters| {
                    let turned = rotate(vector, &parameters.detector_rotation);
                    rotate_axis(&turned, &X, parameters.twotheta)
                });
            }
        }),
    ),
    recorded(
        "vector-option-keeps-mosflm",
        "An option that gives a vector does not select the custom convention.",
        "hoidn/nanoBragg 48399300, e61ce646",
        Stage::Arguments(|arguments| {
            let vectors = [
                "beam_vector",
                "fdet_vector",
                "sdet_vector",
                "odet_vector",
                "polar_vector",
                "spindle_axis",
                "twotheta_axis",
                "pix0_vector",
            ];
            if options::has(arguments, &vectors) {
                arguments.push("-mosflm".into());
            }
        }),
    ),
    recorded(
        "mosflm-slow-axis-sign",
        "The slow axis of MOSFLM is y, not −y.",
        "hoidn/nanoBragg 6372749c, 84627b33",
        Stage::Resolved(|job, _| {
            let detector = &mut job.experiment.detector;
            if detector.convention == Convention::Mosflm {
                detector.sdet = scale(&detector.sdet, -1.0);
                place_at_spot(job);
            }
        }),
    ),
    typical(
        "fast-and-slow-exchanged",
        "The fast and the slow axis are exchanged.",
        Stage::Resolved(|job, _| {
            let detector = &mut job.experiment.detector;
            std::mem::swap(&mut detector.fdet, &mut detector.sdet);
            place_at_spot(job);
        }),
    ),
    recorded(
        "odet-wrong-handedness",
        "The normal of a custom detector is the slow axis × the fast axis.",
        "cctbx/cctbx_project d19eda8482, f78b3e8334, 252aa70f48, d8e8b3f662",
        Stage::Resolved(|job, _| {
            let detector = &mut job.experiment.detector;
            if detector.convention == Convention::Custom {
                let old = detector.odet;
                detector.odet = cross(&detector.sdet, &detector.fdet);
                let mut pix0 = detector.pix0;
                if detector.pivot == Pivot::Sample {
                    let close = dot(&pix0, &old);
                    pix0 = [0, 1, 2].map(|i| pix0[i] + close * (detector.odet[i] - old[i]));
                }
                place(job, pix0);
            }
        }),
    ),
    recorded(
        "mosflm-honours-sample-pivot",
        "-twotheta and -close_distance make the sample the pivot of MOSFLM.",
        "hoidn/nanoBragg 55c42c48, 9828c298",
        Stage::Resolved(|job, _| {
            let parameters = &job.experiment.parameters;
            let implied = parameters.twotheta != 0.0 || parameters.close_distance.is_some();
            if job.experiment.detector.convention == Convention::Mosflm && implied {
                exchange_pivot(job);
            }
        }),
    ),
    recorded(
        "xds-beam-pivot",
        "XDS and DIALS turn the detector about the beam spot, not about the sample.",
        "hoidn/nanoBragg 55c42c48, ba502f3b, a1f6f2c3",
        Stage::Resolved(|job, _| {
            let convention = job.experiment.detector.convention;
            if matches!(convention, Convention::Xds | Convention::Dials) {
                exchange_pivot(job);
            }
        }),
    ),
    recorded(
        "custom-forces-sample-pivot",
        "The custom convention always turns the detector about the sample.",
        "hoidn/nanoBragg ea8092f9",
        Stage::Resolved(|job, _| {
            let detector = &job.experiment.detector;
            if detector.convention == Convention::Custom && detector.pivot == Pivot::Beam {
                exchange_pivot(job);
            }
        }),
    ),
    recorded(
        "sample-pivot-nominal-distance",
        "About the sample, a tilted detector is placed by its distance along the beam.",
        "hoidn/nanoBragg 1cd3836c",
        Stage::Resolved(|job, _| {
            let parameters = &job.experiment.parameters;
            let about_sample = job.experiment.detector.pivot == Pivot::Sample;
            if about_sample && parameters.close_distance.is_none() {
                move_back(job, parameters.distance - nominal_close(&job.experiment));
            }
        }),
    ),
    recorded(
        "tilt-ratio-includes-twotheta",
        "The tilt between distance and nearest distance includes the two-theta swing.",
        "hoidn/nanoBragg 7f65d12d",
        Stage::Resolved(|job, _| {
            let parameters = &job.experiment.parameters;
            let detector = &job.experiment.detector;
            if detector.pivot == Pivot::Sample && parameters.close_distance.is_none() {
                let tilt = dot(&job.experiment.beam.direction, &detector.odet);
                let close = (tilt * parameters.distance).abs();
                move_back(job, close - nominal_close(&job.experiment));
            }
        }),
    ),
    typical(
        "sample-pivot-origin-not-swung",
        "About the sample, the swing turns the axes of the detector and leaves its corner.",
        Stage::Resolved(|job, _| {
            if job.experiment.detector.pivot == Pivot::Sample {
                let pix0 = swing(&job.experiment.detector.pix0, &job.experiment.parameters, -1.0);
                move_to(job, pix0);
            }
        }),
    ),
    typical(
        "detector-rotation-order",
        "The detector is turned about z, then y, then x.",
        Stage::Resolved(|job, _| {
            turn(job, |vector, parameters| {
                let [x, y, z] = parameters.detector_rotation;
                let about_zy = rotate(&rotate(vector, &[0.0, 0.0, z]), &[0.0, y, 0.0]);
                swing(&rotate(&about_zy, &[x, 0.0, 0.0]), parameters, 1.0)
            });
        }),
    ),
    typical(
        "detector-rotation-sign",
        "The rotations of the detector have the other sign.",
        Stage::Resolved(|job, _| {
            turn(job, |vector, parameters| {
                let angles = scale(&parameters.detector_rotation, -1.0);
                swing(&rotate(vector, &angles), parameters, 1.0)
            });
        }),
    ),
    typical(
        "twotheta-before-rotations",
        "The two-theta swing comes before the rotations of the detector.",
        Stage::Resolved(|job, _| {
            turn(job, |vector, parameters| {
                rotate(&swing(vector, parameters, 1.0), &parameters.detector_rotation)
            });
        }),
    ),
    typical(
        "twotheta-axis-sign",
        "The two-theta swing has the other sign.",
        Stage::Resolved(|job, _| {
            turn(job, |vector, parameters| {
                swing(&rotate(vector, &parameters.detector_rotation), parameters, -1.0)
            });
        }),
    ),
    typical(
        "distances-exchanged",
        "-distance is that of the nearest point, and -close_distance that along the beam.",
        Stage::Arguments(|arguments| {
            options::swap_names(arguments, "distance", "close_distance");
        }),
    ),
    recorded(
        "default-convention-adxv",
        "The default convention is ADXV.",
        "hoidn/nanoBragg 9bc85890",
        Stage::Arguments(|arguments| arguments.insert(0, "-adxv".into())),
    ),
    recorded(
        "curved-det-flat",
        "-curved_det does nothing.",
        "bl831/nanoBragg 6044514, e8e0e60",
        Stage::Resolved(|job, _| job.experiment.detector.curved = false),
    ),
    recorded(
        "curved-det-honoured-when-last",
        "-curved_det acts as the last argument, too.",
        "bl831/nanoBragg 6044514, 5b24c4b",
        Stage::Arguments(|arguments| {
            if arguments.last().is_some_and(|last| last == "-curved_det") {
                arguments.push("-noprogress".into());
            }
        }),
    ),
    recorded(
        "point-pixel-ignored",
        "-point_pixel does nothing.",
        "hoidn/nanoBragg 7f65d12d",
        Stage::Resolved(|job, _| job.experiment.detector.point_pixel = false),
    ),
    recorded(
        "non-square-dimensions-swapped",
        "The pixels along fast and slow are exchanged.",
        "cctbx/cctbx_project 070ff4ba59",
        Stage::Arguments(|arguments| {
            options::swap_names(arguments, "detpixels_f", "detpixels_s");
        }),
    ),
    recorded(
        "detsize-overrides-detpixels",
        "The size of the detector counts more than its number of pixels.",
        "hoidn/nanoBragg 2b28116a",
        Stage::Arguments(|arguments| {
            if options::has(arguments, &["detsize", "detsize_f", "detsize_s"]) {
                let names = ["detpixels", "detpixels_f", "detpixels_s"];
                options::remove(arguments, &names, 1);
            }
        }),
    ),
];

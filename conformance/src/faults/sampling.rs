//! Faults in sub-pixels, sensor, resolution limit, water, region and mask.

use std::sync::Arc;

use nanobragg_reference::experiment::R_E_SQR;
use nanobragg_reference::resolve::Job;
use ndarray::{Array2, Axis};

use super::options;
use super::{Fault, Stage, recorded, typical};

pub(super) const LIST: &[Fault] = &[
    recorded(
        "auto-oversample-missing",
        "Without -oversample a pixel has one sub-pixel.",
        "hoidn/nanoBragg 55aa29bf",
        Stage::Resolved(|job, arguments| {
            if !options::has(arguments, &["oversample"]) {
                undivided(job);
            }
        }),
    ),
    typical(
        "oversample-ignored",
        "Pixels are not divided into sub-pixels.",
        Stage::Resolved(|job, _| undivided(job)),
    ),
    recorded(
        "oversample-normalised-twice",
        "The sum over a pixel is divided by the number of sub-pixels twice.",
        "hoidn/nanoBragg 0a9da668, 3a26508e, fe3a328b",
        Stage::Resolved(|job, _| {
            let sampling = &mut job.experiment.sampling;
            sampling.steps *= (sampling.oversample * sampling.oversample) as i32;
        }),
    ),
    recorded(
        "steps-without-oversample",
        "The sum over a pixel is not divided by the number of sub-pixels.",
        "hoidn/nanoBragg 0a9da668",
        Stage::Resolved(|job, _| {
            let sampling = &mut job.experiment.sampling;
            sampling.steps /= (sampling.oversample * sampling.oversample) as i32;
        }),
    ),
    typical(
        "steps-without-sources",
        "The sum over a pixel is not divided by the number of sources.",
        Stage::Resolved(|job, _| {
            job.experiment.sampling.steps /= job.experiment.beam.sources.len() as i32;
        }),
    ),
    typical(
        "steps-without-domains",
        "The sum over a pixel is not divided by the number of mosaic domains.",
        Stage::Resolved(|job, _| {
            job.experiment.sampling.steps /= job.experiment.crystal.domains.len() as i32;
        }),
    ),
    typical(
        "steps-without-phi",
        "The sum over a pixel is not divided by the number of spindle steps.",
        Stage::Resolved(|job, _| {
            job.experiment.sampling.steps /= job.experiment.spindle.sweep.count;
        }),
    ),
    typical(
        "steps-includes-layers",
        "The sum over a pixel is divided by the number of sensor layers, too.",
        Stage::Resolved(|job, _| {
            job.experiment.sampling.steps *= job.experiment.detector.sensor.layers as i32;
        }),
    ),
    typical(
        "oversampled-factors-ignored",
        "The options -oversample_thick, _polar and _omega do nothing.",
        Stage::Arguments(|arguments| {
            let names = ["oversample_thick", "oversample_polar", "oversample_omega"];
            options::remove(arguments, &names, 0);
        }),
    ),
    recorded(
        "mu-is-depth",
        "The attenuation depth is used as the coefficient.",
        "cctbx/cctbx_project f9c041713f",
        Stage::Resolved(|job, _| {
            let mu = &mut job.experiment.detector.sensor.mu;
            if *mu > 0.0 {
                *mu = 1.0 / *mu;
            }
        }),
    ),
    typical(
        "thickness-in-mm",
        "The thickness of the sensor is taken as mm.",
        Stage::Arguments(|arguments| options::scale(arguments, &["detector_thick"], 1, 1000.0)),
    ),
    typical(
        "thick-without-abs",
        "A sensor without an attenuation depth captures everything.",
        Stage::Arguments(|arguments| {
            if !options::has(arguments, &["detector_abs", "detector_absorb"]) {
                options::remove(arguments, &["detector_thick"], 1);
            }
        }),
    ),
    typical(
        "dmin-ignored",
        "-dmin does nothing.",
        Stage::Resolved(|job, _| job.experiment.sampling.dmin = 0.0),
    ),
    typical(
        "water-ignored",
        "-water does nothing.",
        Stage::Resolved(|job, _| job.experiment.sampling.background = 0.0),
    ),
    recorded(
        "water-counted-twice",
        "The background of the water is added a second time.",
        "bl831/nanoBragg 3f57075",
        Stage::Resolved(|job, _| job.experiment.sampling.background *= 2.0),
    ),
    typical(
        "water-fluence-once",
        "The background of the water has the fluence once.",
        Stage::Resolved(|job, _| {
            let fluence = R_E_SQR * job.experiment.beam.fluence;
            job.experiment.sampling.background /= fluence;
        }),
    ),
    typical(
        "water-not-divided-by-steps",
        "The background of the water does not fall with the number of steps.",
        Stage::Resolved(|job, _| {
            let sampling = &mut job.experiment.sampling;
            sampling.background *= f64::from(sampling.steps);
        }),
    ),
    typical(
        "water-unit",
        "The thickness of the water is taken as mm.",
        Stage::Arguments(|arguments| options::scale(arguments, &["water"], 1, 1000.0)),
    ),
    typical(
        "roi-upper-bound-exclusive",
        "The last column and row of the region are left out.",
        Stage::Resolved(|job, _| {
            job.experiment.detector.roi[1] -= 1;
            job.experiment.detector.roi[3] -= 1;
        }),
    ),
    typical(
        "roi-axes-swapped",
        "The region has fast and slow exchanged.",
        Stage::Resolved(|job, _| job.experiment.detector.roi.rotate_left(2)),
    ),
    typical(
        "roi-argument-order",
        "The region is read as xmin ymin xmax ymax.",
        Stage::Arguments(|arguments| options::swap_values(arguments, "roi", 1, 2)),
    ),
    typical(
        "mask-inverted",
        "The mask excludes what it should keep.",
        Stage::Resolved(|job, _| edit_mask(job, |mask| mask.mapv_inplace(|kept| !kept))),
    ),
    typical(
        "mask-upside-down",
        "The rows of the mask are taken from the last to the first.",
        Stage::Resolved(|job, _| edit_mask(job, |mask| mask.invert_axis(Axis(0)))),
    ),
    typical(
        "mask-ignored",
        "The mask excludes nothing.",
        Stage::Resolved(|job, _| job.experiment.detector.mask = None),
    ),
];

/// Takes a pixel as a whole.
fn undivided(job: &mut Job) {
    let sampling = &mut job.experiment.sampling;
    sampling.steps /= (sampling.oversample * sampling.oversample) as i32;
    sampling.oversample = 1;
}

fn edit_mask(job: &mut Job, edit: impl FnOnce(&mut Array2<bool>)) {
    if let Some(mask) = &mut job.experiment.detector.mask {
        edit(Arc::make_mut(mask));
    }
}

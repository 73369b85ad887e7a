//! Faults in what a command line means: defaults, precedence, outputs, seeds.

use std::sync::atomic::{AtomicI64, Ordering};

use nanobragg_reference::random::{Noise, Ran1};

use super::options;
use super::{Fault, Stage, recorded, typical};

pub(super) const LIST: &[Fault] = &[
    recorded(
        "default-cells-or-f",
        "The crystal has 5 cells along each axis by default, and F is 100.",
        "hoidn/nanoBragg f41020ff",
        Stage::Arguments(|arguments| {
            options::prepend(arguments, "-N", "5");
            options::prepend(arguments, "-default_F", "100");
        }),
    ),
    recorded(
        "abbreviated-options-accepted",
        "-hdiv, -vdiv and -dispstep are taken for the options that begin in this way.",
        "hoidn/nanoBragg archive/fix_plan_archive.md",
        Stage::Arguments(|arguments| {
            for (short, long) in
                [("hdiv", "hdivrange"), ("vdiv", "vdivrange"), ("dispstep", "dispsteps")]
            {
                for place in options::places(arguments, &[short]) {
                    arguments[place] = format!("-{long}");
                }
            }
        }),
    ),
    typical(
        "header-overrides-arguments",
        "An image header counts more than the command line.",
        Stage::Arguments(|arguments| {
            if options::has(arguments, &["img", "mask"]) {
                let names = ["lambda", "distance", "pixel", "phi", "osc", "Xbeam", "Ybeam"];
                options::remove(arguments, &names, 1);
            }
        }),
    ),
    typical(
        "nonoise-sticky",
        "-nonoise counts wherever it stands.",
        Stage::Arguments(|arguments| {
            if options::has(arguments, &["nonoise"]) {
                options::remove(arguments, &["noisefile", "noiseimage"], 1);
            }
        }),
    ),
    typical(
        "adc-offset-default",
        "The integer images have no offset by default.",
        Stage::Arguments(|arguments| options::prepend(arguments, "-adc", "0")),
    ),
    typical(
        "adc-ignored",
        "-adc does nothing.",
        Stage::Resolved(|job, _| job.outputs.adc_offset = 40.0),
    ),
    typical(
        "scale-ignored",
        "-scale does nothing.",
        Stage::Resolved(|job, _| job.outputs.int_scale = 0.0),
    ),
    typical(
        "pgmscale-ignored",
        "-pgmscale does nothing.",
        Stage::Resolved(|job, _| job.outputs.pgm_scale = 0.0),
    ),
    typical(
        "seed-ignored",
        "The noise image does not follow -seed.",
        Stage::Arguments(|arguments| options::change(arguments, &["seed"], 0, |_| 4242.0)),
    ),
    typical(
        "noise-stream-afresh",
        "The noise image has random numbers of its own, not those that the mosaic domains left.",
        Stage::Resolved(|job, _| job.noise = Noise::new(Ran1::default(), -1)),
    ),
    typical(
        "noise-not-reproducible",
        "The noise image is another one in every run.",
        Stage::Resolved(|job, _| {
            static RUNS: AtomicI64 = AtomicI64::new(1_000_000);
            job.noise = Noise::new(Ran1::default(), -RUNS.fetch_add(1, Ordering::Relaxed));
        }),
    ),
];

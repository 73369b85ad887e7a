//! What the batched engine on the processor promises of its vector units and threads:
//! `widths::SCENE::LABEL::WIDTH` holds each vector unit against the reference engine, and those with
//! a fused multiply-add against one another; `widths::SCENE::LABEL::threads` holds numbers of
//! threads against one another.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use nanobragg_conformance::cases;
use nanobragg_conformance::execute::CommandLine;
use nanobragg_conformance::metrics::same;
use nanobragg_conformance::tolerance;
use nanobragg_optimized::{CpuEngine, Width};
use nanobragg_reference::arguments::Precision;
use nanobragg_reference::engine::{Engine, Rendered, Unobserved};
use nanobragg_reference::{Experiment, ReferenceEngine};

/// What all scenes share. The sides are multiples of no vector's length.
const COMMON: &str = "-cell 70 80 90 75 85 95 -misset 10 20 30 -lambda 1.1 -distance 60 -pixel 0.2 \
                      -detpixels_f 43 -detpixels_s 37 -N 5 -seed 1";

/// Scenes by name, each with what it adds.
const SCENES: [(&str, &str); 13] = [
    ("plain", "-default_F 9"),
    (
        "mosaic-spindle-sources",
        "-default_F 9 -mosaic 0.6 -mosaic_dom 5 -phi 3 -osc 2 -phisteps 3 -hdivrange 2 -hdivsteps 2 \
         -dispersion 1 -dispsteps 3",
    ),
    ("subpixels", "-default_F 9 -oversample 3 -N 12"),
    ("table", "-hkl p1.hkl -default_F 3"),
    ("tricubic", "-hkl p1.hkl -default_F 3 -interpolate"),
    (
        "thick-sensor",
        "-default_F 9 -oversample 2 -detector_abs 300 -detector_thick 200 -detector_thicksteps 3",
    ),
    (
        "thick-sensor-each-step",
        "-default_F 9 -oversample 2 -detector_abs 300 -detector_thick 200 -detector_thicksteps 3 \
         -detector_roty 20 -oversample_thick -oversample_polar -oversample_omega",
    ),
    ("round", "-default_F 9 -round_xtal"),
    ("gauss", "-default_F 9 -gauss_xtal"),
    ("tophat", "-default_F 9 -tophat_spots"),
    ("curved", "-default_F 9 -curved_det"),
    ("resolution-limit", "-default_F 9 -dmin 2.5"),
    ("no-quirks", "-default_F 9 -mosaic 0.6 -mosaic_dom 3 -osc 1 -phisteps 2 -quirks none"),
];

/// Numbers of threads; the first is what the others are held against.
const THREADS: [usize; 4] = [1, 2, 3, 5];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for (scene, more) in SCENES {
        for (label, precision) in [("cpu", Precision::Double), ("cpu-mixed", Precision::Mixed)] {
            for width in Width::ALL {
                let name = format!("widths::{scene}::{label}::{width}");
                trials.push(Trial::ignorable_test(name, move || {
                    if !width.is_available() {
                        let reason = format!("this machine has no {width}");
                        return Ok(Completion::ignored_with(reason));
                    }
                    agrees(&experiment(more)?, precision, width).map(|()| Completion::Completed)
                }));
            }
            let name = format!("widths::{scene}::{label}::threads");
            trials.push(Trial::test(name, move || {
                does_not_count_threads(&experiment(more)?, precision)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn experiment(more: &str) -> Result<Experiment, Failed> {
    let mut line = CommandLine::new(&format!("{COMMON} {more}"));
    let table = "p1.hkl";
    if line.arguments.iter().any(|argument| argument == table) {
        let path = cases::default_folder().join("inputs").join(table);
        line.inputs.insert(table.into(), std::fs::read(path)?.into());
    }
    Ok(line.resolve()?)
}

fn render(
    experiment: &Experiment,
    precision: Precision,
    width: Width,
    threads: usize,
) -> Result<Rendered, Failed> {
    let engine = CpuEngine::with_width(precision, width, NonZeroUsize::new(threads))?;
    Ok(engine.render(experiment, &mut Unobserved)?)
}

/// A vector unit keeps the bound of its precision; with a fused multiply-add it also gives, in
/// double precision, what the widest one gives, bit for bit.
fn agrees(experiment: &Experiment, precision: Precision, width: Width) -> Result<(), Failed> {
    let found = render(experiment, precision, width, 1)?;
    let expected = ReferenceEngine.render(experiment, &mut Unobserved)?;
    let bound = match precision {
        Precision::Double => tolerance::DOUBLE,
        Precision::Mixed => tolerance::MIXED,
    };
    let maximum = expected.maximum.value;
    if maximum <= 0.0 {
        return Err("an empty image shows nothing".into());
    }
    for ((place, expected), found) in expected.image.indexed_iter().zip(&found.image) {
        let (expected, found) = (f64::from(*expected), f64::from(*found));
        if bound.broken(expected, found, maximum) {
            let (slow, fast) = place;
            return Err(format!("pixel {fast}, {slow}: {found:e} instead of {expected:e}").into());
        }
    }
    let widest = Width::available()[0];
    let fused = [width, widest].iter().all(|width| *width != Width::Portable);
    if precision == Precision::Double && fused {
        same(&render(experiment, precision, widest, 1)?, &found)?;
    }
    Ok(())
}

/// The image and its statistics are the same bit for bit for any number of threads.
fn does_not_count_threads(experiment: &Experiment, precision: Precision) -> Result<(), Failed> {
    let width = Width::available()[0];
    let [first, others @ ..] = THREADS;
    let expected = render(experiment, precision, width, first)?;
    for threads in others {
        same(&expected, &render(experiment, precision, width, threads)?)
            .map_err(|difference| format!("{threads} threads: {difference}"))?;
    }
    Ok(())
}

//! Scenes whose pixels are traced.

use std::io::Write;
use std::path::Path;

use libtest_mimic::Failed;
use nanobragg_conformance::cases;
use nanobragg_conformance::execute::CommandLine;
use nanobragg_reference::Experiment;
use nanobragg_reference::trace::{Line, Writer};

/// What all scenes share. The sides are multiples of no vector's length.
const COMMON: &str = "-cell 70 80 90 75 85 95 -misset 10 20 30 -lambda 1.1 -distance 60 -pixel 0.2 \
                      -detpixels_f 43 -detpixels_s 37 -N 5 -seed 1";

/// A scene of more steps than an engine does at a time, and more wavelengths.
pub(super) const MANY_STEPS: &str = "-default_F 9 -mosaic 0.6 -mosaic_dom 200 -dispersion 1 \
                                     -dispsteps 70 -oversample 1 -roi 20 24 10 14";

/// Scenes by name, each with what it adds.
pub(super) const SCENES: [(&str, &str); 25] = [
    ("plain", "-default_F 9"),
    // The direct beam, where the scattering vector is nothing but rounding, is out of the way.
    ("one-cell", "-default_F 9 -N 1 -Xbeam 30 -Ybeam 30"),
    ("many-cells", "-default_F 9 -N 40 -oversample 2"),
    ("even-cells", "-default_F 9 -Na 4 -Nb 7 -Nc 12 -mosaic 0.3 -mosaic_dom 40"),
    ("round", "-default_F 9 -round_xtal -mosaic 0.3 -mosaic_dom 4"),
    ("gauss", "-default_F 9 -gauss_xtal -mosaic 0.3 -mosaic_dom 4"),
    ("tophat", "-default_F 9 -tophat_spots -fudge 0.2 -mosaic 0.3 -mosaic_dom 4"),
    ("table", "-hkl p1.hkl -default_F 3 -mosaic 0.3 -mosaic_dom 70"),
    ("table-gauss", "-hkl p1.hkl -default_F 3 -gauss_xtal"),
    ("tricubic", "-hkl p1.hkl -default_F 3 -interpolate -mosaic 0.3 -mosaic_dom 4"),
    ("tricubic-goes-on", "-hkl p1.hkl -default_F 3 -interpolate -quirks c,-interpolation-sticks"),
    ("tricubic-inside", "-cell 15 17 19 -hkl p1.hkl -interpolate -oversample 2 -lambda 2"),
    ("subpixels", "-default_F 9 -oversample 3 -N 12"),
    (
        "mosaic-spindle-sources",
        "-default_F 9 -mosaic 0.6 -mosaic_dom 5 -phi 3 -osc 2 -phisteps 3 -hdivrange 2 -hdivsteps 2 \
         -dispersion 1 -dispsteps 3",
    ),
    ("many-steps", MANY_STEPS),
    ("stale-phi", "-default_F 9 -mosaic 0.6 -mosaic_dom 3 -phi 0 -osc 2 -phisteps 3 -oversample 2"),
    (
        "thick-sensor",
        "-default_F 9 -oversample 2 -detector_abs 300 -detector_thick 200 -detector_thicksteps 3",
    ),
    (
        "running-product",
        "-default_F 9 -oversample 2 -detector_abs 300 -detector_thick 200 -detector_thicksteps 2 \
         -detector_roty 20 -oversample_thick -oversample_polar -oversample_omega",
    ),
    ("each-omega", "-default_F 9 -oversample 2 -oversample_omega -gauss_xtal"),
    ("curved", "-default_F 9 -curved_det -oversample 2"),
    ("point-pixels", "-default_F 9 -point_pixel -nopolar"),
    ("resolution-limit", "-default_F 9 -dmin 18 -oversample 2 -hdivrange 60 -hdivsteps 3"),
    ("water", "-default_F 9 -water 40 -oversample 2 -tophat_spots"),
    (
        "no-quirks",
        "-default_F 9 -mosaic 0.6 -mosaic_dom 3 -osc 1 -phisteps 2 -quirks none -oversample 2 \
         -detector_abs 300 -detector_thick 200 -detector_thicksteps 2",
    ),
    (
        "no-quirks-each-step",
        "-default_F 9 -osc 1 -phisteps 2 -quirks none -oversample 2 -detector_abs 300 \
         -detector_thick 200 -detector_thicksteps 2 -oversample_thick -oversample_polar",
    ),
];

/// What a scene resolves to.
pub(super) fn experiment(more: &str) -> Result<Experiment, Failed> {
    Ok(line(more)?.resolve()?)
}

/// The command line of a scene.
pub(super) fn line(more: &str) -> Result<CommandLine, Failed> {
    let mut line = CommandLine::new(&format!("{COMMON} {more}"));
    let table = "p1.hkl";
    if line.arguments.iter().any(|argument| argument == table) {
        let path = cases::default_folder().join("inputs").join(table);
        line.inputs.insert(table.into(), std::fs::read(path)?.into());
    }
    Ok(line)
}

/// Writes lines into a file.
pub(super) fn write(path: &Path, lines: &[Line]) -> Result<(), Failed> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let mut writer = Writer::new(&mut file);
    lines.iter().for_each(|line| writer.line(line));
    writer.finish()?;
    Ok(file.flush()?)
}

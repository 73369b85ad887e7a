//! The branches of the program that a campaign should take, and how to tell that a run took one.

use nanobragg_reference::Experiment;
use nanobragg_reference::arguments::settings::{Convention, Misset, Pivot, Shape};

/// What a run was and said.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// What the command line resolved to.
    pub experiment: &'a Experiment,
    /// The report.
    pub report: &'a str,
}

/// Tells whether a run took a branch.
type Test = fn(&Seen<'_>) -> bool;

/// Each branch by name.
pub const BRANCHES: &[(&str, Test)] = &[
    ("shape square", |seen| seen.experiment.crystal.shape == Shape::Square),
    ("shape round", |seen| seen.experiment.crystal.shape == Shape::Round),
    ("shape Gaussian", |seen| seen.experiment.crystal.shape == Shape::Gauss),
    ("shape top-hat", |seen| seen.experiment.crystal.shape == Shape::Tophat),
    ("one cell along an axis", |seen| seen.experiment.crystal.cells.contains(&1.0)),
    ("mosaic domains", |seen| seen.experiment.crystal.domains.len() > 1),
    ("convention mosflm", |seen| seen.experiment.detector.convention == Convention::Mosflm),
    ("convention xds", |seen| seen.experiment.detector.convention == Convention::Xds),
    ("convention adxv", |seen| seen.experiment.detector.convention == Convention::Adxv),
    ("convention denzo", |seen| seen.experiment.detector.convention == Convention::Denzo),
    ("convention dials", |seen| seen.experiment.detector.convention == Convention::Dials),
    ("convention custom", |seen| seen.experiment.detector.convention == Convention::Custom),
    ("pivot sample", |seen| seen.experiment.detector.pivot == Pivot::Sample),
    ("pivot beam", |seen| seen.experiment.detector.pivot == Pivot::Beam),
    ("normal made from fast and slow", |seen| seen.says("auto-generating odet_vector")),
    ("two-theta swing", |seen| seen.experiment.detector.twotheta != 0.0),
    ("curved detector", |seen| seen.experiment.detector.curved),
    ("point pixel", |seen| seen.experiment.detector.point_pixel),
    ("sensor layers", |seen| seen.experiment.detector.sensor.layers > 1),
    ("mask", |seen| seen.experiment.detector.mask.is_some()),
    ("part of the detector", |seen| {
        seen.experiment.detector.roi_pixels() < seen.experiment.detector.count() as u64
    }),
    ("nothing rendered", |seen| seen.experiment.detector.roi_pixels() == 0),
    ("orientation matrix", |seen| seen.experiment.parameters.matrix.is_some()),
    ("random orientation", |seen| seen.experiment.parameters.misset == Misset::Random),
    ("misset angles", |seen| matches!(seen.experiment.parameters.misset, Misset::Angles(_))),
    ("crystal clipped by the beam", |seen| seen.says("clipping sample")),
    ("sources from a file", |seen| seen.experiment.beam.divergence_steps < 0),
    ("several wavelengths", |seen| seen.experiment.beam.dispersion.count > 1),
    ("several directions", |seen| seen.experiment.beam.divergence_steps > 1),
    ("no polarization", |seen| seen.experiment.beam.nopolar),
    ("several spindle steps", |seen| seen.experiment.spindle.sweep.count > 1),
    ("spindle step at 0 behind others", |seen| {
        let spindle = &seen.experiment.spindle;
        (1..spindle.sweep.count).any(|tic| spindle.phi(tic) == 0.0)
    }),
    ("table of structure factors", |seen| seen.experiment.structure.factors.is_some()),
    ("structure factors from a dump", |seen| seen.says("reading Fs from")),
    ("interpolation on", |seen| seen.experiment.structure.interpolate),
    ("interpolation chosen", |seen| seen.says("auto-selected tricubic")),
    ("event: out of range of the interpolation", |seen| seen.says("out of range for three point")),
    ("sub-pixels chosen", |seen| seen.says("-fold oversampling")),
    ("sub-pixels", |seen| seen.experiment.sampling.oversample > 1),
    ("capture for each sub-pixel", |seen| seen.experiment.sampling.thick),
    ("polarization for each sub-pixel", |seen| seen.experiment.sampling.polar),
    ("solid angle for each sub-pixel", |seen| seen.experiment.sampling.omega),
    ("resolution limit", |seen| seen.experiment.sampling.dmin > 0.0),
    ("water", |seen| seen.experiment.sampling.background != 0.0),
    ("pixels printed", |seen| seen.says("hkl= ")),
    ("image of zeros", |seen| seen.maximum() == Some(0.0)),
    ("noise: fewer than 12 photons", |seen| seen.maximum().is_some_and(|x| x > 0.0 && x < 12.0)),
    ("noise: 12 to a million photons", |seen| {
        seen.maximum().is_some_and(|x| (12.0..1e6).contains(&x))
    }),
    ("noise: more than a million photons", |seen| seen.maximum().is_some_and(|x| x > 1e6)),
    ("noise overloads", |seen| {
        seen.says(" photons on noise image (") && !seen.says("image (0 overloads)")
    }),
];

impl Seen<'_> {
    fn says(&self, words: &str) -> bool {
        self.report.contains(words)
    }

    /// The largest pixel, photons.
    fn maximum(&self) -> Option<f64> {
        let line = self.report.lines().find_map(|line| line.strip_prefix("max_I = "))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

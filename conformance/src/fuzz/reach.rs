//! The edges of decisions that a case reaches: what proves that a campaign has been there.
//!
//! The reference engine renders as always; an observer looks at the last evaluation of each pixel.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use nanobragg_reference::arguments::settings::Shape;
use nanobragg_reference::engine::{Engine, Event, Observer, PixelTrace, Rendered};
use nanobragg_reference::quirks::{Quirk, Quirks};
use nanobragg_reference::vector::{Vector, dot, unitize};
use nanobragg_reference::{Experiment, ReferenceEngine, Result};

/// How near is on the edge, relative to the numbers that decide.
const ON: f64 = 1e-12;

/// Tells whether the last evaluation of a pixel is at an edge.
type PixelTest = fn(&Experiment, &PixelTrace) -> bool;

/// Tells whether an experiment is one.
type RunTest = fn(&Experiment) -> bool;

/// Edges that pixels are at.
const OF_PIXELS: &[(&str, PixelTest)] = &[
    ("index half-way between two that differ", half_way),
    ("index at the end of the range of interpolation, C rule", |run, trace| {
        run.quirks.has(Quirk::InterpolationSticks) && at_range_end(run, &trace.index, 2)
    }),
    ("index at the end of the range of interpolation, corrected", |run, trace| {
        !run.quirks.has(Quirk::InterpolationSticks) && at_range_end(run, &trace.index, 1)
    }),
    ("resolution of a pixel at the limit", |run, trace| {
        run.sampling.oversample == 1 && at_limit(run, trace)
    }),
    ("resolution of a sub-pixel at the limit", |run, trace| {
        run.sampling.oversample > 1 && at_limit(run, trace)
    }),
    ("rim of a top-hat spot", |run, trace| {
        let radius_sqr = radius_sqr(run, trace) * run.crystal.fudge;
        run.crystal.shape == Shape::Tophat && (radius_sqr / 0.3969 - 1.0).abs() < 1e-10
    }),
    ("ray at 90° to the beam, polarized", |run, trace| {
        let ray = unitize(&trace.position).0;
        let perpendicular = |beam: &Vector| dot(&ray, beam).abs() < ON;
        !run.beam.nopolar && run.beam.sources.iter().any(|source| perpendicular(&source.direction))
    }),
    ("captured fraction of 0", |run, trace| {
        run.detector.sensor.thickness != 0.0 && trace.capture == 0.0
    }),
    ("captured fraction below 1e-6", |_, trace| trace.capture > 0.0 && trace.capture < 1e-6),
    ("N·h above 1e5", |run, trace| {
        of_axes(run, trace).any(|(index, _, n)| (n * index).abs() > 1e5)
    }),
    ("thousands of cells on top of a spot", |run, trace| {
        run.crystal.shape == Shape::Square
            && of_axes(run, trace).any(|(_, off, n)| n >= 1000.0 && off.abs() * n < 1e-6)
    }),
    ("round crystal on top of a spot", |run, trace| {
        run.crystal.shape == Shape::Round
            && of_axes(run, trace).all(|(_, off, n)| off.abs() * n < 1e-6)
    }),
    ("Gaussian spot whose square is about the smallest number", |run, trace| {
        let square = trace.f_latt * trace.f_latt;
        run.crystal.shape == Shape::Gauss && trace.f_latt != 0.0 && square < 1e-290
    }),
    ("Gaussian spot of 0", |run, trace| run.crystal.shape == Shape::Gauss && trace.f_latt == 0.0),
];

/// Edges that whole runs are at.
const OF_RUNS: &[(&str, RunTest)] = &[
    ("curved detector", |run| run.detector.curved),
    ("all factors for each term", |run| {
        run.sampling.thick && run.sampling.polar && run.sampling.omega
    }),
    ("mask", |run| run.detector.mask.is_some()),
    ("mask of one pixel", |run| {
        let count = |mask: &ndarray::Array2<bool>| mask.iter().filter(|on| **on).count();
        run.detector.mask.as_ref().is_some_and(|mask| mask.len() > 1 && count(mask) == 1)
    }),
    ("region of one pixel", |run| run.detector.roi_pixels() == 1 && run.detector.count() > 1),
    ("region of one column or row", |run| {
        let [xmin, xmax, ymin, ymax] = run.detector.roi;
        (xmin == xmax) != (ymin == ymax)
    }),
    ("region beyond the detector", |run| {
        let [_, xmax, _, ymax] = run.detector.roi.map(i64::from);
        let [fast, slow] = run.detector.pixels.map(|count| count as i64);
        // Without -roi, it ends one pixel beyond (C:1167).
        xmax > fast || ymax > slow
    }),
    ("more than 1000 cells along an axis", |run| {
        run.crystal.cells.iter().any(|&cells| cells >= 1000.0)
    }),
    ("all quirks", |run| run.quirks == Quirks::C),
    ("no quirk", |run| run.quirks == Quirks::NONE),
    ("one quirk off", |run| on(run) + 1 == Quirk::ALL.len()),
    ("one quirk on", |run| on(run) == 1),
];

/// What is told from a run's pixels together.
const EQUAL_MAXIMA: &str = "equal maxima";
const CULLED_START: &str = "spindle step at 0 behind others, first evaluations beyond the limit";

/// The names of all edges.
pub fn names() -> impl Iterator<Item = &'static str> {
    let of_pixels = OF_PIXELS.iter().map(|(name, _)| *name);
    of_pixels.chain(OF_RUNS.iter().map(|(name, _)| *name)).chain([EQUAL_MAXIMA, CULLED_START])
}

/// The number of quirks that are on.
fn on(run: &Experiment) -> usize {
    Quirk::ALL.iter().filter(|quirk| run.quirks.has(**quirk)).count()
}

/// Index, distance from the nearest integer, and number of cells, by axes.
fn of_axes(run: &Experiment, trace: &PixelTrace) -> impl Iterator<Item = (f64, f64, f64)> {
    let (index, nearest, cells) = (trace.index, trace.nearest, run.crystal.cells);
    (0..3).map(move |i| (index[i], index[i] - f64::from(nearest[i]), cells[i]))
}

fn half_way(run: &Experiment, trace: &PixelTrace) -> bool {
    let Some(factors) = &run.structure.factors else {
        return false;
    };
    let value = |index| factors.place(index).map(|place| factors.values[place]);
    (0..3).any(|axis| {
        let index = trace.index[axis];
        let is_half = (index - index.floor() - 0.5).abs() < ON * index.abs().max(1.0);
        let [mut below, mut above] = [trace.nearest; 2];
        (below[axis], above[axis]) = (index.floor() as i32, index.floor() as i32 + 1);
        is_half && value(below) != value(above)
    })
}

/// Whether an index lies this many steps within an end of the table, to the last digits.
fn at_range_end(run: &Experiment, index: &Vector, within: i32) -> bool {
    let Some(factors) = run.structure.factors.as_ref().filter(|_| run.structure.interpolate) else {
        return false;
    };
    (0..3).any(|axis| {
        let ends = [factors.min[axis] + within, factors.max[axis] - within];
        let near =
            |end: &i32| (index[axis] - f64::from(*end)).abs() < ON * index[axis].abs().max(1.0);
        ends.iter().any(near)
    })
}

fn at_limit(run: &Experiment, trace: &PixelTrace) -> bool {
    run.sampling.dmin > 0.0 && (2.0 * trace.stol * run.sampling.dmin - 1.0).abs() < ON
}

/// Squared distance from the nearest lattice point in 1/Å², times (Na Nb Nc)².
fn radius_sqr(run: &Experiment, trace: &PixelTrace) -> f64 {
    let crystal = &run.crystal;
    let offset: Vec<f64> = of_axes(run, trace).map(|(_, off, _)| off).collect();
    let along = |i: usize| -> f64 {
        offset.iter().zip(&crystal.reciprocal).map(|(off, vector)| off * vector[i]).sum()
    };
    let distance = [along(0), along(1), along(2)];
    dot(&distance, &distance) * crystal.cells.iter().product::<f64>().powi(2)
}

/// The reference engine, which notes the edges that it comes upon.
#[derive(Debug, Default)]
pub struct Watched {
    reached: Mutex<BTreeSet<&'static str>>,
}

impl Watched {
    /// The edges that were reached.
    pub fn reached(self) -> BTreeSet<&'static str> {
        self.reached.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine for Watched {
    fn label(&self) -> &'static str {
        ReferenceEngine.label()
    }

    fn render(&self, experiment: &Experiment, observer: &mut dyn Observer) -> Result<Rendered> {
        let mut watch = Watch { experiment, observer, reached: BTreeSet::new(), is_first: true };
        let rendered = ReferenceEngine.render(experiment, &mut watch)?;
        let mut reached = watch.reached;
        reached
            .extend(OF_RUNS.iter().filter(|(_, is_at)| is_at(experiment)).map(|(name, _)| *name));
        let most = rendered.maximum.value;
        let maxima = rendered.image.iter().filter(|&&pixel| f64::from(pixel) == most).count();
        if most > 0.0 && maxima > 1 {
            reached.insert(EQUAL_MAXIMA);
        }
        // Each holder leaves the set whole.
        self.reached.lock().unwrap_or_else(PoisonError::into_inner).extend(reached);
        Ok(rendered)
    }
}

/// Looks at every pixel, and lets another observer have what it wants.
struct Watch<'a> {
    experiment: &'a Experiment,
    observer: &'a mut dyn Observer,
    reached: BTreeSet<&'static str>,
    is_first: bool,
}

impl Observer for Watch<'_> {
    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        self.observer.progress(done, total)
    }

    fn event(&mut self, event: &Event) {
        self.observer.event(event);
    }

    fn wants(&self, _fast: usize, _slow: usize) -> bool {
        true
    }

    fn pixel(&mut self, trace: &PixelTrace) {
        let run = self.experiment;
        let found = OF_PIXELS.iter().filter(|(_, is_at)| is_at(run, trace)).map(|(name, _)| *name);
        self.reached.extend(found);
        if self.is_first && 2.0 * trace.stol * run.sampling.dmin > 1.0 {
            let spindle = &run.spindle;
            if (1..spindle.sweep.count).any(|step| spindle.phi(step) == 0.0) {
                self.reached.insert(CULLED_START);
            }
        }
        self.is_first = false;
        if self.observer.wants(trace.fast, trace.slow) {
            self.observer.pixel(trace);
        }
    }
}

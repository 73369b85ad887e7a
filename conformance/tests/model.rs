//! Every golden case, rendered by the second engine and by the reference: `model::CASE`.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};
use nanobragg_conformance::cases::{self, Case};
use nanobragg_conformance::faults::{Model, PixelFault};
use nanobragg_conformance::run::command_line;
use nanobragg_conformance::tolerance::DOUBLE;
use nanobragg_reference::engine::{Engine, Event, Observer, PixelTrace, Rendered};
use nanobragg_reference::host::Host;
use nanobragg_reference::report::Report;
use nanobragg_reference::resolve::resolve;
use nanobragg_reference::{Error, Experiment, ReferenceEngine, Request};

/// What all cases together show.
#[derive(Default)]
struct Agreement {
    images: usize,
    same_bits: usize,
    /// Largest difference over the pixel.
    worst: f64,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = Arc::new(cases::default_folder());
    let list = match cases::read(&folder) {
        Ok(list) => list,
        Err(error) => {
            eprintln!("the cases cannot be read: {error}");
            return ExitCode::FAILURE;
        }
    };
    let agreement = Arc::new(Mutex::new(Agreement::default()));
    let mut trials: Vec<Trial> = list
        .into_iter()
        .map(|case| {
            let (folder, agreement) = (Arc::clone(&folder), Arc::clone(&agreement));
            Trial::test(format!("model::{}", case.name), move || {
                compare(&case, &folder, &Model::default(), &agreement)
            })
        })
        .collect();
    trials.push(Trial::test("model::a-fault-is-noticed", notices));
    trials.push(Trial::test("model::an-observer-can-stop-it", stops));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Ok(agreement) = agreement.lock()
        && agreement.images > 0
    {
        println!(
            "{} of {} images have the same bits; the largest difference is {:e} of a pixel",
            agreement.same_bits, agreement.images, agreement.worst
        );
    }
    conclusion.exit_code()
}

/// Renders a case twice and compares everything that an engine gives.
fn compare(
    case: &Case,
    folder: &Path,
    model: &Model,
    agreement: &Mutex<Agreement>,
) -> Result<(), Failed> {
    let experiment = command_line(case, folder)?.resolve()?;
    let (expected, seen_there) = render(&ReferenceEngine, &experiment)?;
    let (found, seen_here) = render(model, &experiment)?;
    let maximum = expected.maximum.value;
    let mut worst = 0.0f64;
    let mut same_bits = true;
    for ((place, a), b) in expected.image.indexed_iter().zip(&found.image) {
        let (a, b) = (f64::from(*a), f64::from(*b));
        if DOUBLE.broken(a, b, maximum) {
            return Err(format!("pixel (slow, fast) {place:?}: {b:e} instead of {a:e}").into());
        }
        if a != b {
            worst = worst.max((a - b).abs() / a.abs());
        }
        same_bits &= a.to_bits() == b.to_bits();
    }
    if found.image.dim() != expected.image.dim() || found.count != expected.count {
        return Err("another number of pixels".into());
    }
    if found.events != expected.events || seen_here.events != seen_there.events {
        return Err(format!("events {:?} instead of {:?}", found.events, expected.events).into());
    }
    if found.out_of_range != expected.out_of_range {
        let (found, expected) = (found.out_of_range, expected.out_of_range);
        return Err(format!("{found} evaluations out of range instead of {expected}").into());
    }
    if found.maximum.position != expected.maximum.position {
        let (found, expected) = (found.maximum.position, expected.maximum.position);
        return Err(format!("the maximum at {found:?} instead of {expected:?}").into());
    }
    for (name, a, b) in [
        ("omega_sum", expected.omega_sum, found.omega_sum),
        ("solid_angle", expected.solid_angle, found.solid_angle),
        ("maximum", expected.maximum.value, found.maximum.value),
        ("sum", expected.sum, found.sum),
        ("sum_of_squares", expected.sum_of_squares, found.sum_of_squares),
    ] {
        near(name, a, b, a)?;
    }
    compare_traces(&seen_there.pixels, &seen_here.pixels, maximum)?;
    let mut agreement = agreement.lock().map_err(|error| error.to_string())?;
    agreement.images += 1;
    agreement.same_bits += usize::from(same_bits);
    agreement.worst = agreement.worst.max(worst);
    Ok(())
}

fn render(engine: &dyn Engine, experiment: &Experiment) -> Result<(Rendered, Witness), Failed> {
    let mut witness = Witness {
        all: experiment.detector.count() < 10_000,
        events: Vec::new(),
        pixels: Vec::new(),
    };
    let rendered = engine.render(experiment, &mut witness)?;
    Ok((rendered, witness))
}

/// Writes down what an engine tells.
struct Witness {
    /// Of large images, one pixel of a thousand will do.
    all: bool,
    events: Vec<Event>,
    pixels: Vec<PixelTrace>,
}

impl Observer for Witness {
    fn event(&mut self, event: &Event) {
        self.events.push(*event);
    }

    fn wants(&self, fast: usize, slow: usize) -> bool {
        self.all || (fast + 31 * slow).is_multiple_of(997)
    }

    fn pixel(&mut self, trace: &PixelTrace) {
        self.pixels.push(*trace);
    }
}

fn compare_traces(
    expected: &[PixelTrace],
    found: &[PixelTrace],
    maximum: f64,
) -> Result<(), Failed> {
    if expected.len() != found.len() {
        return Err(format!("{} traces instead of {}", found.len(), expected.len()).into());
    }
    let largest = |value: fn(&PixelTrace) -> f64| {
        expected.iter().map(value).fold(0.0, |largest: f64, value| largest.max(value.abs()))
    };
    let (f_cell, f_latt) = (largest(|trace| trace.f_cell), largest(|trace| trace.f_latt));
    let intensity = largest(|trace| trace.intensity);
    for (a, b) in expected.iter().zip(found) {
        let place = (a.fast, a.slow);
        if place != (b.fast, b.slow) || a.nearest != b.nearest || a.steps != b.steps {
            return Err(format!("{b:?}\ninstead of\n{a:?}").into());
        }
        let vectors = [(a.position, b.position, "position"), (a.index, b.index, "index")];
        let cells = (0..3).map(|i| (a.cell[i], b.cell[i], "cell"));
        for (a, b, name) in vectors.into_iter().chain(cells) {
            let length = a.iter().fold(0.0, |length: f64, value| length.max(value.abs()));
            for i in 0..3 {
                near(&format!("{place:?} {name}"), a[i], b[i], length)?;
            }
        }
        for (name, a, b, scale) in [
            ("stol", a.stol, b.stol, a.stol),
            ("f_cell", a.f_cell, b.f_cell, f_cell),
            ("f_latt", a.f_latt, b.f_latt, f_latt),
            ("intensity", a.intensity, b.intensity, intensity),
            ("polar", a.polar, b.polar, 1.0),
            ("omega", a.omega, b.omega, a.omega),
            ("capture", a.capture, b.capture, 1.0),
            ("pixel", a.pixel.into(), b.pixel.into(), maximum),
        ] {
            near(&format!("{place:?} {name}"), a, b, scale)?;
        }
    }
    Ok(())
}

fn near(name: &str, expected: f64, found: f64, scale: f64) -> Result<(), Failed> {
    if DOUBLE.broken(expected, found, scale.abs()) {
        return Err(format!("{name}: {found:e} instead of {expected:e}").into());
    }
    Ok(())
}

/// The comparison tells a faulty engine from a right one.
fn notices() -> Result<(), Failed> {
    let folder = cases::default_folder();
    let list = cases::read(&folder)?;
    let case = list.iter().find(|case| case.name == "base").ok_or("no case base")?;
    for fault in [PixelFault::IndexRoundedDown, PixelFault::SinglePrecisionIndices] {
        if compare(case, &folder, &Model::with(fault), &Mutex::default()).is_ok() {
            return Err(format!("{fault:?} goes unnoticed").into());
        }
    }
    Ok(())
}

/// An observer that has seen enough ends the run.
fn stops() -> Result<(), Failed> {
    struct Impatient;
    impl Observer for Impatient {
        fn progress(&mut self, done: u64, _total: u64) -> ControlFlow<()> {
            if done > 100 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    let request = Request::parse("-cell 100 -N 5 -default_F 1 -detpixels 32".split(' '))?;
    let job = resolve(&request, &Host::at(0), &mut Report::collect())?;
    match Model::default().render(&job.experiment, &mut Impatient) {
        Err(Error::Cancelled) => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

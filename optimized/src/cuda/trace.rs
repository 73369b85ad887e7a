//! The steps of one pixel: what the device records of them, as the lines of a trace.
//!
//! A launch fills a buffer with records, which are told before the next one goes on where it ended, so
//! that a pixel may have any number of steps.

use std::ops::ControlFlow;

use nanobragg_reference::trace::{Layer, Line, Pixel, Ray, Source, Step, Working};
use nanobragg_reference::{Error, Result};

use super::device::{Device, Factors, Kernel, Way};
use super::memory::{allocate, bytes_of, bytes_of_mut, upload, wait};
use super::parameters::Parameters;
use super::running::Running;
use crate::engine::Teller;
use crate::exact::Place;
use crate::kernel::record::cell_gain;
use crate::plan::Plan;
use crate::restated;

/// Records of a launch: twice as many as those of what a block stages at a time, which are not parted.
const CAPACITY: usize = 2 * 64 * 64;

/// Words of structure `Record` of `kernel/record.h`.
const RECORD_WORDS: usize = 36;

/// Bytes for structure `Walk` of `kernel/trace.h`, which only the device looks into.
const WALK_BYTES: usize = 1024;

/// Tells every step of a pixel (fast, slow) that was rendered in a way and with factors, until the
/// observer says to stop. Of each source is given the first one that it is taken together with.
///
/// Where sources are taken together, the sum in the C program's order takes all terms of one before the
/// first of the next: the pixel is walked through twice then, and the first time only these are added up.
///
/// # Errors
/// What the device says, and that it was stopped.
pub(super) fn follow<D: Device>(
    device: &D,
    (plan, batches): (&Plan<'_>, &[usize]),
    how: (&Parameters, (Way, Factors)),
    pixel: [usize; 2],
    teller: &mut Teller<'_>,
) -> Result<()> {
    let mut lines = Lines {
        plan,
        pixel: pixel.map(|coordinate| coordinate as u32),
        weight: 0.0,
        running: Running::new(plan, batches),
    };
    if lines.running.needs_totals() {
        walk(device, how, pixel, &mut |records| {
            for record in records.chunks_exact(RECORD_WORDS) {
                let line = lines.line(Words(record.iter()));
                lines.running.add_up(&line);
            }
            teller.ask()
        })?;
    }
    walk(device, how, pixel, &mut |records| {
        for record in records.chunks_exact(RECORD_WORDS) {
            let mut line = lines.line(Words(record.iter()));
            lines.running.follow(&mut line, lines.weight);
            teller.tell(&line)?;
        }
        ControlFlow::Continue(())
    })
}

/// Walks through a pixel, and hands the words of the records of each launch to `take`, until it says to
/// stop.
fn walk<D: Device>(
    device: &D,
    (parameters, (way, factors)): (&Parameters, (Way, Factors)),
    pixel: [usize; 2],
    take: &mut dyn FnMut(&[u64]) -> ControlFlow<()>,
) -> Result<()> {
    let what = "the trace";
    let records = allocate(device, what, CAPACITY * RECORD_WORDS * size_of::<u64>())?;
    let walk = allocate(device, what, WALK_BYTES)?;
    let mut head = Head {
        pixel: pixel.map(|coordinate| coordinate as u64),
        way: way as u64,
        factor: factors as u64,
        begun: 0,
        capacity: CAPACITY as u64,
        count: 0,
        done: 0,
        records: device.address(&records),
        walk: device.address(&walk),
    };
    let memory = upload(device, what, bytes_of(&head.words()))?;
    let mut p = *parameters;
    p.trace = device.address(&memory);
    let mut words = Vec::new();
    while head.done == 0 {
        device.launch(Kernel::Trace, 1, &p)?;
        wait(device, &device.mark()?)?;
        let mut told = head.words();
        device.download(&memory, bytes_of_mut(&mut told))?;
        head = Head::from(told);
        if head.count == 0 {
            return Err(Error::Impossible("the device records no steps of the pixel".into()));
        }
        words.resize(head.count.min(head.capacity) as usize * RECORD_WORDS, 0);
        device.download(&records, bytes_of_mut(&mut words))?;
        if take(&words).is_break() {
            return Err(Error::Cancelled);
        }
    }
    Ok(())
}

/// Structure `Trace` of `kernel/trace.h`.
struct Head {
    pixel: [u64; 2],
    way: u64,
    factor: u64,
    begun: u64,
    capacity: u64,
    count: u64,
    done: u64,
    records: u64,
    walk: u64,
}

impl Head {
    fn words(&self) -> [u64; 10] {
        let [fast, slow] = self.pixel;
        let Head { way, factor, begun, capacity, count, done, records, walk, .. } = *self;
        [fast, slow, way, factor, begun, capacity, count, done, records, walk]
    }
}

impl From<[u64; 10]> for Head {
    fn from(words: [u64; 10]) -> Head {
        let [fast, slow, way, factor, begun, capacity, count, done, records, walk] = words;
        let pixel = [fast, slow];
        Head { pixel, way, factor, begun, capacity, count, done, records, walk }
    }
}

/// The words of a record, taken one after the other.
struct Words<'a>(std::slice::Iter<'a, u64>);

impl Words<'_> {
    fn integer(&mut self) -> usize {
        self.0.next().map_or(0, |&word| word as usize)
    }

    fn flag(&mut self) -> bool {
        self.integer() != 0
    }

    fn number(&mut self) -> f64 {
        self.0.next().map_or(f64::NAN, |&word| f64::from_bits(word))
    }

    fn numbers<const COUNT: usize>(&mut self) -> [f64; COUNT] {
        std::array::from_fn(|_| self.number())
    }
}

/// Where a record belongs.
#[derive(Clone, Copy)]
struct At {
    layer: usize,
    sub_slow: usize,
    sub_fast: usize,
    source: usize,
}

/// Makes lines of records.
struct Lines<'a> {
    plan: &'a Plan<'a>,
    /// Fast and slow coordinate.
    pixel: [u32; 2],
    /// Of the source that was seen last.
    weight: f64,
    running: Running<'a>,
}

impl Lines<'_> {
    /// Structure `Record` of `kernel/record.h`. Sums of steps are left to [`Running`].
    fn line(&mut self, mut words: Words<'_>) -> Line {
        let kind = words.integer();
        let layer = words.integer();
        let (sub_fast, sub_slow) = (words.integer(), words.integer());
        let at = At { layer, sub_slow, sub_fast, source: words.integer() };
        match kind {
            0 => Line::Ray(Box::new(self.ray(at, words))),
            1 => Line::Source(Box::new(self.source(at, words))),
            2 => Line::Step(Box::new(self.step(at, words))),
            3 => Line::Layer(Box::new(self.layer(at, words))),
            _ => Line::Pixel(Box::new(self.pixel(words))),
        }
    }

    /// The fraction that a layer captures, which comes next.
    fn capture(&self, words: &mut Words<'_>) -> f64 {
        let recorded = words.number();
        if self.plan.captures() { recorded } else { 1.0 }
    }

    fn ray(&self, at: At, mut words: Words<'_>) -> Ray {
        Ray {
            layer: at.layer,
            sub_slow: at.sub_slow,
            sub_fast: at.sub_fast,
            along_fast: words.number(),
            along_slow: words.number(),
            position: words.numbers(),
            airpath: 1.0 / words.number(),
            diffracted: words.numbers(),
            omega: words.number(),
            parallax: words.number(),
            capture: self.capture(&mut words),
            working: Working::default(),
        }
    }

    fn source(&mut self, at: At, mut words: Words<'_>) -> Source {
        let incident = words.numbers();
        let wavelength = words.number();
        let seen = words.numbers();
        let culled = words.flag();
        let polarization = words.number();
        self.weight = words.number();
        let multiplier = Some(words.number()).filter(|_| self.plan.running);
        let place = Place { pixel: self.pixel, layer: at.layer, sub: [at.sub_fast, at.sub_slow] };
        let seen = (!culled).then_some(seen);
        let (scattering, stol) = restated::scattering(self.plan, (place, at.source), seen);
        Source {
            layer: at.layer,
            sub_slow: at.sub_slow,
            sub_fast: at.sub_fast,
            source: at.source,
            incident,
            wavelength,
            scattering,
            stol,
            culled,
            polarization,
            working: Working { weight: Some(self.weight), multiplier, ..Working::default() },
        }
    }

    fn step(&self, at: At, mut words: Words<'_>) -> Step {
        let (plan, experiment) = (self.plan, self.plan.experiment);
        let (orientation, domains) = (words.integer(), experiment.crystal.domains.len());
        let phi_step = orientation / domains;
        let precision = words.flag().then_some("single");
        let cell = [words.numbers(), words.numbers(), words.numbers()];
        let nearest: [f64; 3] = words.numbers();
        let fraction = words.numbers();
        let hkl = words.numbers();
        let guarded = words.flag();
        let lattice = words.number();
        let added = words.flag();
        let interpolated = words.flag();
        let recorded = words.number();
        let value = words.number();
        let in_block = words.flag();
        let unit = words.number();
        let block_sum = words.number();
        let summed = words.flag();
        let own_sum = Some(words.number()).filter(|_| summed);
        let f_latt_squared = lattice * plan.lattice.gain(&experiment.crystal);
        let evaluation = restated::evaluation(plan, [hkl, nearest], f_latt_squared);
        let mut step = Step {
            layer: at.layer,
            sub_slow: at.sub_slow,
            sub_fast: at.sub_fast,
            source: at.source,
            phi_step,
            domain: orientation % domains,
            phi: experiment.spindle.phi(phi_step as i32),
            cell,
            hkl,
            nearest: nearest.map(|index| index as i64),
            fraction,
            f_latt: evaluation.f_latt,
            f_latt_squared,
            working: Working {
                precision,
                guarded: Some(guarded),
                lattice: Some(lattice),
                own_sum,
                ..Working::default()
            },
            ..Step::default()
        };
        if !added {
            return Step { skipped: Some("F_latt is 0"), ..step };
        }
        step.term = Some(value * unit * self.weight);
        step.working.value = Some(value);
        step.working.unit = in_block.then_some(unit);
        step.working.block_sum = in_block.then_some(block_sum);
        let (f_cell, squared) = match plan.table {
            Some(_) => (recorded, recorded * recorded),
            None => (experiment.structure.default_f, cell_gain(plan)),
        };
        restated::looked_up(plan, step, (interpolated, f_cell, squared))
    }

    fn layer(&self, at: At, mut words: Words<'_>) -> Layer {
        Layer {
            layer: at.layer,
            sum: words.number(),
            capture: self.capture(&mut words),
            layer_sum: Some(words.number()).filter(|_| self.plan.corrected.sensor_layers),
            working: Working::default(),
        }
    }

    fn pixel(&self, mut words: Words<'_>) -> Pixel {
        let experiment = self.plan.experiment;
        Pixel {
            skipped: None,
            background: Some(words.number()),
            sum: Some(words.number()),
            steps: Some(experiment.sampling.steps),
            fluence: Some(experiment.beam.fluence),
            capture: Some(self.capture(&mut words)),
            polarization: Some(words.number()),
            omega: Some(words.number()),
            photons: Some(words.number()),
            pixel: words.number(),
            working: Working::default(),
        }
    }
}

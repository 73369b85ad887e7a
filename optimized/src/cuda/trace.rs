//! The steps of one pixel: what the device records of them, as the lines of a trace.
//!
//! A launch fills a buffer with records, which are told before the next one goes on where it ended, so
//! that a pixel may have any number of steps.

use std::ops::ControlFlow;

use nanobragg_reference::trace::{Layer, Line, Pixel, Ray, Source, Step};
use nanobragg_reference::vector::magnitude;
use nanobragg_reference::{Error, Result};

use super::device::{Device, Factors, Kernel, Way};
use super::memory::{allocate, bytes_of, bytes_of_mut, upload, wait};
use super::parameters::Parameters;
use crate::kernel::record::cell_gain;
use crate::plan::Plan;

/// Records of a launch: twice as many as those of what a block stages at a time, which are not parted.
const CAPACITY: usize = 2 * 64 * 64;

/// Words of structure `Record` of `kernel/record.h`.
const RECORD_WORDS: usize = 36;

/// Bytes for structure `Walk` of `kernel/trace.h`, which only the device looks into.
const WALK_BYTES: usize = 1024;

/// Tells every step of a pixel (fast, slow) that was rendered in a way and with factors, until `tell`
/// says to stop.
///
/// # Errors
/// What the device says, and that it was stopped.
pub(super) fn follow<D: Device>(
    device: &D,
    plan: &Plan<'_>,
    (parameters, (way, factors)): (&Parameters, (Way, Factors)),
    pixel: [usize; 2],
    tell: &mut dyn FnMut(Line) -> ControlFlow<()>,
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
    let mut lines = Lines { plan, weight: 0.0 };
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
        for record in words.chunks_exact(RECORD_WORDS) {
            if tell(lines.line(Words(record.iter()))).is_break() {
                return Err(Error::Cancelled);
            }
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
    /// Of the source that was seen last.
    weight: f64,
}

impl Lines<'_> {
    /// Structure `Record` of `kernel/record.h`.
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

    fn ray(&self, at: At, mut words: Words<'_>) -> Ray {
        let captures = self.plan.captures();
        Ray {
            layer: at.layer,
            sub_slow: at.sub_slow,
            sub_fast: at.sub_fast,
            along_fast: Some(words.number()),
            along_slow: Some(words.number()),
            position: Some(words.numbers()),
            airpath: Some(1.0 / words.number()),
            diffracted: Some(words.numbers()),
            omega: Some(words.number()),
            parallax: Some(words.number()).filter(|_| captures),
            capture: Some(words.number()).filter(|_| captures),
        }
    }

    fn source(&mut self, at: At, mut words: Words<'_>) -> Source {
        let incident = words.numbers();
        let wavelength = words.number();
        let scattering = words.numbers();
        let culled = words.flag();
        let polarization = words.number();
        self.weight = words.number();
        Source {
            layer: at.layer,
            sub_slow: at.sub_slow,
            sub_fast: at.sub_fast,
            source: at.source,
            incident: Some(incident),
            wavelength: Some(wavelength),
            // What is culled is not looked at.
            scattering: (!culled).then_some(scattering),
            stol: (!culled).then(|| 0.5 * magnitude(&scattering)),
            culled: Some(culled),
            polarization: Some(polarization),
            weight: Some(self.weight),
            multiplier: Some(words.number()).filter(|_| self.plan.running),
        }
    }

    fn step(&self, at: At, mut words: Words<'_>) -> Step {
        let experiment = self.plan.experiment;
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
        let f_cell = words.number();
        let value = words.number();
        let in_block = words.flag();
        let block_sum = words.number();
        let summed = words.flag();
        let partial = words.flag();
        let sum = Some(words.number()).filter(|_| summed);
        let step = Step {
            layer: at.layer,
            sub_slow: at.sub_slow,
            sub_fast: at.sub_fast,
            source: at.source,
            phi_step,
            domain: orientation % domains,
            precision,
            phi: Some(experiment.spindle.phi(phi_step as i32)),
            cell: Some(cell),
            hkl: Some(hkl),
            nearest: Some(nearest.map(|index| index as i64)),
            fraction: Some(fraction),
            guarded: Some(guarded),
            lattice: Some(lattice),
            f_latt_squared: Some(lattice * self.plan.lattice.gain(&experiment.crystal)),
            partial_sum: sum.filter(|_| partial),
            sum: sum.filter(|_| !partial),
            ..Step::default()
        };
        if !added {
            return Step { skipped: Some("F_latt is 0"), ..step };
        }
        let has_table = self.plan.table.is_some();
        let square = if has_table { f_cell * f_cell } else { cell_gain(self.plan) };
        Step {
            interpolated: Some(interpolated),
            f_cell: has_table.then_some(f_cell),
            f_cell_squared: Some(square),
            value: Some(value),
            term: Some(value * self.weight),
            block_sum: in_block.then_some(block_sum),
            ..step
        }
    }

    fn layer(&self, at: At, mut words: Words<'_>) -> Layer {
        Layer {
            layer: at.layer,
            sum: Some(words.number()),
            capture: Some(words.number()).filter(|_| self.plan.captures()),
            layer_sum: Some(words.number()).filter(|_| self.plan.corrected.sensor_layers),
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
            capture: Some(words.number()).filter(|_| self.plan.captures()),
            polarization: Some(words.number()),
            omega: Some(words.number()),
            one_term: None,
            photons: Some(words.number()),
            pixel: Some(words.number()),
        }
    }
}

//! An image on a device: bands of rows, the next one rendered while the last one is copied.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nanobragg_reference::{Error, Result};

use super::bands::{self, Limits};
use super::device::{Device, Factors, Kernel, Way};
use super::memory::{NAP, allocate, bytes_of, bytes_of_mut, refused, upload, wait};
use super::parameters::{self, Parameters, SUMS_WORDS};
use super::running;
use super::single;
use super::sums::Sums;
use super::trace;
use super::traffic::Meter;
use crate::blank::touch;
use crate::engine::Teller;
use crate::plan::Plan;
use crate::plan::lattice::LatticePlan;
use crate::region::Region;
use crate::special::Special;

/// What the sums of the image come back in: groups of rows, few enough that their sums are small
/// beside the image.
const GROUPS: usize = 512;

/// Naps after which the flag that ends a launch is raised once more.
const RAISED_AFTER: u32 = 1000;

/// Bytes of the sums of some rows.
const SUMS_BYTES: usize = SUMS_WORDS * size_of::<u64>();

/// An image to render.
pub(super) struct Scene<'a, D: Device> {
    device: &'a D,
    plan: &'a Plan<'a>,
    region: &'a Region,
    parameters: Parameters,
    /// The first source of those that each is taken together with.
    batches: Vec<usize>,
    mixed: bool,
    /// The groups of rows that were rendered in double precision behind the mixed one.
    again: Vec<bool>,
    limits: Limits,
    cancelled: &'a AtomicBool,
    done: &'a AtomicU64,
    flag: D::Memory,
    /// What the parameters point at.
    _inputs: Vec<D::Memory>,
    _row_sums: D::Memory,
    meter: &'a Meter,
    /// Bytes of what is held all the time, and of the band at work that holds most.
    held: [usize; 2],
}

/// The buffers of a band.
struct Buffers<M> {
    pixels: M,
    omega_sums: M,
    guarded: M,
    solid_angles: Option<M>,
    doubts: Option<M>,
    outside: Option<M>,
}

/// A band that is on its way.
struct Pending<D: Device> {
    rows: Range<usize>,
    buffers: Buffers<D::Memory>,
    mark: D::Mark,
}

impl<'a, D: Device> Scene<'a, D> {
    /// Takes the plan to the device.
    pub(super) fn new(
        device: &'a D,
        plan: &'a Plan<'a>,
        region: &'a Region,
        special: &Special,
        limits: Limits,
        (cancelled, done, meter): (&'a AtomicBool, &'a AtomicU64, &'a Meter),
    ) -> Result<Scene<'a, D>> {
        let mut parameters = Parameters::new(plan, special);
        let mut inputs = Vec::new();
        let mut held = 0;
        let mut send = |what: &str, bytes: &[u8]| -> Result<u64> {
            let memory = upload(device, what, bytes)?;
            meter.sent(bytes.len());
            held += bytes.len();
            let address = device.address(&memory);
            inputs.push(memory);
            Ok(address)
        };
        let runs = parameters::runs(plan, special);
        parameters.runs = (runs.len() / 2) as i64;
        parameters.run_list = send("the sources", bytes_of(&runs))?;
        parameters.source_list = send("the sources", bytes_of(&parameters::sources(plan)))?;
        let turned = plan.orientations.turned_cells();
        parameters.turned = send("the spindle steps", bytes_of(turned.as_flattened()))?;
        let domains = &plan.experiment.crystal.domains;
        parameters.matrices = send("the mosaic domains", bytes_of(domains.as_flattened()))?;
        if let Some(table) = &plan.table {
            parameters.table = send("the structure factors", bytes_of(table.values))?;
        }
        let detector = &plan.experiment.detector;
        if let Some(mask) = &detector.mask {
            let rows = region.slow.clone();
            let pixels = rows.flat_map(|slow| region.fast.clone().map(move |fast| [slow, fast]));
            let bytes: Vec<u8> = pixels.map(|at| u8::from(mask[at])).collect();
            parameters.mask = send("the mask", &bytes)?;
        }
        let flag = upload(device, "the parameters", &[0; 4])?;
        parameters.cancelled = device.address(&flag);
        let rows = region.slow.len();
        held += rows * SUMS_BYTES;
        let row_sums = allocate(device, "the sums", rows * SUMS_BYTES)?;
        parameters.row_sums = device.address(&row_sums);
        parameters.rows = rows as i64;
        parameters.group = rows.div_ceil(GROUPS).max(1) as i64;
        parameters.block = device.block().map(|edge| edge as i64);
        Ok(Scene {
            device,
            plan,
            region,
            parameters,
            batches: running::batches(&runs),
            mixed: false,
            again: Vec::new(),
            limits,
            cancelled,
            done,
            flag,
            _inputs: inputs,
            _row_sums: row_sums,
            meter,
            held: [held, 0],
        })
    }

    /// Renders into an image of the whole detector, row by row.
    pub(super) fn render(&mut self, image: &mut [f32], mixed: bool) -> Result<Sums> {
        if self.region.slow.is_empty() || self.region.fast.is_empty() {
            return Ok(Sums::default());
        }
        let peak = self.plan.lattice.peak(&self.plan.experiment.crystal);
        self.mixed = mixed && single::suffices(self.plan);
        let start = self.device.mark()?;
        self.rows(0..self.region.slow.len(), image)?;
        let mut groups = self.sums()?;
        if self.mixed {
            // The largest pixel may itself be off by its bound.
            let maximum = groups.iter().map(|sums| sums.maximum).fold(0.0, f64::max);
            // What is not finite says nothing of its doubt.
            let doubtful = |sums: &Sums| {
                !sums.doubt.is_finite() || sums.doubt * 1.0001e10 * peak > maximum * 0.999
            };
            self.again = groups.iter().map(doubtful).collect();
            if self.again.contains(&true) {
                self.mixed = false;
                for rows in bands::joined(&self.again, self.parameters.group as usize) {
                    let end = rows.end.min(self.region.slow.len());
                    self.rows(rows.start..end, image)?;
                }
                self.mixed = true;
                groups = self.sums()?;
            }
        }
        let end = self.device.mark()?;
        wait(self.device, &end)?;
        let seconds = self.device.seconds(&start, &end)?;
        self.meter.rendered(seconds, self.held.iter().sum());
        Ok(Sums::total(&groups))
    }

    /// Tells every step of a pixel (fast, slow) of the region as it was rendered, until the observer
    /// says to stop.
    pub(super) fn trace(&self, pixel: [usize; 2], teller: &mut Teller<'_>) -> Result<()> {
        let row = pixel[1].saturating_sub(self.region.slow.start);
        let again = self.again.get(row / self.parameters.group as usize).copied();
        let how = self.how(self.mixed && again != Some(true));
        let scene = (self.plan, self.batches.as_slice());
        trace::follow(self.device, scene, (&self.parameters, how), pixel, teller)
    }

    /// Renders some rows of the region.
    fn rows(&mut self, rows: Range<usize>, image: &mut [f32]) -> Result<()> {
        let mut pending: VecDeque<Pending<D>> = VecDeque::new();
        let result = self.launch_all(rows, image, &mut pending);
        if result.is_err() && self.device.raise(&mut self.flag).is_ok() {
            // What is launched still writes into the buffers; where it fails too, it has ended.
            for band in pending.drain(..) {
                if wait(self.device, &band.mark).is_err() {
                    break;
                }
            }
        }
        result
    }

    fn launch_all(
        &mut self,
        rows: Range<usize>,
        image: &mut [f32],
        pending: &mut VecDeque<Pending<D>>,
    ) -> Result<()> {
        let width = self.region.fast.len();
        let free = self.device.free_memory()?;
        let bytes = self.bytes_per_pixel() * width;
        let size = [width, rows.len()];
        let mut height = bands::height(&self.limits, self.plan, size, bytes, free);
        // One launch where the image fits into one.
        let one = height >= rows.len();
        let least = if one { height } else { bands::least(&self.limits, self.plan, width) };
        let (first, whole) = (self.region.slow.start, self.plan.experiment.detector.pixels[0]);
        let lines = (first + rows.start) * whole..(first + rows.end) * whole;
        let (mut start, mut settled) = (rows.start, false);
        while start < rows.end {
            if self.is_cancelled() {
                return Err(Error::Cancelled);
            }
            if pending.len() == 2 {
                let oldest = pending.pop_front();
                oldest.map(|band| self.collect(band, image)).transpose()?;
            }
            let band = start..start + bands::next(height, rows.end - start, least);
            match self.launch(band.clone())? {
                Some(launched) => {
                    pending.push_back(launched);
                    let held: usize = pending.iter().map(|band| band.rows.len()).sum();
                    self.held[1] = self.held[1].max(held * bytes);
                    if start == rows.start {
                        // While the device renders.
                        touch(&mut image[lines.clone()]);
                    }
                    (start, settled) = (band.end, false);
                }
                // Another process may hold the memory: wait for our own, then take less.
                None if !pending.is_empty() => {
                    let oldest = pending.pop_front();
                    oldest.map(|band| self.collect(band, image)).transpose()?;
                }
                // What was given back comes back in the order of launches.
                None if !settled => {
                    wait(self.device, &self.device.mark()?)?;
                    settled = true;
                }
                None if height > 1 => (height, settled) = (height / 2, false),
                None => return Err(refused("a row of the image", bytes)),
            }
        }
        while let Some(band) = pending.pop_front() {
            self.collect(band, image)?;
        }
        Ok(())
    }

    /// Starts a band of rows; `None` where there is no memory for it.
    fn launch(&mut self, rows: Range<usize>) -> Result<Option<Pending<D>>> {
        let width = self.region.fast.len();
        let Some(buffers) = self.buffers(rows.len() * width)? else { return Ok(None) };
        let device = self.device;
        let address = |memory: &Option<D::Memory>| memory.as_ref().map_or(0, |m| device.address(m));
        let [block_width, block_height] = device.block();
        let across = width.div_ceil(block_width);
        let mut p = self.parameters;
        p.first = [self.region.fast.start as i64, (self.region.slow.start + rows.start) as i64];
        p.size = [width as i64, rows.len() as i64];
        p.blocks = across as i64;
        p.row = rows.start as i64;
        p.pixels = device.address(&buffers.pixels);
        p.omega_sums = device.address(&buffers.omega_sums);
        p.guarded = device.address(&buffers.guarded);
        p.solid_angles = address(&buffers.solid_angles);
        p.doubts = address(&buffers.doubts);
        p.outside = address(&buffers.outside);
        if p.mask != 0 {
            p.mask += (rows.start * width) as u64;
        }
        let (way, factors) = self.how(self.mixed);
        device.launch(
            Kernel::Pixels(way, factors),
            across * rows.len().div_ceil(block_height),
            &p,
        )?;
        self.meter.launched();
        self.meter.sent(size_of::<Parameters>());
        device.launch(Kernel::Rows, rows.len(), &p)?;
        Ok(Some(Pending { rows, buffers, mark: device.mark()? }))
    }

    /// How terms are added and their structure factors found.
    fn how(&self, mixed: bool) -> (Way, Factors) {
        let factors = match (self.plan.table.is_some(), self.wants_outside()) {
            (false, _) => Factors::Constant,
            (true, false) => Factors::Nearest,
            (true, true) => Factors::Tricubic,
        };
        let way = match self.plan.lattice {
            _ if mixed => Way::Mixed,
            LatticePlan::Cosines(_) | LatticePlan::Sines(_) if !self.plan.running => Way::Double,
            _ => Way::General,
        };
        (way, factors)
    }

    fn wants_outside(&self) -> bool {
        self.plan.experiment.structure.interpolate
    }

    /// What a pixel takes in a band.
    fn bytes_per_pixel(&self) -> usize {
        let optional = [
            (self.plan.corrected.solid_angle_report, 8),
            (self.mixed, 4),
            (self.wants_outside(), 4),
        ];
        16 + optional.iter().filter(|(wanted, _)| *wanted).map(|(_, bytes)| bytes).sum::<usize>()
    }

    fn buffers(&self, pixels: usize) -> Result<Option<Buffers<D::Memory>>> {
        let one = |bytes: usize| self.device.allocate(pixels * bytes);
        let some = |wanted: bool, bytes: usize| if wanted { one(bytes) } else { Ok(None) };
        let (Some(image), Some(omega_sums), Some(guarded)) = (one(4)?, one(8)?, one(4)?) else {
            return Ok(None);
        };
        let (report, mixed) = (self.plan.corrected.solid_angle_report, self.mixed);
        let solid_angles = some(report, 8)?;
        let doubts = some(mixed, 4)?;
        let outside = some(self.wants_outside(), 4)?;
        let complete = solid_angles.is_some() == report
            && doubts.is_some() == mixed
            && outside.is_some() == self.wants_outside();
        let buffers = Buffers { pixels: image, omega_sums, guarded, solid_angles, doubts, outside };
        Ok(complete.then_some(buffers))
    }

    /// Waits for a band and copies it.
    fn collect(&mut self, band: Pending<D>, image: &mut [f32]) -> Result<()> {
        let mut naps = 0u32;
        while !self.device.has_come(&band.mark)? {
            if self.is_cancelled() {
                // Once more after a while: its first value may have come there behind this one.
                if naps.is_multiple_of(RAISED_AFTER) {
                    self.device.raise(&mut self.flag)?;
                }
                naps += 1;
            }
            std::thread::sleep(NAP);
        }
        if self.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let whole = self.plan.experiment.detector.pixels[0];
        let (fast, first) = (self.region.fast.clone(), self.region.slow.start);
        let lines = (first + band.rows.start) * whole..(first + band.rows.end) * whole;
        let lines = &mut image[lines];
        if fast.len() == whole {
            self.device.download(&band.buffers.pixels, bytes_of_mut(lines))?;
        } else {
            let mut part = vec![0f32; fast.len() * band.rows.len()];
            self.device.download(&band.buffers.pixels, bytes_of_mut(&mut part))?;
            for (line, part) in lines.chunks_exact_mut(whole).zip(part.chunks_exact(fast.len())) {
                line[fast.clone()].copy_from_slice(part);
            }
        }
        self.meter.received(size_of_val(lines) / whole * fast.len());
        self.done.fetch_add((fast.len() * band.rows.len()) as u64, Ordering::Relaxed);
        Ok(())
    }

    /// The sums of groups of rows.
    fn sums(&self) -> Result<Vec<Sums>> {
        let groups = self.region.slow.len().div_ceil(self.parameters.group as usize);
        let memory = allocate(self.device, "the sums", groups * SUMS_BYTES)?;
        let mut p = self.parameters;
        p.group_sums = self.device.address(&memory);
        self.device.launch(Kernel::Groups, groups, &p)?;
        let mark = self.device.mark()?;
        wait(self.device, &mark)?;
        let mut words = vec![[0u64; SUMS_WORDS]; groups];
        self.device.download(&memory, bytes_of_mut(words.as_flattened_mut()))?;
        self.meter.received(groups * SUMS_BYTES);
        Ok(words.iter().map(Sums::from_words).collect())
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

//! All tiles of an image.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nanobragg_reference::arguments::Precision;
use nanobragg_reference::engine::Event;
use nanobragg_reference::experiment::R_E_SQR;
use nanobragg_reference::trace::{self, Line};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::blank::Blank;
use crate::kernel::direct;
use crate::kernel::record::Tap;
use crate::kernel::scratch::{EDGE, Order, Scratch};
use crate::kernel::tile::{Address, Lookup, Mode, Tile};
use crate::kernel::{Finish, Sums};
use crate::plan::Plan;
use crate::plan::lattice::LatticePlan;
use crate::region::{Region, pieces};
use crate::run::Run;
use crate::scratches::Scratches;
use crate::special::{self, Special};
use crate::trace::Known;
use crate::width::Width;

/// Orientations from which on single precision pays where pixels do not go the direct way.
const FEW: usize = 3;

/// What all tiles share.
pub(crate) struct Job<'a> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) width: Width,
    pub(crate) region: Region,
    pub(crate) special: Special,
    /// Whether single precision is used where it is good enough.
    pub(crate) mixed: bool,
    /// Whether what each tile gives is kept, as some may be rendered again.
    keeps: bool,
    /// Whether all is done by the C program's own expressions.
    pub(crate) exactly: bool,
    /// Whether whole tiles may go the direct way.
    pub(crate) direct: bool,
    /// Whether single precision is used however few the orientations are.
    pub(crate) few: bool,
    /// Set where the run is to end.
    pub(crate) cancelled: &'a AtomicBool,
    /// Pixels of the region that are behind.
    pub(crate) done: &'a AtomicU64,
    /// Work spaces that no worker uses at the moment.
    pub(crate) scratches: Scratches,
}

/// What some pixels give.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Total {
    pub(crate) sums: Sums,
    /// The first pixel, in scan order, that has evaluations out of the range of the interpolation.
    pub(crate) outside: Option<[u32; 2]>,
    /// Whether single precision was used.
    pub(crate) single: bool,
}

impl Total {
    /// All together, in their order.
    pub(crate) fn of<'a>(totals: impl IntoIterator<Item = &'a Total>) -> Total {
        totals.into_iter().fold(Total::default(), |mut sum, total| {
            sum.add(total);
            sum
        })
    }

    fn add(&mut self, other: &Total) {
        self.sums.add(&other.sums);
        self.single |= other.single;
        let order = |pixel: &[u32; 2]| (pixel[1], pixel[0]);
        self.outside = [self.outside, other.outside].into_iter().flatten().min_by_key(order);
    }
}

/// A row of tiles.
#[derive(Debug)]
pub(crate) struct Band {
    /// Its rows in the image.
    pub(crate) rows: Range<usize>,
    /// What each of its tiles gives, where some may be rendered again.
    pub(crate) tiles: Vec<Total>,
    /// What all of them give.
    pub(crate) total: Total,
}

impl Band {
    /// What all bands give.
    pub(crate) fn all(bands: &[Band]) -> Total {
        Total::of(bands.iter().map(|band| &band.total))
    }
}

impl<'a> Job<'a> {
    /// The work on a plan, and the first evaluation out of the range of the interpolation, where it
    /// ends that. What happens once in the run is found here.
    pub(crate) fn new(
        plan: &'a Plan<'a>,
        region: &Region,
        (width, precision): (Width, Precision),
        (cancelled, done): (&'a AtomicBool, &'a AtomicU64),
    ) -> (Job<'a>, Option<(Address, Event)>) {
        let mut job = Job {
            plan,
            width,
            region: region.clone(),
            special: Special::default(),
            mixed: precision == Precision::Mixed,
            keeps: precision == Precision::Mixed,
            exactly: plan.lattice.is_extreme(),
            direct: direct::suits(plan) && !plan.lattice.is_extreme(),
            few: false,
            cancelled,
            done,
            scratches: Scratches::default(),
        };
        job.special.unrotated = special::unrotated(plan, region);
        let event = job.find_switch();
        job.special.switch = event.map(|(address, _)| address);
        (job, event)
    }
}

impl Job<'_> {
    /// Renders an image.
    pub(crate) fn render(&self, memory: Blank) -> (Vec<f32>, Vec<Band>) {
        let mut bands = self.bands();
        let parts: Vec<_> = bands.iter_mut().map(|band| (self.lines(band), band)).collect();
        let image = memory.set(parts, |band, lines| self.tiles(band, lines, &|_| true));
        (image, bands)
    }

    /// The bands of the region.
    fn bands(&self) -> Vec<Band> {
        let bands = pieces(self.region.slow.clone());
        bands.map(|rows| Band { rows, tiles: Vec::new(), total: Total::default() }).collect()
    }

    /// Where the lines of a band are in the image.
    fn lines(&self, band: &Band) -> Range<usize> {
        let width = self.plan.experiment.detector.pixels[0];
        band.rows.start * width..band.rows.end * width
    }

    /// Renders in double precision the tiles whose errors are out of bounds in an image whose
    /// largest pixel is as small as it turned out to be.
    ///
    /// An image of which nothing is left but what the C program rounds is done by its own
    /// expressions.
    pub(crate) fn settle(&mut self, image: &mut [f32], bands: &mut Vec<Band>) {
        let maximum = |bands: &[Band]| f64::from(Band::all(bands).sums.maximum);
        if std::mem::take(&mut self.mixed) {
            // The largest pixel may itself be off by its bound.
            let limit = maximum(bands) * 0.999;
            // The doubt of a band is the largest of its tiles.
            let doubtful = |total: &Total| total.sums.doubt > limit;
            let bands = bands.iter_mut().filter(|band| doubtful(&band.total));
            self.again(image, bands, doubtful);
        }
        if self.is_rounding(maximum(bands)) {
            self.exactly = true;
            *bands = self.bands();
            self.again(image, bands.iter_mut(), |_| true);
        }
    }

    /// Renders the tiles of some bands of an image that are wanted for what they gave before.
    fn again<'b>(
        &self,
        image: &mut [f32],
        bands: impl Iterator<Item = &'b mut Band>,
        wanted: impl Fn(&Total) -> bool + Sync,
    ) {
        let mut rest = image;
        let mut behind = 0;
        let mut work = Vec::new();
        for band in bands {
            let range = self.lines(band);
            let (before, after) = rest.split_at_mut(range.end - behind);
            let (_, lines) = before.split_at_mut(range.start - behind);
            (rest, behind) = (after, range.end);
            work.push((band, lines));
        }
        work.into_par_iter().for_each(|(band, lines)| self.tiles(band, lines, &wanted));
    }

    /// The tiles of a band that are wanted.
    fn tiles(&self, band: &mut Band, lines: &mut [f32], wanted: &(impl Fn(&Total) -> bool + Sync)) {
        self.band(band, lines, wanted);
        band.total = Total::of(&band.tiles);
        if !self.keeps {
            band.tiles = Vec::new();
        }
    }

    /// Whether the largest pixel is so far below what a crystal in reflecting position would give
    /// that it is rounding: at a zero of the interference function, or of interpolated structure
    /// factors, the C program is left with the last bits of larger numbers.
    pub(crate) fn is_rounding(&self, maximum: f64) -> bool {
        const ROUNDING: f64 = 1e-24;
        let Plan { experiment, table, gain, lattice, .. } = self.plan;
        let largest = table.map_or(1.0, |table| {
            let square = |most: f64, value: &f64| most.max(value * value);
            table.values.iter().fold(experiment.structure.default_f.powi(2), square)
        });
        let detector = &experiment.detector;
        let solid_angle = (detector.pixel_size / detector.distance).powi(2);
        let photons = R_E_SQR * experiment.beam.fluence * solid_angle;
        let brightest = photons * gain * lattice.peak(&experiment.crystal) * largest;
        maximum > 0.0 && maximum < ROUNDING * brightest
    }

    /// The work on them.
    fn band(&self, band: &mut Band, image: &mut [f32], wanted: &(impl Fn(&Total) -> bool + Sync)) {
        let width = self.plan.experiment.detector.pixels[0];
        let columns: Vec<Range<usize>> = pieces(self.region.fast.clone()).collect();
        let Band { rows, tiles, .. } = band;
        tiles.resize_with(columns.len(), Total::default);
        let length = self.run_length();
        // The lines of each run of tiles, run after run.
        let mut rests: Vec<&mut [f32]> =
            image.chunks_exact_mut(width).map(|line| &mut line[self.region.fast.clone()]).collect();
        let mut lines: Vec<&mut [f32]> = Vec::new();
        for run in columns.chunks(length) {
            let pixels = run.iter().map(ExactSizeIterator::len).sum();
            lines.extend(rests.iter_mut().map(|rest| {
                let (before, behind) = std::mem::take(rest).split_at_mut(pixels);
                *rest = behind;
                before
            }));
        }
        let runs = columns.par_chunks(length).zip(tiles.par_chunks_mut(length));
        runs.zip(lines.par_chunks_mut(rows.len())).for_each_init(
            || self.scratches.take(),
            |scratch, ((columns, totals), lines)| {
                let run = Run { rows: rows.clone(), columns, lines, totals };
                self.run(run, scratch.get(), wanted);
            },
        );
    }

    /// The first evaluation out of the range of the interpolation, where it ends that.
    fn find_switch(&self) -> Option<(Address, Event)> {
        let plan = self.plan;
        let ends = !plan.corrected.interpolation_sticks;
        if !plan.experiment.structure.interpolate || plan.table.is_none() || !ends {
            return None;
        }
        special::switch(plan, &self.region, self.special.unrotated, |tile| self.probe(tile))
    }

    /// One pixel, rendered once more in double precision, for what is known of it at its end.
    pub(crate) fn single(&self, pixel: [u32; 2]) -> Known {
        let mut scratch = Scratch::new();
        scratch.fill(pixel, [1, 1], Order::Rows);
        let mut at_its_end = |exactly| {
            self.width.run(SinglePixel { job: self, scratch: &mut scratch, pixel, exactly })
        };
        let known = at_its_end(self.exactly);
        // Far from all Gaussian spots a square without its factors is less than the least double,
        // which is no pixel, but what a report shows of it.
        const LEAST: f64 = 1e-280;
        let gauss = matches!(self.plan.lattice, LatticePlan::Gauss(_));
        if gauss && known.intensity.abs() < LEAST * self.plan.gain.max(1.0) {
            return at_its_end(true);
        }
        known
    }

    /// The pixels of a tile that have evaluations out of the range of the interpolation.
    pub(crate) fn probe(&self, tile: &Region) -> Vec<[u32; 2]> {
        let mut scratch = Scratch::new();
        self.width.run(ProbeTile { job: self, scratch: &mut scratch, tile })
    }

    /// Whether terms are computed in single precision where that is good enough. Sums that are
    /// multiplied behind each term keep no bound of its error, and a few orientations do not pay
    /// for what a pixel has to know in both precisions.
    fn uses_singles(&self) -> bool {
        let enough = self.few || self.plan.orientations.count() >= FEW;
        self.mixed && !self.exactly && !self.plan.running && enough
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Fills a scratch with the pixels of a tile that are rendered.
    fn load(&self, scratch: &mut Scratch, tile: &Region) {
        let detector = &self.plan.experiment.detector;
        if detector.mask.is_some() {
            return self.load_some(scratch, tile, |_| true);
        }
        let blocks = self.plan.experiment.structure.interpolate && self.plan.table.is_some();
        let order = if blocks { Order::Blocks } else { Order::Rows };
        scratch.fill(tile.corner(), [tile.fast.len(), tile.slow.len()], order);
    }

    /// Fills a scratch with some pixels of a tile.
    fn load_some(&self, scratch: &mut Scratch, tile: &Region, keep: impl Fn([u32; 2]) -> bool) {
        let detector = &self.plan.experiment.detector;
        let rows = tile.slow.clone().flat_map(|slow| tile.row(detector, slow));
        scratch.take(tile.corner(), rows.filter(|&pixel| keep(pixel)));
    }
}

/// One tile of an image.
pub(crate) struct RenderTile<'a, 'l> {
    pub(crate) job: &'a Job<'a>,
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) tile: &'a Region,
    pub(crate) lines: &'a mut [&'l mut [f32]],
    /// The pixel whose steps are told, where they are wanted.
    pub(crate) traced: Option<Traced<'a>>,
}

/// A pixel, and who is told of its steps.
pub(crate) struct Traced<'a> {
    pub(crate) pixel: [u32; 2],
    pub(crate) tell: &'a mut dyn FnMut(Line),
}

/// The end of a pixel, for its trace.
fn ended(plan: &Plan<'_>, scratch: &Scratch, lane: usize) -> trace::Pixel {
    let experiment = plan.experiment;
    trace::Pixel {
        skipped: None,
        background: Some(plan.background_in_sum()),
        sum: Some(scratch.intensity.0[lane]),
        steps: Some(experiment.sampling.steps),
        fluence: Some(experiment.beam.fluence),
        capture: Some(scratch.captured(plan, lane)),
        polarization: Some(scratch.polar.0[lane]),
        omega: Some(scratch.omega.0[lane]),
        photons: Some(scratch.photons.0[lane]),
        pixel: f64::from(scratch.pixels[lane]),
        working: trace::Working::default(),
    }
}

impl WithSimd for RenderTile<'_, '_> {
    type Output = Total;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> Total {
        let (job, tile) = (self.job, self.tile);
        let mut total = Total::default();
        let Some(special) = job.special_in(tile) else {
            job.load(self.scratch, tile);
            self.group(simd, job.special.mode(job.plan, tile.corner()).0, &mut total);
            return total;
        };
        // Pixels that are special go alone, the others with those that are rendered alike.
        for pixel in special {
            job.load_some(self.scratch, tile, |other| other == pixel);
            self.group(simd, job.special.mode(job.plan, pixel).0, &mut total);
        }
        for lookup in [Lookup::Tricubic, Lookup::Nearest] {
            job.load_some(self.scratch, tile, |pixel| {
                let (mode, alone) = job.special.mode(job.plan, pixel);
                mode.lookup == lookup && !alone
            });
            self.group(simd, Mode { lookup, unrotated_at: None }, &mut total);
        }
        total
    }
}

impl Job<'_> {
    /// The pixels of a tile that are rendered alone; `None` where all its pixels are alike.
    fn special_in(&self, tile: &Region) -> Option<Vec<[u32; 2]>> {
        let mut special: Vec<[u32; 2]> =
            self.special.pixels().filter(|&pixel| tile.contains(pixel)).collect();
        special.dedup();
        let corners = [tile.corner(), [tile.fast.end as u32 - 1, tile.slow.end as u32 - 1]];
        let [first, last] = corners.map(|pixel| self.special.mode(self.plan, pixel).0.lookup);
        (!special.is_empty() || first != last).then_some(special)
    }
}

impl RenderTile<'_, '_> {
    /// Renders the pixels that the scratch holds.
    #[inline(always)]
    fn group<S: Simd>(&mut self, simd: S, mode: Mode, total: &mut Total) {
        let job = self.job;
        if self.scratch.count == 0 || job.is_cancelled() {
            return;
        }
        let cancelled = || job.is_cancelled();
        let single = job.uses_singles();
        let (plan, scratch) = (job.plan, &mut *self.scratch);
        let lane = self.traced.as_ref().and_then(|traced| {
            (0..scratch.count).find(|&lane| scratch.pixel(lane) == traced.pixel)
        });
        let tap =
            lane.zip(self.traced.as_mut()).map(|(lane, traced)| Tap { lane, tell: traced.tell });
        let done = Tile {
            simd,
            plan,
            scratch,
            mode,
            single,
            rounds: false,
            exactly: job.exactly,
            dark: false,
            near: false,
            cancelled: &cancelled,
            tap,
        }
        .sum();
        if !done {
            return;
        }
        let sums = simd.vectorize(Finish { plan, scratch: self.scratch, single });
        if let (Some(lane), Some(traced)) = (lane, &mut self.traced) {
            (traced.tell)(Line::Pixel(Box::new(ended(plan, self.scratch, lane))));
        }
        let outside = if sums.out_of_range > 0 { self.scratch.first_outside() } else { None };
        total.add(&Total { sums, outside, single });
        self.put();
    }

    /// Puts pixels into the image.
    fn put(&mut self) {
        let pixels = &self.scratch.pixels;
        let width = self.tile.fast.len();
        if self.scratch.is_in_rows() {
            for (line, pixels) in self.lines.iter_mut().zip(pixels.chunks_exact(width)) {
                // Copies of a known length need no call.
                match (<&mut [f32; EDGE]>::try_from(&mut **line), <&[f32; EDGE]>::try_from(pixels))
                {
                    (Ok(line), Ok(pixels)) => *line = *pixels,
                    _ => line.copy_from_slice(pixels),
                }
            }
            return;
        }
        for (lane, &value) in pixels[..self.scratch.count].iter().enumerate() {
            let [fast, slow] = self.scratch.pixel(lane).map(|coordinate| coordinate as usize);
            self.lines[slow - self.tile.slow.start][fast - self.tile.fast.start] = value;
        }
    }
}

/// One pixel and what is known of it.
struct SinglePixel<'a> {
    job: &'a Job<'a>,
    scratch: &'a mut Scratch,
    pixel: [u32; 2],
    /// Whether to do all by the C program's own expressions.
    exactly: bool,
}

impl WithSimd for SinglePixel<'_> {
    type Output = Known;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Known {
        let SinglePixel { job, scratch, pixel, exactly } = self;
        let (mode, _) = job.special.mode(job.plan, pixel);
        Tile {
            simd,
            plan: job.plan,
            scratch,
            mode,
            single: false,
            rounds: false,
            exactly,
            dark: false,
            near: false,
            cancelled: &|| false,
            tap: None,
        }
        .sum();
        simd.vectorize(Finish { plan: job.plan, scratch, single: false });
        Known {
            intensity: scratch.intensity.0[0],
            polar: scratch.polar.0[0],
            omega: scratch.omega.0[0],
            capture: scratch.captured(job.plan, 0),
            value: scratch.pixels[0],
        }
    }
}

/// One tile whose evaluations out of range are looked for.
struct ProbeTile<'a> {
    job: &'a Job<'a>,
    scratch: &'a mut Scratch,
    tile: &'a Region,
}

impl WithSimd for ProbeTile<'_> {
    type Output = Vec<[u32; 2]>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<[u32; 2]> {
        let job = self.job;
        job.load(self.scratch, self.tile);
        if self.scratch.count == 0 {
            return Vec::new();
        }
        let cancelled = || job.is_cancelled();
        let mode = Mode { lookup: Lookup::Probe, unrotated_at: None };
        let scratch = self.scratch;
        Tile {
            simd,
            plan: job.plan,
            scratch,
            mode,
            single: false,
            rounds: false,
            exactly: job.exactly,
            dark: false,
            near: false,
            cancelled: &cancelled,
            tap: None,
        }
        .sum();
        (0..scratch.count)
            .filter(|&lane| scratch.out_of_range.0[lane] > 0.0)
            .map(|lane| scratch.pixel(lane))
            .collect()
    }
}

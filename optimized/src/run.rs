//! Tiles beside each other, one worker's work at a time.

use std::ops::Range;
use std::sync::atomic::Ordering;

use pulp::{Simd, WithSimd};

use crate::kernel::direct::{Direct, Done, Made};
use crate::kernel::scratch::{EDGE, Scratch};
use crate::region::Region;
use crate::render::{Job, RenderTile, Total};

/// Most tiles of a run: a bit for each is kept.
const MOST: usize = 64;

/// Some tiles of a band.
pub(crate) struct Run<'a, 'l> {
    /// The rows of the band.
    pub(crate) rows: Range<usize>,
    /// The columns of each tile.
    pub(crate) columns: &'a [Range<usize>],
    /// Their lines in the image.
    pub(crate) lines: &'a mut [&'l mut [f32]],
    /// What each tile gave, and is to give.
    pub(crate) totals: &'a mut [Total],
}

impl Job<'_> {
    /// How many tiles a worker does at once, so that handing them out costs less than they do.
    pub(crate) fn run_length(&self) -> usize {
        let steps = usize::try_from(self.plan.experiment.sampling.steps).unwrap_or(usize::MAX);
        (MOST / steps.max(1)).max(1)
    }

    /// Renders the tiles of a run that are wanted for what they gave before.
    pub(crate) fn run(
        &self,
        run: Run<'_, '_>,
        scratch: &mut Scratch,
        wanted: &impl Fn(&Total) -> bool,
    ) {
        let Run { rows, columns, lines, totals } = run;
        let mut rest = 0u64;
        let mut pixels = 0;
        for (number, (total, fast)) in totals.iter_mut().zip(columns).enumerate() {
            if wanted(total) {
                *total = Total::default();
                rest |= 1 << number;
                pixels += fast.len() * rows.len();
            }
        }
        let corner = [columns.first().map_or(0, |fast| fast.start), rows.start];
        if self.direct && !self.exactly && rows.len() == EDGE {
            let whole = self.whole(&rows, columns) & rest;
            let corner = corner.map(|coordinate| coordinate as u32);
            let take = &mut |number: usize, done: Done| {
                let single = matches!(done.made, Made::Singles(_));
                totals[number] = Total { sums: done.sums, outside: None, single };
                rest &= !(1 << number);
            };
            self.width.run(AtOnce { job: self, corner, lines, wanted: whole, scratch, take });
        }
        for (number, fast) in columns.iter().enumerate() {
            if rest >> number & 1 == 0 {
                continue;
            }
            let tile = Region { fast: fast.clone(), slow: rows.clone() };
            let within = fast.start - corner[0]..fast.end - corner[0];
            let mut here = lines.iter_mut().map(|line| &mut line[within.clone()]);
            let mut lines: [&mut [f32]; EDGE] =
                std::array::from_fn(|_| here.next().unwrap_or_default());
            let lines = &mut lines[..rows.len()];
            let work = RenderTile { job: self, scratch, tile: &tile, lines, traced: None };
            totals[number] = self.width.run(work);
        }
        self.done.fetch_add(pixels as u64, Ordering::Relaxed);
    }

    /// A bit for each tile that is whole and has no pixel that is rendered alone.
    fn whole(&self, rows: &Range<usize>, columns: &[Range<usize>]) -> u64 {
        let bits = |wanted: &dyn Fn(&Range<usize>) -> bool| {
            let bit = |(number, columns)| u64::from(wanted(columns)) << number;
            columns.iter().enumerate().map(bit).sum::<u64>()
        };
        let mut whole = bits(&|columns| columns.len() == EDGE);
        for [fast, slow] in self.special.pixels() {
            if rows.contains(&(slow as usize)) {
                whole &= !bits(&|columns| columns.contains(&(fast as usize)));
            }
        }
        whole
    }
}

/// Whole tiles whose pixels have one term each.
pub(crate) struct AtOnce<'a, 'l> {
    pub(crate) job: &'a Job<'a>,
    /// The pixel that their lines begin with.
    pub(crate) corner: [u32; 2],
    /// Their lines in the image.
    pub(crate) lines: &'a mut [&'l mut [f32]],
    /// A bit for each that is wanted, which has to be whole.
    pub(crate) wanted: u64,
    pub(crate) scratch: &'a mut Scratch,
    /// Takes what a tile gives that could be done so.
    pub(crate) take: &'a mut dyn FnMut(usize, Done),
}

impl WithSimd for AtOnce<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let AtOnce { job, corner, lines: rows, wanted, scratch, take } = self;
        if !job.is_cancelled() {
            let (plan, single) = (job.plan, job.mixed);
            Direct { simd, plan, scratch, corner, rows, wanted, single, take }.render();
        }
    }
}

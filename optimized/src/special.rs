//! What happens once in a run, and where: the first evaluation, which may find the crystal
//! unrotated, and the first one out of the range of the interpolation. Both are found before
//! anything is rendered, so that tiles can then be rendered in any order.

use std::sync::atomic::{AtomicUsize, Ordering};

use nanobragg_reference::engine::Event;
use rayon::prelude::*;

use crate::exact::{self, Place};
use crate::kernel::tile::{Address, Lookup, Mode};
use crate::plan::Plan;
use crate::region::Region;

/// Where the run is special.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Special {
    /// The first evaluation, where it differs from later ones.
    pub(crate) unrotated: Option<Address>,
    /// The first evaluation out of the range of the interpolation, where it ends that.
    pub(crate) switch: Option<Address>,
}

impl Special {
    /// How a pixel is rendered, and whether it has to be rendered alone.
    pub(crate) fn mode(&self, plan: &Plan<'_>, pixel: [u32; 2]) -> (Mode, bool) {
        let same = |address: &Address| address.place.pixel == pixel;
        let unrotated_at = self.unrotated.filter(same);
        let behind = |[fast, slow]: [u32; 2]| (slow, fast);
        let lookup = match self.switch {
            _ if !plan.experiment.structure.interpolate => Lookup::Nearest,
            None => Lookup::Tricubic,
            Some(address) if same(&address) => Lookup::Until(address),
            Some(address) if behind(pixel) < behind(address.place.pixel) => Lookup::Tricubic,
            Some(_) => Lookup::Nearest,
        };
        let alone = unrotated_at.is_some() || matches!(lookup, Lookup::Until(_));
        (Mode { lookup, unrotated_at }, alone)
    }

    /// Whether structure factors are still interpolated at an evaluation.
    pub(crate) fn interpolates(&self, plan: &Plan<'_>, address: Address) -> bool {
        plan.experiment.structure.interpolate
            && self.switch.is_none_or(|switch| address.rank() < switch.rank())
    }

    /// The pixels that are rendered alone.
    pub(crate) fn pixels(&self) -> impl Iterator<Item = [u32; 2]> {
        [self.unrotated, self.switch].into_iter().flatten().map(|address| address.place.pixel)
    }
}

/// The sub-pixels and sources of a pixel in the C program's order.
pub(crate) fn rays(
    plan: &Plan<'_>,
    pixel: [u32; 2],
) -> impl DoubleEndedIterator<Item = (Place, usize)> {
    let sources = plan.sources.len();
    let oversample = plan.experiment.sampling.oversample;
    let layers = plan.experiment.detector.sensor.layers;
    (0..layers * oversample * oversample * sources).map(move |number| {
        let (rest, source) = (number / sources, number % sources);
        let (rest, fast) = (rest / oversample, rest % oversample);
        let (layer, slow) = (rest / oversample, rest % oversample);
        (Place { pixel, layer, sub: [fast, slow] }, source)
    })
}

/// The first evaluation of the run, where a spindle step at φ = 0 opens the sweep and so finds the
/// crystal as nothing has turned it yet (quirk `stale-phi`).
pub(crate) fn unrotated(plan: &Plan<'_>, region: &Region) -> Option<Address> {
    if plan.orientations.leading() == 0 {
        return None;
    }
    let seen = |pixel: [u32; 2]| {
        let (place, source) = exact::first_seen(plan, pixel)?;
        Some(Address { place, source, orientation: 0 })
    };
    region
        .slow
        .clone()
        .into_par_iter()
        .find_map_first(|slow| region.row(&plan.experiment.detector, slow).find_map(seen))
}

/// The first evaluation of a pixel that is out of the range of the interpolation.
pub(crate) fn outside(
    plan: &Plan<'_>,
    pixel: [u32; 2],
    unrotated_at: Option<Address>,
) -> Option<(Address, Event)> {
    let mut buffer = Vec::new();
    let counts_all = plan.experiment.sampling.water_size != 0.0;
    for (place, source) in rays(plan, pixel) {
        if exact::culled(plan, place, source) {
            continue;
        }
        let here = unrotated_at.is_some_and(|at| at.place == place && at.source == source);
        for number in 0..plan.orientations.count() {
            let orientation = plan.orientations.at(number, here, &mut buffer);
            let found = exact::evaluate(plan, place, source, &orientation);
            if (found.f_latt != 0.0 || counts_all) && !exact::interpolates(plan, &found.index) {
                let address = Address { place, source, orientation: number };
                let nearest = found.nearest.map(|index| index as i32);
                return Some((address, Event::OutOfRange { index: found.index, nearest }));
            }
        }
    }
    None
}

/// The first evaluation that ends the interpolation, in the C program's order over all pixels.
///
/// `probe` lists the pixels of a tile that have evaluations out of range.
pub(crate) fn switch(
    plan: &Plan<'_>,
    region: &Region,
    unrotated_at: Option<Address>,
    probe: impl Fn(&Region) -> Vec<[u32; 2]> + Sync,
) -> Option<(Address, Event)> {
    let width = plan.experiment.detector.pixels[0];
    let rank = |[fast, slow]: [u32; 2]| slow as usize * width + fast as usize;
    let special = unrotated_at.map(|address| address.place.pixel);
    let found = special.and_then(|pixel| outside(plan, pixel, unrotated_at));
    // Pixels behind the best one found so far need not be looked at.
    let best = AtomicUsize::new(found.map_or(usize::MAX, |(at, _)| rank(at.place.pixel)));
    let first = region
        .tiles()
        .collect::<Vec<_>>()
        .into_par_iter()
        .filter_map(|tile| {
            if tile.slow.start * width + tile.fast.start > best.load(Ordering::Relaxed) {
                return None;
            }
            let mut pixels = probe(&tile);
            pixels.retain(|&pixel| special != Some(pixel));
            pixels.sort_by_key(|&pixel| rank(pixel));
            let event = pixels.into_iter().find_map(|pixel| outside(plan, pixel, None))?;
            best.fetch_min(rank(event.0.place.pixel), Ordering::Relaxed);
            Some(event)
        })
        .min_by_key(|(address, _)| rank(address.place.pixel));
    [found, first].into_iter().flatten().min_by_key(|(address, _)| rank(address.place.pixel))
}

//! Which rows go into one launch.

use std::ops::Range;

use crate::plan::Plan;

/// What a launch may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Device memory for the bands at work, bytes; `None`: what is free.
    pub(super) memory: Option<usize>,
    /// Steps of a launch, beyond which it is cut; it then has at least [`Limits::pixels`].
    pub(super) steps: u64,
    /// Pixels that keep a device busy.
    pub(super) pixels: usize,
}

/// The number of rows of a band: all of them where time and memory allow it, else so many that two
/// bands fit into memory.
///
/// `free` is the memory that is free, of which a row takes `bytes`.
pub(super) fn height(
    limits: &Limits,
    plan: &Plan<'_>,
    [width, rows]: [usize; 2],
    bytes: usize,
    free: usize,
) -> usize {
    let pixels = (limits.steps / steps(plan)).max(limits.pixels as u64);
    let quick = usize::try_from(pixels / width as u64).unwrap_or(usize::MAX).max(1);
    // Where there is no limit, what is left over is for the driver.
    let whole = limits.memory.unwrap_or(free / 10 * 9).min(free) / bytes.max(1);
    let fits = if rows <= whole { rows } else { whole / 2 };
    quick.min(fits).clamp(1, rows.max(1))
}

/// The number of rows that are not worth a launch less: some rounds of a device's threads, and some
/// time.
pub(super) fn least(limits: &Limits, plan: &Plan<'_>, width: usize) -> usize {
    const ROUNDS: u64 = 4;
    const PARTS: u64 = 8;
    let pixels = (limits.steps / PARTS / steps(plan)).max(limits.pixels as u64 * ROUNDS);
    usize::try_from(pixels / width as u64).unwrap_or(usize::MAX).max(1)
}

/// The number of rows of the next band of those that are left: less and less towards the end, so that
/// there is little to copy when the last one is rendered.
pub(super) fn next(height: usize, left: usize, least: usize) -> usize {
    let most = if left / 2 > least { left.div_ceil(2) } else { left };
    height.min(most)
}

/// Steps of a pixel.
fn steps(plan: &Plan<'_>) -> u64 {
    let layers = plan.experiment.detector.sensor.layers as u64;
    (layers * u64::from(plan.experiment.sampling.steps.unsigned_abs())).max(1)
}

/// Ranges of rows, made of the groups that are marked; neighbours are joined.
pub(super) fn joined(marked: &[bool], group: usize) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for number in (0..marked.len()).filter(|&number| marked[number]) {
        let rows = number * group..(number + 1) * group;
        match ranges.last_mut() {
            Some(last) if last.end == rows.start => last.end = rows.end,
            _ => ranges.push(rows),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::{joined, next};

    #[test]
    fn bands_shrink_towards_the_end() {
        let heights = |height: usize, mut left: usize, least: usize| {
            let mut found = Vec::new();
            while left > 0 {
                found.push(next(height, left, least));
                left -= found[found.len() - 1];
            }
            found
        };
        assert_eq!(heights(400, 1000, 100), [400, 300, 150, 150]);
        assert_eq!(heights(1000, 1000, 100), [500, 250, 125, 125]);
        assert_eq!(heights(1000, 150, 100), [150]);
        assert_eq!(heights(1, 3, 1), [1, 1, 1]);
    }

    #[test]
    fn marked_neighbours_are_joined() {
        let marked = [true, true, false, true];
        assert_eq!(joined(&marked, 3), [0..6, 9..12]);
        assert!(joined(&[], 3).is_empty());
    }
}

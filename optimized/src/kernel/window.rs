//! The structure factors around the pixels of a tile.
//!
//! The pixels of a tile see few reflections at a time. Those that they may see are copied out of
//! the table once for an orientation; the lanes then look them up in a small array of fixed size,
//! where no bound has to be tested, and out of the table nothing has to be decided.

use crate::lanes::{Lanes, three};
use crate::plan::Table;
use crate::plan::orientations::Orientation;

use super::scratch::Scratch;

/// Room for values; a power of two.
pub(crate) const ROOM: usize = 1024;

/// The index at the centre of a tile, and how far the pixels are from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    /// Nearest integers at the centre.
    pub(crate) nearest: [f64; 3],
    /// The fraction in two parts. The first has so few digits that in single precision no integer
    /// of a few takes one away.
    pub(crate) fraction: [[f64; 2]; 3],
    /// The most that an index is away from that at the centre.
    pub(crate) extent: [f64; 3],
}

/// 1.5 · 2^(52 − 21): added and taken away again, it leaves a multiple of 2⁻²¹.
const GRAIN: f64 = 3221225472.0;
/// The same for a whole number.
const ROUNDER: f64 = 6755399441055744.0;
/// No tile reaches over more indices.
const FAR: f64 = 1e9;

impl Reach {
    #[inline(always)]
    pub(crate) fn new(cell: &Orientation, scratch: &Scratch) -> Reach {
        let (centre, extent) = (&scratch.centre, &scratch.extent);
        let index = three!(axis => {
            let v = &cell[axis];
            v[0] * centre[0] + v[1] * centre[1] + v[2] * centre[2]
        });
        let nearest = three!(axis => (index[axis] + ROUNDER) - ROUNDER);
        Reach {
            nearest,
            fraction: three!(axis => {
                let fraction = index[axis] - nearest[axis];
                let coarse = (fraction + GRAIN) - GRAIN;
                [coarse, fraction - coarse]
            }),
            extent: three!(axis => {
                let v = &cell[axis];
                v[0].abs() * extent[0] + v[1].abs() * extent[1] + v[2].abs() * extent[2]
            }),
        }
    }

    /// The largest error of a fraction in single precision: three products of rounded factors,
    /// three sums, and the rounding of a number of up to one half.
    #[inline(always)]
    pub(crate) fn error(&self) -> f64 {
        let extent = self.extent[0].max(self.extent[1]).max(self.extent[2]);
        f64::from(f32::EPSILON) * (2.5 * extent + 0.25)
    }

    /// The nearest integers that pixels may have: the least and the most, from the centre's.
    #[inline(always)]
    pub(crate) fn integers(&self, axis: usize) -> [i32; 2] {
        let fraction = self.fraction[axis][0];
        let extent = self.extent[axis] + 1e-3;
        let round = |value: f64| ((value + ROUNDER) - ROUNDER).clamp(-FAR, FAR) as i32;
        [round(fraction - extent), round(fraction + extent)]
    }
}

/// Which structure factors stand where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Smallest indices, from the nearest at the centre.
    pub(crate) low: [i32; 3],
    /// Number of indices.
    pub(crate) size: [usize; 3],
    /// The largest |F_cell|².
    pub(crate) largest: f64,
}

impl Window {
    /// The window where there is one structure factor for all.
    pub(crate) const ONE: Window = Window { low: [0; 3], size: [1; 3], largest: 1.0 };

    /// The part of a table over ranges of indices, which are counted from the nearest at the
    /// centre, and some more on both sides; a default out of the table. `None` where there is no
    /// room.
    #[inline(always)]
    pub(crate) fn fill(
        table: &Table<'_>,
        default_f: f64,
        reach: &Reach,
        around: [i32; 2],
        values: &mut [f64; ROOM],
    ) -> Option<Window> {
        let ranges = three!(axis => reach.integers(axis));
        let low = three!(axis => ranges[axis][0] - around[0]);
        let size = three!(axis => (ranges[axis][1] + around[1] - low[axis] + 1) as usize);
        if size.iter().any(|&size| size > ROOM) || size[0] * size[1] * size[2] > ROOM {
            return None;
        }
        // The first of them in the table, before which there may be some that are not in it.
        let first = three!(axis => {
            reach.nearest[axis] as i64 + i64::from(low[axis]) - i64::from(table.factors.min[axis])
        });
        let ranges = table.factors.ranges();
        let inside = |axis: usize, offset: usize| {
            let place = first[axis] + offset as i64;
            usize::try_from(place).ok().filter(|&place| place < ranges[axis])
        };
        // Along l, values follow each other in the table.
        let start = first[2].clamp(0, ranges[2] as i64);
        let end = (first[2] + size[2] as i64).clamp(start, ranges[2] as i64);
        let known = (start - first[2]) as usize..(end - first[2]) as usize;
        let mut lines = values.chunks_exact_mut(size[2]);
        for h in 0..size[0] {
            for k in 0..size[1] {
                let Some(line) = lines.next() else { break };
                let place = inside(0, h).zip(inside(1, k));
                let from = place.and_then(|(h, k)| {
                    let row = (h * ranges[1] + k) * ranges[2];
                    table.values.get(row + start as usize..row + end as usize)
                });
                match from {
                    Some(from) if from.len() == line.len() => copy(line, from),
                    Some(from) if !from.is_empty() => {
                        line.fill(default_f);
                        copy(&mut line[known.clone()], from);
                    }
                    _ => line.fill(default_f),
                }
            }
        }
        let count = size[0] * size[1] * size[2];
        let mut parts = [0.0f64; 8];
        for chunk in values[..count].chunks(8) {
            for (part, value) in parts.iter_mut().zip(chunk) {
                *part = part.max(value * value);
            }
        }
        Some(Window { low, size, largest: parts.into_iter().fold(0.0, f64::max) })
    }

    /// Whether single precision holds the squares of the values without overflow or underflow.
    pub(crate) fn fits_singles(&self) -> bool {
        self.largest == 0.0 || (1e-20..1e30).contains(&self.largest)
    }

    /// Number of values.
    pub(crate) fn count(&self) -> usize {
        self.size.iter().product()
    }
}

/// A copy of a few numbers, without a call.
#[inline(always)]
fn copy(to: &mut [f64], from: &[f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// The parameters of a [`Window`] as vectors.
#[derive(Clone, Copy)]
pub(crate) struct WindowOn<L> {
    low: [L; 3],
    size: [L; 3],
}

impl<L: Lanes> WindowOn<L> {
    #[inline(always)]
    pub(crate) fn new(simd: L::Simd, window: &Window) -> WindowOn<L> {
        WindowOn {
            low: three!(axis => L::splat(simd, f64::from(window.low[axis]))),
            size: three!(axis => L::splat(simd, window.size[axis] as f64)),
        }
    }

    /// The place of an index that is counted from the nearest at the centre.
    #[inline(always)]
    pub(crate) fn place(&self, index: [L; 3]) -> L {
        let [h, k, l] = three!(axis => index[axis] - self.low[axis]);
        h.mul_add(self.size[1], k).mul_add(self.size[2], l)
    }
}

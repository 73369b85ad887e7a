//! The structure factors around the pixels of a tile.
//!
//! The pixels of a tile see few reflections at a time. Those that they may see are copied out of
//! the table once for an orientation; the lanes then look them up in a small array of fixed size,
//! where no bound has to be tested, and out of the table nothing has to be decided.

use crate::lanes::{Lanes, three};
use crate::plan::Table;
use crate::plan::orientations::Orientation;

use super::plane::Line;
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
    /// That of an orientation.
    #[inline(always)]
    pub(crate) fn new(cell: &Orientation, scratch: &Scratch) -> Reach {
        match &scratch.plane {
            Some(plane) => Reach::of(&plane.lines(cell), plane.turn),
            None => Reach::curved(cell, scratch),
        }
    }

    /// Where the detector is flat: from the steps between its pixels.
    #[inline(always)]
    pub(crate) fn of(lines: &[Line; 3], turn: f64) -> Reach {
        Reach::around(
            three!(axis => lines[axis].middle()),
            three!(axis => {
                let walk = lines[axis].walk();
                (walk + turn * (walk + lines[axis].first.abs())) * 1.000001
            }),
        )
    }

    /// Where it is curved: from the extent of the scattering vectors.
    #[inline(always)]
    fn curved(cell: &Orientation, scratch: &Scratch) -> Reach {
        let (centre, extent) = (&scratch.centre, &scratch.extent);
        Reach::around(
            three!(axis => {
                let v = &cell[axis];
                v[0] * centre[0] + v[1] * centre[1] + v[2] * centre[2]
            }),
            three!(axis => {
                let v = &cell[axis];
                v[0].abs() * extent[0] + v[1].abs() * extent[1] + v[2].abs() * extent[2]
            }),
        )
    }

    #[inline(always)]
    fn around(index: [f64; 3], extent: [f64; 3]) -> Reach {
        let nearest = three!(axis => (index[axis] + ROUNDER) - ROUNDER);
        Reach {
            nearest,
            fraction: three!(axis => {
                let fraction = index[axis] - nearest[axis];
                let coarse = (fraction + GRAIN) - GRAIN;
                [coarse, fraction - coarse]
            }),
            extent,
        }
    }

    /// The largest extent.
    #[inline(always)]
    pub(crate) fn farthest(&self) -> f64 {
        self.extent[0].max(self.extent[1]).max(self.extent[2])
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

/// Which structure factors stand where, seen from the centre of a tile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Smallest indices, from the nearest at the centre or from 0.
    low: [f64; 3],
    /// Number of indices.
    pub(crate) size: [usize; 3],
    /// The largest square of a value.
    pub(crate) largest: f64,
}

impl Window {
    /// The window where there is one structure factor for all.
    pub(crate) const ONE: Window = Window { low: [0.0; 3], size: [1; 3], largest: 1.0 };

    /// Whether single precision holds the squares of the values without underflow, and sums of terms
    /// without overflow: `most` is the largest factor that the squares have there.
    pub(crate) fn fits_singles(&self, most: f64) -> bool {
        self.largest == 0.0 || (self.largest > 1e-20 && self.largest * most < 1e37)
    }

    /// The same where indices are counted from 0, not from the nearest at the centre.
    pub(crate) fn absolute(&self, reach: &Reach) -> Window {
        Window { low: three!(axis => self.low[axis] + reach.nearest[axis]), ..*self }
    }

    /// Number of values.
    #[inline(always)]
    pub(crate) fn count(&self) -> usize {
        self.size[0] * self.size[1] * self.size[2]
    }
}

/// A part of the table of structure factors.
#[derive(Clone, Copy, Debug)]
struct Block {
    /// Smallest indices.
    low: [i64; 3],
    /// Number of indices.
    size: [usize; 3],
    /// The largest square of a value.
    largest: f64,
}

impl Block {
    /// The smallest that holds both; `None` where it is too large to be looked up in fast.
    fn with(&self, other: &Block) -> Option<Block> {
        /// As many as the permutations of a vector unit can reach.
        const NEAR: usize = 64;
        let low = three!(axis => self.low[axis].min(other.low[axis]));
        let size = three!(axis => {
            let [a, b] = [self, other].map(|block| block.low[axis] + block.size[axis] as i64);
            (a.max(b) - low[axis]) as usize
        });
        let fits = size.iter().all(|&size| size <= NEAR) && size.iter().product::<usize>() <= NEAR;
        fits.then_some(Block { low, size, largest: 0.0 })
    }

    #[inline(always)]
    fn holds(&self, other: &Block) -> bool {
        let [h, k, l] = three!(axis => {
            let offset = other.low[axis] - self.low[axis];
            offset >= 0 && offset + other.size[axis] as i64 <= self.size[axis] as i64
        });
        h && k && l
    }

    #[inline(always)]
    fn seen_from(&self, reach: &Reach) -> Window {
        let Block { low, size, largest } = *self;
        Window { low: three!(axis => low[axis] as f64 - reach.nearest[axis]), size, largest }
    }
}

/// What of a table is wanted, and as what.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) table: &'a Table<'a>,
    /// The value out of the table.
    pub(crate) default_f: f64,
    /// How many more indices on both sides.
    pub(crate) around: [i32; 2],
    /// Whether the squares are wanted.
    pub(crate) squares: bool,
}

/// The structure factors that a worker has at hand, in both precisions.
#[repr(C, align(64))]
pub(crate) struct Held {
    pub(crate) doubles: [f64; ROOM],
    pub(crate) singles: [f32; ROOM],
    block: Option<Block>,
}

impl Held {
    pub(crate) const NOTHING: Held =
        Held { doubles: [0.0; ROOM], singles: [0.0; ROOM], block: None };

    /// Lets go of what is held: another table, or other pixels, come next.
    pub(crate) fn clear(&mut self) {
        self.block = None;
    }

    /// Takes the values that the pixels of a tile may see. Neighbouring orientations mostly see
    /// the same, which is then at hand. `None` where there is no room.
    #[inline(always)]
    pub(crate) fn window(&mut self, wanted: &Wanted<'_>, reach: &Reach) -> Option<Window> {
        // Also where the extent is no number.
        if three!(axis => reach.extent[axis] < FAR) != [true; 3] {
            return None;
        }
        let ranges = three!(axis => reach.integers(axis));
        let [before, behind] = wanted.around;
        let needed = Block {
            low: three!(axis => reach.nearest[axis] as i64 + i64::from(ranges[axis][0] - before)),
            size: three!(axis => (ranges[axis][1] + behind - (ranges[axis][0] - before) + 1) as usize),
            largest: 0.0,
        };
        match &self.block {
            Some(block) if block.holds(&needed) => Some(block.seen_from(reach)),
            _ => self.fill(wanted, needed).map(|block| block.seen_from(reach)),
        }
    }

    #[inline(never)]
    fn fill(&mut self, wanted: &Wanted<'_>, needed: Block) -> Option<Block> {
        let Wanted { table, default_f, .. } = *wanted;
        let more = self.block.take().and_then(|block| block.with(&needed));
        let Block { low, size, .. } = more.unwrap_or(needed);
        if size.iter().any(|&size| size > ROOM) || size.iter().product::<usize>() > ROOM {
            return None;
        }
        // The first of them in the table, before which there may be some that are not in it.
        let first = three!(axis => low[axis] - i64::from(table.factors.min[axis]));
        let ranges = table.factors.ranges();
        let inside = |axis: usize, offset: usize| {
            let place = first[axis] + offset as i64;
            usize::try_from(place).ok().filter(|&place| place < ranges[axis])
        };
        // Along l, values follow each other in the table.
        let start = first[2].clamp(0, ranges[2] as i64);
        let end = (first[2] + size[2] as i64).clamp(start, ranges[2] as i64);
        let known = (start - first[2]) as usize..(end - first[2]) as usize;
        let mut lines = self.doubles.chunks_exact_mut(size[2]);
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
        let mut largest = 0.0f64;
        let count = size.iter().product();
        for (double, single) in self.doubles[..count].iter_mut().zip(&mut self.singles) {
            let square = *double * *double;
            largest = largest.max(square);
            if wanted.squares {
                *double = square;
            }
            *single = *double as f32;
        }
        self.block = Some(Block { low, size, largest });
        self.block
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
    strides: [L; 2],
    /// The place of the index 0, and the same with [`Lanes::ROUNDER`].
    origin: L,
    address: L,
}

impl<L: Lanes> WindowOn<L> {
    #[inline(always)]
    pub(crate) fn new(simd: L::Simd, window: &Window) -> WindowOn<L> {
        let [_, k, l] = window.size.map(|size| size as f64);
        let [low_h, low_k, low_l] = window.low;
        let origin = -(low_h * k * l + low_k * l + low_l);
        WindowOn {
            strides: [L::splat(simd, k * l), L::splat(simd, l)],
            origin: L::splat(simd, origin),
            address: L::splat(simd, origin + L::ROUNDER),
        }
    }

    /// The place of an index that is counted as the window's lowest is.
    #[inline(always)]
    pub(crate) fn place(&self, index: [L; 3]) -> L {
        self.from(index, self.origin)
    }

    /// The place + [`Lanes::ROUNDER`]: whole numbers all the way, so that it is exact.
    #[inline(always)]
    pub(crate) fn address(&self, index: [L; 3]) -> L {
        self.from(index, self.address)
    }

    #[inline(always)]
    fn from(&self, [h, k, l]: [L; 3], origin: L) -> L {
        h.mul_add(self.strides[0], k.mul_add(self.strides[1], l + origin))
    }
}

//! What a worker keeps of the pixels that it renders together.

use super::offset::Near;
use super::plane::{Plane, SingleSteps, Steps};
use super::window::Held;
use crate::exact::Place;
use crate::plan::Plan;
use crate::plan::orientations::Orientation;

/// Pixels along an edge of a tile. Tiles start at multiples of it, whatever the region to render.
pub(crate) const EDGE: usize = 16;
/// Pixels of a tile.
pub(crate) const PIXELS: usize = EDGE * EDGE;

/// One number for each pixel of a tile.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Column(pub(crate) [f64; PIXELS]);

/// The same in single precision.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct SingleColumn(pub(crate) [f32; PIXELS]);

impl Column {
    const ZERO: Column = Column([0.0; PIXELS]);
}

/// How the pixels of a tile are put into lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Row by row, as the image is.
    Rows,
    /// In blocks of 4 × 4, so that the lanes of a vector look at few reflections.
    Blocks,
}

/// The pixels at work and all that is known of them.
pub(crate) struct Scratch {
    /// Number of pixels.
    pub(crate) count: usize,
    /// Fast and slow coordinate of the pixel that the coordinates are counted from.
    pub(crate) origin: [u32; 2],
    /// Fast and slow coordinates from there.
    pub(crate) coordinates: [Column; 2],
    /// The same in single precision.
    pub(crate) single_coordinates: [SingleColumn; 2],
    /// Width and height, where the pixels are those of a whole rectangle at the origin, and how
    /// they are ordered.
    rectangle: Option<([usize; 2], Order)>,
    /// Unit vectors of the diffracted rays.
    pub(crate) ray: [Column; 3],
    /// Solid angle, polarization factor and capture fraction as they stand.
    pub(crate) omega: Column,
    pub(crate) polar: Column,
    pub(crate) capture: Column,
    /// The tile, where the detector is flat.
    pub(crate) plane: Option<Plane>,
    /// The distance of the tile's middle over that of the pixel, and in single precision by how
    /// much it is more than 1.
    pub(crate) ratio: Column,
    pub(crate) turn: SingleColumn,
    /// The largest error of the latter, in roundings.
    pub(crate) turn_roundings: f64,
    /// Parts of the indices of one orientation.
    pub(crate) steps: Steps,
    pub(crate) single_steps: SingleSteps,
    /// Scattering vectors of a source, 1/m, where the detector is curved.
    pub(crate) scattering: [Column; 3],
    /// 1 where the resolution limit removes the source.
    pub(crate) culled: Column,
    /// What a term is multiplied by; 0 where the source is culled.
    pub(crate) weight: Column,
    /// Whether the weights are set once and for all.
    pub(crate) weighed: bool,
    /// What the running sum is multiplied by after each term; 1 where the source is culled.
    pub(crate) multiplier: Column,
    /// What the scattering vectors are counted from in single precision, and the most that a
    /// component is away from it.
    pub(crate) centre: [f64; 3],
    pub(crate) extent: [f64; 3],
    /// The scattering vectors from there.
    pub(crate) offsets: [SingleColumn; 3],
    /// Solid angles, as fractions of that of the tile's middle, and polarization factors.
    pub(crate) single_omega: SingleColumn,
    pub(crate) single_polar: SingleColumn,
    /// The sum of the terms in single precision since it was last added to the other; 0 between
    /// passes.
    pub(crate) single_sum: SingleColumn,
    /// Structure factors around the pixels of the tile.
    pub(crate) held: Held,
    /// Orientations around the middle of the tile.
    pub(crate) near: Vec<Near>,
    /// The sum of what the terms of a perfect crystal in reflecting position would be at most, times
    /// the square of the relative error that single precision may make of its amplitude.
    pub(crate) doubt: f64,
    /// The sum of the terms.
    pub(crate) intensity: Column,
    /// The sum over the layers before.
    pub(crate) layers: Column,
    /// Sum of the solid angle over layers and sub-pixels.
    pub(crate) omega_sum: Column,
    /// Solid angle of the pixel.
    pub(crate) solid_angle: Column,
    /// Solid angle and cosine of incidence of the first sub-pixel, polarization of the first
    /// source.
    pub(crate) first_omega: Column,
    pub(crate) first_parallax: Column,
    pub(crate) first_polar: Column,
    /// Evaluations out of the range of the interpolation.
    pub(crate) out_of_range: Column,
    /// Photons, and the same in single precision.
    pub(crate) photons: Column,
    pub(crate) pixels: [f32; PIXELS],
    /// Orientations that are not kept.
    pub(crate) orientations: Vec<Orientation>,
    /// Evaluations that were taken by the C program's own expression.
    pub(crate) guarded: u64,
}

impl Scratch {
    pub(crate) fn new() -> Box<Scratch> {
        const Z: Column = Column::ZERO;
        const S: SingleColumn = SingleColumn([0.0; PIXELS]);
        Box::new(Scratch {
            count: 0,
            origin: [0; 2],
            coordinates: [Z; 2],
            single_coordinates: [S; 2],
            rectangle: None,
            ray: [Z; 3],
            omega: Z,
            polar: Z,
            capture: Z,
            plane: None,
            ratio: Z,
            turn: S,
            turn_roundings: 0.0,
            steps: Steps::ZERO,
            single_steps: SingleSteps::ZERO,
            scattering: [Z; 3],
            centre: [0.0; 3],
            extent: [0.0; 3],
            offsets: [S; 3],
            single_omega: S,
            single_polar: S,
            single_sum: S,
            held: Held::NOTHING,
            near: Vec::new(),
            doubt: 0.0,
            culled: Z,
            weight: Z,
            weighed: false,
            multiplier: Z,
            intensity: Z,
            layers: Z,
            omega_sum: Z,
            solid_angle: Z,
            first_omega: Z,
            first_parallax: Z,
            first_polar: Z,
            out_of_range: Z,
            photons: Z,
            pixels: [0.0; PIXELS],
            orientations: Vec::new(),
            guarded: 0,
        })
    }

    /// The number of lanes in use: that of the pixels, rounded up to whole vectors.
    pub(crate) fn lanes(&self) -> usize {
        self.count.next_multiple_of(Self::MOST_LANES)
    }

    /// Lanes of the widest vector.
    const MOST_LANES: usize = 16;

    /// Takes the pixels of a rectangle.
    pub(crate) fn fill(&mut self, origin: [u32; 2], size: [usize; 2], order: Order) {
        let order = if size == [EDGE, EDGE] { order } else { Order::Rows };
        self.origin = origin;
        if self.rectangle == Some((size, order)) {
            return;
        }
        let [width, height] = size;
        self.count = width * height;
        for lane in 0..self.count {
            let [fast, slow] = match order {
                Order::Rows => [lane % width, lane / width],
                Order::Blocks => {
                    let (block, place) = (lane / 16, lane % 16);
                    [block % 4 * 4 + place % 4, block / 4 * 4 + place / 4]
                }
            };
            self.coordinates[0].0[lane] = fast as f64;
            self.coordinates[1].0[lane] = slow as f64;
        }
        self.pad();
        self.rectangle = Some((size, order));
    }

    /// Whether the pixels are those of a whole rectangle, row by row.
    pub(crate) fn is_in_rows(&self) -> bool {
        self.rectangle.is_some_and(|(_, order)| order == Order::Rows)
    }

    /// Whether the pixels are those of a whole tile in some order.
    pub(crate) fn is_whole(&self, order: Order) -> bool {
        self.rectangle == Some(([EDGE, EDGE], order))
    }

    /// Takes single pixels, none of them before the origin.
    pub(crate) fn take(&mut self, origin: [u32; 2], pixels: impl Iterator<Item = [u32; 2]>) {
        self.origin = origin;
        self.rectangle = None;
        self.count = 0;
        for pixel in pixels.take(PIXELS) {
            for axis in 0..2 {
                self.coordinates[axis].0[self.count] = f64::from(pixel[axis] - origin[axis]);
            }
            self.count += 1;
        }
        self.pad();
    }

    /// Lets the lanes that are left over repeat the last pixel, and rounds the coordinates.
    fn pad(&mut self) {
        for column in &mut self.coordinates {
            let last = column.0[self.count.saturating_sub(1)];
            column.0[self.count..self.count.next_multiple_of(Self::MOST_LANES)].fill(last);
        }
        for (single, column) in self.single_coordinates.iter_mut().zip(&self.coordinates) {
            for (single, double) in single.0.iter_mut().zip(&column.0) {
                *single = *double as f32;
            }
        }
    }

    /// The fraction that the layer at work captures in a lane.
    pub(crate) fn captured(&self, plan: &Plan<'_>, lane: usize) -> f64 {
        if plan.captures() { self.capture.0[lane] } else { 1.0 }
    }

    /// The place of a lane.
    pub(crate) fn place(&self, lane: usize, layer: usize, sub: [usize; 2]) -> Place {
        Place { pixel: self.pixel(lane), layer, sub }
    }

    /// Fast and slow coordinate of a lane.
    pub(crate) fn pixel(&self, lane: usize) -> [u32; 2] {
        [0, 1].map(|axis: usize| self.origin[axis] + self.coordinates[axis].0[lane] as u32)
    }

    /// The first pixel, in scan order, with evaluations out of the range of the interpolation.
    pub(crate) fn first_outside(&self) -> Option<[u32; 2]> {
        (0..self.count)
            .filter(|&lane| self.out_of_range.0[lane] > 0.0)
            .map(|lane| self.pixel(lane))
            .min_by_key(|pixel| (pixel[1], pixel[0]))
    }
}

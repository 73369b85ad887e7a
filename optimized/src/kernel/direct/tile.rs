//! What is known of a tile before its pixels.

use pulp::{Simd, WithSimd};

use crate::exact::{coordinate, on_plane};
use crate::kernel::finish::scale;
use crate::kernel::middle::{self, Sight, is_far, spread};
use crate::kernel::pass::load;
use crate::kernel::plane::{Line, Quadratic, inverse_wavelength, solid_angle};
use crate::kernel::scratch::EDGE;
use crate::lanes::{Doubles, Lanes, three};
use crate::plan::Plan;
use crate::plan::lattice::Uncertainty;
use crate::plan::orientations::Orientation;
use crate::plan::sources::PlannedSource;

type D<S> = Doubles<S>;

/// A tile and the orientation that it is seen in.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    /// Where it begins in the rows.
    pub(super) column: usize,
    /// Whether the series of the distance reaches all of its pixels.
    pub(super) far: bool,
    /// As a [`Plane`](crate::kernel::plane::Plane) has them.
    pub(super) length: Quadratic,
    pub(super) turn: f64,
    pub(super) polarization: Quadratic,
    pub(super) lines: [Line; 3],
    pub(super) solid_angle: f64,
}

impl Tile {
    /// None.
    const NONE: Tile = Tile {
        column: 0,
        far: false,
        length: Quadratic([0.0; 6]),
        turn: 0.0,
        polarization: Quadratic([0.0; 6]),
        lines: [Line { first: 0.0, fast: 0.0, slow: 0.0, base: 0.0 }; 3],
        solid_angle: 0.0,
    };

    /// The pixels of one of its rows.
    #[inline(always)]
    pub(super) fn of<'r>(&self, row: &'r mut [f32]) -> Option<&'r mut [f32; EDGE]> {
        row.get_mut(self.column..)?.first_chunk_mut()
    }

    /// One of its pixels, counted row by row.
    #[inline(always)]
    pub(super) fn pixel<'r>(&self, rows: &'r mut [&mut [f32]], place: u8) -> Option<&'r mut f32> {
        let place = usize::from(place);
        Some(&mut self.of(rows.get_mut(place / EDGE)?)?[place % EDGE])
    }
}

/// How many tiles are looked at together: a vector of them, or several, and the bits of a byte.
pub(super) const BESIDE: usize = 8;

/// Tiles beside each other.
pub(super) type Tiles = [Tile; BESIDE];

/// No tiles.
pub(super) const NO_TILES: Tiles = [Tile::NONE; BESIDE];

/// Looks at tiles beside each other, from a source in an orientation.
pub(super) struct Look<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) source: &'a PlannedSource,
    pub(super) cell: &'a Orientation,
    /// The first pixel of the first one.
    pub(super) pixel: [u32; 2],
    /// The pixel that the rows begin with, which the first one may be left of.
    pub(super) start: u32,
    pub(super) tiles: &'a mut Tiles,
}

impl WithSimd for Look<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Look { plan, source, cell, pixel: [fast, slow], start, tiles } = self;
        let detector = &plan.experiment.detector;
        let waves = inverse_wavelength(plan, source);
        let mut middles = [0.0; BESIDE];
        for (number, middle) in middles.iter_mut().enumerate() {
            *middle = coordinate(plan, middle::middle(fast) + (number * EDGE) as u32, 0);
        }
        let slow = D::splat(simd, coordinate(plan, middle::middle(slow), 0));
        for (part, tiles) in tiles.chunks_exact_mut(D::<S>::COUNT).enumerate() {
            let sight = Sight::of(&on_plane(detector, [load(simd, &middles, part), slow], 0));
            let length = plan.surface.length(&sight);
            let polarization = plan.surface.polarization(&sight);
            let lines = plan.surface.waves(&sight, source, waves).lines(cell);
            let solid_angle = solid_angle(detector, sight.inverse);
            for (lane, tile) in tiles.iter_mut().enumerate() {
                let of = |vector: &D<S>| vector.elements()[lane];
                let pixel = fast as usize + (part * D::<S>::COUNT + lane) * EDGE;
                let length = length.lane(lane);
                *tile = Tile {
                    column: pixel.saturating_sub(start as usize),
                    far: is_far(spread(plan, of(&sight.inverse))),
                    turn: length.turn(),
                    length,
                    polarization: polarization.lane(lane),
                    lines: three!(axis => {
                        let Line { first, fast, slow, base } = &lines[axis];
                        Line { first: of(first), fast: of(fast), slow: of(slow), base: of(base) }
                    }),
                    solid_angle: of(&solid_angle),
                };
            }
        }
    }
}

/// What all tiles have in common.
#[derive(Clone, Copy)]
pub(super) struct Whole<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) uncertainty: Uncertainty,
    /// Photons of a term of 1, before solid angle and polarization.
    pub(super) scale: f64,
    /// Terms of a perfect crystal in reflecting position, and of what single precision has as 1.
    pub(super) peak: f64,
    pub(super) unit: f64,
}

impl<'a> Whole<'a> {
    pub(super) fn of(plan: &'a Plan<'a>) -> Whole<'a> {
        Whole {
            plan,
            uncertainty: plan.lattice.uncertainty(),
            scale: scale(plan),
            peak: plan.gain * plan.lattice.peak(&plan.experiment.crystal),
            unit: plan.gain * plan.lattice.unit(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use nanobragg_reference::host::Host;
    use nanobragg_reference::report::Report;
    use nanobragg_reference::{Request, resolve};

    use super::{BESIDE, EDGE, Look, NO_TILES};
    use crate::exact::Place;
    use crate::kernel::plane::{Plane, Quadratic};
    use crate::plan::Plan;
    use crate::width::Width;

    /// What is known of several tiles has the bits of what is known of each.
    #[test]
    fn tiles_beside_each_other_are_planes() {
        let tilted = "-cell 70 80 90 75 85 95 -N 4 -default_F 9 -detpixels 300 -distance 80 -misset 5 6 7 \
                      -detector_rotx 9 -detector_roty -20 -twotheta 12";
        for more in ["", "-point_pixel", "-polar 0.3 -lambda 2.3"] {
            let arguments = tilted.split_whitespace().chain(more.split_whitespace());
            let request = Request::parse(arguments).expect("a request");
            let job = resolve::resolve(&request, &Host::at(0), &mut Report::collect());
            let experiment = job.expect("an experiment").experiment;
            let plan = Plan::new(&experiment);
            let (source, cell) =
                (&plan.sources[0], &plan.orientations.at(0, false, &mut Vec::new()));
            let corners = |width| [(width, [0, 0]), (width, [128, 272])];
            for (width, pixel) in Width::available().into_iter().flat_map(corners) {
                let mut tiles = NO_TILES;
                let look = Look { plan: &plan, source, cell, pixel, start: 0, tiles: &mut tiles };
                width.run(look);
                for (number, tile) in tiles.iter().enumerate().take(BESIDE) {
                    let pixel = [pixel[0] + (number * EDGE) as u32, pixel[1]];
                    let place = Place { pixel, layer: 0, sub: [0, 0] };
                    let mut plane = Plane::of(&plan, pixel, place);
                    plane.seen_by(&plan, source);
                    let lines = plane.lines(cell).map(|l| [l.first, l.fast, l.slow, l.base]);
                    let of_tile = tile.lines.map(|l| [l.first, l.fast, l.slow, l.base]);
                    assert_eq!(of_tile.map(bits), lines.map(bits), "{width} {pixel:?}");
                    let Quadratic(length) = plane.length;
                    assert_eq!(bits(tile.length.0), bits(length), "{width} {pixel:?}");
                    let Quadratic(polarization) = plane.polarization(&plan);
                    assert_eq!(bits(tile.polarization.0), bits(polarization), "{width} {pixel:?}");
                    let rest = [plane.turn, plane.solid_angle(&experiment.detector)];
                    assert_eq!(bits([tile.turn, tile.solid_angle]), bits(rest));
                    assert!(tile.far && plane.middle.is_far());
                    assert_eq!(tile.column, pixel[0] as usize);
                }
            }
        }
    }

    fn bits<const COUNT: usize>(numbers: [f64; COUNT]) -> [u64; COUNT] {
        numbers.map(f64::to_bits)
    }
}

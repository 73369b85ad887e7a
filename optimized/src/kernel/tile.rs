//! All terms of a few pixels: sensor layer, sub-pixel, source, spindle step, mosaic domain, in the
//! order of the C program (C:2688-3016).

use pulp::Simd;

use super::beam::Beam;
use super::factor::{Constant, Factor, Nearest, Probe, Tricubic};
use super::geometry::Geometry;
use super::lattice::Lattice;
use super::middle::Middle;
use super::near::{self, NearRays};
use super::offset::{self, Centre, OffsetPass, Steps};
use super::pass::Pass;
use super::plane::Plane;
use super::record::{Tap, records};
use super::scratch::{Column, Scratch};
use super::shapes::{self, WithLattice};
use super::simple::{Part, Simple};
use super::window::Reach;
use crate::exact::{self, Place};
use crate::plan::Plan;
use crate::plan::orientations::{Orientation, Orientations};

/// One evaluation within a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) place: Place,
    pub(crate) source: usize,
    pub(crate) orientation: usize,
}

impl Address {
    /// The order of evaluations within a run.
    pub(crate) fn rank(&self) -> [usize; 7] {
        let Place { pixel: [fast, slow], layer, sub } = self.place;
        [slow as usize, fast as usize, layer, sub[1], sub[0], self.source, self.orientation]
    }

    /// The number of ray and source within a pixel, in the C program's order.
    pub(crate) fn number(&self, plan: &Plan<'_>) -> i64 {
        let side = plan.experiment.sampling.oversample;
        let Place { layer, sub: [fast, slow], .. } = self.place;
        let ray = (layer * side + slow) * side + fast;
        (ray * plan.sources.len() + self.source) as i64
    }

    /// The order of rays and sources within a pixel.
    fn order(place: Place, source: usize) -> [usize; 4] {
        [place.layer, place.sub[1], place.sub[0], source]
    }
}

/// How structure factors are found in some pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// The nearest, or one for all.
    Nearest,
    /// Interpolated.
    Tricubic,
    /// Nothing is looked up; evaluations out of the range of the interpolation are counted.
    Probe,
    /// Interpolated up to an evaluation of the one pixel at work, the nearest from there on.
    Until(Address),
}

/// What is special about some pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mode {
    pub(crate) lookup: Lookup,
    /// The first evaluation of the run, where the one pixel at work holds it and it finds the
    /// crystal unrotated.
    pub(crate) unrotated_at: Option<Address>,
}

/// Work on the pixels of a scratch.
pub(crate) struct Tile<'a, S> {
    pub(crate) simd: S,
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) mode: Mode,
    /// Whether to use single precision where it is good enough.
    pub(crate) single: bool,
    /// Whether to do all by the C program's own expressions.
    pub(crate) exactly: bool,
    /// Whether some pixel may have a polarization factor of 0, which is computed again.
    pub(crate) dark: bool,
    /// Whether to have the distances of simple rays in single precision alone, and whether they
    /// are.
    pub(crate) rounds: bool,
    pub(crate) near: bool,
    /// Asked now and then; `true` ends the work.
    pub(crate) cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Where the steps of one lane go, where they are wanted.
    pub(crate) tap: Option<Tap<'a>>,
}

impl<S: Simd> Tile<'_, S> {
    /// Sums the terms of the pixels that the scratch holds. `false` where it was cancelled.
    pub(crate) fn sum(&mut self) -> bool {
        let Plan { experiment, corrected, .. } = self.plan;
        let sensor = &experiment.detector.sensor;
        self.start();
        for layer in 0..sensor.layers {
            if self.plan.captures() {
                let fill = if sensor.thickness == 0.0 { 1.0 } else { 0.0 };
                set(&mut self.scratch.capture, fill);
            }
            for sub_slow in 0..experiment.sampling.oversample {
                for sub_fast in 0..experiment.sampling.oversample {
                    if !self.sub_pixel(layer, [sub_fast, sub_slow]) {
                        return false;
                    }
                }
            }
            if corrected.sensor_layers || layer + 1 == sensor.layers {
                self.add_background();
            }
            let traced = self.traced_sum();
            if corrected.sensor_layers {
                // Each layer's terms with its own fraction, unless each term has had its own.
                for lane in 0..self.scratch.lanes() {
                    let fraction = if experiment.sampling.thick || !self.plan.captures() {
                        1.0
                    } else {
                        self.scratch.capture.0[lane]
                    };
                    self.scratch.layers.0[lane] += self.scratch.intensity.0[lane] * fraction;
                    self.scratch.intensity.0[lane] = self.plan.background_in_sum();
                }
            }
            self.tell_layer(layer, traced);
        }
        if corrected.sensor_layers {
            self.scratch.intensity = self.scratch.layers.clone();
        }
        true
    }

    fn start(&mut self) {
        let background = self.plan.background_in_sum();
        let scratch = &mut *self.scratch;
        set(&mut scratch.intensity, background);
        if self.plan.uniform() && !scratch.weighed {
            set(&mut scratch.weight, self.plan.weight());
            scratch.weighed = true;
        }
        scratch.doubt = 0.0;
        if self.plan.corrected.sensor_layers {
            set(&mut scratch.layers, 0.0);
        }
        if self.plan.corrected.solid_angle_report {
            set(&mut scratch.solid_angle, 0.0);
        }
        if self.plan.experiment.structure.interpolate {
            set(&mut scratch.out_of_range, 0.0);
            set(&mut scratch.culled, 0.0);
        }
    }

    fn sub_pixel(&mut self, layer: usize, sub: [usize; 2]) -> bool {
        let plan = self.plan;
        let place = self.scratch.place(0, layer, sub);
        let flat = !plan.experiment.detector.curved;
        self.scratch.plane = flat.then(|| Plane::of(plan, self.scratch.origin, place));
        if layer == 0 && sub == [0, 0] {
            self.rounds = self.single && plan.is_simple() && plan.sources.len() == 1 && {
                self.scratch.plane.as_ref().is_some_and(|plane| near::suits(plan, plane))
            };
        }
        let simple = self.simple_rays(layer, sub);
        let mut seen =
            simple || self.simd.vectorize(Geometry { plan, scratch: self.scratch, layer, sub });
        if flat && self.single && !self.near {
            offset::turn(self.scratch);
        }
        self.scratch.turn_roundings = if self.near { near::ROUNDINGS } else { 1.0 };
        self.tell_ray(layer, sub);
        for source in 0..plan.sources.len() {
            if source > 0 && !simple {
                let beam = Beam { plan, scratch: self.scratch, layer, sub, source };
                seen = self.simd.vectorize(beam);
            }
            if let Some(plane) = &mut self.scratch.plane {
                plane.seen_by(plan, &plan.sources[source]);
            }
            self.tell_source(layer, sub, source);
            if seen && !self.orientations(layer, sub, source) {
                return false;
            }
        }
        true
    }

    /// The rays of a sub-pixel, where they are simple: all sources are seen, and are alike. Whether
    /// they are.
    fn simple_rays(&mut self, layer: usize, sub: [usize; 2]) -> bool {
        let plan = self.plan;
        let first = layer == 0 && sub == [0, 0];
        self.near = false;
        if self.scratch.plane.is_none() || !plan.is_simple() || (self.dark && !first) {
            return false;
        }
        self.near = self.rounds && near::reaches(&self.scratch.plane);
        let scratch = &mut *self.scratch;
        self.dark = if self.near {
            self.simd.vectorize(NearRays { plan, scratch, first })
        } else {
            let part = if first { Part::First } else { Part::Later };
            self.simd.vectorize(Simple { plan, scratch, part })
        };
        self.near &= !self.dark;
        !self.dark
    }

    /// Computes the distances in double precision, where they are known in single precision alone.
    pub(super) fn distances(&mut self) {
        if self.near {
            let (plan, scratch) = (self.plan, &mut *self.scratch);
            self.simd.vectorize(Simple { plan, scratch, part: Part::Distances });
            self.near = false;
        }
    }

    /// The spindle steps and mosaic domains of one source.
    fn orientations(&mut self, layer: usize, sub: [usize; 2], source: usize) -> bool {
        let place = self.scratch.place(0, layer, sub);
        if self.scratch.plane.is_none() && (self.single || self.plan.table.is_some()) {
            let centre = exact::scattering(self.plan, Middle::of(self.plan, place).place, source);
            self.simd.vectorize(Centre { scratch: self.scratch, centre });
        }
        let here = Address::order(place, source);
        let is_here = |address: Address| Address::order(address.place, address.source) == here;
        let mut start = 0;
        if self.mode.unrotated_at.is_some_and(is_here) {
            let unrotated = self.plan.orientations.unrotated();
            self.part(place, source, 0, &unrotated);
            start = unrotated.len();
        }
        let count = self.plan.orientations.count();
        let mut buffer = std::mem::take(&mut self.scratch.orientations);
        while start < count {
            if (self.cancelled)() {
                return false;
            }
            let end = (start + Orientations::CHUNK).min(count);
            let part = self.plan.orientations.part(start..end, &mut buffer);
            self.part(place, source, start, part);
            start = end;
        }
        self.scratch.orientations = buffer;
        true
    }

    /// A part of the orientations, the first of which has the number `start`.
    fn part(&mut self, place: Place, source: usize, start: usize, part: &[Orientation]) {
        let plan = self.plan;
        let table = match plan.table {
            None => return self.with_factor(place, source, (start, part), Constant),
            Some(table) => table,
        };
        let tricubic = Tricubic::new(plan, table);
        let interpolated = match self.mode.lookup {
            Lookup::Nearest => 0,
            Lookup::Probe => {
                let part: Vec<Orientation> = part
                    .iter()
                    .filter(|cell| {
                        let reach = Reach::new(cell, self.scratch);
                        !tricubic.holds(&reach, plan.index_guard)
                    })
                    .copied()
                    .collect();
                return self.with_factor(place, source, (start, &part), Probe(tricubic));
            }
            Lookup::Tricubic => part.len(),
            Lookup::Until(end) => {
                let (here, there) =
                    (Address::order(place, source), Address::order(end.place, end.source));
                match here.cmp(&there) {
                    std::cmp::Ordering::Less => part.len(),
                    std::cmp::Ordering::Equal => {
                        end.orientation.saturating_sub(start).min(part.len())
                    }
                    std::cmp::Ordering::Greater => 0,
                }
            }
        };
        let (before, after) = part.split_at(interpolated);
        self.with_factor(place, source, (start, before), tricubic);
        let behind = (start + interpolated, after);
        self.with_factor(place, source, behind, Nearest::new(plan, table));
    }

    fn with_factor(
        &mut self,
        place: Place,
        source: usize,
        (first, part): (usize, &[Orientation]),
        factor: impl Factor,
    ) {
        if part.is_empty() {
            return;
        }
        let plan = self.plan;
        shapes::with_lattice(plan, Run { tile: self, place, source, first, part, factor });
    }

    /// Adds the water of the C program with the factors that its terms have had.
    fn add_background(&mut self) {
        let sampling = &self.plan.experiment.sampling;
        if self.plan.corrected.water_scale || !self.plan.background_apart() {
            return;
        }
        let scratch = &mut *self.scratch;
        for lane in 0..scratch.lanes() {
            let mut background = sampling.background;
            for (applied, factor) in [
                (sampling.thick, &scratch.capture),
                (sampling.polar, &scratch.polar),
                (sampling.omega, &scratch.omega),
            ] {
                if applied {
                    background *= factor.0[lane];
                }
            }
            scratch.intensity.0[lane] += background;
        }
    }
}

/// A part of the orientations whose structure factors are found in one way.
pub(super) struct Run<'a, 't, S, F> {
    pub(super) tile: &'a mut Tile<'t, S>,
    pub(super) place: Place,
    pub(super) source: usize,
    /// The number of the first orientation.
    pub(super) first: usize,
    pub(super) part: &'a [Orientation],
    pub(super) factor: F,
}

impl<S: Simd, F: Factor> WithLattice for Run<'_, '_, S, F> {
    type Output = ();

    fn with<L: Lattice>(mut self, lattice: L) {
        if records::<S>()
            && let Some(lane) = self.lane()
        {
            return self.record(lattice, lane);
        }
        if !self.tile.single {
            return self.in_doubles(lattice, self.part);
        }
        let refused = self.in_singles(lattice, None);
        if !refused.is_empty() {
            self.tile.distances();
            let rest: Vec<Orientation> = refused.iter().map(|&number| self.part[number]).collect();
            self.in_doubles(lattice, &rest);
        }
    }
}

impl<S: Simd, F: Factor> Run<'_, '_, S, F> {
    /// Adds the terms in single precision, as far as it can.
    pub(super) fn in_singles(
        &mut self,
        lattice: impl Lattice,
        steps: Option<Steps<'_>>,
    ) -> Vec<usize> {
        self.tile.simd.vectorize(OffsetPass {
            plan: self.tile.plan,
            lattice,
            factor: self.factor,
            orientations: self.part,
            scratch: self.tile.scratch,
            layer: self.place.layer,
            sub: self.place.sub,
            source: self.source,
            steps,
        })
    }

    /// Adds the terms of some orientations in double precision.
    pub(super) fn in_doubles(&mut self, lattice: impl Lattice, part: &[Orientation]) {
        let simd = self.tile.simd;
        simd.vectorize(self.pass(lattice, part));
    }

    pub(super) fn pass<'p, L: Lattice>(
        &'p mut self,
        lattice: L,
        part: &'p [Orientation],
    ) -> Pass<'p, L, F> {
        Pass {
            plan: self.tile.plan,
            lattice,
            factor: self.factor,
            orientations: part,
            scratch: self.tile.scratch,
            layer: self.place.layer,
            sub: self.place.sub,
            source: self.source,
            exactly: self.tile.exactly,
        }
    }
}

fn set(column: &mut Column, value: f64) {
    column.0.fill(value);
}

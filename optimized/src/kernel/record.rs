//! What is told of one pixel while its tile is rendered, for its trace.
//!
//! The numbers are those in the columns that the engine works on. Positions, which it keeps in
//! registers, are computed once more by its own functions. What the trace calls common is restated
//! here from the engine's own.

use nanobragg_reference::trace::{Layer, Line, Ray, Source, Step};
use nanobragg_reference::vector::magnitude;
use pulp::{Simd, WithSimd};

use super::factor::Factor;
use super::geometry::{Geometry, dot};
use super::lattice::Lattice;
use super::offset::{self, Steps};
use super::pass::{self, Note};
use super::tile::{Run, Tile};
use crate::lanes::{Doubles, Lanes, three};
use crate::plan::Plan;
use crate::plan::orientations::Orientation;

type D<S> = Doubles<S>;

/// Where the steps of a lane go.
pub(crate) struct Tap<'a> {
    pub(crate) lane: usize,
    pub(crate) tell: &'a mut dyn FnMut(Line),
}

/// Whether the recording of steps is compiled for a vector unit. Machines with 512 bits have 256 as
/// well, where all bits are the same.
pub(super) const fn records<S: Simd>() -> bool {
    size_of::<S::f64s>() <= 32
}

/// |F_cell|² where the gain has it, 1 where it comes from a table.
pub(crate) fn cell_gain(plan: &Plan<'_>) -> f64 {
    let default_f = plan.experiment.structure.default_f;
    if plan.table.is_some() { 1.0 } else { default_f * default_f }
}

impl<S: Simd> Tile<'_, S> {
    fn tell(&mut self, line: Line) {
        if let Some(tap) = &mut self.tap {
            (tap.tell)(line);
        }
    }

    fn lane(&self) -> Option<usize> {
        self.tap.as_ref().filter(|_| records::<S>()).map(|tap| tap.lane)
    }

    /// The sum of the lane.
    pub(super) fn traced_sum(&self) -> Option<f64> {
        Some(self.scratch.intensity.0[self.lane()?])
    }

    /// A sub-pixel, its rays computed.
    #[inline]
    pub(super) fn tell_ray(&mut self, layer: usize, sub: [usize; 2]) {
        if let Some(lane) = self.lane() {
            self.tell_ray_of(lane, layer, sub);
        }
    }

    #[cold]
    fn tell_ray_of(&mut self, lane: usize, layer: usize, sub: [usize; 2]) {
        let plan = self.plan;
        let mut ray = Ray {
            layer,
            sub_slow: sub[1],
            sub_fast: sub[0],
            omega: Some(self.scratch.omega.0[lane]),
            capture: plan.captures().then(|| self.scratch.capture.0[lane]),
            ..Ray::default()
        };
        // From the middle of a tile a ray has no position.
        if !self.near {
            let geometry = Geometry { plan, scratch: self.scratch, layer, sub };
            let located = self.simd.vectorize(Locate { geometry, lane });
            ray.along_fast = Some(located.along[0]);
            ray.along_slow = Some(located.along[1]);
            ray.position = Some(located.position);
            ray.airpath = Some(1.0 / located.inverse);
            ray.parallax = plan.captures().then_some(located.parallax);
            // Where rays are simple all else follows from the coordinates.
            let formed = !plan.is_simple() || self.dark;
            ray.diffracted = formed.then_some(located.ray);
        }
        self.tell(Line::Ray(Box::new(ray)));
    }

    /// A source at a sub-pixel, its scattering vectors computed.
    #[inline]
    pub(super) fn tell_source(&mut self, layer: usize, sub: [usize; 2], source: usize) {
        if let Some(lane) = self.lane() {
            self.tell_source_of(lane, layer, sub, source);
        }
    }

    #[cold]
    fn tell_source_of(&mut self, lane: usize, layer: usize, sub: [usize; 2], source: usize) {
        let (plan, scratch) = (self.plan, &*self.scratch);
        let given = &plan.experiment.beam.sources[source];
        let culled = plan.culls && scratch.culled.0[lane] > 0.0;
        let scattering = match &scratch.plane {
            Some(plane) => {
                let turned = 1.0 + f64::from(scratch.turn.0[lane]);
                let ratio = if self.near { turned } else { scratch.ratio.0[lane] };
                let coordinates = [0, 1].map(|axis: usize| scratch.coordinates[axis].0[lane]);
                plane.scattering(coordinates, ratio)
            }
            None => three!(i => scratch.scattering[i].0[lane]),
        };
        let line = Source {
            layer,
            sub_slow: sub[1],
            sub_fast: sub[0],
            source,
            incident: Some(given.direction.map(|component| -component)),
            wavelength: Some(given.wavelength),
            // What is culled is not looked at.
            scattering: (!culled).then_some(scattering),
            stol: (!culled).then(|| 0.5 * magnitude(&scattering)),
            culled: Some(culled),
            polarization: Some(scratch.polar.0[lane]),
            weight: Some(scratch.weight.0[lane]),
            multiplier: plan.running.then(|| scratch.multiplier.0[lane]),
        };
        self.tell(Line::Source(Box::new(line)));
    }

    /// The end of a layer, whose sum is given.
    pub(super) fn tell_layer(&mut self, layer: usize, sum: Option<f64>) {
        let Some(lane) = self.lane() else { return };
        let (plan, scratch) = (self.plan, &*self.scratch);
        let line = Layer {
            layer,
            sum,
            capture: plan.captures().then(|| scratch.capture.0[lane]),
            layer_sum: plan.corrected.sensor_layers.then(|| scratch.layers.0[lane]),
        };
        self.tell(Line::Layer(Box::new(line)));
    }
}

impl<S: Simd, F: Factor> Run<'_, '_, S, F> {
    /// The lane, unless its source is culled.
    fn lane(&self) -> Option<usize> {
        let lane = self.tile.lane()?;
        let culled = self.tile.plan.culls && self.tile.scratch.culled.0[lane] > 0.0;
        (!culled).then_some(lane)
    }

    /// Adds the terms in double precision, orientation by orientation, and tells of each.
    #[cold]
    pub(super) fn record_doubles(
        &mut self,
        lattice: impl Lattice,
        part: &[Orientation],
        numbers: impl Iterator<Item = usize>,
    ) {
        let Some(lane) = self.lane() else { return self.in_doubles(lattice, part) };
        let simd = self.tile.simd;
        for (cell, number) in part.iter().zip(numbers) {
            let cell = std::slice::from_ref(cell);
            let noted = simd.vectorize(Note { pass: self.pass(lattice, cell), lane });
            self.in_doubles(lattice, cell);
            let step = self.double_step(lane, self.step(number, &cell[0]), &noted);
            self.tile.tell(Line::Step(Box::new(step)));
        }
    }

    fn double_step(&self, lane: usize, step: Step, noted: &pass::Noted) -> Step {
        let (plan, scratch) = (self.tile.plan, &*self.tile.scratch);
        let gain = plan.lattice_gain(true);
        let skipped = plan.skips && !noted.alive;
        let step = Step {
            hkl: Some(noted.index),
            nearest: Some(noted.nearest.map(|index| index as i64)),
            fraction: Some(three!(axis => noted.index[axis] - noted.nearest[axis])),
            guarded: Some(noted.guarded),
            lattice: Some(noted.lattice),
            f_latt_squared: Some(noted.lattice * gain),
            sum: Some(scratch.intensity.0[lane]),
            ..step
        };
        if skipped {
            return Step { skipped: Some("F_latt is 0"), ..step };
        }
        Step {
            interpolated: Some(noted.interpolated),
            f_cell_squared: Some(noted.cell * cell_gain(plan)),
            value: Some(noted.value),
            mended: noted.mended,
            term: Some(noted.value * scratch.weight.0[lane]),
            ..step
        }
    }

    /// Adds the terms in single precision, and tells of each block of steps. Gives the orientations
    /// that single precision cannot do.
    #[cold]
    pub(super) fn record_singles(&mut self, lattice: impl Lattice) -> Vec<usize> {
        let Some(lane) = self.lane() else { return self.in_singles(lattice, None) };
        let whole = self.part;
        let first = self.first;
        let mut refused = Vec::new();
        for (number, block) in whole.chunks(offset::BLOCK).enumerate() {
            let start = number * offset::BLOCK;
            let mut noted = Vec::new();
            self.part = block;
            let steps = Steps { lane, noted: &mut noted };
            let rest = self.in_singles(lattice, Some(steps));
            refused.extend(rest.into_iter().map(|number| start + number));
            let last = noted.len();
            for (place, noted) in noted.iter().enumerate() {
                let step = self.step(first + start + noted.number, &block[noted.number]);
                let sum = (place + 1 == last).then(|| self.tile.scratch.intensity.0[lane]);
                let step = Step { sum, ..self.single_step(lane, step, noted) };
                self.tile.tell(Line::Step(Box::new(step)));
            }
        }
        self.part = whole;
        refused
    }

    fn single_step(&self, lane: usize, step: Step, noted: &offset::Noted) -> Step {
        let plan = self.tile.plan;
        let (gain, unit) = (plan.lattice_gain(false), plan.singles_in_doubles());
        Step {
            precision: Some("single"),
            hkl: Some(three!(axis => noted.nearest[axis] + noted.delta[axis])),
            nearest: Some(noted.nearest.map(|index| index as i64)),
            fraction: Some(noted.delta),
            guarded: Some(noted.guarded),
            lattice: Some(noted.lattice),
            f_latt_squared: Some(noted.lattice * gain),
            interpolated: Some(F::LIMITED),
            f_cell_squared: Some(noted.cell * cell_gain(plan)),
            value: Some(noted.value),
            unit: Some(unit),
            term: Some(noted.value * unit * self.tile.scratch.weight.0[lane]),
            block_sum: Some(noted.block_sum),
            ..step
        }
    }

    /// A step as far as the orientation.
    fn step(&self, number: usize, cell: &Orientation) -> Step {
        let experiment = self.tile.plan.experiment;
        let domains = experiment.crystal.domains.len();
        let phi_step = number / domains;
        Step {
            layer: self.place.layer,
            sub_slow: self.place.sub[1],
            sub_fast: self.place.sub[0],
            source: self.source,
            phi_step,
            domain: number % domains,
            phi: Some(experiment.spindle.phi(phi_step as i32)),
            cell: Some(*cell),
            ..Step::default()
        }
    }
}

/// Where a lane is.
struct Locate<'a> {
    geometry: Geometry<'a>,
    lane: usize,
}

struct Located {
    along: [f64; 2],
    position: [f64; 3],
    /// 1/distance.
    inverse: f64,
    ray: [f64; 3],
    parallax: f64,
}

impl WithSimd for Locate<'_> {
    type Output = Located;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Located {
        let Locate { geometry, lane } = self;
        let (vector, place) = (lane / D::<S>::COUNT, lane % D::<S>::COUNT);
        let of = |value: D<S>| value.elements()[place];
        let along = geometry.along(simd, vector);
        let position = geometry.position(simd, along);
        let inverse = D::splat(simd, 1.0) / dot(position, position).sqrt();
        let ray = three!(i => position[i] * inverse);
        let odet = &geometry.plan.experiment.detector.odet;
        let normal = three!(i => D::splat(simd, odet[i]));
        Located {
            along: along.map(of),
            position: three!(i => of(position[i])),
            inverse: of(inverse),
            ray: three!(i => of(ray[i])),
            parallax: of(dot(ray, normal)),
        }
    }
}

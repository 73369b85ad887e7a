//! What is told of one pixel while its tile is rendered, for its trace.
//!
//! The numbers are those in the columns that the engine works on. Positions, which it keeps in
//! registers or goes without near the middle of a tile, are computed once more by its own functions.
//! What the trace calls common is restated from the engine's own.

use nanobragg_reference::trace::{Layer, Line, Ray, Source, Step, Working};
use pulp::{Simd, WithSimd};

use super::factor::Factor;
use super::geometry::{Geometry, dot};
use super::lattice::Lattice;
use super::offset::{self, Steps};
use super::pass::{self, Note};
use super::tile::{Run, Tile};
use crate::exact::Evaluation;
use crate::lanes::{Doubles, Lanes, three};
use crate::plan::Plan;
use crate::plan::orientations::Orientation;
use crate::restated;

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
        let geometry = Geometry { plan, scratch: self.scratch, layer, sub };
        let located = self.simd.vectorize(Locate { geometry, lane });
        let ray = Ray {
            layer,
            sub_slow: sub[1],
            sub_fast: sub[0],
            along_fast: located.along[0],
            along_slow: located.along[1],
            position: located.position,
            airpath: 1.0 / located.inverse,
            diffracted: located.ray,
            omega: self.scratch.omega.0[lane],
            parallax: located.parallax,
            capture: self.scratch.captured(plan, lane),
            working: Working::default(),
        };
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
        let place = scratch.place(lane, layer, sub);
        let seen = (!culled).then_some(scattering);
        let (scattering, stol) = restated::scattering(plan, (place, source), seen);
        let line = Source {
            layer,
            sub_slow: sub[1],
            sub_fast: sub[0],
            source,
            incident: given.direction.map(|component| -component),
            wavelength: given.wavelength,
            scattering,
            stol,
            culled,
            polarization: scratch.polar.0[lane],
            working: Working {
                weight: Some(scratch.weight.0[lane]),
                multiplier: plan.running.then(|| scratch.multiplier.0[lane]),
                ..Working::default()
            },
        };
        self.tell(Line::Source(Box::new(line)));
    }

    /// The end of a layer, whose sum is given.
    pub(super) fn tell_layer(&mut self, layer: usize, sum: Option<f64>) {
        let (Some(lane), Some(sum)) = (self.lane(), sum) else { return };
        let (plan, scratch) = (self.plan, &*self.scratch);
        let line = Layer {
            layer,
            sum,
            capture: scratch.captured(plan, lane),
            layer_sum: plan.corrected.sensor_layers.then(|| scratch.layers.0[lane]),
            working: Working::default(),
        };
        self.tell(Line::Layer(Box::new(line)));
    }
}

impl<S: Simd, F: Factor> Run<'_, '_, S, F> {
    /// The lane whose steps are told, unless its source is culled.
    pub(super) fn lane(&self) -> Option<usize> {
        let lane = self.tile.lane()?;
        let culled = self.tile.plan.culls && self.tile.scratch.culled.0[lane] > 0.0;
        (!culled).then_some(lane)
    }

    /// Adds the terms, and tells of each in the order in which they are added: those that single
    /// precision cannot do come last.
    #[cold]
    pub(super) fn record(&mut self, lattice: impl Lattice, lane: usize) {
        let before = self.tile.scratch.intensity.0[lane];
        let mut steps = Vec::new();
        let alone = if self.tile.single {
            self.record_singles(lattice, lane, &mut steps)
        } else {
            (0..self.part.len()).collect()
        };
        let blocks = steps.len();
        if !alone.is_empty() {
            self.tile.distances();
        }
        self.record_doubles(lattice, lane, &alone, &mut steps);
        if (1..steps.len()).contains(&blocks) {
            restate_sums(before, &mut steps);
        }
        for step in steps {
            self.tile.tell(Line::Step(Box::new(step)));
        }
    }

    /// Adds the terms of some orientations in double precision, one after the other.
    fn record_doubles(
        &mut self,
        lattice: impl Lattice,
        lane: usize,
        numbers: &[usize],
        steps: &mut Vec<Step>,
    ) {
        let simd = self.tile.simd;
        for &number in numbers {
            let cell = &self.part[number..=number];
            let noted = simd.vectorize(Note { pass: self.pass(lattice, cell), lane });
            self.in_doubles(lattice, cell);
            steps.push(self.double_step(lane, self.step(self.first + number, &cell[0]), &noted));
        }
    }

    fn double_step(&self, lane: usize, step: Step, noted: &pass::Noted) -> Step {
        let (plan, scratch) = (self.tile.plan, &*self.tile.scratch);
        let sum = scratch.intensity.0[lane];
        let f_latt_squared = noted.lattice * plan.lattice_gain(true);
        let evaluation = restated::evaluation(plan, [noted.index, noted.nearest], f_latt_squared);
        let mut step = Step {
            hkl: noted.index,
            nearest: noted.nearest.map(|index| index as i64),
            fraction: three!(axis => noted.index[axis] - noted.nearest[axis]),
            f_latt: evaluation.f_latt,
            f_latt_squared,
            sum,
            working: Working {
                guarded: Some(noted.guarded),
                lattice: Some(noted.lattice),
                own_sum: Some(sum),
                ..Working::default()
            },
            ..step
        };
        if plan.skips && !noted.alive {
            return Step { skipped: Some("F_latt is 0"), ..step };
        }
        step.term = Some(noted.value * scratch.weight.0[lane]);
        (step.working.value, step.working.mended) = (Some(noted.value), noted.mended);
        looked_up(plan, step, &evaluation, (noted.interpolated, noted.cell))
    }

    /// Adds the terms in single precision, block by block. Gives the orientations that single
    /// precision cannot do.
    fn record_singles(
        &mut self,
        lattice: impl Lattice,
        lane: usize,
        steps: &mut Vec<Step>,
    ) -> Vec<usize> {
        let (whole, first) = (self.part, self.first);
        let mut refused = Vec::new();
        for (number, block) in whole.chunks(offset::BLOCK).enumerate() {
            let start = number * offset::BLOCK;
            let before = self.tile.scratch.intensity.0[lane];
            let mut noted = Vec::new();
            self.part = block;
            let rest = self.in_singles(lattice, Some(Steps { lane, noted: &mut noted }));
            refused.extend(rest.into_iter().map(|number| start + number));
            let behind = self.tile.scratch.intensity.0[lane];
            let last = noted.len();
            for (place, noted) in noted.iter().enumerate() {
                let step = self.step(first + start + noted.number, &block[noted.number]);
                let mut step = self.single_step(lane, step, noted, before);
                if place + 1 == last {
                    (step.sum, step.working.own_sum) = (behind, Some(behind));
                }
                steps.push(step);
            }
        }
        self.part = whole;
        refused
    }

    /// A step of a block, with the sum before the block.
    fn single_step(&self, lane: usize, step: Step, noted: &offset::Noted, before: f64) -> Step {
        let plan = self.tile.plan;
        let (unit, weight) = (plan.singles_in_doubles(), self.tile.scratch.weight.0[lane]);
        let f_latt_squared = noted.lattice * plan.lattice_gain(false);
        let index = three!(axis => noted.nearest[axis] + noted.delta[axis]);
        let evaluation = restated::evaluation(plan, [index, noted.nearest], f_latt_squared);
        let step = Step {
            hkl: index,
            nearest: noted.nearest.map(|index| index as i64),
            fraction: noted.delta,
            f_latt: evaluation.f_latt,
            f_latt_squared,
            term: Some(noted.value * unit * weight),
            sum: before + noted.block_sum * unit * weight,
            working: Working {
                precision: Some("single"),
                guarded: Some(noted.guarded),
                lattice: Some(noted.lattice),
                value: Some(noted.value),
                unit: Some(unit),
                block_sum: Some(noted.block_sum),
                ..Working::default()
            },
            ..step
        };
        looked_up(plan, step, &evaluation, (F::LIMITED, noted.cell))
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
            phi: experiment.spindle.phi(phi_step as i32),
            cell: *cell,
            ..Step::default()
        }
    }
}

/// A step with its structure factor, given whether it is interpolated, and its square without what the
/// gain has.
fn looked_up(
    plan: &Plan<'_>,
    step: Step,
    evaluation: &Evaluation,
    (interpolated, cell): (bool, f64),
) -> Step {
    let squared = cell * cell_gain(plan);
    let f_cell = restated::f_cell(plan, evaluation, interpolated, squared);
    restated::looked_up(plan, step, (interpolated, f_cell, squared))
}

/// Makes the sums those of the C program's order, where some steps of a part were left out of its
/// blocks and added behind them.
fn restate_sums(before: f64, steps: &mut [Step]) {
    let mut order: Vec<usize> = (0..steps.len()).collect();
    order.sort_by_key(|&number| (steps[number].phi_step, steps[number].domain));
    let (mut blocks, mut alone) = (before, 0.0);
    for number in order {
        let step = &mut steps[number];
        match step.working.block_sum {
            Some(_) => blocks = step.sum,
            None => alone += step.term.unwrap_or_default(),
        }
        step.sum = blocks + alone;
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

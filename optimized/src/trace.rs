//! What the report shows of a pixel: the values of its last evaluation (C:3051-3069).
//!
//! The C program keeps them in variables that live as long as the run, so that a pixel whose
//! sources are all culled shows what an earlier one left behind. Here they are found backwards
//! from the end of the pixel, as far as the pixel traced before.

use std::ops::ControlFlow;

use nanobragg_reference::engine::PixelTrace;
use nanobragg_reference::vector::{Vector, magnitude};

use crate::exact::{self, Evaluation};
use crate::kernel::tile::Address;
use crate::plan::Plan;
use crate::region::Region;
use crate::special::{Special, rays};

/// What the rendering of a pixel knows of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) intensity: f64,
    pub(crate) polar: f64,
    pub(crate) omega: f64,
    pub(crate) capture: f64,
    pub(crate) value: f32,
}

/// Traces pixels in scan order.
pub(crate) struct Tracer<'a> {
    plan: &'a Plan<'a>,
    region: &'a Region,
    special: &'a Special,
    index: Vector,
    nearest: Vector,
    f_latt: f64,
    f_cell: f64,
    cell: [Vector; 3],
    /// The pixel that was traced last.
    before: Option<[u32; 2]>,
}

impl<'a> Tracer<'a> {
    pub(crate) fn new(plan: &'a Plan<'a>, region: &'a Region, special: &'a Special) -> Tracer<'a> {
        let table = plan.experiment.structure.factors.as_ref();
        Tracer {
            plan,
            region,
            special,
            index: [0.0; 3],
            nearest: [0.0; 3],
            f_latt: 0.0,
            f_cell: table.map_or(0.0, |table| table.last_read),
            cell: plan.experiment.crystal.cell,
            before: None,
        }
    }

    /// The trace of a pixel behind all that were traced before.
    pub(crate) fn trace(&mut self, pixel: [u32; 2], known: Known) -> PixelTrace {
        self.find(pixel);
        self.before = Some(pixel);
        let plan = self.plan;
        let ends = rays(plan, pixel).next_back();
        let stol = ends.map(|(place, source)| magnitude(&exact::scattering(plan, place, source)));
        let position = ends.map(|(place, _)| exact::ray(plan, place).position);
        PixelTrace {
            fast: pixel[0] as usize,
            slow: pixel[1] as usize,
            stol: 0.5 * stol.unwrap_or_default(),
            position: position.unwrap_or_default(),
            index: self.index,
            nearest: self.nearest.map(|index| index as i32),
            f_cell: self.f_cell,
            f_latt: self.f_latt,
            intensity: known.intensity,
            steps: plan.experiment.sampling.steps,
            polar: known.polar,
            omega: known.omega,
            capture: known.capture,
            pixel: known.value,
            cell: self.cell,
        }
    }

    /// Takes over the last evaluation up to the end of a pixel, and the last one whose structure
    /// factor was looked up.
    fn find(&mut self, pixel: [u32; 2]) {
        let plan = self.plan;
        let detector = &plan.experiment.detector;
        let water = plan.experiment.sampling.water_size != 0.0;
        let mut seen = false;
        let known = self.before.map(|[fast, slow]| (slow, fast));
        for slow in (self.region.slow.start..=pixel[1] as usize).rev() {
            let row: Vec<[u32; 2]> = self.region.row(detector, slow).collect();
            for &here in row.iter().rev() {
                let place = (here[1], here[0]);
                if place > (pixel[1], pixel[0]) {
                    continue;
                }
                if known.is_some_and(|known| place <= known) {
                    return;
                }
                let ended = self.backwards(here, |tracer, address, evaluation, cell| {
                    if !seen {
                        (tracer.index, tracer.nearest) = (evaluation.index, evaluation.nearest);
                        (tracer.f_latt, tracer.cell) = (evaluation.f_latt, *cell);
                        seen = true;
                    }
                    if !water && evaluation.f_latt == 0.0 {
                        return ControlFlow::Continue(());
                    }
                    let interpolates = tracer.special.interpolates(plan, address);
                    tracer.f_cell = exact::structure_factor(plan, evaluation, interpolates);
                    ControlFlow::Break(())
                });
                if ended.is_break() {
                    return;
                }
            }
        }
    }

    /// The evaluations of a pixel, the last one first.
    fn backwards(
        &mut self,
        pixel: [u32; 2],
        mut visit: impl FnMut(&mut Self, Address, &Evaluation, &[Vector; 3]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let plan = self.plan;
        if exact::first_seen(plan, pixel).is_none() {
            return ControlFlow::Continue(());
        }
        let mut buffer = Vec::new();
        for (place, source) in rays(plan, pixel).rev() {
            if exact::culled(plan, place, source) {
                continue;
            }
            let first =
                self.special.unrotated.is_some_and(|at| at.place == place && at.source == source);
            for orientation in (0..plan.orientations.count()).rev() {
                let cell = plan.orientations.at(orientation, first, &mut buffer);
                let evaluation = exact::evaluate(plan, place, source, &cell);
                let address = Address { place, source, orientation };
                visit(self, address, &evaluation, &cell)?;
            }
        }
        ControlFlow::Continue(())
    }
}

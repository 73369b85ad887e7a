//! The sum of a traced pixel on its way through the terms, in the C program's order.
//!
//! Behind a term that is added alone it is the engine's own sum, and within a block what the engine's
//! sum would be, were the block to end there. Where sources are taken together, it is restated from
//! their terms.

use nanobragg_reference::trace::{Layer, Line, Source, Step};

use crate::plan::Plan;

/// Sources that the kernels stage at a time (`CHUNK` of `kernel/terms.h`).
const CHUNK: usize = 64;

/// Of each source the first one of those that it is taken together with, from runs as pairs of their
/// first source and their number.
pub(super) fn batches(runs: &[i64]) -> Vec<usize> {
    let runs = runs.chunks_exact(2).map(|run| [run[0] as usize, run[1] as usize]);
    runs.flat_map(|[first, count]| (0..count).map(move |n| first + n / CHUNK * CHUNK)).collect()
}

/// The sum.
pub(super) struct Running<'a> {
    plan: &'a Plan<'a>,
    /// [`batches`].
    batches: &'a [usize],
    /// The terms of each source of each ray, ray by ray, where sources are taken together.
    totals: Vec<f64>,
    /// The engine's own sum as it was known last.
    own: f64,
    /// The sum behind the sources that come before one in the C program's order, and what of the terms
    /// of this one has come.
    before: Vec<f64>,
    come: Vec<f64>,
}

impl<'a> Running<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, batches: &'a [usize]) -> Running<'a> {
        Running {
            plan,
            batches,
            totals: Vec::new(),
            own: plan.background_in_sum(),
            before: vec![0.0; batches.len()],
            come: vec![0.0; batches.len()],
        }
    }

    /// Whether all lines have to go through [`Running::add_up`] before they go through
    /// [`Running::follow`].
    pub(super) fn needs_totals(&self) -> bool {
        (0..self.batches.len()).any(|source| self.is_together(source))
    }

    fn is_together(&self, source: usize) -> bool {
        self.batches[source] != source || self.batches.get(source + 1) == Some(&source)
    }

    /// The number of a source among those of all rays.
    fn number(&self, layer: usize, [slow, fast]: [usize; 2], source: usize) -> usize {
        let side = self.plan.experiment.sampling.oversample;
        ((layer * side + slow) * side + fast) * self.batches.len() + source
    }

    /// Adds up the terms of each source.
    pub(super) fn add_up(&mut self, line: &Line) {
        let Line::Step(step) = line else { return };
        let Step { layer, sub_slow, sub_fast, source, .. } = **step;
        let number = self.number(layer, [sub_slow, sub_fast], source);
        if self.totals.len() <= number {
            self.totals.resize(number + 1, 0.0);
        }
        self.totals[number] += step.term.unwrap_or_default();
    }

    /// Follows a line, and sets the sum of a step of a source with some weight.
    pub(super) fn follow(&mut self, line: &mut Line, weight: f64) {
        match line {
            Line::Source(source) => self.meet(source),
            Line::Step(step) => self.step(step, weight),
            Line::Layer(layer) => self.end(layer),
            Line::Header(_) | Line::Ray(_) | Line::Pixel(_) => {}
        }
    }

    fn meet(&mut self, seen: &Source) {
        let source = seen.source;
        self.come[source] = 0.0;
        self.before[source] = self.own;
        if self.batches[source] != source {
            let number = self.number(seen.layer, [seen.sub_slow, seen.sub_fast], source);
            let total = self.totals.get(number - 1).copied().unwrap_or_default();
            self.before[source] = self.before[source - 1] + total;
        }
    }

    fn step(&mut self, step: &mut Step, weight: f64) {
        let source = step.source;
        self.come[source] += step.term.unwrap_or_default();
        step.sum = if self.is_together(source) {
            self.before[source] + self.come[source]
        } else {
            match (step.working.own_sum, step.working.block_sum) {
                (Some(own), _) => own,
                (None, Some(block)) => {
                    block.mul_add(weight * step.working.unit.unwrap_or(1.0), self.own)
                }
                (None, None) => self.own,
            }
        };
        self.own = step.working.own_sum.unwrap_or(self.own);
    }

    fn end(&mut self, layer: &Layer) {
        let apart = self.plan.corrected.sensor_layers;
        self.own = if apart { self.plan.background_in_sum() } else { layer.sum };
    }
}

#[cfg(test)]
mod tests {
    use super::batches;

    #[test]
    fn runs_are_parted_as_the_kernels_part_them() {
        let found = batches(&[0, 1, 1, 130, 131, 2]);
        assert_eq!(found.len(), 133);
        assert_eq!([found[0], found[1], found[64], found[65], found[130]], [0, 1, 1, 65, 129]);
        assert_eq!(found[131..], [131, 131]);
    }
}

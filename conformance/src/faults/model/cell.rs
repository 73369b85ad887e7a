//! F_latt and F_cell of an evaluation.

use std::f64::consts::PI;

use nanobragg_reference::Quirk;
use nanobragg_reference::arguments::settings::Shape;
use nanobragg_reference::engine::{Event, Observer};
use nanobragg_reference::experiment::{Crystal, StructureFactors};
use nanobragg_reference::vector::{Vector, dot};

use super::Run;
use crate::faults::pixel::PixelFault;

impl Run<'_> {
    /// The nearest Miller indices; halves go down (C:2817).
    pub(super) fn nearest(&self, index: &Vector) -> [i32; 3] {
        index.map(|index| {
            if self.wrong(PixelFault::IndexRoundedDown) {
                index.floor() as i32
            } else if self.wrong(PixelFault::IndexTruncated) {
                index as i32
            } else {
                (index - 0.5).ceil() as i32
            }
        })
    }

    /// The lattice factor of the last indices for the shape of the crystal (C:2821-2866).
    pub(super) fn lattice_factor(&self) -> f64 {
        let crystal = &self.experiment.crystal;
        let (index, nearest) = (&self.last.index, &self.last.nearest);
        let offset = [0, 1, 2].map(|i| index[i] - f64::from(nearest[i]));
        let count = crystal.cells;
        let volume = count[0] * count[1] * count[2];
        let factor = match crystal.shape {
            Shape::Square => (0..3)
                .filter(|&i| count[i] > 1.0)
                .map(|i| self.interference(index[i], count[i]))
                .product(),
            Shape::Round => {
                let whole = if self.wrong(PixelFault::RoundWithoutVolume) {
                    1.0
                } else {
                    0.723601254558268
                };
                volume * whole * self.sphere(PI * self.spot_radius(crystal, index, &offset))
            }
            Shape::Gauss => {
                let radius_sqr = if self.wrong(PixelFault::GaussInIndices) {
                    scaled_sqr(&offset, &count)
                } else {
                    self.star_radius_sqr(crystal, &offset)
                };
                volume * (-(radius_sqr / 0.63 * crystal.fudge)).exp()
            }
            Shape::Tophat => {
                let radius_sqr = if self.wrong(PixelFault::TophatInIndices) {
                    scaled_sqr(&offset, &count)
                } else {
                    self.star_radius_sqr(crystal, &offset)
                };
                let limit = if self.wrong(PixelFault::TophatRadiusOnce) { 0.63 } else { 0.3969 };
                if radius_sqr * crystal.fudge < limit { volume } else { 0.0 }
            }
        };
        if self.wrong(PixelFault::LatticeNotScaled) { factor / volume } else { factor }
    }

    /// The interference function sin(πNh)/sin(πh) of N cells; N at h = 0.
    fn interference(&self, index: f64, count: f64) -> f64 {
        let count = if self.wrong(PixelFault::OneCellTooFew) { count - 1.0 } else { count };
        let x = PI * index;
        if x == 0.0 {
            return if self.wrong(PixelFault::NoLimitAtOrigin) { 1.0 } else { count };
        }
        let is_near = (index - index.round()).abs() < 0.02;
        if is_near && self.wrong(PixelFault::LimitAtEveryIndex) {
            return count;
        }
        (x * count).sin() / x.sin()
    }

    /// The distance from the nearest lattice point in indices times cells, with the fudge.
    fn spot_radius(&self, crystal: &Crystal, index: &Vector, offset: &Vector) -> f64 {
        let whole = self.wrong(PixelFault::RoundAtWholeIndex);
        let radius_sqr = scaled_sqr(if whole { index } else { offset }, &crystal.cells);
        if self.wrong(PixelFault::FudgeOutsideRoot) {
            return radius_sqr.sqrt() * crystal.fudge;
        }
        (radius_sqr * crystal.fudge).sqrt()
    }

    /// The transform of a sphere, 3(sin x/x − cos x)/x²; 1 at x = 0.
    fn sphere(&self, x: f64) -> f64 {
        if x == 0.0 {
            return 1.0;
        }
        if self.wrong(PixelFault::SphereFormula) {
            return 3.0 * (x.sin() - x.cos()) / (x * x);
        }
        3.0 * (x.sin() / x - x.cos()) / (x * x)
    }

    /// The squared distance from the nearest lattice point in 1/Å², times (Na·Nb·Nc)². Reciprocal
    /// vectors are those before spindle and mosaic domain.
    fn star_radius_sqr(&self, crystal: &Crystal, offset: &Vector) -> f64 {
        let [a, b, c] = crystal.reciprocal;
        let [na, nb, nc] = crystal.cells;
        let d: Vector = [0, 1, 2].map(|i| offset[0] * a[i] + offset[1] * b[i] + offset[2] * c[i]);
        if self.wrong(PixelFault::SpotOfOneAxis) {
            return dot(&d, &d) * na * na;
        }
        dot(&d, &d) * na * na * nb * nb * nc * nc
    }

    /// The structure factor of the cell at the last indices (C:2929-3007).
    pub(super) fn cell_factor(&mut self, observer: &mut dyn Observer) -> f64 {
        let structure = &self.experiment.structure;
        let Some(table) = structure.factors.as_deref() else {
            return structure.default_f;
        };
        if self.interpolating {
            if self.in_range(table) {
                return self.interpolated(table);
            }
            self.leave_range(observer);
            if self.wrong(PixelFault::DefaultWhereRangeEnds) {
                return structure.default_f;
            }
        }
        let mut nearest = self.last.nearest;
        if self.wrong(PixelFault::EdgeOutsideTable) {
            nearest = [0, 1, 2].map(|i| nearest[i].clamp(table.min[i], table.max[i]));
        }
        match table.place(nearest) {
            Some(place) => table.values[place],
            None if self.wrong(PixelFault::ZeroOutsideTable) => 0.0,
            None => structure.default_f,
        }
    }

    /// Whether an index is interpolated: at least 2 within the table, or, corrected, where its
    /// neighbours lie in the table.
    fn in_range(&self, table: &StructureFactors) -> bool {
        let margin = if self.wrong(PixelFault::RangeTooWide) { 1.0 } else { 2.0 };
        let corrected = self.corrects(Quirk::InterpolationSticks);
        self.last.index.iter().zip(table.min.iter().zip(&table.max)).all(|(index, (min, max))| {
            let (min, max) = (f64::from(*min), f64::from(*max));
            if corrected {
                index.floor() - 1.0 >= min && index.floor() + 2.0 <= max
            } else {
                *index >= min + margin && *index <= max - margin
            }
        })
    }

    /// Notes an evaluation out of range. In the C program no other one is interpolated.
    fn leave_range(&mut self, observer: &mut dyn Observer) {
        self.rendered.out_of_range += 1;
        let event = Event::OutOfRange { index: self.last.index, nearest: self.last.nearest };
        let first = self.rendered.events.is_empty();
        if first {
            self.rendered.events.push(event);
        }
        if (first && !self.wrong(PixelFault::NoRangeWarning))
            || self.wrong(PixelFault::RangeWarningEachTime)
        {
            observer.event(&event);
        }
        self.interpolating = self.corrects(Quirk::InterpolationSticks)
            || self.wrong(PixelFault::InterpolationGoesOn);
    }

    /// Lagrange's cubic through four points along each axis.
    fn interpolated(&mut self, table: &StructureFactors) -> f64 {
        let index = self.last.index;
        let below = index.map(|index| {
            if self.wrong(PixelFault::NeighboursOfNearest) { index.round() } else { index.floor() }
        });
        let shift = if self.wrong(PixelFault::NeighboursShifted) { 2.0 } else { 1.0 };
        let first = below.map(|below| below - shift);
        let weights = [0, 1, 2].map(|axis| self.weights(index[axis] - first[axis]));
        let here = first.map(|first| first as i32);
        let before = self.neighbourhood.replace(here).unwrap_or(here);
        let corner = if self.wrong(PixelFault::NeighboursOfOther) { before } else { here };
        let mut sum = 0.0;
        for (i, h) in weights[0].iter().enumerate() {
            for (j, k) in weights[1].iter().enumerate() {
                for (m, l) in weights[2].iter().enumerate() {
                    let mut step = [i as i32, j as i32, m as i32];
                    if self.wrong(PixelFault::NeighboursExchanged) {
                        step.swap(1, 2);
                    }
                    let place = table.place([0, 1, 2].map(|axis| corner[axis] + step[axis]));
                    // A faulty neighbourhood may reach beyond the table.
                    let value = place.map_or(0.0, |place| table.values[place]);
                    sum += h * k * l * value;
                }
            }
        }
        sum
    }

    /// The weights of the points 0, 1, 2, 3 at x.
    fn weights(&self, x: f64) -> [f64; 4] {
        if self.wrong(PixelFault::LinearInterpolation) {
            return [0.0, 2.0 - x, x - 1.0, 0.0];
        }
        [0, 1, 2, 3].map(|i| {
            (0..4).filter(|&j| j != i).map(|j| (x - f64::from(j)) / f64::from(i - j)).product()
        })
    }
}

/// Σ (offset·cells)².
fn scaled_sqr(offset: &Vector, cells: &Vector) -> f64 {
    (0..3).map(|i| offset[i] * offset[i] * cells[i] * cells[i]).sum()
}

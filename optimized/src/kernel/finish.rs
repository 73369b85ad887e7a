//! From the sum of the terms to photons, and the sums over the pixels of a tile (C:3032-3049).

use nanobragg_reference::experiment::R_E_SQR;
use pulp::{Simd, WithSimd};

use super::pass::{load, store};
use super::scratch::Scratch;
use crate::functions::exp;
use crate::lanes::{Doubles, Lanes};
use crate::plan::Plan;

type D<S> = Doubles<S>;

/// How many times its doubt the largest pixel has to be.
pub(super) const ANSWER: f64 = 1.1e10;

/// Partial sums.
pub(super) const PARTS: usize = 8;

/// Sums over pixels. Each is made of eight partial sums, whatever the width of the vectors, so
/// that it is the same on every machine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    /// Of the pixels.
    pub(crate) pixels: f64,
    /// Of their squares, each rounded to single precision.
    pub(crate) squares: f64,
    /// Of the solid angles, over layers and sub-pixels.
    pub(crate) omega: f64,
    /// Of the solid angles of the pixels.
    pub(crate) solid_angle: f64,
    /// Evaluations out of the range of the interpolation.
    pub(crate) out_of_range: u64,
    /// Evaluations that were taken by the C program's own expressions.
    pub(crate) guarded: u64,
    /// What the largest pixel of the image has to be at least for the errors of single precision
    /// to be within their bound.
    pub(crate) doubt: f64,
    /// Number of pixels.
    pub(crate) count: u64,
    /// The largest pixel, 0 where none is positive.
    pub(crate) maximum: f32,
}

impl Sums {
    /// Adds the sums of other pixels.
    pub(crate) fn add(&mut self, other: &Sums) {
        self.pixels += other.pixels;
        self.squares += other.squares;
        self.omega += other.omega;
        self.solid_angle += other.solid_angle;
        self.out_of_range += other.out_of_range;
        self.count += other.count;
        self.guarded += other.guarded;
        self.doubt = self.doubt.max(other.doubt);
        self.maximum = self.maximum.max(other.maximum);
    }
}

/// Ends the work on the pixels of a scratch.
pub(crate) struct Finish<'a> {
    pub(crate) plan: &'a Plan<'a>,
    /// Its pixels are set.
    pub(crate) scratch: &'a mut Scratch,
    /// Whether single precision was used.
    pub(crate) single: bool,
}

impl WithSimd for Finish<'_> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Sums {
        let Finish { plan, scratch, single } = self;
        let zero = D::splat(simd, 0.0);
        let scale = D::splat(simd, scale(plan));
        let count = scratch.count;
        let mut most = zero;
        for vector in 0..scratch.lanes() / D::<S>::COUNT {
            let sum = load(simd, &scratch.intensity.0, vector);
            let value = photons(simd, plan, scratch, sum, vector) * scale;
            if single {
                let one = D::splat(simd, 1.0);
                most = most.max(photons(simd, plan, scratch, one, vector).abs());
            }
            let water =
                if plan.corrected.water_scale { water(simd, plan, scratch, vector) } else { zero };
            // Added to a zero, as in the C program: a negative zero does not stay one.
            store(&mut scratch.photons.0, vector, zero + (value + water));
        }
        for (pixel, photons) in scratch.pixels.iter_mut().zip(&scratch.photons.0) {
            *pixel = *photons as f32;
        }
        // Padding must not count.
        let padding = count..scratch.lanes();
        scratch.photons.0[padding.clone()].fill(0.0);
        scratch.omega_sum.0[padding.clone()].fill(0.0);
        scratch.solid_angle.0[padding.clone()].fill(0.0);
        scratch.out_of_range.0[padding].fill(0.0);
        let guarded = std::mem::take(&mut scratch.guarded);
        let mut sums = Sums { count: count as u64, guarded, ..Sums::default() };
        let (mut pixels, mut squares) = ([zero; PARTS], [zero; PARTS]);
        let (mut omega, mut maximum) = ([zero; PARTS], [zero; PARTS]);
        for chunk in 0..scratch.lanes() / PARTS {
            for part in 0..PARTS / D::<S>::COUNT {
                let vector = chunk * (PARTS / D::<S>::COUNT) + part;
                let value = load(simd, &scratch.photons.0, vector).to_single();
                pixels[part] = pixels[part] + value;
                squares[part] = squares[part] + value.square().to_single();
                maximum[part] = maximum[part].max(value);
                omega[part] = omega[part] + load(simd, &scratch.omega_sum.0, vector);
            }
        }
        sums.pixels = total(&pixels);
        sums.squares = total(&squares);
        sums.omega = total(&omega);
        sums.maximum = largest(&maximum);
        if single {
            // An amplitude f that is wrong by d gives a square that is wrong by 2fd + d². With Σf²
            // over the steps the pixel and Σd² its doubt, the error is at most 2√(pixel · doubt)
            // + doubt by Cauchy and Schwarz. That is within 1e-4 · pixel + 1e-6 · maximum for
            // every pixel where maximum ≥ (1e10 + 1e6) · doubt; a tenth more is for all else that is
            // rounded.
            let peak = ANSWER * plan.lattice.peak(&plan.experiment.crystal);
            sums.doubt = scratch.doubt * peak * (most * scale).largest();
        }
        if plan.corrected.solid_angle_report {
            sums.solid_angle = column_total(simd, &scratch.solid_angle.0[..scratch.lanes()]);
        }
        if plan.experiment.structure.interpolate {
            sums.out_of_range =
                column_total(simd, &scratch.out_of_range.0[..scratch.lanes()]) as u64;
        }
        sums
    }
}

/// The sum of the terms times what has not gone into them, in the C program's order (C:3032).
#[inline(always)]
fn photons<S: Simd>(simd: S, plan: &Plan<'_>, scratch: &Scratch, sum: D<S>, vector: usize) -> D<S> {
    let sampling = &plan.experiment.sampling;
    let mut value = sum;
    if plan.captures() && !sampling.thick && !plan.corrected.sensor_layers {
        value = value * load(simd, &scratch.capture.0, vector);
    }
    if !sampling.polar {
        value = value * load(simd, &scratch.polar.0, vector);
    }
    if !sampling.omega {
        value = value * load(simd, &scratch.omega.0, vector);
    }
    value
}

/// Photons from the water, once a pixel: background × solid angle × polarization × the fraction
/// that the whole sensor captures. Used where the quirk `water-scale` is off.
#[inline(always)]
fn water<S: Simd>(simd: S, plan: &Plan<'_>, scratch: &Scratch, vector: usize) -> D<S> {
    let experiment = plan.experiment;
    let sensor = &experiment.detector.sensor;
    let mut value = D::splat(simd, experiment.sampling.background)
        * load(simd, &scratch.first_omega.0, vector)
        * load(simd, &scratch.first_polar.0, vector);
    if sensor.thickness > 0.0 {
        let depth = D::splat(simd, -(sensor.layers as f64) * sensor.step * sensor.mu);
        let parallax = load(simd, &scratch.first_parallax.0, vector);
        value = value * (D::splat(simd, 1.0) - exp(simd, depth / parallax));
    }
    value
}

/// Photons of a term of 1, before solid angle and polarization.
pub(super) fn scale(plan: &Plan<'_>) -> f64 {
    R_E_SQR * plan.experiment.beam.fluence / f64::from(plan.experiment.sampling.steps)
}

/// The largest of numbers in single precision, 0 where none is positive.
#[inline(always)]
pub(super) fn largest<S: Simd>(parts: &[D<S>; PARTS]) -> f32 {
    let mut most = 0.0f32;
    for vector in &parts[..PARTS / D::<S>::COUNT] {
        for &value in vector.elements() {
            most = most.max(value as f32);
        }
    }
    most
}

/// The sum of partial sums, part by part.
#[inline(always)]
pub(super) fn total<S: Simd>(parts: &[D<S>; PARTS]) -> f64 {
    let mut sum = 0.0;
    for vector in &parts[..PARTS / D::<S>::COUNT] {
        for value in vector.elements() {
            sum += value;
        }
    }
    sum
}

/// The sum of a column, whose length is a multiple of [`PARTS`].
#[inline(always)]
fn column_total<S: Simd>(simd: S, column: &[f64]) -> f64 {
    let mut parts = [D::splat(simd, 0.0); PARTS];
    for chunk in 0..column.len() / PARTS {
        for part in 0..PARTS / D::<S>::COUNT {
            let vector = chunk * (PARTS / D::<S>::COUNT) + part;
            parts[part] = parts[part] + load(simd, column, vector);
        }
    }
    total(&parts)
}

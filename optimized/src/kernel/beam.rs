//! One source at one sub-pixel of all pixels of a tile: scattering vectors, the resolution limit,
//! polarization, and what each term is multiplied by (C:2745-2777).

use pulp::{Simd, WithSimd};

use super::geometry::dot;
use super::pass::{load, store};
use super::scratch::Scratch;
use super::simple::DARK;
use crate::exact;
use crate::lanes::{Doubles, Lanes, three};
use crate::plan::Plan;

type D<S> = Doubles<S>;

/// How close to 1 the resolution limit has to come to be decided by the C program's expression.
const RESOLUTION_GUARD: f64 = 1e-12;

/// A source.
pub(crate) struct Beam<'a> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) layer: usize,
    pub(crate) sub: [usize; 2],
    pub(crate) source: usize,
}

impl WithSimd for Beam<'_> {
    /// Whether any lane sees the source.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> bool {
        let mut seen = false;
        for vector in 0..self.scratch.lanes() / D::<S>::COUNT {
            let ray = three!(i => load(simd, &self.scratch.ray[i].0, vector));
            seen |= self.vector(simd, vector, ray);
        }
        seen
    }
}

impl Beam<'_> {
    /// One vector of rays. Whether any of them sees the source.
    #[inline(always)]
    pub(crate) fn vector<S: Simd>(&mut self, simd: S, vector: usize, ray: [D<S>; 3]) -> bool {
        let plan = self.plan;
        let planned = &plan.sources[self.source];
        let scale = planned.inverse_wavelength;
        let inverse = D::splat(simd, scale);
        let mut scattering = three!(i => {
            ray[i].mul_add(inverse, D::splat(simd, planned.direction[i] * scale))
        });
        let (zero, one) = (D::splat(simd, 0.0), D::splat(simd, 1.0));
        let mut culled = zero;
        let mut seen = true;
        if plan.experiment.sampling.dmin > 0.0 {
            culled = self.culled(simd, vector, dot(scattering, scattering));
            store(&mut self.scratch.culled.0, vector, culled);
            seen = zero.any(culled.less(one));
            // A source without wavelength is culled; what it leaves is no number.
            let gone = zero.less(culled);
            for component in &mut scattering {
                *component = zero.select(gone, *component);
            }
        }
        if self.scratch.plane.is_none() {
            for i in 0..3 {
                store(&mut self.scratch.scattering[i].0, vector, scattering[i]);
            }
        }
        let polar = self.polar(simd, vector, ray, culled);
        if !plan.uniform() {
            self.weigh(simd, vector, polar, culled);
        }
        seen
    }

    /// The polarization factor as it stands behind this source (C:2766).
    #[inline(always)]
    fn polar<S: Simd>(&mut self, simd: S, vector: usize, ray: [D<S>; 3], culled: D<S>) -> D<S> {
        let plan = self.plan;
        let (zero, one) = (D::splat(simd, 0.0), D::splat(simd, 1.0));
        let nopolar = plan.experiment.beam.nopolar;
        let first = self.layer == 0 && self.sub == [0, 0] && self.source == 0;
        if first && plan.corrected.water_scale {
            let polar = if nopolar { one } else { self.polarization(simd, vector, ray) };
            store(&mut self.scratch.first_polar.0, vector, polar);
        }
        let known = if !first {
            load(simd, &self.scratch.polar.0, vector)
        } else if nopolar {
            one
        } else {
            zero
        };
        let unknown = known.equals(zero);
        let mut polar = known;
        if exact::renewed(plan) || zero.any(unknown) {
            let fresh = self.polarization(simd, vector, ray);
            let fresh = if exact::renewed(plan) { fresh } else { fresh.select(unknown, known) };
            polar = known.select(zero.less(culled), fresh);
        }
        store(&mut self.scratch.polar.0, vector, polar);
        polar
    }

    /// 1 where the resolution limit removes the source: where d_min |s| > 1.
    #[inline(always)]
    fn culled<S: Simd>(&mut self, simd: S, vector: usize, length_sqr: D<S>) -> D<S> {
        let dmin = self.plan.experiment.sampling.dmin;
        let (zero, one) = (D::splat(simd, 0.0), D::splat(simd, 1.0));
        let ratio = length_sqr * D::splat(simd, dmin * dmin);
        let mut culled = one.select(one.less(ratio), zero);
        // Also where a source without wavelength gives no number.
        let apart = D::splat(simd, RESOLUTION_GUARD).less((ratio - one).abs());
        let finite = ratio.less(D::splat(simd, 1e300));
        let flags = zero.select(apart, one).max(zero.select(finite, one));
        if one.any(zero.less(flags)) {
            for lane in (0..D::<S>::COUNT).filter(|&lane| flags.elements()[lane] != 0.0) {
                let place = self.scratch.place(vector * D::<S>::COUNT + lane, self.layer, self.sub);
                let removed = exact::culled(self.plan, place, self.source);
                culled.elements_mut()[lane] = f64::from(u8::from(removed));
                self.scratch.guarded += 1;
            }
        }
        culled
    }

    /// ½ (1 + cos²2θ − K cos 2ψ sin²2θ). With e, b and the incident ray a right-handed basis, the
    /// components of the diffracted ray along them give sin²2θ cos 2ψ = E² − B² without an angle.
    #[inline(always)]
    fn polarization<S: Simd>(&mut self, simd: S, vector: usize, ray: [D<S>; 3]) -> D<S> {
        let planned = &self.plan.sources[self.source];
        let one = D::splat(simd, 1.0);
        let incident = three!(i => D::splat(simd, planned.incident[i]));
        let cos_sqr = dot(ray, incident).square();
        let across = if planned.isotropic {
            one - cos_sqr
        } else {
            let e_in = three!(i => D::splat(simd, planned.e_in[i]));
            let b_in = three!(i => D::splat(simd, planned.b_in[i]));
            dot(ray, e_in).square() - dot(ray, b_in).square()
        };
        let sum = one + cos_sqr - D::splat(simd, planned.kahn) * across;
        let mut polar = D::splat(simd, 0.5) * sum;
        let dark = polar.abs().less(D::splat(simd, DARK));
        if polar.any(dark) {
            let flags = one.select(dark, D::splat(simd, 0.0));
            for lane in (0..D::<S>::COUNT).filter(|&lane| flags.elements()[lane] != 0.0) {
                let place = self.scratch.place(vector * D::<S>::COUNT + lane, self.layer, self.sub);
                polar.elements_mut()[lane] = exact::polarization(self.plan, place, self.source);
                self.scratch.guarded += 1;
            }
        }
        polar
    }

    /// What the terms of this source, and the sum after each of them, are multiplied by.
    #[inline(always)]
    fn weigh<S: Simd>(&mut self, simd: S, vector: usize, polar: D<S>, culled: D<S>) {
        let sampling = &self.plan.experiment.sampling;
        let (zero, one) = (D::splat(simd, 0.0), D::splat(simd, 1.0));
        let mut factor = one;
        if sampling.thick {
            factor = factor * load(simd, &self.scratch.capture.0, vector);
        }
        if sampling.polar {
            factor = factor * polar;
        }
        if sampling.omega {
            factor = factor * load(simd, &self.scratch.omega.0, vector);
        }
        let gone = zero.less(culled);
        let gain = D::splat(simd, self.plan.weight());
        let weight = if self.plan.running { gain } else { gain * factor };
        store(&mut self.scratch.weight.0, vector, zero.select(gone, weight));
        store(&mut self.scratch.multiplier.0, vector, one.select(gone, factor));
    }
}

//! The middle of the tile of the detector that some pixels lie in.
//!
//! Pixels of a tile are close to each other, so that the distance to one of them is the distance
//! to the middle times a short series: a number near 1, which single precision holds better where
//! only its difference from 1 is asked for.

use super::scratch::EDGE;
use crate::exact::{self, Place};
use crate::lanes::{Lanes, three};
use crate::number::{Number, dot};
use crate::plan::Plan;

/// Where a point is seen from the sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight<N = f64> {
    /// Its direction; none at the sample itself.
    pub(crate) unit: [N; 3],
    /// Its distance, m, and the inverse of that.
    pub(crate) distance: N,
    pub(crate) inverse: N,
}

impl<N: Number> Sight<N> {
    /// Of a position from the sample, m.
    #[inline(always)]
    pub(crate) fn of(position: &[N; 3]) -> Sight<N> {
        let distance = dot(position, position).sqrt();
        let inverse = distance.constant(1.0) / distance;
        Sight { unit: three!(i => inverse * position[i]), distance, inverse }
    }
}

/// The middle of a tile, at one sub-pixel of one layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Middle {
    /// The pixel in the middle: a corner of which is the middle.
    pub(crate) place: Place,
    /// Where it is seen; a zero vector where it is the sample itself.
    pub(crate) sight: Sight,
    /// The most that a pixel of the tile is away from it, as a fraction of the distance.
    pub(crate) spread: f64,
}

impl Middle {
    /// The middle of the tile that a pixel lies in. Tiles start at multiples of [`EDGE`], whatever
    /// is rendered.
    pub(crate) fn of(plan: &Plan<'_>, place: Place) -> Middle {
        let place = Place { pixel: place.pixel.map(middle), ..place };
        let position = exact::position(plan, place);
        let mut sight = Sight::of(&position);
        if sight.distance == 0.0 {
            sight.unit = position;
        }
        let spread = spread(plan, sight.inverse);
        Middle { place, sight, spread }
    }

    /// Whether [`inverse_root_less_one`] holds for all pixels of the tile.
    pub(crate) fn is_far(&self) -> bool {
        is_far(self.spread)
    }
}

/// The coordinate of the middle of the tile that a pixel lies in.
pub(super) fn middle(coordinate: u32) -> u32 {
    coordinate - coordinate % EDGE as u32 + EDGE as u32 / 2
}

/// [`Middle::spread`].
pub(super) fn spread(plan: &Plan<'_>, inverse: f64) -> f64 {
    let half = std::f64::consts::SQRT_2 * EDGE as f64 / 2.0;
    half * plan.experiment.detector.pixel_size * inverse
}

/// [`Middle::is_far`] of such a spread.
pub(super) fn is_far(spread: f64) -> bool {
    spread * (2.0 + spread) < 0.05
}

/// Coefficients of the series of (1 + q)^(-1/2), behind the first.
const SERIES: [f64; 5] = [-0.5, 0.375, -0.3125, 0.273_437_5, -0.246_093_75];

/// (1 + q)^(-1/2) − 1 for |q| < 0.05, with a relative error of 2e-8 · |q|^5 / 0.05^5.
#[inline(always)]
pub(crate) fn inverse_root_less_one<L: Lanes>(simd: L::Simd, q: L) -> L {
    let mut sum = L::splat(simd, SERIES[4]);
    for coefficient in SERIES[..4].iter().rev() {
        sum = sum.mul_add(q, L::splat(simd, *coefficient));
    }
    sum * q
}

/// (1 + q)^(-1/2) for |q| < 0.05, with a relative error of two roundings: three terms of the
/// series, and one step of Halley's.
#[inline(always)]
pub(crate) fn inverse_root<L: Lanes>(simd: L::Simd, q: L) -> L {
    let one = L::splat(simd, 1.0);
    let [first, second, third] = [0, 1, 2].map(|i: usize| L::splat(simd, SERIES[i]));
    let near = third.mul_add(q, second).mul_add(q, first).mul_add(q, one);
    // How much near² (1 + q) is less than 1.
    let square = near.square();
    let less = (one - square) - square * q;
    let step = less * L::splat(simd, 0.375).mul_add(less, L::splat(simd, 0.5));
    near.mul_add(step, near)
}

#[cfg(test)]
mod tests {
    use pulp::Scalar;

    use super::{inverse_root, inverse_root_less_one};
    use crate::lanes::{Doubles, Lanes, Singles};

    #[test]
    fn roots_hold_their_bound() {
        for i in -500..=500 {
            let q = (f64::from(i) * 1e-4) as f32;
            let expected = -f64::from(q) / ((1.0 + f64::from(q)).sqrt() + 1.0 + f64::from(q));
            let less = inverse_root_less_one(Scalar, Singles::broadcast(Scalar, q)).raw();
            assert!((f64::from(less) - expected).abs() <= 3e-7 * expected.abs(), "{q}");
            let q = f64::from(i) * 1e-4;
            let root = inverse_root(Scalar, Doubles::broadcast(Scalar, q)).raw();
            assert!((root * (1.0 + q).sqrt() - 1.0).abs() <= 4.0 * f64::EPSILON, "{q}: {root}");
        }
    }
}

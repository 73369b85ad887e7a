//! A number, or several beside each other on which the same is done.

use std::ops::{Add, Div, Mul};

use nanobragg_reference::vector::Vector;
use pulp::Simd;

use crate::lanes::{Doubles, Lanes};

/// One double, or a vector of them. All operations are correctly rounded, so that several give the
/// bits of one.
pub(crate) trait Number:
    Copy + Add<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// Some constant, on as many lanes as this.
    fn constant(self, value: f64) -> Self;

    /// Square root.
    fn sqrt(self) -> Self;
}

impl Number for f64 {
    #[inline(always)]
    fn constant(self, value: f64) -> f64 {
        value
    }

    #[inline(always)]
    fn sqrt(self) -> f64 {
        f64::sqrt(self)
    }
}

impl<S: Simd> Number for Doubles<S> {
    #[inline(always)]
    fn constant(self, value: f64) -> Self {
        self.like(value)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Lanes::sqrt(self)
    }
}

/// The parts of a vector in space, each on as many lanes as `like`.
#[inline(always)]
pub(crate) fn constants<N: Number>(like: N, [x, y, z]: &Vector) -> [N; 3] {
    [like.constant(*x), like.constant(*y), like.constant(*z)]
}

/// [`nanobragg_reference::vector::dot`].
#[inline(always)]
pub(crate) fn dot<N: Number>(a: &[N; 3], b: &[N; 3]) -> N {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use pulp::Scalar;

    use super::{Number, constants, dot};
    use crate::lanes::{Doubles, Lanes};

    #[test]
    fn a_vector_gives_the_bits_of_its_lanes() {
        let (a, b) = ([0.1, -0.7, 1e3], [1.0 / 3.0, 2e5, -0.3]);
        let one = Doubles::splat(Scalar, 0.0);
        let product = dot(&constants(one, &a), &constants(one, &b)).raw();
        assert_eq!(product.to_bits(), nanobragg_reference::vector::dot(&a, &b).to_bits());
        assert_eq!(Number::sqrt(one.constant(2.0)).raw().to_bits(), 2.0f64.sqrt().to_bits());
    }
}

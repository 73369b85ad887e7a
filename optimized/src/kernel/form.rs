//! The quadratic form of the distances to a lattice point whose function a Gaussian or a top-hat is.

use crate::lanes::{Lanes, three};
use crate::plan::lattice::Triangle;

/// A [`Triangle`] without its factor, as vectors; of axes at right angles the squares of its diagonal.
#[derive(Clone, Copy)]
pub(crate) struct Form<L, const ORTHOGONAL: bool> {
    rows: [[L; 3]; 2],
}

impl<L: Lanes, const ORTHOGONAL: bool> Form<L, ORTHOGONAL> {
    #[inline(always)]
    pub(super) fn new(simd: L::Simd, triangle: &Triangle) -> Self {
        let mut parts = triangle.rows;
        if ORTHOGONAL {
            let [r11, _, _, r22, _, r33] = parts;
            parts = [r11 * r11, r22 * r22, r33 * r33, 0.0, 0.0, 0.0];
        }
        let row = |first: usize| three!(i => L::splat(simd, parts[first + i]));
        Form { rows: [row(0), row(3)] }
    }

    /// Its value.
    #[inline(always)]
    pub(super) fn at(&self, [h, k, l]: [L; 3]) -> L {
        let [[h1, k1, l1], [k2, l2, l3]] = self.rows;
        if ORTHOGONAL {
            return h.square().mul_add(h1, k.square().mul_add(k1, l.square() * l1));
        }
        let x = h.mul_add(h1, k.mul_add(k1, l * l1));
        let y = k.mul_add(k2, l * l2);
        let z = l * l3;
        x.mul_add(x, y.mul_add(y, z * z))
    }
}

#[cfg(test)]
mod tests {
    use pulp::Scalar;

    use super::Form;
    use crate::lanes::{Doubles, Lanes};
    use crate::plan::lattice::Triangle;

    #[test]
    fn at_right_angles_both_forms_are_the_same() {
        let value = |x: f64| Doubles::splat(Scalar, x);
        let at = |rows, delta: [f64; 3]| {
            let triangle = Triangle { rows, factor: 1.0 };
            let delta = delta.map(value);
            [
                Form::<_, true>::new(Scalar, &triangle).at(delta).raw(),
                Form::<_, false>::new(Scalar, &triangle).at(delta).raw(),
            ]
        };
        let [a, b] = at([2.0, 0.0, 0.0, 3.0, 0.0, 5.0], [0.5, -0.25, 0.125]);
        assert_eq!([a, b], [1.0 + 0.5625 + 0.390625; 2]);
        let [a, b] = at([2.0, 0.5, 0.0, 3.0, 0.0, 5.0], [0.5, -0.25, 0.125]);
        assert!(a != b, "other angles count in one of them");
    }
}

//! Interference functions of few cells as vectors compute them.
//!
//! With q = cos(πδ)/s, where s is the leading coefficient of the polynomial that stands for the
//! cosine, a polynomial of first or second degree in w = cos²πδ, divided by its own leading
//! coefficient, is t or t² + γ with t = q² + β: one operation for each degree. What it was divided by
//! is left to the weight of the term. Higher degrees are left as they are: of their values little
//! would be left in the exponents, and of the digits in single precision.

use crate::functions::cosine_scale;

/// Polynomials of the three axes, all of one degree, for vectors of one precision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Completed {
    /// β and γ of each axis.
    pub(crate) constants: [[f64; 2]; 3],
    /// p + q t, which multiplies the square of the polynomial.
    pub(crate) parity: [[f64; 2]; 3],
    /// |F_latt|² over what the vectors have of it.
    pub(crate) unit: f64,
}

impl Completed {
    /// Those with some coefficients in w, lowest power first; `None` where not all axes have the
    /// degree, or it is too high. The parity is p + q w.
    pub(super) fn new(
        coefficients: &[[f64; 9]; 3],
        parity: &[[f64; 2]; 3],
        degree: usize,
        double: bool,
    ) -> Option<Completed> {
        let alike = coefficients.iter().all(|axis| axis[degree] != 0.0);
        if !(1..=2).contains(&degree) || !alike {
            return None;
        }
        // w over q².
        let square = cosine_scale(double) * cosine_scale(double);
        let constants = coefficients.map(|axis| {
            let [constant, linear] = [0, 1].map(|power: usize| {
                axis[power] / (axis[degree] * square.powi(degree as i32 - power as i32))
            });
            if degree == 1 {
                [constant, 0.0]
            } else {
                [linear / 2.0, constant - (linear / 2.0).powi(2)]
            }
        });
        let parity = [0, 1, 2].map(|axis: usize| {
            let [p, q] = parity[axis];
            [p - q * square * constants[axis][0], q * square]
        });
        let leading: f64 =
            coefficients.iter().map(|axis| axis[degree] * square.powi(degree as i32)).product();
        Some(Completed { constants, parity, unit: leading * leading })
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use nanobragg_reference::vector::Vector;

    use super::super::lattice::Cosines;
    use crate::functions::cosine_scale;

    #[test]
    fn completed_squares_are_the_interference_function() {
        for cells in [[3.0; 3], [4.0, 3.0, 4.0], [5.0; 3], [6.0, 6.0, 5.0]] {
            let cosines = Cosines::new(&cells);
            let completed = cosines.completed.expect("axes are alike");
            for (completed, double) in completed.iter().zip([true, false]) {
                for i in 1..1000 {
                    let x = PI * f64::from(i) / 2000.0;
                    let square = (x.cos() / cosine_scale(double)).powi(2);
                    let mut found = completed.unit;
                    for axis in 0..3 {
                        let [beta, gamma] = completed.constants[axis];
                        let [p, q] = completed.parity[axis];
                        let t = square + beta;
                        let factor = if cosines.degree == 2 { t * t + gamma } else { t };
                        found *= factor * factor * (p + q * t);
                    }
                    let expected: f64 =
                        cells.iter().map(|n| ((n * x).sin() / x.sin()).powi(2)).product();
                    let most: f64 = cells.iter().map(|n| n * n).product();
                    assert!((found - expected).abs() < 1e-12 * most, "{cells:?}, x = {x}");
                }
            }
        }
    }

    #[test]
    fn axes_that_differ_are_not_completed() {
        let others: [Vector; 4] = [[5.0, 5.0, 3.0], [5.0, 1.0, 5.0], [7.0; 3], [2.0; 3]];
        for cells in others {
            assert!(Cosines::new(&cells).completed.is_none(), "{cells:?}");
        }
    }
}

//! The functions of the innermost loop on slices of numbers, for those who want to use or to
//! measure them alone.

use pulp::{Simd, WithSimd};

use crate::functions::sine_over;
use crate::lanes::{Doubles, Lanes};
use crate::width::Width;

type D<S> = Doubles<S>;

/// Lanes of the widest vector of doubles.
const BLOCK: usize = 8;

/// sin(πNh)/sin(πh), N at whole h, of each index, for a whole number N of cells (C:3291).
///
/// As many values are set as both slices have.
pub fn interference(width: Width, h: &[f64], cells: f64, values: &mut [f64]) {
    let work = |h: &[f64; BLOCK], values: &mut [f64; BLOCK]| {
        width.run(Interference { h, cells, values });
    };
    let whole = h.len().min(values.len()) / BLOCK * BLOCK;
    width.run(Interference { h: &h[..whole], cells, values: &mut values[..whole] });
    remainder(&h[whole..], &mut values[whole..], work);
}

/// The scalar products of many vectors, given as their components, with one vector.
///
/// As many values are set as all slices have.
pub fn product(width: Width, [x, y, z]: [&[f64]; 3], vector: [f64; 3], values: &mut [f64]) {
    let count = x.len().min(y.len()).min(z.len()).min(values.len());
    let whole = count / BLOCK * BLOCK;
    let parts = [&x[..whole], &y[..whole], &z[..whole]];
    width.run(Product { parts, vector, values: &mut values[..whole] });
    for place in whole..count {
        let mut last = [[0.0; BLOCK]; 4];
        for (part, from) in last.iter_mut().zip([x, y, z]) {
            part[0] = from[place];
        }
        let [x, y, z, mut sums] = last;
        width.run(Product { parts: [&x, &y, &z], vector, values: &mut sums });
        values[place] = sums[0];
    }
}

/// Works on what is left behind the last whole block, filled up with zeros.
fn remainder(from: &[f64], to: &mut [f64], mut work: impl FnMut(&[f64; BLOCK], &mut [f64; BLOCK])) {
    let count = from.len().min(to.len());
    let (mut padded, mut results) = ([0.0; BLOCK], [0.0; BLOCK]);
    padded[..count].copy_from_slice(&from[..count]);
    work(&padded, &mut results);
    to[..count].copy_from_slice(&results[..count]);
}

struct Interference<'a> {
    h: &'a [f64],
    cells: f64,
    values: &'a mut [f64],
}

impl WithSimd for Interference<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let cells = D::splat(simd, self.cells);
        let half = D::splat(simd, 0.5);
        // Far below what matters, and keeps 0/0 away: the quotient is N there.
        let least = D::splat(simd, 1e-15);
        let even = self.cells % 2.0 == 0.0;
        let values = D::<S>::vectors_mut(self.values);
        for (value, h) in values.iter_mut().zip(D::<S>::vectors(self.h)) {
            let h = D::from_raw(simd, *h);
            let nearest = h.round(simd);
            let delta = (h - nearest).abs().max(least);
            let phase = delta * cells;
            let turns = phase.round(simd);
            let phase = phase - turns;
            let above = phase * sine_over(simd, phase.square());
            let below = delta * sine_over(simd, delta.square());
            // A sine changes its sign with each half turn that was taken away.
            let mut odd = turns;
            if even {
                odd = odd + nearest;
            }
            let pairs = (odd * half).round(simd);
            let is_odd = half.less((odd - pairs - pairs).abs());
            let quotient = above / below;
            *value = (-quotient).select(is_odd, quotient).raw();
        }
    }
}

struct Product<'a> {
    parts: [&'a [f64]; 3],
    vector: [f64; 3],
    values: &'a mut [f64],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [a, b, c] = self.vector;
        let (a, b, c) = (D::splat(simd, a), D::splat(simd, b), D::splat(simd, c));
        let [x, y, z] = self.parts;
        let parts = D::<S>::vectors(x).iter().zip(D::<S>::vectors(y)).zip(D::<S>::vectors(z));
        for (value, ((x, y), z)) in D::<S>::vectors_mut(self.values).iter_mut().zip(parts) {
            let (x, y) = (D::from_raw(simd, *x), D::from_raw(simd, *y));
            let sum = x.mul_add(a, y.mul_add(b, D::from_raw(simd, *z) * c));
            *value = sum.raw();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::{interference, product};
    use crate::width::Width;

    #[test]
    fn the_interference_function_is_that_of_the_c_library() {
        let h: Vec<f64> = (-1003..1004).map(|i| f64::from(i) * 0.013).collect();
        for width in Width::available() {
            for cells in [1.0, 2.0, 5.0, 8.0, 33.0] {
                let mut values = vec![0.0; h.len()];
                interference(width, &h, cells, &mut values);
                for (h, value) in h.iter().zip(&values) {
                    let x = PI * h;
                    let mut expected = (x * cells).sin() / x.sin();
                    // At whole indices the quotient of the two roundings of π is no oracle.
                    if (h - h.round()).abs() < 1e-9 {
                        let odd = cells % 2.0 == 0.0 && h.round() % 2.0 != 0.0;
                        expected = if odd { -cells } else { cells };
                    }
                    assert!(
                        (value - expected).abs() < 1e-11 * cells,
                        "{width}, N = {cells}, h = {h}: {value} instead of {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn scalar_products_of_any_number_of_vectors() {
        for width in Width::available() {
            for count in [0, 1, 7, 8, 21] {
                let x: Vec<f64> = (0..count).map(f64::from).collect();
                let mut values = vec![0.0; x.len()];
                product(width, [&x, &x, &x], [1.0, 2.0, 3.0], &mut values);
                assert!(values.iter().zip(&x).all(|(value, x)| *value == 6.0 * x), "{width}");
            }
        }
    }
}

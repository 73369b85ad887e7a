//! Structure factors: tricubic interpolation, or the nearest (C:2929-3007, C:3807-3844).

use crate::experiment::StructureFactors;
use crate::vector::Vector;

/// Cubic Lagrange polynomial through four points (C:3807).
#[inline]
fn polint(xa: &[f64; 4], ya: &[f64; 4], x: f64) -> f64 {
    let x0 = (x - xa[1]) * (x - xa[2]) * (x - xa[3]) * ya[0]
        / ((xa[0] - xa[1]) * (xa[0] - xa[2]) * (xa[0] - xa[3]));
    let x1 = (x - xa[0]) * (x - xa[2]) * (x - xa[3]) * ya[1]
        / ((xa[1] - xa[0]) * (xa[1] - xa[2]) * (xa[1] - xa[3]));
    let x2 = (x - xa[0]) * (x - xa[1]) * (x - xa[3]) * ya[2]
        / ((xa[2] - xa[0]) * (xa[2] - xa[1]) * (xa[2] - xa[3]));
    let x3 = (x - xa[0]) * (x - xa[1]) * (x - xa[2]) * ya[3]
        / ((xa[3] - xa[0]) * (xa[3] - xa[1]) * (xa[3] - xa[2]));
    x0 + x1 + x2 + x3
}

/// Tricubic interpolation: along l, then k, then h (C:3831).
pub(super) fn tricubic(factors: &StructureFactors, index: &Vector) -> f64 {
    let floor = index.map(f64::floor);
    let knots = floor.map(|low| [low - 1.0, low, low + 1.0, low + 2.0]);
    // The caller has checked that the neighbourhood lies in the table.
    let first =
        [0, 1, 2].map(|axis| (floor[axis] as i64 - 1 - i64::from(factors.min[axis])) as usize);
    let mut along_h = [0.0; 4];
    for (i, value_h) in along_h.iter_mut().enumerate() {
        let mut along_k = [0.0; 4];
        for (j, value_k) in along_k.iter_mut().enumerate() {
            let along_l =
                [0, 1, 2, 3].map(|m| factors.values[[first[0] + i, first[1] + j, first[2] + m]]);
            *value_k = polint(&knots[2], &along_l, index[2]);
        }
        *value_h = polint(&knots[1], &along_k, index[1]);
    }
    polint(&knots[0], &along_h, index[0])
}

/// Whether the C program interpolates here: 2 away from either end of the table (C:2937).
#[inline]
pub(super) fn in_c_range(factors: &StructureFactors, index: &Vector) -> bool {
    let ranges = factors.ranges();
    (0..3).all(|axis| {
        let min = f64::from(factors.min[axis]);
        !(index[axis] - min + 3.0 > ranges[axis] as f64 || index[axis] - 2.0 < min)
    })
}

/// Whether the 4×4×4 neighbourhood of an index lies in the table.
#[inline]
pub(super) fn has_neighbourhood(factors: &StructureFactors, index: &Vector) -> bool {
    (0..3).all(|axis| {
        let floor = index[axis].floor();
        floor - 1.0 >= f64::from(factors.min[axis]) && floor + 2.0 <= f64::from(factors.max[axis])
    })
}

/// The structure factor nearest to an index, `default_f` outside the table (C:3000).
#[inline]
pub(super) fn nearest(
    factors: Option<&StructureFactors>,
    nearest: [i32; 3],
    default_f: f64,
) -> f64 {
    match factors.and_then(|factors| Some(factors.values[factors.place(nearest)?])) {
        Some(value) => value,
        None => default_f,
    }
}

#[cfg(test)]
mod tests {
    use super::polint;

    #[test]
    fn a_cubic_is_reproduced() {
        let cubic = |x: f64| 2.0 - x + 0.5 * x * x * x;
        let xa = [-1.0, 0.0, 1.0, 2.0];
        let ya = xa.map(cubic);
        for x in [0.0, 0.25, 0.5, 0.99] {
            assert!((polint(&xa, &ya, x) - cubic(x)).abs() < 1e-14);
        }
    }
}

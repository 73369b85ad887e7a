//! The lattice factor: what the number of cells and the shape of the crystal do to a spot
//! (C:2821-2866, C:3291-3308).

use std::f64::consts::PI;

use crate::arguments::settings::Shape;
use crate::experiment::Crystal;
use crate::vector::Vector;

/// Interference function sin(Nx)/sin(x); N at x = 0 (C:3291).
#[inline]
fn sincg(x: f64, n: f64) -> f64 {
    if x == 0.0 {
        return n;
    }
    (x * n).sin() / x.sin()
}

/// Fourier transform of a sphere, 3 (sin x/x − cos x)/x²; 1 at x = 0 (C:3298).
#[inline]
fn sinc3(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    3.0 * (x.sin() / x - x.cos()) / (x * x)
}

/// F_latt at the real-valued indices `index` with the nearest integers `nearest`.
#[inline]
pub(super) fn factor(crystal: &Crystal, index: &Vector, nearest: &[i32; 3]) -> f64 {
    let [h, k, l] = *index;
    let [na, nb, nc] = crystal.cells;
    if crystal.shape == Shape::Square {
        let mut factor = 1.0;
        if na > 1.0 {
            factor *= sincg(PI * h, na);
        }
        if nb > 1.0 {
            factor *= sincg(PI * k, nb);
        }
        if nc > 1.0 {
            factor *= sincg(PI * l, nc);
        }
        return factor;
    }
    let dh = h - f64::from(nearest[0]);
    let dk = k - f64::from(nearest[1]);
    let dl = l - f64::from(nearest[2]);
    match crystal.shape {
        Shape::Round => {
            let radius_sqr = dh * dh * na * na + dk * dk * nb * nb + dl * dl * nc * nc;
            // The factor makes up for the volume of a sphere within the cube.
            na * nb * nc * 0.723601254558268 * sinc3(PI * (radius_sqr * crystal.fudge).sqrt())
        }
        Shape::Gauss => {
            let radius_sqr = reciprocal_radius_sqr(crystal, [dh, dk, dl]);
            na * nb * nc * (-(radius_sqr / 0.63 * crystal.fudge)).exp()
        }
        _ => {
            let radius_sqr = reciprocal_radius_sqr(crystal, [dh, dk, dl]);
            let inside = radius_sqr * crystal.fudge < 0.3969;
            na * nb * nc * f64::from(u8::from(inside))
        }
    }
}

/// Squared distance from the nearest lattice point in 1/Å², times (Na Nb Nc)². The reciprocal
/// vectors are those at φ = 0 without mosaicity: only lengths matter, and rotations keep them
/// approximately (C:2841-2846).
#[inline]
fn reciprocal_radius_sqr(crystal: &Crystal, [dh, dk, dl]: Vector) -> f64 {
    let [a_star, b_star, c_star] = &crystal.reciprocal;
    let [na, nb, nc] = crystal.cells;
    let dx = dh * a_star[0] + dk * b_star[0] + dl * c_star[0];
    let dy = dh * a_star[1] + dk * b_star[1] + dl * c_star[1];
    let dz = dh * a_star[2] + dk * b_star[2] + dl * c_star[2];
    (dx * dx + dy * dy + dz * dz) * na * na * nb * nb * nc * nc
}

#[cfg(test)]
mod tests {
    use super::{sinc3, sincg};

    #[test]
    fn limits_at_zero() {
        assert_eq!(sincg(0.0, 7.0), 7.0);
        assert!((sincg(1e-9, 7.0) - 7.0).abs() < 1e-12);
        assert_eq!(sinc3(0.0), 1.0);
        assert!((sinc3(1e-3) - 1.0).abs() < 1e-6);
    }
}

//! Kahn's polarization factor (C:4053-4095).

use crate::vector::{Vector, cross, dot, unitize};

/// ½ (1 + cos²2θ − K cos 2ψ sin²2θ), with ψ the angle of the diffracted ray about the beam,
/// counted from the E-vector (R. Kahn et al., J. Appl. Cryst. 15 (1982) 330).
///
/// The three directions are made unit vectors in place, as in the C program: the diffracted ray
/// and the axis are used again after that, and may have changed in their last digits.
pub(super) fn factor(
    kahn: f64,
    incident: &mut Vector,
    diffracted: &mut Vector,
    axis: &mut Vector,
) -> f64 {
    *incident = unitize(incident).0;
    *diffracted = unitize(diffracted).0;
    *axis = unitize(axis).0;
    let cos_two_theta = dot(incident, diffracted);
    let cos_sqr = cos_two_theta * cos_two_theta;
    let sin_sqr = 1.0 - cos_sqr;
    let mut psi = 0.0f64;
    if kahn != 0.0 {
        let b_in = unitize(&cross(axis, incident)).0;
        let e_in = unitize(&cross(incident, &b_in)).0;
        let e_out = dot(diffracted, &e_in);
        let b_out = dot(diffracted, &b_in);
        psi = -b_out.atan2(e_out);
    }
    0.5 * (1.0 + cos_sqr - kahn * (2.0 * psi).cos() * sin_sqr)
}

//! Three-vectors of long numbers.

use nanobragg_reference::vector::Vector;

use super::Undecided;
use super::number::{Number, number, quotient};

/// A vector in the laboratory frame.
pub(super) type Long = [Number; 3];

/// A vector of doubles, exactly.
pub(super) fn exactly(v: &Vector) -> Result<Long, Undecided> {
    Ok([number(v[0])?, number(v[1])?, number(v[2])?])
}

/// Inner product.
pub(super) fn dot(a: &Long, b: &Long) -> Number {
    &a[0] * &b[0] + &a[1] * &b[1] + &a[2] * &b[2]
}

/// Cross product.
pub(super) fn cross(a: &Long, b: &Long) -> Long {
    let component = |i: usize, j: usize| &a[i] * &b[j] - &a[j] * &b[i];
    [component(1, 2), component(2, 0), component(0, 1)]
}

/// A vector times a number.
pub(super) fn times(v: &Long, factor: &Number) -> Long {
    [0, 1, 2].map(|i| &v[i] * factor)
}

/// A sum.
pub(super) fn plus(a: &Long, b: &Long) -> Long {
    [0, 1, 2].map(|i| &a[i] + &b[i])
}

/// Unit vector and length.
pub(super) fn unit(v: &Long) -> Result<(Long, Number), Undecided> {
    let length = dot(v, v).sqrt();
    let [x, y, z] = v;
    Ok(([quotient(x, &length)?, quotient(y, &length)?, quotient(z, &length)?], length))
}

/// Rotation about an axis, right-handed (Rodrigues); the axis is used as it is (C:3366).
pub(super) fn rotate(v: &Long, axis: &Long, angle: &Number) -> Result<Long, Undecided> {
    let (sin, cos) = (angle.sin(), angle.cos());
    let along = dot(axis, v) * (number(1.0)? - &cos);
    let turned = plus(&times(v, &cos), &times(&cross(axis, v), &sin));
    Ok(plus(&times(axis, &along), &turned))
}

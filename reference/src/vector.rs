//! Three-vectors as the C program handles them (C:3311-3410, C:3972-4049).
//!
//! The C program keeps a vector in four doubles whose element 0 caches the length. Here a vector
//! is its three components; functions that the C program calls for their side effect on element 0
//! return the length instead.

/// A vector in the laboratory frame, components x, y, z. Units are those of the quantity.
pub type Vector = [f64; 3];

/// A rotation matrix in row-major order, as the C program keeps the mosaic orientations.
pub type Matrix = [f64; 9];

/// The matrix that leaves every vector unchanged.
pub const IDENTITY: Matrix = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];

/// Inner product (C:4047).
#[inline]
pub fn dot(x: &Vector, y: &Vector) -> f64 {
    x[0] * y[0] + x[1] * y[1] + x[2] * y[2]
}

/// Cross product x × y (C:4038).
#[inline]
pub fn cross(x: &Vector, y: &Vector) -> Vector {
    [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]]
}

/// Length of a vector (C:3972).
#[inline]
pub fn magnitude(v: &Vector) -> f64 {
    (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt()
}

/// Unit vector along `v` and the length of `v`; a zero vector stays zero (C:3981).
#[inline]
pub fn unitize(v: &Vector) -> (Vector, f64) {
    let length = magnitude(v);
    if length != 0.0 {
        ([v[0] / length, v[1] / length, v[2] / length], length)
    } else {
        ([0.0; 3], length)
    }
}

/// `v` multiplied by `factor` (C:4005).
#[inline]
pub fn scale(v: &Vector, factor: f64) -> Vector {
    [factor * v[0], factor * v[1], factor * v[2]]
}

/// `v` stretched to the length `length`; a zero vector stays zero (C:4015).
#[inline]
pub fn rescale(v: &Vector, length: f64) -> Vector {
    let mut old = magnitude(v);
    if old <= 0.0 {
        old = 1.0;
    }
    let factor = length / old;
    [factor * v[0], factor * v[1], factor * v[2]]
}

/// Rotation about the laboratory axes x, then y, then z, right-handed, angles in radians
/// (C:3311). An angle of exactly zero is skipped, as in the C program.
pub fn rotate(v: &Vector, angles: &Vector) -> Vector {
    let [mut x, mut y, mut z] = *v;
    let [about_x, about_y, about_z] = *angles;
    if about_x != 0.0 {
        let (sin, cos) = (about_x.sin(), about_x.cos());
        (y, z) = (y * cos + z * -sin, y * sin + z * cos);
    }
    if about_y != 0.0 {
        let (sin, cos) = (about_y.sin(), about_y.cos());
        // The C program adds a term y·0 in the middle of each sum: it decides the sign of a zero.
        (x, z) = (x * cos + y * 0.0 + z * sin, x * -sin + y * 0.0 + z * cos);
    }
    if about_z != 0.0 {
        let (sin, cos) = (about_z.sin(), about_z.cos());
        (x, y) = (x * cos + y * -sin, x * sin + y * cos);
    }
    [x, y, z]
}

/// Rotation about a unit vector, right-handed, angle in radians (C:3366). The axis is used as it
/// is: one that is not of unit length also scales the vector.
#[inline]
pub fn rotate_axis(v: &Vector, axis: &Vector, angle: f64) -> Vector {
    let sin = angle.sin();
    let cos = angle.cos();
    let along = (axis[0] * v[0] + axis[1] * v[1] + axis[2] * v[2]) * (1.0 - cos);
    [
        axis[0] * along + v[0] * cos + (-axis[2] * v[1] + axis[1] * v[2]) * sin,
        axis[1] * along + v[1] * cos + (axis[2] * v[0] - axis[0] * v[2]) * sin,
        axis[2] * along + v[2] * cos + (-axis[1] * v[0] + axis[0] * v[1]) * sin,
    ]
}

/// Rotation by a row-major matrix (C:3384).
#[inline]
pub fn rotate_umat(v: &Vector, u: &Matrix) -> Vector {
    [
        u[0] * v[0] + u[1] * v[1] + u[2] * v[2],
        u[3] * v[0] + u[4] * v[1] + u[5] * v[2],
        u[6] * v[0] + u[7] * v[1] + u[8] * v[2],
    ]
}

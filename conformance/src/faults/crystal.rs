//! Faults in the cell, its matrix, and the size and shape of the crystal.

use std::f64::consts::FRAC_PI_2;

use nanobragg_reference::experiment::Parameters;
use nanobragg_reference::vector::{Vector, cross, dot, rotate, scale, unitize};

use super::camera::is_near;
use super::options;
use super::orientation::{change_both, unmisset};
use super::{Fault, Stage, recorded, typical};

pub(super) const LIST: &[Fault] = &[
    typical(
        "cell-as-orthogonal",
        "All cell angles are 90°.",
        Stage::Arguments(|arguments| {
            for nth in 3..6 {
                options::change(arguments, &["cell"], nth, |_| 90.0);
            }
        }),
    ),
    typical(
        "cell-angles-swapped",
        "The cell angles α and γ are exchanged.",
        Stage::Arguments(|arguments| options::swap_values(arguments, "cell", 3, 5)),
    ),
    typical(
        "cell-lengths-swapped",
        "The cell lengths a and b are exchanged.",
        Stage::Arguments(|arguments| options::swap_values(arguments, "cell", 0, 1)),
    ),
    typical(
        "cell-vectors-permuted",
        "The vectors a, b, c are taken in the order b, c, a.",
        Stage::Resolved(|job, _| job.experiment.crystal.cell.rotate_left(1)),
    ),
    recorded(
        "cell-a-along-x",
        "Without a missetting a lies along x and b in the xy plane, not a* and b*.",
        "hoidn/nanoBragg debug_archive/triclinic_fix",
        Stage::Resolved(|job, _| {
            let parameters = job.experiment.parameters.clone();
            if parameters.matrix.is_none() {
                let [a, b, _] = job.experiment.crystal.cell.map(|v| unmisset(&v, &parameters));
                let x = unitize(&a).0;
                let z = unitize(&cross(&a, &b)).0;
                let y = cross(&z, &x);
                change_both(&mut job.experiment.crystal, |vector| {
                    let vector = unmisset(vector, &parameters);
                    let turned = [dot(&vector, &x), dot(&vector, &y), dot(&vector, &z)];
                    rotate(&turned, &parameters.misset_angles)
                });
            }
        }),
    ),
    recorded(
        "cell-rescale-omitted",
        "The lengths of a, b, c are those of the approximate reciprocal cell, not put right.",
        "hoidn/nanoBragg 7f6c4b2a, 3e90e503",
        Stage::Resolved(|job, _| {
            let parameters = &job.experiment.parameters;
            if parameters.matrix.is_none() {
                let new = unscaled(parameters);
                for (vector, new) in job.experiment.crystal.cell.iter_mut().zip(new) {
                    if !is_near(&new, vector) {
                        *vector = new;
                    }
                }
            }
        }),
    ),
    recorded(
        "cell-rescale-with-matrix-only",
        "Cell lengths do not rescale the cell of an orientation matrix.",
        "hoidn/nanoBragg C-DESIGN-FLAW-004",
        Stage::Arguments(|arguments| {
            if options::has(arguments, &["mat", "matrix"]) {
                options::remove(arguments, &["cell"], 6);
            }
        }),
    ),
    recorded(
        "mosflm-matrix-transposed",
        "The rows of an orientation matrix are a*, b*, c*, not the columns.",
        "hoidn/nanoBragg b73f0e25",
        Stage::Input("mat", |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let numbers: Vec<&str> = text.split_whitespace().collect();
            if numbers.len() >= 9 {
                let order = [0, 3, 6, 1, 4, 7, 2, 5, 8];
                *bytes = order.map(|at| numbers[at]).join("\n").into_bytes();
            }
        }),
    ),
    typical(
        "mosflm-matrix-wavelength-kept",
        "An orientation matrix is not divided by the wavelength.",
        Stage::Resolved(|job, _| {
            let parameters = &job.experiment.parameters;
            if parameters.matrix.is_some() {
                let factor = 1e-10 / parameters.wavelength;
                let cell = &mut job.experiment.crystal.cell;
                *cell = cell.map(|vector| scale(&vector, factor));
            }
        }),
    ),
    recorded(
        "lattice-units-mismatch",
        "The cell is in Å where the scattering vector is in 1/m.",
        "hoidn/nanoBragg 4e3f2422, bc36384c, 4cace485",
        Stage::Resolved(|job, _| {
            let cell = &mut job.experiment.crystal.cell;
            *cell = cell.map(|vector| scale(&vector, 1e10));
        }),
    ),
    recorded(
        "fractional-cell-counts",
        "-N takes fractions of cells.",
        "cctbx/cctbx_project 00c5e17147",
        Stage::Resolved(|job, arguments| {
            for (names, axes) in [
                (["N", "Nabc"], 0..3),
                (["Na", "Na"], 0..1),
                (["Nb", "Nb"], 1..2),
                (["Nc", "Nc"], 2..3),
            ] {
                let place = options::places(arguments, &names).pop();
                let value = place.and_then(|place| arguments.get(place + 1)?.parse().ok());
                for axis in axes {
                    let cells = &mut job.experiment.crystal.cells[axis];
                    *cells = value.filter(|value: &f64| value.trunc() == *cells).unwrap_or(*cells);
                }
            }
        }),
    ),
    typical(
        "cells-of-first-axis",
        "The number of cells along a is that along b and c, too.",
        Stage::Resolved(|job, _| {
            let cells = &mut job.experiment.crystal.cells;
            *cells = [cells[0]; 3];
        }),
    ),
    typical(
        "xtalsize-in-microns",
        "The size of the crystal is taken as µm.",
        Stage::Arguments(|arguments| {
            let names = ["xtalsize", "xtal_size", "samplesize", "sample_size"];
            options::scale(arguments, &names, 1, 1e-3);
        }),
    ),
    typical(
        "beamsize-does-not-clip-sample",
        "The beam does not clip the crystal.",
        Stage::Arguments(|arguments| {
            if !options::has(arguments, &["flux"]) {
                options::remove(arguments, &["beamsize"], 1);
            }
        }),
    ),
    typical(
        "shape-ignored",
        "The crystal is always a parallelepiped.",
        Stage::Arguments(|arguments| {
            let shapes = ["round_xtal", "gauss_xtal", "tophat_spots", "binary_spots"];
            options::remove(arguments, &shapes, 0);
        }),
    ),
    recorded(
        "fudge-ignored",
        "-fudge does nothing.",
        "bl831/nanoBragg 44ca7b8",
        Stage::Resolved(|job, _| job.experiment.crystal.fudge = 1.0),
    ),
];

/// The cell that follows from the C program's reciprocal vectors (C:1861-1876), m.
fn unscaled(parameters: &Parameters) -> [Vector; 3] {
    let or = |value: f64, default: f64| if value > 0.0 { value } else { default };
    let [a, b, c] = parameters.cell_lengths;
    let (b, c) = (or(b, a), or(c, a));
    let [alpha, beta, gamma] = parameters.cell_angles.map(|angle| or(angle, FRAC_PI_2));
    let half = (alpha + beta + gamma) / 2.0;
    let skew = half.sin() * (half - alpha).sin() * (half - beta).sin() * (half - gamma).sin();
    let volume = 2.0 * a * b * c * skew.sqrt();
    let [a_star, b_star, c_star] =
        [b * c * alpha.sin() / volume, c * a * beta.sin() / volume, a * b * gamma.sin() / volume];
    let sin_gamma_star = c / volume / a_star / b_star;
    let star = |one: f64, two: f64, across: f64| {
        (one.cos() * two.cos() - across.cos()) / (one.sin() * two.sin())
    };
    let (cos_alpha_star, cos_beta_star, cos_gamma_star) =
        (star(beta, gamma, alpha), star(gamma, alpha, beta), star(alpha, beta, gamma));
    let [a_star, b_star, c_star] = [
        [a_star, 0.0, 0.0],
        [b_star * cos_gamma_star, b_star * sin_gamma_star, 0.0],
        [
            c_star * cos_beta_star,
            c_star * (cos_alpha_star - cos_beta_star * cos_gamma_star) / sin_gamma_star,
            c_star * volume / (a * b * c * sin_gamma_star),
        ],
    ]
    .map(|vector| rotate(&vector, &parameters.misset_angles));
    let reciprocal_volume = dot(&a_star, &cross(&b_star, &c_star));
    [cross(&b_star, &c_star), cross(&c_star, &a_star), cross(&a_star, &b_star)]
        .map(|vector| scale(&vector, 1e-10 / reciprocal_volume))
}

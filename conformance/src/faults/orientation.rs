//! Faults in missetting, spindle and mosaicity.

use std::f64::consts::FRAC_PI_2;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use nanobragg_reference::experiment::{Crystal, Parameters};
use nanobragg_reference::random::{Noise, Ran1, misset_angles, mosaic_rotation};
use nanobragg_reference::resolve::Job;
use nanobragg_reference::vector::{Vector, rotate, rotate_axis, scale, unitize};

use super::camera::is_near;
use super::options::{self, DEGREES};
use super::{Fault, Stage, recorded, typical};

pub(super) const LIST: &[Fault] = &[
    typical(
        "misset-radians",
        "The missetting angles are taken as radians.",
        Stage::Arguments(|arguments| options::scale(arguments, &["misset"], 3, DEGREES)),
    ),
    typical(
        "misset-angle-signs",
        "The missetting rotations have the other sign.",
        Stage::Arguments(|arguments| options::scale(arguments, &["misset"], 3, -1.0)),
    ),
    typical(
        "misset-order-zyx",
        "The missetting rotations are about z, then y, then x.",
        Stage::Resolved(|job, _| {
            let parameters = job.experiment.parameters.clone();
            let [x, y, z] = parameters.misset_angles;
            change_both(&mut job.experiment.crystal, |vector| {
                let start = unmisset(vector, &parameters);
                let about_zy = rotate(&rotate(&start, &[0.0, 0.0, z]), &[0.0, y, 0.0]);
                rotate(&about_zy, &[x, 0.0, 0.0])
            });
        }),
    ),
    recorded(
        "misset-real-not-recomputed",
        "The missetting turns the reciprocal vectors and leaves a, b, c.",
        "hoidn/nanoBragg 058986f8",
        Stage::Resolved(|job, _| {
            let parameters = &job.experiment.parameters;
            let cell = &mut job.experiment.crystal.cell;
            *cell = cell.map(|vector| unmisset(&vector, parameters));
        }),
    ),
    recorded(
        "misset-random-cap-pi-over-two",
        "A random orientation is a rotation by up to π/2, not by up to 90 radians.",
        "hoidn/nanoBragg ac29c4ff",
        Stage::Arguments(random_within_a_right_angle),
    ),
    recorded(
        "misset-seed-not-matched-as-misset",
        "-misset_seed never acts as -misset.",
        "hoidn/nanoBragg ac29c4ff",
        Stage::Arguments(|arguments| {
            // As the last option it has too few arguments behind it.
            for place in options::places(arguments, &["misset_seed"]) {
                if place + 1 < arguments.len() {
                    let moved: Vec<String> = arguments.drain(place..place + 2).collect();
                    arguments.extend(moved);
                }
            }
        }),
    ),
    typical(
        "misset-seed-ignored",
        "The random orientation does not follow -misset_seed.",
        Stage::Arguments(|arguments| {
            options::change(arguments, &["misset_seed"], 0, |_| 4242.0);
        }),
    ),
    typical(
        "phi-sign",
        "The spindle turns left-handed.",
        Stage::Resolved(|job, _| {
            let spindle = &mut job.experiment.spindle;
            spindle.axis = scale(&spindle.axis, -1.0);
        }),
    ),
    typical(
        "spindle-axis-fixed",
        "The spindle lies along y in all conventions.",
        Stage::Resolved(|job, _| job.experiment.spindle.axis = [0.0, 1.0, 0.0]),
    ),
    typical(
        "phi-degrees-not-converted",
        "Spindle angle and range are taken as radians.",
        Stage::Arguments(|arguments| {
            options::scale(arguments, &["phi", "osc", "phistep"], 1, DEGREES);
        }),
    ),
    typical(
        "phistep-divides-by-n-minus-one",
        "The steps of the spindle reach to the end of the range.",
        Stage::Resolved(|job, _| {
            let sweep = &mut job.experiment.spindle.sweep;
            if sweep.count > 1 {
                sweep.step = sweep.range / f64::from(sweep.count - 1);
            }
        }),
    ),
    typical(
        "osc-alone-gives-one-step",
        "A rotation range without a number of steps is rendered at its start alone.",
        Stage::Arguments(|arguments| {
            if options::has(arguments, &["osc"]) {
                options::default(arguments, &["phisteps", "phistep"], "-phisteps", "1");
            }
        }),
    ),
    typical(
        "mosaic-spread-alone-one-domain",
        "A mosaic spread without a number of domains has one domain, not ten.",
        Stage::Arguments(|arguments| {
            if options::has(arguments, &["mosaic", "mosaici", "mosaicity", "mosaic_spread"]) {
                let names = ["mosaic_dom", "mosaic_domains"];
                options::default(arguments, &names, "-mosaic_domains", "1");
            }
        }),
    ),
    typical(
        "mosaic-spread-degrees",
        "The mosaic spread is taken as radians.",
        Stage::Arguments(|arguments| {
            let names = ["mosaic", "mosaici", "mosaicity", "mosaic_spread"];
            options::scale(arguments, &names, 1, DEGREES);
        }),
    ),
    typical(
        "mosaic-umat-transposed",
        "The rotations of the mosaic domains are transposed.",
        Stage::Resolved(|job, _| {
            for matrix in Arc::make_mut(&mut job.experiment.crystal.domains) {
                let [a, b, c, d, e, f, g, h, i] = *matrix;
                *matrix = [a, d, g, b, e, h, c, f, i];
            }
        }),
    ),
    typical(
        "mosaic-first-domain-random",
        "The first mosaic domain is not the identity.",
        Stage::Resolved(|job, _| {
            let domains = Arc::make_mut(&mut job.experiment.crystal.domains);
            if let [first, second, ..] = domains.as_mut_slice() {
                *first = *second;
            }
        }),
    ),
    typical(
        "mosaic-seed-ignored",
        "The mosaic domains do not follow -mosaic_seed.",
        Stage::Arguments(|arguments| {
            options::change(arguments, &["mosaic_seed"], 0, |_| 12345678.0);
        }),
    ),
    recorded(
        "mosaic-unseeded",
        "The mosaic domains are others in every run.",
        "hoidn/nanoBragg 1df032c2",
        Stage::Arguments(|arguments| {
            static RUNS: AtomicU32 = AtomicU32::new(1_000_000);
            let seed = RUNS.fetch_add(1, Ordering::Relaxed);
            options::change(arguments, &["mosaic_seed"], 0, |_| f64::from(seed));
            let seed = seed.to_string();
            options::default(arguments, &["mosaic_seed"], "-mosaic_seed", &seed);
        }),
    ),
    recorded(
        "mosaic-gaussian-angles",
        "The rotations of the mosaic domains are normally distributed.",
        "hoidn/nanoBragg 1df032c2",
        Stage::Resolved(gaussian_domains),
    ),
    recorded(
        "phi-or-domain-count-16-bit",
        "The numbers of spindle steps and mosaic domains have 16 bits.",
        "bl831/nanoBragg db4ffdd",
        Stage::Resolved(|job, _| {
            let narrow = |count: i32| i32::from(count as i16).max(0);
            let count = &mut job.experiment.spindle.sweep.count;
            *count = narrow(*count);
            let domains = Arc::make_mut(&mut job.experiment.crystal.domains);
            domains.truncate(narrow(domains.len() as i32) as usize);
        }),
    ),
];

/// A vector before the missetting.
pub(super) fn unmisset(vector: &Vector, parameters: &Parameters) -> Vector {
    let [x, y, z] = parameters.misset_angles.map(|angle| -angle);
    rotate(&rotate(&rotate(vector, &[0.0, 0.0, z]), &[0.0, y, 0.0]), &[x, 0.0, 0.0])
}

/// Changes the vectors of the cell and of the reciprocal cell, unless only by rounding.
pub(super) fn change_both(crystal: &mut Crystal, change: impl Fn(&Vector) -> Vector) {
    for vector in crystal.cell.iter_mut().chain(&mut crystal.reciprocal) {
        let new = change(vector);
        if !is_near(&new, vector) {
            *vector = new;
        }
    }
}

/// Gives a random orientation as angles, from the same numbers within another cap.
fn random_within_a_right_angle(arguments: &mut Vec<String>) {
    let seed = options::places(arguments, &["misset_seed"])
        .pop()
        .and_then(|place| arguments.get(place + 1)?.parse::<i64>().ok())
        .unwrap_or(0);
    for place in options::places(arguments, &["misset"]).into_iter().rev() {
        if arguments.get(place + 1).is_some_and(|value| value.contains("rand")) {
            let rotation = mosaic_rotation(FRAC_PI_2 as f32, &mut Ran1::default(), &mut -seed);
            let angles = misset_angles(&rotation).map(|angle| (angle * DEGREES).to_string());
            arguments.splice(place + 1..place + 2, angles);
        }
    }
}

/// Draws the angles of the mosaic domains from a normal distribution; their axes stay.
fn gaussian_domains(job: &mut Job, _: &[String]) {
    let crystal = &mut job.experiment.crystal;
    let mut normal = Noise::new(Ran1::default(), -1);
    for matrix in Arc::make_mut(&mut crystal.domains).iter_mut().skip(1) {
        let [_, b, c, d, _, f, g, h, _] = *matrix;
        let axis = unitize(&[h - f, c - g, d - b]).0;
        let angle = f64::from(normal.gaussian()) * crystal.mosaic_spread;
        let [x, y, z] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
            .map(|unit| rotate_axis(&unit, &axis, angle));
        *matrix = [x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]];
    }
}

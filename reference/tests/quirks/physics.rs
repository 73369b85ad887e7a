//! What an image of corrected physics must be, written down a second time and differently: sums of
//! waves in the place of the interference function, two polarized beams in the place of Kahn's
//! formula, quaternions in the place of Rodrigues' matrices, Neville's scheme in the place of
//! Lagrange's polynomials. It takes the resolved experiment, and so says nothing of how that came
//! about.

use std::f64::consts::{PI, TAU};

use nanobragg_reference::Experiment;
use nanobragg_reference::arguments::settings::Shape;
use nanobragg_reference::experiment::{Source, StructureFactors};
use nanobragg_reference::vector::{Matrix, Vector};
use ndarray::Array2;

use super::support::{combine, cross, dot, length, times, turn, unit};

/// Squared classical electron radius, m², as the C program has it (6·10⁻⁷ above today's value).
pub(crate) const R_E_SQR: f64 = 7.94079248018965e-30;
/// Avogadro's number, as the C program has it.
pub(crate) const AVOGADRO: f64 = 6.02214179e23;

/// Where a sub-pixel of a layer is.
#[derive(Clone, Copy)]
struct Spot {
    position: Vector,
    layer: usize,
}

/// One contribution to a pixel before the factors, and the factors of its own.
pub(crate) struct Term {
    /// F_cell²·F_latt².
    pub(crate) strength: f64,
    /// Solid angle.
    pub(crate) omega: f64,
    /// Polarization factor.
    pub(crate) polar: f64,
    /// Captured fraction of the layer.
    pub(crate) capture: f64,
}

/// Photons of every pixel.
pub(crate) fn image(experiment: &Experiment) -> Array2<f64> {
    let [fast, slow] = experiment.detector.pixels;
    Array2::from_shape_fn((slow, fast), |(s, f)| {
        let detector = &experiment.detector;
        let rendered = detector.in_roi(f, s) && !detector.masked(f, s);
        if rendered { photons(experiment, f, s) } else { 0.0 }
    })
}

/// Photons of one pixel: each term with its factors, and the water.
pub(crate) fn photons(experiment: &Experiment, fast: usize, slow: usize) -> f64 {
    let Experiment { beam, sampling, .. } = experiment;
    let terms = terms(experiment, fast, slow);
    let sum: f64 = terms.iter().map(|t| t.strength * t.omega * t.polar * t.capture).sum();
    R_E_SQR * beam.fluence * sum / f64::from(sampling.steps) + water(experiment, fast, slow)
}

/// All terms of one pixel in the order of the loops: layer, slow, fast, source, step, domain.
///
/// Factors that are not to be computed for each sub-pixel are those of the first one (the first
/// source, the first layer; the captured fraction: of each layer).
pub(crate) fn terms(experiment: &Experiment, fast: usize, slow: usize) -> Vec<Term> {
    let Experiment { beam, detector, spindle, crystal, sampling, .. } = experiment;
    let first = spot(experiment, fast, slow, 0, [0, 0]);
    let mut first_polar = None;
    let mut terms = Vec::new();
    for layer in 0..detector.sensor.layers {
        let first_of_layer = spot(experiment, fast, slow, layer, [0, 0]);
        for sub in 0..sampling.oversample * sampling.oversample {
            let sub = [sub % sampling.oversample, sub / sampling.oversample];
            let here = spot(experiment, fast, slow, layer, sub);
            let omega = omega(experiment, if sampling.omega { here } else { first });
            let capture = capture(experiment, if sampling.thick { here } else { first_of_layer });
            for source in &beam.sources {
                let scattering = scattering(here, source);
                if sampling.dmin > 0.0 && 1.0 / length(scattering) < sampling.dmin {
                    continue;
                }
                let own = polarization(experiment, here, source);
                let first_polar = *first_polar.get_or_insert(own);
                let polar = if sampling.polar { own } else { first_polar };
                for tic in 0..spindle.sweep.count {
                    for domain in crystal.domains.iter() {
                        let index = indices(experiment, scattering, spindle.phi(tic), domain);
                        let strength = lattice(experiment, index) * structure(experiment, index);
                        terms.push(Term { strength, omega, polar, capture });
                    }
                }
            }
        }
    }
    terms
}

/// Photons that the water scatters into a pixel: that many molecules, each with F².
pub(crate) fn water(experiment: &Experiment, fast: usize, slow: usize) -> f64 {
    let Experiment { beam, detector, sampling, .. } = experiment;
    let spot = spot(experiment, fast, slow, 0, [0, 0]);
    let molecules = sampling.water_size.powi(3) * 1e6 / 18.0 * AVOGADRO;
    let sensor = &detector.sensor;
    let captured = if sensor.thickness > 0.0 {
        let path = sensor.step * sensor.layers as f64 / slant(experiment, spot);
        1.0 - (-path * sensor.mu).exp()
    } else {
        1.0
    };
    R_E_SQR
        * beam.fluence
        * molecules
        * 2.57f64.powi(2)
        * omega(experiment, spot)
        * polarization(experiment, spot, &beam.sources[0])
        * captured
}

fn spot(
    e: &Experiment,
    fast: usize,
    slow: usize,
    layer: usize,
    [sub_f, sub_s]: [usize; 2],
) -> Spot {
    let detector = &e.detector;
    let count = e.sampling.oversample as f64;
    let along = |pixel: usize, sub: usize| {
        detector.pixel_size * (pixel as f64 + (sub as f64 + 0.5) / count)
    };
    let (f, s) = (along(fast, sub_f), along(slow, sub_s));
    let depth = layer as f64 * detector.sensor.step;
    let flat = combine([
        (1.0, detector.pix0),
        (f, detector.fdet),
        (s, detector.sdet),
        (depth, detector.odet),
    ]);
    let position = if detector.curved { curved(e, f, s) } else { flat };
    Spot { position, layer }
}

/// A point of the curved detector. For a right-handed frame with the beam along the normal,
/// turning the beam about the slow axis by a positive angle moves it along the fast one.
pub(crate) fn curved(e: &Experiment, f: f64, s: f64) -> Vector {
    let detector = &e.detector;
    let handed = dot(cross(detector.fdet, detector.sdet), e.beam.direction).signum();
    let [fbeam, sbeam] = detector.beam_spot;
    let straight = combine([(detector.distance, e.beam.direction)]);
    let about_slow = handed * (f - fbeam) / detector.distance;
    let about_fast = -handed * (s - sbeam) / detector.distance;
    turn(turn(straight, detector.sdet, about_slow), detector.fdet, about_fast)
}

/// Cosine between the ray and the normal.
fn slant(e: &Experiment, spot: Spot) -> f64 {
    dot(unit(spot.position), e.detector.odet)
}

fn omega(e: &Experiment, spot: Spot) -> f64 {
    let distance = length(spot.position);
    if e.detector.point_pixel {
        return distance.powi(-2);
    }
    let projected = e.detector.pixel_size.powi(2) * e.detector.close_distance / distance;
    projected / distance.powi(2)
}

fn capture(e: &Experiment, spot: Spot) -> f64 {
    let sensor = &e.detector.sensor;
    if sensor.thickness == 0.0 {
        return 1.0;
    }
    // Through the layers in front of this one, and then stopped within it.
    let layer = sensor.mu * sensor.step / slant(e, spot);
    (-layer * spot.layer as f64).exp() * -(-layer).exp_m1()
}

/// The intensity of a dipole, for two beams of crossed polarization with weights ½(1 ± K).
fn polarization(e: &Experiment, spot: Spot, source: &Source) -> f64 {
    if e.beam.nopolar {
        return 1.0;
    }
    let ray = unit(spot.position);
    let along = combine([(-1.0, source.direction)]);
    let across = unit(cross(e.beam.polar_vector, along));
    let in_plane = unit(cross(along, across));
    let dipole = |axis: Vector| 1.0 - dot(ray, axis).powi(2);
    let kahn = e.beam.polarization;
    0.5 * (1.0 + kahn) * dipole(in_plane) + 0.5 * (1.0 - kahn) * dipole(across)
}

fn scattering(spot: Spot, source: &Source) -> Vector {
    let per_length = 1.0 / source.wavelength;
    combine([(per_length, unit(spot.position)), (per_length, source.direction)])
}

/// The crystal is turned about the spindle and then as its domain is; here the scattering vector
/// is turned back instead.
fn indices(e: &Experiment, scattering: Vector, phi: f64, domain: &Matrix) -> Vector {
    let [a, b, c, d, f, g, h, i, j] = *domain;
    let back = times(&[a, d, h, b, f, i, c, g, j], scattering);
    let back = turn(back, e.spindle.axis, -phi);
    e.crystal.cell.map(|vector| dot(vector, back))
}

/// |F_latt|²: the waves of all cells, or the transform of the shape.
fn lattice(e: &Experiment, index: Vector) -> f64 {
    let cells = e.crystal.cells;
    let off = index.map(|x| x - (x - 0.5).ceil());
    let all = cells[0] * cells[1] * cells[2];
    match e.crystal.shape {
        Shape::Square => {
            let mut product = 1.0;
            for (x, count) in index.into_iter().zip(cells) {
                let phases = (0..count as usize).map(|n| TAU * x * n as f64);
                let (re, im) = phases.fold((0.0, 0.0), |(re, im), p| (re + p.cos(), im + p.sin()));
                product *= re * re + im * im;
            }
            product
        }
        Shape::Gauss => {
            let [a, b, c] = e.crystal.reciprocal;
            let away = combine([(off[0], a), (off[1], b), (off[2], c)]);
            let factor = (-dot(away, away) * all * all / 0.63 * e.crystal.fudge).exp();
            (all * factor).powi(2)
        }
        Shape::Round => {
            let scaled = [0, 1, 2].map(|i| off[i] * cells[i]);
            let x = PI * (dot(scaled, scaled) * e.crystal.fudge).sqrt();
            let ball = if x < 1e-4 { 1.0 } else { 3.0 * (x.sin() - x * x.cos()) / x.powi(3) };
            (all * 0.723601254558268 * ball).powi(2)
        }
        Shape::Tophat => panic!("its rim is decided by rounding"),
    }
}

/// |F_cell|² at real-valued indices.
fn structure(e: &Experiment, index: Vector) -> f64 {
    amplitude(e, index).powi(2)
}

/// F_cell at real-valued indices: interpolated where there are two neighbours on either side of
/// each index, else that of the nearest index, else the default.
pub(crate) fn amplitude(e: &Experiment, index: Vector) -> f64 {
    let Some(table) = e.structure.factors.as_deref() else {
        return e.structure.default_f;
    };
    let low = index.map(|x| x.floor() as i32);
    let inside = |axis: usize| low[axis] > table.min[axis] && low[axis] + 2 <= table.max[axis];
    if e.structure.interpolate && (0..3).all(inside) {
        return interpolated(table, index, low);
    }
    stored(table, index.map(|x| (x - 0.5).ceil() as i32)).unwrap_or(e.structure.default_f)
}

fn stored(table: &StructureFactors, index: [i32; 3]) -> Option<f64> {
    let place = [0, 1, 2].map(|axis| usize::try_from(index[axis] - table.min[axis]).ok());
    let [Some(h), Some(k), Some(l)] = place else { return None };
    table.values.get([h, k, l]).copied()
}

fn interpolated(table: &StructureFactors, index: Vector, low: [i32; 3]) -> f64 {
    let at = |axis: usize, n: usize| low[axis] - 1 + n as i32;
    let along =
        |axis: usize, values: [f64; 4]| neville(values, index[axis] - f64::from(at(axis, 0)));
    let four = |value: &dyn Fn(usize) -> f64| [0, 1, 2, 3].map(value);
    along(
        0,
        four(&|h| {
            along(
                1,
                four(&|k| {
                    along(
                        2,
                        four(&|l| {
                            stored(table, [at(0, h), at(1, k), at(2, l)])
                                .expect("the neighbourhood exists")
                        }),
                    )
                }),
            )
        }),
    )
}

/// The cubic through values at 0, 1, 2, 3.
fn neville(mut values: [f64; 4], x: f64) -> f64 {
    for span in 1..4 {
        for i in 0..4 - span {
            let (left, right) = (i as f64, (i + span) as f64);
            values[i] = ((right - x) * values[i] + (x - left) * values[i + 1]) / (right - left);
        }
    }
    values[0]
}

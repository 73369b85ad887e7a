//! Single evaluations by the C program's own expressions, in its order (C:2691-2929).
//!
//! A lane that is close to a decision asks here: whether a source is culled, which index is the
//! nearest, whether it lies in the range of the interpolation, whether the lattice factor is 0.
//! The trace of a pixel comes from here as well.

use nanobragg_reference::arguments::settings::Shape;
use nanobragg_reference::experiment::{Detector, Experiment};
use nanobragg_reference::vector::{Vector, cross, dot, magnitude, rotate_axis, unitize};

use crate::lanes::three;
use crate::number::{Number, constants};
use crate::plan::orientations::Orientation;
use crate::plan::{Plan, Table};
use crate::special::rays;

/// Which ray: a sub-pixel of a layer of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Fast and slow coordinate of the pixel.
    pub(crate) pixel: [u32; 2],
    /// Layer of the sensor.
    pub(crate) layer: usize,
    /// Sub-pixel along fast and slow.
    pub(crate) sub: [usize; 2],
}

/// One evaluation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evaluation {
    /// Real-valued Miller indices.
    pub(crate) index: Vector,
    /// Nearest integers, as numbers.
    pub(crate) nearest: Vector,
    /// Structure factor of the lattice.
    pub(crate) f_latt: f64,
}

/// A ray from the sample, as the C program has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ray {
    /// Position on the detector, m.
    pub(crate) position: Vector,
    /// Unit vector of the diffracted ray.
    pub(crate) diffracted: Vector,
}

/// Position of a sub-pixel along one axis of the detector, m (C:2694).
pub(crate) fn coordinate(plan: &Plan<'_>, pixel: u32, sub: usize) -> f64 {
    let oversample = plan.experiment.sampling.oversample;
    plan.subpixel_size * (pixel as usize * oversample + sub) as f64 + plan.subpixel_size / 2.0
}

/// The ray to a place (C:2691-2721).
pub(crate) fn ray(plan: &Plan<'_>, place: Place) -> Ray {
    let position = position(plan, place);
    Ray { position, diffracted: unitize(&position).0 }
}

/// The position of a sub-pixel in a layer, m.
pub(crate) fn position(plan: &Plan<'_>, place: Place) -> Vector {
    let detector = &plan.experiment.detector;
    let [fast, slow] = [0, 1].map(|axis| coordinate(plan, place.pixel[axis], place.sub[axis]));
    let flat = on_plane(detector, [fast, slow], place.layer);
    if detector.curved { curve(plan, &flat, [fast, slow]) } else { flat }
}

/// Positions in a layer of a flat detector, m (C:2701).
#[inline(always)]
pub(crate) fn on_plane<N: Number>(
    detector: &Detector,
    [fast, slow]: [N; 2],
    layer: usize,
) -> [N; 3] {
    let depth = fast.constant(layer as f64 * detector.sensor.step);
    let [fdet, sdet, odet, pix0] = [&detector.fdet, &detector.sdet, &detector.odet, &detector.pix0]
        .map(|vector| constants(fast, vector));
    three!(i => fast * fdet[i] + slow * sdet[i] + depth * odet[i] + pix0[i])
}

/// The position on a detector whose pixels all have the same distance (C:2707-2716).
fn curve(plan: &Plan<'_>, flat: &Vector, offsets: [f64; 2]) -> Vector {
    let Experiment { beam, detector, .. } = plan.experiment;
    let spot = beam.direction.map(|component| detector.distance * component);
    let [about_slow, about_fast] = curvature(plan, flat, offsets);
    rotate_axis(&rotate_axis(&spot, &detector.sdet, about_slow), &detector.fdet, about_fast)
}

/// The two angles of a curved detector, about the slow and about the fast axis.
fn curvature(plan: &Plan<'_>, flat: &Vector, [fast, slow]: [f64; 2]) -> [f64; 2] {
    let detector = &plan.experiment.detector;
    let distance = detector.distance;
    if plan.corrected.curved_axes {
        let [fbeam, sbeam] = detector.beam_spot;
        let [about_slow, about_fast] = senses(plan.experiment);
        return [(fast - fbeam) / distance * about_slow, (slow - sbeam) / distance * about_fast];
    }
    [flat[1] / distance, flat[2] / distance]
}

/// The senses in which a rotation about the slow axis moves along the fast one, and the other way
/// round.
pub(crate) fn senses(experiment: &Experiment) -> [f64; 2] {
    let Detector { fdet, sdet, .. } = &experiment.detector;
    let sense = |axis: &Vector, moved: &Vector| {
        dot(&cross(axis, &experiment.beam.direction), moved).signum()
    };
    [sense(sdet, fdet), sense(fdet, sdet)]
}

/// sin θ/λ twice, as a vector: the scattering vector of a source at a ray (C:2751).
pub(crate) fn scattering(plan: &Plan<'_>, place: Place, source: usize) -> Vector {
    let mut diffracted = ray(plan, place).diffracted;
    // The polarization factor makes the ray a unit vector once more each time that it is
    // computed: for the first source of a pixel, or for all.
    let renewed = renewed(plan);
    if renewed || !polarized_before(plan, place) {
        let mut done = false;
        for earlier in 0..source {
            if (renewed || !done) && !culled_by(plan, &between(plan, &diffracted, earlier)) {
                diffracted = unitize(&diffracted).0;
                done = true;
            }
        }
    }
    between(plan, &diffracted, source)
}

/// Whether the polarization is known before a ray: where a source of an earlier one was not culled.
fn polarized_before(plan: &Plan<'_>, place: Place) -> bool {
    let experiment = plan.experiment;
    if experiment.beam.nopolar {
        return true;
    }
    let order = |place: Place| (place.layer, place.sub[1], place.sub[0]);
    places(plan, place.pixel)
        .take_while(|earlier| order(*earlier) < order(place))
        .any(|earlier| first_source(plan, earlier).is_some())
}

/// The first ray and source of a pixel that the resolution limit leaves.
pub(crate) fn first_seen(plan: &Plan<'_>, pixel: [u32; 2]) -> Option<(Place, usize)> {
    places(plan, pixel).find_map(|place| Some((place, first_source(plan, place)?)))
}

/// The rays of a pixel in the C program's order.
fn places(plan: &Plan<'_>, pixel: [u32; 2]) -> impl Iterator<Item = Place> {
    rays(plan, pixel).step_by(plan.sources.len()).map(|(place, _)| place)
}

/// The first source that the resolution limit leaves at a ray, as long as it has left none before:
/// the polarization is not known then, and the ray is as it was computed.
fn first_source(plan: &Plan<'_>, place: Place) -> Option<usize> {
    let diffracted = ray(plan, place).diffracted;
    (0..plan.sources.len()).find(|&source| !culled_by(plan, &between(plan, &diffracted, source)))
}

/// Whether the polarization is computed for each source.
pub(crate) fn renewed(plan: &Plan<'_>) -> bool {
    plan.experiment.sampling.polar && !(plan.corrected.zero_capture && plan.experiment.beam.nopolar)
}

fn between(plan: &Plan<'_>, diffracted: &Vector, source: usize) -> Vector {
    let source = &plan.experiment.beam.sources[source];
    let incident = source.direction.map(|component| -component);
    [0, 1, 2].map(|i| (diffracted[i] - incident[i]) / source.wavelength)
}

/// Whether the resolution limit removes a source (C:2758).
pub(crate) fn culled(plan: &Plan<'_>, place: Place, source: usize) -> bool {
    culled_by(plan, &scattering(plan, place, source))
}

fn culled_by(plan: &Plan<'_>, scattering: &Vector) -> bool {
    let dmin = plan.experiment.sampling.dmin;
    let stol = 0.5 * magnitude(scattering);
    dmin > 0.0 && stol > 0.0 && dmin > 0.5 / stol
}

/// Kahn's polarization factor (C:4053-4095).
pub(crate) fn polarization(plan: &Plan<'_>, place: Place, source: usize) -> f64 {
    let planned = &plan.sources[source];
    let diffracted = unitize(&ray(plan, place).diffracted).0;
    let cos_two_theta = dot(&planned.incident, &diffracted);
    let cos_sqr = cos_two_theta * cos_two_theta;
    let mut psi = 0.0f64;
    if planned.kahn != 0.0 {
        let (e_out, b_out) = (dot(&diffracted, &planned.e_in), dot(&diffracted, &planned.b_in));
        psi = -b_out.atan2(e_out);
    }
    0.5 * (1.0 + cos_sqr - planned.kahn * (2.0 * psi).cos() * (1.0 - cos_sqr))
}

/// Cosine between the ray to a place and the detector normal (C:2734).
pub(crate) fn parallax(plan: &Plan<'_>, place: Place) -> f64 {
    dot(&ray(plan, place).diffracted, &plan.experiment.detector.odet)
}

/// The fraction that a layer captures at a cosine of incidence (C:2736).
pub(crate) fn capture(plan: &Plan<'_>, layer: usize, parallax: f64) -> f64 {
    let sensor = &plan.experiment.detector.sensor;
    let tic = layer as f64;
    (-tic * sensor.step * sensor.mu / parallax).exp()
        - (-(tic + 1.0) * sensor.step * sensor.mu / parallax).exp()
}

/// One evaluation of an orientation (C:2813-2866).
pub(crate) fn evaluate(
    plan: &Plan<'_>,
    place: Place,
    source: usize,
    orientation: &Orientation,
) -> Evaluation {
    let scattering = scattering(plan, place, source);
    let index = [0, 1, 2].map(|axis| dot(&orientation[axis], &scattering));
    let nearest = index.map(|index| (index - 0.5).ceil());
    Evaluation { index, nearest, f_latt: lattice_factor(plan.experiment, &index, &nearest) }
}

/// Whether an index lies in the range of the interpolation (C:2937); with the quirk
/// `interpolation-sticks` off, whether its 4×4×4 neighbourhood lies in the table.
pub(crate) fn interpolates(plan: &Plan<'_>, index: &Vector) -> bool {
    let Some(table) = &plan.table else { return false };
    (0..3).all(|axis| {
        let (min, max) = (table.factors.min[axis], table.factors.max[axis]);
        let (h, min, max) = (index[axis], f64::from(min), f64::from(max));
        if plan.corrected.interpolation_sticks {
            h.floor() - 1.0 >= min && h.floor() + 2.0 <= max
        } else {
            !(h - min + 3.0 > max - min + 1.0 || h - 2.0 < min)
        }
    })
}

/// F_latt (C:2821-2866, C:3291-3308).
pub(crate) fn lattice_factor(experiment: &Experiment, index: &Vector, nearest: &Vector) -> f64 {
    use std::f64::consts::PI;
    let crystal = &experiment.crystal;
    let [na, nb, nc] = crystal.cells;
    if crystal.shape == Shape::Square {
        let sincg = |x: f64, n: f64| if x == 0.0 { n } else { (x * n).sin() / x.sin() };
        let active = (0..3).filter(|&axis| crystal.cells[axis] > 1.0);
        return active
            .fold(1.0, |product, axis| product * sincg(PI * index[axis], crystal.cells[axis]));
    }
    let [dh, dk, dl] = [0, 1, 2].map(|axis| index[axis] - nearest[axis]);
    if crystal.shape == Shape::Round {
        let radius_sqr = dh * dh * na * na + dk * dk * nb * nb + dl * dl * nc * nc;
        let x = PI * (radius_sqr * crystal.fudge).sqrt();
        let sinc3 = if x == 0.0 { 1.0 } else { 3.0 * (x.sin() / x - x.cos()) / (x * x) };
        return na * nb * nc * 0.723601254558268 * sinc3;
    }
    let [a, b, c] = &crystal.reciprocal;
    let [dx, dy, dz] = [0, 1, 2].map(|i| dh * a[i] + dk * b[i] + dl * c[i]);
    let radius_sqr = (dx * dx + dy * dy + dz * dz) * na * na * nb * nb * nc * nc;
    if crystal.shape == Shape::Gauss {
        return na * nb * nc * (-(radius_sqr / 0.63 * crystal.fudge)).exp();
    }
    let inside = radius_sqr * crystal.fudge < 0.3969;
    na * nb * nc * f64::from(u8::from(inside))
}

/// The structure factor at an evaluation (C:2929-3007).
pub(crate) fn structure_factor(
    plan: &Plan<'_>,
    evaluation: &Evaluation,
    interpolated: bool,
) -> f64 {
    let default_f = plan.experiment.structure.default_f;
    let Some(table) = &plan.table else { return default_f };
    if interpolated && interpolates(plan, &evaluation.index) {
        return tricubic(table, &evaluation.index);
    }
    let nearest = evaluation.nearest.map(|index| index as i32);
    table.factors.place(nearest).map_or(default_f, |place| table.factors.values[place])
}

/// Tricubic interpolation: along l, then k, then h (C:3831).
fn tricubic(table: &Table<'_>, index: &Vector) -> f64 {
    let floor = index.map(f64::floor);
    let knots = floor.map(|low| [low - 1.0, low, low + 1.0, low + 2.0]);
    let first: [usize; 3] = std::array::from_fn(|axis| {
        (floor[axis] as i64 - 1 - i64::from(table.factors.min[axis])) as usize
    });
    let along_h = [0, 1, 2, 3].map(|i| {
        let along_k = [0, 1, 2, 3].map(|j| {
            let along_l = [0, 1, 2, 3]
                .map(|m| table.factors.values[[first[0] + i, first[1] + j, first[2] + m]]);
            lagrange(&knots[2], &along_l, index[2])
        });
        lagrange(&knots[1], &along_k, index[1])
    });
    lagrange(&knots[0], &along_h, index[0])
}

/// Cubic Lagrange polynomial through four points (C:3807).
fn lagrange(x: &[f64; 4], y: &[f64; 4], at: f64) -> f64 {
    let term = |i: usize, [a, b, c]: [usize; 3]| {
        (at - x[a]) * (at - x[b]) * (at - x[c]) * y[i]
            / ((x[i] - x[a]) * (x[i] - x[b]) * (x[i] - x[c]))
    };
    term(0, [1, 2, 3]) + term(1, [0, 2, 3]) + term(2, [0, 1, 3]) + term(3, [0, 1, 2])
}

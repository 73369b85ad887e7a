//! The value of an option at which a pixel decides, or one a few units of the last place beside it.

use nanobragg_reference::Experiment;
use nanobragg_reference::arguments::settings::Pivot;
use nanobragg_reference::vector::{Vector, dot, magnitude, rotate_axis, unitize};

use super::table;
use crate::fuzz::case::{Case, Group};

/// What an experiment is at the edge of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edge {
    /// A Miller index half-way between two integers.
    HalfIndex(usize),
    /// A Miller index at the end of the range of the interpolation, by the C program's rule or by
    /// the corrected one.
    Limit { axis: usize, corrected: bool, upper: bool },
    /// A resolution limit at a pixel's resolution.
    Resolution,
    /// The rim of a top-hat spot through a pixel.
    Rim,
    /// A ray at 90° to the beam.
    Perpendicular,
    /// The top of a spot of so many cells along one axis.
    Top { axis: usize, cells: i64 },
    /// The top of a spot of a round crystal.
    RoundTop,
    /// The tail of a Gaussian spot, e to the power of minus this.
    Tail(f64),
}

/// Where an edge is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    /// The pixel by fractions of the detector.
    pub(super) fractions: [f64; 2],
    /// How far beside the edge, in units of the last place.
    pub(super) ulps: i64,
    /// Sub-pixels along each axis; the last of them is aimed at.
    pub(super) oversample: usize,
}

/// The groups with the value of one option at an edge; unchanged where there is none.
pub(super) fn at(edge: Edge, mut groups: Vec<Group>, aim: Aim) -> Vec<Group> {
    if aim.oversample > 1 {
        set(&mut groups, "-oversample", &aim.oversample);
    }
    if let Edge::Perpendicular = edge {
        groups.extend(perpendicular(&groups, aim));
        return groups;
    }
    let Some(experiment) = resolve(&groups) else {
        return groups;
    };
    let scattering = scattering(&experiment, position(&experiment, aim));
    let index = experiment.crystal.cell.map(|vector| dot(&vector, &scattering));
    let radius_sqr = radius_sqr(&experiment, &index);
    let ulps = aim.ulps;
    let fudge = |fudge: f64| fudge.is_finite().then(|| Group::new("fudge", [beside(fudge, ulps)]));
    match edge {
        Edge::HalfIndex(axis) => {
            let half = index[axis].trunc() + 0.5f64.copysign(index[axis]);
            scale_cell(&mut groups, axis, half / index[axis], ulps);
            groups.push(table(&index, [[4; 2]; 3], "checkers.hkl"));
        }
        Edge::Limit { axis, corrected, upper } => {
            scale_cell(&mut groups, axis, index[axis].round() / index[axis], ulps);
            let mut reach = [[4; 2]; 3];
            reach[axis][usize::from(upper)] = if corrected { 1 } else { 2 };
            groups.push(table(&index, reach, "narrow.hkl"));
            groups.push(Group::flag("interpolate"));
            if corrected {
                groups.push(Group::new("quirks", ["c,-interpolation-sticks"]));
            }
        }
        Edge::Resolution => {
            let limit = 1e10 / magnitude(&scattering);
            groups.push(Group::new("dmin", [beside(limit, ulps)]));
        }
        Edge::Rim => {
            groups.push(Group::flag("tophat_spots"));
            groups.extend(fudge(0.3969 / radius_sqr));
        }
        Edge::Tail(exponent) => {
            groups.push(Group::flag("gauss_xtal"));
            groups.extend(fudge(exponent * 0.63 / radius_sqr));
        }
        Edge::RoundTop => {
            for (axis, index) in index.into_iter().enumerate() {
                scale_cell(&mut groups, axis, whole(index) / index, ulps);
            }
            groups.push(Group::flag("round_xtal"));
        }
        Edge::Top { axis, cells } => {
            set(&mut groups, ["-Na", "-Nb", "-Nc"][axis], &cells);
            // A long axis, so that the index is in the tens or hundreds.
            let wanted = whole(index[axis] * 8.0);
            scale_cell(&mut groups, axis, wanted / index[axis], ulps);
        }
        Edge::Perpendicular => {}
    }
    groups
}

/// A two-theta swing that takes a pixel to 90° from the beam.
fn perpendicular(groups: &[Group], aim: Aim) -> Option<Group> {
    let start = 30.0f64;
    let mut swung = groups.to_vec();
    swung.push(Group::new("twotheta", [start]));
    let experiment = resolve(&swung)?;
    let detector = &experiment.detector;
    if detector.pivot != Pivot::Sample || detector.curved {
        return None;
    }
    let (position, beam) = (position(&experiment, aim), experiment.beam.direction);
    let axis = experiment.parameters.twotheta_axis;
    let along =
        |degrees: f64| dot(&rotate_axis(&position, &axis, (degrees - start).to_radians()), &beam);
    let from =
        (-88..88).map(f64::from).find(|&degrees| along(degrees) * along(degrees + 1.0) < 0.0)?;
    let (mut low, mut high) = (from, from + 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if along(low) * along(middle) <= 0.0 { high = middle } else { low = middle }
    }
    Some(Group::new("twotheta", [beside(low, aim.ulps)]))
}

fn resolve(groups: &[Group]) -> Option<Experiment> {
    Case { groups: groups.to_vec(), ..Case::default() }.command_line().resolve().ok()
}

/// The middle of the last sub-pixel of the pixel that is aimed at, m.
fn position(experiment: &Experiment, aim: Aim) -> Vector {
    let detector = &experiment.detector;
    let size = detector.pixels;
    let sub = experiment.sampling.oversample as f64;
    let [fast, slow] = [0, 1].map(|axis| {
        let pixel = ((aim.fractions[axis] * size[axis] as f64) as usize).min(size[axis] - 1);
        detector.pixel_size / sub * (pixel as f64 * sub + sub - 0.5)
    });
    [0, 1, 2].map(|i| detector.pix0[i] + fast * detector.fdet[i] + slow * detector.sdet[i])
}

/// The scattering vector of a ray to a position, 1/m.
fn scattering(experiment: &Experiment, position: Vector) -> Vector {
    let (ray, _) = unitize(&position);
    let source = &experiment.beam.sources[0];
    [0, 1, 2].map(|i| (ray[i] + source.direction[i]) / source.wavelength)
}

/// Squared distance from the nearest lattice point in 1/Å², times (Na Nb Nc)².
fn radius_sqr(experiment: &Experiment, index: &Vector) -> f64 {
    let crystal = &experiment.crystal;
    let offset = index.map(|x| x - (x - 0.5).ceil());
    let distance = [0, 1, 2]
        .map(|i| (0..3).map(|axis| offset[axis] * crystal.reciprocal[axis][i]).sum::<f64>());
    dot(&distance, &distance) * crystal.cells.iter().product::<f64>().powi(2)
}

/// The nearest integer that is not 0.
fn whole(index: f64) -> f64 {
    index.round().abs().max(1.0).copysign(index)
}

/// A number some units of the last place beside another.
fn beside(x: f64, ulps: i64) -> f64 {
    f64::from_bits(x.to_bits().wrapping_add_signed(ulps))
}

/// Gives an option another value, if it is there.
fn set(groups: &mut [Group], option: &str, value: &dyn ToString) {
    if let Some(group) = groups.iter_mut().find(|group| group.option == option) {
        group.values = vec![value.to_string()];
    }
}

/// Multiplies a cell length, and with it an index; lengths that no cell has stay.
fn scale_cell(groups: &mut [Group], axis: usize, factor: f64, ulps: i64) {
    let Some(cell) = groups.iter_mut().find(|group| group.option == "-cell") else {
        return;
    };
    let length: f64 = cell.values[axis].parse().unwrap_or(40.0);
    let wanted = beside(length * factor, ulps);
    if (2.0..2000.0).contains(&wanted) {
        cell.values[axis] = wanted.to_string();
    }
}

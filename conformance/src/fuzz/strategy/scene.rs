//! The scene of a random case: what its parts have to agree on, so that there is something to see
//! on the detector and a run takes milliseconds.

use nanobragg_reference::vector::Vector;
use proptest::collection::vec;
use proptest::prelude::*;

use super::Subject;
use super::build::rounded;

/// Most evaluations (pixels × layers × steps) that a scene asks for.
const BUDGET: f64 = 4e5;

/// A matrix by rows.
pub(super) type Rows = [Vector; 3];

/// What the parts of a case agree on.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// Pixels along fast and slow.
    pub(super) pixels: [usize; 2],
    /// Pixel size, mm.
    pub(super) pixel: f64,
    /// Distance, mm.
    pub(super) distance: f64,
    /// Largest scattering angle on the detector, rad.
    pub(super) angle: f64,
    /// Wavelength, Å.
    pub(super) wavelength: f64,
    /// Cell lengths, Å, and angles, degrees.
    pub(super) cell: [f64; 6],
    /// Cells along a, b, c.
    pub(super) cells: [i64; 3],
    /// A random orientation.
    pub(super) rotation: Rows,
    /// A small one.
    pub(super) tilt: Rows,
    /// The convention.
    pub(super) frame: Frame,
    /// How often each kind of step is taken.
    pub(super) counts: Counts,
    /// What the case is about: these subjects show more of their options.
    pub(super) focus: Vec<Subject>,
}

/// The convention of a scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Frame {
    /// That of MOSFLM, not named.
    Default,
    /// One of those that have a name.
    Named(&'static str),
    /// Axes of its own.
    Custom,
}

/// Numbers of steps, at least 1 each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    /// Sub-pixels along each axis.
    pub(super) oversample: usize,
    /// Layers of the sensor.
    pub(super) layers: usize,
    /// Spindle steps.
    pub(super) phi: usize,
    /// Sources.
    pub(super) sources: usize,
    /// Mosaic domains.
    pub(super) domains: usize,
}

impl Scene {
    /// A probability that is high where the subject is in focus.
    pub(super) fn odds(&self, subject: Subject, otherwise: f64) -> f64 {
        if self.focus.contains(&subject) { otherwise.max(0.8) } else { otherwise }
    }

    /// Whether a subject is in focus.
    pub(super) fn is_about(&self, subject: Subject) -> bool {
        self.focus.contains(&subject)
    }

    /// Width and height of the detector, mm.
    pub(super) fn size(&self) -> [f64; 2] {
        self.pixels.map(|count| count as f64 * self.pixel)
    }

    /// Direction of the beam.
    pub(super) fn beam(&self) -> Vector {
        match self.frame {
            Frame::Default | Frame::Named("mosflm" | "denzo") => [1.0, 0.0, 0.0],
            Frame::Named(_) => [0.0, 0.0, 1.0],
            Frame::Custom => times(&self.rotation, [1.0, 0.0, 0.0]),
        }
    }

    /// Largest 1/d on the detector, 1/Å.
    pub(super) fn resolution(&self) -> f64 {
        2.0 * (self.angle / 2.0).sin() / self.wavelength
    }

    /// The number of sub-pixels that the C program chooses by itself.
    pub(super) fn recommended(&self) -> usize {
        let longest = (0..3).map(|i| self.cells[i] as f64 * self.cell[i]).fold(0.0, f64::max);
        (3.0 * longest * self.pixel / (self.wavelength * self.distance)).ceil().max(1.0) as usize
    }
}

/// A matrix times a vector.
pub(super) fn times(matrix: &Rows, vector: Vector) -> Vector {
    [0, 1, 2].map(|row| (0..3).map(|column| matrix[row][column] * vector[column]).sum())
}

/// Scenes of all kinds.
pub(super) fn scenes() -> impl Strategy<Value = Scene> {
    (sizes(), optics(), cells(), rotations(), frames(), counts(), focus()).prop_map(
        |(
            pixels,
            (distance, angle, wavelength, digits),
            (cell, cells),
            (rotation, tilt),
            frame,
            counts,
            focus,
        )| {
            let longest = pixels[0].max(pixels[1]) as f64;
            let pixel = rounded(2.0 * distance * f64::tan(angle) / longest, digits);
            let rotation = if frame == Frame::Custom { rotation.0 } else { rotation.1 };
            let mut scene = Scene {
                pixels,
                pixel,
                distance,
                angle,
                wavelength,
                cell,
                cells,
                rotation,
                tilt,
                frame,
                counts,
                focus,
            };
            scene.fit();
            scene
        },
    )
}

impl Scene {
    /// Lowers the largest number of steps until the budget is kept.
    fn fit(&mut self) {
        let pixels = (self.pixels[0] * self.pixels[1]) as f64;
        let counts = &mut self.counts;
        loop {
            let Counts { oversample, layers, phi, sources, domains } = *counts;
            let steps = oversample * oversample * layers * phi * sources * domains;
            if pixels * steps as f64 <= BUDGET {
                return;
            }
            let largest = [layers, phi, sources, domains, 2 * oversample].into_iter().max();
            for count in
                [&mut counts.layers, &mut counts.phi, &mut counts.sources, &mut counts.domains]
            {
                if Some(*count) == largest {
                    *count = count.div_ceil(2).min(*count - usize::from(*count > 1));
                }
            }
            if Some(2 * oversample) == largest {
                counts.oversample = (oversample - 1).max(1);
            }
        }
    }
}

/// Pixels along fast and slow.
fn sizes() -> impl Strategy<Value = [usize; 2]> {
    let primes = prop::sample::select(vec![2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37]).boxed();
    let side = prop_oneof![30 => (8usize..=40).boxed(), 2 => (1usize..8).boxed(), 2 => primes];
    (side.clone(), side, prop::bool::weighted(0.25))
        .prop_map(|(fast, slow, square)| [fast, if square { fast } else { slow }])
}

/// Distance in mm, scattering angle in rad, wavelength in Å, digits of the pixel size.
fn optics() -> impl Strategy<Value = (f64, f64, f64, usize)> {
    let distance = (1.3..2.7f64).prop_map(|exponent| rounded(10f64.powf(exponent), 3));
    let distance = prop_oneof![2 => Just(100.0).boxed(), 1 => distance.boxed()];
    let angle = (0.2..1.6f64).prop_map(|e| 10f64.powf(e).to_radians());
    let wavelength =
        prop_oneof![2 => Just(1.0).boxed(), 1 => (0.5..2.5f64).prop_map(|x| rounded(x, 4)).boxed()];
    (distance, angle, wavelength, 2usize..7)
}

/// A cell and the numbers of cells.
fn cells() -> impl Strategy<Value = ([f64; 6], [i64; 3])> {
    let few = prop::array::uniform3(1i64..=2).boxed();
    let many = prop::array::uniform3(3i64..=15).boxed();
    let mixed = prop::array::uniform3(1i64..=6).boxed();
    let equal = (1i64..=8).prop_map(|n| [n; 3]).boxed();
    let lengths = (0.7..2.0f64, prop::array::uniform3(0.6..1.6f64), 1usize..6);
    let angles = prop::array::uniform3((60.0..125.0f64).prop_map(|x| rounded(x, 5)));
    (lengths, angles, 0u8..10, prop_oneof![2 => few, 3 => many, 2 => mixed, 2 => equal]).prop_map(
        |((scale, factors, digits), angles, kind, cells)| {
            let [a, b, c] =
                factors.map(|factor| rounded((10f64.powf(scale) * factor).max(3.0), digits));
            let cell = match kind {
                0 | 1 => [a, a, a, 90.0, 90.0, 90.0],
                2 => [a, a, c, 90.0, 90.0, 120.0],
                3 | 4 => [a, b, c, 90.0, rounded(92.0 + factors[0] * 20.0, 4), 90.0],
                5..8 if is_cell(angles) => [a, b, c, angles[0], angles[1], angles[2]],
                _ => [a, b, c, 90.0, 90.0, 90.0],
            };
            (cell, cells)
        },
    )
}

/// Whether a cell with these angles is not flat.
fn is_cell(angles: [f64; 3]) -> bool {
    let [a, b, c] = angles.map(|angle| angle.to_radians().cos());
    1.0 - a * a - b * b - c * c + 2.0 * a * b * c > 0.15
}

/// A random orientation, one that permutes the axes or a random one, and a small one.
fn rotations() -> impl Strategy<Value = ((Rows, Rows), Rows)> {
    let quaternion = || vec(-1.0..1.0f64, 4).prop_map(|q| [q[0], q[1], q[2], q[3]]);
    let exact = prop::sample::select(vec![
        [1.0, 0.0, 0.0, 0.0],
        [1.0, 1.0, 1.0, 1.0],
        [1.0, 0.0, 1.0, 0.0],
        [0.0, 1.0, 1.0, 0.0],
        [1.0, -1.0, 1.0, 1.0],
    ]);
    let axes = prop_oneof![3 => quaternion().boxed(), 2 => exact.boxed(), 3 => small().boxed()];
    (axes, quaternion(), small())
        .prop_map(|(axes, crystal, tilt)| ((turn(axes), turn(crystal)), turn(tilt)))
}

fn small() -> impl Strategy<Value = [f64; 4]> {
    prop::array::uniform3(-0.1..0.1f64).prop_map(|[x, y, z]| [1.0, x, y, z])
}

/// The rotation of a quaternion of any length; components below 10⁻¹⁵ are 0.
fn turn(quaternion: [f64; 4]) -> Rows {
    let length = quaternion.iter().map(|q| q * q).sum::<f64>().sqrt().max(1e-9);
    let [w, x, y, z] = quaternion.map(|q| q / length);
    let rows = [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - z * w), 2.0 * (x * z + y * w)],
        [2.0 * (x * y + z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - x * w)],
        [2.0 * (x * z - y * w), 2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y)],
    ];
    rows.map(|row| row.map(|x| if x.abs() < 1e-15 { 0.0 } else { x }))
}

fn frames() -> impl Strategy<Value = Frame> {
    let named = prop::sample::select(vec!["mosflm", "xds", "adxv", "denzo", "dials"]);
    prop_oneof![
        3 => Just(Frame::Default),
        6 => named.prop_map(Frame::Named),
        3 => Just(Frame::Custom),
    ]
}

fn counts() -> impl Strategy<Value = Counts> {
    let steps = |probability: f64, most: usize| {
        prop::option::weighted(probability, 2..=most).prop_map(|count| count.unwrap_or(1))
    };
    (1usize..=6, steps(0.25, 6), steps(0.4, 20), steps(0.35, 24), steps(0.3, 20)).prop_map(
        |(oversample, layers, phi, sources, domains)| Counts {
            oversample,
            layers,
            phi,
            sources,
            domains,
        },
    )
}

fn focus() -> impl Strategy<Value = Vec<Subject>> {
    prop::sample::subsequence(Subject::ALL.to_vec(), 1..=3)
}

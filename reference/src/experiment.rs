//! The resolved experiment: what an engine renders.
//!
//! Valid by construction ([`crate::resolve`] makes it), in SI units, with unit vectors and positive
//! counts, so that no engine checks again. Beside the resolved values it keeps the physical
//! parameters that they came from: derivatives are taken with respect to those.

use std::sync::Arc;

use ndarray::{Array2, Array3};
use serde::Serialize;

use crate::arguments::settings::{Convention, Interpolation, Misset, Pivot, Shape, Sweep};
use crate::error::{Error, Result};
use crate::host::{Host, zeroed};
use crate::quirks::Quirks;
use crate::vector::{Matrix, Vector};

/// Thomson cross section r_e² in m² (C:211).
pub const R_E_SQR: f64 = 7.94079248018965e-30;

/// Everything that decides the image.
#[derive(Clone, Debug, Serialize)]
pub struct Experiment {
    /// Which peculiarities of the C program are kept.
    pub quirks: Quirks,
    /// The physical parameters that the values below came from.
    pub parameters: Parameters,
    /// The beam and its sources.
    pub beam: Beam,
    /// The detector.
    pub detector: Detector,
    /// The crystal.
    pub crystal: Crystal,
    /// The spindle.
    pub spindle: Spindle,
    /// Structure factors.
    pub structure: Structure,
    /// Sub-pixels, resolution and background.
    pub sampling: Sampling,
}

/// Physical parameters as the user gave them, in SI units and radians (cell lengths in Å).
#[derive(Clone, Debug, Serialize)]
pub struct Parameters {
    /// Cell lengths a, b, c in Å; 0 where not given.
    pub cell_lengths: Vector,
    /// Cell angles α, β, γ; 0 where not given.
    pub cell_angles: Vector,
    /// Reciprocal cell vectors as the columns of an orientation matrix, in 1/Å, where one was given.
    pub matrix: Option<[Vector; 3]>,
    /// Missetting rotations, about x, then y, then z.
    pub misset_angles: Vector,
    /// What was asked for.
    pub misset: Misset,
    /// Mosaic spread.
    pub mosaic_spread: f64,
    /// Central wavelength.
    pub wavelength: f64,
    /// Spectral width Δλ/λ.
    pub dispersion: f64,
    /// Horizontal and vertical divergence.
    pub divergence: [f64; 2],
    /// Exposure, s.
    pub exposure: f64,
    /// Distance along the beam that was asked for.
    pub distance: f64,
    /// Distance of the nearest point, where it was asked for.
    pub close_distance: Option<f64>,
    /// Detector rotations about x, y, z.
    pub detector_rotation: Vector,
    /// Two-theta swing.
    pub twotheta: f64,
    /// Axis of the two-theta swing.
    pub twotheta_axis: Vector,
}

/// The beam.
#[derive(Clone, Debug, Serialize)]
pub struct Beam {
    /// Unit vector from the source to the sample.
    pub direction: Vector,
    /// Unit vector along the E-vector.
    pub polar_vector: Vector,
    /// Kahn polarization factor.
    pub polarization: f64,
    /// Whether the polarization factor is left out.
    pub nopolar: bool,
    /// Photons per m².
    pub fluence: f64,
    /// Central wavelength, m.
    pub wavelength: f64,
    /// Dispersion: range Δλ/λ, step, count.
    pub dispersion: Sweep,
    /// Horizontal divergence: range, step (rad), count.
    pub hdiv: Sweep,
    /// Vertical divergence.
    pub vdiv: Sweep,
    /// Number of directions generated; -1 where the sources come from a file.
    pub divergence_steps: i32,
    /// At least one source, in the C program's order.
    pub sources: Vec<Source>,
}

/// One source.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Source {
    /// Unit vector from the sample to the source.
    pub direction: Vector,
    /// Wavelength, m.
    pub wavelength: f64,
    /// Weight from the table of sources, or 1 over their number. It is reported and, as in the C
    /// program, makes no difference to the image (C:2328).
    pub weight: f64,
}

/// The detector. Lengths in m.
#[derive(Clone, Debug, Serialize)]
pub struct Detector {
    /// Pixels along fast and slow, both positive; their product fits into 32 bits.
    pub pixels: [usize; 2],
    /// Pixel size.
    pub pixel_size: f64,
    /// Size along fast and slow.
    pub size: [f64; 2],
    /// The convention.
    pub convention: Convention,
    /// What rotations leave in place.
    pub pivot: Pivot,
    /// Fast axis, after all rotations.
    pub fdet: Vector,
    /// Slow axis.
    pub sdet: Vector,
    /// Normal.
    pub odet: Vector,
    /// Corner of the first pixel.
    pub pix0: Vector,
    /// Distance along the beam.
    pub distance: f64,
    /// Distance of the nearest point of the plane.
    pub close_distance: f64,
    /// Beam centre X, Y for the image header, in the convention's sense.
    pub beam_center: [f64; 2],
    /// Direct-beam spot along fast and slow.
    pub beam_spot: [f64; 2],
    /// Nearest point X, Y before rotations.
    pub close_point: [f64; 2],
    /// Nearest point along fast and slow.
    pub near_point: [f64; 2],
    /// Nearest point in pixels, XDS convention.
    pub org: [f64; 2],
    /// Detector origin in the DIALS frame, mm.
    pub dials_origin: Vector,
    /// Two-theta swing, rad.
    pub twotheta: f64,
    /// Whether all pixels have the same distance.
    pub curved: bool,
    /// Whether the solid angle is 1/R² alone.
    pub point_pixel: bool,
    /// Region rendered: xmin, xmax, ymin, ymax, both ends included; may reach beyond the detector.
    pub roi: [i32; 4],
    /// Which pixels are rendered, `[slow, fast]`, where there is a mask.
    #[serde(skip)]
    pub mask: Option<Arc<Array2<bool>>>,
    /// The sensor.
    pub sensor: Sensor,
}

impl Detector {
    /// Number of pixels.
    pub fn count(&self) -> usize {
        self.pixels[0] * self.pixels[1]
    }

    /// Whether a pixel lies in the region to render (C:2646).
    #[inline]
    pub fn in_roi(&self, fast: usize, slow: usize) -> bool {
        let [xmin, xmax, ymin, ymax] = self.roi.map(i64::from);
        let (fast, slow) = (fast as i64, slow as i64);
        !(fast < xmin || fast > xmax || slow < ymin || slow > ymax)
    }

    /// Whether the mask excludes a pixel (C:2655).
    #[inline]
    pub fn masked(&self, fast: usize, slow: usize) -> bool {
        self.mask.as_ref().is_some_and(|mask| !mask[[slow, fast]])
    }

    /// Number of pixels in the region to render, masked ones included.
    pub fn roi_pixels(&self) -> u64 {
        let span = |min: i32, max: i32, size: usize| {
            let last = i64::from(max).min(size as i64 - 1);
            (last - i64::from(min) + 1).max(0) as u64
        };
        let [xmin, xmax, ymin, ymax] = self.roi;
        span(xmin, xmax, self.pixels[0]) * span(ymin, ymax, self.pixels[1])
    }
}

/// The layer of the detector that absorbs photons.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sensor {
    /// Thickness, m; 0: all photons are captured at the surface.
    pub thickness: f64,
    /// Distance of the layers, m.
    pub step: f64,
    /// Number of layers, at least 1.
    pub layers: usize,
    /// Attenuation coefficient, 1/m.
    pub mu: f64,
}

/// The crystal.
#[derive(Clone, Debug, Serialize)]
pub struct Crystal {
    /// Direct cell vectors a, b, c at φ = 0 without mosaicity, m (`a0`, `b0`, `c0` in the C program).
    pub cell: [Vector; 3],
    /// Reciprocal cell vectors a*, b*, c* at φ = 0, 1/Å.
    pub reciprocal: [Vector; 3],
    /// Cell volume, Å³.
    pub volume: f64,
    /// Unit cells along a, b, c, each at least 1.
    pub cells: Vector,
    /// Shape.
    pub shape: Shape,
    /// Factor on the squared spot radius.
    pub fudge: f64,
    /// Mosaic spread, rad.
    pub mosaic_spread: f64,
    /// Orientation of each domain, applied after the spindle; at least one, the first the identity.
    #[serde(skip)]
    pub domains: Arc<Vec<Matrix>>,
}

/// The spindle.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Spindle {
    /// Unit vector of the right-handed axis.
    pub axis: Vector,
    /// First angle, rad.
    pub phi0: f64,
    /// Range, distance and number of the steps; the number is at least 1.
    pub sweep: Sweep,
}

impl Spindle {
    /// The angle of a step, rad (C:2781).
    #[inline]
    pub fn phi(&self, tic: i32) -> f64 {
        self.phi0 + self.sweep.step * f64::from(tic)
    }
}

/// Structure factors and how they are looked up.
#[derive(Clone, Debug, Serialize)]
pub struct Structure {
    /// The table, where there is one.
    pub factors: Option<Arc<StructureFactors>>,
    /// Value outside the table, electrons.
    pub default_f: f64,
    /// Whether the user chose, and what.
    pub choice: Interpolation,
    /// Whether the run starts with tricubic interpolation.
    pub interpolate: bool,
}

/// A table of structure factors over a box of Miller indices.
#[derive(Clone, Debug, Serialize)]
pub struct StructureFactors {
    /// Smallest h, k, l.
    pub min: [i32; 3],
    /// Largest h, k, l.
    pub max: [i32; 3],
    /// Number of reflections read; the volume of the box where it was read from a dump.
    pub count: i32,
    /// The amplitude read last from a reflection file, which the report shows of a first pixel
    /// without terms (`F_cell` after C:2205); 0 for a table from a dump.
    pub last_read: f64,
    /// Amplitudes in electrons, `[h - h_min, k - k_min, l - l_min]`.
    #[serde(skip)]
    pub values: Array3<f64>,
}

impl StructureFactors {
    /// A table of zeros.
    ///
    /// # Errors
    /// Ranges that are empty, and a table that would not fit in memory.
    pub fn allocate(min: [i32; 3], max: [i32; 3], host: &Host) -> Result<StructureFactors> {
        let mut shape = [0usize; 3];
        for axis in 0..3 {
            let range = i64::from(max[axis]) - i64::from(min[axis]) + 1;
            if range < 1 {
                return Err(Error::Impossible(format!(
                    "the index range {} to {} is empty",
                    min[axis], max[axis]
                )));
            }
            shape[axis] = range as usize;
        }
        // One more along each axis, as the dump file stores it.
        let count = shape.iter().map(|&n| n as u128 + 1).product();
        let what = format!(
            "a table of structure factors for h {} to {}, k {} to {}, l {} to {}",
            min[0], max[0], min[1], max[1], min[2], max[2]
        );
        host.check_memory(&what, count, size_of::<f64>())?;
        let values = zeroed(&what, shape.iter().product())?;
        let values = Array3::from_shape_vec(shape, values)
            .map_err(|error| Error::Impossible(error.to_string()))?;
        Ok(StructureFactors { min, max, count: 0, last_read: 0.0, values })
    }

    /// Number of indices along h, k, l (`h_range` … in the C program).
    pub fn ranges(&self) -> [usize; 3] {
        let (h, k, l) = self.values.dim();
        [h, k, l]
    }

    /// Place of an index in the table, `None` outside.
    #[inline]
    pub fn place(&self, index: [i32; 3]) -> Option<[usize; 3]> {
        let inside =
            (0..3).all(|axis| index[axis] >= self.min[axis] && index[axis] <= self.max[axis]);
        inside.then(|| {
            [0, 1, 2].map(|axis| (i64::from(index[axis]) - i64::from(self.min[axis])) as usize)
        })
    }
}

/// Sampling of the pixel and what is left out or added.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Sampling {
    /// Sub-pixels along each axis, at least 1.
    pub oversample: usize,
    /// Whether the capture fraction is computed for each sub-pixel.
    pub thick: bool,
    /// Whether the polarization is computed for each sub-pixel and source.
    pub polar: bool,
    /// Whether the solid angle is computed for each sub-pixel.
    pub omega: bool,
    /// sources × mosaic domains × spindle steps × sub-pixels.
    pub steps: i32,
    /// Resolution limit, m; 0: none.
    pub dmin: f64,
    /// Thickness of the water, m.
    pub water_size: f64,
    /// Intensity that the C program adds to each pixel for the water (`I_bg`, C:2515).
    pub background: f64,
}

//! What the command line and the image headers ask for, before anything is resolved: the
//! variables of the C program's `main` that its option loop sets (C:188-390), with its defaults.
//!
//! Where the C program marks "not given" by a value that a user can also give (a negative range,
//! say), the same value is kept; where it uses NaN, an [`Option`] stands for it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::vector::Vector;

/// Degrees per radian.
pub const RTD: f64 = 180.0 * std::f64::consts::FRAC_1_PI;

/// What stays in place when the detector is rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pivot {
    /// The sample: the nearest point moves with the detector.
    Sample,
    /// The direct-beam spot.
    Beam,
}

/// The convention that fixes the laboratory axes and the meaning of the beam centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Convention {
    /// Axes given one by one.
    Custom,
    /// ADXV.
    Adxv,
    /// MOSFLM.
    Mosflm,
    /// XDS.
    Xds,
    /// DIALS.
    Dials,
    /// DENZO.
    Denzo,
}

impl Convention {
    /// The name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Convention::Custom => "custom",
            Convention::Adxv => "adxv",
            Convention::Mosflm => "mosflm",
            Convention::Xds => "xds",
            Convention::Dials => "dials",
            Convention::Denzo => "denzo",
        }
    }
}

/// The shape of the crystal, which gives the shape of the spots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// A parallelepiped of Na×Nb×Nc cells: the interference function.
    Square,
    /// An ellipsoid.
    Round,
    /// Gaussian spots.
    Gauss,
    /// Spots of constant height and sharp rim.
    Tophat,
}

/// The missetting that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Misset {
    /// None.
    None,
    /// A random orientation.
    Random,
    /// Rotations about x, y and z, radians.
    Angles(Vector),
}

/// How the interpolation of structure factors was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interpolation {
    /// By the number of cells.
    Auto,
    /// Asked for.
    On,
    /// Switched off.
    Off,
}

/// A seed as the command line gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeedChoice {
    /// Not given: the program's default.
    Default,
    /// The number given.
    Given(i32),
}

/// Everything that options and headers set. Lengths in metres, angles in radians unless said.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Unit cells along a, b, c.
    pub cells: Vector,
    /// Whether `-cell` was given.
    pub user_cell: bool,
    /// The reflection file that the cell is from, where it is from none of the options.
    pub cell_file: Option<PathBuf>,
    /// Cell lengths a, b, c in Å; 0 where not given.
    pub cell_lengths: Vector,
    /// Cell angles α, β, γ; 0 where not given.
    pub cell_angles: Vector,
    /// Missetting.
    pub misset: Misset,
    /// Crystal size along a, b, c; 0 where not given.
    pub sample_size: Vector,
    /// Crystal shape.
    pub shape: Shape,
    /// Factor on the squared radius of round, Gaussian and top-hat spots.
    pub fudge: f64,
    /// Mosaic spread; negative where not given.
    pub mosaic_spread: f64,
    /// Mosaic domains; not positive where not given.
    pub mosaic_domains: i32,

    /// Central wavelength.
    pub wavelength: f64,
    /// The option and the file whose header gave a wavelength, the last of them.
    pub wavelength_header: Option<(&'static str, PathBuf)>,
    /// Spectral width Δλ/λ.
    pub dispersion: f64,
    /// Wavelength steps; not positive where not given.
    pub dispsteps: i32,
    /// Horizontal divergence: range, step, count; negative (range, step) or not positive (count)
    /// where not given.
    pub hdiv: Sweep,
    /// Vertical divergence.
    pub vdiv: Sweep,
    /// Whether the divergence is cut to an ellipse.
    pub round_div: bool,
    /// Fluence in photons/m².
    pub fluence: f64,
    /// Flux in photons/s.
    pub flux: f64,
    /// Exposure in seconds.
    pub exposure: f64,
    /// Beam diameter.
    pub beamsize: f64,
    /// Whether `-beamsize` was given.
    pub beamsize_given: bool,
    /// Kahn polarization factor.
    pub polarization: f64,
    /// Whether the polarization factor is left out.
    pub nopolar: bool,

    /// Spindle: start angle.
    pub phi0: f64,
    /// Spindle: range, step and count; negative where not given.
    pub phi: Sweep,

    /// Pixels along fast and slow; 0 where not given.
    pub pixels: [i32; 2],
    /// Detector size along fast and slow.
    pub detsize: [f64; 2],
    /// Pixel size.
    pub pixel_size: f64,
    /// Distance along the beam.
    pub distance: f64,
    /// Distance of the nearest point.
    pub close_distance: Option<f64>,
    /// Beam centre X, Y of the chosen convention.
    pub beam_center: [Option<f64>; 2],
    /// Nearest point X, Y.
    pub close_point: [Option<f64>; 2],
    /// Nearest point in pixels, XDS convention.
    pub org: [Option<f64>; 2],
    /// The convention, the last one named.
    pub convention: Convention,
    /// The pivot as the C program's option loop leaves it.
    pub pivot: Pivot,
    /// The pivot that `-pivot` names.
    pub pivot_explicit: Option<Pivot>,
    /// The pivot that the last distance, beam-centre or two-theta option implies.
    pub pivot_implied: Option<Pivot>,
    /// Axes.
    pub axes: Axes,
    /// Detector origin from `-pix0_vector`, metres.
    pub pix0: Option<Vector>,
    /// Detector rotations about x, y, z.
    pub detector_rotation: Vector,
    /// Two-theta swing.
    pub twotheta: f64,
    /// Whether all pixels have the same distance.
    pub curved_detector: bool,
    /// Whether the solid angle is 1/R² alone.
    pub point_pixel: bool,
    /// Sensor attenuation coefficient in 1/m; negative where not given.
    pub detector_mu: f64,
    /// Whether `-detector_abs` asked for no absorption, with the C program's side effect on the
    /// thickness kept in `detector_thick`.
    pub detector_abs_inf: bool,
    /// Sensor thickness as the C program's option loop leaves it.
    pub detector_thick: f64,
    /// Sensor thickness given last, whatever `-detector_abs` did to it.
    pub detector_thick_given: f64,
    /// Sensor layers; not positive where not given.
    pub detector_thicksteps: i32,

    /// Sub-pixels along each axis; not positive where not given.
    pub oversample: i32,
    /// Recompute the capture fraction for each sub-pixel.
    pub oversample_thick: bool,
    /// Recompute the polarization for each sub-pixel and source.
    pub oversample_polar: bool,
    /// Recompute the solid angle for each sub-pixel.
    pub oversample_omega: bool,
    /// Region to render: xmin, xmax, ymin, ymax; negative where not given.
    pub roi: [i32; 4],
    /// Resolution limit.
    pub dmin: f64,
    /// Interpolation of structure factors.
    pub interpolation: Interpolation,
    /// Structure factor where none is given.
    pub default_f: f64,
    /// Thickness of the water that makes the background.
    pub water_size: f64,

    /// Seed of the photon noise.
    pub seed: SeedChoice,
    /// Seed of the mosaic domains.
    pub mosaic_seed: SeedChoice,
    /// Seed of the random orientation.
    pub misset_seed: SeedChoice,

    /// Input files.
    pub inputs: InputFiles,
    /// Output files and their scales.
    pub outputs: OutputSettings,
}

/// A sampled range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// Full range.
    pub range: f64,
    /// Distance between samples.
    pub step: f64,
    /// Number of samples.
    pub count: i32,
}

impl Sweep {
    /// Nothing given.
    pub const AUTO: Sweep = Sweep { range: -1.0, step: -1.0, count: -1 };
}

/// The axes of the experiment before they are made unit vectors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axes {
    /// Direction of the beam.
    pub beam: Vector,
    /// Detector fast axis.
    pub fdet: Vector,
    /// Detector slow axis.
    pub sdet: Vector,
    /// Detector normal, away from the sample.
    pub odet: Vector,
    /// Axis of the two-theta swing.
    pub twotheta: Vector,
    /// Direction of the E-vector of the beam.
    pub polar: Vector,
    /// Spindle axis.
    pub spindle: Vector,
}

/// Names of the input files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputFiles {
    /// Orientation matrix.
    pub matrix: Option<PathBuf>,
    /// Structure factors.
    pub hkl: Option<PathBuf>,
    /// Dump of the structure factors, where `-dump` names one.
    pub dump: Option<PathBuf>,
    /// Image whose header sets the camera.
    pub image: Option<PathBuf>,
    /// Mask image.
    pub mask: Option<PathBuf>,
    /// Whether `-mask` stands behind `-img` on the command line.
    pub mask_after_image: bool,
    /// Amorphous structure factors.
    pub stol: Option<PathBuf>,
    /// Table of sources.
    pub sources: Option<PathBuf>,
}

/// Names of the output files and what belongs to them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputSettings {
    /// Raw float image.
    pub float: PathBuf,
    /// SMV image, scaled.
    pub int: PathBuf,
    /// PGM preview.
    pub pgm: PathBuf,
    /// SMV image with photon noise.
    pub noise: PathBuf,
    /// PNG preview, where asked for.
    pub png: Option<PathBuf>,
    /// NumPy array of the float image, where asked for.
    pub npy: Option<PathBuf>,
    /// CBF image of the scaled counts, where asked for.
    pub cbf: Option<PathBuf>,
    /// CBF image with photon noise, where asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_cbf: Option<PathBuf>,
    /// Whether the PGM is written.
    pub write_pgm: bool,
    /// Whether the noise image is made.
    pub calculate_noise: bool,
    /// Scale of the SMV image; not positive: automatic.
    pub int_scale: f64,
    /// Scale of the PGM; not positive: automatic.
    pub pgm_scale: f64,
    /// Offset of the SMV images.
    pub adc_offset: f64,
    /// Which pixels are printed.
    pub printout: Printout,
    /// The pixel whose steps are written, where asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
}

/// A pixel whose steps are written into a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The pixel (fast, slow).
    pub pixel: [usize; 2],
    /// The file.
    pub file: PathBuf,
}

/// Which pixels the report describes in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printout {
    /// Whether any is.
    pub on: bool,
    /// The one pixel (fast, slow); all of them where fast is negative.
    pub pixel: [i32; 2],
}

impl Printout {
    /// Whether the pixel is printed (C:3053).
    pub fn wants(&self, fast: usize, slow: usize) -> bool {
        let [f, s] = self.pixel;
        self.on && (f < 0 || (fast as i64 == i64::from(f) && slow as i64 == i64::from(s)))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            cells: [1.0; 3],
            user_cell: false,
            cell_file: None,
            cell_lengths: [0.0; 3],
            cell_angles: [0.0; 3],
            misset: Misset::None,
            sample_size: [0.0; 3],
            shape: Shape::Square,
            fudge: 1.0,
            mosaic_spread: -1.0,
            mosaic_domains: -1,
            wavelength: 1.0e-10,
            wavelength_header: None,
            dispersion: 0.0,
            dispsteps: -1,
            hdiv: Sweep::AUTO,
            vdiv: Sweep::AUTO,
            round_div: true,
            fluence: 125932015286227086360700780544.0,
            flux: 0.0,
            exposure: 1.0,
            beamsize: 1e-4,
            beamsize_given: false,
            polarization: 0.0,
            nopolar: false,
            phi0: 0.0,
            phi: Sweep::AUTO,
            pixels: [0; 2],
            detsize: [102.4e-3; 2],
            pixel_size: 0.1e-3,
            distance: 100.0e-3,
            close_distance: None,
            beam_center: [None; 2],
            close_point: [None; 2],
            org: [None; 2],
            convention: Convention::Mosflm,
            pivot: Pivot::Beam,
            pivot_explicit: None,
            pivot_implied: None,
            axes: Axes::default(),
            pix0: None,
            detector_rotation: [0.0; 3],
            twotheta: 0.0,
            curved_detector: false,
            point_pixel: false,
            detector_mu: -1.0,
            detector_abs_inf: false,
            detector_thick: 0.0,
            detector_thick_given: 0.0,
            detector_thicksteps: -1,
            oversample: -1,
            oversample_thick: false,
            oversample_polar: false,
            oversample_omega: false,
            roi: [-1; 4],
            dmin: 0.0,
            interpolation: Interpolation::Auto,
            default_f: 0.0,
            water_size: 0.0,
            seed: SeedChoice::Default,
            mosaic_seed: SeedChoice::Default,
            misset_seed: SeedChoice::Default,
            inputs: InputFiles::default(),
            outputs: OutputSettings::default(),
        }
    }
}

impl Default for Axes {
    /// What the C program starts from (C:188-285): close to MOSFLM, but for the two-theta axis.
    fn default() -> Self {
        Axes {
            beam: [1.0, 0.0, 0.0],
            fdet: [0.0, 0.0, 1.0],
            sdet: [0.0, -1.0, 0.0],
            odet: [1.0, 0.0, 0.0],
            twotheta: [0.0, 1.0, 0.0],
            polar: [0.0, 0.0, 1.0],
            spindle: [0.0, 0.0, 1.0],
        }
    }
}

impl OutputSettings {
    /// Adds the outputs that our own options name.
    pub(crate) fn add(&mut self, request: &super::Request) {
        self.png = request.png.clone();
        self.npy = request.npy.clone();
        self.cbf = request.cbf.clone();
        self.noise_cbf = request.noise_cbf.clone();
        self.trace = request.trace.clone();
    }
}

impl Default for OutputSettings {
    fn default() -> Self {
        OutputSettings {
            float: "floatimage.bin".into(),
            int: "intimage.img".into(),
            pgm: "image.pgm".into(),
            noise: "noiseimage.img".into(),
            png: None,
            npy: None,
            cbf: None,
            noise_cbf: None,
            write_pgm: true,
            calculate_noise: true,
            int_scale: 0.0,
            pgm_scale: 0.0,
            adc_offset: 40.0,
            printout: Printout { on: false, pixel: [-1, -1] },
            trace: None,
        }
    }
}

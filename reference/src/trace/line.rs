//! The lines of a trace and their variables.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Manner;
use crate::experiment::Experiment;
use crate::vector::Vector;

/// The name and version of this list of lines. It changes where a variable changes its meaning or
/// goes; a new one does not change it.
pub const SCHEMA: &str = "nanobragg-trace-1";

/// Units of the variables by their names; what is not listed has none.
pub type Units = BTreeMap<&'static str, &'static str>;

/// The units of the variables that have one.
pub const UNITS: [(&str, &str); 20] = [
    ("along_fast", "m"),
    ("along_slow", "m"),
    ("position", "m"),
    ("airpath", "m"),
    ("omega", "sr, or 1/m^2 for point pixels"),
    ("wavelength", "m"),
    ("scattering", "1/m"),
    ("stol", "1/m"),
    ("phi", "rad"),
    ("cell", "m"),
    ("f_cell", "electrons"),
    ("f_cell_squared", "electrons^2"),
    ("term", "electrons^2"),
    ("partial_sum", "electrons^2"),
    ("sum", "electrons^2"),
    ("block_sum", "as value"),
    ("background", "electrons^2"),
    ("fluence", "photons/m^2"),
    ("photons", "photons"),
    ("pixel", "photons"),
];

/// A line of a trace. In the file each is an object whose member `line` names its kind: `header`,
/// `ray`, `source`, `step`, `layer` or `pixel`. Numbers that are not finite are `null`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "line", rename_all = "lowercase")]
pub enum Line {
    /// The first line: what was traced, and by whom.
    Header(Box<Header>),
    /// A sub-pixel of a layer is begun.
    Ray(Box<Ray>),
    /// A source is seen from there.
    Source(Box<Source>),
    /// An orientation of the crystal: one spindle step and mosaic domain.
    Step(Box<Step>),
    /// A layer of the sensor is done.
    Layer(Box<Layer>),
    /// The last line: the pixel is done.
    Pixel(Box<Pixel>),
}

/// What was traced, and by whom.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Header {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Name and version of the program.
    pub program: &'static str,
    /// The engine's label.
    pub engine: &'static str,
    /// `double` or `mixed`.
    pub precision: &'static str,
    /// The vector unit, where the engine uses one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector_unit: Option<&'static str>,
    /// The pixel: slow and fast coordinate, as `-trace_pixel` takes them.
    pub traced: [usize; 2],
    /// Numbers of layers, sub-pixels along an edge, sources, spindle steps and mosaic domains.
    pub layers: usize,
    /// Sub-pixels along an edge.
    pub oversample: usize,
    /// Sources.
    pub sources: usize,
    /// Spindle steps.
    pub phi_steps: usize,
    /// Mosaic domains.
    pub domains: usize,
    /// [`UNITS`].
    pub units: Units,
}

impl Header {
    /// The header of a trace of a pixel (fast, slow).
    pub fn new(experiment: &Experiment, manner: Manner, [fast, slow]: [usize; 2]) -> Header {
        Header {
            schema: SCHEMA,
            program: concat!("nanobragg ", env!("CARGO_PKG_VERSION")),
            engine: manner.engine,
            precision: manner.precision,
            vector_unit: manner.vector_unit,
            traced: [slow, fast],
            layers: experiment.detector.sensor.layers,
            oversample: experiment.sampling.oversample,
            sources: experiment.beam.sources.len(),
            phi_steps: experiment.spindle.sweep.count as usize,
            domains: experiment.crystal.domains.len(),
            units: UNITS.into_iter().collect(),
        }
    }
}

/// A sub-pixel of a layer. Solid angle and capture fraction are those that count from here on: of
/// this sub-pixel, or of an earlier one that they are kept from.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ray {
    /// Sensor layer.
    pub layer: usize,
    /// Sub-pixel along slow.
    pub sub_slow: usize,
    /// Sub-pixel along fast.
    pub sub_fast: usize,
    /// Position along the fast axis of the detector (C:2694).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub along_fast: Option<f64>,
    /// Position along the slow axis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub along_slow: Option<f64>,
    /// Position from the sample (C:2699-2716).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<Vector>,
    /// Its length; common, as batched engines have the reciprocal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub airpath: Option<f64>,
    /// Its direction (C:2721).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diffracted: Option<Vector>,
    /// Solid angle (C:2723).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub omega: Option<f64>,
    /// Cosine between the ray and the detector normal (C:2734).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallax: Option<f64>,
    /// The fraction that the layer captures (C:2736).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capture: Option<f64>,
}

/// A source seen from a sub-pixel.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Source {
    /// Sensor layer.
    pub layer: usize,
    /// Sub-pixel along slow.
    pub sub_slow: usize,
    /// Sub-pixel along fast.
    pub sub_fast: usize,
    /// Number of the source.
    pub source: usize,
    /// From the source to the sample (C:2747).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<Vector>,
    /// Wavelength.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wavelength: Option<f64>,
    /// The scattering vector (C:2751); common where the detector is flat, whose indices do not need it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scattering: Option<Vector>,
    /// sin θ/λ, half its length (C:2757); common.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stol: Option<f64>,
    /// Whether the resolution limit removes the source (C:2763).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub culled: Option<bool>,
    /// The polarization factor as it counts from here on (C:2770).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polarization: Option<f64>,
    /// What a batched engine multiplies the terms of this source by: all that they have in common.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// What it multiplies the sum by behind each term (quirk `running-product`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<f64>,
}

/// One evaluation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Step {
    /// Sensor layer.
    pub layer: usize,
    /// Sub-pixel along slow.
    pub sub_slow: usize,
    /// Sub-pixel along fast.
    pub sub_fast: usize,
    /// Number of the source.
    pub source: usize,
    /// Spindle step.
    pub phi_step: usize,
    /// Mosaic domain.
    pub domain: usize,
    /// `single` where a mixed engine computes this step so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<&'static str>,
    /// The spindle's angle (C:2781).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phi: Option<f64>,
    /// Direct cell vectors a, b, c as spindle and domain have turned them (C:2783-2811).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<[Vector; 3]>,
    /// Real-valued Miller indices (C:2813); common in single precision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hkl: Option<Vector>,
    /// Nearest integers (C:2817).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<[i64; 3]>,
    /// What is left, h − h₀; common for the reference engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fraction: Option<Vector>,
    /// Whether a batched engine had to take some of it by the C program's own expressions. The
    /// variables are those that count then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guarded: Option<bool>,
    /// Structure factor of the lattice (C:2821-2866).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f_latt: Option<f64>,
    /// Its square without the constant that a batched engine keeps in the weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lattice: Option<f64>,
    /// The square with the constant; common.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f_latt_squared: Option<f64>,
    /// Why nothing is looked up and added (C:2868).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<&'static str>,
    /// Whether the structure factor is interpolated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interpolated: Option<bool>,
    /// Whether the nearest reflection is in the table (C:3000).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_table: Option<bool>,
    /// Structure factor of the cell (C:2929-3007).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f_cell: Option<f64>,
    /// Its square; common.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f_cell_squared: Option<f64>,
    /// What a batched engine multiplies by the weight: `lattice` times the square of the structure
    /// factor, which the weight has where it is the same everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Where such a value was put right behind its addition: what was added at first, and what of it
    /// was taken back. The value is added then, less what is taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mended: Option<[f64; 2]>,
    /// What is added to the sum (C:3011); common for batched engines, which add the product of value
    /// and weight without rounding it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<f64>,
    /// What the sum of a block is multiplied by before the weight, where values in single precision
    /// leave out another constant than those in double precision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<f64>,
    /// The sum of the values of a block of steps up to this one, where they are added in blocks: in
    /// single precision, and on a GPU. The last step of the block adds it, times the weight, to the sum
    /// of the pixel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_sum: Option<f64>,
    /// The sum in the place of the next one, where an engine takes several wavelengths together: all of
    /// them in a spindle step and domain before it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_sum: Option<f64>,
    /// The sum of the terms so far, with what it is multiplied by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sum: Option<f64>,
}

/// A layer of the sensor is done.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Layer {
    /// Sensor layer.
    pub layer: usize,
    /// The sum of the terms, with the water that is added here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sum: Option<f64>,
    /// The fraction that the layer captures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capture: Option<f64>,
    /// The sum over this and all earlier layers, each with its fraction, where the quirk
    /// `sensor-layers` is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_sum: Option<f64>,
}

/// The pixel is done.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Pixel {
    /// Why nothing was summed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<&'static str>,
    /// What the sum started from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<f64>,
    /// The sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sum: Option<f64>,
    /// What the sum is divided by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<i32>,
    /// Incident photons per area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fluence: Option<f64>,
    /// Capture fraction as it stands at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capture: Option<f64>,
    /// Polarization factor as it stands at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polarization: Option<f64>,
    /// Solid angle as it stands at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub omega: Option<f64>,
    /// Where the only term was made into photons in single precision: photons of a value of 1 and of
    /// the water, both in the middle of the tile and unpolarized, and the fraction of these that the
    /// pixel has by its solid angle and polarization. (value · first + second) · third are the photons,
    /// each operation in single precision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_term: Option<[f64; 3]>,
    /// Photons (C:3032).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photons: Option<f64>,
    /// The pixel as it is written, in single precision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixel: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::{Line, Step, UNITS};

    #[test]
    fn a_line_is_an_object_that_names_its_kind_first() {
        let step = Step { source: 2, hkl: Some([0.1, -0.0, f64::NAN]), ..Step::default() };
        let text = serde_json::to_string(&Line::Step(Box::new(step))).expect("a line");
        assert_eq!(
            text,
            "{\"line\":\"step\",\"layer\":0,\"sub_slow\":0,\"sub_fast\":0,\"source\":2,\
             \"phi_step\":0,\"domain\":0,\"hkl\":[0.1,-0.0,null]}"
        );
    }

    #[test]
    fn no_unit_stands_twice() {
        let names: std::collections::BTreeSet<_> = UNITS.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), UNITS.len());
    }
}

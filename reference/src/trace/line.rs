//! The lines of a trace and their variables.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Manner;
use crate::experiment::Experiment;
use crate::vector::Vector;

/// The name and version of this list of lines. It changes where a variable comes, goes or changes its
/// meaning or place; one of [`Working`] that comes does not change it.
pub const SCHEMA: &str = "nanobragg-trace-2";

/// Units of the variables by their names; what is not listed has none.
pub type Units = BTreeMap<&'static str, &'static str>;

/// The units of the variables that have one, those of [`Working`] among them.
pub const UNITS: [(&str, &str); 21] = [
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
    ("sum", "electrons^2"),
    ("layer_sum", "electrons^2"),
    ("own_sum", "electrons^2"),
    ("block_sum", "as value"),
    ("background", "electrons^2"),
    ("fluence", "photons/m^2"),
    ("photons", "photons"),
    ("pixel", "photons"),
];

/// A line of a trace. In the file each is an object whose member `line` names its kind: `header`,
/// `ray`, `source`, `step`, `layer` or `pixel`. Lines of a kind have the same members in the same
/// order, whichever engine writes them and whatever it renders; the last one is [`Working`]. What has
/// no meaning somewhere is `null`, and so are numbers that are not finite.
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
    /// [`Working`]: the vector unit.
    pub working: Working,
}

impl Header {
    /// The header of a trace of a pixel (fast, slow).
    pub fn new(experiment: &Experiment, manner: Manner, [fast, slow]: [usize; 2]) -> Header {
        Header {
            schema: SCHEMA,
            program: concat!("nanobragg ", env!("CARGO_PKG_VERSION")),
            engine: manner.engine,
            precision: manner.precision,
            traced: [slow, fast],
            layers: experiment.detector.sensor.layers,
            oversample: experiment.sampling.oversample,
            sources: experiment.beam.sources.len(),
            phi_steps: experiment.spindle.sweep.count as usize,
            domains: experiment.crystal.domains.len(),
            units: UNITS.into_iter().collect(),
            working: Working { vector_unit: manner.vector_unit, ..Working::default() },
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
    /// Position along the fast axis of the detector (C:2694); common, as are all up to the direction,
    /// where an engine goes by the middle of some pixels and has no position of each.
    pub along_fast: f64,
    /// Position along the slow axis.
    pub along_slow: f64,
    /// Position from the sample (C:2699-2716).
    pub position: Vector,
    /// Its length; common, as batched engines have the reciprocal.
    pub airpath: f64,
    /// Its direction (C:2721).
    pub diffracted: Vector,
    /// Solid angle (C:2723).
    pub omega: f64,
    /// Cosine between the ray and the detector normal (C:2734); common where the sensor is thin, whose
    /// fraction does not need it.
    pub parallax: f64,
    /// The fraction that the layer captures (C:2736).
    pub capture: f64,
    /// [`Working`], empty here.
    pub working: Working,
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
    pub incident: Vector,
    /// Wavelength.
    pub wavelength: f64,
    /// The scattering vector (C:2751); common where the detector is flat, whose indices do not need it,
    /// and where the source is culled.
    pub scattering: Vector,
    /// sin θ/λ, half its length (C:2757); common.
    pub stol: f64,
    /// Whether the resolution limit removes the source (C:2763).
    pub culled: bool,
    /// The polarization factor as it counts from here on (C:2770).
    pub polarization: f64,
    /// Weight and multiplier.
    pub working: Working,
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
    /// The spindle's angle (C:2781).
    pub phi: f64,
    /// Direct cell vectors a, b, c as spindle and domain have turned them (C:2783-2811).
    pub cell: [Vector; 3],
    /// Real-valued Miller indices (C:2813); common in single precision.
    pub hkl: Vector,
    /// Nearest integers (C:2817).
    pub nearest: [i64; 3],
    /// What is left, h − h₀; common for the reference engine.
    pub fraction: Vector,
    /// Structure factor of the lattice (C:2821-2866); common for batched engines: the root of their
    /// square, with the sign that the C program's formula has at their indices.
    pub f_latt: f64,
    /// Its square; common, as batched engines keep a constant factor of it in the weight.
    pub f_latt_squared: f64,
    /// Why nothing is looked up and added (C:2868); what comes of it is `null` then, up to the term.
    pub skipped: Option<&'static str>,
    /// Whether the structure factor is interpolated.
    pub interpolated: Option<bool>,
    /// Whether the nearest reflection is in the table (C:3000), where there is one.
    pub in_table: Option<bool>,
    /// Structure factor of the cell (C:2929-3007); common for the engine on the processor, as `f_latt`.
    pub f_cell: Option<f64>,
    /// Its square; common.
    pub f_cell_squared: Option<f64>,
    /// What is added to the sum (C:3011); common for batched engines, which add the product of value
    /// and weight without rounding it.
    pub term: Option<f64>,
    /// The sum of the terms so far in the C program's order, with what it is multiplied by; common
    /// where a batched engine has another order, or has not added its block of terms yet. It is the
    /// sum that would be, were the block to end here, and the engine's own one behind its block.
    pub sum: f64,
    /// How the engine came there.
    pub working: Working,
}

/// A layer of the sensor is done.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Layer {
    /// Sensor layer.
    pub layer: usize,
    /// The sum of the terms, with the water that is added here.
    pub sum: f64,
    /// The fraction that the layer captures.
    pub capture: f64,
    /// The sum over this and all earlier layers, each with its fraction, where the quirk
    /// `sensor-layers` is off.
    pub layer_sum: Option<f64>,
    /// [`Working`], empty here.
    pub working: Working,
}

/// The pixel is done. Of one that is not rendered all is `null` but for the reason and the value.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Pixel {
    /// Why nothing was summed.
    pub skipped: Option<&'static str>,
    /// What the sum started from.
    pub background: Option<f64>,
    /// The sum.
    pub sum: Option<f64>,
    /// What the sum is divided by.
    pub steps: Option<i32>,
    /// Incident photons per area.
    pub fluence: Option<f64>,
    /// Capture fraction as it stands at the end.
    pub capture: Option<f64>,
    /// Polarization factor as it stands at the end.
    pub polarization: Option<f64>,
    /// Solid angle as it stands at the end.
    pub omega: Option<f64>,
    /// Photons (C:3032).
    pub photons: Option<f64>,
    /// The pixel as it is written, in single precision.
    pub pixel: f64,
    /// What photons were made of in single precision.
    pub working: Working,
}

/// How an engine works: what it keeps elsewhere than the C program does, and adds later. Here alone
/// engines differ in what they have, and the reference engine has nothing; traces are not compared in
/// it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Working {
    /// The vector unit, where the engine uses one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector_unit: Option<&'static str>,
    /// What a batched engine multiplies the terms of a source by: all that they have in common.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// What it multiplies the sum by behind each term (quirk `running-product`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<f64>,
    /// `single` where a mixed engine computes a step so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<&'static str>,
    /// Whether a batched engine had to take some of a step by the C program's own expressions. The
    /// variables are those that count then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guarded: Option<bool>,
    /// |F_latt|² without the constant that a batched engine keeps in the weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lattice: Option<f64>,
    /// What a batched engine multiplies by the weight: `lattice` times the square of the structure
    /// factor, which the weight has where it is the same everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Where such a value was put right behind its addition: what was added at first, and what of it
    /// was taken back. The value is added then, less what is taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mended: Option<[f64; 2]>,
    /// What the sum of a block is multiplied by beside the weight: its values may leave out another
    /// constant than those that are added alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<f64>,
    /// The sum of the values of a block of steps up to this one, where they are added in blocks: in
    /// single precision, and on a GPU. The last step of the block adds it, times the weight, to the sum
    /// of the pixel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_sum: Option<f64>,
    /// The sum of the pixel that a batched engine has behind a step, in its own order: behind each step
    /// that it adds alone, and behind a block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_sum: Option<f64>,
    /// Where the only term was made into photons in single precision: photons of a value of 1 and of
    /// the water, both in the middle of the tile and unpolarized, and the fraction of these that the
    /// pixel has by its solid angle and polarization. (value · first + second) · third are the photons,
    /// each operation in single precision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_term: Option<[f64; 3]>,
}

#[cfg(test)]
mod tests {
    use super::{Line, Step, UNITS, Working};

    #[test]
    fn a_line_has_all_members_in_their_order() {
        let working = Working { guarded: Some(true), ..Working::default() };
        let step = Step { source: 2, hkl: [0.1, -0.0, f64::NAN], working, ..Step::default() };
        let text = serde_json::to_string(&Line::Step(Box::new(step))).expect("a line");
        assert_eq!(
            text,
            "{\"line\":\"step\",\"layer\":0,\"sub_slow\":0,\"sub_fast\":0,\"source\":2,\
             \"phi_step\":0,\"domain\":0,\"phi\":0.0,\
             \"cell\":[[0.0,0.0,0.0],[0.0,0.0,0.0],[0.0,0.0,0.0]],\"hkl\":[0.1,-0.0,null],\
             \"nearest\":[0,0,0],\"fraction\":[0.0,0.0,0.0],\"f_latt\":0.0,\"f_latt_squared\":0.0,\
             \"skipped\":null,\"interpolated\":null,\"in_table\":null,\"f_cell\":null,\
             \"f_cell_squared\":null,\"term\":null,\"sum\":0.0,\"working\":{\"guarded\":true}}"
        );
    }

    #[test]
    fn no_unit_stands_twice() {
        let names: std::collections::BTreeSet<_> = UNITS.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), UNITS.len());
    }
}

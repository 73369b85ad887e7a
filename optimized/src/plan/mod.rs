//! The experiment prepared for batches: what does not depend on the pixel, computed once.

pub(crate) mod lattice;
pub(crate) mod orientations;
pub(crate) mod polynomials;
pub(crate) mod sources;

use nanobragg_reference::experiment::{Experiment, StructureFactors};
use nanobragg_reference::quirks::Quirk;
use nanobragg_reference::vector::magnitude;

use lattice::LatticePlan;
use orientations::Orientations;
use sources::PlannedSource;

use crate::kernel::lattice::Peaks;
use crate::kernel::plane::Surface;

/// An experiment prepared for batches.
pub(crate) struct Plan<'a> {
    /// What is rendered.
    pub(crate) experiment: &'a Experiment,
    /// Which corrections are in force.
    pub(crate) corrected: Corrected,
    /// Edge of a sub-pixel, m.
    pub(crate) subpixel_size: f64,
    /// The sources in the C program's order.
    pub(crate) sources: Vec<PlannedSource>,
    /// What the tiles of the detector have in common, where it is flat.
    pub(crate) surface: Surface,
    /// Direct cells of all spindle steps and mosaic domains.
    pub(crate) orientations: Orientations,
    /// How the lattice factor is computed.
    pub(crate) lattice: LatticePlan,
    /// The table of structure factors, where there is one.
    pub(crate) table: Option<Table<'a>>,
    /// What each term is multiplied by: the constant part of |F_latt|², and |F_cell|² where it is
    /// the same everywhere.
    pub(crate) gain: f64,
    /// No Miller index is larger.
    pub(crate) largest_index: f64,
    /// Indices that are closer than this to a decision are computed as the C program does.
    pub(crate) index_guard: f64,
    /// Whether the factors of the `-oversample_` options multiply the running sum.
    pub(crate) running: bool,
    /// Whether there is a limit of the resolution.
    pub(crate) culls: bool,
    /// Whether terms whose F_latt is 0 are left out; where the water counts, so do they (C:2868).
    pub(crate) skips: bool,
}

/// Which corrections are in force, looked up once.
#[derive(Clone, Copy)]
pub(crate) struct Corrected {
    pub(crate) curved_axes: bool,
    pub(crate) interpolation_sticks: bool,
    pub(crate) sensor_layers: bool,
    pub(crate) running_product: bool,
    pub(crate) zero_capture: bool,
    pub(crate) water_scale: bool,
    pub(crate) solid_angle_report: bool,
}

/// The table of structure factors as one slice, l fastest.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(crate) factors: &'a StructureFactors,
    pub(crate) values: &'a [f64],
}

impl<'a> Plan<'a> {
    /// Prepares an experiment.
    pub(crate) fn new(experiment: &'a Experiment) -> Plan<'a> {
        let off = |quirk| !experiment.quirks.has(quirk);
        let corrected = Corrected {
            curved_axes: off(Quirk::CurvedAxes),
            interpolation_sticks: off(Quirk::InterpolationSticks),
            sensor_layers: off(Quirk::SensorLayers),
            running_product: off(Quirk::RunningProduct),
            zero_capture: off(Quirk::ZeroCapture),
            water_scale: off(Quirk::WaterScale),
            solid_angle_report: off(Quirk::SolidAngleReport),
        };
        let table = experiment
            .structure
            .factors
            .as_deref()
            .and_then(|factors| Some(Table { factors, values: factors.values.as_slice()? }));
        let lattice = LatticePlan::new(&experiment.crystal);
        let default_f = experiment.structure.default_f;
        let cell_gain = if table.is_some() { 1.0 } else { default_f * default_f };
        let sampling = &experiment.sampling;
        let largest_index = largest_index(experiment);
        let planned = experiment.beam.sources.iter().map(|s| PlannedSource::new(experiment, s));
        let sources: Vec<PlannedSource> = planned.collect();
        Plan {
            experiment,
            corrected,
            subpixel_size: experiment.detector.pixel_size / sampling.oversample as f64,
            surface: Surface::new(&experiment.detector, sources.first()),
            sources,
            orientations: Orientations::new(experiment),
            gain: lattice.gain(&experiment.crystal) * cell_gain,
            lattice,
            table,
            // Both round a few dozen times on the way.
            index_guard: (64.0 * f64::EPSILON * largest_index).min(0.25),
            largest_index,
            culls: sampling.dmin > 0.0,
            skips: sampling.water_size == 0.0,
            running: !corrected.running_product
                && (sampling.thick || sampling.polar || sampling.omega),
        }
    }
}

impl Plan<'_> {
    /// Whether the rays are those of `kernel::simple`.
    pub(crate) fn is_simple(&self) -> bool {
        self.uniform()
            && !self.captures()
            && !self.experiment.detector.curved
            && !self.corrected.water_scale
            && !self.corrected.solid_angle_report
    }

    /// Whether all terms are multiplied by the same, which is the gain.
    pub(crate) fn uniform(&self) -> bool {
        let sampling = &self.experiment.sampling;
        !(sampling.thick || sampling.polar || sampling.omega || sampling.dmin > 0.0)
    }

    /// What |F_latt|² is over that of vectors of doubles or singles.
    pub(crate) fn lattice_gain(&self, double: bool) -> f64 {
        self.lattice.gain(&self.experiment.crystal) * self.lattice.unit(double)
    }

    /// What terms of doubles are multiplied by, where they are multiplied by nothing else.
    pub(crate) fn weight(&self) -> f64 {
        self.gain * self.lattice.unit(true)
    }

    /// What terms of singles are multiplied by to be terms of doubles.
    pub(crate) fn singles_in_doubles(&self) -> f64 {
        self.lattice.unit(false) / self.lattice.unit(true)
    }

    /// Whether the fraction that a layer captures may be other than 1.
    pub(crate) fn captures(&self) -> bool {
        self.experiment.detector.sensor.thickness != 0.0 || self.experiment.sampling.thick
    }

    /// Whether the water is added to the sum behind its terms: where the factors of the
    /// `-oversample_` options go to the terms, it has to get them for itself.
    pub(crate) fn background_apart(&self) -> bool {
        let sampling = &self.experiment.sampling;
        self.corrected.running_product && (sampling.thick || sampling.polar || sampling.omega)
    }

    /// What the sum of terms starts from.
    pub(crate) fn background_in_sum(&self) -> f64 {
        if self.corrected.water_scale || self.background_apart() {
            return 0.0;
        }
        self.experiment.sampling.background
    }

    /// Where the C program's interference function shows its rounding by more than 10⁻⁷.
    pub(crate) fn peaks(&self) -> Peaks {
        let active = self.experiment.crystal.cells.map(|cells| cells > 1.0);
        Peaks { reach: self.largest_index * 2e-9, active }
    }
}

/// A bound of all Miller indices, and of what cancels in them: |a| (|s| + |s₀|)/λ.
fn largest_index(experiment: &Experiment) -> f64 {
    let longest = experiment.crystal.cell.iter().map(magnitude).fold(0.0, f64::max);
    let shortest = experiment
        .beam
        .sources
        .iter()
        .map(|source| source.wavelength / (1.0 + magnitude(&source.direction)))
        .fold(f64::INFINITY, f64::min);
    longest / shortest
}

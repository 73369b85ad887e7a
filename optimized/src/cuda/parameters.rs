//! What a launch is told: the plan as the structures of `kernel/parameters.h`, field by field.

use nanobragg_reference::arguments::settings::Shape;
use nanobragg_reference::experiment::R_E_SQR;
use nanobragg_reference::vector::Vector;

use super::single;
use crate::exact;
use crate::functions::cosine_at_zero;
use crate::kernel::lattice::rim;
use crate::plan::Plan;
use crate::plan::lattice::{Cosines, LatticePlan};
use crate::plan::polynomials::{Completed, Cosine};
use crate::special::Special;

/// An address in device memory; 0: nothing is there.
pub(super) type Address = u64;

/// The words of `Sums` of `kernel/parameters.h`.
pub(super) const SUMS_WORDS: usize = 11;

/// Structure `Polynomials` of `kernel/parameters.h`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
struct Polynomials<Real> {
    coefficients: [[Real; 9]; 3],
    parity: [[Real; 2]; 3],
    constants: [[Real; 2]; 3],
    roots: [[Real; 2]; 3],
    unit: f64,
}

/// Structure `Parameters` of `kernel/parameters.h`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct Parameters {
    fdet: [f64; 3],
    sdet: [f64; 3],
    odet: [f64; 3],
    pix0: [f64; 3],
    beam_direction: [f64; 3],
    distance: f64,
    close_distance: f64,
    pixel_size: f64,
    subpixel_size: f64,
    beam_spot: [f64; 2],
    senses: [f64; 2],
    thickness: f64,
    layer_step: f64,
    mu: f64,
    kahn: f64,
    dmin: f64,
    background: f64,
    water_size: f64,
    scale: f64,
    cell: [[f64; 3]; 3],
    reciprocal: [[f64; 3]; 3],
    cells: [f64; 3],
    fudge: f64,
    doubles: Polynomials<f64>,
    singles: Polynomials<f32>,
    squares: [f64; 3],
    triangle: [f64; 6],
    triangle_factor: f64,
    reach: f64,
    margin: f64,
    lattice_gain: f64,
    gain: f64,
    index_guard: f64,
    amplitude: f64,
    default_f: f64,
    limits: [[f64; 2]; 3],
    fixed_point: f64,
    single_guard: f32,
    padding: f32,
    table_min: [i64; 3],
    table_size: [i64; 3],
    layers: i64,
    oversample: i64,
    sources: i64,
    /// Runs of sources of one direction.
    pub(super) runs: i64,
    orientations: i64,
    domains: i64,
    leading: i64,
    lattice: i64,
    shape: i64,
    degree: i64,
    completed: i64,
    even: i64,
    stiff: i64,
    active: [i64; 3],
    whole_cells: [i64; 3],
    has_table: i64,
    strict: i64,
    mosaic: i64,
    curved: i64,
    point_pixel: i64,
    nopolar: i64,
    each_thick: i64,
    each_polar: i64,
    each_omega: i64,
    captures: i64,
    renewed: i64,
    uniform: i64,
    running: i64,
    background_apart: i64,
    curved_axes: i64,
    sensor_layers: i64,
    zero_capture: i64,
    water_scale: i64,
    solid_angle_report: i64,
    edge_high: i64,
    reach_high: i64,
    guard_fixed: i64,
    unrotated_pixel: [i64; 2],
    unrotated_ray: i64,
    interpolate: i64,
    switch_pixel: [i64; 2],
    switch_evaluation: i64,
    /// Fast and slow coordinate of the first pixel of the launch.
    pub(super) first: [i64; 2],
    /// Columns and rows of the launch.
    pub(super) size: [i64; 2],
    /// Columns and rows of a block.
    pub(super) block: [i64; 2],
    /// Blocks along a row.
    pub(super) blocks: i64,
    /// The first row within the region.
    pub(super) row: i64,
    /// Rows of the region.
    pub(super) rows: i64,
    /// Rows whose sums are added.
    pub(super) group: i64,
    pub(super) source_list: Address,
    pub(super) run_list: Address,
    pub(super) turned: Address,
    pub(super) matrices: Address,
    pub(super) table: Address,
    pub(super) mask: Address,
    pub(super) cancelled: Address,
    pub(super) pixels: Address,
    pub(super) omega_sums: Address,
    pub(super) solid_angles: Address,
    pub(super) doubts: Address,
    pub(super) outside: Address,
    pub(super) guarded: Address,
    pub(super) row_sums: Address,
    pub(super) group_sums: Address,
    pub(super) trace: Address,
}

const _: () = assert!(size_of::<Parameters>() == 1824, "kernel/kernels.h asserts this size");

impl Parameters {
    /// The parameters of a plan; pixels and addresses are still to come.
    pub(super) fn new(plan: &Plan<'_>, special: &Special) -> Parameters {
        let mut p = Parameters::default();
        p.detector(plan);
        p.sampling(plan);
        p.crystal(plan);
        p.lattice(plan);
        p.factors(plan);
        p.special(plan, special);
        p
    }

    fn detector(&mut self, plan: &Plan<'_>) {
        let (beam, detector) = (&plan.experiment.beam, &plan.experiment.detector);
        self.fdet = detector.fdet;
        self.sdet = detector.sdet;
        self.odet = detector.odet;
        self.pix0 = detector.pix0;
        self.beam_direction = beam.direction;
        self.distance = detector.distance;
        self.close_distance = detector.close_distance;
        self.pixel_size = detector.pixel_size;
        self.subpixel_size = plan.subpixel_size;
        self.beam_spot = detector.beam_spot;
        self.senses = exact::senses(plan.experiment);
        self.thickness = detector.sensor.thickness;
        self.layer_step = detector.sensor.step;
        self.mu = detector.sensor.mu;
        self.layers = detector.sensor.layers as i64;
        self.curved = flag(detector.curved);
        self.point_pixel = flag(detector.point_pixel);
        self.curved_axes = flag(plan.corrected.curved_axes);
        self.solid_angle_report = flag(plan.corrected.solid_angle_report);
    }

    fn sampling(&mut self, plan: &Plan<'_>) {
        let (beam, sampling) = (&plan.experiment.beam, &plan.experiment.sampling);
        let corrected = &plan.corrected;
        self.kahn = beam.polarization;
        self.nopolar = flag(beam.nopolar);
        self.sources = plan.sources.len() as i64;
        self.dmin = sampling.dmin;
        self.background = sampling.background;
        self.water_size = sampling.water_size;
        self.scale = R_E_SQR * beam.fluence / f64::from(sampling.steps);
        self.oversample = sampling.oversample as i64;
        self.each_thick = flag(sampling.thick);
        self.each_polar = flag(sampling.polar);
        self.each_omega = flag(sampling.omega);
        self.captures = flag(plan.captures());
        self.renewed = flag(exact::renewed(plan));
        self.uniform = flag(plan.uniform());
        self.running = flag(plan.running);
        let each = sampling.thick || sampling.polar || sampling.omega;
        self.background_apart = flag(corrected.running_product && each);
        self.sensor_layers = flag(corrected.sensor_layers);
        self.zero_capture = flag(corrected.zero_capture);
        self.water_scale = flag(corrected.water_scale);
    }

    fn crystal(&mut self, plan: &Plan<'_>) {
        let crystal = &plan.experiment.crystal;
        self.cell = crystal.cell;
        self.reciprocal = crystal.reciprocal;
        self.cells = crystal.cells;
        self.fudge = crystal.fudge;
        self.shape = match crystal.shape {
            Shape::Square => 0,
            Shape::Round => 1,
            Shape::Gauss => 2,
            Shape::Tophat => 3,
        };
        self.active = crystal.cells.map(|cells| flag(cells > 1.0));
        self.whole_cells = crystal.cells.map(|cells| cells as i64);
        self.mosaic = flag(crystal.mosaic_spread > 0.0);
        self.domains = crystal.domains.len() as i64;
        self.orientations = plan.orientations.count() as i64;
        self.leading = plan.orientations.leading() as i64;
    }

    /// How the lattice factor is computed, and where the C program's expressions are asked for it.
    fn lattice(&mut self, plan: &Plan<'_>) {
        let crystal = &plan.experiment.crystal;
        let guard = plan.index_guard;
        self.gain = plan.gain;
        self.lattice_gain = plan.lattice.gain(crystal);
        self.index_guard = guard;
        self.margin = -1.0;
        (self.doubles.unit, self.singles.unit) = (1.0, 1.0);
        let mut sided = plan.table.is_some();
        let mut reach = None;
        match &plan.lattice {
            LatticePlan::Single => self.lattice = 0,
            LatticePlan::Cosines(cosines) => {
                self.lattice = 1;
                self.degree = cosines.degree as i64;
                self.even = flag(cosines.even);
                self.completed = flag(cosines.completed.is_some());
                self.doubles = polynomials(cosines, &crystal.cells, true, |value| value);
                self.singles = polynomials(cosines, &crystal.cells, false, |value| value as f32);
                reach = Some(plan.peaks().reach);
            }
            LatticePlan::Sines(_) => {
                self.lattice = 2;
                reach = Some(plan.peaks().reach);
            }
            LatticePlan::Round(squares) => {
                self.lattice = 3;
                self.squares = *squares;
                // Near a peak sin x/x − cos x cancels, and what is left of it is the C library's
                // rounding.
                let radius = 1e-2 + guard * squares.iter().sum::<f64>().abs().sqrt();
                self.margin = radius * radius;
            }
            LatticePlan::Gauss(form) => {
                self.lattice = 4;
                sided = true;
                self.triangle = form.rows;
                self.triangle_factor = form.factor;
                // Errors of an index that make one of 10⁻⁷ in a term.
                let error = form.steepest() * guard;
                self.stiff = flag(error > 5e-8);
                self.margin = match (error > 5e-8, plan.running) {
                    (true, _) => ((2.0f64 * 745.0).sqrt() + 1.0 + error).powi(2),
                    (false, true) => 2.0,
                    (false, false) => -1.0,
                };
            }
            LatticePlan::Tophat(form) => {
                self.lattice = 5;
                sided = true;
                self.triangle = form.rows;
                self.triangle_factor = form.factor;
                self.margin = rim(form.steepest() * guard) + 1e-12;
            }
        }
        if plan.lattice.is_extreme() {
            // All is done by the C program's expressions.
            self.margin = f64::INFINITY;
        }
        // The kernel compares upper words: it asks a little too often, and looks closer then.
        self.edge_high = if sided { high(0.5 - guard) } else { i64::from(i32::MAX) };
        self.reach = reach.unwrap_or(0.0);
        self.reach_high = reach.map_or(-1, high);
        self.guard_fixed = fixed(guard.max(reach.unwrap_or(0.0)));
        // Fractions are as exact as single precision where it holds the guard.
        self.single_guard = self.guard_fixed as f32 * GRAIN;
        self.fixed_point = 1.5 * f64::from(1 << 20) + self.guard_fixed as f64 * f64::from(GRAIN);
        self.amplitude = single::uncertainty(plan).powi(2);
    }

    fn factors(&mut self, plan: &Plan<'_>) {
        let structure = &plan.experiment.structure;
        self.default_f = structure.default_f;
        self.interpolate = flag(structure.interpolate && plan.table.is_some());
        self.strict = flag(plan.corrected.interpolation_sticks);
        let Some(table) = &plan.table else { return };
        self.has_table = 1;
        self.table_min = table.factors.min.map(i64::from);
        self.table_size = table.factors.ranges().map(|size| size as i64);
        for axis in 0..3 {
            let (min, max) = (table.factors.min[axis], table.factors.max[axis]);
            let inner = if plan.corrected.interpolation_sticks { 1.0 } else { 2.0 };
            self.limits[axis] = [f64::from(min) + inner, f64::from(max) - inner];
        }
    }

    fn special(&mut self, plan: &Plan<'_>, special: &Special) {
        self.unrotated_pixel = [-1; 2];
        self.switch_pixel = [-1; 2];
        if let Some(address) = special.unrotated {
            self.unrotated_pixel = address.place.pixel.map(i64::from);
            self.unrotated_ray = address.number(plan);
        }
        if let Some(address) = special.switch {
            self.switch_pixel = address.place.pixel.map(i64::from);
            let number = address.number(plan) * plan.orientations.count() as i64;
            self.switch_evaluation = number + address.orientation as i64;
        }
    }
}

/// Polynomials as the kernels have them, their squares completed where the plan's are.
fn polynomials<Real: Copy + Default>(
    cosines: &Cosines,
    cells: &Vector,
    double: bool,
    real: impl Fn(f64) -> Real + Copy,
) -> Polynomials<Real> {
    // That of `kernel/functions.h`.
    let cosine = Cosine { scale: 1.0, at_zero: cosine_at_zero(double), double };
    let completed = Completed::new(&cosines.coefficients, cells, cosines.degree, cosine);
    let pairs = |pairs: [[f64; 2]; 3]| pairs.map(|pair| pair.map(real));
    Polynomials {
        coefficients: cosines.coefficients.map(|axis| axis.map(real)),
        parity: pairs(cosines.parity),
        constants: completed.map(|squares| pairs(squares.constants)).unwrap_or_default(),
        roots: completed.map(|squares| pairs(squares.parity)).unwrap_or_default(),
        unit: completed.map_or(1.0, |squares| squares.unit),
    }
}

/// Sources as the kernel has them.
pub(super) fn sources(plan: &Plan<'_>) -> Vec<f64> {
    let mut words = Vec::new();
    for (planned, source) in plan.sources.iter().zip(&plan.experiment.beam.sources) {
        words.extend(planned.direction);
        words.extend([source.wavelength, planned.inverse_wavelength]);
        for vector in [planned.incident, planned.e_in, planned.b_in] {
            words.extend(vector);
        }
        words.push(f64::from(u8::from(planned.isotropic)));
    }
    words
}

/// Runs of sources of one direction, as pairs of the first one and their number. Where terms have
/// different weights, or where something happens within a pixel, each source is alone, so that the
/// order of evaluations is the C program's.
pub(super) fn runs(plan: &Plan<'_>, special: &Special) -> Vec<i64> {
    let together = plan.uniform() && special.unrotated.is_none() && special.switch.is_none();
    let mut runs: Vec<i64> = Vec::new();
    for (number, source) in plan.sources.iter().enumerate() {
        let before = number.checked_sub(1).map(|before| plan.sources[before].direction);
        match runs.last_mut() {
            Some(count) if together && before == Some(source.direction) => *count += 1,
            _ => runs.extend([number as i64, 1]),
        }
    }
    runs
}

fn flag(condition: bool) -> i64 {
    i64::from(condition)
}

/// 2⁻³², the unit of fractions as integers.
const GRAIN: f32 = 1.0 / 4_294_967_296.0;

/// A distance in these units, with their rounding.
fn fixed(distance: f64) -> i64 {
    (distance / f64::from(GRAIN)).min(1e9) as i64 + 2
}

/// The upper word of a positive number.
fn high(value: f64) -> i64 {
    (value.to_bits() >> 32) as i64
}

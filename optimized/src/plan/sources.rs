//! Sources prepared for batches.

use nanobragg_reference::experiment::{Experiment, Source};
use nanobragg_reference::vector::{Vector, cross, unitize};

/// A source and the basis in which its polarization is measured.
pub(crate) struct PlannedSource {
    /// From the sample to the source, as the experiment has it.
    pub(crate) direction: Vector,
    /// 1/λ, 1/m.
    pub(crate) inverse_wavelength: f64,
    /// Unit vector of the incident ray.
    pub(crate) incident: Vector,
    /// The direction of the E-vector across the incident ray; zero where there is none.
    pub(crate) e_in: Vector,
    /// The direction of the B-vector.
    pub(crate) b_in: Vector,
    /// K in ½ (1 + cos²2θ − K cos 2ψ sin²2θ).
    pub(crate) kahn: f64,
    /// Whether the polarization has no direction, so that cos 2ψ = 1 (C:4085).
    pub(crate) isotropic: bool,
}

impl PlannedSource {
    pub(crate) fn new(experiment: &Experiment, source: &Source) -> PlannedSource {
        let beam = &experiment.beam;
        let incident = unitize(&source.direction.map(|component| -component)).0;
        let axis = unitize(&beam.polar_vector).0;
        let b_in = unitize(&cross(&axis, &incident)).0;
        let e_in = unitize(&cross(&incident, &b_in)).0;
        PlannedSource {
            direction: source.direction,
            inverse_wavelength: 1.0 / source.wavelength,
            incident,
            e_in,
            b_in,
            kahn: beam.polarization,
            isotropic: beam.polarization == 0.0 || b_in == [0.0; 3],
        }
    }
}

impl PlannedSource {
    /// ½ (cos²2θ − K cos 2ψ sin²2θ) as a quadratic form of the unit vector of the diffracted ray:
    /// its coefficients xx, yy, zz, and twice xy, xz, yz.
    ///
    /// With e, b and the incident ray a right-handed basis, sin²2θ cos 2ψ = E² − B²; without one
    /// it is 1 − cos²2θ.
    pub(crate) fn polarization_form(&self) -> [f64; 6] {
        let entry = |i: usize, j: usize| {
            let along = self.incident[i] * self.incident[j];
            let across = if self.isotropic {
                f64::from(u8::from(i == j)) - along
            } else {
                self.e_in[i] * self.e_in[j] - self.b_in[i] * self.b_in[j]
            };
            0.5 * (along - self.kahn * across)
        };
        [
            entry(0, 0),
            entry(1, 1),
            entry(2, 2),
            2.0 * entry(0, 1),
            2.0 * entry(0, 2),
            2.0 * entry(1, 2),
        ]
    }
}

//! The whole sum of a pixel.

use nanobragg_reference::experiment::R_E_SQR;
use nanobragg_reference::{Experiment, Quirk};

use super::number::{Number, abs, is_close_call, number, quotient, rounded};
use super::vector::{Long, dot, exactly, plus, rotate, times};
use super::{Undecided, lattice, optics};

/// Most evaluations of a pixel, sub-pixels and layers included.
const MOST_EVALUATIONS: f64 = 2000.0;

/// Evaluates pixels of an experiment.
pub struct Oracle<'a> {
    experiment: &'a Experiment,
    /// Direct cell vectors of each spindle step and mosaic domain, m.
    cells: Vec<[Long; 3]>,
}

/// The exact value of a pixel, photons.
#[derive(Clone, Debug)]
pub struct Exact(Number);

impl Exact {
    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        rounded(&self.0)
    }

    /// The nearest single.
    pub fn to_f32(&self) -> f32 {
        self.0.to_f32().value()
    }

    /// How far a value is from it, photons.
    ///
    /// # Errors
    /// A value that is not finite.
    pub fn distance(&self, value: f64) -> Result<f64, Undecided> {
        Ok(rounded(&abs(&(&self.0 - number(value)?))))
    }
}

impl<'a> Oracle<'a> {
    /// An oracle for an experiment.
    ///
    /// # Errors
    /// Interpolated structure factors, the factors of the `-oversample_` options for each term, an
    /// orientation that is left over from the pixel before, water by its corrected scale, and
    /// more evaluations a pixel than can be had in a moment.
    pub fn new(experiment: &'a Experiment) -> Result<Oracle<'a>, Undecided> {
        let Experiment { quirks, sampling, structure, spindle, crystal, detector, .. } = experiment;
        let count = spindle.sweep.count;
        if structure.interpolate && structure.factors.is_some() {
            return Err(Undecided("interpolated structure factors"));
        }
        if sampling.thick || sampling.polar || sampling.omega {
            return Err(Undecided("factors for each term"));
        }
        let stops = (0..count).any(|step| spindle.phi(step) == 0.0);
        if quirks.has(Quirk::StalePhi) && count > 1 && stops {
            return Err(Undecided("an orientation that is left over"));
        }
        if !quirks.has(Quirk::WaterScale) && sampling.background != 0.0 {
            return Err(Undecided("water"));
        }
        if detector.sensor.layers as f64 * f64::from(sampling.steps) > MOST_EVALUATIONS {
            return Err(Undecided("too many evaluations"));
        }
        let [a, b, c] = &crystal.cell;
        let cell = [exactly(a)?, exactly(b)?, exactly(c)?];
        let axis = exactly(&spindle.axis)?;
        let mut cells = Vec::new();
        for step in 0..count {
            let angle =
                number(spindle.phi0)? + number(spindle.sweep.step)? * number(f64::from(step))?;
            let turn = |vector: &Long| rotate(vector, &axis, &angle);
            let turned = if spindle.phi(step) == 0.0 {
                cell.clone()
            } else {
                [turn(&cell[0])?, turn(&cell[1])?, turn(&cell[2])?]
            };
            for domain in crystal.domains.iter() {
                if crystal.mosaic_spread > 0.0 {
                    let [xx, xy, xz, yx, yy, yz, zx, zy, zz] = *domain;
                    let rows =
                        [exactly(&[xx, xy, xz])?, exactly(&[yx, yy, yz])?, exactly(&[zx, zy, zz])?];
                    cells.push(turned.each_ref().map(|v| rows.each_ref().map(|row| dot(row, v))));
                } else {
                    cells.push(turned.clone());
                }
            }
        }
        Ok(Oracle { experiment, cells })
    }

    /// The value of a pixel.
    ///
    /// # Errors
    /// A decision that is too close to call, an input that is not finite.
    pub fn pixel(&self, fast: usize, slow: usize) -> Result<Exact, Undecided> {
        let Experiment { quirks, beam, detector, sampling, .. } = self.experiment;
        let by_layer = !quirks.has(Quirk::SensorLayers);
        let background = number(sampling.background)?;
        let (mut omega, mut polar) = (None, None);
        if beam.nopolar {
            polar = Some(number(1.0)?);
        }
        let (mut sum, mut capture) = (background.clone(), number(1.0)?);
        let mut captured = number(0.0)?;
        for layer in 0..detector.sensor.layers {
            if by_layer {
                sum = background.clone();
            }
            for sub in 0..sampling.oversample * sampling.oversample {
                let sub_pixel = [sub % sampling.oversample, sub / sampling.oversample];
                let place = optics::place(self.experiment, [fast, slow], sub_pixel, layer)?;
                if omega.is_none() {
                    omega = Some(optics::solid_angle(detector, &place.distance)?);
                }
                if sub == 0 {
                    capture = optics::capture(detector, &place.ray, layer)?;
                }
                sum += self.sources(&place.ray, &mut polar)?;
            }
            if by_layer {
                captured += &sum * &capture;
            }
        }
        if !by_layer {
            captured = sum * capture;
        }
        let zero = number(0.0)?;
        let scale = number(R_E_SQR)? * number(beam.fluence)?;
        let factors = scale * polar.unwrap_or(zero.clone()) * omega.unwrap_or(zero);
        Ok(Exact(quotient(&(captured * factors), &number(f64::from(sampling.steps))?)?))
    }

    /// The terms of all sources along a ray; the polarization factor of the pixel is that of the
    /// first source within the resolution limit.
    fn sources(&self, ray: &Long, polar: &mut Option<Number>) -> Result<Number, Undecided> {
        let Experiment { beam, sampling, .. } = self.experiment;
        let mut sum = number(0.0)?;
        for source in &beam.sources {
            let to_source = exactly(&source.direction)?;
            let inverse = quotient(&number(1.0)?, &number(source.wavelength)?)?;
            let scattering = times(&plus(ray, &to_source), &inverse);
            if sampling.dmin > 0.0 {
                let ratio = number(sampling.dmin)? * dot(&scattering, &scattering).sqrt();
                if is_close_call(&ratio, 1.0, 1.0)? {
                    return Err(Undecided("a resolution at the limit"));
                }
                if ratio > number(1.0)? {
                    continue;
                }
            }
            if polar.is_none() {
                let incident = times(&to_source, &number(-1.0)?);
                *polar = Some(optics::polarization(beam, &incident, ray)?);
            }
            for cell in &self.cells {
                let index = cell.each_ref().map(|vector| dot(vector, &scattering));
                sum += lattice::term(self.experiment, &index)?;
            }
        }
        Ok(sum)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

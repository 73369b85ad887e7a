//! Putting the values of the options into [`Settings`], in the units of the C program
//! (C:506-1116).

use std::ffi::OsString;
use std::path::PathBuf;

use super::options::Id;
use super::scan::Action;
use super::settings::{Convention, Interpolation, Misset, Pivot, RTD, SeedChoice, Settings, Shape};
use crate::cnumber;
use crate::error::{Error, Result};
use crate::vector::Vector;

/// Applies all actions in order. Notes for the user are added to `notes`.
///
/// # Errors
/// A value that is not finite or does not fit its type.
pub fn apply(actions: &[Action], settings: &mut Settings, notes: &mut Vec<String>) -> Result<()> {
    for action in actions {
        let mut values = Values { action, notes };
        settings.apply(action.id, &mut values)?;
    }
    settings.inputs.mask_after_image = last_place(actions, Id::Mask) > last_place(actions, Id::Img);
    Ok(())
}

fn last_place(actions: &[Action], id: Id) -> Option<usize> {
    actions.iter().filter(|action| action.id == id).map(|action| action.place).max()
}

/// The values of one option.
struct Values<'a> {
    action: &'a Action,
    notes: &'a mut Vec<String>,
}

impl Values<'_> {
    fn bytes(&self, index: usize) -> &[u8] {
        self.action.values[index].as_encoded_bytes()
    }

    fn path(&self) -> Result<PathBuf> {
        if self.bytes(0).is_empty() {
            let typed = self.action.typed.to_string_lossy();
            return Err(Error::Usage(format!("{typed}: an empty file name")));
        }
        Ok(PathBuf::from(&self.action.values[0]))
    }

    fn contains(&self, word: &str) -> bool {
        self.bytes(0).windows(word.len()).any(|window| window == word.as_bytes())
    }

    /// `atof`, refusing what is not finite.
    fn double(&mut self, index: usize) -> Result<f64> {
        let found = cnumber::double(self.bytes(index));
        if !found.value.is_finite() {
            return Err(Error::Usage(format!(
                "{}: '{}' is not a finite number",
                self.action.typed.to_string_lossy(),
                self.action.values[index].to_string_lossy()
            )));
        }
        self.note_rest(index, found.used, &found.value.to_string());
        Ok(found.value)
    }

    /// `atoi`, refusing what does not fit into 32 bits.
    fn integer(&mut self, index: usize) -> Result<i32> {
        let found = cnumber::integer(self.bytes(index)).ok_or_else(|| {
            Error::Usage(format!(
                "{}: '{}' does not fit into a 32-bit integer",
                self.action.typed.to_string_lossy(),
                self.action.values[index].to_string_lossy()
            ))
        })?;
        self.note_rest(index, found.used, &found.value.to_string());
        Ok(found.value)
    }

    fn seed(&mut self) -> Result<SeedChoice> {
        let seed = self.integer(0)?;
        if seed == i32::MIN {
            // The C program negates the seed in 32 bits.
            return Err(Error::Usage(format!(
                "{}: {seed} is out of range",
                self.action.typed.to_string_lossy()
            )));
        }
        Ok(SeedChoice::Given(seed))
    }

    fn vector(&mut self) -> Result<Vector> {
        Ok([self.double(0)?, self.double(1)?, self.double(2)?])
    }

    /// Says so where only a part of a value, or none of it, was a number.
    fn note_rest(&mut self, index: usize, used: usize, value: &str) {
        let given: &OsString = &self.action.values[index];
        if used < given.as_encoded_bytes().trim_ascii_end().len() || used == 0 {
            self.notes.push(format!(
                "{}: '{}' is read as {value}, as the C program does",
                self.action.typed.to_string_lossy(),
                given.to_string_lossy()
            ));
        }
    }
}

impl Settings {
    fn apply(&mut self, id: Id, values: &mut Values<'_>) -> Result<()> {
        match id {
            Id::Na => self.cells[0] = f64::from(values.integer(0)?),
            Id::Nb => self.cells[1] = f64::from(values.integer(0)?),
            Id::Nc => self.cells[2] = f64::from(values.integer(0)?),
            Id::N => self.cells = [f64::from(values.integer(0)?); 3],
            Id::Cell => {
                self.user_cell = true;
                for index in 0..values.action.values.len() {
                    let value = values.double(index)?;
                    match index {
                        0..3 => self.cell_lengths[index] = value,
                        _ => self.cell_angles[index - 3] = value / RTD,
                    }
                }
            }
            Id::MissetRandom => self.misset = Misset::Random,
            // Checked once it is known which of them counts: -misset_seed, which acts here, too, may
            // be followed by anything.
            Id::Misset => {
                let angles = [0, 1, 2].map(|index| cnumber::double(values.bytes(index)).value);
                self.misset = Misset::Angles(angles.map(|angle| angle / RTD));
            }
            Id::SampleSize => self.sample_size = [values.double(0)? / 1000.0; 3],
            Id::SampleX => self.sample_size[0] = values.double(0)? / 1000.0,
            Id::SampleY => self.sample_size[1] = values.double(0)? / 1000.0,
            Id::SampleZ => self.sample_size[2] = values.double(0)? / 1000.0,
            // Overwritten by the C program before any use (C:2099-2102).
            Id::Density | Id::MolecularWeight => drop(values.double(0)?),
            Id::Xbeam => self.center(0, values.double(0)?),
            Id::Ybeam => self.center(1, values.double(0)?),
            Id::Xclose => self.close(0, values.double(0)?),
            Id::Yclose => self.close(1, values.double(0)?),
            Id::OrgX => self.org(0, values.double(0)?),
            Id::OrgY => self.org(1, values.double(0)?),
            Id::Pivot => {
                // Both words may stand in one value; the second test wins.
                for (word, pivot) in [("sample", Pivot::Sample), ("beam", Pivot::Beam)] {
                    if values.contains(word) {
                        self.pivot = pivot;
                        self.pivot_explicit = Some(pivot);
                    }
                }
                if !values.contains("sample") && !values.contains("beam") {
                    values.notes.push(format!(
                        "-pivot: '{}' is neither sample nor beam and is ignored, as the C program does",
                        values.action.values[0].to_string_lossy()
                    ));
                }
            }
            Id::Mosflm => self.convention(Convention::Mosflm, Pivot::Beam),
            Id::Xds => self.convention(Convention::Xds, Pivot::Sample),
            Id::Adxv => self.convention(Convention::Adxv, Pivot::Beam),
            Id::Denzo => self.convention(Convention::Denzo, Pivot::Beam),
            Id::Dials => self.convention(Convention::Dials, Pivot::Beam),
            Id::FdetVector => self.axes.fdet = self.custom(values)?,
            Id::SdetVector => self.axes.sdet = self.custom(values)?,
            Id::OdetVector => self.axes.odet = self.custom(values)?,
            Id::BeamVector => self.axes.beam = self.custom(values)?,
            Id::PolarVector => self.axes.polar = self.custom(values)?,
            Id::SpindleAxis => self.axes.spindle = self.custom(values)?,
            Id::TwothetaAxis => self.axes.twotheta = self.custom(values)?,
            Id::Pix0Vector => self.pix0 = Some(self.custom(values)?),
            Id::Pix0VectorMm => self.pix0 = Some(self.custom(values)?.map(|mm| mm / 1000.0)),
            Id::Distance => {
                self.distance = values.double(0)? / 1000.0;
                self.imply(Pivot::Beam);
            }
            Id::CloseDistance => {
                self.close_distance = Some(values.double(0)? / 1000.0);
                self.imply(Pivot::Sample);
            }
            Id::DetectorAbs => {
                let none = values.contains("inf");
                let depth = if none { 0.0 } else { values.double(0)? };
                if depth == 0.0 {
                    self.detector_thick = 0.0;
                    self.detector_mu = 0.0;
                } else {
                    self.detector_mu = 1.0 / (depth * 1e-6);
                }
                self.detector_abs_inf = depth == 0.0;
            }
            Id::DetectorThick => {
                self.detector_thick = values.double(0)? * 1e-6;
                self.detector_thick_given = self.detector_thick;
            }
            Id::DetectorThicksteps | Id::Thicksteps => {
                self.detector_thicksteps = values.integer(0)?;
            }
            Id::Twotheta => {
                self.twotheta = values.double(0)? / RTD;
                self.imply(Pivot::Sample);
            }
            Id::DetectorRotx => self.detector_rotation[0] = values.double(0)? / RTD,
            Id::DetectorRoty => self.detector_rotation[1] = values.double(0)? / RTD,
            Id::DetectorRotz => self.detector_rotation[2] = values.double(0)? / RTD,
            Id::Detsize => self.detsize = [values.double(0)? / 1000.0; 2],
            Id::DetsizeF => self.detsize[0] = values.double(0)? / 1000.0,
            Id::DetsizeS => self.detsize[1] = values.double(0)? / 1000.0,
            Id::Detpixels => self.pixels = [values.integer(0)?; 2],
            Id::DetpixelsF => self.pixels[0] = values.integer(0)?,
            Id::DetpixelsS => self.pixels[1] = values.integer(0)?,
            Id::CurvedDet => self.curved_detector = true,
            Id::Pixel => self.pixel_size = values.double(0)? / 1000.0,
            Id::PointPixel => self.point_pixel = true,
            Id::Polar => {
                self.polarization = values.double(0)?;
                self.nopolar = false;
            }
            Id::Nopolar => self.nopolar = true,
            Id::OversampleThick => self.oversample_thick = true,
            Id::OversamplePolar => self.oversample_polar = true,
            Id::OversampleOmega => self.oversample_omega = true,
            Id::Oversample => self.oversample = values.integer(0)?,
            Id::Roi => {
                for index in 0..4 {
                    self.roi[index] = values.integer(index)?;
                }
            }
            Id::Lambda => self.wavelength = values.double(0)? / 1.0e10,
            Id::Energy => self.wavelength = (12398.42 / values.double(0)?) / 1.0e10,
            Id::Fluence => self.fluence = values.double(0)?,
            Id::Flux => self.flux = values.double(0)?,
            Id::Exposure => self.exposure = values.double(0)?,
            Id::Beamsize => {
                self.beamsize = values.double(0)? / 1000.0;
                self.beamsize_given = true;
            }
            Id::Mosaic => self.mosaic_spread = values.double(0)? / RTD,
            Id::MosaicDomains => self.mosaic_domains = values.integer(0)?,
            Id::Dispersion => self.dispersion = values.double(0)? / 100.0,
            Id::Dispsteps => self.dispsteps = values.integer(0)?,
            Id::Divergence => {
                self.hdiv.range = values.double(0)? / 1000.0;
                self.vdiv.range = self.hdiv.range;
            }
            Id::Hdivrange => self.hdiv.range = values.double(0)? / 1000.0,
            Id::Vdivrange => self.vdiv.range = values.double(0)? / 1000.0,
            Id::Hdivstep => self.hdiv.step = values.double(0)? / 1000.0,
            Id::Hdivsteps => self.hdiv.count = values.integer(0)?,
            Id::Vdivstep => self.vdiv.step = values.double(0)? / 1000.0,
            Id::Vdivsteps => self.vdiv.count = values.integer(0)?,
            Id::Divsteps => {
                self.hdiv.count = values.integer(0)?;
                self.vdiv.count = self.hdiv.count;
            }
            Id::RoundDiv => self.round_div = true,
            Id::SquareDiv => self.round_div = false,
            Id::Adc => self.outputs.adc_offset = values.double(0)?,
            Id::Phi => self.phi0 = values.double(0)? / RTD,
            Id::Osc => self.phi.range = values.double(0)? / RTD,
            Id::Phistep => self.phi.step = values.double(0)? / RTD,
            Id::Phisteps => self.phi.count = values.integer(0)?,
            Id::Dmin => self.dmin = values.double(0)? * 1e-10,
            Id::Mat => self.inputs.matrix = Some(values.path()?),
            Id::Hkl => self.inputs.hkl = Some(values.path()?),
            Id::DefaultF => self.default_f = values.double(0)?,
            Id::Dump => self.inputs.dump = Some(values.path()?),
            Id::Img => self.inputs.image = Some(values.path()?),
            Id::Mask => self.inputs.mask = Some(values.path()?),
            Id::Stol | Id::FourStol | Id::Q => self.inputs.stol = Some(values.path()?),
            Id::Sourcefile => self.inputs.sources = Some(values.path()?),
            Id::Floatfile => self.outputs.float = values.path()?,
            Id::Intfile => self.outputs.int = values.path()?,
            Id::Pgmfile => {
                self.outputs.pgm = values.path()?;
                self.outputs.write_pgm = true;
            }
            Id::Noisefile => {
                self.outputs.noise = values.path()?;
                self.outputs.calculate_noise = true;
            }
            Id::Nonoise => self.outputs.calculate_noise = false,
            Id::Nopgm => self.outputs.write_pgm = false,
            Id::Scale => self.outputs.int_scale = values.double(0)?,
            Id::Pgmscale => {
                self.outputs.pgm_scale = values.double(0)?;
                self.outputs.write_pgm = true;
            }
            Id::Printout => self.outputs.printout.on = true,
            Id::Interpolate => self.interpolation = Interpolation::On,
            Id::Nointerpolate => self.interpolation = Interpolation::Off,
            Id::RoundXtal => self.shape = Shape::Round,
            Id::SquareXtal => self.shape = Shape::Square,
            Id::GaussXtal => self.shape = Shape::Gauss,
            Id::TophatSpots => self.shape = Shape::Tophat,
            Id::Fudge => self.fudge = values.double(0)?,
            Id::PrintoutPixel => {
                self.outputs.printout.pixel = [values.integer(0)?, values.integer(1)?];
            }
            Id::Seed => self.seed = values.seed()?,
            Id::MosaicSeed => self.mosaic_seed = values.seed()?,
            Id::MissetSeed => self.misset_seed = values.seed()?,
            Id::Water => self.water_size = values.double(0)? / 1e6,
            // Nothing in the C program depends on these; progress is the program's own business.
            Id::Stolout | Id::Coherent | Id::Noprogress | Id::Progress => {}
        }
        Ok(())
    }

    fn center(&mut self, axis: usize, mm: f64) {
        self.beam_center[axis] = Some(mm / 1000.0);
        self.imply(Pivot::Beam);
    }

    fn close(&mut self, axis: usize, mm: f64) {
        self.close_point[axis] = Some(mm / 1000.0);
        self.imply(Pivot::Sample);
    }

    fn org(&mut self, axis: usize, pixels: f64) {
        self.org[axis] = Some(pixels);
        self.imply(Pivot::Sample);
    }

    fn imply(&mut self, pivot: Pivot) {
        self.pivot = pivot;
        self.pivot_implied = Some(pivot);
    }

    fn convention(&mut self, convention: Convention, pivot: Pivot) {
        self.convention = convention;
        self.pivot = pivot;
    }

    fn custom(&mut self, values: &mut Values<'_>) -> Result<Vector> {
        self.convention = Convention::Custom;
        values.vector()
    }
}

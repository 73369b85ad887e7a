//! From the image to files and the end of the report (C:3090-3288).

pub mod png;
pub mod printout;
pub mod smv;
pub(crate) mod staged;

use std::io::{self, Write};
use std::path::Path;

use ndarray::Array2;

use crate::cformat::{f, g};
use crate::engine::{Event, Rendered};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::files::fdump;
use crate::host::{Host, filled};
use crate::quirks::{Quirk, Quirks};
use crate::random::Noise;
use crate::report::Report;
use crate::resolve::Job;
use crate::statistics::statistics;
use staged::Staged;

/// What is known at the end of a run.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Quirks that made a difference.
    pub decisive: Quirks,
    /// What the user should know, for standard error.
    pub notes: Vec<String>,
}

impl Finished {
    /// The lines for standard error: the notes, and the quirks that made a difference.
    pub fn messages(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.notes.iter().map(|note| format!("note: {note}")).collect();
        let names: Vec<&str> = self.decisive.iter().map(Quirk::name).collect();
        if !names.is_empty() {
            lines.push(format!(
                "note: quirks of the C program that made a difference: {} (see -quirks)",
                names.join(", ")
            ));
        }
        lines
    }
}

/// Refuses output names that cannot be written, before any work is done.
///
/// # Errors
/// What the operating system says, with the file's name.
pub fn preflight(job: &Job, host: &Host) -> Result<()> {
    let outputs = &job.outputs;
    let mut names = vec![outputs.float.as_path(), outputs.int.as_path()];
    names.extend(outputs.write_pgm.then_some(outputs.pgm.as_path()));
    names.extend(outputs.calculate_noise.then_some(outputs.noise.as_path()));
    names.extend(outputs.png.as_deref());
    staged::probe(names, host)
}

/// The line that ends the pixel loop, and what engines leave to be said (C:2943, C:3090).
///
/// The C program prints the warning while it renders, and so does [`crate::run::run`].
pub fn warn(event: &Event, report: &mut Report<'_>) {
    let Event::OutOfRange { index, nearest } = event;
    let [h, k, l] = index.map(g);
    let [h0, k0, l0] = nearest;
    writeln!(
        report,
        "WARNING: out of range for three point interpolation: h,k,l,h0,k0,l0: {h},{k},{l},{h0},{k0},{l0} "
    );
    write!(report, "WARNING: further warnings will not be printed! ");
}

/// Writes all files of a job and the rest of the report. Either all files are put in their
/// places, or none is.
///
/// # Errors
/// An image that is not finite, and files that cannot be written.
pub fn write(
    job: Job,
    rendered: &Rendered,
    host: &Host,
    report: &mut Report<'_>,
) -> Result<Finished> {
    let Job { experiment, mut outputs, dump, noise, mut decisive, notes } = job;
    let mut notes = notes;
    check_finite(&rendered.image)?;
    let mut staged = Vec::new();
    if let (Some(name), Some(factors)) = (&dump, &experiment.structure.factors) {
        staged.push(Staged::write(name, host, |out| fdump::write_dump(factors, out))?);
    }
    interpolation_events(&experiment, rendered, &mut decisive, &mut notes);
    report_solid_angle(&experiment, rendered, report);
    let statistics = statistics(&experiment, rendered);

    writeln!(
        report,
        "writing {} as {} 4-byte floats",
        outputs.float.display(),
        experiment.detector.count()
    );
    staged.push(Staged::write(&outputs.float, host, |out| write_floats(&rendered.image, out))?);

    let [x, y] = rendered.maximum.position.map(g);
    writeln!(report, "max_I = {}  at {x} {y}", g(rendered.maximum.value));
    writeln!(
        report,
        "mean= {} rms= {} rmsd= {}",
        g(statistics.mean),
        g(statistics.rms),
        g(statistics.rmsd)
    );
    if outputs.int_scale <= 0.0 {
        outputs.int_scale = 1.0;
        if rendered.maximum.value > 0.0 {
            outputs.int_scale = 55000.0 / rendered.maximum.value;
        }
    }
    writeln!(report, "intfile_scale = {}", g(outputs.int_scale));
    if smv::overflows(&experiment) && experiment.quirks.has(Quirk::SmvHeaderOverflow) {
        decisive.insert(Quirk::SmvHeaderOverflow);
    }
    announce(&outputs.int, 2, report);
    let adc = outputs.adc_offset;
    let scaled =
        pixels(&experiment, &rendered.image, |value| integer(value, outputs.int_scale, adc));
    staged.push(Staged::write(&outputs.int, host, |out| smv::write(&experiment, scaled, out))?);

    if outputs.write_pgm {
        if outputs.pgm_scale <= 0.0 {
            outputs.pgm_scale = outputs.int_scale;
            if statistics.rmsd > 0.0 {
                outputs.pgm_scale = 250.0 / (5.0 * statistics.rmsd);
            }
        }
        writeln!(report, "pgm_scale = {}", g(outputs.pgm_scale));
        announce(&outputs.pgm, 1, report);
        let file = Staged::write(&outputs.pgm, host, |out| {
            write_pgm(&experiment, &rendered.image, outputs.pgm_scale, out)
        })?;
        staged.push(file);
    }
    if outputs.calculate_noise {
        let noise = noise_image(&experiment, &rendered.image, adc, noise)?;
        if noise.wrapped && experiment.quirks.has(Quirk::NoiseWrap) {
            decisive.insert(Quirk::NoiseWrap);
        }
        writeln!(
            report,
            "{} photons on noise image ({} overloads)",
            f(noise.photons, 0),
            noise.overloads
        );
        announce(&outputs.noise, 2, report);
        let file = Staged::write(&outputs.noise, host, |out| {
            smv::write(&experiment, noise.pixels.iter().copied(), out)
        })?;
        staged.push(file);
    }
    if let Some(name) = &outputs.png {
        staged
            .push(Staged::write(name, host, |out| png::write(&experiment, &rendered.image, out))?);
    }
    staged.into_iter().try_for_each(Staged::commit)?;
    Ok(Finished { decisive, notes })
}

fn announce(name: &Path, bytes: usize, report: &mut Report<'_>) {
    writeln!(report, "writing {} as {bytes}-byte integers", name.display());
}

/// Refuses an image with a pixel that is no number: the integer images would hold nonsense.
fn check_finite(image: &Array2<f32>) -> Result<()> {
    let mut bad = image.indexed_iter().filter(|(_, value)| !value.is_finite());
    let Some(((slow, fast), value)) = bad.next() else {
        return Ok(());
    };
    Err(Error::Impossible(format!(
        "{} of {} pixels are not finite: the first is {} at fast {fast}, slow {slow}; look for \
         values that are too large among -fluence, -flux, -default_F, -hkl, -N",
        bad.count() + 1,
        image.len(),
        g(f64::from(*value))
    )))
}

fn interpolation_events(
    experiment: &Experiment,
    rendered: &Rendered,
    decisive: &mut Quirks,
    notes: &mut Vec<String>,
) {
    if rendered.events.is_empty() {
        return;
    }
    if experiment.quirks.has(Quirk::InterpolationSticks) {
        decisive.insert(Quirk::InterpolationSticks);
    } else {
        notes.push(format!(
            "{} evaluations were out of the range of the interpolation and took the nearest structure factor",
            rendered.out_of_range
        ));
    }
}

/// The solid angle as the report gives it (C:3093).
fn report_solid_angle(experiment: &Experiment, rendered: &Rendered, report: &mut Report<'_>) {
    let (angle, percent) = if experiment.quirks.has(Quirk::SolidAngleReport) {
        let steps = f64::from(experiment.sampling.steps);
        (
            rendered.omega_sum / steps,
            100.0 * rendered.omega_sum / steps / 4.0 / std::f64::consts::PI,
        )
    } else {
        (rendered.solid_angle, 100.0 * rendered.solid_angle / 4.0 / std::f64::consts::PI)
    };
    writeln!(
        report,
        "\nsolid angle subtended by detector = {} steradian ( {}% sphere)",
        g(angle),
        g(percent)
    );
}

fn write_floats(image: &Array2<f32>, out: &mut dyn Write) -> io::Result<()> {
    image.iter().try_for_each(|value| out.write_all(&value.to_ne_bytes()))
}

/// The pixels of an integer image in scan order: 0 outside the region rendered, and for masked
/// pixels where the quirk `masked-pixels` is off.
fn pixels<'a, T: Default + 'a>(
    experiment: &'a Experiment,
    image: &'a Array2<f32>,
    convert: impl Fn(f32) -> T + 'a,
) -> impl Iterator<Item = T> + 'a {
    let masked_too = experiment.quirks.has(Quirk::MaskedPixels);
    image.indexed_iter().map(move |((slow, fast), &value)| {
        let detector = &experiment.detector;
        if detector.in_roi(fast, slow) && (masked_too || !detector.masked(fast, slow)) {
            convert(value)
        } else {
            T::default()
        }
    })
}

/// Scaled, offset, clamped, and rounded by way of single precision (C:3152-3155).
fn integer(value: f32, scale: f64, adc_offset: f64) -> u16 {
    let counts = (f64::from(value) * scale + adc_offset).clamp(0.0, 65535.0);
    ((counts + 0.5) as f32).floor() as u16
}

/// A double cast to a short integer as an x86 processor does it: through 32 bits, whose low end is
/// kept. Out of the range of 32 bits the result is 0.
fn cast_through_32_bits(value: f64) -> i32 {
    if value > -2147483649.0 && value < 2147483648.0 { value as i32 } else { i32::MIN }
}

/// PGM preview (C:3188-3228). Negative pixels wrap around.
fn write_pgm(
    experiment: &Experiment,
    image: &Array2<f32>,
    scale: f64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let [width, height] = experiment.detector.pixels;
    write!(out, "P5\n{width} {height}\n# pixels scaled by {}\n255\n", g(scale))?;
    pixels(experiment, image, |value| {
        cast_through_32_bits((f64::from(value) * scale).min(255.0)) as u8
    })
    .try_for_each(|grey| out.write_all(&[grey]))
}

/// The noise image.
struct NoiseImage {
    pixels: Vec<u16>,
    photons: f64,
    overloads: u64,
    wrapped: bool,
}

/// Draws the photons of each pixel in scan order (C:3236-3256). Masked pixels draw too.
fn noise_image(
    experiment: &Experiment,
    image: &Array2<f32>,
    adc_offset: f64,
    mut noise: Noise,
) -> Result<NoiseImage> {
    let detector = &experiment.detector;
    let wraps = experiment.quirks.has(Quirk::NoiseWrap);
    let masked_too = experiment.quirks.has(Quirk::MaskedPixels);
    let mut result = NoiseImage {
        pixels: filled("the noise image", image.len(), 0u16)?,
        photons: 0.0,
        overloads: 0,
        wrapped: false,
    };
    for (((slow, fast), &mean), pixel) in image.indexed_iter().zip(&mut result.pixels) {
        if !detector.in_roi(fast, slow) {
            continue;
        }
        let photons = f64::from(noise.poisson(mean));
        if !masked_too && detector.masked(fast, slow) {
            continue;
        }
        result.photons += photons;
        let mut counts = photons + adc_offset;
        if counts > 65535.0 {
            counts = 65535.0;
            result.overloads += 1;
        }
        if counts < 0.0 && !wraps {
            counts = 0.0;
        }
        result.wrapped |= counts <= -1.0;
        *pixel = cast_through_32_bits(counts) as u16;
    }
    Ok(result)
}

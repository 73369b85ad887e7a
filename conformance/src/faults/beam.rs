//! Faults in wavelengths, sources, fluence and polarization.

use super::input::edit_lines;
use super::options;
use super::{Fault, Stage, recorded, typical};

/// The fluence that a run has by default, photons/m² (C:213).
const DEFAULT_FLUENCE: f64 = 125932015286227086360700780544.0;

pub(super) const LIST: &[Fault] = &[
    recorded(
        "default-wavelength",
        "The default wavelength is 6.2 Å.",
        "hoidn/nanoBragg f41020ff",
        Stage::Arguments(|arguments| {
            if !options::has(arguments, &["img", "mask", "maskfile"]) {
                options::prepend(arguments, "-lambda", "6.2");
            }
        }),
    ),
    typical(
        "energy-constant",
        "A photon of 1 Å has 12398.4 eV, not 12398.42 eV.",
        Stage::Arguments(|arguments| {
            options::scale(arguments, &["energy"], 1, 12398.42 / 12398.4);
        }),
    ),
    typical(
        "lambda-energy-precedence",
        "The first of several wavelengths and energies counts, not the last.",
        Stage::Arguments(|arguments| {
            let names = ["lambda", "wave", "wavelength", "energy"];
            for place in options::places(arguments, &names).into_iter().skip(1).rev() {
                arguments.drain(place..(place + 2).min(arguments.len()));
            }
        }),
    ),
    typical(
        "dispersion-fraction",
        "The dispersion in per cent is taken as a fraction.",
        Stage::Arguments(|arguments| options::scale(arguments, &["dispersion"], 1, 100.0)),
    ),
    typical(
        "dispersion-not-centred",
        "The wavelengths of a dispersion start at the central one.",
        Stage::Resolved(|job, _| {
            let beam = &mut job.experiment.beam;
            for source in &mut beam.sources {
                source.wavelength += beam.wavelength * beam.dispersion.range / 2.0;
            }
        }),
    ),
    typical(
        "first-source-only",
        "Only the first source scatters.",
        Stage::Resolved(|job, _| job.experiment.beam.sources.truncate(1)),
    ),
    recorded(
        "beam-direction-hardcoded",
        "The beam goes along x, whatever the convention.",
        "hoidn/nanoBragg 67cd8062, 8c1583d5",
        Stage::Resolved(|job, _| {
            for source in &mut job.experiment.beam.sources {
                source.direction = [-1.0, 0.0, 0.0];
            }
        }),
    ),
    recorded(
        "source-wavelength-overridden",
        "-lambda replaces the wavelengths of a table of sources.",
        "hoidn/nanoBragg 1f7efa38, 7a8f7405",
        Stage::Resolved(|job, _| {
            let beam = &mut job.experiment.beam;
            if beam.divergence_steps < 0 {
                beam.sources.iter_mut().for_each(|source| source.wavelength = beam.wavelength);
            }
        }),
    ),
    typical(
        "source-position-as-beam-direction",
        "The positions in a table of sources are taken as directions of the beam.",
        Stage::Resolved(|job, _| {
            let beam = &mut job.experiment.beam;
            if beam.divergence_steps < 0 {
                for source in &mut beam.sources {
                    source.direction = source.direction.map(|component| -component);
                }
            }
        }),
    ),
    recorded(
        "source-comment-lines-skipped",
        "Lines that begin with # in a table of sources are comments.",
        "hoidn/nanoBragg 34dce2ea, e3b3d0a0",
        Stage::Input("txt", |bytes| {
            edit_lines(bytes, |lines| lines.retain(|line| !line.starts_with('#')));
        }),
    ),
    recorded(
        "missing-source-columns-zero",
        "Columns that are missing in a table of sources are 0.",
        "hoidn/nanoBragg 258252f4, 168d624c",
        Stage::Input("txt", |bytes| {
            edit_lines(bytes, |lines| {
                for line in lines {
                    let missing = 5usize.saturating_sub(line.split_whitespace().count());
                    if missing < 5 {
                        line.push_str(&" 0".repeat(missing));
                    }
                }
            });
        }),
    ),
    recorded(
        "round-divergence-always",
        "-square_div does nothing.",
        "hoidn/nanoBragg 755b3665",
        Stage::Arguments(|arguments| options::remove(arguments, &["square_div"], 0)),
    ),
    typical(
        "square-divergence-default",
        "The divergence is not cut to an ellipse.",
        Stage::Arguments(|arguments| arguments.insert(0, "-square_div".into())),
    ),
    recorded(
        "divergence-unit",
        "The divergence in mrad is taken as degrees.",
        "cctbx/cctbx_project bf7f23e446",
        Stage::Arguments(|arguments| {
            let names = ["divergence", "hdivrange", "vdivrange", "hdivstep", "vdivstep"];
            options::scale(arguments, &names, 1, 1000.0 / options::DEGREES);
        }),
    ),
    typical(
        "divergences-exchanged",
        "Horizontal and vertical divergence are exchanged.",
        Stage::Arguments(|arguments| {
            for (horizontal, vertical) in
                [("hdivrange", "vdivrange"), ("hdivsteps", "vdivsteps"), ("hdivstep", "vdivstep")]
            {
                options::swap_names(arguments, horizontal, vertical);
            }
        }),
    ),
    recorded(
        "fluence-default",
        "The default fluence is 10¹² photons/m².",
        "hoidn/nanoBragg 7f65d12d, f841e076",
        Stage::Resolved(|job, _| {
            let beam = &mut job.experiment.beam;
            if beam.fluence == DEFAULT_FLUENCE {
                beam.fluence = 1e12;
            }
        }),
    ),
    typical(
        "fluence-per-square-millimetre",
        "The fluence is taken as photons/mm².",
        Stage::Resolved(|job, _| job.experiment.beam.fluence *= 1e-6),
    ),
    typical(
        "fluence-wins-over-flux",
        "-fluence counts more than -flux.",
        Stage::Arguments(|arguments| {
            if options::has(arguments, &["fluence"]) {
                options::remove(arguments, &["flux"], 1);
            }
        }),
    ),
    typical(
        "exposure-ignored",
        "The exposure does not count in the fluence.",
        Stage::Arguments(|arguments| options::change(arguments, &["exposure"], 0, |_| 1.0)),
    ),
    typical(
        "flux-beamsize-unit",
        "The size of the beam is taken as µm.",
        Stage::Arguments(|arguments| options::scale(arguments, &["beamsize"], 1, 1e-3)),
    ),
    recorded(
        "kahn-default-one",
        "The Kahn factor is 1 where none is given.",
        "hoidn/nanoBragg 84627b33",
        Stage::Arguments(|arguments| options::prepend(arguments, "-polar", "1")),
    ),
    recorded(
        "unpolarized-skips-factor",
        "A Kahn factor of 0 leaves the polarization out.",
        "hoidn/nanoBragg d04f12f6, fixed by 74a3ea81",
        Stage::Resolved(|job, _| {
            let beam = &mut job.experiment.beam;
            beam.nopolar |= beam.polarization == 0.0;
        }),
    ),
    typical(
        "kahn-negated",
        "The Kahn factor has the other sign.",
        Stage::Resolved(|job, _| job.experiment.beam.polarization *= -1.0),
    ),
    typical(
        "nopolar-ignored",
        "-nopolar does nothing.",
        Stage::Resolved(|job, _| job.experiment.beam.nopolar = false),
    ),
    typical(
        "polar-axis-fixed",
        "The E-vector lies along y in all conventions.",
        Stage::Resolved(|job, _| job.experiment.beam.polar_vector = [0.0, 1.0, 0.0]),
    ),
];

//! The text in front of the pixels, in the convention `GENERIC_MINI`.
//!
//! Its keywords are those that Dectris describes ("Pilatus detector CBF header specification", 2011).
//! They hold for a flat detector that the beam meets at a right angle, seen from the sample with the
//! slow axis a quarter turn clockwise from the fast one, and for a spindle along the fast axis;
//! [`unsaid`] tells where an experiment is another one.
//!
//! The convention is the one that DIALS has for simulated images: under the name of a Pilatus it takes
//! whole modules alone, and masks the gaps between them. Scripts that write XDS.INP take nothing
//! without that name; it stands where they look for it and DIALS does not.

use std::path::Path;

use crate::arguments::settings::RTD;
use crate::cformat::{f, g_digits};
use crate::experiment::Experiment;
use crate::vector::{cross, dot};

/// How the file begins. The word PILATUS tells scripts that they can fill in XDS.INP from the keywords:
/// generate_XDS.INP greps it in the first 400 lines of text, XIO's guessType (xdsme) counts it in the
/// first 9000 bytes. It may not stand in the convention and in the line `# Detector:`, where dxtbx looks
/// for it and then wants the size of a Pilatus.
const FIRST_LINE: &str = "###CBF: VERSION 1.5, nanobragg - header as of PILATUS detectors";

/// Largest count that is one: the integers are those of the SMV image, where 65,535 stands for all
/// that is more. Readers trust what is up to the cutoff.
const CUTOFF: u32 = 65534;

/// Most that the cosine of an angle may be off for axes to count as parallel or perpendicular.
const PARALLEL: f64 = 1e-6;

/// Everything up to the name of the binary section.
pub(super) fn text(experiment: &Experiment) -> String {
    let mut text = format!("{FIRST_LINE}\r\n\r\ndata_image\r\n\r\n");
    text.push_str("_array_data.header_convention \"GENERIC_MINI\"\r\n");
    text.push_str("_array_data.header_contents\r\n;\r\n");
    for line in contents(experiment) {
        text.push_str(&format!("# {line}\r\n"));
    }
    text.push_str(";\r\n\r\n");
    text
}

/// One line to a keyword.
fn contents(experiment: &Experiment) -> Vec<String> {
    let Experiment { detector, beam, spindle, parameters, .. } = experiment;
    let number = |value| g_digits(value, 10);
    let pixel = format!("{}e-6 m", number(detector.pixel_size * 1e6));
    let [x, y] = detector.beam_spot.map(|metres| number(metres / detector.pixel_size));
    let degrees = |radians: f64| format!("{} deg.", number(radians * RTD));
    let exposure = f(parameters.exposure, 7);
    let sensor = match detector.sensor.thickness {
        thickness if thickness > 0.0 => {
            format!("Silicon sensor, thickness {} m", number(thickness))
        }
        // Scripts that write XDS.INP want the line and read 0 from it. dxtbx makes a sensor of the
        // word Silicon, and refuses one of no thickness.
        _ => "No sensor, thickness 0 m".to_owned(),
    };
    let mut lines = vec![
        "Detector: simulated by nanobragg, S/N 00-0000".to_owned(),
        // Images of the same experiment are the same, whenever they are made.
        "1970-01-01T00:00:00.000".to_owned(),
        format!("Pixel_size {pixel} x {pixel}"),
        sensor,
        format!("Exposure_time {exposure} s"),
        format!("Exposure_period {exposure} s"),
        "Tau = 0 s".to_owned(),
        format!("Count_cutoff {CUTOFF} counts"),
        "N_excluded_pixels = 0".to_owned(),
        format!("Wavelength {} A", number(beam.wavelength * 1e10)),
        format!("Detector_distance {} m", number(detector.distance)),
        "Detector_Voffset 0 m".to_owned(),
        format!("Beam_xy ({x}, {y}) pixels"),
        "Filter_transmission 1.0000".to_owned(),
        format!("Start_angle {}", degrees(spindle.phi0)),
        format!("Angle_increment {}", degrees(spindle.sweep.range)),
        format!("Detector_2theta {}", degrees(detector.twotheta)),
    ];
    if !beam.nopolar {
        // The part of the intensity that is polarized along the E-vector.
        lines.push(format!("Polarization {}", number((1.0 + beam.polarization) / 2.0)));
    }
    lines.extend([
        format!("Phi {}", degrees(spindle.phi0)),
        "Oscillation_axis X, CW".to_owned(),
        "N_oscillations 1".to_owned(),
    ]);
    lines
}

/// What the header cannot say of an experiment, for the user.
pub(crate) fn unsaid(experiment: &Experiment, name: &Path) -> Option<String> {
    let Experiment { detector, beam, spindle, .. } = experiment;
    let is_right_angle = |a, b| dot(a, b).abs() < PARALLEL;
    let mut unsaid = Vec::new();
    if !(is_right_angle(&beam.direction, &detector.fdet)
        && is_right_angle(&beam.direction, &detector.sdet))
    {
        unsaid.push("the tilt of the detector");
    }
    if dot(&cross(&detector.fdet, &detector.sdet), &beam.direction) < 0.0 {
        unsaid.push("that the image is a mirror image");
    }
    if detector.curved {
        unsaid.push("the curvature of the detector");
    }
    if (1.0 - dot(&spindle.axis, &detector.fdet)).abs() > PARALLEL {
        unsaid.push("a spindle that is not along the fast axis");
    }
    (!unsaid.is_empty())
        .then(|| format!("{}: the header cannot tell {}", name.display(), unsaid.join(", nor ")))
}

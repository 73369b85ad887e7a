//! SMV images: the C program's header and 16-bit pixels (C:3159-3184, C:3258-3283).

use crate::arguments::settings::RTD;
use crate::cformat::g;
use crate::experiment::Experiment;
use crate::quirks::{Quirk, Quirks};

/// The header of both SMV images, padded with blanks to HEADER_BYTES.
///
/// With the quirk `smv-header-overflow` HEADER_BYTES is 512 however long the text is.
pub fn header(experiment: &Experiment) -> String {
    if experiment.quirks.has(Quirk::SmvHeaderOverflow) {
        return padded(experiment, 512);
    }
    let mut bytes = 512;
    loop {
        let header = padded(experiment, bytes);
        if header.len() <= bytes {
            return header;
        }
        bytes += 512;
    }
}

/// Whether the text is longer than 512 bytes.
pub(crate) fn overflows(experiment: &Experiment) -> bool {
    let c_header = Experiment { quirks: Quirks::C, ..experiment.clone() };
    header(&c_header).len() > 512
}

fn padded(experiment: &Experiment, bytes: usize) -> String {
    let mut text = text(experiment, bytes);
    while text.len() < bytes {
        text.push(' ');
    }
    text
}

fn text(experiment: &Experiment, header_bytes: usize) -> String {
    let detector = &experiment.detector;
    let spindle = &experiment.spindle;
    let pixel = detector.pixel_size;
    let [fbeam, sbeam] = detector.beam_spot;
    let byte_order = if cfg!(target_endian = "big") { "big_endian" } else { "little_endian" };
    let [ox, oy, oz] = detector.dials_origin.map(g);
    let entries: [(&str, String); 21] = [
        ("SIZE1", detector.pixels[0].to_string()),
        ("SIZE2", detector.pixels[1].to_string()),
        ("PIXEL_SIZE", g(pixel * 1000.0)),
        ("DISTANCE", g(detector.distance * 1000.0)),
        ("WAVELENGTH", g(experiment.beam.wavelength * 1e10)),
        ("BEAM_CENTER_X", g(detector.beam_center[0] * 1000.0)),
        ("BEAM_CENTER_Y", g(detector.beam_center[1] * 1000.0)),
        ("ADXV_CENTER_X", g(fbeam * 1000.0)),
        ("ADXV_CENTER_Y", g((detector.size[1] - sbeam) * 1000.0)),
        ("MOSFLM_CENTER_X", g((sbeam - 0.5 * pixel) * 1000.0)),
        ("MOSFLM_CENTER_Y", g((fbeam - 0.5 * pixel) * 1000.0)),
        ("DENZO_X_BEAM", g((sbeam - 0.0 * pixel) * 1000.0)),
        ("DENZO_Y_BEAM", g((fbeam - 0.0 * pixel) * 1000.0)),
        ("DIALS_ORIGIN", format!("{ox},{oy},{oz}")),
        ("XDS_ORGX", g(detector.org[0])),
        ("XDS_ORGY", g(detector.org[1])),
        ("CLOSE_DISTANCE", g(detector.close_distance * 1000.0)),
        ("PHI", g(spindle.phi0 * RTD)),
        ("OSC_START", g(spindle.phi0 * RTD)),
        ("OSC_RANGE", g(spindle.sweep.range * RTD)),
        ("TWOTHETA", g(detector.twotheta * RTD)),
    ];
    let mut text = format!(
        "{{\nHEADER_BYTES={header_bytes};\nDIM=2;\nBYTE_ORDER={byte_order};\nTYPE=unsigned_short;\n"
    );
    for (key, value) in entries {
        // The C program leaves the semicolon out behind the DIALS origin.
        let end = if key == "DIALS_ORIGIN" { "" } else { ";" };
        text.push_str(&format!("{key}={value}{end}\n"));
    }
    text.push_str("DETECTOR_SN=000;\nBEAMLINE=fake;\n}\x0c");
    text
}

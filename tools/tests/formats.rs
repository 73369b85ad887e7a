//! Files that other programs read: what fabio, cctbx and NumPy found in them is recorded in
//! `formats/expected.json`, and `formats/record.py` recorded it; what dxtbx, by which DIALS reads images,
//! found is in `formats/dxtbx.json`, recorded by `formats/record_dxtbx.py`.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use nanobragg_reference::output::cbf::byte_offset::decode;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use support::{Entry, contents, finish};
use tempfile::TempDir;

/// What other programs found.
#[derive(Deserialize)]
struct Expected {
    /// The command line that made the files.
    arguments: String,
    /// Shape (slow, fast) and pixels, by fabio.
    fabio: Image,
    /// Header of the CBF file, by cctbx.
    cctbx: BTreeMap<String, f64>,
    /// Shape (slow, fast) and pixels, by NumPy.
    numpy: Image,
}

#[derive(Deserialize)]
struct Image {
    shape: [usize; 2],
    dtype: String,
    /// Digest of the pixels in little-endian order.
    sha256: String,
}

fn expected() -> Expected {
    serde_json::from_str(include_str!("formats/expected.json")).expect("a record")
}

fn run(arguments: &str) -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_nanobragg"));
    command.args(arguments.split_whitespace()).current_dir(&directory);
    let outcome = finish(&mut command).expect("a run that ends");
    assert!(outcome.status.success(), "{}{}", outcome.stdout, outcome.stderr);
    directory
}

fn read(directory: &Path, name: &str) -> Vec<u8> {
    match contents(directory).remove(Path::new(name)) {
        Some(Entry::File(bytes)) => bytes,
        _ => panic!("there is no file {name}"),
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A CBF file: its header, and the bytes of its pixels.
struct Cbf {
    header: String,
    pixels: Vec<u8>,
}

impl Cbf {
    fn read(directory: &Path, name: &str) -> Cbf {
        let bytes = read(directory, name);
        let mark = [0x0c, 0x1a, 0x04, 0xd5];
        let start = bytes.windows(4).position(|four| four == mark).expect("a mark");
        let header = String::from_utf8(bytes[..start].to_vec()).expect("text");
        let mut cbf = Cbf { header, pixels: Vec::new() };
        let size: usize = cbf.value("X-Binary-Size:").parse().expect("a size");
        let padding: usize = cbf.value("X-Binary-Size-Padding:").parse().expect("a size");
        cbf.pixels = bytes[start + 4..start + 4 + size].to_vec();
        let (zeros, end) = bytes[start + 4 + size..].split_at(padding);
        assert!(zeros.iter().all(|&byte| byte == 0));
        assert_eq!(end, b"\r\n--CIF-BINARY-FORMAT-SECTION----\r\n;\r\n");
        cbf
    }

    /// What stands behind a key.
    fn value(&self, key: &str) -> &str {
        let line =
            self.header.lines().find_map(|line| line.trim_start_matches("# ").strip_prefix(key));
        line.expect(key).trim()
    }

    fn number(&self, key: &str) -> f64 {
        let text = self.value(key).trim_start_matches('(');
        let end = text.find([' ', ',']).unwrap_or(text.len());
        text[..end].parse().expect(key)
    }

    /// The pixels, unpacked.
    fn counts(&self) -> Vec<i32> {
        decode(&self.pixels).expect("pixels")
    }
}

/// The pixels of an SMV image behind its header of 512 bytes.
fn smv(directory: &Path, name: &str) -> Vec<i32> {
    read(directory, name)[512..]
        .chunks(2)
        .map(|two| u16::from_le_bytes([two[0], two[1]]).into())
        .collect()
}

#[test]
fn other_programs_read_the_cbf() {
    let Expected { arguments, fabio, cctbx, .. } = expected();
    let directory = run(&arguments);
    let cbf = Cbf::read(directory.path(), "image.cbf");
    let counts = cbf.counts();
    let bytes: Vec<u8> = counts.iter().flat_map(|count| count.to_le_bytes()).collect();
    assert_eq!((digest(&bytes), "int32"), (fabio.sha256, fabio.dtype.as_str()));
    assert_eq!(counts, smv(directory.path(), "intimage.img"));
    let [slow, fast] = fabio.shape;
    assert_eq!(cbf.number("X-Binary-Size-Fastest-Dimension:"), fast as f64);
    assert_eq!(cbf.number("X-Binary-Size-Second-Dimension:"), slow as f64);
    for (theirs, ours, unit) in [
        ("WAVELENGTH", "Wavelength", 1.0),
        ("DISTANCE", "Detector_distance", 1000.0),
        ("PIXEL_SIZE", "Pixel_size", 1000.0),
        ("OSC_START", "Start_angle", 1.0),
        ("OSC_RANGE", "Angle_increment", 1.0),
        ("CCD_IMAGE_SATURATION", "Count_cutoff", 1.0),
        // As MOSFLM counts, whose X is along the slow axis.
        ("BEAM_CENTER_Y", "Beam_xy", 0.172),
    ] {
        let (found, known) = (cbf.number(ours) * unit, cctbx[theirs]);
        assert!((found / known - 1.0).abs() < 1e-9, "{ours}: {found} {known}");
    }
}

/// A file that dxtbx has read.
#[derive(Deserialize)]
struct Read {
    /// The command line that made it.
    arguments: String,
    /// Digest of the file.
    sha256: String,
    /// The class that took it.
    format: String,
    /// Pixels along fast and slow.
    image_size: [f64; 2],
    /// Millimetres.
    pixel_size: [f64; 2],
    distance: f64,
    /// Where the beam meets the detector, in pixels from the corner of the first one.
    beam_centre: [f64; 2],
    wavelength: f64,
    /// Start and range, degrees.
    oscillation: [f64; 2],
    /// Rectangles that are masked.
    mask: Vec<[f64; 4]>,
    /// Pixels that are saturated, as dxtbx has it.
    saturated: usize,
}

/// DIALS reads detectors of any size, whole, with their places and their saturated pixels.
#[test]
fn dxtbx_reads_the_cbf() {
    let files: Vec<Read> =
        serde_json::from_str(include_str!("formats/dxtbx.json")).expect("a record");
    assert!(files.len() > 2 && files.iter().any(|file| file.saturated > 0));
    for file in files {
        let arguments = &file.arguments;
        let directory = run(arguments);
        let bytes = read(directory.path(), "image.cbf");
        assert_eq!(digest(&bytes), file.sha256, "{arguments}: to be read by dxtbx once more");
        let cbf = Cbf::read(directory.path(), "image.cbf");
        assert_eq!(file.format, "FormatCBFMini", "{arguments}");
        assert!(file.mask.is_empty(), "{arguments}");
        let size = ["Fastest", "Second"].map(|axis| format!("X-Binary-Size-{axis}-Dimension:"));
        assert_eq!(file.image_size, size.map(|key| cbf.number(&key)), "{arguments}");
        let beam = cbf.value("Beam_xy").trim_matches(['(', ')']).replace(") pixels", "");
        let beam: Vec<f64> = beam.split(", ").map(|word| word.parse().expect("a number")).collect();
        for (found, known) in [
            (file.pixel_size[0], cbf.number("Pixel_size") * 1000.0),
            (file.pixel_size[1], cbf.number("Pixel_size") * 1000.0),
            (file.distance, cbf.number("Detector_distance") * 1000.0),
            (file.beam_centre[0], beam[0]),
            (file.beam_centre[1], beam[1]),
            (file.wavelength, cbf.number("Wavelength")),
            (file.oscillation[0], cbf.number("Start_angle")),
            (file.oscillation[1], cbf.number("Angle_increment")),
        ] {
            assert!((found / known - 1.0).abs() < 1e-9, "{arguments}: {found} {known}");
        }
        let clamped = cbf.counts().iter().filter(|&&count| count == 65535).count();
        assert_eq!(file.saturated, clamped, "{arguments}");
    }
}

/// Scripts that write XDS.INP know a header by the word PILATUS, and look for the thickness of the
/// sensor. dxtbx would take the image for one of a Pilatus if its own two places had the word.
#[test]
fn scripts_for_xds_know_the_cbf_and_dxtbx_sees_no_pilatus() {
    const RUN: &str = "-cell 30 40 50 80 95 100 -N 2 -default_F 100 -lambda 1 -distance 60 -detpixels 30 \
                       -oversample 1 -nopgm -nonoise -seed 1 -cbffile counts.cbf -noisecbf noise.cbf";
    for (more, sensor) in [
        ("", "# No sensor, thickness 0 m"),
        ("-detector_thick 320 -detector_abs 300", "# Silicon sensor, thickness 0.00032 m"),
    ] {
        let directory = run(&format!("{RUN} {more}"));
        for name in ["counts.cbf", "noise.cbf"] {
            let cbf = Cbf::read(directory.path(), name);
            let with = |word: &str| -> Vec<&str> {
                cbf.header.lines().filter(|line| line.contains(word)).collect()
            };
            for place in ["# Detector:", "_array_data.header_convention"] {
                let lines = with(place);
                assert!(matches!(lines[..], [line] if !line.contains("PILATUS")), "{lines:?}");
            }
            // The scripts tell capitals apart, or do not.
            assert_eq!(cbf.header.to_uppercase().matches("PILATUS").count(), 1, "{name} {more}");
            let first = cbf.header.lines().next().expect("a line");
            assert_eq!(with("PILATUS"), [first], "{name} {more}");
            assert_eq!(with("sensor, thickness"), [sensor], "{name} {more}");
        }
    }
}

#[test]
fn numpy_reads_the_array() {
    let Expected { arguments, numpy, .. } = expected();
    let directory = run(&arguments);
    let bytes = read(directory.path(), "image.npy");
    assert_eq!(bytes[128..], read(directory.path(), "floatimage.bin"));
    assert_eq!((digest(&bytes[128..]), "float32"), (numpy.sha256, numpy.dtype.as_str()));
    let [slow, fast] = numpy.shape;
    assert!(String::from_utf8_lossy(&bytes).contains(&format!("({slow}, {fast})")));
}

/// Pixels that were not rendered, counts that are clamped, and several threads.
#[test]
fn counts_are_those_of_the_smv_image() {
    const RUN: &str = "-cell 30 40 50 80 95 100 -N 9 -default_F 100 -lambda 1 -distance 60 -detpixels_f 700 \
         -detpixels_s 600 -oversample 1 -nonoise -nopgm -threads 2 -cbffile c.cbf";
    for more in ["", "-roi 30 600 200 500", "-scale 1e9 -adc 0", "-adc -100 -scale 3"] {
        let directory = run(&format!("{RUN} {more}"));
        let cbf = Cbf::read(directory.path(), "c.cbf");
        assert!(cbf.counts() == smv(directory.path(), "intimage.img"), "{more}");
    }
}

/// The photons of the noise image as CBF, alone and beside the SMV image, and whatever the threads.
#[test]
fn the_noise_image_has_the_same_photons_in_both_formats() {
    const RUN: &str = "-cell 30 40 50 80 95 100 -N 9 -default_F 100 -lambda 1 -distance 60 -detpixels_f 700 \
         -detpixels_s 600 -oversample 1 -nopgm -seed 7 -fluence 1e27 -noisecbf c.cbf";
    for more in ["", "-roi 30 600 200 500 -adc 0", "-fluence 1e31"] {
        let directory = run(&format!("{RUN} {more} -threads 2"));
        let counts = Cbf::read(directory.path(), "c.cbf").counts();
        assert!(counts == smv(directory.path(), "noiseimage.img"), "{more}");
        assert!(counts.iter().any(|&count| count != counts[0]), "{more}");
        let alone = run(&format!("{RUN} {more} -threads 1 -nonoise"));
        assert!(Cbf::read(alone.path(), "c.cbf").counts() == counts, "{more}");
        assert!(!alone.path().join("noiseimage.img").exists());
    }
}

/// One image from an MTZ file, and the same from the list of P1 that gemmi and cctbx made of it.
#[test]
fn an_mtz_file_gives_the_image_of_its_list() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reference/tests/reflections");
    let image = |name: &str, text: Option<String>| {
        let directory = tempfile::tempdir().expect("a directory");
        let to = directory.path().join(name);
        match text {
            Some(text) => std::fs::write(&to, text).expect("written"),
            None => drop(std::fs::copy(data.join(name), &to).expect("copied")),
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_nanobragg"));
        let arguments = "-cell 32 32 32 90 90 90 -N 4 -lambda 2 -distance 60 -detpixels 200 -nointerpolate \
                         -nonoise -nopgm -hkl";
        command.args(arguments.split_whitespace()).arg(name).current_dir(&directory);
        let outcome = finish(&mut command).expect("a run that ends");
        assert!(outcome.status.success(), "{}{}", outcome.stdout, outcome.stderr);
        read(directory.path(), "floatimage.bin")
    };
    let list = std::fs::read_to_string(data.join("f432.p1")).expect("a list");
    let (_, list) = list.split_once('\n').expect("lines");
    let from_list = image("list.hkl", Some(list.to_owned()));
    assert!(image("f432.mtz", None) == from_list);
    assert!(from_list.iter().any(|&byte| byte != 0));
}

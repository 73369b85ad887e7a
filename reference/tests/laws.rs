//! Laws that hold for all inputs, tried on generated ones.

use std::f64::consts::PI;
use std::fs;

use nanobragg_reference::engine::Unobserved;
use nanobragg_reference::experiment::StructureFactors;
use nanobragg_reference::files::fdump::{read_dump, write_dump};
use nanobragg_reference::files::smv::SmvFile;
use nanobragg_reference::host::Host;
use nanobragg_reference::output::smv;
use nanobragg_reference::random::{Ran1, misset_angles, mosaic_rotation, uniform_rotation};
use nanobragg_reference::report::Report;
use nanobragg_reference::resolve::{Job, resolve};
use nanobragg_reference::vector::{
    Vector, cross, dot, magnitude, rotate, rotate_axis, rotate_umat, unitize,
};
use nanobragg_reference::{Request, Result, cformat, cnumber, render};
use proptest::prelude::*;

fn job(arguments: &str, host: &Host) -> Result<Job> {
    let request = Request::parse(arguments.split_whitespace())?;
    resolve(&request, host, &mut Report::collect())
}

fn vector() -> impl Strategy<Value = Vector> {
    prop::array::uniform3(-100.0..100.0f64)
}

fn direction() -> impl Strategy<Value = Vector> {
    vector().prop_filter_map("a direction has a length", |v| {
        let (direction, length) = unitize(&v);
        (length > 1e-3).then_some(direction)
    })
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

/// Angles of a possible cell, in degrees.
fn cell_angles() -> impl Strategy<Value = [f64; 3]> {
    prop::array::uniform3(50.0..130.0f64).prop_filter("the angles must close", |[a, b, c]| {
        let half = (a + b + c) / 2.0;
        [half, half - a, half - b, half - c].iter().all(|x| (x * PI / 180.0).sin() > 0.05)
            && half < 175.0
    })
}

proptest! {
    #[test]
    fn rotations_keep_lengths_and_angles(
        v in vector(), w in vector(), axis in direction(), angles in vector(), seed in 1i64..1_000_000
    ) {
        let (mut ran1, mut idum) = (Ran1::default(), -seed);
        let umat = mosaic_rotation(1.0, &mut ran1, &mut idum);
        let uniform = uniform_rotation(&mut ran1, &mut idum);
        let turns: [&dyn Fn(&Vector) -> Vector; 4] = [
            &|v| rotate(v, &angles),
            &|v| rotate_axis(v, &axis, angles[0]),
            &|v| rotate_umat(v, &umat),
            &|v| rotate_umat(v, &uniform),
        ];
        for turn in turns {
            let (a, b) = (turn(&v), turn(&w));
            prop_assert!(close(magnitude(&a), magnitude(&v), 1e-12));
            prop_assert!((dot(&a, &b) - dot(&v, &w)).abs() < 1e-9);
            // Right-handedness: the cross product turns along.
            let (turned, expected) = (turn(&cross(&v, &w)), cross(&a, &b));
            for i in 0..3 {
                prop_assert!((turned[i] - expected[i]).abs() < 1e-8);
            }
        }
    }

    #[test]
    fn misset_angles_give_the_rotation_back(v in vector(), seed in 1i64..1_000_000) {
        let (mut ran1, mut idum) = (Ran1::default(), -seed);
        let umat = mosaic_rotation(90.0, &mut ran1, &mut idum);
        let (by_angles, by_matrix) = (rotate(&v, &misset_angles(&umat)), rotate_umat(&v, &umat));
        for i in 0..3 {
            prop_assert!((by_angles[i] - by_matrix[i]).abs() < 1e-9);
        }
    }

    #[test]
    fn direct_and_reciprocal_cells_are_dual(
        lengths in prop::array::uniform3(3.0..300.0f64), angles in cell_angles(), misset in vector()
    ) {
        let [a, b, c] = lengths;
        let [alpha, beta, gamma] = angles;
        let [x, y, z] = misset;
        let line = format!(
            "-cell {a} {b} {c} {alpha} {beta} {gamma} -misset {x} {y} {z} -default_F 1 \
             -detpixels 4 -oversample 1 -quirks c,-triclinic-gamma"
        );
        let crystal = job(&line, &Host::at(0)).expect("a possible cell").experiment.crystal;
        for (i, (direct, length)) in crystal.cell.iter().zip(lengths).enumerate() {
            for (j, reciprocal) in crystal.reciprocal.iter().enumerate() {
                let product = dot(direct, reciprocal) * 1e10;
                let expected = f64::from(u8::from(i == j));
                prop_assert!((product - expected).abs() < 1e-9, "{i} {j} {product}");
            }
            prop_assert!(close(magnitude(direct) * 1e10, length, 1e-12));
        }
        let [a, b, c] = crystal.cell;
        let volume = dot(&a, &cross(&b, &c)) * 1e30;
        prop_assert!(close(volume, crystal.volume, 1e-9));
    }

    #[test]
    fn dumps_read_back_as_written(
        min in prop::array::uniform3(-20i32..20), span in prop::array::uniform3(0i32..5),
        values in prop::collection::vec(-1e6..1e6f64, 216), swallow: bool
    ) {
        let max = [0, 1, 2].map(|axis| min[axis] + span[axis]);
        let mut factors = StructureFactors::allocate(min, max, &Host::at(0)).expect("small");
        for (place, value) in factors.values.iter_mut().zip(&values) {
            *place = *value;
        }
        // The first byte of the grid must not look like white space to survive the C program.
        if let Some(first) = factors.values.first_mut() {
            *first = f64::from_bits(first.to_bits() | 0xff);
        }
        let mut bytes = Vec::new();
        write_dump(&factors, &mut bytes).expect("memory takes all");
        let folder = tempfile::tempdir().expect("a directory");
        let host = Host { directory: folder.path().to_owned(), ..Host::at(0) };
        fs::write(folder.path().join("d"), &bytes).expect("writable");
        let dump = read_dump("d".as_ref(), swallow, &host).expect("a dump");
        prop_assert_eq!(dump.swallowed, 0);
        prop_assert_eq!((dump.factors.min, dump.factors.max), (min, max));
        prop_assert_eq!(dump.factors.values, factors.values);
    }

    #[test]
    fn headers_set_the_camera_that_wrote_them(
        pixels in prop::array::uniform2(1usize..40), pixel in 0.01..2.0f64,
        distance in 10.0..500.0f64, wavelength in 0.3..3.0f64, phi in -90.0..90.0f64
    ) {
        let [fast, slow] = pixels;
        let line = format!(
            "-cell 50 50 50 90 90 90 -default_F 1 -oversample 1 -detpixels_f {fast} \
             -detpixels_s {slow} -pixel {pixel} -distance {distance} -lambda {wavelength} -phi {phi}"
        );
        let host = Host::at(0);
        let first = job(&line, &host).expect("a camera").experiment;
        let folder = tempfile::tempdir().expect("a directory");
        let host = Host { directory: folder.path().to_owned(), ..host };
        let mut image = smv::header(&first).into_bytes();
        image.resize(image.len() + 2 * fast * slow, 1);
        fs::write(folder.path().join("x.img"), image).expect("writable");
        let line = "-cell 50 50 50 90 90 90 -default_F 1 -oversample 1 -img x.img";
        let second = job(line, &host).expect("the same camera").experiment;
        // The header has six digits.
        prop_assert_eq!(second.detector.pixels, first.detector.pixels);
        prop_assert!(close(second.detector.pixel_size, first.detector.pixel_size, 1e-5));
        prop_assert!(close(second.detector.distance, first.detector.distance, 1e-5));
        prop_assert!(close(second.beam.wavelength * 1e10, first.beam.wavelength * 1e10, 1e-5));
        prop_assert!(close(second.spindle.phi0, first.spindle.phi0, 1e-5));
        let file = SmvFile::read("x.img".as_ref(), true, &host).expect("an image");
        prop_assert_eq!((file.width() as usize, file.height() as usize), (fast, slow));
        prop_assert!(!file.is_truncated());
    }

    #[test]
    fn printed_numbers_read_back(bits: u64, digits in 1usize..20) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let text = cformat::g_digits(value, 17);
        let found = cnumber::double(text.as_bytes());
        prop_assert_eq!((found.value.to_bits(), found.used), (value.to_bits(), text.len()));
        // Fewer digits: never more of them than asked for, and the nearest such number.
        let short = cformat::g_digits(value, digits);
        let read = cnumber::double(short.as_bytes()).value;
        let most = value.abs() * 10f64.powi(1 - digits as i32);
        // Rounded up, the largest numbers are beyond all.
        let beyond = read.is_infinite() && value.abs() + most > f64::MAX;
        prop_assert!(beyond || (read - value).abs() <= most);
    }

    #[test]
    fn photons_are_proportional_to_the_fluence_and_the_squared_amplitude(
        fluence in 1e20..1e30f64, amplitude in 0.1..1000.0f64
    ) {
        let image = |fluence: f64, amplitude: f64| {
            let line = format!(
                "-cell 30 40 50 80 90 100 -N 3 -detpixels 6 -pixel 3 -oversample 1 \
                 -nointerpolate -default_F {amplitude} -fluence {fluence}"
            );
            let job = job(&line, &Host::at(0)).expect("valid");
            render(&job.experiment, &mut Unobserved).expect("rendered").image
        };
        let factor = (fluence / 1e25) * (amplitude / 10.0).powi(2);
        for (found, base) in image(fluence, amplitude).iter().zip(&image(1e25, 10.0)) {
            prop_assert!(close(f64::from(*found) / factor, f64::from(*base), 1e-6));
        }
    }

    #[test]
    fn no_arguments_make_it_panic(words in prop::collection::vec("-{0,2}[a-zA-Z_0-9.+]{0,12}", 0..12)) {
        if let Ok(request) = Request::parse(words) {
            let host = Host { directory: "/nonexistent".into(), ..Host::at(0) };
            drop(resolve(&request, &host, &mut Report::collect()));
        }
    }

    #[test]
    fn no_file_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..700), kind in 0usize..6) {
        let folder = tempfile::tempdir().expect("a directory");
        let host = Host { directory: folder.path().to_owned(), memory: || Some(1 << 28), ..Host::at(0) };
        // A part of each format, so that the readers get beyond the first byte.
        let (option, start): (&str, &[u8]) = [
            ("-hkl", &b"0 0 0 1 2 "[..]),
            ("-mat", b"1 0 0 0 1 "),
            ("-sourcefile", b"1 2 3 "),
            ("-mask", b"{\nHEADER_BYTES=512;\nBYTE_ORDER=x;\nSIZE1=3;\nSIZE2=3;\n"),
            ("-dump", b"0 1 0 1 0 1\n\x0c"),
            ("-stol", b"0.1 "),
        ][kind];
        fs::write(folder.path().join("f"), [start, &bytes].concat()).expect("writable");
        let line = format!("-cell 9 9 9 90 90 90 -N 3 -detpixels 3 -oversample 1 {option} f");
        for quirks in ["c", "none"] {
            drop(job(&format!("{line} -quirks {quirks}"), &host));
            drop(job(&format!("{line} -default_F 1 -quirks {quirks}"), &host));
        }
    }
}

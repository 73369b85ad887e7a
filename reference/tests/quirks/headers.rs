//! `header-substring`.

use nanobragg_reference::Quirk;
use nanobragg_reference::arguments::settings::Pivot;
use nanobragg_reference::experiment::Detector;
use nanobragg_reference::vector::Vector;

use super::support::{Bench, corrected, kept, length, refused, same, same_vector, smv, smv_with};

const LINE: &str = "-cell 60 60 60 90 90 90 -N 3 -default_F 1 -oversample 1";
const CAMERA: &str = "PIXEL_SIZE=0.5;\nDISTANCE=150;\nCLOSE_DISTANCE=120;\n";

fn detector(bench: &Bench, line: &str) -> Detector {
    bench.job(&format!("{LINE} {line}")).experiment.detector
}

fn decisive(bench: &Bench, line: &str) -> bool {
    bench.job(&format!("{LINE} {line}")).decisive.has(Quirk::HeaderSubstring)
}

#[test]
fn what_the_mask_leaves_out_is_told() {
    let mask =
        |from: usize| smv_with([8, 8], "PIXEL_SIZE=0.5;\n", move |fast, _| u16::from(fast >= from));
    let bench = Bench::new().with("half.img", mask(4)).with("shut.img", mask(8));
    let notes = |line: &str| bench.job(&format!("{LINE} {line}")).notes.join("\n");
    let masked = "-printout_pixel 3 4: -mask leaves it out; nothing is printed";
    assert_eq!(notes("-mask half.img -printout_pixel 3 4"), masked);
    assert_eq!(notes("-mask half.img -printout_pixel 4 4"), "");
    for line in ["-mask shut.img", "-roi 0 3 0 7 -mask half.img"] {
        let name = line.rsplit(' ').next().expect("a name");
        let black = format!("-mask {name}: leaves no pixel to render; the image is black");
        assert_eq!(notes(line), black);
    }
}

#[test]
fn a_wavelength_of_0_is_told_with_the_header() {
    let header = |wavelength: &str| smv([8, 8], &format!("WAVELENGTH={wavelength};\n"));
    let bench = Bench::new().with("dark.img", header("0")).with("light.img", header("1"));
    let line = |more: &str| format!("-cell 50 60 70 90 90 90 -default_F 9 {more}");
    for option in ["-img", "-mask"] {
        let says = format!("the header of {option} dark.img: a wavelength of 0");
        refused(bench.try_job(&line(&format!("{option} dark.img"))), &says);
    }
    // The header that is read last counts, and an option more than both.
    refused(bench.try_job(&line("-mask light.img -img dark.img")), "the header of -img dark.img");
    bench.job(&line("-mask dark.img -img light.img"));
    bench.job(&line("-img dark.img -lambda 1"));
    refused(bench.try_job(&line("-img light.img -lambda 0")), "-lambda 0: a wavelength");
}

#[test]
fn keys() {
    let bench = Bench::new()
        .with("far.img", smv([8, 8], "PIXEL_SIZE=0.5;\nCLOSE_DISTANCE=120;\nDISTANCE=150;\n"))
        .with("xds.img", smv([8, 8], "PIXEL_SIZE=0.5;\nDISTANCE=150;\nXDS_ORGX=3;\nXDS_ORGY=7;\n"))
        .with("org.img", smv([8, 8], "PIXEL_SIZE=0.5;\nDISTANCE=150;\nORGX=3;\n ORGY = 7;\n"))
        .with("close.img", smv([8, 8], CAMERA))
        .with("odd.img", smv([8, 8], "OLD_WAVELENGTH=2;\nPIXEL_SIZE=0.5;\nWAVELENGTH=1.5;\n"))
        .with("twice.img", smv([8, 8], "WAVELENGTH=2;\nPIXEL_SIZE=0.5;\nWAVELENGTH=1.5;\n"))
        .with("last.img", smv([8, 8], "WAVELENGTH=1.5;\nPIXEL_SIZE=0.5;\nOLD_WAVELENGTH=2;\n"));
    for quirks in corrected(Quirk::HeaderSubstring) {
        for file in ["far.img", "close.img"] {
            // The nearest point and the beam are along one line: the nearest point counts.
            let found = detector(&bench, &format!("-img {file} {quirks}"));
            same(found.close_distance, 0.12, 1e-12, file);
        }
        let found = detector(&bench, &format!("-xds -img xds.img {quirks}"));
        same_vector(found.pix0, [-2e-3, -2e-3, 0.15], 1e-15, "the middle");
        let found = detector(&bench, &format!("-xds -img org.img {quirks}"));
        same_vector(found.pix0, [-2.5 * 0.5e-3, -6.5 * 0.5e-3, 0.15], 1e-15, "ORGX, ORGY");
        for file in ["odd.img", "last.img", "twice.img"] {
            let beam = bench.job(&format!("{LINE} -img {file} {quirks}")).experiment.beam;
            same(beam.wavelength, 1.5e-10, 1e-12, file);
        }
    }
    for quirks in kept(Quirk::HeaderSubstring) {
        let found = detector(&bench, &format!("-xds -img xds.img {quirks}"));
        same_vector(found.pix0, [-2.5 * 0.5e-3, -6.5 * 0.5e-3, 0.15], 1e-15, "XDS_ORGX");
        assert!(decisive(&bench, &format!("-xds -img xds.img {quirks}")));
        let beam = bench.job(&format!("{LINE} -img last.img {quirks}")).experiment.beam;
        same(beam.wavelength, 2e-10, 1e-12, "the last of all that contain the key");
        assert!(decisive(&bench, &format!("-img last.img {quirks}")));
        for line in [
            "",
            "-xds -img org.img",
            "-img odd.img",
            "-img close.img",
            "-img last.img -lambda 1",
            "-xds -img xds.img -ORGX 4 -ORGY 4",
            "-mask close.img",
        ] {
            assert!(!decisive(&bench, &format!("{line} {quirks}")), "{line}");
        }
    }
    // A beam centre that moves nothing is written into the images all the same.
    let camera = "PIXEL_SIZE=0.5;\nDISTANCE=150;\nBEAM_CENTER_X=";
    bench.put("one.img", smv([8, 8], &format!("{camera}1;\n")));
    bench.put("two.img", smv([8, 8], &format!("{camera}2;\n")));
    assert!(decisive(&bench, "-xds -img one.img -mask two.img -quirks c"));
    assert!(!decisive(&bench, "-xds -img one.img -mask one.img -quirks c"));
    // These do not move the detector of MOSFLM where the convention decides.
    assert!(!decisive(&bench, "-img xds.img -quirks c"));
}

#[test]
fn the_command_line_beats_headers() {
    let header = format!(
        "{CAMERA}WAVELENGTH=1.5;\nBEAM_CENTER_X=1;\nBEAM_CENTER_Y=3;\nPHI=5;\nOSC_RANGE=2;\n"
    );
    let bench = Bench::new().with("a.img", smv([8, 8], &header)).with(
        "b.img",
        smv([8, 8], "PIXEL_SIZE=0.25;\nDISTANCE=90;\nBEAM_CENTER_X=1;\nBEAM_CENTER_Y=1;\n"),
    );
    for quirks in corrected(Quirk::HeaderSubstring) {
        let found = detector(&bench, &format!("-denzo -img a.img -distance 200 {quirks}"));
        same(found.distance, 0.2, 1e-12, "-distance");
        let found = detector(&bench, &format!("-denzo -img a.img -close_distance 70 {quirks}"));
        same(found.close_distance, 0.07, 1e-12, "-close_distance");
        let found = detector(&bench, &format!("-denzo -img a.img -Ybeam 2 {quirks}"));
        same_vector([found.beam_spot[0], found.beam_spot[1], 0.0], [2e-3, 1e-3, 0.0], 1e-15, "one");
        let found = detector(&bench, &format!("-img a.img -detsize 2 {quirks}"));
        assert_eq!(found.pixels, [4, 4]);
        let found = detector(&bench, &format!("-img a.img -detsize_s 2 {quirks}"));
        assert_eq!(found.pixels, [8, 4]);
        let found = detector(
            &bench,
            &format!("-xds -img a.img -ORGX 2.5 -ORGY 6.5 -close_distance 80 {quirks}"),
        );
        same_vector(found.pix0, [-1e-3, -3e-3, 0.08], 1e-15, "-ORGX beats BEAM_CENTER");
        // The file named last counts, whichever it is; a mask counts Y from the other edge.
        let found = detector(&bench, &format!("-mask b.img -img a.img {quirks}"));
        same(found.pixel_size, 0.5e-3, 1e-12, "image behind mask");
        let found = detector(&bench, &format!("-denzo -img a.img -mask b.img {quirks}"));
        same(found.pixel_size, 0.25e-3, 1e-12, "mask behind image");
        same_vector([found.beam_spot[0], found.beam_spot[1], 0.0], [1e-3, 1e-3, 0.0], 1e-15, "Y");
    }
    for quirks in kept(Quirk::HeaderSubstring) {
        let found = detector(&bench, &format!("-denzo -img a.img -distance 200 {quirks}"));
        same(found.close_distance, 0.12, 1e-12, "CLOSE_DISTANCE beats -distance");
        assert!(decisive(&bench, &format!("-denzo -img a.img -distance 200 {quirks}")));
        assert!(!decisive(&bench, &format!("-denzo -img b.img -distance 200 {quirks}")));
        let found = detector(&bench, &format!("-img a.img -mask b.img {quirks}"));
        same(found.pixel_size, 0.5e-3, 1e-12, "the image is read behind the mask");
        assert!(decisive(&bench, &format!("-img a.img -mask b.img {quirks}")));
        assert!(!decisive(&bench, &format!("-mask b.img -img a.img {quirks}")));
    }
}

/// What the corrected program writes, it reads back: the same detector.
#[test]
fn two_theta_and_the_way_round() {
    for quirks in corrected(Quirk::HeaderSubstring) {
        for convention in ["-mosflm", "-denzo", "-adxv", "-xds", "-dials"] {
            for swing in ["", "-twotheta 20", "-twotheta -7"] {
                let bench = Bench::new();
                let camera =
                    "-distance 80 -detpixels_f 12 -detpixels_s 9 -pixel 0.5 -Xbeam 1.5 -Ybeam 2.25";
                // About the sample, as the swing alone means; conventions agree on that only where
                // it is said last.
                let line = format!("{LINE} {convention} {camera} {swing} {quirks}");
                bench.run(&format!("{line} -nonoise -nopgm"));
                let first = bench.job(&line).experiment.detector;
                let about_sample = first.pivot == Pivot::Sample || swing.is_empty();
                let again = format!("{LINE} {convention} -img intimage.img {quirks}");
                let second = bench.job(&again).experiment.detector;
                same(
                    second.twotheta.to_degrees() + 90.0,
                    first.twotheta.to_degrees() + 90.0,
                    1e-6,
                    swing,
                );
                if about_sample && quirks == "-quirks none" {
                    let tolerance = 2e-6 * length(first.pix0);
                    same_vector(second.pix0, first.pix0, tolerance, &again);
                    same_vector(second.fdet, first.fdet, 2e-6, &again);
                    same_vector(second.sdet, first.sdet, 2e-6, &again);
                } else {
                    same_vector(second.fdet, first.fdet, 2e-6, &again);
                }
            }
        }
    }
    let bench = Bench::new()
        .with("swung.img", smv([8, 8], "PIXEL_SIZE=0.5;\nDISTANCE=80;\nTWOTHETA=30;\n"));
    for quirks in kept(Quirk::HeaderSubstring) {
        let found = detector(&bench, &format!("-img swung.img {quirks}"));
        assert_eq!(found.twotheta, 0.0, "TWOTHETA is dropped");
        assert!(decisive(&bench, &format!("-img swung.img {quirks}")));
        assert!(!decisive(&bench, &format!("-img swung.img -twotheta 30 {quirks}")));
    }
    // As -twotheta does, the header turns the detector about the sample: the normal swings by 30°,
    // and the nearest point stays.
    let found = detector(&bench, "-img swung.img -xds -quirks none");
    let [y, z] = [-30f64.to_radians().sin(), 30f64.to_radians().cos()];
    same_vector(found.odet, [0.0, y, z], 1e-15, "normal");
    let normal: Vector = [0.0, 80e-3 * y, 80e-3 * z];
    let middle = [0, 1, 2].map(|i| found.pix0[i] + 2e-3 * (found.fdet[i] + found.sdet[i]));
    same_vector(middle, normal, 1e-15, "nearest point");
    refused(bench.try_job(&format!("{LINE} -img nothing.img")), "cannot read nothing.img");
}

//! `-quirks none` on set-ups that need many corrections at once, against the physics written down a
//! second time; and set-ups that need none, which are the same in both modes.

use nanobragg_reference::{Quirk, Quirks};

use super::physics;
use super::support::{Bench, agree, distance, smv, smv_with};

/// Structure factors with nothing regular about them.
fn reflections() -> String {
    let mut text = String::new();
    for h in -7i32..=7 {
        for k in -6i32..=7 {
            for l in -8i32..=6 {
                let f = 20.0 + f64::from((h * 7 + k * 13 + l * 29).rem_euclid(53));
                text.push_str(&format!("{h} {k} {l} {f} 1\n"));
            }
        }
    }
    text + "# h k l F sigma\n"
}

/// Input files for all set-ups.
pub(crate) fn bench() -> Bench {
    let mut text = String::new();
    for place in 0..9i32.pow(3) {
        let [h, k, l] = [place / 81, place / 9 % 9, place % 9].map(|i| i - 4);
        text.push_str(&format!("{h} {k} {l} {}\n", 10 + (h * h + 3 * k + 5 * l).abs()));
    }
    let plain =
        "PIXEL_SIZE=2;\nDISTANCE=70;\nWAVELENGTH=1.1;\nBEAM_CENTER_X=8;\nBEAM_CENTER_Y=9;\n";
    let long = "PIXEL_SIZE=2.12345;\nDISTANCE=70.1234;\nWAVELENGTH=1.12345;\nBEAM_CENTER_X=8.12345;\nBEAM_CENTER_Y=9.12345;\n";

    // A dump of eight values, whose first byte is a blank.
    let mut swallowed = b"-1 0 -1 0 -1 0\n\x0c".to_vec();
    for place in 0..27u64 {
        swallowed.extend(f64::from_bits(50f64.to_bits() + (place << 45) + 0x20).to_ne_bytes());
    }
    let mask = smv_with(
        [16, 12],
        "PIXEL_SIZE=2.5;\nDISTANCE=38;\nXDS_ORGX=3;\nTWOTHETA=9;\nPHI=-1;\nWAVELENGTH=1.03;\n",
        |fast, slow| u16::from((fast + slow) % 5 != 0),
    );
    let matrix = "0.031 0.012 -0.02\n-0.022 0.04 0.004\n0.018 0.009 0.036\n";
    let sources = "-10 0.1 0 1 1e-10\n-10 0 0.2 7 1.04e-10\n-10 -0.1 -0.1 1 0.97e-10\n";
    Bench::new()
        .with("f.hkl", reflections())
        .with("mask.img", mask)
        .with("a.mat", matrix)
        .with("s.txt", sources)
        .with("g.hkl", text)
        .with("swallowed.bin", swallowed)
        .with("plain.img", smv([10, 10], plain))
        .with("long.img", smv([10, 10], long))
}

/// Each needs several corrections.
pub(crate) const RICH: [&str; 10] = [
    // Triclinic, spindle through 0, mosaic, divergence, wavelengths, layers, swing.
    "-cell 14 16 18 75 85 95 -misset 10 20 30 -Na 3 -Nb 4 -Nc 3 -hkl f.hkl -default_F 12 \
     -lambda 1.02 -distance 40 -pixel 3 -detpixels_f 14 -detpixels_s 11 -mosaic 1.5 \
     -mosaic_domains 3 -phi -1 -osc 2 -phisteps 2 -dispersion 2 -dispsteps 2 -divergence 8 \
     -divsteps 3 -oversample 2 -detector_thick 400 -detector_abs 300 -detector_thicksteps 3 \
     -polar 0.9 -detector_rotx 3 -detector_roty -4 -twotheta 10 -dmin 1.1 -fluence 1e28",
    // Everything for each sub-pixel, water, sensor.
    "-xds -cell 14 16 18 90 105 90 -misset 30 -20 10 -N 3 -nointerpolate -hkl f.hkl -lambda 0.98 \
     -distance 45 -pixel 3 -detpixels 12 -ORGX 4.2 -ORGY 9.1 -twotheta 12 -oversample 2 \
     -oversample_omega -oversample_polar -oversample_thick -detector_thick 300 -detector_abs 200 \
     -polar -0.6 -water 0.02 -fluence 1e24 -dmin 1.5",
    // Gaussian spots on a curved detector, wavelengths from a file, round the spindle.
    "-dials -cell 20 23 26 80 95 100 -misset 5 6 7 -N 2 -gauss_xtal -default_F 9 -sourcefile s.txt \
     -phi 0 -osc 3 -phisteps 3 -curved_det -twotheta 7 -distance 50 -pixel 2 -detpixels 12 \
     -oversample 2 -nopolar -oversample_polar",
    // A size in mm, interpolation with fall-backs, mask with a header.
    "-cell 8 9 7 80 95 100 -misset random -seed 21 -xtalsize 1.5e-6 -hkl f.hkl -default_F 5 \
     -mask mask.img -Xbeam 4 -mosaic 3 -mosaic_domains 3 -dispersion 3 -dispsteps 2 -polar 0.8",
    // Detector at a place of its own, an axis of any length.
    "-mat a.mat -N 2 -default_F 30 -pix0_vector_mm 45 14 -17 -fdet_vector 0 0.1 1 \
     -sdet_vector 0 -1 0.1 -odet_vector 3 0 0 -twotheta_axis 0 3 0 -twotheta 8 -pixel 2.5 \
     -detpixels 12 -detector_thick 200 -thicksteps 4 -oversample 1 -polar 0.5",
    // Round crystal, part of the detector, beam not along the normal.
    "-cell 15 15 22 90 90 120 -misset 3 1 4 -N 3 -round_xtal -fudge 1.2 -default_F 20 \
     -beam_vector 1 0.1 -0.05 -spindle_axis 0 1 0.3 -phi 2 -osc -1 -phistep -1 -distance 40 \
     -close_distance 37 -Xclose 12 -Yclose 14 -pivot beam -detector_rotx 5 -pixel 2.5 -detpixels 12 -roi 2 9 0 7 -oversample 2",
    // ADXV, pivot against the convention, points without size.
    "-adxv -cell 20 23 26 70 80 100 -N 2 -default_F 20 -pivot sample -detector_rotz 5 \
     -detector_rotx 12 -Xbeam 10 -Ybeam 20 -point_pixel -pixel 2.5 -detpixels 12 -distance 40 \
     -oversample 3 -oversample_polar -phi -2 -osc 4 -phisteps 4",
    // Water and nothing but, behind a sensor.
    "-denzo -cell 20 20 20 90 90 90 -N 4 -default_F 1e-9 -water 10 -fluence 1e22 -dmin 30 \
     -ORGX 3 -ORGY 4 -detector_roty 11 -pixel 2.5 -detpixels 12 -distance 40 -oversample 1 \
     -detector_thick 500 -detector_abs 800 -thicksteps 7 -mosaic 1 -mosaic_domains 5",
    // A large cell far away, its size in mm.
    "-cell 250 260 270 75 85 95 -samplesize 0.0001 -default_F 4 -lambda 3 -distance 900 -pixel 0.3 \
     -detpixels 10 -oversample 2 -phi -0.01 -osc 0.02 -phisteps 2 -twotheta 30",
    // Sources of the divergence alone.
    "-cell 20 23 26 95 80 100 -N 2 -default_F 20 -hdivrange 40 -hdivsteps 3 -vdivrange 30 \
     -vdivsteps 2 -square_div -oversample_polar -oversample 2 -pixel 2.5 -detpixels 12 \
     -distance 40 -polar 1",
];

#[test]
fn rich_set_ups_are_the_physics() {
    let bench = bench();
    for line in RICH {
        let none = format!("{line} -quirks none");
        let job = bench.job(&none);
        assert!(job.decisive.is_empty(), "{}", job.decisive);
        let image = bench.image(&none);
        agree(&image, &physics::image(&job.experiment), 1e-6, line);
        // The C program's image is another one.
        if let Ok(c) = bench.try_job(line) {
            assert!(!c.decisive.is_empty(), "{line}");
            let c = bench.image(line);
            let same_size = c.dim() == image.dim();
            assert!(!same_size || distance(&c, &image) > 1e-3, "{line}");
        }
    }
}

/// Nothing in them that a switch could change.
pub(crate) const PLAIN: [&str; 9] = [
    "-cell 100 100 100 90 90 90 -N 5 -default_F 100 -detpixels 16",
    "-cell 60 70 80 90 95 90 -misset 10 20 30 -N 3 -hkl g.hkl -dump d.bin -pixel 2 -detpixels 20",
    "-xds -cell 60 60 90 90 90 120 -N 3 -default_F 9 -ORGX 4 -ORGY 9 -detector_rotx 4 \
     -close_distance 70 -detpixels 12 -pixel 3",
    "-mosflm -cell 60 70 80 90 90 90 -N 3 -default_F 9 -Xbeam 14 -Ybeam 16 -detector_roty 9 \
     -detpixels 12 -pixel 3 -mosaic 1 -mosaic_domains 4 -oversample_omega -N 1 -oversample 1 \
     -nointerpolate -mosaic_domains 1 -mosaic 0",
    "-cell 40 50 60 90 90 90 -N 3 -default_F 9 -phi 1 -osc 2 -phisteps 3 -dispersion 1 \
     -dispsteps 2 -hdivrange 4 -hdivsteps 3 -polar 0.9 -detpixels 10 -pixel 3 -dmin 2 -gauss_xtal",
    "-cell 9 9 9 90 90 90 -N 2 -hkl g.hkl -dump d.bin -detpixels 9 -pixel 0.3 -default_F 3",
    "-cell 9 9 9 90 90 90 -misset 4 5 6 -xtalsize 0.00001 -default_F 4 -beamsize 0.000005 \
     -flux 1e12 -detpixels 9 -pixel 3 -oversample 1",
    "-cell 9 9 9 90 90 90 -mosaic_seed 4 -img plain.img -N 4 -default_F 4 -adc 5 -scale 3",
    "-cell 9 9 9 90 90 90 -spindle_axis 1 0 0 -phi 3 -N 4 -default_F 4 -detpixels 9 -pixel 2 \
     -point_pixel -nopolar -oversample 1 -nonoise",
];

#[test]
fn without_a_decisive_switch_both_modes_write_the_same_files() {
    for line in PLAIN {
        // What the report says of the solid angle is all that differs in these.
        let report_alone = line.contains("-point_pixel") || line.contains("-dispsteps");
        let mut files = Vec::new();
        for quirks in ["c", "none"] {
            let bench = bench();
            let done = bench.run(&format!("-seed 3 {line} -quirks {quirks}"));
            let expected =
                Quirks::NONE.with(Quirk::SolidAngleReport, report_alone && quirks == "c");
            assert_eq!(done.decisive, expected, "{line}");
            let names = ["floatimage.bin", "intimage.img", "image.pgm", "noiseimage.img", "d.bin"];
            let found = names.map(|name| if bench.has(name) { bench.read(name) } else { vec![] });
            // The choice of interpolation stands elsewhere in the report, the C program shows a
            // nearest point that it does not use, and that the first sub-pixel stands for all in
            // its solid angle shows in the last digits.
            let others = ["auto-selected", "solid angle", "  Xclose="];
            let alike = |line: &&str| !others.iter().any(|start| line.starts_with(start));
            let lines = done.report.lines().filter(alike).map(str::to_owned);
            files.push((found, lines.collect::<Vec<_>>()));
        }
        assert_eq!(files[0].0, files[1].0, "{line}");
        for (c, none) in files[0].1.iter().zip(&files[1].1) {
            assert_eq!(c, none, "{line}");
        }
    }
}

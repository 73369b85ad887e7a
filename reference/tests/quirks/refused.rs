//! The refused requests of `spec/refused.md`: each is an error in both modes, and the
//! message names the culprit.

use super::support::{Bench, refused, smv, smv_with};

/// What the requests have in common; options that come later win.
const BASE: &str = "-cell 50 60 70 90 90 90 -N 3 -lambda 1 -detpixels 8 -oversample 1";

fn check(bench: &Bench, cases: &[(&str, &str)]) {
    for (options, word) in cases {
        for quirks in ["c", "none"] {
            let line = format!("{BASE} -default_F 9 {options} -quirks {quirks}");
            println!("{line}");
            refused(bench.try_run(&line), word);
            assert!(!bench.has("floatimage.bin"), "a refused request leaves nothing behind");
        }
    }
}

#[test]
fn arguments() {
    check(
        &Bench::new(),
        &[
            ("-detpixel 9", "did you mean -detpixels?"),
            ("-distance", "-distance needs 1 value"),
            ("-detector_thick", "-detector_thick needs"),
            ("-detector_abs", "-detector_abs needs"),
            ("-detector_thicksteps", "-detector_thicksteps needs"),
            ("-thicksteps", "-thicksteps needs"),
            ("-lambda nan", "-lambda: 'nan' is not a finite number"),
            ("-distance 1e999", "not a finite number"),
            ("-misset nan 0 0", "not finite"),
            ("-N 99999999999", "'99999999999' does not fit into a 32-bit integer"),
            ("-seed -2147483648", "out of range"),
        ],
    );
    let empty = BASE.split(' ').chain(["-default_F", "9", "-floatfile", ""]);
    let request = nanobragg_reference::Request::parse(empty).expect("well formed");
    let host = nanobragg_reference::host::Host::at(0);
    let mut report = nanobragg_reference::report::Report::collect();
    refused(nanobragg_reference::resolve::resolve(&request, &host, &mut report), "empty file name");
    // Leniently, what the C program ignores is a note.
    let job = Bench::new().job(&format!("{BASE} -default_F 9 -lenient -detpixel 9 -roi 1 2"));
    assert_eq!(job.notes.len(), 5, "{:?}", job.notes);
}

#[test]
fn numbers_without_meaning() {
    check(
        &Bench::new(),
        &[
            ("-cell 50 60 70 150 150 150", "no cell has these angles"),
            ("-cell 50 60 70 200 90 90", "no cell has these angles"),
            ("-cell 50 60 70 120 120 120", "no volume"),
            ("-cell 0", "no unit cell"),
            ("-default_F 0", "no structure factors"),
            ("-lambda 0", "a wavelength of 0"),
            ("-lambda -1", "a wavelength of -1"),
            ("-energy 0", "a wavelength of inf"),
            ("-pixel 0", "must be positive"),
            ("-detpixels -5", "-5 pixels"),
            ("-detpixels 0 -detsize 0", "0 pixels"),
            ("-detpixels 46341", "2147488281 pixels"),
            ("-distance -100", "in front of the sample"),
            ("-distance 0", "in front of the sample"),
            ("-close_distance -100", "in front of the sample"),
            ("-close_distance 0", "in front of the sample"),
            ("-odet_vector 0 1 0 -distance 100", "edge-on"),
            ("-beam_vector 0 0 0", "-beam_vector is no direction"),
            ("-fdet_vector 0 1 0 -sdet_vector 0 1 0 -odet_vector 2 0 0", "is no direction"),
            ("-twotheta_axis 0 0 0 -twotheta 5", "zero vector"),
            ("-flux 1e12 -beamsize 0", "a fluence of inf"),
            ("-water -5", "a negative thickness"),
            ("-water 1e200", "background is inf"),
            ("-osc 0 -phistep 1", "no spindle step"),
            (
                "-hdivrange 1 -vdivrange 1 -hdivstep 10 -vdivstep 10 -hdivsteps 3 -vdivsteps 3",
                "no source is left",
            ),
            ("-fluence 1e300", "64 of 64 pixels are not finite"),
            ("-round_xtal -fudge -1", "takes the square root of -fudge, which is -1"),
        ],
    );
}

#[test]
fn too_much() {
    check(
        &Bench::new(),
        &[
            ("-phisteps 10000001", "spindle steps"),
            ("-osc 5 -phistep 1e-300", "5e+300 spindle steps"),
            ("-mosaic 1 -mosaic_domains 10000001", "mosaic domains"),
            ("-divergence 1 -divsteps 4000 -square_div", "beam directions"),
            ("-dispersion 1 -dispsteps 10000001", "wavelength steps"),
            ("-detector_thick 1 -detector_thicksteps 10000001", "sensor layers"),
            ("-oversample 50000", "steps a pixel"),
            ("-oversample 40000 -detector_thick 1 -detector_thicksteps 1000000", "evaluations"),
            ("-samplesize 1e300 -beamsize 1e300", "sub-pixels"),
        ],
    );
}

#[test]
fn files() {
    let header = "PIXEL_SIZE=0.1;\n";
    let mut truncated = smv([8, 8], header);
    truncated.truncate(600);
    let zeros = |text: &[u8], with: &str, without: &str| {
        String::from_utf8_lossy(text).replacen(with, without, 1).into_bytes()
    };
    let bench = Bench::new()
        .with("mask16.img", smv_with([16, 16], header, |_, _| 1))
        .with("small.img", smv([4, 4], header))
        .with("cut.img", truncated)
        .with("short.img", "{\nHEADER_BYTES=512;\n")
        .with("text.img", "nothing like it\n".repeat(50))
        .with("order.img", zeros(&smv([8, 8], header), "BYTE_ORDER", "BITE_ORDER"))
        .with("size.img", zeros(&smv([8, 8], header), "SIZE1=8", "SIZE1=0"))
        .with("bytes.img", zeros(&smv([8, 8], header), "=512;", "= -1;"))
        .with("left.mat", "0.01 0 0 0 0.01 0 0 0 -0.01\n")
        .with("short.mat", "0.01 0 0\n0 0.01\n")
        .with("fraction.hkl", "0 0 0 9\n1 0 3.5 100\n")
        .with("decimal.hkl", "1.0 0 0 50\n")
        .with("cut.hkl", "1 0 0 50\n0 1 0")
        .with("empty.hkl", "")
        .with("nan.hkl", "0 0 0 nan\n")
        .with("far.hkl", "0 0 0 1\n1500000000 0 0 1\n")
        .with("wide.hkl", "-900000000 0 0 1\n900000000 900000000 9 1\n")
        .with("text.dump", "abc\n")
        .with("cut.dump", "0 1 0 1 0 1\n\x0cabc")
        .with("range.dump", "5 0 0 1 0 1\n\x0cabc")
        .with("empty.src", "\n\n")
        .with("comment.src", "# x y z\n-10 0 0 1 1e-10\n")
        .with("crlf.src", "-10 0 0 1\r\n")
        .with("negative.src", "-10 0 0 1 -1e-10\n")
        .with("tiny.src", "-10 0 0 1 1e-20\n")
        .with("infinite.src", "-10 0 0 1 inf\n");
    check(
        &bench,
        &[
            ("-mask mask16.img -detpixels 8", "a mask of 16 x 16 pixels for a detector of 8 x 8"),
            ("-mask small.img -img mask16.img", "16 x 16 pixels, but small.img has 4 x 4"),
            ("-mask cut.img", "truncated"),
            ("-img short.img", "shorter than the 512 bytes"),
            ("-img text.img", "does not look like an ADSC frame"),
            ("-img order.img", "no BYTE_ORDER"),
            ("-img size.img", "0 x 0 pixels"),
            ("-img bytes.img", "HEADER_BYTES is -1"),
            ("-img nothing", "-img: cannot read nothing"),
            ("-mask nothing", "-mask: cannot read nothing"),
            ("-mat nothing", "-mat: cannot read nothing"),
            ("-mat left.mat", "no right-handed cell"),
            ("-mat short.mat", "nine finite numbers"),
            ("-hkl nothing", "-hkl: cannot read nothing"),
            // A cell that is missing, too, is not the first thing to mend.
            ("-hkl nothing -cell 0", "-hkl: cannot read nothing"),
            ("-hkl . -cell 0", "-hkl: cannot read .: Is a directory"),
            ("-hkl cut.hkl -cell 0", "no unit cell: cut.hkl has none; give -cell"),
            ("-hkl fraction.hkl", "fraction.hkl:2: l is"),
            ("-hkl decimal.hkl", "decimal.hkl:1: h is"),
            ("-hkl cut.hkl", "cut.hkl:2: "),
            ("-hkl empty.hkl", "no reflections"),
            ("-hkl nan.hkl", "F is NaN"),
            ("-hkl far.hkl", "far.hkl:2: h is"),
            ("-hkl wide.hkl", "wide.hkl: "),
            ("-dump text.dump", "six integers"),
            ("-dump cut.dump", "3 bytes of structure factors where its ranges ask for 216"),
            ("-dump range.dump", "index range 5 to 0 is empty"),
            ("-hkl fraction.hkl -dump nowhere/d", "fraction.hkl:2"),
            ("-sourcefile nothing", "-sourcefile: cannot read nothing"),
            ("-sourcefile empty.src", "no sources"),
            ("-sourcefile comment.src", "comment.src:1: a source at [0.0, 0.0, 0.0]"),
            ("-sourcefile crlf.src", "crlf.src:1: a wavelength of 0"),
            ("-sourcefile negative.src", "a wavelength of -1e-10"),
            ("-sourcefile infinite.src", "a wavelength of inf"),
            ("-sourcefile tiny.src", "Miller indices reach 1.4e+12"),
            ("-stol nothing", "-stol: cannot read nothing"),
            ("-stol empty.hkl", "no data"),
        ],
    );
    bench.put("good.hkl", "0 0 0 9\n");
    check(
        &bench,
        &[
            ("-hkl good.hkl -dump nowhere/d", "cannot write nowhere/d"),
            ("-floatfile nowhere/x", "cannot write nowhere/x"),
            ("-noisefile nowhere/x", "cannot write nowhere/x"),
        ],
    );
    // Without a limit of the resolution a wavelength of 0 is an error, with one it is a note.
    bench.put("zero.src", "-10 0 0 1 0\n-10 0 0 1 1e-10\n");
    check(&bench, &[("-sourcefile zero.src", "zero.src:1: a wavelength of 0")]);
    let job = bench.job(&format!("{BASE} -default_F 9 -sourcefile zero.src -dmin 2"));
    assert!(job.notes.iter().any(|note| note.contains("1 source has")), "{:?}", job.notes);
}

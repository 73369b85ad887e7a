//! What image files are, and what of them is refused.

use super::images::*;
use super::*;

#[test]
fn the_contents_tell_what_a_file_is() {
    let pixels = image();
    let turned = turned(&pixels, 6);
    let f4 = |pixels: &[f64]| -> Vec<u8> {
        pixels.iter().flat_map(|&pixel| (pixel as f32).to_le_bytes()).collect()
    };
    let f8 = |pixels: &[f64]| -> Vec<u8> { pixels.iter().flat_map(|p| p.to_be_bytes()).collect() };
    let keys = "SIZE1=6;\nSIZE2=4;\nBYTE_ORDER=";
    let kinds = [
        ("raw 4-byte floats", raw(&pixels)),
        ("NumPy array of <f4", npy("<f4", "False", "(4, 6)", &f4(&pixels))),
        ("NumPy array of >f8", npy(">f8", "False", "(1, 4, 6)", &f8(&pixels))),
        ("NumPy array of >f8, Fortran order", npy(">f8", "True", "(4, 6)", &f8(&turned))),
        (
            "SMV image of float, little_endian",
            smv(&format!("{keys}little_endian;\nTYPE=float;\n"), &f4(&pixels)),
        ),
        (
            "SMV image of double, big_endian",
            smv(&format!("{keys}big_endian;\nTYPE=double;\n"), &f8(&pixels)),
        ),
    ];
    for (left, bytes) in &kinds {
        for (right, others) in &kinds {
            let bench = Bench::new();
            bench.put("a.img", bytes);
            bench.put("b.exe", others);
            let raw = left.starts_with("raw") || right.starts_with("raw");
            let shape = if raw { "--shape 6x4 " } else { "" };
            let found = bench.compare(&format!("{shape}--left a.img --right b.exe"));
            assert_eq!(found["bit_identical"], true, "{left}, {right}");
            assert_eq!(found["shape_left"], serde_json::json!([6, 4]));
            assert_eq!([&found["format_left"], &found["format_right"]], [left, right]);
            assert_eq!(found["notes"], serde_json::json!([]));
        }
    }
}

#[test]
fn two_files_need_no_arguments_and_run_nothing() {
    let bench = pair(&image(), &image());
    let outcome = bench.run("--left a --right b --shape 6x4");
    assert_status(&outcome, 0);
    assert_eq!(outcome.stderr, "comparing a (left) with b (right)\n");
    assert!(outcome.stdout.contains("left file: a (raw 4-byte floats)\n"), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("runtime:"), "{}", outcome.stdout);
    assert_eq!(names(&bench.folder()), FILES_ONLY);
    let found = bench.summary();
    assert_eq!(found["args"], serde_json::json!([]));
    assert!(found["runtime_c_ms"].is_null() && found["kind_left"] == "file");
    assert_eq!(found["binaries"]["c"], bench.path().join("a").display().to_string());
    assert_eq!(found["sha256_c"], found["sha256_py"]);
    assert_eq!(fs::read(bench.folder().join("c_float.bin")).expect("a file"), raw(&image()));
    // The other words of the clause hold for files too.
    assert_status(
        &bench.run("--left a --right b --shape 6x4 --roi 2 3 0 9 --threshold 1 --save-diff"),
        0,
    );
}

#[test]
fn raw_floats_take_their_shape_where_it_is_told() {
    let pixels = image();
    let array = npy("|u1", "False", "(3, 8)", &[0; 24]);
    for (options, shape, note) in [
        ("--left a --right a --shape 24x1", [24, 1], None),
        (
            "--left a --right a -- -detpixels_x 2 -detpixels_y 12 -cell 9 9 9 90 90 90 -N 1 \
          -default_F 1",
            [2, 12],
            None,
        ),
        ("--left a --right n", [8, 3], Some("as on the other side")),
        ("--left n --right a", [8, 3], Some("as on the other side")),
        ("--left q --right q", [5, 5], Some("a square")),
    ] {
        let bench = pair(&pixels, &pixels);
        bench.put("n", &array);
        bench.put("q", &raw(&[0.5; 25]));
        let found = bench.compare(options);
        for side in ["shape_left", "shape_right"] {
            assert_eq!(found[side], serde_json::json!(shape), "{options}");
        }
        let notes = found["notes"].to_string();
        assert!(note.map_or(notes == "[]", |note| notes.contains(note)), "{options}: {notes}");
    }
    let bench = pair(&pixels, &pixels[..23]);
    let outcome = bench.run("--left a --right b");
    assert_status(&outcome, 5);
    let told = "left (a): 24 pixels make no square; --shape FASTxSLOW tells their arrangement, such as \
                --shape 6x4\n";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    let outcome = bench.run("--left a --right b --shape 6x4");
    assert_status(&outcome, 5);
    assert!(
        outcome.stderr.contains("right (b): 23 pixels, but --shape says 6 x 4"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn other_shapes_are_4_for_files_too() {
    let bench = Bench::new();
    bench.put("a", &npy("|u1", "False", "(2, 3)", &[1, 2, 3, 4, 5, 6]));
    bench.put("b", &npy("|u1", "False", "(3, 2)", &[1, 2, 3, 4, 5, 6]));
    let outcome = bench.run("--left a --right b");
    assert_status(&outcome, 4);
    let found = bench.summary();
    assert_eq!(found["shape_right"], serde_json::json!([2, 3]));
    assert!(found["peaks"].is_null() && found["relative_errors"].is_null());
    assert_eq!(names(&bench.folder()), ["c_float.bin", "py_float.bin", "summary.json"]);
    let bench = Bench::new();
    bench.put("a", &npy("|u1", "False", "(2, 3)", &[1; 6]));
    bench.put("b", &npy("|u1", "False", "(3, 2)", &[1, 2, 3, 4, 5, 6]));
    assert_status(&bench.run("--left a --right b --resample"), 0);
}

#[test]
fn files_that_make_no_sense_are_5_before_any_run() {
    let keys = "SIZE1=6;\nSIZE2=4;\nBYTE_ORDER=little_endian;\n";
    let cut = |bytes: Vec<u8>, length: usize| bytes[..length].to_vec();
    for (bytes, reason) in [
        (Vec::new(), "the file is empty"),
        (vec![0; 7], "7 bytes are no 4-byte floats"),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\0".to_vec(),
            "a PNG picture; raw floats, SMV and CBF images, and",
        ),
        (b"PK\x03\x04\x14\0\0\0".to_vec(), "a zip file; unpack it first"),
        (b"MTZ \xf3\0\0\0".to_vec(), "an MTZ file; raw floats"),
        (cut(npy("<f4", "False", "(4, 6)", &[0; 96]), 150), "truncated"),
        (cut(npy("<f4", "False", "(4, 6)", &[0; 96]), 20), "truncated"),
        (npy("<f4", "False", "(9223372036854775807, 2)", &[0; 96]), "truncated"),
        (npy("<f4", "False", "(1000000, 1000000)", &[0; 96]), "truncated"),
        (npy("<f4", "False", "(24,)", &[0; 96]), "two axes"),
        (npy("<c8", "False", "(4, 6)", &[0; 192]), "pixels of type '<c8'"),
        (npy("|O", "False", "(4, 6)", &[0; 96]), "pixels of type '|O'"),
        (b"\x93NUMPY\x01\x00\xff\xff[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[".to_vec(), "truncated"),
        (smv(keys, &[0; 47]), "truncated: 47 bytes"),
        (smv("SIZE1=600000;\nSIZE2=400000;\nBYTE_ORDER=big_endian;\n", &[0; 48]), "truncated"),
        (smv("SIZE1=-6;\nSIZE2=4;\n", &[0; 48]), "SIZE1 is '-6'"),
        (smv("SIZE1=6;\nSIZE2=4;\n", &[0; 48]), "no BYTE_ORDER"),
        (b"{\nHEADER_BYTES=999999;\nSIZE1=1;\n}".to_vec(), "HEADER_BYTES is 999999"),
    ] {
        let bench = Bench::new();
        bench.put("bad", &bytes);
        let outcome = bench.run(&format!("--left reference --right bad -- {SHORT}"));
        assert_status(&outcome, 5);
        assert!(outcome.stderr.contains(reason), "{reason}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("right (bad): "), "{}", outcome.stderr);
        assert!(!outcome.stdout.contains("runtime"), "{}", outcome.stdout);
        assert_eq!(names(&bench.folder()), ["summary.json"]);
        assert_eq!(number(&bench.summary(), "exit_status"), 5.0);
    }
}

#[test]
fn what_is_neither_program_nor_image_is_2() {
    for (side, reason) in [
        ("cpu-mixd", "did you mean 'cpu-mixed'?"),
        ("refernce", "did you mean 'reference'?"),
        ("cuda-mixd", "did you mean 'cuda-mixed'?"),
        (".", "it is a directory"),
        ("", "nor an image; the name is empty"),
        ("text", "it is a text"),
        ("./script", "it is a program that nobody may execute"),
        ("nothing.npy", "nor an image\n"),
    ] {
        let bench = Bench::new();
        bench.write("text", "-cell 100 100 100 90 90 90\n");
        bench.write("script", "#!/bin/sh\n");
        let outcome = bench.run(&format!("--left={side} --right cpu -- {SHORT}"));
        assert_status(&outcome, 2);
        assert!(outcome.stderr.contains(reason), "{side}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("reference, cpu, cpu-mixed, cuda, cuda-mixed"));
        assert!(bench.folders().is_empty());
    }
}

#[test]
fn options_that_make_no_sense_are_1() {
    for (options, word) in [
        ("--shape 6", "FASTxSLOW"),
        ("--shape 6x-4", "FASTxSLOW"),
        ("--shape 0x4", "--shape 0x4"),
        ("--shape 18446744073709551615x2", "no image has this shape"),
        ("--tolerance -1 0", "--tolerance -1 0"),
        ("--tolerance nan 0", "--tolerance NaN 0"),
        ("--tolerance 1e-6", "--tolerance"),
        ("--floor 2", "--floor 2"),
        ("--floor -0.1", "--floor -0.1"),
        ("--peak-percentile 101", "--peak-percentile 101"),
        ("--peak-radius 0", "--peak-radius 0"),
        ("--peak-radius 18446744073709551615", "--peak-radius"),
        ("--peak-within inf", "--peak-within inf"),
        ("--peak-within 1e300", "--peak-within 1e300: a distance is 0 to 100 pixels"),
        ("--peak-within -2", "--peak-within -2: a distance is 0 to 100 pixels"),
        ("--threshold 1e300", "--threshold 1e300: a correlation lies between -1 and 1"),
        ("--tolerance inf 0", "--tolerance inf 0: both parts are finite numbers from 0 on"),
        ("--tolerance 0 -2", "--tolerance 0 -2: both parts are finite numbers from 0 on"),
        ("--tolerance 0 -1e-9", "--tolerance 0 -1e-9: both parts are finite numbers from 0 on"),
        ("--tolerance -.5 0", "--tolerance -0.5 0: both parts are finite numbers from 0 on"),
        ("--floor -1E-3", "--floor -0.001: a part lies between 0 and 1"),
        ("--peak-percentile -1", "--peak-percentile -1: a percentile lies between 0 and 100"),
        ("--png-scale -1", "--png-scale -1: a percentile lies above 0 and is at most 100"),
        (
            "--peak-radius -1",
            "'-1' for '--peak-radius <PIXELS>': a radius is a whole number from 1 to 100",
        ),
        ("--peak-radius 1.5", "a radius is a whole number from 1 to 100"),
        (
            "--roi -5 3 0 3",
            "'-5' for '--roi <XMIN> <XMAX> <YMIN> <YMAX>': pixels are counted by whole",
        ),
        ("--roi 0 3.5 0 3", "'3.5' for '--roi"),
        ("--shape -6x4", "'-6x4' for '--shape <FASTxSLOW>': expected FASTxSLOW"),
    ] {
        let bench = pair(&image(), &image());
        let outcome = bench.run(&format!("{options} --left a --right b"));
        assert_status(&outcome, 1);
        assert!(outcome.stderr.contains(word), "{options}: {}", outcome.stderr);
        // What belongs to an option is no argument of the programs.
        assert!(!outcome.stderr.contains("'-- "), "{options}: {}", outcome.stderr);
        assert!(outcome.stderr.len() < 300, "{options}: {}", outcome.stderr);
        assert_eq!(names(bench.path()), ["a", "b"]);
    }
    let bench = Bench::new();
    bench.put("n", &npy("|u1", "False", "(1, 2)", &[1, 2]));
    let outcome = bench.run("--left n --right n --shape 2x1");
    assert_status(&outcome, 1);
    assert!(outcome.stderr.contains("--shape is for files of raw floats"), "{}", outcome.stderr);
}

#[test]
fn a_gzip_file_is_no_floats() {
    let bench = pair(&image(), &image());
    bench.put("b", b"\x1f\x8b\x08\0\0\0\0\0");
    let outcome = bench.run("--left a --right b");
    assert_status(&outcome, 5);
    assert!(outcome.stderr.contains("(b): a gzip file; unpack it first"), "{}", outcome.stderr);
}

/// The folder cannot lie in a file, and a message that says so has names that the user knows.
#[test]
fn an_output_directory_that_is_a_file_is_told() {
    let bench = pair(&image(), &image());
    bench.put("f.npy", b"");
    let cases = [
        ("f.npy", "error: --outdir: f.npy: it is no directory, where one is wanted\n"),
        (
            "f.npy/sub",
            "error: --outdir: f.npy/sub: a part of this path is no directory, where one is wanted\n",
        ),
    ];
    for (name, told) in cases {
        let outcome = bench.run(&format!("--outdir {name} --left a --right b --shape 6x4"));
        assert_status(&outcome, 5);
        assert_eq!(outcome.stderr, told);
    }
}

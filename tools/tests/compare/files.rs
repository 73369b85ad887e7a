//! Image files on both sides, and what is found beside the metrics of the clause.

use super::*;

const NANOBRAGG: &str = env!("CARGO_BIN_EXE_nanobragg");

/// Fields that a side has when it is a file.
const FILES_ONLY: [&str; 6] =
    ["c.png", "c_float.bin", "comparison.png", "py.png", "py_float.bin", "summary.json"];

/// An image of 6 x 4 pixels whose rows and columns differ.
fn image() -> Vec<f64> {
    (0..24).map(|place| f64::from(place * place) / 4.0).collect()
}

/// The pixels of an image whose first axis is the fast one.
fn turned(pixels: &[f64], fast: usize) -> Vec<f64> {
    (0..fast).flat_map(|f| pixels.iter().skip(f).step_by(fast).copied()).collect()
}

fn raw(pixels: &[f64]) -> Vec<u8> {
    pixels.iter().flat_map(|&pixel| (pixel as f32).to_ne_bytes()).collect()
}

fn npy(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header =
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(data);
    bytes
}

fn smv(keys: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{{\nHEADER_BYTES=  512;\nDIM=2;\n{keys}}}").into_bytes();
    bytes.resize(512, b' ');
    bytes.extend(data);
    bytes
}

impl Bench {
    fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path().join(name), bytes).expect("a file");
    }

    /// Compares `left` with `right`, which are files or sides.
    fn compare(&self, options: &str) -> Value {
        let outcome = self.run(options);
        assert_status(&outcome, 0);
        self.summary()
    }
}

/// A bench with two files of raw floats, `a` and `b`.
fn pair(left: &[f64], right: &[f64]) -> Bench {
    let bench = Bench::new();
    bench.put("a", &raw(left));
    bench.put("b", &raw(right));
    bench
}

/// The colours of a picture, and the number of pixels along fast.
fn colours(path: &Path) -> (Vec<[u8; 3]>, usize) {
    let file = std::io::BufReader::new(fs::File::open(path).expect("a picture"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a picture that fits")];
    reader.next_frame(&mut pixels).expect("a frame");
    let colours = pixels.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect();
    (colours, reader.info().width as usize)
}

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
fn an_image_and_the_engine_that_made_it() {
    let bench = Bench::new();
    let mut program = Command::new(NANOBRAGG);
    let more = "-detpixels_x 40 -npyfile image.npy -engine reference";
    program.current_dir(bench.path()).args(format!("{SHORT} {more}").split_whitespace());
    assert_status(&finish(&mut program).expect("an end"), 0);
    let line = format!("{SHORT} -detpixels_x 40");
    for options in [
        format!("--left floatimage.bin --right reference -- {line}"),
        format!("--left reference --right image.npy -- {line}"),
        "--left floatimage.bin --right image.npy".to_owned(),
    ] {
        let outcome = bench.run(&format!("{options} "));
        assert_status(&outcome, 0);
        assert!(outcome.stdout.contains("the same bit for bit"), "{}", outcome.stdout);
    }
    // Counts are photons times a scale that makes 55000 of the largest, cut to whole numbers, and
    // the offset of 40.
    let outcome = bench.run("--outdir counts --left floatimage.bin --right intimage.img");
    assert_status(&outcome, 0);
    assert!(outcome.stdout.contains("\nstraight line         right = "), "{}", outcome.stdout);
    let folder = names(&bench.path().join("counts"))[0].clone();
    let found = summary(&bench.path().join("counts").join(folder));
    let fit = &found["linear_fit"];
    let photons = floats(bench.path().join("floatimage.bin"));
    let most = photons.iter().fold(0.0, |most: f64, &pixel| most.max(pixel.into()));
    assert!((number(fit, "scale") * most / 55000.0 - 1.0).abs() < 1e-3, "{fit}");
    assert!((number(fit, "offset") - 39.5).abs() < 1.0, "{fit}");
    assert!(number(fit, "rms") < 1.0, "{fit}");
}

#[test]
fn what_is_not_finite_does_no_harm() {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.0, 0.0, -0.0, 3e38, -3e38, 1e-45];
    for shift in 0..odd.len() {
        let mut other = odd;
        other.rotate_left(shift);
        let bench = pair(&odd, &other);
        let found = bench.compare("--left a --right b");
        assert!(found["correlation"].is_null());
        let errors = &found["relative_errors"];
        let count = number(errors, "pixels_not_finite")
            + number(errors, "pixels_measured")
            + number(errors, "pixels_dark")
            + number(errors, "pixels_zero");
        assert_eq!(count, 9.0, "{errors}");
        assert_eq!(found["bit_identical"], shift == 0);
        let is_null = found["divergence"]["first"].is_null();
        assert_eq!(is_null, shift == 0, "{}", found["divergence"]);
        assert_eq!(names(&bench.folder()), FILES_ONLY);
    }
}

#[test]
fn a_known_distribution_of_errors() {
    // Two pixels of 1000: errors of 1/2 and 1/1024, the others the same.
    let left = vec![1.0; 1000];
    let mut right = left.clone();
    (right[300], right[700]) = (1.0 - 1.0 / 1024.0, 2.0);
    let bench = pair(&left, &right);
    let outcome = bench.run("--left a --right b --shape 20x50");
    assert_status(&outcome, 0);
    assert!(
        outcome
            .stdout
            .contains("relative errors       50 % 0, 99 % 0, 99.9 % 0.000976562, largest 0.5"),
        "{}",
        outcome.stdout
    );
    let found = bench.summary();
    let errors = &found["relative_errors"];
    let quantiles = &errors["quantiles"];
    let of = |name| number(quantiles, name);
    assert_eq!([of("p50"), of("p90"), of("p99")], [0.0; 3]);
    assert_eq!([of("p99_9"), of("max")], [1.0 / 1024.0, 0.5]);
    assert_eq!(number(errors, "pixels_equal"), 998.0);
    let bins = errors["histogram"].as_array().expect("a list");
    let filled: Vec<(i64, u64)> = bins
        .iter()
        .map(|bin| {
            (bin["decade"].as_i64().expect("a power"), bin["pixels"].as_u64().expect("a count"))
        })
        .filter(|(_, pixels)| *pixels > 0)
        .collect();
    assert_eq!((bins.len(), filled), (17, vec![(-4, 1), (-1, 1)]));
    // The first in the order of the file, and the worst: right less left.
    let first = &found["divergence"]["first"];
    assert_eq!((number(first, "fast"), number(first, "slow")), (0.0, 15.0));
    assert_eq!(number(first, "difference"), -1.0 / 1024.0);
    let worst = &found["divergence"]["worst"];
    assert_eq!((number(worst, "fast"), number(worst, "slow")), (0.0, 35.0));
    assert_eq!((number(worst, "left"), number(worst, "right")), (1.0, 2.0));
    assert_eq!(found["divergence"]["commands"], serde_json::json!([]));
}

#[test]
fn peaks_that_are_shifted_and_scaled() {
    let spots = |shift: [f64; 2], height: f64| -> Vec<f64> {
        let place = |place: usize| ((place % 64) as f64, (place / 64) as f64);
        (0..64 * 48)
            .map(|number| {
                let (fast, slow) = place(number);
                [[12.0, 10.0], [40.0, 12.0], [25.0, 33.0]]
                    .map(|[f, s]: [f64; 2]| {
                        let r2 = (fast - f - shift[0]).powi(2) + (slow - s - shift[1]).powi(2);
                        height * (1.0 + f) * (-r2 / 2.0).exp()
                    })
                    .iter()
                    .sum()
            })
            .collect()
    };
    let bench = pair(&spots([0.0, 0.0], 1.0), &spots([1.0, -1.0], 1.25));
    let found = bench.compare("--left a --right b --shape 64x48");
    let peaks = &found["peaks"];
    let of = |name| number(peaks, name);
    assert_eq!([of("left"), of("right"), of("matched")], [3.0; 3]);
    for (name, expected) in [
        ("distance_mean", 2f64.sqrt()),
        ("distance_max", 2f64.sqrt()),
        ("shift_fast", 1.0),
        ("shift_slow", -1.0),
        ("ratio_mean", 1.25),
        ("ratio_rms_error", 0.25),
    ] {
        assert!((of(name) - expected).abs() < 1e-6, "{name}: {peaks}");
    }
    assert!((number(&found["linear_fit"], "scale") - 1.0).abs() > 0.1);
}

#[test]
fn the_picture_shows_the_sign_of_the_difference() {
    let left = [1.0, 1.0, 1.0, 0.0];
    let right = [1.0, 2.0, 0.0, 0.0];
    let bench = pair(&left, &right);
    bench.write("sub/old.png", "old");
    let outcome = bench.run("--left a --right b --png-scale 100 --picture sub/old.png");
    assert_status(&outcome, 0);
    assert!(outcome.stdout.contains("right less left, red up to 1, blue down to -1"));
    let picture = bench.folder().join("comparison.png");
    let copy = fs::read(bench.path().join("sub/old.png")).expect("a picture");
    assert!(fs::read(&picture).expect("a picture") == copy);
    assert_eq!(names(&bench.path().join("sub")), ["old.png"]);

    let (pixels, width) = colours(&picture);
    let layout = bench.summary()["comparison_png"].clone();
    assert_eq!((number(&layout, "enlarged_by"), number(&layout, "white")), (300.0, 2.0));
    let at = |panel: usize, slow: usize, fast: usize| {
        let corner =
            |axis: usize| layout["panels"][panel][axis].as_u64().expect("a pixel") as usize;
        pixels[(corner(1) + 300 * slow + 150) * width + corner(0) + 300 * fast + 150]
    };
    assert_eq!(
        [at(0, 0, 0), at(0, 0, 1), at(0, 1, 0), at(0, 1, 1)],
        [[128; 3], [128; 3], [128; 3], [0; 3]]
    );
    assert_eq!(
        [at(2, 0, 0), at(2, 0, 1), at(2, 1, 0), at(2, 1, 1)],
        [[128; 3], [255; 3], [0; 3], [0; 3]]
    );
    let (white, red, blue) = ([255; 3], [255, 0, 0], [0, 0, 255]);
    assert_eq!([at(1, 0, 0), at(1, 0, 1), at(1, 1, 0), at(1, 1, 1)], [white, red, blue, white]);
}

#[test]
fn a_picture_that_cannot_be_written_is_5_before_any_run() {
    for place in [".", "none/picture.png", "a/picture.png"] {
        let bench = pair(&image(), &image());
        let outcome = bench.run(&format!("--left a --right b --shape 6x4 --picture {place}"));
        assert_status(&outcome, 5);
        assert_eq!(outcome.stdout, "");
        assert_eq!(names(bench.path()), ["a", "b"], "{place}");
        assert!(!outcome.stderr.contains(".nb-compare-"), "{}", outcome.stderr);
    }
    // Where there is no comparison there is no picture.
    let bench = pair(&image(), &image()[1..]);
    assert_status(&bench.run("--left a --right b --shape 6x4 --picture p.png"), 5);
    assert!(!bench.path().join("p.png").exists());
}

#[test]
fn a_picture_goes_over_nothing_that_is_compared_or_read() {
    let bench = pair(&image(), &image());
    bench.write("A.mat", "0.01 0 0\n0 0.01 0\n0 0 0.01\n");
    bench.write("Fdump.bin", "a dump");
    fs::create_dir(bench.path().join("sub")).expect("a directory");
    let before = contents(bench.path());
    let absolute = bench.path().join("A.mat").display().to_string();
    for (sides, picture, what) in [
        ("--left a --right b --shape 6x4", "a", "the left side"),
        ("--left a --right b --shape 6x4", "./sub/../b", "the right side"),
        ("--left reference --right a -- -default_F 1 -mat A.mat", "A.mat", "a file that the"),
        ("--left reference --right cpu -- -mat sub/../A.mat", "A.mat", "a file that the"),
        (&format!("--left reference --right cpu -- -mat {absolute}"), "A.mat", "a file that the"),
        ("--left reference --right cpu -- -cell 9 9 9 90 90 90", "Fdump.bin", "a file that the"),
    ] {
        let outcome = bench.run(&format!("--picture {picture} {sides}"));
        assert_status(&outcome, 1);
        let told = format!("error: --picture {picture} would be written over {what}");
        assert!(outcome.stderr.starts_with(&told), "{}", outcome.stderr);
        assert!(contents(bench.path()) == before, "{sides}");
    }
    // What the arguments would write is written elsewhere, and is no hindrance.
    bench.write("old.bin", "old");
    fs::remove_file(bench.path().join("Fdump.bin")).expect("a file");
    let outcome = bench.run(&format!("--picture old.bin -- {SHORT} -floatfile old.bin"));
    assert_status(&outcome, 0);
}

#[test]
fn a_gzip_file_is_no_floats() {
    let bench = pair(&image(), &image());
    bench.put("b", b"\x1f\x8b\x08\0\0\0\0\0");
    let outcome = bench.run("--left a --right b");
    assert_status(&outcome, 5);
    assert!(outcome.stderr.contains("(b): a gzip file; unpack it first"), "{}", outcome.stderr);
}

#[test]
fn engines_keep_what_they_promise() {
    let bench = Bench::new();
    let found = bench.compare(&format!("--left reference --right cpu-mixed -- {SHORT}"));
    let divergence = &found["divergence"];
    assert_eq!((number(divergence, "relative"), number(divergence, "pixels")), (1e-4, 0.0));
    let bench = Bench::new();
    let found = bench.compare(&format!("--left cpu --right cpu --tolerance 0 0 -- {SHORT}"));
    assert_eq!(number(&found["divergence"], "pixels"), 0.0);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// The command line that the summary gives for the first diverging pixel can be run.
    #[test]
    fn the_commands_describe_the_first_diverging_pixel() {
        let bench = Bench::new();
        bench.write("other", &format!("#!/bin/sh\nexec {NANOBRAGG} \"$@\" -N 6\n"));
        let mode = |mode| fs::Permissions::from_mode(mode);
        fs::set_permissions(bench.path().join("other"), mode(0o755)).expect("a mode");
        let found =
            bench.compare(&format!("--left reference --right ./other --roi 9 20 7 30 -- {SHORT}"));
        let first = &found["divergence"]["first"];
        let (fast, slow) = (number(first, "fast"), number(first, "slow"));
        assert_eq!((fast, slow), (9.0, 7.0));
        let commands: Vec<&str> = found["divergence"]["commands"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|command| command.as_str().expect("a command"))
            .collect();
        assert_eq!(commands.len(), 2);
        assert!(commands[0].starts_with("nanobragg -engine reference -default_F 100 "));
        assert!(commands[1].starts_with(&*bench.path().join("other").to_string_lossy()));
        for (command, side) in commands.iter().zip(["left", "right"]) {
            assert!(command.ends_with(" -printout_pixel 9 7"), "{command}");
            let mut shell = Command::new("sh");
            let place =
                format!("exec {}", command.replacen("nanobragg ", &format!("{NANOBRAGG} "), 1));
            let outcome = finish(shell.args(["-c", &place]).current_dir(bench.path()));
            let outcome = outcome.expect("an end");
            assert_status(&outcome, 0);
            let line = outcome.stdout.lines().find(|line| line.starts_with("pixel "));
            let value = line.and_then(|line| line.split_whitespace().nth(1)).expect("a value");
            let value: f64 = value.parse().expect("a number");
            assert!((value / number(first, side) - 1.0).abs() < 1e-5, "{value} {first}");
        }
    }

    #[test]
    fn an_image_that_may_be_executed_is_no_program() {
        let bench = Bench::new();
        let bytes = npy("|u1", "False", "(1, 2)", &[1, 2]);
        bench.put("a.npy", &bytes);
        let mode = |mode| fs::Permissions::from_mode(mode);
        fs::set_permissions(bench.path().join("a.npy"), mode(0o755)).expect("a mode");
        assert_eq!(bench.compare("--left a.npy --right ./a.npy")["kind_left"], "file");
        let bench = Bench::new();
        bench.put("floats", &raw(&image()));
        fs::set_permissions(bench.path().join("floats"), mode(0o755)).expect("a mode");
        let found = bench.compare("--left floats --right ./floats --shape 6x4");
        assert_eq!(found["kind_right"], "file");
    }

    /// Pipes can be read but once, and images are read twice.
    #[test]
    fn a_pipe_is_no_image() {
        let bench = pair(&image(), &image());
        let mut command = Command::new("sh");
        let script = r#"mkfifo p; exec "$0" --left a --right p --shape 6x4"#;
        command.args(["-c", script, env!("CARGO_BIN_EXE_nb-compare")]).current_dir(bench.path());
        let outcome = finish(&mut command).expect("a run that ends");
        assert_status(&outcome, 2);
        let told = "--right: 'p' is neither c, nor an engine";
        assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
        let told = "it is a pipe or a device, and only a regular file is read as an image";
        assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
        assert_status(&bench.run("--left /dev/null --right a --shape 6x4"), 2);
    }

    /// A file that may not become as large as it has to is told, and nothing begun is left.
    #[test]
    fn a_limit_of_file_sizes_is_told() {
        let bench = pair(&[1.0; 4096], &[2.0; 4096]);
        let mut command = Command::new("sh");
        let script = r#"ulimit -f 8; exec "$0" --left a --right b"#;
        command.args(["-c", script, env!("CARGO_BIN_EXE_nb-compare")]).current_dir(bench.path());
        let outcome = finish(&mut command).expect("a run that ends");
        assert_status(&outcome, 5);
        assert!(outcome.stderr.contains("c_float.bin"), "{}", outcome.stderr);
        assert_eq!(names(bench.path()), ["a", "b", "comparisons"]);
    }

    #[test]
    fn a_picture_goes_over_no_program() {
        let bench = Bench::new();
        bench.write("other", &format!("#!/bin/sh\nexec {NANOBRAGG} \"$@\"\n"));
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(bench.path().join("other"), mode).expect("a mode");
        let before = contents(bench.path());
        for side in ["--left reference --right ./other", "--c-bin ./other --right cpu"] {
            let outcome = bench.run(&format!("{side} --picture other -- {SHORT}"));
            assert_status(&outcome, 1);
            assert!(outcome.stderr.contains("written over the "), "{}", outcome.stderr);
            assert!(contents(bench.path()) == before, "{side}");
        }
    }

    #[test]
    fn a_picture_goes_to_a_device_too() {
        let bench = pair(&image(), &image());
        assert_status(&bench.run("--left a --right b --shape 6x4 --picture /dev/null"), 0);
    }
}

/// The counts of the program's own CBF are those of its SMV image.
#[test]
fn the_own_cbf_is_read() {
    let bench = Bench::new();
    let mut command = Command::new(NANOBRAGG);
    let arguments = "-engine reference -cell 70 80 90 75 85 95 -N 5 -default_F 100 -detpixels 64 -lambda 1 -nopgm \
                     -nonoise -cbffile x.cbf -intfile x.img";
    command.args(arguments.split_whitespace()).current_dir(bench.path());
    assert_status(&finish(&mut command).expect("a run that ends"), 0);
    let summary = bench.compare("--left x.cbf --right x.img");
    assert_eq!(summary["format_left"], "CBF image, byte offsets");
    assert_eq!(summary["shape_left"], serde_json::json!([64, 64]));
    assert_eq!(summary["max_abs_diff"], 0.0);
    assert!(summary["sum_left"].as_f64().is_some_and(|sum| sum > 40.0 * 4096.0));
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

/// A CBF whose pixels are not the ones that were written is refused, whatever they decode to.
#[test]
fn a_damaged_cbf_is_refused() {
    let bench = Bench::new();
    let mut command = Command::new(NANOBRAGG);
    let arguments = "-engine reference -cell 70 80 90 75 85 95 -N 5 -default_F 100 -detpixels 64 -lambda 1 -nopgm \
                     -nonoise -cbffile x.cbf";
    command.args(arguments.split_whitespace()).current_dir(bench.path());
    assert_status(&finish(&mut command).expect("a run that ends"), 0);
    let whole = fs::read(bench.path().join("x.cbf")).expect("an image");
    let mark = whole.windows(4).position(|four| four == [0x0c, 0x1a, 0x04, 0xd5]).expect("a mark");
    let mut pixel = whole.clone();
    // The first pixel is one byte: the offset.
    pixel[mark + 4] ^= 1;
    let replaced = |from: &str, to: &str| {
        let head = String::from_utf8_lossy(&whole[..mark]).replacen(from, to, 1);
        [head.as_bytes(), &whole[mark..]].concat()
    };
    for (bytes, reason) in [
        (pixel, "damaged: the MD5 of its "),
        (replaced("Content-MD5: ", "Content-MD5: AA"), ", where Content-MD5 is AA"),
        (replaced("Elements: 4096", "Elements: 4095"), "X-Binary-Number-of-Elements is 4095"),
        (replaced("X-Binary-Size: ", "X-Binary-Size: 9"), "truncated: "),
    ] {
        bench.put("bad.cbf", &bytes);
        let outcome = bench.run("--left x.cbf --right bad.cbf");
        assert_status(&outcome, 5);
        assert!(outcome.stderr.contains("right (bad.cbf): "), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(reason), "{reason}: {}", outcome.stderr);
    }
    bench.put("bare.cbf", &replaced("Content-MD5: ", "X-Other: "));
    assert_status(&bench.run("--left x.cbf --right bare.cbf"), 0);
}

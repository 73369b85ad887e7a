//! `nb-compare` as a user sees it: exit statuses, what it writes and where, hostile input.

#[path = "compare/cbf.rs"]
mod cbf;
#[path = "compare/files.rs"]
mod files;
#[path = "compare/found.rs"]
mod found;
#[path = "compare/images.rs"]
mod images;
#[path = "compare/picture.rs"]
mod picture;
mod support;
#[cfg(unix)]
#[path = "compare/unix.rs"]
mod unix;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nanobragg_conformance::engines;
use serde_json::Value;
use support::{Entry, Outcome, contents, finish};
use tempfile::TempDir;

/// A run of a moment.
const SHORT: &str = "-default_F 100 -cell 100 100 100 90 90 90 -lambda 6.2 -distance 100 -N 5 \
                     -detpixels 32 -seed 1";

/// Files of every complete comparison.
const FILES: [&str; 10] = [
    "c.png",
    "c_float.bin",
    "c_stderr.txt",
    "c_stdout.txt",
    "comparison.png",
    "py.png",
    "py_float.bin",
    "py_stderr.txt",
    "py_stdout.txt",
    "summary.json",
];

/// Fields of every `summary.json`.
const FIELDS: &str = "args binaries bit_identical comparison_png constant_c constant_left constant_py constant_right \
    correlation correlation_note created divergence error exit_status format_left format_right \
    kind_left kind_right left linear_fit max_abs_diff max_abs_diff_at mse notes peaks pixels \
    pixels_differing png_scale_max png_scale_method png_scale_percentile relative_errors resample \
    resample_note right rmse roi roi_compared runtime_c_ms runtime_left_ms runtime_py_ms \
    runtime_right_ms sha256_c sha256_left sha256_py sha256_right shape_c shape_left shape_py \
    shape_right sum_c sum_left sum_py sum_ratio sum_right threshold tool";

/// A directory to work in, and the program there.
struct Bench {
    home: TempDir,
}

impl Bench {
    fn new() -> Bench {
        Bench { home: tempfile::tempdir().expect("a temporary directory") }
    }

    fn path(&self) -> &Path {
        self.home.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    /// Whatever the surroundings of the tests are, no other program is named.
    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nb-compare"));
        command.args(arguments.split_whitespace()).current_dir(self.path());
        command.env_remove("NB_C_BIN").env_remove("NB_PY_BIN");
        command
    }

    fn run(&self, arguments: &str) -> Outcome {
        finish(&mut self.command(arguments)).expect("a run that ends")
    }

    /// The folders that comparisons left, by their names.
    fn folders(&self) -> Vec<PathBuf> {
        let Ok(list) = fs::read_dir(self.path().join("comparisons")) else {
            return Vec::new();
        };
        let mut folders: Vec<PathBuf> = list.map(|entry| entry.expect("an entry").path()).collect();
        folders.sort();
        folders
    }

    /// The one folder that is there.
    #[track_caller]
    fn folder(&self) -> PathBuf {
        let folders = self.folders();
        assert_eq!(folders.len(), 1, "{folders:?}");
        folders[0].clone()
    }

    /// The summary in the one folder that is there.
    #[track_caller]
    fn summary(&self) -> Value {
        summary(&self.folder())
    }
}

#[track_caller]
fn summary(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("summary.json")).expect("a summary");
    let summary: Value = serde_json::from_str(&text).expect("JSON");
    let fields: Vec<&str> =
        summary.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(fields, FIELDS.split_whitespace().collect::<Vec<_>>());
    summary
}

#[track_caller]
fn names(folder: &Path) -> Vec<String> {
    contents(folder).keys().map(|name| name.to_string_lossy().into_owned()).collect()
}

#[track_caller]
fn assert_status(outcome: &Outcome, status: i32) {
    assert_eq!(outcome.status.code(), Some(status), "{}{}", outcome.stdout, outcome.stderr);
}

fn number(summary: &Value, field: &str) -> f64 {
    summary[field].as_f64().unwrap_or_else(|| panic!("{field}: {}", summary[field]))
}

fn floats(path: PathBuf) -> Vec<f32> {
    let bytes = fs::read(path).expect("an image");
    bytes.chunks_exact(4).map(|b| f32::from_ne_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// The number of pixels along both sides, and of colours.
fn picture(path: PathBuf) -> (u32, u32, usize) {
    let file = std::io::BufReader::new(fs::File::open(path).expect("a picture"));
    let reader = png::Decoder::new(file).read_info().expect("a PNG");
    let info = reader.info();
    assert_eq!(info.bit_depth, png::BitDepth::Eight);
    (info.width, info.height, info.color_type.samples())
}

#[test]
fn the_same_engine_twice_is_identical() {
    let bench = Bench::new();
    let outcome = bench.run(&format!("--threshold 1 --right reference -- {SHORT}"));
    assert_status(&outcome, 0);
    assert_eq!(outcome.stderr, "comparing reference (left) with reference (right)\n");
    assert!(
        outcome.stdout.contains("left runtime: ") && outcome.stdout.contains("right runtime: ")
    );
    assert!(!outcome.stdout.contains("C runtime"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("correlation 1.000000000, rmse 0, largest difference 0, "));
    assert!(outcome.stdout.contains("the same bit for bit"));

    let folder = bench.folder();
    assert_eq!(names(&folder), FILES);
    assert_eq!(names(bench.path())[0], "comparisons");
    let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
    let (time, hash) = name.split_at(16);
    assert!(time.bytes().enumerate().all(|(place, b)| match place {
        8 | 15 => b == b'-',
        _ => b.is_ascii_digit(),
    }));
    assert!(hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{name}");
    assert!(outcome.stdout.ends_with(&format!("artifacts: comparisons/{name}\n")));

    let summary = bench.summary();
    for field in ["correlation", "sum_ratio"] {
        assert_eq!(number(&summary, field), 1.0);
    }
    for field in ["mse", "rmse", "max_abs_diff", "pixels_differing", "exit_status"] {
        assert_eq!(number(&summary, field), 0.0);
    }
    assert_eq!(summary["bit_identical"], true);
    assert_eq!(summary["max_abs_diff_at"], Value::Null);
    assert_eq!(summary["args"].as_array().expect("a list").len(), SHORT.split(' ').count());
    assert_eq!(summary["shape_left"], serde_json::json!([32, 32]));
    for stem in ["runtime_SIDE_ms", "sum_SIDE", "sha256_SIDE", "shape_SIDE"] {
        for (plain, role) in [("left", "c"), ("right", "py")] {
            let field = |side| &summary[stem.replace("SIDE", side)];
            assert!(!field(plain).is_null());
            assert_eq!(field(plain), field(role));
        }
    }
    assert_eq!(summary["sha256_c"], summary["sha256_py"]);
    let image = floats(folder.join("c_float.bin"));
    let sum: f64 = image.iter().map(|&pixel| f64::from(pixel)).sum();
    assert_eq!(number(&summary, "sum_c"), sum);
    assert_eq!(picture(folder.join("c.png")), (32, 32, 1));
}

#[test]
fn a_second_comparison_does_not_take_the_place_of_the_first() {
    let bench = Bench::new();
    // Within one second at least two of three have one name.
    let names: Vec<String> = (0..3)
        .map(|_| {
            let outcome = bench.run(&format!("-- {SHORT}"));
            outcome.stdout.lines().last().expect("a line").to_owned()
        })
        .collect();
    assert_eq!(bench.folders().len(), 3);
    let hashes = names.iter().map(|name| name.split('-').nth(2).expect("a hash"));
    assert_eq!(hashes.collect::<std::collections::BTreeSet<_>>().len(), 1, "{names:?}");
}

#[test]
fn two_engines_trace_the_first_pixel_that_differs() {
    let bench = Bench::new();
    // Neither engine rounds as the other does: no pixel is allowed to differ, and some do.
    let scene = "-default_F 100 -cell 90 80 70 80 85 95 -N 5 -detpixels 32 -seed 1 -mosaic 1 \
                 -mosaic_dom 5 -misset 10 20 30 -distance 60 -lambda 2";
    let sides = "--left cpu --right cpu-mixed --tolerance 0 0";
    let outcome = bench.run(&format!("{sides} -- {scene}"));
    assert_status(&outcome, 0);
    let folder = &bench.folders()[0];
    let summary = summary(folder);
    let found = &summary["divergence"];
    assert!(found["pixels"].as_u64().is_some_and(|count| count > 0), "{found}");
    let traced = found["traced"].as_str().expect("what the traces tell");
    assert!(outcome.stdout.contains(&format!("its traces            {traced}")), "{traced}");
    assert!(!traced.starts_with("none") && !traced.contains("/tmp"), "{traced}");
    for name in ["c_trace.jsonl", "py_trace.jsonl"] {
        let trace = fs::read_to_string(folder.join(name)).expect("a trace");
        let place = format!("[{},{}]", found["first"]["slow"], found["first"]["fast"]);
        let header = trace.lines().next().expect("a header");
        assert!(header.replace(' ', "").contains(&place), "{header} is not about {place}");
    }
    // An executable writes no trace.
    let bench = Bench::new();
    let program = env!("CARGO_BIN_EXE_nanobragg");
    let outcome =
        bench.run(&format!("--left {program} --right cpu-mixed --tolerance 0 0 -- {scene}"));
    assert_status(&outcome, 0);
    assert!(!outcome.stdout.contains("its traces") && outcome.stdout.contains("-printout_pixel"));
}

#[test]
fn outdir_takes_the_place_of_comparisons() {
    let bench = Bench::new();
    let outcome = bench.run(&format!("--outdir new/results -- {SHORT}"));
    assert_status(&outcome, 0);
    assert!(outcome.stdout.contains("artifacts: new/results/20"), "{}", outcome.stdout);
    assert_eq!(names(&bench.path().join("new/results")).len(), 1 + FILES.len());
    assert!(bench.folders().is_empty());
}

#[test]
fn wrong_usage_is_1_and_leaves_nothing() {
    for (arguments, word) in [
        (SHORT.to_owned(), "-- ARGS"),
        (String::new(), "-- ARGS"),
        ("--".to_owned(), "-- ARGS"),
        (format!("--roi 0 31 0 -- {SHORT}"), "--roi"),
        (format!("--roi 0 31 0 x -- {SHORT}"), "'x'"),
        (format!("--roi -1 31 0 31 -- {SHORT}"), "-1"),
        (format!("--roi 5 4 0 31 -- {SHORT}"), "--roi 5 4 0 31: the first pixel"),
        (format!("--roi 0 31 32 40 -- {SHORT}"), "the image has 32 x 32"),
        (format!("--threshold nan -- {SHORT}"), "--threshold NaN"),
        (format!("--threshold 1.5 -- {SHORT}"), "--threshold 1.5"),
        (format!("--png-scale 0 -- {SHORT}"), "--png-scale 0"),
        (format!("--png-scale 101 -- {SHORT}"), "--png-scale 101"),
        (format!("--left c --c-bin x -- {SHORT}"), "--c-bin"),
        (format!("--right c --py-bin x -- {SHORT}"), "--py-bin"),
        (format!("--wrong -- {SHORT}"), "--wrong"),
    ] {
        let bench = Bench::new();
        let outcome = bench.run(&arguments);
        assert_status(&outcome, 1);
        assert!(outcome.stderr.contains(word), "{arguments}: {}", outcome.stderr);
        assert_eq!(names(bench.path()), [""; 0], "{arguments}");
    }
}

#[test]
fn help_teaches() {
    let outcome = Bench::new().run("--help");
    assert_status(&outcome, 0);
    for word in
        ["Examples:", "Exit status:", "summary.json", "NB_C_BIN", "--outdir", "--save-diff", ".npy"]
    {
        assert!(outcome.stdout.contains(word), "{word}");
    }
    assert_status(&Bench::new().run("--version"), 0);
}

#[test]
fn a_program_that_is_missing_is_2() {
    for (options, reason) in [
        ("--left c", "NB_C_BIN is not set"),
        ("--c-bin ./none", "--c-bin: './none' is not an executable file"),
        ("--py-bin no-such-program", "--py-bin: 'no-such-program' is not an executable file"),
        ("--right plain.text", "'plain.text' is neither c, nor an engine"),
        ("--left .", "'.' is neither c, nor an engine"),
    ] {
        let bench = Bench::new();
        bench.write("plain.text", "not executable");
        let outcome = bench.run(&format!("{options} -- {SHORT}"));
        assert_status(&outcome, 2);
        assert!(outcome.stderr.contains(reason), "{options}: {}", outcome.stderr);
        assert_eq!(names(bench.path()), ["plain.text"]);
    }
    for label in engines::LABELS {
        let Err(reason) = engines::engine(label) else { continue };
        for side in ["--left", "--right"] {
            let outcome = Bench::new().run(&format!("{side} {label} -- {SHORT}"));
            assert_status(&outcome, 2);
            assert_eq!(outcome.stderr, format!("error: {side}: {reason}\n"));
        }
    }
    let bench = Bench::new();
    let mut command = bench.command(&format!("-- {SHORT}"));
    let outcome = finish(command.env("NB_C_BIN", "./gone")).expect("a run that ends");
    assert_status(&outcome, 2);
    assert!(outcome.stderr.contains("NB_C_BIN: './gone'"), "{}", outcome.stderr);
}

#[test]
fn arguments_that_are_refused_are_2_and_logged() {
    let bench = Bench::new();
    let outcome = bench.run("-- -default_F 100 -cel 100 100 100 90 90 90");
    assert_status(&outcome, 2);
    assert!(outcome.stderr.contains("left (reference): ended with exit status 1"));
    assert!(outcome.stderr.contains("did you mean -cell?"), "{}", outcome.stderr);
    let folder = bench.folder();
    assert_eq!(names(&folder), ["c_stderr.txt", "c_stdout.txt", "summary.json"]);
    let summary = bench.summary();
    assert_eq!(number(&summary, "exit_status"), 2.0);
    assert!(summary["error"].as_str().expect("a text").contains("-cell"));
    assert!(summary["correlation"].is_null() && summary["runtime_right_ms"].is_null());
}

#[test]
fn input_files_are_found_and_outputs_stay_away() {
    let bench = Bench::new();
    bench.write("here/sub/p1.hkl", "0 0 0 100\n1 0 0 50\n0 1 0 25\n1 1 0 12\n");
    bench.write("a.mat", "0.01 0 0\n0 0.01 0\n0 0 0.01\n");
    for name in ["out.bin", "intimage.img", "Fdump.bin"] {
        bench.write(&format!("here/{name}"), "mine");
    }
    let before = contents(bench.path());
    let arguments = "-- -hkl sub/p1.hkl -mat ../a.mat -lambda 6.2 -distance 100 -detpixels 32 -N 5 \
                     -floatfile out.bin -noisefile ../n.img -pgmfile sub/x.pgm";
    let mut command = bench.command(&format!("--outdir ../results {arguments}"));
    let outcome = finish(command.current_dir(bench.path().join("here"))).expect("an end");
    assert_status(&outcome, 0);
    assert!(outcome.stderr.contains("'n.img' for '../n.img'"), "{}", outcome.stderr);
    let mut after = contents(bench.path());
    after.retain(|path, _| !path.starts_with("results"));
    assert_eq!(after, before);
    let list = names(&bench.path().join("results"));
    let summary = summary(&bench.path().join("results").join(&list[0]));
    assert!(number(&summary, "sum_left") > 0.0);
    assert_eq!(summary["notes"].as_array().expect("a list").len(), 3);
}

#[test]
fn a_dump_in_the_users_directory_is_read_and_left_alone() {
    let bench = Bench::new();
    bench.write("p1.hkl", "0 0 0 100\n1 0 0 50\n0 1 0 25\n1 1 0 12\n");
    let common = "-cell 100 100 100 90 90 90 -lambda 6.2 -distance 100 -detpixels 32 -N 5";
    let mut program = Command::new(env!("CARGO_BIN_EXE_nanobragg"));
    program.current_dir(bench.path()).args(format!("-hkl p1.hkl {common}").split(' '));
    assert_status(&finish(&mut program).expect("an end"), 0);
    let before = contents(bench.path());
    assert_status(&bench.run(&format!("-- {common}")), 0);
    let found = summary(&bench.folder());
    let Some(Entry::File(bytes)) = before.get(Path::new("floatimage.bin")) else {
        panic!("no image");
    };
    let image = bench.folder().join("c_float.bin");
    assert!(fs::read(image).expect("an image") == *bytes, "{found}");
    let mut after = contents(bench.path());
    after.retain(|path, _| !path.starts_with("comparisons"));
    assert_eq!(after, before);
}

#[test]
fn a_constant_image_has_no_correlation() {
    let bench = Bench::new();
    // Nothing is rendered.
    let arguments = format!("--threshold 0 -- {SHORT} -roi 5 4 0 0");
    let outcome = bench.run(&arguments);
    assert_status(&outcome, 3);
    assert!(outcome.stderr.contains("the same constant, bit for bit"), "{}", outcome.stderr);
    let summary = bench.summary();
    assert!(summary["correlation"].is_null() && summary["sum_ratio"].is_null());
    assert_eq!(summary["correlation_note"], "both images are the same constant, bit for bit");
    assert_eq!(summary["bit_identical"], true);
    assert_eq!(names(&bench.folder()), FILES);
    // It is no failure where no threshold is set.
    assert_status(&Bench::new().run(&arguments.replace("--threshold 0 ", "")), 0);
}

#[test]
fn a_region_beyond_the_image_ends_there() {
    let bench = Bench::new();
    let outcome = bench.run(&format!("--roi 10 40 31 31 -- {SHORT}"));
    assert_status(&outcome, 0);
    assert!(outcome.stdout.contains("within the image the region is 10 31 31 31"));
    let summary = bench.summary();
    assert_eq!(summary["roi"], serde_json::json!([10, 40, 31, 31]));
    assert_eq!(summary["roi_compared"], serde_json::json!([10, 31, 31, 31]));
    assert_eq!(number(&summary, "pixels"), 22.0);
    let image = floats(bench.folder().join("c_float.bin"));
    let sum: f64 = image[31 * 32 + 10..].iter().map(|&pixel| f64::from(pixel)).sum();
    assert_eq!(number(&summary, "sum_left"), sum);
}

/// The command lines of the clause, with the C program where `NB_C_BIN` names it.
#[test]
fn the_examples_of_the_clause_work() {
    let arguments =
        "-- -default_F 100 -cell 100 100 100 90 90 90 -lambda 6.2 -detpixels 256 -distance 100";
    for options in ["--threshold 0.98 --roi 100 356 100 356", ""] {
        let bench = Bench::new();
        let mut command = bench.command(&format!("{options} {arguments}"));
        let c_bin = std::env::var_os("NB_C_BIN").filter(|name| !name.is_empty());
        if let Some(path) = &c_bin {
            command.env("NB_C_BIN", path).env("NB_PY_BIN", env!("CARGO_BIN_EXE_nanobragg"));
        }
        let outcome = finish(&mut command).expect("an end");
        assert_status(&outcome, 0);
        for role in ["C", "Py"] {
            let line = format!("\n{role} runtime: 0.");
            assert_eq!(outcome.stdout.contains(&line), c_bin.is_some(), "{}", outcome.stdout);
        }
        let summary = bench.summary();
        assert!(number(&summary, "correlation") > 0.999_999_9, "{summary}");
    }
}

/// With shell scripts in the place of programs.
#[cfg(unix)]
mod scripts {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const NANOBRAGG: &str = env!("CARGO_BIN_EXE_nanobragg");

    impl Bench {
        /// A program that runs these lines of shell.
        fn script(&self, name: &str, lines: &str) {
            self.write(name, &format!("#!/bin/sh\n{lines}\n"));
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(self.path().join(name), mode).expect("a mode");
        }
    }

    /// A bench where `other` is the program with further arguments.
    fn with_other(arguments: &str) -> Bench {
        let bench = Bench::new();
        bench.script("other", &format!(r#"exec {NANOBRAGG} "$@" {arguments}"#));
        bench
    }

    #[test]
    fn more_cells_make_a_larger_difference() {
        let of = |cells: u32| {
            let bench = with_other(&format!("-N {cells}"));
            assert_status(&bench.run(&format!("--py-bin ./other -- {SHORT}")), 0);
            bench.summary()
        };
        let [near, far] = [6, 12].map(of);
        assert!(number(&near, "correlation") < 1.0);
        assert!(number(&near, "correlation") > number(&far, "correlation"));
        assert!(number(&near, "rmse") < number(&far, "rmse"));
        assert!(number(&near, "sum_right") > number(&near, "sum_left"));
        for found in [near, far] {
            let (mse, rmse) = (number(&found, "mse"), number(&found, "rmse"));
            assert!((rmse * rmse - mse).abs() < 1e-12 * mse);
            let ratio = number(&found, "sum_py") / number(&found, "sum_c");
            assert_eq!(number(&found, "sum_ratio"), ratio);
            assert_eq!(found["bit_identical"], false);
            assert_eq!(found["right"], "py");
        }
    }

    #[test]
    fn the_difference_is_right_minus_left() {
        let bench = with_other("-N 6");
        let command = format!("--right ./other --save-diff --roi 3 20 4 30 -- {SHORT}");
        assert_status(&bench.run(&command), 0);
        let folder = bench.folder();
        let [left, right, difference] =
            ["c_float.bin", "py_float.bin", "diff.bin"].map(|name| floats(folder.join(name)));
        assert_eq!(difference.len(), 32 * 32);
        assert!((0..32 * 32).all(|place| difference[place] == right[place] - left[place]));
        assert_eq!(picture(folder.join("diff.png")), (32, 32, 3));
        let found = bench.summary();
        assert_eq!(found["right"], "other");
        let at = |axis: &str| found["max_abs_diff_at"][axis].as_u64().expect("a place") as usize;
        let (fast, slow) = (at("fast"), at("slow"));
        assert!((3..=20).contains(&fast) && (4..=30).contains(&slow));
        let largest =
            (f64::from(right[32 * slow + fast]) - f64::from(left[32 * slow + fast])).abs();
        assert_eq!(number(&found, "max_abs_diff"), largest);
    }

    #[test]
    fn a_low_correlation_is_3() {
        let bench = with_other("-N 12");
        let outcome = bench.run(&format!("--py-bin ./other --threshold 0.9999 -- {SHORT}"));
        assert_status(&outcome, 3);
        assert!(outcome.stderr.contains("is below the threshold 0.9999"), "{}", outcome.stderr);
        assert_eq!(number(&bench.summary(), "exit_status"), 3.0);
        assert_eq!(names(&bench.folder()), FILES);
        let bench = with_other("-N 12");
        assert_status(&bench.run(&format!("--py-bin ./other --threshold -1 -- {SHORT}")), 0);
    }

    #[test]
    fn other_shapes_are_4_or_resampled() {
        let other = "-detpixels 16 -pixel 0.2";
        let bench = with_other(other);
        let outcome = bench.run(&format!("--py-bin ./other -- {SHORT}"));
        assert_status(&outcome, 4);
        assert!(outcome.stderr.contains("32 x 32 and 16 x 16"), "{}", outcome.stderr);
        let found = bench.summary();
        assert_eq!(found["shape_py"], serde_json::json!([16, 16]));
        assert!(found["correlation"].is_null());

        let bench = with_other(other);
        let outcome = bench.run(&format!("--py-bin ./other --resample --save-diff -- {SHORT}"));
        assert_status(&outcome, 0);
        let found = bench.summary();
        assert!(found["resample_note"].as_str().expect("a note").contains("16 x 16"));
        assert_eq!(found["resample"], true);
        assert_eq!(number(&found, "pixels"), 1024.0);
        let folder = bench.folder();
        assert_eq!(floats(folder.join("py_float.bin")).len(), 256);
        assert_eq!(floats(folder.join("diff.bin")).len(), 1024);
        assert_eq!(picture(folder.join("py.png")), (32, 32, 1));
    }

    #[test]
    fn detectors_that_are_not_square_keep_their_sides() {
        let bench = with_other("");
        let oblong = format!("{SHORT} -detpixels_x 24 -detpixels_y 40");
        assert_status(&bench.run(&format!("--left ./other -- {oblong}")), 0);
        let found = bench.summary();
        assert_eq!(found["shape_left"], serde_json::json!([24, 40]));
        assert_eq!(found["bit_identical"], true);
        assert_eq!(picture(bench.folder().join("c.png")), (24, 40, 1));
    }

    #[test]
    fn executables_are_found_where_the_user_says() {
        let bench = with_other("");
        for arguments in [["--c-bin", "./other"], ["--left", "other"]] {
            let mut command = bench.command("");
            let path = format!("{}:/usr/bin:/bin", bench.path().display());
            command.args(arguments).arg("--").args(SHORT.split_whitespace()).env("PATH", path);
            assert_status(&finish(&mut command).expect("an end"), 0);
        }
        let found: Vec<Value> = bench.folders().iter().map(|folder| summary(folder)).collect();
        let labels: Vec<&str> =
            found.iter().map(|found| found["left"].as_str().expect("a label")).collect();
        assert_eq!(labels, ["c", "other"]);
        let other = bench.path().join("other").display().to_string();
        assert_eq!(found[0]["binaries"]["c"], other);
        // ./nanoBragg is the C program where nothing else is said.
        fs::rename(bench.path().join("other"), bench.path().join("nanoBragg")).expect("a name");
        let outcome = bench.run(&format!("-- {SHORT}"));
        assert_status(&outcome, 0);
        assert!(outcome.stderr.contains("comparing c (left) with cpu (right)"));
        assert!(
            outcome.stdout.contains("\nC runtime: ") && outcome.stdout.contains("\nPy runtime: ")
        );
    }

    #[test]
    fn the_left_side_runs_first_and_both_get_the_same_arguments() {
        let bench = Bench::new();
        for name in ["one", "two"] {
            let note = format!(r#"printf '%s ' {name} "$@" >> {}/log"#, bench.path().display());
            bench.script(name, &format!("{note}\nexec {NANOBRAGG} \"$@\""));
        }
        let command = format!("--c-bin ./one --py-bin ./two -- {SHORT}");
        assert_status(&bench.run(&command), 0);
        let log = fs::read_to_string(bench.path().join("log")).expect("a log");
        let arguments = SHORT.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(log, format!("one {arguments} two {arguments} "));
    }

    #[test]
    fn a_program_that_fails_is_2_and_what_it_said_is_kept() {
        for (lines, status, said) in [
            ("echo on its way; echo broken >&2; exit 7", 7, "broken"),
            ("echo ERROR: no file; exit 9", 9, "ERROR: no file"),
            ("kill -9 $$", 137, "exit status 137"),
        ] {
            let bench = Bench::new();
            bench.script("bad", lines);
            let outcome = bench.run(&format!("--py-bin ./bad -- {SHORT}"));
            assert_status(&outcome, 2);
            let status = format!("right (py): ended with exit status {status}");
            assert!(outcome.stderr.contains(&status), "{}", outcome.stderr);
            assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
            let folder = bench.folder();
            let left = ["c_float.bin", "c_stderr.txt", "c_stdout.txt"];
            let rest = ["py_stderr.txt", "py_stdout.txt", "summary.json"];
            assert_eq!(names(&folder), [left, rest].concat());
        }
        // Executable, but no program.
        let bench = Bench::new();
        bench.script("odd", "");
        fs::write(bench.path().join("odd"), [0x7f, b'E', b'L', b'F', 0]).expect("a file");
        let outcome = bench.run(&format!("--c-bin ./odd -- {SHORT}"));
        assert_status(&outcome, 2);
        assert!(outcome.stderr.contains("cannot be started"), "{}", outcome.stderr);
    }

    #[test]
    fn images_that_make_no_sense_are_5() {
        let smv = r#"printf '{\nHEADER_BYTES=512;\nBYTE_ORDER=little_endian;\nSIZE1=3;\nSIZE2=2;\n}%512s' ' ' > intimage.img"#;
        for (lines, reason) in [
            ("true".to_owned(), "wrote no floatimage.bin"),
            ("printf 12345 > floatimage.bin".to_owned(), "5 bytes, which are no 4-byte floats"),
            (": > floatimage.bin".to_owned(), "0 bytes, which are no 4-byte floats"),
            ("printf 12345678 > floatimage.bin".to_owned(), "nor a square"),
            (
                format!("printf 1234 > floatimage.bin; {smv}"),
                "1 pixels, but intimage.img has 3 x 2",
            ),
        ] {
            let bench = Bench::new();
            bench.script("bad", &lines);
            let outcome = bench.run(&format!("--c-bin ./bad -- {SHORT}"));
            assert_status(&outcome, 5);
            assert!(outcome.stderr.contains(reason), "{lines}: {}", outcome.stderr);
            assert_eq!(number(&bench.summary(), "exit_status"), 5.0);
        }
    }

    /// A program without SMV images, which other implementations write only when asked to.
    #[test]
    fn the_shape_comes_from_the_arguments_where_no_header_tells_it() {
        let bench = with_other("");
        bench.script("plain", &format!("{NANOBRAGG} \"$@\" && rm intimage.img noiseimage.img"));
        let oblong = format!("{SHORT} -detpixels_x 24 -detpixels_y 40");
        assert_status(&bench.run(&format!("--py-bin ./plain -- {oblong}")), 0);
        assert_eq!(bench.summary()["shape_py"], serde_json::json!([24, 40]));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_5_before_any_run() {
        let bench = Bench::new();
        bench.write("file", "");
        bench.script("one", &format!("touch {}/ran", bench.path().display()));
        for (place, told) in
            [("file", "file"), ("file/below", "file/below"), ("/proc/nothing", "/proc")]
        {
            let told = format!("error: --outdir: {told}: ");
            let outcome = bench.run(&format!("--outdir {place} --left ./one -- {SHORT}"));
            assert_status(&outcome, 5);
            assert!(outcome.stderr.starts_with(&told), "{}", outcome.stderr);
            assert_eq!(names(bench.path()), ["file", "one"]);
        }
    }

    #[test]
    fn what_is_not_finite_is_null() {
        let bench = Bench::new();
        bench.script("nan", r"printf '\000\000\300\177\000\000\200\077%08d' 0 > floatimage.bin");
        let outcome =
            bench.run(&format!("--c-bin ./nan --py-bin ./nan --threshold 0.5 -- {SHORT}"));
        assert_status(&outcome, 3);
        let found = bench.summary();
        assert_eq!(found["correlation_note"], "not all pixels are finite");
        assert!(found["correlation"].is_null() && found["sum_c"].is_null());
        assert_eq!(found["bit_identical"], true);
        assert_eq!(found["shape_c"], serde_json::json!([2, 2]));
    }
}

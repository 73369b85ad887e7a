//! `-trace_pixel` and `nb-compare --trace` as a user sees them.

mod support;

use std::path::Path;
use std::process::Command;

use support::{Outcome, contents, finish};
use tempfile::TempDir;

/// A run of a moment, whose images are out of the way.
const SHORT: &str = "-default_F 100 -cell 70 80 90 75 85 95 -misset 10 20 30 -lambda 1.1 -distance 60 \
                     -pixel 0.2 -N 5 -detpixels 32 -seed 1 -mosaic 0.4 -mosaic_dom 3";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

fn run(directory: &Path, arguments: &str) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nanobragg"));
    command.args(SHORT.split_whitespace()).args(arguments.split_whitespace());
    finish(command.current_dir(directory)).expect("a run that ends")
}

fn compare(directory: &Path, arguments: &str) -> (Option<i32>, Outcome) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nb-compare"));
    command.args(arguments.split_whitespace()).current_dir(directory);
    let outcome = finish(&mut command).expect("a run that ends");
    (outcome.status.code(), outcome)
}

#[test]
fn two_engines_agree_and_a_changed_input_is_named() {
    let directory = folder();
    for (engine, name, more) in [
        ("reference", "r.jsonl", ""),
        ("cpu", "c.jsonl", ""),
        ("cpu -precision mixed", "m.jsonl", ""),
        ("auto", "a.jsonl", "-lambda 1.1001"),
    ] {
        let arguments = format!("-trace_pixel 16 20 -tracefile {name} -engine {engine} {more}");
        let outcome = run(directory.path(), &arguments);
        assert!(outcome.status.success(), "{engine}: {}", outcome.stderr);
    }
    let (status, outcome) = compare(directory.path(), "--trace r.jsonl r.jsonl --tolerance 0");
    assert_eq!((status, outcome.stderr.as_str()), (Some(0), ""));
    assert!(outcome.stdout.contains("the traces are the same bit for bit"), "{}", outcome.stdout);
    let (status, outcome) = compare(directory.path(), "--trace r.jsonl c.jsonl --tolerance 1e-6");
    assert_eq!(status, Some(0), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("the traces are the same within 1e-6"), "{}", outcome.stdout);
    let (status, outcome) = compare(directory.path(), "--trace r.jsonl m.jsonl --tolerance 1e-4");
    assert_eq!(status, Some(0), "{}", outcome.stdout);
    let (status, outcome) = compare(directory.path(), "--trace c.jsonl a.jsonl");
    assert_eq!(status, Some(3), "{}", outcome.stdout);
    let says = "first difference: wavelength differs in source at layer 0, sub-pixel slow 0, sub-pixel \
                fast 0, source 0\n";
    assert!(outcome.stdout.contains(says), "{}", outcome.stdout);
    assert!(!directory.path().join("comparisons").exists());
}

/// The tolerances that the documents give. In all these scenes single precision takes part.
#[test]
fn engines_keep_the_tolerances_that_are_documented() {
    for more in [
        "-osc 1 -phisteps 10",
        "-mosaic_dom 12",
        "-hdivrange 2 -hdivsteps 3 -mosaic_dom 10",
        "-N 10 -osc 1 -phisteps 5 -mosaic 0.5 -mosaic_dom 5",
        "-pixel 0.1 -oversample 2 -mosaic_dom 8",
        "-cell 100 100 100 90 90 90 -misset 1 2 3 -mosaic_dom 16",
    ] {
        let directory = folder();
        for (engine, name) in
            [("reference", "r.jsonl"), ("cpu", "c.jsonl"), ("cpu -precision mixed", "m.jsonl")]
        {
            let traced = format!("-trace_pixel 3 28 -tracefile {name} -engine {engine}");
            let outcome = run(directory.path(), &format!("-distance 300 {more} {traced}"));
            assert!(outcome.status.success(), "{more}, {engine}: {}", outcome.stderr);
        }
        for (arguments, expected) in [
            ("r.jsonl c.jsonl", 0),
            ("r.jsonl m.jsonl", 3),
            ("r.jsonl m.jsonl --tolerance 1e-4", 0),
        ] {
            let (status, outcome) = compare(directory.path(), &format!("--trace {arguments}"));
            assert_eq!(status, Some(expected), "{more}, {arguments}: {}", outcome.stdout);
        }
    }
}

#[test]
fn a_trace_appears_whole_or_not_at_all() {
    let directory = folder();
    let outcome = run(directory.path(), "-trace_pixel 16 20 -tracefile no-such-folder/t.jsonl");
    assert_eq!(outcome.status.code(), Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("no-such-folder/t.jsonl"), "{}", outcome.stderr);
    assert!(contents(directory.path()).is_empty());
    // The image is not finite, so that nothing is written.
    let outcome = run(directory.path(), "-trace_pixel 16 20 -fluence 1e308 -default_F 1e100");
    assert_eq!(outcome.status.code(), Some(1), "{}", outcome.stderr);
    assert!(contents(directory.path()).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_run_with_the_name_of_the_trace() {
    let directory = folder();
    let outcome =
        run(directory.path(), "-trace_pixel 16 20 -tracefile /dev/full -phisteps 400 -osc 1");
    assert_eq!(outcome.status.code(), Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("cannot write /dev/full"), "{}", outcome.stderr);
    assert!(contents(directory.path()).is_empty());
}

#[test]
fn usage_of_the_comparison_is_checked() {
    let directory = folder();
    for (arguments, says) in [
        ("--trace one.jsonl", "2 values required"),
        ("--trace one.jsonl two.jsonl --tolerance nan", "--tolerance NaN"),
        ("--trace one.jsonl two.jsonl --tolerance -1e-9", "--tolerance -1e-9"),
        ("--tolerance -1e-9 --trace one.jsonl two.jsonl", "--tolerance -1e-9"),
        ("--trace one.jsonl two.jsonl --roi 1 2 3 4", "cannot be used with"),
        ("--tolerance 1e-3 -- -cell 90", "--trace"),
        ("--trace one.jsonl two.jsonl -- -cell 90", "cannot be used with"),
    ] {
        let (status, outcome) = compare(directory.path(), arguments);
        assert_eq!(status, Some(1), "{arguments}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(says), "{arguments}: {}", outcome.stderr);
    }
    let (status, outcome) = compare(directory.path(), "--trace one.jsonl two.jsonl");
    assert_eq!(status, Some(5), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("one.jsonl"), "{}", outcome.stderr);
}

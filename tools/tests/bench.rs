//! What `nb-bench` promises: a whole folder with digests that hold, right outputs, exit statuses,
//! nothing overwritten, and a comparison that finds what became slower.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use nanobragg_conformance::engines;
use nanobragg_conformance::store::sha256;
use nanobragg_tools::bench::names::entry;
use nanobragg_tools::bench::pairs::pairs;
use nanobragg_tools::bench::record::Record;
use nanobragg_tools::bench::suites::{self, Selection};
use support::{Outcome, contents, finish};
use tempfile::TempDir;

/// A tiny run.
const TINY: &str = "run --suite plain --sizes 32 --threads 1 --rounds 1 --engines reference";

fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// The program with arguments, which are split at blanks, and an executable in the place of the C
/// program.
fn bench(arguments: &str, c: Option<&Path>, directory: &Path) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nb-bench"));
    command.args(arguments.split_whitespace()).current_dir(directory).env_remove("NB_C_BIN");
    if let Some(executable) = c {
        command.env("NB_C_BIN", executable);
    }
    finish(&mut command).expect("a run that ends")
}

#[track_caller]
fn assert_status(outcome: &Outcome, status: i32) {
    assert_eq!(outcome.status.code(), Some(status), "{}{}", outcome.stdout, outcome.stderr);
}

#[test]
fn a_run_leaves_a_folder_with_digests_that_hold() {
    let home = directory();
    let outcome = bench(&format!("{TINY} --out result"), None, home.path());
    assert_status(&outcome, 0);
    assert_eq!(outcome.stdout, "result\n");
    let folder = home.path().join("result");
    let digests = fs::read_to_string(folder.join("sha256.txt")).expect("digests");
    let digests: BTreeMap<&str, &str> =
        digests.lines().filter_map(|line| line.split_once("  ")).map(|(a, b)| (b, a)).collect();
    let names: Vec<&str> = digests.keys().copied().collect();
    assert_eq!(names, ["env.json", "results.json", "summary.md"]);
    for (name, digest) in digests {
        assert_eq!(sha256(&fs::read(folder.join(name)).expect("a file")), digest, "{name}");
    }
    let record = Record::read(&folder).expect("a record");
    assert!(record.valid() && !record.complete);
    let entry = record.entry("plain/32/reference/threads=1").expect("an entry");
    assert_eq!((entry.pixels, entry.steps), (Some(1024), Some(1024)));
    for time in [entry.warm_seconds, entry.kernel_seconds, entry.cold_seconds] {
        assert!(time.is_some_and(|seconds| seconds > 0.0), "{entry:?}");
    }
    if cfg!(unix) {
        assert!(entry.peak_bytes.is_some_and(|bytes| bytes > 100_000), "{:?}", entry.peak_bytes);
    }
}

#[test]
fn nothing_is_overwritten_unless_that_is_wanted() {
    let home = directory();
    fs::create_dir(home.path().join("thesis")).expect("a folder");
    fs::write(home.path().join("thesis/text"), "x").expect("a file");
    let before = contents(home.path());
    for more in ["", "--force"] {
        let outcome = bench(&format!("{TINY} --out thesis {more}"), None, home.path());
        assert_status(&outcome, 2);
        assert!(outcome.stderr.contains("thesis "), "{}", outcome.stderr);
    }
    assert_eq!(contents(home.path()), before);
}

#[test]
fn what_is_not_there_ends_with_status_3_and_wrong_usage_with_2() {
    let home = directory();
    let outcome = bench("run --engines c --suite plain --sizes 8", None, home.path());
    assert_status(&outcome, 3);
    assert!(outcome.stderr.contains("NB_C_BIN is not set"), "{}", outcome.stderr);
    let missing = Path::new("nowhere/c");
    assert_status(&bench("run --suite plain --sizes 8", Some(missing), home.path()), 3);
    for wrong in ["run --suite plane", "run --engines gpu", "run --sizes 0", "run --threads none"] {
        let outcome = bench(wrong, None, home.path());
        assert_status(&outcome, 2);
    }
    assert!(contents(home.path()).is_empty());
}

/// A script in the place of the C program that renders with ours, with further arguments.
#[cfg(unix)]
fn fake(home: &Path, more: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;

    let path = home.join("fake.sh");
    let program = env!("CARGO_BIN_EXE_nanobragg");
    fs::write(&path, format!("#!/bin/sh\nexec '{program}' \"$@\" {more}\n")).expect("a script");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("an executable");
    path
}

#[cfg(unix)]
#[test]
fn an_output_that_differs_makes_an_entry_invalid() {
    let home = directory();
    let arguments = "run --suite plain --sizes 32 --threads 1 --rounds 1";
    let same = fake(home.path(), "");
    let outcome = bench(&format!("{arguments} --exact --out same"), Some(&same), home.path());
    assert_status(&outcome, 0);
    let record = Record::read(&home.path().join("same")).expect("a record");
    let entry = record.entry("plain/32/reference/threads=1").expect("an entry");
    assert_eq!(entry.baseline.as_deref(), Some("plain/32/c/threads=1"));
    assert!(entry.process_ratio.is_some());

    let other = fake(home.path(), "-default_F 101");
    let outcome = bench(&format!("{arguments} --out other"), Some(&other), home.path());
    assert_status(&outcome, 1);
    assert!(
        outcome.stderr.contains("invalid: plain/32/reference/threads=1: a pixel is off by"),
        "{}",
        outcome.stderr
    );
    let record = Record::read(&home.path().join("other")).expect("a record");
    assert!(!record.valid());
}

#[test]
fn a_comparison_finds_what_became_slower() {
    let home = directory();
    assert_status(&bench(&format!("{TINY} --out old"), None, home.path()), 0);
    let mut record = Record::read(&home.path().join("old")).expect("a record");
    let same = bench("compare old old/results.json", None, home.path());
    assert_status(&same, 0);
    for entry in &mut record.entries {
        entry.nanoseconds_per_step = entry.nanoseconds_per_step.map(|time| time * 2.0);
    }
    let text = record.to_json().expect("a text");
    fs::write(home.path().join("new.json"), text).expect("a file");
    let slower = bench("compare old new.json", None, home.path());
    assert_status(&slower, 1);
    assert!(slower.stdout.contains("(2.00 times worse)"), "{}", slower.stdout);
    assert_status(&bench("compare old new.json --tolerance 1.5", None, home.path()), 0);
    assert_status(&bench("compare old nowhere", None, home.path()), 4);
}

#[test]
fn every_entry_that_a_clause_reads_is_measured() {
    let workloads = suites::select(&Selection::default()).expect("all suites");
    let labels: Vec<String> = engines::all().map(str::to_owned).collect();
    let mut names = BTreeSet::new();
    for workload in &workloads {
        for (label, threads) in pairs(&labels, &workload.threads) {
            names.insert(entry(workload.template.name, workload.size, label, threads));
        }
    }
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let mut read = 0;
    for file in fs::read_dir(spec).expect("the specification").flatten() {
        let text = fs::read_to_string(file.path()).unwrap_or_default();
        let wanted = text.split("record(\"").skip(1).filter_map(|rest| rest.split('"').next());
        for name in wanted.filter(|name| name.contains('/')) {
            assert!(names.contains(name), "{}: no suite has {name}", file.path().display());
            read += 1;
        }
    }
    assert!(read > 100, "{read} entries are read");
}

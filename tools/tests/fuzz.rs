//! What `nb-fuzz` promises: its exit statuses, a difference found and made smaller, statistics,
//! the same cases from the same seed.

mod support;

use std::path::Path;
use std::process::Command;

use support::{Outcome, contents, finish};
use tempfile::TempDir;

fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// The program with arguments, which are split at blanks, and an executable in the place of the C
/// program.
fn fuzz(arguments: &str, executable: Option<&Path>, directory: &TempDir) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nb-fuzz"));
    command.args(arguments.split_whitespace()).current_dir(directory).env_remove("NB_C_BIN");
    if let Some(executable) = executable {
        command.env("NB_C_BIN", executable);
    }
    finish(&mut command).expect("a run that ends")
}

#[track_caller]
fn assert_status(outcome: &Outcome, status: i32) {
    assert_eq!(outcome.status.code(), Some(status), "{}{}", outcome.stdout, outcome.stderr);
}

/// A script in the place of the C program, which does what `body` says with its arguments.
#[cfg(unix)]
fn fake(directory: &TempDir, body: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;

    let path = directory.path().join("fake.sh");
    let program = env!("CARGO_BIN_EXE_nanobragg");
    std::fs::write(&path, format!("#!/bin/sh\nprogram='{program}'\n{body}\n")).expect("a script");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("an executable");
    path
}

#[test]
fn what_is_not_there_ends_with_status_3() {
    let directory = directory();
    let outcome = fuzz("--engine cuda --cases 1", None, &directory);
    // Where there is a GPU, it runs.
    if !outcome.status.success() {
        assert_status(&outcome, 3);
        assert!(outcome.stderr.contains("-engine cuda: "), "{}", outcome.stderr);
    }
    let outcome = fuzz("--against c", None, &directory);
    assert_status(&outcome, 3);
    assert!(outcome.stderr.contains("NB_C_BIN not set"), "{}", outcome.stderr);
    let outcome = fuzz("--against c", Some(Path::new("nowhere/c")), &directory);
    assert_status(&outcome, 3);
    assert!(outcome.stderr.contains("nowhere/c, which is no file"), "{}", outcome.stderr);
}

#[test]
fn wrong_usage_ends_with_status_2() {
    let directory = directory();
    for arguments in [
        "",
        "--against gpu",
        "--against reference --time soon",
        "--against reference --only detpixel",
        "--against reference --jobs 0",
    ] {
        assert_status(&fuzz(arguments, None, &directory), 2);
    }
}

#[test]
fn an_engine_agrees_with_itself_and_the_statistics_tell_of_it() {
    let directory = directory();
    let arguments = "--against reference --seed 3 --cases 40 --jobs 2";
    let first = fuzz(arguments, None, &directory);
    assert_status(&first, 0);
    assert!(first.stdout.starts_with("seed 3\n40 cases: "), "{}", first.stdout);
    for line in ["  -cell  ", "options never reached: ", "branches never taken: ", "shape square"] {
        assert!(first.stdout.contains(line), "no '{line}' in {}", first.stdout);
    }
    // The same seed, whatever runs at the same time, and another one.
    let again = fuzz(&arguments.replace("--jobs 2", "--jobs 1"), None, &directory);
    assert_eq!(first.stdout, again.stdout);
    let other = fuzz(&arguments.replace("--seed 3", "--seed 4"), None, &directory);
    assert_ne!(first.stdout, other.stdout.replace("seed 4", "seed 3"));
    assert!(contents(directory.path()).is_empty());
}

#[test]
fn edges_and_selected_options() {
    let directory = directory();
    assert_status(
        &fuzz("--against reference --seed 1 --cases 20 --series edges", None, &directory),
        0,
    );
    let outcome = fuzz("--against reference --seed 1 --cases 60 --only printout", None, &directory);
    assert_status(&outcome, 0);
    let cases = outcome.stdout.lines().nth(1).and_then(|line| line.split_once(" cases"));
    let count = cases.and_then(|(count, _)| count.parse::<u32>().ok());
    assert!(count.is_some_and(|count| count < 60), "{}", outcome.stdout);
    let outcome = fuzz("--against reference --seed 1 --time 1s", None, &directory);
    assert_status(&outcome, 0);
}

#[cfg(unix)]
#[test]
fn a_planted_difference_is_found_and_made_smaller() {
    let directory = directory();
    // A program that polarizes the beam by itself where it swings the detector.
    let swing =
        "case \" $* \" in *' -twotheta '*) exec \"$program\" -polar 1 \"$@\" -polar 1;; esac";
    let executable = fake(&directory, &format!("{swing}\nexec \"$program\" \"$@\""));
    let arguments = "--against c --seed 1 --cases 400 --jobs 1 --keep kept";
    let outcome = fuzz(arguments, Some(&executable), &directory);
    assert_status(&outcome, 1);
    let text = &outcome.stdout;
    assert!(text.contains("made smaller: reference differs from c:"), "{text}");
    assert!(text.contains("floatimage.bin: "), "{text}");
    let line = text.lines().find(|line| line.starts_with("nanobragg ")).expect("a command line");
    assert!(line.contains(" -twotheta "), "{line}");
    // A cell, a structure factor, a seed, a small detector, the swing, and little else.
    assert!(line.split_whitespace().filter(|word| word.starts_with('-')).count() <= 8, "{line}");
    assert!(!line.contains("-hkl") && !line.contains("-mosaic"), "{line}");
    let kept = contents(&directory.path().join("kept"));
    assert_eq!(kept.len(), 1, "{kept:?}");
    // What is printed runs with the other program as it runs with this one.
    let script = text.split("differs from c:").nth(1).and_then(|rest| rest.split("kept as").next());
    let script: Vec<&str> =
        script.unwrap_or_default().lines().filter(|line| !line.starts_with("  ")).collect();
    let script = script.join("\n").replace("nanobragg ", "\"$program\" ");
    let run = format!("program='{}'\n{script}", executable.display());
    let played = finish(Command::new("sh").args(["-c", &run]).current_dir(&directory));
    assert_status(&played.expect("a run that ends"), 0);
}

#[cfg(unix)]
#[test]
fn a_program_that_fails_where_ours_succeeds_is_a_finding() {
    let directory = directory();
    let executable = fake(&directory, "exit 9");
    let outcome = fuzz("--against c --seed 1 --cases 5 --jobs 1", Some(&executable), &directory);
    assert_status(&outcome, 1);
    assert!(outcome.stdout.contains("exit status 0 instead of 9"), "{}", outcome.stdout);
}

#[cfg(unix)]
#[test]
fn an_interrupt_shows_the_statistics() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let directory = directory();
    let log = directory.path().join("log");
    let mut child = Command::new(env!("CARGO_BIN_EXE_nb-fuzz"))
        .args(["--against", "reference", "--seed", "1", "--time", "5m", "--jobs", "1"])
        .current_dir(&directory)
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&log).expect("a file"))
        .stderr(Stdio::null())
        .spawn()
        .expect("a process");
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    };
    let wait_for = |words: &str| {
        let start = Instant::now();
        while !std::fs::read_to_string(&log).is_ok_and(|text| text.contains(words)) {
            assert!(start.elapsed() < Duration::from_secs(60), "no '{words}'");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    wait_for("seed 1");
    signal("-USR1");
    wait_for("quirks that never made a difference");
    signal("-INT");
    let status = support::wait(&mut child).expect("an end");
    assert_eq!(status.code(), Some(130));
    let text = std::fs::read_to_string(&log).expect("a file");
    assert!(text.matches("options never reached").count() >= 2, "{text}");
}

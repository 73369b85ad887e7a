//! Files and programs as Unix has them: permissions, links, pipes, devices.

use std::os::unix::fs::PermissionsExt;

use super::images::*;
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
        let place = format!("exec {}", command.replacen("nanobragg ", &format!("{NANOBRAGG} "), 1));
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

//! `nb-spec quirk` as a user sees it where there is nothing to see: exit statuses and messages. What it
//! shows of each quirk is tested with `docs/quirks.md`.

use std::process::{Command, Output};

/// A still of a cubic cell.
const STILL: &str = "-cell 60 60 60 90 90 90 -N 3 -default_F 100 -detpixels 8 -seed 1";

fn quirk(arguments: &str) -> Output {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_nb-spec"));
    command.arg("quirk").args(arguments.split_whitespace()).current_dir(directory.path());
    let output = command.output().expect("a run that ends");
    let left = std::fs::read_dir(directory.path()).expect("the directory").count();
    assert_eq!(left, 0, "nothing is written into the user's directory");
    output
}

#[test]
fn nothing_differs_where_the_quirk_does_not_act() {
    let output = quirk(&format!("stale-phi --picture none.png -- {STILL}"));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "nothing differs\n");
}

#[test]
fn there_is_no_picture_where_no_image_differs() {
    let arguments = format!("solid-angle-report --picture none.png -- {STILL} -mosaic 1");
    let output = quirk(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.ends_with("no image differs: there is no picture\n"), "{text}");
}

#[test]
fn a_misspelt_quirk_lists_all_of_them() {
    let output = quirk(&format!("stale-fi -- {STILL}"));
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("no quirk is called stale-fi; there are stale-phi, "), "{text}");
}

#[test]
fn the_switches_are_not_for_the_user_here() {
    let output = quirk(&format!("stale-phi -- {STILL} -quirks none"));
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("-quirks is set for each of the two runs"), "{text}");
}

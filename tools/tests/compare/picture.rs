//! The picture of a comparison, and where it may go.

use super::images::*;
use super::*;

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

//! CBF images on both sides.

use super::images::*;
use super::*;

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

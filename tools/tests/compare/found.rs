//! What is found beside the metrics of the clause: distributions, peaks, the first diverging pixel.

use super::images::*;
use super::*;

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
fn where_nothing_is_allowed_no_part_of_it_is_told() {
    // The first pixel of the left image is 0.
    let (left, mut right) = (image(), image());
    right[0] = 0.5;
    let bench = pair(&left, &right);
    let told = |tolerance: &str| {
        let outcome = bench.run(&format!("--left a --right b --shape 6x4 --tolerance {tolerance}"));
        assert_status(&outcome, 0);
        outcome.stdout
    };
    let none = told("0 0");
    assert!(none.contains("broken by 1 pixel (no difference is allowed)"), "{none}");
    assert!(none.contains("right 0.5, apart by 0.5, where nothing is allowed"), "{none}");
    assert!(!none.contains("of what is allowed"), "{none}");
    // Of a pixel of 0, any part is nothing.
    let dark = told("0.1 0");
    assert!(dark.contains("apart by 0.5, where nothing is allowed"), "{dark}");
    let some = told("0.1 0.001");
    assert!(some.contains(" of what is allowed") && !some.contains("nothing is allowed"), "{some}");
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
fn engines_keep_what_they_promise() {
    let bench = Bench::new();
    let found = bench.compare(&format!("--left reference --right cpu-mixed -- {SHORT}"));
    let divergence = &found["divergence"];
    assert_eq!((number(divergence, "relative"), number(divergence, "pixels")), (1e-4, 0.0));
    let bench = Bench::new();
    let found = bench.compare(&format!("--left cpu --right cpu --tolerance 0 0 -- {SHORT}"));
    assert_eq!(number(&found["divergence"], "pixels"), 0.0);
}

//! `interpolation-sticks`, `interpolation-early`, `hkl-tokens`, `implicit-fdump`.

use std::collections::BTreeMap;
use std::fmt::Write;

use nanobragg_reference::experiment::StructureFactors;
use nanobragg_reference::vector::Vector;
use nanobragg_reference::{Experiment, Quirk};

use super::support::{Bench, corrected, kept, refused};

/// At most cubic in each index, so that cubic interpolation reproduces it.
fn polynomial([h, k, l]: Vector) -> f64 {
    60.0 + 0.11 * h.powi(3) - 0.7 * k * k * l + 0.05 * h * k * l - 0.02 * (k * l).powi(3) + 3.0 * l
}

const FROM: [i32; 3] = [-5, -4, -6];
const TO: [i32; 3] = [6, 5, 4];

fn polynomial_file() -> String {
    let mut text = String::new();
    for h in FROM[0]..=TO[0] {
        for k in FROM[1]..=TO[1] {
            for l in FROM[2]..=TO[2] {
                let value = polynomial([h, k, l].map(f64::from));
                writeln!(text, "{h} {k} {l} {value}").expect("a string takes all");
            }
        }
    }
    text
}

/// One evaluation in each pixel; the indices leave the table in all directions.
const SMOOTH: &str = "-cell 8 7 6 90 90 90 -misset 10 40 70 -N 1 -default_F 77 -lambda 1 \
                      -distance 40 -pixel 4 -detpixels 24 -oversample 1";

#[test]
fn interpolation_sticks() {
    let bench = Bench::new().with("p", polynomial_file());
    // What is stored at the nearest index.
    let nearest = |index: Vector| {
        let nearest = index.map(|x| (x - 0.5).ceil());
        let inside = (0..3).all(|axis| {
            nearest[axis] >= f64::from(FROM[axis]) && nearest[axis] <= f64::from(TO[axis])
        });
        if inside { polynomial(nearest) } else { 77.0 }
    };
    for quirks in corrected(Quirk::InterpolationSticks) {
        let line = format!("{SMOOTH} -hkl p {quirks}");
        let (mut out, mut fringe) = (0, 0);
        for pixel in bench.traces(&line) {
            let two_on_either_side = (0..3).all(|axis| {
                let floor = pixel.index[axis].floor();
                floor > f64::from(FROM[axis]) && floor + 2.0 <= f64::from(TO[axis])
            });
            let expected =
                if two_on_either_side { polynomial(pixel.index) } else { nearest(pixel.index) };
            assert!((pixel.f_cell - expected).abs() < 1e-9, "{:?}: {}", pixel.index, pixel.f_cell);
            out += u64::from(!two_on_either_side);
            let in_c_range = (0..3).all(|axis| {
                let index = pixel.index[axis];
                index >= f64::from(FROM[axis] + 2) && index <= f64::from(TO[axis] - 2)
            });
            fringe += u64::from(two_on_either_side && !in_c_range);
        }
        // The set-up has some of all kinds, and they are counted.
        assert!(out > 50 && out < 24 * 24 - 50 && fringe > 10, "{out} {fringe}");
        assert_eq!(bench.render(&line).out_of_range, out);
        let done = bench.run(&line);
        assert_eq!(done.report.matches("WARNING: out of range").count(), 1);
        let counted = |note: &String| note.starts_with(&format!("{out} evaluations"));
        assert_eq!(done.notes.iter().filter(|note| counted(note)).count(), 1, "{:?}", done.notes);
        assert!(!done.decisive.has(Quirk::InterpolationSticks));
    }
    for quirks in kept(Quirk::InterpolationSticks) {
        let line = format!("{SMOOTH} -hkl p {quirks}");
        let mut on = true;
        let (mut interpolated, mut spoilt) = (0, 0);
        for pixel in bench.traces(&line) {
            let safe = (0..3).all(|axis| {
                let index = pixel.index[axis];
                index >= f64::from(FROM[axis] + 2) && index <= f64::from(TO[axis] - 2)
            });
            on &= safe;
            let expected = if on { polynomial(pixel.index) } else { nearest(pixel.index) };
            assert!((pixel.f_cell - expected).abs() < 1e-9, "{:?}: {}", pixel.index, pixel.f_cell);
            interpolated += u32::from(on);
            spoilt += u32::from(safe && !on);
        }
        assert!(spoilt > 50, "{interpolated} {spoilt}");
        let done = bench.run(&line);
        assert_eq!(done.report.matches("WARNING: out of range").count(), 1);
        assert!(done.decisive.has(Quirk::InterpolationSticks));
        // Indices that stay inside, or no interpolation at all.
        for options in ["-pixel 0.2 -misset 0 0 0", "-nointerpolate"] {
            let done = bench.run(&format!("{line} {options}"));
            assert!(!done.decisive.has(Quirk::InterpolationSticks), "{options}");
        }
    }
}

#[test]
fn interpolation_early() {
    let bench = Bench::new().with("p", polynomial_file());
    let line = "-cell 8 7 6 90 90 90 -hkl p -lambda 1 -detpixels 4 -oversample 1";
    // Size, cells after it, by the option before it, whether two cells or fewer are left.
    let cases = [
        ("-xtalsize 4e-6", false),
        ("-N 9 -xtalsize 1e-6", true),
        ("-Na 9 -Nb 9 -Nc 9 -sample_y 1.3e-6", true),
        ("-N 3", false),
        ("-N 2", true),
        ("-N 9 -xtalsize 4e-6", false),
    ];
    for (size, small) in cases {
        for quirks in corrected(Quirk::InterpolationEarly) {
            let Experiment { crystal, structure, .. } =
                bench.job(&format!("{line} {size} {quirks}")).experiment;
            assert_eq!(crystal.cells.iter().any(|&count| count <= 2.0), small, "{size}");
            assert_eq!(structure.interpolate, small, "{size} {quirks}");
        }
        for quirks in kept(Quirk::InterpolationEarly) {
            // What stands in the options, 1 where nothing does, whatever the size.
            let early = !size.starts_with("-N") || size == "-N 2";
            let job = bench.job(&format!("{line} {size} {quirks}"));
            assert_eq!(job.experiment.structure.interpolate, early, "{size} {quirks}");
            assert_eq!(job.decisive.has(Quirk::InterpolationEarly), early != small, "{size}");
            // A choice that was asked for holds.
            for (option, choice) in [("-interpolate", true), ("-nointerpolate", false)] {
                let job = bench.job(&format!("{line} {size} {option} {quirks}"));
                assert_eq!(job.experiment.structure.interpolate, choice);
                assert!(!job.decisive.has(Quirk::InterpolationEarly));
            }
            // Without a table there is nothing to interpolate.
            let plain = line.replace("-hkl p", "-default_F 1");
            let job = bench.job(&format!("{plain} {size} {quirks}"));
            assert!(!job.decisive.has(Quirk::InterpolationEarly));
        }
    }
}

/// What a table holds apart from zeros.
fn contents(experiment: &Experiment) -> BTreeMap<[i32; 3], f64> {
    let table = experiment.structure.factors.as_deref().expect("a table");
    let entries = table.values.indexed_iter().filter(|(_, value)| **value != 0.0);
    entries
        .map(|((h, k, l), &value)| {
            let [h0, k0, l0] = table.min;
            ([h as i32 + h0, k as i32 + k0, l as i32 + l0], value)
        })
        .collect()
}

#[test]
fn hkl_tokens() {
    let line = "-cell 8 7 6 90 90 90 -N 3 -lambda 1 -detpixels 4 -oversample 1 -hkl f";
    let columns = "0 0 0 100 7 1.5\n1 0 0 50 9 2\n0 -1 0 20 3 0.5\n";
    let comments = "# h k l F\n 0 0 0 100\n\n1 0 0 50 # strong\n\t0 -1 0\t20\r\n";
    let short = "0 0 0 100\n1 0 0 50\n# more\n0 -1 0 20\n";
    let plain = "0 0 0 100\n1 0 0 50\n0 -1 0 20\n";
    let expected = BTreeMap::from([([0, 0, 0], 100.0), ([1, 0, 0], 50.0), ([0, -1, 0], 20.0)]);
    for quirks in corrected(Quirk::HklTokens) {
        for text in [columns, comments, short, plain, plain.trim_end()] {
            let job = Bench::new().with("f", text).job(&format!("{line} {quirks}"));
            assert_eq!(contents(&job.experiment), expected, "{text:?}");
            assert!(!job.decisive.has(Quirk::HklTokens));
        }
        for (text, word) in [
            ("0 0 0 100\n1 0 0\n", "f:2: too few columns"),
            ("0 0 0 100\n1 0 0 x\n", "f:2: F is no number"),
            ("0 0 0 100\n1 0.5 0 3\n", "f:2: k is no integer"),
            ("# nothing\n\n", "no reflections"),
        ] {
            refused(Bench::new().with("f", text).try_job(&format!("{line} {quirks}")), word);
        }
    }
    for quirks in kept(Quirk::HklTokens) {
        // Integers only, four by four.
        let stream = "0 0 0 100 7\n1 0 0 50 9\n1 -2 0 20 3\n4 5\n";
        let numbers: Vec<i32> =
            stream.split_whitespace().map(|word| word.parse().expect("integers")).collect();
        let expected: BTreeMap<_, _> = numbers
            .chunks_exact(4)
            .filter(|four| four[3] != 0)
            .map(|four| ([four[0], four[1], four[2]], f64::from(four[3])))
            .collect();
        assert_eq!(expected.len(), 3, "{expected:?}");
        let job = Bench::new().with("f", stream).job(&format!("{line} {quirks}"));
        assert_eq!(contents(&job.experiment), expected);
        assert!(job.decisive.has(Quirk::HklTokens));
        // A comment ends it, one at the beginning before it has begun.
        let job = Bench::new().with("f", short).job(&format!("{line} {quirks}"));
        assert_eq!(contents(&job.experiment).len(), 2);
        assert!(job.decisive.has(Quirk::HklTokens));
        refused(Bench::new().with("f", comments).try_job(&format!("{line} {quirks}")), "no refl");
        // Line feeds are blanks.
        let wrapped = "0 0\n0 100 1\n0 0 50 0 -1 0 20";
        let job = Bench::new().with("f", wrapped).job(&format!("{line} {quirks}"));
        assert_eq!(contents(&job.experiment).len(), 3);
        assert!(job.decisive.has(Quirk::HklTokens));
        for text in [plain, plain.trim_end(), "\n0 0 0 100\r\n\n 1 0 0 50\n"] {
            let job = Bench::new().with("f", text).job(&format!("{line} {quirks}"));
            assert!(!job.decisive.has(Quirk::HklTokens), "{text:?}");
        }
    }
}

/// A table of eight values; the lowest byte of the first looks like white space.
fn cube(first: u8) -> (String, Vec<f64>) {
    let value = |place: usize| {
        let bits = (100.0 + 17.3 * place as f64).to_bits();
        f64::from_bits(if place == 0 { bits & !0xff | u64::from(first) } else { bits })
    };
    let values: Vec<f64> = (0..8).map(value).collect();
    let mut text = String::new();
    for (place, value) in values.iter().enumerate() {
        let [h, k, l] = [place >> 2 & 1, place >> 1 & 1, place & 1].map(|i| i as i32 - 1);
        writeln!(text, "{h} {k} {l} {value:.17e}").expect("a string takes all");
    }
    (text, values)
}

/// The dump of such a table: the grid has one plane more along each axis.
fn dump(values: &[f64]) -> Vec<u8> {
    let mut bytes = b"-1 0 -1 0 -1 0\n\x0c".to_vec();
    for place in 0..27 {
        let [h, k, l] = [place / 9, place / 3 % 3, place % 3];
        let inside = h < 2 && k < 2 && l < 2;
        bytes.extend(if inside { values[4 * h + 2 * k + l] } else { 0.0 }.to_ne_bytes());
    }
    bytes
}

fn values(table: Option<&StructureFactors>) -> Vec<f64> {
    table.expect("a table").values.iter().copied().collect()
}

#[test]
fn implicit_fdump() {
    let line =
        "-cell 8 7 6 90 90 90 -N 3 -lambda 1 -detpixels 8 -pixel 8 -oversample 1 -nonoise -nopgm";
    for first in [0x20, 0x09, 0x0a, 0x0c, 0x0d, 0x21] {
        let (text, eight) = cube(first);
        for quirks in corrected(Quirk::ImplicitFdump) {
            // Neither written nor read unasked.
            let bench = Bench::new().with("f", &text);
            bench.run(&format!("{line} -hkl f {quirks}"));
            assert!(!bench.has("Fdump.bin"));
            let image = bench.read("floatimage.bin");
            bench.put("Fdump.bin", dump(&eight));
            let job = bench.job(&format!("{line} -default_F 3 {quirks}"));
            assert!(job.experiment.structure.factors.is_none());
            refused(bench.try_job(&format!("{line} {quirks}")), "no structure factors");
            // By name: every byte, and the same image.
            bench.run(&format!("{line} -hkl f -dump d {quirks}"));
            assert_eq!(bench.read("d"), dump(&eight));
            let done = bench.run(&format!("{line} -dump d {quirks}"));
            assert_eq!(bench.read("floatimage.bin"), image);
            assert!(!done.decisive.has(Quirk::ImplicitFdump));
            let job = bench.job(&format!("{line} -dump d -default_F 3 {quirks}"));
            assert_eq!(values(job.experiment.structure.factors.as_deref()), eight);
            // A dump that is not there was asked for all the same.
            refused(
                bench.try_job(&format!("{line} -dump e -default_F 3 {quirks}")),
                "cannot read e",
            );
            bench.put("longer", [dump(&eight), vec![0]].concat());
            refused(bench.try_job(&format!("{line} -dump longer {quirks}")), "217 bytes");
        }
        for quirks in kept(Quirk::ImplicitFdump) {
            let bench = Bench::new().with("f", &text);
            bench.run(&format!("{line} -hkl f {quirks}"));
            assert_eq!(bench.read("Fdump.bin"), dump(&eight));
            // Read even where a structure factor is given; white space is lost with all that
            // moves up.
            let space = [0x20, 0x09, 0x0a, 0x0c, 0x0d].contains(&first);
            let mut bytes =
                dump(&eight).split_off(b"-1 0 -1 0 -1 0\n\x0c".len() + usize::from(space));
            bytes.push(0);
            let word = |place: usize| {
                let [h, k, l] = [place >> 2 & 1, place >> 1 & 1, place & 1];
                let at = 8 * (9 * h + 3 * k + l);
                f64::from_ne_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
            };
            let expected: Vec<f64> = (0..8).map(word).collect();
            assert_eq!(expected == eight, !space);
            for options in ["", "-default_F 3"] {
                let job = bench.job(&format!("{line} {options} {quirks}"));
                assert_eq!(values(job.experiment.structure.factors.as_deref()), expected);
                assert!(job.decisive.has(Quirk::ImplicitFdump));
            }
            // By name, only what is lost decides.
            let job = bench.job(&format!("{line} -dump Fdump.bin {quirks}"));
            assert_eq!(job.decisive.has(Quirk::ImplicitFdump), space);
            // A dump that is not there is as good as none.
            let job = bench.job(&format!("{line} -dump e -default_F 3 {quirks}"));
            assert!(job.experiment.structure.factors.is_none());
            assert!(!job.decisive.has(Quirk::ImplicitFdump));
            let job = bench.job(&format!("{line} -hkl f {quirks}"));
            assert!(!job.decisive.has(Quirk::ImplicitFdump));
        }
    }
}

//! A run names the switches that made a difference for it: those, and no others.

use std::fs;

use nanobragg_reference::{Quirk, Quirks};

use super::none::{PLAIN, RICH, bench};
use super::support::Bench;

/// What a run leaves behind.
struct Outcome {
    floats: Vec<f32>,
    /// The other images, byte by byte.
    files: Vec<Vec<u8>>,
    solid_angle: f64,
    decisive: Quirks,
}

/// Runs a line; nothing if it is refused.
fn outcome(bench: &Bench, line: &str) -> Option<Outcome> {
    let done = bench.try_run(line).ok()?;
    let floats = bench.floats("floatimage.bin");
    let mut files = Vec::new();
    for name in ["intimage.img", "image.pgm", "noiseimage.img"] {
        if bench.has(name) {
            files.push(bench.read(name));
            fs::remove_file(bench.path(name)).expect("it is there");
        }
    }
    let solid_angle = done.number("solid angle subtended by detector = ");
    Some(Outcome { floats, files, solid_angle, decisive: done.decisive })
}

/// Whether a user would see the outcomes as different: not where another order of rounding changes
/// a last digit, nor where the solid angle is that of the first sub-pixels.
fn differ(a: &Outcome, b: &Outcome) -> bool {
    if a.floats == b.floats {
        let angles = (a.solid_angle - b.solid_angle).abs() > 1e-2 * a.solid_angle.abs();
        return a.files != b.files || angles;
    }
    let largest = a.floats.iter().chain(&b.floats).fold(0f32, |most, value| most.max(*value));
    let mut pairs = a.floats.iter().zip(&b.floats);
    let other_text = a.files[0].len() != b.files[0].len() || a.files[0][..512] != b.files[0][..512];
    other_text || pairs.any(|(a, b)| (a - b).abs() > 1e-6 * largest)
}

/// What the other set-ups leave out.
const SINGLE: [&str; 16] = [
    "-misset random -misset_seed 5",
    "-misset_seed 40 -phi 1 -osc 2",
    "-xds -distance 60 -Xbeam 4",
    "-pix0_vector 0.05 0.01 -0.012",
    "-twotheta 9",
    "-interpolate -hkl g.hkl",
    "-xtalsize 0.000002 -hkl g.hkl -pixel 0.5",
    "-hkl f.hkl",
    "-dump swallowed.bin",
    "-curved_det -Xbeam 7",
    "-detector_abs inf -detector_thick 30",
    "-oversample_thick",
    "-adc -45",
    "-mask mask.img -detpixels_f 16",
    "-img long.img -detector_rotx 3.14159 -detector_roty 2.71828 -phi 12.3456 -twotheta 1.12345",
    "-sample_y 0.2",
];

#[test]
fn what_is_decisive_makes_a_difference_and_nothing_else_does() {
    let base = "-cell 12 13 15 90 90 90 -N 3 -default_F 40 -distance 50 -pixel 3 -detpixels 12 \
                -oversample 1";
    let singles = SINGLE.map(|options| format!("{base} {options}"));
    let lines = RICH.into_iter().chain(PLAIN).chain(singles.iter().map(String::as_str));
    let (mut met, mut unmet) = (Quirks::NONE, Quirks::NONE);
    for line in lines {
        for (start, sign) in [("c", '-'), ("none", '+')] {
            let bench = bench();
            let line = format!("-seed 3 {line} -quirks {start}");
            let plain = outcome(&bench, &line).unwrap_or_else(|| panic!("refused: {line}"));
            assert!(start == "c" || plain.decisive.is_empty(), "{line}: {}", plain.decisive);
            for &quirk in Quirk::ALL {
                let other = format!("{line},{sign}{}", quirk.name());
                // Some switches alone leave a request that cannot be rendered.
                let Some(found) = outcome(&bench, &other) else { continue };
                let on = if start == "c" { &plain } else { &found };
                let differ = differ(&plain, &found);
                assert_eq!(on.decisive.has(quirk), differ, "{other}: {}", on.decisive);
                if differ { &mut met } else { &mut unmet }.insert(quirk);
            }
        }
    }
    assert_eq!(unmet, Quirks::C, "each switch was without effect somewhere");
    assert_eq!(met, Quirks::C, "each switch had an effect somewhere");
}

#[test]
fn every_switch_has_its_section_in_the_specification() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/quirks.md");
    let text = fs::read_to_string(path).expect("the specification");
    // Other clauses of the file have a number of 50 and more.
    let sections: Vec<&str> =
        text.split("\n## AT-QRK-0").skip(1).filter(|section| section < &"5").collect();
    let names = sections.iter().filter_map(|section| section.lines().next()?.split(' ').nth(1));
    assert_eq!(
        names.collect::<Vec<_>>(),
        Quirk::ALL.iter().map(|quirk| quirk.name()).collect::<Vec<_>>()
    );
    for section in sections {
        for part in ["**The C program**", "**Corrected**", "**Decisive**", "**Checked**"] {
            assert!(section.contains(part), "{part} is missing: {:?}", section.lines().next());
        }
    }
}

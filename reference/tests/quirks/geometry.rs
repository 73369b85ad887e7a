//! `convention-pivot`, `pix0-ignored`, `twotheta-ratio`, `curved-axes`.

use std::f64::consts::PI;

use nanobragg_reference::experiment::Detector;
use nanobragg_reference::vector::Vector;
use nanobragg_reference::{Experiment, Quirk};

use super::physics;
use super::support::{
    Bench, combine, corrected, cross, dot, kept, length, refused, same, same_vector, turn,
    turn_xyz, unit,
};

/// A detector of 50 × 40 pixels of 0.4 mm: 20 × 16 mm.
const BASE: &str = "-cell 60 60 60 90 90 90 -N 5 -default_F 1 -oversample 1 -pixel 0.4 -detpixels_f 50 -detpixels_s 40";

fn experiment(line: &str) -> Experiment {
    Bench::new().job(&format!("{BASE} {line}")).experiment
}

/// Where the beam passes through the plane of the detector: fast, slow, and the way from the
/// sample, m. The plane is taken from its two axes.
fn hit(experiment: &Experiment) -> [f64; 3] {
    let Detector { fdet, sdet, pix0, .. } = experiment.detector;
    let normal = cross(fdet, sdet);
    let beam = experiment.beam.direction;
    let way = dot(pix0, normal) / dot(beam, normal);
    let spot = combine([(way, beam), (-1.0, pix0)]);
    [dot(spot, fdet), dot(spot, sdet), way]
}

/// The point of the plane nearest to the sample: fast, slow, and its distance, m.
fn foot(experiment: &Experiment) -> [f64; 3] {
    let Detector { fdet, sdet, odet, pix0, .. } = experiment.detector;
    [-dot(pix0, fdet), -dot(pix0, sdet), dot(pix0, odet)]
}

fn check(found: [f64; 3], expected_mm: [f64; 3], what: &str) {
    same_vector(found.map(|m| m * 1e3), expected_mm, 1e-10, what);
}

/// Each convention with the option that selects it, and how it maps X and Y (mm) to fast and slow
/// on a detector of 16 mm height with pixels of 0.4 mm.
type Mapping = fn([f64; 2]) -> [f64; 2];
const CONVENTIONS: [(&str, Mapping); 6] = [
    ("-mosflm", |[x, y]| [y + 0.2, x + 0.2]),
    ("-denzo", |[x, y]| [y, x]),
    ("-adxv", |[x, y]| [x, 16.0 - y]),
    ("-xds", |[x, y]| [x, y]),
    ("-dials", |[x, y]| [x, y]),
    // Own axes: a slow axis that points up.
    ("-fdet_vector 0 0 1 -sdet_vector 0 1 0 -odet_vector 1 0 0", |[x, y]| [x, y]),
];
const TILT: &str = "-detector_rotx 7 -detector_roty -5 -detector_rotz 4";

#[test]
fn convention_pivot_off_beam_centres() {
    for quirks in corrected(Quirk::ConventionPivot) {
        for (convention, map) in CONVENTIONS {
            for tilt in ["", TILT] {
                // Own axes come last: a value such as -1 must not select another convention.
                let line = |more: &str| format!("{tilt} {convention} {more} {quirks}");
                let [f, s] = map([6.0, 9.0]);
                let beam = experiment(&line("-Xbeam 6 -Ybeam 9 -distance 80"));
                check(hit(&beam), [f, s, 80.0], &line("-Xbeam"));
                let spot = beam.detector.beam_spot;
                check([spot[0], spot[1], beam.detector.distance], [f, s, 80.0], &line("reported"));

                // One of the two: the other stays where it is by default.
                let [f0, s0, _] = hit(&experiment(&line("-distance 80")));
                for (given, [f, s]) in
                    [("-Xbeam 6", map([6.0, f64::NAN])), ("-Ybeam 9", map([f64::NAN, 9.0]))]
                {
                    let found = hit(&experiment(&line(&format!("{given} -distance 80"))));
                    let or = |value: f64, default: f64| {
                        if value.is_nan() { 1e3 * default } else { value }
                    };
                    check([found[0], found[1], 0.0], [or(f, f0), or(s, s0), 0.0], given);
                }

                let near = experiment(&line("-Xclose 6 -Yclose 9 -close_distance 80"));
                check(foot(&near), [6.0, 9.0, 80.0], &line("-Xclose"));
                let org = experiment(&line("-ORGX 15.5 -ORGY 23 -close_distance 80"));
                check(foot(&org), [6.0, 9.0, 80.0], &line("-ORGX"));
                let pixels = org.detector.org;
                check([pixels[0], pixels[1], 0.0].map(|x| x * 1e-3), [15.5, 23.0, 0.0], "org");
            }
        }
    }
}

#[test]
fn convention_pivot_off_pivots() {
    for quirks in corrected(Quirk::ConventionPivot) {
        for (convention, _) in CONVENTIONS {
            let line = |more: &str| format!("{convention} {more} {quirks}");
            let straight = experiment(&line("-close_distance 80"));
            // What stays where it was: the nearest point, or the spot and its distance.
            let by_sample = [
                "-close_distance 80 -pivot sample",
                "-pivot sample -close_distance 80",
                "-close_distance 80 -twotheta 12",
                "-close_distance 80",
            ];
            for options in by_sample {
                let turned = experiment(&line(&format!("{TILT} {options}")));
                check(foot(&turned), foot(&straight).map(|m| m * 1e3), &line(options));
            }
            for options in [
                "-distance 80",
                "-pivot beam -distance 80",
                "-twotheta 12 -pivot beam -distance 80",
                "-ORGX 25.5 -distance 80",
            ] {
                let turned = experiment(&line(&format!("{TILT} {options}")));
                let unturned = experiment(&line(options));
                assert_eq!(unturned.detector.pivot, turned.detector.pivot);
                let kept = [hit(&turned)[0], hit(&turned)[1], 0.0];
                let expected = [hit(&unturned)[0], hit(&unturned)[1], 0.0];
                check(kept, expected.map(|m| m * 1e3), &line(options));
            }
            // An explicit pivot holds, whatever comes behind it.
            let last =
                experiment(&line(&format!("{TILT} -pivot sample -ORGX 9 -distance 80 -Xbeam 3")));
            let near = experiment(&line("-pivot sample -ORGX 9 -distance 80 -Xbeam 3"));
            check(
                [foot(&last)[0], foot(&last)[1], 0.0],
                [foot(&near)[0] * 1e3, foot(&near)[1] * 1e3, 0.0],
                &line("explicit"),
            );
            // About the sample, the distance asked for is that along the beam once it is turned.
            same(hit(&last)[2], 0.08, 1e-12, "distance along the beam");
        }
    }
}

/// Where the beam is not along the normal, spot and nearest point are far apart.
#[test]
fn convention_pivot_off_skew_beam() {
    const BEAM: Vector = [1.0, 0.2, -0.1];
    for quirks in corrected(Quirk::ConventionPivot) {
        let skew = "-beam_vector 1 0.2 -0.1";
        for options in ["-distance 80 -pivot sample", "-distance 80", "-close_distance 70"] {
            let straight = experiment(&format!("{skew} -Xbeam 6 -Ybeam 9 {options} {quirks}"));
            check(
                [hit(&straight)[0], hit(&straight)[1], 0.0],
                [6.0, 9.0, 0.0],
                &format!("{options} {quirks}"),
            );
            let near = experiment(&format!("{skew} -Xclose 6 -Yclose 9 {options} {quirks}"));
            check(
                [foot(&near)[0], foot(&near)[1], 0.0],
                [6.0, 9.0, 0.0],
                &format!("{options} {quirks}"),
            );
        }
        // Turned about the sample: turned back, the beam hits what was asked for.
        for distance in ["-distance 80", "-close_distance 70"] {
            let options = format!("{skew} -Xbeam 6 -Ybeam 9 {distance} -pivot sample {quirks}");
            let found =
                experiment(&format!("-detector_rotx 7 -detector_rotz 4 {options}")).detector;
            let back = |v: Vector| {
                turn(
                    turn(v, [0.0, 0.0, 1.0], -4f64.to_radians()),
                    [1.0, 0.0, 0.0],
                    -7f64.to_radians(),
                )
            };
            let mut unturned = experiment(&options);
            unturned.detector.fdet = back(found.fdet);
            unturned.detector.sdet = back(found.sdet);
            unturned.detector.pix0 = back(found.pix0);
            check([hit(&unturned)[0], hit(&unturned)[1], 0.0], [6.0, 9.0, 0.0], distance);
            same_vector(unturned.beam.direction, unit(BEAM), 1e-15, "beam");
        }
        // About the spot: the nearest point before the turn.
        let options = format!("{skew} -Xclose 6 -Yclose 9 -close_distance 70 -pivot beam {quirks}");
        let turned = experiment(&format!("-detector_rotx 7 -detector_rotz 4 {options}"));
        let [f, s, way] = hit(&turned);
        let [b_f, b_s] = [[0.0, 0.0, 1.0], [0.0, -1.0, 0.0]].map(|axis| dot(unit(BEAM), axis));
        check([f - way * b_f, s - way * b_s, 0.0], [6.0, 9.0, 0.0], "about the spot");
    }
}

#[test]
fn convention_pivot_on() {
    for quirks in kept(Quirk::ConventionPivot) {
        let pix0 = |line: &str| experiment(&format!("{line} {quirks}")).detector.pix0;
        let decisive = |line: &str| {
            let job = Bench::new().job(&format!("{BASE} {line} {quirks}"));
            job.decisive.has(Quirk::ConventionPivot)
        };
        // The convention decides which options count …
        for (convention, idle) in [
            ("-xds", "-Xbeam 3 -Ybeam 4"),
            ("-dials", "-Xclose 3 -Yclose 4"),
            ("-mosflm", "-ORGX 3 -ORGY 4"),
            ("-adxv", "-Xclose 3 -Yclose 4"),
            ("-denzo", "-ORGX 3"),
        ] {
            assert_eq!(pix0(convention), pix0(&format!("{convention} {idle}")), "{convention}");
            assert!(decisive(&format!("{convention} {idle}")), "{convention} {idle}");
        }
        // … and about what the detector turns.
        for (convention, pivot, other) in
            [("-mosflm", "beam", "sample"), ("-xds", "sample", "beam")]
        {
            let line = |pivot: &str| format!("{convention} {TILT} -Xbeam 3 -ORGX 8 -pivot {pivot}");
            assert_eq!(pix0(&line(pivot)), pix0(&line(other)));
            assert!(decisive(&line(other)));
        }
        // Where the beam is off the normal, what is the nearest point is no beam centre.
        assert!(decisive("-beam_vector 1 0.2 -0.1 -Xclose 6 -Yclose 9 -close_distance 70"));
        let custom = "-fdet_vector 0 0 1 -pivot sample";
        assert_ne!(
            pix0(&format!("{custom} {TILT}")),
            pix0(&format!("{custom} -distance 100 {TILT}")),
            "the last option counts"
        );
        for line in [
            "",
            "-distance 70",
            "-Xbeam 3 -Ybeam 4",
            "-mosflm -Xbeam 3 -detector_rotx 10",
            "-xds -ORGX 4 -ORGY 9 -close_distance 70",
            "-xds -ORGX 4 -ORGY 9 -close_distance 70 -detector_rotx 10 -twotheta 5",
            "-dials",
            "-adxv -distance 70 -detector_roty 3",
        ] {
            assert!(!decisive(line), "{line}");
            let other = experiment(&format!("{line} -quirks none")).detector;
            same_vector(pix0(line), other.pix0, 1e-15, line);
        }
    }
}

#[test]
fn pix0_ignored() {
    let options = format!("{TILT} -twotheta 6 -distance 80 -Xbeam 3");
    for quirks in corrected(Quirk::Pix0Ignored) {
        for (name, factor) in [("-pix0_vector", 1.0), ("-pix0_vector_mm", 1000.0)] {
            let [x, y, z] = [0.093, 0.011, -0.007].map(|m| m * factor);
            let found = experiment(&format!("{options} {name} {x} {y} {z} {quirks}"));
            same_vector(found.detector.pix0, [0.093, 0.011, -0.007], 1e-16, name);
            // The axes are turned all the same, and everything else follows.
            let expected = turn_xyz([0.0, 0.0, 1.0], [7.0, -5.0, 4.0]);
            let expected = turn(expected, [0.0, 1.0, 0.0], 6.0 * PI / 180.0);
            same_vector(found.detector.fdet, expected, 1e-15, "fast axis");
            let [f, s, distance] = foot(&found);
            let [fclose, sclose] = found.detector.near_point;
            same_vector(
                [fclose, sclose, found.detector.close_distance],
                [f, s, distance],
                1e-16,
                name,
            );
        }
        // A detector at its own place: the same image.
        let plain = "-distance 80 -Xbeam 3 -Ybeam 7";
        let bench = Bench::new();
        let here = bench.image(&format!("{BASE} {plain} -twotheta_axis 0 0 -1 {quirks}"));
        let [x, y, z] =
            experiment(&format!("{plain} -twotheta_axis 0 0 -1 {quirks}")).detector.pix0;
        let there =
            format!("{BASE} -distance 55 -twotheta_axis 0 0 -1 -pix0_vector {x} {y} {z} {quirks}");
        assert_eq!(here, bench.image(&there));
        // Neither in the plane of the sample nor with the back to it.
        refused(bench.try_job(&format!("{BASE} -pix0_vector 0 0.1 0.1 {quirks}")), "plane");
        refused(bench.try_job(&format!("{BASE} -pix0_vector -0.1 0 0 {quirks}")), "-odet_vector");
    }
    for quirks in kept(Quirk::Pix0Ignored) {
        let place = |more: &str| experiment(&format!("{options} {more} {quirks}")).detector.pix0;
        // Only the convention that the option selects counts.
        assert_eq!(place("-pix0_vector 0.1 0 0"), place("-pix0_vector_mm 9 9 9"));
        assert_eq!(place("-pix0_vector 0.1 0 0"), place("-fdet_vector 0 0 1"));
        let decisive = |more: &str| {
            let job = Bench::new().job(&format!("{BASE} {options} {more} {quirks}"));
            job.decisive.has(Quirk::Pix0Ignored)
        };
        assert!(decisive("-pix0_vector 0.1 0 0"));
        assert!(!decisive("-fdet_vector 0 0 1"));
        let [x, y, z] = place("-fdet_vector 0 0 1");
        assert!(!decisive(&format!("-pix0_vector {x} {y} {z}")), "values that are true");
    }
}

#[test]
fn twotheta_ratio() {
    for convention in ["-mosflm", "-adxv", "-xds", "-dials", "-beam_vector 1 0.1 0"] {
        for pivot in ["-pivot beam", "-pivot sample", ""] {
            let line = format!("{convention} {TILT} -twotheta 25 -close_distance 80 {pivot}");
            for quirks in corrected(Quirk::TwothetaRatio) {
                let found = experiment(&format!("{line} {quirks}"));
                let detector = &found.detector;
                let [f, s] = detector.beam_spot;
                let what = format!("{line} {quirks}");
                check([f, s, detector.distance], hit(&found).map(|m| m * 1e3), &what);
            }
            for quirks in kept(Quirk::TwothetaRatio) {
                let found = experiment(&format!("{line} {quirks}"));
                let wrong = (found.detector.distance - hit(&found)[2]).abs();
                assert!(wrong > 1e-2 * hit(&found)[2], "{line} {quirks}: {wrong}");
                let job = Bench::new().job(&format!("{BASE} {line} {quirks}"));
                assert!(job.decisive.has(Quirk::TwothetaRatio));
                let still = line.replace("-twotheta 25", "-twotheta 0");
                let job = Bench::new().job(&format!("{BASE} {still} {quirks}"));
                assert!(!job.decisive.has(Quirk::TwothetaRatio));
                // Where the detector is does not depend on the switch.
                let other = experiment(&format!("{line} {}", quirks.replace("none", "c")));
                let off = experiment(&format!("{line} -quirks c,-twotheta-ratio"));
                assert_eq!(other.detector.pix0, off.detector.pix0);
            }
        }
    }
    // Beyond 90° the beam does not meet the detector: the ratio without the swing stays.
    let [c, none] = ["c", "none"].map(|quirks| {
        experiment(&format!("-xds -twotheta 120 -close_distance 80 -quirks {quirks}")).detector
    });
    assert_eq!((c.distance, c.beam_spot), (none.distance, none.beam_spot));
    same(none.distance, 0.08, 1e-12, "distance");
}

#[test]
fn curved_axes() {
    let line = "-Xbeam 6 -Ybeam 9 -distance 30 -curved_det -nopgm";
    for quirks in corrected(Quirk::CurvedAxes) {
        for (convention, _) in CONVENTIONS {
            let line = format!("{BASE} {convention} {line} {quirks}");
            let bench = Bench::new();
            let detector = bench.job(&line).experiment.detector;
            let Detector { fdet, sdet, odet, beam_spot: [f0, s0], .. } = detector;
            for pixel in bench.traces(&line) {
                let at = |index: usize| (index as f64 + 0.5) * 0.4e-3;
                let (f, s) = (at(pixel.fast) - f0, at(pixel.slow) - s0);
                // Longitude along the fast axis, latitude along the slow one, on a sphere.
                let (u, v) = (f / 0.03, s / 0.03);
                let expected = combine([
                    (0.03 * u.sin(), fdet),
                    (0.03 * u.cos() * v.sin(), sdet),
                    (0.03 * u.cos() * v.cos(), odet),
                ]);
                same_vector(pixel.position, expected, 1e-14, &line);
                same(length(pixel.position), 0.03, 1e-13, "radius");
                // The arc along the fast axis is as long as the offset on the detector.
                let arc = 0.03 * (dot(pixel.position, fdet) / 0.03).asin();
                assert!((arc - f).abs() < 1e-13, "{arc} for {f}");
            }
        }
        // Turned and with a beam that is not along the normal, against quaternions.
        for tilt in [TILT, "-beam_vector 1 0.2 -0.1"] {
            let line = format!("{BASE} {line} {tilt} {quirks}");
            let bench = Bench::new();
            let experiment = bench.job(&line).experiment;
            for pixel in bench.traces(&line) {
                let at = |index: usize| (index as f64 + 0.5) * 0.4e-3;
                let expected = physics::curved(&experiment, at(pixel.fast), at(pixel.slow));
                same_vector(pixel.position, expected, 1e-14, tilt);
                same(length(pixel.position), experiment.detector.distance, 1e-12, "radius");
            }
        }
    }
    for quirks in kept(Quirk::CurvedAxes) {
        let bench = Bench::new();
        // In MOSFLM's frame the image is transposed about the beam: what is along fast appears
        // along slow.
        let line = format!("{BASE} {line} {quirks}");
        assert!(bench.job(&line).decisive.has(Quirk::CurvedAxes));
        assert!(!bench.job(&line.replace("-curved_det", "")).decisive.has(Quirk::CurvedAxes));
        let flat = bench.traces(&line.replace("-curved_det", ""));
        for (curved, flat) in bench.traces(&line).iter().zip(flat) {
            let [_, y, z] = flat.position.map(|x| x / 0.03);
            // About the slow axis (−y) by y/distance, which moves along z, …
            let x = y.cos() * z.cos();
            let expected = [x, y.cos() * z.sin(), y.sin()].map(|x| x * 0.03);
            same_vector(curved.position, expected, 1e-14, &quirks);
        }
    }
}

//! `sensor-layers`, `running-product`, `zero-capture`, `water-scale`, `solid-angle-report`.

use nanobragg_reference::vector::Vector;
use nanobragg_reference::{Experiment, Quirk};
use ndarray::Array2;

use super::physics::{self, AVOGADRO, R_E_SQR};
use super::support::{
    Bench, agree, combine, corrected, cross, distance, dot, kept, length, same, smv_with, wide,
};

/// One cell scatters as much everywhere: what is left is the detector.
const ATOM: &str = "-cell 60 60 60 90 90 90 -N 1 -default_F 100 -lambda 1 -distance 500 -pixel 30 \
                    -detpixels 8 -oversample 1 -detector_roty 20";

/// Cosines between rays and normal, in scan order.
fn slants(bench: &Bench, line: &str) -> Vec<f64> {
    let detector = bench.job(line).experiment.detector;
    let traces = bench.traces(line);
    traces.iter().map(|t| dot(t.position, detector.odet) / length(t.position)).collect()
}

#[test]
fn sensor_layers() {
    let bench = Bench::new();
    for quirks in corrected(Quirk::SensorLayers) {
        let bare = bench.image(&format!("{ATOM} {quirks}"));
        let slants = slants(&bench, &format!("{ATOM} {quirks}"));
        // However many layers there are, the whole sensor stops 1 − exp(−µT/cos).
        for (layers, options, depths) in [
            (1, "-detector_thick 20 -detector_abs 30 -thicksteps 1", 20.0 / 30.0),
            (2, "-detector_thick 20 -detector_abs 30", 20.0 / 30.0),
            (3, "-detector_abs 30 -detector_thick 20 -detector_thicksteps 3", 20.0 / 30.0),
            (40, "-detector_thick 20 -detector_abs 30 -detector_thicksteps 40", 20.0 / 30.0),
            (5, "-detector_thick 20 -thicksteps 5", 1.0),
            (2, "-detector_thick 20 -detector_abs inf -detector_abs 30", 20.0 / 30.0),
        ] {
            let line = format!("{ATOM} {options} {quirks}");
            let sensor = bench.job(&line).experiment.detector.sensor;
            assert_eq!(sensor.layers, layers, "{line}");
            same(sensor.step * layers as f64, 20e-6, 1e-13, "layers side by side");
            let fractions = slants.iter().map(|slant| 1.0 - (-depths / slant).exp()).collect();
            let fractions = Array2::from_shape_vec((8, 8), fractions).expect("64 pixels");
            // A layer deeper is 4·10⁻⁸ of the distance away.
            agree(&bench.image(&line), &(wide(&bare) * fractions), 5e-6, &line);
        }
        // No absorption, in either order; steps without a thickness.
        for options in [
            "-detector_abs inf -detector_thick 20",
            "-detector_thick 20 -detector_abs inf",
            "-detector_thick 20 -detector_abs 0 -thicksteps 3",
            "-thicksteps 3",
        ] {
            assert_eq!(bench.image(&format!("{ATOM} {options} {quirks}")), bare, "{options}");
        }
    }
    for quirks in kept(Quirk::SensorLayers) {
        let bare = bench.image(&format!("{ATOM} {quirks}"));
        let slants = slants(&bench, &format!("{ATOM} {quirks}"));
        let decisive = |options: &str| {
            let job = bench.job(&format!("{ATOM} {options} {quirks}"));
            job.decisive.has(Quirk::SensorLayers)
        };
        // N layers of T/(N − 1), all with the fraction of the last.
        for (steps, layers, step) in [(1, 2.0, 20.0), (2, 2.0, 20.0), (4, 4.0, 20.0 / 3.0)] {
            let options = format!("-detector_thick 20 -detector_abs 30 -thicksteps {steps}");
            let line = format!("{ATOM} {options} {quirks}");
            let fractions = slants.iter().map(|slant| {
                let depth = |count: f64| (-count * step / 30.0 / slant).exp();
                layers * (depth(layers - 1.0) - depth(layers))
            });
            let fractions = Array2::from_shape_vec((8, 8), fractions.collect()).expect("64 pixels");
            agree(&bench.image(&line), &(wide(&bare) * fractions), 5e-6, &line);
            assert!(decisive(&options));
        }
        let dark = format!("{ATOM} -detector_abs inf -detector_thick 20 {quirks}");
        assert!(bench.image(&dark).iter().all(|&photons| photons == 0.0));
        assert!(decisive("-detector_abs inf -detector_thick 20"));
        // What is taken back does not come back.
        let again = "-detector_thick 20 -detector_abs inf -detector_abs 30";
        assert_eq!(bench.image(&format!("{ATOM} {again} {quirks}")), bare);
        assert!(decisive(again));
        for options in ["", "-thicksteps 3", "-detector_thick 20 -detector_abs inf"] {
            assert_eq!(bench.image(&format!("{ATOM} {options} {quirks}")), bare);
            assert!(!decisive(options), "{options}");
        }
    }
}

/// Many terms in each pixel; none at φ = 0.
const TERMS: &str = "-cell 20 23 26 90 90 90 -misset 10 20 30 -N 2 -default_F 10 -lambda 1 -denzo \
                     -Xbeam 13 -Ybeam 17 -distance 40 -hdivrange 30 -hdivsteps 2 -dispersion 4 \
                     -dispsteps 2 -mosaic 2 -mosaic_domains 2 -phi 1 -osc 3 -phisteps 2 -polar 0.9";
const EACH: &str = "-oversample_omega -oversample_polar";

#[test]
fn running_product() {
    let bench = Bench::new();
    let coarse = "-pixel 4 -detpixels 8 -oversample 2";
    let fine = "-pixel 2 -detpixels 16 -oversample 1";
    let sensor = "-oversample_thick -detector_thick 900 -detector_abs 500 -thicksteps 3";
    for quirks in corrected(Quirk::RunningProduct) {
        for more in ["", sensor] {
            // The photons of a pixel are those of its quarters.
            let whole = bench.image(&format!("{TERMS} {coarse} {EACH} {more} {quirks}"));
            let parts = bench.image(&format!("{TERMS} {fine} {EACH} {more} {quirks}"));
            let sums = Array2::from_shape_fn((8, 8), |(s, f)| {
                let quarter = |i: usize| f64::from(parts[[2 * s + i / 2, 2 * f + i % 2]]);
                (0..4).map(quarter).sum::<f64>()
            });
            agree(&whole, &sums, 3e-7, &format!("{more} {quirks}"));
        }
        // One alone: close to what the first sub-pixel's factor gives.
        let once = bench.image(&format!("{TERMS} {fine} {quirks}"));
        for option in EACH.split(' ') {
            let each = bench.image(&format!("{TERMS} {fine} {option} {quirks}"));
            assert!(distance(&each, &once) < 0.02, "{option}");
        }
    }
    for quirks in kept(Quirk::RunningProduct) {
        let line = format!("{TERMS} {coarse} {EACH} {quirks}");
        let experiment = bench.job(&line).experiment;
        let expected = Array2::from_shape_fn((8, 8), |(s, f)| {
            let terms = physics::terms(&experiment, f, s);
            let sum = terms.iter().fold(0.0, |sum, t| (sum + t.strength) * t.polar * t.omega);
            R_E_SQR * experiment.beam.fluence * sum / f64::from(experiment.sampling.steps)
        });
        agree(&bench.image(&line), &expected, 1e-6, &line);
        let right = bench.image(&format!("{TERMS} {coarse} {EACH} -quirks none"));
        assert!(distance(&bench.image(&line), &right) > 0.5);
        let decisive = |options: &str| {
            let job = bench.job(&format!("{options} {quirks}"));
            job.decisive.has(Quirk::RunningProduct)
        };
        for option in ["-oversample_omega", "-oversample_polar", sensor] {
            assert!(decisive(&format!("{TERMS} {fine} {option}")), "{option}");
            // A single term has no sum before it.
            let single = format!("{ATOM} {}", option.split(' ').next().unwrap_or_default());
            assert!(!decisive(&single), "{option}");
        }
        assert!(decisive(&format!("{ATOM} -oversample_omega -water 1")));
        assert!(!decisive(&format!("{TERMS} {coarse}")));
        assert!(!decisive(&format!("{TERMS} {coarse} -oversample_thick")), "no sensor");
    }
}

/// The water of the C program is no term: it gets each factor once.
#[test]
fn running_product_off_with_the_water_of_the_c_program() {
    let bench = Bench::new();
    let line = format!("{TERMS} -pixel 4 -detpixels 8 -oversample 1 -fluence 1e24");
    let without = wide(&bench.image(&format!("{line} {EACH} -quirks c,-running-product")));
    for options in ["", "-oversample_omega", "-oversample_polar", EACH] {
        let line = format!("{line} {options} -water 30 -quirks c,-running-product");
        let experiment = bench.job(&line).experiment;
        let twice = experiment.sampling.background * R_E_SQR * 1e24;
        let expected = Array2::from_shape_fn((8, 8), |(s, f)| {
            let own = physics::water(&experiment, f, s) / R_E_SQR / 1e24;
            // The same factors, another scale.
            let molecules = 2.57f64.powi(2) * 30e-6f64.powi(3) * 1e6 / 18.0 * AVOGADRO;
            twice * own / molecules / f64::from(experiment.sampling.steps)
        });
        let dark: f64 = without.iter().fold(0.0, |most, &value| most.max(value));
        let bright = expected.iter().fold(f64::MAX, |least, &value| least.min(value));
        assert!(bright > 1e4 * dark, "the water outshines the crystal: {bright} {dark}");
        // The polarization with the option is that of the last source, not of the first.
        let tolerance = if options.contains("polar") { 0.05 } else { 1e-4 };
        agree(&bench.image(&line), &expected, tolerance, &line);
    }
}

#[test]
fn zero_capture() {
    let bench = Bench::new();
    let line = format!("{TERMS} -pixel 4 -detpixels 8 -oversample 2");
    for quirks in corrected(Quirk::ZeroCapture) {
        let image = |options: &str| bench.image(&format!("{line} {options} {quirks}"));
        assert_eq!(image("-oversample_thick"), image(""), "a sensor of no thickness");
        assert_eq!(image("-nopolar -oversample_polar"), image("-nopolar"), "no polarization");
        // Without polarization the image is that of the factors 1.
        let ratio = wide(&image("-nopolar -oversample_omega")) / wide(&image("-oversample_omega"));
        assert!(ratio.iter().all(|&ratio| ratio >= 1.0));
    }
    for quirks in kept(Quirk::ZeroCapture) {
        let image = |options: &str| bench.image(&format!("{line} {options} {quirks}"));
        assert!(image("-oversample_thick").iter().all(|&photons| photons == 0.0));
        assert_eq!(image("-nopolar -oversample_polar"), image("-oversample_polar"));
        let decisive = |options: &str| {
            let job = bench.job(&format!("{line} {options} {quirks}"));
            job.decisive.has(Quirk::ZeroCapture)
        };
        assert!(decisive("-oversample_thick"));
        assert!(decisive("-nopolar -oversample_polar"));
        for options in [
            "",
            "-nopolar",
            "-oversample_polar",
            "-oversample_omega",
            "-oversample_thick -detector_thick 100",
            "-nopolar -polar 0.5 -oversample_polar",
        ] {
            assert!(!decisive(options), "{options}");
        }
    }
}

/// Nothing but water.
const WATER: &str = "-cell 60 60 60 90 90 90 -hkl dark.hkl -nointerpolate -lambda 1 -distance 50 \
                     -pixel 8 -detpixels 8 -water 20 -fluence 3e24 -polar 0.7";
/// More of everything that must not matter.
const STEPS: &str =
    "-phi 1 -osc 2 -phisteps 3 -mosaic 1 -mosaic_domains 2 -N 3 -dispersion 1 -dispsteps 2";

#[test]
fn water_scale() {
    let bench = Bench::new().with("dark.hkl", "0 0 0 0\n");
    for quirks in corrected(Quirk::WaterScale) {
        // The formula, written out for one pixel on its own.
        let line = format!("{WATER} -oversample 1 -xds -ORGX 4.5 -ORGY 4.5 {quirks}");
        let found = bench.image(&line)[[0, 1]];
        let position: Vector = [-20e-3, -28e-3, 50e-3];
        let r = length(position);
        let (omega, cos) = (8e-3f64.powi(2) * 0.05 / r.powi(3), 0.05 / r);
        // ψ counts from the E-vector, along x here.
        let cos_2psi = (20f64.powi(2) - 28f64.powi(2)) / (20f64.powi(2) + 28f64.powi(2));
        let polar = 0.5 * (1.0 + cos * cos - 0.7 * cos_2psi * (1.0 - cos * cos));
        let molecules = 20e-6f64.powi(3) * 1e6 * AVOGADRO / 18.0;
        let expected = R_E_SQR * 3e24 * 2.57 * 2.57 * molecules * omega * polar;
        same(f64::from(found), expected, 1e-6, &line);
        // And for every pixel and every set-up.
        for options in [
            STEPS,
            "-dmin 4",
            "-dmin 1000",
            "-oversample 3 -oversample_omega -oversample_polar",
            "-nopolar -detector_rotx 10",
            "-detector_thick 300 -detector_abs 200 -thicksteps 3",
            "-point_pixel -curved_det",
        ] {
            let line = format!("{WATER} {options} {quirks}");
            let experiment = bench.job(&line).experiment;
            let expected =
                Array2::from_shape_fn((8, 8), |(s, f)| physics::water(&experiment, f, s));
            agree(&bench.image(&line), &expected, 1e-6, &line);
        }
    }
    for quirks in kept(Quirk::WaterScale) {
        for (options, steps) in [("", 1.0), (STEPS, 12.0), ("-dmin 1.5", 1.0)] {
            let line = format!("{WATER} -oversample 1 {options} {quirks}");
            let experiment = bench.job(&line).experiment;
            let traces = bench.traces(&line);
            let expected = Array2::from_shape_fn((8, 8), |(s, f)| {
                let culled = options == "-dmin 1.5" && 0.5e10 / traces[8 * s + f].stol < 1.5;
                let dark = if culled { 0.0 } else { 1.0 };
                dark * R_E_SQR * 3e24 / steps * physics::water(&experiment, f, s)
            });
            agree(&bench.image(&line), &expected, 1e-6, &line);
            assert!(bench.job(&line).decisive.has(Quirk::WaterScale));
            let zeros = expected.iter().filter(|&&value| value == 0.0).count();
            assert_eq!(zeros > 0, options == "-dmin 1.5", "{options}: {zeros}");
        }
        let dry = format!("{WATER} -water 0 {quirks}");
        assert!(!bench.job(&dry).decisive.has(Quirk::WaterScale));
    }
}

/// The water of the C program is in the sum of each layer, so that the sensor captures it as a whole.
#[test]
fn sensor_layers_off_with_the_water_of_the_c_program() {
    let bench = Bench::new().with("dark.hkl", "0 0 0 0\n");
    let sensor = "-detector_thick 300 -detector_abs 200 -thicksteps 3 -oversample 1";
    let line = format!("{WATER} {sensor} -quirks c,-sensor-layers");
    let experiment = bench.job(&line).experiment;
    let expected =
        Array2::from_shape_fn((8, 8), |(s, f)| R_E_SQR * 3e24 * physics::water(&experiment, f, s));
    // The layers see the pixel from slightly different angles.
    agree(&bench.image(&line), &expected, 2e-3, &line);
}

/// Solid angle of a rectangle: that of two triangles (A. Van Oosterom, J. Strackee, IEEE Trans.
/// Biomed. Eng. 30 (1983) 125).
fn rectangle(experiment: &Experiment, [from, to]: [[usize; 2]; 2]) -> f64 {
    let detector = &experiment.detector;
    let corner = |[f, s]: [usize; 2]| {
        let at = |count: usize| count as f64 * detector.pixel_size;
        combine([(1.0, detector.pix0), (at(f), detector.fdet), (at(s), detector.sdet)])
    };
    let triangle = |points: [[usize; 2]; 3]| {
        let [a, b, c] = points.map(corner);
        let [x, y, z] = [a, b, c].map(length);
        let below = x * y * z + dot(a, b) * z + dot(b, c) * x + dot(c, a) * y;
        2.0 * dot(a, cross(b, c)).abs().atan2(below)
    };
    let (other, opposite) = ([to[0], from[1]], [from[0], to[1]]);
    triangle([from, other, to]) + triangle([from, to, opposite])
}

#[test]
fn solid_angle_report() {
    let mask = smv_with([60, 50], "PIXEL_SIZE=0.4;\n", |fast, _| u16::from(fast >= 20));
    let bench = Bench::new().with("mask.img", mask);
    let base = "-cell 60 60 60 90 90 90 -N 3 -default_F 1 -distance 60 -pixel 0.4 -detpixels_f 60 \
                -detpixels_s 50 -nonoise -nopgm";
    let key = "solid angle subtended by detector = ";
    // Set-up; what the C program multiplies with; the part of the detector that is rendered.
    let whole = [[0, 0], [60, 50]];
    let cases = [
        ("-oversample 1", 1.0, whole),
        ("-oversample 3 -oversample_omega -detector_rotx 15 -twotheta 8", 1.0, whole),
        ("-oversample 1 -mosaic 1 -mosaic_domains 4", 0.25, whole),
        ("-oversample 1 -phi 1 -osc 1 -phisteps 5", 0.2, whole),
        ("-oversample 1 -dispersion 1 -dispsteps 3", 1.0 / 3.0, whole),
        ("-oversample 1 -detector_thick 1 -thicksteps 3", 3.0, whole),
        ("-oversample 1 -roi 5 14 0 29 -mosaic 1 -mosaic_domains 2", 0.5, [[5, 0], [15, 30]]),
        ("-oversample 2 -oversample_omega -mask mask.img -phisteps 2", 0.5, [[20, 0], [60, 50]]),
    ];
    for (options, factor, part) in cases {
        let line = format!("{base} {options}");
        for quirks in corrected(Quirk::SolidAngleReport) {
            let expected = rectangle(&bench.job(&format!("{line} {quirks}")).experiment, part);
            let done = bench.run(&format!("{line} {quirks}"));
            same(done.number(key), expected, 2e-5, options);
            let percent = 100.0 * expected / 4.0 / std::f64::consts::PI;
            same(done.number("steradian ( "), percent, 2e-5, "share of the sphere");
            assert!(!done.decisive.has(Quirk::SolidAngleReport));
        }
        // The layers are those of the switch sensor-layers.
        let done = bench.run(&format!("{line} -quirks c,-sensor-layers"));
        let expected = rectangle(&bench.job(&line).experiment, part);
        same(done.number(key), factor * expected, 1e-4, options);
        assert_eq!(done.decisive.has(Quirk::SolidAngleReport), factor != 1.0, "{options}");
    }
    for quirks in kept(Quirk::SolidAngleReport) {
        let point = bench.run(&format!("{base} -oversample 1 -point_pixel {quirks}"));
        assert!(point.number(key) > 4.0 * std::f64::consts::PI, "1/m² in the place of steradian");
        assert!(point.decisive.has(Quirk::SolidAngleReport));
        // That the first sub-pixel stands for all is not worth a note.
        let done = bench.run(&format!("{base} -oversample 2 {quirks}"));
        assert!(!done.decisive.has(Quirk::SolidAngleReport));
        let none = bench.run(&format!("{base} -oversample 2 -quirks none"));
        same(done.number(key), none.number(key), 1e-3, "sub-pixels");
    }
    let point = bench.run(&format!("{base} -oversample 1 -point_pixel -quirks none"));
    let expected = rectangle(&bench.job(&format!("{base} -oversample 1")).experiment, whole);
    same(point.number(key), expected, 2e-5, "point pixels");
}

//! The oracle against double precision, where that is good, and where it is not.

use nanobragg_reference::engine::{Observer, PixelTrace, Unobserved};
use nanobragg_reference::experiment::R_E_SQR;
use nanobragg_reference::{Experiment, render};

use super::Oracle;
use crate::exact::verdict::judge;
use crate::execute::CommandLine;
use crate::tolerance::pixels::Pixel;

const BASE: &str = "-cell 50 60 70 80 95 105 -misset 10 20 30 -lambda 1.1 -distance 100 \
                    -detpixels 4 -pixel 8 -default_F 100 -seed 1 -oversample 1 -nonoise -nopgm";

fn experiment(options: &str) -> Experiment {
    CommandLine::new(&format!("{BASE} {options}")).resolve().expect("an experiment")
}

/// The pixels of the reference engine in double precision.
struct Doubles<'a> {
    experiment: &'a Experiment,
    pixels: Vec<(usize, usize, f64)>,
}

impl Observer for Doubles<'_> {
    fn wants(&self, _fast: usize, _slow: usize) -> bool {
        true
    }

    fn pixel(&mut self, trace: &PixelTrace) {
        let sum = R_E_SQR * self.experiment.beam.fluence * trace.intensity;
        let factors = trace.capture * trace.polar * trace.omega;
        self.pixels.push((trace.fast, trace.slow, sum / f64::from(trace.steps) * factors));
    }
}

#[test]
fn double_precision_agrees_where_nothing_cancels() {
    for options in [
        "-N 3",
        "-N 1",
        "-N 3 -round_xtal",
        "-N 3 -gauss_xtal -fudge 0.0001",
        "-N 3 -tophat_spots -fudge 0.00001",
        "-N 2 -polar 0.7",
        "-N 2 -nopolar -point_pixel",
        "-N 2 -curved_det",
        "-N 2 -curved_det -quirks none",
        "-N 2 -mosaic 2 -mosaic_dom 4",
        "-N 2 -phi 10 -osc 3 -phisteps 3",
        "-N 2 -oversample 2 -dispersion 3 -dispsteps 3",
        "-N 2 -divergence 5 -divsteps 2 -detector_rotx 5 -twotheta 10",
        "-N 2 -detector_thick 300 -detector_abs 200 -thicksteps 3",
        "-N 2 -water 5",
        "-N 2 -dmin 3 -oversample 2",
    ] {
        let experiment = experiment(options);
        let mut doubles = Doubles { experiment: &experiment, pixels: Vec::new() };
        render(&experiment, &mut doubles).expect("an image");
        let oracle = Oracle::new(&experiment).expect("supported");
        let most = doubles.pixels.iter().fold(0.0, |most: f64, pixel| most.max(pixel.2));
        assert!(most > 0.0, "{options}");
        for &(fast, slow, value) in &doubles.pixels {
            let exact = oracle.pixel(fast, slow).expect("a value").to_f64();
            let off = (exact - value).abs() / most;
            assert!(off < 1e-13, "{options}: fast {fast}, slow {slow}: {value} {exact} {off:e}");
        }
    }
}

#[test]
fn layers_with_their_own_fractions_round_to_the_same_image() {
    let options = "-N 2 -detector_thick 300 -detector_abs 200 -thicksteps 3 -quirks none";
    let experiment = experiment(options);
    let image = render(&experiment, &mut Unobserved).expect("an image").image;
    let oracle = Oracle::new(&experiment).expect("supported");
    for ((slow, fast), &value) in image.indexed_iter() {
        assert_eq!(oracle.pixel(fast, slow).expect("a value").to_f32(), value);
    }
}

/// A pixel at l = 300 to the last bit of a double, of a crystal of 5000 cells along c: the top of a
/// spot, where (sin πNl/sin πl)² is N². The double nearest to π·300 is off by 4·10⁻¹⁴ from a zero
/// of the sine, N times that is rounded to a multiple of 9·10⁻¹⁰, and the quotient of the two sines
/// is left to chance.
#[test]
fn on_top_of_a_spot_of_thousands_of_cells_the_c_program_rounds() {
    let line = CommandLine::new(
        "-cell 20 20 655.7438524302 90 90 90 -Na 1 -Nb 1 -Nc 5000 -default_F 1 -lambda 1 \
         -distance 100 -detpixels 1 -pixel 0.1 -Xbeam -60 -Ybeam -60 -oversample 1 -nopolar",
    );
    let experiment = line.resolve().expect("an experiment");
    let image = render(&experiment, &mut Unobserved).expect("an image").image;
    let exact = Oracle::new(&experiment).expect("supported").pixel(0, 0).expect("a value");
    // N² times the solid angle, which is that of a single cell.
    let single = line.arguments.join(" ").replace("-Nc 5000", "-Nc 1");
    let single = CommandLine::new(&single).resolve().expect("an experiment");
    let single = Oracle::new(&single).expect("supported").pixel(0, 0).expect("a value");
    let peak = 25e6 * single.to_f64();
    assert!((exact.to_f64() - peak).abs() < 1e-12 * peak);
    let value = f64::from(image[[0, 0]]);
    let off = exact.distance(value).expect("finite");
    assert!(off > 1e-6 * peak, "{value} where {peak} is right");

    let better = Pixel { place: 0, expected: value, found: f64::from(exact.to_f32()) };
    let verdict = judge(&experiment, &[better]).expect("a verdict")[0];
    assert!(verdict.is_rounding_of_reference() && verdict.factor() > 1e3);
    let worse = Pixel { found: 2.0 * value - exact.to_f64(), ..better };
    let verdict = judge(&experiment, &[worse]).expect("a verdict")[0];
    assert!(!verdict.is_rounding_of_reference() && verdict.factor() < 1.0);
}

#[test]
fn what_hangs_on_a_decision_has_no_value() {
    for options in [
        "-oversample_thick",
        "-oversample_polar",
        "-oversample_omega",
        "-phi -1 -osc 2 -phisteps 2",
        "-water 5 -quirks none",
        "-mosaic 1 -mosaic_dom 3000",
    ] {
        let experiment = experiment(&format!("-N 2 {options}"));
        assert!(Oracle::new(&experiment).is_err(), "{options}");
    }
    let limit = experiment("-N 2");
    let at_limit = |dmin: f64| {
        let mut experiment = limit.clone();
        experiment.sampling.dmin = dmin;
        Oracle::new(&experiment).expect("supported").pixel(0, 0).is_err()
    };
    let mut trace = Stol(0.0);
    render(&limit, &mut trace).expect("an image");
    assert!(at_limit(0.5 / trace.0));
    assert!(!at_limit(0.500_001 / trace.0));
}

/// sin θ/λ of the first pixel, 1/m.
struct Stol(f64);

impl Observer for Stol {
    fn wants(&self, fast: usize, slow: usize) -> bool {
        (fast, slow) == (0, 0)
    }

    fn pixel(&mut self, trace: &PixelTrace) {
        self.0 = trace.stol;
    }
}

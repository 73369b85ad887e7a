//! `stale-phi`, `triclinic-gamma`, `random-misset-radians`, `misset-clock`, `default-beamsize`.

use std::f64::consts::PI;

use nanobragg_reference::Quirk;
use nanobragg_reference::random::Ran1;
use nanobragg_reference::vector::Vector;
use ndarray::Array2;

use super::support::{
    Bench, agree, corrected, cross, distance, dot, kept, length, same, same_vector, wide,
};

/// A still that is bright everywhere, so that each step shows in each pixel.
const STILL: &str = "-cell 20 23 26 90 90 90 -misset 10 20 30 -N 2 -default_F 10 -lambda 1 \
                     -distance 60 -pixel 3 -detpixels 12 -oversample 1";

/// The mean of single images, one for each spindle angle.
fn mean(quirks: &str, angles: &[f64]) -> Array2<f64> {
    let bench = Bench::new();
    let mut sum = Array2::zeros((12, 12));
    for angle in angles {
        sum += &wide(&bench.image(&format!("{STILL} -phi {angle} {quirks}")));
    }
    sum / angles.len() as f64
}

#[test]
fn stale_phi() {
    let sweep = format!("{STILL} -phi -2 -osc 4 -phisteps 4");
    let from_zero = format!("{STILL} -phi 0 -osc 6 -phisteps 2");
    for quirks in corrected(Quirk::StalePhi) {
        let image = Bench::new().image(&format!("{sweep} {quirks}"));
        agree(&image, &mean(&quirks, &[-2.0, -1.0, 0.0, 1.0]), 2e-7, &quirks);
        let image = Bench::new().image(&format!("{from_zero} {quirks}"));
        agree(&image, &mean(&quirks, &[0.0, 3.0]), 2e-7, &quirks);
    }
    for quirks in kept(Quirk::StalePhi) {
        // The step at 0 repeats the one before it.
        let job = Bench::new().job(&format!("{sweep} {quirks}"));
        assert!(job.decisive.has(Quirk::StalePhi));
        let image = Bench::new().image(&format!("{sweep} {quirks}"));
        agree(&image, &mean(&quirks, &[-2.0, -1.0, -1.0, 1.0]), 2e-7, &quirks);
        // As the first step it repeats the last one, of the pixel before; the first pixel is right.
        let image = Bench::new().image(&format!("{from_zero} {quirks}"));
        let mut expected = mean(&quirks, &[3.0]);
        expected[[0, 0]] = mean(&quirks, &[0.0, 3.0])[[0, 0]];
        agree(&image, &expected, 2e-7, &quirks);
        // The difference is one that a user would see.
        let right = Bench::new().image(&format!("{from_zero} -quirks none"));
        assert!(distance(&image, &right) > 0.1);
        // No step at 0, or no other one: no difference.
        for angles in ["-phi 1 -osc 2", "-phi 0", "-phi 0 -osc 0", "-phi -1 -osc 2 -phisteps 3"] {
            let job = Bench::new().job(&format!("{STILL} {angles} {quirks}"));
            assert!(!job.decisive.has(Quirk::StalePhi), "{angles}");
        }
    }
}

/// Angles between the three vectors, degrees.
fn angles(cell: [Vector; 3]) -> Vector {
    [(1, 2), (2, 0), (0, 1)].map(|(i, j)| {
        let cosine = dot(cell[i], cell[j]) / length(cell[i]) / length(cell[j]);
        cosine.acos().to_degrees()
    })
}

/// The other lattice: vectors whose products with the given ones are 1 or 0.
fn dual([a, b, c]: [Vector; 3]) -> [Vector; 3] {
    let volume = dot(a, cross(b, c));
    [cross(b, c), cross(c, a), cross(a, b)].map(|v| v.map(|x| x / volume))
}

/// A cell with a along x and b in the xy plane.
fn direct([a, b, c]: Vector, degrees: Vector) -> [Vector; 3] {
    let [alpha, beta, gamma] = degrees.map(f64::to_radians);
    let cy = (alpha.cos() - beta.cos() * gamma.cos()) / gamma.sin();
    let cz = (1.0 - beta.cos().powi(2) - cy * cy).sqrt();
    [[a, 0.0, 0.0], [b * gamma.cos(), b * gamma.sin(), 0.0], [c * beta.cos(), c * cy, c * cz]]
}

/// The angles that the C program's z component of c* leads to: it is sin γ/sin γ* times too large
/// in a frame with a* along x and b* in the xy plane.
fn wrong_angles(lengths: Vector, degrees: Vector) -> Vector {
    let star = dual(direct(lengths, degrees));
    let star_angles = angles(star);
    let mut skewed = direct(star.map(length), star_angles);
    let [_, _, gamma] = degrees;
    skewed[2][2] *= gamma.to_radians().sin() / star_angles[2].to_radians().sin();
    angles(dual(skewed))
}

#[test]
fn triclinic_gamma() {
    const CELLS: [[f64; 6]; 4] = [
        [70.0, 80.0, 90.0, 75.0, 85.0, 95.0],
        [60.0, 60.0, 60.0, 80.0, 80.0, 80.0],
        [70.0, 80.0, 90.0, 75.0, 85.0, 90.0],
        [31.0, 47.0, 12.0, 112.0, 96.0, 61.0],
    ];
    const MISSET: &str = "-misset 11 -50 37 -default_F 1 -detpixels 4 -oversample 1";
    for [a, b, c, alpha, beta, gamma] in CELLS {
        let (lengths, degrees) = ([a, b, c], [alpha, beta, gamma]);
        let line = format!("-cell {a} {b} {c} {alpha} {beta} {gamma} {MISSET}");
        for quirks in corrected(Quirk::TriclinicGamma) {
            let job = Bench::new().job(&format!("{line} {quirks}"));
            let crystal = &job.experiment.crystal;
            let found = angles(crystal.cell);
            for i in 0..3 {
                same(length(crystal.cell[i]) * 1e10, lengths[i], 1e-13, "length");
                same(found[i], degrees[i], 1e-12, "angle");
                let product = dot(crystal.cell[i], crystal.reciprocal[i]) * 1e10;
                same(product, 1.0, 1e-13, "direct times reciprocal");
            }
            assert!(!job.decisive.has(Quirk::TriclinicGamma));
        }
        for quirks in kept(Quirk::TriclinicGamma) {
            let job = Bench::new().job(&format!("{line} {quirks}"));
            let (found, expected) =
                (angles(job.experiment.crystal.cell), wrong_angles(lengths, degrees));
            for i in 0..3 {
                same(length(job.experiment.crystal.cell[i]) * 1e10, lengths[i], 1e-13, "length");
                same(found[i], expected[i], 1e-12, "wrong angle");
            }
            let off = (0..3).map(|i| (found[i] - degrees[i]).abs()).fold(0.0, f64::max);
            assert!(off > 1e-3, "{off}");
            assert!(job.decisive.has(Quirk::TriclinicGamma));
        }
    }
    for cell in ["100 100 100 90 90 120", "60 70 80 90 95 90", "60 70 80 75 90 90"] {
        let [c, none] = ["c", "none"]
            .map(|quirks| Bench::new().job(&format!("-cell {cell} {MISSET} -quirks {quirks}")));
        assert!(c.decisive.is_empty(), "{cell}: {}", c.decisive);
        for i in 0..3 {
            let (a, b) = (c.experiment.crystal.cell[i], none.experiment.crystal.cell[i]);
            same_vector(a, b, 1e-13 * length(b), cell);
        }
    }
    // A matrix takes the place of the angles that were asked for.
    let bench = Bench::new().with("m", "0.014 0.001 0\n0 0.0125 0.0004\n0 0 0.011\n");
    let line = format!("-cell 70 80 90 75 85 95 -mat m {MISSET}");
    assert!(!bench.job(&line).decisive.has(Quirk::TriclinicGamma));
}

/// The rotation of a random orientation, as the images of x, y, z.
fn orientation(line: &str) -> [Vector; 3] {
    let job = Bench::new()
        .job(&format!("-cell 100 100 100 90 90 90 -default_F 1 -detpixels 2 -oversample 1 {line}"));
    job.experiment.crystal.cell.map(|vector| vector.map(|x| x / 100e-10))
}

/// Angle of a rotation, from its trace.
fn angle([x, y, z]: [Vector; 3]) -> f64 {
    ((x[0] + y[1] + z[2] - 1.0) / 2.0).clamp(-1.0, 1.0).acos()
}

/// Seeds that are not neighbours: those give correlated streams.
fn seeds(count: i64) -> impl Iterator<Item = i64> {
    (1..=count).map(|i| i * 1_000_003 % 2_147_483_647)
}

/// Largest distance of the observed distribution from the one expected.
fn kolmogorov(mut values: Vec<f64>, cumulative: impl Fn(f64) -> f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let gaps = values.iter().enumerate().map(|(i, &value)| {
        let expected = cumulative(value);
        (expected - i as f64 / count).abs().max(((i + 1) as f64 / count - expected).abs())
    });
    gaps.fold(0.0, f64::max)
}

#[test]
fn random_misset_radians() {
    const COUNT: i64 = 4000;
    // Uniform over all rotations: the angle has the density (1 − cos θ)/π.
    let uniform = |theta: f64| (theta - theta.sin()) / PI;
    // Passed once in 2000 fair trials.
    let limit = 2.04 / (COUNT as f64).sqrt();
    for quirks in corrected(Quirk::RandomMissetRadians) {
        let turns: Vec<[Vector; 3]> = seeds(COUNT)
            .map(|seed| orientation(&format!("-misset random -misset_seed {seed} {quirks}")))
            .collect();
        let gap = kolmogorov(turns.iter().map(|turn| angle(*turn)).collect(), uniform);
        assert!(gap < limit, "{quirks}: {gap}");
        // Each axis points everywhere: its components are uniform in ±1, with mean 0.
        for image in 0..3 {
            for component in 0..3 {
                let values: Vec<f64> = turns.iter().map(|t| t[image][component]).collect();
                let mean = values.iter().sum::<f64>() / COUNT as f64;
                assert!(mean.abs() < 4.0 / (3.0 * COUNT as f64).sqrt(), "{quirks}: {mean}");
                let gap = kolmogorov(values, |x| (x + 1.0) / 2.0);
                assert!(gap < limit, "{quirks}: {gap}");
            }
        }
    }
    for quirks in kept(Quirk::RandomMissetRadians) {
        let mut found = Vec::new();
        for seed in seeds(COUNT / 4) {
            let turn = orientation(&format!("-misset_seed {seed} -misset random {quirks}"));
            // The third deviate gives the angle, in radians up to 90.
            let (mut ran1, mut state) = (Ran1::default(), -seed);
            let r = [(); 3].map(|()| f64::from(ran1.uniform(&mut state)))[2];
            let expected = 90.0 * (1.0 - (2.0 * r - 1.0).powi(2)).cbrt();
            let folded = (expected - 2.0 * PI * (expected / 2.0 / PI).round()).abs();
            assert!((angle(turn) - folded).abs() < 2e-4, "{quirks}: {folded}");
            found.push(angle(turn));
        }
        assert!(kolmogorov(found, uniform) > 3.0 * limit);
        let line = "-cell 9 9 9 90 90 90 -default_F 1 -detpixels 2";
        let decisive = |more: &str| Bench::new().job(&format!("{line} {more} {quirks}")).decisive;
        assert!(decisive("-misset_seed 1 -misset random").has(Quirk::RandomMissetRadians));
        assert!(!decisive("-misset 1 2 3").has(Quirk::RandomMissetRadians));
    }
}

#[test]
fn misset_clock() {
    let line = "-cell 50 60 70 90 90 90 -default_F 1 -detpixels 2 -oversample 1 -misset random";
    let cell = |now: i64, more: &str| {
        Bench::new().at(now).job(&format!("{line} {more}")).experiment.crystal.cell
    };
    for quirks in corrected(Quirk::MissetClock) {
        let seeded = |now, seed| cell(now, &format!("-seed {seed} {quirks}"));
        assert_eq!(seeded(1_000_000, 5), seeded(2_000_000, 5));
        assert_ne!(seeded(1_000_000, 5), seeded(1_000_000, 6));
        // The seed of the orientation is the one of the image.
        let named = cell(7, &format!("{quirks} -misset_seed 5"));
        assert_eq!(seeded(3, 5), named);
        // Its own seed wins; without any seed the clock is all there is.
        assert_eq!(cell(3, &format!("{quirks} -seed 6 -misset_seed 5")), named);
        assert_ne!(cell(1_000_000, &quirks), cell(2_000_000, &quirks));
    }
    for quirks in kept(Quirk::MissetClock) {
        let seeded = |now, seed| cell(now, &format!("-seed {seed} {quirks}"));
        assert_ne!(seeded(1_000_000, 5), seeded(2_000_000, 5));
        assert_eq!(seeded(1_000_000, 5), seeded(1_000_000, 6));
        assert_eq!(seeded(1_000_000, 5), cell(9, &format!("{quirks} -misset_seed 1000000")));
        let decisive = |more: &str| Bench::new().job(&format!("{line} {quirks} {more}")).decisive;
        assert!(decisive("-seed 5").has(Quirk::MissetClock));
        for more in ["", "-misset_seed 5", "-seed 5 -misset_seed 5", "-seed 5 -misset 1 2 3"] {
            assert!(!decisive(more).has(Quirk::MissetClock), "{more}");
        }
    }
}

#[test]
fn default_beamsize() {
    let base = "-cell 40 50 80 90 90 90 -default_F 1 -detpixels 2 -oversample 1 -N 3";
    let cells = |more: &str| Bench::new().job(&format!("{base} {more}")).experiment.crystal.cells;
    // A size in mm over a cell length in Å.
    let whole = |mm: [f64; 3]| {
        let lengths = [40.0, 50.0, 80.0];
        [0, 1, 2].map(|i| (mm[i] * 1e7 / lengths[i] - 1e-6).ceil())
    };
    for quirks in corrected(Quirk::DefaultBeamsize) {
        assert_eq!(cells(&format!("-samplesize 0.5 {quirks}")), whole([0.5, 0.5, 0.5]));
        assert_eq!(cells(&format!("-samplesize 0.5 -beamsize 0 {quirks}")), whole([0.5; 3]));
        assert_eq!(cells(&format!("-samplesize 0.5 -beamsize -1 {quirks}")), whole([0.5; 3]));
        // A beam that was asked for clips height and width, and not the thickness.
        let clipped = format!("-samplesize 0.5 -beamsize 0.2 {quirks}");
        assert_eq!(cells(&clipped), whole([0.5, 0.2, 0.2]));
    }
    for quirks in kept(Quirk::DefaultBeamsize) {
        assert_eq!(cells(&format!("-samplesize 0.5 {quirks}")), whole([0.5, 0.1, 0.1]));
        // Clipped to nothing, the number of cells counts.
        let none = format!("-samplesize 0.5 -beamsize 0 {quirks}");
        assert_eq!(cells(&none), [whole([0.5; 3])[0], 3.0, 3.0]);
        let decisive = |more: &str| Bench::new().job(&format!("{base} {quirks} {more}")).decisive;
        assert!(decisive("-samplesize 0.5").has(Quirk::DefaultBeamsize));
        assert!(decisive("-samplesize 0.05 -beamsize 0").has(Quirk::DefaultBeamsize));
        for more in [
            "",
            "-samplesize 0.05",
            "-sample_x 0.5",
            "-samplesize 0.5 -beamsize 0.2",
            "-samplesize 0.5 -beamsize 0.1",
            "-samplesize 0.5 -beamsize -1",
        ] {
            assert!(!decisive(more).has(Quirk::DefaultBeamsize), "{more}");
        }
    }
}

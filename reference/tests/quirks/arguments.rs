//! `flag-collisions`.

use nanobragg_reference::Quirk;
use nanobragg_reference::arguments::settings::Misset;

use super::support::{Bench, corrected, kept, length, refused, same, same_vector, turn};

const LINE: &str = "-cell 50 60 70 90 90 90 -N 3 -default_F 1 -oversample 1 -detpixels 6";

fn misset(line: &str) -> Misset {
    Bench::new().job(&format!("{LINE} {line}")).experiment.parameters.misset
}

fn decisive(line: &str) -> bool {
    Bench::new().job(&format!("{LINE} {line}")).decisive.has(Quirk::FlagCollisions)
}

fn degrees(angles: [f64; 3]) -> Misset {
    Misset::Angles(angles.map(|angle| angle / (180.0 * std::f64::consts::FRAC_1_PI)))
}

#[test]
fn misset_seed() {
    for quirks in corrected(Quirk::FlagCollisions) {
        assert_eq!(misset(&format!("-misset_seed 40 -phi 1 -nopgm {quirks}")), Misset::None);
        let line = format!("-misset random -misset_seed 7 -nopgm -round_div {quirks}");
        assert_eq!(misset(&line), Misset::Random);
        let line =
            format!("-misset_seed 7 -misset 1 2 3 -misset_seed 8 -nopgm -round_div {quirks}");
        assert_eq!(misset(&line), degrees([1.0, 2.0, 3.0]));
    }
    for quirks in kept(Quirk::FlagCollisions) {
        // The seed is the first angle, what follows are the others: 0 where it is no number.
        let line = format!("-misset_seed 40 -phi 1 -nopgm {quirks}");
        assert_eq!(misset(&line), degrees([40.0, 0.0, 1.0]));
        assert!(decisive(&line));
        let line = format!("-misset random -misset_seed 7 -nopgm -round_div {quirks}");
        assert_eq!(misset(&line), degrees([7.0, 0.0, 0.0]));
        // Harmless as the last option, or before the one that counts: that is still a collision
        // only where -misset acts.
        let line = format!("-misset random -misset_seed 7 {quirks}");
        assert_eq!(misset(&line), Misset::Random);
        assert!(!decisive(&line));
    }
}

#[test]
fn twotheta_axis() {
    let detector = |line: &str| Bench::new().job(&format!("{LINE} {line}")).experiment.detector;
    for quirks in corrected(Quirk::FlagCollisions) {
        for line in ["-twotheta 20 -twotheta_axis 0 0 -2", "-twotheta_axis 0 0 -2 -twotheta 20"] {
            let found = detector(&format!("{line} {quirks}"));
            same(found.twotheta.to_degrees(), 20.0, 1e-12, line);
            // An axis of any length: the detector stays of its size.
            let expected = turn([1.0, 0.0, 0.0], [0.0, 0.0, -1.0], 20f64.to_radians());
            same_vector(found.odet, expected, 1e-15, line);
            same(length(found.sdet), 1.0, 1e-14, line);
        }
        assert_eq!(detector(&format!("-twotheta_axis 3 0 0 {quirks}")).twotheta, 0.0);
    }
    for quirks in kept(Quirk::FlagCollisions) {
        let [late, early] =
            ["-twotheta 20 -twotheta_axis 0 0 -2", "-twotheta_axis 0 0 -2 -twotheta 20"]
                .map(|line| detector(&format!("{line} {quirks}")));
        assert_eq!(late.twotheta, 0.0);
        same(early.twotheta.to_degrees(), 20.0, 1e-12, "the other order");
        assert!((length(early.sdet) - 1.0).abs() > 0.1, "stretched by the axis");
        let alone = detector(&format!("-twotheta_axis 3 0 0 {quirks}"));
        same(alone.twotheta.to_degrees(), 3.0, 1e-12, "the x component");
        assert!(decisive(&format!("-twotheta_axis 3 0 0 {quirks}")));
        assert!(!decisive(&format!("-twotheta 3 {quirks}")));
    }
}

#[test]
fn whole_names() {
    let job = |line: &str| Bench::new().try_job(&format!("{LINE} {line}"));
    for quirks in corrected(Quirk::FlagCollisions) {
        for (line, word) in [
            ("-Nabc 3", "unknown option -Nabc"),
            ("-xdsx", "unknown option -xdsx; did you mean -xds?"),
            ("-floatfile -nonoise", "-floatfile needs 1 value"),
            ("-lambda -nonoise", "-lambda needs 1 value"),
            ("-roi 1 2 3", "-roi needs 4 values"),
            ("-detector_thick", "-detector_thick needs 1 value"),
        ] {
            refused(job(&format!("{line} {quirks}")), word);
        }
        // Numbers that start with a dash are values; two dashes are as good as one.
        let found = job(&format!("-phi -5.5 --adc -100 --nonoise {quirks}")).expect("valid");
        same(found.experiment.spindle.phi0.to_degrees(), -5.5, 1e-12, "phi");
        assert_eq!(found.outputs.adc_offset, -100.0);
        assert!(!found.outputs.calculate_noise);
        // The aliases of the C program are names of their own.
        let found = job(&format!("-wavelength 2 -pixels 0.2 -mosaicity 1 -matrix m {quirks}"));
        refused(found, "cannot read m");
        // A flag needs nothing behind it.
        let found = job(&format!("-distance 60 {quirks} -curved_det")).expect("valid");
        assert!(found.experiment.detector.curved);
    }
    for quirks in kept(Quirk::FlagCollisions) {
        let found = job(&format!("-Nabc 4 {quirks}")).expect("as -Na");
        assert_eq!(found.experiment.crystal.cells, [4.0, 3.0, 3.0]);
        assert!(found.decisive.has(Quirk::FlagCollisions));
        let found = job(&format!("-floatfile -nonoise {quirks}")).expect("both act");
        assert_eq!(found.outputs.float.to_str(), Some("-nonoise"));
        assert!(!found.outputs.calculate_noise);
        assert!(found.decisive.has(Quirk::FlagCollisions));
        // The last argument does nothing, the last but one does.
        let found = job(&format!("-distance 60 {quirks} -curved_det")).expect("valid");
        assert!(!found.experiment.detector.curved);
        assert!(found.decisive.has(Quirk::FlagCollisions));
        let found = job(&format!("-curved_det -distance 60 {quirks}")).expect("valid");
        assert!(found.experiment.detector.curved);
        assert!(!found.decisive.has(Quirk::FlagCollisions));
        for line in ["-misset 1 2 3 -phi -5", "-misset random", "-nonoise -printout_pixel 1 2"] {
            assert!(!decisive(&format!("{line} {quirks}")), "{line}");
        }
    }
}

//! What two runs said, within a bound: the same words, and numbers that agree in the digits shown.

use super::Bound;

/// The report gives six digits: the seventh may turn the sixth over in both.
const LAST_DIGITS: f64 = 2e-5;

/// What two reports may differ in.
#[derive(Clone, Debug)]
pub struct Leeway {
    /// Relative difference of two numbers.
    pub numbers: f64,
    /// Whether the photons of the noise image are drawn from pixels that differ in their last bits.
    pub drawn: bool,
    /// Where the largest pixel lies by the one and by the other report, where both pixels are as
    /// large; fast and slow, m.
    pub tie: Option<[[f64; 2]; 2]>,
    /// Relative uncertainty of the rms deviation: large for an image that is nearly flat.
    pub flatness: f64,
}

impl Leeway {
    /// What follows from a bound on the pixels.
    pub fn of(bound: Bound) -> Leeway {
        Leeway {
            numbers: LAST_DIGITS + 2.0 * (bound.relative + bound.of_maximum),
            drawn: false,
            tie: None,
            flatness: 0.0,
        }
    }

    /// What it allows in the header of an image.
    pub(super) fn of_header(&self) -> Leeway {
        Leeway { tie: None, flatness: 0.0, ..self.clone() }
    }

    /// Takes the flatness of the image from its report: an error of the pixels becomes a larger
    /// one of their rms deviation, and of the grey scale that follows from it.
    pub(super) fn measure_flatness(&mut self, report: &str, bound: Bound) {
        let shown = |start: &str| {
            numbers(report.lines().find(|line| line.starts_with(start)).unwrap_or_default())
        };
        if let ([_, rms, rmsd], [maximum, ..]) = (&shown("mean= ")[..], &shown("max_I = ")[..]) {
            let error = bound.allowed(*rms, *maximum);
            self.flatness = if error == 0.0 { 0.0 } else { error / rmsd };
        }
    }
}

/// The first line in which two reports differ, for people.
pub fn difference(expected: &str, found: &str, leeway: &Leeway) -> Option<String> {
    let (mut a, mut b) = (expected.lines(), found.lines());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return None,
            (Some(a), Some(b)) => {
                if a != b && !agree(a, b, leeway) {
                    return Some(format!("the report says '{b}' instead of '{a}'"));
                }
            }
            (a, b) => {
                return Some(format!(
                    "the report says '{}' instead of '{}'",
                    b.unwrap_or("nothing more"),
                    a.unwrap_or("nothing more")
                ));
            }
        }
    }
}

/// Whether two lines agree.
fn agree(a: &str, b: &str, leeway: &Leeway) -> bool {
    let starts = |words: &str| a.starts_with(words) && b.starts_with(words);
    let is_drawn = |line: &str| line.contains(" photons on noise image (");
    if leeway.drawn && is_drawn(a) && is_drawn(b) {
        return true;
    }
    if starts("mean= ") && leeway.drawn {
        // The rms deviation of a nearly flat image is what is left of larger numbers.
        let (a, b) = (numbers(a), numbers(b));
        let most = a.iter().chain(&b).fold(0.0, |most: f64, x| most.max(x.abs()));
        return a.len() == b.len()
            && a.iter().zip(&b).all(|(a, b)| (a - b).abs() <= leeway.numbers * most);
    }
    if starts("max_I = ")
        && let Some(places) = leeway.tie
        && let ([v, x, y], [w, z, t]) = (&numbers(a)[..], &numbers(b)[..])
    {
        let [from, to] = &places;
        let pairs = [(v, w), (x, &from[0]), (y, &from[1]), (z, &to[0]), (t, &to[1])];
        return pairs.iter().all(|(a, b)| near(**a, **b, leeway.numbers));
    }
    let flatness = if starts("pgm_scale = ") { leeway.flatness } else { 0.0 };
    like(a, b, leeway.numbers + 2.0 * flatness)
}

/// The numbers among the words of a line.
fn numbers(line: &str) -> Vec<f64> {
    line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// Whether two numbers agree in a part of themselves; below the smallest normal one, numbers have
/// fewer digits, and none in the end.
fn near(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * a.abs().max(b.abs()) + f64::MIN_POSITIVE
}

/// Whether two lines have the same words, and numbers within a relative difference.
fn like(a: &str, b: &str, relative: f64) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| c.is_whitespace() || ",;=()%".contains(c))
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (a, b) = (words(a), words(b));
    a.len() == b.len()
        && a.iter().zip(&b).all(|(a, b)| {
            a == b
                || match (a.parse::<f64>(), b.parse::<f64>()) {
                    (Ok(a), Ok(b)) => near(a, b, relative),
                    _ => false,
                }
        })
}

#[cfg(test)]
mod tests {
    use super::{Leeway, difference};
    use crate::tolerance::DOUBLE;

    fn differ(a: &str, b: &str) -> bool {
        difference(a, b, &Leeway::of(DOUBLE)).is_some()
    }

    #[test]
    fn reports_differ_in_words_and_in_digits() {
        assert!(!differ("max_I = 1.23456  at 0.5", "max_I = 1.23457  at 0.5"));
        assert!(differ("max_I = 1.23456", "max_I = 1.23556"));
        assert!(differ("pivot beam", "pivot sample"));
        assert!(!differ("I = 0", "I = 1.97626e-323") && differ("I = 0", "I = 1e-307"));
        assert!(!differ("a\nb 1\n", "a\nb 1\n"));
        assert!(differ("a\n", "a\nb\n"));
        let text = difference("a\nb 1\n", "a\n", &Leeway::of(DOUBLE));
        assert!(text.is_some_and(|text| text.contains("nothing more")));
    }

    #[test]
    fn photons_follow_pixels_that_differ() {
        let [a, b] = ["12", "13"].map(|n| format!("{n} photons on noise image (0 overloads)"));
        assert!(differ(&a, &b));
        let drawn = Leeway { drawn: true, ..Leeway::of(DOUBLE) };
        assert!(difference(&a, &b, &drawn).is_none());
    }

    #[test]
    fn a_flat_image_has_no_rms_deviation_to_speak_of() {
        let report = |rmsd: &str, scale: &str| {
            format!("max_I = 2  at 0.1 0.1\nmean= 2 rms= 2 rmsd= {rmsd}\npgm_scale = {scale}\n")
        };
        let (flat, other) = (report("0", "1"), report("1e-08", "5e+09"));
        let mut leeway = Leeway { drawn: true, ..Leeway::of(DOUBLE) };
        assert!(difference(&flat, &other, &leeway).is_some());
        leeway.measure_flatness(&flat, DOUBLE);
        assert!(difference(&flat, &other, &leeway).is_none());
        // One that is not flat has.
        let (a, b) = (report("1", "50"), report("1", "51"));
        leeway.measure_flatness(&a, DOUBLE);
        assert!(difference(&a, &b, &leeway).is_some());
    }
}

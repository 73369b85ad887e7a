//! How closely the images of a campaign agree.

use std::fmt;

use super::case::Case;
use super::shell;
use crate::exact::verdict::Verdict;
use crate::execute::CommandLine;
use crate::tolerance::pixels::{Pixel, Pixels};

/// Float images of both programs.
#[derive(Clone, Debug, Default)]
pub struct Images {
    /// Pairs of images.
    pub compared: u64,
    /// Pairs that are the same bit for bit.
    pub identical: u64,
    /// Pairs whose largest pixels lie apart and are equal within the bound.
    pub ties: u64,
    /// The pixel that uses most of its bound, of the cases that agree.
    pub worst: Option<Worst>,
}

/// A pixel and the bound that it keeps.
#[derive(Clone, Debug)]
pub struct Worst {
    /// The part of what the bound allows that it uses.
    pub share: f64,
    /// The pixel.
    pub pixel: Pixel,
    /// Its image.
    pub line: CommandLine,
}

/// Cases in which the engine breaks its bound because the C program's rounding dominates.
#[derive(Clone, Debug, Default)]
pub struct Rounding {
    /// Cases.
    pub cases: u64,
    /// Pixels.
    pub pixels: u64,
    /// The least number of times that the engine is nearer to the exact value; 0 without a case.
    pub least: f64,
    /// The largest part of the exact value by which the C program is off.
    pub largest: f64,
    /// The image in which that is.
    pub line: Option<CommandLine>,
}

impl Rounding {
    pub(super) fn add(&mut self, case: &Case, verdicts: &[Verdict]) {
        self.cases += 1;
        for verdict in verdicts {
            let factor = verdict.factor();
            self.least = if self.pixels == 0 { factor } else { self.least.min(factor) };
            self.pixels += 1;
            let off = verdict.reference / verdict.exact.abs();
            if off > self.largest {
                (self.largest, self.line) = (off, Some(case.command_line()));
            }
        }
    }
}

impl Images {
    pub(super) fn add(&mut self, case: &Case, pixels: &Pixels, agrees: bool) {
        self.compared += 1;
        self.identical += u64::from(pixels.identical);
        self.ties += u64::from(pixels.tie.is_some());
        let most = self.worst.as_ref().map_or(0.0, |worst| worst.share);
        if agrees && pixels.worst > most {
            let (share, pixel) = (pixels.worst, pixels.at);
            self.worst = Some(Worst { share, pixel, line: case.command_line() });
        }
    }
}

impl fmt::Display for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Images { compared, identical, ties, worst } = self;
        let percent = 100.0 * *identical as f64 / (*compared).max(1) as f64;
        writeln!(
            f,
            "{compared} pairs of float images: {identical} identical bit for bit ({percent:.2} %)"
        )?;
        writeln!(f, "largest pixel elsewhere, and as large within the bound: {ties}")?;
        let Some(Worst { share, pixel, line }) = worst else {
            return Ok(());
        };
        let Pixel { place, expected, found } = pixel;
        writeln!(
            f,
            "worst pixel of the cases that agree: {share:.4} of its bound, pixel {place} in scan \
             order is {found:e} instead of {expected:e}:"
        )?;
        write_script(f, line)
    }
}

impl fmt::Display for Rounding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rounding { cases, pixels, least, largest, line } = self;
        write!(f, "C's rounding: {cases} cases, {pixels} pixels")?;
        if *pixels > 0 {
            write!(
                f,
                ", in which the engine is {least:.3e} times nearer to the exact value or more, and \
                 the C program is off by up to {largest:.3e} of it"
            )?;
        }
        let Some(line) = line else {
            return writeln!(f);
        };
        writeln!(f, ", as in:")?;
        write_script(f, line)
    }
}

fn write_script(f: &mut fmt::Formatter<'_>, line: &CommandLine) -> fmt::Result {
    match shell::script("nanobragg", line) {
        Ok(script) => write!(f, "{script}"),
        Err(reason) => writeln!(f, "{reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Images, Rounding};
    use crate::exact::verdict::Verdict;
    use crate::fuzz::case::{Case, Group};
    use crate::tolerance::DOUBLE;
    use crate::tolerance::pixels::Pixels;

    #[test]
    fn the_worst_pixel_comes_with_its_command_line() {
        let case = |n: i32| Case { groups: vec![Group::new("N", [n])], ..Case::default() };
        let mut images = Images::default();
        images.add(&case(1), &Pixels::compare(&[1.0], &[1.0], DOUBLE), true);
        images.add(&case(2), &Pixels::compare(&[1.0], &[1.0 + 5e-7], DOUBLE), true);
        images.add(&case(3), &Pixels::compare(&[1.0], &[1.0 + 1e-7], DOUBLE), true);
        images.add(&case(4), &Pixels::compare(&[1.0], &[2.0], DOUBLE), false);
        assert_eq!((images.compared, images.identical), (4, 1));
        let text = images.to_string();
        assert!(text.contains("identical bit for bit (25.00 %)"), "{text}");
        assert!(text.contains("0.49") && text.contains("nanobragg -N 2"), "{text}");
    }

    #[test]
    fn rounding_keeps_the_least_and_the_largest() {
        let verdict = |engine| Verdict { place: 0, exact: 2.0, reference: 1.0, engine };
        let mut rounding = Rounding::default();
        rounding.add(&Case::default(), &[verdict(0.25), verdict(0.1)]);
        assert_eq!((rounding.cases, rounding.pixels), (1, 2));
        assert_eq!((rounding.least, rounding.largest), (4.0, 0.5));
    }
}

//! Contenders take turns: A B C, A B C, … What slows the machine for a while slows all of them.

use std::collections::BTreeMap;

use nanobragg_optimized::hardware::fma;
use ndarray::Array2;

use super::check::{self, Check};
use super::contender::Contender;
use super::statistics::median;

/// Counted renderings of a contender, at least.
const LEAST: usize = 3;

/// A turn lasts at least so long, s: renderings of microseconds are repeated within a turn.
const SHORT: f64 = 0.02;

/// A turn lasts at most about so long, s, unless a single rendering takes longer.
const LONG: f64 = 1.5;

/// The contenders of a workload with what was measured.
pub struct Measured {
    /// The contenders, in the order of their turns.
    pub contenders: Vec<Contender>,
    /// Whether the image of each is right.
    pub checks: Vec<Check>,
    /// Fused multiply-adds a second of the machine, by the number of threads; the median of the
    /// rounds.
    pub fma: BTreeMap<usize, f64>,
}

/// Measures contenders in so many rounds. The image of the first one that has an image is taken for
/// right. `repeats` are the renderings that are wanted in all rounds together, `tick` is called
/// behind each round.
pub fn measure(
    mut contenders: Vec<Contender>,
    rounds: usize,
    repeats: usize,
    exact: bool,
    tick: &mut dyn FnMut(),
) -> Measured {
    let (mut checks, once) = warm_up(&mut contenders, exact);
    let mut fma: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for contender in &contenders {
        fma.entry(contender.threads).or_default();
    }
    for _ in 0..rounds {
        for (&threads, rates) in &mut fma {
            rates.push(fma::throughput(threads));
        }
        for ((contender, check), &seconds) in contenders.iter_mut().zip(&mut checks).zip(&once) {
            if !check.valid {
                continue;
            }
            if let Err(error) = contender.round(in_a_round(seconds, rounds, repeats)) {
                *check = Check::failed(error);
            }
        }
        tick();
    }
    let fma =
        fma.into_iter().filter_map(|(threads, rates)| Some((threads, median(&rates)?))).collect();
    Measured { contenders, checks, fma }
}

/// Two renderings of each that are not counted: the check of the image, and the time of one.
fn warm_up(contenders: &mut [Contender], exact: bool) -> (Vec<Check>, Vec<f64>) {
    let mut authority: Option<(String, Array2<f32>, [usize; 4])> = None;
    let mut check_one = |contender: &mut Contender| {
        let image = match contender.image() {
            Ok(image) => image,
            Err(error) => return Check::failed(error),
        };
        let region = contender.region;
        match &authority {
            Some((name, right, right_region)) => {
                let (image, right) = ((&image, region), (right, *right_region));
                let check = check::compare(&contender.label, image, name, right);
                if exact { check.exact(&contender.label) } else { check }
            }
            None => {
                authority = Some((contender.name.clone(), image, region));
                Check::authority(region)
            }
        }
    };
    let mut checks: Vec<Check> = contenders.iter_mut().map(&mut check_one).collect();
    let seconds = contenders.iter().zip(&mut checks).map(|(contender, check)| {
        if !check.valid {
            return 0.0;
        }
        contender.render().map_or_else(
            |error| {
                *check = Check::failed(error);
                0.0
            },
            |rendered| rendered.map_or(0.0, |(seconds, _)| seconds),
        )
    });
    let seconds = seconds.collect();
    (checks, seconds)
}

/// Renderings in one round, where one takes so many seconds.
fn in_a_round(seconds: f64, rounds: usize, repeats: usize) -> usize {
    let least = LEAST.div_ceil(rounds);
    let wanted = (SHORT / seconds.max(1e-6)).ceil().max(repeats.div_ceil(rounds) as f64);
    let possible = LONG / seconds.max(1e-6);
    (wanted.min(possible) as usize).max(least)
}

#[cfg(test)]
mod tests {
    use super::in_a_round;

    #[test]
    fn short_renderings_are_repeated_and_long_ones_are_not() {
        assert_eq!(in_a_round(0.001, 5, 3), 20);
        assert_eq!(in_a_round(0.001, 5, 200), 40);
        assert_eq!(in_a_round(0.1, 5, 200), 15);
        assert_eq!(in_a_round(60.0, 5, 200), 1);
        assert_eq!(in_a_round(60.0, 1, 3), 3);
    }
}

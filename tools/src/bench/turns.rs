//! Contenders take turns: A B C, A B C, … What slows the machine for a while slows all of them.

use std::collections::BTreeMap;

use nanobragg_optimized::hardware::fma;
use ndarray::Array2;

use super::budget::{Cost, Limits};
use super::check::{self, Check};
use super::contender::Contender;
use super::statistics::median;

/// The contenders of a workload with what was measured.
pub struct Measured {
    /// The contenders, in the order of their turns.
    pub contenders: Vec<Contender>,
    /// Whether the image of each is right.
    pub checks: Vec<Check>,
    /// Fused multiply-adds a second of the machine, by the number of threads; the median of the
    /// rounds.
    pub fma: BTreeMap<usize, f64>,
    /// The rounds in which they took turns.
    pub rounds: usize,
}

/// Measures contenders in rounds. The image of the first one that has an image is taken for right.
pub fn measure(mut contenders: Vec<Contender>, limits: Limits, exact: bool) -> Measured {
    let (mut checks, costs) = warm_up(&mut contenders, exact);
    let rounds = limits.rounds(&costs);
    let mut fma: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for contender in &contenders {
        fma.entry(contender.threads).or_default();
    }
    for _ in 0..rounds {
        for (&threads, rates) in &mut fma {
            rates.push(fma::throughput(threads));
        }
        for ((contender, check), &cost) in contenders.iter_mut().zip(&mut checks).zip(&costs) {
            if !check.valid {
                continue;
            }
            if let Err(error) = contender.round(limits.renderings(cost, rounds)) {
                *check = Check::failed(error);
            }
        }
    }
    let fma =
        fma.into_iter().filter_map(|(threads, rates)| Some((threads, median(&rates)?))).collect();
    Measured { contenders, checks, fma, rounds }
}

/// What is not counted: two renderings of each engine, or a process. The first gives the image,
/// which is checked, the second the time that a rendering takes.
fn warm_up(contenders: &mut [Contender], exact: bool) -> (Vec<Check>, Vec<Cost>) {
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
    let costs = contenders.iter_mut().zip(&mut checks).map(|(contender, check)| {
        if !check.valid {
            return Cost::default();
        }
        contender.cost().unwrap_or_else(|error| {
            *check = Check::failed(error);
            Cost::default()
        })
    });
    let costs = costs.collect();
    (checks, costs)
}

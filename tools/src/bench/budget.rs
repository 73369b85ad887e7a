//! How many rounds and renderings fit into the time that a workload may take.

/// Counted renderings of a contender, at least.
const LEAST: usize = 3;

/// Rounds, at least, unless the user wants fewer.
const ROUNDS: usize = 3;

/// A turn lasts at least so long, s: renderings of microseconds are repeated within a turn.
const SHORT: f64 = 0.02;

/// Renderings that take longer, s, are not repeated.
const LONG: f64 = 0.1;

/// What a contender takes, s.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// A rendering within this process; 0 where it has none.
    pub rendering: f64,
    /// The processes of a round.
    pub processes: f64,
}

/// How long a workload may take, and how often it is rendered at least.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rounds, at most.
    pub rounds: usize,
    /// Time for all rounds of a workload together, s: where it is short, there are fewer rounds,
    /// but never fewer than three.
    pub seconds: f64,
    /// Renderings that are wanted in all rounds together.
    pub repeats: usize,
}

impl Limits {
    /// The rounds that contenders of such costs take part in.
    pub fn rounds(&self, costs: &[Cost]) -> usize {
        let fits = |rounds: &usize| *rounds as f64 * self.round(costs, *rounds) <= self.seconds;
        let least = ROUNDS.min(self.rounds);
        (least..=self.rounds).rev().find(fits).unwrap_or(least)
    }

    /// Renderings of a contender in each of so many rounds.
    pub fn renderings(&self, cost: Cost, rounds: usize) -> usize {
        let least = LEAST.div_ceil(rounds);
        if cost.rendering > LONG {
            return least;
        }
        let short = (SHORT / cost.rendering.max(1e-6)).ceil() as usize;
        short.max(self.repeats.div_ceil(rounds)).max(least)
    }

    /// The time of one of so many rounds, s.
    fn round(&self, costs: &[Cost], rounds: usize) -> f64 {
        let turn =
            |cost: &Cost| cost.processes + self.renderings(*cost, rounds) as f64 * cost.rendering;
        costs.iter().map(turn).sum()
    }

    /// The time of all rounds, and of the two renderings or the process before them, s.
    pub fn seconds(&self, costs: &[Cost]) -> f64 {
        let before =
            |cost: &Cost| if cost.rendering > 0.0 { 2.0 * cost.rendering } else { cost.processes };
        let rounds = self.rounds(costs);
        costs.iter().map(before).sum::<f64>() + rounds as f64 * self.round(costs, rounds)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cost, Limits};

    const LIMITS: Limits = Limits { rounds: 5, seconds: 3.5, repeats: 3 };

    fn rendering(seconds: f64) -> Cost {
        Cost { rendering: seconds, processes: 0.0 }
    }

    #[test]
    fn short_renderings_are_repeated_and_long_ones_are_not() {
        assert_eq!(LIMITS.renderings(rendering(0.001), 5), 20);
        let many = Limits { repeats: 200, ..LIMITS };
        assert_eq!(many.renderings(rendering(0.001), 5), 40);
        assert_eq!(many.renderings(rendering(0.2), 5), 1);
        assert_eq!(many.renderings(rendering(60.0), 5), 1);
        assert_eq!(many.renderings(rendering(60.0), 1), 3);
    }

    #[test]
    fn long_rounds_are_fewer_but_three() {
        let process = |seconds| [Cost { rendering: 0.0, processes: seconds }];
        assert_eq!(LIMITS.rounds(&process(0.1)), 5);
        assert_eq!(LIMITS.rounds(&process(0.8)), 4);
        assert_eq!(LIMITS.rounds(&process(60.0)), 3);
        assert_eq!(Limits { rounds: 2, ..LIMITS }.rounds(&process(60.0)), 2);
        assert_eq!(Limits { seconds: f64::INFINITY, ..LIMITS }.rounds(&process(60.0)), 5);
        assert_eq!(LIMITS.seconds(&process(60.0)), 240.0);
    }
}

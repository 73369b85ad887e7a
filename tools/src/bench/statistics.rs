//! Medians and spreads of times.

use serde::{Deserialize, Serialize};

/// What several measurements of one time say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Median.
    pub median: f64,
    /// Smallest.
    pub minimum: f64,
    /// Largest.
    pub maximum: f64,
    /// Number of measurements.
    pub count: usize,
}

impl Spread {
    /// Of some values; `None` where there are none.
    pub fn of(values: &[f64]) -> Option<Spread> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (&minimum, &maximum) = (sorted.first()?, sorted.last()?);
        Some(Spread { median: middle(&sorted), minimum, maximum, count: sorted.len() })
    }

    /// Largest less smallest.
    pub fn width(&self) -> f64 {
        self.maximum - self.minimum
    }
}

/// The median; `None` of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    Spread::of(values).map(|spread| spread.median)
}

fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { (sorted[half - 1] + sorted[half]) / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::{Spread, median};

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }

    #[test]
    fn the_spread_reaches_from_the_smallest_to_the_largest() {
        let spread = Spread::of(&[2.0, 5.0, 3.0]).expect("values");
        assert_eq!((spread.minimum, spread.maximum, spread.width()), (2.0, 5.0, 3.0));
        assert_eq!((spread.median, spread.count), (3.0, 3));
    }
}

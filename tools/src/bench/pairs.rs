//! Which engine runs with which numbers of threads.

use super::names::Threads;

/// An engine and its threads.
pub type Pair<'a> = (&'a str, Threads);

/// Engines with numbers of threads, by threads, so that what is compared stands side by side. The
/// reference engine has one thread and is there once; on a GPU the threads of the CPU do not count.
pub fn pairs<'a>(labels: &'a [String], threads: &[Threads]) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    for (place, &threads) in threads.iter().enumerate() {
        for label in labels {
            match label.as_str() {
                "reference" if place == 0 => pairs.push(("reference", Threads::Count(1))),
                "cuda" | "cuda-mixed" if place == 0 => pairs.push((label, Threads::Cores)),
                "reference" | "cuda" | "cuda-mixed" => {}
                label => pairs.push((label, threads)),
            }
        }
    }
    pairs
}

/// Parts pairs into those to measure, and those that have the threads of one of them, with that.
pub fn once(pairs: Vec<Pair<'_>>, cores: usize) -> (Vec<Pair<'_>>, Vec<(Pair<'_>, Pair<'_>)>) {
    let (mut first, mut repeated) = (Vec::<Pair<'_>>::new(), Vec::new());
    for pair in pairs {
        let same =
            |other: &&Pair<'_>| other.0 == pair.0 && other.1.count(cores) == pair.1.count(cores);
        match first.iter().find(same) {
            Some(&other) => repeated.push((pair, other)),
            None => first.push(pair),
        }
    }
    (first, repeated)
}

#[cfg(test)]
mod tests {
    use super::{once, pairs};
    use crate::bench::names::Threads::{Cores, Count};

    #[test]
    fn the_reference_engine_is_there_once() {
        let labels = ["c", "reference", "cpu", "cuda"].map(str::to_owned);
        let expected = [
            ("c", Count(1)),
            ("reference", Count(1)),
            ("cpu", Count(1)),
            ("cuda", Cores),
            ("c", Cores),
            ("cpu", Cores),
        ];
        assert_eq!(pairs(&labels, &[Count(1), Cores]), expected);
    }

    #[test]
    fn the_same_threads_are_measured_once() {
        let all = vec![("c", Count(1)), ("c", Count(2)), ("cpu", Cores), ("c", Cores)];
        let (first, repeated) = once(all.clone(), 2);
        assert_eq!(first, [("c", Count(1)), ("c", Count(2)), ("cpu", Cores)]);
        assert_eq!(repeated, [(("c", Cores), ("c", Count(2)))]);
        assert_eq!(once(all, 8).1, []);
    }
}

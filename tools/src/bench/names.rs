//! The names of entries, `WORKLOAD/SIZE/ENGINE` and `WORKLOAD/SIZE/ENGINE/threads=N`.

use std::str::FromStr;

/// How many threads a contender has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Threads {
    /// So many.
    Count(usize),
    /// One for each core of the machine.
    Cores,
}

impl Threads {
    /// The number.
    pub fn count(self, cores: usize) -> usize {
        match self {
            Threads::Count(count) => count,
            Threads::Cores => cores,
        }
    }
}

impl FromStr for Threads {
    type Err = String;

    fn from_str(text: &str) -> Result<Threads, String> {
        if text == "cores" {
            return Ok(Threads::Cores);
        }
        let count = text.parse().ok().filter(|count| (1..=65536).contains(count));
        count.map(Threads::Count).ok_or("expected a count from 1 to 65536, or 'cores'".into())
    }
}

/// The name of an entry.
pub fn entry(workload: &str, size: usize, engine: &str, threads: Threads) -> String {
    match threads {
        Threads::Cores => format!("{workload}/{size}/{engine}"),
        Threads::Count(count) => format!("{workload}/{size}/{engine}/threads={count}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Threads, entry};

    #[test]
    fn names_are_those_of_the_specification() {
        assert_eq!(entry("plain", 1024, "cpu", Threads::Count(4)), "plain/1024/cpu/threads=4");
        assert_eq!(entry("grid-N10", 1024, "c", Threads::Cores), "grid-N10/1024/c");
    }

    #[test]
    fn threads_are_a_count_or_the_cores() {
        assert_eq!("8".parse(), Ok(Threads::Count(8)));
        assert_eq!("cores".parse::<Threads>().map(|threads| threads.count(6)), Ok(6));
        for wrong in ["0", "-1", "all", "70000"] {
            assert!(wrong.parse::<Threads>().is_err(), "{wrong}");
        }
    }
}

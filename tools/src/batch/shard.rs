//! The part of a campaign that one process renders.

use std::fmt;
use std::str::FromStr;

/// Part `part` of `parts`, counted from 1: every `parts`-th run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    part: usize,
    parts: usize,
}

impl Shard {
    /// All runs.
    pub const WHOLE: Shard = Shard { part: 1, parts: 1 };

    /// Whether a run belongs to it; runs count from 1.
    pub fn has(self, run: usize) -> bool {
        run % self.parts == self.part % self.parts
    }

    /// Whether it is all there is.
    pub fn is_whole(self) -> bool {
        self.parts == 1
    }

    /// Whether another process may work on the other one at the same time: they are parts of one
    /// division.
    pub fn goes_with(self, other: Shard) -> bool {
        self.parts == other.parts && self.part != other.part
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.parts)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers = text.split_once('/').and_then(|(part, parts)| {
            Some((part.parse::<usize>().ok()?, parts.parse::<usize>().ok()?))
        });
        match numbers {
            Some((part, parts)) if (1..=parts).contains(&part) => Ok(Shard { part, parts }),
            Some(_) => Err("the part counts from 1 to the number of parts".into()),
            None => Err("write part/parts, such as 3/10".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shard;

    #[test]
    fn shards_are_disjoint_and_complete() {
        for parts in 1..9 {
            let shards: Vec<Shard> =
                (1..=parts).map(|part| format!("{part}/{parts}").parse().expect("one")).collect();
            for run in 1..50 {
                assert_eq!(shards.iter().filter(|shard| shard.has(run)).count(), 1);
            }
            let sizes = shards.iter().map(|shard| (1..50).filter(|&run| shard.has(run)).count());
            let (least, most) = (sizes.clone().min(), sizes.max());
            assert!(most <= least.map(|size| size + 1));
        }
        assert!(Shard::WHOLE.has(1) && Shard::WHOLE.has(7) && Shard::WHOLE.is_whole());
    }

    #[test]
    fn other_shards_are_refused() {
        for text in ["", "3", "0/4", "5/4", "1/0", "a/b", "1/2/3", "-1/2", "1/99999999999999999999"]
        {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
        assert_eq!("3/10".parse::<Shard>().map(|shard| shard.to_string()), Ok("3/10".into()));
    }
}

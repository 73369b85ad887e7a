//! Many cases, until a limit or a finding.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nanobragg_reference::Request;
use nanobragg_reference::arguments::options::OPTIONS;
use proptest::strategy::ValueTree;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::case::Case;
use super::check::{Checked, Pair, Verdict, check};
use super::shrink::CaseTree;
use super::statistics::Statistics;
use super::strategy::{Cases, Series};
use crate::{Error, Result};

/// Most runs that making one finding smaller may take.
const MOST_STEPS: usize = 4000;

/// Cases of each job between two looks at the limits.
const BLOCK: u64 = 16;

/// What to run.
#[derive(Clone, Copy)]
pub struct Campaign<'a> {
    /// The engine, and what it is compared with.
    pub pair: Pair<'a>,
    /// Which cases.
    pub series: Series,
    /// The seed that the cases follow from.
    pub seed: u64,
    /// Names of options, of which a case needs one; all cases where there are none.
    pub only: &'a [String],
    /// When it ends.
    pub limits: Limits,
    /// Cases that run at the same time.
    pub jobs: NonZeroUsize,
}

/// When a campaign ends.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// After this many cases.
    pub cases: Option<u64>,
    /// After this time.
    pub time: Option<Duration>,
    /// After this many findings.
    pub findings: usize,
}

/// A case that differs.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its number in the series of the seed.
    pub number: u64,
    /// What differs in the smallest case found.
    pub differences: Vec<String>,
    /// The smallest case found.
    pub case: Case,
}

/// How a campaign ended.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    /// What the cases reached.
    pub statistics: Statistics,
    /// What differs, by number.
    pub findings: Vec<Finding>,
}

/// A case that was run.
struct Done {
    number: u64,
    tree: CaseTree,
    checked: Checked,
}

impl Campaign<'_> {
    /// Runs cases until a limit is reached or `stop` is set. `watch` is called after each block of
    /// cases. For a number of cases the result is the same with any number of jobs.
    ///
    /// # Errors
    /// A directory that cannot be made, an executable that cannot be started.
    pub fn run(&self, stop: &AtomicBool, watch: &(dyn Fn(&Ended) + Sync)) -> Result<Ended> {
        let begun = Instant::now();
        let pool = ThreadPoolBuilder::new()
            .num_threads(self.jobs.get())
            .build()
            .map_err(|error| Error::Run(error.to_string()))?;
        let goes_on = || {
            let late = self.limits.time.is_some_and(|time| begun.elapsed() >= time);
            !late && !stop.load(Ordering::Relaxed)
        };
        let mut ended = Ended::default();
        let mut next = 0;
        let last = self.limits.cases.unwrap_or(u64::MAX);
        while goes_on() && next < last && ended.findings.len() < self.limits.findings {
            let block = next..last.min(next.saturating_add(BLOCK * self.jobs.get() as u64));
            next = block.end;
            let done: Vec<Option<Done>> = pool.install(|| {
                let cases = || Cases::new(self.series, self.pair.knows_own_options());
                let one = |cases: &mut Cases, number| {
                    if goes_on() { self.one(cases, number) } else { Ok(None) }
                };
                block.into_par_iter().map_init(cases, one).collect::<Result<_>>()
            })?;
            for done in done.into_iter().flatten() {
                self.take_up(done, stop, &mut ended)?;
                if ended.findings.len() >= self.limits.findings {
                    break;
                }
            }
            watch(&ended);
        }
        Ok(ended)
    }

    /// One case; none where it was not asked for.
    fn one(&self, cases: &Cases, number: u64) -> Result<Option<Done>> {
        let tree = cases.case(self.seed, number).map_err(Error::Run)?;
        let case = tree.current();
        if !self.selects(&case) {
            return Ok(None);
        }
        let checked = check(&case.command_line(), self.pair)?;
        Ok(Some(Done { number, tree, checked }))
    }

    /// Counts a case, and makes it smaller where it differs.
    fn take_up(&self, done: Done, stop: &AtomicBool, ended: &mut Ended) -> Result<()> {
        let Done { number, mut tree, checked } = done;
        ended.statistics.add(&tree.current(), &checked);
        if let Verdict::Differs(differences) = checked.verdict {
            ended.findings.push(self.smallest(&mut tree, number, differences, stop)?);
        }
        Ok(())
    }

    /// Makes a case smaller as long as it differs.
    fn smallest(
        &self,
        tree: &mut CaseTree,
        number: u64,
        differences: Vec<String>,
        stop: &AtomicBool,
    ) -> Result<Finding> {
        let mut finding = Finding { number, differences, case: tree.current() };
        let mut go_on = tree.simplify();
        for _ in 0..MOST_STEPS {
            if !go_on || stop.load(Ordering::Relaxed) {
                break;
            }
            let case = tree.current();
            let checked = check(&case.command_line(), self.pair)?;
            go_on = match checked.verdict {
                Verdict::Differs(differences) => {
                    finding = Finding { number, differences, case };
                    tree.simplify()
                }
                _ => tree.complicate(),
            };
        }
        Ok(finding)
    }

    /// Whether a case has one of the options that were asked for.
    fn selects(&self, case: &Case) -> bool {
        if self.only.is_empty() {
            return true;
        }
        let is_wanted = |name: &&'static str| self.only.iter().any(|only| only == name);
        let acts = Request::parse(&case.command_line().arguments).is_ok_and(|request| {
            request.scanned.actions.iter().any(|action| {
                let row = OPTIONS.iter().find(|row| row.id == action.id);
                row.is_some_and(|row| row.names.iter().any(is_wanted))
            })
        });
        acts || self.only.iter().any(|name| case.has(&[name]))
    }
}

//! Many cases, one after the other, until a limit or a finding.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nanobragg_reference::Request;
use nanobragg_reference::arguments::options::OPTIONS;
use proptest::strategy::ValueTree;

use super::case::Case;
use super::check::{Against, Verdict, check};
use super::shrink::CaseTree;
use super::statistics::Statistics;
use super::strategy::{Cases, Series};
use crate::{Error, Result};

/// Most runs that making one finding smaller may take.
const MOST_STEPS: usize = 4000;

/// What to run.
#[derive(Clone, Copy)]
pub struct Campaign<'a> {
    /// What the reference engine is compared with.
    pub against: Against<'a>,
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

impl Campaign<'_> {
    /// Runs cases until a limit is reached or `stop` is set. `watch` is called after each case.
    ///
    /// # Errors
    /// A directory that cannot be made, an executable that cannot be started.
    pub fn run(&self, stop: &AtomicBool, watch: &(dyn Fn(&Ended) + Sync)) -> Result<Ended> {
        let (next, begun) = (AtomicU64::new(0), Instant::now());
        let (ended, failed) = (Mutex::new(Ended::default()), Mutex::new(None));
        let over = AtomicBool::new(false);
        let go_on = || {
            let late = self.limits.time.is_some_and(|time| begun.elapsed() >= time);
            !late && !over.load(Ordering::Relaxed) && !stop.load(Ordering::Relaxed)
        };
        let work = || {
            let cases = Cases::new(self.series, self.against.knows_own_options());
            while go_on() {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if self.limits.cases.is_some_and(|cases| number >= cases) {
                    break;
                }
                if let Err(error) = self.one(&cases, number, stop, &ended, &over, watch) {
                    over.store(true, Ordering::Relaxed);
                    *lock(&failed) = Some(error);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.get() {
                scope.spawn(work);
            }
        });
        if let Some(error) = lock(&failed).take() {
            return Err(error);
        }
        let mut ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        ended.findings.sort_by_key(|finding| finding.number);
        Ok(ended)
    }

    /// One case, made smaller where it differs.
    fn one(
        &self,
        cases: &Cases,
        number: u64,
        stop: &AtomicBool,
        ended: &Mutex<Ended>,
        over: &AtomicBool,
        watch: &(dyn Fn(&Ended) + Sync),
    ) -> Result<()> {
        let mut tree = cases.case(self.seed, number).map_err(Error::Run)?;
        let case = tree.current();
        if !self.selects(&case) {
            return Ok(());
        }
        let checked = check(&case.command_line(), self.against)?;
        let finding = match &checked.verdict {
            Verdict::Differs(differences) => {
                Some(self.smallest(&mut tree, number, differences.clone(), stop)?)
            }
            _ => None,
        };
        let mut ended = lock(ended);
        ended.statistics.add(&case, &checked);
        ended.findings.extend(finding);
        if ended.findings.len() >= self.limits.findings {
            over.store(true, Ordering::Relaxed);
        }
        watch(&ended);
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
            let checked = check(&case.command_line(), self.against)?;
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

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Each holder leaves the value whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Outcomes of runs: each is made once, in parallel with others, within a memory budget.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::execute::Outcome;

/// Memory that runs at the same time may take, and the outcomes that are kept, bytes.
const BUDGET: usize = 1 << 30;

type Slot = Arc<OnceLock<Result<Arc<Outcome>, String>>>;

/// Outcomes by what was run.
pub(super) struct Cache<K> {
    kept: Mutex<Kept<K>>,
    in_flight: Mutex<usize>,
    freed: Condvar,
}

struct Kept<K> {
    slots: HashMap<K, Slot>,
    bytes: usize,
}

impl<K> Default for Cache<K> {
    fn default() -> Self {
        let kept = Kept { slots: HashMap::new(), bytes: 0 };
        Cache { kept: Mutex::new(kept), in_flight: Mutex::new(0), freed: Condvar::new() }
    }
}

impl<K: Clone + Eq + Hash> Cache<K> {
    /// The outcome of a key; `make`, which takes about `cost` bytes, is called where there is none.
    pub(super) fn get(
        &self,
        key: &K,
        cost: usize,
        make: impl FnOnce() -> Result<Outcome, String>,
    ) -> Result<Arc<Outcome>, String> {
        let slot = Arc::clone(lock(&self.kept).slots.entry(key.clone()).or_default());
        slot.get_or_init(|| {
            self.enter(cost);
            let outcome = make();
            self.leave(cost);
            let outcome = outcome?;
            self.count(&outcome);
            Ok(Arc::new(outcome))
        })
        .clone()
    }

    /// Waits until a run of this cost fits into the budget.
    fn enter(&self, cost: usize) {
        let mut busy = lock(&self.in_flight);
        while *busy > 0 && *busy + cost > BUDGET {
            busy = self.freed.wait(busy).unwrap_or_else(PoisonError::into_inner);
        }
        *busy += cost;
    }

    fn leave(&self, cost: usize) {
        *lock(&self.in_flight) -= cost;
        self.freed.notify_all();
    }

    /// Everything goes when it is too much. Those who hold an outcome keep it.
    fn count(&self, outcome: &Outcome) {
        let size = outcome.stdout.len() + outcome.files.values().map(Vec::len).sum::<usize>();
        let mut kept = lock(&self.kept);
        kept.bytes += size;
        if kept.bytes > BUDGET {
            kept.slots.retain(|_, slot| slot.get().is_none());
            kept.bytes = size;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

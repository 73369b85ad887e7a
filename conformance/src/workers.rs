//! Work on many items at once that itself waits for other work.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A function of each item, on as many threads as there are cores; the results in order.
///
/// These are not the threads of rayon, which engines use: one of those that waits for the tiles of an
/// image takes up another item meanwhile, and that may wait for what the first one holds, memory or a
/// run that both need.
pub fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut results = Vec::new();
        while let Some((number, item)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            items.get(number).map(|item| (number, item))
        } {
            results.push((number, work(item)));
        }
        results
    };
    let mut results = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores.min(items.len())).map(|_| scope.spawn(worker)).collect();
        let ended = workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        ended.collect::<Vec<_>>()
    });
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::each;

    #[test]
    fn results_are_in_order_and_workers_are_no_threads_of_rayon() {
        let items: Vec<u64> = (0..100).collect();
        let squares = each(&items, |item| {
            assert_eq!(rayon::current_thread_index(), None);
            (0..1000u64).into_par_iter().map(|_| item * item).max()
        });
        assert_eq!(squares, items.iter().map(|item| Some(item * item)).collect::<Vec<_>>());
        assert!(each(&[] as &[u64], |item| *item).is_empty());
    }
}

//! The threads of an engine.
//!
//! An image of a million pixels takes two milliseconds. A thread wakes where it slept, and for longer than
//! that the system may leave two on one core beside an idle one; on virtual machines it takes a core that
//! rests for one that is not to be had. So each thread stays on a core of its own where an engine has one
//! for each core of the process. Tiles are handed out one by one: what other processes take of a core
//! is made up for by the others, as everywhere.

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// A pool of some threads.
pub(crate) fn pool(count: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    let builder = ThreadPoolBuilder::new().num_threads(count);
    let cores = cores();
    if count > 1 && cores.len() == count {
        builder.start_handler(move |number| stay_on(cores[number])).build()
    } else {
        builder.build()
    }
}

/// The cores that this thread, and so those that it starts, may use. None where the system does not tell.
#[cfg(target_os = "linux")]
fn cores() -> Vec<usize> {
    use nix::sched::{CpuSet, sched_getaffinity};
    let Ok(allowed) = sched_getaffinity(nix::unistd::Pid::from_raw(0)) else { return Vec::new() };
    (0..CpuSet::count()).filter(|&core| allowed.is_set(core).unwrap_or(false)).collect()
}

/// Keeps this thread on a core. Where the system refuses, it goes where the system puts it.
#[cfg(target_os = "linux")]
fn stay_on(core: usize) {
    use nix::sched::{CpuSet, sched_setaffinity};
    let mut only = CpuSet::new();
    if only.set(core).is_ok() {
        let _ = sched_setaffinity(nix::unistd::Pid::from_raw(0), &only);
    }
}

#[cfg(not(target_os = "linux"))]
fn cores() -> Vec<usize> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
fn stay_on(_core: usize) {}

#[cfg(test)]
mod tests {
    use super::{cores, pool};

    #[test]
    #[cfg(target_os = "linux")]
    fn threads_stay_on_cores_of_their_own_where_there_is_one_for_each() {
        let all = cores();
        assert!(!all.is_empty());
        let of_threads = |count: usize| pool(count).expect("threads").broadcast(|_| cores());
        let each: Vec<Vec<usize>> = all.iter().map(|&core| vec![core]).collect();
        assert_eq!(of_threads(all.len()), each);
        // More than there are cores go where the system puts them.
        assert!(of_threads(all.len() + 1).iter().all(|cores| *cores == all));
    }
}

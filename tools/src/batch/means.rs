//! What a batch may use, and how runs share the threads.

use nanobragg_reference::arguments::EngineChoice;

use super::Options;
use super::plan::Task;
use super::size::Bytes;
use crate::machine;

/// Steps up to which a run has one thread to itself: what the engine on the processor does in ten
/// seconds or less. More of those are at work at a time, and more of them are lost with a process
/// that is killed.
pub(super) const SHORT: f64 = 2e9;

/// What a batch may use.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    /// Threads of all runs at a time.
    pub threads: usize,
    /// Memory of all runs at a time.
    pub memory: Bytes,
    /// How many runs there are at a time, where that was asked for.
    pub jobs: Option<usize>,
}

impl Means {
    /// What was asked for; else all cores, and half of the memory that is free.
    pub fn of(options: &Options) -> Means {
        let host = machine::host(options.threads);
        let half = || Bytes((host.memory)().map_or(u64::MAX, |free| free / 2));
        Means {
            threads: host.threads,
            memory: options.memory.unwrap_or_else(half),
            jobs: options.jobs,
        }
    }
}

/// Gives threads to runs. The result of none depends on it.
pub(super) fn share_threads(tasks: &mut [Task], means: &Means) {
    let all = means.threads;
    let short = tasks.iter().filter(|task| is_short(task)).count();
    let one = (all / short.max(1)).max(1);
    for task in tasks {
        task.threads = match (means.jobs, task.engine) {
            (_, EngineChoice::Reference) => 1,
            (Some(jobs), _) => (all / jobs).max(1),
            (None, _) if is_short(task) => one,
            (None, _) => all,
        };
    }
}

/// Whether a run is one of several at a time. Those on a GPU have it to themselves.
fn is_short(task: &Task) -> bool {
    task.engine == EngineChoice::Reference
        || (task.engine == EngineChoice::Cpu && task.steps < SHORT)
}

#[cfg(test)]
mod tests {
    use super::{Bytes, EngineChoice, Means, Task, share_threads};

    fn threads(
        count: usize,
        jobs: Option<usize>,
        steps: &[f64],
        engine: EngineChoice,
    ) -> Vec<usize> {
        let means = Means { threads: count, memory: Bytes(1), jobs };
        let task = |steps: &f64| Task {
            run: 0,
            engine,
            threads: 1,
            memory: 0,
            table: None,
            steps: *steps,
        };
        let mut tasks: Vec<Task> = steps.iter().map(task).collect();
        share_threads(&mut tasks, &means);
        tasks.iter().map(|task| task.threads).collect()
    }

    #[test]
    fn short_runs_go_side_by_side_and_long_ones_alone() {
        use EngineChoice::{Cpu, Cuda, Reference};
        assert_eq!(threads(8, None, &[1e6, 1e12], Cpu), [8, 8]);
        assert_eq!(threads(8, None, &[1e6; 3], Cpu), [2; 3]);
        assert_eq!(threads(8, None, &[1e6; 100], Cpu), [1; 100]);
        assert_eq!(threads(8, None, &[1e12; 100], Cpu), [8; 100]);
        assert_eq!(threads(8, Some(4), &[1e6, 1e12], Cpu), [2, 2]);
        assert_eq!(threads(8, Some(16), &[1e12], Cpu), [1]);
        assert_eq!(threads(8, None, &[1e12, 1e6], Reference), [1, 1]);
        assert_eq!(threads(8, None, &[1e6], Cuda), [8]);
    }
}

//! Which run starts when: in their order, as far as threads and memory reach.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::plan::Task;

/// Hands out runs.
#[derive(Debug)]
pub struct Schedule<'a> {
    tasks: &'a [Task],
    limits: Limits,
    state: Mutex<State>,
    changed: Condvar,
}

/// What all runs at a time may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Threads.
    pub threads: usize,
    /// Memory in bytes.
    pub memory: u64,
}

#[derive(Debug)]
struct State {
    /// The next run.
    next: usize,
    threads: usize,
    memory: u64,
    running: usize,
    stopped: bool,
    tables: Vec<Table>,
}

/// A table of structure factors.
#[derive(Clone, Copy, Debug)]
struct Table {
    bytes: u64,
    /// Runs that need it and are not done.
    left: usize,
    state: Held,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Absent,
    /// A run is reading it; others wait for that.
    Coming,
    Here,
}

/// A run that may go on. What it uses is free again when this is dropped.
#[derive(Debug)]
pub struct Claim<'s> {
    schedule: &'s Schedule<'s>,
    /// The run.
    pub task: Task,
    ended: bool,
}

impl<'a> Schedule<'a> {
    /// Runs in their order, and the sizes of the tables that they need; `here` tells which of those
    /// are there already.
    pub fn new(tasks: &'a [Task], limits: Limits, tables: &[(u64, bool)]) -> Schedule<'a> {
        let left = |table| tasks.iter().filter(|task| task.table == Some(table)).count();
        let tables: Vec<Table> = tables
            .iter()
            .enumerate()
            .map(|(table, &(bytes, here))| {
                let state = if here { Held::Here } else { Held::Absent };
                Table { bytes, left: left(table), state }
            })
            .collect();
        let memory = tables.iter().filter(|t| t.state == Held::Here).map(|t| t.bytes).sum();
        let state = State { next: 0, threads: 0, memory, running: 0, stopped: false, tables };
        Schedule { tasks, limits, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The next run, as soon as there is room for it; `None` at the end.
    pub fn claim(&'a self) -> Option<Claim<'a>> {
        let mut state = self.lock();
        loop {
            let task = *self.tasks.get(state.next).filter(|_| !state.stopped)?;
            if state.fits(&task, self.limits) {
                state.start(&task);
                return Some(Claim { schedule: self, task, ended: false });
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Hands out no more runs.
    pub fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fits(&self, task: &Task, limits: Limits) -> bool {
        let table = task.table.map(|table| &self.tables[table]);
        let bytes = match table.map(|table| (table.state, table.bytes)) {
            Some((Held::Coming, _)) => return false,
            Some((Held::Absent, bytes)) => bytes,
            Some((Held::Here, _)) | None => 0,
        };
        // What a run needs alone was checked before it was planned.
        self.running == 0
            || (self.threads + task.threads <= limits.threads
                && self.memory + task.memory + bytes <= limits.memory)
    }

    fn start(&mut self, task: &Task) {
        self.next += 1;
        self.running += 1;
        self.threads += task.threads;
        self.memory += task.memory;
        if let Some(table) = task.table.map(|table| &mut self.tables[table])
            && table.state == Held::Absent
        {
            table.state = Held::Coming;
            self.memory += table.bytes;
        }
    }

    /// Whether the run was the last one that needs its table.
    fn end(&mut self, task: &Task) -> bool {
        self.running -= 1;
        self.threads -= task.threads;
        self.memory -= task.memory;
        let Some(table) = task.table.map(|table| &mut self.tables[table]) else { return false };
        table.left -= 1;
        if table.left > 0 {
            // A run that failed before it had read the table leaves that to the next one, which
            // reads it under the same account.
            table.state = Held::Here;
            return false;
        }
        table.state = Held::Absent;
        self.memory -= table.bytes;
        true
    }
}

impl Claim<'_> {
    /// The table of the run is there: others that need it may start.
    pub fn loaded(&self) {
        let mut state = self.schedule.lock();
        if let Some(table) = self.task.table {
            state.tables[table].state = Held::Here;
        }
        self.schedule.changed.notify_all();
    }

    /// Ends the run: whether it was the last one that needs its table. `forget` lets go of that
    /// before any other run starts.
    pub fn end(mut self, forget: impl FnOnce(usize)) {
        self.ended = true;
        let last = self.schedule.lock().end(&self.task);
        if let Some(table) = self.task.table.filter(|_| last) {
            forget(table);
        }
        self.schedule.changed.notify_all();
    }
}

impl Drop for Claim<'_> {
    /// A thread that panics does not keep the others waiting.
    fn drop(&mut self) {
        if !self.ended {
            self.schedule.lock().end(&self.task);
            self.schedule.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

    use nanobragg_reference::arguments::EngineChoice;

    use super::{Limits, Schedule, Task};

    fn task(run: usize, threads: usize, memory: u64, table: Option<usize>) -> Task {
        Task { run, engine: EngineChoice::Cpu, threads, memory, table, steps: 1.0 }
    }

    /// What was in use at most, and the order of the runs.
    fn drive(tasks: &[Task], limits: Limits, tables: &[(u64, bool)]) -> (usize, u64, Vec<usize>) {
        let schedule = Schedule::new(tasks, limits, tables);
        let (threads, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (memory, peak) = (AtomicU64::new(0), AtomicU64::new(0));
        let order = std::sync::Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    while let Some(claim) = schedule.claim() {
                        let task = claim.task;
                        order.lock().expect("order").push(task.run);
                        most.fetch_max(
                            threads.fetch_add(task.threads, Ordering::SeqCst) + task.threads,
                            Ordering::SeqCst,
                        );
                        peak.fetch_max(
                            memory.fetch_add(task.memory, Ordering::SeqCst) + task.memory,
                            Ordering::SeqCst,
                        );
                        claim.loaded();
                        std::thread::sleep(std::time::Duration::from_millis(2));
                        threads.fetch_sub(task.threads, Ordering::SeqCst);
                        memory.fetch_sub(task.memory, Ordering::SeqCst);
                        claim.end(|_| ());
                    }
                });
            }
        });
        let mut order = order.into_inner().expect("order");
        order.sort_unstable();
        (most.into_inner(), peak.into_inner(), order)
    }

    #[test]
    fn limits_are_kept_and_every_run_is_handed_out_once() {
        let tasks: Vec<Task> = (0..40).map(|run| task(run, 1 + run % 3, 10, None)).collect();
        let (threads, memory, order) = drive(&tasks, Limits { threads: 4, memory: 30 }, &[]);
        assert!(threads <= 4 && threads > 1 && memory <= 30, "{threads} {memory}");
        assert_eq!(order, (0..40).collect::<Vec<_>>());
    }

    #[test]
    fn tables_come_once_and_go_with_their_last_run() {
        let tasks = [0, 0, 1, 1].map(|table| task(table, 1, 10, Some(table)));
        let limits = Limits { threads: 8, memory: 130 };
        let schedule = Schedule::new(&tasks, limits, &[(100, false), (100, false)]);
        let first = schedule.claim().expect("a run");
        let memory = || schedule.lock().memory;
        assert_eq!(memory(), 110);
        // While the table comes, the second run waits.
        assert!(!schedule.lock().fits(&tasks[1], limits));
        first.loaded();
        let second = schedule.claim().expect("a run");
        assert_eq!(memory(), 120);
        // There is no room for the other table.
        assert!(!schedule.lock().fits(&tasks[2], limits));
        let mut gone = Vec::new();
        first.end(|table| gone.push(table));
        second.end(|table| gone.push(table));
        assert_eq!((gone, memory()), (vec![0], 0));
        let third = schedule.claim().expect("a run");
        assert_eq!(memory(), 110);
        schedule.stop();
        assert!(schedule.claim().is_none());
        third.end(|_| ());
    }

    #[test]
    fn a_run_that_is_larger_than_the_limits_goes_alone() {
        let tasks = [task(0, 64, 1000, None), task(1, 1, 1, None)];
        let (threads, _, order) = drive(&tasks, Limits { threads: 2, memory: 10 }, &[]);
        assert_eq!((threads, order), (64, vec![0, 1]));
    }
}

//! The machine that a program runs on.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use nanobragg_reference::host::Host;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// The clock, the memory, the processors and the working directory of this process; `threads`
/// are those that the user allows.
pub fn host(threads: Option<usize>) -> Host {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Host {
        now: i64::try_from(now).unwrap_or(0),
        memory,
        threads: threads.unwrap_or_else(|| cores().get()),
        directory: PathBuf::new(),
    }
}

/// Cores that this process may use; 1 where the system does not tell.
pub fn cores() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Memory that is free for use now, in bytes, within the limits of a container.
fn memory() -> Option<u64> {
    let kind = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(kind).ok()?;
    let free = system.available_memory();
    let container = system.cgroup_limits().map_or(u64::MAX, |limits| limits.free_memory);
    let process = address_space().unwrap_or(u64::MAX);
    Some(free.min(container).min(process)).filter(|&bytes| bytes > 0)
}

/// The limit of the address space of this process, as `ulimit -v` sets it, where the system tells.
fn address_space() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

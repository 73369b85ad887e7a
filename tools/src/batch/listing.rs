//! What `-list` shows.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use super::file::count_of;
use super::plan::{Plan, Task};
use super::resume::Campaign;
use super::shard::Shard;
use super::size::Bytes;
use super::words;

/// The runs of a shard: whether each is done, its work, memory, seed and command line.
pub fn text(campaign: &Campaign, plan: &Plan, pending: &[usize], shard: Shard) -> String {
    let pending: HashSet<usize> = pending.iter().copied().collect();
    let tasks: HashMap<usize, &Task> = plan.tasks.iter().map(|task| (task.run, task)).collect();
    let mut text =
        format!("{:>6}  {:<5} {:>8} {:>9}  command\n", "run", "state", "steps", "memory");
    let (mut steps, mut left) = (0.0, 0);
    for run in campaign.share() {
        let Some(task) = tasks.get(&run) else { continue };
        let state = if pending.contains(&run) { "left" } else { "done" };
        if pending.contains(&run) {
            steps += task.steps;
            left += 1;
        }
        let line = words::join(&campaign.runs[run].args);
        let seed = match campaign.outlines[run].seed {
            Some(seed) => format!("  # seed {seed}"),
            None => String::new(),
        };
        let (index, memory) = (campaign.runs[run].index, Bytes(task.memory).to_string());
        let amount = format!("{:.1e}", task.steps);
        let _ = writeln!(text, "{index:>6}  {state:<5} {amount:>8} {memory:>9}  {line}{seed}");
    }
    let tables: u64 = plan.tables.iter().map(|(_, bytes)| bytes).sum();
    let count = plan.tables.len();
    let _ = write!(text, "{}", count_of(campaign.runs.len()));
    if !shard.is_whole() {
        let _ = write!(text, ", {} in part {shard}", campaign.share().count());
    }
    let _ = writeln!(text, ": {left} left, {steps:.1e} steps");
    if count > 0 {
        let _ = writeln!(text, "tables of structure factors: {count}, {}", Bytes(tables));
    }
    text
}

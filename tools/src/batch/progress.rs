//! How far a batch is: a bar on a terminal, lines elsewhere, and a summary at the end.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use nanobragg_reference::Error;
use nanobragg_reference::output::GUARDED;

use super::file::{Origin, count_of};

/// How often there is a line where there is no terminal.
const PERIOD: Duration = Duration::from_secs(10);

/// Failures that the summary repeats.
const MOST_FAILURES: usize = 20;

/// The progress of a batch.
pub struct Progress {
    bar: ProgressBar,
    lines: bool,
    state: Mutex<State>,
}

struct State {
    summary: Summary,
    /// Runs that were left at the beginning.
    left: usize,
    start: Instant,
    last_line: Instant,
    /// Messages of runs, with how often each came.
    messages: BTreeMap<String, usize>,
}

/// What became of a batch.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Runs of the batch, or of its part.
    pub runs: usize,
    /// Those that were done before.
    pub before: usize,
    /// Those rendered now.
    pub rendered: usize,
    /// Those that failed, with their reasons.
    pub failures: Vec<String>,
    /// Whether it was ended by a signal.
    pub cancelled: bool,
    /// What it took.
    pub time: Duration,
}

impl Summary {
    /// The exit status of the program: 0 all done, 2 some failed, 130 interrupted.
    pub fn exit_status(&self) -> u8 {
        match (self.cancelled, self.failures.is_empty()) {
            (true, _) => 130,
            (false, true) => 0,
            (false, false) => 2,
        }
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { runs, before, rendered, failures, .. } = self;
        let failed = failures.len();
        write!(
            f,
            "{}: {rendered} rendered, {before} done before, {failed} failed",
            count_of(*runs)
        )?;
        let left = runs - before - rendered - failed;
        if left > 0 {
            write!(f, ", {left} left")?;
        }
        let seconds = self.time.as_secs_f64();
        if *rendered > 0 {
            write!(f, "; {seconds:.1} s, {:.1} images/s", *rendered as f64 / seconds.max(1e-3))?;
        }
        Ok(())
    }
}

impl Progress {
    /// Shows progress, as a bar where standard error is a terminal, unless the user says no.
    pub fn start(wanted: Option<bool>) -> Progress {
        let terminal = std::io::stderr().is_terminal();
        let show = wanted.unwrap_or(true);
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if show && terminal {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
        }
        let state = State {
            summary: Summary::default(),
            left: 0,
            start: Instant::now(),
            last_line: Instant::now(),
            messages: BTreeMap::new(),
        };
        Progress { bar, lines: show && !terminal, state: Mutex::new(state) }
    }

    /// `done` of `runs` were checked.
    pub fn checking(&self, done: usize, runs: usize) {
        self.style("checking {pos}/{len} runs");
        self.bar.set_length(runs as u64);
        self.bar.set_position(done as u64);
    }

    /// Of `runs`, `left` are to be rendered.
    pub fn begin(&self, runs: usize, left: usize) {
        let mut state = self.state();
        state.summary.runs = runs;
        state.summary.before = runs - left;
        state.left = left;
        state.start = Instant::now();
        self.style("{bar:30} {pos}/{len} images{msg}");
        self.bar.set_length(left as u64);
        self.bar.set_position(0);
        self.bar.enable_steady_tick(Duration::from_millis(500));
        let line = state.line();
        drop(state);
        if self.lines && left > 0 {
            self.say(&line);
        }
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }

    /// A run was rendered. What many runs have to say is said once.
    pub fn done(&self, origin: &Origin, messages: &[String]) {
        for message in messages {
            let count = {
                let mut state = self.state();
                let count = state.messages.entry(kind(message)).or_default();
                *count += 1;
                *count
            };
            if count == 1 {
                self.say(&format!("{origin}: {message}"));
            }
        }
        self.state().summary.rendered += 1;
        self.step();
    }

    /// A run failed.
    pub fn failed(&self, origin: &Origin, error: &Error) {
        let line = format!("{origin}: {}", error.message());
        self.say(&line);
        self.state().summary.failures.push(line);
        self.step();
    }

    fn step(&self) {
        let mut state = self.state();
        self.bar.set_position((state.summary.rendered + state.summary.failures.len()) as u64);
        self.bar.set_message(state.rest());
        if self.lines && state.last_line.elapsed() >= PERIOD {
            state.last_line = Instant::now();
            let line = state.line();
            drop(state);
            self.say(&line);
        }
    }

    /// Takes the bar away and tells what came of it.
    pub fn finish(self, cancelled: bool) -> Summary {
        self.bar.finish_and_clear();
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (message, count) in state.messages.iter().filter(|(_, count)| **count > 1) {
            write_line(&format!("{} more runs: {message}", count - 1));
        }
        let mut summary = state.summary;
        if summary.failures.len() > 1 {
            write_line("failed:");
            summary.failures.iter().take(MOST_FAILURES).for_each(|line| write_line(line));
            let more = summary.failures.len().saturating_sub(MOST_FAILURES);
            if more > 0 {
                write_line(&format!("and {more} more"));
            }
        }
        summary.cancelled = cancelled;
        summary.time = state.start.elapsed();
        summary
    }

    /// What the user should know.
    pub fn note(&self, text: &str) {
        self.say(&format!("note: {text}"));
    }

    /// Writes a line above the bar.
    fn say(&self, line: &str) {
        self.bar.suspend(|| write_line(line));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn line(&self) -> String {
        let Summary { rendered, failures, .. } = &self.summary;
        format!("{} of {} images{}", rendered + failures.len(), self.left, self.rest())
    }

    /// Failures, speed and the time that is left.
    fn rest(&self) -> String {
        let Summary { rendered, failures, .. } = &self.summary;
        let mut text = String::new();
        if !failures.is_empty() {
            text = format!(", {} failed", failures.len());
        }
        if *rendered > 0 {
            let rate = *rendered as f64 / self.start.elapsed().as_secs_f64().max(1e-3);
            let left = self.left - rendered - failures.len();
            let time = Duration::from_secs_f64((left as f64 / rate).min(1e9));
            text += &format!(", {rate:.1}/s, {} left", HumanDuration(time));
        }
        text
    }
}

/// What a message says but for its numbers, where those are another for each run.
fn kind(message: &str) -> String {
    if message.ends_with(GUARDED) {
        format!("note: evaluations were {GUARDED}")
    } else {
        message.to_owned()
    }
}

fn write_line(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{GUARDED, Summary, kind};

    #[test]
    fn notes_that_differ_in_a_number_are_of_one_kind() {
        let note = |count| format!("note: {count} evaluations were {GUARDED}");
        assert_eq!(kind(&note(3)), kind(&note(4)));
        assert_ne!(kind("note: 3 evaluations"), kind("note: 4 evaluations"));
    }

    #[test]
    fn the_summary_counts_every_run() {
        let mut summary = Summary {
            runs: 10,
            before: 2,
            rendered: 5,
            failures: vec!["b:1: error".into()],
            cancelled: false,
            time: Duration::from_secs(2),
        };
        let text = "10 runs: 5 rendered, 2 done before, 1 failed, 2 left; 2.0 s, 2.5 images/s";
        assert_eq!((summary.to_string().as_str(), summary.exit_status()), (text, 2));
        summary.cancelled = true;
        assert_eq!(summary.exit_status(), 130);
        let done = Summary { runs: 3, before: 3, ..Summary::default() };
        let text = "3 runs: 0 rendered, 3 done before, 0 failed";
        assert_eq!((done.to_string().as_str(), done.exit_status()), (text, 0));
    }
}

//! How far a run has come: a bar on a terminal, else a line for each workload.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far a run has come. It goes by the estimated time of each workload.
pub struct Progress {
    bar: ProgressBar,
    lines: bool,
    start: Instant,
    /// Estimated time of each workload, s.
    times: Vec<f64>,
    /// Workloads that were begun.
    begun: usize,
}

impl Progress {
    /// Says how long workloads of such times will take, s.
    pub fn start(times: &[f64]) -> Progress {
        let seconds: f64 = times.iter().sum();
        let lines = !std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if !lines {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
            bar.enable_steady_tick(Duration::from_millis(250));
        }
        bar.set_length((seconds * 1e3) as u64);
        let template = "{percent:>3}% {bar:40} {elapsed} of about {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let count = times.len();
        complain(&format!("{count} workloads, about {seconds:.0} s where nothing else runs"));
        Progress { bar, lines, start: Instant::now(), times: times.to_vec(), begun: 0 }
    }

    /// The next workload begins.
    pub fn next(&mut self, name: &str) {
        let all: f64 = self.times.iter().sum();
        let done = self.times.iter().take(self.begun).fold(0.0, |sum, time| sum + time);
        self.begun += 1;
        self.bar.set_position((done * 1e3) as u64);
        self.bar.set_message(format!("{all:.0} s  {name}"));
        if self.lines {
            let (part, seconds) = (done / all * 100.0, self.start.elapsed().as_secs_f64());
            complain(&format!("{part:>3.0}% {seconds:>5.0} s  {name}"));
        }
    }

    /// The last workload is done.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
        complain(&format!("measured in {:.0} s", self.start.elapsed().as_secs_f64()));
    }
}

fn complain(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

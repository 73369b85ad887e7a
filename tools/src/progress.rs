//! Progress on standard error, and the end by a signal.

use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Once};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// A progress bar with the time that is left; lines where there is no terminal to draw it on.
pub struct Progress {
    bar: ProgressBar,
    /// Whether lines are written, and the percentage of the last one.
    lines: Option<AtomicU64>,
    stop: Arc<AtomicBool>,
    watching: Once,
}

impl Progress {
    /// Shows progress where standard error is a terminal, or as the user says. While
    /// it renders, the first SIGINT or SIGTERM ends the run in order, so that no file is left
    /// half-written.
    pub fn start(wanted: Option<bool>) -> Progress {
        let terminal = std::io::stderr().is_terminal();
        let show = wanted.unwrap_or(terminal);
        let lines = (show && !terminal).then(AtomicU64::default);
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if show {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
        }
        let template = "{percent:>3}% {bar:40} {human_pos}/{human_len} pixels, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Progress { bar, lines, stop: Arc::default(), watching: Once::new() }
    }

    /// From now on the first signal sets the flag that ends the run in order, and the second ends
    /// the process. Until the rendering starts, a signal ends the process at once: no file has been
    /// begun then.
    fn watch_signals(&self) {
        for signal in [SIGINT, SIGTERM] {
            // Where no handler can be set, a signal ends the process as usual.
            drop(flag::register_conditional_shutdown(signal, 130, Arc::clone(&self.stop)));
            drop(flag::register(signal, Arc::clone(&self.stop)));
        }
    }

    /// Takes the number of pixels done and the number there are.
    pub fn update(&self, done: u64, total: u64) -> ControlFlow<()> {
        self.watching.call_once(|| self.watch_signals());
        if self.bar.length() != Some(total) {
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
        if done == total {
            self.bar.finish_and_clear();
        }
        if let Some(last) = &self.lines {
            let percent = done * 100 / total.max(1);
            if last.swap(percent, Ordering::Relaxed) < percent {
                drop(writeln!(std::io::stderr(), "{percent}% of {total} pixels"));
            }
        }
        if self.stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

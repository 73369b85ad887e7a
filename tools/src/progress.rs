//! Progress on standard error, and the end by a signal.

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// A progress bar with the time that is left.
pub struct Progress {
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

impl Progress {
    /// Shows progress where standard error is a terminal, or as the user says. The first
    /// SIGINT or SIGTERM ends the run in order, so that no file is left half-written.
    pub fn start(wanted: Option<bool>) -> Progress {
        let show = wanted.unwrap_or_else(|| std::io::stderr().is_terminal());
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if show {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
        }
        let template = "{percent:>3}% {bar:40} {human_pos}/{human_len} pixels, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // The second signal ends the process at once: the first has set the flag by then.
            // Where no handler can be set, a signal ends the process as usual.
            drop(flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop)));
            drop(flag::register(signal, Arc::clone(&stop)));
        }
        Progress { bar, stop }
    }

    /// Takes the number of pixels done and the number there are.
    pub fn update(&self, done: u64, total: u64) -> ControlFlow<()> {
        if self.bar.length() != Some(total) {
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
        if done == total {
            self.bar.finish_and_clear();
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

//! Where two engines part: the values of the first pixel that differs.

use std::ops::ControlFlow;

use nanobragg_reference::engine::{Observer, PixelTrace};
use nanobragg_reference::{Engine, ReferenceEngine};

use super::session::Session;
use crate::cases::Kind;
use crate::engines::{C, engine};
use crate::execute::{CommandLine, Outcome};
use crate::outputs::image;
use crate::tolerance::{Bound, bound};

/// The first pixel that is out of bounds, with the values of both engines; `None` where no pixel
/// is, or one of the images cannot be had.
pub(super) fn first_divergence(
    session: &Session,
    label: &str,
    line: &CommandLine,
    outcome: &Outcome,
) -> Option<String> {
    let expected = match session.missing(C) {
        None if label != C => session.run(C, line).ok()?,
        _ => session.run("reference", line).ok()?,
    };
    let (a, b) =
        (image(line, &expected, Kind::Float).ok()?, image(line, outcome, Kind::Float).ok()?);
    let maximum = a.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    let bound = bound(label).unwrap_or(Bound { relative: 0.0, of_maximum: 0.0 });
    let (((slow, fast), a), b) =
        a.indexed_iter().zip(&b).find(|((_, a), b)| bound.broken(**a, **b, maximum))?;
    let mut text = format!(
        "    the first pixel that differs: fast {fast}, slow {slow}: {b:e} instead of {a:e}"
    );
    let mut table = vec![("reference", trace(&ReferenceEngine, line, fast, slow))];
    if label != C && label != "reference" {
        let engine = engine(label).ok()?;
        table.push(("engine", trace(engine.as_ref(), line, fast, slow)));
    }
    for (name, values) in table {
        if let Some(values) = values {
            text.push_str(&format!("\n    {name}: {}", describe(&values)));
        }
    }
    Some(text)
}

fn describe(trace: &PixelTrace) -> String {
    format!(
        "hkl {:?}, nearest {:?}, F_latt {:e}, F_cell {}, omega {:e}, polarization {}, capture {}, \
         sum {:e}, steps {}",
        trace.index,
        trace.nearest,
        trace.f_latt,
        trace.f_cell,
        trace.omega,
        trace.polar,
        trace.capture,
        trace.intensity,
        trace.steps
    )
}

/// Watches for one pixel, and ends the run behind it.
struct Watch {
    wanted: (usize, usize),
    seen: Option<PixelTrace>,
}

impl Observer for Watch {
    fn progress(&mut self, _: u64, _: u64) -> ControlFlow<()> {
        if self.seen.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn wants(&self, fast: usize, slow: usize) -> bool {
        (fast, slow) == self.wanted
    }

    fn pixel(&mut self, trace: &PixelTrace) {
        self.seen = Some(*trace);
    }
}

/// The values of one pixel.
fn trace(engine: &dyn Engine, line: &CommandLine, fast: usize, slow: usize) -> Option<PixelTrace> {
    let experiment = line.resolve().ok()?;
    let mut watch = Watch { wanted: (fast, slow), seen: None };
    drop(engine.render(&experiment, &mut watch));
    watch.seen
}

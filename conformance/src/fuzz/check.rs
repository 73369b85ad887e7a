//! Running one case twice and comparing.

use std::ffi::OsStr;

use nanobragg_reference::arguments::apply::apply;
use nanobragg_reference::arguments::settings::{Misset, SeedChoice, Shape};
use nanobragg_reference::{Engine, Experiment, ReferenceEngine, Request, arguments::Settings};

use super::differ::{self, Tolerance};
use super::refusals;
use crate::execute::{CommandLine, Outcome, Program};
use crate::{Result, run};

/// What the reference engine is compared with.
#[derive(Clone, Copy)]
pub enum Against<'a> {
    /// The C executable.
    C(&'a OsStr),
    /// An engine of ours.
    Engine(&'a (dyn Engine + Sync)),
}

/// Most evaluations (pixels × layers × steps) of a case: some tenths of a second.
const MOST_EVALUATIONS: f64 = 2e6;

/// Most pixels of a case: all of them may be printed.
const MOST_PIXELS: usize = 5000;

/// What came of a case.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Both agree.
    Same,
    /// The project refuses the request on purpose; the rule's name.
    Refused(&'static str),
    /// Not run; why.
    Skipped(&'static str),
    /// What differs.
    Differs(Vec<String>),
}

/// A verdict, and what there is to learn about the case.
#[derive(Debug)]
pub struct Checked {
    /// The verdict.
    pub verdict: Verdict,
    /// What the command line resolves to, where it was run.
    pub experiment: Option<Experiment>,
    /// What the reference engine left, where it was run.
    pub outcome: Option<Outcome>,
}

impl Against<'_> {
    /// The label: `c` or the engine's.
    pub fn label(&self) -> &'static str {
        match self {
            Against::C(_) => "c",
            Against::Engine(engine) => engine.label(),
        }
    }

    /// Whether the options that the project has beside those of the C program may be used.
    pub fn knows_own_options(&self) -> bool {
        matches!(self, Against::Engine(_))
    }

    /// How far it may lie from the reference engine.
    pub fn tolerance(&self) -> Option<Tolerance> {
        differ::tolerance(self.label())
    }

    fn program(&self) -> Program<'_> {
        match self {
            Against::C(executable) => Program::Executable(executable),
            Against::Engine(engine) => Program::Engine(*engine),
        }
    }
}

/// Runs a case with the reference engine and with the other one, and compares.
///
/// # Errors
/// A directory that cannot be made, an executable that cannot be started.
pub fn check(line: &CommandLine, against: Against<'_>) -> Result<Checked> {
    let bare = |verdict| Checked { verdict, experiment: None, outcome: None };
    let is_c = matches!(against, Against::C(_));
    if is_c && follows_the_clock(line) {
        return Ok(bare(Verdict::Skipped("depends on the clock")));
    }
    let experiment = match line.resolve() {
        Ok(experiment) => experiment,
        Err(error) => return refused(line, against, &error.to_string()).map(bare),
    };
    if is_long(&experiment) {
        return Ok(bare(Verdict::Skipped("too much work")));
    }
    if is_c && prints_undefined(line, &experiment) {
        return Ok(bare(Verdict::Skipped("the C program prints variables that it never set")));
    }
    let ours = line.execute(Program::Engine(&ReferenceEngine))?;
    if ours.status != 0 {
        return refused(line, against, &ours.stderr).map(bare);
    }
    let other = line.execute(against.program())?;
    let names = run::output_names(&line.arguments).unwrap_or_default();
    // The C program is what is to be matched; other engines are to match the reference.
    let found = match against {
        Against::C(_) => differ::differences(&other, &ours, &names, None),
        Against::Engine(_) => differ::differences(&ours, &other, &names, against.tolerance()),
    };
    let verdict = if found.is_empty() { Verdict::Same } else { Verdict::Differs(found) };
    Ok(Checked { verdict, experiment: Some(experiment), outcome: Some(ours) })
}

/// The verdict on a request that the project refuses with a message.
fn refused(line: &CommandLine, against: Against<'_>, message: &str) -> Result<Verdict> {
    if let Some(rule) = refusals::rule(message) {
        return Ok(Verdict::Refused(rule));
    }
    let other = line.execute(against.program())?;
    Ok(if other.status != 0 {
        Verdict::Refused("refused by both")
    } else {
        let said = message.trim();
        Verdict::Differs(vec![format!("refused for a reason that is on no list: {said}")])
    })
}

/// Whether a run would take more than a moment.
fn is_long(experiment: &Experiment) -> bool {
    let detector = &experiment.detector;
    let steps = detector.sensor.layers as f64 * f64::from(experiment.sampling.steps);
    let evaluations = detector.roi_pixels() as f64 * steps;
    detector.count() > MOST_PIXELS || evaluations > MOST_EVALUATIONS
}

/// Whether pixels are printed of which no term may have been evaluated: those beyond the
/// resolution limit, and without a table those where the lattice factor is 0 (C:2868, C:3051).
fn prints_undefined(line: &CommandLine, experiment: &Experiment) -> bool {
    let vanishes = matches!(experiment.crystal.shape, Shape::Gauss | Shape::Tophat)
        && experiment.structure.factors.is_none();
    let prints = settings(line).is_some_and(|settings| settings.outputs.printout.on);
    prints && (vanishes || experiment.sampling.dmin > 0.0)
}

/// What a command line asks for.
fn settings(line: &CommandLine) -> Option<Settings> {
    let request = Request::parse(&line.arguments).ok()?;
    let mut settings = Settings::default();
    apply(&request.scanned.actions, &mut settings, &mut Vec::new()).ok()?;
    Some(settings)
}

/// Whether two runs of the C program differ because time goes on: a random orientation or a noise
/// image without a seed.
fn follows_the_clock(line: &CommandLine) -> bool {
    settings(line).is_some_and(|settings| {
        let noise = settings.outputs.calculate_noise && settings.seed == SeedChoice::Default;
        let random = settings.misset == Misset::Random;
        noise || (random && settings.misset_seed == SeedChoice::Default)
    })
}

#[cfg(test)]
mod tests {
    use super::{Against, Verdict, check, follows_the_clock};
    use crate::execute::CommandLine;
    use nanobragg_reference::ReferenceEngine;

    fn line(options: &str) -> CommandLine {
        let base = "-cell 50 60 70 90 90 90 -N 3 -default_F 9 -detpixels 4";
        CommandLine::new(&format!("{base} {options}"))
    }

    fn verdict(options: &str) -> Verdict {
        let against = Against::Engine(&ReferenceEngine);
        check(&line(options), against).expect("a directory").verdict
    }

    #[test]
    fn verdicts() {
        assert!(matches!(verdict("-seed 1"), Verdict::Same));
        assert!(matches!(verdict("-nonoise"), Verdict::Same));
        assert!(matches!(verdict("-detpixels 4000"), Verdict::Skipped("too much work")));
        assert!(matches!(verdict("-lambda 0"), Verdict::Refused(_)));
    }

    #[test]
    fn what_the_clock_decides() {
        assert!(follows_the_clock(&line("")));
        assert!(!follows_the_clock(&line("-nonoise")));
        assert!(!follows_the_clock(&line("-seed 5")));
        assert!(follows_the_clock(&line("-seed 5 -misset random")));
        assert!(!follows_the_clock(&line("-seed 5 -misset_seed 5 -misset random")));
    }
}

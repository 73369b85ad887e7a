//! Running one case twice and comparing.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use nanobragg_reference::arguments::apply::apply;
use nanobragg_reference::arguments::settings::{Misset, SeedChoice, Shape};
use nanobragg_reference::output::{DECISIVE, GUARDED};
use nanobragg_reference::quirks::Quirk;
use nanobragg_reference::{Engine, Experiment, ReferenceEngine, Request, arguments::Settings};

use super::reach::Watched;
use super::{differ, refusals};
use crate::cases::Kind;
use crate::engines::C;
use crate::exact::patched::Patched;
use crate::execute::{CommandLine, Outcome, Program};
use crate::outputs::image;
use crate::tolerance::pixels::{Pixel, Pixels};
use crate::{Error, Result, exact, run, tolerance};

/// What an engine is compared with.
#[derive(Clone, Copy)]
pub enum Against<'a> {
    /// The C executable.
    C(&'a OsStr),
    /// The reference engine.
    Reference,
}

/// Two programs.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    /// The engine that is tested.
    pub engine: &'a (dyn Engine + Sync),
    /// What it is compared with.
    pub against: Against<'a>,
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
    /// They differ by more than the bound in some pixels, in all of which the engine is nearer to
    /// the exact value, and in nothing else.
    Rounding(Vec<exact::verdict::Verdict>),
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
    /// What the engine left, where it was run.
    pub outcome: Option<Outcome>,
    /// How the float images compare, where both wrote one.
    pub pixels: Option<Pixels>,
    /// The edges of decisions that the reference engine came upon.
    pub edges: BTreeSet<&'static str>,
}

impl Checked {
    fn bare(verdict: Verdict) -> Checked {
        let edges = BTreeSet::new();
        Checked { verdict, experiment: None, outcome: None, pixels: None, edges }
    }
}

impl<'a> Pair<'a> {
    /// The reference engine beside the C executable.
    pub fn reference_against_c(executable: &'a OsStr) -> Pair<'a> {
        Pair { engine: &ReferenceEngine, against: Against::C(executable) }
    }

    /// An engine beside the reference engine.
    pub fn against_reference(engine: &'a (dyn Engine + Sync)) -> Pair<'a> {
        Pair { engine, against: Against::Reference }
    }

    /// The label of what the engine is compared with.
    pub fn against_label(&self) -> &'static str {
        match self.against {
            Against::C(_) => C,
            Against::Reference => ReferenceEngine.label(),
        }
    }

    /// Whether the options that the project has beside those of the C program may be used.
    pub fn knows_own_options(&self) -> bool {
        matches!(self.against, Against::Reference)
    }
}

/// Runs a case with both programs, and compares.
///
/// # Errors
/// A directory that cannot be made, an executable that cannot be started.
pub fn check(line: &CommandLine, pair: Pair<'_>) -> Result<Checked> {
    let is_c = matches!(pair.against, Against::C(_));
    if is_c && follows_the_clock(line) {
        return Ok(Checked::bare(Verdict::Skipped("depends on the clock")));
    }
    let watched = Watched::default();
    let other = match pair.against {
        Against::C(executable) => Program::Executable(executable),
        Against::Reference => Program::Engine(&watched),
    };
    let experiment = match line.resolve() {
        Ok(experiment) => experiment,
        Err(error) => return refused(line, other, &error.to_string()).map(Checked::bare),
    };
    if is_long(&experiment) {
        return Ok(Checked::bare(Verdict::Skipped("too much work")));
    }
    if is_c && prints_undefined(line, &experiment) {
        let reason = "the C program prints variables that it never set";
        return Ok(Checked::bare(Verdict::Skipped(reason)));
    }
    let is_reference = pair.engine.label() == watched.label();
    let engine: &dyn Engine = if is_reference { &watched } else { pair.engine };
    let found = line.execute(Program::Engine(engine))?;
    if found.status != 0 {
        return refused(line, other, &found.stderr).map(Checked::bare);
    }
    let expected = line.execute(other)?;
    let (verdict, pixels) = judge(line, &experiment, pair, &expected, &found)?;
    let edges = watched.reached();
    Ok(Checked { verdict, experiment: Some(experiment), outcome: Some(found), pixels, edges })
}

/// What is said on standard error, but for what each engine says of itself. Where photons are drawn
/// from pixels that differ in their last bits, whether a count wraps around is not the same either.
fn common_notes(stderr: &str, drawn: bool) -> String {
    let lines = stderr.lines().filter(|line| !line.ends_with(GUARDED));
    let lines = lines.filter_map(|line| match line.strip_prefix(DECISIVE) {
        Some(names) if drawn => {
            let (names, rest) = names.split_once(" (").unwrap_or((names, ""));
            let names = names.split(", ").filter(|name| *name != Quirk::NoiseWrap.name());
            let names: Vec<&str> = names.collect();
            (!names.is_empty()).then(|| format!("{DECISIVE}{} ({rest}", names.join(", ")))
        }
        _ => Some(line.to_owned()),
    });
    lines.collect::<Vec<String>>().join("\n").trim().to_owned()
}

/// Whether it is left to chance that some count wraps around: that photons are fewer than a negative
/// `-adc` takes away. Eight standard deviations are no chance.
fn wraps_by_chance(line: &CommandLine, expected: &Outcome) -> bool {
    let Some(settings) = settings(line) else { return false };
    let Ok(means) = image(line, expected, Kind::Float) else { return false };
    let edge = -settings.outputs.adc_offset - 1.0;
    // Pixels that are left out are 0, and their counts are not looked at.
    let complete = settings.inputs.mask.is_none() && settings.roi.iter().all(|side| *side < 0);
    let (mut may, mut has_to) = (false, false);
    for mean in means {
        let away = 8.0 * mean.abs().sqrt() + 1.0;
        may |= mean - away <= edge;
        has_to |= (complete || mean > 0.0) && mean + away <= edge;
    }
    may && !has_to
}

/// Compares what both left: to the last byte, or within the engine's bound.
fn judge(
    line: &CommandLine,
    experiment: &Experiment,
    pair: Pair<'_>,
    expected: &Outcome,
    found: &Outcome,
) -> Result<(Verdict, Option<Pixels>)> {
    let compare = |found: &Outcome, bound| {
        let mut comparison = tolerance::compare(line, expected, found, bound)?;
        // Warnings and the names of decisive quirks are the same; the C program has no such line.
        let differs = comparison.pixels.as_ref().is_some_and(|pixels| !pixels.identical);
        let drawn = differs && wraps_by_chance(line, expected);
        let [a, b] = [expected, found].map(|outcome| common_notes(&outcome.stderr, drawn));
        if pair.knows_own_options() && expected.status == 0 && a != b {
            comparison.differences.push(format!("standard error says '{b}' instead of '{a}'"));
        }
        Ok(comparison)
    };
    let Some(bound) = tolerance::bound(pair.engine.label()) else {
        let names = run::output_names(&line.arguments).unwrap_or_default();
        let differences = differ::differences(expected, found, &names);
        let pixels = compare(found, tolerance::REFERENCE).map_err(Error::Run)?.pixels;
        return Ok((verdict(differences), pixels));
    };
    let comparison = compare(found, bound).map_err(Error::Run)?;
    let broken = comparison.pixels.iter().flat_map(|pixels| &pixels.broken);
    let broken: Vec<Pixel> = broken.copied().collect();
    // The C program rounds as the reference engine does, which stands for it here.
    if !broken.is_empty()
        && let Ok(verdicts) = exact::verdict::judge(experiment, &broken)
        && verdicts.iter().all(exact::verdict::Verdict::is_rounding_of_reference)
    {
        let pixels = broken.iter().map(|pixel| (pixel.place, pixel.expected as f32)).collect();
        let patched = Patched { engine: pair.engine, pixels };
        let rest = line.execute(Program::Engine(&patched))?;
        let rest = compare(&rest, bound).map_err(Error::Run)?;
        if rest.differences.is_empty() {
            return Ok((Verdict::Rounding(verdicts), comparison.pixels));
        }
    }
    Ok((verdict(comparison.differences), comparison.pixels))
}

fn verdict(differences: Vec<String>) -> Verdict {
    if differences.is_empty() { Verdict::Same } else { Verdict::Differs(differences) }
}

/// The verdict on a request that the project refuses with a message. Engines of ours refuse the
/// same.
fn refused(line: &CommandLine, other: Program<'_>, message: &str) -> Result<Verdict> {
    let rule = refusals::rule(message);
    if let (Some(rule), Program::Executable(_)) = (rule, other) {
        return Ok(Verdict::Refused(rule));
    }
    let other = line.execute(other)?;
    if let Some(rule) = rule.filter(|_| other.status != 0) {
        return Ok(Verdict::Refused(rule));
    }
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
    use super::{DECISIVE, Pair, Verdict, check, common_notes, follows_the_clock, wraps_by_chance};
    use crate::cases::Kind;
    use crate::execute::{CommandLine, Program};
    use crate::outputs::image;
    use nanobragg_reference::ReferenceEngine;

    fn line(options: &str) -> CommandLine {
        let base = "-cell 50 60 70 90 90 90 -N 3 -default_F 9 -detpixels 4";
        CommandLine::new(&format!("{base} {options}"))
    }

    fn verdict(options: &str) -> Verdict {
        let pair = Pair::against_reference(&ReferenceEngine);
        check(&line(options), pair).expect("a directory").verdict
    }

    #[test]
    fn verdicts() {
        assert!(matches!(verdict("-seed 1"), Verdict::Same));
        assert!(matches!(verdict("-nonoise"), Verdict::Same));
        assert!(matches!(verdict("-detpixels 4000"), Verdict::Skipped("too much work")));
        assert!(matches!(verdict("-lambda 0"), Verdict::Refused(_)));
    }

    #[test]
    fn a_count_that_wraps_is_noise() {
        let note = |names: &str| format!("{DECISIVE}{names} (see -quirks)\n");
        let [all, but_one] = [note("stale-phi, noise-wrap, lattice"), note("stale-phi, lattice")];
        assert_eq!(common_notes(&all, true), common_notes(&but_one, true));
        assert_ne!(common_notes(&all, false), common_notes(&but_one, false));
        assert_eq!(common_notes(&note("noise-wrap"), true), "");
        assert_ne!(common_notes(&note("stale-phi"), true), common_notes(&note("lattice"), true));
    }

    #[test]
    fn what_chance_decides() {
        let by_chance = |options: &str| {
            let line = line(&format!("{options} -seed 1"));
            let outcome = line.execute(Program::Engine(&ReferenceEngine)).expect("a directory");
            let pixels = image(&line, &outcome, Kind::Float).expect("an image");
            let most = pixels.into_iter().fold(0.0, f64::max);
            (wraps_by_chance(&line, &outcome), most)
        };
        assert!(!by_chance("").0);
        let (chance, most) = by_chance("-default_F 1e4 -adc -20");
        assert!(!chance && most > 1e3, "{most}");
        let (chance, most) = by_chance("-default_F 200 -adc -20");
        assert!(chance && most > 1.0, "{most}");
        // Pixels without photons have to, where they are looked at.
        assert_eq!(by_chance("-default_F 1e-40 -adc -20"), (false, 0.0));
        assert!(by_chance("-default_F 1e-40 -adc -20 -roi 1 2 1 2").0);
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

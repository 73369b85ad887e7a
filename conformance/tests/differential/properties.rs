//! What must hold for any command line, with the reference engine alone.

use std::collections::BTreeMap;

use libtest_mimic::{Failed, Trial};
use nanobragg_conformance::cases::Kind;
use nanobragg_conformance::compare::floats;
use nanobragg_conformance::execute::{CommandLine, Outcome, Program};
use nanobragg_conformance::fuzz::case::{Case, Group};
use nanobragg_conformance::fuzz::statistics::Statistics;
use nanobragg_conformance::fuzz::strategy::{Cases, OWN_OPTIONS, Series};
use nanobragg_conformance::{fuzz::shell, run};
use nanobragg_reference::arguments::options::Id::{self, *};
use nanobragg_reference::{Experiment, ReferenceEngine, Request};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const SEED: u64 = 7;

/// Options of which the order among themselves counts: they set the same thing, or one reads what
/// the other has set (C:506-1116). Options of different lines, and those that are in none, can be
/// exchanged.
const FAMILIES: &[&[Id]] = &[
    &[N, Na, Nb, Nc],
    &[SampleSize, SampleX, SampleY, SampleZ],
    &[Misset, MissetRandom, MissetSeed],
    // The convention and the pivot are those of the last option that sets them.
    &[
        Mosflm,
        Xds,
        Adxv,
        Denzo,
        Dials,
        FdetVector,
        SdetVector,
        OdetVector,
        BeamVector,
        PolarVector,
        SpindleAxis,
        TwothetaAxis,
        Pix0Vector,
        Pix0VectorMm,
        Pivot,
        Distance,
        CloseDistance,
        Xbeam,
        Ybeam,
        Xclose,
        Yclose,
        OrgX,
        OrgY,
        Twotheta,
    ],
    // Each header is read, and said to be read, where its option stands.
    &[Mask, Img],
    &[DetectorAbs, DetectorThick],
    &[DetectorThicksteps, Thicksteps],
    &[Detsize, DetsizeF, DetsizeS],
    &[Detpixels, DetpixelsF, DetpixelsS],
    &[Polar, Nopolar],
    &[Lambda, Energy],
    &[Divergence, Hdivrange, Vdivrange],
    &[Divsteps, Hdivsteps, Vdivsteps],
    &[RoundDiv, SquareDiv],
    &[Stol, FourStol, Q],
    &[Nonoise, Noisefile],
    &[Nopgm, Pgmfile, Pgmscale],
    &[Interpolate, Nointerpolate],
    &[RoundXtal, SquareXtal, GaussXtal, TophatSpots],
];

/// All properties.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("differential::strategies-reach-every-option", every_option),
        Trial::test("differential::properties::same-bytes-twice", || {
            for_cases(60, |case| {
                let line = case.command_line();
                let [a, b] = [rendered(&line)?, rendered(&line)?];
                Ok(agree(&a, &b))
            })
        }),
        Trial::test("differential::properties::order-of-independent-options", || {
            let mut runner = TestRunner::deterministic();
            for_cases(80, |case| reordered(&case, &mut runner))
        }),
        Trial::test("differential::properties::region-is-a-crop", || for_cases(80, cropped)),
        Trial::test("differential::properties::printed-case-reads-back", || {
            for_cases(200, |case| {
                let arguments = case.command_line().arguments;
                let text = shell::quoted(&arguments).map_err(|error| error.to_string())?;
                Ok(Some(shlex::split(&text) == Some(arguments)))
            })
        }),
    ]
}

/// Whether a property holds; nothing where it does not speak of the case.
type Holds = Result<Option<bool>, String>;

/// Fails with the command line where a property does not hold, and where it speaks of few cases.
fn for_cases(count: u64, mut holds: impl FnMut(Case) -> Holds) -> Result<(), Failed> {
    let cases = Cases::new(Series::Random, true);
    let mut spoken_of = 0;
    for number in 0..count {
        let case = cases.case(SEED, number)?.current();
        let verdict = holds(case.clone())?;
        spoken_of += u64::from(verdict.is_some());
        if verdict == Some(false) {
            let script = shell::script("nanobragg", &case.command_line());
            return Err(format!("case {number}:\n{}", script?).into());
        }
    }
    if spoken_of < count / 4 {
        return Err(format!("speaks of {spoken_of} of {count} cases only").into());
    }
    Ok(())
}

/// Within some hundred cases each row of the table of options acts, and so do our own.
fn every_option() -> Result<(), Failed> {
    let cases = Cases::new(Series::Random, true);
    let mut statistics = Statistics::default();
    for number in 0..1200 {
        statistics.add_options(&cases.case(SEED, number)?.current());
    }
    let never = statistics.unreached();
    if never.is_empty() { Ok(()) } else { Err(format!("never: {}", never.join(", ")).into()) }
}

fn rendered(line: &CommandLine) -> Result<Outcome, String> {
    line.execute(Program::Engine(&ReferenceEngine)).map_err(|error| error.to_string())
}

/// Whether two runs left the same; of no interest where both are refused.
fn agree(a: &Outcome, b: &Outcome) -> Option<bool> {
    let refused = a.status != 0 && b.status != 0;
    let same = (a.status, &a.stdout, &a.files) == (b.status, &b.stdout, &b.files);
    (!refused).then_some(same)
}

fn is_own(group: &Group) -> bool {
    let name = group.option.trim_start_matches('-');
    OWN_OPTIONS.contains(&name)
}

/// The options that act in a group, where it stands in a case.
fn acting(case: &Case) -> Option<Vec<Vec<Id>>> {
    let request = Request::parse(&case.command_line().arguments).ok()?;
    let mut end = 0;
    let places: Vec<usize> = case
        .groups
        .iter()
        .map(|group| {
            // Our own options do not count among the arguments.
            end += if is_own(group) { 0 } else { group.words().count() };
            end
        })
        .collect();
    let mut acting = vec![Vec::new(); case.groups.len()];
    for action in &request.scanned.actions {
        acting[places.partition_point(|&end| end <= action.place)].push(action.id);
    }
    Some(acting)
}

/// Exchanges options that do not depend on each other: files and report stay the same.
fn reordered(case: &Case, runner: &mut TestRunner) -> Holds {
    let mut case = case.clone();
    // It also takes what follows it.
    case.groups.retain(|group| !group.option.contains("misset_seed"));
    let Some(acting) = acting(&case) else {
        return Ok(None);
    };
    // As the last argument -curved_det does nothing.
    let end = Group::flag("noprogress");
    let order = independent_order(&acting, runner)?;
    let mut other = Case { groups: Vec::new(), ..case.clone() };
    other.groups.extend(order.iter().map(|&at| case.groups[at].clone()));
    case.groups.push(end.clone());
    other.groups.push(end);
    let [a, b] = [rendered(&case.command_line())?, rendered(&other.command_line())?];
    Ok(agree(&a, &b))
}

/// A random order in which the members of each family keep theirs.
fn independent_order(acting: &[Vec<Id>], runner: &mut TestRunner) -> Result<Vec<usize>, String> {
    // The family of a group: the smallest group that it is tied to, by way of others maybe.
    let mut family: Vec<usize> = (0..acting.len()).collect();
    let tied = |a: &[Id], b: &[Id]| {
        a.iter().any(|a| {
            b.iter()
                .any(|b| a == b || FAMILIES.iter().any(|ids| ids.contains(a) && ids.contains(b)))
        })
    };
    for i in 0..acting.len() {
        for j in 0..i {
            if tied(&acting[i], &acting[j]) {
                let (from, to) = (family[i].max(family[j]), family[i].min(family[j]));
                family.iter_mut().filter(|f| **f == from).for_each(|f| *f = to);
            }
        }
    }
    let shuffled = Just((0..acting.len()).collect::<Vec<_>>()).prop_shuffle();
    let mut order = shuffled.new_tree(runner).map_err(|reason| reason.to_string())?.current();
    let mut slots: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (slot, &group) in order.iter().enumerate() {
        slots.entry(family[group]).or_default().push(slot);
    }
    for (name, slots) in slots {
        let members = (0..acting.len()).filter(|&group| family[group] == name);
        for (slot, member) in slots.into_iter().zip(members) {
            order[slot] = member;
        }
    }
    Ok(order)
}

/// Renders a region: within it the pixels are those of the whole image, elsewhere they are 0.
fn cropped(case: Case) -> Holds {
    let mut case = case;
    let Some(acting) = acting(&case) else {
        return Ok(None);
    };
    let mut acting = acting.iter();
    case.groups.retain(|_| {
        let ids = acting.next().map_or(&[][..], Vec::as_slice);
        !ids.iter().any(|id| matches!(id, Roi | Printout | MissetSeed))
    });
    let whole = case.command_line();
    let Ok(experiment) = whole.resolve() else {
        return Ok(None);
    };
    if remembers(&experiment) || experiment.detector.count() > 5000 {
        return Ok(None);
    }
    let [width, height] = experiment.detector.pixels;
    let [xmin, xmax, ymin, ymax] = [width / 3, width * 2 / 3, height / 4, height / 2];
    case.groups.insert(0, Group::new("roi", [xmin, xmax, ymin, ymax]));
    let part = case.command_line();
    let [all, some] = [image(&whole)?, image(&part)?];
    let same = all.iter().zip(&some).enumerate().all(|(at, (all, some))| {
        let (x, y) = (at % width, at / width);
        let inside = (xmin..=xmax).contains(&x) && (ymin..=ymax).contains(&y);
        some.to_bits() == if inside { all.to_bits() } else { 0 }
    });
    // A case may be refused for pixels outside the region alone.
    let shown = all.iter().any(|&pixel| pixel != 0.0);
    Ok(shown.then_some(same))
}

/// Whether a pixel may depend on those before it: an interpolation that has ended, an orientation
/// that is left over.
fn remembers(experiment: &Experiment) -> bool {
    let spindle = &experiment.spindle;
    let steps = spindle.sweep.count;
    let stale = steps > 1 && (0..steps).any(|step| spindle.phi(step) == 0.0);
    experiment.structure.interpolate || stale
}

/// The float image; empty where the run is refused.
fn image(line: &CommandLine) -> Result<Vec<f32>, String> {
    let outcome = rendered(line)?;
    let names = run::output_names(&line.arguments).map_err(|error| error.to_string())?;
    let bytes = names[&Kind::Float].to_str().and_then(|name| outcome.files.get(name));
    Ok(bytes.map(|bytes| floats(bytes).collect()).unwrap_or_default())
}

//! Generated command lines: `differential::mixed::ENGINE` holds an engine against the reference
//! engine within its bound, in experiments of which a third sit on edges;
//! `differential::corpus::ENGINE::CASE` runs a stored case, `differential::properties::…` needs no
//! second engine. The model is the scalar engine of the injected faults, which is always there.

#[path = "differential/corpus.rs"]
mod corpus;
#[path = "differential/properties.rs"]
mod properties;

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use nanobragg_conformance::faults::Model;
use nanobragg_conformance::fuzz::agreement::Images;
use nanobragg_conformance::fuzz::campaign::{Campaign, Limits};
use nanobragg_conformance::fuzz::check::Pair;
use nanobragg_conformance::fuzz::shell;
use nanobragg_conformance::fuzz::strategy::Series;
use nanobragg_conformance::{engines, execute, tolerance};

/// Cases of each trial: 600 random ones and 300 on edges.
const CASES: u64 = 900;

/// The seed of all of them. `nb-fuzz` runs others.
const SEED: u64 = 20_170_517;

/// The least part of the images of an engine of double precision that are the same bit for bit as
/// the reference engine's. One that falls below has changed more than its rounding.
const IDENTICAL: f64 = 0.95;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = properties::trials();
    match corpus::trials() {
        Ok(corpus) => trials.extend(corpus),
        Err(error) => {
            eprintln!("the corpus cannot be read: {error}");
            return ExitCode::FAILURE;
        }
    }
    trials.push(Trial::ignorable_test("differential::mixed::c", || {
        match execute::c_executable() {
            Some(executable) => differential(Pair::reference_against_c(executable.as_os_str())),
            None => Ok(Completion::ignored_with(format!("{} not set", execute::C_EXECUTABLE))),
        }
    }));
    trials.push(Trial::ignorable_test("differential::mixed::model", || {
        differential(Pair::against_reference(&Model::default()))
    }));
    for label in engines::batched() {
        let name = format!("differential::mixed::{label}");
        trials.push(Trial::ignorable_test(name, move || match engines::engine(label) {
            Ok(engine) => differential(Pair::against_reference(engine.as_ref())),
            Err(reason) => Ok(Completion::ignored_with(reason)),
        }));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs cases until one differs.
fn differential(pair: Pair<'_>) -> Result<Completion, Failed> {
    let campaign = Campaign {
        pair,
        series: Series::Mixed,
        seed: SEED,
        only: &[],
        limits: Limits { cases: Some(CASES), time: None, findings: 1 },
        jobs: NonZeroUsize::MIN,
    };
    let ended =
        campaign.run(&AtomicBool::new(false), &|_| {}).map_err(|error| error.to_string())?;
    let Some(finding) = ended.findings.first() else {
        let agreeing = ended.statistics.same + ended.statistics.rounding.cases;
        if agreeing < CASES / 2 {
            return Err(format!("only {agreeing} of {CASES} cases were compared").into());
        }
        let Images { compared, identical, .. } = ended.statistics.images;
        if tolerance::bound(pair.engine.label()) == Some(tolerance::DOUBLE)
            && (identical as f64) < IDENTICAL * compared as f64
        {
            return Err(format!("{identical} of {compared} images are the same bit for bit").into());
        }
        return Ok(Completion::Completed);
    };
    let script = shell::script("nanobragg", &finding.case.command_line());
    Err(format!(
        "case {} of seed {SEED}, made smaller, differs from {}:\n  {}\n{}",
        finding.number,
        pair.against_label(),
        finding.differences.join("\n  "),
        script.unwrap_or_else(|error| error.to_string())
    )
    .into())
}

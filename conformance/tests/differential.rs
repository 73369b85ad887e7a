//! Generated command lines: `differential::random::ENGINE` and `differential::edges::ENGINE` hold
//! an engine against the reference engine, `differential::corpus::ENGINE::CASE` runs a stored
//! case, `differential::properties::…` needs no second engine. The model is the scalar engine of the
//! injected faults, which is always there.

#[path = "differential/corpus.rs"]
mod corpus;
#[path = "differential/properties.rs"]
mod properties;

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use nanobragg_conformance::faults::Model;
use nanobragg_conformance::fuzz::campaign::{Campaign, Limits};
use nanobragg_conformance::fuzz::check::Against;
use nanobragg_conformance::fuzz::shell;
use nanobragg_conformance::fuzz::strategy::Series;
use nanobragg_conformance::{engines, execute};

/// Cases of each trial.
const CASES: u64 = 300;

/// The seed of all of them. `nb-fuzz` runs others.
const SEED: u64 = 20_170_517;

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
    for (name, series) in [("random", Series::Random), ("edges", Series::Edges)] {
        trials.push(Trial::ignorable_test(format!("differential::{name}::c"), move || {
            match execute::c_executable() {
                Some(executable) => differential(Against::C(executable.as_os_str()), series),
                None => Ok(Completion::ignored_with(format!("{} not set", execute::C_EXECUTABLE))),
            }
        }));
        trials.push(Trial::ignorable_test(format!("differential::{name}::model"), move || {
            differential(Against::Engine(&Model::default()), series)
        }));
        for label in engines::LABELS.into_iter().filter(|label| *label != "reference") {
            let name = format!("differential::{name}::{label}");
            trials.push(Trial::ignorable_test(name, move || match engines::engine(label) {
                Ok(engine) => differential(Against::Engine(engine.as_ref()), series),
                Err(reason) => Ok(Completion::ignored_with(reason)),
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs a series of cases until one differs.
fn differential(against: Against<'_>, series: Series) -> Result<Completion, Failed> {
    let campaign = Campaign {
        against,
        series,
        seed: SEED,
        only: &[],
        limits: Limits { cases: Some(CASES), time: None, findings: 1 },
        jobs: NonZeroUsize::MIN,
    };
    let ended =
        campaign.run(&AtomicBool::new(false), &|_| {}).map_err(|error| error.to_string())?;
    let Some(finding) = ended.findings.first() else {
        let agreeing = ended.statistics.same;
        if agreeing < CASES / 2 {
            return Err(format!("only {agreeing} of {CASES} cases were compared").into());
        }
        return Ok(Completion::Completed);
    };
    let script = shell::script("nanobragg", &finding.case.command_line());
    Err(format!(
        "case {} of seed {SEED}, made smaller, differs from {}:\n  {}\n{}",
        finding.number,
        against.label(),
        finding.differences.join("\n  "),
        script.unwrap_or_else(|error| error.to_string())
    )
    .into())
}

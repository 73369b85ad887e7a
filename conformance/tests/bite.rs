//! Every fault turns at least one clause red, and without a fault all are green: `bite::FAULT`.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use nanobragg_conformance::clause::bite::{self, Known};
use nanobragg_conformance::clause::document::{self, Suite};
use nanobragg_conformance::clause::records::{self, Records};
use nanobragg_conformance::clause::session::Truth;
use nanobragg_conformance::faults::{self, Fault};
use nanobragg_conformance::{Error, cases};

/// As many faults as the suite must at least notice.
const LEAST: usize = 60;

struct Bed {
    suite: Suite,
    truth: Arc<Truth>,
    known: Known,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match bed() {
        Ok(bed) => libtest_mimic::run(&arguments, trials(&Arc::new(bed))).exit_code(),
        Err(error) => {
            eprintln!("the specification cannot be read: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bed() -> Result<Bed, Error> {
    let inputs = cases::default_folder().join("inputs");
    let (suite, problems) = Suite::read(&document::default_folder(), &inputs)?;
    if let Some(problem) = problems.first() {
        return Err(Error::Run(problem.to_string()));
    }
    let truth = Truth::new(Records::read(&records::default_path())?);
    Ok(Bed { suite, truth, known: bite::known()? })
}

fn trials(bed: &Arc<Bed>) -> Vec<Trial> {
    let all = Arc::clone(bed);
    let mut trials = vec![
        Trial::test("bite::without-a-fault-all-is-green", move || green(&all)),
        Trial::test("bite::there-are-enough-faults", || {
            let count = faults::all().len();
            if count >= LEAST { Ok(()) } else { Err(format!("{count} faults").into()) }
        }),
    ];
    for fault in faults::all() {
        let bed = Arc::clone(bed);
        trials.push(Trial::test(format!("bite::{}", fault.name), move || notice(&bed, fault)));
    }
    trials
}

/// Else a red clause would prove nothing.
fn green(bed: &Bed) -> Result<(), Failed> {
    let failing =
        bite::failing(&bed.suite, &bite::session(&bed.truth, None), &|_| true, usize::MAX);
    if failing.is_empty() { Ok(()) } else { Err(failing.join("\n").into()) }
}

/// First the clauses that are known to notice, then, where they no longer do, all.
fn notice(bed: &Bed, fault: &'static Fault) -> Result<(), Failed> {
    let session = bite::session(&bed.truth, Some(fault));
    let known = bed.known.get(fault.name).map(Vec::as_slice).unwrap_or_default();
    let is_known = |id: &str| known.iter().any(|clause| clause == id);
    let found = bite::failing(&bed.suite, &session, &is_known, 1);
    if found.is_empty() && bite::failing(&bed.suite, &session, &|_| true, 1).is_empty() {
        return Err(format!("no clause notices this fault: {}", fault.about).into());
    }
    Ok(())
}

//! Every clause of the specification, on every engine: `FILE::CLAUSE::CASE::ENGINE`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Trial};
use nanobragg_conformance::cases;
use nanobragg_conformance::clause::document::{self, Suite};
use nanobragg_conformance::clause::evidence;
use nanobragg_conformance::clause::records::{self, Records};
use nanobragg_conformance::clause::session::Session;
use nanobragg_conformance::clause::trial::Skipped;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let inputs = cases::default_folder().join("inputs");
    let read = Suite::read(&document::default_folder(), &inputs)
        .and_then(|suite| Ok((suite, Records::read(&records::default_path())?)));
    match read {
        Ok(((suite, problems), records)) if problems.is_empty() => {
            let session = Arc::new(Session::new(records));
            libtest_mimic::run(&arguments, trials(suite, &session)).exit_code()
        }
        Ok(((_, problems), _)) => {
            problems.iter().for_each(|problem| eprintln!("{problem}\n"));
            eprintln!("the specification has {} errors", problems.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("the specification cannot be read: {error}");
            ExitCode::FAILURE
        }
    }
}

fn trials(suite: Suite, session: &Arc<Session>) -> Vec<Trial> {
    // The tests live as long as the process, and so does what they speak of.
    let suite: &'static Suite = Box::leak(Box::new(suite));
    suite
        .trials()
        .into_iter()
        .map(|trial| {
            let session = Arc::clone(session);
            Trial::ignorable_test(trial.name(), move || {
                if let Some(Skipped::Excluded(why) | Skipped::Missing(why)) =
                    trial.skipped(&session)
                {
                    return Ok(Completion::ignored_with(why));
                }
                let verdict = trial.run(&session);
                if verdict.failures.is_empty() {
                    return Ok(Completion::Completed);
                }
                let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clauses");
                let mut text = trial.explain(&verdict);
                if let Some(kept) = evidence::keep(&folder, &trial.name(), &verdict)? {
                    text.push_str(&format!("images: {}\n", kept.display()));
                }
                Err(text.into())
            })
        })
        .collect()
}

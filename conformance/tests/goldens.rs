//! Every golden, with every engine: `goldens::CASE::ENGINE`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use nanobragg_conformance::cases::{self, Case, Origin};
use nanobragg_conformance::clause::agree::command;
use nanobragg_conformance::execute::CommandLine;
use nanobragg_conformance::manifest::{self, Manifest};
use nanobragg_conformance::record::{verify, verify_outputs};
use nanobragg_conformance::{Error, engines, execute, run};

struct Goldens {
    folder: PathBuf,
    manifest: Manifest,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("the goldens cannot be read: {error}");
            ExitCode::FAILURE
        }
    }
}

fn trials() -> Result<Vec<Trial>, Error> {
    let folder = cases::default_folder();
    let list = cases::read(&folder)?;
    let goldens = Arc::new(Goldens { manifest: manifest::read(&folder)?, folder });
    let mut trials = vec![no_strays(&goldens, &list)];
    for case in list {
        let case = Arc::new(case);
        let labels = engines::LABELS.into_iter().chain(engines::ON_HOST);
        trials.extend(labels.map(|label| ours(&goldens, &case, label)));
        if case.from == Origin::C {
            trials.push(c_program(&goldens, &case));
        }
    }
    Ok(trials)
}

/// An engine of ours gives the golden's own bytes, or keeps the bound that it promises.
fn ours(goldens: &Arc<Goldens>, case: &Arc<Case>, label: &'static str) -> Trial {
    let (goldens, case) = (Arc::clone(goldens), Arc::clone(case));
    Trial::ignorable_test(format!("goldens::{}::{label}", case.name), move || {
        let engine = match engines::engine(label) {
            Ok(engine) => engine,
            Err(reason) => return Ok(Completion::ignored_with(reason)),
        };
        let verdict = verify(&goldens.folder, &case, &goldens.manifest, engine.as_ref());
        conclude(&case, label, verdict).map(|()| Completion::Completed)
    })
}

/// The C executable still gives what was recorded from it.
fn c_program(goldens: &Arc<Goldens>, case: &Arc<Case>) -> Trial {
    let (goldens, case) = (Arc::clone(goldens), Arc::clone(case));
    Trial::ignorable_test(format!("goldens::{}::c", case.name), move || {
        let Some(executable) = execute::c_executable() else {
            return Ok(Completion::ignored_with(format!("{} not set", execute::C_EXECUTABLE)));
        };
        let verdict =
            run::with_c(&case, &goldens.folder, executable.as_os_str()).and_then(|outputs| {
                verify_outputs(&goldens.folder, &case, &goldens.manifest, &outputs, None)
            });
        conclude(&case, engines::C, verdict).map(|()| Completion::Completed)
    })
}

fn conclude(case: &Case, label: &str, verdict: Result<Vec<String>, Error>) -> Result<(), Failed> {
    let differences = verdict.map_err(|error| error.to_string())?;
    if differences.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}\n  {}\n  {}",
        case.about,
        differences.join("\n  "),
        command(label, &CommandLine::new(case.command_line()))
    )
    .into())
}

/// The manifest, the list of cases and the recorded files speak of the same cases.
fn no_strays(goldens: &Arc<Goldens>, list: &[Case]) -> Trial {
    let goldens = Arc::clone(goldens);
    let mut expected: Vec<String> = list
        .iter()
        .flat_map(|case| case.keep.iter().map(|kind| format!("{}.{}.gz", case.name, kind.name())))
        .collect();
    expected.sort();
    let mut names: Vec<String> = list.iter().map(|case| case.name.clone()).collect();
    names.sort();
    Trial::test("goldens::list-manifest-and-files-agree", move || {
        let recorded: Vec<&String> = goldens.manifest.cases.keys().collect();
        if recorded != names.iter().collect::<Vec<_>>() {
            return Err("cases.toml and manifest.json do not list the same cases".into());
        }
        let mut files = Vec::new();
        for entry in std::fs::read_dir(goldens.folder.join("data"))? {
            files.push(entry?.file_name().to_string_lossy().into_owned());
        }
        files.sort();
        if let Some(stray) = files.iter().find(|file| !expected.contains(file)) {
            return Err(format!("goldens/data/{stray} belongs to no case").into());
        }
        if let Some(missing) = expected.iter().find(|file| !files.contains(file)) {
            return Err(format!("goldens/data/{missing} is missing").into());
        }
        Ok(())
    })
}

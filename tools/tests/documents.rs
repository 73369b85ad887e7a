//! Every command in every document is run: `documents::FILE:LINE`. So are the links of each document
//! followed (`documents::FILE::links`), and its pictures compared with what its own commands give
//! (`documents::FILE::NAME`; `NB_PICTURES=record` writes them anew).
//!
//! A block `sh` holds commands, a block `console` commands behind `$ ` and what they print. The
//! commands of a document run one after the other, each in a shell of its own, in one copy of the
//! tree, so that a later one finds what an earlier one wrote and nothing is written into the tree
//! itself. `target/release/…` is what was built with this test. A command must end with status 0, and
//! the files that its options name must be there and hold something.
//!
//! Where a `console` block shows output, that is all of it. `…` in a line stands for any text there,
//! a line `…` for any lines.
//!
//! What is not run is listed as ignored, with the reason: `documents/left_out.rs`.

#[path = "documents/cargo.rs"]
mod cargo;
#[path = "documents/copy.rs"]
mod copy;
#[path = "documents/expected.rs"]
mod expected;
#[path = "documents/left_out.rs"]
mod left_out;
#[path = "documents/links.rs"]
mod links;
#[path = "documents/markdown.rs"]
mod markdown;
#[path = "documents/pictures.rs"]
mod pictures;
#[path = "documents/session.rs"]
mod session;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use markdown::Document;
use session::Session;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = root();
    match documents(&root) {
        Ok(documents) => libtest_mimic::run(&arguments, trials(&root, documents)).exit_code(),
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// The tree.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All documents of the tree.
fn documents(root: &Path) -> Result<Vec<Document>, String> {
    let mut names = Vec::new();
    copy::files(root, Path::new(""), &mut names).map_err(|error| error.to_string())?;
    names.retain(|name| name.extension().is_some_and(|ending| ending == "md"));
    names.iter().map(|name| Document::read(root, name)).collect()
}

fn trials(root: &Path, documents: Vec<Document>) -> Vec<Trial> {
    let commands = documents.iter().flat_map(|document| &document.commands);
    let mut trials = vec![left_out::all_needed(commands), expected::trial(), markdown::trial()];
    for document in documents {
        let name = document.name.clone();
        trials.push(links::trial(root, &document));
        let session = Arc::new(Session::new(root, document));
        for (place, command) in session.document.commands.iter().enumerate() {
            let session = Arc::clone(&session);
            let name = format!("documents::{name}:{}", command.line);
            trials.push(Trial::ignorable_test(name, move || conclude(session.command(place))));
        }
        // A document without commands shows what others made.
        let pictures = session.document.pictures.iter().enumerate();
        for (place, picture) in pictures.filter(|_| !session.document.commands.is_empty()) {
            let session = Arc::clone(&session);
            let name = format!("documents::{name}::{}", picture.file_name());
            trials.push(Trial::ignorable_test(name, move || conclude(session.picture(place))));
        }
    }
    trials
}

/// How a part of a document ended.
#[derive(Clone)]
enum End {
    Good,
    /// Not run, and why.
    Ignored(String),
    Bad(String),
}

fn conclude(end: End) -> Result<Completion, Failed> {
    match end {
        End::Good => Ok(Completion::Completed),
        End::Ignored(reason) => Ok(Completion::ignored_with(reason)),
        End::Bad(reason) => Err(reason.into()),
    }
}

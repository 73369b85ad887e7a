//! A directory with a batch in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::support::{Entry, Outcome, contents, finish};

/// What all runs here have in common.
pub(crate) const COMMON: &str =
    "-cell 100 100 100 90 90 90 -lambda 1 -distance 100 -detpixels 24 -N 5";

/// Structure factors.
pub(crate) const HKL: &str = "0 0 0 100\n1 0 0 50\n0 1 0 60\n0 0 1 70\n1 1 0 80\n2 1 1 90\n";

/// A directory to work in.
pub(crate) struct Bench(TempDir);

impl Bench {
    /// An empty one but for structure factors.
    pub(crate) fn new() -> Bench {
        let bench = Bench(tempfile::tempdir().expect("a temporary directory"));
        bench.write("P1.hkl", HKL);
        bench
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.at(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.at(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The program, with arguments split at blanks.
    pub(crate) fn program(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nanobragg"));
        command.args(arguments.split_whitespace()).current_dir(&self.0);
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &str) -> Outcome {
        finish(&mut self.program(arguments)).expect("a run that ends")
    }

    /// Runs a batch that succeeds; the summary.
    #[track_caller]
    pub(crate) fn batch(&self, arguments: &str) -> String {
        let outcome = self.run(&format!("batch {arguments}"));
        assert_eq!(outcome.status.code(), Some(0), "{}", outcome.stderr);
        outcome.stdout
    }

    /// All names.
    pub(crate) fn names(&self) -> Vec<String> {
        self.contents().keys().map(|name| name.to_string_lossy().into_owned()).collect()
    }

    pub(crate) fn contents(&self) -> BTreeMap<PathBuf, Entry> {
        contents(self.0.path())
    }
}

/// Lines of a batch: `count` runs that differ in an angle, with a float image and counts each.
pub(crate) fn lines(count: usize, more: &str) -> String {
    let line = |run: usize| {
        format!(
            "{COMMON} -hkl P1.hkl -misset {run} 0 0 -floatfile {run:03}.bin -intfile {run:03}.img \
             -nopgm -nonoise {more}\n"
        )
    };
    (1..=count).map(line).collect()
}

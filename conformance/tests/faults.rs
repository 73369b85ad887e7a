//! Every fault shows in a golden case, or in one that no golden can hold: `faults::FAULT`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Failed, Trial};
use nanobragg_conformance::Error;
use nanobragg_conformance::cases::{self, Case};
use nanobragg_conformance::execute::{CommandLine, normalized};
use nanobragg_conformance::faults::{self, Fault, Origin};
use nanobragg_conformance::run::{command_line, with_engine};
use nanobragg_reference::ReferenceEngine;

/// Everything that a run leaves behind: its files by name, what it says, how it ends.
#[derive(PartialEq)]
struct Traces {
    files: BTreeMap<OsString, Vec<u8>>,
    said: Vec<u8>,
    ended: Result<(), String>,
}

/// A command line, and what a run of it without a fault leaves behind.
struct Bait {
    line: CommandLine,
    clean: OnceLock<Result<Traces, String>>,
}

impl Bait {
    fn new(line: CommandLine) -> Bait {
        Bait { line, clean: OnceLock::new() }
    }
}

/// Goldens that show what those with many features do not. The order only saves time.
const TELLING: [&str; 35] = [
    "misset-seed-acts-as-misset",
    "n-fraction",
    "n-negative",
    "samplesize",
    "beam-clips-sample",
    "beam-clips-by-default",
    "shape-square-direct-beam",
    "wavelength-default",
    "lambda",
    "energy",
    "flux-beats-fluence",
    "hdiv-step-only",
    "div-square-3x3",
    "sourcefile",
    "sourcefile-defaults",
    "phi-osc-only",
    "phi-stale-at-start",
    "mosaic-seed",
    "mosflm-xbeam-ybeam",
    "denzo-default-centre",
    "vectors-after-dials",
    "pix0-vector",
    "detpixels-beat-detsize",
    "curved-mosflm",
    "curved-last-argument",
    "point-pixel",
    "thick-alone",
    "oversample-thick-without-sensor",
    "nopolar",
    "hkl-duplicates",
    "hkl-free-format",
    "mask-keys",
    "adc-negative",
    "smv-long-header",
    "nonoise-then-noisefile",
];

/// What no golden can hold: the clock, refused options, and what the C program makes NaN of.
const BEYOND_GOLDENS: [&str; 4] = [
    "-cell 15 17 19 90 90 90 -N 4 -default_F 9 -detpixels 8 -misset random -seed 5",
    "-cell 15 17 19 90 90 90 -N 4 -default_F 9 -detpixels 8 -hdiv 5",
    "-cell 15 17 19 90 90 90 -N 4 -default_F 9 -detpixels 2 -mosaic 1 -mosaic_dom 40000",
    "-cell 15 17 19 90 90 90 -N 4 -default_F 9 -detpixels 8 -detector_thick 90 -twotheta 120",
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("the cases cannot be read: {error}");
            ExitCode::FAILURE
        }
    }
}

fn trials() -> Result<Vec<Trial>, Error> {
    let folder = cases::default_folder();
    let list = cases::read(&folder)?;
    // Cases that show many faults first, and never large ones.
    let (rich, mut rest): (Vec<_>, Vec<_>) = list
        .into_iter()
        .filter(|case| !case.name.starts_with("real-"))
        .partition(|case| case.name.starts_with("rich-"));
    rest.sort_by_key(|case| !TELLING.contains(&case.name.as_str()));
    let mut trials = vec![
        Trial::test("list::names-are-unique", names_are_unique),
        Trial::test("list::is-long-enough", is_long_enough),
    ];
    for case in &rich {
        let (case, folder) = (case.clone(), folder.clone());
        let name = format!("list::{}-without-a-fault-is-as-ever", case.name);
        trials.push(Trial::test(name, move || is_clean(&case, &folder)));
    }
    let lines = rich.iter().chain(&rest).map(|case| command_line(case, &folder));
    let mut baits = lines.map(|line| Ok(Bait::new(line?))).collect::<Result<Vec<_>, Error>>()?;
    let beyond = BEYOND_GOLDENS.map(CommandLine::new).into_iter().chain([commented_sources()]);
    baits.splice(rich.len()..rich.len(), beyond.map(Bait::new));
    let baits = Arc::new(baits);
    for fault in faults::all() {
        let baits = Arc::clone(&baits);
        trials.push(Trial::test(format!("faults::{}", fault.name), move || shows(fault, &baits)));
    }
    Ok(trials)
}

/// A table of sources with a comment, which the C program takes for a source.
fn commented_sources() -> CommandLine {
    let mut line = CommandLine::new(
        "-cell 15 17 19 90 90 90 -N 4 -default_F 9 -detpixels 8 -sourcefile sources.txt",
    );
    let table: &[u8] = b"# -10 1 1 1e-10\n-10 0 0 1 1e-10\n";
    line.inputs.insert("sources.txt".into(), table.into());
    line
}

fn is_long_enough() -> Result<(), Failed> {
    let recorded = |fault: &&Fault| matches!(fault.origin, Origin::Recorded(_));
    let (count, recorded) = (faults::all().len(), faults::all().iter().filter(recorded).count());
    if count >= 200 && recorded >= 90 {
        return Ok(());
    }
    Err(format!("{count} faults, {recorded} of them recorded").into())
}

fn names_are_unique() -> Result<(), Failed> {
    let mut names = BTreeSet::new();
    for fault in faults::all() {
        let kebab =
            fault.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !kebab || !names.insert(fault.name) {
            return Err(format!("{} stands twice or is no kebab-case name", fault.name).into());
        }
        if !fault.about.ends_with('.') {
            return Err(format!("{}: '{}' is no sentence", fault.name, fault.about).into());
        }
    }
    Ok(())
}

/// The run without a fault is the program's own.
fn is_clean(case: &Case, folder: &Path) -> Result<(), Failed> {
    let traces = run(None, &command_line(case, folder)?)?;
    for (kind, expected) in with_engine(case, folder, &ReferenceEngine)? {
        let found = traces.files.values().chain([&traces.said]).any(|bytes| *bytes == expected);
        if !found {
            return Err(format!("{}: another {}", case.name, kind.name()).into());
        }
    }
    Ok(())
}

/// Some case shows the fault.
fn shows(fault: &Fault, baits: &[Bait]) -> Result<(), Failed> {
    for bait in baits {
        let clean =
            bait.clean.get_or_init(|| run(None, &bait.line)).as_ref().map_err(Clone::clone)?;
        if run(Some(fault), &bait.line)? != *clean {
            return Ok(());
        }
    }
    Err(format!("no case shows it: {}", fault.about).into())
}

fn run(fault: Option<&Fault>, line: &CommandLine) -> Result<Traces, String> {
    let directory = line.prepare().map_err(|error| error.to_string())?;
    let run = faults::run(fault, line.arguments.clone(), directory.path());
    let mut files = BTreeMap::new();
    for entry in directory.path().read_dir().map_err(|error| error.to_string())? {
        let entry = entry.map_err(|error| error.to_string())?;
        let bytes = std::fs::read(entry.path()).map_err(|error| error.to_string())?;
        files.insert(entry.file_name(), bytes);
    }
    Ok(Traces {
        files,
        said: normalized(run.report.as_bytes()),
        ended: run.finished.map(|_| ()).map_err(|error| error.to_string()),
    })
}

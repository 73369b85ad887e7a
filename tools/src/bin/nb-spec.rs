//! `nb-spec`: the clauses of the specification, outside the test suite.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use indicatif::ProgressBar;
use nanobragg_conformance::clause::document::{self, Suite};
use nanobragg_conformance::clause::records::{self, Record, Records};
use nanobragg_conformance::clause::session::{Session, Truth};
use nanobragg_conformance::clause::trial::{Skipped, command_lines};
use nanobragg_conformance::clause::{bite, deviations, functions};
use nanobragg_conformance::effect::Effect;
use nanobragg_conformance::execute::{C_EXECUTABLE, Program, c_executable};
use nanobragg_conformance::faults::{self, Fault};
use nanobragg_conformance::report::Report;
use nanobragg_conformance::{Error, Result, cases, engines, workers};
use nanobragg_reference::{Quirk, ReferenceEngine};
use nanobragg_tools::{console, limits};
use rayon::prelude::*;

/// Checks, runs and lists the clauses of the specification.
///
/// The clauses are also tests: `cargo test --release AT-GEO-001`.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  nb-spec run AT-GEO-001
  nb-spec quirk stale-phi --picture stale-phi.png -- -cell 60 70 80 90 90 90 -N 5 -default_F 100 -osc 1
  NB_C_BIN=./nanoBragg nb-spec record"
)]
struct Options {
    /// Folder of the specification.
    #[arg(long, global = true, default_value_os_t = document::default_folder())]
    spec: PathBuf,
    /// File of the records of the C program.
    #[arg(long, global = true, default_value_os_t = records::default_path())]
    records: PathBuf,
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Reads all files and reports what is wrong in them.
    Check,
    /// Lists the clauses and their cases.
    List,
    /// Lists the functions of the clause language.
    Functions,
    /// Runs the tests whose name holds one of the words (all without words), and shows what was
    /// measured.
    Run {
        /// Parts of names, such as AT-GEO-001 or ::c
        words: Vec<String>,
        /// Shows only what fails.
        #[arg(long)]
        quiet: bool,
    },
    /// Injects faults one at a time, and shows which clauses notice each.
    Faults {
        /// Parts of names of faults; all without.
        words: Vec<String>,
        /// Ends the search for each fault after so many tests have failed; 0 runs every clause.
        #[arg(long, default_value_t = 3)]
        enough: usize,
        /// Writes the list of clauses that notice each fault, which the tests begin with.
        #[arg(long)]
        record: bool,
    },
    /// Runs everything and writes report.html and evidence.json into a folder, and pictures of what
    /// failed.
    Report {
        /// The folder.
        #[arg(long, default_value = "report")]
        out: PathBuf,
    },
    /// Runs a command line with a quirk of the C program and without it, and shows what differs.
    ///
    /// Nothing is written into your directory but the picture. Exit status 1: nothing differs.
    Quirk {
        /// The name of the switch; `nanobragg -help` lists them.
        name: String,
        /// Three panels of the first image that differs: as the C program writes it, the
        /// difference (red: brighter when corrected, blue: darker), and corrected.
        #[arg(long)]
        picture: Option<PathBuf>,
        /// The engine that renders, by its label.
        #[arg(long, default_value = "reference")]
        engine: String,
        /// The arguments of nanobragg, without -quirks.
        #[arg(last = true, required = true)]
        arguments: Vec<String>,
    },
    /// Records what the C program gives for the command lines of the clauses.
    ///
    /// Without NB_C_BIN, only what is recorded from the reference engine.
    Record,
}

/// A line on standard output.
macro_rules! say {
    ($($words:tt)*) => { console::say(format_args!($($words)*)) };
}

fn main() -> ExitCode {
    limits::tell_of_large_files();
    let options = Options::parse();
    match start(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn start(options: &Options) -> Result<bool> {
    match &options.command {
        Action::Functions => {
            for function in functions::all() {
                say!("{:45} {}", function.signature, function.about);
            }
            return Ok(true);
        }
        Action::Quirk { name, picture, engine, arguments } => {
            return quirk(name, picture.as_deref(), engine, arguments);
        }
        _ => {}
    }
    let inputs = cases::default_folder().join("inputs");
    let (suite, problems) = Suite::read(&options.spec, &inputs)?;
    problems.iter().for_each(|problem| eprintln!("{problem}\n"));
    let clean = problems.is_empty();
    match &options.command {
        Action::Check | Action::Functions | Action::Quirk { .. } => {
            say!("{} clauses, {} errors", suite.clauses.len(), problems.len());
            Ok(clean)
        }
        Action::List => {
            for clause in &suite.clauses {
                say!("{} {} ({})", clause.id, clause.title, clause.source.stem());
                for case in &clause.cases {
                    say!("    {}", case.name);
                }
            }
            Ok(clean)
        }
        Action::Run { words, quiet } => {
            run(&suite, options, words, *quiet).map(|good| good && clean)
        }
        Action::Faults { words, enough, record } => {
            let enough = if *enough == 0 { usize::MAX } else { *enough };
            notice(&suite, options, words, enough, *record).map(|good| good && clean)
        }
        Action::Report { out } => report(&suite, options, out).map(|good| good && clean),
        Action::Record => record(&suite, options).map(|()| clean),
    }
}

fn quirk(name: &str, picture: Option<&Path>, engine: &str, arguments: &[String]) -> Result<bool> {
    let quirk = *Quirk::ALL.iter().find(|quirk| quirk.name() == name).ok_or_else(|| {
        let names: Vec<&str> = Quirk::ALL.iter().map(|quirk| quirk.name()).collect();
        Error::Run(format!("no quirk is called {name}; there are {}", names.join(", ")))
    })?;
    let engine = engines::engine(engine).map_err(Error::Run)?;
    let directory = std::env::current_dir()
        .map_err(|source| Error::File { path: Path::new(".").to_owned(), source })?;
    let effect = Effect::of(quirk, arguments, &directory, engine.as_ref())?;
    if !effect.any() {
        say!("nothing differs");
        return Ok(false);
    }
    effect.lines().iter().for_each(|line| say!("{line}"));
    let Some(path) = picture else { return Ok(true) };
    match effect.picture()? {
        Some(bytes) => std::fs::write(path, bytes)
            .map_err(|source| Error::File { path: path.to_owned(), source })?,
        None => {
            say!("no image differs: there is no picture");
            return Ok(false);
        }
    }
    Ok(true)
}

fn run(suite: &Suite, options: &Options, words: &[String], quiet: bool) -> Result<bool> {
    let session = Arc::new(Session::new(Records::read(&options.records)?));
    let trials: Vec<_> = suite
        .trials()
        .into_iter()
        .filter(|trial| words.is_empty() || words.iter().any(|word| trial.name().contains(word)))
        .collect();
    let results: Vec<(String, bool)> =
        workers::each(&trials, |trial| match trial.skipped(&session) {
            Some(Skipped::Excluded(why) | Skipped::Missing(why)) => (
                if quiet { String::new() } else { format!("ignored {}: {why}\n", trial.name()) },
                true,
            ),
            None => {
                let verdict = trial.run(&session);
                let good = verdict.failures.is_empty();
                let mut text =
                    format!("{} {}\n", if good { "ok     " } else { "FAILED " }, trial.name());
                if good && quiet {
                    return (String::new(), true);
                }
                for finding in &verdict.findings {
                    text.push_str(&format!(
                        "    {} {}\n        {} ({})\n",
                        if finding.holds { "+" } else { "-" },
                        finding.text,
                        finding.measured,
                        finding.bound
                    ));
                }
                if !good {
                    text.push_str(&trial.explain(&verdict));
                }
                (text, good)
            }
        });
    let failed = results.iter().filter(|(_, good)| !good).count();
    let ignored = trials.iter().filter(|trial| trial.skipped(&session).is_some()).count();
    results.iter().for_each(|(text, _)| console::tell(text));
    if results.is_empty() {
        return Err(Error::Run(format!("no test is called {}", words.join(" or "))));
    }
    say!("{} tests run, {failed} failed, {ignored} ignored", results.len() - ignored);
    Ok(failed == 0 && !results.is_empty())
}

/// The matrix of faults and the clauses that notice them.
fn notice(
    suite: &Suite,
    options: &Options,
    words: &[String],
    enough: usize,
    record: bool,
) -> Result<bool> {
    let truth = Truth::new(Records::read(&options.records)?);
    let mut known = bite::known()?;
    let mut unnoticed = Vec::new();
    let mut chosen_faults = 0;
    let chosen = |fault: &&Fault| {
        words.is_empty() || words.iter().any(|word| fault.name.contains(word.as_str()))
    };
    for fault in faults::all().iter().filter(chosen) {
        chosen_faults += 1;
        let session = bite::session(&truth, Some(fault));
        let mut clauses: Vec<String> = bite::failing(suite, &session, &|_| true, enough)
            .iter()
            .map(|name| bite::clause_of(name).to_owned())
            .collect();
        clauses.sort();
        clauses.dedup();
        say!("{:42} {}", fault.name, clauses.join(" "));
        if clauses.is_empty() {
            unnoticed.push(fault.name);
        }
        known.insert(fault.name.to_owned(), clauses);
    }
    if chosen_faults == 0 {
        return Err(Error::Run(format!("no fault is called {}", words.join(" or "))));
    }
    known.retain(|name, _| faults::all().iter().any(|fault| fault.name == name));
    if record {
        bite::record(&known)?;
    }
    say!(
        "{chosen_faults} of {} faults, noticed by no clause: {}",
        faults::all().len(),
        unnoticed.len()
    );
    unnoticed.iter().for_each(|name| say!("    {name}"));
    Ok(unnoticed.is_empty())
}

fn report(suite: &Suite, options: &Options, out: &Path) -> Result<bool> {
    let session = Arc::new(Session::new(Records::read(&options.records)?));
    let bar = ProgressBar::new(suite.trials().len() as u64);
    let report = Report::make(suite, &session, &|| bar.inc(1))?;
    bar.finish_and_clear();
    report.write(suite, &deviations::read(&options.spec)?, out)?;
    say!("{}", out.join("report.html").display());
    Ok(!report.failed())
}

fn record(suite: &Suite, options: &Options) -> Result<()> {
    let executable = c_executable();
    let old = Records::read(&options.records)?;
    if executable.is_none() {
        eprintln!("note: {C_EXECUTABLE} not set: the records of the C program stay as they are");
    }
    let runs = command_lines(suite).into_par_iter().filter_map(|(key, (from, line))| {
        let program = match (from, &executable) {
            (cases::Origin::Reference, _) => Program::Engine(&ReferenceEngine),
            (cases::Origin::C, Some(path)) => Program::Executable(path.as_os_str()),
            (cases::Origin::C, None) => {
                return old.runs.get(&key).map(|record| Ok((key, record.clone())));
            }
        };
        let record = line.execute(program).and_then(|outcome| {
            if outcome.status == 0 {
                return Ok(Record::of(from, &line, &outcome));
            }
            Err(Error::Run(format!(
                "exit status {} of {}\n{}",
                outcome.status,
                line.arguments.join(" "),
                outcome.stderr.trim()
            )))
        });
        Some(record.map(|record| (key, record)))
    });
    let (good, bad): (Vec<_>, Vec<_>) =
        runs.collect::<Vec<_>>().into_iter().partition(std::result::Result::is_ok);
    if !bad.is_empty() {
        let count = bad.len();
        bad.into_iter()
            .filter_map(std::result::Result::err)
            .for_each(|error| eprintln!("error: {error}"));
        return Err(Error::Run(format!("{count} runs failed; the records stay as they are")));
    }
    let program = if executable.is_some() {
        nanobragg_conformance::manifest::read(&cases::default_folder())?.c_program
    } else {
        old.c_program
    };
    let records = Records { c_program: program, runs: good.into_iter().flatten().collect() };
    say!("{} command lines recorded", records.runs.len());
    records.write(&options.records)
}

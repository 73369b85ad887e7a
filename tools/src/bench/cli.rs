//! The command line of `nb-bench`.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use nanobragg_conformance::execute::c_executable;

use super::names::Threads;
use super::record::Record;
use super::run::{self, Plan};
use super::suites::{SUITES, Selection};
use super::{Error, Result, compare, folder, glance, process};

/// Measures how fast the engines are, against each other and against the C program.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  nb-bench list
  NB_C_BIN=./nanoBragg nb-bench run --quick --out result
  nb-bench run --suite mosaic --suite table --engines reference,cpu --threads 1,2
  nb-bench show benchmarks
  nb-bench compare benchmarks result

Exit status: 0 all is well; 1 an output is wrong, or something became slower; 2 wrong usage; 3 an \
engine or program is not there; 4 a file or a run failed."
)]
pub struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure suites and write a folder with the result.
    #[command(
        after_help = "Contenders take turns, round by round, so that what slows the machine for a \
while slows all of them. The images of all contenders are compared in the same run; the result of \
a wrong one is invalid. The C program is the executable that NB_C_BIN names, built with -O3 \
-march=native -fopenmp; OMP_NUM_THREADS is set for it. benchmarks/README.md explains the folder."
    )]
    Run(Box<RunArguments>),
    /// Report what became slower or larger from one result to another.
    Compare {
        /// The folder of a result, or its results.json.
        old: PathBuf,
        /// The folder of the other.
        new: PathBuf,
        /// The part by which a number may be worse: 0.1 is 10 %.
        #[arg(long, default_value_t = 0.1)]
        tolerance: f64,
    },
    /// Show the tables of a result that compare all workloads: how many times faster than the C
    /// program the engines are, and how many times faster with more threads.
    Show {
        /// The folder of the result, or its results.json.
        result: PathBuf,
    },
    /// List the suites and their workloads.
    List,
    /// Run one program and say what it took.
    #[command(name = process::CHILD, hide = true)]
    Child {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<OsString>,
    },
}

#[derive(Args)]
struct RunArguments {
    /// Suites or workloads of `nb-bench list`; may be repeated. All where there is none.
    #[arg(long = "suite", value_name = "NAME,…", value_delimiter = ',')]
    suites: Vec<String>,
    /// Engines: reference, cpu, cpu-mixed, cuda, cuda-mixed, c. Those there are, where not given.
    #[arg(long, value_name = "LABEL,…", value_delimiter = ',')]
    engines: Vec<String>,
    /// Pixels along each edge, in the place of the suites' own.
    #[arg(long, value_name = "N,…", value_delimiter = ',',
          value_parser = clap::value_parser!(u32).range(2..=32768))]
    sizes: Vec<u32>,
    /// Numbers of threads, or `cores`, in the place of the suites' own.
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    threads: Vec<Threads>,
    /// Rounds in which the contenders take turns [5, with --quick 3; down to 3 where they are long].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: Option<u16>,
    /// Only what takes a moment: less than two minutes in all.
    #[arg(long)]
    quick: bool,
    /// All of 1e10 and 1e11 steps on the processor too, not a strip of them: that takes minutes.
    #[arg(long, conflicts_with = "quick")]
    long: bool,
    /// The folder for the result [bench/YYYYMMDD-HHMMSS].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Replace a result that is there already.
    #[arg(long)]
    force: bool,
    /// Demand the C program's bits from the reference engine. A C program that was built with
    /// contraction, as -march=native does, has others.
    #[arg(long)]
    exact: bool,
    /// Flags that the C program was built with; they go into the record.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    c_flags: Option<String>,
    /// The program for whole processes of our engines [nanobragg beside nb-bench].
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Also make it the record that the repository keeps, benchmarks/. It must be complete.
    #[arg(long)]
    record: bool,
}

/// Does what the command line says: whether all is well.
///
/// # Errors
/// What stands in the way.
pub fn main(cli: Cli) -> Result<bool> {
    match cli.task {
        Task::Run(arguments) => measure(*arguments),
        Task::Compare { old, new, tolerance } => {
            if !(tolerance >= 0.0 && tolerance.is_finite()) {
                return Err(Error::Usage("--tolerance: a part like 0.1, not negative".into()));
            }
            let found = compare::compare(&Record::read(&old)?, &Record::read(&new)?, tolerance);
            say(&found.to_text());
            Ok(!found.failed())
        }
        Task::Show { result } => {
            say(&glance::markdown(&Record::read(&result)?).map_err(Error::run)?);
            Ok(true)
        }
        Task::List => {
            say(&list());
            Ok(true)
        }
        Task::Child { command } => {
            let usage = process::run_child(&command)?;
            say(&serde_json::to_string(&usage).map_err(Error::run)?);
            Ok(usage.success)
        }
    }
}

fn measure(arguments: RunArguments) -> Result<bool> {
    let rounds = arguments.rounds.map(usize::from);
    let plan = Plan {
        selection: Selection {
            suites: arguments.suites,
            sizes: arguments.sizes.into_iter().map(|size| size as usize).collect(),
            threads: arguments.threads,
            quick: arguments.quick,
        },
        long: arguments.long,
        engines: arguments.engines,
        rounds,
        exact: arguments.exact,
        nanobragg: program(arguments.program)?,
        c: c_executable().map(absolute).transpose()?,
        c_flags: arguments.c_flags,
    };
    let (path, place) = run::place(arguments.out, arguments.force)?;
    let result = run::measure(&plan)?;
    let files = run::files(&result)?;
    place.write(&files)?;
    say(&format!("{}\n", path.display()));
    for entry in result.entries.iter().filter(|entry| !entry.valid()) {
        let reason = entry.check.as_ref().and_then(|check| check.reason.as_deref());
        complain(&format!("invalid: {}: {}", entry.name, reason.unwrap_or("it is wrong")));
    }
    if arguments.record {
        if !result.complete || !result.valid() {
            let text = "the record of the repository stays as it is: this result is a selection, \
                        or an output is wrong";
            return Err(Error::Usage(text.into()));
        }
        let kept = nanobragg_conformance::bench_record::path();
        folder::put(kept.parent().unwrap_or(&kept), &files)?;
    }
    Ok(result.valid())
}

/// The program that lies beside this one, or that the user names.
fn program(named: Option<PathBuf>) -> Result<Option<PathBuf>> {
    if let Some(path) = named {
        return absolute(path).map(Some);
    }
    let this = std::env::current_exe().map_err(Error::file("nb-bench"))?;
    let name = format!("nanobragg{}", std::env::consts::EXE_SUFFIX);
    Ok(Some(this.with_file_name(name)).filter(|path| path.is_file()))
}

/// A program as it is found from any directory.
fn absolute(path: PathBuf) -> Result<PathBuf> {
    path.canonicalize().map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))
}

fn list() -> String {
    let mut text = String::new();
    for suite in SUITES {
        text.push_str(&format!("{:<13}{}\n", suite.name, suite.about));
        for template in suite.templates {
            let sizes: Vec<String> =
                template.sizes.iter().map(|(size, _)| size.to_string()).collect();
            let notes = if template.quick.is_empty() { "" } else { "  (--quick too)" };
            text.push_str(&format!("  {:<19}{}{notes}\n", template.name, sizes.join(" ")));
        }
    }
    text
}

/// Writes to standard output; a reader that has gone away is no error.
fn say(text: &str) {
    drop(std::io::stdout().write_all(text.as_bytes()));
}

fn complain(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

#[cfg(test)]
mod tests {
    use super::{Cli, list};
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound_and_the_list_has_every_suite() {
        Cli::command().debug_assert();
        let text = list();
        for name in ["plain", "grid-lambda0.5", "1024  (--quick too)"] {
            assert!(text.contains(name), "{text}");
        }
    }
}

//! `nb-fuzz`: runs generated command lines with an engine and with the reference engine or the C
//! program, and compares.

use std::io::IsTerminal;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nanobragg_conformance::fuzz::campaign::{Campaign, Ended, Finding, Limits};
use nanobragg_conformance::fuzz::check::{Against, Pair};
use nanobragg_conformance::fuzz::corpus::Entry;
use nanobragg_conformance::fuzz::shell;
use nanobragg_conformance::fuzz::strategy::{Series, knows};
use nanobragg_conformance::{Result, engines, execute};
use nanobragg_tools::console::{say, tell};
use nanobragg_tools::{limits, machine};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Generates command lines, renders each with an engine and with the reference engine or the C
/// program, and compares all that they write: to the last byte, or within the bound that the engine
/// promises.
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit status: 0 no difference, 1 a difference, 2 wrong usage, 3 the engine or the \
                  executable is not there, 130 interrupted.
While it runs, SIGUSR1 shows the statistics.

Examples:
  NB_C_BIN=./nanoBragg nb-fuzz --against c --time 10m
  NB_C_BIN=./nanoBragg nb-fuzz --against c --seed 7 --cases 5000 --only phi,osc --keep findings
  nb-fuzz --engine cpu --series mixed --seed 1 --cases 20000"
)]
struct Cli {
    /// The engine that is tested, by its label.
    #[arg(long, value_name = "LABEL", default_value = "reference", value_parser = label)]
    engine: String,
    /// What it is compared with: the reference engine, or c, the executable that NB_C_BIN names
    /// [default: reference, where an engine is named].
    #[arg(long, value_name = "LABEL", required_unless_present = "engine", value_parser = ["reference", "c"])]
    against: Option<String>,
    /// Seed of the cases [default: from the clock].
    #[arg(long)]
    seed: Option<u64>,
    /// Number of cases [default: 1000 where no time is given].
    #[arg(long)]
    cases: Option<u64>,
    /// Time to run, such as 90s, 10m, 2h.
    #[arg(long, value_parser = duration)]
    time: Option<Duration>,
    /// Random experiments, ones at the edges of decisions, or a third of the latter.
    #[arg(long, value_enum, default_value_t = Kind::Random)]
    series: Kind,
    /// Cases to run at the same time [default: all cores].
    #[arg(long)]
    jobs: Option<NonZeroUsize>,
    /// Number of findings after which to stop.
    #[arg(long, default_value_t = 1)]
    findings: usize,
    /// Folder for the smallest case of each finding.
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Run only those of the cases that have one of these options, named without the dash.
    #[arg(long, value_delimiter = ',', value_parser = option_name)]
    only: Vec<String>,
}

impl Cli {
    /// The label of what the engine is compared with.
    fn against(&self) -> &str {
        self.against.as_deref().unwrap_or("reference")
    }
}

/// Which cases.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Random,
    Edges,
    Mixed,
}

fn main() -> ExitCode {
    limits::tell_of_large_files();
    let cli = Cli::parse();
    let executable = execute::c_executable();
    let engine = match engines::engine(&cli.engine) {
        Ok(engine) => engine,
        Err(reason) => return absent(&reason),
    };
    let against = match (cli.against(), &executable) {
        ("c", Some(executable)) if executable.is_file() => Against::C(executable.as_os_str()),
        ("c", Some(executable)) => {
            return absent(&format!(
                "{} names {}, which is no file",
                execute::C_EXECUTABLE,
                executable.display()
            ));
        }
        ("c", None) => return absent(&format!("{} not set", execute::C_EXECUTABLE)),
        _ => Against::Reference,
    };
    match fuzz(&cli, Pair { engine: engine.as_ref(), against }) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn absent(reason: &str) -> ExitCode {
    eprintln!("error: {reason}");
    ExitCode::from(3)
}

fn fuzz(cli: &Cli, pair: Pair<'_>) -> Result<ExitCode> {
    let seed = cli.seed.unwrap_or_else(clock);
    let cases = cli.cases.or(if cli.time.is_none() { Some(1000) } else { None });
    let cores = machine::cores();
    let campaign = Campaign {
        pair,
        series: match cli.series {
            Kind::Random => Series::Random,
            Kind::Edges => Series::Edges,
            Kind::Mixed => Series::Mixed,
        },
        seed,
        only: &cli.only,
        limits: Limits { cases, time: cli.time, findings: cli.findings },
        jobs: cli.jobs.unwrap_or(cores),
    };
    let (stop, show) = signals();
    say(format_args!("seed {seed}"));
    let bar = bar(cases);
    let ended = campaign.run(&stop, &|so_far| {
        bar.set_position(so_far.statistics.cases);
        if show.swap(false, Ordering::Relaxed) {
            bar.suspend(|| tell(&so_far.statistics));
        }
    });
    bar.finish_and_clear();
    let ended = ended?;
    for finding in &ended.findings {
        show_finding(cli, seed, finding)?;
    }
    tell(&ended.statistics);
    Ok(status(&ended, stop.load(Ordering::Relaxed)))
}

fn status(ended: &Ended, interrupted: bool) -> ExitCode {
    match (interrupted, ended.findings.is_empty()) {
        (true, _) => ExitCode::from(130),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(1),
    }
}

/// Prints a finding so that it can be pasted, and keeps it where that is asked for.
fn show_finding(cli: &Cli, seed: u64, finding: &Finding) -> Result<()> {
    let line = finding.case.command_line();
    say(format_args!(
        "\nFINDING: case {} of seed {seed}, made smaller: {} differs from {}:",
        finding.number,
        cli.engine,
        cli.against()
    ));
    for difference in &finding.differences {
        say(format_args!("  {difference}"));
    }
    say(shell::script("nanobragg", &line)?);
    if let Some(folder) = &cli.keep {
        let name = format!("{}-{}-{seed}-{}", cli.engine, cli.against(), finding.number);
        let path = Entry::record(&name, &finding.differences.join("; "), &line)?.write(folder)?;
        say(format_args!("kept as {}", path.display()));
    }
    Ok(())
}

/// Flags that signals set: to stop, and to show the statistics.
fn signals() -> (Arc<AtomicBool>, Arc<AtomicBool>) {
    let (stop, show): (Arc<AtomicBool>, Arc<AtomicBool>) = Default::default();
    // Where no handler can be set, a signal ends the process as usual.
    for signal in [SIGINT, SIGTERM] {
        drop(flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop)));
        drop(flag::register(signal, Arc::clone(&stop)));
    }
    #[cfg(unix)]
    drop(flag::register(signal_hook::consts::SIGUSR1, Arc::clone(&show)));
    (stop, show)
}

/// Progress on a terminal; nothing elsewhere.
fn bar(cases: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(cases, ProgressDrawTarget::hidden());
    if std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
    }
    let template = match cases {
        Some(_) => "{bar:40} {human_pos}/{human_len} cases, {per_sec}, {eta} left",
        None => "{spinner} {human_pos} cases, {per_sec}, {elapsed}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The label of an engine, be it there or not.
fn label(text: &str) -> std::result::Result<String, String> {
    if engines::LABELS.contains(&text) {
        Ok(text.to_owned())
    } else {
        Err(format!("one of {}", engines::LABELS.join(", ")))
    }
}

/// A number of seconds, minutes or hours.
fn duration(text: &str) -> std::result::Result<Duration, String> {
    let (number, factor) = match text.as_bytes().last() {
        Some(b's') => (&text[..text.len() - 1], 1),
        Some(b'm') => (&text[..text.len() - 1], 60),
        Some(b'h') => (&text[..text.len() - 1], 3600),
        _ => (text, 1),
    };
    let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| "a whole number with s, m or h, such as 90s".into())
}

/// The name of an option that the strategies can generate.
fn option_name(text: &str) -> std::result::Result<String, String> {
    let name = text.trim_start_matches('-');
    if knows(name) { Ok(name.to_owned()) } else { Err(format!("no option is called {name}")) }
}

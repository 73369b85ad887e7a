//! `nb-goldens`: records what the C program writes, and verifies engines against it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use nanobragg_conformance::cases::{self, Case, Origin};
use nanobragg_conformance::manifest::{self, CProgram};
use nanobragg_conformance::record::{self, verify_outputs};
use nanobragg_conformance::{Error, Result, engines, execute, run, store};
use nanobragg_reference::Engine;
use nanobragg_tools::console::say;
use nanobragg_tools::limits;

/// Records golden images from the C program, and verifies engines against them.
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit status: 0 done, 1 a difference, 2 wrong usage or an error, 3 the engine or the
executable is not there.

Examples:
  NB_C_BIN=./nanoBragg nb-goldens record --c-source nanoBragg.c \\
      --compiler 'gcc 12.2' --flags='-O2 -ffp-contract=off'
  nb-goldens verify
  nb-goldens verify --engine cpu-mixed
  NB_C_BIN=./nanoBragg nb-goldens verify --engine c mosaic
  nb-goldens list"
)]
struct Cli {
    /// Folder with cases.toml, inputs, data and manifest.json.
    #[arg(long, global = true, default_value_os_t = cases::default_folder())]
    folder: PathBuf,
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run cases and record what they write: those of the C program with the executable that
    /// NB_C_BIN names, the others with the reference engine.
    Record {
        /// Only cases whose names contain this.
        filter: Option<String>,
        /// The C source that the executable was built from; its digest goes into the manifest.
        #[arg(long)]
        c_source: Option<PathBuf>,
        /// The compiler that built it.
        #[arg(long)]
        compiler: Option<String>,
        /// The flags that it was built with.
        #[arg(long)]
        flags: Option<String>,
    },
    /// Render the cases again and compare: every byte, or within the bound that an engine
    /// promises.
    Verify {
        /// Only cases whose names contain this.
        filter: Option<String>,
        /// What renders them: an engine's label, or c for the executable that NB_C_BIN names.
        #[arg(long, value_name = "LABEL", default_value = "reference", value_parser = label)]
        engine: String,
    },
    /// List the cases.
    List {
        /// Only cases whose names contain this.
        filter: Option<String>,
    },
}

fn main() -> ExitCode {
    limits::tell_of_large_files();
    let cli = Cli::parse();
    if let Task::Verify { engine, .. } = &cli.task
        && let Err(reason) = Renderer::find(engine)
    {
        eprintln!("error: {reason}");
        return ExitCode::from(3);
    }
    let outcome = match &cli.task {
        Task::Record { filter, c_source, compiler, flags } => {
            record(&cli.folder, filter.as_deref(), c_source.as_deref(), compiler, flags)
        }
        Task::Verify { filter, engine } => verify(&cli.folder, filter.as_deref(), engine),
        Task::List { filter } => list(&cli.folder, filter.as_deref()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// The cases whose names contain the filter.
fn select(folder: &Path, filter: Option<&str>) -> Result<Vec<Case>> {
    let mut list = cases::read(folder)?;
    list.retain(|case| filter.is_none_or(|filter| case.name.contains(filter)));
    if list.is_empty() {
        return Err(Error::Run(format!(
            "no case has '{}' in its name",
            filter.unwrap_or_default()
        )));
    }
    Ok(list)
}

fn bar(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(count as u64);
    if let Ok(style) = ProgressStyle::with_template("{pos}/{len} {bar:40} {eta} left  {msg}") {
        bar.set_style(style);
    }
    bar
}

fn record(
    folder: &Path,
    filter: Option<&str>,
    c_source: Option<&Path>,
    compiler: &Option<String>,
    flags: &Option<String>,
) -> Result<bool> {
    let list = select(folder, filter)?;
    let mut manifest = manifest::read(folder)?;
    let executable = execute::c_executable();
    let program = match &executable {
        Some(_) => Some(c_program(&manifest.c_program, c_source, compiler, flags)?),
        None => None,
    };
    let bar = bar(list.len());
    let outcome = record::record(
        folder,
        &list,
        executable.as_ref().map(|path| path.as_os_str()).zip(program),
        &mut manifest,
        &|_| bar.inc(1),
    );
    bar.finish_and_clear();
    let count = outcome?;
    let known = cases::read(folder)?;
    manifest.cases.retain(|name, _| known.iter().any(|case| case.name == *name));
    manifest::write(folder, &manifest)?;
    say(format_args!("{count} of {} cases recorded", list.len()));
    if executable.is_none() && list.iter().any(|case| case.from == Origin::C) {
        say(format_args!(
            "cases of the C program were left as they are: {} not set",
            execute::C_EXECUTABLE
        ));
    }
    Ok(true)
}

/// What the manifest says of the C program: what is given now, else what it said before.
fn c_program(
    before: &CProgram,
    source: Option<&Path>,
    compiler: &Option<String>,
    flags: &Option<String>,
) -> Result<CProgram> {
    let source_sha256 = match source {
        Some(path) => {
            let bytes = std::fs::read(path)
                .map_err(|source| Error::File { path: path.to_owned(), source })?;
            store::sha256(&bytes)
        }
        None => before.source_sha256.clone(),
    };
    let or = |given: &Option<String>, before: &str| given.clone().unwrap_or(before.to_owned());
    let program = CProgram {
        source: "github.com/bl831/nanoBragg, nanoBragg.c".into(),
        source_sha256,
        compiler: or(compiler, &before.compiler),
        flags: or(flags, &before.flags),
        platform: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
    };
    if program.source_sha256.is_empty() || program.compiler.is_empty() || program.flags.is_empty() {
        return Err(Error::Run(
            "the first recording needs --c-source, --compiler and --flags for the manifest".into(),
        ));
    }
    Ok(program)
}

/// What renders the cases.
enum Renderer {
    /// An engine of ours.
    Engine(Box<dyn Engine + Send + Sync>),
    /// The C executable.
    C(PathBuf),
}

impl Renderer {
    /// The one with a label, or why it is not there.
    fn find(label: &str) -> std::result::Result<Renderer, String> {
        if label != engines::C {
            return engines::engine(label).map(Renderer::Engine);
        }
        let executable = execute::c_executable();
        executable.map(Renderer::C).ok_or_else(|| format!("{} not set", execute::C_EXECUTABLE))
    }
}

/// A label of an engine, be it there or not.
fn label(text: &str) -> std::result::Result<String, String> {
    if engines::is_label(text) {
        Ok(text.to_owned())
    } else {
        Err(format!("one of {}", engines::all().collect::<Vec<_>>().join(", ")))
    }
}

fn verify(folder: &Path, filter: Option<&str>, label: &str) -> Result<bool> {
    let renderer = Renderer::find(label).map_err(Error::Run)?;
    let mut list = select(folder, filter)?;
    let manifest = manifest::read(folder)?;
    if matches!(renderer, Renderer::C(_)) {
        list.retain(|case| case.from == Origin::C);
    }
    let bar = bar(list.len());
    let mut bad = 0;
    for case in &list {
        bar.set_message(case.name.clone());
        let verdict = match &renderer {
            Renderer::C(executable) => run::with_c(case, folder, executable.as_os_str())
                .and_then(|outputs| verify_outputs(folder, case, &manifest, &outputs, None)),
            Renderer::Engine(engine) => record::verify(folder, case, &manifest, engine.as_ref()),
        };
        let lines = verdict.unwrap_or_else(|error| vec![error.to_string()]);
        bar.suspend(|| match lines.as_slice() {
            [] => say(format_args!("ok    {}", case.name)),
            lines => say(format_args!("DIFF  {}: {}", case.name, lines.join("; "))),
        });
        bad += usize::from(!lines.is_empty());
        bar.inc(1);
    }
    bar.finish_and_clear();
    say(format_args!("{} of {} cases agree", list.len() - bad, list.len()));
    Ok(bad == 0)
}

fn list(folder: &Path, filter: Option<&str>) -> Result<bool> {
    for case in select(folder, filter)? {
        let from = match case.from {
            Origin::C => "C",
            Origin::Reference => "reference",
        };
        say(format_args!("{} ({from}): {}\n    {}", case.name, case.about, case.command_line()));
    }
    Ok(true)
}

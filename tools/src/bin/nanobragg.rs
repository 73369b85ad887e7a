//! `nanobragg`: a drop-in for the C program nanoBragg, for one image, or with `batch` for many.

use std::io::{BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use nanobragg_optimized::Width;
use nanobragg_reference::report::Report;
use nanobragg_reference::run::run;
use nanobragg_reference::{Request, Result, arguments};
use nanobragg_tools::batch::cli;
use nanobragg_tools::{console, engines, limits, machine, progress::Progress};

fn main() -> ExitCode {
    limits::tell_of_large_files();
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|first| first == "batch").is_some() {
        return ExitCode::from(cli::main(arguments, complain));
    }
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The report may have stopped in the middle of a line.
            drop(std::io::stdout().flush());
            complain(&error.message());
            ExitCode::from(error.exit_status())
        }
    }
}

fn start() -> Result<()> {
    let request = Request::parse(std::env::args_os().skip(1))?;
    if request.help {
        console::tell(arguments::help::text());
        return Ok(());
    }
    if request.version {
        console::tell(version()?);
        return Ok(());
    }
    let engine = engines::select(&request, complain)?;
    let progress = Progress::start(request.progress());
    let mut stdout = standard_output();
    let mut report = Report::to(&mut stdout);
    let finished = run(
        &request,
        engine.as_ref(),
        &machine::host(request.threads),
        &mut report,
        &mut |done, total| progress.update(done, total),
    );
    progress.finish();
    drop(stdout.flush());
    let finished = finished.inspect_err(|_| {
        // What was ignored may be why it failed.
        let notes = &request.scanned.notes;
        notes.iter().for_each(|note| complain(&format!("note: {note}")));
    });
    finished?.messages().iter().for_each(|line| complain(line));
    Ok(())
}

/// Standard output: line by line on a terminal, in blocks into a file or a pipe.
fn standard_output() -> Box<dyn Write> {
    let stdout = std::io::stdout();
    if stdout.is_terminal() { Box::new(stdout) } else { Box::new(BufWriter::new(stdout)) }
}

/// The engines of this build, the vector units of this machine, with the one that renders, and its GPU.
fn version() -> Result<String> {
    let chosen = Width::choose()?;
    let units = Width::available()
        .into_iter()
        .map(|width| if width == chosen { format!("{width} (in use)") } else { width.to_string() });
    Ok(format!(
        "nanobragg {}\nengines: {}\nvector units of this machine: {}\nCUDA: {}\n",
        env!("CARGO_PKG_VERSION"),
        engines::AVAILABLE.join(", "),
        units.collect::<Vec<_>>().join(", "),
        engines::gpu()
    ))
}

fn complain(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

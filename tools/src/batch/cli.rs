//! The command line of `nanobragg batch`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{CommandFactory, Parser};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::shard::Shard;
use super::size::Bytes;
use super::{Options, Stop, journal, list, run};
use crate::console;

/// Problems of a batch file that are shown.
const MOST_PROBLEMS: usize = 20;

/// Renders many images. Runs that are done are skipped, so the same command goes on where it was
/// interrupted.
#[derive(Parser)]
#[command(
    name = "nanobragg batch",
    disable_version_flag = true,
    after_help = EXPLANATION
)]
struct Cli {
    /// The batch file: one command line a line, or a list in .toml or .json.
    file: PathBuf,
    /// Render part I of N, counted from 1: every N-th run.
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE, hide_default_value = true)]
    shard: Shard,
    /// Memory for all runs that are rendered at a time, such as 8G [half of what is free].
    #[arg(long, value_name = "SIZE")]
    memory: Option<Bytes>,
    /// Threads for all of them [all cores].
    #[arg(long, value_name = "COUNT", value_parser = count)]
    threads: Option<usize>,
    /// Render this many runs at a time, each with its part of the threads [by the length of the
    /// runs].
    #[arg(long, value_name = "COUNT", value_parser = count)]
    jobs: Option<usize>,
    /// The engine of runs that name none.
    #[arg(long, value_name = "NAME")]
    engine: Option<String>,
    /// The precision of runs that name none.
    #[arg(long, value_name = "NAME")]
    precision: Option<String>,
    /// Show what would be done, and do nothing.
    #[arg(long)]
    list: bool,
    /// Render once more what is done.
    #[arg(long)]
    force: bool,
    /// Where it is written down what is done [FILE.journal]; a batch that comes by a pipe or a
    /// device needs it.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// A folder for the reports of the runs, NUMBER.log; without it they are dropped.
    #[arg(long, value_name = "FOLDER")]
    logs: Option<PathBuf>,
    /// Show no progress.
    #[arg(long)]
    noprogress: bool,
}

const EXPLANATION: &str = r#"A text file has one command line a line, split as a shell does, with # comments:
  -mat A.mat -hkl P1.hkl -misset 0 0 10 -floatfile 1.bin -intfile 1.img -nopgm -nonoise
  -mat A.mat -hkl P1.hkl -misset 0 0 20 -floatfile 2.bin -intfile 2.img -nopgm -nonoise

A list in TOML (or the same in JSON) has runs with sweeps. This one has 91 x 3 images:
  common = "-mat A.mat -hkl P1.hkl -nopgm -nonoise"     # before the arguments of every run
  [[run]]
  args = "-misset 0 0 {phi} -mosaic {width} -floatfile {index:04}.bin -intfile {index:04}.img"
  [[run.sweep]]                                         # changes slowest
  phi = { start = 0, stop = 45, step = 0.5 }            # both ends included; or count = 91
  [[run.sweep]]                                         # changes fastest
  width = [0.1, 0.5, 1.0]
Variables of one [[run.sweep]] change together. {phi:06.2} gives zeros, a width and digits,
{index} is the number of the run from 1, {{ and }} are braces. A sweep outside of all runs serves
each run.

Every run needs output names of its own, and all are checked before anything starts. Names count
from the working directory. Fdump.bin is neither read nor written; what -dump names is. Runs
without -seed get a seed that belongs to their command line. A run counts as done when its record
is in the journal and its files have the sizes that it tells; it is rendered again when its
command line or one of its inputs changes.

  nanobragg batch campaign.toml -list
  nanobragg batch campaign.toml -memory 16G
  nanobragg batch campaign.toml -shard $SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT

Exit status: 0 all runs are done, 1 the batch is wrong and nothing was rendered, 2 some runs
failed or a file could not be read or written, 3 an engine is not available, 130 interrupted."#;

/// A count of threads or runs.
fn count(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| (1..=4096).contains(count));
    count.ok_or_else(|| "not a count from 1 to 4096".into())
}

impl From<Cli> for Options {
    fn from(cli: Cli) -> Options {
        let mut defaults = Vec::new();
        for (option, value) in [("-engine", cli.engine), ("-precision", cli.precision)] {
            defaults.extend(value.map(|value| [option.to_owned(), value]).into_iter().flatten());
        }
        let journal = cli.journal.unwrap_or_else(|| {
            let mut name = OsString::from(&cli.file);
            name.push(".journal");
            name.into()
        });
        Options {
            file: cli.file,
            shard: cli.shard,
            memory: cli.memory,
            threads: cli.threads,
            jobs: cli.jobs,
            force: cli.force,
            defaults,
            journal,
            logs: cli.logs,
            progress: cli.noprogress.then_some(false),
        }
    }
}

/// Does what the arguments behind `batch` say. Gives the exit status.
pub fn main(arguments: impl IntoIterator<Item = OsString>, complain: fn(&str)) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().map(two_dashes).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        console::tell(one_dash(&Cli::command().render_help().to_string()));
        return 0;
    }
    let name = OsString::from("nanobragg batch");
    let cli = match Cli::try_parse_from(std::iter::once(name).chain(arguments)) {
        Ok(cli) => cli,
        Err(error) => {
            complain(one_dash(&error.render().to_string()).trim_end());
            return 1;
        }
    };
    if cli.journal.is_none() && !journal::can_lie_beside(&cli.file) {
        let file = cli.file.display();
        complain(&format!("error: {file}: no journal can lie beside it; -journal FILE names one"));
        return 1;
    }
    let only_list = cli.list;
    match act(cli.into(), only_list) {
        Ok(status) => status,
        Err(Stop::Wrong(problems)) => {
            let shown = problems.iter().take(MOST_PROBLEMS);
            shown.for_each(|problem| complain(&format!("error: {problem}")));
            let more = problems.len().saturating_sub(MOST_PROBLEMS);
            if more > 0 {
                complain(&format!("error: and {more} more; nothing was rendered"));
            }
            1
        }
        Err(stop) => {
            complain(&format!("error: {stop}"));
            stop.exit_status()
        }
    }
}

fn act(options: Options, only_list: bool) -> Result<u8, Stop> {
    if only_list {
        console::tell(list(&options)?);
        return Ok(0);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let summary = run(&options, &stop, || watch_signals(&stop))?;
    console::say(&summary);
    Ok(summary.exit_status())
}

/// The first signal ends the batch in order, the second at once.
fn watch_signals(stop: &Arc<AtomicBool>) {
    for signal in [SIGINT, SIGTERM] {
        // Where no handler can be set, a signal ends the process as usual.
        drop(flag::register_conditional_shutdown(signal, 130, Arc::clone(stop)));
        drop(flag::register(signal, Arc::clone(stop)));
    }
}

/// `-shard` as the parser knows it; the options of this program have one dash or two.
fn two_dashes(argument: OsString) -> OsString {
    let text = argument.to_str().unwrap_or_default();
    let is_long = text.strip_prefix('-').is_some_and(|name| {
        name.len() > 1 && name.starts_with(|first: char| first.is_ascii_alphabetic())
    });
    if is_long { format!("-{text}").into() } else { argument }
}

/// The parser's own words, with the dash that this program's options have.
fn one_dash(text: &str) -> String {
    text.replace("--", "-")
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Cli, Options, two_dashes};

    fn options(line: &str) -> Result<Options, String> {
        let words = line.split(' ').map(|word| two_dashes(word.into()));
        let words = std::iter::once("nanobragg batch".into()).chain(words);
        Cli::try_parse_from(words).map(Options::from).map_err(|error| error.to_string())
    }

    #[test]
    fn options_have_one_dash_or_two() {
        Cli::command().debug_assert();
        for line in
            ["b.txt -shard 2/3 -jobs 4 --memory 1G", "-jobs 4 --shard 2/3 -memory 1024M b.txt"]
        {
            let found = options(line).expect("options");
            assert_eq!(found.shard.to_string(), "2/3");
            assert_eq!((found.jobs, found.memory.map(|memory| memory.0)), (Some(4), Some(1 << 30)));
            assert_eq!(found.journal.to_str(), Some("b.txt.journal"));
        }
        let found =
            options("b.txt -engine reference -precision double -noprogress").expect("options");
        assert_eq!(found.defaults, ["-engine", "reference", "-precision", "double"]);
        assert_eq!(found.progress, Some(false));
    }

    #[test]
    fn wrong_options_are_refused() {
        for line in
            ["", "b.txt -shard 4/3", "b.txt -jobs 0", "b.txt -memory x", "b.txt -shrad 1/2", "a b"]
        {
            assert!(options(line).is_err(), "{line}");
        }
    }
}

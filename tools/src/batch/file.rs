//! The batch file: which runs there are.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use toml::Spanned;

use super::list::{Entry, Expansion, List};
use super::{Stop, text};

/// Most runs of a file.
pub const MOST_RUNS: usize = 250_000;

/// Most bytes of a file.
const LONGEST: u64 = 1 << 28;

/// Most bytes of all command lines that sweeps make.
const LONGEST_EXPANDED: usize = 1 << 29;

/// A run of the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number in the batch, from 1.
    pub index: usize,
    /// Where it stands.
    pub origin: Origin,
    /// The command line.
    pub args: Vec<String>,
}

/// Where a run stands in its file: messages begin with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    file: String,
    line: Option<usize>,
    /// The number of the run, where a line is not enough to tell it.
    run: Option<usize>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        match self.run {
            Some(run) => write!(f, ": run {run}"),
            None => Ok(()),
        }
    }
}

/// A number of runs, in words.
pub fn count_of(runs: usize) -> String {
    format!("{runs} run{}", if runs == 1 { "" } else { "s" })
}

/// Reads a batch file. One whose name ends in `.toml` or `.json` is a list; any other is text.
///
/// # Errors
/// All that is wrong with it.
pub fn read(path: &Path) -> Result<Vec<Run>, Stop> {
    let contents = contents(path)?;
    let name = path.display().to_string();
    let extension = path.extension().map(|end| end.to_ascii_lowercase());
    let runs = match extension.as_ref().and_then(|end| end.to_str()) {
        Some("toml") => toml_list(&name, &contents)?,
        Some("json") => json_list(&name, &contents)?,
        _ => lines(&name, &contents)?,
    };
    if runs.is_empty() {
        return Err(Stop::wrong(format!("{name}: no runs in the file")));
    }
    Ok(runs)
}

fn contents(path: &Path) -> Result<String, Stop> {
    let failed = |error| Stop::Program(nanobragg_reference::Error::reading(path, error));
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Stop::wrong(format!("{}: more than {LONGEST} bytes", path.display())));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        Stop::wrong(format!("{}:{line}: not text in UTF-8", path.display()))
    })?;
    // Some editors begin a file with a byte order mark.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn lines(name: &str, contents: &str) -> Result<Vec<Run>, Stop> {
    if contents.trim_start().starts_with(['{', '[']) {
        let hint = "begins like a list; one in JSON or TOML is told by a name in .json or .toml";
        return Err(Stop::wrong(format!("{name}: {hint}")));
    }
    let origin = |line| Origin { file: name.to_owned(), line: Some(line), run: None };
    let lines = text::read(contents).map_err(|problems| {
        let texts = problems.into_iter().map(|(line, text)| format!("{}: {text}", origin(line)));
        Stop::Wrong(texts.collect())
    })?;
    check_count(name, lines.len() as u128, &lines.len().to_string())?;
    let runs = lines.into_iter().zip(1..);
    Ok(runs.map(|((line, args), index)| Run { index, origin: origin(line), args }).collect())
}

fn toml_list(name: &str, contents: &str) -> Result<Vec<Run>, Stop> {
    let list: List<Spanned<Entry>> = toml::from_str(contents).map_err(|error| {
        let place = match error.span() {
            Some(span) => format!("{name}:{}", line_of(contents, span.start)),
            None => name.to_owned(),
        };
        Stop::wrong(format!("{place}: {}", error.message()))
    })?;
    let line = |entry: &Spanned<Entry>| Some(line_of(contents, entry.span().start));
    expand(name, &list, |entry| (line(entry), entry.get_ref()))
}

fn json_list(name: &str, contents: &str) -> Result<Vec<Run>, Stop> {
    let failed =
        |error: serde_json::Error| Stop::wrong(format!("{name}:{}: {error}", error.line()));
    let list: List<Entry> = if contents.trim_start().starts_with('[') {
        let run = serde_json::from_str(contents).map_err(failed)?;
        List { common: Default::default(), sweep: Vec::new(), run }
    } else {
        serde_json::from_str(contents).map_err(failed)?
    };
    expand(name, &list, |entry| (None, entry))
}

fn line_of(contents: &str, at: usize) -> usize {
    contents.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1
}

/// Carries out the sweeps.
fn expand<R>(
    name: &str,
    list: &List<R>,
    part: impl Fn(&R) -> (Option<usize>, &Entry),
) -> Result<Vec<Run>, Stop> {
    let (mut runs, mut problems, mut bytes) = (Vec::new(), Vec::new(), 0);
    for (entry, number) in list.run.iter().zip(1..) {
        let (line, entry) = part(entry);
        let place = match line {
            Some(line) => format!("{name}:{line}"),
            None => format!("{name}: entry {number} of run"),
        };
        let expansion = match Expansion::new(list, entry) {
            Ok(expansion) => expansion,
            Err(problem) => {
                problems.push(format!("{place}: {problem}"));
                continue;
            }
        };
        let total = expansion.count().saturating_add(runs.len() as u128);
        check_count(&place, total, &expansion.product())?;
        for one in 0..expansion.count() as u64 {
            let index = runs.len() + 1;
            match expansion.run(one, index) {
                Ok(args) => {
                    bytes += args.iter().map(String::len).sum::<usize>();
                    if bytes > LONGEST_EXPANDED {
                        let limit = LONGEST_EXPANDED >> 20;
                        return Err(Stop::wrong(format!(
                            "{place}: the command lines take more than {limit} MiB"
                        )));
                    }
                    let origin = Origin { file: name.to_owned(), line, run: Some(index) };
                    runs.push(Run { index, origin, args });
                }
                Err(problem) => {
                    problems.push(format!("{place}: {problem}"));
                    break;
                }
            }
        }
    }
    if problems.is_empty() { Ok(runs) } else { Err(Stop::Wrong(problems)) }
}

fn check_count(place: &str, total: u128, product: &str) -> Result<(), Stop> {
    if total <= MOST_RUNS as u128 {
        return Ok(());
    }
    let product =
        if *product == total.to_string() { String::new() } else { format!("{product} = ") };
    Err(Stop::wrong(format!(
        "{place}: {product}{total} runs; a batch has {MOST_RUNS} at most, so make several of it"
    )))
}

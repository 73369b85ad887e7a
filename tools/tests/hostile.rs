//! What nobody should do to the program: `hostile::SUBJECT::NAME`, from `hostile/cases.toml`, and
//! `hostile::driver::NAME` for GPU drivers.

#[path = "hostile/driver.rs"]
mod driver;
mod support;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use serde::Deserialize;
use support::{Entry, Outcome, contents, finish};

/// What a run writes that is not told otherwise.
const IMAGES: [&str; 4] = ["floatimage.bin", "image.pgm", "intimage.img", "noiseimage.img"];

/// The file of cases.
#[derive(Deserialize)]
struct Cases {
    /// Arguments that many cases share.
    base: BTreeMap<String, Vec<String>>,
    /// Subjects, and the cases of each.
    #[serde(flatten)]
    subjects: BTreeMap<String, BTreeMap<String, Case>>,
}

/// One case, or several that differ in a word. The head of the file explains the keys.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    #[serde(default = "plain")]
    base: String,
    #[serde(default)]
    args: Vec<Argument>,
    #[serde(default)]
    each: Vec<OneOrMore>,
    #[serde(default)]
    files: BTreeMap<String, Content>,
    #[serde(default = "usage")]
    status: i32,
    #[serde(default)]
    says: OneOrMore,
    writes: Option<Vec<String>>,
    only: Option<System>,
}

fn plain() -> String {
    "plain".into()
}

fn usage() -> i32 {
    1
}

impl Case {
    /// Those of the texts that stand in the arguments, which tells a case from its like.
    fn used<'a>(&self, texts: &[&'a str]) -> Vec<&'a str> {
        let stands = |place: usize| {
            let placeholder = format!("{{{place}}}");
            self.args.iter().any(|argument| match argument {
                Argument::Text(text) => text.contains(&placeholder),
                _ => false,
            })
        };
        let places = texts.iter().enumerate();
        places.filter(|(place, _)| stands(*place)).map(|(_, text)| *text).collect()
    }
}

/// A text or an array of texts.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl Default for OneOrMore {
    fn default() -> Self {
        OneOrMore::More(Vec::new())
    }
}

impl OneOrMore {
    fn texts(&self) -> Vec<&str> {
        match self {
            OneOrMore::One(text) => vec![text],
            OneOrMore::More(texts) => texts.iter().map(String::as_str).collect(),
        }
    }
}

/// An argument.
#[derive(Clone, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Argument {
    Text(String),
    Hex { hex: String },
    Repeat { text: String, times: usize },
}

/// What lies in the directory under a name.
#[derive(Clone, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Content {
    Text(String),
    Hex {
        hex: String,
        #[serde(default = "once")]
        times: usize,
    },
    Repeat {
        text: String,
        times: usize,
    },
    Pad {
        pad: usize,
    },
    Directory {
        directory: bool,
    },
    Link {
        link: PathBuf,
    },
    Pieces(Vec<Content>),
}

fn once() -> usize {
    1
}

/// A system that has what a case needs.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum System {
    Linux,
    Unix,
}

impl System {
    fn is_here(self) -> bool {
        match self {
            System::Linux => cfg!(target_os = "linux"),
            System::Unix => cfg!(unix),
        }
    }

    fn name(self) -> &'static str {
        match self {
            System::Linux => "Linux",
            System::Unix => "Unix",
        }
    }
}

/// A case with all placeholders filled in.
struct Run {
    why: String,
    args: Vec<OsString>,
    files: BTreeMap<String, Content>,
    status: i32,
    says: Vec<String>,
    writes: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials() {
        Ok(mut trials) => {
            trials.extend(driver::trials());
            libtest_mimic::run(&arguments, trials).exit_code()
        }
        Err(error) => {
            eprintln!("tests/hostile/cases.toml: {error}");
            ExitCode::FAILURE
        }
    }
}

/// One trial for each case.
fn trials() -> Result<Vec<Trial>, String> {
    let cases: Cases =
        toml::from_str(include_str!("hostile/cases.toml")).map_err(|error| error.to_string())?;
    let mut trials = Vec::new();
    for (subject, list) in &cases.subjects {
        for (name, case) in list {
            let name = format!("hostile::{subject}::{name}");
            let base = cases
                .base
                .get(&case.base)
                .ok_or_else(|| format!("{name}: no base '{}'", case.base))?;
            if case.each.is_empty() {
                trials.push(trial(name, case, base, &[])?);
                continue;
            }
            for each in &case.each {
                let texts = each.texts();
                let name = format!("{name}({})", case.used(&texts).join(" "));
                trials.push(trial(name, case, base, &texts)?);
            }
        }
    }
    let mut names: Vec<&str> = trials.iter().map(Trial::name).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("two cases are named {}", pair[0]));
    }
    Ok(trials)
}

fn trial(name: String, case: &Case, base: &[String], texts: &[&str]) -> Result<Trial, String> {
    let only = case.only;
    let run = fill(case, base, texts).map_err(|error| format!("{name}: {error}"))?;
    if run.status != 0 && run.says.is_empty() {
        return Err(format!("{name}: an error that says nothing"));
    }
    Ok(Trial::ignorable_test(name, move || match only {
        Some(system) if !system.is_here() => {
            Ok(Completion::ignored_with(format!("needs {}", system.name())))
        }
        _ => run.check().map(|()| Completion::Completed),
    }))
}

/// Puts texts in the places of `{0}`, `{1}`, ..
fn fill(case: &Case, base: &[String], texts: &[&str]) -> Result<Run, String> {
    let filled = |text: &str| {
        let places = texts.iter().enumerate();
        places.fold(text.to_owned(), |text, (place, with)| {
            text.replace(&format!("{{{place}}}"), with)
        })
    };
    // The engine first: some cases need their last argument to be the last one.
    let mut args: Vec<OsString> = vec!["-engine".into(), "reference".into()];
    args.extend(base.iter().map(OsString::from));
    for argument in &case.args {
        match argument {
            Argument::Text(text) if text.starts_with('{') && text.ends_with('}') => {
                args.extend(filled(text).split(' ').map(OsString::from));
            }
            Argument::Text(text) => args.push(filled(text).into()),
            Argument::Hex { hex } => args.push(from_bytes(bytes(hex)?)),
            Argument::Repeat { text, times } => args.push(text.repeat(*times).into()),
        }
    }
    Ok(Run {
        why: case.why.clone(),
        args,
        files: case.files.clone(),
        status: case.status,
        says: case.says.texts().into_iter().map(filled).collect(),
        writes: case.writes.clone().unwrap_or_else(|| IMAGES.map(String::from).to_vec()),
    })
}

/// The bytes that pairs of hexadecimal digits stand for.
fn bytes(hex: &str) -> Result<Vec<u8>, String> {
    let pairs = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect::<Option<_>>().ok_or_else(|| format!("'{hex}' is not hexadecimal"))
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

/// Cases with arguments that are not text are for Unix only.
#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

impl Content {
    fn create(&self, path: &Path) -> Result<(), Failed> {
        match self {
            Content::Directory { directory: true } => std::fs::create_dir(path)?,
            Content::Link { link } => symlink(link, path)?,
            _ => {
                let mut all = Vec::new();
                self.append(&mut all)?;
                std::fs::write(path, all)?;
            }
        }
        Ok(())
    }

    fn append(&self, all: &mut Vec<u8>) -> Result<(), String> {
        match self {
            Content::Text(text) => all.extend_from_slice(text.as_bytes()),
            Content::Hex { hex, times } => all.extend(bytes(hex)?.repeat(*times)),
            Content::Repeat { text, times } => all.extend(text.repeat(*times).into_bytes()),
            Content::Pad { pad } => all.resize(*pad, b' '),
            Content::Pieces(pieces) => {
                pieces.iter().try_for_each(|piece| piece.append(all))?;
            }
            Content::Directory { .. } | Content::Link { .. } => {
                return Err("a directory or a link is no piece of a file".into());
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn symlink(target: &Path, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

/// Cases with links are for Unix only.
#[cfg(not(unix))]
fn symlink(_target: &Path, _path: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// The program, with 7 GiB of address space where the system can limit it.
fn program() -> Command {
    let path = env!("CARGO_BIN_EXE_nanobragg");
    if cfg!(unix) {
        let mut command = Command::new("sh");
        // Where there is no such limit, the run goes on without.
        command.args(["-c", r#"ulimit -v 7340032 2>/dev/null; exec "$0" "$@""#, path]);
        command
    } else {
        Command::new(path)
    }
}

impl Run {
    fn check(&self) -> Result<(), Failed> {
        let directory = tempfile::tempdir()?;
        for (name, content) in &self.files {
            content.create(&directory.path().join(name))?;
        }
        let before = contents(directory.path());
        let outcome = finish(program().args(&self.args).current_dir(&directory))?;
        let after = contents(directory.path());

        let mut problems = self.judge(&outcome);
        if self.status == 0 {
            problems.extend(self.judge_outputs(&before, &after));
        } else {
            problems.extend(differences(&before, &after));
        }
        if problems.is_empty() {
            return Ok(());
        }
        let shown: Vec<String> =
            self.args.iter().map(|argument| shortened(&argument.to_string_lossy(), 100)).collect();
        Err(format!(
            "{}\n  {}\n  nanobragg {}\n  standard error:\n{}",
            self.why,
            problems.join("\n  "),
            shown.join(" "),
            shortened(&outcome.stderr, 1000)
        )
        .into())
    }

    /// What is wrong with the status and with standard error.
    fn judge(&self, outcome: &Outcome) -> Vec<String> {
        let mut problems = Vec::new();
        if outcome.status.code() != Some(self.status) {
            problems.push(format!("{} in the place of {}", outcome.status, self.status));
        }
        let stderr = &outcome.stderr;
        for words in self.says.iter().filter(|words| !stderr.contains(*words)) {
            problems.push(format!("standard error does not say: {words}"));
        }
        if self.says.is_empty() && !stderr.is_empty() {
            problems.push("standard error is not empty".into());
        }
        let errors = stderr.lines().filter(|line| line.starts_with("error: ")).count();
        if errors != usize::from(self.status != 0) {
            problems.push(format!("{errors} lines of standard error begin with 'error: '"));
        }
        // The second is the name of a temporary file, which the user has not given.
        for word in ["panicked", ".partial"] {
            if stderr.contains(word) || outcome.stdout.contains(word) {
                problems.push(format!("the output says {word}"));
            }
        }
        problems
    }

    /// What is wrong with the files of a run that ends well.
    fn judge_outputs(
        &self,
        before: &BTreeMap<PathBuf, Entry>,
        after: &BTreeMap<PathBuf, Entry>,
    ) -> Vec<String> {
        let mut expected = before.clone();
        for name in &self.writes {
            let written = after.get(Path::new(name)).cloned();
            let Some(Entry::File(bytes)) = written.filter(|entry| *entry != Entry::File(vec![]))
            else {
                return vec![format!("{name} is not written, or empty")];
            };
            expected.insert(name.into(), Entry::File(bytes));
        }
        differences(&expected, after)
    }
}

/// What has changed in a directory, against what was to be expected.
fn differences(
    expected: &BTreeMap<PathBuf, Entry>,
    after: &BTreeMap<PathBuf, Entry>,
) -> Vec<String> {
    let changed = expected.iter().filter_map(|(name, entry)| match after.get(name) {
        None => Some(format!("{} is gone", name.display())),
        Some(now) if now != entry => Some(format!("{} has changed", name.display())),
        Some(_) => None,
    });
    let new = after.keys().filter(|name| !expected.contains_key(*name));
    changed.chain(new.map(|name| format!("{} is left behind", name.display()))).collect()
}

fn shortened(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((at, _)) => format!("{} ..", &text[..at]),
        None => text.to_owned(),
    }
}

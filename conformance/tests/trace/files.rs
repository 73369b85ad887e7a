//! Files: traces of whole runs, and what is no trace.

use std::path::Path;

use libtest_mimic::{Failed, Trial};
use nanobragg_conformance::execute::Program;
use nanobragg_conformance::trace::{Reader, compare, first_difference};
use nanobragg_reference::Engine;

use super::{ENGINES, experiment, scenes, traced, trial};

/// What is done to a trace, and what the error says. `{n}` stands for the number of its lines.
type Spoilt = (&'static str, fn(Vec<String>) -> String, &'static str);

const SPOILT: [Spoilt; 12] = [
    ("empty", |_| String::new(), "line 1: the file is empty"),
    ("one-byte", |_| "{".into(), "line 1: the line does not end"),
    ("no-header", |lines| joined(&lines[1..]), "line 1: a trace begins with its header"),
    ("image", |_| "\0\0\u{80}?\n".into(), "line 1: no JSON object"),
    (
        "other-schema",
        |lines| joined(&lines).replace("nanobragg-trace-2", "nanobragg-trace-0"),
        "line 1: the schema is not 'nanobragg-trace-2'",
    ),
    ("cut-off-behind-a-line", |lines| joined(&lines[..4]), "line 5: the trace ends before"),
    (
        "cut-off-within-a-line",
        |lines| joined(&lines[..4]) + &lines[4][..20],
        "line 5: the line does not end",
    ),
    (
        "garbage-in-the-middle",
        |lines| joined(&lines[..3]) + "garbage\n" + &joined(&lines[3..]),
        "line 4: no JSON object",
    ),
    (
        "two-headers",
        |lines| joined(&lines[..3]) + &joined(&lines[..1]) + &joined(&lines[3..]),
        "line 4: a second header",
    ),
    (
        "goes-on",
        |lines| joined(&lines) + &joined(&lines[1..2]),
        "line {n}: something stands behind the end of the pixel",
    ),
    (
        "a-word-for-a-number",
        |lines| joined(&lines[..2]) + "{\"line\":\"ray\",\"layer\":\"x\"}\n",
        "line 3: 'layer' is \"x\"",
    ),
    (
        "endless-line",
        |lines| joined(&lines[..2]) + &" ".repeat(3 << 20),
        "line 3: longer than 1048576 bytes",
    ),
];

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// All tests of files.
pub(super) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = SPOILT
        .into_iter()
        .map(|(name, spoil, says)| {
            Trial::test(format!("trace::hostile::{name}"), move || hostile(spoil, says))
        })
        .collect();
    trials.push(Trial::test("trace::hostile::any-byte", any_byte));
    trials.push(Trial::test("trace::hostile::no-file", no_file));
    trials.push(Trial::test("trace::hostile::other-pixel", other_pixel));
    trials.push(Trial::test("trace::hostile::twice", twice));
    trials.push(Trial::test("trace::lines-of-one-side", lines_of_one_side));
    for (label, _) in ENGINES {
        trials.push(trial(format!("trace::file::{label}"), label, file));
        trials.push(trial(format!("trace::not-rendered::{label}"), label, not_rendered));
    }
    trials
}

/// A small trace, as lines.
fn small(pixel: [usize; 2]) -> Result<Vec<String>, Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("t.jsonl");
    let experiment = experiment("-default_F 9 -mosaic 0.3 -mosaic_dom 3 -oversample 1")?;
    let (_, lines) = traced(&nanobragg_reference::ReferenceEngine, &experiment, pixel)?;
    scenes::write(&path, &lines)?;
    Ok(std::fs::read_to_string(path)?.lines().map(str::to_owned).collect())
}

/// The error that two traces give, the second of which is spoilt.
fn error(good: &str, spoilt: &[u8]) -> Result<String, Failed> {
    let folder = tempfile::tempdir()?;
    let [left, right] = ["left.jsonl", "right.jsonl"].map(|name| folder.path().join(name));
    std::fs::write(&left, good)?;
    std::fs::write(&right, spoilt)?;
    match compare(&left, &right, 1e-9) {
        Ok(_) => Ok(String::new()),
        Err(error) => Ok(error.to_string()),
    }
}

fn hostile(spoil: fn(Vec<String>) -> String, says: &str) -> Result<(), Failed> {
    let lines = small([20, 11])?;
    let says = says.replace("{n}", &(lines.len() + 1).to_string());
    let error = error(&joined(&lines), spoil(lines).as_bytes())?;
    if !error.contains(&format!("right.jsonl: {says}")) {
        return Err(format!("'{error}' instead of '{says}'").into());
    }
    Ok(())
}

/// Whatever byte is wrong, nothing worse than an error comes of it, and it has file and line.
fn any_byte() -> Result<(), Failed> {
    let good = joined(&small([20, 11])?);
    for place in (0..good.len()).step_by(29) {
        for byte in [b'}', b'9', 0xff] {
            let mut spoilt = good.clone().into_bytes();
            spoilt[place] = byte;
            let error = error(&good, &spoilt)?;
            if !error.is_empty() && !error.contains(": line ") {
                return Err(format!("byte {place}: {error}").into());
            }
        }
    }
    Ok(())
}

fn no_file() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    for name in ["missing.jsonl", "."] {
        let path = folder.path().join(name);
        let error = Reader::open(&path).err().ok_or("it was opened")?.to_string();
        if !error.contains(&path.display().to_string()) {
            return Err(error.into());
        }
    }
    Ok(())
}

fn other_pixel() -> Result<(), Failed> {
    let [one, other] = [[20, 11], [21, 11]].map(|pixel| small(pixel).map(|lines| joined(&lines)));
    let error = error(&one?, other?.as_bytes())?;
    if !error.contains("right.jsonl: line 1: another pixel than that of") {
        return Err(error.into());
    }
    Ok(())
}

fn twice() -> Result<(), Failed> {
    let mut lines = small([20, 11])?;
    let good = joined(&lines);
    // Behind lines that the other side does not have any more.
    let step = lines[3].replace("\"domain\":0", "\"domain\":7");
    lines.insert(4, step.clone());
    lines.insert(5, step);
    let error = error(&good, joined(&lines).as_bytes())?;
    if !(error.contains("right.jsonl: line 6: ") && error.contains("stands there twice")) {
        return Err(error.into());
    }
    Ok(())
}

/// A line that only one side has is told, and which.
fn lines_of_one_side() -> Result<(), Failed> {
    let lines = small([20, 11])?;
    let folder = tempfile::tempdir()?;
    let [left, right] = ["left.jsonl", "right.jsonl"].map(|name| folder.path().join(name));
    std::fs::write(&left, joined(&lines))?;
    let mut fewer = lines;
    fewer.remove(4);
    std::fs::write(&right, joined(&fewer))?;
    let first = first_difference(&left, &right, 0.0)?.ok_or("nothing differs")?.to_string();
    let says = "only the left trace has step at layer 0, sub-pixel slow 0, sub-pixel fast 0, source 0, \
                spindle step 0, mosaic domain 1";
    if !first.contains(says) {
        return Err(first.into());
    }
    match first_difference(&left, &left, 0.0)? {
        None => Ok(()),
        Some(difference) => Err(difference.to_string().into()),
    }
}

/// A run writes a trace beside its images, which stay as they are.
fn file(engine: &dyn Engine) -> Result<(), Failed> {
    let plain = "-default_F 9 -mosaic 0.3 -mosaic_dom 3 -oversample 1 -noprogress";
    let alone = scenes::line(plain)?;
    let expected = alone.execute(Program::Engine(engine))?;
    for (more, name) in [("", "trace.jsonl"), (" -tracefile steps", "steps")] {
        let line = scenes::line(&format!("{plain} -trace_pixel 11 20{more}"))?;
        let mut outcome = line.execute(Program::Engine(engine))?;
        let trace = outcome.files.remove(name).ok_or("no trace")?;
        if outcome.files != expected.files || outcome.stdout != expected.stdout {
            return Err("the other outputs have changed".into());
        }
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(name);
        std::fs::write(&path, trace)?;
        let read = lines(&path)?;
        // Header, ray, source, three steps, layer, pixel.
        if read != 8 {
            return Err(format!("{read} lines").into());
        }
    }
    Ok(())
}

/// Lines of a trace, all of which are read.
fn lines(path: &Path) -> Result<usize, Failed> {
    let mut reader = Reader::open(path)?;
    let mut count = 1;
    while reader.read()?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// A pixel that is not rendered is traced as such.
fn not_rendered(engine: &dyn Engine) -> Result<(), Failed> {
    let experiment = experiment("-default_F 9 -roi 3 10 3 10")?;
    let (rendered, lines) = traced(engine, &experiment, [20, 11])?;
    let text = format!("{lines:?}");
    if lines.len() != 2 || !text.contains("outside of -roi") || rendered.image[[11, 20]] != 0.0 {
        return Err(text.into());
    }
    Ok(())
}

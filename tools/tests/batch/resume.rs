//! A batch that is interrupted goes on where it was.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::bench::{Bench, HKL, lines};
use crate::support::wait;

/// Which file lies at each name: a file that is written again is another one.
fn stamps(bench: &Bench) -> BTreeMap<String, (u64, SystemTime)> {
    let names = bench.names().into_iter();
    let images = names.filter(|name| name.ends_with(".bin") || name.ends_with(".img"));
    images
        .map(|name| {
            let found = std::fs::metadata(bench.at(&name)).expect("a file");
            #[cfg(unix)]
            let number = std::os::unix::fs::MetadataExt::ino(&found);
            #[cfg(not(unix))]
            let number = found.len();
            (name, (number, found.modified().expect("a time")))
        })
        .collect()
}

/// The names that hold another file than before.
fn written(bench: &Bench, before: &BTreeMap<String, (u64, SystemTime)>) -> Vec<String> {
    let changed = |(name, stamp): &(String, _)| before.get(name) != Some(stamp);
    stamps(bench).into_iter().filter(changed).map(|(name, _)| name).collect()
}

/// How often each run was rendered, by what the journal says.
fn rendered(bench: &Bench, journal: &str) -> BTreeMap<String, usize> {
    let text = String::from_utf8(bench.read(journal)).expect("a journal");
    let mut counts = BTreeMap::new();
    for line in text.lines().skip(1) {
        let record: Value = serde_json::from_str(line).expect("a record");
        if let Some(run) = record["done"]["origin"].as_str() {
            *counts.entry(run.to_owned()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn what_is_done_is_skipped() {
    let bench = Bench::new();
    bench.write("b.txt", lines(4, ""));
    bench.batch("b.txt");
    let first = stamps(&bench);
    assert!(bench.batch("b.txt").starts_with("4 runs: 0 rendered, 4 done before, 0 failed"));
    assert_eq!(written(&bench, &first), [""; 0]);
    // More lines, in front of the others.
    bench.write(
        "b.txt",
        format!("{}{}", lines(5, "").lines().last().expect("a line"), "\n") + &lines(4, ""),
    );
    assert!(bench.batch("b.txt").starts_with("5 runs: 1 rendered, 4 done before, 0 failed"));
    assert_eq!(written(&bench, &first), ["005.bin", "005.img"]);
}

#[test]
fn what_has_changed_is_rendered_again() {
    let bench = Bench::new();
    let text = lines(4, "");
    bench.write("b.txt", &text);
    bench.batch("b.txt");
    // A command line.
    let other = text.replace("-misset 2 ", "-misset 7 ");
    bench.write("b.txt", &other);
    let before = stamps(&bench);
    let stderr = bench.run("batch b.txt").stderr;
    assert!(stderr.contains("note: b.txt:2 was rendered with another command line"), "{stderr}");
    assert_eq!(written(&bench, &before), ["002.bin", "002.img"]);
    // Back again: what lies there is of the other one, though it was rendered before.
    bench.write("b.txt", &text);
    let before = stamps(&bench);
    bench.batch("b.txt");
    assert_eq!(written(&bench, &before), ["002.bin", "002.img"]);
    // A file that is gone, and one that was cut.
    let before = stamps(&bench);
    std::fs::remove_file(bench.at("001.img")).expect("a file");
    bench.write("003.bin", "short");
    let stderr = bench.run("batch b.txt").stderr;
    assert!(
        stderr.contains("note: b.txt:1 was rendered, and its files are no longer")
            && stderr.contains("(and 1 more)"),
        "{stderr}"
    );
    assert_eq!(written(&bench, &before), ["001.bin", "001.img", "003.bin", "003.img"]);
    // The structure factors: all of them. Their date alone: none.
    let before = stamps(&bench);
    bench.write("P1.hkl", HKL);
    assert!(bench.batch("b.txt").starts_with("4 runs: 0 rendered"));
    bench.write("P1.hkl", HKL.replace("50", "51"));
    assert!(bench.batch("b.txt").starts_with("4 runs: 4 rendered"));
    assert_eq!(written(&bench, &before).len(), 8);
    // And where it is asked for.
    let before = stamps(&bench);
    assert!(bench.batch("b.txt -force").starts_with("4 runs: 4 rendered, 0 done before"));
    assert_eq!(written(&bench, &before).len(), 8);
    assert!(bench.batch("b.txt").starts_with("4 runs: 0 rendered"));
}

#[test]
fn shards_make_the_whole() {
    let bench = Bench::new();
    bench.write("b.txt", lines(10, ""));
    let mut seen = Vec::new();
    for shard in 1..=3 {
        let before = stamps(&bench);
        let summary = bench.batch(&format!("b.txt -shard {shard}/3"));
        let count = if shard == 1 { 4 } else { 3 };
        assert!(summary.starts_with(&format!("{count} runs: {count} rendered")), "{summary}");
        seen.extend(written(&bench, &before));
        assert!(bench.names().contains(&format!("b.txt.journal.{shard}-of-3")));
    }
    seen.sort_unstable();
    let all = stamps(&bench);
    assert!(seen.iter().eq(all.keys()) && all.len() == 20, "{seen:?}");
    // Another division finds it done.
    for shard in ["", "-shard 1/2", "-shard 2/2", "-shard 3/3"] {
        let summary = bench.batch(&format!("b.txt {shard}"));
        assert!(summary.contains(" runs: 0 rendered"), "{summary}");
    }
    assert_eq!(written(&bench, &all), [""; 0]);
}

#[test]
fn a_journal_may_lie_elsewhere_and_must_be_one() {
    let bench = Bench::new();
    bench.write("b.txt", lines(2, ""));
    bench.batch("b.txt -journal j");
    assert!(bench.batch("b.txt -journal j").starts_with("2 runs: 0 rendered"));
    for name in ["P1.hkl", "b.txt"] {
        let before = bench.read(name);
        let outcome = bench.run(&format!("batch b.txt -journal {name}"));
        assert_eq!(outcome.status.code(), Some(1), "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains(&format!("{name}: no journal of a batch")),
            "{}",
            outcome.stderr
        );
        assert_eq!(bench.read(name), before);
    }
    assert_eq!(bench.run("batch b.txt -journal no/j").status.code(), Some(2));
}

/// Runs of a second or so.
fn long(count: usize) -> String {
    lines(count, "-engine reference -detpixels 300 -oversample 3")
}

#[test]
fn one_process_works_on_a_batch() {
    let bench = Bench::new();
    bench.write("b.txt", long(4));
    let mut command = bench.program("batch b.txt -jobs 1");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a batch");
    while !bench.at("001.bin").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    for shard in ["", "-shard 1/2"] {
        let outcome = bench.run(&format!("batch b.txt {shard}"));
        assert_eq!(outcome.status.code(), Some(1), "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains("b.txt.journal: another process works on these runs"),
            "{}",
            outcome.stderr
        );
    }
    assert_eq!(wait(&mut child).expect("an end").code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_batch_in_order() {
    for signal in ["-INT", "-TERM"] {
        let bench = Bench::new();
        bench.write("b.txt", long(6));
        let mut command = bench.program("batch b.txt -jobs 2");
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a batch");
        while !bench.at("001.bin").exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let kill =
            std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(kill.expect("kill").success());
        assert_eq!(wait(&mut child).expect("an end").code(), Some(130));
        let names = bench.names();
        assert!(!names.iter().any(|name| name.ends_with(".partial")), "{names:?}");
        let before = stamps(&bench);
        assert!(before.len() < 12, "it was over before the signal");
        let left = 6 - before.len() / 2;
        let summary = bench.batch("b.txt");
        assert!(
            summary.starts_with(&format!("6 runs: {left} rendered, {} done before", 6 - left)),
            "{summary}"
        );
        assert_eq!(written(&bench, &before).len(), left * 2);
    }
}

/// Kills a batch at random moments, again and again, until it is done.
#[test]
fn a_batch_survives_being_killed_at_any_moment() {
    const RUNS: usize = 60;
    let bench = Bench::new();
    let text = lines(RUNS, "-detpixels 100 -noisefile /dev/null");
    bench.write("b.txt", &text);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let (mut kills, mut kept) = (0, BTreeMap::new());
    // Long enough for a few images, whatever the machine and its load, in microseconds.
    let mut patience = 8_000;
    loop {
        let mut command = bench.program("batch b.txt -threads 2 -noprogress");
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a batch");
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        std::thread::sleep(Duration::from_micros(patience + random % patience));
        drop(child.kill());
        let status = child.wait().expect("an end");
        // Whatever has got its place stays there for good.
        let now = stamps(&bench);
        for (name, stamp) in &kept {
            assert_eq!(now.get(name), Some(stamp), "{name} was written twice");
        }
        match now.len() - kept.len() {
            0 => patience = (patience * 2).min(2_000_000),
            1..=10 => {}
            _ => patience = (patience / 2).max(1_000),
        }
        kept = now;
        if status.code() == Some(0) {
            break;
        }
        assert_eq!(status.code(), None);
        kills += 1;
        assert!(kills < 500, "it does not get ahead: {} of {}", kept.len(), 2 * RUNS);
    }
    assert!(kills > 2, "{kills} kills");
    assert!(!bench.names().iter().any(|name| name.contains("partial")), "{:?}", bench.names());
    let counts = rendered(&bench, "b.txt.journal");
    assert!(counts.len() == RUNS && counts.values().all(|&count| count == 1), "{counts:?}");
    let alone = Bench::new();
    alone.write("c.txt", &text);
    alone.batch("c.txt -threads 1");
    for name in kept.keys() {
        assert_eq!(bench.read(name), alone.read(name), "{name}");
    }
    assert_eq!(kept.len(), 2 * RUNS);
    assert!(
        bench.batch("b.txt").starts_with(&format!("{RUNS} runs: 0 rendered, {RUNS} done before"))
    );
}

/// What a killed process leaves behind between the record of a run and the places of its files, and
/// before.
#[test]
fn files_beside_their_places_are_put_there_or_removed() {
    let bench = Bench::new();
    bench.write("b.txt", lines(3, ""));
    bench.batch("b.txt -jobs 1");
    let journal = String::from_utf8(bench.read("b.txt.journal")).expect("a journal");
    let find = |run: &str| -> Value {
        let line = journal.lines().find(|line| line.contains(&format!("\"b.txt:{run}\"")));
        serde_json::from_str(line.expect("a record")).expect("JSON")
    };
    for output in find("2")["done"]["outputs"].as_array().expect("outputs") {
        let name = |key: &str| output[key].as_str().expect("a name").to_owned();
        std::fs::rename(bench.at(&name("file")), bench.at(&name("beside"))).expect("to rename");
    }
    // The record of the last run is torn, and it has left a part of an image.
    let torn = &journal[..journal.trim_end().rfind('\n').expect("lines") + 30];
    bench.write("b.txt.journal", torn);
    bench.write(".003.binAbC123.partial", "part of an image");
    bench.write(".other.binAbC123.partial", "nobody's");
    let summary = bench.batch("b.txt");
    assert!(summary.starts_with("3 runs: 1 rendered, 2 done before"), "{summary}");
    let partial: Vec<String> =
        bench.names().into_iter().filter(|name| name.ends_with(".partial")).collect();
    assert_eq!(partial, [".other.binAbC123.partial"]);
    let alone = Bench::new();
    alone.run(lines(2, "").lines().last().expect("a line"));
    assert_eq!(bench.read("002.bin"), alone.read("002.bin"));
}

#[test]
fn inputs_that_change_on_the_way_fail_their_runs() {
    let bench = Bench::new();
    bench.write("b.txt", long(3));
    let mut command = bench.program("batch b.txt -jobs 1");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a batch");
    while !bench.at("001.bin").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    bench.write("P1.hkl", HKL.replace("50", "5000"));
    assert_eq!(wait(&mut child).expect("an end").code(), Some(2));
    assert!(bench.batch("b.txt").starts_with("3 runs: 3 rendered"));
}

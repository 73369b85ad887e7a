//! The images of a batch, and what is said of them.

#[cfg(target_os = "linux")]
use std::process::Command;

use crate::bench::{Bench, COMMON, lines};
use crate::support::Entry;
#[cfg(target_os = "linux")]
use crate::support::finish;

/// The files of a single run in a directory of its own.
fn single(arguments: &str) -> Bench {
    let bench = Bench::new();
    let outcome = bench.run(arguments);
    assert_eq!(outcome.status.code(), Some(0), "{}", outcome.stderr);
    bench
}

#[test]
fn the_bytes_are_those_of_single_runs() {
    for more in ["", "-engine reference", "-precision mixed -threads 1"] {
        let bench = Bench::new();
        let text = lines(5, &format!("-mosaic 1 -mosaic_dom 3 {more}"));
        bench.write("b.txt", &text);
        let summary = bench.batch("b.txt -threads 2");
        assert!(summary.starts_with("5 runs: 5 rendered, 0 done before, 0 failed; "), "{summary}");
        for (line, run) in text.lines().zip(1..) {
            let alone = single(line);
            for name in [format!("{run:03}.bin"), format!("{run:03}.img")] {
                assert_eq!(bench.read(&name), alone.read(&name), "{name} {more}");
            }
        }
        // A single run also writes Fdump.bin; nothing else is there.
        assert_eq!(bench.names().len(), 5 * 2 + 3, "{:?}", bench.names());
    }
}

#[test]
fn lists_with_sweeps_make_the_runs_that_they_say() {
    let toml = format!(
        "common = \"{COMMON} -default_F 100 -nopgm -nonoise\"\n[[run]]\nargs = [\"-misset\", 0, 0, \"{{phi}}\", \
         \"-floatfile\", \"o ut/{{index:03}} {{phi:05.1}} {{n}}.bin\", \"-intfile\", \"/dev/null\", \"-N\", \"{{n}}\"]\n\
         [[run.sweep]]\nphi = {{ start = 0, stop = 1, step = 0.5 }}\n[[run.sweep]]\nn = [5, 6]\n"
    );
    let json = format!(
        r#"{{"common": "{COMMON} -default_F 100 -nopgm -nonoise", "sweep": [{{"phi": {{"start": 0, "stop": 1, "count": 3}}}}],
            "run": [{{"args": "-misset 0 0 {{phi}} -floatfile 'o ut/{{index:03}} {{phi:05.1}} {{n}}.bin' -intfile /dev/null -N {{n}}",
                      "sweep": [{{"n": [5, 6]}}]}}]}}"#
    );
    for (name, text) in [("b.toml", toml), ("b.json", json)] {
        let bench = Bench::new();
        bench.write("o ut/x", "");
        bench.write(name, text);
        let summary = bench.batch(name);
        assert!(summary.starts_with("6 runs: 6 rendered"), "{summary}");
        let images = [
            ("001 000.0 5", "0", 5),
            ("002 000.0 6", "0", 6),
            ("003 000.5 5", "0.5", 5),
            ("006 001.0 6", "1", 6),
        ];
        for (image, phi, n) in images {
            let same = format!("-default_F 100 -nopgm -nonoise -misset 0 0 {phi} -N {n}");
            let alone = single(&format!("{COMMON} {same}"));
            let found = bench.read(&format!("o ut/{image}.bin"));
            assert_eq!(found, alone.read("floatimage.bin"), "{image}");
        }
        assert!(bench.batch(name).starts_with("6 runs: 0 rendered, 6 done before"));
    }
    let bench = Bench::new();
    let run = |name| {
        format!("{COMMON} -default_F 9 -nopgm -nonoise -floatfile {name} -intfile /dev/null")
    };
    bench.write("b.json", format!("[\"{}\", {{\"args\": \"{}\"}}]", run("a"), run("b")));
    assert!(bench.batch("b.json").starts_with("2 runs: 2 rendered"));
}

#[test]
fn runs_without_a_seed_get_one_that_stays() {
    let bench = Bench::new();
    let args = format!("{COMMON} -default_F 100 -nopgm -intfile /dev/null -floatfile /dev/null");
    bench.write("b.txt", format!("{args} -noisefile a.img\nnanobragg {args} -noisefile b.img"));
    let list = bench.batch("b.txt -list");
    let seeds: Vec<&str> =
        list.lines().filter_map(|line| Some(line.split_once("# seed ")?.1)).collect();
    assert!(seeds.len() == 2 && seeds[0] != seeds[1], "{list}");
    assert_eq!(bench.names(), ["P1.hkl", "b.txt"]);
    let outcome = bench.run("batch b.txt");
    assert!(
        outcome.stderr.contains("note: 2 runs without -seed get one each"),
        "{}",
        outcome.stderr
    );
    for (name, seed) in ["a.img", "b.img"].into_iter().zip(seeds) {
        let alone = single(&format!("{args} -noisefile {name} -seed {seed}"));
        assert_eq!(bench.read(name), alone.read(name));
    }
}

#[test]
fn the_dump_is_left_alone_unless_it_is_named() {
    let bench = Bench::new();
    bench.write("b.txt", lines(1, "-dump named.bin"));
    bench.batch("b.txt");
    let alone = single(&format!("{COMMON} -hkl P1.hkl"));
    assert_eq!(bench.read("named.bin"), alone.read("Fdump.bin"));
    assert!(!bench.names().contains(&"Fdump.bin".into()));
    // A stray one is no source of structure factors, and one that is named is.
    std::fs::rename(bench.at("named.bin"), bench.at("Fdump.bin")).expect("to rename");
    let run = format!("{COMMON} -nopgm -nonoise -intfile /dev/null -floatfile");
    bench.write("stray.txt", format!("{run} c.bin"));
    let outcome = bench.run("batch stray.txt");
    assert_eq!(outcome.status.code(), Some(1));
    assert!(
        outcome.stderr.starts_with("error: stray.txt:1: no structure factors"),
        "{}",
        outcome.stderr
    );
    bench.write("named.txt", format!("{run} c.bin -dump Fdump.bin\n{run} d.bin -dump Fdump.bin"));
    bench.batch("named.txt");
    assert_eq!(bench.read("c.bin"), bench.read("d.bin"));
    let read = single(&format!("{COMMON} -hkl P1.hkl -floatfile c.bin"));
    assert_eq!(bench.read("c.bin"), read.read("c.bin"));
}

#[test]
fn tables_go_and_come_where_memory_is_short() {
    let bench = Bench::new();
    // 40 MB each, which the allocator gives back at once, and an image of next to nothing.
    let table = |value: u32| format!("0 0 0 5\n170 170 170 {value}\n1 0 0 {value}\n0 1 0 9\n");
    let mut text = String::new();
    for name in 0..3 {
        bench.write(&format!("{name}.hkl"), table(name + 10));
    }
    for run in 0..9 {
        let name = run % 3;
        text += &format!(
            "{COMMON} -hkl {name}.hkl -floatfile {run}.bin -intfile /dev/null -nopgm -nonoise -misset {run} 0 0\n"
        );
    }
    bench.write("b.txt", &text);
    bench.batch("b.txt -memory 60M -threads 3");
    for (run, line) in text.lines().enumerate() {
        let alone = Bench::new();
        let name = format!("{}.hkl", run % 3);
        alone.write(&name, bench.read(&name));
        alone.run(&format!("{line} -dump /dev/null"));
        assert_eq!(bench.read(&format!("{run}.bin")), alone.read(&format!("{run}.bin")), "{run}");
    }
    // A table goes before the next one is read: with two of them the process would have more.
    #[cfg(target_os = "linux")]
    {
        let batch = "batch b.txt -memory 60M -threads 1 -force -noprogress";
        let limited = format!("ulimit -d 65000 && exec \"$0\" {batch}");
        let mut command = Command::new("sh");
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_nanobragg")]).current_dir(bench.at(""));
        let outcome = finish(&mut command).expect("a run that ends");
        assert_eq!(outcome.status.code(), Some(0), "{}", outcome.stderr);
    }
    let outcome = bench.run("batch b.txt -memory 30M -force");
    assert_eq!(outcome.status.code(), Some(1));
    assert!(
        outcome.stderr.contains("b.txt:1: needs about ") && outcome.stderr.contains("(-memory)")
    );
}

#[test]
fn a_run_that_fails_stops_no_other() {
    let bench = Bench::new();
    let bright =
        format!("{COMMON} -default_F 1e200 -fluence 1e300 -floatfile x -intfile y -nopgm -nonoise");
    bench.write(
        "b.txt",
        format!("{}{bright}\n{}", lines(2, ""), lines(3, "").lines().last().expect("a line")),
    );
    let outcome = bench.run("batch b.txt -logs reports");
    assert_eq!(outcome.status.code(), Some(2));
    assert!(
        outcome.stdout.starts_with("4 runs: 3 rendered, 0 done before, 1 failed; "),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome.stderr.contains("b.txt:3: error: 576 of 576 pixels are not finite"),
        "{}",
        outcome.stderr
    );
    assert!(bench.at("003.bin").exists() && !bench.at("x").exists());
    let report = String::from_utf8(bench.read("reports/000001.log")).expect("a report");
    assert!(
        report.starts_with("b.txt:1: nanobragg -cell 100 ") && report.contains("max_I = "),
        "{report}"
    );
    let report = String::from_utf8(bench.read("reports/000003.log")).expect("a report");
    assert!(report.ends_with("-N\n") && report.contains("\nerror: 576 of 576 "), "{report}");
    // It is tried again, and alone.
    let outcome = bench.run("batch b.txt");
    assert!(
        outcome.stdout.starts_with("4 runs: 0 rendered, 3 done before, 1 failed"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn what_many_runs_say_is_said_once() {
    let bench = Bench::new();
    bench.write("b.txt", lines(4, "-osc 1 -phisteps 3 -threads 1"));
    let stderr = bench.run("batch b.txt -jobs 1").stderr;
    let note = "note: quirks of the C program that made a difference: stale-phi";
    assert!(
        stderr.contains(&format!("b.txt:1: {note}"))
            && stderr.contains("3 more runs: note: quirks")
    );
    assert_eq!(stderr.matches("stale-phi").count(), 2, "{stderr}");
    assert!(stderr.starts_with("0 of 4 images\n"), "{stderr}");
    let quiet = bench.run("batch b.txt -noprogress -force -jobs 1").stderr;
    assert!(!quiet.contains(" images"), "{quiet}");
}

#[test]
fn help_teaches_and_the_list_shows_everything() {
    let bench = Bench::new();
    for argument in ["-help", "--help", "-h", "b.txt -help"] {
        let help = bench.batch(argument);
        for word in [
            "-shard <I/N>",
            "-memory <SIZE>",
            "[[run.sweep]]",
            "SLURM_ARRAY_TASK_ID",
            "Exit status",
        ] {
            assert!(help.contains(word), "{word}: {help}");
        }
        assert!(!help.contains("--"), "{help}");
        // Wrapped, the list would be none.
        assert!(help.contains("-floatfile {index:04}.bin -intfile {index:04}.img\"\n"), "{help}");
    }
    bench.write("b.txt", lines(5, ""));
    let list = bench.batch("b.txt -list -shard 2/2 -engine reference");
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines.len(), 5, "{list}");
    assert!(
        lines[1].trim_start().starts_with("2  left  ")
            && lines[1].contains(" -engine reference -cell 100 ")
    );
    assert!(lines[2].trim_start().starts_with("4  left  "));
    assert_eq!(lines[3], "5 runs, 2 in part 2/2: 2 left, 4.6e3 steps");
    assert!(lines[4].starts_with("tables of structure factors: 1, "));
    assert_eq!(bench.names(), ["P1.hkl", "b.txt"]);
    // Only as the first word it is a command.
    let single = bench.run(&format!("{COMMON} -default_F 100 batch"));
    assert_eq!(single.status.code(), Some(0));
    assert!(single.stderr.contains("note: 'batch' belongs to no option"), "{}", single.stderr);
}

#[test]
fn paths_may_be_anything_that_names_a_file() {
    let bench = Bench::new();
    bench.write("a b/d/P 1.hkl", crate::bench::HKL);
    let run =
        format!("{COMMON} -hkl 'a b/d/../d/P 1.hkl' -intfile /dev/null -nopgm -nonoise -floatfile");
    bench.write("b.txt", format!("{run} 'a b/é \"x\".bin'\n{run} a\\ b/d/../y#.bin # z\n"));
    assert!(bench.batch("b.txt").starts_with("2 runs: 2 rendered"));
    let wanted = ["a b/é \"x\".bin", "a b/y#.bin"];
    assert!(wanted.iter().all(|name| bench.read(name).len() == 24 * 24 * 4));
    assert!(bench.batch("b.txt").starts_with("2 runs: 0 rendered, 2 done before"));
    // The whole campaign may move elsewhere.
    let other = Bench::new();
    for (name, entry) in bench.contents() {
        if let Entry::File(bytes) = entry {
            other.write(name.to_str().expect("a name"), bytes);
        }
    }
    assert!(other.batch("b.txt").starts_with("2 runs: 0 rendered, 2 done before"));
}

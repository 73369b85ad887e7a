//! What a batch refuses before anything starts.

use std::time::Instant;

use crate::bench::{Bench, COMMON, lines};

/// Refuses a batch file, with a text, and leaves everything as it was.
#[track_caller]
fn refuse_in(bench: &Bench, arguments: &str, says: &[&str]) {
    let before = bench.contents();
    let start = Instant::now();
    let outcome = bench.run(&format!("batch {arguments}"));
    assert_eq!(outcome.status.code(), Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.lines().all(|line| line.starts_with("error: ")), "{}", outcome.stderr);
    for text in says {
        assert!(outcome.stderr.contains(text), "{text} is missing:\n{}", outcome.stderr);
    }
    assert!(start.elapsed().as_secs() < 20);
    assert!(bench.contents() == before, "{:?}", bench.names());
}

#[track_caller]
fn refuse(name: &str, text: impl AsRef<[u8]>, says: &[&str]) {
    let bench = Bench::new();
    bench.write(name, text);
    refuse_in(&bench, name, says);
    refuse_in(&bench, &format!("{name} -list"), says);
}

/// A run with outputs of its own.
fn run(number: usize, more: &str) -> String {
    format!(
        "{COMMON} -default_F 9 -floatfile {number}.bin -intfile {number}.img -nopgm -nonoise {more}\n"
    )
}

#[test]
fn traces_are_for_single_commands() {
    let told = "b.txt:1: -trace_pixel has no place in a batch; to trace a pixel of a run, give it to \
                nanobragg with the arguments and the seed that -list shows";
    refuse("b.txt", run(1, "-trace_pixel 2 3"), &[told]);
}

#[test]
fn outputs_of_one_name() {
    refuse(
        "b.txt",
        run(1, "") + &run(1, "-N 6"),
        &["b.txt:2: -floatfile 1.bin is also written by b.txt:1 (-floatfile 1.bin)"],
    );
    let defaults = format!("{COMMON} -default_F 9\n{COMMON} -default_F 10\n");
    refuse(
        "b.txt",
        defaults,
        &[
            "b.txt:2: -floatfile floatimage.bin is also written by b.txt:1 (its default; give -floatfile a name",
            "-pgmfile image.pgm is also",
            "or -nopgm",
            "-noisefile noiseimage.img is also",
            "or -nonoise",
        ],
    );
    // In other words, across options, and within a run.
    refuse(
        "b.txt",
        run(1, "") + &run(2, "-npyfile ./1.img"),
        &["-npyfile ./1.img is also written by b.txt:1 (-intfile 1.img)"],
    );
    refuse(
        "b.txt",
        run(1, "-pngfile 1.bin"),
        &["b.txt:1: -pngfile 1.bin is also written by b.txt:1 (-floatfile"],
    );
    let dumps = lines(2, "-dump d.bin");
    refuse("b.txt", dumps, &["b.txt:2: -dump d.bin is also written by b.txt:1; leave it out"]);
}

#[cfg(unix)]
#[test]
fn outputs_of_one_place() {
    let bench = Bench::new();
    bench.write("d/x", "");
    std::os::unix::fs::symlink("d", bench.at("link")).expect("a link");
    std::os::unix::fs::symlink("d/2.bin", bench.at("file")).expect("a link");
    bench.write("b.txt", run(1, "-npyfile d/1.npy") + &run(2, "-npyfile link/../link/1.npy"));
    refuse_in(
        &bench,
        "b.txt",
        &["b.txt:2: -npyfile link/../link/1.npy is also written by b.txt:1"],
    );
    bench.write("b.txt", run(1, "-npyfile d/2.bin") + &run(2, "-npyfile file"));
    refuse_in(
        &bench,
        "b.txt",
        &["b.txt:2: -npyfile file is also written by b.txt:1 (-npyfile d/2.bin)"],
    );
    // Two names of nothing in particular.
    bench.write("b.txt", run(1, "-npyfile /dev/null") + &run(2, "-npyfile /dev/null"));
    bench.batch("b.txt");
}

/// Outputs and the inputs that are missing are told together.
#[test]
fn outputs_and_inputs_at_once() {
    refuse(
        "b.txt",
        run(1, "-npyfile nowhere/1.npy") + &run(2, "-hkl none.hkl") + &run(3, "-pngfile 1.img"),
        &[
            "b.txt:1: -npyfile: cannot write nowhere/1.npy: ",
            "b.txt:2: -hkl none.hkl: ",
            "b.txt:3: -pngfile 1.img is also written by b.txt:1",
        ],
    );
}

/// What a run writes and reads itself is not the fault of another run.
#[test]
fn outputs_over_inputs_of_the_same_run() {
    for (input, output) in [("-mask", "-intfile"), ("-img", "-intfile"), ("-hkl", "-npyfile")] {
        let bench = Bench::new();
        bench.write("x.img", "x");
        bench.write("b.txt", run(1, &format!("{input} x.img {output} x.img")));
        let says = format!(
            "b.txt:1: {output} x.img would write over {input} x.img, which the run reads; a batch \
             could not tell then that the run is done"
        );
        refuse_in(&bench, "b.txt", &[&says]);
    }
}

/// Each run is told with its own file and option, also where one folder is the reason for all.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written() {
    // In /proc no file can be made, whoever tries.
    refuse(
        "b.txt",
        run(1, "-npyfile /proc/1.npy") + &run(2, "-pngfile /proc/2.png"),
        &[
            "b.txt:1: -npyfile: cannot write /proc/1.npy: ",
            "b.txt:2: -pngfile: cannot write /proc/2.png: ",
        ],
    );
}

#[test]
fn logs_and_journals_name_their_options() {
    let bench = Bench::new();
    bench.write("b.txt", run(1, ""));
    bench.write("d/x", "");
    let refused = |arguments: &str, status: i32, says: &str| {
        let before = bench.contents();
        let outcome = bench.run(&format!("batch b.txt {arguments}"));
        assert_eq!(outcome.status.code(), Some(status), "{}", outcome.stderr);
        assert!(outcome.stderr.starts_with(&format!("error: {says}")), "{}", outcome.stderr);
        assert!(bench.contents() == before, "{:?}", bench.names());
    };
    refused("-journal nodir/j", 2, "-journal: cannot read nodir: ");
    refused("-journal .", 1, "-journal .: a journal is a regular file");
    refused("-journal d", 1, "-journal d: a journal is a regular file");
    refused("-journal d -shard 1/2", 1, "-journal d: a journal is a regular file");
    refused("-logs b.txt", 2, "-logs: cannot write b.txt: ");
}

#[cfg(unix)]
#[test]
fn a_journal_is_no_device_and_no_pipe() {
    let bench = Bench::new();
    bench.write("b.txt", run(1, ""));
    bench.write("c.txt", run(1, ""));
    let made = std::process::Command::new("mkfifo").arg(bench.at("pipe")).status();
    assert!(made.expect("mkfifo").success());
    std::fs::rename(bench.at("pipe"), bench.at("c.txt.journal.2-of-2")).expect("a pipe");
    for journal in ["/dev/full", "/dev/null", "/dev/zero", "/dev/stdout", "/dev/fd/1"] {
        for more in ["", " -list"] {
            let outcome = bench.run(&format!("batch b.txt -journal {journal}{more}"));
            let says = format!("error: -journal {journal}: a journal is a regular file");
            assert_eq!(outcome.status.code(), Some(1), "{}", outcome.stderr);
            assert!(outcome.stderr.starts_with(&says), "{}", outcome.stderr);
            assert_eq!(outcome.stdout, "");
        }
    }
    for more in ["", " -shard 1/2", " -shard 2/2"] {
        let outcome = bench.run(&format!("batch c.txt{more}"));
        let says = "error: -journal c.txt.journal.2-of-2: a journal is a regular file";
        assert!(outcome.stderr.starts_with(says), "{}", outcome.stderr);
    }
    assert!(!bench.at("1.bin").exists());
}

/// A file system in memory is as good as any other; what is missing there is missing.
#[cfg(target_os = "linux")]
#[test]
fn a_batch_in_shared_memory() {
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else { return };
    let bench = Bench::new();
    let file = folder.path().join("b.txt");
    std::fs::write(&file, run(1, "")).expect("a file");
    let file = file.display().to_string();
    assert!(bench.batch(&file).starts_with("1 run: 1 rendered"));
    assert!(folder.path().join("b.txt.journal").exists());
    assert!(bench.batch(&format!("{file} -list")).contains("\n1 run: 0 left"));
    for missing in [format!("{file}.missing"), "/dev/missing.txt".into()] {
        let outcome = bench.run(&format!("batch {missing}"));
        assert_eq!(outcome.status.code(), Some(2), "{}", outcome.stderr);
        assert!(outcome.stderr.starts_with(&format!("error: cannot read {missing}: ")));
    }
}

#[cfg(unix)]
#[test]
fn a_device_beside_which_no_journal_can_lie() {
    let bench = Bench::new();
    bench.write("b.txt", run(1, ""));
    for file in ["/dev/stdin", "/dev/fd/0", "/dev/null", "/proc/self/fd/0"] {
        let says = format!("error: {file}: no journal can lie beside it; -journal FILE names one");
        refuse_in(&bench, file, &[&says]);
        refuse_in(&bench, &format!("{file} -list"), &[&says]);
    }
}

#[test]
fn outputs_over_inputs() {
    let reads = "-hkl P1.hkl";
    refuse(
        "b.txt",
        run(1, reads) + &run(2, "-npyfile ./P1.hkl"),
        &["b.txt:1: -hkl P1.hkl is written by b.txt:2 (-npyfile)"],
    );
    refuse(
        "b.txt",
        run(1, "-hkl 2.bin") + &run(2, ""),
        &["b.txt:1: -hkl 2.bin is written by b.txt:2 (-floatfile); runs of a batch"],
    );
    refuse(
        "b.txt",
        lines(1, "-dump d") + &run(2, "-dump d"),
        &["b.txt:2: -dump d is written by b.txt:1 (-dump)"],
    );
    refuse("b.txt", run(1, "-npyfile b.txt"), &["b.txt:1: -npyfile b.txt is a file of the batch"]);
}

#[test]
fn all_that_is_wrong_is_told_together() {
    let text = run(1, "-detpixel 20")
        + &run(2, "")
        + &run(3, "-threads x")
        + "\n# -nonsense\n"
        + &run(4, "-engine gpu");
    refuse(
        "b.txt",
        text,
        &[
            "b.txt:1: unknown option -detpixel; did you mean",
            "b.txt:3: -threads: 'x'",
            "b.txt:6: -engine: 'gpu'",
        ],
    );
    let missing = run(1, "-hkl none.hkl") + &run(2, "-mat none.mat") + &run(3, "-hkl .");
    refuse(
        "b.txt",
        missing,
        &["b.txt:1: -hkl none.hkl: ", "b.txt:2: -mat none.mat: ", "b.txt:3: -hkl .: no file"],
    );
    let impossible =
        run(1, "-lambda 0") + &run(2, "-detpixels 10000000") + &run(3, "-npyfile nowhere/1.npy");
    refuse(
        "b.txt",
        impossible.clone() + &run(4, "-npyfile ."),
        &["b.txt:3: -npyfile: cannot write nowhere/1.npy: ", "b.txt:4: -npyfile: cannot write .: "],
    );
    refuse(
        "b.txt",
        run(1, "-lambda 0") + &run(2, "-detpixels 10000000"),
        &["b.txt:1: -lambda 0: a wavelength of 0 Å", "b.txt:2: -detpixels"],
    );
    refuse("b.txt", "-help", &["b.txt:1: -help and -version have no place in a batch"]);
    refuse(
        "b.txt",
        format!("{COMMON} -nonoise -nopgm"),
        &["b.txt:1: no structure factors: give -hkl FILE or -default_F F"],
    );
    // A hundred of them are too many to read.
    let many: String = (0..100).map(|number| run(number, "-sed 1")).collect();
    refuse("b.txt", many, &["b.txt:20: ", "error: and 80 more; nothing was rendered"]);
}

#[test]
fn files_that_are_no_batch() {
    refuse("b.txt", "", &["b.txt: no runs in the file"]);
    refuse("b.txt", "# nothing\n\n", &["b.txt: no runs in the file"]);
    refuse("b.txt", b"-N 5\n\xff\xfe\x00\x01", &["b.txt:2: not text in UTF-8"]);
    refuse("b.txt", "-N 'five\n-N 5 \\", &["b.txt:1: a quote is not closed", "b.txt:2: "]);
    refuse("b.txt", "\n[[run]]\n", &["b.txt: begins like a list"]);
    refuse("b.txt", run(1, "-npyfile a\0b"), &["b.txt:1: "]);
    refuse("b.txt", "-x ".repeat(100_000), &["b.txt:1: a command line of 200000 bytes"]);
    refuse(
        "b.txt",
        format!("-{}", "y".repeat(5_000_000)),
        &["b.txt:1: a command line of 5000001 bytes"],
    );
    for (name, text) in [
        ("b.toml", b"\x00\x01\xff".as_slice()),
        ("b.json", b"\x80"),
        ("b.json", b""),
        ("b.toml", b""),
    ] {
        refuse(name, text, &[&format!("{name}:1: ")]);
    }
    let bench = Bench::new();
    let outcome = bench.run("batch missing.txt");
    assert_eq!(outcome.status.code(), Some(2));
    assert!(outcome.stderr.starts_with("error: cannot read missing.txt: "));
    for arguments in ["", "b.txt -shard 3/2", "b.txt -shrad 1/2", "b.txt -memory 1X"] {
        let outcome = bench.run(&format!("batch {arguments}"));
        assert_eq!(outcome.status.code(), Some(1), "{}", outcome.stderr);
        assert!(outcome.stderr.starts_with("error: ") && !outcome.stderr.contains("--"));
    }
}

#[test]
fn lists_with_something_wrong() {
    let toml = |text: &str, says: &str| refuse("b.toml", text, &[says]);
    toml(
        "[[run]]\nargs = \"-N 5\"\nsweeps = 1\n",
        "b.toml:3: unknown field `sweeps`, expected `args` or `sweep`",
    );
    toml("runs = []\n", "b.toml:1: unknown field `runs`");
    toml("common = \"-N 5\"\n[[run]]\nsweep = []\n", "missing field `args`");
    toml(
        "[[run]]\nargs = \"-N 5\"\n[[run]]\nargs = \"-N {n}\"\n",
        "b.toml:3: {n}: no sweep has this name",
    );
    toml(
        "[[run]]\nargs = \"-N 5\"\n[[run.sweep]]\nn = [1]\n",
        "b.toml:1: sweep 'n' is used nowhere",
    );
    toml(
        "[[run]]\nargs = \"-N {n}\"\n[[run.sweep]]\nn = [1]\n[[run.sweep]]\nn = [1]\n",
        "sweep 'n' stands there twice",
    );
    toml(
        "[[run]]\nargs = \"-N {n}{m}\"\n[[run.sweep]]\nn = [1]\nm = [1, 2]\n",
        "have 2 and 1 values",
    );
    toml("[[run]]\nargs = \"-N {n\"\n[[run.sweep]]\nn = [1]\n", "b.toml:1: '{n': a single '{'");
    toml(
        "[[run]]\nargs = \"-N {n:05}\"\n[[run.sweep]]\nn = [\"a\"]\n",
        "b.toml:1: {n}: 'a' is no number",
    );
    toml(
        "[[run]]\nargs = \"-N {n}\"\n[[run.sweep]]\nn = { start = 0, stop = 1 }\n",
        "b.toml:4: a range has start, stop, and either",
    );
    toml(
        "[[run]]\nargs = \"-N {n}\"\n[[run.sweep]]\nn = { start = 0, stop = 1, stp = 1 }\n",
        "b.toml:4: unknown field `stp`",
    );
    toml("[[run]]\nargs = \"-N 'five\"\n", "b.toml:1: a quote is not closed");
    toml("[[run]]\nargs = \"-N 5\"\n[[run", "b.toml:3: ");
    let json = |text: &str, says: &str| refuse("b.json", text, &[says]);
    json("{\"run\": [\n{\"args\": \"-N 5\", \"arg\": 1}]}", "b.json:2: unknown field `arg`");
    json("[\"-N 5\", {\"args\": \"-N {n}\"}]", "b.json: entry 2 of run: {n}: no sweep");
    json(&format!("[{}", "[".repeat(100_000)), "b.json:1: ");
    // What a sweep puts in is not looked at again.
    toml(
        "[[run]]\nargs = [\"{n}\"]\n[[run.sweep]]\nn = [\"-x{n}{m}\"]\n",
        "b.toml:1: run 1: unknown option -x{n}{m}",
    );
}

#[test]
fn sweeps_that_are_too_large() {
    let axis = "[[run.sweep]]\nNAME = { start = 1, stop = 1000, step = 1 }\n";
    let axes: String = ["a", "b", "c"].map(|name| axis.replace("NAME", name)).concat();
    let text = format!("[[run]]\nargs = \"-N {{a}} {{b}} {{c}}\"\n{axes}");
    refuse(
        "b.toml",
        text,
        &["b.toml:1: 1000 x 1000 x 1000 = 1000000000 runs; a batch has 250000 at most"],
    );
    let text =
        "[[run]]\nargs = \"-N {a}\"\n[[run.sweep]]\na = { start = 0, stop = 1e18, step = 1e-18 }\n";
    refuse("b.toml", text, &["runs; a batch has 250000 at most"]);
    let long = "x".repeat(1_000_000);
    let text = format!(
        "[[run]]\nargs = \"-N {{a}} {long}\"\n[[run.sweep]]\na = {{ start = 1, stop = 200000, step = 1 }}\n"
    );
    refuse("b.toml", text, &["the command lines take more than 512 MiB"]);
}

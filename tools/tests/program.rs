//! What the program promises beside its images: help, notes, signals, and how files appear.

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nanobragg_reference::Quirk;
use nanobragg_reference::arguments::options::OPTIONS;
use support::{Entry, Outcome, contents, finish, wait};
use tempfile::TempDir;

/// A run of a moment.
const SHORT: &str = "-engine reference -cell 100 100 100 90 90 90 -lambda 1 -distance 100 -detpixels 16 -N 5 \
                     -default_F 100 -seed 1";
/// A run of seconds, with images that take a while to write.
const LONG: &str = "-engine reference -cell 100 100 100 90 90 90 -lambda 1 -distance 100 -detpixels 2000 -N 5 \
                    -default_F 1 -oversample 4 -seed 1";
/// The images that it writes where it is not told otherwise.
const IMAGES: [&str; 4] = ["floatimage.bin", "image.pgm", "intimage.img", "noiseimage.img"];

fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// The program with arguments, which are split at blanks.
fn program(arguments: &str, directory: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nanobragg"));
    command.args(arguments.split_whitespace()).current_dir(directory);
    command
}

/// Runs the program in a directory.
fn run_in(directory: &TempDir, arguments: &str) -> Outcome {
    finish(&mut program(arguments, directory)).expect("a run that ends")
}

/// Runs the program somewhere.
fn run(arguments: &str) -> Outcome {
    run_in(&directory(), arguments)
}

#[track_caller]
fn assert_status(outcome: &Outcome, status: i32) {
    assert_eq!(outcome.status.code(), Some(status), "{}", outcome.stderr);
}

/// The names of everything in a directory.
fn names(directory: &TempDir) -> Vec<String> {
    contents(directory.path()).keys().map(|name| name.to_string_lossy().into_owned()).collect()
}

#[cfg(unix)]
fn read(directory: &TempDir, name: &str) -> Vec<u8> {
    std::fs::read(directory.path().join(name)).expect("a file that can be read")
}

/// Whether a text has a word: with nothing before or behind it that could belong to it.
fn has_word(text: &str, word: &str) -> bool {
    let belongs = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(belongs) && !text[at + word.len()..].starts_with(belongs)
    })
}

#[test]
fn help_names_every_option() {
    let texts = ["-h", "--help", "-help"].map(|argument| {
        let outcome = run(argument);
        assert_status(&outcome, 0);
        assert_eq!(outcome.stderr, "");
        outcome.stdout
    });
    assert!(texts.iter().all(|text| *text == texts[0]));
    for option in OPTIONS {
        let name = format!("-{}", option.names[0]);
        assert!(has_word(&texts[0], &name), "{name} is missing");
    }
    for name in [
        "-engine",
        "-threads",
        "-precision",
        "-quirks",
        "-pngfile",
        "-npyfile",
        "-cbffile",
        "-noisecbf",
        "-column",
        "-lenient",
        "-version",
    ] {
        assert!(has_word(&texts[0], name), "{name} is missing");
    }
    for quirk in Quirk::ALL {
        assert!(has_word(&texts[0], quirk.name()), "{} is missing", quirk.name());
    }
    assert!(texts[0].contains("usage:") && texts[0].contains("Exit status:"));
}

#[test]
fn help_wins_over_everything_else() {
    for arguments in ["-nonsense -h", "-detpixels 0 -help", "-hkl missing.hkl --help -lambda 0"] {
        let directory = directory();
        let outcome = run_in(&directory, arguments);
        assert_status(&outcome, 0);
        assert!(outcome.stdout.contains("usage:"), "{arguments}");
        assert_eq!(names(&directory), [""; 0]);
    }
}

#[test]
fn version_tells_what_this_build_has() {
    for argument in ["-version", "--version"] {
        let outcome = run(argument);
        assert_status(&outcome, 0);
        assert_eq!(outcome.stderr, "");
        let text = outcome.stdout;
        assert!(text.starts_with(concat!("nanobragg ", env!("CARGO_PKG_VERSION"), "\n")), "{text}");
        for word in ["engines: reference, cpu, cuda\n", "(in use)", "portable", "CUDA"] {
            assert!(text.contains(word), "{text}");
        }
    }
}

#[test]
fn the_engine_is_cpu_where_none_is_named() {
    let arguments = SHORT.trim_start_matches("-engine reference ");
    let image = |more: &str| {
        let directory = directory();
        assert_status(&run_in(&directory, &format!("{arguments} {more}")), 0);
        contents(directory.path()).remove(Path::new("floatimage.bin"))
    };
    assert_eq!(image(""), image("-engine cpu -precision double -threads 3"));
    assert_eq!(image("-precision mixed"), image("-engine auto -precision mixed -threads 2"));
    let outcome = run(&format!("{SHORT} -precision mixed"));
    assert_status(&outcome, 3);
    assert!(outcome.stderr.contains("the reference engine"), "{}", outcome.stderr);
}

#[test]
fn the_vector_unit_can_be_chosen() {
    let directory = directory();
    let arguments = format!("{SHORT} -engine cpu");
    let with = |unit: &str| {
        let mut command = program(&arguments, &directory);
        finish(command.env("NB_SIMD", unit)).expect("a run that ends")
    };
    assert_status(&with("portable"), 0);
    let outcome = with("sse");
    assert_status(&outcome, 1);
    assert!(outcome.stderr.contains("NB_SIMD=\"sse\" is not one of avx512"), "{}", outcome.stderr);
    // No processor has both.
    let missing = ["avx2", "neon"].into_iter().any(|unit| with(unit).status.code() == Some(3));
    assert!(missing);
}

#[test]
fn an_engine_that_is_not_there_is_named() {
    let directory = directory();
    let mut command = program(SHORT, &directory);
    // No device, also where there is one.
    command.args(["-engine", "cuda"]).env("CUDA_VISIBLE_DEVICES", "");
    let outcome = finish(&mut command).expect("a run that ends");
    assert_status(&outcome, 3);
    assert!(outcome.stderr.starts_with("error: ") && outcome.stderr.contains("cuda"));
    assert_eq!(names(&directory), [""; 0]);
}

#[test]
fn a_misspelt_option_is_refused_with_the_nearest_one() {
    let directory = directory();
    let outcome = run_in(&directory, &format!("{SHORT} -detpixel 20"));
    assert_status(&outcome, 1);
    assert_eq!(outcome.stderr, "error: unknown option -detpixel; did you mean -detpixels?\n");
    assert_eq!(names(&directory), [""; 0]);
}

#[test]
fn lenient_runs_warn_of_it() {
    let directory = directory();
    let outcome = run_in(&directory, &format!("{SHORT} -lenient -detpixel 20"));
    assert_status(&outcome, 0);
    assert!(outcome.stderr.contains("note: unknown option -detpixel; did you mean -detpixels?"));
    assert_eq!(names(&directory), IMAGES);
}

#[test]
fn plain_runs_say_nothing_on_standard_error() {
    let directory = directory();
    let outcome = run_in(&directory, SHORT);
    assert_status(&outcome, 0);
    assert_eq!(outcome.stderr, "");
    assert!(outcome.stdout.contains("writing floatimage.bin as 256 4-byte floats"));
    assert_eq!(names(&directory), IMAGES);
}

#[test]
fn quirks_that_made_a_difference_are_named() {
    let note = "note: quirks of the C program that made a difference: stale-phi, solid-angle-report \
                (see -quirks)\n";
    let sweep = format!("{SHORT} -osc 1 -phisteps 3");
    assert_eq!(run(&sweep).stderr, note);
    // One that is off cannot have made a difference.
    let rest = run(&format!("{sweep} -quirks c,-stale-phi")).stderr;
    assert!(!rest.contains("stale-phi") && rest.contains("solid-angle-report"), "{rest}");
    assert_eq!(run(&format!("{sweep} -quirks none")).stderr, "");
}

#[test]
fn progress_is_shown_where_asked_for() {
    let lines = run(&format!("{SHORT} -progress")).stderr;
    assert!(lines.lines().count() > 1, "{lines}");
    assert!(lines.lines().all(|line| line.ends_with("% of 256 pixels")), "{lines}");
    assert!(lines.ends_with("100% of 256 pixels\n"), "{lines}");
    assert_eq!(run(&format!("{SHORT} -progress -noprogress")).stderr, "");
    // Over before there was time to show anything: the end is shown all the same.
    let lines = run(&format!("{SHORT} -engine cpu -progress")).stderr;
    assert!(lines.ends_with("100% of 256 pixels\n"), "{lines}");
}

#[test]
fn the_last_of_two_outputs_of_one_name_stays() {
    let directory = directory();
    let outcome = run_in(&directory, &format!("{SHORT} -floatfile same -intfile same -nonoise"));
    assert_status(&outcome, 0);
    assert_eq!(names(&directory), ["image.pgm", "same"]);
    let same = contents(directory.path()).remove(Path::new("same"));
    let note = "note: -floatfile same is written over by -intfile same\n";
    assert!(outcome.stderr.contains(note), "{}", outcome.stderr);
    let Some(Entry::File(bytes)) = same else { panic!("no file") };
    assert!(bytes.starts_with(b"{\nHEADER_BYTES=512;") && bytes.len() >= 512 + 16 * 16 * 2);
}

#[test]
fn what_a_run_reads_is_not_written_over() {
    let directory = directory();
    let list = "1 0 0 5\n0 1 0 7\n";
    std::fs::write(directory.path().join("P1.hkl"), list).expect("a file");
    let arguments = format!("{SHORT} -hkl P1.hkl -floatfile ./P1.hkl");
    for more in ["", "-lenient", "-engine cpu", "-floatimage P1.hkl"] {
        let outcome = run_in(&directory, &format!("{arguments} {more}"));
        assert_status(&outcome, 1);
        let text = "would write over -hkl P1.hkl, which the run reads\n";
        assert!(outcome.stderr.starts_with("error: -floatfile "), "{}", outcome.stderr);
        assert!(outcome.stderr.ends_with(text), "{}", outcome.stderr);
        assert_eq!(names(&directory), ["P1.hkl"]);
    }
    let left = std::fs::read_to_string(directory.path().join("P1.hkl")).expect("a file");
    assert_eq!(left, list);
}

/// What has no effect may be why there is no image.
#[test]
fn what_was_ignored_is_told_beside_an_error() {
    let outcome = run("P1.mtz -N 5");
    assert_status(&outcome, 1);
    let ignored = "note: 'P1.mtz' belongs to no option and is ignored\nerror: no structure factors";
    assert!(outcome.stderr.contains(ignored), "{}", outcome.stderr);
}

#[test]
fn a_wavelength_is_refused_in_the_words_of_the_user() {
    for (more, says) in [
        ("-lambda abc", "error: -lambda abc: a wavelength of 0 Å\n"),
        ("-wave -2", "error: -wave -2: a wavelength of -2 Å\n"),
        ("-lambda 1 -energy 0", "error: -energy 0: a wavelength of inf Å\n"),
    ] {
        let outcome = run(&format!("{SHORT} {more}"));
        assert_status(&outcome, 1);
        assert!(outcome.stderr.ends_with(says), "{}", outcome.stderr);
    }
}

#[test]
fn a_pixel_that_cannot_be_printed_is_told() {
    let note = |more: &str| {
        let stderr = run(&format!("{SHORT} -nonoise -nopgm {more}")).stderr;
        stderr.lines().find(|line| line.contains("-printout_pixel")).map(str::to_owned)
    };
    let off = "note: -printout_pixel 16 3: the detector has the pixels 0 to 15 along fast and 0 to 15 along \
               slow; nothing is printed";
    assert_eq!(note("-printout_pixel 16 3").as_deref(), Some(off));
    assert!(note("-printout_pixel 3 -1").is_some());
    let outside = "note: -printout_pixel 9 3: it lies outside of -roi; nothing is printed";
    assert_eq!(note("-printout_pixel 9 3 -roi 0 8 0 8").as_deref(), Some(outside));
    assert_eq!(note("-printout_pixel 8 3 -roi 0 8 0 8"), None);
    assert_eq!(note("-printout_pixel 15 15"), None);
}

#[test]
fn a_reader_that_goes_away_does_not_stop_the_images() {
    for arguments in [format!("{SHORT} -printout"), "-help".into()] {
        let directory = directory();
        let mut command = program(&arguments, &directory);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program");
        drop(child.stdout.take());
        let status = wait(&mut child).expect("a run that ends");
        assert_eq!(status.code(), Some(0));
        let outcome = child.wait_with_output().expect("standard error");
        assert_eq!(String::from_utf8_lossy(&outcome.stderr), "");
        if arguments != "-help" {
            assert_eq!(names(&directory), IMAGES);
        }
    }
}

/// Watches a directory while a run writes into it: each name is absent, or old, or complete.
#[test]
fn outputs_appear_as_a_whole() {
    const SIDE: usize = 2000;
    let directory = directory();
    let old = directory.path().join("intimage.img");
    std::fs::write(&old, "old").expect("a file that can be written");
    let start = Instant::now();
    let arguments = format!("{LONG} -oversample 1 -detpixels {SIDE}");
    let mut command = program(&arguments, &directory);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a run");
    let mut saw_partial = false;
    let status = loop {
        let ended = child.try_wait().expect("a child");
        for entry in std::fs::read_dir(directory.path()).expect("a directory") {
            let Ok(entry) = entry else { continue };
            let name = entry.file_name().to_string_lossy().into_owned();
            // Between its listing and this, a temporary file may have got its name.
            let Ok(length) = entry.metadata().map(|found| found.len()) else { continue };
            let pixels = (SIDE * SIDE) as u64;
            let complete = match name.as_str() {
                "floatimage.bin" => length == 4 * pixels,
                "image.pgm" => (pixels..pixels + 100).contains(&length),
                "intimage.img" if length == 3 => true,
                "intimage.img" | "noiseimage.img" => {
                    (2 * pixels + 512..2 * pixels + 1024).contains(&length)
                }
                _ => {
                    saw_partial = true;
                    name.starts_with('.') && name.ends_with(".partial")
                }
            };
            assert!(complete, "{name} has {length} bytes");
        }
        if let Some(status) = ended {
            break status;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "hangs");
    };
    assert_eq!(status.code(), Some(0));
    assert!(saw_partial, "the images were written too fast to see anything");
    assert_eq!(names(&directory), IMAGES);
    assert!(std::fs::metadata(old).expect("an image").len() > 3);
}

/// Of what only Unix has: signals, links, permissions, pipes.
#[cfg(unix)]
mod unix {
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    use super::*;

    /// The program by way of a shell, which sets something first.
    fn program_after(setting: &str, arguments: &str, directory: &TempDir) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", &format!(r#"{setting}; exec "$0" "$@""#)]);
        command.arg(env!("CARGO_BIN_EXE_nanobragg"));
        command.args(arguments.split_whitespace()).current_dir(directory);
        command
    }

    /// Sends a signal to a run that has begun to render.
    fn interrupt(signal: &str, arguments: &str) {
        let directory = directory();
        std::fs::write(directory.path().join("floatimage.bin"), "old").expect("a file");
        let mut command = program(&format!("{arguments} -progress"), &directory);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("a run");
        let mut stderr = BufReader::new(child.stderr.take().expect("standard error"));
        let mut text = String::new();
        stderr.read_line(&mut text).expect("progress");
        assert!(text.starts_with("1% of "), "{text}");
        let sent = Instant::now();
        let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(kill.expect("kill").success());
        let status = wait(&mut child).expect("a run that ends");
        let took = sent.elapsed();
        stderr.read_to_string(&mut text).expect("standard error");
        assert_eq!(status.code(), Some(130), "{signal}: {text}");
        assert!(text.ends_with(" pixels\nerror: cancelled\n"), "{text}");
        assert!(took < Duration::from_secs(2), "{signal}: {took:?}");
        assert_eq!(names(&directory), ["floatimage.bin"]);
        assert_eq!(read(&directory, "floatimage.bin"), b"old");
    }

    #[test]
    fn signals_end_a_run_in_order() {
        interrupt("-TERM", LONG);
        interrupt("-INT", LONG);
        let batched = format!("{LONG} -engine cpu -threads 1 -mosaic 1 -mosaic_dom 500");
        interrupt("-TERM", &batched);
        interrupt("-INT", &batched);
    }

    /// The end does not wait for a row of pixels where each of them takes long.
    #[test]
    fn signals_end_a_run_of_slow_pixels_in_order() {
        interrupt("-INT", &format!("{LONG} -oversample 1000 -roi 0 99 0 0"));
    }

    #[test]
    fn outputs_through_links_keep_the_links() {
        let directory = directory();
        let at = |name: &str| directory.path().join(name);
        std::fs::create_dir(at("elsewhere")).expect("a directory");
        std::fs::write(at("elsewhere/there.bin"), "old").expect("a file");
        // To a file, to nothing, by way of another link to nothing.
        symlink("elsewhere/there.bin", at("floatimage.bin")).expect("a link");
        symlink("elsewhere/new.img", at("intimage.img")).expect("a link");
        symlink("second", at("image.pgm")).expect("a link");
        symlink("elsewhere/third.pgm", at("second")).expect("a link");
        assert_status(&run_in(&directory, SHORT), 0);

        let linked = |name: &str| std::fs::read_link(at(name)).ok();
        assert_eq!(linked("floatimage.bin").as_deref(), Some(Path::new("elsewhere/there.bin")));
        assert_eq!(linked("intimage.img").as_deref(), Some(Path::new("elsewhere/new.img")));
        assert_eq!(linked("image.pgm").as_deref(), Some(Path::new("second")));
        assert_eq!(linked("second").as_deref(), Some(Path::new("elsewhere/third.pgm")));
        assert_eq!(read(&directory, "elsewhere/there.bin").len(), 16 * 16 * 4);
        assert!(read(&directory, "elsewhere/new.img").starts_with(b"{\nHEADER_BYTES=512;"));
        assert!(read(&directory, "elsewhere/third.pgm").starts_with(b"P5\n16 16\n"));
        assert_eq!(names(&directory).len(), 9);
    }

    #[test]
    fn permissions_follow_the_mask() {
        for (mask, expected) in [("022", 0o644), ("027", 0o640), ("077", 0o600), ("000", 0o666)] {
            let directory = directory();
            let mut command = program_after(&format!("umask {mask}"), SHORT, &directory);
            assert_status(&finish(&mut command).expect("a run that ends"), 0);
            for name in IMAGES {
                let found = std::fs::metadata(directory.path().join(name)).expect("an image");
                assert_eq!(found.permissions().mode() & 0o7777, expected, "{name} with {mask}");
            }
        }
    }

    /// The limit is told with the option and the name, and nothing stays behind.
    #[test]
    fn a_file_beyond_the_limit_is_an_error() {
        let limit = "ulimit -f 8";
        for (option, name) in [
            ("-floatfile", "floatimage.bin"),
            ("-npyfile", "x.npy"),
            ("-cbffile", "x.cbf"),
            ("-noisecbf", "x.cbf"),
        ] {
            let directory = directory();
            let own =
                format!("{SHORT} -detpixels 100 -floatfile /dev/null -intfile /dev/null -nonoise");
            let arguments = format!("{own} -nopgm {option} {name}");
            let mut command = program_after(limit, &arguments, &directory);
            let outcome = finish(&mut command).expect("a run that ends");
            assert_status(&outcome, 2);
            let text = format!("error: {option}: cannot write {name}: File too large");
            assert!(outcome.stderr.contains(&text), "{}", outcome.stderr);
            assert_eq!(names(&directory), [""; 0]);
        }
    }

    #[test]
    fn a_closed_standard_output_does_not_stop_the_images() {
        let directory = directory();
        let mut command = program_after("exec >&-", &format!("{SHORT} -printout"), &directory);
        let outcome = finish(&mut command).expect("a run that ends");
        assert_status(&outcome, 0);
        assert_eq!(outcome.stderr, "");
        assert_eq!(names(&directory), IMAGES);
        // Nothing of the report has got into a file that took the place of standard output.
        assert_eq!(read(&directory, "floatimage.bin").len(), 16 * 16 * 4);
    }

    #[test]
    fn a_pipe_takes_an_image() {
        let directory = directory();
        let made = Command::new("mkfifo").arg("pipe").current_dir(&directory).status();
        assert!(made.expect("mkfifo").success());
        let arguments = format!("{SHORT} -floatfile pipe -nopgm -nonoise");
        let mut command = program(&arguments, &directory);
        let mut child = command.stdout(Stdio::null()).spawn().expect("a run");
        let mut reader = Command::new("sh");
        reader.args(["-c", "cat pipe > image"]).current_dir(&directory);
        finish(&mut reader).expect("a reader that ends");
        let status = wait(&mut child).expect("a run that ends");
        assert_eq!(status.code(), Some(0));
        assert_eq!(read(&directory, "image").len(), 16 * 16 * 4);
        let pipe = std::fs::metadata(directory.path().join("pipe")).expect("a pipe");
        assert!(pipe.file_type().is_fifo());
    }
}

//! Output files of images that are large enough to be written side by side.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use nanobragg_reference::host::Host;
use nanobragg_reference::report::Report;
use nanobragg_reference::run::run;
use nanobragg_reference::{ReferenceEngine, Request};

/// A large image with strong spots, so that the noise is drawn in all ways.
const LARGE: &str = "-cell 100 90 80 85 95 100 -lambda 1 -distance 100 -detpixels 520 -N 20 -default_F 300 \
     -oversample 1 -nointerpolate -seed 3 -fluence 1e27";

/// Runs a command line in a directory of its own. Gives the report, what was said at the end, and
/// the names and bytes of all files.
fn files(line: &str, threads: usize, mask: bool) -> (String, String, Vec<(String, Vec<u8>)>) {
    let folder = tempfile::tempdir().expect("a directory");
    if mask {
        fs::write(folder.path().join("mask.img"), stripes()).expect("writable");
    }
    let host = Host { directory: folder.path().to_owned(), threads, ..Host::at(0) };
    let request = Request::parse(line.split_whitespace()).expect("valid");
    let mut report = Report::collect();
    let finished =
        run(&request, &ReferenceEngine, &host, &mut report, &mut |_, _| ControlFlow::Continue(()));
    (report.text().to_owned(), format!("{finished:?}"), contents(folder.path()))
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("a directory");
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("readable").path();
            (
                path.to_string_lossy().replace(&*folder.to_string_lossy(), ""),
                fs::read(&path).expect("readable"),
            )
        })
        .collect();
    files.sort();
    files
}

/// A mask that leaves out every third column.
fn stripes() -> Vec<u8> {
    let header = "{\nHEADER_BYTES=512;\nBYTE_ORDER=little_endian;\nSIZE1=520;\nSIZE2=520;\n}";
    let mut bytes = header.as_bytes().to_vec();
    bytes.resize(512, b' ');
    bytes.extend((0..520 * 520).flat_map(|pixel| [u8::from(pixel % 3 != 0), 0]));
    bytes
}

#[test]
fn threads_change_neither_files_nor_report() {
    let lines = [
        (LARGE.to_owned(), false),
        // So bright that a thread beside the random stream pays.
        (format!("{LARGE} -fluence 1e30"), false),
        (format!("{LARGE} -nonoise -nopgm"), false),
        (
            format!("{LARGE} -roi 10 600 300 200 -pngfile p.png -npyfile n.npy -cbffile c.cbf"),
            false,
        ),
        (format!("{LARGE} -roi 10 400 30 600 -mask mask.img -quirks c,-masked-pixels"), true),
        (format!("{LARGE} -adc -1000 -intfile /dev/null -noisefile /dev/null"), false),
    ];
    for (line, mask) in lines {
        let alone = files(&line, 1, mask);
        assert!(alone.1.starts_with("Ok"), "{line}: {}", alone.1);
        for threads in [2, 8] {
            assert!(files(&line, threads, mask) == alone, "{line}: {threads} threads");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_written_ends_the_run_at_its_turn_and_leaves_nothing() {
    for option in ["-floatfile", "-intfile", "-pgmfile", "-noisefile"] {
        let line = format!("{LARGE} {option} /dev/full");
        let alone = files(&line, 1, false);
        assert!(alone.1.starts_with("Err") && alone.2.is_empty(), "{line}: {}", alone.1);
        assert!(alone.0.trim_end().ends_with("integers") || option == "-floatfile", "{}", alone.0);
        assert!(files(&line, 4, false) == alone, "{line}");
    }
}

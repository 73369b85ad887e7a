//! Everything that users read, as it was reviewed: help, report, headers, messages, and what a
//! command line resolves to.

use nanobragg_conformance::cases;
use nanobragg_conformance::execute::{CommandLine, Outcome, Program};
use nanobragg_reference::{Quirk, ReferenceEngine, arguments};

/// A run in which nearly everything that the report can say is said.
const RICH: &str = "-cell 70 80 90 75 85 95 -misset 10 20 30 -hkl p1.hkl -default_F 3 -N 5 \
     -mosaic 0.6 -mosaic_dom 3 -lambda 1.1 -dispersion 1 -dispsteps 2 -hdivrange 2 -hdivsteps 2 \
     -phi 5 -osc 1 -phisteps 2 -distance 60 -detpixels_f 24 -detpixels_s 20 -pixel 0.2 \
     -detector_roty 5 -detector_abs 300 -detector_thick 200 -detector_thicksteps 3 -polar 0.9 \
     -water 2 -flux 1e12 -exposure 0.5 -beamsize 0.05 -samplesize 0.06 -oversample 2 \
     -interpolate -dmin 1.2 -seed 1 -noprogress";

fn line(arguments: &str) -> CommandLine {
    let mut line = CommandLine::new(arguments);
    for argument in &line.arguments {
        let path = cases::default_folder().join("inputs").join(argument);
        if path.is_file() {
            line.inputs.insert(argument.clone(), std::fs::read(path).expect("an input").into());
        }
    }
    line
}

fn run(arguments: &str) -> Outcome {
    line(arguments).execute(Program::Engine(&ReferenceEngine)).expect("a directory")
}

#[test]
fn help() {
    insta::assert_snapshot!(arguments::help::text());
}

#[test]
fn report() {
    let outcome = run(RICH);
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    insta::assert_snapshot!("report", String::from_utf8_lossy(&outcome.stdout));
    insta::assert_snapshot!("notes", outcome.stderr);
    let header = &outcome.files["intimage.img"][..512];
    insta::assert_snapshot!("header", String::from_utf8_lossy(header).trim_end());
}

#[test]
fn resolved_experiment() {
    let experiment = line(RICH).resolve().expect("a request that can be resolved");
    insta::assert_json_snapshot!(experiment);
}

#[test]
fn quirks() {
    let list: Vec<String> = Quirk::ALL
        .iter()
        .map(|quirk| {
            format!(
                "{}\n  C: {}\n  corrected: {}",
                quirk.name(),
                quirk.c_behaviour(),
                quirk.corrected()
            )
        })
        .collect();
    insta::assert_snapshot!(list.join("\n"));
}

#[test]
fn messages() {
    let base = "-cell 50 60 70 90 90 90 -default_F 9 -N 2 -detpixels 8 -seed 1";
    let list: Vec<String> = [
        "-lambda",
        "-lamda 1",
        "-cell 1 2 3",
        "-engine cpuu",
        "-quirks c,-stale-fi",
        "-distance 0",
        "-distance -5",
        "-lambda 0",
        "-lambda abc",
        "-cell 0 0 0 90 90 90",
        "-cell 50 60 70 10 10 170",
        "-hkl missing.hkl",
        "-hkl ortho.mat",
        "-hkl comment-midway.hkl",
        "-mat missing.mat",
        "-mat amorphous.stol",
        "-mask mask.img",
        "-mask missing.img",
        "-img p1.hkl",
        "-sourcefile missing.txt",
        "-sourcefile ortho.mat",
        "-detpixels 0",
        "-detpixels 70000",
        "-pixel 0",
        "-phisteps 100000000",
        "-mosaic 1 -mosaic_dom 100000000",
        "-osc 0 -phistep 1",
        "-water -1",
        "-fluence 1e300 -default_F 1e200",
        "-detector_roty 90",
        "-misset_seed 1",
        "-floatfile no/such/folder.bin",
        "-floatfile a.bin -intfile a.bin",
        "-hdivrange 1 -vdivrange 1 -hdivstep 10 -vdivstep 10 -hdivsteps 3 -vdivsteps 3",
        "-roi 5 1 5 1",
        "-threads x",
        "-precision half",
        "-unknown 5 -lenient",
        "stray",
    ]
    .iter()
    .map(|arguments| {
        let outcome = run(&format!("{base} {arguments}"));
        format!("{arguments}\n  {} {}", outcome.status, outcome.stderr.trim().replace('\n', "\n  "))
    })
    .collect();
    insta::assert_snapshot!(list.join("\n"));
}

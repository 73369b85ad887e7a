//! Faults on purpose: the proof that the suite of acceptance clauses bites.
//!
//! Each fault is one thing that a port of the program gets wrong: bugs that stand in the histories
//! of public ports, and typical slips. [`run`] runs a command line as the program does, with one
//! fault or without; a suite that stays green under a fault has a gap. A fault may act on the
//! command line, on an input file, on the resolved job, within the pixel loop of a second engine
//! ([`Model`]), on the rendered image, on the report, or on an output file.

mod beam;
mod camera;
mod centres;
mod crystal;
mod detector;
mod file;
mod header;
mod input;
mod model;
mod options;
mod orientation;
mod pixel;
mod rendered;
mod report;
mod request;
mod run;
mod sampling;
mod structure;

use std::sync::LazyLock;

use nanobragg_reference::arguments::settings::OutputSettings;
use nanobragg_reference::resolve::Job;
use nanobragg_reference::{Experiment, Quirk, Rendered};

use crate::cases::Kind;

pub use model::Model;
pub use pixel::PixelFault;
pub use run::{Run, run};

/// One thing done wrong on purpose.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Unique kebab-case name.
    pub name: &'static str,
    /// What is done wrong, in one sentence.
    pub about: &'static str,
    /// Where it comes from.
    pub origin: Origin,
    stage: Stage,
}

/// Where a fault comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A bug that a public port has had, and where that is recorded.
    Recorded(&'static str),
    /// A slip that is easily made.
    Typical,
}

/// Where a fault acts.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// The arguments, before they are read.
    Arguments(fn(&mut Vec<String>)),
    /// An input file with this ending, before it is read.
    Input(&'static str, fn(&mut Vec<u8>)),
    /// The job that the arguments resolve to.
    Resolved(fn(&mut Job, &[String])),
    /// The pixel loop.
    Pixel(PixelFault),
    /// What the engine returns.
    Rendered(fn(&mut Rendered, &Experiment)),
    /// The switch of a quirk, turned off whatever the command line says.
    Quirk(Quirk),
    /// The report.
    Report(fn(&mut String)),
    /// An output file of a kind.
    File(Kind, fn(&mut Vec<u8>, &Made<'_>)),
}

/// What an output file was made from.
struct Made<'a> {
    experiment: &'a Experiment,
    outputs: &'a OutputSettings,
    rendered: &'a Rendered,
}

const fn typical(name: &'static str, about: &'static str, stage: Stage) -> Fault {
    Fault { name, about, origin: Origin::Typical, stage }
}

const fn recorded(
    name: &'static str,
    about: &'static str,
    record: &'static str,
    stage: Stage,
) -> Fault {
    Fault { name, about, origin: Origin::Recorded(record), stage }
}

/// All faults.
pub fn all() -> &'static [Fault] {
    static ALL: LazyLock<Vec<Fault>> = LazyLock::new(|| {
        let lists = [
            request::LIST,
            crystal::LIST,
            orientation::LIST,
            beam::LIST,
            centres::LIST,
            detector::LIST,
            structure::LIST,
            sampling::LIST,
            pixel::LIST,
            rendered::LIST,
            report::LIST,
            header::LIST,
            file::LIST,
        ];
        lists.concat().into_iter().chain(Quirk::ALL.iter().copied().map(without)).collect()
    });
    &ALL
}

/// A quirk of the C program that a port has corrected without a word.
fn without(quirk: Quirk) -> Fault {
    let origin = match quirk {
        Quirk::StalePhi => Origin::Recorded("hoidn/nanoBragg BUG-C-001; bl831/nanoBragg 0286ac6"),
        Quirk::FlagCollisions => Origin::Recorded("hoidn/nanoBragg ac29c4ff"),
        Quirk::ConventionPivot => Origin::Recorded("hoidn/nanoBragg 55c42c48, 9828c298"),
        Quirk::Pix0Ignored => Origin::Recorded("hoidn/nanoBragg ecc96367, d6f158c3"),
        Quirk::RunningProduct => Origin::Recorded("bl831/nanoBragg 18db27d"),
        Quirk::SensorLayers => Origin::Recorded("cctbx/cctbx_project f9c041713f"),
        _ => Origin::Typical,
    };
    Fault { name: quirk.name(), about: quirk.corrected(), origin, stage: Stage::Quirk(quirk) }
}

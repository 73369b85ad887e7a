//! From the command line to [`Settings`].
//!
//! [`Request::parse`] splits the arguments into the options of this program and those of the C
//! program; [`scan`] finds the latter as the C program does, or by whole names where the quirk
//! `flag-collisions` is off; [`apply`] puts their values into [`Settings`].

pub mod apply;
pub mod help;
pub mod options;
mod own;
pub mod scan;
pub mod settings;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

pub use own::{EngineChoice, Precision, is_own_option};
pub use scan::{Action, Scanned};
pub use settings::Settings;

use crate::error::Result;
use crate::quirks::Quirks;

/// The parts of `--help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Crystal, orientation and mosaicity.
    Crystal,
    /// Structure factors.
    StructureFactors,
    /// Beam, sources, fluence, polarization.
    Beam,
    /// Position and orientation of the detector.
    Geometry,
    /// Pixels and sensor.
    Detector,
    /// Spindle.
    Spindle,
    /// Sub-pixels, resolution, background.
    Sampling,
    /// Seeds.
    Random,
    /// Output files.
    Output,
    /// The program itself.
    Program,
}

impl Subject {
    /// All parts in the order of `--help`, with their headings.
    pub const ALL: [(Subject, &'static str); 10] = [
        (Subject::Crystal, "Crystal"),
        (Subject::StructureFactors, "Structure factors"),
        (Subject::Beam, "Beam"),
        (Subject::Geometry, "Geometry"),
        (Subject::Detector, "Detector"),
        (Subject::Spindle, "Spindle"),
        (Subject::Sampling, "Sampling and background"),
        (Subject::Random, "Random numbers"),
        (Subject::Output, "Output"),
        (Subject::Program, "Program"),
    ];
}

/// What a command line asks for.
#[derive(Debug)]
pub struct Request {
    /// Show the help and do nothing else.
    pub help: bool,
    /// Show the version and do nothing else.
    pub version: bool,
    /// The engine.
    pub engine: EngineChoice,
    /// The precision of the engine.
    pub precision: Precision,
    /// Threads; all cores where not given.
    pub threads: Option<usize>,
    /// The quirks that are on.
    pub quirks: Quirks,
    /// PNG preview.
    pub png: Option<PathBuf>,
    /// NumPy array of the float image.
    pub npy: Option<PathBuf>,
    /// CBF image of the scaled counts.
    pub cbf: Option<PathBuf>,
    /// CBF image with photon noise.
    pub noise_cbf: Option<PathBuf>,
    /// Column of structure factors in an MTZ or CIF file.
    pub column: Option<String>,
    /// The pixel to trace.
    pub trace: Option<settings::Trace>,
    /// The C program's options, in the order in which they act.
    pub scanned: Scanned,
}

impl Request {
    /// Reads the arguments that follow the program's name.
    ///
    /// # Errors
    /// An option that does not exist, lacks its value or has an impossible one.
    pub fn parse<I, A>(arguments: I) -> Result<Request>
    where
        I: IntoIterator<Item = A>,
        A: Into<OsString>,
    {
        let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        let (own, rest) = own::split(&arguments)?;
        let wants_work = !own.help && !own.version;
        let scanned = if wants_work {
            scan::scan(&rest, own.quirks, own.lenient)?
        } else {
            Scanned::default()
        };
        Ok(Request {
            help: own.help,
            version: own.version,
            engine: own.engine,
            precision: own.precision,
            threads: own.threads,
            quirks: own.quirks,
            png: own.png,
            npy: own.npy,
            cbf: own.cbf,
            noise_cbf: own.noise_cbf,
            column: own.column,
            trace: own.trace,
            scanned,
        })
    }

    /// Whether `-progress` or `-noprogress` was given, and which came last.
    pub fn progress(&self) -> Option<bool> {
        self.scanned.actions.iter().rev().find_map(|action| match action.id {
            options::Id::Progress => Some(true),
            options::Id::Noprogress => Some(false),
            _ => None,
        })
    }
}

/// Whether an argument looks like an option: a dash or two and then a letter, or `-4stol`.
/// `-5`, `-.5` and `-1e3` are numbers.
pub fn looks_like_option(argument: &OsStr) -> bool {
    let bytes = argument.as_encoded_bytes();
    let Some(rest) = bytes.strip_prefix(b"-") else {
        return false;
    };
    let rest = rest.strip_prefix(b"-").unwrap_or(rest);
    rest == b"4stol"
        || rest.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_' || *b >= 0x80)
}

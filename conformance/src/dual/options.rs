//! What the user asks for, and what a comparison takes from the machine.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use super::sides::Side;
use super::{Exit, Problem};
use crate::peaks::Choice;
use crate::tolerance::Bound;

/// The percentile that is white in previews where the user names none.
pub const PNG_PERCENTILE: f64 = 99.5;

/// The part of the largest pixel below which a pixel is dark where the user names none.
pub const FLOOR: f64 = 1e-6;

/// What counts as a peak where the user does not say.
pub const PEAKS: Choice = Choice { percentile: 99.0, radius: 2, centre: 1, top: usize::MAX };

/// How far apart matching peaks may lie where the user does not say, pixels.
pub const WITHIN: f64 = 2.0;

/// The largest radius of peaks, pixels: each peak is compared with all pixels so near.
const WIDEST: usize = 100;

/// The largest distance of matching peaks, pixels: all pairs so near are looked at.
const FARTHEST: f64 = 100.0;

/// What the user asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Arguments of the programs, as typed; empty where both sides are image files.
    pub arguments: Vec<String>,
    /// The left side: an engine's label, `c`, an executable or an image file. Where neither this nor
    /// [`Options::c_bin`] is given: the C program where there is one, else `reference`.
    pub left: Option<String>,
    /// The right side. Where neither this nor [`Options::py_bin`] is given: the executable of
    /// [`Surroundings::py_bin`], else [`crate::engines::DEFAULT`].
    pub right: Option<String>,
    /// The executable on the left, in the role of the C program.
    pub c_bin: Option<String>,
    /// The executable on the right.
    pub py_bin: Option<String>,
    /// The directory that the folder appears in; it is made where it is missing.
    pub outdir: PathBuf,
    /// First and last fast pixel, first and last slow pixel; all pixels where not given.
    pub roi: Option<[usize; 4]>,
    /// Smallest correlation that is good enough.
    pub threshold: Option<f64>,
    /// Whether a right image of another shape is brought to the shape of the left one.
    pub resample: bool,
    /// The percentile of the pixels that is white in previews, above 0 and up to 100.
    pub png_scale: f64,
    /// Whether the difference is kept, as floats and as a picture.
    pub save_diff: bool,
    /// The shape `(slow, fast)` of files of raw floats.
    pub shape: Option<(usize, usize)>,
    /// How far apart the images may be; where not given, what the two sides promise.
    pub tolerance: Option<Bound>,
    /// The part of the largest pixel, from 0 to 1, below which pixels are dark: their relative
    /// errors are not looked at.
    pub floor: f64,
    /// What counts as a peak.
    pub peaks: Choice,
    /// How far apart two peaks may lie that match, pixels.
    pub within: f64,
    /// Where the picture of both images and their difference is to lie beside the folder.
    pub picture: Option<PathBuf>,
}

impl Options {
    /// Everything as it is without options.
    pub fn new(arguments: impl IntoIterator<Item = impl Into<String>>) -> Options {
        Options {
            arguments: arguments.into_iter().map(Into::into).collect(),
            left: None,
            right: None,
            c_bin: None,
            py_bin: None,
            outdir: "comparisons".into(),
            roi: None,
            threshold: None,
            resample: false,
            png_scale: PNG_PERCENTILE,
            save_diff: false,
            shape: None,
            tolerance: None,
            floor: FLOOR,
            peaks: PEAKS,
            within: WITHIN,
            picture: None,
        }
    }

    /// Refuses what cannot be meant, before anything runs.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let refuse = |message| Err(Problem { exit: Exit::Usage, message });
        if self.left.is_some() && self.c_bin.is_some() {
            return refuse("--left and --c-bin both name the left side".into());
        }
        if self.right.is_some() && self.py_bin.is_some() {
            return refuse("--right and --py-bin both name the right side".into());
        }
        if let Some(bound) = self.threshold.filter(|bound| !(-1.0..=1.0).contains(bound)) {
            let bound = shown(bound);
            return refuse(format!("--threshold {bound}: a correlation lies between -1 and 1"));
        }
        if !(self.png_scale > 0.0 && self.png_scale <= 100.0) {
            return refuse(format!(
                "--png-scale {}: a percentile lies above 0 and is at most 100",
                shown(self.png_scale)
            ));
        }
        if let Some(Bound { relative, of_maximum }) = self.tolerance
            && ![relative, of_maximum].iter().all(|part| part.is_finite() && *part >= 0.0)
        {
            return refuse(format!(
                "--tolerance {} {}: both parts are finite numbers from 0 on",
                shown(relative),
                shown(of_maximum)
            ));
        }
        if !(0.0..=1.0).contains(&self.floor) {
            return refuse(format!("--floor {}: a part lies between 0 and 1", shown(self.floor)));
        }
        if !(0.0..=100.0).contains(&self.peaks.percentile) {
            return refuse(format!(
                "--peak-percentile {}: a percentile lies between 0 and 100",
                shown(self.peaks.percentile)
            ));
        }
        if !(1..=WIDEST).contains(&self.peaks.radius) {
            return refuse(format!("--peak-radius {}: {}", self.peaks.radius, radii()));
        }
        if !(self.within >= 0.0 && self.within <= FARTHEST) {
            return refuse(format!(
                "--peak-within {}: a distance is 0 to {FARTHEST} pixels",
                shown(self.within)
            ));
        }
        if let Some((slow, fast)) = self.shape
            && slow.checked_mul(fast).is_none_or(|count| count == 0)
        {
            return refuse(format!("--shape {fast}x{slow}: no image has this shape"));
        }
        Ok(())
    }

    /// Refuses what does not suit the sides: programs without arguments.
    pub(super) fn check_with(&self, sides: &[Side; 2]) -> Result<(), Problem> {
        let mut words = ["left", "right"].into_iter().zip(sides);
        match words.find(|(_, side)| side.program().is_some()) {
            Some((word, side)) if self.arguments.is_empty() => Err(Problem {
                exit: Exit::Usage,
                message: format!(
                    "{} ({word}) renders, and needs arguments: nb-compare [OPTIONS] -- ARGS...; for an \
                     image that is there, --{word} FILE",
                    side.label
                ),
            }),
            _ => Ok(()),
        }
    }
}

/// What radii peaks may have, for people.
pub(super) fn radii() -> String {
    format!("a radius is a whole number from 1 to {WIDEST}, in pixels")
}

/// A number for messages, large ones by their power of ten.
pub(crate) fn shown(value: f64) -> String {
    let text = format!("{value:?}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// What a comparison takes from the machine.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The working directory, absolute: relative names start here.
    pub directory: PathBuf,
    /// The C executable, from `NB_C_BIN`.
    pub c_bin: Option<OsString>,
    /// The executable on the right, from `NB_PY_BIN`.
    pub py_bin: Option<OsString>,
    /// Where executables are looked for, from `PATH`.
    pub path: Option<OsString>,
    /// The time that names the folder.
    pub now: SystemTime,
}

impl Surroundings {
    /// Those of this process.
    ///
    /// # Errors
    /// A working directory that is gone.
    pub fn of_process() -> std::io::Result<Surroundings> {
        let named = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        Ok(Surroundings {
            directory: std::env::current_dir()?,
            c_bin: named(crate::execute::C_EXECUTABLE),
            py_bin: named("NB_PY_BIN"),
            path: std::env::var_os("PATH"),
            now: SystemTime::now(),
        })
    }
}

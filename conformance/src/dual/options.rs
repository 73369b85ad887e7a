//! What the user asks for, and what a comparison takes from the machine.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use super::{Exit, Problem};

/// The percentile that is white in previews where the user names none.
pub const PNG_PERCENTILE: f64 = 99.5;

/// What the user asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Arguments of both programs, as typed.
    pub arguments: Vec<String>,
    /// The left side: an engine's label, `c`, or an executable. Where neither this nor
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
        }
    }

    /// Refuses what cannot be meant, before anything runs.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let refuse = |message| Err(Problem { exit: Exit::Usage, message });
        if self.arguments.is_empty() {
            return refuse("there are no arguments for the two programs".into());
        }
        if self.left.is_some() && self.c_bin.is_some() {
            return refuse("--left and --c-bin both name the left side".into());
        }
        if self.right.is_some() && self.py_bin.is_some() {
            return refuse("--right and --py-bin both name the right side".into());
        }
        if let Some(bound) = self.threshold.filter(|bound| !(-1.0..=1.0).contains(bound)) {
            return refuse(format!("--threshold {bound}: a correlation lies between -1 and 1"));
        }
        if !(self.png_scale > 0.0 && self.png_scale <= 100.0) {
            return refuse(format!(
                "--png-scale {}: a percentile lies above 0 and is at most 100",
                self.png_scale
            ));
        }
        Ok(())
    }
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

//! The command line of `nb-compare`.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use clap::Parser;

use super::{Exit, Options, PNG_PERCENTILE, Surroundings, run};
use crate::engines;

/// What `--help` says behind the options.
fn help() -> String {
    format!(
        "\
The folder in DIR is named YYYYMMDD-HHMMSS-HASH: the time (UTC) and a digest of ARGS. It holds
  summary.json                  arguments, programs, times, metrics, digests
  c_float.bin, py_float.bin     the float images of the left and the right side
  c_stdout.txt, c_stderr.txt, py_stdout.txt, py_stderr.txt
  c.png, py.png                 previews, both in one grey scale
  diff.bin, diff.png            right minus left, with --save-diff; red is positive, blue negative

Programs: the C program is the executable that NB_C_BIN names, else ./nanoBragg. Without --left and
--c-bin the left side is the C program where there is one, else reference; without --right and
--py-bin the right side is the executable that NB_PY_BIN names, else {right}. Executables run with
OMP_NUM_THREADS=1. Times are for information.

The correlation (Pearson) is undefined, null in summary.json, where an image is constant or holds
values that are not finite. sum_ratio is right to left.

Exit status:
  0  compared; the folder is there
  1  wrong usage: no folder
  2  a program is missing or ended with an error
  3  the correlation is below --threshold, or undefined
  4  the images have different shapes, without --resample
  5  a file could not be read, written or understood

Examples:
  Does this build give the C program's image?
    NB_C_BIN=./nanoBragg nb-compare -- -default_F 100 -cell 100 100 100 90 90 90 -lambda 6.2 \\
        -detpixels 256 -distance 100
  The same within a part of the image; exit status 3 where the correlation is below 0.98:
    nb-compare --threshold 0.98 --roi 100 156 100 156 -- -default_F 100 \\
        -cell 100 100 100 90 90 90 -lambda 6.2 -detpixels 256 -distance 100
  Two builds of the C program, with a picture of the difference:
    nb-compare --c-bin ./old --py-bin ./new --save-diff -- -mat A -hkl P1.hkl",
        right = engines::DEFAULT
    )
}

/// Runs two programs with the same arguments, times them, and compares their float images.
///
/// A side is an engine of this build (reference, cpu, cpu-mixed, cuda, cuda-mixed), `c` for the C
/// program, or an executable that takes the C program's options. The left side runs first. Each
/// run has a directory of its own, with copies of the input files that the arguments name; nothing
/// is written into yours but a folder in DIR.
#[derive(Parser)]
#[command(
    version,
    override_usage = "nb-compare [OPTIONS] -- ARGS...",
    after_help = help()
)]
struct Cli {
    /// The left side, which the right one is measured by.
    #[arg(long, value_name = "SIDE", conflicts_with = "c_bin")]
    left: Option<String>,
    /// The right side.
    #[arg(long, value_name = "SIDE", conflicts_with = "py_bin")]
    right: Option<String>,
    /// The executable on the left, in the role of the C program.
    #[arg(long, value_name = "PATH")]
    c_bin: Option<String>,
    /// The executable on the right.
    #[arg(long, value_name = "PATH")]
    py_bin: Option<String>,
    /// The directory in which the folder with the results appears.
    #[arg(long, value_name = "DIR", default_value = "comparisons")]
    outdir: PathBuf,
    /// Compare these pixels only, both ends included, counted from 0 as the C program's -roi does;
    /// a region that reaches beyond the image ends there.
    #[arg(long, num_args = 4, value_names = ["XMIN", "XMAX", "YMIN", "YMAX"])]
    roi: Option<Vec<usize>>,
    /// Exit status 3 where the correlation is below T.
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    threshold: Option<f64>,
    /// Compare images of different shapes: the right one is brought to the shape of the left one
    /// by nearest neighbour.
    #[arg(long)]
    resample: bool,
    /// The percentile of both images' pixels that is white in the previews.
    #[arg(long, value_name = "PCTL", default_value_t = PNG_PERCENTILE)]
    png_scale: f64,
    /// Keep the difference, right minus left: diff.bin, diff.png.
    #[arg(long)]
    save_diff: bool,
    /// The arguments of both programs.
    #[arg(last = true, required = true, value_name = "ARGS")]
    arguments: Vec<String>,
}

/// The program: reads the arguments behind its name, compares, and says how it ended.
pub fn program(
    arguments: impl IntoIterator<Item = OsString>,
    surroundings: &Surroundings,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    let name = OsString::from("nb-compare");
    match Cli::try_parse_from(std::iter::once(name).chain(arguments)) {
        Ok(cli) => run(&cli.options(), surroundings, out, err),
        // Help and version come here too; a reader that has gone away is no error.
        Err(error) if error.use_stderr() => {
            drop(write!(err, "{}", error.render()));
            Exit::Usage
        }
        Err(help) => {
            drop(write!(out, "{}", help.render()));
            Exit::Success
        }
    }
}

impl Cli {
    fn options(self) -> Options {
        Options {
            arguments: self.arguments,
            left: self.left,
            right: self.right,
            c_bin: self.c_bin,
            py_bin: self.py_bin,
            outdir: self.outdir,
            roi: self.roi.and_then(|bounds| bounds.try_into().ok()),
            threshold: self.threshold,
            resample: self.resample,
            png_scale: self.png_scale,
            save_diff: self.save_diff,
        }
    }
}

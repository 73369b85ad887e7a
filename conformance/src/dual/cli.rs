//! The command line of `nb-compare`.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use clap::Parser;

use super::options::radii;
use super::{Exit, FLOOR, Options, PEAKS, PNG_PERCENTILE, Surroundings, WITHIN, run};
use crate::engines;
use crate::peaks::Choice;
use crate::tolerance::Bound;
use crate::trace;

/// What `--help` says behind the options.
fn help() -> String {
    format!(
        "\
The folder in DIR is named YYYYMMDD-HHMMSS-HASH: the time (UTC) and a digest of ARGS. It holds
  summary.json                  arguments, programs, times, metrics, digests
  c_float.bin, py_float.bin     the float images of the left and the right side
  c_stdout.txt, c_stderr.txt, py_stdout.txt, py_stderr.txt, of sides that are programs
  c.png, py.png                 previews, both in one grey scale
  comparison.png                left, right minus left, right
  diff.bin, diff.png            right minus left, with --save-diff; red is positive, blue negative

Programs: the C program is the executable that NB_C_BIN names, else ./nanoBragg. Without --left and
--c-bin the left side is the C program where there is one, else reference; without --right and
--py-bin the right side is the executable that NB_PY_BIN names, else {right}. Executables run with
OMP_NUM_THREADS=1. Times are for information.

Files: raw 4-byte floats, SMV images (1, 2, 4 bytes, float, double; both byte orders), CBF images of
byte offsets, and NumPy arrays (.npy, two axes, C or Fortran order); the contents tell which. Raw
floats take their shape from --shape, else from ARGS, else from the file on the other side, else
they are a square. Counts are compared as they are: nothing is scaled, and the straight line that
fits best says what scale and offset lie between the images.

The correlation (Pearson) is undefined, null in summary.json, where an image is constant or holds
values that are not finite. sum_ratio is right to left.

A relative error is |left - right| / max(|left|, |right|). Pixels darker than --floor of the largest
pixel in both images are counted by themselves, and measured by that largest pixel.

A peak is a pixel above --peak-percentile of its image that no pixel in the square of --peak-radius
about it exceeds; its place is the centre of intensity of 3 x 3 pixels.

The tolerance is what the two sides promise: the same bytes for reference, 1e-6 of the left pixel
and 1e-9 of the largest left pixel for other programs and for files, 1e-4 and 1e-6 where a side is
of mixed precision. It decides which pixel diverges first (slow, then fast), and no exit status.

With --trace the tolerance is 1e-9 where none is given: traces of cpu and reference agree within it.
A trace of mixed precision needs 1e-4, and in a pixel that is dark beside the largest up to 1e-3.

In comparison.png the difference has a signed logarithmic scale, white at 0, in full colour at the
largest difference, linear up to 1/10000 of that; what is not finite is magenta. Large images are
reduced by their largest values.

Exit status:
  0  compared; the folder is there
  1  wrong usage: no folder
  2  a program is missing or ended with an error
  3  the correlation is below --threshold, or undefined; with --trace: the traces differ
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
    nb-compare --c-bin ./old --py-bin ./new --save-diff -- -mat A -hkl P1.hkl
  What does mixed precision cost on the GPU, pixel by pixel?
    nb-compare --left cuda --right cuda-mixed --picture mixed.png -- -mat A -hkl P1.hkl
  An image that you have, and what this build makes of the command that it came from:
    nb-compare --left floatimage.bin --right cpu -- -mat A -hkl P1.hkl
  The image of a program in Python (numpy.save) and a raw one, without running anything:
    nb-compare --left floatimage.bin --shape 1024x768 --right image.npy
  Do the spots of a measured image lie where the simulated ones do?
    nb-compare --left measured.img --right intimage.img --peak-percentile 99.9 --peak-within 5
  Where do two engines part in one pixel? Write two traces, then compare them:
    nanobragg ARGS -trace_pixel 20 30 -tracefile reference.jsonl -engine reference
    nanobragg ARGS -trace_pixel 20 30 -tracefile cpu.jsonl
    nb-compare --trace reference.jsonl cpu.jsonl --tolerance 1e-6",
        right = engines::DEFAULT
    )
}

/// Compares two float images: runs two programs with the same arguments and times them, or takes
/// an image from a file.
///
/// A side is an engine of this build (reference, cpu, cpu-mixed, cuda, cuda-mixed), `c` for the C
/// program, an executable that takes the C program's options, or an image file. The left side runs
/// first. Each run has a directory of its own, with copies of the input files that the arguments
/// name; nothing is written into yours but a folder in DIR and the file of --picture.
#[derive(Parser)]
#[command(
    version,
    override_usage = "nb-compare [OPTIONS] -- ARGS...\n       nb-compare [OPTIONS] --left FILE --right FILE\n       \
                      nb-compare --trace LEFT.jsonl RIGHT.jsonl [--tolerance X]",
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
    #[arg(
        long,
        num_args = 4,
        value_names = ["XMIN", "XMAX", "YMIN", "YMAX"],
        value_parser = pixel,
        allow_negative_numbers = true
    )]
    roi: Option<Vec<usize>>,
    /// Exit status 3 where the correlation is below T.
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    threshold: Option<f64>,
    /// Compare images of different shapes: the right one is brought to the shape of the left one
    /// by nearest neighbour.
    #[arg(long)]
    resample: bool,
    /// The percentile of both images' pixels that is white in the previews.
    #[arg(
        long,
        value_name = "PCTL",
        default_value_t = PNG_PERCENTILE,
        allow_negative_numbers = true
    )]
    png_scale: f64,
    /// Keep the difference, right minus left: diff.bin, diff.png.
    #[arg(long)]
    save_diff: bool,
    /// The pixels along fast and slow of files of raw floats.
    #[arg(long, value_name = "FASTxSLOW", value_parser = shape, allow_hyphen_values = true)]
    shape: Option<(usize, usize)>,
    /// How far apart two pixels may be: a part of the left pixel and a part of the largest one. With
    /// --trace one number: the part of the largest magnitude of a variable in either trace; 0 asks for
    /// the same bits.
    #[arg(
        long,
        num_args = 1..=2,
        value_names = ["RELATIVE", "OF_MAXIMUM"],
        allow_negative_numbers = true
    )]
    tolerance: Option<Vec<f64>>,
    /// The part of the largest pixel below which a pixel is dark: its relative error says little.
    #[arg(
        long,
        value_name = "PART",
        default_value_t = FLOOR,
        allow_negative_numbers = true
    )]
    floor: f64,
    /// The percentile of an image that its peaks lie above.
    #[arg(
        long,
        value_name = "PCTL",
        default_value_t = PEAKS.percentile,
        allow_negative_numbers = true
    )]
    peak_percentile: f64,
    /// How far around a peak no pixel exceeds it.
    #[arg(
        long,
        value_name = "PIXELS",
        default_value_t = PEAKS.radius,
        value_parser = radius,
        allow_negative_numbers = true
    )]
    peak_radius: usize,
    /// How far apart two peaks may lie that match.
    #[arg(
        long,
        value_name = "PIXELS",
        default_value_t = WITHIN,
        allow_negative_numbers = true
    )]
    peak_within: f64,
    /// Write comparison.png to this file too; one that is there is replaced, unless it is compared
    /// or read.
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Compare two traces of a pixel (nanobragg -trace_pixel) instead of two programs, and name the
    /// first variable that differs.
    #[arg(
        long,
        num_args = 2,
        value_names = ["LEFT.jsonl", "RIGHT.jsonl"],
        conflicts_with_all = ["left", "right", "c_bin", "py_bin", "roi", "threshold", "resample",
                              "save_diff", "shape", "picture", "arguments"]
    )]
    trace: Option<Vec<PathBuf>>,
    /// The arguments of the programs; none where both sides are files.
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<String>,
}

/// The arguments, with negative numbers before `--` spelled as clap knows them: it takes `-1e-9` and `-.5`
/// for options, and would not let this program say what is wrong with them.
fn plain_numbers(arguments: impl IntoIterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    let mut own = true;
    arguments.into_iter().map(move |argument| {
        own &= argument != "--";
        let plain = argument.to_str().filter(|_| own).and_then(plain_number);
        plain.map_or(argument, OsString::from)
    })
}

/// A negative number without exponent and with a digit in front; `None` for anything else.
fn plain_number(text: &str) -> Option<String> {
    let is_odd = text.starts_with("-.") || text.starts_with('-') && text.contains(['e', 'E']);
    let value = text.parse::<f64>().ok().filter(|value| is_odd && value.is_finite())?;
    Some(value.to_string())
}

/// The pixels along fast and slow that `--shape` names, as `(slow, fast)`.
fn shape(text: &str) -> Result<(usize, usize), String> {
    let wanted = || "expected FASTxSLOW, such as 1024x768".to_owned();
    let (fast, slow) = text.split_once(['x', 'X']).ok_or_else(wanted)?;
    let number = |text: &str| text.trim().parse().map_err(|_| wanted());
    Ok((number(slow)?, number(fast)?))
}

/// The number of a pixel along an axis, as `--roi` names it.
fn pixel(text: &str) -> Result<usize, &'static str> {
    text.parse().map_err(|_| "pixels are counted by whole numbers from 0")
}

/// The radius of a peak.
fn radius(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| radii())
}

/// The program: reads the arguments behind its name, compares, and says how it ended.
pub fn program(
    arguments: impl IntoIterator<Item = OsString>,
    surroundings: &Surroundings,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    let name = OsString::from("nb-compare");
    match Cli::try_parse_from(std::iter::once(name).chain(plain_numbers(arguments))) {
        Ok(cli) => match (cli.trace.as_deref(), cli.tolerance.as_deref()) {
            (Some([left, right]), None | Some([_])) => {
                let paths = [left, right].map(|path| surroundings.directory.join(path));
                let tolerance = cli.tolerance.and_then(|parts| parts.first().copied());
                let tolerance = tolerance.unwrap_or(trace::TOLERANCE);
                trace::run([&paths[0], &paths[1]], tolerance, out, err)
            }
            (None, None | Some([_, _])) => run(&cli.options(), surroundings, out, err),
            _ => {
                let wanted = "--tolerance: two numbers, RELATIVE and OF_MAXIMUM; one with --trace";
                drop(writeln!(err, "nb-compare: {wanted}"));
                Exit::Usage
            }
        },
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
            shape: self.shape,
            tolerance: self.tolerance.and_then(|parts| match parts[..] {
                [relative, of_maximum] => Some(Bound { relative, of_maximum }),
                _ => None,
            }),
            floor: self.floor,
            peaks: Choice { percentile: self.peak_percentile, radius: self.peak_radius, ..PEAKS },
            within: self.peak_within,
            picture: self.picture,
        }
    }
}

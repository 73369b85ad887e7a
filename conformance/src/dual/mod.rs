//! Two images: what the program `nb-compare` does (clauses AT-TOOLS-001 to AT-TOOLS-005).
//!
//! [`run`] renders with the left side, then with the right one, or reads the file that a side is;
//! it compares the float images, and leaves a folder with both images, both reports, previews and
//! `summary.json`. It takes all that it needs from its arguments, so that tests can run it within
//! their process.
//!
//! | module | what it does |
//! |---|---|
//! | `cli` | the command line |
//! | `options` | what is asked for, and what is taken from the machine |
//! | `sides` | finds the two programs or files |
//! | `isolate` | lets a run find its input files and keeps its outputs to itself |
//! | `files` | reads images in files: raw floats, SMV, NumPy |
//! | `sources` | gets the image of a side: renders it, or takes it from its file |
//! | `image` | the shape of an image; region, resampling |
//! | `findings` | relative errors, peaks, diverging pixels: what is beside the clause's metrics |
//! | `pursue` | traces of the first diverging pixel, and how to go on from there |
//! | `summary` | `summary.json` and the table for people |
//! | `folder` | names the folder and puts it in its place; the picture beside it |
//!
//! Each run happens in a new directory of its own, with one thread where the program reads
//! `OMP_NUM_THREADS`. The user's directory is read and never written, but for the folder.

mod cli;
mod files;
mod findings;
mod folder;
mod image;
mod isolate;
mod options;
mod pursue;
mod sides;
mod sources;
mod summary;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;

use ndarray::Array2;

pub use cli::program;
pub(crate) use options::shown;
pub use options::{FLOOR, Options, PEAKS, PNG_PERCENTILE, Surroundings, WITHIN};

use crate::execute::CommandLine;
use crate::metrics::Comparison;
use crate::picture::{self, panels};
use findings::Findings;
use folder::{Folder, PictureFile};
use image::Region;
use isolate::Isolated;
use sides::Side;
use sources::{Gathered, Sources};
use summary::Summary;

/// The picture of both images and their difference in the folder.
const PICTURE: &str = "comparison.png";

/// How a comparison ended; the number is the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Compared, and the folder is there.
    Success = 0,
    /// The user asked for something impossible.
    Usage = 1,
    /// A program is missing or ended with an error.
    Runner = 2,
    /// The correlation is below the threshold, or undefined.
    Threshold = 3,
    /// The images have different shapes, and resampling was not asked for.
    Shapes = 4,
    /// A file could not be read, written or understood.
    Data = 5,
}

/// Why there is no [`Exit::Success`].
#[derive(Debug)]
struct Problem {
    exit: Exit,
    message: String,
}

impl Problem {
    fn data(error: impl Display) -> Problem {
        Problem { exit: Exit::Data, message: error.to_string() }
    }

    /// The same about what an option names.
    fn at(self, option: &str) -> Problem {
        Problem { message: format!("{option}: {}", self.message), ..self }
    }
}

/// The files of the folder, by name.
type Files = BTreeMap<String, Vec<u8>>;

/// A command line that can run in a directory of its own, with copies of the input files that it
/// names in `directory`.
///
/// # Errors
/// An input file that cannot be read.
pub(crate) fn isolated(
    arguments: &[String],
    directory: &std::path::Path,
) -> crate::Result<CommandLine> {
    isolate::isolate(arguments, directory).map(|run| run.line)
}

/// Compares two programs. What was measured goes to `out`; what is compared, and errors, to `err`.
///
/// The folder is left behind for every end but [`Exit::Usage`]; where the comparison did not get
/// to its end, it holds what there was, and the summary says why.
pub fn run(
    options: &Options,
    surroundings: &Surroundings,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    match prepare_and_compare(options, surroundings, out, err) {
        Ok(()) => Exit::Success,
        Err(problem) => {
            say(err, format_args!("error: {}", problem.message));
            problem.exit
        }
    }
}

fn prepare_and_compare(
    options: &Options,
    surroundings: &Surroundings,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Problem> {
    options.check()?;
    let sides = sides::choose(options, surroundings)?;
    options.check_with(&sides)?;
    let run =
        isolate::isolate(&options.arguments, &surroundings.directory).map_err(Problem::data)?;
    let folder = Folder::name(options, surroundings)?;
    folder.probe().map_err(|error| Problem::data(error).at("--outdir"))?;
    let copy = options.picture.as_ref().map(|name| PictureFile::of(name, &surroundings.directory));
    if let Some(picture) = &copy {
        picture.spare(&sides, &run)?;
        picture.probe().map_err(|error| Problem::data(error).at("--picture"))?;
    }
    say(err, format_args!("comparing {} (left) with {} (right)", sides[0].label, sides[1].label));
    run.notes.iter().for_each(|note| say(err, format_args!("note: {note}")));

    let mut summary = Summary::new(options, &sides, &run.notes, folder.created());
    let mut files = Files::new();
    let verdict = compare(options, &sides, &run, &mut summary, &mut files, out);
    if let Err(problem) = &verdict {
        if problem.exit == Exit::Usage {
            return verdict;
        }
        summary.exit_status = problem.exit as u8;
        summary.error = Some(problem.message.clone());
    }
    files.insert("summary.json".into(), summary.json().map_err(Problem::data)?);
    let place = folder.save(&files).map_err(Problem::data)?;
    if let (Some(copy), Some(picture)) = (copy, files.get(PICTURE)) {
        copy.write(picture).map_err(Problem::data)?;
    }
    say(out, format_args!("artifacts: {}", place.display()));
    verdict
}

/// Gets both images and compares them, with every file and number put down as it comes.
fn compare(
    options: &Options,
    sides: &[Side; 2],
    run: &Isolated,
    summary: &mut Summary,
    files: &mut Files,
    out: &mut dyn Write,
) -> Result<(), Problem> {
    let mut gathered = Gathered { summary, files, out };
    let mut sources = Sources::open(options, sides, run)?;
    let left = sources.image(0, &mut gathered)?;
    let region = Region::of(options.roi, left.dim())
        .map_err(|message| Problem { exit: Exit::Usage, message })?;
    if options.roi.is_some_and(|roi| roi != region.bounds()) {
        let [xmin, xmax, ymin, ymax] = region.bounds();
        gathered.note(format!("within the image the region is {xmin} {xmax} {ymin} {ymax}"));
    }
    let mut right = sources.image(1, &mut gathered)?;
    if left.dim() != right.dim() {
        let shapes = format!("{} and {} pixels", text(left.dim()), text(right.dim()));
        if !options.resample {
            let message =
                format!("the images have {shapes}; --resample compares them all the same");
            return Err(Problem { exit: Exit::Shapes, message });
        }
        gathered.summary.resample_note = Some(format!(
            "the images have {shapes} (fast x slow); the right one was brought to the shape of the \
             left one by nearest neighbour"
        ));
        right = image::resample(&right, left.dim());
    }

    let [l, r] = [region.of_image(&left), region.of_image(&right)];
    let comparison = Comparison::of(l, r).map_err(Problem::data)?;
    let white = picture::white([l, r], options.png_scale);
    let Gathered { summary, files, out } = gathered;
    summary.png_scale_max = Some(white);
    files.insert("c.png".into(), picture::grey(&left, white).map_err(Problem::data)?);
    files.insert("py.png".into(), picture::grey(&right, white).map_err(Problem::data)?);
    if options.save_diff {
        let difference = &right - &left;
        files.insert("diff.bin".into(), single(&difference));
        let strong =
            picture::white([region.of_image(&difference.mapv(f64::abs))], options.png_scale);
        let picture = picture::heat_map(&difference, strong).map_err(Problem::data)?;
        files.insert("diff.png".into(), picture);
    }
    let titles = sides.each_ref().map(|side| side.label.as_str());
    let panels = panels::draw([l, r], titles, white).map_err(Problem::data)?;
    let mut findings = Findings::of([l, r], &region, options, sides).map_err(Problem::data)?;
    if summary.resample_note.is_none() {
        findings.trace(sides, run, files);
    }
    summary.compared(&comparison, &region);
    summary.print(&comparison, out);
    findings.print(&panels.layout, out);
    summary.found(findings, panels.layout);
    files.insert(PICTURE.into(), panels.png);
    judge(options, &comparison)
}

/// An image as raw 4-byte floats, in the order of this machine.
fn single(image: &Array2<f64>) -> Vec<u8> {
    image.iter().flat_map(|&pixel| (pixel as f32).to_ne_bytes()).collect()
}

/// Whether the images are alike enough.
fn judge(options: &Options, comparison: &Comparison) -> Result<(), Problem> {
    let Some(bound) = options.threshold else {
        return Ok(());
    };
    let message = match (comparison.correlation, comparison.why_undefined()) {
        (Some(found), _) if found >= bound => return Ok(()),
        (Some(found), _) => format!("the correlation {found} is below the threshold {bound}"),
        (None, reason) => format!(
            "the correlation is undefined, as {}: it cannot reach the threshold {bound}",
            reason.unwrap_or_default()
        ),
    };
    Err(Problem { exit: Exit::Threshold, message })
}

/// A shape `(slow, fast)` for people.
fn text((slow, fast): (usize, usize)) -> String {
    format!("{fast} x {slow}")
}

/// Writes a line; a reader that has gone away is no error.
fn say(to: &mut dyn Write, line: impl Display) {
    drop(writeln!(to, "{line}"));
}

#[cfg(test)]
mod tests {
    use super::{Exit, Options, Surroundings, run};
    use std::time::UNIX_EPOCH;

    #[test]
    fn a_comparison_runs_within_a_process() {
        let home = tempfile::tempdir().expect("a directory");
        let surroundings = Surroundings {
            directory: home.path().to_owned(),
            c_bin: None,
            py_bin: None,
            path: None,
            now: UNIX_EPOCH,
        };
        let arguments = "-cell 90 90 90 90 90 90 -N 3 -default_F 9 -detpixels 8";
        let options =
            Options { threshold: Some(1.0), ..Options::new(arguments.split_whitespace()) };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        assert_eq!(run(&options, &surroundings, &mut out, &mut err), Exit::Success);
        let (out, err) = [out, err].map(|bytes| String::from_utf8(bytes).expect("text")).into();
        assert_eq!(err, "comparing reference (left) with cpu (right)\n");
        let place = out.trim_end().rsplit(' ').next().expect("a word");
        assert!(place.starts_with("comparisons/19700101-000000-"), "{out}");
        assert!(home.path().join(place).join("summary.json").is_file());
    }
}

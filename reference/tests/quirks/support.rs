//! What the tests of the switches share: runs in a directory of their own, and vectors.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use nanobragg_reference::engine::{Observer, PixelTrace, Unobserved};
use nanobragg_reference::host::Host;
use nanobragg_reference::report::Report;
use nanobragg_reference::resolve::{Job, resolve};
use nanobragg_reference::vector::{Matrix, Vector};
use nanobragg_reference::{
    Error, Quirk, Quirks, ReferenceEngine, Rendered, Request, Result, render, run,
};
use ndarray::Array2;
use tempfile::TempDir;

/// The two lists that leave a switch off: it alone, and all of them.
pub(crate) fn corrected(quirk: Quirk) -> [String; 2] {
    [format!("-quirks c,-{}", quirk.name()), "-quirks none".into()]
}

/// The two lists that leave a switch on: all of them, and it alone.
pub(crate) fn kept(quirk: Quirk) -> [String; 2] {
    ["-quirks c".into(), format!("-quirks none,+{}", quirk.name())]
}

/// A working directory.
pub(crate) struct Bench {
    folder: TempDir,
    now: i64,
}

impl Bench {
    /// An empty directory, at the time 0.
    pub(crate) fn new() -> Bench {
        Bench { folder: tempfile::tempdir().expect("a directory"), now: 0 }
    }

    /// The same with a file in it.
    pub(crate) fn with(self, name: &str, contents: impl AsRef<[u8]>) -> Bench {
        self.put(name, contents);
        self
    }

    /// The same at another time.
    pub(crate) fn at(self, now: i64) -> Bench {
        Bench { now, ..self }
    }

    /// Writes a file.
    pub(crate) fn put(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).expect("writable");
    }

    /// The contents of a file.
    pub(crate) fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).expect("a file that was written")
    }

    /// Whether there is such a file.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Where a file of this name is.
    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn host(&self) -> Host {
        Host { directory: self.folder.path().to_owned(), ..Host::at(self.now) }
    }

    /// Resolves a command line.
    pub(crate) fn try_job(&self, line: &str) -> Result<Job> {
        let request = Request::parse(line.split_whitespace())?;
        resolve(&request, &self.host(), &mut Report::collect())
    }

    /// Resolves a command line that is valid.
    pub(crate) fn job(&self, line: &str) -> Job {
        self.try_job(line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// Renders a command line.
    pub(crate) fn render(&self, line: &str) -> Rendered {
        let job = self.job(line);
        render(&job.experiment, &mut Unobserved).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// The image of a command line.
    pub(crate) fn image(&self, line: &str) -> Array2<f32> {
        self.render(line).image
    }

    /// What the report would show of every pixel, in scan order.
    pub(crate) fn traces(&self, line: &str) -> Vec<PixelTrace> {
        let mut watch = Watch(Vec::new());
        let job = self.job(line);
        render(&job.experiment, &mut watch).unwrap_or_else(|error| panic!("{line}: {error}"));
        watch.0
    }

    /// Runs a command line as the program does, files included.
    pub(crate) fn try_run(&self, line: &str) -> Result<Done> {
        let request = Request::parse(line.split_whitespace())?;
        let mut report = Report::collect();
        let mut progress = |_, _| ControlFlow::Continue(());
        let finished =
            run::run(&request, &ReferenceEngine, &self.host(), &mut report, &mut progress)?;
        let text = report.text().to_owned();
        Ok(Done { decisive: finished.decisive, notes: finished.notes, report: text })
    }

    /// Runs a command line that is valid.
    pub(crate) fn run(&self, line: &str) -> Done {
        self.try_run(line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// The floats of a raw image.
    pub(crate) fn floats(&self, name: &str) -> Vec<f32> {
        let bytes = self.read(name);
        let words = bytes.chunks_exact(4);
        words.map(|b| f32::from_ne_bytes([b[0], b[1], b[2], b[3]])).collect()
    }

    /// The pixels of an SMV image whose header has the given length.
    pub(crate) fn counts(&self, name: &str, header_bytes: usize) -> Vec<u16> {
        let bytes = self.read(name);
        bytes[header_bytes..].chunks_exact(2).map(|b| u16::from_ne_bytes([b[0], b[1]])).collect()
    }
}

struct Watch(Vec<PixelTrace>);

impl Observer for Watch {
    fn wants(&self, _fast: usize, _slow: usize) -> bool {
        true
    }

    fn pixel(&mut self, trace: &PixelTrace) {
        self.0.push(*trace);
    }
}

/// A run that has ended.
pub(crate) struct Done {
    /// Switches that made a difference.
    pub(crate) decisive: Quirks,
    /// What stands on standard error.
    pub(crate) notes: Vec<String>,
    /// What stands on standard output.
    pub(crate) report: String,
}

impl Done {
    /// The number that follows a text in the report.
    pub(crate) fn number(&self, key: &str) -> f64 {
        let (_, rest) = self.report.split_once(key).expect("a line of the report");
        let word = rest.split_whitespace().next().expect("a value");
        word.trim_end_matches('%').parse().expect("a number")
    }
}

/// Asserts that a line is refused, with a message that holds a word.
pub(crate) fn refused(result: Result<impl Sized>, word: &str) {
    match result {
        Ok(_) => panic!("not refused: {word}"),
        Err(Error::Cancelled) => panic!("cancelled"),
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains(word), "'{text}' does not say '{word}'");
        }
    }
}

/// Asserts that two images agree to within a fraction of the larger one's maximum.
pub(crate) fn agree(found: &Array2<f32>, expected: &Array2<f64>, tolerance: f64, what: &str) {
    assert_eq!(found.dim(), expected.dim(), "{what}");
    let largest = expected.iter().fold(0f64, |most, value| most.max(value.abs()));
    assert!(largest > 0.0, "{what}: nothing to compare");
    for ((place, &found), &expected) in found.indexed_iter().zip(expected) {
        let difference = (f64::from(found) - expected).abs();
        assert!(
            difference <= tolerance * largest,
            "{what}: {found} at {place:?}, expected {expected}, of at most {largest}"
        );
    }
}

/// The largest difference of two images as a fraction of the second one's maximum.
pub(crate) fn distance(a: &Array2<f32>, b: &Array2<f32>) -> f64 {
    let largest = b.iter().fold(0f32, |most, value| most.max(value.abs()));
    let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    f64::from(differences.fold(0f32, f32::max) / largest)
}

/// An image in double precision.
pub(crate) fn wide(image: &Array2<f32>) -> Array2<f64> {
    image.mapv(f64::from)
}

/// An SMV file with a header of the given lines and pixels that are all 1.
pub(crate) fn smv(pixels: [usize; 2], lines: &str) -> Vec<u8> {
    smv_with(pixels, lines, |_, _| 1)
}

/// An SMV file whose pixels are given by fast and slow.
pub(crate) fn smv_with(
    [width, height]: [usize; 2],
    lines: &str,
    value: impl Fn(usize, usize) -> u16,
) -> Vec<u8> {
    let mut file = format!(
        "{{\nHEADER_BYTES=512;\nBYTE_ORDER=little_endian;\nSIZE1={width};\nSIZE2={height};\n{lines}}}\x0c"
    )
    .into_bytes();
    assert!(file.len() <= 512, "a longer header than its length says");
    file.resize(512, b' ');
    for slow in 0..height {
        for fast in 0..width {
            file.extend(value(fast, slow).to_le_bytes());
        }
    }
    file
}

/// Inner product.
pub(crate) fn dot(a: Vector, b: Vector) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Cross product by the permutation symbol.
pub(crate) fn cross(a: Vector, b: Vector) -> Vector {
    [0, 1, 2].map(|i| {
        let (j, k) = ((i + 1) % 3, (i + 2) % 3);
        a[j] * b[k] - a[k] * b[j]
    })
}

/// Length.
pub(crate) fn length(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

/// Sum of vectors with factors.
pub(crate) fn combine<const N: usize>(parts: [(f64, Vector); N]) -> Vector {
    [0, 1, 2].map(|i| parts.iter().map(|(factor, vector)| factor * vector[i]).sum())
}

/// The vector of unit length in the same direction.
pub(crate) fn unit(a: Vector) -> Vector {
    combine([(1.0 / length(a), a)])
}

/// A right-handed rotation by way of a quaternion: v + 2w(u×v) + 2u×(u×v).
pub(crate) fn turn(v: Vector, axis: Vector, angle: f64) -> Vector {
    let u = combine([((angle / 2.0).sin(), unit(axis))]);
    let once = cross(u, v);
    combine([(1.0, v), (2.0 * (angle / 2.0).cos(), once), (2.0, cross(u, once))])
}

/// Rotations about x, then y, then z, degrees.
pub(crate) fn turn_xyz(v: Vector, degrees: Vector) -> Vector {
    const AXES: [Vector; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let mut turned = v;
    for (axis, angle) in AXES.into_iter().zip(degrees) {
        turned = turn(turned, axis, angle.to_radians());
    }
    turned
}

/// A matrix times a vector.
pub(crate) fn times(m: &Matrix, v: Vector) -> Vector {
    [0, 3, 6].map(|row| dot([m[row], m[row + 1], m[row + 2]], v))
}

/// Asserts that vectors agree.
#[track_caller]
pub(crate) fn same_vector(found: Vector, expected: Vector, tolerance: f64, what: &str) {
    let difference = length(combine([(1.0, found), (-1.0, expected)]));
    assert!(difference <= tolerance, "{what}: {found:?}, expected {expected:?}");
}

/// Asserts that numbers agree, relative to the expected one.
#[track_caller]
pub(crate) fn same(found: f64, expected: f64, tolerance: f64, what: &str) {
    let difference = (found - expected).abs();
    assert!(difference <= tolerance * expected.abs(), "{what}: {found}, expected {expected}");
}

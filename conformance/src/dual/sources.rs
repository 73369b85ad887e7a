//! Where the images come from: programs that render them, and files.

use std::io::Write;

use ndarray::Array2;

use super::files::{self, Stored};
use super::image::{self, Hints};
use super::isolate::Isolated;
use super::sides::Side;
use super::summary::Summary;
use super::{Exit, Files, Options, Problem, say, single};
use crate::execute::{Outcome, Program};
use crate::{Error, store};

/// The two sides by their words: their own, that of the clause's files, that of its lines.
const WORDS: [(&str, &str, &str); 2] = [("left", "c", "C"), ("right", "py", "Py")];

/// What a comparison has gathered so far.
pub(super) struct Gathered<'a> {
    pub(super) summary: &'a mut Summary,
    pub(super) files: &'a mut Files,
    pub(super) out: &'a mut dyn Write,
}

impl Gathered<'_> {
    /// Says something, and keeps it.
    pub(super) fn note(&mut self, note: String) {
        say(self.out, &note);
        self.summary.notes.push(note);
    }
}

/// Both sides, of which the files have been read: a file that makes no sense is found before a
/// program runs.
pub(super) struct Sources<'a> {
    options: &'a Options,
    sides: &'a [Side; 2],
    run: &'a Isolated,
    stored: [Option<Stored>; 2],
    /// Shapes that files tell.
    shapes: [Option<(usize, usize)>; 2],
}

impl<'a> Sources<'a> {
    /// Reads the files.
    pub(super) fn open(
        options: &'a Options,
        sides: &'a [Side; 2],
        run: &'a Isolated,
    ) -> Result<Sources<'a>, Problem> {
        let mut stored = [None, None];
        for (number, side) in sides.iter().enumerate() {
            if let Some(path) = side.file() {
                let image = files::read(path);
                stored[number] = Some(image.map_err(|why| unfit(number, side, &why))?);
            }
        }
        if options.shape.is_some() && !stored.iter().flatten().any(|image| image.shape.is_none()) {
            let message = "--shape is for files of raw floats, and neither side is one".to_owned();
            return Err(Problem { exit: Exit::Usage, message });
        }
        let shapes = stored.each_ref().map(|image| image.as_ref().and_then(|image| image.shape));
        Ok(Sources { options, sides, run, stored, shapes })
    }

    /// The image of a side. What it is made of goes into the files, whatever becomes of it.
    pub(super) fn image(
        &mut self,
        number: usize,
        gathered: &mut Gathered<'_>,
    ) -> Result<Array2<f64>, Problem> {
        let image = match (self.stored[number].take(), self.sides[number].program()) {
            (Some(stored), _) => self.arrange(number, stored, gathered)?,
            (None, Some(program)) => self.render(number, program, gathered)?,
            (None, None) => return Err(unfit(number, &self.sides[number], "it has been read")),
        };
        gathered.summary.sides[number].shape = Some([image.ncols(), image.nrows()]);
        Ok(image)
    }

    fn arrange(
        &self,
        number: usize,
        stored: Stored,
        gathered: &mut Gathered<'_>,
    ) -> Result<Array2<f64>, Problem> {
        let side = &self.sides[number];
        let (word, prefix, _) = WORDS[number];
        let unfit = |why: String| unfit(number, side, &why);
        let Stored { pixels, shape, counts, format, mut notes } = stored;
        let shape = match shape {
            Some(shape) => shape,
            None => {
                let line = Some(&self.run.line).filter(|_| !self.options.arguments.is_empty());
                let hints =
                    Hints { named: self.options.shape, line, other: self.shapes[1 - number] };
                let (shape, note) = hints.shape(pixels.len()).map_err(unfit)?;
                notes.extend(note);
                shape
            }
        };
        let image = image::arranged(pixels, shape).map_err(unfit)?;
        let rounded = |&pixel: &f64| f64::from(pixel as f32) != pixel && !pixel.is_nan();
        if image.iter().any(rounded) {
            notes.push(format!("{prefix}_float.bin has its pixels in single precision"));
        }
        say(gathered.out, format_args!("{word} file: {} ({format})", side.label));
        for note in notes {
            gathered.note(format!("{word} ({}): {note}", side.label));
        }
        let float = single(&image);
        let numbers = &mut gathered.summary.sides[number];
        (numbers.format, numbers.counts) = (Some(format), counts);
        numbers.sha256 = Some(store::sha256(&float));
        gathered.files.insert(format!("{prefix}_float.bin"), float);
        Ok(image)
    }

    fn render(
        &self,
        number: usize,
        program: Program<'_>,
        gathered: &mut Gathered<'_>,
    ) -> Result<Array2<f64>, Problem> {
        let side = &self.sides[number];
        let (word, prefix, role) = WORDS[number];
        let Gathered { summary, files, out } = gathered;
        let outcome = self.run.line.execute(program).map_err(|error| match error {
            Error::File { path, source } if side.is_at(&path) => Problem {
                exit: Exit::Runner,
                message: format!("{word}: {} cannot be started: {source}", path.display()),
            },
            other => Problem::data(other),
        })?;
        files.insert(format!("{prefix}_stdout.txt"), outcome.stdout.clone());
        files.insert(format!("{prefix}_stderr.txt"), outcome.stderr.clone().into_bytes());
        let seconds = outcome.elapsed.as_secs_f64();
        let numbers = &mut summary.sides[number];
        numbers.runtime_ms = Some(outcome.elapsed.as_micros() as f64 / 1e3);
        say(out, format_args!("{word} runtime: {seconds:.3} s ({})", side.label));
        // The clause's own words, where the left side is what they call C.
        if self.sides[0].is_c {
            say(out, format_args!("{role} runtime: {seconds:.3} s"));
        }
        if outcome.status != 0 {
            return Err(Problem { exit: Exit::Runner, message: failure(word, side, &outcome) });
        }
        let name = &self.run.names.float;
        let float = outcome.files.get(name);
        let float = float.ok_or_else(|| unfit(number, side, &format!("wrote no {name}")))?;
        files.insert(format!("{prefix}_float.bin"), float.clone());
        numbers.sha256 = Some(store::sha256(float));
        image::read(float, &outcome, self.run).map_err(|why| unfit(number, side, &why))
    }
}

/// What is wrong with the image of a side.
fn unfit(number: usize, side: &Side, why: &str) -> Problem {
    Problem::data(format!("{} ({}): {why}", WORDS[number].0, side.label))
}

/// A run that failed, with the last lines that it said.
fn failure(word: &str, side: &Side, outcome: &Outcome) -> String {
    let mut message = format!("{word} ({}): ended with exit status {}", side.label, outcome.status);
    // The C program puts most of its errors on standard output.
    let stdout = String::from_utf8_lossy(&outcome.stdout);
    let said = if outcome.stderr.trim().is_empty() { &*stdout } else { &*outcome.stderr };
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    for line in &lines[lines.len().saturating_sub(5)..] {
        message.push_str(&format!("\n  | {line}"));
    }
    message
}

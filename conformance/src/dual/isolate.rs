//! How a run finds the user's input files and keeps its outputs to itself.
//!
//! The C program writes up to five files into its working directory, and reads `Fdump.bin` there
//! where `-hkl` is missing. Two runs in the user's directory would overwrite each other's files and
//! the user's. To append output names of our own is no way out either: arguments behind the user's
//! change what the user's mean (`-misset_seed` takes the next three for angles, `-noisefile`
//! switches the noise image on). So each run gets a directory of its own, and the arguments go to
//! both programs as they are, but for names that lead out of it:
//!
//! - An argument that names a file in the user's directory or below is an input: a copy lies in
//!   the run's directory under the same name. A copy, as the program may write to that name.
//! - One that names a file by way of `..` is replaced by the absolute path. Absolute paths, and
//!   what is no file (pipes, devices), stay as they are.
//! - `Fdump.bin` is copied where the C program would read it: without `-hkl` and `-dump`.
//! - The value of an option that names an output file keeps no folder: `/tmp/x.bin` becomes
//!   `tmp_x.bin`. Outputs are found as the C program finds them, by the names of options anywhere
//!   in an argument. `-dump` names an output where there is `-hkl`, and an input elsewhere.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use nanobragg_reference::arguments::options::{Id, OPTIONS};
use nanobragg_reference::output;

use crate::execute::CommandLine;
use crate::{Error, Result};

/// A command line that can run in a directory of its own.
pub(super) struct Isolated {
    /// Arguments and input files.
    pub(super) line: CommandLine,
    /// Where the files lie that the arguments name for reading, wherever that is.
    pub(super) read: Vec<PathBuf>,
    /// The images that it writes.
    pub(super) names: Names,
    /// Which arguments are not what the user typed.
    pub(super) notes: Vec<String>,
}

/// Names of images.
#[derive(Debug, PartialEq)]
pub(super) struct Names {
    /// Raw floats.
    pub(super) float: String,
    /// SMV, whose headers tell the shape: the scaled image and the one with noise.
    pub(super) smv: [String; 2],
}

/// Takes the arguments apart and reads the input files.
///
/// # Errors
/// An input file that cannot be read.
pub(super) fn isolate(arguments: &[String], directory: &Path) -> Result<Isolated> {
    let mut run = Isolated {
        line: CommandLine::default(),
        read: Vec::new(),
        names: Names {
            float: "floatimage.bin".into(),
            smv: ["intimage.img".into(), "noiseimage.img".into()],
        },
        notes: Vec::new(),
    };
    let takes_value = |id| {
        let place = arguments.iter().position(|argument| acts(argument, id));
        place.is_some_and(|place| place + 1 < arguments.len())
    };
    let makes_dump = takes_value(Id::Hkl);
    for (place, argument) in arguments.iter().enumerate() {
        let before = place.checked_sub(1).map_or("", |before| &arguments[before]);
        let is_output = [Id::Floatfile, Id::Intfile, Id::Noisefile, Id::Pgmfile]
            .into_iter()
            .any(|id| acts(before, id))
            || (makes_dump && acts(before, Id::Dump))
            || output::options().any(|option| option == before.replacen("--", "-", 1));
        let forwarded = if is_output {
            let name = without_folder(argument);
            run.names.note(before, &name);
            name
        } else {
            input(argument, directory, &mut run)?
        };
        if forwarded != *argument {
            run.notes.push(format!("both programs are given '{forwarded}' for '{argument}'"));
        }
        run.line.arguments.push(forwarded);
    }
    if !makes_dump && !takes_value(Id::Dump) {
        input("Fdump.bin", directory, &mut run)?;
    }
    Ok(run)
}

impl Names {
    /// Notes the value of an option; the last one counts.
    fn note(&mut self, option: &str, name: &str) {
        let [int, noise] = &mut self.smv;
        for (id, slot) in
            [(Id::Floatfile, &mut self.float), (Id::Intfile, int), (Id::Noisefile, noise)]
        {
            if acts(option, id) {
                *slot = name.to_owned();
            }
        }
    }
}

/// Whether the C program takes an argument for an option.
fn acts(argument: &str, id: Id) -> bool {
    let bytes = argument.as_bytes();
    bytes.starts_with(b"-")
        && OPTIONS
            .iter()
            .filter(|option| option.id == id)
            .any(|option| option.patterns.iter().any(|pattern| pattern.matches(bytes)))
}

/// What to forward for an argument that may name an input, whose bytes are taken up.
fn input(argument: &str, directory: &Path, run: &mut Isolated) -> Result<String> {
    let name = Path::new(argument);
    let place = directory.join(name);
    if !place.is_file() {
        return Ok(argument.to_owned());
    }
    run.read.push(place.clone());
    if name.is_absolute() {
        return Ok(argument.to_owned());
    }
    if name.components().any(|part| part == Component::ParentDir) {
        let absolute = place.into_os_string().into_string();
        return absolute
            .map_err(|path| Error::format(path, "the path of this input file is not valid UTF-8"));
    }
    let bytes = std::fs::read(&place).map_err(Error::file(&place))?;
    run.line.inputs.insert(argument.to_owned(), Arc::from(bytes));
    Ok(argument.to_owned())
}

/// A name within the run's directory for an output.
fn without_folder(name: &str) -> String {
    let parts: Vec<&str> = Path::new(name)
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    // A name without any part names no file; the program says so itself.
    if parts.is_empty() { name.to_owned() } else { parts.join("_") }
}

#[cfg(test)]
mod tests {
    use super::{Isolated, isolate};
    use std::fs;

    fn of(arguments: &str, files: &[&str]) -> Isolated {
        let home = tempfile::tempdir().expect("a directory");
        let directory = home.path().join("here");
        fs::create_dir_all(directory.join("sub")).expect("a directory");
        for name in files {
            fs::write(directory.join(name), name).expect("a file");
        }
        let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        let mut run = isolate(&arguments, &directory).expect("files that can be read");
        for argument in &mut run.line.arguments {
            *argument = argument.replace(&*home.path().to_string_lossy(), "HOME");
        }
        run
    }

    fn inputs(run: &Isolated) -> Vec<&str> {
        run.line.inputs.keys().map(String::as_str).collect()
    }

    #[test]
    fn inputs_are_copied_and_outputs_are_not() {
        let files = ["a.hkl", "sub/b.mat", "old.bin", "Fdump.bin", "unnamed"];
        let arguments = "-hkl a.hkl -mat sub/b.mat -floatfile old.bin -lambda 1";
        let run = of(arguments, &files);
        assert_eq!(inputs(&run), ["a.hkl", "sub/b.mat"]);
        assert_eq!(run.line.arguments.join(" "), arguments);
        assert_eq!((run.names.float.as_str(), run.notes.len()), ("old.bin", 0));
        assert_eq!(run.names.smv, ["intimage.img", "noiseimage.img"]);
    }

    #[test]
    fn the_dump_is_an_input_without_reflections() {
        assert_eq!(inputs(&of("-default_F 9", &["Fdump.bin"])), ["Fdump.bin"]);
        assert_eq!(inputs(&of("-dump d", &["Fdump.bin", "d"])), ["d"]);
        assert_eq!(inputs(&of("-hkl a -dump d", &["a", "Fdump.bin", "d"])), ["a"]);
        assert_eq!(of("-hkl a -dump x/d", &[]).line.arguments[3], "x_d");
        // Without a value the option does not act, and Fdump.bin is read.
        assert_eq!(inputs(&of("-default_F 9 -hkl", &["Fdump.bin"])), ["Fdump.bin"]);
    }

    #[test]
    fn names_that_lead_out_are_replaced() {
        let run = of(
            "-mat ../here/m -hkl /x/a -floatimage /tmp/f.bin -intfile ../i -noisefile ./n -pgmfile \
             sub/p -pngfile /p.png --cbffile ../c",
            &["m"],
        );
        assert_eq!(
            run.line.arguments.join(" "),
            "-mat HOME/here/../here/m -hkl /x/a -floatimage tmp_f.bin -intfile i -noisefile n \
             -pgmfile sub_p -pngfile p.png --cbffile c"
        );
        assert_eq!((run.names.float.as_str(), run.notes.len()), ("tmp_f.bin", 7));
        assert_eq!(run.names.smv, ["i", "n"]);
        assert_eq!(run.notes[1], "both programs are given 'tmp_f.bin' for '/tmp/f.bin'");
    }

    #[test]
    fn the_last_name_counts_and_odd_ones_do_no_harm() {
        let run = of("-floatfile a --xx-floatfile b -intfile .. -floatfile", &["a"]);
        assert_eq!((run.names.float.as_str(), inputs(&run).len()), ("b", 0));
        assert_eq!(run.line.arguments[5], "..");
        // One that is read and written.
        assert_eq!(inputs(&of("-img x -intfile x", &["x"])), ["x"]);
    }
}

//! The files that a command line names, before anything is read or written: what a run must not
//! write over.

use std::path::PathBuf;

use crate::arguments::Request;
use crate::arguments::apply::apply;
use crate::arguments::settings::Settings;
use crate::error::{Error, Result};
use crate::host::Host;
use crate::output;
use crate::quirks::Quirk;
use crate::resolve::DEFAULT_DUMP;

/// A file that a run writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The option that names it.
    pub option: &'static str,
    /// Its name.
    pub name: PathBuf,
}

/// A file that a run reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The option that names it.
    pub option: &'static str,
    /// Its name.
    pub name: PathBuf,
    /// Whether the run can do without it.
    pub optional: bool,
}

/// What a command line reads and writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Files written, in the order in which they come to their places; the dump last.
    pub outputs: Vec<Output>,
    /// Files read.
    pub inputs: Vec<Input>,
}

/// The settings of a request, without what image headers say of the camera.
///
/// # Errors
/// Values that no option can have.
pub fn settings(request: &Request) -> Result<Settings> {
    let mut settings = Settings::default();
    apply(&request.scanned.actions, &mut settings, &mut Vec::new())?;
    settings.outputs.add(request);
    Ok(settings)
}

impl Named {
    /// The files of a request and its [`settings`].
    pub fn of(request: &Request, settings: &Settings) -> Named {
        let names = output::names(&settings.outputs).into_iter();
        let mut outputs: Vec<Output> =
            names.map(|(option, name)| Output { option, name: name.to_owned() }).collect();
        let files = &settings.inputs;
        let mut inputs: Vec<Input> = [
            ("-mat", &files.matrix),
            ("-hkl", &files.hkl),
            ("-img", &files.image),
            ("-mask", &files.mask),
            ("-stol", &files.stol),
            ("-sourcefile", &files.sources),
        ]
        .into_iter()
        .filter_map(|(option, name)| Some(Input { option, name: name.clone()?, optional: false }))
        .collect();
        let implicit = request.quirks.has(Quirk::ImplicitFdump);
        let asked = files.dump.clone();
        let optional = implicit && (asked.is_none() || settings.default_f != 0.0);
        if let Some(name) = asked.or_else(|| implicit.then(|| DEFAULT_DUMP.into())) {
            match files.hkl {
                Some(_) => outputs.push(Output { option: "-dump", name }),
                None => inputs.push(Input { option: "-dump", name, optional }),
            }
        }
        Named { outputs, inputs }
    }

    /// Refuses a run that would write over a file that it reads, other than the image of -img. Gives
    /// notes on that one, and on outputs of one place, of which the last remains, as with the C program.
    ///
    /// # Errors
    /// Such a file, with both options.
    pub fn check(&self, host: &Host) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        let mut taken: Vec<(PathBuf, &Output)> = Vec::new();
        for output in &self.outputs {
            // A place that cannot be had is told when the outputs are tried out.
            let Some(place) = output::place(&output.name, host).ok().flatten() else { continue };
            for input in &self.inputs {
                if host.locate(&input.name).canonicalize().is_ok_and(|input| input == place) {
                    if input.option == "-img" {
                        // Its header alone is read, and often that of the image of the run before.
                        notes.push(format!(
                            "{} {} is written over {} {}, whose header the run has read",
                            output.option,
                            output.name.display(),
                            input.option,
                            input.name.display()
                        ));
                        continue;
                    }
                    return Err(Error::Usage(over(output, input)));
                }
            }
            // The dump is written before all images.
            if let Some((_, first)) = taken.iter().rev().find(|(other, _)| *other == place) {
                let (lost, kept) =
                    if output.option == "-dump" { (output, *first) } else { (*first, output) };
                notes.push(format!(
                    "{} {} is written over by {} {}",
                    lost.option,
                    lost.name.display(),
                    kept.option,
                    kept.name.display()
                ));
            }
            taken.push((place, output));
        }
        Ok(notes)
    }
}

/// Why a run cannot write what it reads.
pub fn over(output: &Output, input: &Input) -> String {
    format!(
        "{} {} would write over {} {}, which the run reads",
        output.option,
        output.name.display(),
        input.option,
        input.name.display()
    )
}

#[cfg(test)]
mod tests {
    use super::{Named, settings};
    use crate::Request;
    use crate::host::Host;

    fn named(line: &str) -> Named {
        let request = Request::parse(line.split(' ')).expect("a request");
        Named::of(&request, &settings(&request).expect("settings"))
    }

    #[test]
    fn the_dump_is_read_or_written() {
        let dump = |line: &str| {
            let found = named(line);
            let writes = found.outputs.iter().any(|output| output.option == "-dump");
            (writes, found.inputs.iter().find(|i| i.option == "-dump").map(|i| i.optional))
        };
        assert_eq!(dump("-hkl P1.hkl"), (true, None));
        assert_eq!(dump("-hkl P1.hkl -quirks none"), (false, None));
        assert_eq!(dump("-default_F 1"), (false, Some(true)));
        assert_eq!(dump("-dump d -cell 9 9 9"), (false, Some(false)));
        assert_eq!(dump("-dump d -default_F 1"), (false, Some(true)));
    }

    #[test]
    fn a_run_does_not_write_over_what_it_reads() {
        let folder = tempfile::tempdir().expect("a directory");
        let host = Host { directory: folder.path().to_owned(), ..Host::at(0) };
        for name in ["a", "Fdump.bin", "intimage.img"] {
            std::fs::write(folder.path().join(name), "x").expect("a file");
        }
        let refused = |line: &str| named(line).check(&host).expect_err(line).to_string();
        assert_eq!(
            refused("-hkl a -floatfile ./a"),
            "-floatfile ./a would write over -hkl a, which the run reads"
        );
        for input in ["-mat", "-hkl", "-mask", "-stol", "-sourcefile"] {
            for output in ["-intfile", "-noisecbf", "-cbffile", "-pngfile", "-npyfile", "-pgmfile"]
            {
                let text = refused(&format!("{input} a {output} a"));
                assert!(
                    text.starts_with(&format!("{output} a ")) && text.contains(input),
                    "{text}"
                );
            }
        }
        assert!(refused("-hkl a -dump a").contains("-dump a would write over -hkl a"));
        assert_eq!(
            named("-img intimage.img").check(&host).expect("the image of the run before"),
            [
                "-intfile intimage.img is written over -img intimage.img, whose header the run has read"
            ]
        );
        assert!(refused("-default_F 1 -floatfile Fdump.bin").contains("-dump Fdump.bin"));
        assert!(refused("-mask a -trace_pixel 1 1 -tracefile a").contains("-tracefile a"));
        // What is not written, and what is not there.
        for line in ["-hkl a -nonoise", "-img intimage.img -intfile b", "-hkl b -floatfile b"] {
            assert_eq!(named(line).check(&host).expect(line), [""; 0]);
        }
    }

    #[test]
    fn of_two_outputs_of_one_place_a_note_tells() {
        let host = Host::at(0);
        let notes = |line: &str| named(line).check(&host).expect(line);
        assert_eq!(
            notes("-floatfile x -intfile ./x -default_F 1"),
            ["-floatfile x is written over by -intfile ./x"]
        );
        assert_eq!(
            notes("-noisefile x -intfile x -pgmfile x -default_F 1"),
            [
                "-intfile x is written over by -pgmfile x",
                "-pgmfile x is written over by -noisefile x"
            ]
        );
        assert_eq!(
            notes("-hkl none -dump x -floatfile x"),
            ["-dump x is written over by -floatfile x"]
        );
        let everything =
            "-floatfile /dev/null -intfile /dev/null -noisefile /dev/null -default_F 1";
        assert_eq!(notes(everything), [""; 0]);
    }
}

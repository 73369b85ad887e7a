//! Where runs write: no two of them to one place, and none over what another reads.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use nanobragg_reference::arguments::settings::OutputSettings;
use nanobragg_reference::host::Host;
use nanobragg_reference::{named, output};

use super::command::{Outline, Output};
use super::file::Run;

/// The places of a run's outputs, in their order; `None` for a device or a pipe.
pub type Places = Vec<Option<PathBuf>>;

/// Finds the places of all outputs.
///
/// # Errors
/// Two outputs of one place, an output that some run reads, a folder that is missing; each with
/// its run. `kept` are files that no run may replace.
pub fn check(
    runs: &[Run],
    outlines: &[Outline],
    kept: &[PathBuf],
) -> Result<Vec<Places>, Vec<String>> {
    let host = Host::at(0);
    let mut problems = Vec::new();
    let mut taken: HashMap<PathBuf, (&Run, &Output)> = HashMap::new();
    let mut all = Vec::with_capacity(runs.len());
    for (run, outline) in runs.iter().zip(outlines) {
        let mut places = Places::new();
        for output in &outline.outputs {
            let place = output::place(&output.name, &host).unwrap_or_else(|error| {
                problems.push(format!("{}: {}", run.origin, error.of_option(output.option)));
                None
            });
            if let Some(place) = &place {
                if place.to_str().is_none() {
                    let path = place.display();
                    problems.push(format!("{}: {path}: the name is not UTF-8", run.origin));
                }
                match taken.get(place) {
                    Some(other) => problems.push(twice(run, output, *other)),
                    None => drop(taken.insert(place.clone(), (run, output))),
                }
            }
            places.push(place);
        }
        all.push(places);
    }
    let mut known: HashMap<&Path, Option<PathBuf>> = HashMap::new();
    for (run, outline) in runs.iter().zip(outlines) {
        for input in &outline.inputs {
            let place = known.entry(&input.name).or_insert_with(|| input.name.canonicalize().ok());
            // An input that is not there yet may be what another run writes.
            let absent = || output::place(&input.name, &host).ok().flatten();
            let Some(place) = place.clone().or_else(absent) else { continue };
            let Some((writer, output)) = taken.get(&place) else { continue };
            let why = if std::ptr::eq(run, *writer) {
                let over = named::over(output, input);
                format!("{over}; a batch could not tell then that the run is done")
            } else {
                format!(
                    "{} {} is written by {} ({}); runs of a batch do not wait for each other",
                    input.option,
                    input.name.display(),
                    writer.origin,
                    output.option
                )
            };
            problems.push(format!("{}: {why}", run.origin));
        }
    }
    for kept in kept {
        let absent = || output::place(kept, &host).ok().flatten();
        let Some(kept) = kept.canonicalize().ok().or_else(absent) else { continue };
        if let Some((run, output)) = taken.get(&kept) {
            let (option, name) = (output.option, output.name.display());
            problems.push(format!("{}: {option} {name} is a file of the batch", run.origin));
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(problems) }
}

fn twice(run: &Run, output: &Output, (other, first): (&Run, &Output)) -> String {
    let origin = &run.origin;
    let name = output.name.display();
    if output.option == "-dump" && first.option == "-dump" {
        return format!(
            "{origin}: -dump {name} is also written by {}; leave it out, as a batch reads each \
             -hkl file once",
            other.origin
        );
    }
    let default = OutputSettings::default();
    let defaults = [&default.float, &default.int, &default.pgm, &default.noise];
    let how = if defaults.contains(&&output.name) {
        format!("its default; give {} a name in each run", output.option)
    } else {
        format!("{} {}", first.option, first.name.display())
    };
    let advice = match output.option {
        "-pgmfile" => ", or -nopgm",
        "-noisefile" => ", or -nonoise",
        _ => "",
    };
    format!(
        "{origin}: {} {name} is also written by {} ({how}{advice})",
        output.option, other.origin
    )
}

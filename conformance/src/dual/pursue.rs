//! How to go on from the first pixel that breaks the tolerance.

use super::Options;
use super::findings::Place;
use super::sides::Side;
use crate::clause::agree;
use crate::execute::CommandLine;

/// For each side that is a program, the command that describes this pixel in its report
/// (`-printout_pixel`), ready to paste into a directory of its own.
pub(super) fn commands(at: Place, sides: &[Side; 2], options: &Options) -> Vec<String> {
    let mut line = CommandLine { arguments: options.arguments.clone(), ..CommandLine::default() };
    let place = ["-printout_pixel".to_owned(), at.fast.to_string(), at.slow.to_string()];
    line.arguments.extend(place);
    let programs = sides.iter().filter(|side| side.program().is_some());
    let mut commands: Vec<String> = programs
        .map(|side| {
            if side.is_engine() {
                agree::command(&side.label, &line)
            } else {
                agree::command_of(&side.binary(), &line)
            }
        })
        .collect();
    commands.dedup();
    commands
}

//! `nb-compare`: runs two programs with the same arguments and compares their images.

use std::process::ExitCode;

use nanobragg_conformance::dual::{Exit, Surroundings, program};
use nanobragg_tools::limits;

fn main() -> ExitCode {
    limits::tell_of_large_files();
    let exit = match Surroundings::of_process() {
        Ok(surroundings) => {
            let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
            program(std::env::args_os().skip(1), &surroundings, &mut out, &mut err)
        }
        Err(error) => {
            eprintln!("error: the working directory: {error}");
            Exit::Data
        }
    };
    ExitCode::from(exit as u8)
}

//! `nb-bench`: measures engines and the C program, and compares results.

use std::process::ExitCode;

use clap::Parser;
use nanobragg_tools::bench::cli::{self, Cli};
use nanobragg_tools::limits;

fn main() -> ExitCode {
    limits::tell_of_large_files();
    match cli::main(Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_status())
        }
    }
}

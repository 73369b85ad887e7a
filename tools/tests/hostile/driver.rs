//! `-engine cuda` with drivers that no machine has: one line and exit status 3, whatever libcuda says.

use std::process::Command;

use libtest_mimic::{Completion, Failed, Trial};

use super::support::finish;

/// A run of a moment.
const SHORT: &str = "-engine cuda -cell 100 100 100 90 90 90 -lambda 1 -distance 100 -detpixels 16 -N 5 \
                     -default_F 100 -nonoise -nopgm";

/// The functions that are asked first, of a driver of some version whose start ends in some way.
const DRIVER: &str = "
int cuDriverGetVersion(int *version) { *version = VERSION; return 0; }
int cuInit(unsigned flags) { (void)flags; return STARTS; }
int cuGetErrorString(int error, const char **text) { (void)error; *text = \"no start\"; return 0; }
";

/// Drivers by name: their source, what it stands for, and the line that the program says.
const DRIVERS: [(&str, &str, &[&str], &str); 4] = [
    ("no-driver", "int nothing;", &[], "libcuda is not a driver's: it lacks cuDriverGetVersion"),
    (
        "too-old",
        DRIVER,
        &["-DVERSION=11080", "-DSTARTS=0"],
        "the driver knows CUDA 11.8; 12.0 or later is needed",
    ),
    ("no-gpu", DRIVER, &["-DVERSION=12000", "-DSTARTS=100"], "the driver finds no GPU"),
    ("no-start", DRIVER, &["-DVERSION=12000", "-DSTARTS=803"], "no start"),
];

/// A trial for each driver.
pub(super) fn trials() -> impl Iterator<Item = Trial> {
    DRIVERS.into_iter().map(|(name, source, flags, line)| {
        let name = format!("hostile::driver::{name}");
        Trial::ignorable_test(name, move || driver(source, flags, line))
    })
}

/// Makes the driver and lets the program find it.
fn driver(source: &str, flags: &[&str], line: &str) -> Result<Completion, Failed> {
    if !cfg!(target_os = "linux") {
        return Ok(Completion::ignored_with("libraries are found otherwise here"));
    }
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("driver.c"), source)?;
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o", "libcuda.so", "driver.c"]).args(flags);
    match compiler.current_dir(&folder).status() {
        Err(reason) => return Ok(Completion::ignored_with(format!("cc: {reason}"))),
        Ok(status) if !status.success() => return Err("cc does not make the driver".into()),
        Ok(_) => {}
    }
    let mut program = Command::new(env!("CARGO_BIN_EXE_nanobragg"));
    program.args(SHORT.split_whitespace()).current_dir(&folder);
    let outcome = finish(program.env("LD_LIBRARY_PATH", folder.path()))?;
    let expected = format!("error: -engine cuda: {line}\n");
    if outcome.status.code() == Some(3) && outcome.stderr == expected {
        return Ok(Completion::Completed);
    }
    Err(format!("{}: {} instead of {expected}", outcome.status, outcome.stderr).into())
}

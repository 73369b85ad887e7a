//! The shipped code of the kernels is that of their source: `shipped::fresh` by a sum, and where NVRTC
//! can be loaded `shipped::made` by making it again, and `shipped::GPU` for each generation of GPUs.
//!
//! `NB_SHIP=1` makes it anew; `.ci/nvrtc` gets the compiler for it.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use flate2::{Compression, GzBuilder};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use nanobragg_optimized::cuda::code::{self, FORMAT, ORIGIN};
use sha2::{Digest, Sha256};

/// Virtual GPUs that the source has to compile for.
const GPUS: [&str; 3] = ["compute_80", "compute_90", "compute_120"];

/// Set where the code is made anew.
const SHIP: &str = "NB_SHIP";

fn main() -> ExitCode {
    let mut trials = vec![
        Trial::ignorable_test("shipped::fresh", fresh),
        Trial::ignorable_test("shipped::made", made),
    ];
    for gpu in GPUS {
        trials.push(Trial::ignorable_test(format!("shipped::{gpu}"), move || compiles(gpu)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The shipped code was made from this source.
fn fresh() -> Result<Completion, Failed> {
    if std::env::var_os(SHIP).is_some() {
        return Ok(Completion::ignored_with(format!("{SHIP} is set: it is made anew")));
    }
    if !code::shipped()?.contains(".visible .entry nb_constant(") {
        return Err("the shipped code has no kernels".into());
    }
    if !code::shipped()?.lines().any(|line| line == FORMAT) {
        return Err(format!("the shipped code is not of the format '{FORMAT}'").into());
    }
    if line("sha256") == sum() {
        return Ok(Completion::Completed);
    }
    Err(format!("the source has changed: {SHIP}=1 .ci/nvrtc makes the code anew").into())
}

/// NVRTC makes the same of it.
fn made() -> Result<Completion, Failed> {
    let Some((major, minor)) = code::compiler() else { return Ok(missing()) };
    let version = format!("{major}.{minor}");
    if std::env::var_os(SHIP).is_some() {
        ship(&code::make()?, &version)?;
    } else if line("nvrtc") != version {
        let other = line("nvrtc");
        return Ok(Completion::ignored_with(format!("NVRTC {version} is another than {other}")));
    } else if code::make()? != code::shipped()? {
        return Err(format!("NVRTC makes something else: {SHIP}=1 .ci/nvrtc").into());
    }
    Ok(Completion::Completed)
}

/// NVRTC takes the source for a GPU.
fn compiles(gpu: &str) -> Result<Completion, Failed> {
    match code::compile(gpu) {
        _ if code::compiler().is_none() => Ok(missing()),
        Ok(_) => Ok(Completion::Completed),
        // An older compiler does not know a later GPU.
        Err(reason) if reason.contains("gpu-architecture") => Ok(Completion::ignored_with(reason)),
        Err(reason) => Err(reason.into()),
    }
}

fn missing() -> Completion {
    Completion::ignored_with("NVRTC cannot be loaded; .ci/nvrtc gets it")
}

fn sum() -> String {
    Sha256::digest(code::recipe()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a line of the origin says.
fn line(name: &str) -> &'static str {
    ORIGIN.lines().find_map(|line| line.strip_prefix(name)).map_or("", str::trim)
}

/// Writes the shipped code and what it was made from.
fn ship(text: &str, version: &str) -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cuda/shipped");
    let file = std::fs::File::create(folder.join("kernels.ptx.gz"))?;
    let mut packed = GzBuilder::new().mtime(0).write(file, Compression::best());
    packed.write_all(text.as_bytes())?;
    packed.finish()?;
    std::fs::write(folder.join("origin.txt"), format!("sha256 {}\nnvrtc {version}\n", sum()))
}

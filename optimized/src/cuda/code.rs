//! Code for the kernels: what is shipped, or what NVRTC makes of the source.
//!
//! Machine code is shipped for the GPUs of data centres, and text that the driver compiles for any
//! other and keeps. All of it comes from one source, and tests hold it to that. NVRTC takes most of a
//! minute, so it is asked where the driver takes none of the shipped code; `NB_CUDA_CODE=nvrtc` asks it
//! in any case, and `NB_CUDA_CODE=ptx` takes the text.
//!
//! A driver refuses text of a format that is younger than itself, and NVRTC writes the one of its own
//! release. The text uses nothing that the format of CUDA 12.0 lacks but a hint, so it is marked as that
//! one and goes without the hint; `.ci/nvrtc` has it assembled as such.

use std::io::Read;
use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaModule};
use cudarc::nvrtc::{CompileError, CompileOptions, Ptx, compile_ptx_with_opts};
use flate2::read::GzDecoder;

use super::driver::say;
use super::source::source;
use super::unchecked;

/// The code for the oldest GPU, as text that each driver compiles.
const SHIPPED: &[u8] = include_bytes!("shipped/kernels.ptx.gz");

/// The same as machine code, by compute capability: the driver would take half a minute to compile
/// the text, which it does once.
const NATIVE: [((i32, i32), &[u8]); 2] = [
    ((8, 0), include_bytes!("shipped/kernels.sm_80.cubin.gz")),
    ((9, 0), include_bytes!("shipped/kernels.sm_90.cubin.gz")),
];

/// What the shipped code was made from, and by what: two lines, `sha256` with that of [`recipe`], and
/// `nvrtc` with its version.
pub const ORIGIN: &str = include_str!("shipped/origin.txt");

/// What the compiler is told beside the GPU: nothing is contracted but what the source contracts.
const OPTIONS: [&str; 3] = ["--std=c++17", "--fmad=false", "-default-device"];

/// The virtual GPU that the shipped code is made for; each later one runs it.
pub const SHIPPED_FOR: &str = "compute_80";

/// The format of the text: that of CUDA 12.0, the oldest that a driver may have.
pub const FORMAT: &str = ".version 8.0";

/// All that the shipped code follows from, but the compiler.
pub fn recipe() -> String {
    format!("{SHIPPED_FOR} {FORMAT} {}\n{}", OPTIONS.join(" "), source())
}

/// The code for the oldest GPU, made anew.
///
/// # Errors
/// As [`compile`].
pub fn make() -> Result<String, String> {
    let text = compile(SHIPPED_FOR)?;
    let format = text.lines().find(|line| line.starts_with(".version "));
    let format = format.ok_or("NVRTC: its text names no version")?;
    let marked = text.replacen(format, FORMAT, 1);
    // A hint about bytes of a load that nobody needs, which that format does not have.
    let lines =
        marked.split_inclusive('\n').filter(|line| !line.contains(".pragma \"used_bytes_mask"));
    Ok(lines.collect())
}

/// The shipped code.
///
/// # Errors
/// Code that is damaged.
pub fn shipped() -> Result<String, std::io::Error> {
    let mut text = String::new();
    GzDecoder::new(SHIPPED).read_to_string(&mut text)?;
    Ok(text)
}

/// Loads the kernels.
pub(super) fn load(
    context: &Arc<CudaContext>,
    capability: (i32, i32),
) -> Result<Arc<CudaModule>, String> {
    let choice = std::env::var("NB_CUDA_CODE").unwrap_or_default();
    let load = |code: Ptx| context.load_module(code).map_err(say);
    let compiled = || make().map(Ptx::from_src).and_then(load);
    let text = || shipped().map(Ptx::from_src).map_err(|error| error.to_string()).and_then(load);
    let native = || match native(capability) {
        Some(code) => code.map(Ptx::from_binary).map_err(|error| error.to_string()).and_then(load),
        None => Err("no machine code is shipped for it".into()),
    };
    match choice.as_str() {
        "nvrtc" => compiled(),
        "ptx" => text(),
        "" => native().or_else(|_| text()).or_else(|reason| match compiler() {
            Some(_) => compiled(),
            None => Err(format!("the driver does not take the kernels: {reason}")),
        }),
        other => Err(format!("NB_CUDA_CODE={other} is neither 'ptx' nor 'nvrtc'")),
    }
}

/// The shipped machine code for a compute capability: GPUs run that of an earlier one of their
/// generation, which is the major number.
fn native((major, minor): (i32, i32)) -> Option<Result<Vec<u8>, std::io::Error>> {
    let runs = |(known, _): &&((i32, i32), &[u8])| known.0 == major && known.1 <= minor;
    let (_, packed) = NATIVE.iter().rfind(runs)?;
    let mut code = Vec::new();
    Some(GzDecoder::new(*packed).read_to_end(&mut code).map(|_| code))
}

/// The version of NVRTC, where it can be loaded.
pub fn compiler() -> Option<(i32, i32)> {
    if unchecked::has_compiler() { unchecked::compiler_version() } else { None }
}

/// What NVRTC makes of the source for a virtual GPU, as `compute_90`.
///
/// # Errors
/// A compiler that is not there, and what it says.
pub fn compile(gpu: &str) -> Result<String, String> {
    if compiler().is_none() {
        return Err("NVRTC cannot be loaded".into());
    }
    let mut options = vec![format!("--gpu-architecture={gpu}")];
    options.extend(OPTIONS.map(str::to_owned));
    let options =
        CompileOptions { options, name: Some("kernels.cu".into()), ..CompileOptions::default() };
    let code = compile_ptx_with_opts(source(), options).map_err(|error| match error {
        CompileError::CompileError { log, .. } => format!("NVRTC: {}", log.to_string_lossy()),
        other => format!("NVRTC: {other}"),
    })?;
    Ok(code.to_src().trim_end_matches('\0').to_owned())
}

#[cfg(test)]
mod tests {
    use super::native;

    #[test]
    fn machine_code_is_that_of_the_generation() {
        let code = |major, minor| native((major, minor)).map(|code| code.expect("code"));
        assert!(code(8, 0).is_some() && code(8, 9) == code(8, 0));
        assert!(code(9, 0).is_some() && code(9, 0) != code(8, 0));
        assert!(code(7, 5).is_none() && code(10, 0).is_none() && code(12, 0).is_none());
    }
}

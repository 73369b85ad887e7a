//! The machine and the versions of all programs: `env.json`.

use std::path::Path;
use std::process::Command;

use nanobragg_conformance::store::sha256;
use nanobragg_optimized::Width;
use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use super::{Error, Result};
use crate::machine;

/// Where and with what a record was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Version of this program.
    pub version: String,
    /// Commit of its sources, with `+changes` where they differ from it; missing outside of a
    /// checkout.
    pub commit: Option<String>,
    /// The Rust compiler, the target and the optimization level.
    pub compiler: String,
    /// Name of the processor.
    pub cpu: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// Vector units of the processor, widest first.
    pub vector_units: Vec<String>,
    /// Features of the processor that its system lists.
    pub features: Vec<String>,
    /// Memory of the machine, bytes.
    pub memory_bytes: u64,
    /// The operating system.
    pub system: String,
    /// GPUs, with their memory and driver; empty where there are none.
    pub gpus: Vec<String>,
    /// The C program, where there is one.
    pub c_program: Option<CProgram>,
}

/// The C program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CProgram {
    /// Name of the executable.
    pub file: String,
    /// Digest of the executable.
    pub sha256: String,
    /// The compiler, as it signed the executable.
    pub compiler: Option<String>,
    /// Its flags, as the user says.
    pub flags: Option<String>,
    /// Whether it was built with OpenMP.
    pub openmp: bool,
}

impl Environment {
    /// Of this process and machine.
    pub fn here(c_program: Option<CProgram>) -> Environment {
        let kind = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let system = System::new_with_specifics(kind).ok();
        let cpu = system.as_ref().and_then(|system| system.cpus().first());
        Environment {
            version: env!("CARGO_PKG_VERSION").into(),
            commit: commit(),
            compiler: format!(
                "{}, {}, optimization level {}",
                env!("NB_COMPILER"),
                env!("NB_TARGET"),
                env!("NB_OPT_LEVEL")
            ),
            cpu: cpu.map(|cpu| cpu.brand().trim().to_owned()).unwrap_or_default(),
            cores: machine::cores().get(),
            vector_units: Width::available().iter().map(Width::to_string).collect(),
            features: features(),
            memory_bytes: system.as_ref().map_or(0, System::total_memory),
            system: format!(
                "{} {}",
                System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.into()),
                System::kernel_version().unwrap_or_default()
            ),
            gpus: gpus(),
            c_program,
        }
    }
}

/// Looks at the C program.
///
/// # Errors
/// A file that cannot be read.
pub fn c_program(path: &Path, flags: Option<String>) -> Result<CProgram> {
    let bytes = std::fs::read(path).map_err(Error::file(path))?;
    let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let signature = ["GCC: (", "clang version "].into_iter().find_map(|mark| {
        let start = bytes.windows(mark.len()).position(|window| window == mark.as_bytes())?;
        let text = bytes[start..].iter().take_while(|byte| (b' '..=b'~').contains(byte));
        String::from_utf8(text.copied().collect()).ok()
    });
    Ok(CProgram {
        file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        sha256: sha256(&bytes),
        compiler: signature,
        flags,
        openmp: ["GOMP_parallel", "__kmpc_fork_call"].into_iter().any(has),
    })
}

/// The commit of the sources.
fn commit() -> Option<String> {
    let folder = env!("CARGO_MANIFEST_DIR");
    let commit = output(Command::new("git").args(["-C", folder, "rev-parse", "HEAD"]))?;
    let changes = output(Command::new("git").args([
        "-C",
        folder,
        "status",
        "--porcelain",
        "--untracked-files=no",
    ]))?;
    Some(commit + if changes.is_empty() { "" } else { "+changes" })
}

/// Features of the processor, as Linux lists them.
fn features() -> Vec<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let flags = |line: &str| {
        let (name, flags) = line.split_once(':')?;
        matches!(name.trim(), "flags" | "Features").then(|| flags.to_owned())
    };
    let flags = text.lines().find_map(flags).unwrap_or_default();
    flags.split_whitespace().map(str::to_owned).collect()
}

/// The GPUs that the driver of NVIDIA lists.
fn gpus() -> Vec<String> {
    let query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"];
    let text = output(Command::new("nvidia-smi").args(query)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// What a command says, without the line feed at the end; `None` where it fails.
fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Environment, c_program};

    #[test]
    fn the_machine_is_described() {
        let here = Environment::here(None);
        assert!(here.cores > 0 && here.memory_bytes > 0);
        assert!(here.compiler.contains("rustc"), "{}", here.compiler);
        assert_eq!(here.vector_units.last().map(String::as_str), Some("portable"));
    }

    #[test]
    fn an_executable_shows_its_compiler_and_openmp() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("nanoBragg");
        std::fs::write(&path, b"\x7fELF GOMP_parallel\0GCC: (Debian 12.2.0) 12.2.0\0rest")
            .expect("a file");
        let program = c_program(&path, Some("-O3".into())).expect("a program");
        assert_eq!(program.compiler.as_deref(), Some("GCC: (Debian 12.2.0) 12.2.0"));
        assert!(program.openmp && program.sha256.len() == 64);
        assert_eq!((program.file.as_str(), program.flags.as_deref()), ("nanoBragg", Some("-O3")));
        assert!(c_program(&folder.path().join("no"), None).is_err());
    }
}

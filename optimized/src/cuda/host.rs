//! The kernels as plain C++ on the processor: compiled once in a process by the system's compiler
//! into a shared library. Blocks run in parallel, each with one thread.

use std::error::Error as Failure;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use nanobragg_reference::arguments::Precision;
use nanobragg_reference::{Error, Result};
use rayon::prelude::*;

use super::bands::Limits;
use super::device::{Device, Kernel};
use super::parameters::{Address, Parameters};
use super::source::source;
use super::unchecked::Library;

/// Blocks that are done one after the other.
const CHUNK: usize = 64;

/// What the processor says to have of memory.
const MEMORY: usize = 1 << 32;

/// What is in memory that nothing was written to: no number in any precision, so that it shows where
/// it is read.
const UNWRITTEN: u64 = 0xfff8_dead_ffc0_dead;

/// The processor as a device.
pub(super) struct Host(&'static Library);

impl Host {
    /// Compiles the kernels, or takes what was compiled before.
    pub(super) fn new() -> Result<Host> {
        static LIBRARY: OnceLock<std::result::Result<Library, String>> = OnceLock::new();
        match LIBRARY.get_or_init(|| compile().map_err(|error| error.to_string())) {
            Ok(library) => Ok(Host(library)),
            Err(reason) => Err(Error::Unavailable(format!("the kernels as plain C++: {reason}"))),
        }
    }
}

fn compile() -> std::result::Result<Library, Box<dyn Failure>> {
    let folder = tempfile::tempdir()?;
    let [text, object] = ["kernels.cpp", "kernels.so"].map(|name| folder.path().join(name));
    let entry = include_str!("kernel/host.h").replace("#include \"trace.h\"", "");
    std::fs::write(&text, source() + &entry)?;
    let target = target();
    let compiler = cc::Build::new()
        .cpp(true)
        .std("c++17")
        .opt_level(3)
        .pic(true)
        .target(&target)
        .host(&target)
        .out_dir(folder.path())
        .cargo_metadata(false)
        .warnings(false)
        .flag_if_supported("-march=native")
        .flag("-ffp-contract=off")
        .flag("-shared")
        .try_get_compiler()?;
    let output = compiler.to_command().arg(&text).arg("-o").arg(&object).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(Library::load(&object)?)
}

/// This machine as compilers call it.
fn target() -> String {
    let system = match std::env::consts::OS {
        "macos" => "apple-darwin",
        _ => "unknown-linux-gnu",
    };
    format!("{}-{system}", std::env::consts::ARCH)
}

impl Device for Host {
    /// The kernels write to it behind the compiler's back.
    type Memory = Vec<AtomicU64>;
    type Mark = Instant;

    fn block(&self) -> [usize; 2] {
        [1, 1]
    }

    /// Launches are done before they return, so they are short enough to be cancelled in between.
    fn limits(&self, _: Precision) -> Limits {
        Limits { memory: None, steps: 1 << 22, pixels: 1 << 12 }
    }

    fn free_memory(&self) -> Result<usize> {
        Ok(MEMORY)
    }

    fn allocate(&self, bytes: usize) -> Result<Option<Self::Memory>> {
        if bytes == 0 {
            return Err(Error::Impossible("memory of no bytes is asked for".into()));
        }
        let words = bytes.div_ceil(size_of::<u64>());
        Ok((bytes <= MEMORY).then(|| (0..words).map(|_| AtomicU64::new(UNWRITTEN)).collect()))
    }

    fn address(&self, memory: &Self::Memory) -> Address {
        memory.as_ptr().expose_provenance() as u64
    }

    fn upload(&self, bytes: &[u8], memory: &mut Self::Memory) -> Result<()> {
        for (word, bytes) in memory.iter().zip(bytes.chunks(size_of::<u64>())) {
            let mut whole = [0; size_of::<u64>()];
            whole[..bytes.len()].copy_from_slice(bytes);
            word.store(u64::from_ne_bytes(whole), Ordering::Relaxed);
        }
        Ok(())
    }

    fn launch(&self, kernel: Kernel, count: usize, parameters: &Parameters) -> Result<()> {
        (0..count.div_ceil(CHUNK)).into_par_iter().for_each(|chunk| {
            let blocks = (chunk * CHUNK) as i64..((chunk + 1) * CHUNK).min(count) as i64;
            self.0.run(kernel.number() as i32, parameters, blocks);
        });
        Ok(())
    }

    fn mark(&self) -> Result<Instant> {
        Ok(Instant::now())
    }

    fn seconds(&self, from: &Instant, to: &Instant) -> Result<f64> {
        Ok((*to - *from).as_secs_f64())
    }

    fn has_come(&self, _: &Instant) -> Result<bool> {
        Ok(true)
    }

    fn download(&self, memory: &Self::Memory, bytes: &mut [u8]) -> Result<()> {
        for (word, bytes) in memory.iter().zip(bytes.chunks_mut(size_of::<u64>())) {
            let whole = word.load(Ordering::Relaxed).to_ne_bytes();
            bytes.copy_from_slice(&whole[..bytes.len()]);
        }
        Ok(())
    }

    fn raise(&self, memory: &mut Self::Memory) -> Result<()> {
        self.upload(&1u64.to_ne_bytes(), memory)
    }
}

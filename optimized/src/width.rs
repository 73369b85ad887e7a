//! The choice of the vector unit at run time.

use std::fmt;

use nanobragg_reference::{Error, Result};
use pulp::{Simd, WithSimd};

/// A vector unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// 512 bits, x86-64-v4.
    Avx512,
    /// 256 bits with fused multiply-add, x86-64-v3.
    Avx2,
    /// 128 bits, AArch64.
    Neon,
    /// What every processor has, without fused multiply-add.
    Portable,
}

impl Width {
    /// All of them, widest first.
    pub const ALL: [Width; 4] = [Width::Avx512, Width::Avx2, Width::Neon, Width::Portable];

    /// The name that the environment variable `NB_SIMD` takes.
    pub fn name(self) -> &'static str {
        match self {
            Width::Avx512 => "avx512",
            Width::Avx2 => "avx2",
            Width::Neon => "neon",
            Width::Portable => "portable",
        }
    }

    /// The vector units of this machine, widest first; the portable one is always among them.
    pub fn available() -> Vec<Width> {
        Width::ALL.into_iter().filter(|width| width.is_available()).collect()
    }

    /// Whether this machine has it.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Width::Avx512 => pulp::x86::V4::try_new().is_some(),
            #[cfg(target_arch = "x86_64")]
            Width::Avx2 => pulp::x86::V3::try_new().is_some(),
            #[cfg(target_arch = "aarch64")]
            Width::Neon => pulp::aarch64::Neon::try_new().is_some(),
            Width::Portable => true,
            _ => false,
        }
    }

    /// The widest one, or the one that `NB_SIMD` names.
    ///
    /// # Errors
    /// A name that is not known, and a unit that this machine does not have.
    pub fn choose() -> Result<Width> {
        let Some(name) = std::env::var_os("NB_SIMD").filter(|name| !name.is_empty()) else {
            return Ok(Width::available()[0]);
        };
        let names = Width::ALL.map(Width::name).join(", ");
        let width = Width::ALL
            .into_iter()
            .find(|width| name == width.name())
            .ok_or_else(|| Error::Usage(format!("NB_SIMD={name:?} is not one of {names}")))?;
        if !width.is_available() {
            return Err(Error::Unavailable(format!(
                "NB_SIMD={width}: this machine has no such vector unit; it has: {}",
                Width::available().iter().map(|w| w.name()).collect::<Vec<_>>().join(", ")
            )));
        }
        Ok(width)
    }

    /// The vector unit that the steps of a pixel are recorded on: the recording is not compiled for
    /// the widest, whose bits are those of the other with fused multiply-add.
    pub(crate) fn recording(self) -> Width {
        if self == Width::Avx512 { Width::Avx2 } else { self }
    }

    /// Runs an operation compiled for this vector unit; for the portable one where this machine
    /// does not have it.
    pub(crate) fn run<Operation: WithSimd>(self, operation: Operation) -> Operation::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Width::Avx512 => {
                if let Some(simd) = pulp::x86::V4::try_new() {
                    return Simd::vectorize(simd, operation);
                }
            }
            #[cfg(target_arch = "x86_64")]
            Width::Avx2 => {
                if let Some(simd) = pulp::x86::V3::try_new() {
                    return Simd::vectorize(simd, operation);
                }
            }
            #[cfg(target_arch = "aarch64")]
            Width::Neon => {
                if let Some(simd) = pulp::aarch64::Neon::try_new() {
                    return Simd::vectorize(simd, operation);
                }
            }
            _ => {}
        }
        pulp::Scalar256b.vectorize(operation)
    }
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

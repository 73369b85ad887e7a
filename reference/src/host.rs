//! What a run takes from the machine that it runs on. The library asks the machine nothing by
//! itself, so that a run can be repeated exactly.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytemuck::Zeroable;

use crate::error::{Error, Result};

/// What every machine has room for, in bytes.
const SMALL: u128 = 1 << 24;

/// Most bytes that are read from something that does not tell its length: room for some 50 million
/// reflections.
const LONGEST_STREAM: u64 = 1 << 30;

/// The clock, the memory, the processors and the working directory.
#[derive(Clone, Debug)]
pub struct Host {
    /// Seconds since 1970, the seed of random streams that have none (C:355).
    pub now: i64,
    /// Tells the memory that a run may use, in bytes; unlimited where unknown. It is asked only
    /// for what is large.
    pub memory: fn() -> Option<u64>,
    /// Threads that may write files side by side, at least 1. What is written does not depend on it.
    pub threads: usize,
    /// What relative file names start from; the working directory of the process where empty.
    pub directory: PathBuf,
}

impl Host {
    /// A machine of unknown memory and one thread, at the time given, in the working directory of
    /// the process.
    pub fn at(now: i64) -> Self {
        Self { now, memory: || None, threads: 1, directory: PathBuf::new() }
    }

    /// Where a file lies that a user names.
    pub fn locate(&self, path: &Path) -> PathBuf {
        if self.directory.as_os_str().is_empty() {
            path.to_owned()
        } else {
            self.directory.join(path)
        }
    }

    /// The whole of a file.
    ///
    /// # Errors
    /// What the operating system says, with the file's name.
    pub(crate) fn read(&self, path: &Path) -> Result<Vec<u8>> {
        let failed = |source| Error::reading(path, source);
        let file = File::open(self.locate(path)).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        self.check_memory(&format!("reading {}", path.display()), u128::from(length), 1)?;
        // A pipe or a device does not tell its length, and may have no end.
        let mut bytes = Vec::new();
        let expected = usize::try_from(length).unwrap_or(usize::MAX);
        let refused = |_| failed(std::io::ErrorKind::OutOfMemory.into());
        bytes.try_reserve_exact(expected.saturating_add(1)).map_err(refused)?;
        let limit = length.max(LONGEST_STREAM) + 1;
        file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 == limit {
            return Err(Error::content(path, format!("more than {} bytes, or no end", limit - 1)));
        }
        Ok(bytes)
    }

    /// Refuses a request for `count` items of `size` bytes that does not fit, and says what it
    /// would need.
    ///
    /// # Errors
    /// The size needed and the memory there is.
    pub fn check_memory(&self, what: &str, count: u128, size: usize) -> Result<()> {
        let bytes = count.saturating_mul(size as u128);
        if bytes <= SMALL {
            return Ok(());
        }
        let memory = (self.memory)();
        let limit = u128::from(memory.unwrap_or(u64::MAX)).min(isize::MAX as u128);
        if bytes <= limit {
            return Ok(());
        }
        let available = match memory {
            Some(memory) => format!("; {} are available", readable(u128::from(memory))),
            None => String::new(),
        };
        Err(Error::Impossible(format!(
            "{what} would need {} of memory{available}",
            readable(bytes)
        )))
    }
}

/// A vector of `count` times `value`; memory that the system does not give is an error.
///
/// # Errors
/// The size that was refused.
pub(crate) fn filled<T: Clone>(what: &str, count: usize, value: T) -> Result<Vec<T>> {
    let mut items = Vec::new();
    items.try_reserve_exact(count).map_err(|_| refused::<T>(what, count))?;
    items.resize(count, value);
    Ok(items)
}

/// A vector of `count` zeros. It takes zeroed pages from the system, each at its first use: the
/// threads that fill a large vector share that work.
///
/// # Errors
/// The size that was refused.
pub fn zeroed<T: Zeroable>(what: &str, count: usize) -> Result<Vec<T>> {
    bytemuck::allocation::try_zeroed_vec(count).map_err(|()| refused::<T>(what, count))
}

fn refused<T>(what: &str, count: usize) -> Error {
    let bytes = count as u128 * size_of::<T>() as u128;
    Error::Impossible(format!(
        "{what} needs {} of memory, which the system does not give",
        readable(bytes)
    ))
}

/// A number of bytes for people.
fn readable(bytes: u128) -> String {
    const UNITS: [&str; 9] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::{Host, filled, zeroed};

    #[test]
    fn too_much_memory_is_refused_with_both_sizes() {
        let host = Host { memory: || Some(1 << 30), ..Host::at(0) };
        assert!(host.check_memory("an image", 1 << 28, 4).is_ok());
        let error = host.check_memory("an image", 1 << 30, 4).expect_err("too large");
        let text = error.to_string();
        assert!(text.contains("4.0 GiB") && text.contains("1.0 GiB"), "{text}");
        assert!(filled("a table", usize::MAX / 16, 0f64).is_err());
        assert!(zeroed::<f64>("a table", usize::MAX / 16).is_err());
        assert_eq!(zeroed::<f32>("an image", 3).expect("small"), [0.0; 3]);
    }
}

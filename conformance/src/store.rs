//! Recorded outputs on disk: one gzip file each, `goldens/data/CASE.KIND.gz`.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::cases::Kind;
use crate::{Error, Result};

/// Where an output of a case is kept.
pub fn path(folder: &Path, case: &str, kind: Kind) -> PathBuf {
    folder.join("data").join(format!("{case}.{}.gz", kind.name()))
}

/// Reads a recorded output.
///
/// # Errors
/// A file that is missing or damaged.
pub fn read(folder: &Path, case: &str, kind: Kind) -> Result<Vec<u8>> {
    let path = path(folder, case, kind);
    let file = std::fs::File::open(&path).map_err(Error::file(&path))?;
    let mut bytes = Vec::new();
    GzDecoder::new(file).read_to_end(&mut bytes).map_err(Error::file(&path))?;
    Ok(bytes)
}

/// Records an output.
///
/// # Errors
/// A file that cannot be written.
pub fn write(folder: &Path, case: &str, kind: Kind, bytes: &[u8]) -> Result<()> {
    let path = path(folder, case, kind);
    let failed = |source| Error::File { path: path.clone(), source };
    // No time and no name in the header: the same output gives the same file.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).map_err(failed)?;
    let packed = encoder.finish().map_err(failed)?;
    let parent = folder.join("data");
    std::fs::create_dir_all(&parent).map_err(Error::file(&parent))?;
    std::fs::write(&path, packed).map_err(failed)
}

/// Digest of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

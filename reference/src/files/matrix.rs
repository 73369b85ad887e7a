//! MOSFLM orientation matrices.

use std::path::Path;

use crate::cnumber::Scanner;
use crate::error::{Error, Result};
use crate::host::Host;
use crate::vector::Vector;

/// The reciprocal cell vectors a*, b*, c* as they stand in the file (C:1878-1890): its first nine
/// numbers are the x components of the three, then y, then z, in reciprocal Å times the wavelength
/// in Å.
///
/// # Errors
/// A file that cannot be read or does not begin with nine finite numbers. The C program goes on
/// with uninitialised vectors.
pub fn read_matrix(path: &Path, host: &Host) -> Result<[Vector; 3]> {
    let bytes = host.read(path)?;
    let mut scanner = Scanner::new(&bytes);
    let mut vectors = [[0.0; 3]; 3];
    for component in 0..3 {
        for vector in &mut vectors {
            let line = scanner.line();
            vector[component] = scanner.double().filter(|v| v.is_finite()).ok_or_else(|| {
                Error::content_at(path, line, "an orientation matrix needs nine finite numbers")
            })?;
        }
    }
    Ok(vectors)
}

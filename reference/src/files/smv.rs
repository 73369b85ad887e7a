//! Reading SMV (ADSC) images: headers that set the camera, and masks (C:4124-4263).

use std::path::{Path, PathBuf};

use ndarray::Array2;

use crate::cnumber;
use crate::error::{Error, Result};
use crate::host::Host;

/// An SMV file: its header and its bytes.
pub struct SmvFile {
    path: PathBuf,
    header: Vec<u8>,
    header_bytes: usize,
    bytes: Vec<u8>,
    whole_keys: bool,
    width: i32,
    height: i32,
}

impl SmvFile {
    /// Reads a file. Header keys match as substrings, the last one counts, as in the C program;
    /// or, with `whole_keys`, only as whole keys.
    ///
    /// # Errors
    /// A file that cannot be read or is no SMV image. The C program goes on with uninitialised
    /// values, or ends with a signal, for most of these.
    pub fn read(path: &Path, whole_keys: bool, host: &Host) -> Result<SmvFile> {
        SmvFile::parse(path, host.read(path)?, whole_keys)
    }

    /// The same for the bytes of a file that has been read; `path` is what errors name.
    ///
    /// # Errors
    /// Bytes that are no SMV image.
    pub fn parse(path: &Path, bytes: Vec<u8>, whole_keys: bool) -> Result<SmvFile> {
        if bytes.len() < 512 {
            return Err(Error::content(path, "shorter than the 512 bytes of an SMV header"));
        }
        if !bytes.starts_with(b"{\nHEADER_BYT") {
            return Err(Error::content(path, "does not look like an ADSC frame (SMV image)"));
        }
        let mut file = SmvFile {
            path: path.to_owned(),
            header: c_string(&bytes[..512]).to_vec(),
            header_bytes: 512,
            bytes,
            whole_keys,
            width: 0,
            height: 0,
        };
        let header_bytes = file.integer("HEADER_BYTES")?.unwrap_or(0);
        file.header_bytes = usize::try_from(header_bytes)
            .ok()
            .filter(|&count| count > 0 && count <= file.bytes.len())
            .ok_or_else(|| file.bad(format!("HEADER_BYTES is {header_bytes}")))?;
        if file.header_bytes != 512 {
            file.header = c_string(&file.bytes[..file.header_bytes]).to_vec();
        }
        if !contains(&file.header, b"BYTE_ORDER=") {
            return Err(file.bad("the header has no BYTE_ORDER"));
        }
        file.width = file.integer("SIZE1")?.unwrap_or(0);
        file.height = file.integer("SIZE2")?.unwrap_or(0);
        if file.width == 0 {
            file.width = file.integer("DETECTOR_DIMENSIONS")?.unwrap_or(0);
            file.height = file.width;
        }
        if file.width <= 0 || file.height <= 0 {
            return Err(file.bad(format!("an image of {} x {} pixels", file.width, file.height)));
        }
        if file.width.checked_mul(file.height).is_none() {
            return Err(file.bad(format!(
                "an image of {} x {} pixels is more than a 32-bit count holds",
                file.width, file.height
            )));
        }
        Ok(file)
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Pixels along the fast axis.
    pub fn width(&self) -> i32 {
        self.width
    }

    /// Pixels along the slow axis.
    pub fn height(&self) -> i32 {
        self.height
    }

    /// The number behind a key, `None` where the header does not have it (C:4236).
    ///
    /// # Errors
    /// A value that is infinite.
    pub fn value(&self, key: &str) -> Result<Option<f64>> {
        let value = if self.whole_keys {
            whole_key(&self.header, key)
        } else {
            last_substring(&self.header, key)
        };
        match value {
            // The C program takes NaN for "not there".
            Some(value) if value.is_nan() => Ok(None),
            Some(value) if value.is_infinite() => Err(self.bad(format!("{key} is {value}"))),
            other => Ok(other),
        }
    }

    fn integer(&self, key: &str) -> Result<Option<i32>> {
        let Some(value) = self.value(key)? else {
            return Ok(None);
        };
        if value.abs() > f64::from(i32::MAX) {
            return Err(self.bad(format!("{key} is {value}")));
        }
        Ok(Some(value as i32))
    }

    /// Bytes up to the end of the pixels. The C program counts the header in 2-byte units.
    fn end(&self) -> usize {
        self.header_bytes / 2 * 2 + 2 * self.width as usize * self.height as usize
    }

    /// Whether the file is shorter than its header says.
    pub fn is_truncated(&self) -> bool {
        self.bytes.len() < self.end()
    }

    /// The bytes of the pixels.
    ///
    /// # Errors
    /// A file that is shorter than its header says.
    pub(crate) fn pixels(&self) -> Result<&[u8]> {
        let (width, height) = (self.width as usize, self.height as usize);
        let wanted = self.end();
        self.bytes.get(wanted - 2 * width * height..wanted).ok_or_else(|| {
            self.bad(format!(
                "truncated: {} bytes where {width} x {height} pixels need {wanted}",
                self.bytes.len()
            ))
        })
    }

    /// Which pixels are not zero, `[slow, fast]` (C:452-457). Byte order plays no part.
    ///
    /// # Errors
    /// A file that is shorter than its header says.
    pub fn nonzero(&self) -> Result<Array2<bool>> {
        let (pixels, _) = self.pixels()?.as_chunks();
        let flags = pixels.iter().map(|&pixel| u16::from_ne_bytes(pixel) != 0).collect();
        Array2::from_shape_vec((self.height as usize, self.width as usize), flags)
            .map_err(|error| self.bad(error.to_string()))
    }

    fn bad(&self, reason: impl Into<String>) -> Error {
        Error::content(&self.path, reason)
    }
}

/// The bytes up to the first zero.
fn c_string(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    &bytes[..end]
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    find(text, word).is_some()
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

/// The number behind the first `=` that follows the last occurrence of `key`; 0 where there is no
/// `=` (C:4236-4263).
fn last_substring(header: &[u8], key: &str) -> Option<f64> {
    let mut rest = header;
    let mut found = false;
    while let Some(at) = find(rest, key.as_bytes()) {
        rest = &rest[at + key.len()..];
        found = true;
    }
    found.then(|| match find(rest, b"=") {
        Some(at) => cnumber::double(&rest[at + 1..]).value,
        None => 0.0,
    })
}

/// The number of the last `key=number;` whose key is the whole word.
fn whole_key(header: &[u8], key: &str) -> Option<f64> {
    header
        .split(|&b| b == b';' || b == b'\n')
        .filter_map(|entry| {
            let at = entry.iter().position(|&b| b == b'=')?;
            let name = entry[..at].trim_ascii();
            (name == key.as_bytes()).then(|| cnumber::double(&entry[at + 1..]).value)
        })
        .next_back()
}

#[cfg(test)]
mod tests {
    use super::{last_substring, whole_key};

    const HEADER: &[u8] = b"{\nDISTANCE=150;\nCLOSE_DISTANCE=120;\nXDS_ORGX=7;\nODD\n}";

    #[test]
    fn keys_match_as_substrings_or_whole() {
        assert_eq!(last_substring(HEADER, "DISTANCE"), Some(120.0));
        assert_eq!(whole_key(HEADER, "DISTANCE"), Some(150.0));
        assert_eq!(last_substring(HEADER, "ORGX"), Some(7.0));
        assert_eq!(whole_key(HEADER, "ORGX"), None);
        assert_eq!(last_substring(HEADER, "ODD"), Some(0.0));
        assert_eq!(last_substring(HEADER, "PHI"), None);
    }
}

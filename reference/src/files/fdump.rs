//! Binary dumps of the structure factors, `Fdump.bin` (C:2104-2129, C:2219-2242).
//!
//! Six integers in text, `h_min h_max k_min k_max l_min l_max`, a line feed and a form feed, then
//! the grid as native doubles, l fastest, with one more element along each axis than there are
//! indices.

use std::io::{self, Write};
use std::path::Path;

use crate::cnumber::Scanner;
use crate::error::{Error, Result};
use crate::experiment::StructureFactors;
use crate::host::Host;

/// A dump that was read.
#[derive(Debug)]
pub struct Dump {
    /// The table.
    pub factors: StructureFactors,
    /// Bytes of the grid that were taken for white space and lost.
    pub swallowed: usize,
}

/// Reads a dump. With `swallow`, bytes of the grid that look like white space and stand at its
/// beginning are lost, as in the C program, and everything behind them moves up.
///
/// # Errors
/// A file that cannot be read, is no dump, or is shorter than its ranges say; one whose table
/// would not fit in memory. The C program goes on with uninitialised ranges.
pub fn read_dump(path: &Path, swallow: bool, host: &Host) -> Result<Dump> {
    let bytes = host.read(path)?;
    let mut scanner = Scanner::new(&bytes);
    let mut header = [0; 6];
    for value in &mut header {
        *value = scanner.integer().ok_or_else(|| {
            Error::content(path, "no dump of structure factors: it must begin with six integers")
        })?;
    }
    let start = scanner.position();
    let written = start + 2;
    if bytes.get(start..written) != Some(b"\n\x0c") {
        return Err(Error::content(path, "no line feed and form feed behind the six integers"));
    }
    scanner.skip_space();
    let swallowed = if swallow { scanner.position() - written } else { 0 };
    let data = &bytes[written + swallowed..];

    let [h_min, h_max, k_min, k_max, l_min, l_max] = header;
    let mut factors =
        StructureFactors::allocate([h_min, k_min, l_min], [h_max, k_max, l_max], host)
            .map_err(|reason| Error::content(path, reason.to_string()))?;
    let [h_range, k_range, l_range] = factors.ranges();
    let stored = (h_range + 1) * (k_range + 1) * (l_range + 1) * 8;
    let missing = stored.saturating_sub(data.len());
    if missing > swallowed || (!swallow && data.len() != stored) {
        return Err(Error::content(
            path,
            format!("{} bytes of structure factors where its ranges ask for {stored}", data.len()),
        ));
    }
    let (k_stride, l_stride) = (k_range + 1, l_range + 1);
    for (row, mut values) in factors.values.rows_mut().into_iter().enumerate() {
        let (h, k) = (row / k_range, row % k_range);
        let at = (h * k_stride + k) * l_stride * 8;
        let mut words = data.get(at..).unwrap_or_default().chunks(8);
        // Where bytes were lost, the last number is cut short, and zeros stand for the rest.
        values.map_inplace(|value| *value = number(words.next().unwrap_or_default()));
        if let Some(l) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::content(
                path,
                format!(
                    "the structure factor of {} {} {} is {}",
                    h as i64 + i64::from(h_min),
                    k as i64 + i64::from(k_min),
                    l as i64 + i64::from(l_min),
                    values[l]
                ),
            ));
        }
    }
    let volume = h_range as u128 * k_range as u128 * l_range as u128;
    factors.count = i32::try_from(volume)
        .map_err(|_| Error::content(path, format!("{volume} structure factors are too many")))?;
    Ok(Dump { factors, swallowed })
}

/// A number in native byte order; zeros stand for bytes that are missing.
fn number(stored: &[u8]) -> f64 {
    let mut word = [0; 8];
    word[..stored.len()].copy_from_slice(stored);
    f64::from_ne_bytes(word)
}

/// Writes a dump.
///
/// # Errors
/// What the writer says.
pub fn write_dump(factors: &StructureFactors, out: &mut dyn Write) -> io::Result<()> {
    let [h_min, k_min, l_min] = factors.min;
    let [h_max, k_max, l_max] = factors.max;
    write!(out, "{h_min} {h_max} {k_min} {k_max} {l_min} {l_max}\n\x0c")?;
    let [h_range, k_range, l_range] = factors.ranges();
    // Each row ends with a zero, and one more row and one more plane are all zeros.
    let zeros = vec![0f64; l_range + 1];
    let mut row = zeros.clone();
    for h in 0..=h_range {
        for k in 0..=k_range {
            if h == h_range || k == k_range {
                out.write_all(bytemuck::cast_slice(&zeros))?;
                continue;
            }
            row.iter_mut()
                .zip(factors.values.slice(ndarray::s![h, k, ..]))
                .for_each(|(to, &from)| *to = from);
            out.write_all(bytemuck::cast_slice(&row))?;
        }
    }
    Ok(())
}

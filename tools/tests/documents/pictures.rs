//! The pictures of a document are what its commands give.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// The environment variable that, set to `record`, writes pictures anew.
const RECORD: &str = "NB_PICTURES";

/// How far a level of grey or colour may be from that of the picture that is kept: machines differ in
/// the last digit of a pixel, which may fall on the other side of a step.
const LEVELS: u8 = 2;

/// Compares the picture that a document shows with the one of the same name that its commands left
/// below a folder, or puts the latter in its place.
pub(crate) fn check(kept: &Path, folder: &Path) -> Result<(), String> {
    let name = kept.file_name().unwrap_or_default();
    let mut made = Vec::new();
    find(folder, name.as_ref(), &mut made);
    let [made] = made.as_slice() else {
        return Err(format!("{} files {} were made, not 1", made.len(), name.display()));
    };
    if std::env::var_os(RECORD).is_some_and(|value| value == "record") {
        let folder = kept.parent().unwrap_or(Path::new("."));
        return fs::create_dir_all(folder)
            .and_then(|()| fs::copy(made, kept))
            .map(drop)
            .map_err(|error| format!("{}: {error}", kept.display()));
    }
    let read = |path: &Path| fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let (kept, made) = (read(kept)?, read(made)?);
    // Plots of times are never the same twice.
    if name.as_encoded_bytes().ends_with(b".svg") { Ok(()) } else { compare(&kept, &made) }
}

fn compare(kept: &[u8], made: &[u8]) -> Result<(), String> {
    let ((old_size, old), (new_size, new)) = (pixels(kept)?, pixels(made)?);
    if old_size != new_size {
        return Err(format!("{new_size:?} pixels, kept are {old_size:?}"));
    }
    let off = old.iter().zip(&new).filter(|(a, b)| a.abs_diff(**b) > LEVELS).count();
    if off == 0 {
        return Ok(());
    }
    Err(format!(
        "{off} of {} levels are others; {RECORD}=record writes the picture anew",
        old.len()
    ))
}

/// Width, height and levels.
fn pixels(bytes: &[u8]) -> Result<((u32, u32), Vec<u8>), String> {
    let text = |error: png::DecodingError| error.to_string();
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().map_err(text)?;
    let mut levels = vec![0; reader.output_buffer_size().ok_or("a picture without a size")?];
    let frame = reader.next_frame(&mut levels).map_err(text)?;
    levels.truncate(frame.buffer_size());
    Ok(((frame.width, frame.height), levels))
}

fn find(folder: &Path, name: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            find(&path, name, found);
        } else if path.file_name().is_some_and(|other| other == name) {
            found.push(path);
        }
    }
}

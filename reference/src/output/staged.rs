//! Output files that appear whole or not at all: written beside their place and renamed at the
//! end. Devices and pipes are written directly.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::host::Host;

/// Random characters in the name of a temporary file.
const RANDOM: usize = 6;

/// How the names of temporary files end.
const PARTIAL: &str = ".partial";

/// Longest name, with its dot, that a temporary file begins with.
const LONGEST_PREFIX: usize = 199;

/// Links to links that are followed; systems follow no more.
const MOST_LINKS: usize = 40;

/// A file that is written and not yet in its place.
pub(crate) struct Staged {
    name: PathBuf,
    place: PathBuf,
    file: Option<NamedTempFile>,
}

impl Staged {
    /// Writes a file beside its place.
    pub(crate) fn write(
        name: &Path,
        host: &Host,
        fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<Staged> {
        let failed = |source| Error::writing(name, source);
        let located = host.locate(name);
        if is_special(&located) {
            let file = OpenOptions::new().write(true).open(&located).map_err(failed)?;
            fill_buffered(&file, fill).map_err(failed)?;
            return Ok(Staged { name: name.to_owned(), place: located, file: None });
        }
        let (place, folder) = place(name, host)?;
        let file = temporary(name, &place, &folder)?;
        fill_buffered(file.as_file(), fill).map_err(failed)?;
        Ok(Staged { name: name.to_owned(), place, file: Some(file) })
    }

    /// The temporary file and its place; `None` for what was written directly.
    pub(crate) fn beside(&self) -> Option<(&NamedTempFile, &Path)> {
        Some((self.file.as_ref()?, self.place.as_path()))
    }

    /// The name that the user gave.
    pub(crate) fn name(&self) -> &Path {
        &self.name
    }

    /// Puts the file in its place.
    pub(crate) fn commit(self) -> Result<()> {
        if let Some(file) = self.file {
            file.persist(&self.place).map_err(|error| Error::writing(&self.name, error.error))?;
        }
        Ok(())
    }
}

fn fill_buffered(
    file: &File,
    fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut writer = BufWriter::with_capacity(1 << 16, file);
    fill(&mut writer)?;
    writer.flush()
}

/// Whether a file could be written, without leaving a trace. One temporary file tells for its whole
/// folder, which is then among those `tried`.
pub(crate) fn probe(name: &Path, host: &Host, tried: &mut BTreeSet<PathBuf>) -> Result<()> {
    if is_special(&host.locate(name)) {
        return Ok(());
    }
    let (place, folder) = place(name, host)?;
    if !tried.contains(&folder) {
        temporary(name, &place, &folder)?;
        tried.insert(folder);
    }
    Ok(())
}

/// Something that exists and is neither a file nor a folder.
pub(crate) fn is_special(place: &Path) -> bool {
    std::fs::metadata(place).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// The place where `name` is to be, links followed, and its folder.
fn place(name: &Path, host: &Host) -> Result<(PathBuf, PathBuf)> {
    let failed = |source| Error::writing(name, source);
    let mut place = host.locate(name);
    match std::fs::metadata(&place) {
        Ok(found) if found.is_dir() => {
            return Err(failed(std::io::ErrorKind::IsADirectory.into()));
        }
        Ok(_) => {
            place = place.canonicalize().map_err(failed)?;
            // A file that may not be written is not replaced either.
            OpenOptions::new().append(true).open(&place).map_err(failed)?;
        }
        // A link to nothing stays a link, and what it points at appears.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            for _ in 0..MOST_LINKS {
                let Ok(target) = std::fs::read_link(&place) else { break };
                place = place.parent().unwrap_or(Path::new("")).join(target);
            }
        }
        Err(error) => return Err(failed(error)),
    }
    // `d/` and `d/.` have a last component, and can only be directories.
    let bytes = place.as_os_str().as_encoded_bytes();
    if bytes.ends_with(b"/") || bytes.ends_with(b"/.") {
        return Err(failed(std::io::ErrorKind::IsADirectory.into()));
    }
    if place.file_name().is_none() {
        return Err(failed(std::io::ErrorKind::InvalidFilename.into()));
    }
    let folder = match place.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    Ok((place, folder))
}

/// Where an output is to be, links followed, from the root on; `None` for a device or a pipe.
pub(crate) fn absolute_place(name: &Path, host: &Host) -> Result<Option<PathBuf>> {
    if is_special(&host.locate(name)) {
        return Ok(None);
    }
    let (place, folder) = place(name, host)?;
    let folder = folder.canonicalize().map_err(|source| Error::writing(name, source))?;
    Ok(place.file_name().map(|file| folder.join(file)))
}

/// The name of the output that a temporary file was for, where its name tells.
pub(crate) fn output_of(temporary: &str) -> Option<&str> {
    let name = temporary.strip_suffix(PARTIAL)?;
    let (prefix, random) = name.split_at_checked(name.len().checked_sub(RANDOM)?)?;
    let output = prefix.strip_prefix('.').filter(|output| !output.is_empty())?;
    random.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(output)
}

/// A temporary file in a folder, for the output `name`.
fn temporary(name: &Path, place: &Path, folder: &Path) -> Result<NamedTempFile> {
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(place.file_name().unwrap_or_default());
    let mut builder = tempfile::Builder::new();
    builder.suffix(PARTIAL).rand_bytes(RANDOM);
    // Opened here: tempfile would put the temporary name into its errors, and would give nobody
    // but the user permissions.
    let open = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
    // A long name leaves no room for the prefix; any name beside the place will do.
    let file = if prefix.len() <= LONGEST_PREFIX {
        builder.prefix(&prefix).make_in(folder, open)
    } else {
        builder.make_in(folder, open)
    };
    file.map_err(|source| Error::writing(name, source))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Staged, output_of};
    use crate::host::Host;

    #[test]
    fn a_temporary_file_tells_what_it_was_for() {
        let folder = tempfile::tempdir().expect("a directory");
        let host = Host { directory: folder.path().to_owned(), ..Host::at(0) };
        let staged = Staged::write(Path::new("a.b.img"), &host, |_| Ok(())).expect("a file");
        let (file, place) = staged.beside().expect("a temporary file");
        let name = file.path().file_name().and_then(|name| name.to_str()).expect("a name");
        assert_eq!((output_of(name), place), (Some("a.b.img"), &*folder.path().join("a.b.img")));
        for other in ["a.partial", ".Abc123.partial", ".a.bAbc12-.partial", ".aAbc123.part", "é"] {
            assert_eq!(output_of(other), None, "{other}");
        }
    }
}

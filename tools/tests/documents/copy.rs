//! A copy of what commands in documents may read, with the programs of this build.

use std::path::{Path, PathBuf};
use std::{fs, io};

use tempfile::TempDir;

/// What a copy of the tree holds. Sources are not there: no command of a document reads them.
const COPIED: [&str; 6] =
    ["README.md", "benchmarks", "conformance/corpus", "docs", "goldens", "spec"];

/// The programs, by their names.
pub(crate) const PROGRAMS: [(&str, &str); 6] = [
    ("nanobragg", env!("CARGO_BIN_EXE_nanobragg")),
    ("nb-bench", env!("CARGO_BIN_EXE_nb-bench")),
    ("nb-compare", env!("CARGO_BIN_EXE_nb-compare")),
    ("nb-fuzz", env!("CARGO_BIN_EXE_nb-fuzz")),
    ("nb-goldens", env!("CARGO_BIN_EXE_nb-goldens")),
    ("nb-spec", env!("CARGO_BIN_EXE_nb-spec")),
];

/// Copies the tree.
pub(crate) fn copy(root: &Path) -> io::Result<TempDir> {
    let home = tempfile::tempdir()?;
    for name in COPIED {
        let mut names = Vec::new();
        files(root, Path::new(name), &mut names)?;
        for name in names {
            let place = home.path().join(&name);
            fs::create_dir_all(place.parent().unwrap_or(home.path()))?;
            fs::copy(root.join(&name), place)?;
        }
    }
    let release = home.path().join("target/release");
    fs::create_dir_all(&release)?;
    for (name, program) in PROGRAMS {
        link(Path::new(program), &release.join(name))?;
    }
    if let Some(program) = c_program() {
        link(&program, &home.path().join("nanoBragg"))?;
    }
    Ok(home)
}

/// The C program, where `NB_C_BIN` names it.
pub(crate) fn c_program() -> Option<PathBuf> {
    let program = PathBuf::from(std::env::var_os("NB_C_BIN").filter(|name| !name.is_empty())?);
    fs::canonicalize(program).ok()
}

/// The files below a path of the tree, or the file that it is; not what is built, nor what is
/// hidden.
pub(crate) fn files(root: &Path, name: &Path, names: &mut Vec<PathBuf>) -> io::Result<()> {
    if root.join(name).is_file() {
        names.push(name.to_owned());
        return Ok(());
    }
    let mut entries: Vec<_> = fs::read_dir(root.join(name))?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = name.join(entry.file_name());
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden && path != Path::new("target") {
            files(root, &path, names)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(program: &Path, place: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(program, place)
}

#[cfg(not(unix))]
fn link(program: &Path, place: &Path) -> io::Result<()> {
    fs::copy(program, place).map(drop)
}

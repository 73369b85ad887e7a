//! Running the program in a directory of its own, and looking at what it leaves there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// No run here takes more than a second or two; one that takes this long hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// What became of a run.
pub(crate) struct Outcome {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command to its end.
///
/// Its output goes by way of files, as a pipe that nobody reads would stop it.
pub(crate) fn finish(command: &mut Command) -> Result<Outcome, String> {
    let scratch = || tempfile::tempfile().map_err(|error| error.to_string());
    let (mut stdout, mut stderr) = (scratch()?, scratch()?);
    let clone = |file: &fs::File| file.try_clone().map_err(|error| error.to_string());
    command.stdin(Stdio::null()).stdout(clone(&stdout)?).stderr(clone(&stderr)?);
    let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    let status = wait(&mut child)?;
    Ok(Outcome { status, stdout: text(&mut stdout)?, stderr: text(&mut stderr)? })
}

/// Waits for the end of a process, and kills it where that does not come.
pub(crate) fn wait(child: &mut Child) -> Result<ExitStatus, String> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(status);
        }
        if start.elapsed() > LIMIT {
            // It may have ended by itself just now.
            drop(child.kill());
            child.wait().map_err(|error| error.to_string())?;
            return Err(format!("still running after {} s", LIMIT.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The whole of a file, whatever its bytes.
fn text(file: &mut fs::File) -> Result<String, String> {
    let mut bytes = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Something in a directory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    /// A file and its bytes.
    File(Vec<u8>),
    /// A link and what it points at.
    Link(PathBuf),
    /// A directory.
    Directory,
}

/// Everything in a directory, by its name.
pub(crate) fn contents(directory: &Path) -> BTreeMap<PathBuf, Entry> {
    let mut found = BTreeMap::new();
    collect(directory, Path::new(""), &mut found).expect("a directory that can be read");
    found
}

fn collect(
    directory: &Path,
    prefix: &Path,
    found: &mut BTreeMap<PathBuf, Entry>,
) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let (path, name) = (entry.path(), prefix.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&path, &name, found)?;
            found.insert(name, Entry::Directory);
        } else if kind.is_symlink() {
            found.insert(name, Entry::Link(fs::read_link(&path)?));
        } else {
            found.insert(name, Entry::File(fs::read(&path)?));
        }
    }
    Ok(())
}

//! The two sides that are compared: programs and files.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use nanobragg_reference::Engine;

use super::files::Contents;
use super::{Exit, Options, Problem, Surroundings};
use crate::clause::nearest;
use crate::engines;
use crate::execute::{C_EXECUTABLE, Program};
use crate::tolerance::{self, Bound};

/// Where the C program is where nobody says so.
const C_DEFAULT: &str = "./nanoBragg";

/// What the left side is without a C program: the engine that the others are measured by.
const YARDSTICK: &str = "reference";

/// What two runs of one engine promise that gives the same bytes.
const SAME: Bound = Bound { relative: 0.0, of_maximum: 0.0 };

/// A program or a file to compare.
pub(super) struct Side {
    /// What it is called in the report: an engine's label, `c`, `py`, or the name of the file.
    pub(super) label: String,
    /// Whether it has the role of the C program.
    pub(super) is_c: bool,
    renderer: Renderer,
}

enum Renderer {
    Engine(Box<dyn Engine + Send + Sync>),
    Executable(PathBuf),
    /// Nothing: the image is there.
    File(PathBuf),
}

impl Side {
    /// What renders; `None` for a file.
    pub(super) fn program(&self) -> Option<Program<'_>> {
        match &self.renderer {
            Renderer::Engine(engine) => Some(Program::Engine(engine.as_ref())),
            Renderer::Executable(path) => Some(Program::Executable(path.as_os_str())),
            Renderer::File(_) => None,
        }
    }

    /// The image file, where this is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match &self.renderer {
            Renderer::File(path) => Some(path),
            _ => None,
        }
    }

    /// Where it lies: the executable or the image file; `None` for an engine of ours.
    pub(super) fn place(&self) -> Option<&Path> {
        match &self.renderer {
            Renderer::Executable(path) | Renderer::File(path) => Some(path),
            Renderer::Engine(_) => None,
        }
    }

    /// Whether this is an engine of ours.
    pub(super) fn is_engine(&self) -> bool {
        matches!(self.renderer, Renderer::Engine(_))
    }

    /// The word for what this is in `summary.json`.
    pub(super) fn kind(&self) -> &'static str {
        match self.renderer {
            Renderer::Engine(_) => "engine",
            Renderer::Executable(_) => "executable",
            Renderer::File(_) => "file",
        }
    }

    /// How close to another side this one promises to be.
    fn promise(&self) -> Bound {
        if self.is_engine() || self.is_c {
            tolerance::bound(&self.label).unwrap_or(SAME)
        } else {
            tolerance::DOUBLE
        }
    }

    /// Whether this is the executable at a path.
    pub(super) fn is_at(&self, place: &Path) -> bool {
        matches!(&self.renderer, Renderer::Executable(path) if path == place)
    }

    /// The path of the executable or the file, or the engine and the version of this build.
    pub(super) fn binary(&self) -> String {
        match &self.renderer {
            Renderer::Executable(path) | Renderer::File(path) => path.display().to_string(),
            Renderer::Engine(engine) => {
                format!("engine {} of nanobragg {}", engine.label(), env!("CARGO_PKG_VERSION"))
            }
        }
    }
}

/// How far apart two sides may be: the wider of what they promise. Files and executables that are
/// not ours are held to what engines in double precision promise.
pub(super) fn promise([left, right]: &[Side; 2]) -> Bound {
    let (a, b) = (left.promise(), right.promise());
    Bound { relative: a.relative.max(b.relative), of_maximum: a.of_maximum.max(b.of_maximum) }
}

/// Finds both sides, so that nothing runs where one is missing.
pub(super) fn choose(options: &Options, surroundings: &Surroundings) -> Result<[Side; 2], Problem> {
    let find = Finder { surroundings };
    let left = match (&options.left, &options.c_bin) {
        (Some(name), _) => find.named("--left", name)?,
        (None, Some(path)) => find.c("--c-bin", OsStr::new(path))?,
        (None, None) if surroundings.c_bin.is_some() || find.executable(C_DEFAULT).is_some() => {
            find.named("the left side", "c")?
        }
        (None, None) => find.named("the left side", YARDSTICK)?,
    };
    let right = match (&options.right, &options.py_bin, &surroundings.py_bin) {
        (Some(name), ..) => find.named("--right", name)?,
        (None, Some(path), _) => find.py("--py-bin", OsStr::new(path))?,
        (None, None, Some(path)) => find.py("NB_PY_BIN", path)?,
        (None, None, None) => find.named("the right side", engines::DEFAULT)?,
    };
    Ok([left, right])
}

struct Finder<'a> {
    surroundings: &'a Surroundings,
}

impl Finder<'_> {
    /// A side by the name that a user gives it.
    fn named(&self, option: &str, name: &str) -> Result<Side, Problem> {
        if name == "c" {
            return match &self.surroundings.c_bin {
                Some(path) => self.c(C_EXECUTABLE, path),
                None => self.c(&format!("c ({C_EXECUTABLE} is not set)"), OsStr::new(C_DEFAULT)),
            };
        }
        if engines::is_engine(name) {
            let engine = engines::engine(name).map_err(|reason| Problem {
                exit: Exit::Runner,
                message: format!("{option}: {reason}"),
            })?;
            let renderer = Renderer::Engine(engine);
            return Ok(Side { label: name.into(), is_c: false, renderer });
        }
        let label = |path: &Path| {
            path.file_name().map_or(name.into(), |name| name.to_string_lossy().into_owned())
        };
        // Some file systems call every file executable: what is an image is no program.
        let place = self.surroundings.directory.join(name);
        let executable = self.executable(name);
        let contents = match Contents::of_file(&place) {
            Ok(contents) => contents,
            // A program may be executable and not readable.
            Err(_) if executable.is_some() => None,
            Err(error) => return Err(Problem::data(error)),
        };
        let is_image = match contents {
            Some(Contents::Npy | Contents::Smv | Contents::Cbf) => true,
            Some(Contents::Packed(_) | Contents::Foreign(_)) => true,
            // A name without a folder may also be a program elsewhere.
            Some(Contents::Raw) => executable.as_ref().is_none_or(|path| *path == place),
            _ => false,
        };
        if let Some(path) = executable.filter(|_| !is_image) {
            let renderer = Renderer::Executable(path.clone());
            return Ok(Side { label: label(&path), is_c: false, renderer });
        }
        if is_image {
            return Ok(Side { label: label(&place), is_c: false, renderer: Renderer::File(place) });
        }
        let reason = match contents {
            Some(Contents::Program) => "; it is a program that nobody may execute".to_owned(),
            Some(_) => "; it is a text".to_owned(),
            None if name.is_empty() => "; the name is empty".to_owned(),
            None if place.is_dir() => "; it is a directory".to_owned(),
            None if place.exists() => {
                "; it is a pipe or a device, and only a regular file is read as an image: write it \
                 into one first"
                    .to_owned()
            }
            None => nearest(name, engines::all()),
        };
        Err(Problem {
            exit: Exit::Runner,
            message: format!(
                "{option}: '{name}' is neither c, nor an engine ({}), nor an executable file, nor \
                 an image{reason}",
                engines::LABELS.join(", ")
            ),
        })
    }

    /// The C program, or what stands in for it.
    fn c(&self, source: &str, path: &OsStr) -> Result<Side, Problem> {
        let renderer = Renderer::Executable(self.required(source, path)?);
        Ok(Side { label: "c".into(), is_c: true, renderer })
    }

    /// The executable that is compared with the C program.
    fn py(&self, source: &str, path: &OsStr) -> Result<Side, Problem> {
        let renderer = Renderer::Executable(self.required(source, path)?);
        Ok(Side { label: "py".into(), is_c: false, renderer })
    }

    fn required(&self, source: &str, path: &OsStr) -> Result<PathBuf, Problem> {
        self.executable(path).ok_or_else(|| Problem {
            exit: Exit::Runner,
            message: format!("{source}: '{}' is not an executable file", path.display()),
        })
    }

    /// The absolute path of an executable; a name without a folder is looked for as a shell does.
    fn executable(&self, name: impl AsRef<OsStr>) -> Option<PathBuf> {
        let Surroundings { path, directory, .. } = self.surroundings;
        which::which_in(name, path.as_ref(), directory).ok()
    }
}

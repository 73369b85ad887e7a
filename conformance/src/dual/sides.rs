//! The two programs that are compared.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use nanobragg_reference::Engine;

use super::{Exit, Options, Problem, Surroundings};
use crate::engines;
use crate::execute::{C_EXECUTABLE, Program};

/// Where the C program is where nobody says so.
const C_DEFAULT: &str = "./nanoBragg";

/// What the left side is without a C program: the engine that the others are measured by.
const YARDSTICK: &str = "reference";

/// A program to compare.
pub(super) struct Side {
    /// What it is called in the report: an engine's label, `c`, `py`, or the executable's name.
    pub(super) label: String,
    /// Whether it has the role of the C program.
    pub(super) is_c: bool,
    renderer: Renderer,
}

enum Renderer {
    Engine(Box<dyn Engine + Send + Sync>),
    Executable(PathBuf),
}

impl Side {
    /// What renders.
    pub(super) fn program(&self) -> Program<'_> {
        match &self.renderer {
            Renderer::Engine(engine) => Program::Engine(engine.as_ref()),
            Renderer::Executable(path) => Program::Executable(path.as_os_str()),
        }
    }

    /// Whether this is the executable at a path.
    pub(super) fn is_at(&self, place: &Path) -> bool {
        matches!(&self.renderer, Renderer::Executable(path) if path == place)
    }

    /// The executable, or the engine and the version of this build.
    pub(super) fn binary(&self) -> String {
        match &self.renderer {
            Renderer::Executable(path) => path.display().to_string(),
            Renderer::Engine(engine) => {
                format!("engine {} of nanobragg {}", engine.label(), env!("CARGO_PKG_VERSION"))
            }
        }
    }
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
        let path = self.executable(name).ok_or_else(|| Problem {
            exit: Exit::Runner,
            message: format!(
                "{option}: '{name}' is neither c, nor an engine ({}), nor an executable file",
                engines::LABELS.join(", ")
            ),
        })?;
        let label = path.file_name().map_or(name.into(), |name| name.to_string_lossy().into());
        Ok(Side { label, is_c: false, renderer: Renderer::Executable(path) })
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

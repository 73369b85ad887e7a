//! The programs that processes are made of: ours, and the C program.

use std::path::PathBuf;

use nanobragg_conformance::engines::C;
use nanobragg_conformance::execute::C_EXECUTABLE;

use super::process::Program;
use super::{Error, Result};

/// The programs, and the machine.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The program of this build, for whole processes of its engines.
    pub nanobragg: Option<PathBuf>,
    /// The C program.
    pub c: Option<PathBuf>,
    /// Whether the C program was built with OpenMP.
    pub c_threads: bool,
    /// Cores of the machine.
    pub cores: usize,
}

impl Programs {
    /// The program that runs an engine as a process; `None` where it is not there.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for a C program that is not there or has no threads.
    pub(super) fn of(&self, label: &str, threads: usize) -> Result<Option<Program>> {
        if label == C {
            let missing = || Error::Unavailable(format!("{C_EXECUTABLE} is not set"));
            let executable = self.c.clone().ok_or_else(missing)?;
            if threads > 1 && !self.c_threads {
                let text = "the C program was built without OpenMP: it has one thread";
                return Err(Error::Unavailable(text.into()));
            }
            let environment = vec![("OMP_NUM_THREADS", threads.to_string())];
            return Ok(Some(Program { executable, arguments: Vec::new(), environment }));
        }
        Ok(self.nanobragg.clone().map(|executable| Program {
            executable,
            arguments: options(label, threads),
            environment: Vec::new(),
        }))
    }
}

/// The options of `nanobragg` that choose an engine.
fn options(label: &str, threads: usize) -> Vec<String> {
    let (engine, precision) = match label.strip_suffix("-mixed") {
        Some(engine) => (engine, "mixed"),
        None => (label, "double"),
    };
    let threads = threads.to_string();
    ["-engine", engine, "-precision", precision, "-threads", &threads].map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use super::{Programs, options};

    #[test]
    fn a_precision_is_an_option_of_its_own() {
        assert_eq!(options("cpu-mixed", 2).join(" "), "-engine cpu -precision mixed -threads 2");
    }

    #[test]
    fn a_c_program_without_openmp_has_one_thread() {
        let c = Some("nanoBragg".into());
        let programs = Programs { nanobragg: None, c, c_threads: false, cores: 2 };
        assert!(programs.of("cpu", 2).expect("no program is no error").is_none());
        let program = programs.of("c", 1).expect("a program").expect("a program");
        assert_eq!(program.environment, [("OMP_NUM_THREADS", "1".to_owned())]);
        assert!(programs.of("c", 2).is_err_and(|error| error.to_string().contains("OpenMP")));
    }
}

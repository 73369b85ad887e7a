//! The options that this program has beside those of the C program. They are taken out of the
//! command line first, so that they do not count among the arguments that the C program sees.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::settings::Trace;
use crate::error::{Error, Result};
use crate::quirks::Quirks;
use crate::suggest;

/// The engine that `-engine` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineChoice {
    /// The literal scalar engine.
    Reference,
    /// The batched engine on the processor.
    Cpu,
    /// The batched engine on an NVIDIA device.
    Cuda,
    /// The fastest one that is usable for the job.
    Auto,
}

/// The precision that `-precision` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Double precision throughout.
    Double,
    /// Double precision for the Miller indices, single precision after that.
    Mixed,
}

/// Where the steps of a traced pixel go if the user names no file.
const TRACE_FILE: &str = "trace.jsonl";

/// One of our own options: name, values as shown, help.
pub(super) struct OwnOption {
    pub(super) name: &'static str,
    pub(super) placeholder: &'static str,
    pub(super) help: &'static str,
}

impl OwnOption {
    /// Number of values that follow.
    fn values(&self) -> usize {
        self.placeholder.split_whitespace().count()
    }
}

/// All of them; an empty placeholder means that no value follows, each word of another stands for a
/// value.
pub(super) const OWN: &[OwnOption] = &[
    OwnOption {
        name: "engine",
        placeholder: "reference|cpu|cuda|auto",
        help: "which engine renders [cpu]; cuda needs an NVIDIA GPU",
    },
    OwnOption {
        name: "threads",
        placeholder: "COUNT",
        help: "threads of the engine and of file output [all cores]; the reference engine computes with one",
    },
    OwnOption {
        name: "precision",
        placeholder: "double|mixed",
        help: "arithmetic of the engine [double]; the reference engine has double alone",
    },
    OwnOption {
        name: "quirks",
        placeholder: "c|none|LIST",
        help: "which peculiarities of the C program are kept [c]; a list such as c,-stale-phi or none,+stale-phi",
    },
    OwnOption {
        name: "pngfile",
        placeholder: "FILE",
        help: "8-bit PNG preview, dark spots on a light background, contrast chosen from the image",
    },
    OwnOption {
        name: "npyfile",
        placeholder: "FILE",
        help: "the float image as a NumPy array, indexed [slow, fast]",
    },
    OwnOption {
        name: "cbffile",
        placeholder: "FILE",
        help: "the counts of -intfile as CBF with a miniCBF header, for DIALS, XDS and fabio",
    },
    OwnOption {
        name: "noisecbf",
        placeholder: "FILE",
        help: "the counts of -noisefile as a CBF like that of -cbffile, also with -nonoise",
    },
    OwnOption {
        name: "trace_pixel",
        placeholder: "SLOW FAST",
        help: "write every step of the calculation of one pixel, slow coordinate first, counted from 0",
    },
    OwnOption {
        name: "tracefile",
        placeholder: "FILE",
        help: "where the steps of -trace_pixel go, as JSON lines [trace.jsonl]",
    },
    OwnOption {
        name: "column",
        placeholder: "NAME",
        help: "column of an MTZ or CIF file of -hkl that holds the structure factors [amplitudes \
               before intensities, a pair for Friedel mates before a mean]",
    },
    OwnOption {
        name: "lenient",
        placeholder: "",
        help: "warn of arguments that the C program ignores instead of refusing them",
    },
    OwnOption {
        name: "version",
        placeholder: "",
        help: "show the version and what this build and this machine offer",
    },
    OwnOption { name: "help", placeholder: "", help: "show this help (also -h)" },
];

/// What our own options ask for.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) help: bool,
    pub(super) version: bool,
    pub(super) lenient: bool,
    pub(super) engine: EngineChoice,
    pub(super) precision: Precision,
    pub(super) threads: Option<usize>,
    pub(super) quirks: Quirks,
    pub(super) png: Option<PathBuf>,
    pub(super) npy: Option<PathBuf>,
    pub(super) cbf: Option<PathBuf>,
    pub(super) noise_cbf: Option<PathBuf>,
    pub(super) column: Option<String>,
    pub(super) trace: Option<Trace>,
}

/// Splits a command line into our own options and the arguments that the C program knows.
pub(super) fn split(arguments: &[OsString]) -> Result<(Own, Vec<OsString>)> {
    let mut own = Own {
        help: false,
        version: false,
        lenient: false,
        engine: EngineChoice::Cpu,
        precision: Precision::Double,
        threads: None,
        quirks: Quirks::C,
        png: None,
        npy: None,
        cbf: None,
        noise_cbf: None,
        column: None,
        trace: None,
    };
    let (mut traced, mut trace_file) = (None, None);
    let mut rest = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let Some(option) = find(argument) else {
            rest.push(argument.clone());
            continue;
        };
        let count = option.values();
        let values: Vec<&OsStr> = arguments.by_ref().take(count).map(OsString::as_os_str).collect();
        if values.len() < count {
            let number = if count == 1 { "a value".into() } else { format!("{count} values") };
            return Err(Error::Usage(format!(
                "-{} needs {number}: {}",
                option.name, option.placeholder
            )));
        }
        match (option.name, values.as_slice()) {
            ("trace_pixel", [slow, fast]) => {
                traced = Some([coordinate(option.name, fast)?, coordinate(option.name, slow)?]);
            }
            ("tracefile", [file]) => trace_file = Some(PathBuf::from(file)),
            (name, values) => own.set(name, values.first().copied().unwrap_or_default())?,
        }
    }
    if traced.is_none() && trace_file.is_some() && !own.help && !own.version {
        return Err(Error::Usage(
            "-tracefile needs -trace_pixel SLOW FAST, the pixel to trace".into(),
        ));
    }
    own.trace =
        traced.map(|pixel| Trace { pixel, file: trace_file.unwrap_or_else(|| TRACE_FILE.into()) });
    Ok((own, rest))
}

/// Whether an argument is one of the options that the C program does not know, such as `-engine`,
/// with one dash or two. It knows `-help`.
pub fn is_own_option(argument: &OsStr) -> bool {
    find(argument).is_some_and(|option| option.name != "help")
}

fn find(argument: &OsStr) -> Option<&'static OwnOption> {
    let text = argument.to_str()?;
    let name = text.strip_prefix('-')?;
    let name = name.strip_prefix('-').unwrap_or(name);
    let name = if name == "h" { "help" } else { name };
    OWN.iter().find(|option| option.name == name)
}

impl Own {
    fn set(&mut self, name: &str, value: &OsStr) -> Result<()> {
        let text = value.to_string_lossy();
        match name {
            "help" => self.help = true,
            "version" => self.version = true,
            "lenient" => self.lenient = true,
            "pngfile" => self.png = Some(value.into()),
            "npyfile" => self.npy = Some(value.into()),
            "cbffile" => self.cbf = Some(value.into()),
            "noisecbf" => self.noise_cbf = Some(value.into()),
            "column" => self.column = Some(text.into_owned()),
            "engine" => {
                self.engine = choose(
                    name,
                    &text,
                    &[
                        ("reference", EngineChoice::Reference),
                        ("cpu", EngineChoice::Cpu),
                        ("cuda", EngineChoice::Cuda),
                        ("auto", EngineChoice::Auto),
                    ],
                )?;
            }
            "precision" => {
                let known = [("double", Precision::Double), ("mixed", Precision::Mixed)];
                self.precision = choose(name, &text, &known)?;
            }
            "threads" => {
                let count = text.parse().ok().filter(|count| (1..=65536).contains(count));
                self.threads = Some(count.ok_or_else(|| {
                    Error::Usage(format!("-threads: '{text}' is not a count from 1 to 65536"))
                })?);
            }
            _ => {
                self.quirks = Quirks::parse(&text)
                    .map_err(|error| Error::Usage(format!("-{name}: {error}")))?;
            }
        }
        Ok(())
    }
}

/// A coordinate of a pixel.
fn coordinate(option: &str, value: &OsStr) -> Result<usize> {
    let text = value.to_string_lossy();
    text.parse::<u32>().map(|number| number as usize).map_err(|_| {
        Error::Usage(format!("-{option}: '{text}' is not a pixel's number, which count from 0"))
    })
}

fn choose<T: Copy>(option: &str, given: &str, known: &[(&'static str, T)]) -> Result<T> {
    if let Some((_, choice)) = known.iter().find(|(name, _)| *name == given) {
        return Ok(*choice);
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let hint = suggest::nearest(given, names.iter().copied())
        .map(|name| format!("; did you mean '{name}'?"))
        .unwrap_or_default();
    Err(Error::Usage(format!("-{option}: '{given}' is not one of {}{hint}", names.join(", "))))
}

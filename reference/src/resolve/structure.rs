//! Loading the structure factors (C:1275-1285, C:2105-2262).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::arguments::settings::Settings;
use crate::cformat::g;
use crate::error::{Error, Result};
use crate::experiment::StructureFactors;
use crate::files::{fdump, hkl};
use crate::host::Host;
use crate::output::staged;
use crate::quirks::{Quirk, Quirks};
use crate::report::Report;

/// Name of the dump where `-dump` gives none (C:142).
const DEFAULT_DUMP: &str = "Fdump.bin";

/// Where the structure factors come from.
pub(super) enum Origin {
    /// Text file, and the dump to write, if any.
    Hkl(PathBuf, Option<PathBuf>),
    /// Dump.
    Dump(PathBuf),
    /// `-default_F` everywhere.
    Default,
}

/// Finds out where the structure factors come from.
///
/// With the quirk `implicit-fdump`, a dump of the default name counts even where nobody asked for
/// it.
pub(super) fn origin(settings: &Settings, quirks: Quirks, host: &Host) -> Result<Origin> {
    let implicit = quirks.has(Quirk::ImplicitFdump);
    let dump = settings.inputs.dump.clone();
    let name = dump.clone().or_else(|| implicit.then(|| PathBuf::from(DEFAULT_DUMP)));
    if let Some(path) = &settings.inputs.hkl {
        return Ok(Origin::Hkl(path.clone(), name));
    }
    if let Some(path) = name {
        let wanted = !implicit || (dump.is_some() && settings.default_f == 0.0);
        if wanted || host.locate(&path).exists() {
            return Ok(Origin::Dump(path));
        }
    }
    if settings.default_f == 0.0 {
        return Err(Error::Usage(
            "no structure factors: give -hkl FILE or -default_F F (-help shows examples)".into(),
        ));
    }
    Ok(Origin::Default)
}

/// Loads the structure factors and reports it.
pub(super) fn load(
    settings: &Settings,
    origin: Origin,
    quirks: Quirks,
    host: &Host,
    decisive: &mut Quirks,
    notes: &mut Vec<String>,
    report: &mut Report<'_>,
) -> Result<(Option<Arc<StructureFactors>>, Option<PathBuf>)> {
    match origin {
        Origin::Default => Ok((None, None)),
        Origin::Dump(path) => {
            writeln!(report, "reading Fs from {}", path.display());
            let swallow = quirks.has(Quirk::ImplicitFdump);
            let dump = fdump::read_dump(&path, swallow, host)?;
            if swallow && (dump.swallowed > 0 || settings.inputs.dump.is_none()) {
                decisive.insert(Quirk::ImplicitFdump);
            }
            Ok((Some(Arc::new(dump.factors)), None))
        }
        Origin::Hkl(path, dump) => {
            let factors = read_hkl(settings, &path, quirks, host, decisive, notes, report)?;
            let dump = dump_to_write(dump, settings, host, notes, report)?;
            Ok((Some(Arc::new(factors)), dump))
        }
    }
}

/// The dump to write, if it can be written. The C program warns and goes on where it cannot
/// (C:2219-2223); for a dump that was asked for, that is an error here.
fn dump_to_write(
    dump: Option<PathBuf>,
    settings: &Settings,
    host: &Host,
    notes: &mut Vec<String>,
    report: &mut Report<'_>,
) -> Result<Option<PathBuf>> {
    let Some(path) = dump else { return Ok(None) };
    let asked_for = settings.inputs.dump.is_some();
    match staged::probe([path.as_path()], host) {
        Ok(()) => {
            writeln!(report, "writing dump file for next time: {}", path.display());
            Ok(Some(path))
        }
        Err(error) if !asked_for => {
            writeln!(report, "WARNING: unable to open dump file: {}", path.display());
            notes.push(error.to_string());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn read_hkl(
    settings: &Settings,
    path: &Path,
    quirks: Quirks,
    host: &Host,
    decisive: &mut Quirks,
    notes: &mut Vec<String>,
    report: &mut Report<'_>,
) -> Result<StructureFactors> {
    writeln!(report, "counting entries in {}", path.display());
    let reflections = if quirks.has(Quirk::HklTokens) {
        hkl::read_tokens(path, host)?
    } else {
        hkl::read_lines(path, host)?
    };
    if reflections.not_line_by_line {
        decisive.insert(Quirk::HklTokens);
    }
    if let Some(line) = reflections.stopped {
        notes.push(format!(
            "{}:{line}: reading stopped at something that is no number, after {} reflections",
            path.display(),
            reflections.list.len()
        ));
    }
    let (mut min, mut max) = ([i32::MAX; 3], [i32::MIN; 3]);
    for reflection in &reflections.list {
        for axis in 0..3 {
            min[axis] = min[axis].min(reflection.index[axis]);
            max[axis] = max[axis].max(reflection.index[axis]);
        }
    }
    let mut factors = StructureFactors::allocate(min, max, host)
        .map_err(|error| Error::content(path, error.to_string()))?;
    if settings.default_f != 0.0 {
        writeln!(report, "initializing to default_F = {}:", g(settings.default_f));
        factors.values.fill(settings.default_f);
        writeln!(report, "done initializing:");
    }
    writeln!(report, "re-reading {}", path.display());
    for reflection in &reflections.list {
        if let Some(place) = factors.place(reflection.index) {
            factors.values[place] = reflection.amplitude;
        }
        factors.last_read = reflection.amplitude;
    }
    factors.count = i32::try_from(reflections.list.len())
        .map_err(|_| Error::content(path, "more reflections than a 32-bit count holds"))?;
    Ok(factors)
}

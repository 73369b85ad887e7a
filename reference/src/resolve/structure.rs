//! Loading the structure factors (C:1275-1285, C:2105-2262).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::arguments::settings::{RTD, Settings};
use crate::cformat::g;
use crate::error::{Error, Result};
use crate::experiment::StructureFactors;
use crate::files::{fdump, hkl};
use crate::host::Host;
use crate::output::staged;
use crate::quirks::{Quirk, Quirks};
use crate::reflections::{ReflectionFile, cell_text};
use crate::report::Report;
use crate::resolve::tables::{Key, Table, Tables};
use crate::vector::{Vector, dot, magnitude};

/// Name of the dump where `-dump` gives none (C:142).
pub(crate) const DEFAULT_DUMP: &str = "Fdump.bin";

/// The bytes of the shortest reflection file, a list of one reflection: `0 0 0 1`.
const SHORTEST: usize = 7;

/// Where the structure factors come from.
pub(super) enum Origin {
    /// Reflection file, and the dump to write, if any.
    Hkl(HklFile, Option<PathBuf>),
    /// Dump.
    Dump(PathBuf),
    /// `-default_F` everywhere.
    Default,
}

/// A reflection file.
pub(super) struct HklFile {
    path: PathBuf,
    key: Key,
    state: State,
}

/// How far a reflection file is.
enum State {
    /// Read by this run.
    Read(Contents),
    /// Made into a table by another run.
    Known(Arc<Table>),
}

/// What a reflection file holds.
enum Contents {
    /// Text, of all of P1; where it could not be read, that is said when its turn comes.
    Text(Result<Vec<u8>>),
    /// Unique reflections with their symmetry, and the column that was named.
    Unique(Box<ReflectionFile>, Option<String>),
}

impl HklFile {
    /// Reads a file; a pipe can be read but once.
    fn read(
        path: &Path,
        key: Key,
        column: Option<&str>,
        host: &Host,
        tables: &Tables,
    ) -> Result<HklFile> {
        if let Some(table) = tables.get(&key) {
            return Ok(HklFile { path: path.to_owned(), key, state: State::Known(table) });
        }
        let bytes = host.read(path).map_err(|error| error.of_option("-hkl"));
        let unique = match &bytes {
            Ok(bytes) => ReflectionFile::read(path, bytes, host)?,
            Err(_) => None,
        };
        let contents = match (unique, column, bytes) {
            (Some(file), ..) => Contents::Unique(Box::new(file), column.map(str::to_owned)),
            (None, _, Ok(bytes)) if bytes.len() < SHORTEST => return Err(too_short(path, &bytes)),
            (None, Some(column), Ok(_)) => {
                let reason = format!("-column {column}: neither an MTZ nor a CIF file");
                return Err(Error::content(path, reason));
            }
            (None, _, bytes) => Contents::Text(bytes),
        };
        Ok(HklFile { path: path.to_owned(), key, state: State::Read(contents) })
    }

    /// The unit cell that the file gives.
    fn cell(&self) -> Option<[f64; 6]> {
        match &self.state {
            State::Read(Contents::Text(_)) => None,
            State::Read(Contents::Unique(file, column)) => file.cell_of(column.as_deref()),
            State::Known(table) => table.cell,
        }
    }

    /// What is wrong with the cell of the file where it cannot be used.
    fn unusable_cell(&self) -> Option<&str> {
        match &self.state {
            State::Read(Contents::Unique(file, _)) => file.unusable_cell.as_deref(),
            _ => None,
        }
    }
}

/// Why a file holds no reflections that is shorter than any that does.
fn too_short(path: &Path, bytes: &[u8]) -> Error {
    // The name below the compression, if any: what the user takes the file for.
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let kind = match name.rsplit('.').next().unwrap_or_default() {
        "mtz" => "an MTZ file",
        "cif" | "mmcif" | "ent" => "a CIF file",
        _ => "a list of h k l F",
    };
    let why = match bytes.len() {
        0 => "the file is empty".to_owned(),
        1 => format!("1 byte is too short for {kind}"),
        count => format!("{count} bytes are too short for {kind}"),
    };
    Error::content(path, format!("no reflections for -hkl: {why}"))
}

/// Takes the cell of a reflection file where neither `-cell` nor `-mat` gives one. Gives the cell
/// of the file otherwise, for comparison.
pub(super) fn adopt_cell(
    origin: &Origin,
    settings: &mut Settings,
    notes: &mut Vec<String>,
) -> Option<FileCell> {
    let Origin::Hkl(file, _) = origin else { return None };
    let (path, cell) = (&file.path, file.cell()?);
    if settings.inputs.matrix.is_some() || settings.cell_lengths[0] != 0.0 {
        return Some(FileCell { path: path.clone(), cell });
    }
    let [a, b, c, alpha, beta, gamma] = cell;
    settings.cell_lengths = [a, b, c];
    settings.cell_angles = [alpha, beta, gamma].map(|angle| angle / RTD);
    settings.user_cell = true;
    settings.cell_file = Some(path.clone());
    notes.push(format!("{}: unit cell {}", path.display(), cell_text(&cell)));
    None
}

/// Why there is no cell: where the reflection file could not be read, that is why.
pub(super) fn no_cell(origin: Origin) -> Error {
    let without = match origin {
        Origin::Hkl(HklFile { state: State::Read(Contents::Text(Err(error))), .. }, _) => {
            return error;
        }
        Origin::Hkl(file, _) => match file.unusable_cell() {
            Some(fault) => format!("that of {} is {fault}; ", file.path.display()),
            None => format!("{} has none; ", file.path.display()),
        },
        _ => String::new(),
    };
    Error::Usage(format!(
        "no unit cell: {without}give -cell a b c α β γ or -mat FILE (-help shows examples)"
    ))
}

/// The cell of a reflection file that the command line overrides: Å and degrees.
pub(super) struct FileCell {
    path: PathBuf,
    cell: [f64; 6],
}

/// Says so where the cell of the crystal, its vectors in Å, is not that of the file: indices may
/// then belong to other axes.
pub(super) fn other_cell(file: &FileCell, direct: &[Vector; 3]) -> Option<String> {
    let length = |k: usize| magnitude(&direct[k]);
    let angle =
        |j: usize, k: usize| (dot(&direct[j], &direct[k]) / length(j) / length(k)).acos() * RTD;
    let here = [length(0), length(1), length(2), angle(1, 2), angle(2, 0), angle(0, 1)];
    let differs = here.iter().zip(&file.cell).any(|(a, b)| (a / b - 1.0).abs() > 0.02);
    differs.then(|| {
        format!(
            "{}: its unit cell is {}, that of the crystal {}",
            file.path.display(),
            cell_text(&file.cell),
            cell_text(&here)
        )
    })
}

/// Finds out where the structure factors come from.
///
/// With the quirk `implicit-fdump`, a dump of the default name counts even where nobody asked for
/// it.
pub(super) fn origin(
    settings: &Settings,
    column: Option<&str>,
    quirks: Quirks,
    host: &Host,
    tables: &Tables,
) -> Result<Origin> {
    let implicit = quirks.has(Quirk::ImplicitFdump);
    let dump = settings.inputs.dump.clone();
    let name = dump.clone().or_else(|| implicit.then(|| PathBuf::from(DEFAULT_DUMP)));
    if let Some(path) = &settings.inputs.hkl {
        let how = (column, settings.default_f, quirks.has(Quirk::HklTokens));
        let key = Key::reflections(path, how, host);
        return Ok(Origin::Hkl(HklFile::read(path, key, column, host, tables)?, name));
    }
    if let Some(column) = column {
        return Err(Error::Usage(format!("-column {column}: there is no -hkl FILE")));
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

/// What the structure factors of a run come to.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) factors: Option<Arc<StructureFactors>>,
    /// Under what other runs find them.
    pub(super) key: Option<Key>,
    /// The dump to write.
    pub(super) dump: Option<PathBuf>,
}

/// Loads the structure factors and reports it.
pub(super) fn load(
    settings: &Settings,
    origin: Origin,
    (quirks, host, tables): (Quirks, &Host, &Tables),
    decisive: &mut Quirks,
    notes: &mut Vec<String>,
    report: &mut Report<'_>,
) -> Result<Loaded> {
    let (table, key, dump) = match origin {
        Origin::Default => return Ok(Loaded::default()),
        Origin::Dump(path) => {
            let swallow = quirks.has(Quirk::ImplicitFdump);
            let key = Key::dump(&path, swallow, host);
            writeln!(report, "reading Fs from {}", path.display());
            if swallow && settings.inputs.dump.is_none() {
                decisive.insert(Quirk::ImplicitFdump);
            }
            let table = match tables.get(&key) {
                Some(table) => table,
                None => {
                    let dump = fdump::read_dump(&path, swallow, host);
                    Arc::new(dump_table(dump.map_err(|error| error.of_option("-dump"))?))
                }
            };
            (table, key, None)
        }
        Origin::Hkl(file, dump) => {
            let key = file.key.clone();
            let table = hkl_table(settings, file, quirks, host, report)?;
            (table, key, dump)
        }
    };
    table.decisive.iter().for_each(|quirk| decisive.insert(quirk));
    notes.extend(table.notes.iter().cloned());
    tables.insert(key.clone(), Arc::clone(&table));
    let dump = dump_to_write(dump, settings, host, notes, report)?;
    Ok(Loaded { factors: Some(Arc::clone(&table.factors)), key: Some(key), dump })
}

/// The table of a dump.
fn dump_table(dump: fdump::Dump) -> Table {
    Table {
        factors: Arc::new(dump.factors),
        cell: None,
        said: String::new(),
        notes: Vec::new(),
        decisive: Quirks::NONE.with(Quirk::ImplicitFdump, dump.swallowed > 0),
    }
}

/// The table of a reflection file, and what the report says of it.
fn hkl_table(
    settings: &Settings,
    file: HklFile,
    quirks: Quirks,
    host: &Host,
    report: &mut Report<'_>,
) -> Result<Arc<Table>> {
    let cell = file.cell();
    let contents = match file.state {
        State::Read(contents) => contents,
        State::Known(table) => {
            write!(report, "{}", table.said);
            return Ok(table);
        }
    };
    let (path, mut said) = (file.path.as_path(), Report::collect());
    let (mut decisive, mut notes) = (Quirks::NONE, Vec::new());
    let factors =
        read_hkl(settings, (path, contents), quirks, host, &mut decisive, &mut notes, &mut said);
    write!(report, "{}", said.text());
    let (factors, said) = (Arc::new(factors?), said.text().to_owned());
    Ok(Arc::new(Table { factors, cell, said, notes, decisive }))
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
    match staged::probe(&path, host, &mut BTreeSet::new()) {
        Ok(()) => {
            writeln!(report, "writing dump file for next time: {}", path.display());
            Ok(Some(path))
        }
        Err(error) if !asked_for => {
            writeln!(report, "WARNING: unable to open dump file: {}", path.display());
            notes.push(error.to_string());
            Ok(None)
        }
        Err(error) => Err(error.of_option("-dump")),
    }
}

fn read_hkl(
    settings: &Settings,
    (path, contents): (&Path, Contents),
    quirks: Quirks,
    host: &Host,
    decisive: &mut Quirks,
    notes: &mut Vec<String>,
    report: &mut Report<'_>,
) -> Result<StructureFactors> {
    writeln!(report, "counting entries in {}", path.display());
    let bytes = match contents {
        Contents::Text(bytes) => bytes?,
        Contents::Unique(unique, column) => {
            let table = unique.table(path, column.as_deref(), settings.default_f, host)?;
            if settings.default_f != 0.0 {
                initialized(settings, report);
            }
            notes.extend(table.notes);
            return Ok(table.factors);
        }
    };
    let reflections = if quirks.has(Quirk::HklTokens) {
        hkl::read_tokens(path, &bytes)?
    } else {
        hkl::read_lines(path, &bytes)?
    };
    if reflections.not_line_by_line {
        decisive.insert(Quirk::HklTokens);
    }
    if let Some(line) = reflections.stopped {
        notes.push(format!(
            "{}:{line}: reading stopped at something that is no number, after {} reflection{}",
            path.display(),
            reflections.list.len(),
            if reflections.list.len() == 1 { "" } else { "s" }
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
        factors.values.fill(settings.default_f);
        initialized(settings, report);
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

fn initialized(settings: &Settings, report: &mut Report<'_>) {
    writeln!(report, "initializing to default_F = {}:", g(settings.default_f));
    writeln!(report, "done initializing:");
}

//! Camera parameters from the headers of `-mask` and `-img` (C:416-502).

use crate::arguments::Scanned;
use crate::arguments::options::Id;
use crate::arguments::settings::{Pivot, RTD, Settings};
use crate::error::{Error, Result};
use crate::files::smv::SmvFile;
use crate::host::Host;
use crate::quirks::{Quirk, Quirks};
use crate::report::Report;

/// Reads the files and sets what their headers say; the command line is applied after this. Gives
/// the mask's file, which is whole.
///
/// The C program reads the mask first whatever the order of the arguments, and goes on without a
/// file that is missing or no image; here that is an error.
pub(super) fn read(
    names: &Settings,
    scanned: &Scanned,
    settings: &mut Settings,
    quirks: Quirks,
    host: &Host,
    notes: &mut Vec<String>,
    report: &mut Report<'_>,
) -> Result<Option<SmvFile>> {
    let whole_keys = !quirks.has(Quirk::HeaderSubstring);
    let mut mask = None;
    let mut files =
        vec![(names.inputs.mask.as_deref(), true), (names.inputs.image.as_deref(), false)];
    if whole_keys && names.inputs.mask_after_image {
        files.reverse();
    }
    let mut seen: Option<(String, [i32; 2])> = None;
    for (path, is_mask) in files {
        let Some(path) = path else { continue };
        let option = if is_mask { "-mask" } else { "-img" };
        let file =
            SmvFile::read(path, whole_keys, host).map_err(|error| error.of_option(option))?;
        writeln!(report, "reading {}", path.display());
        // The C program shows where the pixels lie in its memory.
        writeln!(report, "mmap({}) = 0x0", path.display());
        let size = [file.width(), file.height()];
        if let Some((other, other_size)) = &seen
            && *other_size != size
        {
            return Err(Error::content(
                path,
                format!(
                    "{} x {} pixels, but {other} has {} x {}",
                    size[0], size[1], other_size[0], other_size[1]
                ),
            ));
        }
        seen = Some((path.display().to_string(), size));
        if is_mask {
            file.pixels()?;
        } else if file.is_truncated() {
            notes.push(format!(
                "{}: only the header is used; the pixels are truncated",
                path.display()
            ));
        }
        apply(&file, is_mask, whole_keys, settings)?;
        if file.value("WAVELENGTH")?.is_some() {
            settings.wavelength_header = Some((option, path.to_owned()));
        }
        if is_mask {
            mask = Some(file);
        }
    }
    if whole_keys {
        command_line_beats_headers(scanned, settings);
    }
    Ok(mask)
}

/// Sets what one header says.
fn apply(file: &SmvFile, is_mask: bool, whole_keys: bool, settings: &mut Settings) -> Result<()> {
    settings.pixels = [file.width(), file.height()];
    if let Some(mm) = file.value("PIXEL_SIZE")? {
        settings.pixel_size = mm / 1000.0;
    }
    settings.detsize = settings.pixels.map(|count| settings.pixel_size * f64::from(count));
    if let Some(mm) = file.value("DISTANCE")? {
        settings.distance = mm / 1000.0;
    }
    if let Some(mm) = file.value("CLOSE_DISTANCE")? {
        settings.close_distance = Some(mm / 1000.0);
    }
    if let Some(angstrom) = file.value("WAVELENGTH")? {
        settings.wavelength = angstrom / 1e10;
    }
    if let Some(mm) = file.value("BEAM_CENTER_X")? {
        settings.beam_center[0] = Some(mm / 1000.0);
    }
    if let Some(mm) = file.value("BEAM_CENTER_Y")? {
        // Only the mask is taken to count from the other edge (C:437, C:481).
        let y = mm / 1000.0;
        settings.beam_center[1] = Some(if is_mask { settings.detsize[1] - y } else { y });
    }
    for (axis, key) in ["ORGX", "ORGY"].into_iter().enumerate() {
        if let Some(pixels) = file.value(key)? {
            settings.org[axis] = Some(pixels);
        }
    }
    if let Some(degrees) = file.value("PHI")? {
        settings.phi0 = degrees / RTD;
    }
    if let Some(degrees) = file.value("OSC_RANGE")? {
        settings.phi.range = degrees / RTD;
    }
    if whole_keys && let Some(degrees) = file.value("TWOTHETA")? {
        settings.twotheta = degrees / RTD;
        if degrees != 0.0 {
            // As -twotheta does.
            settings.pivot = Pivot::Sample;
            settings.pivot_implied = Some(Pivot::Sample);
        }
    }
    Ok(())
}

/// Takes back what a header set where the command line says it in other words.
fn command_line_beats_headers(scanned: &Scanned, settings: &mut Settings) {
    let given = |ids: &[Id]| scanned.actions.iter().any(|action| ids.contains(&action.id));
    if given(&[Id::Distance]) && !given(&[Id::CloseDistance]) {
        settings.close_distance = None;
    }
    if given(&[Id::Detsize, Id::DetsizeF]) && !given(&[Id::Detpixels, Id::DetpixelsF]) {
        settings.pixels[0] = 0;
    }
    if given(&[Id::Detsize, Id::DetsizeS]) && !given(&[Id::Detpixels, Id::DetpixelsS]) {
        settings.pixels[1] = 0;
    }
    if given(&[Id::Xbeam, Id::Ybeam, Id::Xclose, Id::Yclose, Id::OrgX, Id::OrgY]) {
        if !given(&[Id::Xbeam, Id::Ybeam]) {
            settings.beam_center = [None; 2];
        }
        if !given(&[Id::OrgX, Id::OrgY]) {
            settings.org = [None; 2];
        }
    }
}

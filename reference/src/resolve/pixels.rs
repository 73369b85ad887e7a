//! The pixels of the detector: how many there are, and which of them count.

use std::path::Path;

use crate::arguments::settings::{Printout, Settings};
use crate::cformat::g;
use crate::error::{Error, Result};
use crate::experiment::Detector;

/// Number of pixels from sizes or counts, and the sizes that go with them (C:1119-1128).
pub(super) fn pixels(settings: &mut Settings) -> Result<[usize; 2]> {
    let pixel = settings.pixel_size;
    if pixel <= 0.0 {
        return Err(Error::Usage(format!("-pixel {} mm: must be positive", g(pixel * 1000.0))));
    }
    let mut counts = [0; 2];
    for (axis, name) in ["fast", "slow"].into_iter().enumerate() {
        if settings.pixels[axis] != 0 {
            settings.detsize[axis] = pixel * f64::from(settings.pixels[axis]);
        }
        let count = (settings.detsize[axis] / pixel - 0.5).ceil();
        if !(1.0..=f64::from(i32::MAX)).contains(&count) {
            return Err(Error::Usage(format!(
                "-detpixels, -detsize: {} pixels along the {name} axis ({} mm of {} mm)",
                g(count + 0.0),
                g(settings.detsize[axis] * 1000.0),
                g(pixel * 1000.0)
            )));
        }
        counts[axis] = count as usize;
    }
    let total = counts[0] as u64 * counts[1] as u64;
    if total > i32::MAX as u64 {
        return Err(Error::Usage(format!(
            "-detpixels, -detsize: {} x {} = {total} pixels are more than a 32-bit count holds; \
             the image alone would need {:.1} GiB",
            counts[0],
            counts[1],
            total as f64 * 4.0 / f64::from(1 << 30)
        )));
    }
    Ok(counts)
}

/// Refuses to trace a pixel that the detector does not have.
pub(super) fn traced(settings: &Settings, [width, height]: [usize; 2]) -> Result<()> {
    match settings.outputs.trace.as_ref().map(|trace| trace.pixel) {
        Some([fast, slow]) if fast >= width || slow >= height => Err(Error::Usage(format!(
            "-trace_pixel {slow} {fast}: the detector has the pixels 0 to {} along slow and 0 to {} \
             along fast",
            height - 1,
            width - 1
        ))),
        _ => Ok(()),
    }
}

/// Says so where the one pixel to print is none that is rendered.
pub(super) fn not_printed(printout: Printout, detector: &Detector) -> Option<String> {
    let Printout { on, pixel: [fast, slow] } = printout;
    if !on || fast < 0 {
        return None;
    }
    let [width, height] = detector.pixels;
    let place = [usize::try_from(fast), usize::try_from(slow)];
    let why = match place {
        [Ok(x), Ok(y)] if x < width && y < height => {
            if !detector.in_roi(x, y) {
                "it lies outside of -roi".to_owned()
            } else if detector.masked(x, y) {
                "-mask leaves it out".to_owned()
            } else {
                return None;
            }
        }
        _ => format!(
            "the detector has the pixels 0 to {} along fast and 0 to {} along slow",
            width - 1,
            height - 1
        ),
    };
    Some(format!("-printout_pixel {fast} {slow}: {why}; nothing is printed"))
}

/// Says so where the mask leaves no pixel to render.
pub(super) fn all_masked(detector: &Detector, settings: &Settings) -> Option<String> {
    let path = settings.inputs.mask.as_ref()?;
    let [width, height] = detector.pixels;
    let rendered = |x, y| detector.in_roi(x, y) && !detector.masked(x, y);
    if (0..height).any(|y| (0..width).any(|x| rendered(x, y))) {
        return None;
    }
    Some(format!("-mask {}: leaves no pixel to render; the image is black", path.display()))
}

/// The region to render (C:1166-1169).
pub(super) fn roi(settings: &Settings, pixels: [usize; 2]) -> [i32; 4] {
    let [xmin, xmax, ymin, ymax] = settings.roi;
    let or = |value: i32, default: i32| if value < 0 { default } else { value };
    [or(xmin, 0), or(xmax, pixels[0] as i32), or(ymin, 0), or(ymax, pixels[1] as i32)]
}

/// Refuses a mask of another detector.
pub(super) fn check_mask(detector: &Detector, settings: &Settings) -> Result<()> {
    let Some(mask) = &detector.mask else {
        return Ok(());
    };
    let (height, width) = mask.dim();
    let [fast, slow] = detector.pixels;
    if (width, height) == (fast, slow) {
        return Ok(());
    }
    let path = settings.inputs.mask.as_deref().unwrap_or(Path::new("-mask"));
    Err(Error::content(
        path,
        format!("a mask of {width} x {height} pixels for a detector of {fast} x {slow}"),
    ))
}

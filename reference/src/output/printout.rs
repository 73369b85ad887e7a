//! Pixels described in full in the report, `-printout` (C:3051-3069).

use crate::cformat::{f, g, g_digits};
use crate::engine::PixelTrace;
use crate::report::Report;
use crate::resolve::crystal::vectors;
use crate::vector::scale;

/// The lines of one pixel. `wavelength` is the central one, m.
pub fn describe(trace: &PixelTrace, wavelength: f64, report: &mut Report<'_>) {
    let [x, y, z] = trace.position;
    // The second value takes the beam to be along x.
    let two_theta = (y * y + z * z).sqrt().atan2(x);
    let stol = (two_theta / 2.0).sin() / (wavelength * 1e10);
    writeln!(
        report,
        "{:>4} {:>4} : stol = {} or {}",
        trace.fast,
        trace.slow,
        g(trace.stol),
        g(stol)
    );
    writeln!(report, "at {} {} {}", g(x), g(y), g(z));
    let [h, k, l] = trace.index.map(|index| f(index, 6));
    let [h0, k0, l0] = trace.nearest;
    writeln!(report, "hkl= {h} {k} {l}  hkl0= {h0} {k0} {l0}");
    writeln!(
        report,
        " F_cell={}  F_latt={}   I = {}",
        g(trace.f_cell),
        g(trace.f_latt),
        g(trace.intensity)
    );
    for (name, value) in [
        ("I/steps", trace.intensity / f64::from(trace.steps)),
        ("polar  ", trace.polar),
        ("omega  ", trace.omega),
        ("capfrac", trace.capture),
        ("pixel  ", f64::from(trace.pixel)),
    ] {
        writeln!(report, "{name} {:>15}", g_digits(value, 10));
    }
    writeln!(report, "real-space cell vectors (Angstrom):");
    vectors(["a", "b", "c"], &trace.cell.map(|vector| scale(&vector, 1e10)), report);
}

//! The unit cell, its orientation and the size of the crystal (C:1792-2103).

use std::f64::consts::FRAC_PI_2;

use crate::arguments::settings::{Misset, RTD, SeedChoice, Settings};
use crate::cformat::{f, g, g_digits};
use crate::error::{Error, Result};
use crate::files::matrix::read_matrix;
use crate::host::Host;
use crate::quirks::{Quirk, Quirks};
use crate::random::{Ran1, Seed, misset_angles, mosaic_rotation, uniform_rotation};
use crate::report::Report;
use crate::vector::{Vector, cross, dot, magnitude, rescale, rotate, scale};

/// The cell in its orientation at φ = 0.
pub(super) struct Cell {
    /// a, b, c in Å.
    pub(super) direct: [Vector; 3],
    /// a*, b*, c* in 1/Å.
    pub(super) reciprocal: [Vector; 3],
    /// Å³.
    pub(super) volume: f64,
    /// The orientation matrix without its wavelength, where one was given.
    pub(super) matrix: Option<[Vector; 3]>,
    /// Missetting, rad.
    pub(super) misset_angles: Vector,
}

/// The cell that the user asked for, in the default orientation.
struct UserCell {
    lengths: Vector,
    volume: f64,
    reciprocal: [Vector; 3],
}

/// The seed of a random orientation (C:358, C:1107).
pub(super) fn misset_seed(settings: &Settings, quirks: Quirks, now: i64) -> Seed {
    match (settings.misset_seed, settings.seed) {
        (SeedChoice::Given(seed), _) => -i64::from(seed),
        (SeedChoice::Default, SeedChoice::Given(seed)) if !quirks.has(Quirk::MissetClock) => {
            -i64::from(seed)
        }
        _ => -now,
    }
}

/// Makes the cell and reports it.
pub(super) fn cell(
    settings: &Settings,
    quirks: Quirks,
    ran1: &mut Ran1,
    misset_seed: &mut Seed,
    host: &Host,
    decisive: &mut Quirks,
    report: &mut Report<'_>,
) -> Result<Cell> {
    let user = if settings.user_cell {
        Some(user_cell(settings, quirks, decisive, report)?)
    } else {
        None
    };
    let mut reciprocal = user.as_ref().map_or([[0.0; 3]; 3], |user| user.reciprocal);
    let mut matrix = None;
    if let Some(path) = &settings.inputs.matrix {
        let vectors = read_matrix(path, host).map_err(|error| error.of_option("-mat"))?;
        writeln!(report, "reading {}", path.display());
        reciprocal = vectors.map(|vector| scale(&vector, 1e-10 / settings.wavelength));
        matrix = Some(reciprocal);
    }

    let misset_angles = match settings.misset {
        Misset::None => None,
        Misset::Angles(angles) => Some(angles),
        Misset::Random => {
            let umat = if quirks.has(Quirk::RandomMissetRadians) {
                mosaic_rotation(90.0, ran1, misset_seed)
            } else {
                uniform_rotation(ran1, misset_seed)
            };
            let angles = misset_angles(&umat);
            let [x, y, z] = angles.map(|angle| f(angle * RTD, 6));
            writeln!(report, "random orientation misset angles: {x} {y} {z} deg");
            Some(angles)
        }
    };
    if let Some(angles) = &misset_angles {
        if angles.iter().any(|angle| !angle.is_finite()) {
            let reason = "-misset: the angles are not finite (-misset_seed acts as -misset, too: \
                          quirk flag-collisions)";
            return Err(Error::Usage(reason.into()));
        }
        reciprocal = reciprocal.map(|vector| rotate(&vector, angles));
    }

    let [a_star, b_star, c_star] = reciprocal;
    let mut a_star_cross_b_star = cross(&a_star, &b_star);
    let mut b_star_cross_c_star = cross(&b_star, &c_star);
    let mut c_star_cross_a_star = cross(&c_star, &a_star);
    let mut reciprocal_volume = dot(&a_star, &b_star_cross_c_star);
    // NaN also ends here. A left-handed set would give a negative volume, and a zero one none.
    if !(reciprocal_volume > 0.0 && reciprocal_volume.is_finite()) {
        return Err(match &settings.inputs.matrix {
            Some(path) => Error::content(
                path,
                format!(
                    "a*, b*, c* are no right-handed cell: their volume is {} 1/A^3",
                    g(reciprocal_volume)
                ),
            ),
            None => bad_cell(settings, "", "the cell has no volume"),
        });
    }
    if let Some(user) = &user {
        let [a, b, c] = user.lengths;
        b_star_cross_c_star = rescale(&b_star_cross_c_star, a / user.volume);
        c_star_cross_a_star = rescale(&c_star_cross_a_star, b / user.volume);
        a_star_cross_b_star = rescale(&a_star_cross_b_star, c / user.volume);
        reciprocal_volume = 1.0 / user.volume;
    }
    let volume = 1.0 / reciprocal_volume;
    let a = scale(&b_star_cross_c_star, volume);
    let b = scale(&c_star_cross_a_star, volume);
    let c = scale(&a_star_cross_b_star, volume);
    let a_star = scale(&cross(&b, &c), reciprocal_volume);
    let b_star = scale(&cross(&c, &a), reciprocal_volume);
    let c_star = scale(&cross(&a, &b), reciprocal_volume);
    let cell = Cell {
        direct: [a, b, c],
        reciprocal: [a_star, b_star, c_star],
        volume,
        matrix,
        misset_angles: misset_angles.unwrap_or_default(),
    };
    let vectors = cell.direct.iter().chain(&cell.reciprocal).flatten();
    if !volume.is_finite() || vectors.into_iter().any(|value| !value.is_finite()) {
        let reason = "the cell vectors are not finite";
        return Err(match &settings.inputs.matrix {
            Some(path) => Error::content(path, reason),
            None => bad_cell(settings, "", reason),
        });
    }
    describe(&cell, reciprocal_volume, report);
    Ok(cell)
}

/// What is wrong with a cell of lengths and angles, which are `shown`, and where it is from.
fn bad_cell(settings: &Settings, shown: &str, reason: &str) -> Error {
    match &settings.cell_file {
        Some(path) => Error::content(path, format!("its unit cell{shown}: {reason}")),
        None => Error::Usage(format!("-cell{shown}: {reason}")),
    }
}

/// Reciprocal cell from lengths and angles, a* along x, b* in the xy plane (C:1793-1872).
fn user_cell(
    settings: &Settings,
    quirks: Quirks,
    decisive: &mut Quirks,
    report: &mut Report<'_>,
) -> Result<UserCell> {
    let [a, mut b, mut c] = settings.cell_lengths;
    if b <= 0.0 {
        b = a;
    }
    if c <= 0.0 {
        c = a;
    }
    let [alpha, beta, gamma] =
        settings.cell_angles.map(|angle| if angle <= 0.0 { FRAC_PI_2 } else { angle });

    let half = (alpha + beta + gamma) / 2.0;
    let skew = half.sin() * (half - alpha).sin() * (half - beta).sin() * (half - gamma).sin();
    let volume = 2.0 * a * b * c * skew.abs().sqrt();
    let impossible = |reason: &str| {
        let [al, be, ga] = [alpha, beta, gamma].map(|angle| g(angle * RTD));
        let shown = format!(" {} {} {} {al} {be} {ga}", g(a), g(b), g(c));
        bad_cell(settings, &shown, reason)
    };
    // The C program changes the sign of a negative square, and so renders another cell.
    if skew < 0.0 || [alpha, beta, gamma].iter().any(|angle| angle.sin() <= 0.0) {
        return Err(impossible("no cell has these angles"));
    }
    // Flat to within rounding: the angles add up to 360 degrees, say.
    let flat = volume <= 1e-6 * a * b * c;
    if flat || !(volume.is_finite() && (1.0 / volume).is_finite()) {
        return Err(impossible("the cell has no volume"));
    }
    let reciprocal_volume = 1.0 / volume;
    let a_star = b * c * alpha.sin() * reciprocal_volume;
    let b_star = c * a * beta.sin() * reciprocal_volume;
    let c_star = a * b * gamma.sin() * reciprocal_volume;

    let mut sines = [
        a * reciprocal_volume / b_star / c_star,
        b * reciprocal_volume / a_star / c_star,
        c * reciprocal_volume / a_star / b_star,
    ];
    let mut cosines = [
        (beta.cos() * gamma.cos() - alpha.cos()) / (beta.sin() * gamma.sin()),
        (gamma.cos() * alpha.cos() - beta.cos()) / (gamma.sin() * alpha.sin()),
        (alpha.cos() * beta.cos() - gamma.cos()) / (alpha.sin() * beta.sin()),
    ];
    // The last name is misspelt in the C program's report.
    let names = [
        "sin(alpha_star)",
        "cos(alpha_star)",
        "sin(beta_star) ",
        "cos(beta_star) ",
        "sin(gamma_star)",
        "cos9gamma_star)",
    ];
    check_oddball("reciprocal cell", names, &mut sines, &mut cosines, report);
    let [cos_alpha_star, cos_beta_star, cos_gamma_star] = cosines;
    let sin_gamma_star = sines[2];

    let from_gamma_star = c_star * volume / (a * b * c * sin_gamma_star);
    let corrected = 1.0 / c;
    // A matrix takes the place of these vectors.
    let counts = settings.inputs.matrix.is_none();
    if counts && (from_gamma_star / corrected - 1.0).abs() > 1e-9 {
        decisive.insert(Quirk::TriclinicGamma);
    }
    let z = if quirks.has(Quirk::TriclinicGamma) { from_gamma_star } else { corrected };
    Ok(UserCell {
        lengths: [a, b, c],
        volume,
        reciprocal: [
            [a_star, 0.0, 0.0],
            [b_star * cos_gamma_star, b_star * sin_gamma_star, 0.0],
            [
                c_star * cos_beta_star,
                c_star * (cos_alpha_star - cos_beta_star * cos_gamma_star) / sin_gamma_star,
                z,
            ],
        ],
    })
}

/// Warns of sines and cosines beyond ±1 by more than rounding, and cuts them (C:1833-1858).
fn check_oddball(
    what: &str,
    names: [&str; 6],
    sines: &mut Vector,
    cosines: &mut Vector,
    report: &mut Report<'_>,
) {
    let odd = |value: &f64| !(-1.0000001..=1.0000001).contains(value);
    if sines.iter().chain(cosines.iter()).any(odd) {
        writeln!(report, "WARNING: oddball {what} angles:");
        for i in 0..3 {
            writeln!(report, "{} = {}", names[2 * i], g_digits(sines[i], 25));
            writeln!(report, "{} = {}", names[2 * i + 1], g_digits(cosines[i], 25));
        }
    }
    for sine in sines {
        *sine = sine.clamp(-1.0, 1.0);
    }
    for cosine in cosines {
        if *cosine * *cosine > 1.0 {
            *cosine = 1.0;
        }
    }
}

/// The lines of the report about the cell (C:1958-2043).
fn describe(cell: &Cell, reciprocal_volume: f64, report: &mut Report<'_>) {
    let lengths = cell.direct.map(|vector| magnitude(&vector));
    let stars = cell.reciprocal.map(|vector| magnitude(&vector));
    let names = ["sin_alpha", "cos_alpha", "sin_beta ", "cos_beta ", "sin_gamma", "cos_gamma"];
    let angles = angles_between(&cell.direct, lengths, stars, cell.volume, "cell", names, report);
    let names = [
        "sin(alpha_star)",
        "cos(alpha_star)",
        "sin(beta_star) ",
        "cos(beta_star) ",
        "sin(gamma_star)",
        "cos(gamma_star)",
    ];
    // The same formulas with the two lattices exchanged (C:2003-2035).
    let what = "reciprocal cell";
    let star_angles =
        angles_between(&cell.reciprocal, stars, lengths, reciprocal_volume, what, names, report);
    let row = |lengths: Vector, angles: Vector| {
        let [a, b, c] = lengths.map(g);
        let [alpha, beta, gamma] = angles.map(|angle| g(angle * RTD));
        format!("{a} {b} {c} {alpha} {beta} {gamma}")
    };
    writeln!(report, "Unit Cell: {}", row(lengths, angles));
    writeln!(report, "Recp Cell: {}", row(stars, star_angles));
    writeln!(report, "volume = {} A^3", g(cell.volume));
    writeln!(report, "real-space cell vectors (Angstrom):");
    vectors(["a", "b", "c"], &cell.direct, report);
    writeln!(report, "reciprocal-space cell vectors (Angstrom^-1):");
    vectors(["a_star", "b_star", "c_star"], &cell.reciprocal, report);
}

/// Three vectors as columns (C:2028-2043, C:3063-3068).
pub(crate) fn vectors(names: [&str; 3], vectors: &[Vector; 3], report: &mut Report<'_>) {
    let [a, b, c] = names;
    writeln!(report, "     {a:<10}  {b:<10}  {c:<10}");
    for (i, axis) in ["X", "Y", "Z"].into_iter().enumerate() {
        let [a, b, c] = vectors.map(|vector| f(vector[i], 8));
        writeln!(report, "{axis}: {a:>11} {b:>11} {c:>11}");
    }
}

/// Angles between the vectors of a lattice, rad, from sines and cosines (C:1966-2000). The second
/// lengths are those of the other lattice.
fn angles_between(
    vectors: &[Vector; 3],
    [a0, b0, c0]: Vector,
    [a_star, b_star, c_star]: Vector,
    volume: f64,
    what: &str,
    names: [&str; 6],
    report: &mut Report<'_>,
) -> Vector {
    let [a, b, c] = vectors;
    let mut sines =
        [a_star * volume / b0 / c0, b_star * volume / a0 / c0, c_star * volume / a0 / b0];
    let mut cosines = [dot(b, c) / b0 / c0, dot(a, c) / a0 / c0, dot(a, b) / a0 / b0];
    check_oddball(what, names, &mut sines, &mut cosines, report);
    [0, 1, 2].map(|i| sines[i].atan2(cosines[i]))
}

/// The size of the crystal and the oversampling that it asks for.
pub(super) struct Size {
    /// Unit cells along a, b, c.
    pub(super) cells: Vector,
    /// Sub-pixels along each axis.
    pub(super) oversample: usize,
}

/// The number of cells after a size in mm has had its say (C:2064-2070).
pub(super) fn cells(settings: &Settings, sample_size: &Vector, direct: &[Vector; 3]) -> Vector {
    let mut cells = settings.cells;
    for (i, vector) in direct.iter().enumerate() {
        if sample_size[i] > 0.0 {
            cells[i] = (sample_size[i] / magnitude(vector)).ceil();
        }
        if cells[i] <= 1.0 {
            cells[i] = 1.0;
        }
    }
    cells
}

/// Size and oversampling (C:2064-2103). `direct` is in metres.
pub(super) fn size(
    settings: &Settings,
    cells: Vector,
    direct: &[Vector; 3],
    distance: f64,
    report: &mut Report<'_>,
) -> Result<Size> {
    let size = [0, 1, 2].map(|i| magnitude(&direct[i]) * cells[i]);
    let [a, b, c] = size.map(|length| g(length * 1e6));
    writeln!(report, "crystal is {a} x {b} x {c} microns");
    let largest = size[0].max(size[1]).max(size[2]);
    let reciprocal_pixel = settings.wavelength * distance / settings.pixel_size;
    let recommended = (3.0 * largest / reciprocal_pixel).ceil();
    if recommended.is_nan() || recommended.abs() > f64::from(i32::MAX) {
        return Err(Error::Impossible(format!(
            "a crystal of {} m (-N, -xtalsize) at this -distance and -pixel would need {} sub-pixels \
             along each axis (-oversample)",
            g(largest),
            g(recommended)
        )));
    }
    let recommended = (recommended as i32).max(1);
    let mut oversample = settings.oversample;
    if oversample <= 0 {
        oversample = recommended;
        writeln!(report, "auto-selected {oversample}-fold oversampling");
    }
    if oversample < recommended {
        writeln!(report, "WARNING: maximum dimension of sample is {} A", g(largest * 1e10));
        writeln!(report, "         but reciprocal pixel size is {} A", g(reciprocal_pixel * 1e10));
        writeln!(report, "         intensity may vary significantly across a pixel!");
        writeln!(report, "         recommend -oversample {recommended} to work around this");
    }
    // The C program's rough estimate: 1.2 g/cm³ (C:2095-2103).
    let volume = size[0] * size[1] * size[2];
    let molecules = cells[0] * cells[1] * cells[2];
    let weight = volume * 1.2e6 * AVOGADRO / molecules;
    writeln!(report, "approximate MW = {}", g(weight));
    Ok(Size { cells, oversample: oversample as usize })
}

/// Avogadro's number as the C program has it (C:70).
pub(super) const AVOGADRO: f64 = 6.02214179e23;

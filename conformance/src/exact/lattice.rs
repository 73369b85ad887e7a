//! The lattice factor and the structure factor of an evaluation (C:2821-2866, C:3000).

use nanobragg_reference::Experiment;
use nanobragg_reference::arguments::settings::Shape;
use nanobragg_reference::experiment::Crystal;

use super::Undecided;
use super::number::{Number, abs, exp, is_close_call, number, quotient, rounded};
use super::vector::{Long, dot, exactly, plus, times};

/// Below this the transform of a sphere is 1 to all digits.
const TINY: f64 = 1e-40;

/// (F_cell·F_latt)² at the real-valued indices `index`.
pub(super) fn term(experiment: &Experiment, index: &Long) -> Result<Number, Undecided> {
    let Experiment { crystal, structure, .. } = experiment;
    let has_table = structure.factors.is_some();
    let nearest = if has_table || crystal.shape != Shape::Square {
        Some([nearest(&index[0])?, nearest(&index[1])?, nearest(&index[2])?])
    } else {
        None
    };
    let place = structure.factors.as_ref().zip(nearest).and_then(|(factors, nearest)| {
        Some(factors.values[factors.place(nearest.map(|index| index as i32))?])
    });
    let f_cell = number(place.unwrap_or(structure.default_f))?;
    let f_latt = match nearest {
        Some(nearest) if crystal.shape != Shape::Square => {
            let offset = [
                &index[0] - number(nearest[0])?,
                &index[1] - number(nearest[1])?,
                &index[2] - number(nearest[2])?,
            ];
            spot(crystal, &offset)?
        }
        _ => square(crystal, index)?,
    };
    let product = f_cell * f_latt;
    Ok(&product * &product)
}

/// The nearest integer, the lower one of two; below 2³¹ in magnitude, as the experiment was
/// resolved.
fn nearest(index: &Number) -> Result<f64, Undecided> {
    let nearest = rounded(&(index - number(0.5)?).ceil());
    let scale = nearest.abs().max(1.0);
    for limit in [nearest - 0.5, nearest + 0.5] {
        if is_close_call(index, limit, scale)? {
            return Err(Undecided("an index half-way between two integers"));
        }
    }
    Ok(nearest)
}

/// sin(πNh)/sin(πh) along each axis of more than one cell.
fn square(crystal: &Crystal, index: &Long) -> Result<Number, Undecided> {
    let mut factor = number(1.0)?;
    for (index, &cells) in index.iter().zip(&crystal.cells) {
        if cells > 1.0 {
            let count = number(cells)?;
            let below = index.sin_pi();
            factor *= if below == Number::ZERO { count } else { (index * count).sin_pi() / below };
        }
    }
    Ok(factor)
}

/// The factor of the shapes that have one spot at each lattice point; `offset` from that point.
fn spot(crystal: &Crystal, offset: &Long) -> Result<Number, Undecided> {
    let [na, nb, nc] = exactly(&crystal.cells)?;
    let volume = &na * &nb * &nc;
    let fudge = number(crystal.fudge)?;
    if crystal.shape == Shape::Round {
        let scaled = [&offset[0] * &na, &offset[1] * &nb, &offset[2] * &nc];
        let square = dot(&scaled, &scaled) * fudge;
        if square < Number::ZERO {
            return Err(Undecided("a negative squared radius"));
        }
        return Ok(volume * number(0.723601254558268)? * sphere(&square)?);
    }
    let [a, b, c] = &crystal.reciprocal;
    let distance = plus(
        &plus(&times(&exactly(a)?, &offset[0]), &times(&exactly(b)?, &offset[1])),
        &times(&exactly(c)?, &offset[2]),
    );
    let radius_sqr = dot(&distance, &distance) * &volume * &volume * fudge;
    if crystal.shape == Shape::Gauss {
        return Ok(volume * exp(&-quotient(&radius_sqr, &number(0.63)?)?)?);
    }
    if is_close_call(&radius_sqr, 0.3969, 0.3969)? {
        return Err(Undecided("the rim of a top-hat spot"));
    }
    if radius_sqr < number(0.3969)? { Ok(volume) } else { number(0.0) }
}

/// 3 (sin x/x − cos x)/x² for x = π·√square.
fn sphere(square: &Number) -> Result<Number, Undecided> {
    let radius = square.sqrt();
    if abs(&radius) < number(TINY)? {
        return number(1.0);
    }
    let pi = Number::pi(super::number::BITS);
    let x = &radius * pi;
    let difference = quotient(&radius.sin_pi(), &x)? - radius.cos_pi();
    quotient(&(difference * number(3.0)?), &(&x * &x))
}

//! Numbers of some hundred bits.

use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;

use super::Undecided;

/// Bits of the significand of every number.
pub(super) const BITS: usize = 256;

/// A number of `BITS` bits, rounded to the nearest.
pub(super) type Number = FBig<HalfEven>;

/// Arguments of the exponential function below this give 0: e^−10000 is far below every float.
const NOTHING: f64 = -1e4;

/// A double, exactly.
pub(super) fn number(x: f64) -> Result<Number, Undecided> {
    let exact = FBig::<HalfEven>::try_from(x).ok().filter(|_| x.is_finite());
    exact.map(|exact| exact.with_precision(BITS).value()).ok_or(Undecided("an input is not finite"))
}

/// A quotient.
pub(super) fn quotient(a: &Number, b: &Number) -> Result<Number, Undecided> {
    if *b == Number::ZERO { Err(Undecided("a division by 0")) } else { Ok(a / b) }
}

/// The exponential function.
pub(super) fn exp(x: &Number) -> Result<Number, Undecided> {
    let size = x.to_f64().value();
    if size < NOTHING {
        number(0.0)
    } else if size > -NOTHING {
        Err(Undecided("an exponential beyond all numbers"))
    } else {
        Ok(x.exp())
    }
}

/// The nearest double.
pub(super) fn rounded(x: &Number) -> f64 {
    x.to_f64().value()
}

/// The absolute value.
pub(super) fn abs(x: &Number) -> Number {
    if *x < Number::ZERO { -x } else { x.clone() }
}

/// Whether a value is too close to a limit to say on which side of it a double would be; `scale`
/// is the size of what it was computed from.
pub(super) fn is_close_call(value: &Number, limit: f64, scale: f64) -> Result<bool, Undecided> {
    const MARGIN: f64 = 1e-9;
    Ok(abs(&(value - number(limit)?)) <= number(MARGIN * scale)?)
}

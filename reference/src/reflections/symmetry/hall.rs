//! Hall symbols (S. R. Hall, Acta Cryst. A37, 517, 1981; International Tables, volume B, A1.4.2.3).
//!
//! A symbol such as `-P 3* 2n` is a lattice, with a dash where there is an inversion at the origin,
//! and up to four generators: a rotation (with a dash: times the inversion), its axis, and its
//! translation. A shift of the origin in twelfths may follow in parentheses.

use super::operator::{Operator, PARTS};

type Rotation = [[i32; 3]; 3];

const HALF: i32 = PARTS / 2;
const QUARTER: i32 = PARTS / 4;
const THIRD: i32 = PARTS / 3;

/// The direction of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Axis {
    X,
    Y,
    Z,
    /// `'`: between two axes, as a − b where the last principal axis is c.
    Minus,
    /// `"`: a + b.
    Plus,
    /// `*`: a + b + c.
    Body,
}

/// The generators that a symbol names; `None` for a text that is no Hall symbol.
pub(super) fn generators(symbol: &str) -> Option<Vec<Operator>> {
    let (symbol, origin) = split_origin(symbol)?;
    let mut words = symbol.split_whitespace();
    let lattice = words.next()?;
    let (inverts, lattice) = match lattice.strip_prefix('-') {
        Some(lattice) => (true, lattice),
        None => (false, lattice),
    };
    let mut found: Vec<Operator> =
        centring(lattice)?.iter().map(|&shift| Operator::shift(shift)).collect();
    if inverts {
        found.push(Operator::turn([[-1, 0, 0], [0, -1, 0], [0, 0, -1]]));
    }
    let mut before = None;
    for (place, word) in words.enumerate() {
        let (generator, order, axis) = generator(word, place, before)?;
        found.push(generator);
        let principal = if matches!(axis, Axis::X | Axis::Y | Axis::Z) { axis } else { Axis::Z };
        before = Some((order, principal));
    }
    let to = Operator::shift(origin);
    let from = Operator::shift(origin.map(|t| -t));
    Some(found.iter().map(|generator| to.after(generator).after(&from)).collect())
}

/// The symbol without its origin shift, and that shift in 24ths.
fn split_origin(symbol: &str) -> Option<(&str, [i32; 3])> {
    let Some((symbol, shift)) = symbol.split_once('(') else {
        return Some((symbol, [0; 3]));
    };
    let mut numbers = shift.trim_end().strip_suffix(')')?.split_whitespace();
    let mut origin = [0; 3];
    for part in &mut origin {
        let twelfths: i32 = numbers.next()?.parse().ok().filter(|n| (-12..=12).contains(n))?;
        *part = twelfths * PARTS / 12;
    }
    numbers.next().is_none().then_some((symbol, origin))
}

/// The translations of a lattice beside whole cells.
fn centring(lattice: &str) -> Option<&'static [[i32; 3]]> {
    Some(match lattice {
        "P" => &[],
        "A" => &[[0, HALF, HALF]],
        "B" => &[[HALF, 0, HALF]],
        "C" => &[[HALF, HALF, 0]],
        "I" => &[[HALF, HALF, HALF]],
        "R" => &[[2 * THIRD, THIRD, THIRD]],
        "H" => &[[2 * THIRD, THIRD, 0]],
        "F" => &[[0, HALF, HALF], [HALF, 0, HALF]],
        _ => return None,
    })
}

/// Reads a generator, the order of its rotation and its axis. `place` counts from 0, and `before`
/// is the generator in front of it.
fn generator(word: &str, place: usize, before: Option<(u8, Axis)>) -> Option<(Operator, u8, Axis)> {
    let (improper, word) = match word.strip_prefix('-') {
        Some(word) => (true, word),
        None => (false, word),
    };
    let order = word.bytes().next().filter(|b| b"12346".contains(b))? - b'0';
    let mut rest = &word[1..];
    let explicit = rest.chars().next().and_then(|first| match first {
        'x' => Some(Axis::X),
        'y' => Some(Axis::Y),
        'z' => Some(Axis::Z),
        '\'' | '^' => Some(Axis::Minus),
        '"' | '=' => Some(Axis::Plus),
        '*' => Some(Axis::Body),
        _ => None,
    });
    if explicit.is_some() {
        rest = &rest[1..];
    }
    let axis = explicit.or_else(|| implied(order, place, before))?;
    let principal = before.map_or(Axis::Z, |(_, principal)| principal);
    let rotation = rotation(order, axis, principal)?;
    let sign = if improper { -1 } else { 1 };
    let mut translation = [0; 3];
    for letter in rest.chars() {
        let step = step(letter, order, axis)?;
        translation = [0, 1, 2].map(|k| translation[k] + step[k]);
    }
    let turned = Operator::turn(rotation.map(|row| row.map(|element| sign * element)));
    Some((Operator::shift(translation).after(&turned), order, axis))
}

/// The axis of a generator that names none.
fn implied(order: u8, place: usize, before: Option<(u8, Axis)>) -> Option<Axis> {
    match (place, order) {
        (_, 1) | (0, _) => Some(Axis::Z),
        (1, 2) => match before?.0 {
            2 | 4 => Some(Axis::X),
            3 | 6 => Some(Axis::Minus),
            _ => None,
        },
        (2, 3) => Some(Axis::Body),
        _ => None,
    }
}

/// The rotation of an order about an axis. `principal` is what `'` and `"` refer to.
fn rotation(order: u8, axis: Axis, principal: Axis) -> Option<Rotation> {
    let about_z: Rotation = match (axis, order) {
        (_, 1) => return Some([[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        (Axis::Body, 3) => return Some([[0, 0, 1], [1, 0, 0], [0, 1, 0]]),
        (Axis::Minus, 2) => [[0, -1, 0], [-1, 0, 0], [0, 0, -1]],
        (Axis::Plus, 2) => [[0, 1, 0], [1, 0, 0], [0, 0, -1]],
        (Axis::Body | Axis::Minus | Axis::Plus, _) => return None,
        (_, 2) => [[-1, 0, 0], [0, -1, 0], [0, 0, 1]],
        (_, 3) => [[0, -1, 0], [1, -1, 0], [0, 0, 1]],
        (_, 4) => [[0, -1, 0], [1, 0, 0], [0, 0, 1]],
        _ => [[1, -1, 0], [1, 0, 0], [0, 0, 1]],
    };
    // The axes are exchanged in turn: what z is to x, y becomes x to y, z and y to z, x.
    let third = match if matches!(axis, Axis::Minus | Axis::Plus) { principal } else { axis } {
        Axis::X => 0,
        Axis::Y => 1,
        _ => 2,
    };
    let mut turned = [[0; 3]; 3];
    for (row, values) in about_z.iter().enumerate() {
        for (column, &value) in values.iter().enumerate() {
            turned[(row + third + 1) % 3][(column + third + 1) % 3] = value;
        }
    }
    Some(turned)
}

/// The translation of a letter or of the number of a screw.
fn step(letter: char, order: u8, axis: Axis) -> Option<[i32; 3]> {
    Some(match letter {
        'a' => [HALF, 0, 0],
        'b' => [0, HALF, 0],
        'c' => [0, 0, HALF],
        'n' => [HALF; 3],
        'u' => [QUARTER, 0, 0],
        'v' => [0, QUARTER, 0],
        'w' => [0, 0, QUARTER],
        'd' => [QUARTER; 3],
        '1'..='5' => {
            let turns = letter as i32 - '0' as i32;
            if turns >= i32::from(order) {
                return None;
            }
            let along = turns * PARTS / i32::from(order);
            match axis {
                Axis::X => [along, 0, 0],
                Axis::Y => [0, along, 0],
                Axis::Z => [0, 0, along],
                _ => return None,
            }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::generators;

    fn triplets(symbol: &str) -> Option<Vec<String>> {
        generators(symbol).map(|found| found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn generators_of_symbols() {
        let found = |symbol| triplets(symbol).expect("a symbol");
        assert_eq!(found("P 2ac 2ab"), ["-x+1/2,-y,z+1/2", "x+1/2,-y+1/2,-z"]);
        assert_eq!(found("R 3 2\""), ["x+2/3,y+1/3,z+1/3", "-y,x-y,z", "y,x,-z"]);
        assert_eq!(found("P 61 2 (0 0 5)"), ["x-y,x,z+1/6", "-y,-x,-z+5/6"]);
        assert_eq!(found("-P 2yc"), ["-x,-y,-z", "-x,y,-z+1/2"]);
        assert_eq!(found("P 4 2 3")[2], "z,x,y");
    }

    #[test]
    fn what_is_no_symbol_is_refused() {
        for symbol in [
            "",
            "P 21 21 21x",
            "Q 2",
            "P 5",
            "P 2 3 4 5",
            "P 3 3",
            "P 2 (1 2)",
            "P 2 (1 2 3 4)",
            "P 2 (99 0 0)",
            "P 42 (x",
            "P 24",
            "P é",
            "P 2é",
            "P 3*1",
            "P 4*",
            "- P",
        ] {
            assert_eq!(triplets(symbol), None, "{symbol}");
        }
    }
}

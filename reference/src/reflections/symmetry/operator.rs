//! One symmetry operation, and its notation as `x, y, z`.

/// Translations are counted in 24ths of a cell edge: what the operations of all space groups need,
/// in every origin that the tables list.
pub(super) const PARTS: i32 = 24;

/// Largest element of a rotation that is accepted: those of the space groups are -1, 0 and 1, and
/// unusual settings have 2.
const LARGEST_ELEMENT: i32 = 4;

/// A symmetry operation on fractional coordinates: x' = R·x + t.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Operator {
    /// R, row by row.
    pub(crate) rotation: [[i32; 3]; 3],
    /// t in 24ths of a cell edge, from 0 to 23.
    pub(crate) translation: [i32; 3],
}

impl Operator {
    /// The identity.
    pub(super) const IDENTITY: Operator =
        Operator { rotation: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], translation: [0; 3] };

    /// A rotation without translation.
    pub(super) fn turn(rotation: [[i32; 3]; 3]) -> Operator {
        Operator { rotation, translation: [0; 3] }
    }

    /// A translation in 24ths.
    pub(super) fn shift(translation: [i32; 3]) -> Operator {
        Operator { translation: translation.map(whole), ..Operator::IDENTITY }
    }

    /// The operation `self` after `first`.
    pub(super) fn after(&self, first: &Operator) -> Operator {
        let mut product = Operator::turn([[0; 3]; 3]);
        for row in 0..3 {
            let factors = self.rotation[row];
            let along = |column: [i32; 3]| (0..3).map(|k| factors[k] * column[k]).sum::<i32>();
            for column in 0..3 {
                product.rotation[row][column] = along(first.rotation.map(|r| r[column]));
            }
            product.translation[row] = whole(along(first.translation) + self.translation[row]);
        }
        product
    }

    /// The determinant of the rotation.
    pub(super) fn determinant(&self) -> i32 {
        let [[a, b, c], [d, e, f], [g, h, i]] = self.rotation;
        a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    }

    /// The index that this operation makes of another: h·R, h being a row.
    pub(crate) fn apply(&self, index: [i32; 3]) -> [i32; 3] {
        let r = &self.rotation;
        [0, 1, 2].map(|j| index[0] * r[0][j] + index[1] * r[1][j] + index[2] * r[2][j])
    }

    /// Whether h·t is no whole number.
    pub(super) fn shifts_phase(&self, index: [i32; 3]) -> bool {
        let phase: i64 = (0..3).map(|k| i64::from(index[k]) * i64::from(self.translation[k])).sum();
        phase % i64::from(PARTS) != 0
    }

    /// Reads a triplet such as `-y, x-y, z+1/3`. `None` for a text that is none.
    pub(crate) fn parse(text: &str) -> Option<Operator> {
        let mut operator = Operator::turn([[0; 3]; 3]);
        let mut parts = text.split(',');
        for row in 0..3 {
            let (factors, shift) = coordinate(parts.next()?)?;
            operator.rotation[row] = factors;
            operator.translation[row] = whole(shift);
        }
        parts.next().is_none().then_some(operator)
    }
}

impl std::fmt::Display for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for row in 0..3 {
            let mut text = String::new();
            for (factor, axis) in self.rotation[row].into_iter().zip(["x", "y", "z"]) {
                let sign = if factor < 0 { "-" } else { "+" };
                match factor.abs() {
                    0 => {}
                    1 => text += &format!("{sign}{axis}"),
                    many => text += &format!("{sign}{many}{axis}"),
                }
            }
            if self.translation[row] != 0 {
                let divisor = greatest_common_divisor(self.translation[row], PARTS);
                text += &format!("+{}/{}", self.translation[row] / divisor, PARTS / divisor);
            }
            if text.is_empty() {
                text.push('0');
            }
            let comma = if row < 2 { "," } else { "" };
            write!(f, "{}{comma}", text.trim_start_matches('+'))?;
        }
        Ok(())
    }
}

fn whole(translation: i32) -> i32 {
    translation.rem_euclid(PARTS)
}

fn greatest_common_divisor(a: i32, b: i32) -> i32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// One of the three parts of a triplet: the factors of x, y, z, and the shift in 24ths.
fn coordinate(text: &str) -> Option<([i32; 3], i32)> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace() && *c != '*').collect();
    let compact = compact.to_ascii_lowercase();
    let mut rest = compact.as_str();
    let (mut factors, mut shift) = ([0; 3], 0.0);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let sign = if rest.starts_with('-') { -1 } else { 1 };
        rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let end = rest.find(['+', '-']).unwrap_or(rest.len());
        let (term, behind) = rest.split_at(end);
        rest = behind;
        if let Some(axis) = term.find(['x', 'y', 'z']) {
            let factor = match &term[..axis] {
                "" => 1,
                digits => digits.parse().ok().filter(|n| (1..=LARGEST_ELEMENT).contains(n))?,
            };
            if term.len() != axis + 1 {
                return None;
            }
            let place = usize::from(term.as_bytes()[axis] - b'x');
            factors[place] += sign * factor;
        } else {
            shift += f64::from(sign) * number(term)?;
        }
    }
    let parts = shift * f64::from(PARTS);
    // 0.3333 and 0.6667 stand for thirds.
    let is_known = (parts - parts.round()).abs() < 0.02 && parts.abs() < 1e6;
    let small = factors.iter().all(|factor| factor.abs() <= LARGEST_ELEMENT);
    (is_known && small).then_some((factors, parts.round() as i32))
}

/// A number such as `1/3` or `0.25`.
fn number(term: &str) -> Option<f64> {
    let digits = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        plain.then(|| text.parse::<f64>().ok()).flatten()
    };
    match term.split_once('/') {
        Some((above, below)) => {
            digits(below).filter(|&n| n > 0.0).and_then(|below| Some(digits(above)? / below))
        }
        None => digits(term),
    }
}

#[cfg(test)]
mod tests {
    use super::Operator;

    #[test]
    fn triplets_in_the_spellings_of_files() {
        let operator = Operator::parse("-y, x-y, z+1/3").expect("a triplet");
        assert_eq!(operator.rotation, [[0, -1, 0], [1, -1, 0], [0, 0, 1]]);
        assert_eq!(operator.translation, [0, 0, 8]);
        for same in ["-Y,X-Y,1/3+Z", " -y ,+x-y, z + 0.3333", "-Y,  -Y+X,  Z-2/3"] {
            assert_eq!(Operator::parse(same), Some(operator), "{same}");
        }
        assert_eq!(operator.to_string(), "-y,x-y,z+1/3");
        assert_eq!(
            Operator::parse("1/2,2*x,-0.125").map(|o| o.to_string()).as_deref(),
            Some("1/2,2x,7/8")
        );
    }

    #[test]
    fn what_is_no_triplet_is_refused() {
        for text in [
            "",
            "x,y",
            "x,y,z,x",
            "x,y,",
            "x,y,w",
            "x,y,z+1/0",
            "x,y,z+0.31",
            "x,y,9x",
            "x,y,zz",
            "x,y,é",
            "x,y,z+1e9",
            "x,y,z+99999999999",
            "x,y,-",
        ] {
            assert_eq!(Operator::parse(text), None, "{text}");
        }
    }

    #[test]
    fn products_and_indices() {
        let three = Operator::parse("-y,x-y,z+1/3").expect("a triplet");
        let twice = three.after(&three);
        assert_eq!(twice.to_string(), "-x+y,-x,z+2/3");
        assert_eq!(three.after(&twice), Operator::IDENTITY);
        assert_eq!(three.determinant(), 1);
        // A reflection h k i l of a trigonal crystal: i k h.
        assert_eq!(three.apply([1, 2, 3]), [2, -3, 3]);
        assert!(three.shifts_phase([0, 0, 1]) && !three.shifts_phase([0, 0, -3]));
    }
}

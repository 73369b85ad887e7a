//! Space groups: from the operations that a file lists, or from a name.
//!
//! Amplitudes need little of a space group: which reflections are equal, and which are absent.

mod hall;
mod names;
mod operator;

use std::collections::BTreeSet;

pub(crate) use operator::Operator;
use operator::PARTS;

/// No space group has more operations in a cell: 48 of m-3m, four times for F.
const MOST_OPERATORS: usize = 192;

/// The operations of a space group within one cell.
#[derive(Clone, Debug)]
pub(crate) struct Symmetry {
    operators: Vec<Operator>,
    /// Those that make reflections absent: the centring first.
    extinguishing: Vec<Operator>,
}

impl Symmetry {
    /// The group that a file lists.
    ///
    /// # Errors
    /// What is missing for a group.
    pub(crate) fn listed(operators: &[Operator]) -> Result<Symmetry, String> {
        let group: BTreeSet<Operator> = operators.iter().copied().collect();
        if group.len() > MOST_OPERATORS {
            return Err(format!("{} symmetry operations are too many", group.len()));
        }
        if let Some(odd) = group.iter().find(|operator| operator.determinant().abs() != 1) {
            return Err(format!("the symmetry operation {odd} is no rotation"));
        }
        if !group.contains(&Operator::IDENTITY) {
            return Err("the symmetry operations lack the identity x,y,z".into());
        }
        for (a, b) in group.iter().flat_map(|a| group.iter().map(move |b| (a, b))) {
            let product = a.after(b);
            if !group.contains(&product) {
                return Err(format!(
                    "the symmetry operations are no group: {a} after {b} is {product}, which is not \
                     among them"
                ));
            }
        }
        Ok(Self::of(group))
    }

    /// The group of a Hall symbol; `None` where the text is none.
    pub(crate) fn of_hall_symbol(symbol: &str) -> Option<Symmetry> {
        let generators = hall::generators(symbol)?;
        let mut group = BTreeSet::from([Operator::IDENTITY]);
        let mut fresh = vec![Operator::IDENTITY];
        while let Some(operator) = fresh.pop() {
            for generator in &generators {
                let product = generator.after(&operator);
                // Generators that do not belong together would go on for ever.
                if product.rotation.iter().flatten().any(|element| element.abs() > 1) {
                    return None;
                }
                if group.insert(product) {
                    fresh.push(product);
                }
            }
            if group.len() > MOST_OPERATORS {
                return None;
            }
        }
        Some(Self::of(group))
    }

    /// The group of a Hermann-Mauguin symbol, with or without blanks, in any of the settings of the
    /// International Tables and some more; `H 3` and `R 3 :H` are the same. Where a symbol has
    /// settings and names none, the `cell` (a, b, c, α, β, γ) decides between rhombohedral and
    /// hexagonal axes. `None` for a symbol that is not known.
    pub(crate) fn named(symbol: &str, cell: Option<&[f64; 6]>) -> Option<Symmetry> {
        Self::of_hall_symbol(names::hall_symbol(symbol, cell)?)
    }

    /// The standard setting of a space group of the International Tables, 1 to 230.
    pub(crate) fn numbered(number: u32, cell: Option<&[f64; 6]>) -> Option<Symmetry> {
        Self::of_hall_symbol(names::hall_symbol_of_number(number, cell)?)
    }

    fn of(group: BTreeSet<Operator>) -> Symmetry {
        let operators: Vec<Operator> = group.into_iter().collect();
        let is_shift = |operator: &&Operator| operator.rotation == Operator::IDENTITY.rotation;
        let mut extinguishing: Vec<Operator> =
            operators.iter().filter(is_shift).filter(|o| can_extinguish(o)).copied().collect();
        // Operations of one rotation differ by the centring: for a reflection that this leaves, all
        // of them do the same.
        for same in operators.chunk_by(|a, b| a.rotation == b.rotation) {
            if !is_shift(&&same[0]) && same.iter().all(can_extinguish) {
                extinguishing.push(same[0]);
            }
        }
        Symmetry { operators, extinguishing }
    }

    /// The operations with different rotations: each makes an equivalent of an index.
    pub(crate) fn rotations(&self) -> Vec<Operator> {
        let mut rotations = self.operators.clone();
        rotations.dedup_by_key(|operator| operator.rotation);
        rotations
    }

    /// Whether the symmetry makes a structure factor zero: where an operation maps the index onto
    /// itself and shifts the phase.
    pub(crate) fn is_absent(&self, index: [i32; 3]) -> bool {
        self.extinguishing
            .iter()
            .any(|operator| operator.shifts_phase(index) && operator.apply(index) == index)
    }

    /// Whether a cell (a, b, c, α, β, γ; Å and degrees) has the symmetry of the rotations, to
    /// within one percent.
    pub(crate) fn fits(&self, cell: &[f64; 6]) -> bool {
        let metric = metric(cell);
        let size = |row: usize, column: usize| (metric[row][row] * metric[column][column]).sqrt();
        self.operators.iter().all(|operator| {
            let r = operator.rotation.map(|row| row.map(f64::from));
            (0..9).all(|place| {
                let (row, column) = (place / 3, place % 3);
                let mut turned = 0.0;
                for k in 0..3 {
                    for l in 0..3 {
                        turned += r[k][row] * metric[k][l] * r[l][column];
                    }
                }
                (turned - metric[row][column]).abs() <= 0.02 * size(row, column)
            })
        })
    }

    /// All operations, sorted.
    #[cfg(test)]
    pub(crate) fn operators(&self) -> &[Operator] {
        &self.operators
    }
}

/// The scalar products of the cell vectors, Å².
fn metric(cell: &[f64; 6]) -> [[f64; 3]; 3] {
    let [a, b, c, alpha, beta, gamma] = *cell;
    let [alpha, beta, gamma] = [alpha, beta, gamma].map(|angle| angle.to_radians().cos());
    [
        [a * a, a * b * gamma, a * c * beta],
        [a * b * gamma, b * b, b * c * alpha],
        [a * c * beta, b * c * alpha, c * c],
    ]
}

/// Whether an operation shifts the phase of any reflection that it maps onto itself. Such a
/// reflection has h·R = h, so that h·t is h·w, w being the mean of t, R·t, R²·t and so on.
fn can_extinguish(operator: &Operator) -> bool {
    let turn = Operator::turn(operator.rotation);
    let mut sum = [0; 3];
    let mut shift = operator.translation;
    let mut power = turn;
    let mut order = 0;
    loop {
        sum = [0, 1, 2].map(|k| sum[k] + shift[k]);
        order += 1;
        if power == Operator::IDENTITY || order > 6 {
            break;
        }
        power = turn.after(&power);
        shift = turn.rotation.map(|row| (0..3).map(|k| row[k] * shift[k]).sum());
    }
    sum.iter().any(|&part| part % (order * PARTS) != 0)
}

#[cfg(test)]
mod tests;

//! Reflections in CIF files: mmCIF of the Protein Data Bank, and CIF of small molecules, whose names
//! have an underscore where mmCIF has a dot.

mod lexer;

use std::path::Path;

use lexer::{Lexer, Token};

use super::columns::{Column, Other, Quantity};
use super::symmetry::{Operator, Symmetry};
use super::{LARGEST_INDEX, ReflectionFile, checked_cell};
use crate::cformat::g;
use crate::error::{Error, Result};

/// What may hold structure factors: the name behind `_refln_`, what it is, how much it is preferred
/// and, of a pair for Friedel mates, the name of the second.
const QUANTITIES: [(&str, Quantity, u32, Option<&str>); 13] = [
    ("pdbx_f_plus", Quantity::Amplitude, 0, Some("pdbx_f_minus")),
    ("pdbx_f_minus", Quantity::Amplitude, 1, None),
    ("f_meas_au", Quantity::Amplitude, 2, None),
    ("f_meas", Quantity::Amplitude, 3, None),
    ("f_calc_au", Quantity::Amplitude, 4, None),
    ("f_calc", Quantity::Amplitude, 5, None),
    ("pdbx_f_calc_with_solvent", Quantity::Amplitude, 6, None),
    ("pdbx_i_plus", Quantity::Intensity, 7, Some("pdbx_i_minus")),
    ("pdbx_i_minus", Quantity::Intensity, 8, None),
    ("intensity_meas", Quantity::Intensity, 9, None),
    ("f_squared_meas", Quantity::Intensity, 10, None),
    ("intensity_calc", Quantity::Intensity, 11, None),
    ("f_squared_calc", Quantity::Intensity, 12, None),
];

const INDICES: [&str; 3] = ["_refln_index_h", "_refln_index_k", "_refln_index_l"];
const OPERATIONS: [&str; 2] = ["_symmetry_equiv_pos_as_xyz", "_space_group_symop_operation_xyz"];

/// Whether the first thing in a text that is no comment is a data block.
pub(super) fn is_cif(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes
        .split(|&b| b == b'\n')
        .map(<[u8]>::trim_ascii)
        .find(|line| !line.is_empty() && !line.starts_with(b"#"));
    first
        .is_some_and(|line| line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"data_")))
}

/// Reads the first data block that has reflections.
///
/// # Errors
/// A file that breaks off or is no CIF, and one without reflections, or without symmetry.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<ReflectionFile> {
    let mut reader = Reader { path, lexer: Lexer::new(bytes), ahead: None };
    let mut block = Block::default();
    while let Some((line, token)) = reader.next()? {
        match token {
            Token::Data(name) => {
                if !block.index.is_empty() {
                    let note = format!(
                        "{}: only the data block {} is read; others follow",
                        path.display(),
                        block.name
                    );
                    block.notes.push(note);
                    break;
                }
                block = Block { name: name.to_owned(), ..Block::default() };
            }
            Token::Loop => reader.read_loop(line, &mut block)?,
            Token::Tag(name) => {
                let name = plain(name);
                let Some((at, Token::Value(value))) = reader.next()? else {
                    return Err(reader.bad(line, format!("{name} has no value")));
                };
                block.item(&name, value).map_err(|reason| reader.bad(at, reason))?;
            }
            Token::Frame => {}
            Token::Value(value) => {
                return Err(reader.bad(line, format!("the value '{value}' belongs to no name")));
            }
        }
    }
    block.finish(path)
}

/// A name in lower case, with an underscore behind its category.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace('.', "_")
}

/// What a data block holds.
#[derive(Default)]
struct Block {
    name: String,
    cell: [Option<f64>; 6],
    operators: Vec<Operator>,
    hall: Option<String>,
    hermann_mauguin: Option<String>,
    number: Option<u32>,
    index: Vec<[i32; 3]>,
    lines: Vec<usize>,
    columns: Vec<Column>,
    others: Vec<Other>,
    notes: Vec<String>,
}

impl Block {
    /// A name with one value.
    fn item(&mut self, name: &str, value: &str) -> std::result::Result<(), String> {
        const CELL: [&str; 6] = [
            "_cell_length_a",
            "_cell_length_b",
            "_cell_length_c",
            "_cell_angle_alpha",
            "_cell_angle_beta",
            "_cell_angle_gamma",
        ];
        if value == "?" || value == "." {
            return Ok(());
        }
        if let Some(place) = CELL.iter().position(|known| *known == name) {
            self.cell[place] = number(value);
            return Ok(());
        }
        match name {
            "_symmetry_space_group_name_hall" | "_space_group_name_hall" => {
                self.hall = Some(value.to_owned());
            }
            "_symmetry_space_group_name_h-m"
            | "_space_group_name_h-m_alt"
            | "_space_group_name_h-m_full" => self.hermann_mauguin = Some(value.to_owned()),
            "_symmetry_int_tables_number" | "_space_group_it_number" => {
                self.number = value.parse().ok();
            }
            name if OPERATIONS.contains(&name) => self.operator(value)?,
            _ => {}
        }
        Ok(())
    }

    fn operator(&mut self, triplet: &str) -> std::result::Result<(), String> {
        let bad = || format!("'{triplet}' is no symmetry operation such as -x, y+1/2, -z");
        self.operators.push(Operator::parse(triplet).ok_or_else(bad)?);
        Ok(())
    }

    fn finish(self, path: &Path) -> Result<ReflectionFile> {
        if self.index.is_empty() {
            let reason =
                "no reflections: no loop with _refln.index_h, _refln.index_k and _refln.index_l";
            return Err(Error::content(path, reason));
        }
        let mut cell = [0.0; 6];
        for (to, from) in cell.iter_mut().zip(self.cell) {
            *to = from.unwrap_or_default();
        }
        let cell = checked_cell(cell);
        let given = self.cell.iter().any(Option::is_some) && cell.is_none();
        let shown = |part: Option<f64>| part.map_or("?".to_owned(), g);
        let fault = if self.cell.iter().all(Option::is_some) { "impossible" } else { "incomplete" };
        let unusable_cell = given.then(|| format!("{fault} ({})", self.cell.map(shown).join(" ")));
        let symmetry =
            self.symmetry(cell.as_ref()).map_err(|reason| Error::content(path, reason))?;
        let Block { index, lines, columns, others, notes, .. } = self;
        Ok(ReflectionFile { cell, unusable_cell, symmetry, index, lines, columns, others, notes })
    }

    /// The symmetry: from the operations, or else from the names, or else from the number.
    fn symmetry(&self, cell: Option<&[f64; 6]>) -> std::result::Result<Symmetry, String> {
        if !self.operators.is_empty() {
            return Symmetry::listed(&self.operators);
        }
        let hall = self.hall.as_deref().and_then(Symmetry::of_hall_symbol);
        let named = || self.hermann_mauguin.as_deref().and_then(|name| Symmetry::named(name, cell));
        let numbered = || self.number.and_then(|number| Symmetry::numbered(number, cell));
        hall.or_else(named).or_else(numbered).ok_or_else(|| {
            let names = [&self.hall, &self.hermann_mauguin];
            let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
            if names.is_empty() {
                "no symmetry: neither operations (_symmetry_equiv.pos_as_xyz) nor the name of a space \
                 group (_symmetry.space_group_name_H-M)"
                    .into()
            } else {
                format!("the space group '{}' is not known, and its operations are not listed", names.join("' or '"))
            }
        })
    }
}

/// A number, perhaps with a standard uncertainty in parentheses. Those that are not finite are
/// none.
fn number(text: &str) -> Option<f64> {
    let digits = text.split_once('(').map_or(text, |(digits, _)| digits);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    plain.then(|| digits.parse::<f64>().ok()).flatten().filter(|value| value.is_finite())
}

/// What a column of a loop is for.
#[derive(Clone, Copy)]
enum Role {
    Index(usize),
    Quantity(usize),
    Operation,
    Ignored,
}

struct Reader<'a> {
    path: &'a Path,
    lexer: Lexer<'a>,
    ahead: Option<(usize, Token<'a>)>,
}

impl<'a> Reader<'a> {
    fn bad(&self, line: usize, reason: String) -> Error {
        Error::content_at(self.path, line, reason)
    }

    fn next(&mut self) -> Result<Option<(usize, Token<'a>)>> {
        match self.ahead.take() {
            Some(token) => Ok(Some(token)),
            None => {
                let path = self.path;
                self.lexer.next().map_err(|(line, reason)| Error::content_at(path, line, reason))
            }
        }
    }

    /// Reads a loop: its names, and then its values row by row.
    fn read_loop(&mut self, start: usize, block: &mut Block) -> Result<()> {
        let mut names = Vec::new();
        while let Some((line, token)) = self.next()? {
            let Token::Tag(name) = token else {
                self.ahead = Some((line, token));
                break;
            };
            names.push(name);
        }
        if names.is_empty() {
            return Err(self.bad(start, "a loop_ without names".into()));
        }
        let plain: Vec<String> = names.iter().map(|name| plain(name)).collect();
        let has_reflections = INDICES.iter().all(|index| plain.iter().any(|name| name == index));
        if has_reflections && !block.index.is_empty() {
            return Err(self.bad(start, "a second loop of reflections".into()));
        }
        let mut roles = Vec::new();
        for (typed, name) in names.iter().zip(&plain) {
            roles.push(role(typed, name, has_reflections, block));
        }
        let mut count = 0;
        let mut index = [0; 3];
        while let Some((line, token)) = self.next()? {
            let Token::Value(value) = token else {
                self.ahead = Some((line, token));
                break;
            };
            let column = count % roles.len();
            match roles[column] {
                Role::Ignored => {}
                Role::Operation => {
                    block.operator(value).map_err(|reason| self.bad(line, reason))?;
                }
                Role::Index(axis) => {
                    let whole = value.parse().ok().filter(|n: &i32| n.abs() <= LARGEST_INDEX);
                    index[axis] = whole.ok_or_else(|| {
                        let name = names[column];
                        self.bad(
                            line,
                            format!("{name} is '{value}', not an integer within ±{LARGEST_INDEX}"),
                        )
                    })?;
                }
                Role::Quantity(place) => {
                    let known =
                        if value == "?" || value == "." { Some(f64::NAN) } else { number(value) };
                    let known = known.ok_or_else(|| {
                        self.bad(line, format!("{} is '{value}', not a number", names[column]))
                    })?;
                    block.columns[place].values.push(known);
                }
            }
            count += 1;
            if has_reflections && count % roles.len() == 0 {
                block.index.push(index);
                block.lines.push(line);
            }
        }
        if count % roles.len() != 0 {
            let line = self.lexer.line();
            let reason =
                format!("the loop ends within a row: {count} values for {} names", roles.len());
            return Err(self.bad(line, reason));
        }
        Ok(())
    }
}

/// What the column of a name is for; one of structure factors gets a place in the block.
fn role(typed: &str, name: &str, has_reflections: bool, block: &mut Block) -> Role {
    if OPERATIONS.contains(&name) {
        return Role::Operation;
    }
    if !has_reflections {
        return Role::Ignored;
    }
    if let Some(axis) = INDICES.iter().position(|index| *index == name) {
        return Role::Index(axis);
    }
    let known = name
        .strip_prefix("_refln_")
        .and_then(|name| QUANTITIES.iter().find(|(quantity, ..)| *quantity == name));
    let short = || {
        if name.starts_with("_refln_") {
            typed["_refln_".len()..].to_owned()
        } else {
            typed.to_owned()
        }
    };
    let Some((_, quantity, rank, partner)) = known else {
        // CIF has no types: the name alone tells what a column holds.
        block.others.push(Other { name: short(), kind: "not known by name".into() });
        return Role::Ignored;
    };
    block.columns.push(Column {
        name: short(),
        quantity: *quantity,
        rank: Some(*rank),
        // The second name of a pair differs from the first in its last part alone.
        partner: partner.map(|_| short().replace("plus", "minus")),
        dataset: None,
        cell: None,
        difference: None,
        values: Vec::new(),
    });
    Role::Quantity(block.columns.len() - 1)
}

#[cfg(test)]
mod tests;

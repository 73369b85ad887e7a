use std::path::Path;

use proptest::prelude::*;

use super::{is_cif, read};
use crate::error::Result;
use crate::reflections::ReflectionFile;
use crate::reflections::symmetry::{Operator, Symmetry};

const MMCIF: &str = "# a comment
data_r1abcsf
_cell.length_a 40.0(2)
_cell.length_b 50
_cell.length_c 60
_cell.angle_alpha 90
_cell.angle_beta 90
_cell.angle_gamma 90
_symmetry.space_group_name_H-M 'P 21 21 21'
loop_
_refln.wavelength_id
_refln.index_h
_refln.index_k
_refln.index_l
_refln.F_meas_au
_refln.pdbx_F_plus
_refln.pdbx_F_minus
_refln.status
1 1 2 3 10.5(3) ? . o
1 0 0 2 ?  7.25 8e0 o
";

fn parse(text: &str) -> Result<ReflectionFile> {
    read(Path::new("x.cif"), text.as_bytes())
}

#[test]
fn the_files_of_the_protein_data_bank() {
    let found = parse(MMCIF).expect("a file");
    assert_eq!(found.cell, Some([40.0, 50.0, 60.0, 90.0, 90.0, 90.0]));
    assert_eq!(
        (found.index.as_slice(), found.lines.as_slice()),
        (&[[1, 2, 3], [0, 0, 2]][..], &[19, 20][..])
    );
    let names: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["F_meas_au", "pdbx_F_plus", "pdbx_F_minus"]);
    assert_eq!(found.columns[1].partner.as_deref(), Some("pdbx_F_minus"));
    assert_eq!(found.columns[0].values[0], 10.5);
    assert!(found.columns[0].values[1].is_nan());
    assert_eq!(found.symmetry.rotations().len(), 4);
    assert!(found.notes.is_empty());
}

#[test]
fn the_files_of_small_molecules() {
    let text = MMCIF.replace("_refln.", "_refln_").replace("_cell.", "_cell_").replace(
        "_symmetry.space_group_name_H-M 'P 21 21 21'",
        "loop_ _space_group_symop_id _space_group_symop_operation_xyz 1 'x, y, z' 2 -x,-y,z+1/2",
    );
    let found = parse(&text).expect("a file");
    assert_eq!(found.symmetry.rotations().len(), 2);
    assert_eq!(found.cell.map(|cell| cell[0]), Some(40.0));
    assert_eq!(found.index.len(), 2);
}

#[test]
fn symmetry_in_all_ways() {
    let with = |lines: &str| {
        parse(&MMCIF.replace("_symmetry.space_group_name_H-M 'P 21 21 21'", lines))
            .map(|found| found.symmetry.rotations().len())
    };
    assert_eq!(with("_symmetry.space_group_name_Hall ' P 2ac 2ab'").expect("known"), 4);
    assert_eq!(with("_space_group.IT_number 16").expect("known"), 4);
    assert_eq!(with("_space_group.name_H-M_alt 'P 1 21 1'").expect("known"), 2);
    assert_eq!(with("_symmetry_equiv.pos_as_xyz x,y,z").expect("known"), 1);
    let reason = |lines| with(lines).expect_err("unknown").to_string();
    assert!(reason("").contains("no symmetry"));
    assert!(reason("_symmetry.space_group_name_H-M 'Q 7'").contains("'Q 7' is not known"));
    assert_eq!(
        reason("_symmetry_equiv.pos_as_xyz x,y"),
        "x.cif:9: 'x,y' is no symmetry operation such as -x, y+1/2, -z"
    );
}

#[test]
fn blocks_without_reflections_are_passed_over() {
    let text = format!("data_other _cell.length_a 99\n{MMCIF}data_more\n_x.y 1\n");
    let found = parse(&text).expect("a file");
    assert_eq!(found.cell.map(|cell| cell[0]), Some(40.0));
    assert_eq!(found.notes, ["x.cif: only the data block r1abcsf is read; others follow"]);
}

#[test]
fn damaged_files_are_refused_with_the_line() {
    let reason = |from: &str, to: &str| {
        parse(&MMCIF.replacen(from, to, 1)).expect_err("damaged").to_string()
    };
    assert_eq!(
        reason("1 2 3 10", "1.5 2 3 10"),
        "x.cif:19: _refln.index_h is '1.5', not an integer within ±16777216"
    );
    assert_eq!(reason("10.5(3)", "many"), "x.cif:19: _refln.F_meas_au is 'many', not a number");
    assert_eq!(reason("10.5(3)", "nan"), "x.cif:19: _refln.F_meas_au is 'nan', not a number");
    assert_eq!(reason("10.5(3)", "1e999"), "x.cif:19: _refln.F_meas_au is '1e999', not a number");
    assert_eq!(
        reason("8e0 o", "8e0"),
        "x.cif:21: the loop ends within a row: 15 values for 8 names"
    );
    assert_eq!(
        reason("_cell.length_b 50", "_cell.length_b"),
        "x.cif:4: _cell_length_b has no value"
    );
    assert!(reason("_refln.index_k", "_refln.index_q").contains("no reflections"));
    assert!(reason("# a comment", "loop_").contains("without names"));
    assert!(reason("# a comment", "data_a 5").contains("belongs to no name"));
    // Cut off anywhere, a file is read or refused, and there is no panic.
    for length in 0..MMCIF.len() {
        drop(read(Path::new("x.cif"), &MMCIF.as_bytes()[..length]));
    }
}

proptest! {
    /// Whatever the text, a file is read or refused.
    #[test]
    fn no_text_makes_it_panic(at in 0..MMCIF.len(), odd in "[ -~\n;'\"_?é]{0,12}") {
        if MMCIF.is_char_boundary(at) {
            let (before, behind) = MMCIF.split_at(at);
            drop(parse(&format!("{before}{odd}{behind}")));
            drop(parse(&format!("{before}{odd}")));
        }
    }

    #[test]
    fn no_operation_makes_it_panic(triplet in "[-+xyz0-9/.,* ]{0,20}", hall in "[-PABCIRFxyz0-9\"'()* abcn]{0,16}") {
        drop(Symmetry::of_hall_symbol(&hall));
        if let Some(operator) = Operator::parse(&triplet) {
            prop_assert_eq!(Operator::parse(&operator.to_string()), Some(operator));
            drop(Symmetry::listed(&[Operator::parse("x,y,z").expect("identity"), operator]));
        }
    }
}

#[test]
fn recognised_by_the_first_word() {
    assert!(is_cif(b"\n # x\n\nDATA_x") && is_cif(b"\xef\xbb\xbfdata_"));
    assert!(
        !is_cif(b"1 2 3 4\ndata_")
            && !is_cif(b"# data_\n1 2 3 4")
            && !is_cif(b"")
            && !is_cif(b"dat")
    );
}

use std::path::Path;

use proptest::prelude::*;

use super::header::{minus, rank};
use super::{DATA, RECORD, read};
use crate::host::Host;
use crate::reflections::ReflectionFile;
use crate::reflections::columns::Quantity;

/// A file of the rows given, with h, k, l, FP and SIGFP.
fn file(rows: &[[f32; 5]], big_endian: bool, change: impl Fn(&str) -> String) -> Vec<u8> {
    let word = |bytes: [u8; 4]| {
        let mut bytes = bytes;
        if big_endian {
            bytes.reverse();
        }
        bytes
    };
    let header_at = (DATA / 4 + rows.len() * 5 + 1) as i32;
    let mut bytes = b"MTZ ".to_vec();
    bytes.extend(word(header_at.to_le_bytes()));
    bytes.extend(if big_endian { [0x11, 0x11, 0, 0] } else { [0x44, 0x41, 0, 0] });
    bytes.resize(DATA, 0);
    rows.iter().flatten().for_each(|value| bytes.extend(word(value.to_le_bytes())));
    let header = format!(
        "VERS MTZ:V1.1\nNCOL 5 {} 0\nCELL 40.0 50.0 60.0 90.0 90.0 90.0\n\
         SYMINF 4 4 P 19 'P 21 21 21' PG222\nSYMM X, Y, Z\nSYMM -X+1/2, -Y, Z+1/2\n\
         SYMM -X, Y+1/2, -Z+1/2\nSYMM X+1/2, -Y+1/2, -Z\nVALM NAN\nCOLUMN H H 0 9 0\n\
         COLUMN K H 0 9 0\nCOLUMN L H 0 9 0\nCOLUMN FP F 0 9 1\nCOLUMN SIGFP Q 0 9 1\nEND",
        rows.len()
    );
    for record in change(&header).lines() {
        bytes.extend(format!("{record:RECORD$}").bytes());
    }
    bytes
}

const ROWS: [[f32; 5]; 2] = [[1.0, 2.0, 3.0, 10.5, 1.0], [0.0, 0.0, 2.0, f32::NAN, 1.0]];

fn parse(bytes: &[u8]) -> crate::error::Result<ReflectionFile> {
    read(Path::new("x.mtz"), bytes)
}

#[test]
fn both_byte_orders_are_read() {
    for big_endian in [false, true] {
        let found = parse(&file(&ROWS, big_endian, str::to_owned)).expect("a file");
        assert_eq!(found.index, [[1, 2, 3], [0, 0, 2]]);
        assert_eq!(found.cell, Some([40.0, 50.0, 60.0, 90.0, 90.0, 90.0]));
        assert_eq!(found.columns.len(), 1);
        assert_eq!(found.columns[0].name, "FP");
        assert_eq!(found.columns[0].values[0], 10.5);
        assert!(found.columns[0].values[1].is_nan());
        assert_eq!(found.symmetry.rotations().len(), 4);
    }
}

#[test]
fn the_name_serves_where_operations_are_missing() {
    let without = |header: &str| {
        header.lines().filter(|line| !line.starts_with("SYMM")).collect::<Vec<_>>().join("\n")
    };
    let found = parse(&file(&ROWS, false, without)).expect("a file");
    assert!(found.symmetry.is_absent([3, 0, 0]));
    let by_number = |header: &str| without(header).replace("P 21 21 21", "P 99");
    assert!(parse(&file(&ROWS, false, by_number)).expect("a file").symmetry.is_absent([3, 0, 0]));
}

#[test]
fn a_number_can_stand_for_a_missing_one() {
    let change = |header: &str| header.replace("VALM NAN", "VALM 10.5");
    let found = parse(&file(&ROWS, false, change)).expect("a file");
    assert!(found.columns[0].values.iter().all(|value| value.is_nan()));
}

/// Two data sets, with cells as programs write them; in the first are the indices.
const DATA_SETS: &str = "CELL 40.0 50.0 60.0 90.0 90.0 90.0\nNDIF 2\nDATASET 0 HKL_base\nDCELL 0 40.0 50.0 60.0 90.0 90.0 90.0\n\
                         DATASET 1 peak\nDCELL 1 41.0 52.0 63.0 90.0 90.0 90.0";

#[test]
fn the_cell_is_that_of_the_data_set() {
    let own = |dcell: &str| {
        let sets = DATA_SETS.replace("41.0 52.0 63.0 90.0", dcell);
        let change = |header: &str| header.replace("CELL 40.0 50.0 60.0 90.0 90.0 90.0", &sets);
        parse(&file(&ROWS, false, change)).expect("a file")
    };
    let found = own("41.0 52.0 63.0 90.0");
    assert_eq!(found.cell, Some([40.0, 50.0, 60.0, 90.0, 90.0, 90.0]));
    assert_eq!(found.cell_of(None), Some([41.0, 52.0, 63.0, 90.0, 90.0, 90.0]));
    // A column that is not there is told elsewhere.
    assert_eq!(found.cell_of(Some("X")), found.cell);
    let notes = |file: &ReflectionFile| {
        file.table(Path::new("x.mtz"), None, 0.0, &Host::at(0)).expect("a table").notes
    };
    let note = "x.mtz: the data set of FP has a unit cell of its own, 41 52 63 90 90 90, not 40 50 60 90 90 90";
    assert!(notes(&found).iter().any(|text| text == note), "{:?}", notes(&found));
    // The same, and none.
    for cell in ["40.0004 50.0 60.0 90.0", "1.0 1.0 1.0 90.0", "0.0 0.0 0.0 0.0"] {
        let found = own(cell);
        assert_eq!(found.cell_of(None), Some([40.0, 50.0, 60.0, 90.0, 90.0, 90.0]), "{cell}");
        assert!(!notes(&found).iter().any(|text| text.contains("of its own")), "{cell}");
    }
    // A file whose data sets alone have cells.
    for cell in ["", "CELL 1.0 1.0 1.0 90.0 90.0 90.0\n"] {
        let change = |header: &str| header.replace("CELL 40.0", &format!("{cell}DCELL 1 43.0"));
        assert_eq!(
            parse(&file(&ROWS, false, change)).expect("a file").cell_of(None),
            Some([43.0, 50.0, 60.0, 90.0, 90.0, 90.0])
        );
    }
    // One without any: lengths of 1 Å stand for none.
    let change = |header: &str| header.replace("40.0 50.0 60.0", "1.0 1.0 1.0");
    assert_eq!(parse(&file(&ROWS, false, change)).expect("a file").cell_of(None), None);
}

#[test]
fn an_anomalous_difference_is_not_used_and_that_is_told() {
    let notes = |kind: &str| {
        let to = format!("COLUMN DANO {kind} 0 9 1");
        let change = |header: &str| header.replace("COLUMN SIGFP Q 0 9 1", &to);
        let found = parse(&file(&ROWS, false, change)).expect("a file");
        found.table(Path::new("x.mtz"), None, 0.0, &Host::at(0)).expect("a table").notes
    };
    let note = "x.mtz: Friedel mates are equal; the anomalous difference DANO is not used";
    assert!(notes("D").iter().any(|text| text == note), "{:?}", notes("D"));
    assert!(!notes("Q").iter().any(|text| text.contains("DANO")));
    // One without values, and one that belongs to another data set or to none that is named.
    let silent = |rows: &[[f32; 5]], from: &str, to: &str| {
        let header = |header: &str| {
            header.replace("COLUMN SIGFP Q 0 9 1", "COLUMN DANO D 0 9 1").replace(from, to)
        };
        let found = parse(&file(rows, false, header)).expect("a file");
        let table = found.table(Path::new("x.mtz"), None, 0.0, &Host::at(0)).expect("a table");
        !table.notes.iter().any(|text| text.contains("DANO"))
    };
    let empty = ROWS.map(|[h, k, l, f, _]| [h, k, l, f, f32::NAN]);
    assert!(silent(&empty, "", ""));
    let marked = empty.map(|[h, k, l, f, _]| [h, k, l, f, -99.0]);
    assert!(silent(&marked, "VALM NAN", "VALM -99.0") && !silent(&marked, "", ""));
    assert!(silent(&ROWS, "DANO D 0 9 1", "DANO D 0 9 2"));
    let without = |header: &str| {
        let header = header.replace("COLUMN SIGFP Q 0 9 1", "COLUMN DANO D 0 9");
        header.replace("COLUMN FP F 0 9 1", "COLUMN FP F 0 9")
    };
    let found = parse(&file(&ROWS, false, without)).expect("a file");
    let table = found.table(Path::new("x.mtz"), None, 0.0, &Host::at(0)).expect("a table");
    assert!(!table.notes.iter().any(|text| text.contains("DANO")), "{:?}", table.notes);
}

#[test]
fn columns_that_hold_something_else_are_told_with_their_types() {
    let change = |header: &str| header.replace("COLUMN FP F 0 9 1", "COLUMN PHIB P 0 9 1");
    let found = parse(&file(&ROWS, false, change)).expect("a file");
    let error =
        found.table(Path::new("x.mtz"), None, 0.0, &Host::at(0)).expect_err("no amplitudes");
    assert_eq!(
        error.to_string(),
        "x.mtz: no column of amplitudes or intensities with values; the file has PHIB (type P), SIGFP \
         (type Q)"
    );
}

#[test]
fn damaged_files_are_refused_with_the_place() {
    let reason = |bytes: &[u8]| parse(bytes).expect_err("damaged").to_string();
    let whole = file(&ROWS, false, str::to_owned);
    for length in (0..whole.len() - RECORD).filter(|&length| length != DATA + 40) {
        let text = reason(&whole[..length]);
        assert!(text.contains("truncated"), "{length}: {text}");
    }
    let changed = |from: &str, to: &str| reason(&file(&ROWS, false, |h| h.replace(from, to)));
    assert!(
        changed("NCOL 5 2", "NCOL 5 2000000000").contains("2000000000 reflections of 5 columns")
    );
    assert!(changed("NCOL 5 2", "NCOL 99999999999999999999 2").contains("cannot be read"));
    assert!(changed("NCOL 5 2", "NCOL -5 2").contains("cannot be read"));
    assert!(changed("NCOL 5 2 0", "NCOL 5 2 3").contains("unmerged"));
    assert!(changed("COLUMN SIGFP Q 0 9 1", "").contains("describes 4"));
    assert!(changed("COLUMN L H", "COLUMN L I").contains("of type H"));
    assert!(changed("-X, Y+1/2", "-X, Y+1/7").contains("cannot be read"));
    assert!(changed("SYMM X, Y, Z", "").contains("identity"));
    let rows = [[1.5, 2.0, 3.0, 1.0, 1.0]];
    assert!(reason(&file(&rows, false, str::to_owned)).contains("reflection 1: H is 1.5"));
    let rows = [ROWS[0], [1.0, f32::NAN, 3.0, 1.0, 1.0]];
    assert!(reason(&file(&rows, false, str::to_owned)).contains("reflection 2: K is NaN"));
    let rows = [[1.0, 2.0, 3.0, f32::INFINITY, 1.0]];
    assert!(reason(&file(&rows, false, str::to_owned)).contains("FP is inf"));
    let mut vax = whole.clone();
    vax[8] = 0x22;
    assert!(reason(&vax).contains("machine stamp"));
}

proptest! {
    /// Whatever the bytes, a file is read or refused.
    #[test]
    fn no_bytes_make_it_panic(changes in prop::collection::vec((0..2000usize, any::<u8>()), 1..20)) {
        let mut bytes = file(&ROWS, false, str::to_owned);
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        drop(parse(&bytes));
    }
}

#[test]
fn what_is_preferred() {
    let rank = |name: &str| rank(name, Quantity::Amplitude, false);
    assert!(rank("FP") < rank("FC") && rank("FC") < rank("FUNNY"));
    assert_eq!([rank("FWT"), rank("2FOFCWT"), rank("DELFWT")], [None; 3]);
    assert_eq!(minus("F_pk(+)").as_deref(), Some("F_pk(-)"));
    assert_eq!(minus("Iplus").as_deref(), Some("Iminus"));
    assert_eq!(minus("F(-)"), None);
}

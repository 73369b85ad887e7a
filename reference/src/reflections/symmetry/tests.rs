use sha2::{Digest, Sha256};

use super::names::settings;
use super::{Operator, Symmetry};

/// For each setting of the table, the number of its operations and a digest of them, from gemmi and
/// cctbx; `tests/reflections/make.py` made it.
const OPERATIONS: &str = include_str!("../../../tests/reflections/operations.txt");

#[test]
fn operations_of_all_settings_are_those_of_gemmi_and_cctbx() {
    let mut checked = 0;
    let recorded = OPERATIONS.lines().filter(|line| !line.starts_with('#'));
    for (setting, line) in settings().zip(recorded) {
        let symmetry = Symmetry::of_hall_symbol(setting.hall).expect("a Hall symbol");
        let operators = symmetry.operators();
        let mut text: Vec<String> = operators
            .iter()
            .map(|o| {
                o.rotation.iter().flatten().chain(&o.translation).map(|n| format!("{n} ")).collect()
            })
            .collect();
        text.sort();
        let digest = Sha256::digest(text.join("\n").as_bytes());
        let digest: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(format!("{}|{}|{digest}", setting.hall, operators.len()), line, "{setting:?}");
        checked += 1;
    }
    assert_eq!((checked, settings().count()), (557, 557));
}

#[test]
fn groups_are_groups() {
    for setting in settings() {
        let symmetry = Symmetry::of_hall_symbol(setting.hall).expect("a Hall symbol");
        assert!(Symmetry::listed(symmetry.operators()).is_ok(), "{setting:?}");
    }
}

#[test]
fn names_as_files_write_them() {
    const HEXAGONAL: [f64; 6] = [50.0, 50.0, 80.0, 90.0, 90.0, 120.0];
    const RHOMBOHEDRAL: [f64; 6] = [50.0, 50.0, 50.0, 70.0, 70.0, 70.0];
    let same = |name: &str, cell: Option<&[f64; 6]>, hall: &str| {
        let found = Symmetry::named(name, cell).expect(name);
        let expected = Symmetry::of_hall_symbol(hall).expect(hall);
        assert_eq!(found.operators(), expected.operators(), "{name}");
    };
    same("P 21 21 21", None, "P 2ac 2ab");
    same("P212121", None, "P 2ac 2ab");
    same("P 2_1 2_1 2_1", None, "P 2ac 2ab");
    same("P 21", None, "P 2yb");
    same("P 1 1 21", None, "P 2c");
    same("C 2", None, "C 2y");
    same("I 2", None, "I 2y");
    same("P 32", None, "P 32");
    same("P 3 2 1", None, "P 3 2\"");
    same("H 3 2", Some(&RHOMBOHEDRAL), "R 3 2\"");
    same("R 3 2", Some(&HEXAGONAL), "R 3 2\"");
    same("R 3 2", Some(&RHOMBOHEDRAL), "P 3* 2");
    same("R 3 2", None, "R 3 2\"");
    same("R 3 2 :R", Some(&HEXAGONAL), "P 3* 2");
    same("r 3:h", None, "R 3");
    assert!(Symmetry::named("P 23 17", None).is_none() && Symmetry::named("", None).is_none());
    assert!(Symmetry::named("P 1 :H", None).is_none() && Symmetry::named("h", None).is_none());
    let numbered =
        |number| Symmetry::numbered(number, Some(&HEXAGONAL)).map(|found| found.operators().len());
    assert_eq!([numbered(1), numbered(155), numbered(225)], [Some(1), Some(18), Some(192)]);
    assert_eq!([numbered(0), numbered(231)], [None, None]);
}

#[test]
fn absences() {
    let absent = |name: &str, index| Symmetry::named(name, None).expect(name).is_absent(index);
    assert!(absent("P 21 21 21", [3, 0, 0]) && !absent("P 21 21 21", [3, 1, 0]));
    assert!(absent("P 61", [0, 0, 4]) && !absent("P 61", [0, 0, -6]));
    assert!(absent("F 4 3 2", [1, 2, 3]) && !absent("F 4 3 2", [1, 1, 3]));
    assert!(absent("H 3", [1, 0, 0]) && !absent("H 3", [-1, 0, 2]) && !absent("H 3", [1, 0, 1]));
    assert!(absent("P 1 c 1", [2, 0, 1]) && !absent("P 1 c 1", [2, 1, 1]));
    // The screw axis of a triplet that does not pass through the origin.
    assert!(!absent("P 1 2 1", [0, 1, 0]));
}

#[test]
fn lists_that_are_no_group_are_refused() {
    let listed = |triplets: &[&str]| {
        let operators: Vec<Operator> =
            triplets.iter().map(|text| Operator::parse(text).expect("a triplet")).collect();
        Symmetry::listed(&operators).map(|symmetry| symmetry.operators().len())
    };
    assert_eq!(listed(&["x,y,z", "-x,-y,z+1/2", "x,y,z"]), Ok(2));
    let reason = |triplets| listed(triplets).expect_err("no group");
    assert!(reason(&["-x,-y,z"]).contains("identity"));
    assert!(reason(&["x,y,z", "-y,x-y,z"]).contains("-x+y,-x,z, which is not among them"));
    assert!(reason(&["x,y,z", "x,x,z"]).contains("no rotation"));
    assert!(reason(&[]).contains("identity"));
}

#[test]
fn cells_that_fit() {
    let fits = |name: &str, cell| Symmetry::named(name, None).expect(name).fits(&cell);
    assert!(fits("P 21 21 21", [40.0, 50.0, 60.0, 90.0, 90.0, 90.0]));
    assert!(!fits("P 21 21 21", [40.0, 50.0, 60.0, 90.0, 95.0, 90.0]));
    assert!(fits("P 61", [40.0, 40.1, 60.0, 90.0, 90.0, 120.0]));
    assert!(!fits("P 61", [40.0, 42.0, 60.0, 90.0, 90.0, 120.0]));
    assert!(!fits("F 4 3 2", [40.0, 40.0, 41.0, 90.0, 90.0, 90.0]));
}

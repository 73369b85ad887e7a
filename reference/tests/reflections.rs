//! MTZ and CIF files expanded to P1, against what gemmi and cctbx make of the same files.
//!
//! `reflections/make.py` made the files and recorded the lists.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use nanobragg_reference::experiment::StructureFactors;
use nanobragg_reference::host::Host;
use nanobragg_reference::reflections::{Expanded, ReflectionFile};
use nanobragg_reference::report::Report;
use nanobragg_reference::resolve::{Job, resolve};
use nanobragg_reference::{Error, Request};

/// What stands for a reflection that a file lacks.
const DEFAULT: f64 = 77.0;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reflections")
}

fn read(name: &str) -> ReflectionFile {
    let path = folder().join(name);
    let bytes = fs::read(&path).expect("a file");
    ReflectionFile::read(&path, &bytes, &Host::at(0)).expect("readable").expect("known")
}

fn table(name: &str) -> Expanded {
    read(name).table(Path::new(name), None, DEFAULT, &Host::at(0)).expect("a table")
}

/// Every element of a table: h, k, l and the amplitude.
fn elements(factors: &StructureFactors) -> impl Iterator<Item = ([i32; 3], f64)> + '_ {
    let [h0, k0, l0] = factors.min;
    factors
        .values
        .indexed_iter()
        .map(move |((h, k, l), &value)| ([h as i32 + h0, k as i32 + k0, l as i32 + l0], value))
}

/// Compares the table of a file with a recorded list, down to the last bit.
fn check(name: &str, list: &str) {
    let text = fs::read_to_string(folder().join(list)).expect("a list");
    let mut lines = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let first = lines.next().expect("a first line");
    let [h, k, l, absent, checksum] = first.as_slice() else { panic!("{first:?}") };
    let expected: HashMap<[i32; 3], f64> = lines
        .map(|line| {
            let index = [0, 1, 2].map(|axis| line[axis].parse().expect("an index"));
            (index, line[3].parse().expect("an amplitude"))
        })
        .collect();

    let Expanded { factors, .. } = table(name);
    assert_eq!(factors.max.map(|n| n.to_string()), [*h, *k, *l], "{name}");
    assert_eq!(factors.min, factors.max.map(|n| -n), "{name}");
    assert_eq!(factors.count as usize, expected.len(), "{name}");
    let (mut extinct, mut sum) = (0, 0);
    for (index, value) in elements(&factors) {
        if let Some(known) = expected.get(&index) {
            assert_eq!(value.to_bits(), known.to_bits(), "{name}: {index:?} {value} {known}");
        } else if value == 0.0 {
            extinct += 1;
            sum += 3 * index[0].pow(2) + 5 * index[1].pow(2) + 7 * index[2].pow(2);
        } else {
            assert_eq!(value, DEFAULT, "{name}: {index:?}");
        }
    }
    assert_eq!([extinct.to_string(), sum.to_string()], [*absent, *checksum], "{name}");
}

#[test]
fn tables_are_those_of_gemmi_and_cctbx() {
    let lists: Vec<PathBuf> = fs::read_dir(folder())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "p1"))
        .collect();
    assert_eq!(lists.len(), 17);
    for list in lists {
        let name = |extension: &str| {
            let name = list.with_extension(extension);
            name.exists().then(|| name.file_name().map(|name| name.to_string_lossy().into_owned()))
        };
        let file = name("mtz").or_else(|| name("cif")).flatten().expect("a reflection file");
        check(&file, &list.to_string_lossy());
    }
}

#[test]
fn compressed_files_and_other_byte_orders_are_the_same() {
    check("p21.cif.gz", "p21.p1");
    check("h3-big-endian.mtz", "h3.p1");
}

#[test]
fn what_was_done_is_told() {
    let notes = |name| table(name).notes;
    assert_eq!(
        notes("p212121.mtz"),
        [
            "p212121.mtz: structure factors from FP",
            "p212121.mtz: no F(0 0 0); -default_F stands for it (77)"
        ]
    );
    assert_eq!(notes("c2.mtz")[0], "c2.mtz: structure factors from F(+) and F(-)");
    let intensities = &notes("h3.mtz")[0];
    assert!(
        intensities
            .starts_with("h3.mtz: amplitudes are the square roots of the intensities IMEAN; ")
            && intensities.ends_with(" below 0 count as 0"),
        "{intensities}"
    );
}

/// A small file of P 21 21 21 with rows of F_meas_au.
fn mmcif(rows: &str) -> String {
    format!(
        "data_x _cell.length_a 20 _cell.length_b 30 _cell.length_c 40 _cell.angle_alpha 90\n\
         _cell.angle_beta 90 _cell.angle_gamma 90 _symmetry.space_group_name_H-M 'P 21 21 21'\n\
         loop_ _refln.index_h _refln.index_k _refln.index_l _refln.F_meas_au _refln.F_calc\n{rows}\n"
    )
}

fn expand(text: &str, column: Option<&str>) -> Result<Expanded, Error> {
    let path = Path::new("x.cif");
    let file = ReflectionFile::read(path, text.as_bytes(), &Host::at(0))?.expect("a CIF file");
    file.table(path, column, DEFAULT, &Host::at(0))
}

fn value(factors: &StructureFactors, index: [i32; 3]) -> f64 {
    factors.values[factors.place(index).expect("inside")]
}

#[test]
fn absent_reflections_count_as_nothing() {
    let table = expand(&mmcif("3 0 0 12.5 1\n4 0 0 8 1\n0 0 0 99 1"), None).expect("a table");
    assert_eq!(value(&table.factors, [3, 0, 0]), 0.0);
    assert_eq!(value(&table.factors, [-4, 0, 0]), 8.0);
    assert_eq!(value(&table.factors, [2, 0, 0]), DEFAULT);
    assert_eq!(value(&table.factors, [-1, 0, 0]), 0.0);
    assert_eq!(value(&table.factors, [0, 0, 0]), 99.0);
    assert_eq!(
        table.notes,
        [
            "x.cif: structure factors from F_meas_au",
            "x.cif: 1 reflection that the space group extinguishes has a value and counts as 0 (the \
             first: 3 0 0, line 4)"
        ]
    );
}

#[test]
fn amplitudes_that_none_can_be_are_told() {
    let table = expand(&mmcif("1 2 3 -10 1\n2 2 3 1e39 1\n3 2 3 -4 1\n3 0 0 -7 1"), None);
    let table = table.expect("a table");
    let at = |index| value(&table.factors, index);
    assert_eq!([at([1, 2, 3]), at([-2, 2, 3]), at([3, 0, 0])], [-10.0, 1e39, 0.0]);
    assert_eq!(
        table.notes[1..3],
        [
            "x.cif: 2 amplitudes are below 0 and keep their signs, which count in the interpolation \
             alone (the first: 1 2 3, line 4)",
            "x.cif: 1 amplitude is so large that pixels, in single precision, cannot hold the square \
             (the first: 2 2 3, line 5)",
        ]
    );
    let notes = |row: &str| expand(&mmcif(row), None).expect("a table").notes.len();
    // The column, and F(0 0 0).
    assert_eq!(["1 2 3 -1e-9 1", "1 2 3 1.8e19 1", "1 2 3 1.9e19 1"].map(notes), [3, 2, 3]);
    // Where intensities are taken, their square roots count.
    let text = mmcif("1 2 3 1e39 1").replace("F_meas_au", "intensity_meas").replace("F_calc", "x");
    let notes = expand(&text, None).expect("a table").notes;
    assert!(notes[1].contains("1 amplitude is so large"), "{notes:?}");
}

#[test]
fn friedel_mates_in_rows_of_their_own_differ() {
    let table = expand(&mmcif("1 2 3 10 1\n-1 -2 -3 20 1\n1 1 3 30 1"), None).expect("a table");
    let at = |index| value(&table.factors, index);
    assert_eq!([at([1, 2, 3]), at([-1, -2, 3]), at([1, -2, -3])], [10.0; 3]);
    assert_eq!([at([-1, -2, -3]), at([1, 2, -3]), at([-1, 2, 3])], [20.0; 3]);
    assert_eq!([at([1, 1, 3]), at([-1, -1, -3])], [30.0; 2]);
    assert_eq!(table.factors.count, 4 + 4 + 8);
}

#[test]
fn rows_that_contradict_earlier_ones_are_told() {
    let table = expand(&mmcif("1 2 3 10 1\n-1 -2 3 10 1\n-1 2 -3 11 1"), None).expect("a table");
    assert_eq!(value(&table.factors, [1, 2, 3]), 10.0);
    assert_eq!(
        table.notes[1],
        "x.cif: 1 reflection is equivalent to an earlier one of another value and has no effect (the \
         first: -1 2 -3, line 6); unmerged data has to be merged first"
    );
}

#[test]
fn columns_by_name() {
    let text = mmcif("1 2 3 10 7");
    let chosen = |column| expand(&text, column).map(|table| value(&table.factors, [1, 2, 3]));
    assert_eq!(chosen(None).expect("a column"), 10.0);
    assert_eq!(chosen(Some("F_calc")).expect("a column"), 7.0);
    assert_eq!(chosen(Some("f_CALC")).expect("a column"), 7.0);
    assert_eq!(
        chosen(Some("F_cal")).expect_err("none").to_string(),
        "x.cif: -column F_cal is not among F_meas_au (amplitudes), F_calc (amplitudes); did you mean \
         F_calc?"
    );
}

#[test]
fn the_columns_that_hold_no_structure_factors_are_told() {
    let told = |text: &str, column| expand(text, column).expect_err("none").to_string();
    let own = mmcif("1 2 3 10 7").replace("F_meas_au", "my_own").replace("F_calc", "phase_calc");
    let none = "no column of amplitudes or intensities with values; the file has my_own, phase_calc \
                (not known by name)";
    assert_eq!(told(&own, None), format!("x.cif: {none}"));
    assert_eq!(told(&own, Some("my_own")), format!("x.cif: -column my_own: {none}"));
    let empty = mmcif("1 2 3 ? .");
    assert_eq!(
        told(&empty, Some("F_calc")),
        "x.cif: -column F_calc: no column of amplitudes or intensities with values; the file has \
         F_meas_au, F_calc (amplitudes without values)"
    );
    let beside = mmcif("1 2 3 10 ?").replace("_refln.F_calc", "_refln.my_own _refln.F_calc");
    let beside = beside.replace("10 ?", "10 7 ?");
    assert_eq!(
        told(&beside, Some("my_own")),
        "x.cif: -column my_own is not among F_meas_au (amplitudes); no structure factors are in my_own \
         (not known by name), F_calc (amplitudes without values)"
    );
    let indices = mmcif("1 2 3").replace("_refln.F_meas_au _refln.F_calc", "");
    assert_eq!(
        told(&indices, None),
        "x.cif: no column of amplitudes or intensities with values; the file has indices alone"
    );
}

#[test]
fn of_very_many_columns_the_first_are_told() {
    let names: Vec<String> = (0..1000).map(|k| format!("_refln.own_{k}")).collect();
    let row = "1 2 3 10 7".to_owned() + &" 5".repeat(1000);
    let text = mmcif(&row).replace("_refln.F_calc", &format!("_refln.F_calc {}", names.join(" ")));
    let error = expand(&text, Some("own_7")).expect_err("none").to_string();
    assert!(error.contains(" own_0, own_1, ") && error.contains(", and 980 more"), "{error}");
    assert!(error.len() < 400, "{error}");
}

#[test]
fn tables_are_bounded() {
    let text = mmcif("10000 2 3 1 1\n1 10000 5 1 1\n1 1 10000 1 1");
    let path = Path::new("x.cif");
    let host = Host { memory: || Some(1 << 30), ..Host::at(0) };
    let file = ReflectionFile::read(path, text.as_bytes(), &host).expect("read").expect("CIF");
    let error = file.table(path, None, 0.0, &host).expect_err("too large").to_string();
    assert!(
        error.starts_with("x.cif: a table of structure factors for h -10000 to 10000, k -10000 to")
            && error.contains("58.2 TiB")
            && error.ends_with("1.0 GiB are available"),
        "{error}"
    );
    // A gzip file that unpacks to more than there is.
    let mut packed = Vec::new();
    let zeros = vec![b'\n'; 1 << 25];
    let mut encoder = flate2::read::GzEncoder::new(&zeros[..], flate2::Compression::best());
    std::io::Read::read_to_end(&mut encoder, &mut packed).expect("packed");
    let host = Host { memory: || Some(1 << 24), ..Host::at(0) };
    let error = ReflectionFile::read(path, &packed, &host).expect_err("too large").to_string();
    assert_eq!(error, "x.cif: unpacks to more than 16777216 bytes");
}

#[test]
fn other_files_are_left_alone() {
    let unknown = |bytes: &[u8]| {
        ReflectionFile::read(Path::new("x"), bytes, &Host::at(0)).expect("no error").is_none()
    };
    assert!(unknown(b"1 2 3 4\n") && unknown(b"") && unknown(b"MTZ"));
    let packed = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let error =
        ReflectionFile::read(Path::new("x"), &packed, &Host::at(0)).expect_err("nothing in it");
    assert_eq!(error.to_string(), "x: a gzip file, and neither an MTZ nor a CIF file in it");
}

#[test]
fn text_that_is_not_utf_8_is_told() {
    let text = mmcif("1 2 3 10 1");
    let little: Vec<u8> =
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = "\u{feff}1 2 3 4\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let folder = tempfile::tempdir().expect("a directory");
    let host = Host { directory: folder.path().to_owned(), ..Host::at(0) };
    let wide: Vec<u8> = "\u{feff}1 2".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    for (bytes, code) in [(little, "UTF-16"), (big, "UTF-16"), (wide, "UTF-32")] {
        fs::write(folder.path().join("x.cif"), bytes).expect("a file");
        let request = Request::parse("-hkl x.cif -detpixels 8".split(' ')).expect("a request");
        let error = resolve(&request, &host, &mut Report::collect()).expect_err("refused");
        let told = format!("x.cif: text in {code}; save it as UTF-8 (as plain text)");
        assert_eq!(error.to_string(), told);
    }
}

#[test]
fn files_that_have_to_be_unpacked_are_told() {
    for (bytes, what) in [
        (&b"PK\x03\x04\x14\0"[..], "a zip file"),
        (b"BZh91AY&SY\x10", "a bzip2 file"),
        (b"\xfd7zXZ\0\0\x04", "an xz file"),
        (b"\x28\xb5\x2f\xfd\x04", "a zstd file"),
        (b"7z\xbc\xaf\x27\x1c\0", "a 7-Zip file"),
        (b"\x04\x22\x4d\x18\x64", "an lz4 file"),
        (b"\x1f\x9d\x90\x64", "a file of compress (.Z)"),
    ] {
        let error = ReflectionFile::read(Path::new("x"), bytes, &Host::at(0)).expect_err(what);
        let told = "unpack it first (files of gzip alone are read as they are)";
        assert_eq!(error.to_string(), format!("x: {what}; {told}"));
    }
}

#[test]
fn a_byte_order_mark_and_carriage_returns_change_nothing() {
    let text = mmcif("1 2 3 10 1\n2 2 4 8 1\n3 0 0 5 1");
    let text = text.replacen("data_x ", "# one\ndata_x\n_audit.text\n;two\n3\n;\n", 1);
    let plain = expand(&text, None).expect("a table");
    assert_eq!(value(&plain.factors, [2, -2, -4]), 8.0);
    assert!(plain.notes.iter().any(|note| note.contains("line 12")), "{:?}", plain.notes);
    let returns = text.replace('\n', "\r\n");
    for other in [format!("\u{feff}{text}"), format!("\u{feff}{returns}"), returns] {
        let table = expand(&other, None).expect("a table");
        assert_eq!(table.factors.values, plain.factors.values);
        assert_eq!(table.notes, plain.notes);
    }
}

fn job(arguments: &str) -> Result<Job, Error> {
    let request = Request::parse(arguments.split_whitespace())?;
    let host = Host { directory: folder(), ..Host::at(0) };
    resolve(&request, &host, &mut Report::collect())
}

#[test]
fn the_cell_of_the_file_serves_where_none_is_given() {
    const RUN: &str = "-hkl c2.mtz -detpixels 8 -quirks none";
    let own = job(RUN).expect("a job");
    assert_eq!(own.notes[0], "c2.mtz: unit cell 20 11 16 90 105 90");
    assert!(
        (own.experiment.crystal.volume - 20.0 * 11.0 * 16.0 * 105f64.to_radians().sin()).abs()
            < 1e-9
    );
    let given = job(&format!("{RUN} -cell 20 11 16 90 105 90")).expect("a job");
    assert_eq!(given.experiment.crystal.cell, own.experiment.crystal.cell);
    assert!(given.notes.iter().all(|note| !note.contains("unit cell")));
    let other = job(&format!("{RUN} -cell 16 11 20 90 105 90")).expect("a job");
    assert_eq!(
        other.notes[0],
        "c2.mtz: its unit cell is 20 11 16 90 105 90, that of the crystal 16 11 20 90 105 90"
    );
}

#[test]
fn a_cell_of_a_file_that_is_none_is_told_with_the_file() {
    let folder = tempfile::tempdir().expect("a directory");
    let job = |[alpha, beta, gamma]: [&str; 3]| {
        let mut text = mmcif("1 2 3 10 1");
        for (name, angle) in [("alpha", alpha), ("beta", beta), ("gamma", gamma)] {
            text = text.replace(&format!("{name} 90"), &format!("{name} {angle}"));
        }
        fs::write(folder.path().join("x.cif"), text).expect("a file");
        let request = Request::parse("-hkl x.cif -detpixels 8 -N 2".split(' ')).expect("a request");
        let host = Host { directory: folder.path().to_owned(), ..Host::at(0) };
        resolve(&request, &host, &mut Report::collect()).map(|_| ()).map_err(|e| e.to_string())
    };
    assert_eq!(job(["90"; 3]), Ok(()));
    let none = "x.cif: its unit cell 20 30 40 20 20 90: no cell has these angles";
    assert_eq!(job(["20", "20", "90"]), Err(none.into()));
    let none = "no unit cell: that of x.cif is impossible (20 30 40 90 90 180); give -cell a b c α β γ or -mat \
                FILE (-help shows examples)";
    assert_eq!(job(["90", "90", "180"]), Err(none.into()));
    assert_eq!(
        job(["90", "90", "?"]),
        Err(none.replace("180", "?").replace("impossible", "incomplete"))
    );
    let flat = "x.cif: its unit cell 20 30 40 120 120 120: the cell has no volume";
    assert_eq!(job(["120"; 3]), Err(flat.into()));
}

#[test]
fn columns_of_other_files_are_refused() {
    let reason = |arguments| job(arguments).expect_err("refused").to_string();
    assert_eq!(
        reason("-cell 20 -hkl c2.p1 -column FP"),
        "c2.p1: -column FP: neither an MTZ nor a CIF file"
    );
    assert_eq!(reason("-cell 20 -default_F 1 -column FP"), "-column FP: there is no -hkl FILE");
    assert!(
        reason("-hkl missing.mtz -cell 20 -column FP").starts_with("-hkl: cannot read missing.mtz")
    );
}

//! Faults in structure factors: reading them, looking them up, dumping them.

use std::collections::HashSet;
use std::sync::Arc;

use nanobragg_reference::Quirk;
use nanobragg_reference::experiment::StructureFactors;
use nanobragg_reference::resolve::Job;
use ndarray::{Axis, s};

use super::file::{grid, reverse_words};
use super::input::edit_lines;
use super::options;
use super::{Fault, Stage, recorded, typical};
use crate::cases::Kind;

pub(super) const LIST: &[Fault] = &[
    typical(
        "last-reflection-lost",
        "The last line of a reflection file is not read.",
        Stage::Input("hkl", |bytes| edit_lines(bytes, |lines| drop(lines.pop()))),
    ),
    typical(
        "first-reflection-lost",
        "The first line of a reflection file is taken for a heading.",
        Stage::Input("hkl", |bytes| edit_lines(bytes, |lines| drop(lines.remove(0)))),
    ),
    typical(
        "duplicate-hkl-first-wins",
        "Of reflections with the same indices the first one counts.",
        Stage::Input("hkl", |bytes| {
            edit_lines(bytes, |lines| {
                let mut seen = HashSet::new();
                lines.retain(|line| {
                    let index: Vec<String> =
                        line.split_whitespace().take(3).map(str::to_owned).collect();
                    seen.insert(index)
                });
            });
        }),
    ),
    recorded(
        "default-f-without-table-fails",
        "-default_F alone is no structure factor.",
        "bl831/nanoBragg 18d2867; hoidn/nanoBragg 703b9a7f",
        Stage::Arguments(|arguments| {
            if !options::has(arguments, &["hkl", "dump"]) {
                options::remove(arguments, &["default_F"], 1);
            }
        }),
    ),
    typical(
        "default-f-inside-box-zero",
        "Reflections that the file leaves out are 0, not -default_F.",
        Stage::Resolved(|job, _| {
            edit_table(job, |table, default_f| {
                table.values.mapv_inplace(|value| if value == default_f { 0.0 } else { value });
            });
        }),
    ),
    typical(
        "indices-exchanged",
        "The table of structure factors is filled in the order l, k, h.",
        Stage::Resolved(|job, _| {
            edit_table(job, |table, _| {
                table.min.swap(0, 2);
                table.max.swap(0, 2);
                let turned = table.values.view().permuted_axes([2, 1, 0]);
                table.values = turned.as_standard_layout().into_owned();
            });
        }),
    ),
    typical(
        "indices-negated",
        "Structure factors are looked up at −h −k −l.",
        Stage::Resolved(|job, _| {
            edit_table(job, |table, _| {
                let (min, max) = (table.min, table.max);
                (table.min, table.max) = (max.map(|index| -index), min.map(|index| -index));
                table.values = table.values.slice(s![..;-1, ..;-1, ..;-1]).to_owned();
            });
        }),
    ),
    typical(
        "table-end-excluded",
        "The largest l of the table counts as outside.",
        Stage::Resolved(|job, _| {
            edit_table(job, |table, _| {
                let count = table.values.len_of(Axis(2));
                if count > 1 {
                    table.max[2] -= 1;
                    table.values = table.values.slice(s![.., .., ..count - 1]).to_owned();
                }
            });
        }),
    ),
    recorded(
        "interpolation-replaced-by-nearest",
        "Structure factors are never interpolated.",
        "hoidn/nanoBragg ff2fb71c; bl831/nanoBragg 44ca7b8",
        Stage::Resolved(|job, _| job.experiment.structure.interpolate = false),
    ),
    typical(
        "always-interpolated",
        "Structure factors are interpolated for any number of cells.",
        Stage::Resolved(|job, _| {
            let structure = &mut job.experiment.structure;
            structure.interpolate = structure.factors.is_some();
        }),
    ),
    typical(
        "dump-not-written",
        "No dump of the structure factors is written.",
        Stage::Resolved(|job, _| job.dump = None),
    ),
    recorded(
        "fdump-not-used",
        "Without -hkl a dump that exists is not read.",
        "hoidn/nanoBragg C-DESIGN-FLAW-005, 703b9a7f, 2d1a2846",
        Stage::Arguments(|arguments| {
            if !options::has(arguments, &["hkl"]) {
                options::remove(arguments, &["dump"], 1);
                options::turn_off(arguments, Quirk::ImplicitFdump);
            }
        }),
    ),
    typical(
        "fdump-other-byte-order",
        "The dump of the structure factors has the other byte order.",
        Stage::File(Kind::Fdump, |bytes, _| {
            let start = grid(bytes);
            reverse_words(&mut bytes[start..], 8);
        }),
    ),
    recorded(
        "fdump-range-without-padding",
        "The grid of a dump lacks its padding.",
        "hoidn/nanoBragg 572217ba",
        Stage::File(Kind::Fdump, |bytes, made| {
            if let Some(factors) = &made.experiment.structure.factors {
                bytes.truncate(grid(bytes));
                bytes.extend(factors.values.iter().flat_map(|value| value.to_ne_bytes()));
            }
        }),
    ),
    recorded(
        "fdump-single-precision",
        "The dump holds single precision.",
        "hoidn/nanoBragg 73ba968f",
        Stage::File(Kind::Fdump, |bytes, _| {
            let start = grid(bytes);
            let words = bytes[start..].as_chunks().0.to_vec();
            bytes.truncate(start);
            let single = |word| (f64::from_ne_bytes(word) as f32).to_ne_bytes();
            bytes.extend(words.into_iter().flat_map(single));
        }),
    ),
    typical(
        "fdump-axis-order",
        "In the dump h runs fastest, not l.",
        Stage::File(Kind::Fdump, |bytes, made| {
            let Some(factors) = &made.experiment.structure.factors else { return };
            let start = grid(bytes);
            let [h_count, k_count, l_count] = factors.ranges().map(|count| count + 1);
            let old: Vec<[u8; 8]> = bytes[start..].as_chunks().0.to_vec();
            let place = |h, k, l| (h * k_count + k) * l_count + l;
            let words = (0..l_count).flat_map(|l| {
                (0..k_count).flat_map(move |k| (0..h_count).map(move |h| place(h, k, l)))
            });
            let new: Vec<u8> = words.filter_map(|at| old.get(at).copied()).flatten().collect();
            bytes.truncate(start);
            bytes.extend(new);
        }),
    ),
    typical(
        "fdump-without-form-feed",
        "The dump lacks the form feed behind its ranges.",
        Stage::File(Kind::Fdump, |bytes, _| {
            let start = grid(bytes);
            if start > 0 {
                bytes.remove(start - 1);
            }
        }),
    ),
];

/// Edits the table of structure factors, given -default_F.
fn edit_table(job: &mut Job, edit: impl FnOnce(&mut StructureFactors, f64)) {
    let structure = &mut job.experiment.structure;
    if let Some(table) = &mut structure.factors {
        edit(Arc::make_mut(table), structure.default_f);
    }
}

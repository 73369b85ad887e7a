//! Divergence, dispersion and the table of sources.

use proptest::collection::vec;
use proptest::prelude::*;

use super::Subject;
use super::build::*;
use super::scene::Scene;
use crate::fuzz::case::{Content, Group};

/// Options of the sources.
pub(super) fn sources(scene: &Scene) -> Groups {
    let most = scene.counts.sources as i64;
    let about = scene.is_about(Subject::Sources);
    if most < 2 {
        // Options that leave one source.
        let lone = either([
            (1, with("dispsteps", integer(1..=4))),
            (1, with("hdivsteps", word_of(&["0", "1"]))),
            (1, flag_of(&["round_div", "square_div"])),
            (1, table(scene, 1)),
        ]);
        return some(if about { 0.8 } else { 0.06 }, lone);
    }
    let side = most.isqrt().max(1);
    let third = most / (side * side);
    either([
        (3, table(scene, most as usize)),
        (
            1,
            all([
                table(scene, most as usize),
                is("dispersion", 1),
                with("dispsteps", integer(1..=3)),
            ]),
        ),
        (3, dispersion(most)),
        (5, all([divergence(side), some(0.5, flag_of(&["round_div", "square_div"]))])),
        (3, if third > 1 { all([dispersion(third), divergence(side)]) } else { divergence(side) }),
    ])
}

fn dispersion(most: i64) -> Groups {
    let width = with("dispersion", often(&["0.1", "1"], number(0.05..20.0)));
    let steps = with("dispsteps", integer(1..=most));
    either([
        (6, all([width.clone(), steps.clone()])),
        (1, width),
        (1, steps.clone()),
        (1, all([with("dispersion", word_of(&["-1", "0"])), steps])),
    ])
}

/// Horizontal and vertical divergence, in each of the combinations that fill each other in.
fn divergence(most: i64) -> Groups {
    let mrad = || often(&["1", "5"], number(0.2..40.0));
    let count = || integer(1..=most.max(2));
    let both = all([with("divergence", mrad()), some(0.85, with("divsteps", count()))]);
    let ranges = all([
        with("hdivrange", mrad()),
        with("vdivrange", mrad()),
        some(0.8, with("hdivsteps", count())),
        some(0.8, with("vdivsteps", count())),
    ]);
    let counts = all([with("hdivsteps", count()), some(0.7, with("vdivsteps", count()))]);
    let steps = all([with("hdivstep", mrad()), some(0.5, with("vdivstep", mrad()))]);
    let quotient = all([
        range_over_step(["hdivrange", "hdivstep"], most),
        some(0.5, all([with("vdivrange", mrad()), with("vdivsteps", count())])),
    ]);
    let vertical = all([
        range_over_step(["vdivrange", "vdivstep"], most),
        some(0.5, with("vdivsteps", count())),
    ]);
    let everything = all([
        range_over_step(["hdivrange", "hdivstep"], most),
        with("hdivsteps", count()),
        range_over_step(["vdivrange", "vdivstep"], most),
        with("vdivsteps", count()),
    ]);
    either([
        (4, both),
        (4, ranges),
        (2, counts),
        (2, steps),
        (2, quotient),
        (1, vertical),
        (2, everything),
    ])
}

/// A range and a step that goes into it up to `most` times.
fn range_over_step([range, step]: [&'static str; 2], most: i64) -> Groups {
    (0.2..40.0f64, 1..=most, prop::sample::select(vec![0.0, 0.5, 1.0]))
        .prop_map(move |(mrad, count, less)| {
            let width = rounded(mrad, 5);
            let distance = rounded(width / (count as f64 - less).max(1.0), 5);
            vec![Group::new(range, [width]), Group::new(step, [distance])]
        })
        .boxed()
}

/// One row of a table of sources.
#[derive(Clone, Debug)]
struct Row {
    offsets: [f64; 2],
    length: f64,
    weight: f64,
    wavelength: f64,
    columns: usize,
    separator: &'static str,
    start: &'static str,
    end: &'static str,
}

/// A table of sources near the beam, in a format that the C program reads.
fn table(scene: &Scene, most: usize) -> Groups {
    let beam = scene.beam();
    let angstrom = scene.wavelength;
    let name = |word: &'static str| prop::sample::select(vec![word; 1]);
    let rows = prop_oneof![
        3 => vec(row(Just(5).boxed()), 1..=most).boxed(),
        2 => vec(row(prop::sample::select(vec![3, 4, 5]).boxed()), 1..=most).boxed(),
    ];
    let feeds =
        prop_oneof![6 => name("\n"), 1 => name("\n\n"), 1 => name("\r\n"), 1 => name("\n \t,\n")];
    (rows, feeds, any::<bool>())
        .prop_map(move |(rows, feed, last)| {
            let full = rows.iter().all(|row| row.columns == 5);
            // Anything but a line feed behind fewer columns is read as 0.
            let feed = if full || feed != "\r\n" { feed } else { "\n" };
            let lines: Vec<String> = rows.iter().map(|row| row.line(&beam, angstrom)).collect();
            let text = lines.join(feed) + if last || !full { feed } else { "" };
            vec![Group::file("sourcefile", "src.txt", Content::Text(text))]
        })
        .boxed()
}

fn row(columns: BoxedStrategy<usize>) -> impl Strategy<Value = Row> {
    let separator = prop::sample::select(vec![" ", " ", "  ", "\t", ", ", ",", "; ", " : "]);
    let start = prop::sample::select(vec!["", "", "", "  ", "\t", ","]);
    let end = prop::sample::select(vec!["", "", "", "", " 7 8", "  extra words", " # comment"]);
    let length = prop_oneof![Just(10.0).boxed(), Just(1.0).boxed(), (0.5..20.0f64).boxed()];
    let numbers = (prop::array::uniform2(-0.08..0.08f64), length, 0.1..5.0f64, 0.97..1.05f64);
    (numbers, columns, separator, start, end).prop_map(
        |((offsets, length, weight, wavelength), columns, separator, start, end)| Row {
            offsets,
            length,
            weight,
            wavelength,
            columns,
            separator,
            start,
            end: if columns == 5 { end } else { "" },
        },
    )
}

impl Row {
    fn line(&self, beam: &[f64; 3], angstrom: f64) -> String {
        let mut position = beam.map(|x| -x);
        let largest = (0..3).max_by(|&i, &j| beam[i].abs().total_cmp(&beam[j].abs())).unwrap_or(0);
        position[(largest + 1) % 3] += self.offsets[0];
        position[(largest + 2) % 3] += self.offsets[1];
        let position = position.map(|x| rounded(x * self.length, 6).to_string());
        let rest =
            [format!("{:.3}", self.weight), format!("{:.7e}", self.wavelength * angstrom * 1e-10)];
        let words: Vec<String> = position.into_iter().chain(rest).take(self.columns).collect();
        format!("{}{}{}", self.start, words.join(self.separator), self.end)
    }
}

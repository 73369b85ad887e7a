//! Cell, orientation, numbers of cells, shape, mosaicity.

use nanobragg_reference::vector::{cross, dot};
use proptest::prelude::*;

use super::Subject;
use super::build::*;
use super::scene::{Rows, Scene, times};
use crate::fuzz::case::{Content, Group};

/// Options of the crystal.
pub(super) fn crystal(scene: &Scene) -> Groups {
    let odds = |otherwise| scene.odds(Subject::Crystal, otherwise);
    all([
        either([(7, cell(scene)), (1, matrix(scene)), (1, all([matrix(scene), cell(scene)]))]),
        some(odds(0.25), misset()),
        either([(6, counts(scene)), (1, size_in_mm(scene))]),
        some(odds(0.06), with("density", number(0.8..2.0))),
        some(odds(0.06), with("MW", number(10.0..1e5))),
        some(odds(0.4), shape(scene)),
        mosaic(scene),
    ])
}

/// All six constants, or the first three or fewer.
fn cell(scene: &Scene) -> Groups {
    let [lengths, angles] = [&scene.cell[..3], &scene.cell[3..]];
    let lengths: Vec<Value> = lengths.iter().map(|&length| about(length)).collect();
    let angles: Vec<String> = angles.iter().map(f64::to_string).collect();
    (lengths, 1usize..=30)
        .prop_map(move |(lengths, count)| {
            let words = lengths.into_iter().chain(angles.iter().cloned());
            // Fewer angles than three may make a cell that does not exist.
            vec![Group::new("cell", words.take(if count <= 3 { count } else { 6 }))]
        })
        .boxed()
}

/// A file with the orientation matrix of MOSFLM: columns a*, b*, c*, times the wavelength.
fn matrix(scene: &Scene) -> Groups {
    let reciprocal = reciprocal(&scene.cell).map(|vector| times(&scene.rotation, vector));
    let rows: Rows = [0, 1, 2].map(|i| [0, 1, 2].map(|j| scene.wavelength * reciprocal[j][i]));
    let separators = prop::sample::select(vec![" ", "  ", "\t"]);
    let ends = prop::sample::select(vec!["\n", "\n", "\r\n", " "]);
    let tails = prop::sample::select(vec!["", "\n", "\n 0.0 0.0 0.0\n1 0 0\n"]);
    (separators, ends, tails, 8usize..11)
        .prop_map(move |(separator, end, tail, digits)| {
            let row = |row: &[f64; 3]| row.map(|x| format!("{x:.digits$}")).join(separator);
            let text = rows.iter().map(row).collect::<Vec<_>>().join(end) + tail;
            vec![Group::file("mat", "auto.mat", Content::Text(text))]
        })
        .boxed()
}

/// Reciprocal vectors of a cell with a along x and b in the xy plane, 1/Å.
fn reciprocal(cell: &[f64; 6]) -> Rows {
    let [a, b, c, ..] = *cell;
    let [al, be, ga] = [cell[3], cell[4], cell[5]].map(f64::to_radians);
    let y = (al.cos() - be.cos() * ga.cos()) / ga.sin();
    let z = (1.0 - be.cos().powi(2) - y * y).max(1e-6).sqrt();
    let direct = [[a, 0.0, 0.0], [b * ga.cos(), b * ga.sin(), 0.0], [c * be.cos(), c * y, c * z]];
    let [va, vb, vc] = &direct;
    let volume = dot(va, &cross(vb, vc));
    [cross(vb, vc), cross(vc, va), cross(va, vb)].map(|vector| vector.map(|x| x / volume))
}

/// Angles, a random orientation with its seed, or one after the other. A seed alone also acts.
fn misset() -> Groups {
    let angle = || number(-180.0..180.0);
    let angles = with_three("misset", [angle(), angle(), angle()]);
    let seed = with("misset_seed", integer(1..=99_999));
    let random = all([with("misset", word_of(&["random", "rand", "randomly"])), seed.clone()]);
    either([(5, angles.clone()), (4, random.clone()), (1, all([random, angles])), (1, seed)])
}

/// `-N`, or `-Na -Nb -Nc`, or both.
fn counts(scene: &Scene) -> Groups {
    let [a, b, c] = scene.cells;
    let each = [("Na", a), ("Nb", b), ("Nc", c)].map(|(name, count)| some(0.9, is(name, count)));
    let equal = with(
        "N",
        prop_oneof![9 => Just(a).boxed(), 1 => (-3..=1i64).boxed()]
            .prop_map(|n| n.to_string())
            .boxed(),
    );
    either([(4, equal.clone()), (4, all(each.clone())), (1, all([equal, all(each)]))])
}

/// The crystal's size, with a beam that may clip it.
fn size_in_mm(scene: &Scene) -> Groups {
    let mm = |name: &'static str, axis: usize| {
        let (count, length) = (scene.cells[axis] as f64, scene.cell[axis]);
        let size = (0.05..0.9f64, 2usize..8).prop_map(move |(part, digits)| {
            rounded((count - part) * length * 1e-7, digits).to_string()
        });
        with(name, size.boxed())
    };
    let each = all([mm("xtal_thick", 0), mm("xtal_width", 1), mm("xtal_height", 2)]);
    let beam = scene.cell[1] * 3e-7;
    all([
        // The last of these is larger than the beam by itself.
        either([(3, mm("xtalsize", 0)), (6, each), (1, is("xtalsize", 0.2))]),
        some(0.3, with("beamsize", often(&["0"], number(beam * 0.3..beam * 3.0)))),
    ])
}

/// A shape, with a fudge factor that gives spots of a visible size.
fn shape(scene: &Scene) -> Groups {
    let cells = scene.cells.iter().map(|&n| n as f64).product::<f64>();
    let longest = scene.cell[..3].iter().copied().fold(0.0, f64::max);
    // The squared radius of a spot that is a part of the distance of two spots.
    let radius = move |part: f64| (part / longest * cells).powi(2);
    let fudge = move |scale: f64, parts: std::ops::Range<f64>| {
        let value = parts.prop_map(move |part| rounded(scale / radius(part), 4).to_string());
        with("fudge", value.boxed())
    };
    // A Gaussian that grows, by some powers of e from one spot to the next.
    let growing = fudge(-0.63, 0.3..3.0);
    either([
        (2, all([flag("round_xtal"), some(0.5, with("fudge", decades(-1.0..0.7)))])),
        (
            2,
            all([
                flag("gauss_xtal"),
                some(0.8, either([(20, fudge(0.63, 0.1..0.8)), (1, growing)])),
            ]),
        ),
        (2, all([flag("tophat_spots"), some(0.9, fudge(0.3969, 0.2..0.8))])),
        (1, all([flag("square_xtal"), some(0.3, with("fudge", number(0.3..3.0)))])),
        (1, flag_of(&["round_xtal", "gauss_xtal"])),
    ])
}

fn mosaic(scene: &Scene) -> Groups {
    let most = scene.counts.domains as i64;
    if most < 2 {
        return some(0.03, with("mosaic_dom", word_of(&["1", "3", "-1"])));
    }
    let spread = with("mosaic", often(&["0.1", "1", "90"], number(0.05..10.0)));
    let domains = with("mosaic_dom", integer(1..=most));
    let alone = if most >= 10 { 2 } else { 0 };
    either([(alone, spread.clone()), (1, domains.clone()), (20, all([spread, domains]))])
}

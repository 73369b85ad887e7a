//! Reflection files and dumps of structure factors.

use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::prelude::*;

use super::build::rounded;
use super::scene::Scene;
use crate::fuzz::dump::Dump;

/// Most reflections of a file.
const MOST: i64 = 2500;

/// Ranges of h, k, l.
pub(super) type Ranges = [RangeInclusive<i64>; 3];

/// Ranges around what the detector sees: wider, narrower, shifted, a plane, a single reflection.
/// `interpolating` ones leave room for the neighbours of each index.
pub(super) fn ranges(scene: &Scene, interpolating: bool) -> BoxedStrategy<Ranges> {
    let reach = scene.resolution();
    let seen = [0, 1, 2].map(|axis| ((scene.cell[axis] * reach).ceil() as i64).clamp(1, 6));
    let room = if interpolating { 3 } else { 0 };
    let wide = (0..=3i64).prop_map(move |more| seen.map(|n| -n - room - more..=n + room + more));
    let edge = vec(-2..=2i64, 6)
        .prop_map(move |m| [0, 1, 2].map(|i| -seen[i] + m[i]..=seen[i].max(2) + m[i + 3]));
    let narrow = vec(0..=3i64, 6).prop_map(|m| [0, 1, 2].map(|i| -m[i]..=m[i + 3]));
    let half = vec(any::<bool>(), 3).prop_map(move |up| {
        [0, 1, 2].map(|i| if up[i] { -2..=seen[i] + 3 } else { -seen[i] - 3..=2 })
    });
    let plane = (0..3usize, 0..=1i64).prop_map(move |(flat, thick)| {
        [0, 1, 2].map(|i| if i == flat { -thick..=thick } else { -seen[i] - 2..=seen[i] + 2 })
    });
    let single = vec(-1..=1i64, 3).prop_map(|at| [0, 1, 2].map(|i| at[i]..=at[i]));
    prop_oneof![
        8 => wide.boxed(),
        4 => edge.boxed(),
        2 => narrow.boxed(),
        2 => half.boxed(),
        1 => plane.boxed(),
        1 => single.boxed(),
    ]
    .prop_map(ordered)
    .boxed()
}

fn ordered(ranges: Ranges) -> Ranges {
    ranges.map(|range| *range.start().min(range.end())..=*range.start().max(range.end()))
}

fn volume(ranges: &Ranges) -> i64 {
    ranges.iter().map(|range| range.end() - range.start() + 1).product()
}

/// How amplitudes are drawn and written, by a number from 0 to 5.
fn amplitude(kind: u8, uniform: f64) -> String {
    match kind {
        0 => "100".into(),
        1 => format!("{:.2}", uniform * 1000.0),
        2 => format!("{:.0}", uniform * 900.0),
        3 => rounded((uniform - 0.1) * 400.0, 4).to_string(),
        4 => format!("{:.5e}", (uniform - 0.5) * 600.0),
        _ => (uniform * 500.0).to_string(),
    }
}

/// A reflection file over some ranges, in one of the formats that the C program reads.
pub(super) fn file(ranges: Ranges) -> BoxedStrategy<String> {
    let count = volume(&ranges).min(MOST) as usize;
    let kept = prop::sample::select(vec![1.0, 1.0, 1.0, 0.9, 0.4]);
    let uniforms = vec((0.0..1.0f64, 0.0..1.0f64), count);
    (uniforms, kept, 0u8..6, 0u8..4, vec(any::<prop::sample::Index>(), 0..6), ending())
        .prop_map(move |(uniforms, kept, kind, format, twice, end)| {
            let mut lines: Vec<String> = indices(&ranges, count)
                .zip(&uniforms)
                .enumerate()
                // The corners stay, so that the ranges are those that were asked for.
                .filter(|(place, (_, (_, keep)))| {
                    *keep < kept || *place == 0 || *place + 1 == count
                })
                .map(|(_, (index, (uniform, _)))| line(format, index, &amplitude(kind, *uniform)))
                .collect();
            for (uniform, index) in uniforms.iter().zip(twice) {
                let at = index.index(lines.len());
                let again: Vec<&str> = lines[at].split_whitespace().take(3).collect();
                let again = format!("{} {}", again.join(" "), amplitude(kind, uniform.1));
                lines.push(again);
            }
            end.finish(lines)
        })
        .boxed()
}

/// Indices of a box, evenly chosen where there are too many; the first and the last corner are
/// among them.
fn indices(ranges: &Ranges, count: usize) -> impl Iterator<Item = [i64; 3]> {
    let sizes = ranges.clone().map(|range| range.end() - range.start() + 1);
    let starts = ranges.clone().map(|range| *range.start());
    let all = sizes.iter().product::<i64>();
    let last = (count as i64 - 1).max(1);
    (0..count as i64).map(move |place| {
        let at = place * (all - 1) / last;
        let (h, rest) = (at / (sizes[1] * sizes[2]), at % (sizes[1] * sizes[2]));
        [starts[0] + h, starts[1] + rest / sizes[2], starts[2] + rest % sizes[2]]
    })
}

fn line(format: u8, [h, k, l]: [i64; 3], f: &str) -> String {
    match format {
        0 => format!("{h:4} {k:4} {l:4} {f:>10}"),
        1 => format!("{h}\t{k}\t{l}\t{f}"),
        2 => format!(" {h}  {k} {l}   {f} "),
        _ => format!("{h} {k} {l} {f}"),
    }
}

/// Line ends, and what stands between and behind the lines.
#[derive(Clone, Copy, Debug)]
struct Ending {
    feed: &'static str,
    start: &'static str,
    tail: &'static str,
    strange: Option<(&'static str, usize)>,
}

fn ending() -> impl Strategy<Value = Ending> {
    let feed = prop::sample::select(vec!["\n", "\n", "\n", "\n", "\r\n", "\n\n", " "]);
    let start = prop::sample::select(vec!["", "", "", "", "\n\n", "  ", "\t"]);
    let tail = prop::sample::select(vec!["\n", "\n", "\n", "\n", "", "\nEND\n", "\nx", "\n\n \n"]);
    let strange = prop::sample::select(vec![
        "# comment",
        "0 0 x 5",
        "1 0 0 7abc",
        "1 0 0 9 e",
        "1 0 0 +3. end",
        "+1 -0 0 5",
        "1 0 0 0x1p3",
        "1 0 0 0x",
        "1 0 0 5e",
        "1 0 0 5d2",
        "1 0 0 .",
        "01 0 0 1e+1 1 1",
    ]);
    (feed, start, tail, prop::option::weighted(0.06, (strange, 1usize..40)))
        .prop_map(|(feed, start, tail, strange)| Ending { feed, start, tail, strange })
}

impl Ending {
    fn finish(self, mut lines: Vec<String>) -> String {
        if let Some((line, place)) = self.strange {
            // Behind the first line, so that there is something to read.
            lines.insert(place.min(lines.len()), line.to_owned());
        }
        self.start.to_owned() + &lines.join(self.feed) + self.tail
    }
}

/// A dump of structure factors. Its first value may begin with a byte that is white space, which
/// the C program swallows.
pub(super) fn dump(ranges: Ranges) -> BoxedStrategy<Dump> {
    let counts = ranges.clone().map(|range| (range.end() - range.start() + 1) as usize);
    let min = ranges.map(|range| *range.start());
    let strange = prop::sample::select(vec![9u8, 10, 11, 12, 13, 32, 33])
        .prop_map(|byte| f64::from_bits(123.25f64.to_bits() | u64::from(byte)));
    let first = prop_oneof![8 => (0.0..500.0f64).boxed(), 1 => strange.boxed()];
    let length: usize = counts.iter().map(|count| count + 1).product();
    (vec(0.0..500.0f64, length), first)
        .prop_map(move |(mut values, first)| {
            values[0] = first;
            Dump { min, counts, values }
        })
        .boxed()
}

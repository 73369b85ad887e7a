//! Faults in the report.

use super::{Fault, Stage, typical};

pub(super) const LIST: &[Fault] = &[
    typical(
        "range-warning-twice",
        "The warning of the interpolation is printed twice.",
        Stage::Report(|text| {
            edit(text, |line| {
                let twice = line.starts_with("WARNING: out of range");
                if twice { format!("{line}\n{line}") } else { line.to_owned() }
            });
        }),
    ),
    typical(
        "range-warning-ends-line",
        "A line feed ends the warning of the interpolation.",
        Stage::Report(|text| {
            *text = text.replace("will not be printed! ", "will not be printed! \n");
        }),
    ),
    typical(
        "maximum-not-reported",
        "The line of the maximum is missing.",
        Stage::Report(|text| without(text, "max_I = ")),
    ),
    typical(
        "solid-angle-not-reported",
        "The line of the solid angle is missing.",
        Stage::Report(|text| without(text, "solid angle subtended")),
    ),
    typical(
        "domains-not-reported",
        "The number of mosaic domains is missing.",
        Stage::Report(|text| without(text, "  created a total of")),
    ),
    typical(
        "indices-in-other-order",
        "Printed pixels show their Miller indices in the order l k h.",
        Stage::Report(|text| {
            edit(text, |line| {
                let Some((real, nearest)) =
                    line.strip_prefix("hkl= ").and_then(|indices| indices.split_once("  hkl0= "))
                else {
                    return line.to_owned();
                };
                let reversed = |triple: &str| triple.split(' ').rev().collect::<Vec<_>>().join(" ");
                format!("hkl= {}  hkl0= {}", reversed(real), reversed(nearest))
            });
        }),
    ),
    typical(
        "exponent-of-one-digit",
        "Exponents in the report have as few digits as they need.",
        Stage::Report(|text| *text = text.replace("e-0", "e-").replace("e+0", "e+")),
    ),
    typical("nothing-reported", "There is no report.", Stage::Report(String::clear)),
];

/// Edits the report line by line.
fn edit(text: &mut String, line: impl Fn(&str) -> String) {
    *text = text.split('\n').map(line).collect::<Vec<_>>().join("\n");
}

/// Takes the lines out that begin in this way.
fn without(text: &mut String, beginning: &str) {
    *text = text.split_inclusive('\n').filter(|line| !line.starts_with(beginning)).collect();
}

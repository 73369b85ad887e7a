//! The text of `--help`.

use std::fmt::Write;

use super::Subject;
use super::options::{Id, OPTIONS, Opt};
use super::own::OWN;
use crate::quirks::Quirk;

const WIDTH: usize = 96;
const INDENT: usize = 32;

/// The whole help: usage, examples, options by subject, quirks, exit statuses.
pub fn text() -> String {
    let mut text = String::from(
        "nanobragg: absolute-scale X-ray diffraction images of small crystals

usage: nanobragg -cell a b c α β γ -hkl FILE [options]
       nanobragg -mat FILE -hkl FILE [options]
       nanobragg -cell a b c α β γ -default_F F [options]
       nanobragg batch FILE [options]: many images; nanobragg batch -help has the rest

Every option of the C program nanoBragg is taken, with its units and defaults (in brackets).
Options may be given in any order, with one dash or two. Four images are written by default.

examples:
  a cubic cell of 100 Å, five cells a side, all structure factors 100 electrons:
    nanobragg -cell 100 100 100 90 90 90 -default_F 100 -N 5 -distance 100 -detpixels 512
  a protein, mosaic, one degree of rotation in ten steps, with a picture:
    nanobragg -mat A.mat -hkl P1.hkl -lambda 0.98 -distance 200 -N 20 -mosaic 0.3 \\
              -osc 1 -phisteps 10 -pngfile picture.png
",
    );
    for (subject, heading) in Subject::ALL {
        let _ = write!(text, "\n{heading}:\n");
        for option in OPTIONS.iter().filter(|option| option.subject == subject) {
            // -misset stands in the table twice, and the second row describes both forms.
            if option.id != Id::MissetRandom {
                entry(&mut text, &label(option), option.help);
            }
        }
        if subject == Subject::Program {
            for own in OWN {
                entry(&mut text, format!("-{} {}", own.name, own.placeholder).trim(), own.help);
            }
        }
    }
    text.push_str("\nQuirks (-quirks), each with what the C program does; spec/quirks.md has the whole story:\n");
    for quirk in Quirk::ALL {
        entry(&mut text, quirk.name(), quirk.c_behaviour());
    }
    text.push_str(
        "
Exit status: 0 done, 1 wrong usage or input, 2 a file could not be read or written,
3 the engine is not available, 130 interrupted.
",
    );
    text
}

fn label(option: &Opt) -> String {
    let names: Vec<String> = option.names.iter().take(2).map(|name| format!("-{name}")).collect();
    format!("{} {}", names.join(", "), option.placeholder).trim().to_owned()
}

/// One entry: the label, then the help wrapped beside it.
fn entry(text: &mut String, label: &str, help: &str) {
    let mut line = format!("  {label}");
    if line.chars().count() >= INDENT {
        text.push_str(&line);
        text.push('\n');
        line.clear();
    }
    let mut column = line.chars().count();
    line.push_str(&" ".repeat(INDENT - column));
    column = INDENT;
    for word in help.split_whitespace() {
        let length = word.chars().count();
        if column + length >= WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(INDENT);
            column = INDENT;
        }
        line.push_str(word);
        line.push(' ');
        column += length + 1;
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

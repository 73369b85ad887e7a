//! Requests that the project refuses on purpose though the C program goes on, crashes or writes
//! nonsense: the table "Errors where the C program crashes or writes nonsense" of
//! `spec/quirks.md`, as the words of its messages.

/// A part of the message, and the short name of the rule.
const REFUSALS: &[(&str, &str)] = &[
    ("unknown option", "an unknown option"),
    (" needs ", "an option without its values"),
    ("is not a finite number", "a value that is not finite"),
    ("the angles are not finite", "a value that is not finite"),
    ("does not fit into a 32-bit integer", "an integer beyond 32 bits"),
    ("is out of range", "an integer beyond 32 bits"),
    ("an empty file name", "an empty file name"),
    ("no cell has these angles", "cell angles that no cell has"),
    ("no volume", "a flat cell"),
    ("nine finite numbers", "a matrix of fewer than nine numbers"),
    ("are no right-handed cell", "a left-handed matrix"),
    ("the cell vectors are not finite", "a flat cell"),
    (" m (columns that are missing", "a source of wavelength ≤ 0"),
    ("a wavelength of ", "a wavelength that is not positive"),
    ("has no direction", "a source without a direction"),
    ("no sources in the file", "no source"),
    ("no source is left", "no source"),
    ("no spindle step at all", "no spindle step"),
    ("gives a fluence of", "an infinite fluence"),
    ("a negative thickness", "water of a negative thickness"),
    ("the background is", "too much water"),
    ("must be positive", "a pixel size that is not positive"),
    (" pixels along the ", "no pixels"),
    ("more than a 32-bit count holds", "too many pixels"),
    ("must be in front of the sample", "a distance that is not positive"),
    ("edge-on to the beam", "a detector edge-on to the beam"),
    ("the detector cannot be placed", "a detector edge-on to the beam"),
    ("lies in the plane of the detector", "a detector through the sample"),
    ("points towards the sample", "a detector whose normal points to the sample"),
    ("is no direction: its length", "a direction of length 0"),
    ("-twotheta_axis is a zero vector", "a direction of length 0"),
    ("sub-pixels along each axis", "too many sub-pixels"),
    ("that can be rendered", "too long a list"),
    ("are too many", "too long a list"),
    (" steps a pixel, more than", "too many steps"),
    ("years of work", "too many evaluations"),
    ("of memory", "too much memory"),
    ("Miller indices reach", "indices beyond 32 bits"),
    ("not an integer within", "an index that is not spelled as an integer"),
    ("ends within a reflection", "a reflection file that is cut short"),
    ("no reflections", "no reflection"),
    (": F is ", "a structure factor that is not finite"),
    ("the structure factor of", "a structure factor that is not finite"),
    ("index range", "a dump with an empty range"),
    ("must begin with six integers", "no dump"),
    ("no line feed and form feed", "no dump"),
    ("bytes of structure factors where", "a dump of another length"),
    ("cannot read", "a file that cannot be read"),
    ("cannot write", "a file that cannot be written"),
    ("shorter than the 512 bytes", "no SMV file"),
    ("does not look like an ADSC frame", "no SMV file"),
    ("HEADER_BYTES is", "no SMV file"),
    ("the header has no BYTE_ORDER", "no SMV file"),
    ("an image of ", "an SMV file of an impossible size"),
    ("a mask of ", "a mask of another size"),
    (" pixels, but ", "mask and image of different sizes"),
    ("truncated: ", "a truncated mask"),
    ("no data in the file", "an empty table of amorphous structure factors"),
    ("pixels are not finite", "an image that is not finite"),
    ("no unit cell", "no unit cell"),
    ("no structure factors", "no structure factors"),
];

/// The rule behind an error message; none where the refusal is not on the list.
pub fn rule(message: &str) -> Option<&'static str> {
    REFUSALS.iter().find(|(words, _)| message.contains(words)).map(|(_, rule)| *rule)
}

#[cfg(test)]
mod tests {
    use super::rule;
    use crate::execute::{CommandLine, Program};
    use nanobragg_reference::ReferenceEngine;

    #[test]
    fn messages_find_their_rule() {
        let base = "-cell 50 60 70 90 90 90 -N 3 -default_F 9 -detpixels 4";
        for (options, expected) in [
            ("-lambda 0", "a wavelength that is not positive"),
            ("-osc 0 -phistep 1", "no spindle step"),
            ("-detpixel 9", "an unknown option"),
            ("-hkl nothing", "a file that cannot be read"),
        ] {
            let line = CommandLine::new(&format!("{base} {options}"));
            let outcome = line.execute(Program::Engine(&ReferenceEngine)).expect("a directory");
            assert_eq!(rule(&outcome.stderr), Some(expected), "{}", outcome.stderr);
        }
        assert_eq!(rule("error: something else"), None);
    }
}

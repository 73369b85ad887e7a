//! The switches between what the C program does and what its physics means.
//!
//! `spec/quirks.md` is the normative list. A switch that is on reproduces the C program; one that
//! is off gives the corrected behaviour. All are on by default, so that a drop-in replacement
//! gives the same numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! quirks {
    ($( $variant:ident $name:literal $c:literal $corrected:literal; )*) => {
        /// One switch. The documentation of each says what the C program does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Quirk {
            $( #[doc = $c] $variant, )*
        }

        impl Quirk {
            /// All switches, in the order of `spec/quirks.md`.
            pub const ALL: &'static [Quirk] = &[$( Quirk::$variant, )*];

            /// The name used on the command line.
            pub fn name(self) -> &'static str {
                match self { $( Quirk::$variant => $name, )* }
            }

            /// What the C program does, in one sentence.
            pub fn c_behaviour(self) -> &'static str {
                match self { $( Quirk::$variant => $c, )* }
            }

            /// What happens where the switch is off, in one sentence.
            pub fn corrected(self) -> &'static str {
                match self { $( Quirk::$variant => $corrected, )* }
            }
        }
    };
}

quirks! {
    StalePhi "stale-phi"
        "A spindle step at φ = 0 keeps the orientation of the step before it."
        "Every step rotates the unrotated cell.";
    TriclinicGamma "triclinic-gamma"
        "c*_z is computed with sin γ* in the place of sin γ, so that a triclinic cell gets wrong angles."
        "c*_z = 1/c: the cell that was asked for.";
    RandomMissetRadians "random-misset-radians"
        "A random orientation is a rotation by up to 90 radians, which is not uniform."
        "Uniform over all orientations, from the same random stream.";
    MissetClock "misset-clock"
        "A random orientation without -misset_seed follows the clock, even with -seed."
        "It follows -seed.";
    FlagCollisions "flag-collisions"
        "Options match as substrings anywhere, also in values; -misset_seed acts as -misset, -twotheta_axis as -twotheta."
        "Whole names and listed aliases; values are no options; a two-theta axis is normalised.";
    ConventionPivot "convention-pivot"
        "The convention decides the pivot and which beam-centre options count."
        "An explicit -pivot wins, else the last beam-centre or distance option; each moves the detector in every convention.";
    Pix0Ignored "pix0-ignored"
        "The values of -pix0_vector are not used."
        "They are the detector origin in the laboratory frame, in metres (-pix0_vector_mm: millimetres).";
    TwothetaRatio "twotheta-ratio"
        "The reported distance and beam centre leave the two-theta swing out."
        "All rotations count.";
    CurvedAxes "curved-axes"
        "A curved detector takes its angles from laboratory Y and Z of the flat pixel."
        "The angles are the offsets from the beam spot along the detector's own axes, over the distance.";
    InterpolationSticks "interpolation-sticks"
        "One evaluation out of a range that is too narrow ends interpolation for the whole run."
        "That evaluation alone falls back; the range is where the 4×4×4 neighbourhood exists.";
    InterpolationEarly "interpolation-early"
        "Interpolation is chosen from the number of cells before a crystal size in mm sets it."
        "It is chosen after.";
    SensorLayers "sensor-layers"
        "N sensor layers are spaced thickness/(N−1), and the last layer's capture fraction multiplies all of them."
        "Layers of thickness/N, each with its own fraction.";
    RunningProduct "running-product"
        "-oversample_thick, _polar and _omega multiply the running sum of all terms so far."
        "They multiply the term.";
    ZeroCapture "zero-capture"
        "-oversample_thick without a sensor gives a zero image; -oversample_polar undoes -nopolar."
        "A sensor of no thickness captures everything; -nopolar holds.";
    WaterScale "water-scale"
        "The water background has the fluence applied twice, is divided by the number of steps and lost where -dmin removes all sources."
        "The background of the water volume, once a pixel.";
    NoiseWrap "noise-wrap"
        "Negative values of the noise image wrap around to large ones."
        "They are clamped at 0.";
    MaskedPixels "masked-pixels"
        "Masked pixels get the ADC offset and count in the rmsd."
        "They are 0 in every image and in no statistic.";
    SolidAngleReport "solid-angle-report"
        "The reported solid angle is divided by sources, domains and spindle steps, and multiplied by layers."
        "The solid angle of the pixels rendered.";
    HeaderSubstring "header-substring"
        "Header keys match as substrings, TWOTHETA is dropped, and -img is read after -mask."
        "Whole keys, TWOTHETA applied, files read in the order of the command line, which itself beats both.";
    SmvHeaderOverflow "smv-header-overflow"
        "A header text longer than 512 bytes pushes the pixels past HEADER_BYTES."
        "HEADER_BYTES grows in steps of 512.";
    HklTokens "hkl-tokens"
        "A reflection file is a stream of numbers, whatever its lines."
        "One reflection a line, further columns ignored, # starts a comment.";
    ImplicitFdump "implicit-fdump"
        "Fdump.bin in the working directory is read unasked, loses bytes that look like white space, and is always written."
        "A dump is read and written only with -dump, exactly.";
    DefaultBeamsize "default-beamsize"
        "The crystal is clipped by the default beam of 0.1 mm."
        "It is clipped only by a beam that -beamsize gives.";
}

/// A set of switches.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Vec<String>", try_from = "Vec<String>")]
pub struct Quirks(u32);

/// Why a list of switches was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown quirk '{given}'; {}", .nearest.map_or("-help lists all of them".into(), |n| format!("did you mean '{n}'?")))]
pub struct UnknownQuirk {
    /// The word that is no switch.
    pub given: String,
    /// The known name that is nearest to it.
    pub nearest: Option<&'static str>,
}

impl Quirks {
    /// The C program: every switch on.
    pub const C: Quirks = Quirks((1 << Quirk::ALL.len()) - 1);
    /// Corrected behaviour throughout: every switch off.
    pub const NONE: Quirks = Quirks(0);

    /// Whether a switch is on.
    #[inline]
    pub fn has(self, quirk: Quirk) -> bool {
        self.0 & (1 << quirk as u32) != 0
    }

    /// The same set with one switch on or off.
    #[must_use]
    pub fn with(self, quirk: Quirk, on: bool) -> Quirks {
        let bit = 1 << quirk as u32;
        Quirks(if on { self.0 | bit } else { self.0 & !bit })
    }

    /// Turns a switch on.
    pub fn insert(&mut self, quirk: Quirk) {
        *self = self.with(quirk, true);
    }

    /// The switches that are on, in the order of the list.
    pub fn iter(self) -> impl Iterator<Item = Quirk> {
        Quirk::ALL.iter().copied().filter(move |q| self.has(*q))
    }

    /// Whether every switch is off.
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// Reads `c`, `none`, or a list such as `c,-stale-phi` or `none,+stale-phi`. A list that
    /// starts with a switch starts from `c`; a switch without a sign is turned on.
    ///
    /// # Errors
    /// A word that is no switch, with the nearest name.
    pub fn parse(text: &str) -> Result<Quirks, UnknownQuirk> {
        let mut set = Quirks::C;
        for word in text.split(',').map(str::trim) {
            let (on, name) = match word.strip_prefix('-') {
                Some(name) => (false, name),
                None => (true, word.strip_prefix('+').unwrap_or(word)),
            };
            if word == "c" {
                set = Quirks::C;
            } else if word == "none" {
                set = Quirks::NONE;
            } else if let Some(quirk) = Quirk::ALL.iter().find(|q| q.name() == name) {
                set = set.with(*quirk, on);
            } else {
                let names = Quirk::ALL.iter().map(|q| q.name()).chain(["c", "none"]);
                return Err(UnknownQuirk {
                    given: word.to_owned(),
                    nearest: crate::suggest::nearest(name, names),
                });
            }
        }
        Ok(set)
    }
}

impl Default for Quirks {
    fn default() -> Self {
        Self::C
    }
}

impl fmt::Display for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = self.iter().count();
        // The shorter of the two ways to write the set.
        let (start, sign, listed) = if on * 2 > Quirk::ALL.len() {
            ("c", '-', Quirks(Quirks::C.0 & !self.0))
        } else {
            ("none", '+', *self)
        };
        f.write_str(start)?;
        listed.iter().try_for_each(|quirk| write!(f, ",{sign}{}", quirk.name()))
    }
}

impl fmt::Debug for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Quirks({self})")
    }
}

impl From<Quirks> for Vec<String> {
    fn from(set: Quirks) -> Self {
        set.iter().map(|q| q.name().to_owned()).collect()
    }
}

impl TryFrom<Vec<String>> for Quirks {
    type Error = UnknownQuirk;

    fn try_from(names: Vec<String>) -> Result<Self, UnknownQuirk> {
        names.iter().try_fold(Quirks::NONE, |set, name| {
            let one = Quirks::parse(&format!("none,+{name}"))?;
            Ok(Quirks(set.0 | one.0))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Quirk, Quirks};

    #[test]
    fn lists_read_back_as_written() {
        for text in ["c", "none", "c,-stale-phi", "none,+stale-phi,+water-scale"] {
            let set = Quirks::parse(text).expect("a valid list");
            assert_eq!(set.to_string(), text);
            assert_eq!(Quirks::try_from(Vec::<String>::from(set)), Ok(set));
        }
    }

    #[test]
    fn every_switch_works_singly() {
        for &quirk in Quirk::ALL {
            let off = Quirks::parse(&format!("c,-{}", quirk.name())).expect("valid");
            assert!(!off.has(quirk));
            assert_eq!(off.iter().count(), Quirk::ALL.len() - 1);
            let alone = Quirks::parse(&format!("none,+{}", quirk.name())).expect("valid");
            assert_eq!(alone.iter().collect::<Vec<_>>(), [quirk]);
        }
    }

    #[test]
    fn a_misspelt_switch_names_the_nearest() {
        let error = Quirks::parse("c,-stale-fi").expect_err("no such switch");
        assert_eq!(error.nearest, Some("stale-phi"));
        assert_eq!(error.to_string(), "unknown quirk '-stale-fi'; did you mean 'stale-phi'?");
        let error = Quirks::parse("foo").expect_err("no such switch").to_string();
        assert_eq!(error, "unknown quirk 'foo'; -help lists all of them");
        assert!(Quirks::parse("").is_err());
    }
}

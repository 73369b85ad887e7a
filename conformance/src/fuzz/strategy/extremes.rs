//! Values at the ends of what options take: 0, negative, a full turn.

use proptest::prelude::*;

use super::build::*;
use crate::fuzz::case::Group;

/// Options and values that mean "not given", nothing, or the same as without them.
const EXTREMES: &[(&str, &[&str])] = &[
    ("dmin", &["0"]),
    ("dmin", &["-1"]),
    ("hdivrange", &["-1"]),
    ("vdivrange", &["0"]),
    ("hdivsteps", &["0"]),
    ("vdivsteps", &["-2"]),
    ("divsteps", &["0"]),
    ("hdivstep", &["-1"]),
    ("vdivstep", &["0"]),
    ("dispsteps", &["0"]),
    ("dispsteps", &["-1"]),
    ("dispersion", &["0"]),
    ("osc", &["-1"]),
    ("phisteps", &["0"]),
    ("phisteps", &["-2"]),
    ("phistep", &["-1"]),
    ("phi", &["0"]),
    ("phi", &["360"]),
    ("detector_thick", &["0"]),
    ("thicksteps", &["-1"]),
    ("thicksteps", &["0"]),
    ("water", &["0"]),
    ("mosaic", &["0"]),
    ("mosaic", &["-1"]),
    ("mosaic_dom", &["0"]),
    ("mosaic_dom", &["-1"]),
    ("fudge", &["1"]),
    ("fudge", &["0"]),
    ("fudge", &["-0.5"]),
    ("beamsize", &["-1"]),
    ("exposure", &["0"]),
    ("twotheta", &["0"]),
    ("twotheta", &["360"]),
    ("twotheta_axis", &["1", "0", "1"]),
    ("polar", &["0"]),
    ("pgmscale", &["-3"]),
    ("pgmscale", &["1e30"]),
    ("scale", &["0"]),
    ("scale", &["1e30"]),
    ("sample_x", &["0"]),
    ("xtalsize", &["0"]),
    ("xtalsize", &["-1"]),
    ("MW", &["0"]),
    ("density", &["0"]),
    ("roi", &["-1", "-1", "-1", "-1"]),
    ("roi", &["-5", "7", "-1", "-1"]),
    ("roi", &["0", "0", "0", "0"]),
    ("adc", &["0"]),
    ("adc", &["65535"]),
    ("flux", &["0"]),
    ("fluence", &["0"]),
    ("fluence", &["1"]),
    ("misset", &["0", "0", "0"]),
    ("misset", &["90", "0", "0"]),
    ("misset", &["0", "180", "0"]),
    ("misset", &["360", "360", "360"]),
    ("detector_rotx", &["0"]),
    ("detector_roty", &["360"]),
    ("detector_rotz", &["90"]),
    ("default_F", &["1e-30"]),
    ("stolout", &["x"]),
    ("Xbeam", &["0"]),
    ("ORGX", &["0"]),
    ("Yclose", &["-0"]),
    ("printout_pixel", &["-1", "0"]),
    ("oversample", &["0"]),
    ("interpolate", &[]),
    ("nointerpolate", &[]),
    ("N", &["1"]),
    ("N", &["2"]),
    ("Nc", &["1"]),
];

/// One or two of them now and then.
pub(super) fn extremes() -> Groups {
    let one =
        prop::sample::select(EXTREMES).prop_map(|(name, values)| Group::new(name, values.iter()));
    some(0.15, prop::collection::vec(one, 1..=2).boxed())
}

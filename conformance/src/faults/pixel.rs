//! Faults within the pixel loop.

use super::{Fault, Origin, Stage};

macro_rules! pixel_faults {
    ($( $variant:ident $name:literal $origin:expr, $about:literal; )*) => {
        /// A fault within the pixel loop.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum PixelFault {
            $( #[doc = $about] $variant, )*
        }

        pub(super) const LIST: &[Fault] = &[$(
            Fault {
                name: $name,
                about: $about,
                origin: $origin,
                stage: Stage::Pixel(PixelFault::$variant),
            },
        )*];
    };
}

use Origin::{Recorded, Typical};

pixel_faults! {
    SubPixelCorner "pixel-corner-sampling" Recorded("hoidn/nanoBragg 0ba586f8"),
        "Sub-pixels are taken at their corner, not at their centre.";
    PositionsInAngstrom "detector-positions-in-angstrom" Recorded("hoidn/nanoBragg 73d5f8b6"),
        "The solid angle has the distance in Å and the pixel in metres.";
    LayersFromOne "layers-from-one" Typical,
        "The first layer of the sensor lies one step behind its surface.";
    LayersAtCentre "layer-at-centre" Typical,
        "Layers of the sensor lie in the middle of their step, not at its front.";
    LayersInOnePlane "layer-depth-not-in-position" Typical,
        "All layers of the sensor lie at its surface.";
    SinglePrecisionCurve "single-precision-curved-geometry"
        Recorded("bl831/nanoBragg dc4842b, a11f61b"),
        "The angles of a curved detector are in single precision.";

    LastSolidAngle "omega-of-last-subpixel" Recorded("hoidn/nanoBragg PERF-001"),
        "The solid angle of a pixel is that of its last sub-pixel, not of its first.";
    SolidAnglePerLayer "omega-per-layer" Recorded("cctbx/cctbx_project f9c041713f"),
        "The solid angle of a pixel is that of its last layer, not of its first.";
    NoObliquity "solid-angle-no-obliquity"
        Recorded("hoidn/nanoBragg reports/POSTMORTEM_AT_PARALLEL_002_PARITY.md"),
        "The solid angle lacks the cosine between ray and normal.";
    ObliquityOfBeamDistance "solid-angle-nominal-distance" Recorded("hoidn/nanoBragg 7f65d12d"),
        "The obliquity is the distance along the beam over that of the pixel.";
    PointPixelWithArea "point-pixel-keeps-area" Typical,
        "The solid angle of a point pixel has the area of a pixel.";

    LastCapture "capture-of-last-subpixel" Typical,
        "The captured fraction of a layer is that of its last sub-pixel, not of its first.";
    CaptureOfFirstLayer "first-layer-fraction-kept" Typical,
        "The captured fraction is that of the first layer, not of the last.";
    LayersWithOwnFraction "layers-summed-with-own-fraction"
        Recorded("cctbx/cctbx_project f9c041713f; hoidn/nanoBragg 531c363a"),
        "Each layer is multiplied by its own captured fraction, not the sum by that of the last.";
    ParallaxFromBeam "parallax-from-beam" Typical,
        "The way through the sensor is that of the angle to the beam, not to the normal.";
    ParallaxAbsolute "parallax-absolute-value" Recorded("hoidn/nanoBragg a11f61ba"),
        "The cosine between ray and normal has no sign.";
    NoParallax "parallax-ignored" Typical,
        "All rays go through the sensor along its normal.";
    CaptureWithoutAttenuation "capture-without-attenuation" Typical,
        "A layer captures as if there were no layers before it.";

    LastPolarization "polar-of-last-subpixel"
        Recorded("hoidn/nanoBragg PERF-001; bl831/nanoBragg 98518e9"),
        "The polarization factor of a pixel is that of its last sub-pixel and source, not of the first.";
    PolarizationPerSource "polarization-per-source"
        Recorded("bl831/nanoBragg 98518e9; hoidn/nanoBragg fcbb93ae, d04f12f6"),
        "The polarization factor of a pixel is that of its last source, not of the first.";
    IncidentComponentTwice "polarization-incident-component-typo"
        Recorded("bl831/nanoBragg fcaff73"),
        "The polarization factor takes the y component of the beam for the z component, too.";
    NopolarZero "nopolar-zeroes-image" Recorded("bl831/nanoBragg fcaff73"),
        "With -nopolar the polarization factor is 0.";
    PolarizationAcross "kahn-axes-exchanged" Typical,
        "The polarization is counted from the B-vector, not from the E-vector.";
    PsiNotDoubled "kahn-psi-not-doubled" Typical,
        "Kahn's factor has cos ψ in the place of cos 2ψ.";
    PolarizationWithoutHalf "polarization-no-half" Typical,
        "Kahn's factor lacks its ½.";

    ThickPerTerm "oversample-thick-per-contribution" Recorded("bl831/nanoBragg 18db27d"),
        "-oversample_thick multiplies each term, not the running sum.";
    PolarPerTerm "oversample-polar-per-contribution" Recorded("bl831/nanoBragg 18db27d"),
        "-oversample_polar multiplies each term, not the running sum.";
    OmegaPerTerm "oversample-omega-per-contribution"
        Recorded("bl831/nanoBragg 18db27d; hoidn/nanoBragg PERF-001"),
        "-oversample_omega multiplies each term, not the running sum.";
    FactorsTwice "oversampled-factors-twice" Typical,
        "The factors of the -oversample_ options go to the terms and to the pixel.";

    IncidentNegated "incident-beam-negated"
        Recorded("hoidn/nanoBragg e5381ec2; cctbx/cctbx_project d19eda8482"),
        "The scattering vector is the sum of both rays, not their difference.";
    CentralWavelength "central-wavelength" Typical,
        "All sources scatter with the central wavelength.";
    SourceWeights "source-weights-applied"
        Recorded("hoidn/nanoBragg 1b169b0d, 47822cee, 321c91e5, dffea55c"),
        "The weights in a table of sources multiply their terms.";
    DividedByWeights "normalised-by-weight-sum" Recorded("hoidn/nanoBragg 2e2a6d91, 321c91e5"),
        "The sum over a pixel is divided by the weights of the sources, not by their number.";
    StolWithoutHalf "dmin-factor-two" Typical,
        "sin θ/λ is the whole length of the scattering vector.";
    LimitOtherSide "dmin-default-cuts" Recorded("hoidn/nanoBragg 28726af5, f2a720ba"),
        "The resolution limit removes what lies within it.";

    PhiAtMiddle "phi-midpoint" Recorded("hoidn/nanoBragg 8293a15e, ed848c65, 92ac5288"),
        "Spindle angles are those of the middle of each step.";
    PhiAccumulates "phi-accumulates" Typical,
        "Each spindle step turns the cell that the step before it has turned.";
    OrientationLeftInPixel "phi-zero-stale-within-pixel-only"
        Recorded("hoidn/nanoBragg 3269f6d9, f3f66a9b"),
        "A spindle step at 0 looks back within its pixel, not to the pixel before.";
    OrientationLeftByWorker "stale-vectors-follow-threads"
        Recorded("bl831/nanoBragg 0286ac6; hoidn/nanoBragg 3269f6d9"),
        "A spindle step at 0 looks back within the 100 pixels that a worker renders.";
    MosaicBeforeSpindle "mosaic-before-phi" Typical,
        "The rotation of the mosaic domain comes before that of the spindle.";
    MosaicAccumulates "mosaic-accumulates" Typical,
        "Each mosaic domain turns the cell of the domain before it.";

    SinglePrecisionIndices "single-precision-indices"
        Recorded("bl831/nanoBragg cc96de9, 9b9dc7b, 4ff40e9"),
        "Miller indices are in single precision.";
    SinglePrecisionSum "single-precision-accumulation" Typical,
        "The sum over a pixel is in single precision.";
    IndexRoundedDown "index-rounding-floor" Typical,
        "The nearest Miller index is the next lower integer.";
    IndexTruncated "index-rounding-truncation" Typical,
        "The nearest Miller index is the next integer towards zero.";

    OneCellTooFew "sincg-one-cell-less" Typical,
        "The interference function counts N−1 cells.";
    NoLimitAtOrigin "sincg-zero-limit" Typical,
        "The interference function is 1 in the place of N where the index is exactly 0.";
    LimitAtEveryIndex "sincg-integer-index-limit" Typical,
        "The interference function is N all around an integer index.";
    LatticeNotScaled "lattice-factor-not-scaled" Recorded("hoidn/nanoBragg CONVENTION-006"),
        "F_latt is 1, not Na·Nb·Nc, at the peak.";
    RoundWithoutVolume "round-shape-volume-constant" Typical,
        "A round crystal lacks the factor that makes up for the volume of a sphere.";
    RoundAtWholeIndex "round-shape-integer-part-kept" Typical,
        "A round crystal has the index in the place of its distance from the nearest integer.";
    FudgeOutsideRoot "fudge-outside-root" Typical,
        "-fudge multiplies the radius of a round spot, not its square.";
    SphereFormula "sinc3-wrong-form" Typical,
        "The transform of a sphere has sin x in the place of sin x/x.";
    GaussInIndices "gauss-radius-in-hkl-space" Recorded("bl831/nanoBragg 545b8f4"),
        "The radius of a Gaussian spot is counted in indices times cells.";
    TophatInIndices "tophat-radius-in-hkl-space" Recorded("bl831/nanoBragg 545b8f4"),
        "The radius of a top-hat spot is counted in indices times cells.";
    TophatRadiusOnce "tophat-radius-once" Typical,
        "The squared radius of a top-hat spot is compared with the radius itself.";
    SpotOfOneAxis "spot-of-one-axis" Typical,
        "The radius of Gaussian and top-hat spots is scaled by the cells along one axis, not all.";
    LatticeFactorOnce "lattice-factor-not-squared" Typical,
        "F_latt is not squared.";
    CellFactorOnce "amplitude-not-squared" Typical,
        "F_cell is not squared.";

    LinearInterpolation "linear-interpolation" Typical,
        "Structure factors are interpolated linearly.";
    NeighboursShifted "interpolation-neighbours-shifted" Typical,
        "The neighbourhood of the interpolation begins two below an index, not one.";
    NeighboursOfNearest "interpolation-neighbours-from-rounded-index" Typical,
        "The neighbourhood of the interpolation begins one below the nearest index.";
    NeighboursExchanged "interpolation-axes-exchanged" Typical,
        "k and l are exchanged in the neighbourhood of the interpolation.";
    NeighboursOfOther "interpolation-buffer-shared" Recorded("bl831/nanoBragg 142d157"),
        "The interpolation finds the neighbourhood of another evaluation, as workers with one buffer do.";
    RangeTooWide "interpolation-range-too-wide" Typical,
        "Interpolation ends 1 before the end of the table, not 2.";
    DefaultWhereRangeEnds "interpolation-default-where-range-ends" Typical,
        "The evaluation that ends interpolation takes -default_F, not the nearest structure factor.";
    InterpolationGoesOn "interpolation-off-not-sticky" Typical,
        "Interpolation goes on behind an evaluation out of its range.";
    RangeWarningEachTime "range-warning-each-time" Typical,
        "The warning of the interpolation comes for each evaluation out of range.";
    NoRangeWarning "no-range-warning" Typical,
        "The warning of the interpolation does not come.";
    ZeroOutsideTable "default-f-outside-box-zero" Typical,
        "Structure factors outside the table are 0, not -default_F.";
    EdgeOutsideTable "hkl-out-of-box-clamped" Recorded("bl831/nanoBragg 8cd77cd"),
        "Structure factors outside the table are those at its edge.";

    WaterPerLayer "water-per-layer" Typical,
        "Each layer of the sensor adds the water.";
    WaterPerSubPixel "water-per-sub-pixel" Typical,
        "Each sub-pixel adds the water.";
    WaterPerSource "background-times-sources"
        Recorded("cctbx/cctbx_project cf8036e0dc, 7a6900f8d5"),
        "Each source adds the water.";
    WaterBare "water-without-solid-angle" Recorded("bl831/nanoBragg 3f57075"),
        "The water has no solid angle, no polarization and no captured fraction.";
}

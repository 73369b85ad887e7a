//! The table of options: what the C program matches, in its order, and what `--help` says.

use super::Subject;

/// What an option does. One variant per rule of the C program's option loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is documented by its row of the table below")]
pub enum Id {
    Na,
    Nb,
    Nc,
    N,
    Cell,
    MissetRandom,
    Misset,
    SampleSize,
    SampleX,
    SampleY,
    SampleZ,
    Density,
    MolecularWeight,
    Xbeam,
    Ybeam,
    Xclose,
    Yclose,
    OrgX,
    OrgY,
    Pivot,
    Mosflm,
    Xds,
    Adxv,
    Denzo,
    Dials,
    FdetVector,
    SdetVector,
    OdetVector,
    BeamVector,
    PolarVector,
    SpindleAxis,
    TwothetaAxis,
    Pix0Vector,
    Pix0VectorMm,
    Distance,
    CloseDistance,
    DetectorAbs,
    DetectorThick,
    DetectorThicksteps,
    Thicksteps,
    Twotheta,
    DetectorRotx,
    DetectorRoty,
    DetectorRotz,
    Detsize,
    DetsizeF,
    DetsizeS,
    Detpixels,
    DetpixelsF,
    DetpixelsS,
    CurvedDet,
    Pixel,
    PointPixel,
    Polar,
    Nopolar,
    OversampleThick,
    OversamplePolar,
    OversampleOmega,
    Oversample,
    Roi,
    Lambda,
    Energy,
    Fluence,
    Flux,
    Exposure,
    Beamsize,
    Mosaic,
    MosaicDomains,
    Dispersion,
    Dispsteps,
    Divergence,
    Hdivrange,
    Vdivrange,
    Hdivstep,
    Hdivsteps,
    Vdivstep,
    Vdivsteps,
    Divsteps,
    RoundDiv,
    SquareDiv,
    Adc,
    Phi,
    Osc,
    Phistep,
    Phisteps,
    Dmin,
    Mat,
    Hkl,
    DefaultF,
    Dump,
    Img,
    Mask,
    Stolout,
    Stol,
    FourStol,
    Q,
    Sourcefile,
    Floatfile,
    Intfile,
    Pgmfile,
    Noisefile,
    Nonoise,
    Nopgm,
    Scale,
    Pgmscale,
    Coherent,
    Printout,
    Noprogress,
    Progress,
    Interpolate,
    Nointerpolate,
    RoundXtal,
    SquareXtal,
    GaussXtal,
    TophatSpots,
    Fudge,
    PrintoutPixel,
    Seed,
    MosaicSeed,
    MissetSeed,
    Water,
}

/// How the C program recognises an option in an argument that starts with a dash.
#[derive(Clone, Copy, Debug)]
pub enum Pattern {
    /// The text stands anywhere in the argument (`strstr`).
    Contains(&'static str),
    /// The argument is the text (`strcmp`, or `strstr` with a test of the length).
    Exact(&'static str),
}

impl Pattern {
    /// Whether an argument of the C program matches. A second leading dash, which the C program
    /// does not take for options that it compares whole, is allowed.
    pub fn matches(self, argument: &[u8]) -> bool {
        match self {
            Pattern::Contains(text) => {
                argument.windows(text.len()).any(|window| window == text.as_bytes())
            }
            Pattern::Exact(text) => {
                argument == text.as_bytes() || argument.strip_prefix(b"-") == Some(text.as_bytes())
            }
        }
    }
}

/// One option.
#[derive(Debug)]
pub struct Opt {
    /// What it does.
    pub id: Id,
    /// Names without the dash, the documented one first, then the aliases.
    pub names: &'static [&'static str],
    /// What the C program compares.
    pub patterns: &'static [Pattern],
    /// Values that must follow.
    pub values: usize,
    /// Whether the C program looks no further once it matches (`continue`).
    pub last: bool,
    /// Line of the comparison in the C program.
    pub line: u32,
    /// Part of `--help`.
    pub subject: Subject,
    /// Values as `--help` shows them, units included.
    pub placeholder: &'static str,
    /// What `--help` says, default included.
    pub help: &'static str,
}

use Id::*;
use Pattern::{Contains as C, Exact as E};
use Subject as S;

#[expect(clippy::too_many_arguments, reason = "a row of the table, one column each")]
const fn row(
    line: u32,
    id: Id,
    names: &'static [&'static str],
    patterns: &'static [Pattern],
    values: usize,
    subject: Subject,
    placeholder: &'static str,
    help: &'static str,
) -> Opt {
    Opt { id, names, patterns, values, last: false, line, subject, placeholder, help }
}

impl Opt {
    const fn last(mut self) -> Opt {
        self.last = true;
        self
    }
}

/// Every option of the C program in the order of its loop (C:404-413, C:506-1116).
#[rustfmt::skip]
pub static OPTIONS: &[Opt] = &[
    row(409, Mask, &["mask", "maskfile"], &[C("-mask")], 1, S::Detector, "FILE", "SMV image whose zero pixels are not rendered; its header sets the camera as -img does"),
    row(511, Na, &["Na"], &[C("-Na")], 1, S::Crystal, "COUNT", "unit cells along a [1]").last(),
    row(516, Nb, &["Nb"], &[C("-Nb")], 1, S::Crystal, "COUNT", "unit cells along b [1]").last(),
    row(521, Nc, &["Nc"], &[C("-Nc")], 1, S::Crystal, "COUNT", "unit cells along c [1]").last(),
    row(526, N, &["N"], &[E("-N")], 1, S::Crystal, "COUNT", "unit cells along each of a, b, c [1]").last(),
    row(531, Cell, &["cell"], &[C("-cell")], 1, S::Crystal, "a b c α β γ", "unit cell in Å and degrees; b and c default to a, angles to 90"),
    row(553, MissetRandom, &["misset"], &[C("-misset")], 1, S::Crystal, "random", "random orientation").last(),
    row(561, Misset, &["misset"], &[C("-misset")], 3, S::Crystal, "X Y Z | random", "rotate the crystal about the laboratory x, y and z axes (degrees), or at random"),
    row(568, SampleSize, &["xtalsize", "xtal_size", "samplesize", "sample_size"], &[C("-samplesize"), C("-sample_size"), C("-xtalsize"), C("-xtal_size")], 1, S::Crystal, "MM", "crystal size in all directions (mm), in the place of -N"),
    row(574, SampleX, &["xtal_thick", "xtal_thickness", "xtal_x", "sample_thick", "sample_thickness", "sample_x"], &[C("-sample_thick"), C("-sample_x"), C("-xtal_thick"), C("-xtal_x")], 1, S::Crystal, "MM", "crystal size along a (mm)"),
    row(578, SampleY, &["xtal_width", "xtal_y", "sample_width", "sample_y", "width"], &[C("-sample_width"), C("-sample_y"), C("-width"), C("-xtal_width"), C("-xtal_y")], 1, S::Crystal, "MM", "crystal size along b (mm)"),
    row(582, SampleZ, &["xtal_height", "xtal_heigh", "xtal_z", "sample_height", "sample_heigh", "sample_z", "height", "heigh"], &[C("-sample_heigh"), C("-sample_z"), C("-heigh"), C("-xtal_heigh"), C("-xtal_z")], 1, S::Crystal, "MM", "crystal size along c (mm)"),
    row(604, Density, &["density", "sample_density"], &[C("-density"), C("-sample_den")], 1, S::Crystal, "G/CM3", "accepted, without effect"),
    row(608, MolecularWeight, &["MW", "molecular_weight"], &[E("-MW"), C("-molec")], 1, S::Crystal, "DALTON", "accepted, without effect"),
    row(612, Xbeam, &["Xbeam"], &[C("-Xbeam")], 1, S::Geometry, "MM", "direct-beam position X in the convention's sense (mm) [middle]"),
    row(617, Ybeam, &["Ybeam"], &[C("-Ybeam")], 1, S::Geometry, "MM", "direct-beam position Y in the convention's sense (mm) [middle]"),
    row(622, Xclose, &["Xclose"], &[C("-Xclose")], 1, S::Geometry, "MM", "detector point nearest to the sample, fast (mm); custom convention"),
    row(627, Yclose, &["Yclose"], &[C("-Yclose")], 1, S::Geometry, "MM", "detector point nearest to the sample, slow (mm); custom convention"),
    row(632, OrgX, &["ORGX"], &[C("-ORGX")], 1, S::Geometry, "PIXEL", "nearest point as in XDS.INP, fast (pixels)"),
    row(637, OrgY, &["ORGY"], &[C("-ORGY")], 1, S::Geometry, "PIXEL", "nearest point as in XDS.INP, slow (pixels)"),
    row(642, Pivot, &["pivot"], &[C("-pivot")], 1, S::Geometry, "sample|beam", "what stays in place when the detector is rotated; custom convention"),
    row(647, Mosflm, &["mosflm"], &[C("-mosflm")], 0, S::Geometry, "", "MOSFLM axes and beam centre [default]"),
    row(652, Xds, &["xds"], &[C("-xds")], 0, S::Geometry, "", "XDS axes and detector origin"),
    row(657, Adxv, &["adxv"], &[C("-adxv")], 0, S::Geometry, "", "ADXV axes and beam centre"),
    row(662, Denzo, &["denzo"], &[C("-denzo")], 0, S::Geometry, "", "DENZO axes and beam centre"),
    row(667, Dials, &["dials"], &[C("-dials")], 0, S::Geometry, "", "DIALS axes and detector origin"),
    row(672, FdetVector, &["fdet_vector"], &[C("-fdet_vector")], 3, S::Geometry, "X Y Z", "detector fast axis [0 0 1]; selects the custom convention, as all axes do"),
    row(679, SdetVector, &["sdet_vector"], &[C("-sdet_vector")], 3, S::Geometry, "X Y Z", "detector slow axis [0 -1 0]"),
    row(686, OdetVector, &["odet_vector"], &[C("-odet_vector")], 3, S::Geometry, "X Y Z", "detector normal, away from the sample [1 0 0, or fast × slow]"),
    row(693, BeamVector, &["beam_vector"], &[C("-beam_vector")], 3, S::Geometry, "X Y Z", "direction of the beam [1 0 0]"),
    row(700, PolarVector, &["polar_vector"], &[C("-polar_vector")], 3, S::Geometry, "X Y Z", "direction of the beam's E-vector [0 0 1]"),
    row(707, SpindleAxis, &["spindle_axis"], &[C("-spindle_axis")], 3, S::Geometry, "X Y Z", "spindle axis, right-handed [0 0 1]"),
    row(714, TwothetaAxis, &["twotheta_axis"], &[C("-twotheta_axis")], 3, S::Geometry, "X Y Z", "axis of the two-theta swing [0 1 0 in the custom convention]"),
    row(721, Pix0Vector, &["pix0_vector"], &[C("-pix0_vector")], 3, S::Geometry, "X Y Z", "detector origin; selects the custom convention, values unused by the C program (quirk pix0-ignored)"),
    row(721, Pix0VectorMm, &["pix0_vector_mm"], &[E("-pix0_vector_mm")], 3, S::Geometry, "X Y Z", "as -pix0_vector, in mm"),
    row(729, Distance, &["distance"], &[C("-distance")], 1, S::Geometry, "MM", "distance from the sample to the detector along the beam (mm) [100]"),
    row(734, CloseDistance, &["close_distance"], &[C("-close_distance")], 1, S::Geometry, "MM", "distance from the sample to the nearest point of the detector plane (mm)"),
    row(743, DetectorAbs, &["detector_abs", "detector_absorb"], &[C("-detector_abs")], 1, S::Detector, "UM", "attenuation depth of the sensor (µm), or inf [inf, or the thickness]"),
    row(752, DetectorThick, &["detector_thick"], &[E("-detector_thick")], 1, S::Detector, "UM", "thickness of the sensor (µm) [0]"),
    row(756, DetectorThicksteps, &["detector_thicksteps"], &[C("-detector_thicksteps")], 1, S::Detector, "COUNT", "layers of the sensor [2 where it has a thickness]"),
    row(760, Thicksteps, &["thicksteps"], &[C("-thicksteps")], 1, S::Detector, "COUNT", "the same as -detector_thicksteps"),
    row(764, Twotheta, &["twotheta"], &[C("-twotheta")], 1, S::Geometry, "DEG", "swing of the detector about the two-theta axis (degrees) [0]"),
    row(769, DetectorRotx, &["detector_rotx"], &[C("-detector_rotx")], 1, S::Geometry, "DEG", "rotation of the detector about x (degrees) [0]"),
    row(773, DetectorRoty, &["detector_roty"], &[C("-detector_roty")], 1, S::Geometry, "DEG", "rotation of the detector about y (degrees) [0]"),
    row(777, DetectorRotz, &["detector_rotz"], &[C("-detector_rotz")], 1, S::Geometry, "DEG", "rotation of the detector about z (degrees) [0]"),
    row(781, Detsize, &["detsize"], &[E("-detsize")], 1, S::Detector, "MM", "width and height of the detector (mm) [102.4]"),
    row(786, DetsizeF, &["detsize_f"], &[C("-detsize_f")], 1, S::Detector, "MM", "size along the fast axis (mm)"),
    row(790, DetsizeS, &["detsize_s"], &[C("-detsize_s")], 1, S::Detector, "MM", "size along the slow axis (mm)"),
    row(794, Detpixels, &["detpixels"], &[E("-detpixels")], 1, S::Detector, "COUNT", "pixels along both axes [1024]; wins over -detsize"),
    row(798, DetpixelsF, &["detpixels_f", "detpixels_x"], &[C("-detpixels_f"), C("-detpixels_x")], 1, S::Detector, "COUNT", "pixels along the fast axis"),
    row(802, DetpixelsS, &["detpixels_s", "detpixels_y"], &[C("-detpixels_s"), C("-detpixels_y")], 1, S::Detector, "COUNT", "pixels along the slow axis"),
    row(806, CurvedDet, &["curved_det"], &[C("-curved_det")], 0, S::Detector, "", "all pixels at the same distance from the sample"),
    row(810, Pixel, &["pixel", "pixels"], &[C("-pixel")], 1, S::Detector, "MM", "pixel size (mm) [0.1]"),
    row(814, PointPixel, &["point_pixel"], &[C("-point_pixel")], 0, S::Detector, "", "solid angle 1/R², without pixel size and obliquity"),
    row(818, Polar, &["polar"], &[E("-polar")], 1, S::Beam, "K", "Kahn polarization factor, -1 to 1 [0]"),
    row(823, Nopolar, &["nopolar"], &[C("-nopolar")], 0, S::Beam, "", "leave the polarization factor out"),
    row(827, OversampleThick, &["oversample_thick"], &[C("-oversample_thick")], 0, S::Sampling, "", "compute the capture fraction for each sub-pixel").last(),
    row(832, OversamplePolar, &["oversample_polar"], &[C("-oversample_polar")], 0, S::Sampling, "", "compute the polarization for each sub-pixel").last(),
    row(837, OversampleOmega, &["oversample_omega"], &[C("-oversample_omega")], 0, S::Sampling, "", "compute the solid angle for each sub-pixel").last(),
    row(842, Oversample, &["oversample"], &[C("-oversample")], 1, S::Sampling, "COUNT", "sub-pixels along each axis [by crystal size and geometry]"),
    row(846, Roi, &["roi"], &[C("-roi")], 4, S::Detector, "XMIN XMAX YMIN YMAX", "render only these pixels, both ends included"),
    row(853, Lambda, &["lambda", "wave", "wavelength"], &[C("-lambda"), C("-wave")], 1, S::Beam, "ANGSTROM", "wavelength (Å) [1]"),
    row(857, Energy, &["energy"], &[C("-energy")], 1, S::Beam, "EV", "photon energy (eV), in the place of -lambda"),
    row(861, Fluence, &["fluence"], &[C("-fluence")], 1, S::Beam, "PHOTONS/M2", "photons per m² [1.25932e+29]"),
    row(865, Flux, &["flux"], &[C("-flux")], 1, S::Beam, "PHOTONS/S", "photons per second; with -exposure and -beamsize in the place of -fluence"),
    row(869, Exposure, &["exposure"], &[C("-exposure")], 1, S::Beam, "S", "exposure (s) [1]"),
    row(873, Beamsize, &["beamsize"], &[C("-beamsize")], 1, S::Beam, "MM", "beam diameter (mm), also clips the crystal [0.1]"),
    row(877, Mosaic, &["mosaic", "mosaicity", "mosaici", "mosaic_spread", "mosaic_spr"], &[E("-mosaic"), C("-mosaici"), C("-mosaic_spr")], 1, S::Crystal, "DEG", "isotropic mosaic spread (degrees) [0]"),
    row(881, MosaicDomains, &["mosaic_domains", "mosaic_dom"], &[C("-mosaic_dom")], 1, S::Crystal, "COUNT", "mosaic domains [10 where there is a spread]"),
    row(885, Dispersion, &["dispersion"], &[C("-dispersion")], 1, S::Beam, "PERCENT", "spectral width Δλ/λ (percent) [0]"),
    row(889, Dispsteps, &["dispsteps"], &[C("-dispsteps")], 1, S::Beam, "COUNT", "wavelengths in that width [2]"),
    row(893, Divergence, &["divergence"], &[C("-divergence")], 1, S::Beam, "MRAD", "horizontal and vertical divergence (mrad) [0]"),
    row(897, Hdivrange, &["hdivrange"], &[C("-hdivrange")], 1, S::Beam, "MRAD", "horizontal divergence (mrad)"),
    row(901, Vdivrange, &["vdivrange"], &[C("-vdivrange")], 1, S::Beam, "MRAD", "vertical divergence (mrad)"),
    row(905, Hdivstep, &["hdivstep"], &[E("-hdivstep")], 1, S::Beam, "MRAD", "distance of the source points, horizontal (mrad)"),
    row(909, Hdivsteps, &["hdivsteps"], &[C("-hdivsteps")], 1, S::Beam, "COUNT", "source points, horizontal"),
    row(913, Vdivstep, &["vdivstep"], &[E("-vdivstep")], 1, S::Beam, "MRAD", "distance of the source points, vertical (mrad)"),
    row(917, Vdivsteps, &["vdivsteps"], &[C("-vdivsteps")], 1, S::Beam, "COUNT", "source points, vertical"),
    row(921, Divsteps, &["divsteps"], &[C("-divsteps")], 1, S::Beam, "COUNT", "source points, horizontal and vertical"),
    row(925, RoundDiv, &["round_div"], &[C("-round_div")], 0, S::Beam, "", "cut the divergence to an ellipse [default]"),
    row(930, SquareDiv, &["square_div"], &[C("-square_div")], 0, S::Beam, "", "full grid of divergences"),
    row(935, Adc, &["adc"], &[C("-adc")], 1, S::Output, "COUNTS", "offset of the integer images [40]"),
    row(939, Phi, &["phi"], &[E("-phi")], 1, S::Spindle, "DEG", "spindle start (degrees) [0]"),
    row(943, Osc, &["osc"], &[C("-osc")], 1, S::Spindle, "DEG", "spindle range (degrees) [0]"),
    row(947, Phistep, &["phistep"], &[E("-phistep")], 1, S::Spindle, "DEG", "distance of the spindle steps (degrees)"),
    row(951, Phisteps, &["phisteps"], &[C("-phisteps")], 1, S::Spindle, "COUNT", "spindle steps [2 where there is a range]"),
    row(955, Dmin, &["dmin"], &[C("-dmin")], 1, S::Sampling, "ANGSTROM", "leave out terms beyond this resolution (Å) [0]"),
    row(959, Mat, &["mat", "matrix"], &[C("-mat")], 1, S::Crystal, "FILE", "MOSFLM orientation matrix: columns a*, b*, c* times the wavelength"),
    row(963, Hkl, &["hkl"], &[C("-hkl")], 1, S::StructureFactors, "FILE", "structure factors: a text file of h k l F, all of P1; or an MTZ or CIF file, whose symmetry is expanded"),
    row(967, DefaultF, &["default_F"], &[C("-default_F")], 1, S::StructureFactors, "F", "structure factor where none is given (electrons) [0]"),
    row(971, Dump, &["dump"], &[C("-dump")], 1, S::StructureFactors, "FILE", "binary copy of the structure factors, written with -hkl, read without [Fdump.bin]"),
    row(975, Img, &["img"], &[C("-img")], 1, S::Detector, "FILE", "SMV image whose header sets the camera"),
    row(979, Stolout, &["stolout"], &[C("-stolout")], 1, S::StructureFactors, "FILE", "accepted, without effect"),
    row(983, Stol, &["stol"], &[E("-stol")], 1, S::StructureFactors, "FILE", "amorphous structure factors against sin θ/λ; read, without effect on the image"),
    row(988, FourStol, &["4stol"], &[E("-4stol")], 1, S::StructureFactors, "FILE", "the same against 4 sin θ/λ"),
    row(993, Q, &["Q"], &[E("-Q")], 1, S::StructureFactors, "FILE", "the same against 4π sin θ/λ"),
    row(998, Sourcefile, &["sourcefile"], &[C("-sourcefile")], 1, S::Beam, "FILE", "sources: X Y Z weight wavelength, the wavelength in metres; weights have no effect"),
    row(1002, Floatfile, &["floatfile", "floatimage"], &[C("-floatfile"), C("-floatimage")], 1, S::Output, "FILE", "raw image of 4-byte floats [floatimage.bin]"),
    row(1006, Intfile, &["intfile", "intimage"], &[C("-intfile"), C("-intimage")], 1, S::Output, "FILE", "SMV image, scaled [intimage.img]"),
    row(1010, Pgmfile, &["pgmfile", "pgmimage"], &[C("-pgmfile"), C("-pgmimage")], 1, S::Output, "FILE", "8-bit preview [image.pgm]"),
    row(1015, Noisefile, &["noisefile", "noiseimage"], &[C("-noisefile"), C("-noiseimage")], 1, S::Output, "FILE", "SMV image in photons with Poisson noise [noiseimage.img]"),
    row(1020, Nonoise, &["nonoise"], &[C("-nonoise")], 0, S::Output, "", "do not make the noise image"),
    row(1025, Nopgm, &["nopgm"], &[C("-nopgm")], 0, S::Output, "", "do not write the PGM"),
    row(1029, Scale, &["scale"], &[C("-scale")], 1, S::Output, "FACTOR", "scale of the SMV image [maximum at 55000]"),
    row(1034, Pgmscale, &["pgmscale"], &[C("-pgmscale")], 1, S::Output, "FACTOR", "scale of the PGM [by the rmsd]"),
    row(1040, Coherent, &["coherent"], &[C("-coherent")], 0, S::Sampling, "", "accepted, without effect"),
    row(1045, Printout, &["printout"], &[C("-printout")], 0, S::Output, "", "print every pixel"),
    row(1050, Noprogress, &["noprogress"], &[C("-noprogress")], 0, S::Program, "", "no progress display"),
    row(1055, Progress, &["progress"], &[C("-progress")], 0, S::Program, "", "progress display also where standard error is no terminal"),
    row(1060, Interpolate, &["interpolate"], &[C("-interpolate")], 0, S::StructureFactors, "", "tricubic interpolation of structure factors [where a crystal axis has at most 2 cells]"),
    row(1065, Nointerpolate, &["nointerpolate"], &[C("-nointerpolate")], 0, S::StructureFactors, "", "nearest structure factor"),
    row(1070, RoundXtal, &["round_xtal"], &[C("-round_xtal")], 0, S::Crystal, "", "ellipsoidal crystal"),
    row(1075, SquareXtal, &["square_xtal"], &[C("-square_xtal")], 0, S::Crystal, "", "parallelepiped crystal [default]"),
    row(1080, GaussXtal, &["gauss_xtal"], &[C("-gauss_xtal")], 0, S::Crystal, "", "Gaussian spots"),
    row(1085, TophatSpots, &["tophat_spots", "binary_spots"], &[C("-binary_spots"), C("-tophat_spots")], 0, S::Crystal, "", "spots of constant height with a sharp rim"),
    row(1090, Fudge, &["fudge"], &[C("-fudge")], 1, S::Crystal, "FACTOR", "factor on the squared spot radius of the last three shapes [1]"),
    row(1094, PrintoutPixel, &["printout_pixel"], &[C("-printout_pixel")], 2, S::Output, "FAST SLOW", "print this pixel"),
    row(1099, Seed, &["seed"], &[C("-seed")], 1, S::Random, "SEED", "seed of the photon noise [the clock]"),
    row(1103, MosaicSeed, &["mosaic_seed"], &[C("-mosaic_seed")], 1, S::Random, "SEED", "seed of the mosaic domains [12345678]"),
    row(1107, MissetSeed, &["misset_seed"], &[C("-misset_seed")], 1, S::Random, "SEED", "seed of -misset random [the clock]"),
    row(1111, Water, &["water"], &[C("-water")], 1, S::Sampling, "UM", "water around the crystal (µm), which makes a flat background [0]"),
];

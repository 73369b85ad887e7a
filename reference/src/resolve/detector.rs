//! Where the detector is: convention, pivot, beam centre, rotations (C:1148-1270, C:1700-1775).

use crate::arguments::settings::{Axes, Convention, Pivot, Settings};
use crate::cformat::g;
use crate::error::{Error, Result};
use crate::quirks::{Quirk, Quirks};
use crate::report::Report;
use crate::vector::{Vector, cross, dot, rotate, rotate_axis, unitize};

/// Axes and centres before the detector is rotated.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) axes: Axes,
    /// Unit vector perpendicular to beam and E-vector.
    pub(super) vertical: Vector,
    pub(super) pivot: Pivot,
    /// Beam centre X, Y for the header.
    pub(super) beam_center: [f64; 2],
    /// Beam spot along fast and slow.
    pub(super) beam_spot: [f64; 2],
    /// Nearest point X, Y.
    pub(super) close_point: [f64; 2],
    /// Nearest point along fast and slow.
    pub(super) near_point: [f64; 2],
    /// Whether the normal was made from the other two axes.
    pub(super) made_normal: bool,
}

/// The detector in place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) fdet: Vector,
    pub(super) sdet: Vector,
    pub(super) odet: Vector,
    pub(super) pix0: Vector,
    pub(super) distance: f64,
    pub(super) close_distance: f64,
    pub(super) beam_spot: [f64; 2],
    pub(super) near_point: [f64; 2],
    pub(super) org: [f64; 2],
    pub(super) dials_origin: Vector,
    /// The beam in the detector's own frame.
    pub(super) beam_seen: Vector,
}

/// The axes of a convention; `None` where the user gives them (C:1172-1248).
fn convention_axes(convention: Convention) -> Option<Axes> {
    let axes = |beam, fdet, sdet, odet, twotheta, polar, spindle| {
        Some(Axes { beam, fdet, sdet, odet, twotheta, polar, spindle })
    };
    const X: Vector = [1.0, 0.0, 0.0];
    const Y: Vector = [0.0, 1.0, 0.0];
    const Z: Vector = [0.0, 0.0, 1.0];
    const MINUS_X: Vector = [-1.0, 0.0, 0.0];
    const MINUS_Y: Vector = [0.0, -1.0, 0.0];
    const MINUS_Z: Vector = [0.0, 0.0, -1.0];
    match convention {
        Convention::Adxv => axes(Z, X, MINUS_Y, Z, MINUS_X, X, X),
        Convention::Mosflm | Convention::Denzo => axes(X, Z, MINUS_Y, X, MINUS_Z, Z, Z),
        Convention::Xds => axes(Z, X, Y, Z, X, X, X),
        Convention::Dials => axes(Z, X, Y, Z, Y, Y, Y),
        Convention::Custom => None,
    }
}

/// Beam spot along fast and slow from the convention's X and Y, and back.
struct Centers {
    convention: Convention,
    pixel_size: f64,
    detsize: [f64; 2],
}

impl Centers {
    /// What the convention takes where the user gives no beam centre. `close_point` is the
    /// default where the beam centre follows it.
    fn default(&self, close_point: [f64; 2]) -> [f64; 2] {
        let [fast, slow] = self.detsize;
        let pixel = self.pixel_size;
        match self.convention {
            Convention::Adxv => [(fast + pixel) / 2.0, (slow - pixel) / 2.0],
            Convention::Mosflm | Convention::Denzo => [(slow + pixel) / 2.0, (fast + pixel) / 2.0],
            Convention::Xds | Convention::Dials | Convention::Custom => close_point,
        }
    }

    fn spot(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let pixel = self.pixel_size;
        match self.convention {
            Convention::Adxv => [x, self.detsize[1] - y],
            Convention::Mosflm => [y + 0.5 * pixel, x + 0.5 * pixel],
            Convention::Denzo => [y + 0.0 * pixel, x + 0.0 * pixel],
            Convention::Xds | Convention::Dials | Convention::Custom => [x, y],
        }
    }

    fn center(&self, [fast, slow]: [f64; 2]) -> [f64; 2] {
        let pixel = self.pixel_size;
        match self.convention {
            Convention::Adxv => [fast, self.detsize[1] - slow],
            Convention::Mosflm => [slow - 0.5 * pixel, fast - 0.5 * pixel],
            Convention::Denzo => [slow, fast],
            Convention::Xds | Convention::Dials | Convention::Custom => [fast, slow],
        }
    }
}

/// Axes, pivot and centres by the rules of the convention.
pub(super) fn frame(settings: &Settings, quirks: Quirks) -> Result<Frame> {
    let mut axes = convention_axes(settings.convention).unwrap_or(settings.axes);
    let mut pivot = match settings.convention {
        Convention::Custom => settings.pivot,
        Convention::Xds | Convention::Dials => Pivot::Sample,
        Convention::Adxv | Convention::Mosflm | Convention::Denzo => Pivot::Beam,
    };
    let pixel = settings.pixel_size;
    let centers =
        Centers { convention: settings.convention, pixel_size: pixel, detsize: settings.detsize };

    let org = settings.org.map(|org| org.map(|pixels| (pixels - 0.5) * pixel));
    let mut near_point = [0, 1].map(|i| org[i].unwrap_or(settings.detsize[i] / 2.0));
    let mut close_point = [0, 1].map(|i| settings.close_point[i].unwrap_or(near_point[i]));
    let default = centers.default(close_point);
    let mut beam_center = [0, 1].map(|i| settings.beam_center[i].unwrap_or(default[i]));
    let mut beam_spot = centers.spot(beam_center);
    if settings.convention == Convention::Custom {
        near_point = beam_center;
    }

    unit("-beam_vector", &mut axes.beam)?;
    unit("-fdet_vector", &mut axes.fdet)?;
    unit("-sdet_vector", &mut axes.sdet)?;
    let (odet, length) = unitize(&axes.odet);
    axes.odet = odet;
    let made_normal = length != 1.0;
    if made_normal {
        axes.odet = cross(&axes.fdet, &axes.sdet);
        unit("-odet_vector made from parallel -fdet_vector and -sdet_vector", &mut axes.odet)?;
    }
    unit("-polar_vector", &mut axes.polar)?;
    unit("-spindle_axis", &mut axes.spindle)?;
    let vertical = unitize(&cross(&axes.beam, &axes.polar)).0;
    if !quirks.has(Quirk::FlagCollisions) {
        axes.twotheta = unitize(&axes.twotheta).0;
    }
    if settings.twotheta != 0.0 && axes.twotheta == [0.0; 3] {
        return Err(Error::Usage("-twotheta_axis is a zero vector".into()));
    }

    if !quirks.has(Quirk::ConventionPivot) {
        let implied = settings.pivot_explicit.or(settings.pivot_implied);
        pivot = implied.unwrap_or(match settings.convention {
            Convention::Custom => Pivot::Beam,
            _ => pivot,
        });
        // Where the beam is not along the normal, spot and nearest point differ by this. The
        // distance is that before the detector is turned: about the spot it stays the same.
        let along = dot(&axes.beam, &axes.odet);
        let turned = dot(&axes.beam, &rotate(&axes.odet, &settings.detector_rotation));
        let distance = match (settings.close_distance, pivot) {
            (Some(close), Pivot::Beam) => close / turned,
            (None, Pivot::Beam) => settings.distance,
            (close, Pivot::Sample) => close.unwrap_or((turned * settings.distance).abs()) / along,
        };
        let shift = [&axes.fdet, &axes.sdet].map(|axis| distance * dot(&axes.beam, axis));
        // Which of fast and slow the given X and Y are.
        let axis_of = |i: usize| match settings.convention {
            Convention::Mosflm | Convention::Denzo => 1 - i,
            _ => i,
        };
        let spot_given = [0, 1].map(|i| settings.beam_center[axis_of(i)].map(|_| beam_spot[i]));
        let near_given = [0, 1].map(|i| settings.close_point[i].or(org[i]));
        let middle = centers.spot(centers.default(settings.detsize.map(|size| size / 2.0)));
        for i in 0..2 {
            let (spot, near) = match (spot_given[i], near_given[i]) {
                (Some(spot), Some(near)) => (spot, near),
                (Some(spot), None) => (spot, spot - shift[i]),
                (None, Some(near)) => (near + shift[i], near),
                (None, None) if pivot == Pivot::Beam => (middle[i], middle[i] - shift[i]),
                (None, None) => (middle[i] + shift[i], middle[i]),
            };
            beam_spot[i] = spot;
            near_point[i] = near;
        }
        beam_center = centers.center(beam_spot);
        close_point = near_point;
    }
    Ok(Frame {
        axes,
        vertical,
        pivot,
        beam_center,
        beam_spot,
        close_point,
        near_point,
        made_normal,
    })
}

fn unit(name: &str, vector: &mut Vector) -> Result<()> {
    let (direction, length) = unitize(vector);
    if length == 0.0 || !length.is_finite() {
        return Err(Error::Usage(format!("{name} is no direction: its length is {length}")));
    }
    *vector = direction;
    Ok(())
}

/// Puts the detector in place (C:1713-1775).
pub(super) fn place(settings: &Settings, frame: &Frame, quirks: Quirks) -> Result<Place> {
    let axes = &frame.axes;
    let angles = &settings.detector_rotation;
    if settings.distance <= 0.0 && settings.close_distance.is_none() {
        return Err(Error::Usage(format!(
            "-distance {} mm: the detector must be in front of the sample",
            g(settings.distance * 1000.0)
        )));
    }
    if let Some(close) = settings.close_distance
        && close <= 0.0
    {
        return Err(Error::Usage(format!(
            "-close_distance {} mm: the detector must be in front of the sample",
            g(close * 1000.0)
        )));
    }

    let mut ratio = dot(&axes.beam, &rotate(&axes.odet, angles));
    if ratio == 0.0 {
        if settings.close_distance.is_none() || frame.pivot == Pivot::Beam {
            return Err(Error::Impossible(
                "the detector is edge-on to the beam: place it by -close_distance and -pivot sample"
                    .into(),
            ));
        }
        ratio = f64::MIN_POSITIVE;
    }
    let mut close_distance =
        settings.close_distance.unwrap_or_else(|| (ratio * settings.distance).abs());
    let mut distance = close_distance / ratio;

    let swing = |vector: &Vector| rotate_axis(vector, &axes.twotheta, settings.twotheta);
    let mut pix0 = [0.0; 3];
    if frame.pivot == Pivot::Sample {
        let [fclose, sclose] = frame.near_point;
        for (i, component) in pix0.iter_mut().enumerate() {
            *component =
                -fclose * axes.fdet[i] - sclose * axes.sdet[i] + close_distance * axes.odet[i];
        }
        pix0 = swing(&rotate(&pix0, angles));
    }
    let fdet = swing(&rotate(&axes.fdet, angles));
    let sdet = swing(&rotate(&axes.sdet, angles));
    let odet = swing(&rotate(&axes.odet, angles));
    if frame.pivot == Pivot::Beam {
        let [fbeam, sbeam] = frame.beam_spot;
        for (i, component) in pix0.iter_mut().enumerate() {
            *component = -fbeam * fdet[i] - sbeam * sdet[i] + distance * axes.beam[i];
        }
    }
    if !quirks.has(Quirk::Pix0Ignored)
        && let Some(origin) = settings.pix0
    {
        pix0 = origin;
        if dot(&pix0, &odet) < 0.0 {
            // Solid angles would be negative.
            return Err(Error::Usage(
                "-pix0_vector and the axes: the normal (-odet_vector) points towards the sample"
                    .into(),
            ));
        }
    }

    let near_point = [-dot(&pix0, &fdet), -dot(&pix0, &sdet)];
    close_distance = dot(&pix0, &odet);

    if !quirks.has(Quirk::TwothetaRatio) {
        // A detector that the beam does not hit has no distance along it: the ratio without the
        // swing stays.
        let with_swing = dot(&axes.beam, &odet);
        if with_swing > 0.0 {
            ratio = with_swing;
        }
    }
    let spot = [0, 1, 2].map(|i| close_distance / ratio * axes.beam[i] - pix0[i]);
    let beam_spot = [dot(&fdet, &spot), dot(&sdet, &spot)];
    distance = close_distance / ratio;

    let org = near_point.map(|near| near / settings.pixel_size + 0.5);
    let dials_origin = [
        1000.0 * dot(&pix0, &[0.0, 0.0, 1.0]),
        1000.0 * dot(&pix0, &[0.0, 1.0, 0.0]),
        1000.0 * dot(&pix0, &[-1.0, 0.0, 0.0]),
    ];
    let beam_seen = [dot(&axes.beam, &fdet), dot(&axes.beam, &sdet), dot(&axes.beam, &odet)];
    let place = Place {
        fdet,
        sdet,
        odet,
        pix0,
        distance,
        close_distance,
        beam_spot,
        near_point,
        org,
        dials_origin,
        beam_seen,
    };
    let numbers = pix0.iter().chain(&beam_spot).chain([&place.distance, &place.close_distance]);
    if numbers.into_iter().any(|value| !value.is_finite()) {
        return Err(Error::Impossible(format!(
            "the detector cannot be placed: distance {} m, nearest point at {} m",
            g(place.distance),
            g(place.close_distance)
        )));
    }
    if place.close_distance == 0.0 {
        return Err(Error::Impossible(
            "the sample lies in the plane of the detector: no pixel has a solid angle".into(),
        ));
    }
    Ok(place)
}

/// The lines of the report that go with it.
pub(super) fn report(settings: &Settings, frame: &Frame, place: &Place, report: &mut Report<'_>) {
    writeln!(report, "{} convention selected.", settings.convention.name());
    match frame.pivot {
        Pivot::Sample => writeln!(report, "pivoting detector around sample"),
        Pivot::Beam => writeln!(report, "pivoting detector around direct beam spot"),
    }
    let [x, y, z] = place.beam_seen.map(g);
    writeln!(report, "XDS incident beam: {x} {y} {z}");
}

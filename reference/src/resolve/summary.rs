//! The lines of the report that sum an experiment up.

use crate::arguments::settings::{RTD, Settings, Shape};
use crate::cformat::{f, g};
use crate::experiment::Experiment;
use crate::random::Seed;
use crate::report::Report;
use crate::vector::cross;

/// The lines of the report that sum everything up (C:2465-2511).
pub(super) fn summary(
    experiment: &Experiment,
    settings: &Settings,
    seed: Seed,
    report: &mut Report<'_>,
) {
    let Experiment { beam, detector, crystal, spindle, sampling, structure, .. } = experiment;
    let hkls = structure.factors.as_ref().map_or(0, |factors| factors.count);
    writeln!(report, "  {hkls} initialized hkls (all others ={})", g(structure.default_f));
    let shape = match crystal.shape {
        Shape::Round => "ellipsoidal",
        Shape::Square => "parallelpiped",
        Shape::Gauss => "gaussian",
        Shape::Tophat => "tophat-spot",
    };
    let [na, nb, nc] = crystal.cells.map(|count| f(count, 0));
    writeln!(report, "  {shape} xtal: {na}x{nb}x{nc} cells");
    writeln!(
        report,
        "  wave={} meters +/- {}% in {} steps",
        g(beam.wavelength),
        g(beam.dispersion.range * 100.0),
        beam.dispersion.count
    );
    if beam.nopolar {
        writeln!(report, "  polarization effect disabled");
    } else {
        writeln!(report, "  Kahn polarization factor: {}", f(beam.polarization, 6));
    }
    if detector.curved {
        writeln!(report, "  curved detector: all pixels same distance from origin");
    }
    if detector.point_pixel {
        writeln!(report, "  pixel obliquity effect disabled");
    }
    writeln!(report, "  incident fluence: {} photons/m^2", g(beam.fluence));
    writeln!(
        report,
        "  distance={} detsize={}x{}  pixel={} meters ({}x{} pixels)",
        g(detector.distance),
        g(detector.size[0]),
        g(detector.size[1]),
        g(detector.pixel_size),
        detector.pixels[0],
        detector.pixels[1]
    );
    writeln!(
        report,
        "  sensor is {} m thick in {} layers with mu= {}",
        g(detector.sensor.thickness),
        detector.sensor.layers,
        g(detector.sensor.mu)
    );
    let pair = |[x, y]: [f64; 2]| [g(x), g(y)];
    let [x, y] = pair(detector.beam_center);
    writeln!(report, "  Xbeam={x} Ybeam={y}");
    let [x, y] = pair(detector.beam_spot);
    writeln!(report, "  Fbeam={x} Sbeam={y}");
    let [x, y] = pair(detector.close_point);
    writeln!(report, "  Xclose={x} Yclose={y}");
    let [x, y] = pair(detector.near_point);
    writeln!(report, "  Fclose={x} Sclose={y}");
    for (name, vector) in [
        ("DIRECTION_OF_DETECTOR_X-AXIS", detector.fdet),
        ("DIRECTION_OF_DETECTOR_Y-AXIS", detector.sdet),
        ("DIRECTION_OF_DETECTOR_Z-AXIS", detector.odet),
        ("INCIDENT_BEAM_DIRECTION", beam.direction),
        ("spindle ROTATION_AXIS", spindle.axis),
        ("POLARIZATION_PLANE_NORMAL", cross(&beam.direction, &beam.polar_vector)),
        ("dials origin", detector.dials_origin),
    ] {
        let [x, y, z] = vector.map(g);
        writeln!(report, "  {name}= {x} {y} {z}");
    }
    let [xmin, xmax, ymin, ymax] = detector.roi;
    writeln!(report, "  roi: {xmin} < x < {xmax} && {ymin} < y < {ymax}");
    for (name, sweep) in [("hdiv", beam.hdiv), ("vdiv", beam.vdiv)] {
        writeln!(report, "  {name}range={} {name}step={}  radians", g(sweep.range), g(sweep.step));
    }
    writeln!(report, "  {} divergence steps", beam.divergence_steps);
    writeln!(report, "  {} sources", beam.sources.len());
    writeln!(
        report,
        "  {} mosaic domains over mosaic spread of {} degrees",
        crystal.domains.len(),
        g(crystal.mosaic_spread * RTD)
    );
    writeln!(
        report,
        "  {} phi steps from {} to {} degrees",
        spindle.sweep.count,
        g(spindle.phi0 * RTD),
        g((spindle.phi0 + spindle.sweep.range) * RTD)
    );
    write!(report, "  {0}x{0} pixel oversample steps", sampling.oversample);
    for (name, on) in
        [("thick", sampling.thick), ("polar", sampling.polar), ("omega", sampling.omega)]
    {
        if on {
            write!(report, " +{name}");
        }
    }
    writeln!(report);
    if let (Some(_), Some(path)) = (&detector.mask, &settings.inputs.mask) {
        writeln!(report, "  skipping zero-flagged pixels in {}", path.display());
    }
    if settings.outputs.calculate_noise {
        writeln!(report, "\n  noise image paramters:");
        writeln!(report, "  seed: {seed}");
        writeln!(report, "  water droplet size: {} m", g(sampling.water_size));
    }
}

//! The rules that choose steps and ranges which the user left open (C:1380-1700).

use crate::arguments::settings::{RTD, Settings, Sweep};
use crate::cformat::g;
use crate::error::{Error, Result};
use crate::experiment::Sensor;
use crate::quirks::{Quirk, Quirks};
use crate::report::Report;

/// More of one kind than this (spindle steps, sources, sensor layers, mosaic domains) is refused:
/// the report has a line for each, and a run would take days.
pub const LARGEST_LIST: u128 = 10_000_000;

/// Refuses a list that is too long.
pub(super) fn check_list(what: &str, count: u128) -> Result<()> {
    if count > LARGEST_LIST {
        return Err(Error::Impossible(format!(
            "{count} {what} are more than the {LARGEST_LIST} that can be rendered"
        )));
    }
    Ok(())
}

/// A number of steps as the C program makes it from a quotient.
fn whole_steps(what: &str, quotient: f64) -> Result<i32> {
    let count = quotient.ceil();
    if count.is_nan() || count.abs() > f64::from(i32::MAX) {
        return Err(Error::Impossible(format!("{} {what} are too many", g(quotient))));
    }
    Ok(count as i32)
}

/// Steps of the spindle (C:1380-1429). Angles in radians.
pub(super) fn phi(given: Sweep) -> Result<Sweep> {
    let Sweep { mut range, mut step, mut count } = given;
    if count < 0 {
        if range < 0.0 {
            if step <= 0.0 {
                (count, range, step) = (1, 0.0, 0.0);
            } else {
                (range, count) = (step, 2);
            }
        } else if step <= 0.0 {
            (count, step) = (2, range / 2.0);
        } else {
            count = whole_steps("spindle steps (-osc over -phistep)", range / step)?;
        }
    } else {
        if count == 0 {
            count = 1;
        }
        if range < 0.0 {
            if step <= 0.0 {
                range = 1.0 / RTD;
                step = range / f64::from(count);
            } else {
                (range, count) = (step, 2);
            }
        } else if step < 0.0 {
            step = range / f64::from(count);
        }
    }
    if count < 1 {
        return Err(Error::Impossible(
            "-osc 0 with -phistep gives no spindle step at all; leave -phistep out".into(),
        ));
    }
    check_list("spindle steps (-phisteps, -phistep)", count as u128)?;
    Ok(Sweep { range, step, count })
}

/// Steps of a divergence or of the dispersion (C:1431-1580, C:1674-1688).
pub(super) fn spread(what: &str, given: Sweep) -> Result<Sweep> {
    let Sweep { mut range, mut step, mut count } = given;
    if count <= 0 {
        if range < 0.0 {
            if step <= 0.0 {
                (count, range, step) = (1, 0.0, 0.0);
            } else {
                (range, count) = (step, 2);
            }
        } else if step <= 0.0 {
            (step, count) = (range, 2);
        } else {
            count = whole_steps(what, range / step)?;
        }
    } else if range < 0.0 {
        if step <= 0.0 {
            range = 1.0;
            step = range / f64::from(count);
        } else {
            (range, count) = (step, 2);
        }
    } else if step <= 0.0 {
        count = count.max(2);
        step = range / f64::from(count - 1);
    }
    if range <= 0.0 || step <= 0.0 || count <= 0 {
        return Ok(Sweep { range: 0.0, step: 0.0, count: 1 });
    }
    check_list(what, count as u128)?;
    Ok(Sweep { range, step, count })
}

/// Layers of the sensor (C:1583-1637, C:1689-1693).
pub(super) fn sensor(
    settings: &Settings,
    quirks: Quirks,
    report: &mut Report<'_>,
) -> Result<Sensor> {
    let c_layers = quirks.has(Quirk::SensorLayers);
    let mut thickness = if c_layers {
        settings.detector_thick
    } else if settings.detector_abs_inf {
        0.0
    } else {
        settings.detector_thick_given
    };
    let mut layers = settings.detector_thicksteps;
    let mut step = 0.0;
    if layers <= 0 {
        if thickness < 0.0 {
            (layers, thickness) = (1, 0.0);
        } else {
            layers = 2;
            step = thickness / f64::from(layers);
        }
    } else if thickness < 0.0 {
        thickness = 0.5e-6;
        step = thickness / f64::from(layers);
    } else if c_layers {
        layers = layers.max(2);
        step = thickness / f64::from(layers - 1);
    } else {
        step = thickness / f64::from(layers);
    }
    let mut mu = settings.detector_mu;
    if thickness > 0.0 && mu < 0.0 {
        mu = 1.0 / thickness;
        writeln!(report, "WARNING: setting detector attenuation depth to {} m", g(mu));
    }
    if thickness <= 0.0 || step <= 0.0 || layers <= 0 {
        return Ok(Sensor { thickness: 0.0, step: 0.0, layers: 1, mu });
    }
    check_list("sensor layers (-detector_thicksteps)", layers as u128)?;
    Ok(Sensor { thickness, step, layers: layers as usize, mu })
}

/// Mosaic spread, rad, and number of domains (C:1639-1672).
pub(super) fn mosaic(settings: &Settings, report: &mut Report<'_>) -> Result<(f64, usize)> {
    let (mut spread, mut domains) = (settings.mosaic_spread, settings.mosaic_domains);
    if domains <= 0 {
        if spread < 0.0 {
            (domains, spread) = (1, 0.0);
        } else if spread == 0.0 {
            domains = 1;
        } else {
            writeln!(
                report,
                "WARNING: finite mosaicity with only one domain! upping to 10 mosaic domains"
            );
            domains = 10;
        }
    } else if spread < 0.0 {
        writeln!(report, "WARNING: no mosaic spread specified.  setting mosaic_domains = 1");
        (domains, spread) = (1, 0.0);
    } else if spread == 0.0 {
        writeln!(report, "WARNING: zero mosaic spread specified.  setting mosaic_domains = 1");
        domains = 1;
    }
    check_list("mosaic domains (-mosaic_domains)", domains as u128)?;
    Ok((spread, domains as usize))
}

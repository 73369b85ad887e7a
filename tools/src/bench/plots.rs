//! Plots of a record as SVG.

use std::collections::BTreeMap;
use std::ops::Range;

use plotters::chart::ChartContext;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

use super::folder::Files;
use super::record::{Entry, Record};
use super::{Error, Result};

/// Width of a plot, and the height of those that do not grow with what is in them.
const SIZE: (u32, u32) = (900, 540);

/// Height of a row of the plot of ratios.
const ROW: u32 = 16;

/// The lines of a plot by their names.
type Lines = BTreeMap<String, Vec<(f64, f64)>>;

/// Where the points of a plot are drawn.
type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// All plots that the record has numbers for, by their file names.
///
/// # Errors
/// None that a record of ours gives.
pub fn all(record: &Record) -> Result<Files> {
    let once = |entry: &&Entry| entry.valid() && entry.same_as.is_none();
    let entries: Vec<&Entry> = record.entries.iter().filter(once).collect();
    let plots = [
        ("ratios.svg", ratios(&entries)?),
        ("threads.svg", threads(&entries)?),
        ("steps.svg", steps(&entries)?),
    ];
    let plots = plots.into_iter();
    Ok(plots.filter_map(|(name, plot)| Some((name.to_owned(), plot?.into_bytes()))).collect())
}

/// Ratios to the baseline: a row for each workload and number of threads.
fn ratios(entries: &[&Entry]) -> Result<Option<String>> {
    let (mut rows, mut lines) = (Vec::new(), Lines::new());
    for entry in entries.iter().filter(|entry| entry.engine != "c") {
        let Some(ratio) = entry.ratio else { continue };
        let row = format!("{}/{}, {} threads", entry.workload, entry.size, entry.threads);
        let place = rows.iter().position(|other| *other == row).unwrap_or_else(|| {
            rows.push(row);
            rows.len() - 1
        });
        // The first one on top.
        lines.entry(entry.engine.clone()).or_default().push((ratio, -(place as f64)));
    }
    let Some(x) = decades(&lines, |point| point.0) else { return Ok(None) };
    let label = |y: &f64| rows.get(-y.round() as usize).cloned().unwrap_or_default();
    let y = (-(rows.len() as f64)..1.0).step(1.0);
    draw(SIZE.1.max(140 + ROW * rows.len() as u32), |area| {
        let mut chart = ChartBuilder::on(area)
            .caption("Times faster than the baseline (kernel)", ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(210)
            .build_cartesian_2d(x.log_scale(), y)
            .map_err(Error::run)?;
        let mut mesh = chart.configure_mesh();
        mesh.y_labels(rows.len() + 2).y_label_formatter(&label).light_line_style(WHITE);
        mesh.draw().map_err(Error::run)?;
        series(&mut chart, &lines, false)
    })
    .map(Some)
}

/// Speed over the number of threads, as a multiple of one thread.
fn threads(entries: &[&Entry]) -> Result<Option<String>> {
    let mut lines = Lines::new();
    for entry in entries {
        let alone = |one: &&&Entry| {
            let same = |of: fn(&Entry) -> &str| of(one) == of(entry);
            one.threads == 1
                && one.size == entry.size
                && same(|entry| &entry.workload)
                && same(|entry| &entry.engine)
        };
        let alone = entries.iter().find(alone).and_then(|one| one.nanoseconds_per_step);
        if let Some((alone, mine)) = alone.zip(entry.nanoseconds_per_step) {
            let name = format!("{}/{} {}", entry.workload, entry.size, entry.engine);
            lines.entry(name).or_default().push((entry.threads as f64, alone / mine));
        }
    }
    lines.retain(|_, points| points.len() > 1);
    let most = |of: fn(&(f64, f64)) -> f64| extent(&lines, of).map(|range| range.end);
    let Some((x, y)) = most(|point| point.0).zip(most(|point| point.1)) else { return Ok(None) };
    let axes = (0.0..x * 1.5, 0.0..y * 1.1);
    curves(("Speed over threads", "threads", "times one thread"), axes, &lines).map(Some)
}

/// Time of a step over the number of steps of the whole detector.
fn steps(entries: &[&Entry]) -> Result<Option<String>> {
    let mut lines = Lines::new();
    for entry in entries.iter().filter(|entry| entry.suite == "scaling") {
        let each =
            entry.steps.zip(entry.pixels).map(|(steps, pixels)| steps as f64 / pixels as f64);
        if let Some((each, nanoseconds)) = each.zip(entry.nanoseconds_per_step) {
            let all = each * (entry.size * entry.size) as f64;
            let name = format!("{}, {} threads", entry.engine, entry.threads);
            lines.entry(name).or_default().push((all, nanoseconds));
        }
    }
    let axes = decades(&lines, |point| point.0).zip(decades(&lines, |point| point.1));
    let Some((x, y)) = axes else { return Ok(None) };
    let axes = (x.log_scale(), y.log_scale());
    curves(("Time of a step", "steps of the whole detector", "ns"), axes, &lines).map(Some)
}

/// From the smallest to the largest of a coordinate; `None` of nothing.
fn extent(lines: &Lines, of: impl Fn(&(f64, f64)) -> f64) -> Option<Range<f64>> {
    let values = || lines.values().flatten().map(&of);
    let (least, most) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
    Some(least..most)
}

/// The same in whole decades, at least one.
fn decades(lines: &Lines, of: impl Fn(&(f64, f64)) -> f64) -> Option<Range<f64>> {
    let Range { start, end } = extent(lines, of)?;
    let (low, high) = (start.log10().floor(), end.log10().ceil());
    Some(10f64.powf(low)..10f64.powf(high.max(low + 1.0)))
}

/// A plot of lines.
fn curves<X, Y>(
    (title, x_name, y_name): (&str, &str, &str),
    (x, y): (X, Y),
    lines: &Lines,
) -> Result<String>
where
    X: AsRangedCoord<Value = f64>,
    X::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    draw(SIZE.1, |area| {
        let mut chart = ChartBuilder::on(area)
            .caption(title, ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(45)
            .y_label_area_size(65)
            .build_cartesian_2d(x, y)
            .map_err(Error::run)?;
        let number = |value: &f64| match value.abs() {
            size if size >= 1e4 => format!("{value:e}"),
            _ => format!("{value}"),
        };
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(x_name).y_desc(y_name).light_line_style(WHITE);
        mesh.x_label_formatter(&number).y_label_formatter(&number);
        mesh.draw().map_err(Error::run)?;
        series(&mut chart, lines, true)
    })
}

/// Makes a plot of so many pixels in height.
fn draw(height: u32, fill: impl FnOnce(&Area<'_>) -> Result<()>) -> Result<String> {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, (SIZE.0, height)).into_drawing_area();
    area.fill(&WHITE).map_err(Error::run)?;
    fill(&area)?;
    area.present().map_err(Error::run)?;
    drop(area);
    Ok(text)
}

/// Draws points, joined where that is wanted, and the legend.
fn series<'a, X, Y>(
    chart: &mut ChartContext<'a, SVGBackend<'a>, Cartesian2d<X, Y>>,
    lines: &Lines,
    joined: bool,
) -> Result<()>
where
    X: Ranged<ValueType = f64>,
    Y: Ranged<ValueType = f64>,
{
    for (number, (name, points)) in lines.iter().enumerate() {
        let color = Palette99::pick(number).to_rgba();
        let mut points = points.clone();
        if joined {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let line = LineSeries::new(points.iter().copied(), color);
            chart.draw_series(line).map_err(Error::run)?;
        }
        let dots = points.iter().map(|&point| Circle::new(point, 4, color.filled()));
        let drawn = chart.draw_series(dots).map_err(Error::run)?;
        drawn.label(name).legend(move |(x, y)| Circle::new((x + 10, y), 4, color.filled()));
    }
    let mut legend = chart.configure_series_labels();
    legend.position(SeriesLabelPosition::UpperRight);
    legend.background_style(WHITE.mix(0.8)).border_style(BLACK).draw().map_err(Error::run)
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::bench::record::{Entry, tests::record};

    #[test]
    fn a_record_has_the_plots_that_it_has_numbers_for() {
        let entry = |engine: &str, threads: usize, ratio| Entry {
            suite: "scaling".into(),
            workload: "scaling-1e6".into(),
            size: 1024,
            engine: engine.into(),
            threads,
            pixels: Some(1 << 20),
            steps: Some(1 << 20),
            nanoseconds_per_step: Some(100.0 / threads as f64),
            ratio,
            ..Entry::default()
        };
        assert!(all(&record(Vec::new())).expect("no plots").is_empty());
        let entries =
            vec![entry("c", 1, None), entry("cpu", 1, Some(30.0)), entry("cpu", 2, Some(58.0))];
        let plots = all(&record(entries)).expect("plots");
        assert!(plots.keys().eq(["ratios.svg", "steps.svg", "threads.svg"]));
        for (name, bytes) in plots {
            let text = String::from_utf8(bytes).expect("a text");
            assert!(text.starts_with("<svg") && text.contains("cpu"), "{name}");
        }
    }
}

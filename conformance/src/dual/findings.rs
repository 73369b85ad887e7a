//! What is found beside the metrics of the clause: relative errors, diverging pixels, peaks, the
//! straight line between the images.

use std::io::Write;

use nanobragg_reference::cformat::g;
use ndarray::ArrayView2;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::image::Region;
use super::isolate::Isolated;
use super::sides::{self, Side};
use super::{Files, Options, PICTURE, pursue, say};
use crate::metrics::Unfit;
use crate::metrics::divergence::{Divergence, Diverging};
use crate::metrics::fit::{Fit, fit};
use crate::metrics::relative::{LOWEST_DECADE, RelativeErrors};
use crate::peaks::{self, Choice, Pair};
use crate::picture::panels::Layout;
use crate::tolerance::Bound;

/// The quantiles of relative errors in `summary.json`.
const NAMES: [&str; 5] = ["p50", "p90", "p99", "p99_9", "max"];

/// A pixel of the whole image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Place {
    pub(super) fast: usize,
    pub(super) slow: usize,
}

impl Place {
    /// The pixel `[slow, fast]` of a region.
    pub(super) fn within(region: &Region, [slow, fast]: [usize; 2]) -> Place {
        let [top, first] = region.start();
        Place { fast: first + fast, slow: top + slow }
    }
}

/// What was found.
#[derive(Debug)]
pub(super) struct Findings {
    floor: f64,
    relative: RelativeErrors,
    bound: Bound,
    divergence: Divergence,
    /// The first pixel that breaks the bound, and how to go on from there.
    pub(super) first: Option<Place>,
    worst: Option<Place>,
    commands: Vec<String>,
    /// The first variable of that pixel that differs, where both sides have traced it.
    traced: Option<String>,
    fit: Option<Fit>,
    peaks: Peaks,
}

impl Findings {
    /// Looks at the region of two images that is compared.
    pub(super) fn of(
        [left, right]: [ArrayView2<'_, f64>; 2],
        region: &Region,
        options: &Options,
        sides: &[Side; 2],
    ) -> Result<Findings, Unfit> {
        let bound = options.tolerance.unwrap_or_else(|| sides::promise(sides));
        let divergence = Divergence::of(left, right, bound)?;
        let place = |pixel: Diverging| Place::within(region, pixel.at);
        let first = divergence.first.map(place);
        Ok(Findings {
            floor: options.floor,
            relative: RelativeErrors::of(left, right, options.floor)?,
            bound,
            divergence,
            first,
            worst: divergence.worst.map(place),
            commands: first.map_or_else(Vec::new, |at| pursue::commands(at, sides, options)),
            traced: None,
            fit: fit(left, right)?,
            peaks: Peaks::of([left, right], options.peaks, options.within),
        })
    }

    /// The fields of `summary.json`, null where nothing was compared.
    pub(super) fn fields(found: Option<&Findings>) -> [(&'static str, Value); 4] {
        [
            ("relative_errors", json!(found.map(Findings::relative_errors))),
            ("divergence", json!(found.map(Findings::diverging))),
            ("linear_fit", json!(found.and_then(|found| found.fit))),
            ("peaks", json!(found.map(|found| &found.peaks))),
        ]
    }

    fn relative_errors(&self) -> Value {
        let found = &self.relative;
        let errors = found.quantiles.map(|errors| errors.map(Some)).unwrap_or_default();
        let quantiles: Map<_, _> =
            NAMES.into_iter().map(str::to_owned).zip(errors.map(|error| json!(error))).collect();
        let decade = |(k, pixels): (i32, &usize)| json!({ "decade": k, "pixels": pixels });
        json!({
            "floor": self.floor,
            "floor_value": found.floor,
            "pixels_equal": found.equal,
            "pixels_zero": found.zero,
            "pixels_not_finite": found.not_finite,
            "pixels_dark": found.dark,
            "dark_largest": found.dark_largest,
            "pixels_measured": found.measured,
            "quantiles": quantiles,
            "histogram": (LOWEST_DECADE..).zip(&found.decades).map(decade).collect::<Vec<_>>(),
        })
    }

    fn diverging(&self) -> Value {
        let pixel = |at: Option<Place>, pixel: Option<Diverging>| {
            at.zip(pixel).map(|(at, pixel)| {
                json!({
                    "fast": at.fast,
                    "slow": at.slow,
                    "left": pixel.left,
                    "right": pixel.right,
                    "difference": pixel.right - pixel.left,
                    "allowed": pixel.allowed,
                    "used": pixel.used,
                })
            })
        };
        json!({
            "relative": self.bound.relative,
            "of_maximum": self.bound.of_maximum,
            "pixels": self.divergence.broken,
            "first": pixel(self.first, self.divergence.first),
            "worst": pixel(self.worst, self.divergence.worst),
            "commands": self.commands,
            "traced": self.traced,
        })
    }

    /// Has both sides trace the first diverging pixel, where they can.
    pub(super) fn trace(&mut self, sides: &[Side; 2], run: &Isolated, files: &mut Files) {
        let Some(at) = self.first else { return };
        let found = pursue::traces(at, sides, run, self.bound.relative, files);
        // The comparison is complete without it.
        self.traced = found.unwrap_or_else(|error| Some(format!("none: {error}")));
    }

    /// The line between images that are not on one scale.
    fn has_scale(&self) -> Option<Fit> {
        self.fit.filter(|fit| (fit.scale - 1.0).abs() > 1e-3)
    }

    /// A few lines.
    pub(super) fn print(&self, layout: &Layout, out: &mut dyn Write) {
        let mut line = |name: &str, text: String| say(out, format_args!("{name:<22}{text}"));
        let found = &self.relative;
        if let Some([half, _, most, nearly, all]) = found.quantiles.map(|list| list.map(g)) {
            let text = format!("50 % {half}, 99 % {most}, 99.9 % {nearly}, largest {all}");
            line("relative errors", text);
        }
        let dark = match found.dark_largest {
            Some(error) => format!(
                ", {} darker than {} (apart by {} of the largest pixel)",
                found.dark,
                g(found.floor),
                g(error)
            ),
            None => String::new(),
        };
        let odd = match found.not_finite {
            0 => String::new(),
            count => format!(", {count} not finite"),
        };
        let counts = format!("{} equal, {} zero{dark}{odd}", found.equal, found.zero);
        line("pixels", counts);
        line("peaks", self.peaks.text());
        if let Some(fit) = self.has_scale() {
            let text = format!(
                "right = {} left + {}, apart by {} (rms)",
                g(fit.scale),
                g(fit.offset),
                g(fit.rms)
            );
            line("straight line", text);
        }
        let Bound { relative, of_maximum } = self.bound;
        let allowed = if relative == 0.0 && of_maximum == 0.0 {
            "no difference is allowed".to_owned()
        } else {
            format!("{} of the pixel, {} of the largest", g(relative), g(of_maximum))
        };
        match self.divergence.broken {
            0 => line("tolerance", format!("kept by all pixels ({allowed})")),
            1 => line("tolerance", format!("broken by 1 pixel ({allowed})")),
            count => line("tolerance", format!("broken by {count} pixels ({allowed})")),
        }
        let pixels = [
            ("first diverging pixel", self.first, self.divergence.first),
            ("worst pixel", self.worst.filter(|at| Some(*at) != self.first), self.divergence.worst),
        ];
        for (name, at, pixel) in pixels {
            if let Some((Place { fast, slow }, pixel)) = at.zip(pixel) {
                let (left, right, used) = (g(pixel.left), g(pixel.right), pixel.usage());
                line(name, format!("fast {fast} slow {slow}: left {left}, right {right}, {used}"));
            }
        }
        for command in &self.commands {
            line("its numbers", command.clone());
        }
        if let Some(traced) = &self.traced {
            line("its traces", traced.clone());
        }
        let colours = if layout.full == 0.0 {
            String::new()
        } else {
            format!(
                "; right less left, red up to {0}, blue down to -{0}, logarithmic from {1} on",
                g(layout.full),
                g(layout.linear)
            )
        };
        line(PICTURE, format!("white at {}{colours}", g(layout.white)));
    }
}

impl Diverging {
    /// How far apart the two values are, for people. A part of nothing would be a number of no meaning.
    fn usage(&self) -> String {
        if self.allows_nothing() {
            format!("apart by {}, where nothing is allowed", g((self.right - self.left).abs()))
        } else {
            format!("{} of what is allowed", g(self.used))
        }
    }
}

/// The peaks of both images.
#[derive(Debug, Serialize)]
struct Peaks {
    percentile: f64,
    radius: usize,
    within: f64,
    left: usize,
    right: usize,
    matched: usize,
    /// Mean and largest distance of matched peaks, pixels; null without any.
    distance_mean: Option<f64>,
    distance_max: Option<f64>,
    /// Mean way from the left peak to the right one along fast and slow, pixels.
    shift_fast: Option<f64>,
    shift_slow: Option<f64>,
    /// Mean of right to left height, and the root mean square of its distance from 1.
    ratio_mean: Option<f64>,
    ratio_rms_error: Option<f64>,
}

impl Peaks {
    fn of(images: [ArrayView2<'_, f64>; 2], choice: Choice, within: f64) -> Peaks {
        let [first, second] = images.map(|image| peaks::find(image, &choice));
        let pairs = peaks::pairs(&first, &second, within);
        let mean = |of: fn(&Pair) -> f64| {
            let sum: f64 = pairs.iter().map(of).sum();
            Some(sum / pairs.len() as f64).filter(|mean| mean.is_finite())
        };
        Peaks {
            percentile: choice.percentile,
            radius: choice.radius,
            within,
            left: first.len(),
            right: second.len(),
            matched: pairs.len(),
            distance_mean: mean(|pair| pair.distance),
            distance_max: pairs.iter().map(|pair| pair.distance).reduce(f64::max),
            shift_fast: mean(|pair| pair.second.place[0] - pair.first.place[0]),
            shift_slow: mean(|pair| pair.second.place[1] - pair.first.place[1]),
            ratio_mean: mean(ratio),
            ratio_rms_error: mean(|pair| (ratio(pair) - 1.0).powi(2)).map(f64::sqrt),
        }
    }

    fn text(&self) -> String {
        let Peaks { left, right, matched, .. } = self;
        let mut text = format!("{left} left, {right} right, {matched} matched");
        if let (Some(mean), Some(largest)) = (self.distance_mean, self.distance_max) {
            text.push_str(&format!(", apart by {} pixels (at most {})", g(mean), g(largest)));
        }
        if let Some(ratio) = self.ratio_mean {
            text.push_str(&format!(", heights right to left {}", g(ratio)));
        }
        text
    }
}

/// The height of the right peak over that of the left one.
fn ratio(pair: &Pair) -> f64 {
    pair.second.height / pair.first.height
}

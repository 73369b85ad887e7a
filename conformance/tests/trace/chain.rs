//! What was traced, added up again.

use libtest_mimic::Failed;
use nanobragg_reference::Experiment;
use nanobragg_reference::engine::Engine;
use nanobragg_reference::experiment::R_E_SQR;
use nanobragg_reference::quirks::Quirk;
use nanobragg_reference::trace::{Header, Line, Pixel, Ray, Source, Step};

use super::traced;

/// The steps of a pixel (fast, slow) add up to the pixel of the image.
///
/// Each sum is that of the step before and its term, bit for bit. Where values are added in blocks, so
/// is each sum of a block. Within one the vector units may have put right what they added; the kernels
/// of a GPU add values with one rounding or two.
pub(super) fn check(
    engine: &dyn Engine,
    experiment: &Experiment,
    pixel: [usize; 2],
) -> Result<(), Failed> {
    let (rendered, lines) = traced(engine, experiment, pixel)?;
    let [Line::Header(header), lines @ .., Line::Pixel(end)] = lines.as_slice() else {
        return Err("a trace begins with a header and ends with the pixel".into());
    };
    if end.skipped.is_some() {
        // Nothing is rendered at all: the brightest pixel is one of those that are left out.
        let dark = lines.is_empty() && rendered.image[[pixel[1], pixel[0]]] == 0.0;
        return if dark { Ok(()) } else { Err("a pixel that is rendered".into()) };
    }
    let mut chain = Chain::new(experiment, header, end);
    for line in lines {
        chain.follow(line).map_err(|reason| format!("pixel {pixel:?}: {reason} in {line:?}"))?;
    }
    chain.ended()?;
    in_order(experiment, lines, header.precision == "mixed")?;
    let value = rendered.image[[pixel[1], pixel[0]]];
    if end.pixel.to_bits() != f64::from(value).to_bits() {
        return Err(format!("pixel {pixel:?}: {value} in the image, {} traced", end.pixel).into());
    }
    let mut photons = photons(experiment, header, end, chain.sum);
    if end.working.one_term.is_some() {
        photons = chain.of_one_term(header, end, photons)?;
    }
    if end.photons.map(f64::to_bits) != Some(photons.to_bits()) && !chain.water_apart() {
        return Err(format!("{photons:e} photons, {:?} traced", end.photons).into());
    }
    if end.photons.map(|photons| photons as f32) != Some(value) {
        return Err(format!("{:?} photons are not the pixel {value}", end.photons).into());
    }
    Ok(())
}

/// Taken in the C program's order, whatever order the engine has, each sum is that before it and its
/// term, but for the rounding.
fn in_order(experiment: &Experiment, lines: &[Line], mixed: bool) -> Result<(), Failed> {
    let sampling = &experiment.sampling;
    let each = sampling.thick || sampling.polar || sampling.omega;
    if each && experiment.quirks.has(Quirk::RunningProduct) {
        // The sum is multiplied behind each term.
        return Ok(());
    }
    let steps = lines.iter().filter_map(|line| match line {
        Line::Step(step) => Some(&**step),
        _ => None,
    });
    let mut steps: Vec<&Step> = steps.collect();
    let index = |step: &Step| [step.layer, step.sub_slow, step.sub_fast, step.source];
    steps.sort_by_key(|step| (index(step), step.phi_step, step.domain));
    let most = steps.iter().fold(0.0, |most: f64, step| most.max(step.sum.abs()));
    let rounding = most * if mixed { 1e-5 } else { 1e-12 };
    for pair in steps.windows(2).filter(|pair| pair[0].layer == pair[1].layer) {
        let expected = pair[0].sum + pair[1].term.unwrap_or_default();
        if (pair[1].sum - expected).abs() > rounding {
            return Err(format!("in order the sum is {expected} in {:?}", pair[1]).into());
        }
    }
    Ok(())
}

/// The sum on its way through the lines.
struct Chain<'a> {
    experiment: &'a Experiment,
    /// Whether the lines are those of the reference engine, and whether additions are fused.
    reference: bool,
    fused: bool,
    /// Whether they are those of the kernels of a GPU.
    kernels: bool,
    background: f64,
    sum: f64,
    /// The sum of the values of the block at work.
    block: f64,
    /// The last value.
    value: f64,
    layers: f64,
    ray: Ray,
    source: Source,
    /// Steps, and how many there are to be.
    steps: usize,
    expected: usize,
}

impl<'a> Chain<'a> {
    fn new(experiment: &'a Experiment, header: &Header, end: &Pixel) -> Chain<'a> {
        let background = end.background.unwrap_or_default();
        Chain {
            experiment,
            reference: header.engine == "reference",
            fused: header.working.vector_unit != Some("portable"),
            kernels: header.engine.starts_with("cuda"),
            background,
            sum: background,
            block: 0.0,
            value: 0.0,
            layers: 0.0,
            ray: Ray::default(),
            source: Source::default(),
            steps: 0,
            expected: 0,
        }
    }

    fn has(&self, quirk: Quirk) -> bool {
        self.experiment.quirks.has(quirk)
    }

    /// Whether the water does not go into the sum of the terms.
    fn water_apart(&self) -> bool {
        !self.has(Quirk::WaterScale)
    }

    fn follow(&mut self, line: &Line) -> Result<(), String> {
        match line {
            Line::Ray(ray) => self.ray = Ray::clone(ray),
            Line::Source(source) => {
                self.source = Source::clone(source);
                if !source.culled {
                    let phi_steps = self.experiment.spindle.sweep.count as usize;
                    self.expected += phi_steps * self.experiment.crystal.domains.len();
                }
            }
            Line::Step(step) => {
                self.steps += 1;
                self.value = step.working.value.unwrap_or_default();
                self.add(step)?;
            }
            Line::Layer(layer) => {
                self.same("the sum of a layer", Some(layer.sum), self.sum)?;
                if !self.has(Quirk::SensorLayers) {
                    let each = self.experiment.sampling.thick;
                    let fraction = if each { 1.0 } else { layer.capture };
                    self.layers += self.sum * fraction;
                    self.same("the sum over layers", layer.layer_sum, self.layers)?;
                    self.sum = self.background;
                }
            }
            Line::Header(_) | Line::Pixel(_) => return Err("a line out of its place".into()),
        }
        Ok(())
    }

    fn add(&mut self, step: &Step) -> Result<(), String> {
        let working = &step.working;
        if step.skipped.is_some() {
            return self.same("the sum behind a term that is left out", self.own(step), self.sum);
        }
        let need = |value: Option<f64>| value.ok_or("a variable is missing");
        if let Some(block) = working.block_sum {
            if self.kernels {
                let single = working.precision == Some("single");
                self.within_block(need(working.value)?, block, single)?;
            }
            self.block = block;
            let (weight, unit) = (need(self.source.working.weight)?, need(working.unit)?);
            let behind = if self.kernels {
                self.fused(block, weight * unit, self.sum)
            } else {
                self.sum + block * unit * weight
            };
            let Some(sum) = self.own(step) else { return Ok(()) };
            self.block = 0.0;
            self.sum = behind;
            return self.same("the sum behind a block", Some(sum), self.sum);
        }
        let sampling = &self.experiment.sampling;
        let running = self.has(Quirk::RunningProduct);
        if self.reference {
            let (f_cell, f_latt) = (need(step.f_cell)?, step.f_latt);
            let mut term = f_cell * f_cell * f_latt * f_latt;
            let factors = [
                (sampling.thick, self.ray.capture),
                (sampling.polar, self.source.polarization),
                (sampling.omega, self.ray.omega),
            ];
            let factors: Vec<f64> =
                factors.iter().filter(|(each, _)| *each).map(|(_, factor)| *factor).collect();
            if !running {
                term = factors.iter().fold(term, |term, factor| term * factor);
            }
            self.same("the term", step.term, term)?;
            self.sum += term;
            if running {
                self.sum = factors.iter().fold(self.sum, |sum, factor| sum * factor);
            }
        } else {
            let (value, weight) = (need(working.value)?, need(self.source.working.weight)?);
            self.sum = match working.mended {
                Some([first, back]) => {
                    let sum = self.fused(first, weight, self.sum);
                    self.fused(value - back, weight, sum)
                }
                None => self.fused(value, weight, self.sum),
            };
            if let Some(multiplier) = self.source.working.multiplier {
                self.sum *= multiplier;
            }
        }
        self.same("the sum", self.own(step), self.sum)
    }

    /// The sum that the engine has behind a step; the reference engine has that of the C program's order.
    fn own(&self, step: &Step) -> Option<f64> {
        if self.reference { Some(step.sum) } else { step.working.own_sum }
    }

    /// The sum of a block is that before and the value, but for the rounding.
    fn within_block(&self, value: f64, block: f64, single: bool) -> Result<(), String> {
        let rounding = if single { f64::from(f32::EPSILON) } else { f64::EPSILON };
        let expected = self.block + value;
        let near = (block - expected).abs() <= rounding * expected.abs();
        if near || !block.is_finite() && !expected.is_finite() {
            return Ok(());
        }
        Err(format!("the sum of the block is {block:?} instead of {expected:?}"))
    }

    fn fused(&self, value: f64, weight: f64, sum: f64) -> f64 {
        if self.fused { value.mul_add(weight, sum) } else { value * weight + sum }
    }

    /// Photons of a pixel whose only term was made into them in single precision, which are those in
    /// double precision but for the rounding.
    fn of_one_term(&self, header: &Header, end: &Pixel, photons: f64) -> Result<f64, Failed> {
        let parts = end.working.one_term.unwrap_or_default().map(|part| part as f32);
        let ([unit, water, factor], value) = (parts, self.value as f32);
        if self.steps != 1 || header.precision != "mixed" {
            return Err(format!("{} steps in {} precision", self.steps, header.precision).into());
        }
        let sum = if self.fused { value.mul_add(unit, water) } else { value * unit + water };
        let found = f64::from(0.0 + sum * factor);
        if (found - photons).abs() > 1e-6 * photons.abs() {
            return Err(format!("{found:e} photons in single precision, {photons:e}").into());
        }
        Ok(found)
    }

    fn same(&self, what: &str, traced: Option<f64>, expected: f64) -> Result<(), String> {
        match traced {
            Some(traced) if traced.to_bits() == expected.to_bits() => Ok(()),
            _ => Err(format!("{what} is {traced:?} instead of {expected:?}")),
        }
    }

    fn ended(&mut self) -> Result<(), Failed> {
        if self.steps != self.expected {
            return Err(format!("{} steps instead of {}", self.steps, self.expected).into());
        }
        if !self.has(Quirk::SensorLayers) {
            self.sum = self.layers;
        }
        Ok(())
    }
}

/// Photons from the sum of the terms, in the order of the engine.
fn photons(experiment: &Experiment, header: &Header, end: &Pixel, sum: f64) -> f64 {
    let sampling = &experiment.sampling;
    let layers_apart = !experiment.quirks.has(Quirk::SensorLayers);
    let factors = [
        (!sampling.thick && !layers_apart, end.capture),
        (!sampling.polar, end.polarization),
        (!sampling.omega, end.omega),
    ];
    let factors = factors.iter().filter(|(at_the_end, _)| *at_the_end).filter_map(|(_, f)| *f);
    let (fluence, steps) = (experiment.beam.fluence, f64::from(sampling.steps));
    if header.engine == "reference" {
        return factors.fold(R_E_SQR * fluence * sum / steps, |photons, factor| photons * factor);
    }
    0.0 + factors.fold(sum, |photons, factor| photons * factor) * (R_E_SQR * fluence / steps)
}

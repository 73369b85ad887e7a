//! An engine with the reference's value in some pixels, to see whether anything else differs.

use std::collections::BTreeMap;

use nanobragg_reference::engine::{Engine, Maximum, Observer, Rendered};
use nanobragg_reference::{Experiment, Result};

use crate::tolerance::maximum::position;

/// An engine some of whose pixels are replaced; what follows from them is computed anew.
pub struct Patched<'a> {
    /// The engine.
    pub engine: &'a dyn Engine,
    /// Pixels by their place in scan order, photons.
    pub pixels: BTreeMap<usize, f32>,
}

impl Engine for Patched<'_> {
    fn label(&self) -> &'static str {
        self.engine.label()
    }

    fn render(&self, experiment: &Experiment, observer: &mut dyn Observer) -> Result<Rendered> {
        let mut rendered = self.engine.render(experiment, observer)?;
        let width = experiment.detector.pixels[0];
        for (place, value) in &self.pixels {
            if let Some(pixel) = rendered.image.get_mut([place / width, place % width]) {
                *pixel = *value;
            }
        }
        // Pixels that are not rendered are 0 and add nothing.
        (rendered.sum, rendered.sum_of_squares) = (0.0, 0.0);
        rendered.maximum = Maximum::default();
        for ((slow, fast), &value) in rendered.image.indexed_iter() {
            rendered.sum += f64::from(value);
            rendered.sum_of_squares += f64::from(value * value);
            if f64::from(value) > rendered.maximum.value {
                let position = position(experiment, fast, slow);
                rendered.maximum = Maximum { value: f64::from(value), position };
            }
        }
        Ok(rendered)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use nanobragg_reference::ReferenceEngine;

    use super::Patched;
    use crate::execute::{CommandLine, Program};

    #[test]
    fn with_its_own_pixels_an_engine_stays_the_same() {
        let line = CommandLine::new(
            "-cell 50 60 70 90 90 90 -N 3 -default_F 9 -detpixels 5 -seed 1 -oversample 3 \
             -roi 1 3 1 4",
        );
        let run = |engine: &dyn nanobragg_reference::Engine| {
            line.execute(Program::Engine(engine)).expect("a directory")
        };
        let plain = run(&ReferenceEngine);
        let same = run(&Patched { engine: &ReferenceEngine, pixels: BTreeMap::new() });
        assert_eq!((&plain.stdout, &plain.files), (&same.stdout, &same.files));
        let pixels = BTreeMap::from([(7, 1e9)]);
        let other = run(&Patched { engine: &ReferenceEngine, pixels });
        assert_ne!(plain.files, other.files);
    }
}

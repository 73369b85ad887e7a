//! Strategies for command lines: one file for each subject.
//!
//! A case is generated in three steps: a scene fixes what the parts have to agree on (a
//! detector that sees something, few enough steps); each subject adds groups of options that
//! suit the scene; the groups are shuffled, and typed in the odd ways that the C program
//! understands. [`Series::Edges`] are experiments that sit on decisions of the pixel loop.

mod beam;
mod build;
mod crystal;
mod detector;
mod edges;
mod extremes;
mod geometry;
mod headers;
mod outputs;
mod own;
mod reflections;
mod sampling;
mod scene;
mod seeds;
mod sources;
mod spelling;
mod spindle;
mod structure;

use nanobragg_reference::arguments::options::OPTIONS;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sha2::{Digest, Sha256};

use super::case::{Case, Group};
use super::shrink::CaseTree;
use build::Groups;
use scene::Scene;

/// What a part of the options is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Pixels, region, sensor.
    Detector,
    /// Axes, beam centre, distances, rotations.
    Geometry,
    /// Headers of SMV images.
    Headers,
    /// Cell, orientation, size, shape, mosaicity.
    Crystal,
    /// Wavelength, fluence, polarization.
    Beam,
    /// Divergence, dispersion, table of sources.
    Sources,
    /// Spindle.
    Spindle,
    /// Structure factors and their interpolation.
    Structure,
    /// Sub-pixels, resolution, water.
    Sampling,
    /// Output files and their scales.
    Outputs,
}

impl Subject {
    /// All subjects.
    pub const ALL: [Subject; 10] = [
        Subject::Detector,
        Subject::Geometry,
        Subject::Headers,
        Subject::Crystal,
        Subject::Beam,
        Subject::Sources,
        Subject::Spindle,
        Subject::Structure,
        Subject::Sampling,
        Subject::Outputs,
    ];
}

/// A series of cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// Any combination of options.
    Random,
    /// Experiments at the edges of decisions.
    Edges,
    /// Two random cases, then one at an edge, and so on.
    Mixed,
}

/// The strategies for a series of cases that shrink by groups.
#[derive(Clone, Debug)]
pub struct Cases {
    /// Taken in turn.
    strategies: Vec<BoxedStrategy<Case>>,
}

impl Cases {
    /// The cases of a series; with `own_options`, those that the C program does not know are
    /// among them.
    pub fn new(series: Series, own_options: bool) -> Cases {
        let random = random(own_options).boxed();
        let edges = edges::edges(own_options).boxed();
        let strategies = match series {
            Series::Random => vec![random],
            Series::Edges => vec![edges],
            Series::Mixed => vec![random.clone(), random, edges],
        };
        Cases { strategies }
    }

    /// Case `number` of the series of a seed.
    ///
    /// # Errors
    /// A strategy that rejects too many of its own values.
    pub fn case(&self, seed: u64, number: u64) -> Result<CaseTree, String> {
        let mut digest = Sha256::new();
        digest.update(seed.to_le_bytes());
        digest.update(number.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &digest.finalize());
        let config = Config { failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, rng);
        let strategy = &self.strategies[(number % self.strategies.len() as u64) as usize];
        let tree = strategy.new_tree(&mut runner).map_err(|reason| reason.to_string())?;
        Ok(CaseTree::new(tree.current()))
    }
}

/// The options that the project has beside those of the C program and that cases can have.
pub const OWN_OPTIONS: [&str; 7] =
    ["quirks", "pngfile", "npyfile", "cbffile", "noisecbf", "lenient", "threads"];

/// Whether cases can have an option, named without its dash.
pub fn knows(name: &str) -> bool {
    OWN_OPTIONS.contains(&name) || OPTIONS.iter().any(|row| row.names.contains(&name))
}

/// Any combination of options that suit a scene.
fn random(own_options: bool) -> impl Strategy<Value = Case> {
    scene::scenes()
        .prop_ind_flat_map(move |scene| {
            let mut parts = subjects(&scene);
            parts.push(extremes::extremes());
            if own_options {
                parts.push(own::own());
            }
            let odd = scene.focus.len() == 1;
            (build::all(parts), structure::left_behind(&scene), Just(odd))
        })
        .prop_ind_flat_map(|(groups, unnamed, odd)| (spelling::typed(groups, odd), Just(unnamed)))
        .prop_map(|(groups, unnamed)| Case { groups, unnamed: unnamed.into_iter().collect() })
}

/// The groups of all subjects for a scene.
fn subjects(scene: &Scene) -> Vec<Groups> {
    vec![
        headers::headers(scene),
        detector::detector(scene),
        geometry::geometry(scene),
        crystal::crystal(scene),
        beam::beam(scene),
        sources::sources(scene),
        spindle::spindle(scene),
        structure::structure(scene),
        sampling::sampling(scene),
        outputs::outputs(scene),
        seeds::seeds(),
    ]
}

/// What every case needs: a cell, some cells, a small detector, structure factors, a seed.
fn basis() -> Vec<Group> {
    vec![
        Group::new("cell", ["40", "40", "40", "90", "90", "90"]),
        Group::new("N", ["3"]),
        Group::new("default_F", ["100"]),
        Group::new("detpixels", ["8"]),
        Group::new("pixel", ["1"]),
        Group::new("seed", ["1"]),
    ]
}

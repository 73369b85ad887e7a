//! The list of the suites.
//!
//! No spindle step is at 0: there the C program takes the orientation that the pixel before left
//! (quirk `stale-phi`), so that a strip, or a thread, has another first pixel than the whole.

use super::Threads::{Cores, Count};
use super::{Kind, Suite, Template};

/// One thread, and one for each core.
const BOTH: &[super::Threads] = &[Count(1), Cores];

/// One size, with all cores.
const ALL_CORES: &[(usize, &[super::Threads])] = &[(1024, &[Cores])];

/// Arguments of the workloads with one step a pixel.
const PLAIN: &str = "-cell 100 100 100 90 90 90 -lambda 6.2 -N 5";

/// A workload that is rendered, in each run; suites change what is different.
pub(super) const RENDERED: Template = Template {
    name: "plain",
    arguments: PLAIN,
    sizes: &[(512, BOTH)],
    quick: &[],
    kind: Kind::Render { whole: false },
    repeats: 3,
    processes: true,
};

/// As [`RENDERED`], with all pixels by the C program.
pub(super) const WHOLE: Template = Template { kind: Kind::Render { whole: true }, ..RENDERED };

macro_rules! domains {
    ($name:literal, $more:literal) => {
        Template {
            name: $name,
            arguments: concat!(
                "-cell 100 100 100 90 90 90 -lambda 6.2 -mosaic 0.5 -mosaic_dom 50 ",
                $more
            ),
            ..RENDERED
        }
    };
}

macro_rules! steps {
    ($name:literal, $phi:literal, $domains:literal) => {
        Template {
            name: $name,
            arguments: concat!(
                "-cell 100 100 100 90 90 90 -lambda 6.2 -N 5 -phi 10 -osc 1 -phisteps ",
                $phi,
                " -mosaic 0.5 -mosaic_dom ",
                $domains
            ),
            sizes: &[(1024, &[Count(1), Count(2), Cores])],
            ..RENDERED
        }
    };
}

/// All suites, in the order in which they are run.
pub const SUITES: &[Suite] = &[
    Suite {
        name: "plain",
        about: "one step a pixel: the geometry of the pixel decides",
        templates: &[Template {
            sizes: &[
                (128, &[Count(8), Cores]),
                (256, BOTH),
                (512, &[Cores]),
                (1024, BOTH),
                (2048, BOTH),
            ],
            quick: &[256],
            ..WHOLE
        }],
    },
    Suite {
        name: "sharp",
        about: "one step a pixel, 10 cells a side, over the number of threads",
        templates: &[Template {
            name: "sharp",
            arguments: "-cell 100 100 100 90 90 90 -lambda 1.0 -N 10",
            sizes: &[(1024, &[Count(1), Count(2), Count(4), Count(8), Cores])],
            ..WHOLE
        }],
    },
    Suite {
        name: "triclinic",
        about: "a triclinic cell, turned, 8 cells a side",
        templates: &[Template {
            name: "triclinic",
            arguments: "-cell 70 80 90 85 95 105 -lambda 1.5 -N 8 -misset 10 5 3",
            sizes: &[(512, &[Count(1)])],
            quick: &[512],
            ..WHOLE
        }],
    },
    Suite {
        name: "mosaic",
        about: "50 mosaic domains, one step a pixel each: 5 to 1000 cells a side and all shapes of spots",
        templates: &[
            Template {
                quick: &[512],
                kind: Kind::Render { whole: true },
                ..domains!("domains", "-N 5")
            },
            domains!("domains-N23", "-N 23 -oversample 1"),
            domains!("domains-N100", "-N 100 -oversample 1"),
            domains!("domains-N1000", "-N 1000 -oversample 1"),
            domains!("domains-round", "-N 5 -round_xtal"),
            domains!("domains-gauss", "-N 5 -gauss_xtal"),
            domains!("domains-tophat", "-N 5 -tophat_spots"),
        ],
    },
    Suite {
        name: "sources",
        about: "10 spindle steps, 10 domains, 5 wavelengths, 4 sub-pixels: 2000 steps a pixel",
        templates: &[
            Template {
                name: "sources",
                arguments: "-cell 100 100 100 90 90 90 -lambda 1.0 -N 5 -oversample 2 -phi 10 \
                            -osc 1 -phisteps 10 -mosaic 0.5 -mosaic_dom 10 -dispersion 0.05 \
                            -dispsteps 5",
                ..RENDERED
            },
            Template {
                name: "sources-N23",
                arguments: "-cell 100 100 100 90 90 90 -lambda 1.0 -N 23 -oversample 2 -phi 10 \
                            -osc 1 -phisteps 10 -mosaic 0.5 -mosaic_dom 10 -dispersion 0.05 \
                            -dispsteps 5",
                sizes: &[(512, &[Cores])],
                ..RENDERED
            },
        ],
    },
    Suite {
        name: "many",
        about: "4 sub-pixels, 3 layers, 20 directions, 3 wavelengths: 720 steps a pixel",
        templates: &[Template {
            name: "many",
            arguments: "-cell 100 100 100 90 90 90 -lambda 6.2 -N 5 -oversample 2 \
                        -detector_abs 500 -detector_thick 200 -detector_thicksteps 3 \
                        -hdivrange 0.1 -vdivrange 0.1 -hdivstep 0.02 -vdivstep 0.02 \
                        -dispersion 0.05 -dispsteps 3",
            sizes: &[(256, &[Count(1)])],
            ..RENDERED
        }],
    },
    Suite {
        name: "table",
        about: "50 domains, structure factors from a table of 81³",
        templates: &[Template {
            name: "table",
            arguments: "-cell 100 100 100 90 90 90 -lambda 1.0 -N 5 -mosaic 0.5 -mosaic_dom 50 \
                        -dump Fdump.bin -nointerpolate",
            quick: &[512],
            ..RENDERED
        }],
    },
    Suite {
        name: "tricubic",
        about: "10 domains, structure factors interpolated in that table; 200 renderings",
        templates: &[Template {
            name: "tricubic",
            arguments: "-cell 100 100 100 90 90 90 -lambda 1.0 -N 5 -mosaic 0.5 -mosaic_dom 10 \
                        -dump Fdump.bin -interpolate",
            sizes: &[(256, BOTH), (512, &[Cores])],
            quick: &[256],
            kind: Kind::Render { whole: true },
            repeats: 200,
            ..RENDERED
        }],
    },
    Suite {
        name: "absorption",
        about: "a thick sensor in 5 layers, 4 sub-pixels",
        templates: &[Template {
            name: "absorption",
            arguments: "-cell 100 100 100 90 90 90 -lambda 1.0 -N 5 -oversample 2 \
                        -detector_abs 500 -detector_thick 450 -detector_thicksteps 5",
            quick: &[512],
            ..RENDERED
        }],
    },
    Suite {
        name: "large",
        about: "one step a pixel on a large detector, with a profile of where the time goes",
        templates: &[Template {
            name: "large",
            sizes: &[(4096, &[Cores])],
            kind: Kind::Profile,
            ..RENDERED
        }],
    },
    Suite {
        name: "scaling",
        about: "1e6 to 1e8 steps over threads, 1e9 to 1e11 with all cores",
        templates: &[
            Template { quick: &[1024], ..steps!("scaling-1e6", "1", "1") },
            Template { quick: &[1024], ..steps!("scaling-1e7", "1", "10") },
            steps!("scaling-1e8", "10", "10"),
            Template { sizes: ALL_CORES, processes: false, ..steps!("scaling-1e9", "10", "100") },
            Template { sizes: ALL_CORES, processes: false, ..steps!("scaling-1e10", "100", "100") },
            Template {
                sizes: ALL_CORES,
                processes: false,
                ..steps!("scaling-1e11", "100", "1000")
            },
        ],
    },
    Suite {
        name: "spectrum",
        about: "100 wavelengths and 25 domains, as public programs for GPUs are measured",
        templates: &[Template {
            name: "spectrum",
            arguments: "-cell 100 100 100 90 90 90 -lambda 6.2 -N 5 -phi 10 -osc 1 -phisteps 1 \
                        -dispersion 1 -dispsteps 100 -mosaic 0.5 -mosaic_dom 25",
            sizes: &[(3000, &[Cores])],
            processes: false,
            ..RENDERED
        }],
    },
    Suite {
        name: "memory",
        about: "the largest resident memory of whole processes",
        templates: &[Template {
            name: "memory",
            sizes: &[(1024, &[Cores]), (2048, &[Cores]), (4096, &[Cores])],
            quick: &[1024],
            kind: Kind::Processes,
            ..RENDERED
        }],
    },
    Suite {
        name: "portable",
        about: "as plain, with the vector instructions that every processor of its kind has",
        templates: &[Template {
            name: "portable",
            sizes: &[(1024, &[Count(1)])],
            kind: Kind::Portable,
            ..RENDERED
        }],
    },
    Suite {
        name: "grid",
        about: "cells, numbers of cells, sub-pixels and wavelengths, one varied at a time",
        templates: super::grid::GRID,
    },
    Suite {
        name: "interference",
        about: "calls of sin(πNh)/sin(πh) on vectors",
        templates: &[Template {
            name: "interference",
            sizes: &[(4096, &[Count(1)])],
            quick: &[4096],
            kind: Kind::Interference,
            ..RENDERED
        }],
    },
    Suite {
        name: "product",
        about: "calls of the scalar product of two vectors",
        templates: &[Template {
            name: "product",
            sizes: &[(4096, &[Count(1)])],
            quick: &[4096],
            kind: Kind::Product,
            ..RENDERED
        }],
    },
];

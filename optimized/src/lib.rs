//! The engines that render fast: pixels as lanes of a vector unit, tiles on all cores, or a GPU.
//!
//! They take the [`Experiment`](nanobragg_reference::Experiment) of `nanobragg_reference` and give what its
//! engine gives: the double-precision ones within 10⁻⁶ of each pixel and 10⁻⁹ of the largest, the mixed
//! ones within 10⁻⁴ and 10⁻⁶ (`spec/engines.md`).
//!
//! ```
//! use nanobragg_optimized::CpuEngine;
//! use nanobragg_reference::arguments::Precision;
//! use nanobragg_reference::engine::Unobserved;
//! use nanobragg_reference::host::Host;
//! use nanobragg_reference::report::Report;
//! use nanobragg_reference::resolve::resolve;
//! use nanobragg_reference::{Engine, Request, render};
//!
//! let request = Request::parse("-cell 70 80 90 75 85 95 -N 5 -default_F 100 -detpixels 64".split(' '))?;
//! let experiment = resolve(&request, &Host::at(0), &mut Report::collect())?.experiment;
//!
//! // One thread for each core, the widest vector unit of the machine.
//! let engine = CpuEngine::new(Precision::Double, None)?;
//! let fast = engine.render(&experiment, &mut Unobserved)?;
//! let slow = render(&experiment, &mut Unobserved)?;
//! let largest = slow.maximum.value;
//! for (a, b) in fast.image.iter().zip(&slow.image) {
//!     assert!(f64::from((a - b).abs()) <= 1e-6 * f64::from(b.abs()) + 1e-9 * largest);
//! }
//! # Ok::<(), nanobragg_reference::Error>(())
//! ```
//!
//! # From the experiment to pixels
//!
//! The modules in the order in which the data goes through them; those in plain letters are private, and
//! are read in the source:
//!
//! 1. [`CpuEngine`] and [`CudaEngine`] are the engines.
//! 2. `plan` computes once what does not depend on the pixel: cells of all spindle steps and mosaic
//!    domains, sources in batches, how the lattice factor is computed.
//! 3. `region` and `render` cut the image into tiles, and hand them to the threads, some beside each other
//!    at a time (`run`), with memory that `blank` clears part by part.
//! 4. `kernel` is the loop of the C program's pixel (sensor layer, sub-pixel, source, spindle step,
//!    mosaic domain) for a whole vector of pixels at a time, with `kernel::direct` as a short way for
//!    pixels of one term; `lanes` and `functions` are its numbers and their elementary functions,
//!    `number` lets a formula be written once for one of them or a vector, and [`Width`] is the choice
//!    of the vector unit at run time.
//! 5. `exact` takes single evaluations by the C program's own expressions: those that are so close to a
//!    decision (a limit, a table entry, an edge) that rounding would decide otherwise.
//! 6. `special` and `trace` give what happens once in a run, and the values that a report shows of one
//!    pixel; `told` renders the tile of a pixel once more to tell of its every step.
//! 7. [`cuda`] is the same for NVIDIA GPUs.
//!
//! [`cost`], [`hardware`] and [`loops`] are for measurements: what an experiment asks for, what the machine
//! can do, and the innermost functions on plain slices.
//!
//! # How to go on
//!
//! `nanobragg_conformance` holds these engines to the C program's numbers, and the program `nb-bench` of
//! `nanobragg_tools` measures them.

#![allow(
    clippy::needless_range_loop,
    reason = "axes and lanes are numbered: the same number goes into several arrays"
)]

mod blank;
pub mod cost;
pub mod cuda;
mod engine;
mod exact;
mod functions;
pub mod hardware;
mod kernel;
mod lanes;
pub mod loops;
mod number;
#[cfg(target_arch = "x86_64")]
mod permute;
mod plan;
mod region;
mod render;
mod restated;
#[cfg(target_arch = "x86_64")]
mod rounding;
mod run;
mod scratches;
mod special;
mod threads;
mod told;
mod trace;
mod width;

pub use cuda::CudaEngine;
pub use engine::CpuEngine;
pub use width::Width;

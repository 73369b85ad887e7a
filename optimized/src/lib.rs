//! The batched engines: pixels as lanes of a vector unit, tiles on all cores.
//!
//! An [`Experiment`](nanobragg_reference::Experiment) becomes a plan, the plan's pixels are cut
//! into tiles, and each tile goes through the same loops as the C program's pixel: sensor layer,
//! sub-pixel, source, spindle step, mosaic domain. Within them a whole vector of pixels is at work.

#![allow(
    clippy::needless_range_loop,
    reason = "axes and lanes are numbered: the same number goes into several arrays"
)]

pub mod cost;
pub mod cuda;
mod engine;
mod exact;
mod functions;
pub mod hardware;
mod kernel;
mod lanes;
pub mod loops;
#[cfg(target_arch = "x86_64")]
mod permute;
mod plan;
mod region;
mod render;
#[cfg(target_arch = "x86_64")]
mod rounding;
mod scratches;
mod special;
mod trace;
mod width;

pub use cuda::CudaEngine;
pub use engine::CpuEngine;
pub use width::Width;

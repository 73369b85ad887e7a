//! Every switch of `spec/quirks.md` in both of its states. The corrected value is checked against
//! something else than the engine: a formula, a limit, a conservation law, or the same physics
//! written down a second time (`quirks/physics.rs`).

#[path = "quirks/arguments.rs"]
mod arguments;
#[path = "quirks/crystal.rs"]
mod crystal;
#[path = "quirks/decisive.rs"]
mod decisive;
#[path = "quirks/geometry.rs"]
mod geometry;
#[path = "quirks/headers.rs"]
mod headers;
#[path = "quirks/intensity.rs"]
mod intensity;
#[path = "quirks/none.rs"]
mod none;
#[path = "quirks/output.rs"]
mod output;
#[path = "quirks/physics.rs"]
mod physics;
#[path = "quirks/refused.rs"]
mod refused;
#[path = "quirks/structure.rs"]
mod structure;
#[path = "quirks/support.rs"]
mod support;

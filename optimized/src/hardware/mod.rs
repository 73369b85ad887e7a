//! What this machine offers to an engine.

pub mod fma;

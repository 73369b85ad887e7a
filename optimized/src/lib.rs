//! Where the batched engines live: pixels as lanes of a vector unit, tiles on all cores, and a
//! CUDA back end.
//!
//! This crate holds no engine yet. What it has is [`hardware`], which says what a machine offers
//! to one; `nanobragg -version` shows it.

pub mod hardware;

//! Reading the input files, each as the C program reads it.

pub mod columns;
pub mod fdump;
pub mod hkl;
pub mod matrix;
mod packed;
mod plain;
pub mod smv;

pub use packed::packed;

//! Reading the input files, each as the C program reads it.

pub mod columns;
pub mod fdump;
pub mod hkl;
pub mod matrix;
pub mod smv;

//! Differential fuzzing: generated command lines, run with an engine and with the reference engine
//! or the C program, and compared.
//!
//! [`strategy`] generates a [`case::Case`] from a seed and a number, [`check`] runs it twice and
//! compares: to the last byte by [`differ`], or within the engine's bound by [`crate::tolerance`];
//! what [`refusals`] lists is not compared. A case that differs is made smaller by [`shrink`],
//! printed by [`shell`] and kept by [`corpus`]. [`campaign`] does this for many cases, and
//! [`statistics`] tells what they reached: [`branches`] of the program, edges of decisions
//! ([`reach`]), and the [`agreement`] of the images.

pub mod agreement;
pub mod branches;
pub mod campaign;
pub mod case;
pub mod check;
pub mod corpus;
pub mod differ;
pub mod dump;
pub mod reach;
pub mod refusals;
pub mod shell;
pub mod shrink;
pub mod smv;
pub mod statistics;
pub mod strategy;

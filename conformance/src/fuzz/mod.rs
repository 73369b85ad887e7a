//! Differential fuzzing: generated command lines, run with the reference engine and with
//! something else, and compared.
//!
//! [`strategy`] generates a [`case::Case`] from a seed and a number, [`check`] runs it twice and
//! compares by the rules of [`differ`]; what [`refusals`] lists is not compared. A case that
//! differs is made smaller by [`shrink`], printed by [`shell`] and kept by [`corpus`].
//! [`campaign`] does this for many cases, and [`statistics`] tells what they reached.

pub mod branches;
pub mod campaign;
pub mod case;
pub mod check;
pub mod corpus;
pub mod differ;
pub mod dump;
pub mod refusals;
pub mod shell;
pub mod shrink;
pub mod smv;
pub mod statistics;
pub mod strategy;

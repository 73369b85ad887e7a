//! The specification as a suite of tests.
//!
//! The way of the data: a file of `spec/` → [`source::Source`] → its headings and blocks → parsed
//! statements ([`syntax`]) → clauses and cases ([`document`], [`case`]) → a test for each case and
//! engine ([`trial`]), whose runs a [`session::Session`] shares → the values of expressions
//! ([`value`], [`functions`]) → whether they hold ([`evaluate`]).

pub mod agree;
pub mod bite;
mod cache;
pub mod case;
mod check;
pub mod deviations;
pub mod document;
pub mod evaluate;
pub mod evidence;
mod expression;
pub mod functions;
mod grammar;
pub mod listing;
mod markdown;
pub mod ran;
pub mod records;
pub mod session;
mod smv;
pub mod source;
mod statement;
pub mod syntax;
mod tool;
mod trace;
pub mod trial;
pub mod value;

pub(crate) use check::nearest;

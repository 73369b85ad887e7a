//! The way of a tile: rays, sources, terms, photons.

mod beam;
pub(crate) mod direct;
mod factor;
mod finish;
mod form;
mod geometry;
pub(crate) mod lattice;
mod middle;
mod near;
mod offset;
mod pass;
pub(crate) mod plane;
pub(crate) mod record;
pub(crate) mod scratch;
mod shapes;
mod simple;
pub(crate) mod tile;
mod window;

pub(crate) use finish::{Finish, Sums};

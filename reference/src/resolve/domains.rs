//! The mosaic domains.

use crate::error::Result;
use crate::host::{Host, filled};
use crate::random::{Ran1, Seed, mosaic_rotation};
use crate::vector::{IDENTITY, Matrix};

/// Orientations of the mosaic domains; the first is the identity (C:2436-2458).
pub(super) fn domains(
    spread: f64,
    count: usize,
    ran1: &mut Ran1,
    seed: &mut Seed,
    host: &Host,
) -> Result<Vec<Matrix>> {
    let what = format!("{count} mosaic domains");
    host.check_memory(&what, count as u128, size_of::<Matrix>())?;
    let mut domains = filled(&what, count, IDENTITY)?;
    for (tic, domain) in domains.iter_mut().enumerate() {
        let rotation = mosaic_rotation(spread as f32, ran1, seed);
        if tic > 0 {
            *domain = rotation;
        }
    }
    Ok(domains)
}

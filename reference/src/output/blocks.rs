//! Pixels converted and written in blocks.

use std::io;

use bytemuck::NoUninit;

use crate::region::{Piece, Region};

/// Pixels to a block: few enough to stay in a processor's cache until they are written.
const BLOCK: usize = 1 << 16;

/// Converts the pixels of a region piece by piece and hands all pixels of the image, those outside
/// as zeros, to `take` in scan order and native byte order.
pub(super) fn convert<T: NoUninit + Default>(
    region: &Region<'_>,
    mut convert: impl FnMut(&Piece<'_>, &mut [T]),
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let total = region.photons().len();
    let mut block = vec![T::default(); BLOCK.min(total)];
    for from in (0..total).step_by(BLOCK) {
        let to = total.min(from + BLOCK);
        let pixels = &mut block[..to - from];
        if !region.is_whole() {
            pixels.fill(T::default());
        }
        for piece in region.pieces(from..to) {
            let at = piece.first - from;
            convert(&piece, &mut pixels[at..at + piece.photons.len()]);
        }
        take(bytemuck::cast_slice(pixels))?;
    }
    Ok(())
}

/// The same for a conversion of one pixel at a time; pixels that do not count are zeros too.
pub(super) fn convert_each<T: NoUninit + Default>(
    region: &Region<'_>,
    each: impl Fn(f32) -> T,
    take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let piece = |piece: &Piece<'_>, pixels: &mut [T]| {
        for (pixel, &photons) in pixels.iter_mut().zip(piece.photons) {
            *pixel = each(photons);
        }
        if let Some(counts) = piece.counts {
            for (pixel, &counts) in pixels.iter_mut().zip(counts) {
                if !counts {
                    *pixel = T::default();
                }
            }
        }
    };
    convert(region, piece, take)
}

//! The memory of an image, set part by part.
//!
//! Zeros that a whole image is filled with have left the caches again when its pixels are rendered:
//! it goes through memory twice. Here each part is filled just before the work on it.

#![expect(
    unsafe_code,
    reason = "memory that is not set yet becomes a vector of numbers once all of it is"
)]

use std::mem::MaybeUninit;
use std::ops::Range;

use nanobragg_reference::{Error, Result};
use rayon::prelude::*;

/// Memory for pixels, of which none is set.
pub(crate) struct Blank {
    memory: Vec<f32>,
    pixels: usize,
}

impl Blank {
    /// Memory for some pixels.
    ///
    /// # Errors
    /// Memory that the system does not give.
    pub(crate) fn new(pixels: usize) -> Result<Blank> {
        let mut memory = Vec::new();
        memory.try_reserve_exact(pixels).map_err(|_| refused(pixels))?;
        Ok(Blank { memory, pixels })
    }

    /// Does work on parts, which are given in order: each is filled with zeros before. What lies between
    /// parts stays zero.
    pub(crate) fn set<T: Send>(
        self,
        parts: impl IntoIterator<Item = (Range<usize>, T)>,
        work: impl Fn(T, &mut [f32]) + Sync,
    ) -> Vec<f32> {
        let Blank { mut memory, pixels } = self;
        let mut rest = &mut memory.spare_capacity_mut()[..pixels];
        let mut behind = 0;
        let mut wanted = Vec::new();
        for (range, what) in parts {
            let (before, after) = rest.split_at_mut(range.end - behind);
            let (between, part) = before.split_at_mut(range.start - behind);
            zeros(between);
            wanted.push((what, part));
            (rest, behind) = (after, range.end);
        }
        zeros(rest);
        wanted.into_par_iter().for_each(|(what, part)| work(what, zeros(part)));
        // SAFETY: the pixels are within the capacity, and each was in a slice that `zeros` set.
        unsafe { memory.set_len(pixels) };
        memory
    }
}

/// Fills memory with zeros.
fn zeros(memory: &mut [MaybeUninit<f32>]) -> &mut [f32] {
    memory.fill(MaybeUninit::new(0.0));
    // SAFETY: the same memory, all of which was set in the line before.
    unsafe { &mut *(std::ptr::from_mut(memory) as *mut [f32]) }
}

/// An image of zeros.
///
/// # Errors
/// Memory that the system does not give.
pub(crate) fn zero_image(pixels: usize) -> Result<Vec<f32>> {
    // Asked for once so as to hear a refusal.
    Blank::new(pixels)?;
    Ok(vec![0.0; pixels])
}

/// Lets the system give the memory of an image of zeros, which it does when a page is written first.
pub(crate) fn touch(pixels: &mut [f32]) {
    const PAGE: usize = 4096 / size_of::<f32>();
    pixels.par_chunks_mut(PAGE).with_min_len(64).for_each(|page| page[0] = 0.0);
}

fn refused(pixels: usize) -> Error {
    Error::Impossible(format!(
        "the image needs {} MiB of memory, which the system does not give",
        (pixels * size_of::<f32>()) >> 20
    ))
}

#[cfg(test)]
mod tests {
    use super::Blank;

    #[test]
    fn parts_are_zero_before_the_work_and_all_else_is_behind_it() {
        for _ in 0..3 {
            // Memory of the round before, which was not zero.
            drop(vec![7.0f32; 1000]);
            let blank = Blank::new(1000).expect("a few pixels");
            let image = blank.set([(10..20, 1.0), (20..500, 2.0)], |value, part| {
                assert!(part.iter().all(|&pixel| pixel == 0.0));
                part[0] = value;
            });
            assert_eq!(image.len(), 1000);
            let set: Vec<_> = (0..1000).filter(|&place| image[place] != 0.0).collect();
            assert_eq!((set, image[10], image[20]), (vec![10, 20], 1.0, 2.0));
        }
    }

    #[test]
    fn memory_that_no_system_has_is_refused() {
        let refused = Blank::new(usize::MAX / 8).err().expect("more than there is");
        assert!(refused.to_string().contains("MiB of memory"), "{refused}");
    }
}

//! Strips of a detector, for contenders that would take too long for all of it.

/// The region of a square detector that takes at most about `budget` steps: xmin, xmax, ymin, ymax.
///
/// It is a strip of columns in the middle, so that each row has as much to do as any other and the
/// C program's threads, which share the rows, stay busy. Where a single column is too much, it is
/// the middle of that.
pub fn region(size: usize, steps_per_pixel: u64, budget: u64) -> [usize; 4] {
    let pixels = (budget / steps_per_pixel.max(1)).max(1) as usize;
    let columns = (pixels / size).clamp(1, size);
    let rows = if pixels < size { pixels } else { size };
    let (left, low) = ((size - columns) / 2, (size - rows) / 2);
    [left, left + columns - 1, low, low + rows - 1]
}

#[cfg(test)]
mod tests {
    use super::region;

    #[test]
    fn a_region_is_a_strip_in_the_middle() {
        assert_eq!(region(100, 1, 1_000_000), [0, 99, 0, 99]);
        assert_eq!(region(100, 10, 20_000), [40, 59, 0, 99]);
        assert_eq!(region(100, 1000, 20_000), [49, 49, 40, 59]);
        assert_eq!(region(1, 1000, 1), [0, 0, 0, 0]);
    }
}

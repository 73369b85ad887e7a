//! Peaks of images, and the pairs that they make in two images.
//!
//! A peak is a pixel above a percentile of the image that no pixel within a radius exceeds, in the
//! square of 2·radius + 1 pixels about it; of equal ones the first in scan order counts. Pixels
//! that are not finite are no peaks, and nothing is compared with one that is NaN.

use ndarray::ArrayView2;

/// What counts as a peak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Peaks lie above this percentile (0 to 100) of the finite pixels.
    pub percentile: f64,
    /// How far around a peak no pixel exceeds it, along fast and slow; at least 1.
    pub radius: usize,
    /// A peak's place is the centre of intensity of the pixels so near to it; 0: its own pixel.
    pub centre: usize,
    /// How many peaks are taken, the highest first.
    pub top: usize,
}

/// A peak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// Its pixel along fast.
    pub fast: usize,
    /// Its pixel along slow.
    pub slow: usize,
    /// Its place along fast and slow, in pixels; whole numbers are centres of pixels.
    pub place: [f64; 2],
    /// The value of its pixel.
    pub height: f64,
}

/// Two peaks that match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// How far they lie apart, pixels.
    pub distance: f64,
    /// The one of the first image.
    pub first: Peak,
    /// The one of the second image.
    pub second: Peak,
}

/// The peaks of an image, the highest first.
pub fn find(image: ArrayView2<'_, f64>, choice: &Choice) -> Vec<Peak> {
    let mut finite: Vec<f64> = image.iter().copied().filter(|pixel| pixel.is_finite()).collect();
    if finite.is_empty() {
        return Vec::new();
    }
    let rank = ((finite.len() - 1) as f64 * choice.percentile / 100.0) as usize;
    let floor = *finite.select_nth_unstable_by(rank, f64::total_cmp).1;
    let (height, width) = image.dim();
    let mut peaks = Vec::new();
    for ((slow, fast), &value) in image.indexed_iter() {
        if value <= floor || !value.is_finite() {
            continue;
        }
        let is_peak = around(slow, choice.radius, height).all(|s| {
            around(fast, choice.radius, width).all(|f| {
                let other = image[[s, f]];
                other < value || other.is_nan() || (other == value && (s, f) >= (slow, fast))
            })
        });
        if is_peak {
            let place = refined(image, fast, slow, choice.centre);
            peaks.push(Peak { fast, slow, place, height: value });
        }
    }
    peaks.sort_by(|a, b| b.height.total_cmp(&a.height));
    peaks.truncate(choice.top);
    peaks
}

fn around(place: usize, radius: usize, size: usize) -> impl Iterator<Item = usize> {
    place.saturating_sub(radius)..(place + radius + 1).min(size)
}

/// The centre of intensity; the pixel itself where its surroundings have none, as where they are
/// negative.
fn refined(image: ArrayView2<'_, f64>, fast: usize, slow: usize, centre: usize) -> [f64; 2] {
    let (height, width) = image.dim();
    let (mut total, mut sums) = (0.0, [0.0; 2]);
    for s in around(slow, centre, height) {
        for f in around(fast, centre, width) {
            let value = image[[s, f]];
            total += value;
            sums[0] += value * f as f64;
            sums[1] += value * s as f64;
        }
    }
    let own = [fast, slow].map(|place| place as f64);
    let found = sums.map(|sum| sum / total);
    let near = |(found, own): (&f64, &f64)| (found - own).abs() <= centre as f64;
    if found.iter().zip(&own).all(near) { found } else { own }
}

/// Pairs of peaks that lie no further apart than `within` pixels, the nearest first; each peak is
/// used once.
pub fn pairs(first: &[Peak], second: &[Peak], within: f64) -> Vec<Pair> {
    let mut rows: Vec<usize> = (0..second.len()).collect();
    rows.sort_by(|&a, &b| second[a].place[1].total_cmp(&second[b].place[1]));
    let mut candidates = Vec::new();
    for (i, a) in first.iter().enumerate() {
        let start = rows.partition_point(|&j| second[j].place[1] < a.place[1] - within);
        let near = rows[start..].iter().take_while(|j| second[**j].place[1] <= a.place[1] + within);
        for &j in near {
            let b = &second[j];
            let distance = (a.place[0] - b.place[0]).hypot(a.place[1] - b.place[1]);
            if distance <= within {
                candidates.push((distance, i, j));
            }
        }
    }
    candidates.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut used, mut taken) = (vec![false; first.len()], vec![false; second.len()]);
    let mut pairs = Vec::new();
    for (distance, i, j) in candidates {
        if !used[i] && !taken[j] {
            (used[i], taken[j]) = (true, true);
            pairs.push(Pair { distance, first: first[i], second: second[j] });
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::{Choice, find, pairs};
    use ndarray::{Array2, arr2};

    const CHOICE: Choice = Choice { percentile: 0.0, radius: 1, centre: 0, top: usize::MAX };

    fn places(image: &Array2<f64>, choice: &Choice) -> Vec<[usize; 2]> {
        find(image.view(), choice).iter().map(|peak| [peak.fast, peak.slow]).collect()
    }

    #[test]
    fn peaks_exceed_what_is_around_them() {
        let image = arr2(&[
            [0.0, 0.0, 0.0, 0.0, 2.0],
            [0.0, 5.0, 5.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, 7.0],
        ]);
        assert_eq!(places(&image, &CHOICE), [[4, 2], [1, 1], [4, 0]]);
        // The one at (4, 2) is nearer to (2, 1) than two pixels, and to (4, 0) too.
        assert_eq!(places(&image, &Choice { radius: 2, ..CHOICE }), [[4, 2], [1, 1]]);
        assert_eq!(places(&image, &Choice { top: 1, ..CHOICE }), [[4, 2]]);
        assert_eq!(places(&image, &Choice { percentile: 90.0, ..CHOICE }), [[4, 2]]);
    }

    #[test]
    fn odd_pixels_are_no_peaks_and_do_no_harm() {
        let [nan, inf] = [f64::NAN, f64::INFINITY];
        assert!(places(&arr2(&[[nan, nan]]), &CHOICE).is_empty());
        assert!(places(&arr2(&[[1.0, 1.0]]), &CHOICE).is_empty());
        assert_eq!(places(&arr2(&[[nan, 3.0, 1.0, inf, 2.0]]), &CHOICE), [[1, 0]]);
        let dim = arr2(&[[-2.0, -1.0, -2.0]]);
        let found = find(dim.view(), &Choice { centre: 1, ..CHOICE });
        assert_eq!(found[0].place, [1.0, 0.0]);
        let none = arr2(&[[-2.0, 2.0, -0.0]]);
        assert_eq!(find(none.view(), &Choice { centre: 1, ..CHOICE })[0].place, [1.0, 0.0]);
    }

    #[test]
    fn pairs_are_the_nearest_and_use_a_peak_once() {
        let mut image = Array2::zeros((20, 20));
        let mut shifted = Array2::zeros((20, 20));
        for (fast, slow, height) in [(3, 3, 10.0), (9, 4, 9.0), (15, 12, 8.0)] {
            image[[slow, fast]] = height;
            shifted[[slow + 1, fast + 2]] = height / 2.0;
        }
        // Nearer to the shifted peak at (11, 5) than the one that it comes from.
        image[[6, 11]] = 1.0;
        let of = |image: &Array2<f64>| find(image.view(), &CHOICE);
        let (first, second) = (of(&image), of(&shifted));
        let found = pairs(&first, &second, 3.0);
        let distances: Vec<f64> = found.iter().map(|pair| pair.distance).collect();
        assert_eq!(distances, [1.0, 5f64.sqrt(), 5f64.sqrt()]);
        assert_eq!((found[0].first.height, found[0].second.height), (1.0, 4.5));
        assert!(pairs(&first, &second, 0.9).is_empty());
    }
}

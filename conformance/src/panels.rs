//! Two images and their difference side by side, as one picture.

use ndarray::{Array2, ArrayView2};
use png::EncodingError;

use crate::picture;

/// The least number of pixels along the fast axis that a panel has in the picture.
const WIDTH: usize = 192;

/// Left image, difference (right less left: red is positive, blue negative) and right image.
pub(crate) struct Panels {
    left: Array2<f32>,
    right: Array2<f32>,
}

/// Puts two images of one size, `[slow, fast]`, beside each other. Small ones are magnified. All that
/// is brighter than the brightest two of a hundred pixels counts as white, so that a difference of
/// weak pixels shows beside that of a strong one.
pub(crate) fn three(left: ArrayView2<'_, f32>, right: ArrayView2<'_, f32>) -> Panels {
    let white = picture::white([left, right], 98.0) as f32;
    let panel = |image| magnified(image).mapv(|pixel| pixel.clamp(-white, white));
    Panels { left: panel(left), right: panel(right) }
}

impl Panels {
    /// The picture as a PNG file.
    ///
    /// # Errors
    /// What the encoder says.
    pub(crate) fn png(&self) -> Result<Vec<u8>, EncodingError> {
        picture::panels(&self.left, &self.right)
    }
}

/// Each pixel as a square of pixels.
fn magnified(image: ArrayView2<'_, f32>) -> Array2<f32> {
    let (slow, fast) = image.dim();
    let factor = (WIDTH / fast.max(1)).max(1);
    Array2::from_shape_fn((slow * factor, fast * factor), |(y, x)| image[[y / factor, x / factor]])
}

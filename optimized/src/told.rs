//! The tile of one pixel, rendered once more to tell of every step of the pixel.

use nanobragg_reference::trace::Line;

use crate::kernel::direct::{Done, Made};
use crate::kernel::scratch::{EDGE, Scratch};
use crate::region::pieces;
use crate::render::{Band, Job, RenderTile, Traced};
use crate::run::AtOnce;

impl Job<'_> {
    /// Renders the tile of a pixel once more, as it was rendered in its band, and tells of every step
    /// of the pixel.
    pub(crate) fn trace(&mut self, pixel: [u32; 2], bands: &[Band], tell: &mut dyn FnMut(Line)) {
        let Some(tile) = self.region.tiles().find(|tile| tile.contains(pixel)) else { return };
        let column = pieces(self.region.fast.clone())
            .position(|columns| columns.contains(&(pixel[0] as usize)));
        let band = bands.iter().find(|band| band.rows.contains(&(pixel[1] as usize)));
        let rendered = band.zip(column).and_then(|(band, column)| band.tiles.get(column));
        self.mixed = rendered.is_some_and(|tile| tile.single);
        let mut image = vec![0f32; tile.fast.len() * tile.slow.len()];
        let mut scratch = Scratch::new();
        let rows = tile.fast.len();
        let width = self.width.recording();
        let mut alone = None;
        if self.mixed && self.direct {
            let lines = &mut image.chunks_exact_mut(rows).collect::<Vec<_>>();
            let [fast, slow] = pixel.map(|coordinate| coordinate as usize % EDGE);
            let mut made = None;
            let take = &mut |_, done: Done| made = Some(done.made);
            let (scratch, corner) = (&mut *scratch, tile.corner());
            width.run(AtOnce { job: self, corner, lines, wanted: 1, scratch, take });
            alone = match made {
                Some(Made::Singles(made)) if made.refined[slow] >> fast & 1 == 0 => {
                    let pixel = image[slow * EDGE + fast];
                    Some(Alone { photons: made.photons, lane: slow * EDGE + fast, pixel })
                }
                _ => None,
            };
            // The terms of one that was refined are those in double precision.
            (self.mixed, self.few) = (alone.is_some(), true);
        }
        let mut tell_all = |scratch: &mut Scratch, tell: &mut dyn FnMut(Line)| {
            let traced = Some(Traced { pixel, tell });
            let lines = &mut image.chunks_exact_mut(rows).collect::<Vec<_>>();
            width.run(RenderTile { job: self, scratch, tile: &tile, lines, traced });
        };
        match alone {
            None => tell_all(&mut scratch, tell),
            // Its few lines are held until the work space has all that its end is made of.
            Some(alone) => {
                let mut held = Vec::new();
                tell_all(&mut scratch, &mut |line| held.push(line));
                alone.tell(&scratch, held, tell);
            }
        }
        (self.mixed, self.few) = (false, false);
    }
}

/// A pixel that was made in single precision from its only term to the photons.
struct Alone {
    /// Photons of a term of 1 and of the water, before solid angle and polarization.
    photons: [f32; 2],
    lane: usize,
    pixel: f32,
}

impl Alone {
    /// Tells of it, with the end that it really had.
    fn tell(self, scratch: &Scratch, lines: Vec<Line>, tell: &mut dyn FnMut(Line)) {
        let Alone { photons: [unit, water], lane, pixel } = self;
        let factor = scratch.single_omega.0[lane] * scratch.single_polar.0[lane];
        for mut line in lines {
            if let Line::Pixel(end) = &mut line {
                end.working.one_term = Some([unit, water, factor].map(f64::from));
                (end.photons, end.pixel) = (Some(f64::from(pixel)), f64::from(pixel));
            }
            tell(line);
        }
    }
}

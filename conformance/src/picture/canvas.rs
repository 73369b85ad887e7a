//! A picture in memory that text can be written on.

use std::convert::Infallible;

use embedded_graphics::Pixel;
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_6X10;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::{DrawTarget, Drawable, OriginDimensions, Point, RgbColor, Size};
use embedded_graphics::text::{Alignment, Baseline, Text, TextStyleBuilder};
use ndarray::{Array2, s};
use png::{ColorType, EncodingError};

use super::encode;

/// Width and height of a letter, pixels.
pub(super) const LETTER: [usize; 2] = [6, 10];

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

/// What lies behind panels and letters: no colour of either.
const PAPER: Colour = [232; 3];

/// A picture, `[row, column]`.
pub(super) struct Canvas {
    pixels: Array2<Colour>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Canvas {
        Canvas { pixels: Array2::from_elem((height, width), PAPER) }
    }

    /// Fills a rectangle of a width and a height whose first column and row are `x` and `y`.
    pub(super) fn fill(&mut self, [x, y, width, height]: [usize; 4], colour: Colour) {
        self.pixels.slice_mut(s![y..y + height, x..x + width]).fill(colour);
    }

    /// Writes a line in black whose upper edge is the row `y`: from the column `x` on, about it, or
    /// up to it. What does not fit into `most` pixels is left out, and what is not ASCII is shown
    /// as `?`.
    pub(super) fn write(&mut self, text: &str, x: usize, y: usize, align: Align, most: usize) {
        let alignment = match align {
            Align::Left => Alignment::Left,
            Align::Centre => Alignment::Center,
            Align::Right => Alignment::Right,
        };
        let text: String = text
            .chars()
            .map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' })
            .take(most / LETTER[0])
            .collect();
        let style = TextStyleBuilder::new().alignment(alignment).baseline(Baseline::Top).build();
        let font = MonoTextStyle::new(&FONT_6X10, Rgb888::BLACK);
        let place = Point::new(x as i32, y as i32);
        match Text::with_text_style(&text, place, font, style).draw(self) {
            Ok(_) => {}
            Err(never) => match never {},
        }
    }

    pub(super) fn png(&self) -> Result<Vec<u8>, EncodingError> {
        let pixels: Vec<u8> = self.pixels.iter().flatten().copied().collect();
        encode(self.pixels.dim(), ColorType::Rgb, &pixels)
    }
}

/// How a line lies about its place.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.pixels.ncols() as u32, self.pixels.nrows() as u32)
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(
        &mut self,
        pixels: I,
    ) -> Result<(), Infallible> {
        for Pixel(place, colour) in pixels {
            let place = (usize::try_from(place.y).ok()).zip(usize::try_from(place.x).ok());
            if let Some(pixel) = place.and_then(|place| self.pixels.get_mut(place)) {
                *pixel = [colour.r(), colour.g(), colour.b()];
            }
        }
        Ok(())
    }
}

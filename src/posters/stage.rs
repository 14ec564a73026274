//! What a composition works with: the palette, the dice, the words, and the sheet it draws on.
use std::fmt::Write as _;

use super::drawing::{HEIGHT, MARGIN, N, Shape, WIDTH};
use super::lettering::{Anchor, Cut, Edge, Even, Ink, Lettering};
use super::palettes::Palette;
use super::seed::Stream;

const SMALL: f64 = 30.0;

/// Baselines of the date row.
pub const HEAD: f64 = MARGIN + 22.0;
pub const FOOT: f64 = HEIGHT - MARGIN;

/// The words of a poster, cleaned.
pub struct Words {
    pub title: String,
    pub date: String,
    pub time: String,
    pub day: String,
}

/// A sheet in the making.
pub struct Stage {
    pub palette: &'static Palette,
    pub dice: Stream,
    pub words: Words,
    pub letters: Lettering,
    svg: String,
}

impl Stage {
    pub fn new(palette: &'static Palette, dice: Stream, words: Words) -> Self {
        let mut stage = Self { palette, dice, words, letters: Lettering::new(), svg: String::new() };
        stage.rect(0.0, 0.0, WIDTH, HEIGHT, palette.ground);
        stage
    }

    /// Everything drawn so far, without the `svg` element round it.
    pub fn finish(self) -> String {
        self.svg
    }

    /// Markup as it stands.
    pub fn push(&mut self, markup: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.svg.write_fmt(markup);
    }

    pub fn path(&mut self, shape: &Shape, colour: &str) {
        if !shape.is_empty() {
            self.push(format_args!(r#"<path fill="{colour}" d="{}"/>"#, shape.data()));
        }
    }

    pub fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, colour: &str) {
        self.path(Shape::new().rect(x, y, width, height), colour);
    }

    pub fn disc(&mut self, x: f64, y: f64, radius: f64, colour: &str) {
        self.push(format_args!(r#"<circle cx="{}" cy="{}" r="{}" fill="{colour}"/>"#, N(x), N(y), N(radius)));
    }

    /// The title in one size between the margins, from `y` and `height` high.
    pub fn title(&mut self, y: f64, height: f64, largest: f64, edge: Edge) {
        let even = Even { x: MARGIN, y, width: WIDTH - 2.0 * MARGIN, height, largest, edge };
        let shape = even.outline(&mut self.letters, &self.words.title);
        self.path(&shape, self.palette.ink);
    }

    /// The title between `y` and the date row at the foot, and that row.
    pub fn title_below(&mut self, y: f64, largest: f64) {
        self.title(y, FOOT - 62.0 - y, largest, Edge::Bottom);
        self.date_row(FOOT);
    }

    /// The date row at the head, and the title between it and `y`.
    pub fn title_above(&mut self, y: f64, largest: f64) {
        let top = MARGIN + 62.0;
        self.title(top, y - top, largest, Edge::Top);
        self.date_row(HEAD);
    }

    /// Date left, time right, on the margins.
    pub fn date_row(&mut self, baseline: f64) {
        self.date_row_between(MARGIN, WIDTH - MARGIN, baseline);
    }

    pub fn date_row_between(&mut self, left: f64, right: f64, baseline: f64) {
        let mut row = self.letters.outline(&self.words.date, (left, baseline), SMALL, Cut::SMALL, Anchor::Start);
        row.append(&self.letters.outline(&self.words.time, (right, baseline), SMALL, Cut::SMALL, Anchor::End));
        self.path(&row, self.palette.ink);
    }

    /// The date with the time under it.
    pub fn date_column(&mut self, x: f64, baseline: f64) {
        let mut rows = self.letters.outline(&self.words.date, (x, baseline - 40.0), SMALL, Cut::SMALL, Anchor::Start);
        rows.append(&self.letters.outline(&self.words.time, (x, baseline), SMALL, Cut::SMALL, Anchor::Start));
        self.path(&rows, self.palette.ink);
    }

    /// A large figure or letter at weight 900.
    pub fn figure(&mut self, text: &str, at: (f64, f64), size: f64, width: f64, anchor: Anchor, colour: &str) {
        let shape = self.letters.outline(text, at, size, Cut { weight: 900, width }, anchor);
        self.path(&shape, colour);
    }

    /// Where the ink of such a figure is, in ems.
    pub fn figure_ink(&mut self, text: &str, width: f64) -> Ink {
        self.letters.ink(text, Cut { weight: 900, width })
    }
}

//! Papers: sheets of A4 with text that can be selected, pictures and QR codes.
mod faces;
mod picture;
mod setting;

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke, StrokeDash};
use krilla::surface::Surface;

pub use faces::{Cut, Faces};

/// A4, in points.
pub const WIDTH: f32 = 595.28;
pub const HEIGHT: f32 = 841.89;

/// An opaque colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink(pub u8, pub u8, pub u8);

impl Ink {
    fn fill(self, rule: FillRule) -> Fill {
        Fill { paint: rgb::Color::new(self.0, self.1, self.2).into(), opacity: NormalizedF32::ONE, rule }
    }
}

/// A file in the making.
pub struct Paper {
    document: Document,
    faces: Faces,
}

impl Paper {
    pub fn new(title: &str, language: &str, faces: Faces) -> Self {
        let mut document = Document::new();
        document.set_metadata(Metadata::new().title(title.to_owned()).language(language.to_owned()));
        Self { document, faces }
    }

    /// Adds a sheet of A4.
    pub fn sheet(&mut self, draw: impl FnOnce(&mut Sheet<'_>) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| anyhow::anyhow!("no page"))?;
        let mut page = self.document.start_page_with(size);
        let mut sheet = Sheet { surface: page.surface(), faces: &self.faces };
        draw(&mut sheet)
    }

    pub fn bytes(self) -> anyhow::Result<Vec<u8>> {
        self.document.finish().map_err(|error| anyhow::anyhow!("a PDF cannot be written: {error:?}"))
    }
}

/// One side of paper; y grows downwards.
pub struct Sheet<'a> {
    surface: Surface<'a>,
    faces: &'a Faces,
}

/// Where something stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Frame {
    fn path(self) -> Option<Path> {
        let mut path = PathBuilder::new();
        path.push_rect(Rect::from_xywh(self.x, self.y, self.width, self.height)?);
        path.finish()
    }
}

impl Sheet<'_> {
    /// The text as lines of at most this width, the last one cut if they are too many; none if no face has it.
    pub fn lines(&self, text: &str, cut: Cut, size: f32, width: f32, most: usize) -> Vec<String> {
        match self.faces.settable(text) {
            Some(text) => setting::lines(&text, width / size, most, |line| self.faces.width(line, cut)),
            None => Vec::new(),
        }
    }

    /// One line, as [`Self::lines`] gave it; `y` is its baseline.
    pub fn text(&mut self, line: &str, (x, y): (f32, f32), cut: Cut, size: f32, ink: Ink) {
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(ink.fill(FillRule::NonZero)));
        let mut x = x;
        for run in self.faces.runs(line, cut) {
            let at = Point::from_xy(x, y);
            self.surface.draw_glyphs(at, &run.glyphs, run.font.clone(), &run.text, size, false);
            x += run.width * size;
        }
    }

    /// The same in the middle of a width.
    pub fn centred(&mut self, line: &str, (x, y): (f32, f32), width: f32, cut: Cut, size: f32, ink: Ink) {
        let left = x + (width - self.faces.width(line, cut) * size) / 2.0;
        self.text(line, (left, y), cut, size, ink);
    }

    /// The same, ending at x.
    pub fn right(&mut self, line: &str, (x, y): (f32, f32), cut: Cut, size: f32, ink: Ink) {
        let left = x - self.faces.width(line, cut) * size;
        self.text(line, (left, y), cut, size, ink);
    }

    /// The outline of a frame.
    pub fn outline(&mut self, frame: Frame, width: f32, ink: Ink) {
        self.stroke(frame.path(), width, None, ink);
    }

    /// A dashed line: where paper is torn or cut.
    pub fn perforation(&mut self, from: (f32, f32), to: (f32, f32), width: f32, ink: Ink) {
        let mut path = PathBuilder::new();
        path.move_to(from.0, from.1);
        path.line_to(to.0, to.1);
        self.stroke(path.finish(), width, Some(StrokeDash { array: vec![4.0, 3.0], offset: 0.0 }), ink);
    }

    fn stroke(&mut self, path: Option<Path>, width: f32, dash: Option<StrokeDash>, ink: Ink) {
        let Some(path) = path else { return };
        self.surface.set_fill(None);
        let paint = rgb::Color::new(ink.0, ink.1, ink.2).into();
        self.surface.set_stroke(Some(Stroke { paint, width, dash, ..Stroke::default() }));
        self.surface.draw_path(&path);
        self.surface.set_stroke(None);
    }

    /// An SVG of flat shapes, as large as it fits into the frame's width.
    pub fn svg(&mut self, svg: &str, frame: Frame) -> anyhow::Result<()> {
        picture::draw(&mut self.surface, svg, frame)
    }

    /// A JPEG that fills the frame; what does not fit is cut off on both sides.
    pub fn photo(&mut self, jpeg: Vec<u8>, frame: Frame) -> anyhow::Result<()> {
        let image = krilla::image::Image::from_jpeg(jpeg.into(), true).map_err(|error| anyhow::anyhow!(error))?;
        let (wide, high) = image.size();
        let scale = (frame.width / wide as f32).max(frame.height / high as f32);
        let (width, height) = (wide as f32 * scale, high as f32 * scale);
        let Some((window, size)) = frame.path().zip(Size::from_wh(width, height)) else { return Ok(()) };
        self.surface.push_clip_path(&window, &FillRule::NonZero);
        let (x, y) = (frame.x + (frame.width - width) / 2.0, frame.y + (frame.height - height) / 2.0);
        self.surface.push_transform(&Transform::from_translate(x, y));
        self.surface.draw_image(image, size);
        self.surface.pop();
        self.surface.pop();
        Ok(())
    }
}

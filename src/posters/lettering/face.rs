//! Archivo, variable in weight and width, in two files: western letters, and the rest of the Latin ones.
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

use rustybuzz::{Face, Feature, UnicodeBuffer, Variation};
use ttf_parser::{GlyphId, OutlineBuilder, Tag};

use super::outline::Pen;
use crate::posters::drawing::Shape;

static FACES: LazyLock<Vec<Face<'static>>> = LazyLock::new(|| {
    let latin: &[u8] = include_bytes!("../../../static/fonts/server/archivo-latin.ttf");
    let latin_ext: &[u8] = include_bytes!("../../../static/fonts/server/archivo-latin-ext.ttf");
    [latin, latin_ext].into_iter().filter_map(|file| Face::from_slice(file, 0)).collect()
});

const WEIGHT: Tag = Tag::from_bytes(b"wght");
const WIDTH: Tag = Tag::from_bytes(b"wdth");
const KERNING: Tag = Tag::from_bytes(b"kern");
const LIGATURES: Tag = Tag::from_bytes(b"liga");
/// No outline is thinner than this: what has no ink must not be scaled to infinity.
const HAIR: f64 = 0.001;

/// Whether the face has every letter of the text.
pub fn can_set(text: &str) -> bool {
    text.chars().all(|c| c == ' ' || FACES.iter().any(|face| face.glyph_index(c).is_some()))
}

/// A cut of the face.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    pub weight: u16,
    pub width: f64,
}

impl Cut {
    /// The cut of the date row.
    pub const SMALL: Self = Self { weight: 650, width: 100.0 };

    fn tenths(self) -> i32 {
        (self.width * 10.0).round_ties_even() as i32
    }
}

/// Which end of a line lies on x.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anchor {
    Start,
    End,
}

/// The box a line's ink fills, in ems from the start of the baseline.
#[derive(Clone, Copy, Debug)]
pub struct Ink {
    pub left: f64,
    pub bottom: f64,
    pub right: f64,
    pub top: f64,
}

impl Ink {
    const NONE: Self = Self { left: f64::MAX, bottom: f64::MAX, right: f64::MIN, top: f64::MIN };

    pub fn width(self) -> f64 {
        (self.right - self.left).max(HAIR)
    }

    fn grow(&mut self, x: f64, y: f64) {
        self.left = self.left.min(x);
        self.right = self.right.max(x);
        self.bottom = self.bottom.min(y);
        self.top = self.top.max(y);
    }

    fn or_nothing(self) -> Self {
        if self.left > self.right { Self { left: 0.0, bottom: 0.0, right: 0.0, top: 0.0 } } else { self }
    }
}

struct Glyph {
    face: usize,
    id: GlyphId,
    x: f64,
}

/// A shaped line.
struct Line {
    glyphs: Vec<Glyph>,
    ink: Ink,
}

/// The faces at the cut last asked for, and every line shaped so far.
pub struct Lettering {
    faces: Vec<Face<'static>>,
    lines: HashMap<(String, u16, i32), Rc<Line>>,
    bounds: HashMap<(usize, u16, u16, i32), Option<Ink>>,
}

impl Lettering {
    pub fn new() -> Self {
        Self { faces: FACES.clone(), lines: HashMap::new(), bounds: HashMap::new() }
    }

    /// Where the ink of a line is.
    pub fn ink(&mut self, text: &str, cut: Cut) -> Ink {
        self.line(text, cut).ink
    }

    /// The line as outlines: its ink (not its side bearing) stands on x, its baseline on y.
    pub fn outline(&mut self, text: &str, (x, y): (f64, f64), size: f64, cut: Cut, anchor: Anchor) -> Shape {
        let line = self.line(text, cut);
        let start = match anchor {
            Anchor::Start => x,
            Anchor::End => x - (line.ink.right - line.ink.left) * size,
        };
        self.turn_to(cut);
        let mut shape = Shape::new();
        for glyph in &line.glyphs {
            let face = &self.faces[glyph.face];
            let mut pen = Pen::new(&mut shape, size / em(face), (start + (glyph.x - line.ink.left) * size, y));
            face.outline_glyph(glyph.id, &mut pen);
        }
        shape
    }

    fn line(&mut self, text: &str, cut: Cut) -> Rc<Line> {
        let key = (text.to_owned(), cut.weight, cut.tenths());
        if let Some(line) = self.lines.get(&key) {
            return Rc::clone(line);
        }
        let line = Rc::new(self.shape(text, cut));
        self.lines.insert(key, Rc::clone(&line));
        line
    }

    fn shape(&mut self, text: &str, cut: Cut) -> Line {
        self.turn_to(cut);
        let features = [Feature::new(KERNING, 1, ..), Feature::new(LIGATURES, 0, ..)];
        let (mut glyphs, mut ink, mut pen) = (Vec::new(), Ink::NONE, 0.0);
        for (face, run) in self.runs(text) {
            let em = em(&self.faces[face]);
            let mut buffer = UnicodeBuffer::new();
            buffer.push_str(&run);
            let shaped = rustybuzz::shape(&self.faces[face], &features, buffer);
            for (info, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
                let id = GlyphId(u16::try_from(info.glyph_id).unwrap_or_default());
                let x = pen + f64::from(position.x_offset) / em;
                if let Some(bounds) = self.bounds(face, id, cut) {
                    ink.grow(x + bounds.left / em, bounds.bottom / em);
                    ink.grow(x + bounds.right / em, bounds.top / em);
                }
                glyphs.push(Glyph { face, id, x });
                pen += f64::from(position.x_advance) / em;
            }
        }
        Line { glyphs, ink: ink.or_nothing() }
    }

    /// The text in runs of one file each.
    fn runs(&self, text: &str) -> Vec<(usize, String)> {
        let mut runs: Vec<(usize, String)> = Vec::new();
        for c in text.chars() {
            let face = usize::from(self.faces[0].glyph_index(c).is_none());
            match runs.last_mut() {
                Some((last, run)) if *last == face => run.push(c),
                _ => runs.push((face, c.to_string())),
            }
        }
        runs
    }

    fn turn_to(&mut self, cut: Cut) {
        for face in &mut self.faces {
            face.set_variations(&[
                Variation { tag: WEIGHT, value: f32::from(cut.weight) },
                Variation { tag: WIDTH, value: cut.tenths() as f32 / 10.0 },
            ]);
        }
    }

    /// A glyph's bounds in whole font units, which is how the look's measures were taken.
    fn bounds(&mut self, face: usize, id: GlyphId, cut: Cut) -> Option<Ink> {
        let faces = &self.faces;
        *self.bounds.entry((face, id.0, cut.weight, cut.tenths())).or_insert_with(|| {
            let mut extent = Extent(Ink::NONE);
            faces[face].outline_glyph(id, &mut extent);
            let Ink { left, bottom, right, top } = extent.0;
            let (left, right) = (left.round(), right.round());
            (left < right).then(|| Ink { left, right, bottom: bottom.round(), top: top.round() })
        })
    }
}

fn em(face: &Face<'_>) -> f64 {
    f64::from(face.units_per_em())
}

struct Extent(Ink);

impl OutlineBuilder for Extent {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.grow(f64::from(x), f64::from(y));
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.0.grow(f64::from(x), f64::from(y));
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.grow(f64::from(x1), f64::from(y1));
        self.0.grow(f64::from(x), f64::from(y));
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.quad_to(x1, y1, x2, y2);
        self.0.grow(f64::from(x), f64::from(y));
    }
    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::{Anchor, Cut, FACES, Lettering, can_set};

    #[test]
    fn both_files_are_faces() {
        assert_eq!(FACES.len(), 2);
    }

    #[test]
    fn latin_can_be_set_and_others_not() {
        assert!(can_set("Žofka à l’École – ½ «ß»"));
        assert!(!can_set("俳句"));
        assert!(!can_set("Ελλάδα"));
        assert!(!can_set("قهوة"));
    }

    #[test]
    fn narrow_letters_are_narrower_and_ink_stands_on_x() {
        let mut letters = Lettering::new();
        let cut = |width| Cut { weight: 850, width };
        assert!(letters.ink("JAZZ", cut(62.0)).width() < letters.ink("JAZZ", cut(125.0)).width());
        assert!(letters.outline("I", (48.0, 100.0), 100.0, cut(100.0), Anchor::Start).data().starts_with("M48 "));
    }

    #[test]
    fn both_files_share_a_line() {
        let line = Lettering::new().line("kamış", Cut::SMALL);
        assert_eq!(line.glyphs.iter().map(|glyph| glyph.face).collect::<Vec<_>>(), [0, 0, 0, 0, 1]);
    }

    #[test]
    fn nothing_has_no_ink() {
        assert!(Lettering::new().ink("", Cut::SMALL).right <= 0.0);
    }
}

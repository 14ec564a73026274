//! The faces that text on paper is set in: the look's, and for letters that it lacks those of the machine.
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use fontdb::{Database, ID, Source};
use krilla::Data;
use krilla::text::{Font, GlyphId, KrillaGlyph, Tag};
use rustybuzz::UnicodeBuffer;
use unicode_normalization::UnicodeNormalization;

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    Regular,
    Bold,
}

impl Cut {
    const fn weight(self) -> f32 {
        match self {
            Self::Regular => 430.0,
            Self::Bold => 620.0,
        }
    }
}

/// One face at one weight.
#[derive(Clone)]
struct Face {
    data: Data,
    index: u32,
    /// Of a variable face.
    weight: Option<f32>,
    font: Font,
}

impl Face {
    fn own(bytes: &'static [u8], cut: Cut) -> Option<Self> {
        let (data, weight) = (Data::from(bytes), cut.weight());
        let font = Font::new_variable(data.clone(), 0, &[(Tag::new(b"wght"), weight)])?;
        Some(Self { data, index: 0, weight: Some(weight), font })
    }

    fn of_machine(bytes: Arc<Vec<u8>>, index: u32) -> Option<Self> {
        let data = Data::from(bytes);
        let font = Font::new(data.clone(), index)?;
        Some(Self { data, index, weight: None, font })
    }

    fn shaper(&self) -> Option<rustybuzz::Face<'_>> {
        let mut face = rustybuzz::Face::from_slice(self.data.as_ref(), self.index)?;
        if let Some(value) = self.weight {
            face.set_variations(&[rustybuzz::Variation { tag: ttf_parser::Tag::from_bytes(b"wght"), value }]);
        }
        Some(face)
    }

    fn has(&self, c: char) -> bool {
        ttf_parser::Face::parse(self.data.as_ref(), self.index).is_ok_and(|face| face.glyph_index(c).is_some())
    }

    /// The glyphs of one run, in ems.
    fn shape(&self, text: &str) -> Vec<KrillaGlyph> {
        let Some(face) = self.shaper() else { return Vec::new() };
        let em = face.units_per_em() as f32;
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        let shaped = rustybuzz::shape(&face, &[], buffer);
        let mut starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        starts.sort_unstable();
        let end = |start: usize| starts.iter().copied().find(|next| *next > start).unwrap_or(text.len());
        let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions());
        glyphs
            .map(|(info, at)| {
                let start = info.cluster as usize;
                KrillaGlyph {
                    glyph_id: GlyphId::new(info.glyph_id),
                    text_range: start..end(start),
                    x_advance: at.x_advance as f32 / em,
                    x_offset: at.x_offset as f32 / em,
                    y_offset: at.y_offset as f32 / em,
                    y_advance: at.y_advance as f32 / em,
                    location: None,
                }
            })
            .collect()
    }
}

/// A piece of a line in one face.
pub struct Run {
    pub text: String,
    pub font: Font,
    pub glyphs: Vec<KrillaGlyph>,
    /// In ems.
    pub width: f32,
}

/// Where the machine keeps its faces; asked only for letters that the look's lack.
static MACHINE: LazyLock<Database> = LazyLock::new(|| {
    let mut faces = Database::new();
    faces.load_system_fonts();
    faces
});
/// Files of the machine that were read: a few, since one face has all letters of a script.
static FILES: LazyLock<Mutex<HashMap<ID, Arc<Vec<u8>>>>> = LazyLock::new(Mutex::default);
const MOST_FILES: usize = 6;

/// What one paper is set in.
pub struct Faces {
    regular: Vec<Face>,
    bold: Vec<Face>,
    machine: Option<&'static Database>,
    borrowed: Mutex<Vec<Face>>,
}

impl Faces {
    /// The look's faces, and the machine's for what they lack.
    pub fn new() -> Self {
        Self { machine: Some(&MACHINE), ..Self::own() }
    }

    /// The look's faces alone.
    pub fn own() -> Self {
        let latin: &[u8] = include_bytes!("../../static/fonts/server/instrument-sans-latin.ttf");
        let latin_ext: &[u8] = include_bytes!("../../static/fonts/server/instrument-sans-latin-ext.ttf");
        let faces = |cut| [latin, latin_ext].into_iter().filter_map(|file| Face::own(file, cut)).collect();
        Self { regular: faces(Cut::Regular), bold: faces(Cut::Bold), machine: None, borrowed: Mutex::default() }
    }

    /// The text as it can be set: whole; else in the letters that there are; none if nothing is left to read.
    /// Letters that no face has are written as they sound; Chinese characters are not, since nobody here
    /// knows in which language they are read.
    pub fn settable(&self, text: &str) -> Option<String> {
        let clean: String = text.nfc().filter(|c| !is_invisible(*c)).collect();
        let lacking: Vec<char> = clean.chars().filter(|c| c.is_alphabetic() && !self.has(*c)).collect();
        if !lacking.is_empty() {
            self.borrow(&lacking);
        }
        let mut out = String::new();
        for c in clean.chars() {
            if c.is_whitespace() {
                out.push(' ');
            } else if self.has(c) {
                out.push(c);
            } else if !is_han(c) {
                // Signs and pictures have names; a name full of them is no easier to read.
                let sound = if c.is_alphabetic() { any_ascii::any_ascii_char(c) } else { "" };
                out.push_str(sound);
            }
        }
        let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
        out.chars().any(char::is_alphanumeric).then_some(out)
    }

    /// A line's width in ems.
    pub fn width(&self, line: &str, cut: Cut) -> f32 {
        self.runs(line, cut).iter().map(|run| run.width).sum()
    }

    /// The line in runs of one face each.
    pub fn runs(&self, line: &str, cut: Cut) -> Vec<Run> {
        let mut own = if cut == Cut::Bold { self.bold.clone() } else { self.regular.clone() };
        own.extend(self.borrowed.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned());
        let mut runs: Vec<(usize, String)> = Vec::new();
        for c in line.chars() {
            // Spaces and points stay with the letters before them, so that a run is a phrase.
            let stays = |(face, _): &&mut (usize, String)| !c.is_alphabetic() && own[*face].has(c);
            if let Some((_, run)) = runs.last_mut().filter(stays) {
                run.push(c);
                continue;
            }
            let face = own.iter().position(|face| face.has(c)).unwrap_or(0);
            match runs.last_mut() {
                Some((last, run)) if *last == face => run.push(c),
                _ => runs.push((face, c.to_string())),
            }
        }
        let set = |(face, text): (usize, String)| {
            let glyphs = own[face].shape(&text);
            let width = glyphs.iter().map(|glyph| glyph.x_advance).sum();
            Run { font: own[face].font.clone(), glyphs, width, text }
        };
        runs.into_iter().map(set).collect()
    }

    fn has(&self, c: char) -> bool {
        let borrowed = self.borrowed.lock().unwrap_or_else(PoisonError::into_inner);
        self.regular.iter().chain(borrowed.iter()).any(|face| face.has(c))
    }

    /// Looks for a face of the machine that has all of these letters.
    fn borrow(&self, letters: &[char]) {
        let Some(machine) = self.machine else { return };
        let face =
            known(letters).or_else(|| find(machine, letters)).and_then(|(bytes, index)| Face::of_machine(bytes, index));
        if let Some(face) = face {
            self.borrowed.lock().unwrap_or_else(PoisonError::into_inner).push(face);
        }
    }
}

impl Default for Faces {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a face has outlines for all of these letters.
fn covers(bytes: &[u8], index: u32, letters: &[char]) -> bool {
    let Ok(face) = ttf_parser::Face::parse(bytes, index) else { return false };
    let outlined = face.tables().glyf.is_some() || face.tables().cff.is_some();
    outlined && letters.iter().all(|c| face.glyph_index(*c).is_some())
}

/// Among the files that were read before.
fn known(letters: &[char]) -> Option<(Arc<Vec<u8>>, u32)> {
    let files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    files.iter().find_map(|(id, bytes)| {
        let index = MACHINE.face(*id)?.index;
        covers(bytes, index, letters).then(|| (Arc::clone(bytes), index))
    })
}

fn find(machine: &Database, letters: &[char]) -> Option<(Arc<Vec<u8>>, u32)> {
    let mut faces: Vec<_> = machine
        .faces()
        .filter(|face| face.style == fontdb::Style::Normal && face.post_script_name != "LastResort")
        .collect();
    // A plain upright one first: near to the look's weight, without serifs, letters of their own width.
    faces.sort_by_key(|face| {
        let plain = face.families.iter().any(|(name, _)| name.contains("Sans"));
        (face.monospaced, !plain, face.weight.0.abs_diff(500))
    });
    let face = faces
        .into_iter()
        .find(|face| machine.with_face_data(face.id, |bytes, index| covers(bytes, index, letters)).unwrap_or(false))?;
    let bytes = match &face.source {
        Source::File(path) | Source::SharedFile(path, _) => Arc::new(std::fs::read(path).ok()?),
        Source::Binary(bytes) => Arc::new(bytes.as_ref().as_ref().to_vec()),
    };
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    if files.len() >= MOST_FILES {
        files.clear();
    }
    files.insert(face.id, Arc::clone(&bytes));
    Some((bytes, face.index))
}

/// Directions, joiners and the like: they have no ink, and faces have no glyphs for them.
fn is_invisible(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::{Cut, Faces};

    #[test]
    fn latin_names_are_set_as_they_are() {
        let faces = Faces::own();
        for name in ["Ada Lovelace", "Žofka Żółć", "Ğülşen Ağaoğlu", "José Ñandú", "Ragnheiður", "d’Arc"]
        {
            assert_eq!(faces.settable(name).as_deref(), Some(name));
            assert!(faces.runs(name, Cut::Bold).iter().flat_map(|run| &run.glyphs).all(|g| g.glyph_id.to_u32() != 0));
        }
        assert_eq!(faces.settable("e\u{301}").as_deref(), Some("é"));
    }

    #[test]
    fn letters_that_no_face_has_are_written_as_they_sound_or_left_out() {
        let faces = Faces::own();
        assert_eq!(faces.settable("Мария").as_deref(), Some("Mariya"));
        assert_eq!(faces.settable("さくら").as_deref(), Some("sakura"));
        assert_eq!(faces.settable("محمد").as_deref(), Some("mhmd"));
        assert_eq!(faces.settable("Ada 🎉👩‍🚀").as_deref(), Some("Ada"));
        for nothing in ["山田太郎", "🎉🎉", "", " ", "\u{200f}\u{202e}", "—"] {
            assert_eq!(faces.settable(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn nothing_is_ever_set_as_a_box() {
        let (own, all) = (Faces::own(), Faces::new());
        for text in ["山田 Taro", "محمد علي", "דוד", "Ελλάδα", "ไทย", "한국", "Ночь", "🎉 x", "\u{e000}y", "ß\u{0}z"]
        {
            for faces in [&own, &all] {
                let Some(text) = faces.settable(text) else { continue };
                let runs = faces.runs(&text, Cut::Regular);
                assert!(runs.iter().flat_map(|run| &run.glyphs).all(|glyph| glyph.glyph_id.to_u32() != 0), "{text}");
                assert!(runs.iter().map(|run| run.width).sum::<f32>() > 0.0, "{text}");
            }
        }
    }
}

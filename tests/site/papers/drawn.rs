//! What a printer would put on paper, as far as filled shapes go (ISO 32000-1, 8.5): enough to scan the codes.
use resvg::tiny_skia::{Color, FillRule, Paint, PathBuilder, Pixmap, Transform};

/// Pixels a point; a printer has more.
const SCALE: f32 = 3.0;
const WIDTH: f32 = 595.276;
const HEIGHT: f32 = 841.89;

/// What the QR codes of one sheet say, read by a scanner from its picture.
pub fn codes(content: &str) -> Vec<String> {
    let sheet = picture(content);
    let (width, height) = (sheet.width() as usize, sheet.height() as usize);
    let grey = |x: usize, y: usize| sheet.pixels()[y * width + x].green();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
    prepared.detect_grids().iter().filter_map(|grid| Some(grid.decode().ok()?.1)).collect()
}

/// What is open while a page is drawn.
struct Pen {
    sheet: Pixmap,
    at: Transform,
    saved: Vec<Transform>,
    path: PathBuilder,
    paint: Paint<'static>,
}

fn picture(content: &str) -> Pixmap {
    let mut sheet = Pixmap::new((WIDTH * SCALE) as u32, (HEIGHT * SCALE) as u32).unwrap();
    sheet.fill(Color::WHITE);
    // A page's origin is its lower left corner.
    let at = Transform::from_row(SCALE, 0.0, 0.0, -SCALE, 0.0, HEIGHT * SCALE);
    let mut pen = Pen { sheet, at, saved: Vec::new(), path: PathBuilder::new(), paint: Paint::default() };
    let mut numbers = Vec::new();
    for word in content.split_ascii_whitespace() {
        if let Ok(number) = word.parse::<f32>() {
            numbers.push(number);
        } else {
            pen.act(word, &numbers);
            numbers.clear();
        }
    }
    pen.sheet
}

impl Pen {
    fn act(&mut self, operator: &str, with: &[f32]) {
        match (operator, with) {
            ("q", _) => self.saved.push(self.at),
            ("Q", _) => self.at = self.saved.pop().expect("a q for each Q"),
            ("cm", &[a, b, c, d, e, f]) => self.at = self.at.pre_concat(Transform::from_row(a, b, c, d, e, f)),
            ("scn" | "rg", &[r, g, b]) => self.paint.set_color(Color::from_rgba(r, g, b, 1.0).unwrap()),
            ("scn" | "g", &[grey]) => self.paint.set_color(Color::from_rgba(grey, grey, grey, 1.0).unwrap()),
            ("m", &[x, y]) => self.path.move_to(x, y),
            ("l", &[x, y]) => self.path.line_to(x, y),
            ("c", &[a, b, c, d, x, y]) => self.path.cubic_to(a, b, c, d, x, y),
            ("h", _) => self.path.close(),
            ("f", _) => self.fill(FillRule::Winding),
            ("f*", _) => self.fill(FillRule::EvenOdd),
            // A path that is clipped by or stroked is no code.
            ("n" | "S", _) => self.path = PathBuilder::new(),
            _ => {}
        }
    }

    fn fill(&mut self, rule: FillRule) {
        if let Some(path) = std::mem::take(&mut self.path).finish() {
            self.sheet.fill_path(&path, &self.paint, rule, self.at, None);
        }
    }
}

//! STACK: capitals, every line scaled to the measure; one width of the face is solved so that the block fills its box.
use super::lines::{break_lines, is_short};
use super::words::units;
use super::{Anchor, Cut, Lettering};
use crate::posters::drawing::Shape;

const WEIGHT: u16 = 850;
const NARROWEST: f64 = 62.0;
const WIDEST: f64 = 125.0;
const BISECTIONS: usize = 12;
/// Lines smaller than this read as fine print.
const SMALL: f64 = 44.0;

/// The box a stack is set in.
#[derive(Clone, Copy, Debug)]
pub struct Stack {
    pub width: f64,
    pub height: f64,
    pub gap: f64,
    pub most_lines: usize,
}

struct Row {
    text: String,
    size: f64,
    width: f64,
    rise: f64,
    drop: f64,
}

/// A stack that fits.
pub struct Stacked {
    rows: Vec<Row>,
    gap: f64,
    /// From the top of the first line's ink to the foot of the last one's.
    pub height: f64,
}

impl Stack {
    /// The best of one to seven lines.
    pub fn fit(self, letters: &mut Lettering, title: &str) -> Stacked {
        let units = units(&title.to_uppercase());
        let mut best = (f64::MIN, Stacked { rows: Vec::new(), gap: self.gap, height: 0.0 });
        for count in 1..=units.len().min(self.most_lines) {
            let lines = break_lines(letters, &units, count, WEIGHT);
            let (stacked, fill) = self.solve(letters, &lines);
            let score = self.score(&stacked, fill);
            if score > best.0 {
                best = (score, stacked);
            }
        }
        best.1
    }

    /// The width at which these lines fill the box, and by how much they had to shrink beyond the widest.
    fn solve(self, letters: &mut Lettering, lines: &[String]) -> (Stacked, f64) {
        let narrow = self.rows(letters, lines, NARROWEST);
        if narrow.height <= self.height {
            return (narrow, 1.0);
        }
        let mut wide = self.rows(letters, lines, WIDEST);
        if wide.height > self.height {
            let gaps = self.gaps(lines.len());
            let shrink = (self.height - gaps) / (wide.height - gaps);
            for row in &mut wide.rows {
                row.size *= shrink;
                row.rise *= shrink;
                row.drop *= shrink;
            }
            wide.height = self.height;
            return (wide, shrink);
        }
        let (mut low, mut high) = (NARROWEST, WIDEST);
        for _ in 0..BISECTIONS {
            let middle = f64::midpoint(low, high);
            if self.rows(letters, lines, middle).height > self.height {
                low = middle;
            } else {
                high = middle;
            }
        }
        (self.rows(letters, lines, (high * 10.0).round_ties_even() / 10.0), 1.0)
    }

    fn rows(self, letters: &mut Lettering, lines: &[String], width: f64) -> Stacked {
        let row = |text: &String| {
            let ink = letters.ink(text, Cut { weight: WEIGHT, width });
            let size = self.width / ink.width();
            Row { text: text.clone(), size, width, rise: ink.top * size, drop: -ink.bottom * size }
        };
        let rows: Vec<Row> = lines.iter().map(row).collect();
        let height = rows.iter().map(|row| row.rise + row.drop).sum::<f64>() + self.gaps(rows.len());
        Stacked { rows, gap: self.gap, height }
    }

    fn gaps(self, lines: usize) -> f64 {
        self.gap * (lines as f64 - 1.0)
    }

    fn score(self, stacked: &Stacked, fill: f64) -> f64 {
        let sizes = stacked.rows.iter().map(|row| row.size);
        let (least, most) = sizes.fold((f64::MAX, 0.0_f64), |(least, most), size| (least.min(size), most.max(size)));
        let lines = stacked.rows.len();
        let short = lines > 1 && stacked.rows.iter().any(|row| is_short(&row.text));
        stacked.height / self.height * fill
            - 0.2 * (most / least - 2.6).max(0.0)
            - if short { 0.6 } else { 0.0 }
            - 0.012 * (lines as f64 - 1.0)
            - if least < SMALL { 0.25 } else { 0.0 }
    }
}

impl Stacked {
    /// The outlines, with the upper left corner of the ink at a point.
    pub fn outline(&self, letters: &mut Lettering, x: f64, y: f64) -> Shape {
        let mut shape = Shape::new();
        let mut top = y;
        for row in &self.rows {
            let cut = Cut { weight: WEIGHT, width: row.width };
            shape.append(&letters.outline(&row.text, (x, top + row.rise), row.size, cut, Anchor::Start));
            top += row.rise + row.drop + self.gap;
        }
        shape
    }
}

#[cfg(test)]
mod tests {
    use super::{Stack, Stacked};
    use crate::posters::lettering::Lettering;

    const BOX: Stack = Stack { width: 704.0, height: 842.0, gap: 14.0, most_lines: 7 };

    fn fit(title: &str) -> Stacked {
        BOX.fit(&mut Lettering::new(), title)
    }

    #[test]
    fn a_stack_fills_its_box() {
        let stacked = fit("Late Night Jazz at the Gasometer");
        assert_eq!(stacked.rows.len(), 5);
        assert!((835.0..=843.0).contains(&stacked.height), "{}", stacked.height);
    }

    #[test]
    fn a_short_title_leaves_room_and_a_long_word_never_overflows() {
        assert!(fit("Noche de cumbia").height < 652.0);
        for title in ["I", "…", "-", "W W W W W W W"] {
            assert!(fit(title).height <= 843.0, "{title}");
        }
    }

    #[test]
    fn no_title_is_an_empty_stack() {
        assert!(fit("").outline(&mut Lettering::new(), 0.0, 0.0).is_empty());
    }
}

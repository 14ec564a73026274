//! EVEN: sentence case, one size, flush left, as large as the box lets it be.
use super::lines::break_lines;
use super::words::{ellipsis, units};
use super::{Anchor, Cut, Lettering};
use crate::posters::drawing::Shape;

const WEIGHT: u16 = 750;
const LEADING: f64 = 0.98;
const MOST_LINES: usize = 6;
/// The widths tried in turn; a later one must be this much larger to win.
const WIDTHS: [f64; 3] = [80.0, 70.0, 62.0];
const GAIN: f64 = 1.04;
/// At this size no narrower letters are tried.
const ENOUGH: f64 = 92.0;
/// Below this size a title is cut.
const SMALLEST: f64 = 40.0;

/// Which edge of its box a title keeps to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Edge {
    Top,
    Bottom,
}

/// The box a title is set in, and the largest size it may have.
#[derive(Clone, Copy, Debug)]
pub struct Even {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    pub largest: f64,
    pub edge: Edge,
}

struct Setting {
    lines: Vec<String>,
    width: f64,
    size: f64,
    rise: f64,
    drop: f64,
}

impl Setting {
    /// From the top of the first line to the foot of the last one, in ems.
    fn ems(&self) -> f64 {
        self.rise + self.drop + LEADING * (self.lines.len() as f64 - 1.0)
    }
}

impl Even {
    /// The outlines of a cleaned title.
    pub fn outline(self, letters: &mut Lettering, title: &str) -> Shape {
        let Some(setting) = self.fit(letters, title) else { return Shape::new() };
        let top = match self.edge {
            Edge::Top => self.y,
            Edge::Bottom => self.y + self.height - setting.size * setting.ems(),
        };
        let cut = Cut { weight: WEIGHT, width: setting.width };
        let mut shape = Shape::new();
        for (i, line) in setting.lines.iter().enumerate() {
            let baseline = top + setting.size * (setting.rise + LEADING * i as f64);
            shape.append(&letters.outline(line, (self.x, baseline), setting.size, cut, Anchor::Start));
        }
        shape
    }

    /// The largest setting; too long a title loses words until it can be read.
    fn fit(self, letters: &mut Lettering, title: &str) -> Option<Setting> {
        let (mut words, mut smallest, mut widths) = (units(title), SMALLEST, WIDTHS);
        loop {
            let setting = self.largest_setting(letters, &words, widths)?;
            let kept = (words.len() * 7 / 10).max(2);
            if setting.size >= smallest || kept >= words.len() {
                return Some(setting);
            }
            words = units(&ellipsis(&words[..kept].join(" ")));
            smallest *= 0.8;
            widths[0] = 62.0;
        }
    }

    fn largest_setting(self, letters: &mut Lettering, words: &[String], widths: [f64; 3]) -> Option<Setting> {
        let counts = 1..=words.len().min(MOST_LINES);
        let breaks: Vec<Vec<String>> = counts.map(|count| break_lines(letters, words, count, WEIGHT)).collect();
        let mut best: Option<Setting> = None;
        for width in widths {
            for lines in &breaks {
                let setting = self.setting(letters, lines, width);
                if best.as_ref().is_none_or(|best| setting.size > best.size * GAIN) {
                    best = Some(setting);
                }
            }
            if best.as_ref().is_some_and(|best| best.size >= ENOUGH) {
                break;
            }
        }
        best
    }

    fn setting(self, letters: &mut Lettering, lines: &[String], width: f64) -> Setting {
        let inks: Vec<_> = lines.iter().map(|line| letters.ink(line, Cut { weight: WEIGHT, width })).collect();
        let widest = inks.iter().map(|ink| ink.width()).fold(0.0, f64::max);
        let rise = inks.first().map_or(0.0, |ink| ink.top);
        let drop = -inks.last().map_or(0.0, |ink| ink.bottom.min(0.0));
        let mut setting = Setting { lines: lines.to_vec(), width, size: self.largest, rise, drop };
        setting.size = (self.width / widest).min(self.height / setting.ems().max(0.001)).min(self.largest);
        setting
    }
}

#[cfg(test)]
mod tests {
    use super::{Edge, Even};
    use crate::posters::lettering::Lettering;

    const BOX: Even = Even { x: 48.0, y: 640.0, width: 704.0, height: 250.0, largest: 128.0, edge: Edge::Bottom };

    #[test]
    fn a_short_title_is_as_large_as_it_may_be() {
        let setting = BOX.fit(&mut Lettering::new(), "Subsole").unwrap();
        assert_eq!((setting.size, setting.lines.len()), (128.0, 1));
    }

    #[test]
    fn a_long_title_is_cut_with_an_ellipsis() {
        let title = "Kammerorchester Rheinknie spielt Winterreise ".repeat(12);
        let setting = BOX.fit(&mut Lettering::new(), &title).unwrap();
        assert!(setting.lines.last().unwrap().ends_with('…'), "{:?}", setting.lines);
        assert!(setting.size > 30.0, "{}", setting.size);
    }

    #[test]
    fn one_endless_word_is_set_small_and_whole() {
        let setting = BOX.fit(&mut Lettering::new(), &"Mm".repeat(24)).unwrap();
        assert!(setting.size > 10.0 && setting.lines == ["Mm".repeat(24)]);
    }
}

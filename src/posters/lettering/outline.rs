//! A pen that writes glyph outlines as relative path data of one decimal.
use ttf_parser::OutlineBuilder;

use crate::posters::drawing::{N, Shape};

/// Draws one glyph.
pub struct Pen<'a> {
    shape: &'a mut Shape,
    scale: f64,
    origin: (f64, f64),
    last: (f64, f64),
}

impl<'a> Pen<'a> {
    /// The origin is rounded as points are: so a letter that stands twice is written alike, and compresses.
    pub fn new(shape: &'a mut Shape, scale: f64, (x, y): (f64, f64)) -> Self {
        let round = |v: f64| (v * 10.0).round() / 10.0;
        let origin = (round(x), round(y));
        Self { shape, scale, origin, last: origin }
    }

    /// Points are rounded before they are told apart, so that rounding never adds up along an outline.
    fn point(&self, x: f32, y: f32) -> (f64, f64) {
        let round = |v: f64| (v * 10.0).round_ties_even() / 10.0;
        (self.origin.0 + round(f64::from(x) * self.scale), self.origin.1 - round(f64::from(y) * self.scale))
    }

    fn since_last(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (x - self.last.0, y - self.last.1)
    }

    fn command(&mut self, command: char, points: &[(f64, f64)]) {
        self.shape.push(format_args!("{command}"));
        for (i, value) in points.iter().flat_map(|(x, y)| [*x, *y]).enumerate() {
            let value = N(value).to_string();
            let space = if i == 0 || value.starts_with('-') { "" } else { " " };
            self.shape.push(format_args!("{space}{value}"));
        }
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.last = self.point(x, y);
        self.command('M', &[self.last]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.point(x, y);
        let (dx, dy) = self.since_last(to);
        if dy.abs() < 0.05 {
            self.shape.push(format_args!("h{}", N(dx)));
        } else if dx.abs() < 0.05 {
            self.shape.push(format_args!("v{}", N(dy)));
        } else {
            self.command('l', &[(dx, dy)]);
        }
        self.last = to;
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (control, to) = (self.point(x1, y1), self.point(x, y));
        self.command('q', &[self.since_last(control), self.since_last(to)]);
        self.last = to;
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (one, two, to) = (self.point(x1, y1), self.point(x2, y2), self.point(x, y));
        self.command('c', &[self.since_last(one), self.since_last(two), self.since_last(to)]);
        self.last = to;
    }

    fn close(&mut self) {
        self.shape.push(format_args!("z"));
    }
}

//! The few words of SVG a poster is written in.
use std::fmt::Write as _;

/// A sheet is 4:5.
pub const WIDTH: f64 = 800.0;
pub const HEIGHT: f64 = 1000.0;
pub const MARGIN: f64 = 48.0;

/// A number of path data: one decimal at most.
pub struct N(pub f64);

impl std::fmt::Display for N {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = format!("{:.1}", self.0);
        let text = text.strip_suffix(".0").unwrap_or(&text);
        out.write_str(if text == "-0" { "0" } else { text })
    }
}

/// Path data, written one shape after the other.
#[derive(Debug, Default)]
pub struct Shape(String);

impl Shape {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn data(&self) -> &str {
        &self.0
    }

    pub fn append(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    /// Path data as it stands: commands and spaces are in `data`, numbers went through [`N`].
    pub fn push(&mut self, data: std::fmt::Arguments<'_>) -> &mut Self {
        // Writing to a String cannot fail.
        let _ = self.0.write_fmt(data);
        self
    }

    pub fn rect(&mut self, x: f64, y: f64, width: f64, height: f64) -> &mut Self {
        self.push(format_args!("M{} {}h{}v{}h{}z", N(x), N(y), N(width), N(height), N(-width)))
    }

    pub fn disc(&mut self, x: f64, y: f64, radius: f64) -> &mut Self {
        let (r, across) = (N(radius), 2.0 * radius);
        self.push(format_args!("M{} {}a{r} {r} 0 1 1 {} 0", N(x - radius), N(y), N(across)));
        self.push(format_args!("a{r} {r} 0 1 1 {} 0z", N(-across)))
    }

    /// The upper half of a disc whose flat side lies on `y`.
    pub fn dome(&mut self, x: f64, y: f64, radius: f64) -> &mut Self {
        let r = N(radius);
        self.push(format_args!("M{} {}a{r} {r} 0 0 1 {} 0z", N(x - radius), N(y), N(2.0 * radius)))
    }

    pub fn polygon(&mut self, corners: &[(f64, f64)]) -> &mut Self {
        for (i, (x, y)) in corners.iter().enumerate() {
            self.push(format_args!("{}{} {}", if i == 0 { 'M' } else { 'L' }, N(*x), N(*y)));
        }
        self.push(format_args!("z"))
    }

    /// A piece of a ring round a point, between two radii and two angles.
    pub fn ring(&mut self, (x, y): (f64, f64), (inner, outer): (f64, f64), (from, to): (f64, f64)) -> &mut Self {
        let at = |radius: f64, angle: f64| (N(x + radius * angle.cos()), N(y + radius * angle.sin()));
        let large = u8::from(to - from > std::f64::consts::PI);
        let ((x1, y1), (x2, y2)) = (at(outer, from), at(outer, to));
        let ((x3, y3), (x4, y4)) = (at(inner, to), at(inner, from));
        let (outer, inner) = (N(outer), N(inner));
        self.push(format_args!("M{x1} {y1}A{outer} {outer} 0 {large} 1 {x2} {y2}"));
        self.push(format_args!("L{x3} {y3}A{inner} {inner} 0 {large} 0 {x4} {y4}z"))
    }
}

#[cfg(test)]
mod tests {
    use super::{N, Shape};

    #[test]
    fn numbers_are_short() {
        let written = [0.0, -0.04, 1.0, 12.34, -0.26, 1000.0].map(|v| N(v).to_string());
        assert_eq!(written, ["0", "0", "1", "12.3", "-0.3", "1000"]);
    }

    #[test]
    fn shapes_are_path_data() {
        let mut shape = Shape::new();
        shape.rect(0.0, 0.0, 800.0, 1000.0).disc(10.0, 10.0, 5.0);
        assert_eq!(shape.data(), "M0 0h800v1000h-800zM5 10a5 5 0 1 1 10 0a5 5 0 1 1 -10 0z");
    }
}

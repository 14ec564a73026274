//! SVG on paper: the flat shapes that posters and QR codes are made of.
use anyhow::Context as _;
use krilla::geom::{PathBuilder, Transform};
use krilla::paint::FillRule;
use krilla::surface::Surface;
use resvg::tiny_skia::PathSegment;
use resvg::usvg;

use super::{Frame, Ink};

pub fn draw(surface: &mut Surface<'_>, svg: &str, frame: Frame) -> anyhow::Result<()> {
    let tree = usvg::Tree::from_str(svg, &usvg::Options::default()).context("reading the SVG")?;
    let scale = frame.width / tree.size().width();
    // Shapes may reach beyond the picture; nobody is to see that there.
    let window = Frame { height: tree.size().height() * scale, ..frame };
    let Some(window) = window.path() else { return Ok(()) };
    surface.push_clip_path(&window, &FillRule::NonZero);
    surface.push_transform(&Transform::from_row(scale, 0.0, 0.0, scale, frame.x, frame.y));
    group(surface, tree.root());
    surface.pop();
    surface.pop();
    Ok(())
}

fn group(surface: &mut Surface<'_>, of: &usvg::Group) {
    for node in of.children() {
        match node {
            usvg::Node::Group(inner) => group(surface, inner),
            usvg::Node::Path(path) => shape(surface, path),
            usvg::Node::Image(_) | usvg::Node::Text(_) => {}
        }
    }
}

fn shape(surface: &mut Surface<'_>, path: &usvg::Path) {
    let Some(fill) = path.fill().filter(|_| path.is_visible()) else { return };
    let usvg::Paint::Color(colour) = fill.paint() else { return };
    let mut outline = PathBuilder::new();
    for segment in path.data().segments() {
        match segment {
            PathSegment::MoveTo(p) => outline.move_to(p.x, p.y),
            PathSegment::LineTo(p) => outline.line_to(p.x, p.y),
            PathSegment::QuadTo(a, p) => outline.quad_to(a.x, a.y, p.x, p.y),
            PathSegment::CubicTo(a, b, p) => outline.cubic_to(a.x, a.y, b.x, b.y, p.x, p.y),
            PathSegment::Close => outline.close(),
        }
    }
    let Some(outline) = outline.finish() else { return };
    let rule = match fill.rule() {
        usvg::FillRule::NonZero => FillRule::NonZero,
        usvg::FillRule::EvenOdd => FillRule::EvenOdd,
    };
    let t = path.abs_transform();
    surface.push_transform(&Transform::from_row(t.sx, t.ky, t.kx, t.sy, t.tx, t.ty));
    surface.set_stroke(None);
    surface.set_fill(Some(Ink(colour.red, colour.green, colour.blue).fill(rule)));
    surface.draw_path(&outline);
    surface.pop();
}

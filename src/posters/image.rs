//! Posters as PNG: in mail, and for those who share a link.
use anyhow::{Context as _, ensure};
use resvg::{tiny_skia, usvg};

use super::drawing::{HEIGHT, N, WIDTH};
use super::{Sheet, drawn};

const LARGEST: u32 = 4096;

/// An Open Graph image is this large, and the poster hangs in it with room above and below.
const OG: (u32, u32) = (1200, 630);
const OG_POSTER: f64 = 566.0;

/// The SVG as large as it fits, in the middle.
pub fn png(svg: &str, width: u32, height: u32) -> anyhow::Result<Vec<u8>> {
    ensure!((1..=LARGEST).contains(&width) && (1..=LARGEST).contains(&height), "no image is {width} × {height}");
    let tree = usvg::Tree::from_str(svg, &usvg::Options::default()).context("reading the SVG")?;
    let (wide, high) = (width as f32, height as f32);
    let scale = (wide / tree.size().width()).min(high / tree.size().height());
    let left = (wide - tree.size().width() * scale) / 2.0;
    let top = (high - tree.size().height() * scale) / 2.0;
    let mut canvas = tiny_skia::Pixmap::new(width, height).context("a canvas")?;
    resvg::render(&tree, tiny_skia::Transform::from_row(scale, 0.0, 0.0, scale, left, top), &mut canvas.as_mut());
    canvas.encode_png().context("writing the PNG")
}

/// The poster on its own ground, 1200 × 630.
pub fn og_png(sheet: &Sheet<'_>) -> anyhow::Result<Vec<u8>> {
    let (palette, body) = drawn(sheet);
    let (width, height) = OG;
    let (wide, high) = (f64::from(width), f64::from(height));
    let poster_width = OG_POSTER * WIDTH / HEIGHT;
    let (x, y) = (N((wide - poster_width) / 2.0), N((high - OG_POSTER) / 2.0));
    let (w, h) = (N(poster_width), N(OG_POSTER));
    let svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"><defs><filter id="f" x="-20%" y="-20%" width="140%" height="140%"><feGaussianBlur stdDeviation="14"/></filter></defs><path fill="{ground}" d="M0 0h{width}v{height}h-{width}z"/><rect x="{x}" y="{y}" width="{w}" height="{h}" fill="#000" opacity=".3" transform="translate(0 8)" filter="url(#f)"/><svg x="{x}" y="{y}" width="{w}" height="{h}" viewBox="0 0 {sheet_w} {sheet_h}">{body}</svg></svg>"##,
        ground = palette.ground,
        sheet_w = N(WIDTH),
        sheet_h = N(HEIGHT),
    );
    png(&svg, width, height)
}

//! QR codes of level M: as a path for a page, as a picture for a mail.
use fast_qr::{ECL, QRBuilder, QRCode};

/// Modules of quiet zone on each side (ISO/IEC 18004).
const QUIET: usize = 4;

fn code(text: &str) -> anyhow::Result<QRCode> {
    QRBuilder::new(text)
        .ecl(ECL::M)
        .build()
        .map_err(|error| anyhow::anyhow!("no QR code of {} bytes: {error:?}", text.len()))
}

fn dark(code: &QRCode, x: usize, y: usize) -> bool {
    let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < code.size);
    inside(x).zip(inside(y)).is_some_and(|(x, y)| code[y][x].value())
}

/// The dark modules as the `d` of a path, and the width of the whole with its quiet zone, in modules.
pub fn svg(text: &str) -> anyhow::Result<(String, usize)> {
    use std::fmt::Write;
    let code = code(text)?;
    let size = code.size + 2 * QUIET;
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let run = (x..size).take_while(|x| dark(&code, *x, y)).count();
            if run > 0 {
                write!(path, "M{x} {y}h{run}v1h-{run}z")?;
            }
            x += run.max(1);
        }
    }
    Ok((path, size))
}

/// A black and white PNG with `scale` pixels a module.
pub fn png(text: &str, scale: usize) -> anyhow::Result<Vec<u8>> {
    let code = code(text)?;
    let width = u32::try_from((code.size + 2 * QUIET) * scale)?;
    let picture = image::GrayImage::from_fn(width, width, |x, y| {
        let at = |pixel: u32| pixel as usize / scale;
        image::Luma([if dark(&code, at(x), at(y)) { 0 } else { 255 }])
    });
    let mut out = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut out, image::ImageFormat::Png)?;
    Ok(out.into_inner())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_scanner_reads_back_what_was_written() {
        let url = "https://events.example.org/t/7Q4M-K2XD-91VN";
        let png = image::load_from_memory(&super::png(url, 4).unwrap()).unwrap().to_luma8();
        let mut prepared =
            rqrr::PreparedImage::prepare_from_greyscale(png.width() as usize, png.height() as usize, |x, y| {
                png.get_pixel(x as u32, y as u32).0[0]
            });
        let grids = prepared.detect_grids();
        assert_eq!(grids[0].decode().unwrap().1, url);
        let (path, size) = super::svg(url).unwrap();
        assert!(path.starts_with("M4 4h7v1h-7z") && size % 4 == 1, "{size}");
    }
}

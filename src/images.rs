//! Pictures that people upload: sniffed, bounded, drawn anew, so nothing but pixels of the right size gets in.
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use tokio::sync::Semaphore;

use crate::forms::Message;

/// Bytes of an upload at most.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
/// Pixels on a side, and bytes that decoding may take: a small file can claim to be a huge picture.
const MOST_SIDE: u32 = 12_000;
const MOST_PIXELS: u64 = 40_000_000;
const MOST_MEMORY: u64 = 200 * 1024 * 1024;
const LEAST_SIDE: u32 = 200;
const LEAST_LOGO: u32 = 32;

/// Sides of a member's picture, in pixels: at the head of a page, and beside names.
pub const AVATAR_LARGE: u32 = 320;
pub const AVATAR_SMALL: u32 = 96;

/// How many are decoded at once: each may take as much memory as [`MOST_MEMORY`] says.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Does what decodes pictures on a thread for such work, when it is its turn.
pub async fn at_work<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
    let turn = TURNS.acquire().await?;
    let done = tokio::task::spawn_blocking(move || {
        // Kept to the end of the work, also when nobody waits for it any more.
        let _turn = turn;
        work()
    });
    Ok(done.await?)
}

/// Why a picture is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImageRefusal {
    #[error("choose a picture")]
    Empty,
    #[error("more than 5 MB")]
    TooLarge,
    #[error("no PNG, JPEG or WebP")]
    NotAPicture,
    #[error("broken, or too many pixels")]
    Unreadable,
    #[error("smaller than {least} × {least} pixels")]
    TooSmall { least: u32 },
    #[error("the storage does not take it")]
    NotKept,
}

impl ImageRefusal {
    pub fn says(self) -> Message {
        match self {
            Self::Empty => Message::new(t!("Choose an image first.")),
            Self::TooLarge => Message::new(t!("This image has more than 5 MB. Choose a smaller one.")),
            Self::NotAPicture => Message::new(t!("This is no PNG, JPEG or WebP image.")),
            Self::Unreadable => Message::new(t!("This image is broken or has too many pixels.")),
            Self::NotKept => Message::new(t!(
                "The image cannot be stored just now, and everything is as it was. Try again in a few minutes."
            )),
            Self::TooSmall { least } => {
                Message::new(t!("This image is smaller than {least} × {least} pixels. Choose a larger one.", least))
            }
        }
    }
}

/// What kind of picture these bytes are, if they are one that is kept here.
pub fn kind(bytes: &[u8]) -> Option<&'static str> {
    match image::guess_format(bytes).ok()? {
        ImageFormat::Jpeg => Some("image/jpeg"),
        ImageFormat::Png => Some("image/png"),
        ImageFormat::WebP => Some("image/webp"),
        _ => None,
    }
}

/// An event's cover, ready to be stored.
pub struct Cover {
    /// 800 × 1000, JPEG.
    pub poster: Vec<u8>,
    /// 1200 × 630, JPEG, for previews of links.
    pub preview: Vec<u8>,
    /// For the choice of a palette.
    pub picture: DynamicImage,
}

/// Takes an upload for a cover: cut to fit around its middle.
pub fn cover(bytes: &[u8]) -> Result<Cover, ImageRefusal> {
    let picture = read(bytes, LEAST_SIDE)?;
    Ok(Cover { poster: jpeg(&fill(&picture, 800, 1000))?, preview: jpeg(&fill(&picture, 1200, 630))?, picture })
}

/// A member's picture, ready to be stored: two sizes, square, WebP.
pub struct Avatar {
    pub large: Vec<u8>,
    pub small: Vec<u8>,
}

/// Takes an upload for a member's picture: cut to a square around its middle.
pub fn avatar(bytes: &[u8]) -> Result<Avatar, ImageRefusal> {
    let picture = read(bytes, AVATAR_SMALL)?;
    let side = |side| webp(&fill(&picture, side, side));
    Ok(Avatar { large: side(AVATAR_LARGE)?, small: side(AVATAR_SMALL)? })
}

/// Takes an upload for the site's logo: as it is cut, scaled into 480 × 160, PNG.
pub fn logo(bytes: &[u8]) -> Result<Vec<u8>, ImageRefusal> {
    let picture = read(bytes, LEAST_LOGO)?;
    let picture = if picture.width() > 480 || picture.height() > 160 {
        picture.resize(480, 160, FilterType::Lanczos3)
    } else {
        picture
    };
    let mut out = Cursor::new(Vec::new());
    // Eight bits a channel: a picture may come with sixteen.
    let drawn = DynamicImage::from(picture.to_rgba8());
    drawn.write_to(&mut out, ImageFormat::Png).map_err(|_| ImageRefusal::Unreadable)?;
    Ok(out.into_inner())
}

/// Cuts first and scales then: the other way round, a picture of 12,000 × 200 would become one of 60,000 × 1,000.
fn fill(picture: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    let (w, h) = (u64::from(picture.width()), u64::from(picture.height()));
    let (to_w, to_h) = (u64::from(width), u64::from(height));
    let part = |of: u64, times: u64, by: u64| u32::try_from((of * times / by).max(1)).unwrap_or(u32::MAX);
    let (cut_w, cut_h) = if w * to_h > h * to_w {
        (part(h, to_w, to_h), picture.height())
    } else {
        (picture.width(), part(w, to_h, to_w))
    };
    let (x, y) = ((picture.width() - cut_w) / 2, (picture.height() - cut_h) / 2);
    picture.crop_imm(x, y, cut_w, cut_h).resize_exact(width, height, FilterType::Lanczos3)
}

/// What shows through a picture is white, as on paper; without this it would be whatever its file hides there.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let drawn = picture.to_rgba8();
    RgbImage::from_fn(drawn.width(), drawn.height(), |x, y| {
        let [r, g, b, alpha] = drawn.get_pixel(x, y).0.map(u32::from);
        Rgb([r, g, b].map(|c| u8::try_from((c * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)))
    })
}

fn read(bytes: &[u8], least: u32) -> Result<DynamicImage, ImageRefusal> {
    if bytes.is_empty() {
        return Err(ImageRefusal::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(ImageRefusal::TooLarge);
    }
    let format = image::guess_format(bytes).map_err(|_| ImageRefusal::NotAPicture)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(ImageRefusal::NotAPicture);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let unreadable = |_| ImageRefusal::Unreadable;
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if decoder.total_bytes() > MOST_MEMORY || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(ImageRefusal::Unreadable);
    }
    if width.min(height) < least {
        return Err(ImageRefusal::TooSmall { least });
    }
    let orientation = decoder.orientation().map_err(unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn jpeg(picture: &DynamicImage) -> Result<Vec<u8>, ImageRefusal> {
    let mut out = Vec::new();
    on_white(picture)
        .write_with_encoder(JpegEncoder::new_with_quality(&mut out, 82))
        .map_err(|_| ImageRefusal::Unreadable)?;
    Ok(out)
}

fn webp(picture: &DynamicImage) -> Result<Vec<u8>, ImageRefusal> {
    let mut out = Vec::new();
    on_white(picture).write_with_encoder(WebPEncoder::new_lossless(&mut out)).map_err(|_| ImageRefusal::Unreadable)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(width, height).write_to(&mut out, ImageFormat::Png).unwrap();
        out.into_inner()
    }

    #[test]
    fn a_picture_is_drawn_anew_in_two_sizes() {
        let cover = cover(&png(900, 600)).unwrap();
        let size =
            |bytes: &[u8]| image::load_from_memory(bytes).map(|picture| (picture.width(), picture.height())).unwrap();
        assert_eq!((size(&cover.poster), size(&cover.preview)), ((800, 1000), (1200, 630)));
    }

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn a_long_strip_is_cut_before_it_is_scaled() {
        assert!(cover(&png(12_000, 200)).is_ok() && cover(&png(200, 12_000)).is_ok());
        let pixels =
            RgbImage::from_fn(600, 200, |x, _| Rgb(if (200..400).contains(&x) { [255, 0, 0] } else { [0, 0, 255] }));
        let middle = fill(&pixels.into(), 100, 100).to_rgb8();
        assert!(middle.pixels().all(|pixel| pixel.0 == [255, 0, 0]), "the middle stays, whole");
    }

    #[test]
    fn what_shows_through_becomes_white() {
        let clear = DynamicImage::ImageRgba8(image::RgbaImage::from_pixel(300, 300, image::Rgba([9, 9, 9, 0])));
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let poster = image::load_from_memory(&cover(&encoded(&clear, format)).unwrap().poster).unwrap().to_rgb8();
            assert!(poster.pixels().all(|pixel| pixel.0.iter().all(|c| *c > 250)));
        }
    }

    #[test]
    fn a_camera_s_turn_is_applied_and_its_notes_are_gone() {
        let upright = RgbImage::from_fn(400, 300, |x, _| Rgb([if x < 200 { 255 } else { 0 }; 3]));
        let plain = encoded(&upright.into(), ImageFormat::Jpeg);
        // EXIF with one entry, orientation 6: to be turned right by 90 degrees; and behind it what nobody should see.
        let mut notes = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        notes.extend(b"47.5596N 7.5886E");
        let length = u16::try_from(notes.len() + 2).unwrap().to_be_bytes();
        let photo = [&plain[..2], &[0xff, 0xe1], &length, &notes, &plain[2..], b"<script>alert(1)</script>"].concat();
        let cover = cover(&photo).unwrap();
        assert_eq!((cover.picture.width(), cover.picture.height()), (300, 400));
        let poster = image::load_from_memory(&cover.poster).unwrap().to_luma8();
        assert!(poster.get_pixel(400, 50).0[0] > 200 && poster.get_pixel(400, 950).0[0] < 50);
        for hidden in [&b"Exif"[..], b"47.5596N", b"<script"] {
            assert!(!cover.poster.windows(hidden.len()).any(|part| part == hidden));
        }
    }

    #[test]
    fn what_is_no_picture_or_too_much_of_one_is_refused() {
        let refusal = |bytes: &[u8]| cover(bytes).err().unwrap();
        assert_eq!(refusal(b""), ImageRefusal::Empty);
        assert_eq!(refusal(b"just a text"), ImageRefusal::NotAPicture);
        assert_eq!(refusal(b"GIF89a\x01\x00\x01\x00"), ImageRefusal::NotAPicture);
        assert_eq!(refusal(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ImageRefusal::NotAPicture);
        assert_eq!(refusal(&vec![0; MOST_BYTES + 1]), ImageRefusal::TooLarge);
        assert_eq!(refusal(&png(10, 10)), ImageRefusal::TooSmall { least: 200 });
        assert_eq!(refusal(&png(7000, 6000)), ImageRefusal::Unreadable);
        let whole = png(300, 300);
        assert_eq!(refusal(&whole[..whole.len() / 2]), ImageRefusal::Unreadable);
    }

    #[test]
    fn a_small_file_that_claims_to_be_huge_is_refused_before_it_is_drawn() {
        let mut bomb = png(300, 300);
        // Width and height in the IHDR chunk, with its checksum made right.
        bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        let crc = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(cover(&bomb).err(), Some(ImageRefusal::Unreadable));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
        })
    }
}

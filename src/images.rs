//! Pictures that people upload: sniffed, bounded, drawn anew, so nothing but pixels of the right size gets in.
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

/// Bytes of an upload at most.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
/// Pixels on a side, and bytes that decoding may take: a small file can claim to be a huge picture.
const MOST_SIDE: u32 = 12_000;
const MOST_MEMORY: u64 = 200 * 1024 * 1024;
const LEAST_SIDE: u32 = 200;

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
    #[error("smaller than 200 × 200 pixels")]
    TooSmall,
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
    let picture = read(bytes)?;
    let cut = |width, height| jpeg(&picture.resize_to_fill(width, height, FilterType::Lanczos3));
    Ok(Cover { poster: cut(800, 1000)?, preview: cut(1200, 630)?, picture })
}

fn read(bytes: &[u8]) -> Result<DynamicImage, ImageRefusal> {
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
    if decoder.total_bytes() > MOST_MEMORY {
        return Err(ImageRefusal::Unreadable);
    }
    if width.min(height) < LEAST_SIDE {
        return Err(ImageRefusal::TooSmall);
    }
    let orientation = decoder.orientation().map_err(unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn jpeg(picture: &DynamicImage) -> Result<Vec<u8>, ImageRefusal> {
    let mut out = Vec::new();
    picture
        .to_rgb8()
        .write_with_encoder(JpegEncoder::new_with_quality(&mut out, 82))
        .map_err(|_| ImageRefusal::Unreadable)?;
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

    #[test]
    fn what_is_no_picture_or_too_much_of_one_is_refused() {
        let refusal = |bytes: &[u8]| cover(bytes).err().unwrap();
        assert_eq!(refusal(b""), ImageRefusal::Empty);
        assert_eq!(refusal(b"just a text"), ImageRefusal::NotAPicture);
        assert_eq!(refusal(b"GIF89a\x01\x00\x01\x00"), ImageRefusal::NotAPicture);
        assert_eq!(refusal(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ImageRefusal::NotAPicture);
        assert_eq!(refusal(&vec![0; MOST_BYTES + 1]), ImageRefusal::TooLarge);
        assert_eq!(refusal(&png(10, 10)), ImageRefusal::TooSmall);
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

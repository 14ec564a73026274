//! Sixteen palettes of four flat inks; and which of them an uploaded image belongs to.
use image::{DynamicImage, imageops::FilterType};

/// Ink reads on the other three, so type may overprint any shape.
#[derive(Debug)]
pub struct Palette {
    pub name: &'static str,
    pub ground: &'static str,
    pub ink: &'static str,
    pub a: &'static str,
    pub b: &'static str,
}

const fn palette(name: &'static str, [ground, ink, a, b]: [&'static str; 4]) -> Palette {
    Palette { name, ground, ink, a, b }
}

/// All palettes; the place in the row is the id.
pub static PALETTES: [Palette; 16] = [
    palette("Vermilion", ["#FF4B1F", "#170B07", "#FFD3C2", "#FFFFFF"]),
    palette("Cobalt", ["#1B3BDB", "#FFFFFF", "#E6321E", "#0B1F86"]),
    palette("Canary", ["#FFD60A", "#12100A", "#FF5C35", "#FFFFFF"]),
    palette("Forest", ["#0E4A37", "#FFC4DA", "#1B7553", "#072A1F"]),
    palette("Rose", ["#FFA0C2", "#36081B", "#F4364C", "#FFE6EF"]),
    palette("Night", ["#121316", "#F4F5F2", "#E8432A", "#3C4047"]),
    palette("Sky", ["#86C8FF", "#08163C", "#FF7B1C", "#FFFFFF"]),
    palette("Plum", ["#4A1040", "#FFD0E4", "#C4225A", "#2A0624"]),
    palette("Mint", ["#9FE3C0", "#06281E", "#FF6D4D", "#F2FFF8"]),
    palette("Amber", ["#F29B1D", "#1F1204", "#FFE7B3", "#D9601F"]),
    palette("Newsprint", ["#EFEFEC", "#121212", "#FF3D21", "#C6C9CC"]),
    palette("Lagoon", ["#00545E", "#E6FBF3", "#0C8580", "#DB4E26"]),
    palette("Lilac", ["#C7B6FF", "#170B40", "#FF5C3A", "#F4F0FF"]),
    palette("Silver", ["#BCC2C7", "#0D0F12", "#E6FF38", "#FFFFFF"]),
    palette("Brick", ["#93200F", "#FFE0D0", "#C84A22", "#560E07"]),
    palette("Lime", ["#C4EE35", "#101B05", "#FF8ABD", "#FFFFFF"]),
];

const NIGHT: u8 = 5;
const NEWSPRINT: u8 = 10;

const HUES: usize = 24;
/// Below this chroma a pixel is grey to the eye.
const GREY: f64 = 0.03;
/// Shadows and blown lights say nothing of an image's colour.
const TELLING: std::ops::RangeInclusive<f64> = 0.15..=0.95;

/// A colour in OKLab.
#[derive(Clone, Copy, Debug, Default)]
struct Lab {
    l: f64,
    a: f64,
    b: f64,
}

impl Lab {
    fn of_srgb(rgb: [u8; 3]) -> Self {
        let [r, g, b] = rgb.map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        Self {
            l: 0.210_454_255_3 * l + 0.793_617_785 * m - 0.004_072_046_8 * s,
            a: 1.977_998_495_1 * l - 2.428_592_205 * m + 0.450_593_709_9 * s,
            b: 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766 * s,
        }
    }

    fn of_hex(hex: &str) -> Self {
        let rgb = u32::from_str_radix(hex.trim_start_matches('#'), 16).unwrap_or_default();
        let [_, r, g, b] = rgb.to_be_bytes();
        Self::of_srgb([r, g, b])
    }

    fn chroma(self) -> f64 {
        self.a.hypot(self.b)
    }

    fn hue_bin(self) -> usize {
        let turn = self.b.atan2(self.a).rem_euclid(std::f64::consts::TAU) / std::f64::consts::TAU;
        ((turn * HUES as f64) as usize).min(HUES - 1)
    }

    fn distance(self, other: Self) -> f64 {
        (self.l - other.l).hypot(self.a - other.a).hypot(self.b - other.b)
    }
}

/// Colours heaped up, each by its weight.
#[derive(Clone, Copy, Default)]
struct Heap {
    weight: f64,
    sum: Lab,
}

impl Heap {
    fn add(&mut self, lab: Lab, weight: f64) {
        self.weight += weight;
        self.sum.l += lab.l * weight;
        self.sum.a += lab.a * weight;
        self.sum.b += lab.b * weight;
    }

    fn mean(self) -> Lab {
        let weight = self.weight.max(f64::MIN_POSITIVE);
        Lab { l: self.sum.l / weight, a: self.sum.a / weight, b: self.sum.b / weight }
    }
}

/// The palette an uploaded image belongs to: the ground nearest to its heaviest hue; grey images are newsprint or night.
pub fn palette_of_image(image: &DynamicImage) -> u8 {
    let small = image.resize_exact(32, 32, FilterType::Triangle).to_rgba8();
    let pixels: Vec<Lab> = small
        .pixels()
        .filter(|pixel| pixel[3] >= 128)
        .map(|pixel| Lab::of_srgb([pixel[0], pixel[1], pixel[2]]))
        .collect();
    let mut all = Heap::default();
    let mut hues = [Heap::default(); HUES];
    let mut colourful = false;
    for lab in pixels {
        all.add(lab, 1.0);
        if TELLING.contains(&lab.l) {
            colourful |= lab.chroma() >= GREY;
            hues[lab.hue_bin()].add(lab, lab.chroma());
        }
    }
    if !colourful {
        return if all.mean().l > 0.5 { NEWSPRINT } else { NIGHT };
    }
    let heaviest = hues.into_iter().max_by(|one, other| one.weight.total_cmp(&other.weight)).unwrap_or_default();
    nearest(heaviest.mean())
}

fn nearest(lab: Lab) -> u8 {
    let far = |palette: &Palette| Lab::of_hex(palette.ground).distance(lab);
    (0..16)
        .min_by(|one, other| far(&PALETTES[usize::from(*one)]).total_cmp(&far(&PALETTES[usize::from(*other)])))
        .unwrap_or(NIGHT)
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::{NEWSPRINT, NIGHT, PALETTES, palette_of_image};

    fn image_of(pixel: impl Fn(u32, u32) -> [u8; 4]) -> u8 {
        palette_of_image(&RgbaImage::from_fn(64, 80, |x, y| Rgba(pixel(x, y))).into())
    }

    fn plain([r, g, b]: [u8; 3]) -> u8 {
        image_of(|_, _| [r, g, b, 255])
    }

    #[test]
    fn a_ground_finds_its_own_palette() {
        for (id, palette) in PALETTES.iter().enumerate() {
            if ["Night", "Newsprint", "Silver"].contains(&palette.name) {
                continue; // grey grounds follow the rule for greys
            }
            let [_, r, g, b] = u32::from_str_radix(&palette.ground[1..], 16).unwrap().to_be_bytes();
            assert_eq!(usize::from(plain([r, g, b])), id, "{}", palette.name);
        }
    }

    #[test]
    fn greys_are_newsprint_or_night() {
        assert_eq!(plain([255, 255, 255]), NEWSPRINT);
        assert_eq!(plain([170, 170, 170]), NEWSPRINT);
        assert_eq!(plain([60, 60, 60]), NIGHT);
        assert_eq!(plain([0, 0, 0]), NIGHT);
    }

    #[test]
    fn a_colour_outweighs_more_grey() {
        let id = image_of(|_, y| if y < 24 { [0x1b, 0x3b, 0xdb, 255] } else { [128, 128, 128, 255] });
        assert_eq!(PALETTES[usize::from(id)].name, "Cobalt");
    }

    #[test]
    fn what_is_transparent_does_not_count() {
        let id = image_of(|_, y| if y < 24 { [0xff, 0xd6, 0x0a, 255] } else { [0, 0, 255, 0] });
        assert_eq!(PALETTES[usize::from(id)].name, "Canary");
        assert_eq!(image_of(|_, _| [255, 0, 0, 0]), NIGHT);
    }

    #[test]
    fn odd_sizes_are_fine() {
        for (width, height) in [(1, 1), (1, 900), (900, 1)] {
            palette_of_image(&RgbaImage::from_pixel(width, height, Rgba([9, 200, 30, 255])).into());
        }
    }
}

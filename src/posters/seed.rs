//! A poster's dice: FNV-1a of the slug starts a SplitMix64 stream, so that the same event always hangs the same sheet.

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// FNV-1a, 64 bits, of the UTF-8 bytes.
pub fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(FNV_OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

/// A SplitMix64 stream.
#[derive(Clone, Debug)]
pub struct Stream(u64);

impl Stream {
    /// The stream of an event's poster. Variant 0 is the bare slug.
    pub fn of(slug: &str, variant: u32) -> Self {
        Self(if variant == 0 { fnv1a(slug) } else { fnv1a(&format!("{slug}#{variant}")) })
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN_GAMMA);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number below `n`.
    pub fn pick(&mut self, n: u8) -> usize {
        ((self.next() >> 33) % u64::from(n)) as usize
    }

    /// One of the choices.
    pub fn choose<T: Copy, const N: usize>(&mut self, choices: [T; N]) -> T {
        choices[self.pick(N as u8)]
    }

    /// Heads or tails.
    pub fn flip(&mut self) -> bool {
        self.pick(2) == 1
    }

    /// A number from `low` up to `high`.
    pub fn span(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::{Stream, fnv1a};

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv1a(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a("foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn the_stream_is_splitmix64() {
        let mut stream = Stream(1_234_567);
        assert_eq!(stream.next(), 6_457_827_717_110_365_317);
        assert_eq!(stream.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_variant_is_part_of_the_key() {
        assert_eq!(Stream::of("jazz", 0).next(), Stream(fnv1a("jazz")).next());
        assert_eq!(Stream::of("jazz", 4).next(), Stream(fnv1a("jazz#4")).next());
    }

    #[test]
    fn spans_and_picks_stay_inside() {
        let mut stream = Stream::of("inside", 0);
        for _ in 0..1000 {
            assert!(stream.pick(7) < 7);
            assert!((1.5..2.5).contains(&stream.span(1.5, 2.5)));
        }
    }
}

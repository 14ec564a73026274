pub fn avatar_palette(_: &str) -> u8 {
    0
}

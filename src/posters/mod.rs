pub fn avatar_palette(_: &str) -> u8 {
    0
}
pub struct Look {
    pub palette: u8,
    pub composition: u8,
}
pub fn look(_: &str, v: u32) -> Look {
    Look { palette: (v % 16) as u8, composition: (v % 12) as u8 }
}
pub fn hang(_: &str, _: &[Look]) -> u32 {
    0
}
pub struct Sheet<'a> {
    pub slug: &'a str,
    pub title: &'a str,
    pub date: &'a str,
    pub time: &'a str,
    pub day: i8,
    pub variant: u32,
}
pub fn svg(_: &Sheet) -> String {
    String::from("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")
}
pub fn palette_of_image(_: &image::DynamicImage) -> u8 {
    0
}

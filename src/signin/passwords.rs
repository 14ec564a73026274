#[derive(Clone)]
pub struct Passwords;
impl Passwords {
    pub fn new() -> Self {
        Self
    }
    pub fn cheap() -> Self {
        Self
    }
    pub async fn hash(&self, p: &str) -> anyhow::Result<String> {
        Ok(p.to_owned())
    }
}

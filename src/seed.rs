//! Demo content for a development site.
use crate::app::App;

pub struct SignIn {
    pub email: &'static str,
    pub password: &'static str,
    pub what: &'static str,
}
pub const SIGN_INS: &[SignIn] = &[];

pub async fn run(_: &App) -> anyhow::Result<()> {
    Ok(())
}
pub async fn run_if_empty(_: &App) -> anyhow::Result<bool> {
    Ok(false)
}

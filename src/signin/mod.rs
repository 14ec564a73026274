//! How people come in: sign up, verify, sign in and out, forgotten passwords.
pub mod first_run;
pub mod letters;
pub mod pages;
pub mod passwords;

use crate::app::App;

/// Removes what has ended.
pub async fn tidy(_: &App) -> anyhow::Result<()> {
    Ok(())
}

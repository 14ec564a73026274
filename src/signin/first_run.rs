//! The first admin of a new site.
use crate::app::App;

/// The token that opens the first-run page, while there is no admin.
pub async fn token(_: &App) -> anyhow::Result<Option<String>> {
    Ok(None)
}

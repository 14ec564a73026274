//! Admins from the command line.
use crate::app::App;

pub async fn from_terminal(_: &App, _: &str, _: Option<&str>) -> anyhow::Result<()> {
    Ok(())
}

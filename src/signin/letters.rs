//! What members are told by mail about their account.
use crate::app::App;
use crate::ids::Id;
use crate::letters::{Content, Reader};
use crate::members::Member;

pub async fn verify(_: &App, _: Id<Member>, _: &Reader) -> anyhow::Result<Option<Content>> {
    Ok(None)
}
pub async fn account_exists(_: &App, _: Id<Member>, _: &Reader) -> anyhow::Result<Option<Content>> {
    Ok(None)
}
pub async fn reset(_: &App, _: Id<Member>, _: &Reader) -> anyhow::Result<Option<Content>> {
    Ok(None)
}
pub async fn password_changed(_: &App, _: Id<Member>, _: &Reader) -> anyhow::Result<Option<Content>> {
    Ok(None)
}
pub async fn new_device(_: &App, _: Id<Member>, _: &Reader) -> anyhow::Result<Option<Content>> {
    Ok(None)
}

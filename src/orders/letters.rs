//! What buyers and attendees are told by mail.
use super::{Order, Ticket};
use crate::app::App;
use crate::ids::Id;
use crate::letters::{Content, Reader};

pub async fn confirm_places(_: &App, _: Id<Order>, _: &Reader) -> anyhow::Result<Option<Content>> {
    Ok(None)
}
pub async fn already_going(_: &App, _: Id<Order>, _: &Reader) -> anyhow::Result<Option<Content>> {
    Ok(None)
}
pub async fn tickets(_: &App, _: Id<Order>, _: &Reader) -> anyhow::Result<Option<Content>> {
    Ok(None)
}
pub async fn ticket(_: &App, _: Id<Ticket>, _: &Reader) -> anyhow::Result<Option<Content>> {
    Ok(None)
}
pub async fn order_cancelled(_: &App, _: Id<Order>, _: &Reader) -> anyhow::Result<Option<Content>> {
    Ok(None)
}
pub async fn event_changed(_: &App, _: Id<Order>, _: &Reader) -> anyhow::Result<Option<Content>> {
    Ok(None)
}
pub async fn event_cancelled(_: &App, _: Id<Order>, _: &Reader) -> anyhow::Result<Option<Content>> {
    Ok(None)
}

pub fn calendar_file(_: &App, _: &crate::events::Event, _: crate::i18n::Locale) -> String {
    String::new()
}

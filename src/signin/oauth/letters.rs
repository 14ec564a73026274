//! What members are told by mail about the accounts elsewhere that open theirs.
use super::Provider;
use crate::app::App;
use crate::ids::Id;
use crate::letters::{Content, Reader};
use crate::members::Member;
use crate::signin::letters::{Draft, member};

pub async fn linked(app: &App, id: Id<Member>, by: Provider, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(member) = member(app, id).await? else { return Ok(None) };
    let (provider, site) = (by.name(), app.site_name().to_owned());
    Draft::new(
        t!("{provider} opens your account now", provider),
        t!("You receive this because a way to sign in to your account was added."),
    )
    .says(t!("{name}, from now on you can sign in at {site} with {provider}.", name = member.name, site, provider))
    .says(t!("If it was not you, remove it in your settings and choose a new password, now."))
    .button(t!("See how I sign in"), app.config.url("/settings/ways-in"))
    .content(app, to)
}

pub async fn unlinked(app: &App, id: Id<Member>, by: Provider, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(member) = member(app, id).await? else { return Ok(None) };
    let (provider, site) = (by.name(), app.site_name().to_owned());
    Draft::new(
        t!("{provider} does not open your account any more", provider),
        t!("You receive this because a way to sign in to your account was removed."),
    )
    .says(t!(
        "{name}, you can no longer sign in at {site} with {provider}, and all other devices were signed out.",
        name = member.name,
        site,
        provider
    ))
    .says(t!("If it was not you, choose a new password now."))
    .button(t!("Choose a new password"), app.config.url("/forgotten"))
    .content(app, to)
}

//! What members are told by mail about their passkeys.
use crate::app::App;
use crate::ids::Id;
use crate::letters::{Content, Reader};
use crate::members::Member;
use crate::signin::letters::{Draft, member};

pub async fn added(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(member) = member(app, id).await? else { return Ok(None) };
    let site = app.site_name().to_owned();
    Draft::new(
        t!("A passkey opens your account now"),
        t!("You receive this because a way to sign in to your account was added."),
    )
    .says(t!(
        "{name}, from now on a passkey of yours opens your account at {site}. All other devices were signed out.",
        name = member.name,
        site
    ))
    .says(t!("If it was not you, remove it in your settings and choose a new password, now."))
    .button(t!("See my passkeys"), app.config.url("/settings/passkeys"))
    .content(app, to)
}

pub async fn removed(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(member) = member(app, id).await? else { return Ok(None) };
    let site = app.site_name().to_owned();
    Draft::new(
        t!("A passkey was removed"),
        t!("You receive this because a way to sign in to your account was removed."),
    )
    .says(t!(
        "{name}, a passkey no longer opens your account at {site}, and all other devices were signed out.",
        name = member.name,
        site
    ))
    .says(t!("If it was not you, choose a new password now."))
    .button(t!("Choose a new password"), app.config.url("/forgotten"))
    .content(app, to)
}

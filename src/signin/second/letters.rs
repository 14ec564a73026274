//! What members are told by mail about their second factor.
use crate::app::App;
use crate::i18n::Say;
use crate::ids::Id;
use crate::letters::{Content, Reader};
use crate::members::Member;
use crate::signin::letters::{Draft, member, whose};
use crate::signin::{second, step_up};

/// A code for those who have neither an app nor a password.
pub async fn step_up_code(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(member) = whose(app, id, to).await? else { return Ok(None) };
    let code = step_up::mint(app, &member).await?;
    let why =
        t!("You receive this because a code was asked for in your account. If it was not you, give it to nobody.");
    Draft::new(t!("Your code"), why)
        .says(t!("{name}, this is your code: {code}", name = member.name, code))
        .says(t!("It works once, for ten minutes."))
        .content(app, to)
}

/// The notice of a change that only the member makes: whoever reads it without having made the change must act.
async fn notice(
    app: &App,
    (id, to): (Id<Member>, &Reader),
    draft: impl FnOnce(String, String) -> Draft,
) -> anyhow::Result<Option<Content>> {
    let Some(member) = member(app, id).await? else { return Ok(None) };
    draft(member.name, app.site_name().to_owned())
        .says(t!("If it was not you, choose a new password now."))
        .button(t!("Choose a new password"), app.config.url("/forgotten"))
        .content(app, to)
}

fn changed(heading: impl Say + Send + Sync + 'static) -> Draft {
    Draft::new(heading, t!("You receive this because the second factor of your account was changed or used."))
}

pub async fn on(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let draft = |name, site| {
        changed(t!("A second factor is on")).says(t!(
            "{name}, from now on your account at {site} asks for a code of your app, too. All other devices were signed out.",
            name,
            site
        ))
    };
    notice(app, (id, to), draft).await
}

pub async fn off(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let draft = |name, site| {
        changed(t!("The second factor is off")).says(t!(
            "{name}, your account at {site} asks for no code any more. All other devices were signed out.",
            name,
            site
        ))
    };
    notice(app, (id, to), draft).await
}

pub async fn reset(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let draft = |name, site| {
        changed(t!("The second factor is off")).says(t!(
            "{name}, an admin of {site} turned it off for you: your account asks for no code any more. All devices were signed out.",
            name,
            site
        ))
        .says(t!("If it was you who asked for it, turn it on again with your new device as soon as you are in."))
    };
    notice(app, (id, to), draft).await
}

pub async fn codes_made(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let draft = |name, site| {
        changed(t!("New recovery codes")).says(t!(
            "{name}, new recovery codes were made for your account at {site}. The old ones work no more.",
            name,
            site
        ))
    };
    notice(app, (id, to), draft).await
}

pub async fn code_used(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let left = second::store::codes_left(&app.db, id).await?;
    let draft = |name, site| {
        changed(t!("A recovery code was used"))
            .says(t!("{name}, a recovery code of your account at {site} was used.", name, site))
            .says(tn!("1 recovery code is left.", "{n} recovery codes are left.", left))
    };
    notice(app, (id, to), draft).await
}

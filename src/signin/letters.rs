//! What members are told by mail about their account.
use super::links::{self, Kind};
use super::new_address::EmailChange;
use super::sign_in_links::Wish;
use super::{SignUp, new_address, sign_in_links, store};
use crate::app::App;
use crate::forms::{Email, Message as Sentence};
use crate::i18n::Say;
use crate::ids::Id;
use crate::letters::{Content, Plain, Reader};
use crate::members::{self, Member};
use crate::web::sessions;

/// A letter of this slice: its member, what it says, and where its button leads.
pub(super) struct Draft {
    heading: Sentence,
    sentences: Vec<Sentence>,
    button: Option<(Sentence, String)>,
    why: Sentence,
}

impl Draft {
    pub(super) fn new(heading: impl Say + Send + Sync + 'static, why: impl Say + Send + Sync + 'static) -> Self {
        Self { heading: Sentence::new(heading), sentences: Vec::new(), button: None, why: Sentence::new(why) }
    }
    pub(super) fn says(mut self, sentence: impl Say + Send + Sync + 'static) -> Self {
        self.sentences.push(Sentence::new(sentence));
        self
    }
    pub(super) fn button(mut self, label: impl Say + Send + Sync + 'static, url: String) -> Self {
        self.button = Some((Sentence::new(label), url));
        self
    }
    pub(super) fn content(self, app: &App, to: &Reader) -> anyhow::Result<Option<Content>> {
        let Self { heading, sentences, button, why } = self;
        let (site, base_url) = (app.site_name(), app.config.base_url.as_str());
        Plain { site, base_url, heading, sentences, button, why }.content(to.locale).map(Some)
    }
}

pub(super) async fn member(app: &App, id: Id<Member>) -> anyhow::Result<Option<Member>> {
    Ok(members::store::by_id(&app.db, id).await?)
}

/// The same for what opens the account: it was asked for at the address that the account had then, and a letter that
/// is sent late, or once more, may go to one that is somebody else's by now.
pub(super) async fn whose(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Member>> {
    Ok(member(app, id).await?.filter(|member| member.email_key == Email::key_of(&to.email)))
}

/// How a member is called in a letter that anybody can have sent: the address of an account that never proved it is
/// somebody's who may never have been here, and its name is whatever was typed beside it.
fn proven_name(member: &Member) -> Option<String> {
    member.email_verified_at.map(|_| member.name.clone())
}

/// Proves the address of a new account. Says no name: whoever typed the address may have typed anything as one.
pub async fn verify(app: &App, id: Id<SignUp>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(sign_up) = store::sign_up(&app.db, id).await? else { return Ok(None) };
    let Some(token) = links::mint_for(app, &sign_up).await? else { return Ok(None) };
    let site = app.site_name().to_owned();
    let why = t!("You receive this because somebody signed up with this address. If it was not you, do nothing.");
    Draft::new(t!("Confirm your e-mail address"), why)
        .says(t!("Open the link below and press the button there: then your account at {site} is ready.", site))
        .says(t!("The link works once, for one hour."))
        .button(t!("Confirm my address"), app.config.url(&format!("/verify/{token}")))
        .content(app, to)
}

/// Somebody signed up with an address that has an account.
pub async fn account_exists(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    if member(app, id).await?.is_none() {
        return Ok(None);
    }
    let site = app.site_name().to_owned();
    let why = t!("You receive this because somebody signed up with this address. If it was not you, do nothing.");
    Draft::new(t!("You have an account already"), why)
        .says(t!(
            "You signed up at {site} with an address that has an account. Sign in with the password that you have.",
            site
        ))
        .says(t!("If you have forgotten it, choose “Forgot your password?” there."))
        .button(t!("Sign in"), app.config.url("/sign-in"))
        .content(app, to)
}

pub async fn reset(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(member) = whose(app, id, to).await? else { return Ok(None) };
    let token = links::mint(app, Kind::Reset, &member).await?;
    let why = t!(
        "You receive this because a new password was asked for. If it was not you, do nothing: the current one stays."
    );
    let draft = Draft::new(t!("Choose a new password"), why);
    let draft = match proven_name(&member) {
        Some(name) => draft.says(t!("{name}, open the link below and enter a new password.", name)),
        None => draft.says(t!("Open the link below and enter a new password.")),
    };
    draft
        .says(t!("The link works once, for one hour. Everybody who is signed in to your account is then signed out."))
        .button(t!("Choose a new password"), app.config.url(&format!("/reset/{token}")))
        .content(app, to)
}

pub async fn password_changed(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(member) = member(app, id).await? else { return Ok(None) };
    let site = app.site_name().to_owned();
    Draft::new(
        t!("Your password was changed"),
        t!("You receive this because the password of your account was changed."),
    )
    .says(t!(
        "{name}, the password of your account at {site} was changed, and all other devices were signed out.",
        name = member.name,
        site
    ))
    .says(t!("If it was not you, choose a new one now."))
    .button(t!("Choose a new password"), app.config.url("/forgotten"))
    .content(app, to)
}

/// A link that signs in.
pub async fn sign_in_link(app: &App, id: Id<Member>, wish: Id<Wish>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(member) = whose(app, id, to).await? else { return Ok(None) };
    let token = sign_in_links::mint(app, &member, wish).await?;
    let site = app.site_name().to_owned();
    let why = t!("You receive this because a link to sign in was asked for. If it was not you, do nothing.");
    let draft = Draft::new(t!("Your link to sign in"), why);
    let draft = match proven_name(&member) {
        Some(name) => draft.says(t!(
            "{name}, open the link below and press the button there: then you are signed in at {site}.",
            name,
            site
        )),
        None => {
            draft.says(t!("Open the link below and press the button there: then you are signed in at {site}.", site))
        }
    };
    draft
        .says(t!("The link works once, for ten minutes. Give it to nobody."))
        .button(t!("Sign in"), app.config.url(&format!("/sign-in/link/{token}")))
        .content(app, to)
}

/// To the address that a member wants, and which may be a stranger's: so it says no name that somebody chose, but
/// the proven address of the account.
pub async fn email_change(app: &App, id: Id<EmailChange>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(change) = store::email_change(&app.db, id).await? else { return Ok(None) };
    let Some(token) = new_address::mint(app, &change).await? else { return Ok(None) };
    let Some(member) = member(app, change.member_id).await? else { return Ok(None) };
    let site = app.site_name().to_owned();
    let why = t!("You receive this because a member wants to use this address. If it was not you, do nothing.");
    Draft::new(t!("Confirm your new address"), why)
        .says(t!(
            "Open the link below and press the button there: then this is the address of the account at {site} that has {email} until now.",
            site,
            email = Email::masked(&member.email)
        ))
        .says(t!("If that is not your account, do nothing: what was ordered with this address would be theirs."))
        .says(t!("The link works once, for one hour."))
        .button(t!("Use this address"), app.config.url(&format!("/email/{token}")))
        .content(app, to)
}

/// To the address that a member had.
pub async fn email_changed(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(member) = member(app, id).await? else { return Ok(None) };
    let site = app.site_name().to_owned();
    Draft::new(
        t!("Your e-mail address was changed"),
        t!("You receive this because this was the address of your account until now."),
    )
    .says(t!(
        "{name}, your account at {site} has another e-mail address now. Nothing is sent to this one any more.",
        name = member.name,
        site
    ))
    .says(t!("If it was not you, write to whoever runs the site, now."))
    .content(app, to)
}

/// Somebody came in from a device that never did before.
pub async fn new_device(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(member) = member(app, id).await? else { return Ok(None) };
    let open = sessions::of(&app.db, id, app.clock.now()).await?;
    let newest = open.into_iter().max_by_key(|session| session.created_at);
    let device = newest.map(|session| super::devices::in_words(&session.agent)).unwrap_or_default();
    let site = app.site_name().to_owned();
    Draft::new(
        t!("A new device is signed in"),
        t!("You receive this because your account was used on a device for the first time."),
    )
    .says(t!(
        "{name}, somebody signed in to your account at {site} on this device: {what}.",
        name = member.name,
        site,
        what = device
    ))
    .says(t!("If it was you, all is well. If it was not, end that session and change your password."))
    .button(t!("See where I am signed in"), app.config.url("/settings/sessions"))
    .content(app, to)
}

/// An admin signed all their devices out.
pub async fn sessions_ended(app: &App, id: Id<Member>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(member) = member(app, id).await? else { return Ok(None) };
    let site = app.site_name().to_owned();
    Draft::new(
        t!("You are signed out everywhere"),
        t!("You receive this because an admin of the site ended all sessions of your account."),
    )
    .says(t!(
        "{name}, an admin of {site} signed out all your devices. Nothing else of your account was changed.",
        name = member.name,
        site
    ))
    .says(t!("Sign in again whenever you like. If somebody else may know your password, choose a new one first."))
    .button(t!("Choose a new password"), app.config.url("/forgotten"))
    .content(app, to)
}

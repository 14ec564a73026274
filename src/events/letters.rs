//! What people are told by mail about events that they run.
use super::reports::{self, Report};
use super::team::Invitation;
use super::{Event, Role, store, team_store};
use crate::app::App;
use crate::forms::Message;
use crate::i18n::Locale;
use crate::ids::Id;
use crate::letters::{Content, Plain, Reader};

/// Asks an address to help run an event: the same letter whether it has an account or not.
pub async fn team_invitation(app: &App, id: Id<Invitation>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(invitation) = team_store::by_id(&app.db, id).await? else { return Ok(None) };
    let Some(event) = store::by_id(&app.db, invitation.event_id).await? else { return Ok(None) };
    let hosts = store::hosts(&app.db, event.id).await?;
    let name = hosts.into_iter().find(|host| host.role == Role::Owner).map(|host| host.name).unwrap_or_default();
    let (site, title, address) = (app.site_name().to_owned(), event.title.clone(), invitation.email.clone());
    if invitation.role == Role::Owner {
        return transfer(app, &event, &name, &invitation).content(to.locale).map(Some);
    }
    let what = match invitation.role {
        Role::Door => Message::new(t!("You would check people in at the door.")),
        Role::Owner | Role::Host => Message::new(t!("You would edit the event and see its guests.")),
    };
    let account = t!(
        "Open the link below and sign in. If you have no account yet, sign up with this address, {address}, and open the link again.",
        address
    );
    let letter = Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading: Message::new(t!("Will you help with {title}?", title)),
        sentences: vec![
            Message::new(t!(
                "{name} asks you at {site} to help run “{title}”.",
                name,
                site,
                title = event.title.clone()
            )),
            what,
            Message::new(account),
        ],
        button: Some((Message::new(t!("Join the team")), app.config.url(&format!("{}/team/invitation", event.path())))),
        why: Message::new(t!(
            "You receive this because somebody named your address. If you do nothing, nothing happens."
        )),
    };
    let locale: Locale = to.locale;
    letter.content(locale).map(Some)
}

/// Asks an address to take an event over.
fn transfer<'a>(app: &'a App, event: &Event, name: &str, invitation: &Invitation) -> Plain<'a> {
    let (site, title, address) = (app.site_name().to_owned(), event.title.clone(), invitation.email.clone());
    Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading: Message::new(t!("Will you take over {title}?", title = title.clone())),
        sentences: vec![
            Message::new(t!("{name} wants to leave “{title}” at {site} to you.", name = name.to_owned(), title, site)),
            Message::new(t!(
                "You would own the event: edit it, see its guests and its money, and cancel it. {name} would run it with you.",
                name = name.to_owned()
            )),
            Message::new(t!(
                "Open the link below within 30 days and sign in. If you have no account yet, sign up with this address, {address}, and open the link again.",
                address
            )),
        ],
        button: Some((Message::new(t!("Answer")), app.config.url(&format!("{}/team/invitation", event.path())))),
        why: Message::new(t!(
            "You receive this because somebody named your address. If you do nothing, nothing happens."
        )),
    }
}

/// Somebody took the event over: to whoever owned it before.
pub async fn handed_on(app: &App, id: Id<Event>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(event) = store::by_id(&app.db, id).await? else { return Ok(None) };
    let hosts = store::hosts(&app.db, id).await?;
    let name = hosts.into_iter().find(|host| host.role == Role::Owner).map(|host| host.name).unwrap_or_default();
    let title = event.title.clone();
    let letter = Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading: Message::new(t!("Taken over: {title}", title = title.clone())),
        sentences: vec![
            Message::new(t!("“{title}” belongs to {name} now, who accepted what you asked.", title, name)),
            Message::new(t!("You run it with them, and can leave its team.")),
        ],
        button: Some((Message::new(t!("To the team")), app.config.url(&format!("{}/team", event.path())))),
        why: Message::new(t!("You receive this because you owned this event.")),
    };
    letter.content(to.locale).map(Some)
}

/// Nobody takes the event over: to its owner.
pub async fn not_taken(app: &App, id: Id<Event>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(event) = store::by_id(&app.db, id).await? else { return Ok(None) };
    let title = event.title.clone();
    let letter = Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading: Message::new(t!("Not taken over: {title}", title = title.clone())),
        sentences: vec![Message::new(t!(
            "Whom you asked to take “{title}” over does not want it. It stays yours; you can ask somebody else.",
            title
        ))],
        button: Some((Message::new(t!("To the team")), app.config.url(&format!("{}/team", event.path())))),
        why: Message::new(t!("You receive this because you own this event.")),
    };
    letter.content(to.locale).map(Some)
}

/// An admin cancelled the event: to those who run it, with the reason that everybody reads.
pub async fn cancelled_by_admin(app: &App, id: Id<Event>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(event) = store::by_id(&app.db, id).await?.filter(Event::is_cancelled) else { return Ok(None) };
    let (site, title, reason) = (app.site_name().to_owned(), event.title.clone(), event.cancelled_why.clone());
    let letter = Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading: Message::new(t!("Cancelled: {title}", title = title.clone())),
        sentences: vec![
            Message::new(t!("An admin of {site} has cancelled “{title}”.", site, title)),
            Message::new(t!("The reason: {reason}", reason = reason.unwrap_or_default())),
            Message::new(t!("Everybody with a place is told by mail, and what was paid goes back.")),
        ],
        button: Some((Message::new(t!("Look at the event")), app.config.url(&event.path()))),
        why: Message::new(t!("You receive this because you run this event.")),
    };
    letter.content(to.locale).map(Some)
}

/// Something is wrong with an event, somebody says. What they wrote stands on the page alone, for admins' eyes.
pub async fn reported(app: &App, id: Id<Report>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(about) = reports::store::by_id(&app.db, id).await? else { return Ok(None) };
    if about.report.settled_at.is_some() {
        return Ok(None);
    }
    let title = about.title.clone();
    let letter = Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading: Message::new(t!("An event was reported: {title}", title = title.clone())),
        sentences: vec![
            Message::new(t!("Somebody says that something is wrong with “{title}”.", title)),
            Message::new(t!("More reports of this event on the same day come without a mail.")),
        ],
        button: Some((Message::new(t!("Look at the report")), app.config.url(&format!("/admin/reports/{id}")))),
        why: Message::new(t!("You receive this because you are an admin of the site.")),
    };
    letter.content(to.locale).map(Some)
}

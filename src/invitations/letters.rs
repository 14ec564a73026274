//! The letter that asks somebody to come.
use super::{Invitation, inviting, mint, store};
use crate::app::App;
use crate::events::place::{Viewer, visible_place};
use crate::events::{self, Role};
use crate::forms::Message;
use crate::i18n::When;
use crate::ids::Id;
use crate::letters::{Content, Plain, Reader};
use crate::orders;

/// `None` where it was answered or taken back, or the event is over. Each sending has a link of its own.
pub async fn invitation(app: &App, id: Id<Invitation>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(invitation) = store::by_id(&app.db, id).await?.filter(Invitation::is_waiting) else { return Ok(None) };
    let Some(event) = events::store::by_id(&app.db, invitation.event_id).await? else { return Ok(None) };
    if inviting::open(&event, app.clock.now()).is_err() {
        return Ok(None);
    }
    let (title, site) = (event.title.clone(), app.site_name().to_owned());
    let name = called(app, &invitation).await?;
    let when = When { start: event.starts(), end: Some(event.ends()), now_year: None };
    let mut sentences =
        vec![Message::new(t!("{name} invites you to “{title}”.", name, title = title.clone())), Message::new(when)];
    sentences.extend(orders::letters::zone_elsewhere(app, &event));
    let place = visible_place(&event, Viewer::Public, app.clock.now());
    let lines: Vec<_> = [place.name, place.address, place.town].into_iter().filter(|part| !part.is_empty()).collect();
    if !lines.is_empty() {
        sentences.push(Message::new(lines.join(", ")));
    }
    sentences.push(Message::new(t!("Say whether you come: the link is for you alone, and works for 30 days.")));
    let url = app.config.url(&format!("/invitations/{}", mint(app, id).await?));
    let letter = Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading: Message::new(t!("Invitation: {title}", title)),
        sentences,
        button: Some((Message::new(t!("Answer the invitation")), url)),
        why: Message::new(t!(
            "You receive this because somebody at {site} named your address. If you do nothing, nothing happens.",
            site
        )),
    };
    letter.content(to.locale).map(Some)
}

/// Whose invitation it is: the friend's, else the owner's of the event.
pub async fn called(app: &App, invitation: &Invitation) -> anyhow::Result<String> {
    if let Some(order) = invitation.by_order {
        let person = orders::store::person(&app.db, order).await?;
        return Ok(person.map(|person| person.name).unwrap_or_default());
    }
    let hosts = events::store::hosts(&app.db, invitation.event_id).await?;
    Ok(hosts.into_iter().find(|host| host.role == Role::Owner).map(|host| host.name).unwrap_or_default())
}

//! The waiting list for those who wait: joining, confirming from the mail, where one stands, leaving.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

use super::forms::{Asked, JoinForm};
use super::stub::{Stub, standing, stub};
use super::{Joined, Joining, Party, PartyState, store};
use crate::app::App;
use crate::error::{Error, OrNotFound, Result};
use crate::events::{self, Event, TicketType, access};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids::Id;
use crate::orders::{Buyer, Refusal, unconfirmed};
use crate::web::limits::Ip;
use crate::web::page::Flash;
use crate::web::{Fields, Page, Path, Query, Visitor, see};

/// The secret address of a guest's party.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Key {
    party: String,
    key: String,
}

/// An event with a waiting list; drafts are their hosts' alone.
async fn open_event(app: &App, visitor: &Visitor, slug: &str) -> Result<(Event, Vec<TicketType>)> {
    let event = events::access::published(app, visitor, slug).await?;
    let types = events::store::ticket_types(&app.db, event.id).await?;
    Ok((event, types))
}

/// The same for whoever has the secret address of a party, in any browser: it proves that they were welcome.
async fn opened(
    app: &App,
    visitor: &Visitor,
    slug: &str,
    key: &Key,
) -> Result<(Event, Vec<TicketType>, Option<Party>)> {
    if key.party.is_empty() {
        let (event, types) = open_event(app, visitor, slug).await?;
        return Ok((event, types, None));
    }
    let event = events::store::by_slug(&app.db, slug).await?.filter(|event| !event.is_draft()).or_404()?;
    let party = by_key(app, &event, key).await?;
    let types = events::store::ticket_types(&app.db, event.id).await?;
    Ok((event, types, party))
}

/// The party that a secret address opens; none without one.
async fn by_key(app: &App, event: &Event, key: &Key) -> Result<Option<Party>> {
    if key.party.is_empty() {
        return Ok(None);
    }
    let id = key.party.parse().ok().or_404()?;
    super::opens(app, id, &key.key).then_some(()).or_404()?;
    let party = store::by_id(&app.db, id).await?.filter(|party| party.event_id == event.id);
    party.or_404().map(Some)
}

#[derive(Template)]
#[template(path = "waiting/show.html")]
struct Show<'a> {
    page: &'a Page,
    event: &'a Event,
    waiting: Stub,
}

pub async fn show(
    State(app): State<App>,
    page: Page,
    visitor: Visitor,
    session: Session,
    Path(slug): Path<String>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let (event, types, party) = opened(&app, &visitor, &slug, &key).await?;
    let (form, errors) = (JoinForm::default(), Errors::default());
    let mut waiting = stub(&app, &event, &types, visitor.me.as_deref(), form, errors).await?;
    if let Some(party) = party {
        if visitor.me.is_none() {
            access::let_in(&session, &event, access::Way::Waiting(party.id)).await?;
        }
        if !party.is_live() && !access::may_see(&app, &event, visitor.me.as_deref(), &visitor.invited).await? {
            // What became of them is theirs to know; to join once more is not for them.
            waiting.choices.clear();
        }
        waiting.mine = Some(standing(&app, &event, &types, party, true).await?);
    }
    page.html(&Show { page: &page, event: &event, waiting })
}

/// Joins the list: members stand on it at once, guests get a link.
pub async fn join(
    State(app): State<App>,
    page: Page,
    visitor: Visitor,
    ip: Ip,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response> {
    let (event, types) = open_event(&app, &visitor, &slug).await?;
    let form = JoinForm::read(&fields);
    let errors = match form.parse(&types, visitor.me.is_none()) {
        Err(errors) => errors,
        Ok(asked) => {
            let wish = wish(&event, &page, &visitor, asked);
            let guest = visitor.me.is_none().then(|| format!("{}/{}", ip.whose(), event.id));
            match place(&app, &wish, guest.as_deref()).await {
                Ok(Joined::Mailed) => return see(format!("{}/sent", super::path(&event))),
                Ok(Joined::New(_) | Joined::Already(_)) => return see(super::path(&event)),
                Err(refusal) => {
                    let refusal = refusal.or_broken()?;
                    Errors::at(refusal.field(), refusal)
                }
            }
        }
    };
    let waiting = stub(&app, &event, &types, visitor.me.as_deref(), form, errors).await?;
    page.invalid(&Show { page: &page, event: &event, waiting })
}

fn wish(event: &Event, page: &Page, visitor: &Visitor, asked: Asked) -> Joining {
    Joining {
        event: event.id,
        buyer: Buyer::asking(visitor.me.as_deref(), asked.name, asked.email, page.locale),
        actor: visitor.actor(),
        ticket_type: asked.ticket_type,
        places: asked.places,
        companions: asked.companions,
    }
}

/// In one transaction with the count of what guests of one address ask for without confirming it.
pub(super) async fn place(app: &App, wish: &Joining, guest: Option<&str>) -> Result<Joined, Refusal> {
    let now = app.clock.now();
    decide!(app.db, tx, {
        unconfirmed::count(tx, guest, now).await?;
        super::join(tx, wish, now).await
    })
}

#[derive(Template)]
#[template(path = "waiting/sent.html")]
struct Sent<'a> {
    page: &'a Page,
    event: &'a Event,
}

/// "Look into your mail": the same for every guest, whatever the mail says.
pub async fn sent(State(app): State<App>, page: Page, visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let (event, _) = open_event(&app, &visitor, &slug).await?;
    page.html(&Sent { page: &page, event: &event })
}

// ---------------------------------------------------------------- confirming

/// The party that a mailed link is about; a link that we did not make is about none.
async fn linked(app: &App, token: &str) -> Result<(Party, Event)> {
    let id: Id<Party> = super::opened_by(app, token).or_404()?;
    let party = store::by_id(&app.db, id).await?.or_404()?;
    let event = events::store::by_id(&app.db, party.event_id).await?.or_404()?;
    Ok((party, event))
}

#[derive(Template)]
#[template(path = "waiting/confirm.html")]
struct Confirm<'a> {
    page: &'a Page,
    event: &'a Event,
    party: &'a Party,
    token: &'a str,
    /// Why it cannot be confirmed.
    refusal: Option<Refusal>,
}

/// A page with one button, since programs that look for harm open every link of a mail.
pub async fn confirmation(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    let (party, event) = linked(&app, &token).await?;
    let over = party.state == PartyState::Lapsed || party.joined_at + super::CONFIRM <= app.clock.now();
    if party.state != PartyState::Asked && party.state != PartyState::Lapsed {
        return see(party.secret_path(&app, &event));
    }
    let refusal = over.then_some(Refusal::NotWaiting);
    page.html(&Confirm { page: &page, event: &event, party: &party, token: &token, refusal })
}

/// Puts the guest on the list, and shows where they stand.
pub async fn confirm(
    State(app): State<App>,
    page: Page,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response> {
    let (party, event) = linked(&app, &token).await?;
    let now = app.clock.now();
    match decide!(app.db, tx, super::confirm(tx, party.id, visitor.actor(), now).await) {
        Ok(party) => see(party.secret_path(&app, &event)),
        Err(refusal) => {
            let refusal = Some(refusal.or_broken()?);
            page.invalid(&Confirm { page: &page, event: &event, party: &party, token: &token, refusal })
        }
    }
}

/// Takes one off the list, or declines the offer.
pub async fn leave(
    State(app): State<App>,
    visitor: Visitor,
    flash: Flash,
    Path(slug): Path<String>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let (event, _, party) = opened(&app, &visitor, &slug, &key).await?;
    let party = match (party, visitor.id()) {
        (Some(party), _) => Some(party),
        (None, Some(me)) => store::of_member_at(&app.db, event.id, me).await?,
        (None, None) => return Err(Error::SignIn { back: super::path(&event) }),
    };
    let Some(party) = party else { return see(super::path(&event)) };
    let now = app.clock.now();
    match decide!(app.db, tx, super::leave(tx, party.id, visitor.actor(), now).await) {
        Ok(()) => flash.say(t!("You are off the waiting list.")).await?,
        Err(refusal) => flash.say(refusal.or_broken()?).await?,
    }
    see(if key.party.is_empty() { super::path(&event) } else { party.secret_path(&app, &event) })
}

//! One place, for hosts: taking it away, and mailing its tickets once more.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::Ticket;
use super::guests::{self, Guest};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::{Event, Role, hosting};
use crate::i18n::{Money, filters};
use crate::ids::Id;
use crate::payments;
use crate::web::page::Flash;
use crate::web::{Me, Page, Path, Proof, see};

/// A place at an event, for those who run that.
async fn place(app: &App, me: &Me, slug: &str, ticket: Id<Ticket>) -> Result<(Event, Guest)> {
    let (event, _) = hosting::allowed(app, slug, me, Role::Host).await?;
    let guest = guests::store::guest(&app.db, event.id, ticket).await?.or_404()?;
    Ok((event, guest))
}

#[derive(Template)]
#[template(path = "hosting/remove_guest.html")]
struct Remove<'a> {
    page: &'a Page,
    event: &'a Event,
    guest: &'a Guest,
    number: String,
    /// What goes back to whoever paid.
    back: Option<Money>,
}

pub async fn ask_remove(
    State(app): State<App>,
    page: Page,
    me: Me,
    proof: Proof,
    Path((slug, ticket)): Path<(String, Id<Ticket>)>,
) -> Result<Response> {
    let (event, guest) = place(&app, &me, &slug, ticket).await?;
    let back = goes_back(&app, &guest).await?;
    proof.needed(back.is_some())?;
    page.html(&Remove { page: &page, event: &event, number: super::number(guest.order_id), guest: &guest, back })
}

/// The price of a ticket that was paid, as far as it did not go back before.
async fn goes_back(app: &App, guest: &Guest) -> Result<Option<Money>> {
    let ticket = super::store::ticket(&app.db, guest.ticket_id).await?.filter(Ticket::is_valid);
    let order = super::store::by_id(&app.db, guest.order_id).await?;
    let Some((ticket, order)) = ticket.zip(order) else { return Ok(None) };
    let left = payments::left(app, &order).await?;
    Ok(Some(Money { minor: ticket.price.min(left.minor), ..left }).filter(|back| back.minor > 0))
}

pub async fn remove(
    State(app): State<App>,
    me: Me,
    proof: Proof,
    flash: Flash,
    Path((slug, ticket)): Path<(String, Id<Ticket>)>,
) -> Result<Response> {
    let (event, guest) = place(&app, &me, &slug, ticket).await?;
    proof.needed(goes_back(&app, &guest).await?.is_some())?;
    let now = app.clock.now();
    match decide!(app.db, tx, guests::remove(tx, event.id, ticket, me.actor(), now).await) {
        Ok(()) => flash.say(t!("The place is free again.")).await?,
        Err(refusal) => flash.say(refusal.or_broken()?).await?,
    }
    see(format!("{}/guests", event.path()))
}

/// Mails a place's tickets once more.
pub async fn mail(
    State(app): State<App>,
    me: Me,
    flash: Flash,
    Path((slug, ticket)): Path<(String, Id<Ticket>)>,
) -> Result<Response> {
    let (event, _) = place(&app, &me, &slug, ticket).await?;
    let now = app.clock.now();
    match decide!(app.db, tx, guests::mail_again(tx, event.id, ticket, false, now).await) {
        Ok(()) => flash.say(t!("The mail is on its way again.")).await?,
        Err(refusal) => flash.say(refusal.or_broken()?).await?,
    }
    see(format!("{}/guests", event.path()))
}

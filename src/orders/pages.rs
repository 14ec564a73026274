//! Taking places from an event's page, and confirming them from the mail.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::forms::{Answer, Asked, StubForm};
use super::{Buyer, Order, Refusal, Taken, Way, Wish, answering, ending, promo_codes, store, taking, unconfirmed};
use crate::app::App;
use crate::error::{Error, OrNotFound, Result};
use crate::events::{self, Event, TicketType, Visibility, access};
use crate::forms::{Email, Errors, Message};
use crate::i18n::filters;
use crate::ids::Id;
use crate::web::limits::Ip;
use crate::web::{Fields, Me, Page, Path, Visitor, see};

/// Takes places, or writes down the answer of a member who does not come.
pub async fn take(
    State(app): State<App>,
    page: Page,
    visitor: Visitor,
    ip: Ip,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response> {
    let event = events::access::published(&app, &visitor, &slug).await?;
    let form = StubForm::read(&fields);
    if matches!(form.answer.parse(), Ok(Answer::Maybe | Answer::No)) {
        let me = visitor.id().ok_or(Error::SignIn { back: event.path() })?;
        return give_answer(&app, &event, me, form.answer.parse().unwrap_or_default()).await;
    }
    let types = events::store::ticket_types(&app.db, event.id).await?;
    let asked = match form.parse(&types, visitor.me.is_none()) {
        Ok(asked) => asked,
        Err(errors) => return events::pages::show_with(&app, &page, &visitor, &event, form, errors).await,
    };
    if let Some(message) = other_address(&app, &event, &types, &visitor, &asked).await? {
        return events::pages::show_with(&app, &page, &visitor, &event, form, Errors::at("email", message)).await;
    }
    promo_codes::count_guess(&app, event.id, &asked.promo, &ip.whose()).await?;
    let wish = wish(&event, &page, &visitor, &form, asked)?;
    let guest = visitor.me.is_none().then(|| format!("{}/{}", ip.whose(), event.id));
    match place(&app, &wish, guest.as_deref()).await {
        Ok(taken) => see(after(&app, &event, &visitor, &taken).await?),
        Err(refusal) => {
            let refusal = refusal.or_broken()?;
            let field = if types.len() == 1 || refusal.field() != "people" { refusal.field() } else { "" };
            let errors = Errors::at(field, refusal);
            events::pages::show_with(&app, &page, &visitor, &event, form, errors).await
        }
    }
}

/// At an event of those who were asked, a guest pays with an address that this browser has proven: what is paid is
/// answered at once, and no answer may tell whether another address was asked.
async fn other_address(
    app: &App,
    event: &Event,
    types: &[TicketType],
    visitor: &Visitor,
    asked: &Asked,
) -> Result<Option<Message>> {
    let costs = |id| types.iter().any(|of| of.id == id && of.is_paid());
    let pays = asked.places.iter().any(|(id, n)| *n > 0 && costs(*id));
    let (true, Some(email)) = (pays && event.visibility == Visibility::Invited, &asked.email) else { return Ok(None) };
    let proven = access::proven(app, event, &visitor.invited).await?;
    if visitor.me.is_some() || proven.iter().any(|(_, key)| *key == email.key) {
        return Ok(None);
    }
    let Some((address, _)) = proven.into_iter().next() else { return Err(Error::NotFound) };
    let email = Email::masked(&address);
    Ok(Some(Message::new(t!("Your invitation was sent to {email}. Use that address here.", email))))
}

/// Where somebody goes who took places: members to their order; guests to the one they are about to pay, and for
/// free places to their mail, whatever came of it.
async fn after(app: &App, event: &Event, visitor: &Visitor, taken: &Taken) -> Result<String> {
    if visitor.me.is_some() {
        return Ok(format!("/orders/{}", taken.id()));
    }
    let order = match taken {
        Taken::New(order) => Some(order.clone()),
        Taken::Again(id) => store::by_id(&app.db, *id).await?,
        Taken::Already(_) | Taken::Nothing(_) => None,
    };
    let paid = order.filter(|order| order.total > 0);
    Ok(paid.map_or_else(|| format!("{}/orders", event.path()), |order| order.form_path(app)))
}

fn wish(event: &Event, page: &Page, visitor: &Visitor, form: &StubForm, asked: Asked) -> Result<Wish> {
    let buyer = Buyer::asking(visitor.me.as_deref(), asked.name, asked.email, page.locale);
    let (id, _, email, _) = buyer.parts();
    let whose = id.map_or_else(|| email.key.clone(), |id| id.to_string());
    let attendees = std::iter::once(buyer.as_attendee());
    Ok(Wish {
        event: event.id,
        attendees: attendees.chain(asked.companions.into_iter().map(|name| (name, String::new()))).collect(),
        buyer,
        way: Way::Own,
        actor: visitor.actor(),
        places: asked.places,
        amounts: asked.amounts,
        promo: asked.promo,
        pay_later: asked.pay_later,
        form: form.once(&event.id.to_string(), &whose),
    })
}

/// In one transaction with the count of what guests of one address keep unconfirmed.
async fn place(app: &App, wish: &Wish, guest: Option<&str>) -> Result<Taken, Refusal> {
    let now = app.clock.now();
    decide!(app.db, tx, {
        unconfirmed::count(tx, guest, now).await?;
        taking::take(tx, wish, now).await
    })
}

#[derive(Template)]
#[template(path = "orders/sent.html")]
struct Sent<'a> {
    page: &'a Page,
    event: &'a Event,
}

/// "Look into your mail": the same for every guest, whatever the mail says.
pub async fn sent(State(app): State<App>, page: Page, visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let event = events::access::published(&app, &visitor, &slug).await?;
    page.html(&Sent { page: &page, event: &event })
}

/// Maybe, not going, or no answer any more.
pub async fn answer(
    State(app): State<App>,
    page: Page,
    visitor: Visitor,
    me: Me,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response> {
    let event = events::access::published(&app, &visitor, &slug).await?;
    match fields.text("answer").parse() {
        Ok(answer) => give_answer(&app, &event, me.id, answer).await,
        Err(()) => {
            let errors = Errors::at("answer", t!("Choose one of the answers."));
            events::pages::show_with(&app, &page, &visitor, &event, StubForm::read(&fields), errors).await
        }
    }
}

async fn give_answer(app: &App, event: &Event, me: Id<crate::members::Member>, answer: Answer) -> Result<Response> {
    // Who has places gives them back first, on the page that asks once more.
    if let Some(order) = store::of_member_at(&app.db, event.id, me).await? {
        let end = if answer == Answer::Going { "" } else { "/cancellation" };
        return see(format!("{}{end}", order.path()));
    }
    let now = app.clock.now();
    if let Err(refusal) = decide!(app.db, tx, answering::answer(tx, event.id, me, answer, now).await) {
        // The event's page says why: it is over, or cancelled.
        refusal.or_broken()?;
    }
    see(format!("{}#rsvp", event.path()))
}

// ---------------------------------------------------------------- confirming

/// The order that a mailed link is about; a link that we did not make is about none.
async fn linked(app: &App, token: &str) -> Result<(Order, Event)> {
    let id = super::opened_by(app, token).or_404()?;
    let order = store::by_id(&app.db, id).await?.or_404()?;
    let event = events::store::by_id(&app.db, order.event_id).await?.or_404()?;
    Ok((order, event))
}

#[derive(Template)]
#[template(path = "orders/confirm.html")]
struct Confirm<'a> {
    page: &'a Page,
    event: &'a Event,
    order: &'a Order,
    token: &'a str,
    /// In the zone of the event.
    held_until: Option<jiff::Zoned>,
    /// Why it cannot be confirmed.
    refusal: Option<Refusal>,
}

fn until(order: &Order, event: &Event) -> Option<jiff::Zoned> {
    order.held_until.map(|until| until.in_zone(&event.time_zone()))
}

/// A page with one button, since programs that look for harm open every link of a mail.
pub async fn confirmation(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    let (order, event) = linked(&app, &token).await?;
    if order.is_confirmed() {
        return see(order.secret_path(&app));
    }
    let over = !order.is_held() || order.held_until.is_some_and(|until| until <= app.clock.now());
    let refusal = over.then_some(Refusal::HoldOver);
    page.html(&Confirm {
        page: &page,
        event: &event,
        order: &order,
        token: &token,
        held_until: until(&order, &event),
        refusal,
    })
}

/// Confirms the places, and shows them.
pub async fn confirm(
    State(app): State<App>,
    page: Page,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response> {
    let (order, event) = linked(&app, &token).await?;
    let now = app.clock.now();
    match decide!(app.db, tx, ending::confirm(tx, order.id, visitor.actor(), now).await) {
        Ok(order) => see(order.secret_path(&app)),
        Err(refusal) => {
            let refusal = Some(refusal.or_broken()?);
            let held_until = until(&order, &event);
            page.invalid(&Confirm { page: &page, event: &event, order: &order, token: &token, held_until, refusal })
        }
    }
}

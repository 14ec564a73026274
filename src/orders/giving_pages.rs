//! The pages on which a ticket is given to somebody else: by the buyer from the order, by hosts from the guest list.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::ending::By;
use super::giving::{self, Gift};
use super::opened::{Key, Opened, actor};
use super::{Order, Refusal, Ticket, store};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::{Event, Role, hosting};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids::Id;
use crate::web::page::Flash;
use crate::web::{Fields, Me, Page, Path, Proof, Query, see};

#[derive(Template)]
#[template(path = "orders/give.html")]
struct Give<'a> {
    page: &'a Page,
    event: &'a Event,
    ticket: &'a Ticket,
    /// Where the form goes, and the page that it came from.
    action: String,
    back: String,
    refusal: Option<Refusal>,
    errors: &'a Errors,
    typed: &'a Fields,
}

/// A ticket that somebody is about to give.
struct Giving<'a> {
    page: &'a Page,
    event: &'a Event,
    order: &'a Order,
    ticket: &'a Ticket,
    by: By,
    action: String,
    back: String,
}

impl Giving<'_> {
    /// The form, or why there is none.
    fn ask(self, app: &App, errors: &Errors, typed: &Fields) -> Result<Response> {
        let refusal = giving::may(self.event, self.order, self.ticket, self.by, app.clock.now()).err();
        let Self { page, event, ticket, action, back, .. } = self;
        let shown = Give { page, event, ticket, action, back, refusal, errors, typed };
        if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
    }

    async fn give(self, app: &App, flash: &Flash, typed: &Fields) -> Result<Response> {
        let gift = match giving::read(typed) {
            Ok(gift) => gift,
            Err(errors) => return self.ask(app, &errors, typed),
        };
        match self.outcome(app, &gift).await {
            Ok(given) => {
                flash
                    .say(t!(
                        "The ticket is {name}’s now, and on its way to {email}.",
                        name = given.name,
                        email = given.email
                    ))
                    .await?;
                see(self.back)
            }
            Err(refusal) => {
                let refusal = refusal.or_broken()?;
                let errors = Errors::at(refusal.field(), refusal);
                self.ask(app, &errors, typed)
            }
        }
    }

    async fn outcome(&self, app: &App, gift: &Gift) -> Result<Ticket, Refusal> {
        let (ticket, by, now) = (self.ticket.id, self.by, app.clock.now());
        decide!(app.db, tx, giving::give(tx, ticket, gift, by, now).await)
    }
}

impl Opened {
    fn giving<'a>(&'a self, page: &'a Page, ticket: Id<Ticket>) -> Result<Giving<'a>> {
        let ticket = self.tickets.iter().find(|one| one.id == ticket).or_404()?;
        Ok(Giving {
            page,
            event: &self.event,
            order: &self.order,
            ticket,
            by: By::Buyer(actor(page)),
            action: self.ticket_path(ticket, "/gift"),
            back: self.path(""),
        })
    }
}

pub async fn ask(
    State(app): State<App>,
    page: Page,
    Path((id, ticket)): Path<(Id<Order>, Id<Ticket>)>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    opened.giving(&page, ticket)?.ask(&app, &Errors::default(), &Fields::default())
}

pub async fn give(
    State(app): State<App>,
    page: Page,
    flash: Flash,
    Path((id, ticket)): Path<(Id<Order>, Id<Ticket>)>,
    Query(key): Query<Key>,
    fields: Fields,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    opened.giving(&page, ticket)?.give(&app, &flash, &fields).await
}

/// A guest's ticket, with its order, for those who run the event.
async fn of_guest(app: &App, me: &Me, slug: &str, ticket: Id<Ticket>) -> Result<(Event, (Order, Ticket))> {
    let (event, _) = hosting::allowed(app, slug, me, Role::Host).await?;
    let ticket = store::ticket(&app.db, ticket).await?.filter(|ticket| ticket.event_id == event.id).or_404()?;
    Ok((event, (store::by_id(&app.db, ticket.order_id).await?.or_404()?, ticket)))
}

fn hosts<'a>(page: &'a Page, event: &'a Event, (order, ticket): &'a (Order, Ticket), me: &Me) -> Giving<'a> {
    let by = By::Host(me.actor());
    let back = format!("{}/guests", event.path());
    Giving { page, event, order, ticket, by, action: format!("{back}/{}/gift", ticket.id), back }
}

pub async fn host_asks(
    State(app): State<App>,
    page: Page,
    me: Me,
    proof: Proof,
    Path((slug, ticket)): Path<(String, Id<Ticket>)>,
) -> Result<Response> {
    let (event, guest) = of_guest(&app, &me, &slug, ticket).await?;
    proof.needed(guest.1.price > 0)?;
    hosts(&page, &event, &guest, &me).ask(&app, &Errors::default(), &Fields::default())
}

pub async fn host_gives(
    State(app): State<App>,
    page: Page,
    me: Me,
    (proof, flash): (Proof, Flash),
    Path((slug, ticket)): Path<(String, Id<Ticket>)>,
    fields: Fields,
) -> Result<Response> {
    let (event, guest) = of_guest(&app, &me, &slug, ticket).await?;
    // What was paid for is taken from one person and given to another.
    proof.needed(guest.1.price > 0)?;
    hosts(&page, &event, &guest, &me).give(&app, &flash, &fields).await
}

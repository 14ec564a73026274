//! Every event of the site, and cancelling one.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::AdminFact;
use super::paging::{Filter, Pager, ROWS, Why};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::store::Owned;
use crate::events::{self, Event, hosting};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::journal;
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, Query, SteppedUp, see};

#[derive(Template)]
#[template(path = "admin/events.html")]
struct Events<'a> {
    page: &'a Page,
    filter: &'a Filter,
    pager: Pager,
    events: Vec<Owned>,
}

pub async fn index(State(app): State<App>, page: Page, _: Admin, Query(filter): Query<Filter>) -> Result<Response> {
    let pager = filter.pager();
    let q = filter.q.trim();
    let events = events::store::search(&app.db, q, &filter.state, ROWS, pager.offset()).await?;
    let pager = pager.with(events::store::count_like(&app.db, q, &filter.state).await?);
    page.html(&Events { page: &page, filter: &filter, pager, events })
}

#[derive(Template)]
#[template(path = "admin/event_cancellation.html")]
struct Cancellation<'a> {
    page: &'a Page,
    event: &'a Event,
    reason: &'a str,
    errors: &'a Errors,
}

pub async fn ask_cancel(State(app): State<App>, page: Page, _: Admin, Path(slug): Path<String>) -> Result<Response> {
    let event = events::store::by_slug(&app.db, &slug).await?.or_404()?;
    page.html(&Cancellation { page: &page, event: &event, reason: "", errors: &Errors::default() })
}

pub async fn cancel(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Path(slug): Path<String>,
    Form(why): Form<Why>,
) -> Result<Response> {
    let event = events::store::by_slug(&app.db, &slug).await?.or_404()?;
    let again =
        |errors: &Errors| page.invalid(&Cancellation { page: &page, event: &event, reason: &why.reason, errors });
    let reason = match why.parse() {
        Ok(reason) => reason,
        Err(errors) => return again(&errors),
    };
    let (now, by) = (app.clock.now(), admin.actor());
    let outcome = decide!(app.db, tx, {
        let event = hosting::cancel(tx, event.id, &reason, by, now).await?;
        let fact = AdminFact::EventCancelledByAdmin { reason: reason.clone() };
        journal::append(tx, &event.stream(), &fact, by, now).await?;
        Ok(())
    });
    match outcome {
        Ok(()) => {
            flash.say(t!("The event is cancelled. Everyone with a place is told by mail.")).await?;
            see("/admin/events")
        }
        Err(refusal) => again(&events::Refusal::errors(refusal)?),
    }
}

//! An event on the front page: until when, and taking it off.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::event_pages::tell_hosts;
use super::paging::{Clocks, Why};
use crate::app::App;
use crate::clock::Instant;
use crate::credits::featuring;
use crate::error::{OrNotFound, Result};
use crate::events::{self, Event};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::letters::Letter;
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, SteppedUp, see};

#[derive(Template)]
#[template(path = "admin/featuring_removal.html")]
struct Removal<'a> {
    page: &'a Page,
    clocks: Clocks,
    event: &'a Event,
    /// `None` if it does not stand there.
    until: Option<Instant>,
    reason: &'a str,
    errors: &'a Errors,
}

async fn answer(
    app: &App,
    page: &Page,
    admin: &Admin,
    event: &Event,
    reason: &str,
    errors: &Errors,
) -> Result<Response> {
    let (clocks, until) = (Clocks::of(app, &admin.member), featuring::until(app, event.id).await?);
    let shown = Removal { page, clocks, event, until, reason, errors };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

pub async fn ask(State(app): State<App>, page: Page, admin: Admin, Path(slug): Path<String>) -> Result<Response> {
    let event = events::store::by_slug(&app.db, &slug).await?.or_404()?;
    answer(&app, &page, &admin, &event, "", &Errors::default()).await
}

pub async fn end(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Path(slug): Path<String>,
    Form(why): Form<Why>,
) -> Result<Response> {
    let event = events::store::by_slug(&app.db, &slug).await?.or_404()?;
    let reason = match why.parse() {
        Ok(reason) => reason,
        Err(errors) => return answer(&app, &page, &admin, &event, &why.reason, &errors).await,
    };
    let (now, by) = (app.clock.now(), admin.actor());
    let ended: Result<bool> = decide!(app.db, tx, {
        let ended = featuring::end(tx, event.id, &reason, by, now).await?;
        if ended {
            tell_hosts(tx, &event, admin.id, Letter::FeaturingEnded { event: event.id }, now).await?;
        }
        Ok(ended)
    });
    if !ended? {
        let errors = Errors::at("", t!("The event does not stand on the front page."));
        return answer(&app, &page, &admin, &event, &why.reason, &errors).await;
    }
    flash.say(t!("The event is off the front page. Those who run it are told by mail.")).await?;
    see("/admin/events")
}

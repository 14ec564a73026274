//! Saying what is wrong with an event.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Ground, Typed};
use crate::app::App;
use crate::error::Result;
use crate::events::{Event, access};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::web::limits::{Ip, REPORT};
use crate::web::page::Flash;
use crate::web::{Form, Page, Path, Visitor, see};

#[derive(Template)]
#[template(path = "reports/new.html")]
struct New<'a> {
    page: &'a Page,
    event: &'a Event,
    typed: &'a Typed,
    errors: &'a Errors,
}

pub async fn form(State(app): State<App>, page: Page, visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let event = access::published(&app, &visitor, &slug).await?;
    page.html(&New { page: &page, event: &event, typed: &Typed::default(), errors: &Errors::default() })
}

pub async fn send(
    State(app): State<App>,
    page: Page,
    visitor: Visitor,
    ip: Ip,
    flash: Flash,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let event = access::published(&app, &visitor, &slug).await?;
    let now = app.clock.now();
    let report = match typed.parse(event.id, visitor.me.as_deref(), now) {
        Ok(report) => report,
        Err(errors) => return page.invalid(&New { page: &page, event: &event, typed: &typed, errors: &errors }),
    };
    REPORT.count(&app, &ip.whose()).await?;
    decide!(app.db, tx, super::make(tx, &event, &report, visitor.actor(), now).await)?;
    flash.say(t!("Thank you. Those who run this site look at it.")).await?;
    see(event.path())
}

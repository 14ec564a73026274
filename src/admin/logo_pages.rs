//! The site's logo: putting one up, and taking it away. Each is a fact with a reason.
use askama::Template;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::response::Response;

use super::paging::Why;
use crate::app::App;
use crate::error::{Error, Result};
use crate::forms::{Errors, Reader};
use crate::i18n::filters;
use crate::ids::Id;
use crate::images;
use crate::site::{self, Known, Setting};
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, SteppedUp, see};

#[derive(Template)]
#[template(path = "admin/logo.html")]
struct Logo<'a> {
    page: &'a Page,
    known: &'a Known,
    reason: &'a str,
    errors: &'a Errors,
}

pub async fn show(State(app): State<App>, page: Page, _: Admin) -> Result<Response> {
    let known = app.site.ask(&app.db, app.clock.now()).await?;
    page.html(&Logo { page: &page, known: &known, reason: "", errors: &Errors::default() })
}

/// A logo in place of the one there is, which goes when the new one stands.
pub async fn put(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    request: Request,
) -> Result<Response> {
    let known = app.site.ask(&app.db, app.clock.now()).await?;
    let (upload, typed) = upload(&app, request).await?;
    let mut reader = Reader::default();
    let made = images::at_work(move || images::logo(&upload)).await?;
    let made = made.map_err(|refusal| reader.errors.add("up", refusal.says()));
    let reason = reader.required("reason", &typed, 300, t!("Say why. It stands in the journal."));
    let Some(made) = made.ok().filter(|_| reader.errors.is_empty()) else {
        return page.invalid(&Logo { page: &page, known: &known, reason: &typed, errors: &reader.errors });
    };
    let key = format!("site/logo-{}", Id::<Known>::new());
    if let Err(refusal) = app.files.keep([(format!("{key}.png"), made)]).await {
        let errors = Errors::at("up", refusal.says());
        return page.invalid(&Logo { page: &page, known: &known, reason: &typed, errors: &errors });
    }
    site::change(&app, &[(Setting::Logo, key)], admin.actor(), &reason).await?;
    forget(&app, &known).await;
    flash.say(t!("The logo stands on every page now.")).await?;
    see("/admin/settings")
}

#[derive(Template)]
#[template(path = "admin/logo_removal.html")]
struct Removal<'a> {
    page: &'a Page,
    reason: &'a str,
    errors: &'a Errors,
}

pub async fn ask_remove(page: Page, _: Admin) -> Result<Response> {
    page.html(&Removal { page: &page, reason: "", errors: &Errors::default() })
}

pub async fn remove(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Form(why): Form<Why>,
) -> Result<Response> {
    let known = app.site.ask(&app.db, app.clock.now()).await?;
    let reason = match why.parse() {
        Ok(reason) => reason,
        Err(errors) => return page.invalid(&Removal { page: &page, reason: &why.reason, errors: &errors }),
    };
    site::change(&app, &[(Setting::Logo, String::new())], admin.actor(), &reason).await?;
    forget(&app, &known).await;
    flash.say(t!("The logo is gone.")).await?;
    see("/admin/settings")
}

/// Removes the file of the logo before. Where it cannot be reached it stays: a few kilobytes that nobody names.
async fn forget(app: &App, known: &Known) {
    if !known.logo.is_empty()
        && let Err(error) = app.files.delete(&format!("{}.png", known.logo)).await
    {
        tracing::warn!(error = format!("{error:#}"), "the file of a former logo stays");
    }
}

/// The picture and the reason.
async fn upload(app: &App, request: Request) -> Result<(Vec<u8>, String)> {
    let refused = |status: axum::http::StatusCode| match status {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        _ => Error::Malformed,
    };
    let mut parts = Multipart::from_request(request, app).await.map_err(|_| Error::Malformed)?;
    let (mut picture, mut reason) = (Vec::new(), String::new());
    while let Some(part) = parts.next_field().await.map_err(|error| refused(error.status()))? {
        match part.name() {
            Some("up") => picture = part.bytes().await.map_err(|error| refused(error.status()))?.to_vec(),
            Some("reason") => reason = part.text().await.map_err(|error| refused(error.status()))?,
            _ => {}
        }
    }
    Ok((picture, reason))
}

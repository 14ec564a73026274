//! Stopping mails, and choosing among them, by the link that each of them carries. Nobody signs in for it.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Address, Kind};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::i18n::filters;
use crate::journal::Actor;
use crate::web::{Fields, Page, Path};

/// One kind as a form shows it.
pub(super) struct Tick {
    pub kind: Kind,
    pub checked: bool,
}

pub(super) async fn boxes(app: &App, address: &Address) -> Result<Vec<Tick>> {
    let wanted = super::wanted(&app.db, address).await?;
    Ok(Kind::ALL.iter().map(|kind| Tick { kind: *kind, checked: wanted.contains(kind) }).collect())
}

/// What a form says: the kinds whose boxes are ticked.
pub(super) fn ticked(fields: &Fields) -> Vec<Kind> {
    fields.all("mails").filter_map(|word| word.parse().ok()).collect()
}

fn opened(app: &App, token: &str, kind: &str) -> Result<(Address, Kind)> {
    let address = Address::opened_by(app, token).or_404()?;
    Ok((address, kind.parse().ok().or_404()?))
}

#[derive(Template)]
#[template(path = "unasked/stop.html")]
struct Stop<'a> {
    page: &'a Page,
    token: &'a str,
    kind: Kind,
    /// Done, now or before.
    stopped: bool,
}

/// A page with one button, since programs that look for harm open every link of a mail.
pub async fn ask(State(app): State<App>, page: Page, Path((token, kind)): Path<(String, String)>) -> Result<Response> {
    let (address, kind) = opened(&app, &token, &kind)?;
    let stopped = !super::wants(&app.db, &address, kind).await?;
    page.html(&Stop { page: &page, token: &token, kind, stopped })
}

/// The press, or the one click of a mail program (RFC 8058), which carries no cookie and follows no redirect.
pub async fn stop(State(app): State<App>, page: Page, Path((token, kind)): Path<(String, String)>) -> Result<Response> {
    let (address, kind) = opened(&app, &token, &kind)?;
    let now = app.clock.now();
    decide!(app.db, tx, super::stop(tx, &address, kind, Actor::Guest, now).await)?;
    page.html(&Stop { page: &page, token: &token, kind, stopped: true })
}

#[derive(Template)]
#[template(path = "unasked/mails.html")]
struct Mails<'a> {
    page: &'a Page,
    token: &'a str,
    boxes: Vec<Tick>,
    saved: bool,
}

/// All kinds, wanted or not.
pub async fn show(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    let address = Address::opened_by(&app, &token).or_404()?;
    let boxes = boxes(&app, &address).await?;
    page.html(&Mails { page: &page, token: &token, boxes, saved: false })
}

pub async fn save(State(app): State<App>, page: Page, Path(token): Path<String>, fields: Fields) -> Result<Response> {
    let address = Address::opened_by(&app, &token).or_404()?;
    let (wanted, now) = (ticked(&fields), app.clock.now());
    decide!(app.db, tx, super::choose(tx, &address, &wanted, Actor::Guest, now).await)?;
    let boxes = boxes(&app, &address).await?;
    page.html(&Mails { page: &page, token: &token, boxes, saved: true })
}

//! The same choice among one's settings, for the address of the account.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::pages::{Tick, boxes, ticked};
use super::{Address, Kind};
use crate::app::App;
use crate::error::Result;
use crate::i18n::filters;
use crate::web::page::Flash;
use crate::web::{Fields, Me, Page, see};

#[derive(Template)]
#[template(path = "unasked/settings.html")]
struct Mails<'a> {
    page: &'a Page,
    boxes: Vec<Tick>,
}

pub async fn show(State(app): State<App>, page: Page, me: Me) -> Result<Response> {
    let boxes = boxes(&app, &Address::of_key(&me.email_key)).await?;
    page.html(&Mails { page: &page, boxes })
}

pub async fn save(State(app): State<App>, me: Me, flash: Flash, fields: Fields) -> Result<Response> {
    let (address, wanted, now) = (Address::of_key(&me.email_key), ticked(&fields), app.clock.now());
    decide!(app.db, tx, super::choose(tx, &address, &wanted, me.actor(), now).await)?;
    flash.say(t!("Saved.")).await?;
    see("/settings/mails")
}

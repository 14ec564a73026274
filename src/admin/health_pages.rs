//! How the site is: each part with whether it is well, in words.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::machine::Machine;
use super::paging::Clocks;
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::i18n::filters;
use crate::web::{Admin, Page};

#[derive(Template)]
#[template(path = "admin/health.html")]
struct Health<'a> {
    page: &'a Page,
    clocks: Clocks,
    now: Instant,
    machine: Machine,
    version: &'static str,
}

pub async fn show(State(app): State<App>, page: Page, admin: Admin) -> Result<Response> {
    let (clocks, now, machine) = (Clocks::of(&app, &admin.member), app.clock.now(), Machine::of(&app).await?);
    page.html(&Health { page: &page, clocks, now, machine, version: env!("CARGO_PKG_VERSION") })
}

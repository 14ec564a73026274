//! What's on: the list, with words and filters.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;

use super::help::{self, Way};
use super::wish::{Asked, Sort, When};
use crate::app::App;
use crate::error::Result;
use crate::events::Category;
use crate::events::edit_pages::LANGUAGES;
use crate::events::listing::{Listing, listing};
use crate::i18n::filters;
use crate::web::{Page, Query};

#[derive(Template)]
#[template(path = "events/index.html")]
struct Index<'a> {
    page: &'a Page,
    asked: &'a Asked,
    /// Where the form leads: here, or to the month.
    action: &'static str,
    month: &'a str,
    listing: Listing,
    first_page: bool,
    today: Date,
    tomorrow: Date,
    ways: Vec<Way>,
}

/// `?page=`: where the page before ended.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Behind {
    page: String,
}

pub async fn index(
    State(app): State<App>,
    page: Page,
    Query(asked): Query<Asked>,
    Query(behind): Query<Behind>,
) -> Result<Response> {
    let today = super::today(&app);
    let (wish, _) = asked.read(today);
    let listing = listing(&app, &wish, behind.page.parse().ok()).await?;
    let ways = if listing.is_empty() { help::ways(&app, &asked).await? } else { Vec::new() };
    page.html(&Index {
        page: &page,
        asked: &asked,
        action: "/",
        month: "",
        listing,
        first_page: behind.page.is_empty(),
        today,
        tomorrow: today.tomorrow().unwrap_or(today),
        ways,
    })
}

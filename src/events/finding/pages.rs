//! What's on: the list, with words and filters.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;

use super::help::{self, Way};
use super::wish::{Asked, Sort, When};
use crate::app::App;
use crate::credits::featuring;
use crate::error::Result;
use crate::events::edit_pages::LANGUAGES;
use crate::events::listing::{Entry, Listing, entries, listing};
use crate::events::{Category, store};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids::Id;
use crate::members::Member;
use crate::web::{Page, Query, kept};

#[derive(Template)]
#[template(path = "events/index.html")]
struct Index<'a> {
    page: &'a Page,
    asked: &'a Asked,
    /// Where the form leads: here, or to the month.
    action: &'static str,
    month: &'a str,
    listing: Listing,
    /// What hosts have put here for credits, where nothing is asked for.
    featured: Vec<Entry>,
    first_page: bool,
    today: Date,
    tomorrow: Date,
    ways: Vec<Way>,
    /// What of it cannot be, and is left out.
    errors: Errors,
    /// The town that is asked for, where nothing is known to be in it.
    unknown_town: Option<&'a str>,
    /// Whose events they are, where only theirs are asked for.
    by: Option<String>,
    /// The index is being written anew: what is not in it yet cannot be found.
    filling: bool,
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
    let (wish, errors) = asked.read(today);
    let listing = listing(&app, &wish, behind.page.parse().ok()).await?;
    let nothing = listing.is_empty() && listing.further.is_none();
    let ways = if nothing { help::ways(&app, &asked).await? } else { Vec::new() };
    let filling = !asked.is_empty() && super::store::filling(&app.db).await?;
    let unknown_town = super::unknown_town(&app, &wish).await?;
    let by = host(&app, &asked.host).await?;
    let answer = page.html(&Index {
        page: &page,
        asked: &asked,
        action: "/",
        month: "",
        listing,
        featured: featured(&app, behind.page.is_empty() && asked.is_empty()).await?,
        first_page: behind.page.is_empty(),
        today,
        tomorrow: today.tomorrow().unwrap_or(today),
        ways,
        errors,
        unknown_town,
        by,
        filling,
    })?;
    Ok(kept::keep(answer, &[]))
}

async fn featured(app: &App, here: bool) -> Result<Vec<Entry>> {
    if !here {
        return Ok(Vec::new());
    }
    let mut entries = entries(app, featuring::shown(app).await?).await?;
    for entry in &mut entries {
        (entry.eager, entry.dated, entry.walks) = (true, true, false);
    }
    Ok(entries)
}

/// The name of somebody who hosts a public event: of others an address does not tell it.
async fn host(app: &App, asked: &str) -> Result<Option<String>> {
    let Ok(id) = asked.parse::<Id<Member>>() else { return Ok(None) };
    let (wish, _) = Asked { host: asked.to_owned(), ..Asked::default() }.read(super::today(app));
    let Some(row) = super::rows(app, &wish, None, 1).await?.pop() else { return Ok(None) };
    let hosts = store::hosts(&app.db, row.found.event.id).await?;
    Ok(hosts.into_iter().find(|host| host.member_id == id).map(|host| host.name))
}

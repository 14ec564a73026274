//! An event on somebody else's page: the one page that may stand in a frame. It shows what everyone may see, takes
//! no cookie into account, and everything in it opens outside of the frame.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::cost::Cost;
use super::listing::{Entry, entries};
use super::{Event, Status, Visibility, store};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::i18n::{When, filters};
use crate::web::headers::MayBeFramed;
use crate::web::{Page, Path};

#[derive(Template)]
#[template(path = "events/embed.html")]
struct Embed<'a> {
    page: &'a Page,
    event: &'a Event,
    place: &'a str,
    cost: Cost,
    when: When,
    sold_out: bool,
    past: bool,
}

/// What anybody may show on any page.
fn embeddable(event: &Event) -> bool {
    event.status != Status::Draft && event.visibility != Visibility::Invited
}

pub async fn show(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let event = store::by_slug(&app.db, &slug).await?.filter(embeddable).or_404()?;
    let now = app.clock.now();
    let Some(entry) = entries(&app, vec![event]).await?.pop() else { return Err(crate::error::Error::NotFound) };
    let Entry { event, place, cost, .. } = &entry;
    let now_year = Some(now.in_zone(&event.time_zone()).year());
    let mut response = page.html(&Embed {
        page: &page,
        event,
        place,
        cost: *cost,
        when: When { start: event.starts(), end: Some(event.ends()), now_year },
        sold_out: entry.sold_out(),
        past: event.is_past(now),
    })?;
    response.extensions_mut().insert(MayBeFramed);
    Ok(response)
}

//! Who comes, as a file for spreadsheets.
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;

use super::Ticket;
use super::guest_pages::{Asked, MOST_LINES};
use super::guests::{self, Guest};
use crate::app::App;
use crate::error::Result;
use crate::events::{self, Event, Role, hosting};
use crate::ids::Id;
use crate::invitations::friends;
use crate::web::csv::{Cell, Sheet};
use crate::web::{Fields, Me, Path, Query, download};

/// Which places a file holds: the ticked ones, or all that the table shows.
async fn of_file(app: &App, event: &Event, asked: &Asked, fields: &Fields) -> Result<Vec<Guest>> {
    let ticked: Vec<Id<Ticket>> = fields.all("ticket").filter_map(|id| id.parse().ok()).take(MOST_LINES).collect();
    if fields.text("which") == "these" {
        return Ok(guests::these(&app.db, event.id, &ticked, i64::MAX).await?);
    }
    let rows = guests::list(&app.db, event.id, &asked.search(), None, 1_000_000).await?;
    Ok(rows.into_iter().map(|row| row.guest).collect())
}

/// The columns of the file. Lists are read by the first name, address and ticket type of each line, so new ones stand
/// at the end: files of before are read as those of today. Behind the name in two parts stands who asked a friend along.
const HEADS: [&str; 12] = [
    "Name",
    "E-mail",
    "Ticket type",
    "Code",
    "State",
    "Checked in at",
    "Ordered by",
    "Order e-mail",
    "Ordered at",
    "First name",
    "Last name",
    "Friend of",
];

/// A name as (first names, last name): the last word is the last name; one word alone is the first.
fn in_two(name: &str) -> (&str, &str) {
    name.trim().rsplit_once(char::is_whitespace).map_or((name.trim(), ""), |(first, last)| (first.trim_end(), last))
}

/// Places as a file for spreadsheets.
pub async fn file(
    State(app): State<App>,
    me: Me,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    uri: Uri,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let fields = Fields::parse(uri.query().unwrap_or_default().as_bytes());
    let all = of_file(&app, &event, &asked, &fields).await?;
    let brought = friends::brought(&app.db, all.iter().map(|guest| guest.order_id).collect()).await?;
    let mut sheet = Sheet::new();
    sheet.row(&HEADS.map(Cell::Text))?;
    let zone = event.time_zone();
    let civil = |at: crate::clock::Instant| events::times::text(at.in_zone(&zone).datetime());
    for guest in &all {
        let (checked_in, placed) = (guest.checked_in_at.map_or_else(String::new, civil), civil(guest.placed_at));
        let cells = [&guest.name, &guest.email, &guest.type_name, &guest.code];
        let state = guest.state.word().to_owned();
        let more = [&state, &checked_in, &guest.buyer_name, &guest.buyer_email, &placed];
        let (first, last) = in_two(&guest.name);
        let friend_of = brought.get(&guest.order_id).filter(|_| !guest.is_given()).map_or("", String::as_str);
        let row = cells.into_iter().chain(more).map(String::as_str).chain([first, last, friend_of]);
        let row: Vec<Cell> = row.map(Cell::Text).collect();
        sheet.row(&row)?;
    }
    download::sheet(&format!("{}-guests", event.slug), sheet)
}

//! Where somebody is signed in.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::i18n::filters;
use crate::signin;
use crate::signin::devices::{Words, in_words};
use crate::web::page::Flash;
use crate::web::{Me, Page, Path, SteppedUp, see, sessions};

/// One line of the list.
struct Line {
    id: String,
    device: Words,
    ip: String,
    /// As clocks show it where the member lives.
    last_seen: DateTime,
    this: bool,
}

#[derive(Template)]
#[template(path = "signin/sessions.html")]
struct Sessions<'a> {
    page: &'a Page,
    lines: Vec<Line>,
}

pub async fn list(State(app): State<App>, page: Page, me: Me) -> Result<Response> {
    let now = app.clock.now();
    let zone = me.zone.as_deref().unwrap_or(&app.config.zone);
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let open = sessions::of(&app.db, me.id, now).await?;
    let lines = open.into_iter().map(|session| Line {
        device: in_words(&session.agent),
        last_seen: session.last_seen_at.in_zone(&zone).datetime(),
        this: session.id == me.session_id,
        id: session.id,
        ip: session.ip,
    });
    page.html(&Sessions { page: &page, lines: lines.collect() })
}

pub async fn end(
    State(app): State<App>,
    SteppedUp(me): SteppedUp<Me>,
    flash: Flash,
    Path(id): Path<String>,
) -> Result<Response> {
    let now = app.clock.now();
    let ended = decide!(app.db, tx, signin::end_session(tx, &me, &id, now).await)?;
    ended.then_some(()).or_404()?;
    if id == me.session_id {
        return see("/");
    }
    flash.say(t!("That device is signed out.")).await?;
    see("/settings/sessions")
}

pub async fn end_others(State(app): State<App>, SteppedUp(me): SteppedUp<Me>, flash: Flash) -> Result<Response> {
    let now = app.clock.now();
    let ended = decide!(app.db, tx, signin::end_other_sessions(tx, &me, &me.session_id, now).await)?;
    flash.say(tn!("1 other device is signed out.", "{n} other devices are signed out.", ended)).await?;
    see("/settings/sessions")
}

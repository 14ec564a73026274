//! How one signs in: the accounts elsewhere that open one's own.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use tower_sessions::Session;

use super::providers::onward;
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids::Id;
use crate::members::Member;
use crate::signin::oauth::{self, Identity, Purpose};
use crate::web::page::Flash;
use crate::web::{Me, Page, Path, SteppedUp, see};

const HERE: &str = "/settings/ways-in";

#[derive(Template)]
#[template(path = "signin/ways_in.html")]
struct WaysIn<'a> {
    page: &'a Page,
    me: &'a Member,
    identities: &'a [Identity],
    errors: &'a Errors,
}

pub async fn show(State(app): State<App>, page: Page, me: Me) -> Result<Response> {
    let identities = oauth::store::of(&app.db, me.id).await?;
    page.html(&WaysIn { page: &page, me: &me, identities: &identities, errors: &Errors::default() })
}

/// Begins a trip that connects. A stranger at an open screen would make themselves a key here, so they are asked.
pub async fn connect(
    State(app): State<App>,
    page: Page,
    SteppedUp(me): SteppedUp<Me>,
    session: Session,
    Path(name): Path<String>,
) -> Result<Response> {
    let provider = app.providers.by_name(&name).or_404()?;
    onward(&app, &page, &session, (provider, Purpose::Link { member: me.id }), HERE).await
}

pub async fn remove(
    State(app): State<App>,
    page: Page,
    SteppedUp(me): SteppedUp<Me>,
    flash: Flash,
    Path(id): Path<Id<Identity>>,
) -> Result<Response> {
    let now = app.clock.now();
    if let Err(refusal) = decide!(app.db, tx, oauth::unlink(tx, me.id, &me.session_id, id, now).await)? {
        let (identities, errors) = (oauth::store::of(&app.db, me.id).await?, Errors::whole(refusal));
        return page.invalid(&WaysIn { page: &page, me: &me, identities: &identities, errors: &errors });
    }
    flash.say(t!("Removed. All other devices are signed out.")).await?;
    see(HERE)
}

//! What the letter leads to once it was answered, or was taken back: what they said, and changing or keeping that.
use askama::Template;
use axum::extract::State as FromApp;
use axum::http::StatusCode;
use axum::response::Response;

use super::accepting::{self, Again};
use super::pages::Typed;
use super::{Refusal, State, inviting, store};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events;
use crate::i18n::filters;
use crate::ids;
use crate::web::page::Flash;
use crate::web::{Form, Page, Path, see};

#[derive(Template)]
#[template(path = "invitations/over.html")]
struct Over<'a> {
    page: &'a Page,
    token: &'a str,
    /// They said yes, …
    yes: bool,
    /// … and have tickets by it.
    tickets: bool,
    /// They said no, and can still change their mind.
    no: bool,
}

/// What a link says that opens no question any more: to whoever answered by it, what they answered.
pub(super) async fn over(app: &App, page: &Page, token: &str) -> Result<Response> {
    let now = app.clock.now();
    let found = store::answered_by(&app.db, &ids::hash(token), now).await?;
    let mut shown = Over { page, token, yes: false, tickets: false, no: false };
    if let Some(invitation) = found {
        let event = events::store::by_id(&app.db, invitation.event_id).await?.or_404()?;
        shown.yes = invitation.state == State::Accepted;
        shown.no = invitation.state == State::Declined && inviting::open(&event, now).is_ok();
        if let Some(order) = invitation.order_id.filter(|_| shown.yes) {
            let order = crate::orders::store::by_id(&app.db, order).await?;
            shown.tickets = order.is_some_and(|order| order.is_live());
        }
    }
    page.with(StatusCode::NOT_FOUND, &shown)
}

/// The tickets once more, or the question.
pub async fn again(
    FromApp(app): FromApp<App>,
    page: Page,
    flash: Flash,
    Path(token): Path<String>,
    Form(_): Form<Typed>,
) -> Result<Response> {
    let now = app.clock.now();
    match decide!(app.db, tx, accepting::once_more(tx, &token, now).await) {
        Ok(Again::Asked) => {}
        Ok(Again::Mailed) => flash.say(t!("Your tickets are on their way by mail.")).await?,
        Err(Refusal::Dead) => return over(&app, &page, &token).await,
        Err(refusal) => flash.say(refusal.or_broken()?).await?,
    }
    see(format!("/invitations/{token}"))
}

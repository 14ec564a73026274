//! My data: a copy to take along, and the end of the account.
use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use tower_sessions::Session;

use super::{Outcome, Outlook, export};
use crate::app::App;
use crate::config::Keep;
use crate::error::Result;
use crate::i18n::filters;
use crate::web::limits::{self, Ip};
use crate::web::{Me, Page, SteppedUp, download, see};

#[derive(Template)]
#[template(path = "my_data/show.html")]
struct Show<'a> {
    page: &'a Page,
    keep: Keep,
}

pub async fn show(State(app): State<App>, page: Page, _: Me) -> Result<Response> {
    page.html(&Show { page: &page, keep: app.config.keep })
}

/// The copy itself, written while it is sent.
pub async fn copy(State(app): State<App>, me: Me, ip: Ip) -> Result<Response> {
    limits::MY_DATA.count(&app, &me.id.to_string()).await?;
    limits::PROFILE_READ.count(&app, &ip.whose()).await?;
    download::file("my-data.zip", "application/zip", Body::from_stream(export::archive(&app, me.member.clone())))
}

#[derive(Template)]
#[template(path = "my_data/deletion.html")]
struct Deletion<'a> {
    page: &'a Page,
    outlook: &'a Outlook,
}

pub async fn ask(State(app): State<App>, page: Page, SteppedUp(me): SteppedUp<Me>) -> Result<Response> {
    page.html(&Deletion { page: &page, outlook: &super::outlook(&app, &me).await? })
}

pub async fn erase(
    State(app): State<App>,
    page: Page,
    SteppedUp(me): SteppedUp<Me>,
    session: Session,
) -> Result<Response> {
    let now = app.clock.now();
    match decide!(long app.db, tx, super::erase(tx, me.id, now).await)? {
        Outcome::Erased => {
            session.flush().await?;
            see("/account-deleted")
        }
        // The page says what stands in the way, and the way out.
        Outcome::LastAdmin | Outcome::Hosts(_) => {
            page.invalid(&Deletion { page: &page, outlook: &super::outlook(&app, &me).await? })
        }
    }
}

#[derive(Template)]
#[template(path = "my_data/gone.html")]
struct Gone<'a> {
    page: &'a Page,
}

/// For whoever has no account any more.
pub async fn gone(page: Page) -> Result<Response> {
    page.html(&Gone { page: &page })
}

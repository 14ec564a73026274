//! What everybody sees of a member who has a handle: picture, words, and the public events that they host.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{Member, store};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::by_host::{self, Hosted};
use crate::i18n::filters;
use crate::web::{Page, Path, Query, markdown};

#[derive(Template)]
#[template(path = "members/show.html")]
struct Show<'a> {
    page: &'a Page,
    of: &'a Member,
    /// Where it stands.
    path: String,
    bio: String,
    hosted: Hosted,
    /// Past events from further back.
    further: bool,
    /// Whether it is their own.
    own: bool,
}

/// `?before=`: where the past events on the page before ended.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Behind {
    before: String,
}

pub async fn show(
    State(app): State<App>,
    page: Page,
    Path(handle): Path<String>,
    Query(behind): Query<Behind>,
) -> Result<Response> {
    let of = store::by_handle(&app.db, &handle.to_ascii_lowercase()).await?.or_404()?;
    let path = of.page().or_404()?;
    let before = behind.before.parse().ok();
    page.html(&Show {
        page: &page,
        path,
        bio: markdown::html(&of.shown.bio),
        hosted: by_host::hosted(&app, of.id, before).await?,
        further: before.is_some(),
        own: page.me.as_ref().is_some_and(|me| me.id == of.id),
        of: &of,
    })
}

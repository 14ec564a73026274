//! The reference: how to begin with every call in one list, and a page for each chapter.
use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::{Chapter, Needs, chapters};
use crate::api::openapi;
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events;
use crate::i18n::filters;
use crate::web::{Page, Path};

/// For machines.
pub async fn description(State(app): State<App>) -> Response {
    Json(openapi::description(&app)).into_response()
}

#[derive(Template)]
#[template(path = "api/docs.html")]
struct Docs<'a> {
    page: &'a Page,
    chapters: Vec<Chapter>,
    minutes: i64,
    /// The one that is open: none on the first page.
    open: Option<&'a str>,
}

pub async fn reference(State(app): State<App>, page: Page) -> Result<Response> {
    let chapters = all(&app).await?;
    page.html(&Docs { page: &page, chapters, minutes: app.config.token_minutes, open: None })
}

#[derive(Template)]
#[template(path = "api/chapter.html")]
struct Shown<'a> {
    page: &'a Page,
    chapters: &'a [Chapter],
    chapter: &'a Chapter,
    open: Option<&'a str>,
}

pub async fn chapter(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let chapters = all(&app).await?;
    let chapter = chapters.iter().find(|chapter| chapter.slug() == slug).or_404()?;
    page.html(&Shown { page: &page, chapters: &chapters, chapter, open: Some(&chapter.name) })
}

async fn all(app: &App) -> Result<Vec<Chapter>> {
    let next = events::finding::next(app).await?;
    let slug = next.map_or_else(|| "repair-cafe".to_owned(), |event| event.slug);
    Ok(chapters(&serde_json::to_value(openapi::description(app))?, &slug))
}

//! The site's legal texts and its logo.
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::Legal;
use crate::app::App;
use crate::error::{Error, OrNotFound, Result};
use crate::files::Picture;
use crate::i18n::filters;
use crate::web::{Page, Path, markdown};

#[derive(Template)]
#[template(path = "site/legal.html")]
struct Text<'a> {
    page: &'a Page,
    legal: Legal,
    html: String,
}

pub async fn legal(State(app): State<App>, page: Page, Path(name): Path<String>) -> Result<Response> {
    let legal: Legal = name.parse().ok().or_404()?;
    let known = app.site.ask(&app.db, app.clock.now()).await?;
    let text = Some(known.legal(legal)).filter(|text| !text.is_empty()).or_404()?;
    page.html(&Text { page: &page, legal, html: markdown::html(text) })
}

/// The logo, drawn anew from what was uploaded. Its address names its version, so it may be kept.
pub async fn logo(State(app): State<App>) -> Result<Response> {
    let known = app.site.ask(&app.db, app.clock.now()).await?;
    let key = Some(&known.logo).filter(|key| !key.is_empty()).or_404()?;
    let mut response = match app.files.picture(&format!("{key}.png"), "image/png").await {
        Picture::There(bytes) => bytes.into_response(),
        Picture::Gone => return Err(Error::NotFound),
        // The name stands beside it.
        Picture::Unreachable => return Err(Error::Unavailable),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

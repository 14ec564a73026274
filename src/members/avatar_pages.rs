//! A member's picture: uploaded in the settings, seen by everybody.
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::{avatar, settings_pages};
use crate::app::App;
use crate::error::{Error, OrNotFound, Result};
use crate::files::Picture;
use crate::forms::Errors;
use crate::images;
use crate::web::limits::{self, Ip};
use crate::web::page::Flash;
use crate::web::{Me, Page, Path, form, fresh, see};

pub async fn put(
    State(app): State<App>,
    page: Page,
    me: Me,
    ip: Ip,
    flash: Flash,
    request: Request,
) -> Result<Response> {
    limits::PROFILE_UPDATE.count(&app, &ip.whose()).await?;
    let upload = form::upload(&app, request, &["up"]).await?;
    let kept = match images::at_work(move || images::avatar(&upload)).await? {
        Ok(made) => avatar::put(&app, me.id, made).await?,
        Err(refusal) => Err(refusal),
    };
    if let Err(refusal) = kept {
        return settings_pages::refused(&page, &me, &Errors::at("up", refusal.says()));
    }
    flash.say(t!("Your picture is changed.")).await?;
    see("/settings")
}

pub async fn remove(State(app): State<App>, me: Me, ip: Ip, flash: Flash) -> Result<Response> {
    limits::PROFILE_UPDATE.count(&app, &ip.whose()).await?;
    avatar::remove(&app, me.id).await?;
    flash.say(t!("Your picture is gone.")).await?;
    see("/settings")
}

/// A day in caches: the address changes with the picture, but one that was taken away shall not be seen for ever.
const A_DAY: &str = "public, max-age=86400";

pub async fn show(State(app): State<App>, Path(name): Path<String>, headers: HeaderMap) -> Result<Response> {
    let key = avatar::named(&name).or_404()?;
    match app.files.picture(&key, "image/webp").await {
        Picture::There(bytes) => fresh::versioned(&headers, &name, ("image/webp", A_DAY), bytes),
        Picture::Gone => Err(Error::NotFound),
        Picture::Unreachable => Ok(stand_in(&name)),
    }
}

/// In place of a picture that cannot be shown now; the next look may find it.
fn stand_in(name: &str) -> Response {
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "no-store")];
    (headers, avatar::stand_in(name)).into_response()
}

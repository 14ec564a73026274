//! A member's picture, for programs.
use axum::extract::{Request, State};
use utoipa::ToSchema;

use super::api::MemberJson;
use super::{avatar, store};
use crate::api::answers::{Fail, Success};
use crate::api::{Caller, Result, Scope, ok};
use crate::app::App;
use crate::error::OrNotFound;
use crate::forms::Errors;
use crate::ids::Id;
use crate::images;
use crate::members::Member;
use crate::web::{form, limits};

/// A picture to be shown beside my name.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes a form of parts, which is read part by part")]
pub struct AvatarUpload {
    /// PNG, JPEG or WebP, up to 5 MB. It may be called `avatar`, too.
    #[schema(value_type = String, format = Binary, example = "@portrait.jpg")]
    file: String,
}

/// Change my picture
///
/// It is cut to a square around its middle and drawn anew, without anything else that stands in the file. The picture
/// itself may also be the body, with its own content type.
#[utoipa::path(post, path = "/api/v1/me/avatar", tag = "Me", security(("token" = ["write"])),
    request_body(content = AvatarUpload, content_type = "multipart/form-data"),
    responses((status = 200, body = Success<MemberJson>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 413, body = Fail), (status = 422, body = Fail), (status = 429, body = Fail)))]
pub async fn put(State(app): State<App>, caller: Caller, request: Request) -> Result {
    let me = caller.needs(Scope::Write)?;
    limits::PROFILE_UPDATE.count(&app, &caller.ip.whose()).await?;
    let upload = form::upload(&app, request, &["file", "avatar", "up"]).await?;
    let kept = match images::at_work(move || images::avatar(&upload)).await? {
        Ok(made) => avatar::put(&app, me.id, made).await?,
        Err(refusal) => Err(refusal),
    };
    kept.map_err(|refusal| Errors::at("file", refusal.says()))?;
    shown(&app, me.id).await
}

/// Take my picture away
#[utoipa::path(delete, path = "/api/v1/me/avatar", tag = "Me", security(("token" = ["write"])),
    responses((status = 200, body = Success<MemberJson>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 429, body = Fail)))]
pub async fn remove(State(app): State<App>, caller: Caller) -> Result {
    let me = caller.needs(Scope::Write)?;
    limits::PROFILE_UPDATE.count(&app, &caller.ip.whose()).await?;
    avatar::remove(&app, me.id).await?;
    shown(&app, me.id).await
}

async fn shown(app: &App, id: Id<Member>) -> Result {
    ok(MemberJson::of(app, &store::by_id(&app.db, id).await?.or_404()?))
}

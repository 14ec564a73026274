//! Who I am, for programs.
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Member;
use crate::api::answers::{Fail, Success};
use crate::api::{Caller, Result, Scope, ok};
use crate::app::App;
use crate::web::limits;

/// A member, as they see themselves.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberJson {
    pub id: String,
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    #[schema(example = "ada@example.org")]
    pub email: String,
    pub email_verified: bool,
    pub admin: bool,
    /// The chosen time zone; null is the site's.
    #[schema(example = "Europe/Zurich")]
    pub zone: Option<String>,
    /// The chosen language; null is the browser's wish.
    #[schema(example = "en")]
    pub language: Option<String>,
    /// RFC 3339.
    #[schema(example = "2026-11-21T18:30:00Z")]
    pub created_at: String,
}

impl MemberJson {
    pub fn of(member: &Member) -> Self {
        Self {
            id: member.id.to_string(),
            name: member.name.clone(),
            email: member.email.clone(),
            email_verified: member.email_verified_at.is_some(),
            admin: member.admin,
            zone: member.zone.clone(),
            language: member.locale.clone(),
            created_at: member.created_at.rfc3339(),
        }
    }
}

/// Who the caller is
#[utoipa::path(get, path = "/api/v1/me", tag = "Me", security(("token" = ["read"])),
    responses((status = 200, body = Success<MemberJson>), (status = 401, body = Fail), (status = 429, body = Fail)))]
pub async fn me(State(app): State<App>, caller: Caller) -> Result {
    let me = caller.needs(Scope::Read)?;
    limits::PROFILE_READ.count(&app, &caller.ip.whose()).await?;
    ok(MemberJson::of(&me))
}

//! Who I am and what others see of me, for programs.
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::forms::{self, Settings};
use super::profile::{self, Profile};
use super::{Member, store};
use crate::api::answers::{Fail, Success};
use crate::api::{Caller, Json, Problem, Result, Scope, Text, ok};
use crate::app::App;
use crate::error::OrNotFound;
use crate::forms::Errors;
use crate::web::Path;
use crate::web::limits::{self, Ip};

/// A member, as they see themselves.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberJson {
    pub id: String,
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// Names the public page, `/@handle`; null without one.
    #[schema(example = "ada-lovelace")]
    pub handle: Option<String>,
    /// Markdown.
    pub bio: String,
    /// The address of a picture; null without one.
    pub avatar: Option<String>,
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
    /// `light` or `dark`; null is the system's.
    #[schema(example = "dark")]
    pub theme: Option<String>,
    /// RFC 3339.
    #[schema(example = "2026-11-21T18:30:00Z")]
    pub created_at: String,
}

impl MemberJson {
    pub fn of(app: &App, member: &Member) -> Self {
        Self {
            id: member.id.to_string(),
            name: member.name.clone(),
            handle: member.shown.handle.clone(),
            bio: member.shown.bio.clone(),
            avatar: member.portrait().large().map(|path| app.config.url(&path)),
            theme: member.theme.clone(),
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
    ok(MemberJson::of(&app, &me))
}

/// What is to change about me. What is absent stays; null takes it away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileChange {
    /// As others see it.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Ada Lovelace")]
    pub name: Text,
    /// With `last_name` another way to say the name.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = json!(null))]
    pub first_name: Text,
    /// Behind the first one.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = json!(null))]
    pub last_name: Text,
    /// What stands behind the @ in the address of the profile.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "ada-lovelace")]
    pub handle: Text,
    /// Markdown, at most 1,000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "I write programs.")]
    pub bio: Text,
    /// One of those that the settings offer, as a BCP 47 tag.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "en-GB")]
    pub language: Text,
    /// An IANA time zone, by whose clocks you are shown times.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Zurich")]
    pub zone: Text,
    /// `light` or `dark`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "dark")]
    pub theme: Text,
}

impl ProfileChange {
    fn typed(self, stands: &Settings, errors: &mut Errors) -> Settings {
        let named = match (&self.first_name, &self.last_name) {
            (Text::Absent, Text::Absent) => Text::Absent,
            _ => {
                let first = self.first_name.text("first_name", errors);
                let last = self.last_name.text("last_name", errors);
                Text::Said(format!("{first} {last}").trim().to_owned())
            }
        };
        Settings {
            name: self.name.else_named(named).or("name", &stands.name, errors),
            handle: self.handle.or("handle", &stands.handle, errors),
            bio: self.bio.or("bio", &stands.bio, errors),
            language: self.language.or("language", &stands.language, errors),
            zone: self.zone.or("zone", &stands.zone, errors),
            theme: self.theme.or("theme", &stands.theme, errors),
        }
    }
}

/// Change my profile
#[utoipa::path(patch, path = "/api/v1/me", tag = "Me", request_body = ProfileChange, security(("token" = ["write"])),
    responses((status = 200, body = Success<MemberJson>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 409, body = Fail), (status = 422, body = Fail), (status = 429, body = Fail)))]
pub async fn change(State(app): State<App>, caller: Caller, Json(change): Json<ProfileChange>) -> Result {
    let me = caller.needs(Scope::Write)?;
    limits::PROFILE_UPDATE.count(&app, &caller.ip.whose()).await?;
    let stands = Profile::of(&me);
    let mut errors = Errors::default();
    let typed = change.typed(&Settings::of(stands.clone()), &mut errors);
    errors.or(|| ())?;
    let profile = typed.parse(&stands, app.site_name())?;
    let now = app.clock.now();
    let saved: crate::error::Result<bool> = decide!(app.db, tx, profile::save(tx, me.id, &profile, now).await);
    if !saved? {
        return Err(Problem::Fail(axum::http::StatusCode::CONFLICT, forms::taken()));
    }
    ok(MemberJson::of(&app, &store::by_id(&app.db, me.id).await?.or_404()?))
}

/// A member, as everybody sees them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonJson {
    /// Give it as `host` to `/api/v1/events` for what they host.
    pub id: String,
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    #[schema(example = "ada-lovelace")]
    pub handle: String,
    /// Markdown.
    pub bio: String,
    /// The address of a picture; null without one.
    pub avatar: Option<String>,
    /// The public page.
    #[schema(example = "https://events.example.org/@ada-lovelace")]
    pub url: String,
}

/// Somebody’s public profile
#[utoipa::path(get, path = "/api/v1/members/{handle}", tag = "Events",
    params(("handle" = String, Path, example = "ada-lovelace")),
    responses((status = 200, body = Success<PersonJson>), (status = 404, body = Fail), (status = 429, body = Fail)))]
pub async fn read(State(app): State<App>, ip: Ip, Path(handle): Path<String>) -> Result {
    limits::PROFILE_READ.count(&app, &ip.whose()).await?;
    let member = store::by_handle(&app.db, &handle.to_ascii_lowercase()).await?.or_404()?;
    let path = member.page().or_404()?;
    ok(PersonJson {
        id: member.id.to_string(),
        avatar: member.portrait().large().map(|path| app.config.url(&path)),
        url: app.config.url(&path),
        handle: member.shown.handle.unwrap_or_default(),
        name: member.name,
        bio: member.shown.bio,
    })
}

//! One page: what the layout needs, and how a page is answered.
use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::guards::{Found, Who};
use super::language;
use crate::app::App;
use crate::config::Provider;
use crate::error::Error;
use crate::i18n::{Locale, Say};
use crate::members::Member;
use crate::site::{self, Known};

/// What the layout shows on every page.
pub struct Page {
    pub site: &'static str,
    /// What else admins say about it.
    pub known: Arc<Known>,
    pub base_url: String,
    /// The path of this page, for `aria-current` and the way back after signing in.
    pub path: String,
    /// The same with its query.
    pub address: String,
    pub me: Option<Arc<Member>>,
    pub flash: Option<Said>,
    pub locale: Locale,
    pub development: bool,
    /// By whom people can sign in, besides.
    pub providers: Arc<[Provider]>,
    /// Whether people can sign in with passkeys.
    pub passkeys: bool,
    pub theme: Option<String>,
    /// How many reports wait for an admin, where admins are told so; 0 elsewhere.
    pub reports: i64,
}

/// A message for the next page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Said {
    pub text: String,
}

impl FromRequestParts<App> for Page {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let who = parts.extensions.get::<Who>().cloned().unwrap_or_default();
        let flash = match parts.extensions.get::<Session>() {
            // Looked for first: removing what is not there would write the session all the same.
            Some(session) if who.session && session.get_value(FLASH).await?.is_some() => session.remove(FLASH).await?,
            _ => None,
        };
        app.site.ask(&app.db, app.clock.now()).await?;
        let mut page = Self::new(app, parts, who.me, flash);
        if page.admin() && page.within("/admin") {
            page.reports = site::open_reports(&app.db).await?;
        }
        Ok(page)
    }
}

/// Where a session keeps it.
pub const FLASH: &str = "flash";

impl Page {
    fn new(app: &App, parts: &Parts, me: Option<Arc<Member>>, flash: Option<Said>) -> Self {
        let known = app.site.known();
        Self {
            site: known.name,
            known,
            base_url: app.config.base_url.clone(),
            path: parts.uri.path().to_owned(),
            address: parts.uri.path_and_query().map_or("/", |address| address.as_str()).to_owned(),
            locale: locale(app, parts, me.as_deref()),
            theme: me.as_ref().and_then(|me| me.theme.clone()),
            development: app.config.development(),
            providers: app.providers.offered(),
            passkeys: app.passkeys.is_some(),
            me,
            flash,
            reports: 0,
        }
    }

    /// For an error page: as much of a page as can be had without touching the database.
    pub fn bare(app: &App, parts: &Parts) -> Self {
        Self::new(app, parts, Found::by(parts).me, None)
    }

    /// The page of this address in full, for `rel=canonical` and Open Graph.
    pub fn url(&self) -> String {
        format!("{}{}", self.base_url, self.path)
    }
    /// Whether the page is `path` or below it, for `aria-current`.
    pub fn within(&self, path: &str) -> bool {
        self.path == path || self.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
    }
    pub fn admin(&self) -> bool {
        self.me.as_ref().is_some_and(|me| me.admin)
    }

    pub fn html(&self, template: &impl Template) -> Result<Response, Error> {
        self.with(StatusCode::OK, template)
    }
    /// The same page once more, with what was typed and what is wrong with it.
    pub fn invalid(&self, template: &impl Template) -> Result<Response, Error> {
        self.with(StatusCode::UNPROCESSABLE_ENTITY, template)
    }
    pub fn with(&self, status: StatusCode, template: &impl Template) -> Result<Response, Error> {
        let html = template.render_with_values(&self.locale)?;
        let mut response = (status, Html(html)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(self.locale.tag()));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Language, Cookie"));
        // What a member sees is not for the next person at the same machine.
        let cache = if self.me.is_some() { "no-store" } else { "private, no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        Ok(response)
    }
}

/// `?lang=`, else the member's choice or that of the visitor, else the browser's wish.
fn locale(app: &App, parts: &Parts, me: Option<&Member>) -> Locale {
    let asked = Locale::asked(parts.uri.query().unwrap_or_default(), app.config.development());
    let chosen = || me.and_then(|me| me.locale.as_deref()).and_then(|tag| tag.parse().ok());
    let visitors = || if me.is_none() { language::chosen(app, &parts.headers) } else { None };
    let wished = || parts.headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok().map(Locale::accepted);
    asked.or_else(chosen).or_else(visitors).or_else(wished).unwrap_or_default()
}

impl FromRequestParts<App> for Locale {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let me = parts.extensions.get::<Who>().and_then(|who| who.me.clone());
        Ok(locale(app, parts, me.as_deref()))
    }
}

/// Leaves a message for the next page: only of success, after a redirect.
pub struct Flash {
    session: Session,
    locale: Locale,
}

impl FromRequestParts<App> for Flash {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let session = Session::from_request_parts(parts, app).await.map_err(|(_, why)| anyhow::anyhow!(why))?;
        Ok(Self { session, locale: Locale::from_request_parts(parts, app).await? })
    }
}

impl Flash {
    pub async fn say(&self, text: impl Say) -> Result<(), Error> {
        Ok(self.session.insert(FLASH, Said { text: text.to(self.locale) }).await?)
    }
}

/// 303: done, look there.
pub fn see(path: impl AsRef<str>) -> Result<Response, Error> {
    Ok(Redirect::to(path.as_ref()).into_response())
}

//! Who may come in: a handler that names a guard among its arguments is closed to all others.
use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{Method, header, request::Parts};
use axum::middleware::Next;
use axum::response::Response;
use tower_sessions::Session;

use super::sessions;
use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::journal::Actor;
use crate::members::{self, Member};
use crate::routes;

/// Who asks: looked up once a request, by [`who`].
#[derive(Clone, Default)]
pub struct Who {
    pub me: Option<Arc<Member>>,
    /// Whether the browser has a session, signed in or not.
    pub session: bool,
    /// The public id of the session; '' without one.
    pub session_id: String,
    /// When they last proved that it is them.
    pub stepped_up_at: Option<Instant>,
    /// By what this browser came to events as a guest: see [`sessions::INVITED`].
    pub invited: Vec<String>,
}

/// Where [`who`] leaves what it found for the layers around it, which make the pages of errors.
#[derive(Clone, Default)]
pub struct Found(Arc<OnceLock<Who>>);

impl Found {
    /// Who was found, once that is known.
    pub fn who(&self) -> Who {
        self.0.get().cloned().unwrap_or_default()
    }
    /// Who asks, as far as that is known yet.
    pub fn by(parts: &Parts) -> Who {
        let inside = || parts.extensions.get::<Self>().and_then(|found| found.0.get().cloned());
        parts.extensions.get::<Who>().cloned().or_else(inside).unwrap_or_default()
    }
}

/// Finds out who asks. Costs nothing without a cookie.
pub async fn who(State(app): State<App>, mut request: Request, next: Next) -> Result<Response> {
    let has_cookie = sessions::has_cookie(&app, request.headers());
    let session = request.extensions().get::<Session>().cloned().filter(|_| has_cookie);
    if let Some(session) = session {
        let id: Option<Id<Member>> = session.get(sessions::MEMBER).await?;
        let me = match id {
            Some(id) => members::store::by_id(&app.db, id).await?.filter(|member| member.suspended_at.is_none()),
            None => None,
        };
        let session_id = session.get(sessions::PUBLIC_ID).await?.unwrap_or_default();
        let exists = !session.is_empty().await;
        let stepped_up_at = session.get(sessions::STEPPED_UP).await?;
        let invited = session.get(sessions::INVITED).await?.unwrap_or_default();
        let who = Who { me: me.map(Arc::new), session: exists, session_id, stepped_up_at, invited };
        if let Some(Found(found)) = request.extensions().get() {
            found.set(who.clone()).ok();
        }
        request.extensions_mut().insert(who);
    }
    Ok(next.run(request).await)
}

/// Anybody, and who they are if they are signed in.
pub struct Visitor {
    pub me: Option<Arc<Member>>,
    pub session_id: String,
    /// By what this browser came to events as a guest: see [`sessions::INVITED`].
    pub invited: Vec<String>,
}

impl Visitor {
    pub fn id(&self) -> Option<Id<Member>> {
        self.me.as_ref().map(|me| me.id)
    }
    pub fn actor(&self) -> Actor {
        self.id().map_or(Actor::Guest, Actor::Member)
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let who = parts.extensions.get::<Who>().cloned().unwrap_or_default();
        Ok(Self { me: who.me, session_id: who.session_id, invited: who.invited })
    }
}

/// A member; others are asked to sign in and come back.
pub struct Me {
    pub member: Arc<Member>,
    pub session_id: String,
}

impl Me {
    pub fn actor(&self) -> Actor {
        Actor::Member(self.member.id)
    }
}
impl std::ops::Deref for Me {
    type Target = Member;
    fn deref(&self) -> &Member {
        &self.member
    }
}

impl FromRequestParts<App> for Me {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let who = parts.extensions.get::<Who>().cloned().unwrap_or_default();
        let member = who.me.ok_or_else(|| Error::SignIn { back: back(parts) })?;
        Ok(Self { member, session_id: who.session_id })
    }
}

/// Where to go on after signing in: this page, or for a form the page that showed it.
fn back(parts: &Parts) -> String {
    let own = || parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    if parts.method == Method::GET {
        return own();
    }
    let referer = parts.headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = referer.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
    // A form that was refused stands at the address that it was sent to, where there may be no page to go to.
    routes::page_of(path.unwrap_or(parts.uri.path()))
}

/// An admin; to all others these pages do not exist.
pub struct Admin(pub Me);

impl std::ops::Deref for Admin {
    type Target = Me;
    fn deref(&self) -> &Me {
        &self.0
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let me = Me::from_request_parts(parts, app).await?;
        if !me.admin {
            return Err(Error::NotFound);
        }
        if app.config.admin_second_factor && me.second_factor_at.is_none() {
            let proven = parts.extensions.get::<Who>().and_then(|who| who.stepped_up_at);
            match (me.passkey_at, proven) {
                (None, _) => return Err(Error::SecondFactorDue),
                // They came in by something weaker than their passkey.
                (Some(_), None) => return Err(Error::StepUp { back: back(parts), form: parts.method != Method::GET }),
                (Some(_), Some(_)) => {}
            }
        }
        Ok(Self(me))
    }
}

/// A guard that lets in members, so that they can be asked whether it is still them.
pub trait Guarded: FromRequestParts<App, Rejection = Error> {}
impl Guarded for Me {}
impl Guarded for Admin {}

/// The same people, and within the last ten minutes they proved by the strongest factor of their account that it
/// is them: for what a stranger at an open screen must not do. Others are asked, and come back.
pub struct SteppedUp<G>(pub G);

impl<G> std::ops::Deref for SteppedUp<G> {
    type Target = G;
    fn deref(&self) -> &G {
        &self.0
    }
}

impl<G: Guarded> FromRequestParts<App> for SteppedUp<G> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let guard = G::from_request_parts(parts, app).await?;
        let stepped_up_at = parts.extensions.get::<Who>().and_then(|who| who.stepped_up_at);
        if sessions::is_fresh(stepped_up_at, app.clock.now()) {
            return Ok(Self(guard));
        }
        Err(Error::StepUp { back: back(parts), form: parts.method != Method::GET })
    }
}

/// The same question where only some of what a page does needs the answer, as when money goes back.
pub struct Proof {
    fresh: bool,
    back: String,
    form: bool,
}

impl Proof {
    pub fn needed(self, so: bool) -> Result<()> {
        if self.fresh || !so { Ok(()) } else { Err(Error::StepUp { back: self.back, form: self.form }) }
    }
}

impl FromRequestParts<App> for Proof {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let at = parts.extensions.get::<Who>().and_then(|who| who.stepped_up_at);
        let fresh = sessions::is_fresh(at, app.clock.now());
        Ok(Self { fresh, back: back(parts), form: parts.method != Method::GET })
    }
}

/// A path on this site to return to, and nothing else: `//elsewhere`, `/\elsewhere` and addresses become `/`, and so does
/// what no browser sends as an address.
pub fn local_path(back: &str) -> &str {
    let plain = back.is_ascii() && !back.contains('\\') && !back.chars().any(char::is_control);
    let local = plain && back.starts_with('/') && !back.starts_with("//");
    if local { back } else { "/" }
}

/// The address of a page that leads back where one was.
pub fn coming_back(page: &str, back: &str) -> String {
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    format!("{page}?back={back}")
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_paths_of_this_site_are_returned_to() {
        assert_eq!(local_path("/events/x?y=1"), "/events/x?y=1");
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "evil",
            "",
            "/a\nb",
            "/\u{e9}",
            "javascript:alert(1)",
        ] {
            assert_eq!(local_path(elsewhere), "/");
        }
    }
}

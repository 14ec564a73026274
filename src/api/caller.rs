//! Who calls: a bearer token (one's own, or one of a sign-in) or the session cookie of the same site.
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::{header, request::Parts};

use super::answers::Problem;
use super::tokens::Token;
use super::{jwt, tokens};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::journal::Actor;
use crate::members::Member;
use crate::signin::second::Checked;
use crate::signin::step_up;
use crate::web::guards::Who;
use crate::web::limits::Ip;
use crate::web::{SteppedUp, sessions};

words! {
    /// What a token may be used for.
    pub enum Scope {
        /// To read what its member sees.
        Read = "read",
        /// To take and give back places, and change one's own settings.
        Write = "write",
        /// To make and run events.
        Host = "host",
        /// To read what admins see.
        Admin = "admin",
    }
}

/// Who calls, and what the key that they came with opens.
#[derive(Clone)]
pub struct Caller {
    pub member: Option<Arc<Member>>,
    /// The public id of the session behind a cookie or a signed-in token; '' without one.
    pub session_id: String,
    /// A personal token with its scopes; without one every scope is open.
    pub token: Option<(Id<Token>, Vec<Scope>)>,
    pub ip: Ip,
    /// When they last proved that it is them.
    pub stepped_up_at: Option<Instant>,
    /// When the token of a sign-in ends by which they came.
    pub ends_at: Option<Instant>,
    /// Whether this site demands a second factor of them that they lack.
    lacks_factor: bool,
}

/// The header in which a call proves that it is still its member.
pub const STEP_UP: &str = "step-up";

impl Caller {
    /// The member who calls, if the key opens this; else 401 or 403.
    pub fn needs(&self, scope: Scope) -> Result<Arc<Member>, Problem> {
        let member = self.member.clone().ok_or(Error::SignIn { back: "/".into() })?;
        if !self.has(scope) {
            return Err(Problem::forbidden(t!("This token lacks the scope “{name}”.", name = scope.word())));
        }
        if scope == Scope::Admin && !member.admin {
            return Err(Error::NotFound.into());
        }
        if scope == Scope::Admin && self.lacks_factor {
            return Err(Error::SecondFactorDue.into());
        }
        Ok(member)
    }
    /// The member, where everybody may come in but members see more.
    pub fn sees(&self) -> Option<Arc<Member>> {
        self.member.clone().filter(|_| self.has(Scope::Read))
    }
    fn stranger(ip: Ip) -> Self {
        Self {
            member: None,
            session_id: String::new(),
            token: None,
            ip,
            stepped_up_at: None,
            ends_at: None,
            lacks_factor: false,
        }
    }
    pub fn has(&self, scope: Scope) -> bool {
        self.token.as_ref().is_none_or(|(_, scopes)| scopes.contains(&scope))
    }
    pub fn actor(&self) -> Actor {
        self.member.as_ref().map_or(Actor::Guest, |member| Actor::Member(member.id))
    }
    /// Whose keys and forms are told apart.
    pub fn whose(&self) -> String {
        match &self.member {
            Some(member) => format!("member/{}", member.id),
            None => format!("ip/{}", self.ip.whose()),
        }
    }
}

/// Looks up who calls. A bearer token that opens nothing is 401, whatever the route.
pub async fn recognise(app: &App, parts: &Parts) -> Result<Caller> {
    let mut caller = found(app, parts).await?;
    let proven = caller.stepped_up_at.is_some();
    let has = |member: &Member| member.second_factor_at.is_some() || (member.passkey_at.is_some() && proven);
    caller.lacks_factor = app.config.admin_second_factor && caller.member.as_ref().is_some_and(|member| !has(member));
    Ok(caller)
}

async fn found(app: &App, parts: &Parts) -> Result<Caller> {
    let stranger = Caller::stranger(Ip::of(app, parts));
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
        let Who { me, session_id, stepped_up_at, .. } = parts.extensions.get::<Who>().cloned().unwrap_or_default();
        return Ok(Caller { member: me, session_id, stepped_up_at, ..stranger });
    };
    let unknown = || Error::SignIn { back: "/".into() };
    let (kind, secret) = value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or_else(unknown)?;
    if !kind.eq_ignore_ascii_case("bearer") {
        return Err(unknown());
    }
    bearer(app, secret.trim(), stranger.ip).await?.ok_or_else(unknown)
}

/// Who has this token, of a sign-in or a personal one, while it is good.
pub async fn bearer(app: &App, secret: &str, ip: Ip) -> Result<Option<Caller>> {
    let stranger = Caller::stranger(ip);
    if secret.starts_with(tokens::PREFIX) {
        let owner = tokens::owner(app, secret).await?;
        return Ok(owner.map(|(member, token)| {
            let scopes = token.scope_list();
            Caller { member: Some(member.into()), token: Some((token.id, scopes)), ..stranger }
        }));
    }
    Ok(jwt::owner(app, secret).await?.map(|jwt::SignedIn { member, session_id, stepped_up_at, ends_at }| Caller {
        member: Some(member.into()),
        session_id,
        stepped_up_at,
        ends_at: Some(ends_at),
        ..stranger
    }))
}

impl FromRequestParts<App> for Caller {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let stranger = || Self::stranger(Ip::of(app, parts));
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(stranger))
    }
}

/// A caller who proved within the last ten minutes that it is them, or does so with the header `Step-Up`.
impl FromRequestParts<App> for SteppedUp<Caller> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Ok(caller) = Caller::from_request_parts(parts, app).await;
        let Ok(proof) = Proof::from_request_parts(parts, app).await;
        proof.needed(app, &caller, true).await?;
        Ok(Self(caller))
    }
}

/// The same proof where only some of what a call does needs it, as when money goes back.
pub struct Proof {
    typed: Option<String>,
}

impl FromRequestParts<App> for Proof {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        // Passwords have more letters than headers are made for, so it is read as UTF-8.
        let typed = parts.headers.get(STEP_UP).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
        Ok(Self { typed: typed.map(str::to_owned) })
    }
}

impl Proof {
    pub async fn needed(self, app: &App, caller: &Caller, so: bool) -> Result<(), Problem> {
        let member = caller.member.clone().ok_or(Error::SignIn { back: "/".into() })?;
        if !so || sessions::is_fresh(caller.stepped_up_at, app.clock.now()) {
            return Ok(());
        }
        if step_up::factor(&member) == step_up::Factor::Passkey {
            return Err(Problem::forbidden(t!(
                "Your account asks for its passkey here, which no header can carry. Prove it at /api/v1/auth/passkey/step-up first, or turn on codes of an app."
            )));
        }
        let Some(typed) = self.typed else { return Err(Error::StepUp { back: "/".into(), form: false }.into()) };
        match step_up::prove(app, &member, &typed).await? {
            Checked::Right => Ok(()),
            Checked::Wrong => {
                Err(Problem::forbidden(t!("The code in the header Step-Up is wrong, or was used before.")))
            }
            Checked::TooMany { wait_seconds } => Err(Error::TooMany { wait_seconds }.into()),
        }
    }
}

//! Short-lived tokens of a sign-in (RFC 7519, HS256). Each names a session and is good for nothing without it:
//! sign-out, a new password and suspension end both at once.
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::Id;
use crate::members::{self, Member};
use crate::web::{sessions, signing};

/// How long one lives.
pub fn seconds(app: &App) -> i64 {
    app.config.token_minutes * 60
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: Id<Member>,
    sid: String,
    iat: i64,
    exp: i64,
}

/// A token for a session that is open.
pub fn issue(app: &App, member: Id<Member>, session: &str, now: Instant) -> Result<String> {
    let iat = now.timestamp().as_second();
    let claims = Claims { sub: member, sid: session.to_owned(), iat, exp: iat + seconds(app) };
    let key = EncodingKey::from_secret(&signing::derived(app.key(), "jwt"));
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)?)
}

/// Whom a token stands for.
pub struct SignedIn {
    pub member: Member,
    pub session_id: String,
    pub stepped_up_at: Option<Instant>,
    /// When the token ends.
    pub ends_at: Instant,
}

/// The member and the session that a token stands for, while all three are good.
pub async fn owner(app: &App, token: &str) -> Result<Option<SignedIn>> {
    let now = app.clock.now();
    let Some(claims) = read(app, token, now) else { return Ok(None) };
    let open = sessions::stepped_up(&app.db, &claims.sid, claims.sub, now).await?;
    let Some(stepped_up_at) = open else { return Ok(None) };
    let member = members::store::by_id(&app.db, claims.sub).await?;
    let member = member.filter(|member| member.suspended_at.is_none());
    let ends_at = Instant::from_micros(claims.exp * 1_000_000);
    Ok(member.map(|member| SignedIn { member, session_id: claims.sid, stepped_up_at, ends_at }))
}

fn read(app: &App, token: &str, now: Instant) -> Option<Claims> {
    let mut rules = Validation::new(Algorithm::HS256);
    // Against our own clock, below.
    rules.validate_exp = false;
    let open = |key: &Vec<u8>| {
        let key = DecodingKey::from_secret(&signing::derived(key, "jwt"));
        jsonwebtoken::decode::<Claims>(token, &key, &rules).ok()
    };
    let claims = app.keys.iter().find_map(open)?.claims;
    (now.timestamp().as_second() < claims.exp).then_some(claims)
}

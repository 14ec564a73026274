//! Tickets for sockets: for programs that can put nothing but an address into their request. A ticket is good for a
//! minute and for one socket, and that socket for no more and no longer than what the ticket was asked for with.
use super::store;
use crate::api::caller::{Caller, Scope};
use crate::api::tokens::Token;
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db;
use crate::error::Result;
use crate::ids::{self, Id};
use crate::members::Member;

/// How long one is good.
const LASTS: jiff::SignedDuration = clock::seconds(60);

/// By what somebody came.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Ticket {
    pub member_id: Id<Member>,
    /// '' where it was a personal token.
    pub session_id: String,
    pub token_id: Option<Id<Token>>,
    /// Whether what hosts see is open to them.
    pub hosts: bool,
    /// When the token of a sign-in ends.
    pub ends_at: Option<Instant>,
    /// When it was to be used; nothing ends then but the ticket.
    pub expires_at: Instant,
}

impl Ticket {
    /// What a caller may do, for sockets.
    pub fn of(caller: &Caller, member: Id<Member>, now: Instant) -> Self {
        Self {
            member_id: member,
            session_id: caller.session_id.clone(),
            token_id: caller.token.as_ref().map(|(id, _)| *id),
            hosts: caller.has(Scope::Host),
            ends_at: caller.ends_at,
            expires_at: now + LASTS,
        }
    }
}

/// Makes a ticket; answers its secret, which is shown this once, and when it ends.
pub async fn make(app: &App, caller: &Caller, member: Id<Member>) -> Result<(String, Instant)> {
    let ticket = Ticket::of(caller, member, app.clock.now());
    let secret = ids::secret();
    let hash = ids::hash(&secret);
    let kept: db::Result<()> = decide!(app.db, tx, store::insert(tx, &hash, &ticket, ticket.expires_at).await);
    kept?;
    Ok((secret, ticket.expires_at))
}

/// Takes a ticket away. `None` if it was used before, or is too old.
pub async fn redeem(app: &App, secret: &str) -> Result<Option<Ticket>> {
    let (hash, now) = (ids::hash(secret), app.clock.now());
    let taken: db::Result<Option<Ticket>> = decide!(app.db, tx, store::take(tx, &hash).await);
    Ok(taken?.filter(|ticket| now < ticket.expires_at))
}

pub async fn tidy(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let gone: db::Result<()> = decide!(app.db, tx, store::forget(tx, now).await);
    Ok(gone?)
}
